//! A server that fails on purpose.

pub mod http;
