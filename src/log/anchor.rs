//! Time anchors: RFC 3161 tokens over a checkpoint, as a time-stamping authority signs them. Who trusts the authority knows
//! that every entry under the checkpoint was there by then.
//!
//! Read here is *what* a token says: over which bytes, and when. Whether the authority signed it is left to programs that
//! know certificates (`openssl ts -verify`), because half a check of a certificate chain is worse than none; so a token
//! only ever adds a warning or a bound, and never a right.

use super::hash::EntryHash;
use super::time;

/// The longest token that is read, in bytes. One with its certificates takes some 6 KB.
pub const MAX_TOKEN_BYTES: usize = 256 * 1024;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the bytes it is over.
    pub imprint: EntryHash,
    /// When the authority says it saw them, milliseconds since 1970; whole seconds.
    pub time_ms: u64,
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXPLICIT_0: u8 = 0xa0;

/// 1.2.840.113549.1.7.2, RFC 5652
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.16.1.4, RFC 3161
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// 2.16.840.1.101.3.4.2.1, RFC 5754
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// Reads a reply of an authority (`TimeStampResp`) or the token alone. `None` where it is neither, was not granted, or is
/// over another hash than SHA-256.
pub fn read(bytes: &[u8]) -> Option<Token> {
    if bytes.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let mut whole = Der(bytes);
    let mut outer = whole.take(SEQUENCE)?;
    let content = match outer.peek()? {
        // PKIStatusInfo comes first in a reply: 0 and 1 grant
        SEQUENCE => {
            let status = outer.take(SEQUENCE)?.take(INTEGER)?.0;
            outer.take(SEQUENCE).filter(|_| matches!(status, [0 | 1]))?
        }
        _ => outer,
    };
    token(content)
}

fn token(mut content: Der) -> Option<Token> {
    let signed = content.take(OID).filter(|oid| oid.0 == SIGNED_DATA).and(content.take(EXPLICIT_0))?;
    let mut signed = Der(signed.0).take(SEQUENCE)?;
    signed.take(INTEGER)?;
    signed.take(SET)?;
    let mut inner = signed.take(SEQUENCE)?;
    inner.take(OID).filter(|oid| oid.0 == TST_INFO)?;
    let mut info = Der(inner.take(EXPLICIT_0)?.take(OCTETS)?.0).take(SEQUENCE)?;
    info.take(INTEGER)?;
    info.take(OID)?;
    let mut imprint = info.take(SEQUENCE)?;
    imprint.take(SEQUENCE)?.take(OID).filter(|oid| oid.0 == SHA_256)?;
    let imprint = EntryHash(imprint.take(OCTETS)?.0.try_into().ok()?);
    info.take(INTEGER)?;
    let time_ms = general_time(std::str::from_utf8(info.take(TIME)?.0).ok()?)?;
    Some(Token { imprint, time_ms })
}

/// `20261125024500Z`, with or without a fraction, which is dropped.
fn general_time(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to);
    let (date, clock) = ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    time::parse(&format!("{}-{}-{}T{}:{}:{}.000Z", date.0, date.1, date.2, clock.0, clock.1, clock.2))
}

/// What to send to an authority to have `imprint` stamped: `TimeStampReq`, version 1, with its certificate asked for. The
/// `nonce` is random and comes back in the reply.
pub fn request(imprint: &EntryHash, nonce: u64) -> Vec<u8> {
    let algorithm = write(SEQUENCE, &[write(OID, SHA_256), vec![0x05, 0x00]].concat());
    let imprint = write(SEQUENCE, &[algorithm, write(OCTETS, &imprint.0)].concat());
    // a leading zero keeps it positive
    let nonce = [&[0], &nonce.to_be_bytes()[..]].concat();
    let digits = nonce.iter().position(|b| *b != 0).unwrap_or(nonce.len() - 1);
    let sign = digits.saturating_sub(usize::from(nonce.get(digits).is_some_and(|b| *b >= 0x80)));
    let nonce = write(INTEGER, nonce.get(sign..).unwrap_or(&[0]));
    write(SEQUENCE, &[write(INTEGER, &[1]), imprint, nonce, vec![0x01, 0x01, 0xff]].concat())
}

/// One value of at most 127 bytes, with its tag and length.
fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    debug_assert!(value.len() < 128, "short form of lengths alone");
    [&[tag, u8::try_from(value.len()).unwrap_or(0)], value].concat()
}

/// A run of DER values. Only what stands in tokens is read: low tags, definite lengths.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value, if it has this tag; as the values in it.
    fn take(&mut self, tag: u8) -> Option<Der<'a>> {
        let (found, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (bytes.iter().try_fold(0_usize, |n, b| n.checked_mul(256)?.checked_add(usize::from(*b)))?, rest)
            }
            _ => return None,
        };
        let (value, after) = rest.split_at_checked(length)?;
        self.0 = after;
        (*found == tag).then_some(Der(value))
    }
}
