//! The page's root: `embed` is what the elements call; here only the panic's words are wired to the console.

#[cfg(target_arch = "wasm32")]
mod door {
    //! Makes sure that the exports of `embed` are linked.
    pub use countersign::embed::{destroy, mount, open_project, run};
}

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    let _linked = (door::mount as usize, door::destroy as usize, door::run as usize, door::open_project as usize);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
