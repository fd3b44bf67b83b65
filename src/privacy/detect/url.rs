//! URLs with a scheme, and bare host names that end like one.

use super::context::Topic;
use super::tld::{self, Tld};
use super::{IP, Scan, URL};
use crate::privacy::fold::{SYMBOL, Text, is_letter, is_word};
use crate::privacy::partition::Rank;

/// Finds both forms. Each byte is passed once by either.
pub(super) fn scan(scan: &mut Scan<'_>) {
    with_scheme(scan);
    bare(scan);
}

fn with_scheme(scan: &mut Scan<'_>) {
    let text = scan.text;
    let mut done = 0;
    let mut at = 0;
    while at < text.len() {
        if text.slice(at, at + 3) != b"://" {
            at += 1;
            continue;
        }
        let mut start = at;
        while start > done
            && at - start < 16
            && matches!(text.before(start), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'.' | b'-')
        {
            start -= 1;
        }
        while start < at && !text.at(start).is_ascii_alphabetic() {
            start += 1;
        }
        at += 3;
        // without a scheme the rest is not read, or a row of `://` would be read again from each
        if at - start < 5 {
            continue;
        }
        let end = body(text, at, text.before(start));
        if end > at {
            push(scan, start, at, end);
        }
        (done, at) = (end, end);
    }
}

/// Notes a URL of scheme `start..host` and rest `host..end`. Where the host is an IP address, that is noted as what it
/// is, and the path after it as the URL.
fn push(scan: &mut Scan<'_>, start: usize, host: usize, end: usize) {
    let text = scan.text;
    let bracket = usize::from(text.at(host) == b'[');
    let length = (host + bracket..end)
        .take_while(|i| {
            matches!(text.at(*i), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'.')
                || (bracket == 1 && text.at(*i) == b':')
        })
        .count();
    let address = host + bracket..host + bracket + length;
    let literal = std::str::from_utf8(text.slice(address.start, address.end)).unwrap_or("");
    let is_address = literal.parse::<std::net::IpAddr>().is_ok() && !is_word(text.at(address.end));
    if is_address && length <= 45 {
        scan.push(address.start, address.end, IP, Rank::Checked, 95);
        let path = port(text, address.end + bracket);
        if text.slice(path, end).iter().any(|b| is_word(*b)) {
            scan.push(path, end, URL, Rank::Checked, 90);
        }
    } else {
        // a name and a password before the host look like an address of mail, and the whole is surer than that
        let host_end = (host..end).find(|i| matches!(text.at(*i), b'/' | b'?' | b'#')).unwrap_or(end);
        let signed_in = text.slice(host, host_end).contains(&b'@');
        scan.push(start, end, URL, Rank::Checked, if signed_in { 97 } else { 90 });
    }
}

/// The end of what follows a scheme or host, without closing punctuation.
fn body(text: &Text, from: usize, before: u8) -> usize {
    let mut end = from;
    let (mut round, mut square) = (0i32, 0i32);
    loop {
        match text.at(end) {
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' | 0x7F | SYMBOL => break,
            b'\'' if before == b'\'' => break,
            b'(' => round += 1,
            b')' if round == 0 => break,
            b')' => round -= 1,
            b'[' => square += 1,
            b']' if square == 0 => break,
            b']' => square -= 1,
            _ => {}
        }
        end += 1;
    }
    while end > from
        && matches!(
            text.before(end),
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' | b'~' | b'(' | b'['
        )
    {
        end -= 1;
    }
    end
}

fn bare(scan: &mut Scan<'_>) {
    let text = scan.text;
    let in_host = |b: u8| is_word(b) || b == b'-' || b == b'_' || b == b'.';
    let mut at = 0;
    while at < text.len() {
        if !in_host(text.at(at)) {
            at += 1;
            continue;
        }
        let start = at;
        let mut dot = false;
        while in_host(text.at(at)) {
            // an empty label ends a run: "wait...what"
            if text.at(at) == b'.' && !is_word(text.at(at + 1)) {
                break;
            }
            dot |= text.at(at) == b'.';
            at += 1;
        }
        if dot {
            at = at.max(host(scan, start, at));
        }
        at += 1;
    }
}

/// Looks at one run of labels and says how far it read.
fn host(scan: &mut Scan<'_>, mut start: usize, run_end: usize) -> usize {
    let text = scan.text;
    while start < run_end && !is_word(text.at(start)) {
        start += 1;
    }
    if matches!(text.before(start), b'@' | b'\\' | b'$') || text.at(run_end) == b'@' {
        return run_end;
    }
    let www = text.slice(start, start + 4).eq_ignore_ascii_case(b"www.");
    // the last label that is an end; what follows it may be the next sentence, glued
    let mut end = run_end;
    let mut label_start;
    let class = loop {
        label_start = (start..end).rev().find(|i| text.at(*i) == b'.').map_or(start, |dot| dot + 1);
        if label_start == start || run_end - end > 80 {
            return run_end;
        }
        match tld::class(text.slice(label_start, end)) {
            // `com.example.thing` is no address of the web, `example.com.The` is one and a sentence
            Some(class) if end == run_end || text.at(end + 1).is_ascii_uppercase() => break class,
            // whatever top-level domain was invented yesterday: `www.` and two labels more
            None if www && end == run_end && label_start > start + 5 && all_letters(text, label_start, end) => {
                break Tld::Strong;
            }
            _ => end = label_start - 1,
        }
    };
    let before = text.slice(start, label_start - 1);
    let labels = before.split(|b| *b == b'.').count();
    let own = before.rsplit(|b| *b == b'.').next().unwrap_or(&[]);
    if !own.iter().any(|b| is_letter(*b)) || (www && labels == 1) || text.at(end) == b'(' {
        return run_end;
    }
    let dot_net = text.slice(label_start, end).eq_ignore_ascii_case(b"net")
        && [&b"asp"[..], b"vb", b"ado"].iter().any(|name| own.eq_ignore_ascii_case(name));
    if dot_net {
        return run_end;
    }
    let path = if end == run_end { port(text, end) } else { end };
    let has_path = matches!(text.at(path), b'/' | b'?' | b'#') && (is_word(text.at(path + 1)) || text.at(path) == b'/');
    let last = if has_path { body(text, path, text.before(start)) } else { path };
    let site = scan.context.has(start, Topic::Site);
    // `example.co.in`: the second level of a country
    let country = labels >= 2 && [&b"co"[..], b"com", b"org", b"net", b"ac", b"edu", b"gov"].contains(&own);
    let file =
        [&b"py"[..], b"rs", b"md", b"sh", b"so", b"ps", b"ml", b"mm", b"cc"].contains(&text.slice(label_start, end));
    let more = www || has_path || country || (site && !file);
    let score = match class {
        Tld::Strong if www || has_path => 85,
        Tld::Strong if own.len() >= 2 || labels >= 2 || more || text.slice(label_start, end) == b"com" => 70,
        Tld::Weak if more => 60,
        _ => 0,
    };
    let rank = if www || has_path { Rank::Checked } else { Rank::Look };
    scan.push(start, last, URL, rank, score);
    last
}

fn all_letters(text: &Text, start: usize, end: usize) -> bool {
    end - start >= 2 && text.slice(start, end).iter().all(|b| is_letter(*b))
}

/// The end of `:8080` at `end`, or `end`.
fn port(text: &Text, end: usize) -> usize {
    let digits = (1..=5).take_while(|i| text.at(end + i).is_ascii_digit()).count();
    if text.at(end) == b':' && digits > 0 && !is_word(text.at(end + 1 + digits)) { end + 1 + digits } else { end }
}
