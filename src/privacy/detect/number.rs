//! Numbers: the text's runs of digits, and what chains of them are. Cards, social security numbers and IP addresses of
//! version 4 here; telephones in `phone`.

use super::context::Topic;
use super::{CARD, IP, SSN, Scan, ip, phone};
use crate::privacy::fold::{Text, is_letter, is_word};
use crate::privacy::partition::Rank;

/// A run of digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub start: usize,
    pub end: usize,
}

impl Group {
    pub fn len(self) -> usize {
        self.end - self.start
    }
}

/// What stands between two runs of digits, as a set of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap(u8);

impl Gap {
    pub const SPACE: Gap = Gap(1);
    pub const DASH: Gap = Gap(2);
    pub const DOT: Gap = Gap(4);
    pub const SLASH: Gap = Gap(8);
    pub const OPEN: Gap = Gap(16);
    pub const CLOSE: Gap = Gap(32);
    pub const LINE: Gap = Gap(64);
    /// Anything else, or too long: the runs do not belong together.
    pub const APART: Gap = Gap(128);

    pub fn has(self, sign: Gap) -> bool {
        self.0 & sign.0 != 0
    }

    /// Only signs of `signs`.
    pub fn within(self, signs: &[Gap]) -> bool {
        self.0 & !signs.iter().fold(0, |all, sign| all | sign.0) == 0
    }

    fn of(bytes: &[u8]) -> Gap {
        if bytes.len() > 5 {
            return Gap::APART;
        }
        bytes.iter().fold(Gap(0), |gap, byte| {
            let sign = match byte {
                b' ' => Gap::SPACE,
                b'-' => Gap::DASH,
                b'.' => Gap::DOT,
                b'/' => Gap::SLASH,
                b'(' => Gap::OPEN,
                b')' => Gap::CLOSE,
                b'\n' => Gap::LINE,
                _ => Gap::APART,
            };
            // the same sign twice is no separator, but for blanks and line ends
            if gap.has(sign) && !sign.within(&[Gap::SPACE, Gap::LINE]) { Gap::APART } else { Gap(gap.0 | sign.0) }
        })
    }
}

/// The runs of digits of a text and the gaps before each.
pub(super) struct Chain {
    pub groups: Vec<Group>,
}

impl Chain {
    fn new(text: &Text) -> Self {
        let mut groups = Vec::new();
        let mut start = None;
        for i in 0..=text.len() {
            match (text.at(i).is_ascii_digit(), start) {
                (true, None) => start = Some(i),
                (false, Some(from)) => {
                    groups.push(Group { start: from, end: i });
                    start = None;
                }
                _ => {}
            }
        }
        Self { groups }
    }

    pub fn get(&self, i: usize) -> Option<Group> {
        self.groups.get(i).copied()
    }

    /// What stands between group `i` and the one before it.
    pub fn gap(&self, text: &Text, i: usize) -> Gap {
        match (i.checked_sub(1).and_then(|i| self.get(i)), self.get(i)) {
            (Some(before), Some(group)) if group.start - before.end <= 5 => {
                Gap::of(text.slice(before.end, group.start))
            }
            _ => Gap::APART,
        }
    }
}

/// Finds all that is made of digits.
pub(super) fn scan(scan: &mut Scan<'_>) {
    let chain = Chain::new(scan.text);
    let (mut phones_from, mut cards_from) = (0, 0);
    for i in 0..chain.groups.len() {
        if i >= cards_from {
            cards_from = i + card(scan, &chain, i, cards_from == i);
        }
        ssn(scan, &chain, i);
        v4(scan, &chain, i);
        // a telephone takes what it can reach, so that its tail is not taken for another
        if i >= phones_from {
            phones_from = i + phone::scan_at(scan, &chain, i).max(1);
        }
    }
}

/// The bytes at both sides of `start..end` let a number stand there: no digit, no decimal point or comma with a digit,
/// and letters only where they are a whole word of letters, glued on.
fn stands_free(text: &Text, start: usize, end: usize) -> bool {
    let left = match text.before(start) {
        b'.' | b',' | b'_' => !is_word(text.before(start - 1)),
        b'-' => !is_word(text.before(start - 1)) || text.before(start - 1).is_ascii_alphabetic(),
        b if is_letter(b) => glued_left(text, start),
        _ => true,
    };
    let right = match text.at(end) {
        b'.' | b',' => !text.at(end + 1).is_ascii_digit(),
        b'_' | b'%' => false,
        b if is_letter(b) => glued_right(text, end),
        _ => true,
    };
    left && right
}

/// A word of letters alone ends at `start`.
pub(super) fn glued_left(text: &Text, start: usize) -> bool {
    let letters = (1..=24.min(start)).find(|back| !is_letter(text.at(start - back)));
    match letters {
        Some(back) => !text.at(start - back).is_ascii_digit() && text.at(start - back) != b'_',
        None => start <= 24,
    }
}

/// A word of letters alone begins at `end`.
pub(super) fn glued_right(text: &Text, end: usize) -> bool {
    let letters = (end..end + 24).find(|i| !is_letter(text.at(*i)));
    letters.is_some_and(|i| !text.at(i).is_ascii_digit() && text.at(i) != b'_')
}

/// The longest card number that begins with group `i`: 12 to 19 digits, Luhn's check digit right, and either a range of
/// issuers or a word about cards. Says how many groups it took. `after_card`: another card ends right before.
fn card(scan: &mut Scan<'_>, chain: &Chain, i: usize, after_card: bool) -> usize {
    let text = scan.text;
    let Some(first) = chain.get(i) else { return 0 };
    let mut digits = [0u8; 19];
    let (mut count, mut sizes, mut used) = (0usize, [0usize; 19], 0usize);
    let told = scan.context.last(first.start, &[Topic::Card, Topic::Phone, Topic::Record]) == Some(Topic::Card);
    let mut best = None;
    let mut k = i;
    while let Some(group) = chain.get(k) {
        let gap = chain.gap(text, k);
        if k > i && !gap.within(&[Gap::SPACE, Gap::DASH, Gap::LINE, Gap::DOT]) {
            break;
        }
        let Some(room) = digits.get_mut(count..count + group.len()) else { break };
        for (to, from) in room.iter_mut().zip(text.slice(group.start, group.end)) {
            *to = from - b'0';
        }
        count += group.len();
        if let Some(size) = sizes.get_mut(used) {
            *size = group.len();
        }
        used += 1;
        let number = digits.get(..count).unwrap_or(&[]);
        let possible = count >= 12 && (told || !matches!(issuer(number), Issuer::None));
        if possible && luhn(number) && stands_free(text, first.start, group.end) {
            // a column of numbers of four digits: this may be anywhere in it
            let column = !after_card
                && used > 1
                && chain.gap(text, i) == chain.gap(text, i + 1)
                && chain.get(i.wrapping_sub(1)).is_some_and(|before| before.len() == first.len());
            let usual = usual_grouping(sizes.get(..used).unwrap_or(&[]));
            let score = match (issuer(number), told) {
                (Issuer::Sure, true) => 100,
                (Issuer::Sure, false) if usual && !column => 90,
                (Issuer::Loose, true) => 90,
                (Issuer::None, true) if used == 1 || usual => 60,
                _ => 0,
            };
            if score > 0 {
                best = Some((group.end, score, used));
            }
        }
        k += 1;
    }
    let Some((end, score, used)) = best else { return 0 };
    scan.push(first.start, end, CARD, Rank::Checked, score);
    used
}

/// The gap joins two groups of one number.
fn joins(gap: Gap) -> bool {
    gap == Gap::SPACE || gap == Gap::DASH
}

/// How card numbers are printed: in one, in fours with a shorter end, as 4-6-5 or 4-6-4, or digit by digit.
fn usual_grouping(sizes: &[usize]) -> bool {
    let fours = sizes.split_last().is_some_and(|(last, rest)| rest.iter().all(|n| *n == 4) && *last <= 4);
    // a line that ends within a number leaves two parts of a number written in one
    sizes.len() <= 2 || fours || matches!(sizes, [4, 6, 4 | 5]) || sizes.iter().all(|n| *n == 1)
}

/// What the first digits say of the issuer.
enum Issuer {
    /// A range of a large scheme, with a length it uses.
    Sure,
    /// A range of Maestro and others, with a length that could be anything.
    Loose,
    None,
}

/// Ranges of issuers, by the first four digits (ISO/IEC 7812; the schemes' published ranges).
fn issuer(number: &[u8]) -> Issuer {
    let first = number.iter().take(4).fold(0u32, |n, d| n * 10 + u32::from(*d));
    let length = number.len();
    let sure = match first {
        4000..=4999 => matches!(length, 13 | 16 | 19),
        5100..=5599 | 2221..=2720 => length == 16,
        3400..=3499 | 3700..=3799 => length == 15,
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length),
        3528..=3589 => (16..=19).contains(&length),
        2131 => length == 15,
        2200..=2204 => (16..=19).contains(&length),
        6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 => (16..=19).contains(&length),
        5000..=5099 | 5600..=6999 | 9792 => matches!(length, 16 | 18 | 19),
        // airlines (UATP)
        1000..=1999 => length == 15,
        _ => false,
    };
    match first {
        _ if sure => Issuer::Sure,
        5000..=5099 | 5600..=6999 | 4000..=4999 => Issuer::Loose,
        _ => Issuer::None,
    }
}

/// Luhn's check (ISO/IEC 7812-1, annex B).
fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(*d) << (i % 2);
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A US social security number at group `i`: 3-2-4 with one kind of separator, or nine digits beside a word about it.
/// Areas 000, 666 and 900 to 999, group 00 and serial 0000 were never issued (20 CFR 422.103; SSA POMS RM 10201.035).
fn ssn(scan: &mut Scan<'_>, chain: &Chain, i: usize) {
    let text = scan.text;
    let Some(a) = chain.get(i) else { return };
    let told = scan.context.has(a.start, Topic::Ssn);
    let value = |from: usize, to: usize| text.slice(from, to).iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    let issued = |area: u32, group: u32, serial: u32| {
        !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0 && (area, group, serial) != (78, 5, 1120)
    };
    let whole =
        a.len() == 9 && issued(value(a.start, a.start + 3), value(a.start + 3, a.start + 5), value(a.start + 5, a.end));
    if whole && told && stands_free(text, a.start, a.end) {
        scan.push(a.start, a.end, SSN, Rank::Checked, 85);
    }
    let gap = chain.gap(text, i + 1);
    let Some(b) = chain.get(i + 1).filter(|_| gap.within(&[Gap::DASH, Gap::SPACE, Gap::LINE, Gap::DOT])) else {
        return;
    };
    // written in two parts: 078-051121, 07805-1121
    let two = match (a.len(), b.len()) {
        (3, 6) => issued(value(a.start, a.end), value(b.start, b.start + 2), value(b.start + 2, b.end)),
        (5, 4) => issued(value(a.start, a.start + 3), value(a.start + 3, a.end), value(b.start, b.end)),
        _ => false,
    };
    if two && told && stands_free(text, a.start, b.end) {
        scan.push(a.start, b.end, SSN, Rank::Checked, 70);
    }
    let Some(c) = chain.get(i + 2) else { return };
    let same = gap.within(&[Gap::SPACE]) == chain.gap(text, i + 2).within(&[Gap::SPACE])
        && gap.has(Gap::DASH) == chain.gap(text, i + 2).has(Gap::DASH)
        && gap.has(Gap::DOT) == chain.gap(text, i + 2).has(Gap::DOT)
        && chain.gap(text, i + 2).within(&[Gap::DASH, Gap::SPACE, Gap::LINE, Gap::DOT]);
    let form = (a.len(), b.len(), c.len()) == (3, 2, 4) && same;
    if !form || !issued(value(a.start, a.end), value(b.start, b.end), value(c.start, c.end)) {
        return;
    }
    let longer = joins(chain.gap(text, i)) && chain.gap(text, i) == gap
        || joins(chain.gap(text, i + 3)) && chain.gap(text, i + 3) == gap;
    let dashed = gap.has(Gap::DASH);
    let score = match (told, dashed) {
        (true, _) => 95,
        _ if longer || text.before(a.start) == b'+' => 0,
        (false, true) => 80,
        (false, false) if gap == Gap::SPACE && scan.context.last(a.start, &[Topic::Phone, Topic::Record]).is_none() => {
            55
        }
        _ => 0,
    };
    if score > 0 && stands_free(text, a.start, c.end) {
        scan.push(a.start, c.end, SSN, Rank::Checked, score);
    }
}

/// An IP address of version 4 at group `i`: four numbers to 255 with single dots, and no fifth.
fn v4(scan: &mut Scan<'_>, chain: &Chain, i: usize) {
    let text = scan.text;
    let (Some(first), Some(last)) = (chain.get(i), chain.get(i + 3)) else { return };
    if last.end - first.start > 15 || chain.gap(text, i) == Gap::DOT || chain.gap(text, i + 4) == Gap::DOT {
        return;
    }
    let small = |g: Group| {
        g.len() <= 3 && text.slice(g.start, g.end).iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0')) <= 255
    };
    let dotted = (i + 1..=i + 3).all(|k| chain.gap(text, k) == Gap::DOT && chain.get(k).is_some_and(small));
    let left = text.before(first.start);
    if !dotted
        || !small(first)
        || matches!(left, b'.' | b'_' | b'-' | b'$')
        || is_word(text.at(last.end))
        || text.at(last.end) == b'_'
    {
        return;
    }
    let score = match scan.context.has(first.start, Topic::Ip) {
        _ if scan.context.right_before(first.start, Topic::Version) => 0,
        true => 95,
        false if is_word(left) => 0,
        false => 70,
    };
    scan.push(first.start, ip::suffix(scan, last.end), IP, Rank::Checked, score);
}
