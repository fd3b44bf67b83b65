//! The exchange of logs between devices through storage that nobody needs to trust.
//!
//! Each device writes its own log under its own folder and pulls the others'. Whatever comes back is checked by
//! signature, chain and tree before anybody sees it, so the worst an endpoint can do is to withhold. Deliberately absent:
//! clocks, entropy, threads, retry loops with sleeps, and any particular endpoint; a driver in `platform` brings those.

pub mod config;
pub mod pace;

pub use config::{Credentials, Endpoint, Place};
pub use pace::Pace;
