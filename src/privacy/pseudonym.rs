//! Keyed pseudonyms: the same value gives the same token in the whole project, and nobody without the key can test a
//! guess.
//!
//! A plain hash would not do: whoever has a list of addresses or all phone numbers can hash them all. So the token is a
//! truncated HMAC under the project's key (GDPR Art. 4(5): the key is the additional information kept apart). Fifty
//! bits: among a million different values of one kind two share a token with a chance of 1 in 2,000.

use super::fold::{Folded, fold_char};
use super::key::ProjectKey;
use super::policy::{Action, Stay};
use super::words;
use std::collections::BTreeMap;

/// Crockford's base 32: no I, L, O, U, so that a token can be read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a token after its kind: 50 bits.
const TOKEN_CHARS: usize = 10;

/// The short name of an entity within a token: `EMAIL` for `EMAIL_ADDRESS`. Any other entity keeps its name, cut to 24
/// capitals, digits and underscores.
pub fn short(entity: &str) -> String {
    let short = match entity {
        "EMAIL_ADDRESS" => "EMAIL",
        "PHONE_NUMBER" => "PHONE",
        "CREDIT_CARD" => "CARD",
        "IBAN_CODE" => "IBAN",
        "IP_ADDRESS" => "IP",
        "US_SSN" => "SSN",
        "DATE_TIME" => "DATE",
        _ => entity,
    };
    let name: String =
        short.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).take(24).collect();
    if name.is_empty() { "PRIVATE".to_owned() } else { name }
}

/// What makes two spellings of a value the same value: e-mail addresses without case, phone and card numbers by their
/// digits, an IBAN without spaces, a URL with its scheme and host in small letters, and everything else by its words.
pub fn normal(entity: &str, raw: &str) -> String {
    let folded = || raw.chars().filter_map(visible);
    match entity {
        "EMAIL_ADDRESS" => folded().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect(),
        "PHONE_NUMBER" => {
            let digits: String = folded().collect::<String>().replace("(0)", "");
            let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
            // 00 and + both lead an international number
            digits.strip_prefix("00").map(str::to_owned).unwrap_or(digits)
        }
        "CREDIT_CARD" | "US_SSN" => folded().filter(char::is_ascii_digit).collect(),
        "IBAN_CODE" => folded().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect(),
        "IP_ADDRESS" => folded().flat_map(char::to_lowercase).collect(),
        "URL" => {
            let url: String = folded().collect();
            let host = url.find("://").map_or(0, |i| i + 3);
            let path = url.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |i| host + i);
            let (head, tail) = url.split_at_checked(path).unwrap_or((&url, ""));
            head.to_lowercase() + tail.trim_end_matches('/')
        }
        _ => {
            let words = words::normal(raw);
            if words.is_empty() { raw.to_owned() } else { words }
        }
    }
}

/// The character as it is compared: invisible ones fall out, look-alikes of ASCII become ASCII.
fn visible(c: char) -> Option<char> {
    match fold_char(c) {
        Folded::Dropped => None,
        Folded::Byte(_) if ('\u{C0}'..='\u{17F}').contains(&c) => Some(c),
        Folded::Byte(b) => Some(b as char),
        Folded::Letter(_) | Folded::Symbol => Some(c),
    }
}

/// Makes the text that stands in for a value. Keeps the derived key of each entity it met.
pub struct Writer {
    key: Option<ProjectKey>,
    derived: BTreeMap<String, ProjectKey>,
}

impl Writer {
    /// Without a key, a pseudonym becomes the kind alone: a device that joined has no key of the project, and a token
    /// of some other key would look like a person who does not exist.
    pub fn new(key: Option<&ProjectKey>) -> Self {
        Self { key: key.cloned(), derived: BTreeMap::new() }
    }

    /// What stands in for `raw`, or nothing where it stays.
    pub fn stand_in(&mut self, action: Action, entity: &str, raw: &str) -> Option<String> {
        Some(match (action, &self.key) {
            (Action::Keep, _) => return None,
            (Action::Suppress, _) => "[…]".to_owned(),
            (Action::Mask, _) => mask(raw, Stay::default()),
            (Action::MaskBut(stay), _) => mask(raw, stay),
            // what needs a vault, chance or a subject is done by `apply`; here the kind alone stands for it
            (
                Action::Replace
                | Action::Surrogate
                | Action::Token
                | Action::PseudonymIn(_)
                | Action::FormatPreserving
                | Action::Generalise
                | Action::Shift
                | Action::Noise,
                _,
            )
            | (Action::Pseudonym, None) => format!("[{}]", short(entity)),
            (Action::Pseudonym, Some(key)) => {
                if !self.derived.contains_key(entity) {
                    self.derived.insert(entity.to_owned(), key.derive("pseudonym", entity));
                }
                let mac = self.derived.get(entity)?.mac(normal(entity, raw).as_bytes());
                token(entity, &mac)
            }
        })
    }
}

/// A token of an entity with these bits behind its name.
pub(super) fn token(entity: &str, bits: &[u8; 32]) -> String {
    format!("[{}_{}]", short(entity), base32(bits))
}

/// The first [`TOKEN_CHARS`] characters of base 32, five bits each from the front.
fn base32(mac: &[u8; 32]) -> String {
    let bits = mac.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..TOKEN_CHARS)
        .filter_map(|i| ALPHABET.get((bits >> (59 - 5 * i) & 31) as usize))
        .map(|byte| *byte as char)
        .collect()
}

/// Letters and digits as dots, but for those that stay; where there is none, everything.
fn mask(raw: &str, stay: Stay) -> String {
    let visible = || raw.chars().filter(|c| fold_char(*c) != Folded::Dropped);
    let count = visible().filter(|c| c.is_alphanumeric()).count();
    if count == 0 {
        return visible().map(|_| '•').collect();
    }
    let (first, last) = (usize::from(stay.first), usize::from(stay.last));
    let enough = count >= first + last + Stay::LEAST_HIDDEN;
    let mut seen = 0;
    let one = |c: char| {
        if !c.is_alphanumeric() {
            return if stay.separators { c } else { '•' };
        }
        seen += 1;
        if enough && (seen <= first || seen > count - last) { c } else { '•' }
    };
    visible().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_one_value() {
        for (entity, a, b) in [
            ("EMAIL_ADDRESS", "Jane.Roe@X.org", "jane.roe@x.ORG"),
            ("EMAIL_ADDRESS", "ｊane@x.org", "jane\u{200B}@x.org"),
            ("PHONE_NUMBER", "+49 (0)30 123-456", "0049 30 123456"),
            ("CREDIT_CARD", "4111 1111 1111 1111", "4111-1111-1111-1111"),
            ("CREDIT_CARD", "４１１１111111111111", "4111111111111111"),
            ("IBAN_CODE", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("IP_ADDRESS", "FE80::1", "fe80::1"),
            ("URL", "HTTPS://Example.COM/a/", "https://example.com/a"),
            ("PERSON", "José  NÚÑEZ", "jose nunez"),
        ] {
            assert_eq!(normal(entity, a), normal(entity, b), "{entity}");
        }
        assert_ne!(normal("URL", "https://x.org/A"), normal("URL", "https://x.org/a"));
        assert_ne!(normal("EMAIL_ADDRESS", "rené@x.org"), normal("EMAIL_ADDRESS", "rene@x.org"));
    }

    #[test]
    fn each_action_writes_its_form() {
        let key = ProjectKey([7; 32]);
        let mut writer = Writer::new(Some(&key));
        for (action, expect) in [
            (Action::Keep, None),
            (Action::Suppress, Some("[…]")),
            (Action::Mask, Some("••••@•.•••")),
            (Action::Replace, Some("[EMAIL]")),
        ] {
            assert_eq!(writer.stand_in(action, "EMAIL_ADDRESS", "jane@x.org").as_deref(), expect);
        }
        let token = writer.stand_in(Action::Pseudonym, "EMAIL_ADDRESS", "jane@x.org").unwrap();
        assert_eq!(token.len(), "[EMAIL_7K3QX9ABMN]".len());
        assert_eq!(writer.stand_in(Action::Pseudonym, "EMAIL_ADDRESS", "JANE@x.org").as_ref(), Some(&token));
        assert_ne!(writer.stand_in(Action::Pseudonym, "EMAIL_ADDRESS", "jan@x.org").as_ref(), Some(&token));
        let other = ProjectKey([8; 32]);
        assert_ne!(Writer::new(Some(&other)).stand_in(Action::Pseudonym, "EMAIL_ADDRESS", "jane@x.org"), Some(token));
        assert_eq!(Writer::new(None).stand_in(Action::Pseudonym, "URL", "x").as_deref(), Some("[URL]"));
        assert_eq!(short("Employee no."), "EMPLOYEE_NO_");
    }

    #[test]
    fn a_mask_leaves_what_it_is_told_to() {
        for (raw, first, last, separators, expect) in [
            ("4111 1111 1111 1234", 0, 4, true, "•••• •••• •••• 1234"),
            ("4111 1111 1111 1234", 6, 4, true, "4111 11•• •••• 1234"),
            ("4111-1111", 0, 4, false, "•••••1111"),
            ("536-22-1234", 0, 4, true, "•••-••-1234"),
            ("jane.roe@x.org", 1, 0, true, "j•••.•••@•.•••"),
            // with fewer than four hidden, a guess would be too easy
            ("Jane", 1, 0, true, "••••"),
            ("12345", 0, 4, true, "•••••"),
            ("12345678", 255, 255, true, "••••••••"),
            ("😀é9", 0, 0, true, "😀••"),
            ("::", 0, 0, true, "••"),
            ("", 0, 4, true, ""),
        ] {
            assert_eq!(mask(raw, Stay { first, last, separators }), expect, "{raw} {first} {last}");
        }
    }
}
