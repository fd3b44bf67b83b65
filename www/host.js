// The host page's own script: keeps the app for offline use, and offers a newer build when one is ready.
// Everything the elements need comes with element.js; a page that embeds them does not need this file.
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
