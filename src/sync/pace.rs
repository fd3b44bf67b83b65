//! When to try an endpoint again: exponential backoff with full jitter, an endpoint's own wish honoured up to a cap.
//!
//! A value without clock or entropy: both are arguments. One pace per endpoint is its circuit breaker, so that an
//! endpoint that is down costs one request now and then, and the others go on.

use crate::storage::StorageError;
use serde::{Deserialize, Serialize};

/// The first upper bound of a wait, milliseconds.
pub const BASE_MS: u64 = 1_000;
/// The largest upper bound of a wait, milliseconds: five minutes.
pub const CAP_MS: u64 = 5 * 60 * 1_000;
/// The longest wait that an endpoint may ask for, milliseconds: one hour. Asked for ten days, we look in hourly.
pub const RETRY_AFTER_CAP_MS: u64 = 60 * 60 * 1_000;

/// How an endpoint has been doing lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Failures since the last success.
    pub failures: u32,
    /// No attempt before this moment, milliseconds since 1970.
    pub not_before_ms: u64,
    /// Waiting does not help: a person has to do something first (new credentials, more room).
    pub needs_person: bool,
}

impl Pace {
    /// Whether an attempt may be made at `now_ms`. A clock set back does not lock an endpoint out: a wait longer than
    /// any we give is over.
    pub fn may_try(&self, now_ms: u64) -> bool {
        let wait_ms = self.not_before_ms.saturating_sub(now_ms);
        !self.needs_person && (wait_ms == 0 || wait_ms > RETRY_AFTER_CAP_MS)
    }

    /// After a success, or when a person says "try now".
    pub fn ok(&mut self) {
        *self = Self::default();
    }

    /// After a failure at `now_ms`: the wait is drawn evenly from 0 to min([`CAP_MS`], [`BASE_MS`] · 2^failures)
    /// ("full jitter"), and is no shorter than what the endpoint asked for, up to [`RETRY_AFTER_CAP_MS`]. `entropy` is
    /// any fresh random number. Returns the wait, milliseconds.
    pub fn failed(&mut self, error: StorageError, now_ms: u64, entropy: u64) -> u64 {
        let bound_ms = BASE_MS.saturating_mul(1_u64 << self.failures.min(20)).min(CAP_MS);
        let jitter_ms = entropy % (bound_ms + 1);
        let asked_ms = match error {
            StorageError::Throttled { retry_after_ms: Some(ms) } => ms.min(RETRY_AFTER_CAP_MS),
            _ => 0,
        };
        // several devices are told the same second; the jitter on top keeps them apart
        let wait_ms =
            if asked_ms > 0 { (asked_ms + jitter_ms.min(BASE_MS)).min(RETRY_AFTER_CAP_MS) } else { jitter_ms };
        self.failures = self.failures.saturating_add(1);
        self.not_before_ms = now_ms.saturating_add(wait_ms);
        self.needs_person = !error.may_pass();
        wait_ms
    }
}

/// Reads the header `Retry-After`: seconds, or an IMF-fixdate (`Sun, 06 Nov 1994 08:49:37 GMT`) compared with `now_ms`
/// (milliseconds since 1970). Milliseconds to wait; `None` where it is neither.
pub fn retry_after_ms(header: &str, now_ms: u64) -> Option<u64> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        return Some(header.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let (_, date) = header.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (clock, zone) = (parts.next()?, parts.next()?);
    if zone != "GMT" || parts.next().is_some() {
        return None;
    }
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let mut clock = clock.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let in_range = (1..=31).contains(&day) && (1970..=9999).contains(&year) && (0..24).contains(&hour);
    if !in_range || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let then_s = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(u64::try_from(then_s).ok()?.saturating_mul(1_000).saturating_sub(now_ms))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_cap_and_are_spread() {
        let mut pace = Pace::default();
        let bounds: Vec<u64> = (0..12).map(|_| pace.failed(StorageError::Unreachable, 0, u64::MAX - 1)).collect();
        assert!(bounds.iter().all(|w| *w <= CAP_MS), "{bounds:?}");
        let spread: Vec<u64> = (0..5)
            .map(|e| Pace { failures: 9, ..Pace::default() }.failed(StorageError::Unreachable, 0, e * 61_003))
            .collect();
        assert_eq!(spread, [0, 61_003, 122_006, 183_009, 244_012]);
        assert!(!pace.may_try(0) || pace.not_before_ms == 0);
        assert!(pace.may_try(CAP_MS));
        pace.ok();
        assert_eq!(pace, Pace::default());
    }

    #[test]
    fn an_endpoints_wish_is_honoured_up_to_a_cap() {
        let ask = |ms| Pace::default().failed(StorageError::Throttled { retry_after_ms: Some(ms) }, 0, 7);
        assert_eq!(ask(30_000), 30_007);
        assert_eq!(ask(10 * 86_400_000), RETRY_AFTER_CAP_MS);
        assert!(Pace::default().failed(StorageError::Throttled { retry_after_ms: None }, 0, 7) <= BASE_MS);
    }

    #[test]
    fn what_waiting_cannot_mend_waits_for_a_person() {
        let mut pace = Pace::default();
        pace.failed(StorageError::Denied, 0, 0);
        assert!(!pace.may_try(u64::MAX));
        pace.ok();
        assert!(pace.may_try(0));
    }

    #[test]
    fn a_clock_set_back_does_not_lock_out() {
        let pace = Pace { failures: 1, not_before_ms: 1_700_000_000_000, needs_person: false };
        assert!(pace.may_try(1_000));
        assert!(!pace.may_try(1_700_000_000_000 - 5));
    }

    #[test]
    fn retry_after_in_both_forms() {
        // 1994-11-06T08:49:37Z is 784111777 s (RFC 9110, 5.6.7 gives the date)
        let now_ms = 784_111_700_000;
        let cases = [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("864000", Some(864_000_000)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(77_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800_000 - 784_111_700_000)),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (header, expect) in cases {
            assert_eq!(retry_after_ms(header, now_ms), expect, "{header}");
        }
    }
}
