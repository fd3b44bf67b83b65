//! Random bytes from the system.

/// Fresh random bytes.
///
/// # Errors
/// Where the system has none to give.
pub fn fresh<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
