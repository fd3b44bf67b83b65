//! The root of `app`.
fn main() {}
