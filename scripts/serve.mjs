// A small static server for dist, on loopback, with the headers that the app is meant to run under.
//   node scripts/serve.mjs [--dir dist] [--port 8080] [--host 127.0.0.1] [--connect "'self' https:"]
// It serves files below --dir and nothing else: GET and HEAD, no listing, no symbolic links out.
import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml; charset=utf-8',
};

/// Where the page may send requests: itself, any bucket over TLS, and servers on this machine.
const CONNECT = "'self' https: http://127.0.0.1:* http://localhost:*";

export function headers(connect = CONNECT) {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      `connect-src ${connect}`,
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "worker-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    // a copy may be kept, but asked about each time; keeping for good is the service worker's part
    'Cache-Control': 'no-cache',
  };
}

/// The file behind a request's path, or null: decoded once, below the root also after links are followed.
export function resolve(root, url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return null;
  const parts = path.split('/').slice(1);
  if (parts.some((part) => part.startsWith('.'))) return null;
  let file = join(root, ...parts);
  try {
    if (statSync(file).isDirectory()) file = join(file, 'index.html');
    file = realpathSync(file);
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/// The compressed copy that the client accepts, if it lies beside the file.
function encoded(file, accepts) {
  for (const [name, end] of [['br', '.br'], ['gzip', '.gz']]) {
    const takes = new RegExp(`(^|[ ,])${name}($|[ ,;])(?!q=0([,. ]|$))`).test(accepts);
    if (takes && existsSync(file + end) && statSync(file + end).mtimeMs >= statSync(file).mtimeMs) return [name, file + end];
  }
  return [null, file];
}

export function serve({ dir, port = 8080, host = '127.0.0.1', connect = CONNECT }) {
  const root = realpathSync(dir);
  const always = headers(connect);
  const server = createServer((request, response) => {
    const answer = (status, more = {}, text = '') => {
      response.writeHead(status, { ...always, ...more });
      response.end(text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { Allow: 'GET, HEAD' });
    const file = resolve(root, request.url);
    if (!file) return answer(404, { 'Content-Type': 'text/plain; charset=utf-8' }, 'not found\n');
    const [encoding, path] = encoded(file, request.headers['accept-encoding'] ?? '');
    const stat = statSync(path);
    const tag = `"${stat.size.toString(36)}-${Math.floor(stat.mtimeMs).toString(36)}"`;
    const more = {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      ETag: tag,
      Vary: 'Accept-Encoding',
      ...(encoding && { 'Content-Encoding': encoding }),
    };
    if (request.headers['if-none-match'] === tag) return answer(304, more);
    response.writeHead(200, { ...always, ...more, 'Content-Length': stat.size });
    if (request.method === 'HEAD') return response.end();
    createReadStream(path).on('error', () => response.destroy()).pipe(response);
  });
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => done(server));
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : process.argv[at + 1];
  };
  const dir = option('dir', join(dirname(fileURLToPath(import.meta.url)), '..', 'dist'));
  const host = option('host', '127.0.0.1');
  try {
    const server = await serve({ dir, host, port: Number(option('port', 8080)), connect: option('connect', CONNECT) });
    console.log(`serving ${dir} at http://${host}:${server.address().port} (Ctrl-C ends it)`);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
  } catch (error) {
    const known = {
      EADDRINUSE: 'the port is taken: end the other server, or choose one with PORT=8081',
      ENOENT: `${dir} is not there: run make build first`,
    };
    console.error(`error: could not serve: ${known[error.code] ?? error.message}`);
    process.exit(1);
  }
}
