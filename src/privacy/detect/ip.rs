//! IP addresses, version 6 here; those of version 4 are chains of numbers and found with them.

use super::context::Topic;
use super::{IP, Scan};
use crate::privacy::fold::is_word;
use crate::privacy::partition::Rank;

/// The longest text form, with an embedded address of version 4 (RFC 4291, section 2.2).
const LONGEST: usize = 45;

/// Finds addresses of version 6: a run of hexadecimal digits, colons and dots, taken whole.
pub(super) fn scan_v6(scan: &mut Scan<'_>) {
    let text = scan.text;
    let in_run = |b: u8| b.is_ascii_hexdigit() || b == b':' || b == b'.';
    let mut at = 0;
    while at < text.len() {
        if !in_run(text.at(at)) {
            at += 1;
            continue;
        }
        let start = at;
        let mut colons = 0;
        while in_run(text.at(at)) {
            colons += usize::from(text.at(at) == b':');
            at += 1;
        }
        if colons >= 2 && at - start <= LONGEST + 4 {
            run(scan, start, at);
        }
    }
}

fn run(scan: &mut Scan<'_>, start: usize, mut end: usize) {
    let text = scan.text;
    let glued = |b: u8| is_word(b) || b == b'_';
    if glued(text.before(start)) || glued(text.at(end)) {
        return;
    }
    while end > start && (text.before(end) == b'.' || (text.before(end) == b':' && text.before(end - 1) != b':')) {
        end -= 1;
    }
    let bytes = text.slice(start, end);
    let Some((groups, digits)) = v6(bytes) else { return };
    let after = suffix(scan, end);
    // `a::b` is an address and code as well: let it show more of one
    // `10:20::30` is a time with a slip more likely
    let clock = bytes.split(|b| *b == b':').all(|group| group.len() <= 2 && group.iter().all(u8::is_ascii_digit))
        && groups >= 2
        && after == end;
    let telling = !clock && (groups >= 3 || digits >= 5 || bytes.iter().any(u8::is_ascii_digit) || after > end);
    let near = scan.context.has(start, Topic::Ip);
    if telling || (near && digits > 0) {
        scan.push(start, after, IP, Rank::Checked, if near { 95 } else { 80 });
    }
}

/// The end of what belongs to an address that ends at `end`: a zone (`%eth0`), a prefix length (`/64`).
pub(super) fn suffix(scan: &Scan<'_>, mut end: usize) -> usize {
    let text = scan.text;
    if text.at(end) == b'%' && is_word(text.at(end + 1)) {
        let zone = (1..=16).take_while(|i| is_word(text.at(end + i))).count();
        end += 1 + zone;
    }
    if text.at(end) == b'/' {
        let digits = (1..=4).take_while(|i| text.at(end + i).is_ascii_digit()).count();
        let length = text.slice(end + 1, end + 1 + digits).iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
        if (1..=3).contains(&digits) && length <= 128 && !is_word(text.at(end + 1 + digits)) {
            end += 1 + digits;
        }
    }
    end
}

/// Reads an address of version 6: number of groups written out, number of hexadecimal digits. Nothing if it is none.
fn v6(bytes: &[u8]) -> Option<(usize, usize)> {
    let address = std::str::from_utf8(bytes).ok()?;
    address.parse::<std::net::Ipv6Addr>().ok()?;
    let groups = bytes.split(|b| *b == b':').filter(|group| !group.is_empty()).count();
    Some((groups, bytes.iter().filter(|b| b.is_ascii_hexdigit()).count()))
}
