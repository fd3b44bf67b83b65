//! Everything that touches a machine or a network.

#[cfg(feature = "opendal")]
pub mod endpoint;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
