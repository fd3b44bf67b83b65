//! Values that look like what they stand for and belong to nobody: names out of a small list, addresses that are kept free
//! for examples (RFC 2606, RFC 5737, RFC 3849), numbers with new digits and right check digits.
//!
//! Which one it is comes from a keyed hash of the value, so that it is the same in the whole project and nobody without
//! the key can tell. Two values may share a surrogate: it is for reading, not for telling people apart; a pseudonym is.

const GIVEN: [&str; 32] = [
    "Alex", "Robin", "Kim", "Sam", "Jamie", "Taylor", "Jordan", "Casey", "Morgan", "Riley", "Avery", "Quinn", "Rowan",
    "Charlie", "Drew", "Emery", "Finley", "Harper", "Jesse", "Kai", "Lee", "Logan", "Micah", "Noel", "Parker",
    "Peyton", "Reese", "Sage", "Skyler", "Toni", "Val", "Winter",
];
const FAMILY: [&str; 32] = [
    "Example",
    "Sample",
    "Doe",
    "Mustermann",
    "Ejemplo",
    "Exemple",
    "Esempio",
    "Placeholder",
    "Stand",
    "Field",
    "Brook",
    "Marsh",
    "Vale",
    "Heath",
    "Dale",
    "Glen",
    "Moor",
    "Fenn",
    "Ridge",
    "Shaw",
    "Thorne",
    "Wolde",
    "Ash",
    "Birch",
    "Cedar",
    "Elm",
    "Fir",
    "Hazel",
    "Larch",
    "Maple",
    "Oak",
    "Pine",
];
const PLACES: [&str; 16] = [
    "Anytown",
    "Springvale",
    "Northbrook",
    "Eastmoor",
    "Westdale",
    "Southfield",
    "Lakeside",
    "Millbank",
    "Oakham",
    "Ashford",
    "Brookton",
    "Fairview",
    "Greenhill",
    "Hillcrest",
    "Kingsport",
    "Riverton",
];

/// Chance that comes from a hash.
struct Bits<'a> {
    mac: &'a [u8; 32],
    at: usize,
}

impl Bits<'_> {
    fn below(&mut self, n: usize) -> usize {
        let byte = |i: usize| usize::from(self.mac.get(i % 32).copied().unwrap_or(0));
        // later rounds mix another byte in, so that 32 bytes do not simply come again
        let value = byte(self.at) * 251 + byte(self.at * 7 + 13) + self.at / 32;
        self.at += 1;
        value % n.max(1)
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        from.get(self.below(from.len())).copied().unwrap_or("")
    }
}

/// The surrogate of a value, by the keyed hash of what makes it the same value.
pub fn of(entity: &str, value: &str, mac: &[u8; 32]) -> String {
    let mut bits = Bits { mac, at: 0 };
    let tail = |bits: &mut Bits<'_>| format!("{:04}", bits.below(10_000));
    match entity {
        "PERSON" if value.trim().contains(char::is_whitespace) => {
            format!("{} {}", bits.pick(&GIVEN), bits.pick(&FAMILY))
        }
        "PERSON" => bits.pick(&GIVEN).to_owned(),
        "LOCATION" => bits.pick(&PLACES).to_owned(),
        "ADDRESS" => format!("{} {} Street, {}", bits.below(900) + 1, bits.pick(&FAMILY), bits.pick(&PLACES)),
        "ORGANIZATION" => format!("{} {} Ltd", bits.pick(&PLACES), bits.pick(&FAMILY)),
        "EMAIL_ADDRESS" => {
            format!("{}.{}{}@example.org", bits.pick(&GIVEN), bits.pick(&FAMILY), tail(&mut bits)).to_lowercase()
        }
        "URL" => format!("https://example.org/{}{}", tail(&mut bits), tail(&mut bits)),
        "IP_ADDRESS" if value.contains(':') => {
            format!("2001:db8::{:x}:{:x}", bits.below(0xffff) + 1, bits.below(0xffff) + 1)
        }
        "IP_ADDRESS" => format!("192.0.2.{}", bits.below(254) + 1),
        "CREDIT_CARD" => card(&reshaped(value, &mut bits)),
        "IBAN_CODE" => iban(value, &mut bits),
        _ => {
            let new = reshaped(value, &mut bits);
            // chance may have given the value itself
            if new == value { reshaped(value, &mut bits) } else { new }
        }
    }
}

/// New digits and letters in the same places.
fn reshaped(value: &str, bits: &mut Bits<'_>) -> String {
    let one = |c: char| match c {
        '0'..='9' => (b'0' + bits.below(10) as u8) as char,
        'a'..='z' => (b'a' + bits.below(26) as u8) as char,
        'A'..='Z' => (b'A' + bits.below(26) as u8) as char,
        c if c.is_numeric() => (b'0' + bits.below(10) as u8) as char,
        c if c.is_alphabetic() => (b'a' + bits.below(26) as u8) as char,
        c => c,
    };
    value.chars().map(one).collect()
}

/// A card number of the same layout that begins with 4 and has its check digit right (Luhn).
fn card(shape: &str) -> String {
    let count = shape.bytes().filter(u8::is_ascii_digit).count();
    let (mut out, mut seen, mut sum) = (String::with_capacity(shape.len()), 0, 0);
    for c in shape.chars() {
        let Some(mut digit) = c.to_digit(10) else {
            out.push(c);
            continue;
        };
        seen += 1;
        if seen == 1 {
            digit = 4;
        }
        if seen == count {
            digit = (10 - sum % 10) % 10;
        }
        let weighed = digit << ((count - seen) % 2);
        sum += if weighed > 9 { weighed - 9 } else { weighed };
        out.extend(char::from_digit(digit, 10));
    }
    out
}

/// An account number of the same country and layout with right check digits (ISO 7064, MOD 97-10).
fn iban(value: &str, bits: &mut Bits<'_>) -> String {
    let at = value.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).nth(4).map(|(i, _)| i);
    let Some((head, tail)) = at.and_then(|at| value.split_at_checked(at)) else { return reshaped(value, bits) };
    let tail = reshaped(tail, bits);
    let country: String = head.chars().filter(char::is_ascii_alphabetic).take(2).collect();
    let rest = tail
        .chars()
        .chain(country.chars())
        .chain("00".chars())
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, n| (if n > 9 { rest * 100 + n } else { rest * 10 + n }) % 97);
    let mut check = format!("{:02}", 98 - rest).chars().collect::<Vec<_>>().into_iter();
    head.chars().map(|c| if c.is_ascii_digit() { check.next().unwrap_or('0') } else { c }).collect::<String>() + &tail
}
