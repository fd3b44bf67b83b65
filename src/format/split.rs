//! A stream of bytes cut into tasks before anything parses them: the elements of a JSON array, a row of JSON values, or
//! lines. Knows strings, brackets and line ends, and no more of JSON; so a broken task costs itself, not its neighbours.

use super::ImportError;
use memchr::{memchr, memchr2};

/// One task as it stands in the file.
pub(super) struct Piece {
    /// Its bytes; empty where `too` says why.
    pub bytes: Vec<u8>,
    /// Its number, from 0.
    pub index: u64,
    /// The line it begins in, from 1.
    pub line: u64,
    /// Past which limit it is.
    pub too: Option<Too>,
    /// The file ended in it.
    pub cut: bool,
}

/// Which limit a piece passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Too {
    Large,
    Deep,
}

/// What stands where no task should.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stray {
    /// Something between or after tasks.
    Between,
    /// The closing bracket is missing.
    Unclosed,
}

type Out<'a> = &'a mut dyn FnMut(Piece) -> Result<(), ImportError>;

/// Collects one piece within the limits.
struct Collector {
    bytes: Vec<u8>,
    max_bytes: usize,
    index: u64,
    line: u64,
    begins: u64,
    too: Option<Too>,
}

impl Collector {
    fn new(max_bytes: usize) -> Self {
        Self { bytes: Vec::new(), max_bytes, index: 0, line: 1, begins: 1, too: None }
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.too.is_none() && self.bytes.len() + bytes.len() > self.max_bytes {
            self.fail(Too::Large);
        }
        if self.too.is_none() {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn fail(&mut self, too: Too) {
        self.too = Some(too);
        self.bytes = Vec::new();
    }

    fn take(&mut self, cut: bool) -> Piece {
        self.index += 1;
        Piece {
            bytes: std::mem::take(&mut self.bytes),
            index: self.index - 1,
            line: self.begins,
            too: self.too.take(),
            cut,
        }
    }
}

/// Cuts at line ends.
pub(super) struct Lines {
    piece: Collector,
}

impl Lines {
    pub fn new(max_bytes: usize) -> Self {
        Self { piece: Collector::new(max_bytes) }
    }

    pub fn push(&mut self, mut chunk: &[u8], out: Out<'_>) -> Result<(), ImportError> {
        while let Some(at) = memchr(b'\n', chunk) {
            let (line, rest) = chunk.split_at(at);
            self.piece.add(line);
            self.emit(out)?;
            self.piece.line += 1;
            self.piece.begins = self.piece.line;
            chunk = rest.get(1..).unwrap_or(&[]);
        }
        self.piece.add(chunk);
        Ok(())
    }

    pub fn finish(mut self, out: Out<'_>) -> Result<(), ImportError> {
        self.emit(out)
    }

    /// Blank lines are nothing.
    fn emit(&mut self, out: Out<'_>) -> Result<(), ImportError> {
        if self.piece.too.is_none() && self.piece.bytes.iter().all(u8::is_ascii_whitespace) {
            self.piece.bytes.clear();
            return Ok(());
        }
        out(self.piece.take(false))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Between,
    Value,
    After,
}

/// Cuts a JSON array into its elements, or a row of values into those.
pub(super) struct Elements {
    piece: Collector,
    max_depth: usize,
    at: At,
    array: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The piece is a bare word or number, which only what follows it ends.
    bare: bool,
    stray: Option<Stray>,
}

impl Elements {
    pub fn new(max_bytes: usize, max_depth: usize) -> Self {
        Self {
            piece: Collector::new(max_bytes),
            max_depth,
            at: At::Start,
            array: false,
            depth: 0,
            in_string: false,
            escaped: false,
            bare: false,
            stray: None,
        }
    }

    pub fn push(&mut self, mut chunk: &[u8], out: Out<'_>) -> Result<(), ImportError> {
        while let Some(&byte) = chunk.first() {
            let used = if self.at == At::Value { self.value(chunk, out)? } else { self.between(byte) };
            chunk = chunk.get(used..).unwrap_or(&[]);
        }
        Ok(())
    }

    /// What was found where no task should be. `Err` where the file has no value at all.
    pub fn finish(mut self, out: Out<'_>) -> Result<Result<Option<Stray>, &'static str>, ImportError> {
        if self.at == At::Start {
            return Ok(Err("it is empty"));
        }
        if self.at == At::Value {
            let complete = self.bare && !self.array;
            out(self.piece.take(!complete))?;
        }
        let unclosed = self.array && self.at != At::After;
        Ok(Ok(if unclosed { Some(Stray::Unclosed) } else { self.stray }))
    }

    /// One byte outside of any value; says how many are used up.
    fn between(&mut self, byte: u8) -> usize {
        match (self.at, byte) {
            (_, b'\n') => self.piece.line += 1,
            (_, b' ' | b'\t' | b'\r') => {}
            (At::Start, b'[') => (self.at, self.array) = (At::Between, true),
            (At::Between, b',') => {}
            (At::Between, b']') if self.array => self.at = At::After,
            (At::After, _) | (At::Start | At::Between, b']' | b'}' | b',' | b':') => {
                self.stray = Some(Stray::Between);
                if self.at == At::Start {
                    self.at = At::Between;
                }
            }
            _ => {
                self.at = At::Value;
                (self.depth, self.in_string, self.escaped) = (0, false, false);
                self.bare = !matches!(byte, b'{' | b'[' | b'"');
                self.piece.begins = self.piece.line;
                return 0;
            }
        }
        1
    }

    /// As much of a value as the chunk has; says how many bytes are used up.
    fn value(&mut self, chunk: &[u8], out: Out<'_>) -> Result<usize, ImportError> {
        let mut i = 0;
        while let Some(&byte) = chunk.get(i) {
            if self.in_string {
                i += self.string(chunk.get(i..).unwrap_or(&[]));
                if self.in_string || self.depth > 0 {
                    continue;
                }
                return self.end(chunk, i, out);
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > self.max_depth && self.piece.too.is_none() {
                        self.piece.fail(Too::Deep);
                    }
                }
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' if self.depth == 1 => return self.end(chunk, i + 1, out),
                b'}' | b']' | b',' if self.depth == 0 => return self.end(chunk, i, out),
                b'\n' | b' ' | b'\t' | b'\r' if self.depth == 0 => return self.end(chunk, i, out),
                b'\n' => self.piece.line += 1,
                _ => {}
            }
            i += 1;
        }
        self.piece.add(chunk);
        Ok(chunk.len())
    }

    /// Inside a string: up to its end, or the chunk's.
    fn string(&mut self, chunk: &[u8]) -> usize {
        let mut i = 0;
        if std::mem::take(&mut self.escaped) {
            i = 1;
        }
        while let Some(found) = chunk.get(i..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            i += found + 1;
            if chunk.get(i - 1) == Some(&b'"') {
                self.in_string = false;
                return i;
            }
            if i == chunk.len() {
                self.escaped = true;
                return i;
            }
            i += 1;
        }
        chunk.len()
    }

    fn end(&mut self, chunk: &[u8], to: usize, out: Out<'_>) -> Result<usize, ImportError> {
        self.piece.add(chunk.get(..to).unwrap_or(&[]));
        self.at = At::Between;
        out(self.piece.take(false))?;
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, step: usize) -> (Vec<String>, Result<Option<Stray>, &'static str>) {
        let mut elements = Elements::new(40, 4);
        let mut list = Vec::new();
        let mut out = |piece: Piece| {
            let text = String::from_utf8(piece.bytes).unwrap();
            let mark = match piece.too {
                Some(Too::Large) => "large".into(),
                Some(Too::Deep) => "deep".into(),
                None => text,
            };
            list.push(format!("{}{}:{mark}", if piece.cut { "cut " } else { "" }, piece.line));
            Ok(())
        };
        for chunk in text.as_bytes().chunks(step) {
            elements.push(chunk, &mut out).unwrap();
        }
        let end = elements.finish(&mut out).unwrap();
        (list, end)
    }

    #[test]
    fn cuts_alike_however_the_bytes_arrive() {
        type Expect<'a> = (&'a str, &'a [&'a str], Result<Option<Stray>, &'static str>);
        let cases: [Expect<'_>; 13] = [
            ("", &[], Err("it is empty")),
            (" [ ] ", &[], Ok(None)),
            (r#"[{"a":"]}\"\\"},2,"x, y"]"#, &[r#"1:{"a":"]}\"\\"}"#, "1:2", r#"1:"x, y""#], Ok(None)),
            ("[\n{},\n\n{\n}]", &["2:{}", "4:{\n}"], Ok(None)),
            ("{\"a\":1}\n{\"b\":[2]}", &["1:{\"a\":1}", "2:{\"b\":[2]}"], Ok(None)),
            ("{\"a\":1", &["cut 1:{\"a\":1"], Ok(None)),
            ("[{\"a\":\"", &["cut 1:{\"a\":\""], Ok(Some(Stray::Unclosed))),
            ("[1,2", &["1:1", "cut 1:2"], Ok(Some(Stray::Unclosed))),
            ("12", &["1:12"], Ok(None)),
            ("[1] x", &["1:1"], Ok(Some(Stray::Between))),
            ("]}{}", &["1:{}"], Ok(Some(Stray::Between))),
            ("[[[[[[1]]]]],7]", &["1:deep", "1:7"], Ok(None)),
            ("[\"01234567890123456789012345678901234567890\",7]", &["1:large", "1:7"], Ok(None)),
        ];
        for (text, expect, end) in cases {
            for step in [1, 2, 3, 1000] {
                let (list, got) = split(text, step);
                assert_eq!(list, expect, "{text} in steps of {step}");
                assert!(got == end, "{text}");
            }
        }
    }

    #[test]
    fn lines() {
        let mut lines = Lines::new(5);
        let mut list = Vec::new();
        let mut out = |piece: Piece| {
            list.push((piece.line, piece.index, String::from_utf8(piece.bytes).unwrap(), piece.too.is_some()));
            Ok(())
        };
        for chunk in b"ab\r\n\n  \n1234567\nz".chunks(3) {
            lines.push(chunk, &mut out).unwrap();
        }
        lines.finish(&mut out).unwrap();
        let expect = [(1, 0, "ab\r", false), (4, 1, "", true), (5, 2, "z", false)];
        assert_eq!(list, expect.map(|(a, b, c, d)| (a, b, c.to_owned(), d)));
    }
}
