//! The compute worker's root: always there, owns the engine.

#[cfg(target_arch = "wasm32")]
fn main() -> Result<(), wasm_bindgen::JsValue> {
    console_error_panic_hook::set_once();
    countersign::platform::web::worker::start()
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
