//! E-mail addresses: anchored on `@`, outward to both sides (RFC 5321 as people use it, not as it allows).

use super::{EMAIL, Scan};
use crate::privacy::fold::{LETTER, is_word};
use crate::privacy::partition::Rank;

/// The longest local part and domain that are followed, in folded bytes.
const LOCAL: usize = 256;
const DOMAIN: usize = 255;

fn is_local(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'~' | b'&' | b'!' | b'*')
}

/// Finds addresses.
pub(super) fn scan(scan: &mut Scan<'_>) {
    let text = scan.text;
    for at in (0..text.len()).filter(|i| text.at(*i) == b'@') {
        let mut start = at;
        while at - start < LOCAL && is_local(text.before(start)) {
            start -= 1;
        }
        while start < at && !is_word(text.at(start)) && text.at(start) != b'_' {
            start += 1;
        }
        if start == at {
            start = quoted(scan, at);
        }
        let end = domain(scan, at + 1);
        if start < at && end > at + 1 {
            scan.push(start, end, EMAIL, Rank::Checked, 95);
        }
    }
}

/// The start of a quoted local part that ends before `at`, or `at`.
fn quoted(scan: &Scan<'_>, at: usize) -> usize {
    let text = scan.text;
    if text.before(at) != b'"' {
        return at;
    }
    let open = (at.saturating_sub(66)..at - 1).rev().take_while(|i| text.at(*i) != b'\n').find(|i| text.at(*i) == b'"');
    open.filter(|open| at - open > 2).unwrap_or(at)
}

/// The end of the domain that begins at `from`, or `from` where there is none. A domain that breaks off at the end of a
/// line goes on with the next.
fn domain(scan: &Scan<'_>, from: usize) -> usize {
    let text = scan.text;
    let run = |from: usize| {
        let mut end = from;
        while end - from < DOMAIN && (is_word(text.at(end)) || matches!(text.at(end), b'.' | b'-')) {
            end += 1;
        }
        end
    };
    let trim = |mut end: usize| {
        while end > from && matches!(text.before(end), b'.' | b'-' | b'\n' | b' ') {
            end -= 1;
        }
        end
    };
    let first = run(from);
    let end = trim(first);
    if is_domain(text.slice(from, end)) {
        return end;
    }
    let mut next = first;
    while text.at(next) == b' ' && next < first + 3 {
        next += 1;
    }
    if text.at(next) == b'\n' && text.slice(from, first).iter().filter(|b| **b == b'.').count() <= 1 {
        let rest = next + 1;
        let end = trim(run(rest));
        let joined = [text.slice(from, first), text.slice(rest, end)].concat();
        if end > rest && is_domain(&joined) {
            return end;
        }
    }
    from
}

/// At least two labels, none empty, the last of letters (or `xn--…`), or all four numbers of an address.
fn is_domain(name: &[u8]) -> bool {
    let labels = || name.split(|b| *b == b'.');
    let count = labels().count();
    let Some(last) = labels().next_back() else { return false };
    let letters =
        last.len() >= 2 && (last.starts_with(b"xn--") || last.iter().all(|b| b.is_ascii_alphabetic() || *b == LETTER));
    let numbers = count == 4 && name.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    count >= 2 && labels().all(|label| !label.is_empty()) && (letters || numbers)
}
