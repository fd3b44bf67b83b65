//! Files as bytes and as lines, never more in memory than a limit says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// A whole file of at most `limit` bytes; a larger one is refused with [`io::ErrorKind::FileTooLarge`].
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // one byte more than the limit tells a file of that size from a larger one, also where the size is not known before
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// SHA-256 of a file of at most `limit` bytes, read piece by piece.
pub fn sha256(path: &Path, limit: u64) -> io::Result<[u8; 32]> {
    use sha2::{Digest, Sha256};
    let (mut hash, mut read) = (Sha256::new(), 0_u64);
    let mut from = BufReader::with_capacity(1 << 16, File::open(path)?);
    loop {
        let chunk = from.fill_buf()?;
        if chunk.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(chunk);
        let used = chunk.len();
        read = read.saturating_add(used as u64);
        if read > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        from.consume(used);
    }
}

/// A file to read from, buffered.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(path)?)))
}

/// A new file that only its owner can read, where the system knows owners; never over one that is there.
pub fn create_secret(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives each line to `each`, without its line feed. Of a line longer than `longest` bytes only `longest + 1` bytes are
/// given, so that the receiver can tell, and the rest is passed over unread in memory.
pub fn each_line(path: &Path, longest: usize, each: impl FnMut(&[u8])) -> io::Result<()> {
    lines(BufReader::new(File::open(path)?), longest, each)
}

fn lines(from: impl BufRead, longest: usize, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    lines_while(from, longest, |line| {
        each(line);
        true
    })
}

/// The same for what is no file, until `each` has enough.
pub fn lines_while(mut from: impl BufRead, longest: usize, mut each: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let (mut line, mut open) = (Vec::new(), false);
    loop {
        let chunk = from.fill_buf()?;
        if chunk.is_empty() {
            if open {
                each(&line);
            }
            return Ok(());
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or(chunk);
        let room = (longest + 1).saturating_sub(line.len());
        line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        let used = piece.len() + usize::from(end.is_some());
        from.consume(used);
        open = end.is_none();
        if !open {
            if !each(&line) {
                return Ok(());
            }
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_any_chunking() {
        let check = |text: &str, expect: &[&str]| {
            for capacity in [1, 2, 3, 100] {
                let mut got: Vec<String> = Vec::new();
                let from = BufReader::with_capacity(capacity, text.as_bytes());
                lines(from, 4, |line| got.push(String::from_utf8_lossy(line).into())).unwrap();
                assert_eq!(got, expect, "{text:?} {capacity}");
            }
        };
        check("", &[]);
        check("a", &["a"]);
        check("a\n", &["a"]);
        check("\n\nb\n", &["", "", "b"]);
        check("abcd\nabcde\nabcdefgh\nx", &["abcd", "abcde", "abcde", "x"]);
    }
}
