//! Scanners for personal data that has a form: e-mail, phone, card, IBAN, IP address, URL, US social security number.
//!
//! Each is anchored on a character its values cannot do without (`@`, `://`, a digit) and looks a bounded distance
//! around it, so the work grows with the length of the text and with nothing else. What a word nearby says raises or
//! lowers the score. Every candidate that reaches [`THRESHOLD`] is reported; overlaps are settled by `partition`.

mod context;
mod email;
mod iban;
mod ip;
mod number;
mod phone;
mod tld;
mod url;

use super::fold::Text;
use super::partition::{Candidate, Rank};
use context::Context;

/// The kinds found here; a candidate's number is the place in this list.
pub const BUILT_IN: [&str; 7] =
    ["EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "URL", "US_SSN"];

const EMAIL: u16 = 0;
const PHONE: u16 = 1;
const CARD: u16 = 2;
const IBAN: u16 = 3;
const IP: u16 = 4;
const URL: u16 = 5;
const SSN: u16 = 6;

/// The least score that is reported, in percent.
pub const THRESHOLD: u8 = 50;

/// What the scanners share: the folded text, the telling words in it, and the list of what was found.
struct Scan<'a> {
    text: &'a Text,
    context: Context,
    found: Vec<Candidate>,
}

impl Scan<'_> {
    /// Notes a find of the folded bytes `start..end`, if it is sure enough.
    fn push(&mut self, start: usize, end: usize, kind: u16, rank: Rank, score: u8) {
        if score >= THRESHOLD && start < end {
            let (start, end) = self.text.span(start, end);
            self.found.push(Candidate { start, end, kind, rank, score });
        }
    }
}

/// All candidates in a text, in no order; they may overlap.
pub fn detect(text: &Text) -> Vec<Candidate> {
    let mut scan = Scan { text, context: Context::new(text), found: Vec::new() };
    email::scan(&mut scan);
    url::scan(&mut scan);
    ip::scan_v6(&mut scan);
    iban::scan(&mut scan);
    number::scan(&mut scan);
    scan.found
}

#[cfg(test)]
mod tests;
