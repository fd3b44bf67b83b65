//! The root of `sync`.
fn main() {}
