//! Endpoints outside this machine, as forms of the storage port.
//!
//! Buckets and WebDAV folders are reached through OpenDAL, the rest by a few requests of its own protocol. The HTTP
//! underneath is our own thin transport ([`transport`]): it speaks only to the origins of the configured endpoint, follows
//! no redirect, gives up after a while, and keeps the status and `Retry-After` that OpenDAL drops. Retries are left to
//! `sync::pace`, so that one place decides when an endpoint is asked again.

mod azure;
pub mod check;
pub mod cors;
mod opendal_storage;
#[cfg(not(target_arch = "wasm32"))]
mod preflight;
mod remote;
mod rows;
mod template;
mod transport;
mod webhook;

pub use remote::{Remote, open};
pub use webhook::{Hook, open_webhook};
