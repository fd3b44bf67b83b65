// The compute worker's script: loads the module and lets it run. Messages that come before it runs wait in the page. When
// the page has its first task it says so, and what that task did not need is loaded.
globalThis.countersignTrace = self.location.search.includes('trace');
const { default: init, loadRest } = await import('./pkg/compute.js');
await init({ module_or_path: new URL('./pkg/compute_bg.wasm', import.meta.url) });
self.addEventListener('message', ({ data }) => {
  if (data?.[0] !== 'rest') return;
  loadRest().catch(() => { /* what needs it asks again */ });
});
