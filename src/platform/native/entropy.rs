//! Random bytes from the system, fit for keys.

use std::io;

/// Fills with random bytes.
///
/// # Errors
/// Where the system has none to give.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|e| io::Error::other(e.to_string()))
}

/// Fresh random bytes.
///
/// # Errors
/// Where the system has none to give.
pub fn fresh<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}
