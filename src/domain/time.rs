//! Time as the caller gives it: the domain never reads a clock.

use super::id::AuthId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far a device may let its hybrid clock run ahead of its own wall clock, whatever it receives: five minutes.
pub const HLC_TOLERANCE_MS: u64 = 5 * 60 * 1000;

/// A hybrid logical clock reading: 48 bits of milliseconds since 1970 and a 16-bit counter. Its text form
/// (`01a204d81600-0000`) sorts as the value does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hlc {
    /// Milliseconds since 1970-01-01 UTC, 48 bits.
    pub ms: u64,
    /// Counts events within one millisecond.
    pub counter: u16,
}

impl Hlc {
    /// The next reading of a device whose last was `self`, at wall time `now_ms`: later than both.
    #[must_use]
    pub fn next(self, now_ms: u64) -> Self {
        if now_ms > self.ms {
            return Self { ms: now_ms, counter: 0 };
        }
        match self.counter.checked_add(1) {
            Some(counter) => Self { ms: self.ms, counter },
            None => Self { ms: self.ms + 1, counter: 0 },
        }
    }

    /// What this device knows after it received `other`: the later of the two, but never further ahead of the wall
    /// clock than [`HLC_TOLERANCE_MS`], so that one wrong clock cannot drag the others along.
    #[must_use]
    pub fn receive(self, other: Self, now_ms: u64) -> Self {
        if other.ms > now_ms.saturating_add(HLC_TOLERANCE_MS) { self } else { self.max(other) }
    }

    /// Reads the text form; `None` where it is not exactly 12 hex digits, a dash and 4 hex digits, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let (ms, counter) = text.split_once('-')?;
        let lower_hex = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if ms.len() != 12 || counter.len() != 4 || !lower_hex(ms) || !lower_hex(counter) {
            return None;
        }
        Some(Self { ms: u64::from_str_radix(ms, 16).ok()?, counter: u16::from_str_radix(counter, 16).ok()? })
    }
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}-{:04x}", self.ms & 0xffff_ffff_ffff, self.counter)
    }
}

/// The world at the moment of one command: all that `decide` may know beside the state.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Wall time, milliseconds since 1970.
    pub now_ms: u64,
    /// Fresh random bytes; salts and names of new things are made of them.
    pub entropy: [u8; 32],
    /// Who acts.
    pub author: AuthId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_sort_alike() {
        let a = Hlc { ms: 0x01a2_04d8_1600, counter: 9 };
        assert_eq!(a.to_string(), "01a204d81600-0009");
        assert_eq!(Hlc::parse("01a204d81600-0009"), Some(a));
        for bad in ["01A204d81600-0009", "1a204d81600-0009", "01a204d81600", "01a204d81600-00099", "", "-"] {
            assert_eq!(Hlc::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn never_goes_back_and_never_runs_far_ahead() {
        let a = Hlc { ms: 1000, counter: u16::MAX };
        assert_eq!(a.next(500), Hlc { ms: 1001, counter: 0 });
        assert_eq!(a.next(2000), Hlc { ms: 2000, counter: 0 });
        let ten_years = Hlc { ms: 315_360_000_000, counter: 0 };
        assert_eq!(a.receive(ten_years, 1000), a);
        assert_eq!(a.receive(Hlc { ms: 5000, counter: 1 }, 1000), Hlc { ms: 5000, counter: 1 });
    }
}
