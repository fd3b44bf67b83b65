//! Format-preserving encryption FF1 (NIST SP 800-38G, over AES): digits become other digits, and the key brings them back.
//!
//! As revision 1 of that standard asks, a domain of fewer than [`LEAST_DOMAIN`] values is refused: whoever can try them
//! all has them. Deliberately absent: FF3, which was broken and withdrawn.

use aes::cipher::{BlockCipherEncrypt, KeyInit, array::Array, consts::U16};

/// The least number of values of a domain.
pub const LEAST_DOMAIN: u128 = 1_000_000;
/// The longest value, in digits: a half of it fits the arithmetic with every radix to 36.
pub const LONGEST: usize = 40;

/// Why a value could not be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ff1Fault {
    /// Too few values have that form.
    #[error("encrypt a value of that form: fewer than a million values have it; use a random token")]
    Domain,
    /// Too long, or a digit that the radix does not have.
    #[error("encrypt the value: it is too long, or has other digits than its radix")]
    Form,
    /// A card number whose check digit is wrong has no inverse.
    #[error("encrypt the card number: its check digit is wrong")]
    Check,
}

/// FF1 under one key.
pub struct Ff1<C> {
    cipher: C,
    radix: u32,
}

/// The halves of a value of `n` digits, and the bytes of the greater (b and d of the standard).
struct Sizes {
    n: usize,
    u: usize,
    v: usize,
    b: usize,
    d: usize,
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + KeyInit> Ff1<C> {
    /// Nothing for a key of another length than the cipher's, or a radix outside of 2 to 36.
    pub fn new(key: &[u8], radix: u32) -> Option<Self> {
        let cipher = C::new_from_slice(key).ok()?;
        (2..=36).contains(&radix).then_some(Self { cipher, radix })
    }

    /// Encrypts digits, each below the radix.
    pub fn encrypt(&self, tweak: &[u8], digits: &[u8]) -> Result<Vec<u8>, Ff1Fault> {
        self.rounds(tweak, digits, true)
    }

    /// Decrypts what [`Self::encrypt`] gave.
    pub fn decrypt(&self, tweak: &[u8], digits: &[u8]) -> Result<Vec<u8>, Ff1Fault> {
        self.rounds(tweak, digits, false)
    }

    /// Algorithms 7 and 8: ten rounds of a Feistel network over both halves.
    fn rounds(&self, tweak: &[u8], digits: &[u8], forth: bool) -> Result<Vec<u8>, Ff1Fault> {
        let n = digits.len();
        if n > LONGEST || tweak.len() > 255 || digits.iter().any(|d| u32::from(*d) >= self.radix) {
            return Err(Ff1Fault::Form);
        }
        if self.power(n).is_some_and(|all| all < LEAST_DOMAIN) {
            return Err(Ff1Fault::Domain);
        }
        let (u, v) = (n / 2, n - n / 2);
        let modulus = [self.power(u).ok_or(Ff1Fault::Form)?, self.power(v).ok_or(Ff1Fault::Form)?];
        let bits = 128 - (modulus[1] - 1).leading_zeros() as usize;
        let b = bits.div_ceil(8);
        let sizes = Sizes { n, u, v, b, d: 4 * b.div_ceil(4) + 4 };
        let (left, right) = digits.split_at_checked(u).ok_or(Ff1Fault::Form)?;
        let (mut a, mut b) = (self.number(left), self.number(right));
        for step in 0..10u8 {
            let round = if forth { step } else { 9 - step };
            let [even, odd] = modulus;
            let modulus = if round % 2 == 0 { even } else { odd };
            let y = self.function(tweak, &sizes, round, if forth { b } else { a }, modulus);
            (a, b) = if forth { (b, (a + y) % modulus) } else { ((b + modulus - y) % modulus, a) };
        }
        Ok([self.digits(a, sizes.u), self.digits(b, sizes.v)].concat())
    }

    /// The round function: CBC-MAC of P and Q, stretched to d bytes, as a number below the modulus.
    fn function(&self, tweak: &[u8], sizes: &Sizes, round: u8, half: u128, modulus: u128) -> u128 {
        let mut text = vec![1, 2, 1];
        text.extend(self.radix.to_be_bytes().iter().skip(1));
        text.extend([10, sizes.u as u8]);
        text.extend((sizes.n as u32).to_be_bytes());
        text.extend((tweak.len() as u32).to_be_bytes());
        text.extend(tweak);
        let used = tweak.len() + sizes.b + 1;
        text.resize(text.len() + (16 - used % 16) % 16, 0);
        text.push(round);
        text.extend(half.to_be_bytes().iter().skip(16 - sizes.b));
        let mut mac = Array::<u8, U16>::default();
        for block in text.chunks(16) {
            mac.iter_mut().zip(block).for_each(|(to, from)| *to ^= from);
            self.cipher.encrypt_block(&mut mac);
        }
        let mut stream = mac.to_vec();
        for at in 1..sizes.d.div_ceil(16) as u128 {
            let mut block = mac;
            block.iter_mut().zip(at.to_be_bytes()).for_each(|(to, from)| *to ^= from);
            self.cipher.encrypt_block(&mut block);
            stream.extend_from_slice(&block);
        }
        stream.iter().take(sizes.d).fold(0, |y, byte| (y * 256 + u128::from(*byte)) % modulus)
    }

    fn power(&self, n: usize) -> Option<u128> {
        u128::from(self.radix).checked_pow(n as u32)
    }

    fn number(&self, digits: &[u8]) -> u128 {
        digits.iter().fold(0, |n, d| n * u128::from(self.radix) + u128::from(*d))
    }

    fn digits(&self, mut number: u128, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        for digit in out.iter_mut().rev() {
            *digit = (number % u128::from(self.radix)) as u8;
            number /= u128::from(self.radix);
        }
        out
    }
}

/// The check digit (Luhn) that belongs behind these digits.
fn luhn(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match (u32::from(*d) << (1 - i % 2), i % 2) {
            (doubled, 0) if doubled > 9 => doubled - 9,
            (value, _) => value,
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// A card number becomes another with a right check digit: all but that digit is encrypted (`forth`) or decrypted, and the
/// check digit follows from the rest.
pub fn card<C: BlockCipherEncrypt<BlockSize = U16> + KeyInit>(
    ff1: &Ff1<C>,
    tweak: &[u8],
    digits: &[u8],
    forth: bool,
) -> Result<Vec<u8>, Ff1Fault> {
    let (check, rest) = digits.split_last().ok_or(Ff1Fault::Form)?;
    if luhn(rest) != *check {
        return Err(Ff1Fault::Check);
    }
    let mut out = ff1.rounds(tweak, rest, forth)?;
    out.push(luhn(&out));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_nine_published_vectors() {
        // NIST, Block Cipher Modes of Operation: FF1 samples 1 to 9, with SP 800-38G
        let letters = ("3737373770717273373737", "0123456789abcdefghi", 36);
        for (size, tweak, plain, radix, expect) in [
            (16, "", "0123456789", 10, "2433477484"),
            (16, "39383736353433323130", "0123456789", 10, "6124200773"),
            (16, letters.0, letters.1, letters.2, "a9tv40mll9kdu509eum"),
            (24, "", "0123456789", 10, "2830668132"),
            (24, "39383736353433323130", "0123456789", 10, "2496655549"),
            (24, letters.0, letters.1, letters.2, "xbj3kv35jrawxv32ysr"),
            (32, "", "0123456789", 10, "6657667009"),
            (32, "39383736353433323130", "0123456789", 10, "1001623463"),
            (32, letters.0, letters.1, letters.2, "xs8a0azh2avyalyzuwd"),
        ] {
            let key = &hex(KEY)[..size];
            let digits: Vec<u8> = plain.chars().map(|c| c.to_digit(radix).unwrap() as u8).collect();
            let tweak = hex(tweak);
            let (forth, back) = match size {
                16 => both::<aes::Aes128>(key, radix, &tweak, &digits),
                24 => both::<aes::Aes192>(key, radix, &tweak, &digits),
                _ => both::<aes::Aes256>(key, radix, &tweak, &digits),
            };
            let said: String = forth.iter().map(|d| char::from_digit(u32::from(*d), radix).unwrap()).collect();
            assert_eq!(said, expect, "AES with {size} bytes");
            assert_eq!(back, digits);
        }
    }

    fn both<C: BlockCipherEncrypt<BlockSize = U16> + KeyInit>(
        key: &[u8],
        radix: u32,
        tweak: &[u8],
        digits: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let ff1 = Ff1::<C>::new(key, radix).unwrap();
        let forth = ff1.encrypt(tweak, digits).unwrap();
        let back = ff1.decrypt(tweak, &forth).unwrap();
        (forth, back)
    }

    #[test]
    fn small_domains_and_wrong_digits_are_refused() {
        let ff1 = Ff1::<aes::Aes256>::new(&[7; 32], 10).unwrap();
        for (digits, expect) in [
            (&[1, 2, 3, 4, 5][..], Some(Ff1Fault::Domain)),
            (&[1, 2, 3, 4, 5, 6], None),
            (&[], Some(Ff1Fault::Domain)),
            (&[1, 2, 3, 4, 5, 10], Some(Ff1Fault::Form)),
            (&[1; 40], None),
            (&[1; 41], Some(Ff1Fault::Form)),
        ] {
            assert_eq!(ff1.encrypt(b"", digits).err(), expect, "{digits:?}");
        }
        assert!(Ff1::<aes::Aes256>::new(&[7; 16], 10).is_none() && Ff1::<aes::Aes256>::new(&[7; 32], 37).is_none());
        let wide = Ff1::<aes::Aes256>::new(&[7; 32], 36).unwrap();
        assert_eq!(wide.decrypt(b"t", &wide.encrypt(b"t", &[35; 40]).unwrap()), Ok(vec![35; 40]));
    }

    #[test]
    fn a_card_stays_a_card() {
        let ff1 = Ff1::<aes::Aes256>::new(&[7; 32], 10).unwrap();
        let number = [4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        let other = card(&ff1, b"p", &number, true).unwrap();
        assert_ne!(other, number);
        assert_eq!(luhn(&other[..15]), other[15]);
        assert_eq!(card(&ff1, b"p", &other, false).unwrap(), number);
        assert_eq!(card(&ff1, b"p", &[4, 1, 1, 1, 1, 1, 2], true), Err(Ff1Fault::Check));
    }
}
