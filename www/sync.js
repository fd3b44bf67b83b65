// The sync worker's script: loads the module and lets it run. It begins with a round by itself, so a message that comes
// before it runs may be missed.
const { default: init } = await import('./pkg/sync.js');
await init({ module_or_path: new URL('./pkg/sync_bg.wasm', import.meta.url) });
