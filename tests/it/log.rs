//! The stored form of events against golden logs, attacks, and other people's vectors.

mod golden;
mod support;
