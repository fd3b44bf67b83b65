//! Everything that touches a machine or a network.

#[cfg(feature = "opendal")]
pub mod endpoint;
