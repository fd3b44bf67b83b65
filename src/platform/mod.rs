//! Everything that touches a machine: databases, keys, clocks, files, the network.

#[cfg(feature = "opendal")]
pub mod endpoint;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod web;
