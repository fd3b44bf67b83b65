//! The vault: what was taken out, sealed.
//!
//! The file is a row of frames, each sealed by XChaCha20-Poly1305 under a key that Argon2id makes of a passphrase. Nonces
//! are those of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a random start, a counter, and a sign for the last
//! frame, so that frames cannot be moved, left out or cut off at the end unseen. So it is written and read in constant
//! memory. Layout: eight bytes that say what it is, Argon2's memory (KiB), passes and lanes as 32 bits each (big-endian), 16
//! bytes of salt, 19 of nonce; then frames of a length (32 bits, big-endian) and that many sealed bytes.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::io::{self, Read, Write};
use zeroize::Zeroize;

/// The first bytes of a vault; the last is the version.
const MAGIC: &[u8; 8] = b"CSVAULT\x01";
const HEADER: usize = 8 + 12 + 16 + 19;
/// Bytes of one frame before it is sealed.
const FRAME: usize = 64 << 10;
/// The most that a damaged or hostile file can make a reader spend: 1 GiB, 16 passes.
const MOST_MEMORY: u32 = 1 << 20;
const MOST_PASSES: u32 = 16;
/// Argon2id of RFC 9106, section 4, second choice: 64 MiB, 3 passes, 4 lanes.
const MEMORY: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;

/// Why a vault could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultFault {
    /// Reading or writing failed.
    #[error("read or write the vault: {0}")]
    Io(#[from] io::Error),
    /// No vault, or of another version.
    #[error("read the vault: the file is none, or of a later version; give the file that `pii apply` wrote")]
    Form,
    /// The passphrase is another, or the first bytes were changed.
    #[error("open the vault: the passphrase is not its own, or the file is damaged at its start")]
    Locked,
    /// A frame was changed, moved or cut.
    #[error("read the vault: it is damaged or cut short after {0} frames; use a copy")]
    Damaged(u32),
    /// The passphrase is empty, or the file is too large to be sealed with one nonce.
    #[error("seal the vault: {0}")]
    Refused(&'static str),
}

fn key(passphrase: &[u8], salt: &[u8], memory: u32, passes: u32, lanes: u32) -> Result<XChaCha20Poly1305, VaultFault> {
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| VaultFault::Form)?;
    let mut key = [0u8; 32];
    let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(passphrase, salt, &mut key);
    let cipher = XChaCha20Poly1305::new(&key.into());
    key.zeroize();
    made.map_err(|_| VaultFault::Form)?;
    Ok(cipher)
}

fn nonce(start: &[u8; 19], counter: u32, last: bool) -> XNonce {
    let mut nonce = [0u8; 24];
    for (to, from) in nonce.iter_mut().zip(start.iter().copied().chain(counter.to_be_bytes()).chain([u8::from(last)])) {
        *to = from;
    }
    nonce.into()
}

/// Writes a vault.
pub struct Writer<W: Write> {
    to: W,
    cipher: XChaCha20Poly1305,
    start: [u8; 19],
    header: Vec<u8>,
    counter: u32,
    open: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a vault. `chance` fills salt and nonce with random bytes.
    pub fn new(to: W, passphrase: &[u8], chance: &mut dyn FnMut(&mut [u8])) -> Result<Self, VaultFault> {
        Self::with_cost(to, passphrase, chance, (MEMORY, PASSES, LANES))
    }

    /// The same at another cost: Argon2's memory, passes and lanes.
    fn with_cost(
        mut to: W,
        passphrase: &[u8],
        chance: &mut dyn FnMut(&mut [u8]),
        (memory, passes, lanes): (u32, u32, u32),
    ) -> Result<Self, VaultFault> {
        if passphrase.is_empty() {
            return Err(VaultFault::Refused("the passphrase is empty; choose one"));
        }
        let (mut salt, mut start) = ([0u8; 16], [0u8; 19]);
        chance(&mut salt);
        chance(&mut start);
        let mut header = MAGIC.to_vec();
        for number in [memory, passes, lanes] {
            header.extend_from_slice(&number.to_be_bytes());
        }
        header.extend_from_slice(&salt);
        header.extend_from_slice(&start);
        to.write_all(&header)?;
        let cipher = key(passphrase, &salt, memory, passes, lanes)?;
        Ok(Self { to, cipher, start, header, counter: 0, open: Vec::with_capacity(FRAME) })
    }

    /// Adds bytes.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), VaultFault> {
        while !bytes.is_empty() {
            if self.open.len() == FRAME {
                self.seal(false)?;
            }
            let (now, later) = bytes.split_at_checked(FRAME - self.open.len()).unwrap_or((bytes, &[]));
            self.open.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn seal(&mut self, last: bool) -> Result<(), VaultFault> {
        let payload = Payload { msg: &self.open, aad: &self.header };
        let sealed = self.cipher.encrypt(&nonce(&self.start, self.counter, last), payload);
        let sealed = sealed.map_err(|_| VaultFault::Refused("the cipher refused"))?;
        self.open.zeroize();
        self.to.write_all(&(sealed.len() as u32).to_be_bytes())?;
        self.to.write_all(&sealed)?;
        self.counter = self.counter.checked_add(1).ok_or(VaultFault::Refused("it is larger than 256 TiB"))?;
        Ok(())
    }

    /// Seals what is open and says that this is the end. Without it the vault reads as cut short.
    pub fn finish(mut self) -> Result<W, VaultFault> {
        self.seal(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Reads a vault and gives each frame to `each`. Nothing is given that is not proved.
pub fn read(mut from: impl Read, passphrase: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), VaultFault> {
    let mut header = [0u8; HEADER];
    from.read_exact(&mut header)
        .map_err(|e| if e.kind() == io::ErrorKind::UnexpectedEof { VaultFault::Form } else { e.into() })?;
    let rest = header.strip_prefix(MAGIC.as_slice()).ok_or(VaultFault::Form)?;
    let number = |at: usize| rest.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    let (Some(memory), Some(passes), Some(lanes)) = (number(0), number(4), number(8)) else {
        return Err(VaultFault::Form);
    };
    let (Some(salt), Some(start)) = (rest.get(12..28), rest.get(28..).and_then(|b| <[u8; 19]>::try_from(b).ok()))
    else {
        return Err(VaultFault::Form);
    };
    if memory > MOST_MEMORY || passes > MOST_PASSES || lanes > 16 {
        return Err(VaultFault::Form);
    }
    let cipher = key(passphrase, salt, memory, passes, lanes)?;
    let (mut counter, mut frame) = (0u32, Vec::new());
    let damaged = |counter: u32| if counter == 0 { VaultFault::Locked } else { VaultFault::Damaged(counter) };
    loop {
        let mut length = [0u8; 4];
        from.read_exact(&mut length).map_err(|_| damaged(counter))?;
        let length = u32::from_be_bytes(length) as usize;
        if !(16..=FRAME + 16).contains(&length) {
            return Err(damaged(counter));
        }
        frame.resize(length, 0);
        from.read_exact(&mut frame).map_err(|_| damaged(counter))?;
        let open = |last: bool| cipher.decrypt(&nonce(&start, counter, last), Payload { msg: &frame, aad: &header });
        let (mut clear, last) = match open(false) {
            Ok(clear) => (clear, false),
            Err(_) => (open(true).map_err(|_| damaged(counter))?, true),
        };
        each(&clear);
        clear.zeroize();
        if last {
            // nothing may stand behind the end
            return if from.read(&mut [0u8; 1])? == 0 { Ok(()) } else { Err(VaultFault::Damaged(counter + 1)) };
        }
        counter = counter.checked_add(1).ok_or(VaultFault::Damaged(counter))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let mut vault = Writer::with_cost(Vec::new(), b"right", &mut |b| b.fill(3), (64, 1, 1)).unwrap();
        for part in bytes.chunks(1_000) {
            vault.write(part).unwrap();
        }
        vault.finish().unwrap()
    }

    fn opened(vault: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        read(vault, passphrase, |frame| out.extend_from_slice(frame)).map(|()| out).map_err(|e| e.to_string())
    }

    #[test]
    fn what_goes_in_comes_out() {
        for length in [0, 1, FRAME, FRAME + 1, 3 * FRAME] {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let vault = sealed(&bytes);
            assert_eq!(opened(&vault, b"right").unwrap(), bytes, "{length}");
            assert!(length < 64 || !vault.windows(16).any(|w| w == &bytes[..16]));
        }
    }

    #[test]
    fn nothing_else_opens_it() {
        let vault = sealed(&vec![7; 2 * FRAME + 5]);
        assert!(opened(&vault, b"wrong").unwrap_err().contains("passphrase"));
        for (what, bytes) in [
            ("nothing", Vec::new()),
            ("text", b"hello".to_vec()),
            ("another version", [b"CSVAULT\x02", &vault[8..]].concat()),
            ("much memory", [&vault[..8], &[255; 4], &vault[12..]].concat()),
        ] {
            assert!(opened(&bytes, b"right").unwrap_err().contains("none, or of a later version"), "{what}");
        }
        let frame = 4 + FRAME + 16;
        let cut = |to: usize| opened(&vault[..to], b"right").unwrap_err();
        assert!(cut(HEADER + frame).contains("after 1 frames") && cut(vault.len() - 1).contains("after 2 frames"));
        let swapped = [
            &vault[..HEADER],
            &vault[HEADER + frame..HEADER + 2 * frame],
            &vault[HEADER..HEADER + frame],
            &vault[HEADER + 2 * frame..],
        ]
        .concat();
        assert!(opened(&swapped, b"right").is_err());
        assert!(opened(&[&vault[..], b"x"].concat(), b"right").unwrap_err().contains("after 3 frames"));
        let mut flipped = vault.clone();
        flipped[HEADER + frame + 9] ^= 1;
        assert!(opened(&flipped, b"right").unwrap_err().contains("after 1 frames"));
        assert!(matches!(Writer::new(Vec::new(), b"", &mut |_| ()), Err(VaultFault::Refused(_))));
    }
}
