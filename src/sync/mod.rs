//! The exchange of logs between devices through storage that nobody needs to trust.
//!
//! Each device writes its own log under its own folder and pulls the others'. Whatever comes back is checked by
//! signature, chain and tree before anybody sees it, so the worst an endpoint can do is to withhold. Deliberately absent:
//! clocks, entropy, threads, retry loops with sleeps, and any particular endpoint; a driver in `platform` brings those.

pub mod config;
pub mod credentials;
mod exchange;
pub mod invitation;
pub mod layout;
mod leaves;
mod note;
pub mod pace;
mod problem;
mod pull;
mod push;
mod shelf;
mod store;
mod together;
pub mod webhook;

pub use config::{Endpoint, Mode, Place};
pub use credentials::Credentials;
pub use exchange::{Direction, EndpointStatus, Exchange, Finding, Tally};
pub use invitation::{Invitation, InvitationError};
pub use pace::Pace;
pub use problem::{Problem, Stop, Wrong};
pub use pull::{ENTRIES_PER_ROUND, LOGS_LIMIT, OBJECTS_PER_ROUND};
pub use push::Care;
pub use shelf::Shelf;
pub use store::{LocalError, LocalStore, Own, announced};

/// The host that checkpoints name where a project has chosen none.
pub const HOST: &str = "countersign.org";
