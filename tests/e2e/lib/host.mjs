// The server of a test: dist as `make serve` serves it, and beside it what only tests need.
//   /e2e/…            files of tests/e2e/page: a bare page that talks to the compute worker without the screen
//   /fixtures/…       tests/fixtures
//   /with/A,B/…       the same again, where every worker begins with the tweaks A and B of lib/tweaks.mjs
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../../scripts/serve.mjs';
import { root } from '../browsers.mjs';
import { TWEAKS } from './tweaks.mjs';

export const dist = process.env.DIST ?? join(root, 'dist');
const PLACES = { e2e: join(root, 'tests', 'e2e', 'page'), fixtures: join(root, 'tests', 'fixtures') };
const WORKERS = /^\/(compute|sync)\.js$/;

/// Starts it on a free port. `asked` holds every request that came: `{ method, url }`.
export async function host({ dir = dist, port = 0 } = {}) {
  if (!existsSync(join(dir, 'pkg', 'compute.js'))) throw new Error(`${dir} holds no build: run make build first`);
  const places = Object.fromEntries(await Promise.all(
    Object.entries(PLACES).map(async ([name, folder]) => [name, (await behind(folder))]),
  ));
  const server = await serve({ dir, port });
  const [plain] = server.listeners('request');
  const asked = [];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    asked.push({ method: request.method, url: request.url });
    let tweaks = [];
    const tweaked = /^\/with\/([a-z0-9,-]+)(\/.*)$/.exec(request.url);
    if (tweaked) {
      tweaks = tweaked[1].split(',');
      request.url = tweaked[2];
    }
    const path = request.url.split('?', 1)[0];
    if (tweaks.length > 0 && WORKERS.test(path)) return prefixed(join(dir, path), tweaks, response);
    const place = /^\/(e2e|fixtures)(\/.*)$/.exec(request.url);
    if (place) {
      request.url = place[2];
      return places[place[1]](request, response);
    }
    return plain(request, response);
  });
  const home = `http://127.0.0.1:${server.address().port}/`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { home, bare: `${home}e2e/bare.html`, asked, close, server };
}

/// The handler that serve() makes for a folder, without its server.
async function behind(dir) {
  const server = await serve({ dir, port: 0 });
  const [handler] = server.listeners('request');
  await new Promise((done) => server.close(done));
  return handler;
}

function prefixed(file, tweaks, response) {
  const missing = tweaks.find((name) => !(name in TWEAKS));
  if (missing || !existsSync(file)) return response.writeHead(404).end(missing ? `no tweak ${missing}` : 'not found');
  const before = tweaks.map((name) => `{ ${TWEAKS[name]} }\n`).join('');
  return response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(before + readFileSync(file, 'utf8'));
}
