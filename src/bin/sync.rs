//! The sync worker's root: loaded when an endpoint is set, exchanges logs with it.

#[cfg(target_arch = "wasm32")]
fn main() -> Result<(), wasm_bindgen::JsValue> {
    console_error_panic_hook::set_once();
    countersign::platform::web::exchange::start()
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
