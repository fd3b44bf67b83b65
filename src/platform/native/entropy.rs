//! Chance from the operating system.

use std::io;

/// Fills with random bytes fit for keys.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|e| io::Error::other(e.to_string()))
}
