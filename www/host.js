// The host page's own script: keeps the app for offline use, and offers a newer build when one is ready.
// Everything the elements need comes with element.js; a page that embeds them does not need this file.

// Which project the elements show: the one of an invitation in the link, else the one that was open last, else the sample.
// This runs before element.js, so the elements start with the right one. An invitation leaves the address at once.
const SAMPLE = 'support-desk';
const KEY = 'countersign.project';
const elements = document.querySelectorAll('countersign-labeler, countersign-panels');
const join = location.hash.startsWith('#join=') ? location.hash.slice('#join='.length) : null;
const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
const remember = (slug) => { try { slug ? localStorage.setItem(KEY, slug) : localStorage.removeItem(KEY); } catch { /* not kept */ } };
const show = (name, value) => elements.forEach((element) => element.setAttribute(name, value));
if (join) {
  show('join', join);
  show('project', 'joining');
  history.replaceState(null, '', location.pathname + location.search);
} else if (remembered()) {
  show('project', remembered());
}
const labeler = document.querySelector('countersign-labeler');
labeler?.addEventListener('ready', (event) => remember(event.detail?.project));
labeler?.addEventListener('error', (event) => {
  // a project that is gone from this device gives way to the sample
  if (event.detail?.code !== 'not-found' || !remembered()) return;
  remember(null);
  show('project', SAMPLE);
});

const notice = document.getElementById('update');

async function keepOffline() {
  if (!('serviceWorker' in navigator)) return;
  const controlled = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register('sw.js', { updateViaCache: 'none' });
  const offer = () => {
    const waiting = registration.waiting;
    if (!waiting || !controlled || !notice?.hidden) return;
    notice.hidden = false;
    notice.querySelector('button').addEventListener('click', () => registration.waiting?.postMessage('activate'));
  };
  offer();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer);
  });
  let reloading = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // the first worker of all takes over silently; a newer one means that the person asked for it
    if (!controlled || reloading) return;
    reloading = true;
    location.reload();
  });
}

// Keeping comes after labeling: the first task is on the screen before a byte is fetched for later.
let started = false;
const start = () => {
  if (started) return;
  started = true;
  keepOffline().catch((error) => console.warn('the page will not open offline:', error.message));
};
document.querySelector('countersign-labeler')?.addEventListener('ready', start, { once: true });
window.addEventListener('load', () => setTimeout(start, 3000), { once: true });
