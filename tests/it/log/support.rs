//! Fixtures and keys for the log tests.

use countersign::domain::id::DeviceId;
use countersign::log::{Accepted, Problem, Signer, Verifier};
use std::path::PathBuf;

/// RFC 8032, section 7.1, tests 1 and 2.
pub const SEEDS: [&str; 2] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
];

pub fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

pub fn signer(which: usize) -> Signer {
    Signer::from_seed(&hex(SEEDS[which]).try_into().unwrap())
}

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn lines(name: &str) -> Vec<Vec<u8>> {
    let bytes = read(name);
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

/// All lines of one log through one verifier.
pub fn verify(lines: &[Vec<u8>]) -> (Verifier, Result<Vec<Accepted>, Problem>) {
    let mut verifier = Verifier::new();
    let accepted = lines.iter().map(|line| verifier.push_line(line)).collect();
    (verifier, accepted)
}

pub fn device(which: usize) -> DeviceId {
    signer(which).device()
}
