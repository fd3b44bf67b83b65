//! The root of `compute`.
fn main() {}
