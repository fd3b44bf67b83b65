//! What only a browser can show: its database, its keys and its locks as our modules use them, and the screens mounted in
//! a real document. `scripts/test.sh wasm` runs them in headless Chromium; everything else is tested natively.
#![cfg(target_arch = "wasm32")]

mod keys;
mod screens;
mod selection;
mod stage;
mod store;
mod turns;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
