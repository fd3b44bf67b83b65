// The service worker: after one visit the page opens, and labels, with the network cut.
//
// The build puts the list of assets with their hashes in front of this file, so each build is a new worker with a cache
// of its own. All files of a page come from one build: the page asks the cache first, index.html too, and a newer build
// waits until no page uses the old one or the page asks for it (host.js). Files whose hash did not change are taken over
// from the old cache, so an update fetches only what is new. What loads later (the sync worker) is kept once it was used.
// Nothing from another origin, and nothing outside the list, is ever kept or answered from here.
const { version, assets } = self.COUNTERSIGN_ASSETS;
const PREFIX = 'countersign-';
const CACHE = PREFIX + version;
const HASH = 'X-Asset-Hash';
const scope = self.registration.scope;
const urlOf = (path) => new URL(path, scope).href;
const listed = new Map((assets ?? []).map((asset) => [urlOf(asset.path), asset]));
const home = urlOf('index.html');

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if (event.data === 'activate') self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  if (!assets || event.request.method !== 'GET' || event.request.headers.has('Range')) return;
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  url.search = '';
  url.hash = '';
  const key = url.href === scope ? home : url.href;
  if (listed.has(key)) event.respondWith(answer(key, event.request));
});

/** Keeps the whole shell before this worker counts as installed; one file that fails, and the old build stays. */
async function install() {
  // a quick build keeps nothing, and takes over at once from a release that did
  if (!assets) return self.skipWaiting();
  const old = await previous();
  const cache = await caches.open(CACHE);
  await Promise.all([...listed].map(async ([url, asset]) => {
    const kept = old && (await old.match(url));
    if (kept?.headers.get(HASH) === asset.hash) return cache.put(url, kept);
    if (!asset.lazy || kept) await keep(cache, url, asset);
  }));
}

/** The cache of the build before this one, if there is any. */
async function previous() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  return names.length > 0 ? caches.open(names[names.length - 1]) : undefined;
}

/** Fetches past the HTTP cache, and keeps the answer only if it is the file that the build listed. */
async function keep(cache, url, asset) {
  const response = await fetch(url, { cache: 'no-cache', credentials: 'same-origin' });
  if (!response.ok) throw new Error(`could not keep ${asset.path}: status ${response.status}`);
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('').slice(0, asset.hash.length);
  if (hash !== asset.hash) throw new Error(`could not keep ${asset.path}: the server has another build`);
  const headers = new Headers(response.headers);
  headers.set(HASH, asset.hash);
  // the body is stored decoded
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  const kept = new Response(bytes, { status: 200, headers });
  await cache.put(url, kept.clone());
  return kept;
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((n) => n.startsWith(PREFIX) && (!assets || n !== CACHE)).map((n) => caches.delete(n)));
  if (!assets) return self.registration.unregister();
  await self.clients.claim();
}

async function answer(url, request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(url);
  if (kept) return kept;
  try {
    return await keep(cache, url, listed.get(url));
  } catch {
    // a server that has moved on still answers; offline this fails as it would without us
    return fetch(request);
  }
}
