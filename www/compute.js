// The compute worker's script: loads the module and lets it run. Messages that come before it runs wait in the page.
globalThis.countersignTrace = self.location.search.includes('trace');
const { default: init } = await import('./pkg/compute.js');
await init({ module_or_path: new URL('./pkg/compute_bg.wasm', import.meta.url) });
