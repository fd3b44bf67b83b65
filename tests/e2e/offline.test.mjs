// The service worker, with the real static files and a stand-in module: opens with the network cut, keeps only what the
// build listed, and moves to a new build when the person says so.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { By } from 'selenium-webdriver';
import { serve } from '../../scripts/serve.mjs';
import { chromium, gecko, root, until } from './browsers.mjs';

let folder, dist, server, asked, elsewhere;

function build(module) {
  mkdirSync(join(dist, 'pkg'), { recursive: true });
  writeFileSync(join(dist, 'pkg', 'app.js'), module);
  writeFileSync(join(dist, 'pkg', 'sync.js'), 'export const late = 1;');
  execFileSync(process.execPath, [join(root, 'scripts', 'assemble.mjs'), '--dist', dist, '--mode', 'web'], { stdio: 'pipe' });
  return JSON.parse(readFileSync(join(dist, 'assets.json'), 'utf8'));
}

async function start(port) {
  server = await serve({ dir: dist, port });
  server.on('request', (request) => asked.push(request.url));
  return server.address().port;
}

async function stop() {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-offline-'));
  dist = join(folder, 'dist');
  asked = [];
  elsewhere = createServer((_, response) => response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('elsewhere'));
  await new Promise((done) => elsewhere.listen(0, '127.0.0.1', done));
});

after(() => {
  elsewhere.close();
  elsewhere.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const kept = (driver) => driver.executeAsyncScript(`
  const done = arguments[0];
  (async () => {
    const out = {};
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      out[name] = (await cache.keys()).map((r) => new URL(r.url).pathname.slice(1)).sort();
    }
    return out;
  })().then(done, (e) => done({ error: String(e) }));
`);
const fetched = (driver, url) => driver.executeAsyncScript(
  'const [url, done] = arguments; fetch(url).then((r) => r.text()).then(done, () => done(null));', url);
const controlled = (driver) => driver.executeScript('return navigator.serviceWorker.controller !== null');

for (const [name, open] of [['Chromium', chromium], ['Firefox', gecko]]) {
  test(`${name}: one visit is enough to open without a network, and an update is asked for`, async () => {
    const first = build('export const version = 1;');
    const port = await start(0);
    const home = `http://127.0.0.1:${port}/`;
    const driver = await open();
    try {
      await driver.get(home);
      await until('the worker to take over', () => controlled(driver), 20_000);
      const cache = `countersign-${first.version}`;
      const listed = first.assets.filter((a) => !a.lazy).map((a) => a.path).sort();
      assert.deepEqual(await kept(driver), { [cache]: listed });

      // another origin, and what is not of the build, pass by and are not kept; what loads later is kept once used
      const other = `http://127.0.0.1:${elsewhere.address().port}/x`;
      assert.equal(await fetched(driver, other), 'elsewhere');
      assert.match(await fetched(driver, 'assets.json'), /"version"/);
      assert.equal(await fetched(driver, 'pkg/sync.js'), 'export const late = 1;');
      assert.deepEqual(await kept(driver), { [cache]: [...listed, 'pkg/sync.js'].sort() });

      // the network is cut
      await stop();
      await driver.get(`${home}?anything`);
      assert.equal(await driver.findElement(By.css('countersign-labeler')).getAttribute('project'), 'support-desk');
      assert.equal(await fetched(driver, 'pkg/app.js'), 'export const version = 1;');
      assert.equal(await fetched(driver, 'assets.json'), null);

      // a newer build waits, is offered, and takes over when asked; only what changed is fetched
      const second = build('export const version = 2;');
      assert.notEqual(second.version, first.version);
      await start(port);
      asked.length = 0;
      await driver.get(home);
      const button = await driver.findElement(By.css('#update button'));
      await until('the offer', () => button.isDisplayed(), 20_000);
      assert.equal(await fetched(driver, 'pkg/app.js'), 'export const version = 1;');
      const again = asked.filter((url) => listed.includes(url.slice(1)));
      assert.deepEqual(again, ['/pkg/app.js']);
      await button.click();
      const now = { [`countersign-${second.version}`]: [...listed, 'pkg/sync.js'].sort() };
      await until('the new build alone', async () => JSON.stringify(await kept(driver)) === JSON.stringify(now));
      await until('the new module', async () => (await fetched(driver, 'pkg/app.js')) === 'export const version = 2;');
    } finally {
      await driver.end();
      await stop();
    }
  });
}
