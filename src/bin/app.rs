//! The page's root. The page calls what `embed` exports; here its panics are only given words in the console.

#[cfg(target_arch = "wasm32")]
pub use countersign::embed;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
