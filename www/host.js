// The host page's own script: keeps the app for offline use, and offers a newer build when one is ready.
// Everything the elements need comes with element.js; a page that embeds them does not need this file.

// Which project the elements show, and whose work: those of an invitation in the link, else those that were shown last, else
// the sample. This runs before element.js, so the elements start with the right one. An invitation leaves the address at once.
const SAMPLE = 'support-desk';
const KEYS = { project: 'countersign.project', annotator: 'countersign.annotator' };
const elements = document.querySelectorAll('countersign-labeler, countersign-panels');
const join = location.hash.startsWith('#join=') ? location.hash.slice('#join='.length) : null;
const remembered = (name) => { try { return localStorage.getItem(KEYS[name]); } catch { return null; } };
const remember = (name, value) => {
  try { value ? localStorage.setItem(KEYS[name], value) : localStorage.removeItem(KEYS[name]); } catch { /* not kept */ }
};
const show = (name, value) => elements.forEach((element) => element.setAttribute(name, value));
if (join) {
  show('join', join);
  show('project', 'joining');
  history.replaceState(null, '', location.pathname + location.search);
} else if (remembered('project')) {
  show('project', remembered('project'));
  if (remembered('annotator')) show('annotator', remembered('annotator'));
}
// an invitation that is followed while the page is open
window.addEventListener('hashchange', () => location.hash.startsWith('#join=') && location.reload());
const labeler = document.querySelector('countersign-labeler');
// the elements write what they show on themselves
const shown = new MutationObserver(() => {
  if (!labeler.hasAttribute('join')) Object.keys(KEYS).forEach((name) => remember(name, labeler.getAttribute(name)));
});
if (labeler) shown.observe(labeler, { attributeFilter: Object.keys(KEYS) });
labeler?.addEventListener('error', (event) => {
  // a project that is gone from this device gives way to the sample
  if (event.detail?.code !== 'not-found' || !remembered('project')) return;
  show('project', SAMPLE);
});

// Nothing on the page has focus, as right after opening it: keys are meant for the labeling.
document.addEventListener('keydown', (event) => {
  if (event.target !== document.body || event.isComposing || event.defaultPrevented) return;
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  const passed = { key, code, ctrlKey, metaKey, altKey, shiftKey, bubbles: true, composed: false, cancelable: true };
  const root = labeler?.shadowRoot?.querySelector('.cs');
  if (root && !root.dispatchEvent(new KeyboardEvent('keydown', passed))) event.preventDefault();
});
// A file that misses the elements must not take the page away.
for (const type of ['dragover', 'drop']) {
  window.addEventListener(type, (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'none';
  });
}

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
