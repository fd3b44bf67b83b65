//! The arithmetic of check digits: weighted sums, Luhn, Verhoeff, ISO 7064, Base58Check and Bech32; and calendar dates.
//!
//! All of them take digits as numbers 0 to 9 (or characters as the standard counts them) and are total: a value of the
//! wrong length fails its check.

use sha2::{Digest, Sha256};

/// The digits of `value` as numbers, nothing if there is another character.
pub fn digits(value: &[u8]) -> Option<Vec<u32>> {
    value.iter().map(|b| b.is_ascii_digit().then(|| u32::from(b - b'0'))).collect()
}

/// The number that the bytes `from..to` write.
pub fn number(value: &[u8], from: usize, to: usize) -> Option<u32> {
    digits(value.get(from..to)?)?.into_iter().try_fold(0u32, |n, d| n.checked_mul(10)?.checked_add(d))
}

/// Sum of digits, each with its weight; the shorter list decides.
pub fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Sum of the digit sums of the products: 1 and 2 in turn or whatever the weights are.
pub fn cross(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).map(|p| p / 10 + p % 10).sum()
}

/// Luhn (ISO/IEC 7812-1, annex B), check digit last.
pub fn luhn(digits: &[u32]) -> bool {
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(i, d)| (d << (i % 2)) - if i % 2 == 1 && *d > 4 { 9 } else { 0 }).sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Verhoeff's check over the dihedral group D5 (J. Verhoeff, Error Detecting Decimal Codes, 1969), check digit last.
pub fn verhoeff(digits: &[u32]) -> bool {
    const PERMUTED: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permuted =
        |digit: u32, turns: usize| (0..turns % 8).fold(digit, |d, _| PERMUTED.get(d as usize).copied().unwrap_or(0));
    !digits.is_empty() && digits.iter().rev().enumerate().fold(0, |c, (i, d)| times(c, permuted(*d, i))) == 0
}

/// ISO 7064, MOD 11,10, check digit last.
pub fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, d| {
        let sum = (product + d) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

/// The value of a letter or digit where letters go on after 9 (A is 10).
pub fn base36(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// The check of machine-readable travel documents (ICAO 9303-3): weights 7, 3, 1, check digit last.
pub fn icao(value: &[u8]) -> bool {
    let Some((check, rest)) = value.split_last() else { return false };
    let sum = rest.iter().zip([7, 3, 1].iter().cycle()).try_fold(0, |sum, (b, w)| Some(sum + base36(*b)? * w));
    check.is_ascii_digit() && sum.map(|s| s % 10) == Some(u32::from(check - b'0'))
}

/// A day that exists, in a year of four digits (Gregorian).
pub fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// A day that exists in this or the last century, of a year of two digits.
pub fn is_short_day(year: u32, month: u32, day: u32) -> bool {
    is_day(1900 + year, month, day) || is_day(2000 + year, month, day)
}

/// Every character is the same, or each is one more than the one before (9 then 0): what people type as an example.
pub fn is_filler(value: &[u8]) -> bool {
    let rising = |w: &[u8]| matches!(w, [a, b] if a.is_ascii_digit() && (*b == a + 1 || (*a == b'9' && *b == b'0')));
    value.windows(2).all(|w| w.first() == w.last()) || value.windows(2).all(rising)
}

/// Base58Check (as Bitcoin's addresses of the first kinds): four bytes of a double SHA-256 at the end.
pub fn base58_check(value: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0u8; 25];
    for c in value {
        let Some(mut carry) = ALPHABET.iter().position(|a| a == c) else { return false };
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 255) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let (body, check) = bytes.split_at_checked(21).unwrap_or((&bytes, &[]));
    Sha256::digest(Sha256::digest(body)).starts_with(check) && !check.is_empty()
}

/// Bech32 and Bech32m (BIP 173, BIP 350) of the prefix `bc`.
pub fn bech32(value: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const STEPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let Some(data) = value.strip_prefix(b"bc1") else { return false };
    let symbols: Option<Vec<u32>> =
        data.iter().map(|b| ALPHABET.iter().position(|a| a == b).map(|at| at as u32)).collect();
    let Some(symbols) = symbols else { return false };
    let prefix = [u32::from(b'b') >> 5, u32::from(b'c') >> 5, 0, u32::from(b'b') & 31, u32::from(b'c') & 31];
    let sum = prefix.iter().chain(&symbols).fold(1u32, |sum, v| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ v;
        STEPS.iter().enumerate().fold(next, |s, (i, step)| if top >> i & 1 == 1 { s ^ step } else { s })
    });
    symbols.len() >= 12 && matches!(sum, 1 | 0x2bc8_30a3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        digits(text.as_bytes()).unwrap()
    }

    #[test]
    fn published_values() {
        // ISO/IEC 7812-1, annex B; Verhoeff's own example; ISO 7064 MOD 11,10 example 0794; ICAO 9303-3, part 4.9
        assert!(luhn(&of("79927398713")) && !luhn(&of("79927398710")));
        assert!(verhoeff(&of("2363")) && !verhoeff(&of("2364")));
        assert!(mod_11_10(&of("07945")) && !mod_11_10(&of("07946")));
        assert!(icao(b"5207273") && icao(b"AB21345") == icao(b"AB21345"));
        // the genesis block's address; BIP 173 and BIP 350 examples
        assert!(
            base58_check(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa") && !base58_check(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
        );
        assert!(bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(bech32(b"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        assert!(!bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
    }

    #[test]
    fn days_that_exist() {
        for (day, expect) in
            [((2024, 2, 29), true), ((1900, 2, 29), false), ((2023, 4, 31), false), ((2023, 13, 1), false)]
        {
            assert_eq!(is_day(day.0, day.1, day.2), expect, "{day:?}");
        }
        assert!(is_filler(b"1234567890") && is_filler(b"0000") && !is_filler(b"1357"));
    }
}
