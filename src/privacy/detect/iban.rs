//! International bank account numbers (ISO 13616): country, two check digits, and a national part of fixed form.

use super::{IBAN, Scan};
use crate::privacy::fold::{Text, is_letter, is_word};
use crate::privacy::partition::Rank;

/// The national part by country: counts of digits (n), letters (a), either (c), in order. Source: the IBAN registry that
/// SWIFT keeps for ISO 13616.
const NATIONAL: &str = "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c \
CR18n CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c \
GL14n GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c \
LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n \
OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c \
SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c ";

/// The longest number, without separators.
const LONGEST: usize = 34;

/// Finds account numbers: anchored on two letters and two digits, read on to the length their country sets.
pub(super) fn scan(scan: &mut Scan<'_>) {
    let text = scan.text;
    for at in 2..text.len() {
        let anchored = text.at(at).is_ascii_digit()
            && text.before(at).is_ascii_alphabetic()
            && text.at(at + 1).is_ascii_digit()
            && text.at(at - 2).is_ascii_alphabetic();
        // a letter before the country is glued text, a digit a code of another kind
        if anchored
            && !text.before(at - 2).is_ascii_digit()
            && let Some(end) = number(text, at - 2)
        {
            scan.push(at - 2, end, IBAN, Rank::Checked, 100);
        }
    }
}

/// The end of the number that begins at `start`, if it is one.
fn number(text: &Text, start: usize) -> Option<usize> {
    let country = [text.at(start).to_ascii_uppercase(), text.at(start + 1).to_ascii_uppercase()];
    let form = national(&country)?;
    let mut chars = [0u8; LONGEST];
    let mut at = start;
    let mut seen = 4;
    for (i, to) in chars.iter_mut().enumerate() {
        if i >= 4 + form.clone().map(|(n, _)| n).sum::<usize>() {
            break;
        }
        // no more than a blank, a dash and a line end between two characters
        let mut skipped = 0;
        while i > 2 && skipped < 4 && matches!(text.at(at), b' ' | b'-' | b'\n' | b'.') {
            at += 1;
            skipped += 1;
        }
        *to = text.at(at).to_ascii_uppercase();
        at += 1;
        seen = i + 1;
    }
    let chars = chars.get(..seen)?;
    let mut rest = chars.get(4..)?.iter();
    for (count, class) in form {
        for _ in 0..count {
            let c = rest.next()?;
            let fits = match class {
                b'n' => c.is_ascii_digit(),
                b'a' => c.is_ascii_alphabetic(),
                _ => c.is_ascii_alphanumeric(),
            };
            if !fits {
                return None;
            }
        }
    }
    let glued = (at..at + 24).find(|i| !is_letter(text.at(*i))).is_none_or(|i| is_word(text.at(i)));
    (remainder(chars) == 1 && !glued).then_some(at)
}

/// The parts of a country's national number: how many characters, of which class.
fn national(country: &[u8; 2]) -> Option<impl Iterator<Item = (usize, u8)> + Clone> {
    let entry = NATIONAL.split_ascii_whitespace().find(|entry| entry.as_bytes().starts_with(country))?;
    let parts = entry.get(2..)?.split_inclusive(|c: char| c.is_ascii_lowercase());
    Some(parts.filter_map(|part| {
        let (count, class) = part.split_at_checked(part.len().checked_sub(1)?)?;
        Some((count.parse().ok()?, *class.as_bytes().first()?))
    }))
}

/// The remainder by 97 of the number with its first four characters moved to the end and letters as 10 to 35; 1 where
/// the check digits are right (ISO 7064, MOD 97-10).
fn remainder(chars: &[u8]) -> u32 {
    let (head, tail) = chars.split_at_checked(4).unwrap_or((chars, &[]));
    tail.iter().chain(head).fold(0, |rest, c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        _ => (rest * 100 + u32::from(c.wrapping_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_whole() {
        for entry in NATIONAL.split_ascii_whitespace() {
            let country: [u8; 2] = entry.as_bytes()[..2].try_into().unwrap();
            let length = 4 + national(&country).unwrap().map(|(n, _)| n).sum::<usize>();
            assert!((15..=LONGEST).contains(&length), "{entry}");
        }
    }
}
