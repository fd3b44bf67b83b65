// The compute worker's script: loads the module and lets it run. Messages that come before it runs wait in the page. When
// the page has its first task it says so, and what that task did not need is loaded.
globalThis.countersignTrace = self.location.search.includes('trace');
const { default: init, holdRest, loadRest } = await import('./pkg/compute.js');
// after a trap: it may have been that the rest could not be had
if (self.location.search.includes('whole')) await holdRest();
await init({ module_or_path: new URL('./pkg/compute_bg.wasm', import.meta.url) });
self.addEventListener('message', ({ data }) => {
  if (data?.[0] !== 'rest') return;
  loadRest().catch(() => { /* what needs it asks again */ });
});
