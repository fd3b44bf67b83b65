// The last step of a build: copies the static files into dist, compresses what is served, and writes the list that the
// service worker keeps (assets.json, and sw.js with the same list in front, so that a new build is a new worker).
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const dist = option('dist', join(root, 'dist'));
const release = option('mode', 'web') === 'web';

// Fetched on demand, not before: kept by the service worker once they were used.
const LAZY = [/^pkg\/sync/, /^demo\//, /^lazy\//];
// Fetched after the first task is on the screen, and kept from the first visit on.
const LATER = /_rest\.wasm$/;
const COMPRESSED = /\.(html|js|mjs|css|json|jsonl|wasm|svg|xml|md|csv|webmanifest)$/;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const slashes = (path) => path.split(sep).join('/');

function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function copyInto(from, to) {
  const bytes = readFileSync(from);
  if (existsSync(to) && readFileSync(to).equals(bytes)) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

const wanted = new Set();
copyInto(join(root, 'index.html'), join(dist, 'index.html'));
wanted.add('index.html');
for (const path of files(join(root, 'www'))) {
  const name = slashes(relative(join(root, 'www'), path));
  if (name === 'sw.js') continue;
  copyInto(path, join(dist, name));
  wanted.add(name);
}
for (const path of files(join(dist, 'pkg'))) {
  const name = slashes(relative(dist, path));
  if (!/\.(br|gz)$/.test(name)) wanted.add(name);
}
for (const path of [...files(dist)]) {
  const name = slashes(relative(dist, path));
  if (!wanted.has(name.replace(/\.(br|gz)$/, '')) && name !== 'sw.js' && name !== 'assets.json') rmSync(path);
}

const names = [...wanted].sort();
const assets = names.map((name) => {
  const bytes = readFileSync(join(dist, name));
  return { path: name, hash: sha256(bytes).slice(0, 16), bytes: bytes.length, lazy: LAZY.some((l) => l.test(name)) };
});
const worker = readFileSync(join(root, 'www', 'sw.js'), 'utf8');
const version = sha256(JSON.stringify(assets) + worker).slice(0, 16);
writeFileSync(join(dist, 'assets.json'), JSON.stringify({ version, assets }, null, 1));
// A quick build keeps nothing: its worker removes what an earlier release kept at the same address.
const listed = release
  ? { version, assets: assets.map(({ path, hash, lazy }) => ({ path, hash, lazy })) }
  : { version, assets: null };
writeFileSync(join(dist, 'sw.js'), `self.COUNTERSIGN_ASSETS = ${JSON.stringify(listed)};\n${worker}`);

let total = { raw: 0, br: 0 };
for (const name of [...names, 'sw.js']) {
  const path = join(dist, name);
  if (!release) {
    for (const end of ['.br', '.gz']) rmSync(path + end, { force: true });
    continue;
  }
  if (!COMPRESSED.test(name)) continue;
  const bytes = readFileSync(path);
  const stamp = join(dist, '.stamps', `z-${name.replaceAll('/', '~')}`);
  const hash = sha256(bytes);
  if (!(existsSync(stamp) && existsSync(`${path}.br`) && readFileSync(stamp, 'utf8') === hash)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
  }
}
if (release) {
  const kb = (n) => `${(n / 1024).toFixed(1)} KB`.padStart(10);
  console.log(`\n${'file'.padEnd(40)}${'raw'.padStart(10)}${'brotli'.padStart(10)}`);
  for (const { path: name, bytes, lazy } of assets) {
    const br = existsSync(join(dist, `${name}.br`)) ? statSync(join(dist, `${name}.br`)).size : bytes;
    const later = lazy || LATER.test(name);
    if (!later) total = { raw: total.raw + bytes, br: total.br + br };
    if (bytes > 2048) console.log(`${(name + (later ? ' (later)' : '')).padEnd(40)}${kb(bytes)}${kb(br)}`);
  }
  console.log(`${'all but what loads later'.padEnd(40)}${kb(total.raw)}${kb(total.br)}`);
}
console.log(`built ${relative(process.cwd(), dist) || dist}, version ${version}`);
