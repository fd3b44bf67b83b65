//! Telephone numbers: international with `+` or `00`, North American, national with a leading 0, with an area code in
//! brackets; and any other grouping beside a word about telephones.
//!
//! Precision first: a number without a plus, a shape or a word is not a telephone, and dates, amounts and book numbers
//! never are.

use super::context::Topic;
use super::number::{Chain, Gap, glued_left, glued_right};
use super::{PHONE, Scan};
use crate::privacy::fold::{Text, is_letter, is_word};
use crate::privacy::partition::Rank;

/// The most groups of digits in one number.
const GROUPS: usize = 7;
/// The most digits of an international number (E.164).
const DIGITS: usize = 15;

/// What the words around a number say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    /// Somebody is called or texted.
    Call,
    /// It is a telephone.
    Phone,
}

/// The groups that could make one number, and what was seen on the way.
struct Reading {
    /// First byte, with `+` or bracket.
    start: usize,
    plus: bool,
    /// The first group stands in brackets.
    bracket: bool,
    /// Digits stand before it, joined: it could be the tail of a longer number.
    tail: bool,
    sizes: [usize; GROUPS],
    gaps: [Gap; GROUPS],
    /// End of each group.
    ends: [usize; GROUPS],
    count: usize,
    /// Digits of the first group, as a number, and of all groups, from the front.
    digits: [u8; DIGITS + 4],
}

/// Looks for a telephone that begins with group `i`, notes it, and says how many groups it took.
pub(super) fn scan_at(scan: &mut Scan<'_>, chain: &Chain, i: usize) -> usize {
    let Some(reading) = read(scan.text, chain, i) else { return 0 };
    let before = told(scan, reading.start);
    // the longest that is sure enough
    for count in (1..=reading.count).rev() {
        let Some(&digits_end) = reading.ends.get(count - 1) else { continue };
        let (end, taken) = extension(scan.text, chain, i + count, digits_end);
        let told = if told_after(scan.text, end) { Told::Phone } else { before };
        let score = shape(&reading, count, told);
        if score >= super::THRESHOLD && stands(scan.text, chain, &reading, i + count, count, end, told) {
            scan.push(reading.start, end, PHONE, Rank::Look, if told == Told::Phone { score.max(85) } else { score });
            return count + taken;
        }
    }
    0
}

fn read(text: &Text, chain: &Chain, i: usize) -> Option<Reading> {
    let first = chain.get(i)?;
    let mut reading = Reading {
        start: first.start,
        plus: false,
        bracket: false,
        tail: matches!(chain.gap(text, i), Gap::SPACE | Gap::DASH | Gap::DOT),
        sizes: [0; GROUPS],
        gaps: [Gap::APART; GROUPS],
        ends: [0; GROUPS],
        count: 0,
        digits: [0; DIGITS + 4],
    };
    if text.before(reading.start) == b'(' && matches!(text.at(first.end), b')' | b' ' | b'-') {
        (reading.bracket, reading.start) = (text.at(first.end) == b')', reading.start - 1);
    }
    if text.before(reading.start) == b'+' {
        (reading.plus, reading.start) = (true, reading.start - 1);
    } else if text.before(reading.start) == b'(' && text.at(reading.start) == b'+' {
        reading.start -= 1;
    }
    if !reading.bracket && !reading.plus {
        reading.start = first.start;
    }
    let mut total = 0;
    for k in 0..GROUPS {
        let Some(group) = chain.get(i + k) else { break };
        let gap = chain.gap(text, i + k);
        let few = total < 7 && reading.plus;
        let allowed = [Gap::SPACE, Gap::DASH, Gap::DOT, Gap::SLASH, Gap::OPEN, Gap::CLOSE];
        let broken = gap.has(Gap::LINE) && few && gap.within(&[Gap::SPACE, Gap::DASH, Gap::LINE]);
        let thin = group.len() == 1 && !reading.plus;
        if k > 0 && (thin || (!gap.within(&allowed) && !broken)) {
            break;
        }
        let Some(room) = reading.digits.get_mut(total..total + group.len()) else { break };
        room.copy_from_slice(text.slice(group.start, group.end));
        total += group.len();
        if let (Some(size), Some(to), Some(end)) =
            (reading.sizes.get_mut(k), reading.gaps.get_mut(k), reading.ends.get_mut(k))
        {
            (*size, *to, *end) = (group.len(), gap, group.end);
        }
        reading.count = k + 1;
    }
    (reading.count > 0).then_some(reading)
}

/// How much the first `count` groups look like a telephone, in percent.
fn shape(reading: &Reading, count: usize, words: Told) -> u8 {
    let told = words > Told::Nothing;
    let sizes = reading.sizes.get(..count).unwrap_or(&[]);
    let gaps = reading.gaps.get(1..count).unwrap_or(&[]);
    let total: usize = sizes.iter().sum();
    let digits = reading.digits.get(..total).unwrap_or(&[]);
    let zero = digits.first() == Some(&b'0');
    let uniform = gaps.windows(2).all(|w| w.first() == w.last());
    let book = total == 13 && (digits.starts_with(b"978") || digits.starts_with(b"979"));
    if reading.plus {
        // `(0)` after the country is not dialled from abroad
        let trunk = sizes.get(1) == Some(&1) && gaps.first().is_some_and(|g| g.has(Gap::OPEN));
        let dialled = total - usize::from(trunk);
        let right = match digits {
            [b'1' | b'7', ..] => dialled == 11,
            // `+0049` is seen, though wrong
            [b'0', b'0', b'1'..=b'9', ..] => (10..=DIGITS + 1).contains(&dialled),
            [b'0', ..] | [] => false,
            _ => (8..=DIGITS - 1).contains(&dialled),
        };
        let thin = sizes.iter().skip(if trunk { 2 } else { 1 }).filter(|n| **n == 1).count() > 1;
        return if right && !thin { 90 } else { 0 };
    }
    if is_date(sizes, gaps, digits) || (book && !told) {
        return 0;
    }
    // North America: 415-555-0132, with 1 or 001 before it
    let (lead, rest) = match sizes {
        [1, rest @ ..] if digits.starts_with(b"1") => (true, rest),
        [3, rest @ ..] if rest.len() == 3 && digits.starts_with(b"001") => (true, rest),
        rest => (false, rest),
    };
    if matches!(rest, [3, 3, 4]) && (told || !reading.tail || gaps.first() != Some(&Gap::SPACE)) {
        let spaces = gaps.iter().all(|g| *g == Gap::SPACE);
        let area = digits.get(total - 10).is_some_and(|d| *d >= b'2');
        let mixed = gaps.iter().any(|g| g.has(Gap::SLASH));
        return match (told, mixed) {
            (true, _) => 90,
            (false, true) => 0,
            _ if lead || reading.bracket => 80,
            _ if spaces => 60,
            _ if area => 75,
            _ => 60,
        };
    }
    if !told && reading.tail {
        return 0;
    }
    if digits.starts_with(b"00") && (10..=DIGITS + 2).contains(&total) && count >= 2 && digits.get(2) != Some(&b'0') {
        return 75;
    }
    if zero && national(sizes, gaps, digits) {
        return if count >= 3 || gaps.iter().all(|g| *g != Gap::SPACE) { 65 } else { 55 };
    }
    let area_year = total >= 4 && matches!(digits.get(..2), Some(b"19" | b"20")) && sizes.first() == Some(&4);
    if reading.bracket && (8..=12).contains(&total) && (2..=4).contains(&count) && !area_year {
        let area = sizes.first().is_some_and(|n| (2..=5).contains(n));
        if area && sizes.iter().skip(1).all(|n| *n >= 2) {
            return 65;
        }
    }
    if words > Told::Nothing && !amount(sizes, gaps, words) {
        let least = if words == Told::Phone { 6 } else { 7 };
        let slashed = gaps.iter().any(|g| g.has(Gap::SLASH));
        let grouped = count >= 2 && (least..=DIGITS).contains(&total) && (uniform || count == 2 || !slashed);
        let single = count == 1 && (least + 1..=13).contains(&total);
        return if grouped || single { 75 } else { 0 };
    }
    0
}

/// A number with the 0 that leads an area code at home: 0490 75 40 81, 021-4006034, 03.93.92.16.85.
fn national(sizes: &[usize], gaps: &[Gap], digits: &[u8]) -> bool {
    let dotted = gaps.iter().any(|g| g.has(Gap::DOT));
    let pairs = digits.len() == 10 && sizes.iter().all(|n| *n == 2);
    let signed = gaps.first().is_some_and(|g| g.has(Gap::DASH) || g.has(Gap::SLASH));
    // nine digits as 3-3-3 or 3-2-4 are numbers of other registers
    let length = match digits.len() {
        9 => signed && !matches!(sizes, [3, 3, 3] | [3, 2, 4]),
        n => n == 10 || n == 11,
    };
    let rest = gaps.get(1..).unwrap_or(&[]);
    length
        && digits.get(1) != Some(&b'0')
        && *sizes != [4, 4, 2]
        && (2..=5).contains(&sizes.len())
        && (!dotted || pairs)
        && rest.windows(2).all(|w| w.first() == w.last())
        && sizes.iter().skip(1).all(|n| *n >= 2)
}

/// 12.345.678 and, where no word says that it is a telephone, 12 345 678.
fn amount(sizes: &[usize], gaps: &[Gap], words: Told) -> bool {
    sizes.len() >= 2
        && gaps.iter().all(|g| *g == Gap::DOT || (*g == Gap::SPACE && words == Told::Call))
        && sizes.iter().skip(1).all(|n| *n == 3)
        && sizes.first().is_some_and(|n| *n <= 3)
}

/// Year, month, day in any order: 2024-01-31, 31.01.2024, 1/31/24; and a pair of years.
fn is_date(sizes: &[usize], gaps: &[Gap], digits: &[u8]) -> bool {
    let at = |from: usize, len: usize| {
        digits.get(from..from + len).unwrap_or(&[]).iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'))
    };
    let year = |n: u32| (1800..2200).contains(&n);
    let signs = gaps.iter().all(|g| !g.has(Gap::OPEN) && !g.has(Gap::CLOSE));
    let day = |a: u32, b: u32| (1..=31).contains(&a) && (1..=31).contains(&b) && (a <= 12 || b <= 12);
    signs
        && match *sizes {
            [4, 2, 2, ..] => year(at(0, 4)) && day(at(4, 2), at(6, 2)),
            [a @ 1..=2, b @ 1..=2, 4, ..] => day(at(0, a), at(a, b)) && year(at(a + b, 4)),
            [a @ 1..=2, b @ 1..=2, 2] => day(at(0, a), at(a, b)) && gaps.iter().all(|g| *g != Gap::SPACE),
            [4, 4] => year(at(0, 4)) && year(at(4, 4)),
            [8, ..] => year(at(0, 4)) && day(at(4, 2), at(6, 2)),
            _ => false,
        }
}

/// What the nearest telling word before `start` says.
fn told(scan: &Scan<'_>, start: usize) -> Told {
    let near = [Topic::Phone, Topic::Call, Topic::Card, Topic::Ssn, Topic::Record, Topic::Ip, Topic::Version];
    match scan.context.last(start, &near) {
        Some(Topic::Phone) => Told::Phone,
        Some(Topic::Call) => Told::Call,
        // "my number is 13812345678"
        None if scan.context.has(start, Topic::Number) && mobile(scan.text, start) => Told::Phone,
        _ => Told::Nothing,
    }
}

/// Eleven digits as Chinese mobiles have them.
fn mobile(text: &Text, start: usize) -> bool {
    let run = (start..start + 12).take_while(|i| text.at(*i).is_ascii_digit()).count();
    run == 11 && text.at(start) == b'1' && matches!(text.at(start + 1), b'3'..=b'9')
}

/// What lists of numbers write after one: "office", "fax".
fn told_after(text: &Text, end: usize) -> bool {
    let from = (end..end + 3).find(|i| !matches!(text.at(*i), b' ' | b'(' | b',')).unwrap_or(end);
    let to = (from..from + 9).find(|i| !is_letter(text.at(*i))).unwrap_or(from);
    let word = text.slice(from, to);
    let ends = matches!(text.at(to), 0 | b'\n' | b')' | b',' | b';' | b'.' | b'/')
        || (text.at(to) == b' ' && matches!(text.at(to + 1), b'\n' | b'(' | b'+'));
    from > end
        && ends
        && [&b"office"[..], b"fax", b"mobile", b"cell", b"home", b"work", b"desk", b"phone", b"tel", b"direct"]
            .iter()
            .any(|w| word.eq_ignore_ascii_case(w))
}

/// The end with an extension (`x123`, `ext. 123`, `#123`), and how many groups it took.
fn extension(text: &Text, chain: &Chain, next: usize, end: usize) -> (usize, usize) {
    let Some(group) = chain.get(next).filter(|g| g.len() <= 6 && g.start - end <= 12) else { return (end, 0) };
    let mut mark = text.slice(end, group.start).to_vec();
    mark.retain(|b| !matches!(b, b' ' | b'.' | b',' | b':'));
    mark.make_ascii_lowercase();
    let known = [&b"x"[..], b"ext", b"extn", b"extension", b"#", b"poste", b"durchwahl"].contains(&&mark[..]);
    if known && !is_word(text.at(group.end)) { (group.end, 1) } else { (end, 0) }
}

/// Nothing at either side makes it a part of something else.
fn stands(text: &Text, chain: &Chain, reading: &Reading, next: usize, count: usize, end: usize, words: Told) -> bool {
    let told = words > Told::Nothing;
    let start = reading.start;
    let spoken = matches!(reading.sizes.get(..count), Some([3, 3, 4] | [1, 3, 3, 4] | [3, 3, 3, 4])) || reading.plus;
    let left = match text.before(start) {
        b'$' | b'_' | b'@' => false,
        b'#' => told,
        b if is_word(b) => spoken && !b.is_ascii_digit() && glued_left(text, start),
        b'-' | b'.' | b'/' | b',' => {
            !is_word(text.before(start - 1)) || (told && !text.before(start - 1).is_ascii_digit())
        }
        b'+' => false,
        _ => true,
    };
    let right = match text.at(end) {
        b'%' | b'$' | b'@' | b'_' => false,
        b if is_letter(b) => spoken && glued_right(text, end),
        b'-' | b'.' | b'/' | b':' | b',' => {
            !is_word(text.at(end + 1)) || (text.at(end) != b'-' && is_letter(text.at(end + 1)))
        }
        _ => true,
    };
    // the same separator goes on: a part of a longer number
    let more = chain.gap(text, next);
    let goes_on = count >= 2 && reading.gaps.get(count - 1) == Some(&more) && (more != Gap::SPACE || !spoken);
    left && right && (!goes_on || told)
}
