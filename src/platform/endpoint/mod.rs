//! Endpoints outside this machine, reached through OpenDAL, as forms of the storage port.
//!
//! The HTTP underneath is our own thin transport ([`transport`]): it speaks only to the origins of the configured
//! endpoint, follows no redirect, gives up after a while, and keeps the status and `Retry-After` that OpenDAL drops.
//! Retries are left to `sync::pace`, so that one place decides when an endpoint is asked again.

pub mod cors;
mod opendal_storage;
mod transport;

pub use opendal_storage::{Remote, open};
