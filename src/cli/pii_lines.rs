//! Lines in, lines out, on all cores, in order, in constant memory; and the door that each line passes first.
//!
//! Batches go round the workers in turn and come back in the same turn, so order needs no sorting and no more is held
//! than a few batches for each core.

use crate::platform::native::files;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::{self, BufRead};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The longest line that is read, in bytes; a longer one is told and passed over, without being held.
pub const MAX_LINE_BYTES: usize = 16 << 20;
/// Bytes of lines that go to a worker at once.
const BATCH_BYTES: usize = 128 << 10;

type Batch = (u64, Vec<Vec<u8>>);

/// Gives each line that is not blank to `work`, with its number from 1, and what comes of it to `sink`, in order. Ends early
/// when `sink` fails, with its fault.
pub fn each<T: Send>(
    from: impl BufRead,
    work: impl Fn(u64, &[u8]) -> T + Sync,
    sink: impl FnMut(T) -> io::Result<()> + Send,
) -> io::Result<()> {
    let count = std::thread::available_parallelism().map_or(1, NonZero::get).min(64);
    std::thread::scope(|scope| {
        let (mut ins, mut outs): (Vec<SyncSender<Batch>>, Vec<Receiver<Vec<T>>>) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (to_worker, batches) = sync_channel::<Batch>(1);
            let (to_sink, results) = sync_channel::<Vec<T>>(1);
            let work = &work;
            scope.spawn(move || {
                for (first, lines) in batches {
                    let done = lines.iter().enumerate().filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace));
                    let done = done.map(|(i, line)| work(first + i as u64, line)).collect();
                    if to_sink.send(done).is_err() {
                        return;
                    }
                }
            });
            ins.push(to_worker);
            outs.push(results);
        }
        let writer = scope.spawn(move || drain(&outs, sink));
        let (mut turn, mut number, mut bytes, mut batch) = (0usize, 1u64, 0usize, Vec::new());
        let read = files::lines_while(from, MAX_LINE_BYTES, |line| {
            bytes += line.len() + 32;
            batch.push(line.to_vec());
            if bytes < BATCH_BYTES {
                return true;
            }
            let lines = std::mem::take(&mut batch);
            let next = number + lines.len() as u64;
            let sent = ins.get(turn % count).is_some_and(|to| to.send((number, lines)).is_ok());
            (turn, number, bytes) = (turn + 1, next, 0);
            sent
        });
        if let Some(to) = ins.get(turn % count).filter(|_| !batch.is_empty()) {
            let _ = to.send((number, batch));
        }
        drop(ins);
        // a thread that panicked carries its panic on
        let wrote = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        read.and(wrote)
    })
}

/// Takes from the workers in turn until one has nothing more.
fn drain<T>(outs: &[Receiver<Vec<T>>], mut sink: impl FnMut(T) -> io::Result<()>) -> io::Result<()> {
    for turn in outs.iter().cycle() {
        let Ok(done) = turn.recv() else { return Ok(()) };
        for one in done {
            sink(one)?;
        }
    }
    Ok(())
}

/// A line that was read: an identifier of any JSON, the text, and what else it says.
#[derive(Debug)]
pub struct Line {
    /// Its identifier, if it has one.
    pub id: Option<Value>,
    /// The text.
    pub text: String,
    /// Languages of this text alone.
    pub lang: Vec<String>,
    /// Lone surrogates that became U+FFFD.
    pub mended: usize,
    /// Other members, as they came.
    pub rest: Map<String, Value>,
}

/// Reads one line. The error names no content; with it comes the identifier, where one could be read.
pub fn read(line: &[u8]) -> Result<Line, (Option<Value>, String)> {
    let bare = |why: &str| (None, why.to_owned());
    if line.len() > MAX_LINE_BYTES {
        return Err(bare("could not read the line: it is longer than 16 MiB; split the text"));
    }
    let line = std::str::from_utf8(line).map_err(|e| {
        bare(&format!("could not read the line: byte {} is not UTF-8; convert it first", e.valid_up_to() + 1))
    })?;
    let (line, mended) = mend(line.strip_prefix('\u{FEFF}').unwrap_or(line));
    let value: Map<String, Value> = serde_json::from_str(&line).map_err(|e| {
        bare(&format!(
            "could not read the line: not the JSON of an object at column {}; give {{\"id\", \"text\"}}",
            e.column()
        ))
    })?;
    let mut rest = value;
    let id = rest.remove("id");
    let Some(Value::String(text)) = rest.remove("text") else {
        return Err((id, "could not find a \"text\" that is a string; give {\"id\", \"text\"}".to_owned()));
    };
    let lang = rest.get("lang").and_then(Value::as_str).map(langs).unwrap_or_default();
    Ok(Line { id, text, lang, mended, rest })
}

/// Languages out of a list with commas: `en,de-AT` is English and German.
pub fn langs(list: &str) -> Vec<String> {
    let one = |lang: &str| lang.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
    list.split(',').map(|lang| one(lang.trim())).filter(|lang| !lang.is_empty()).collect()
}

/// JSON with the escapes of lone surrogates as U+FFFD, and how many there were. No text in UTF-8 can hold them.
fn mend(line: &str) -> (Cow<'_, str>, usize) {
    if !line.contains("\\u") {
        return (Cow::Borrowed(line), 0);
    }
    let bytes = line.as_bytes();
    let unit = |at: usize| {
        let digits = line.get(at + 2..at + 6).filter(|_| bytes.get(at..at + 2) == Some(b"\\u"));
        digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|d| u16::from_str_radix(d, 16).ok())
    };
    let (mut out, mut from, mut at, mut mended) = (String::new(), 0, 0, 0);
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        at += match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str(line.get(from..at).unwrap_or(""));
                out.push_str("\\ufffd");
                (from, mended) = (at + 6, mended + 1);
                6
            }
            Some(_) => 6,
            None => 2,
        };
    }
    if mended == 0 {
        return (Cow::Borrowed(line), 0);
    }
    out.push_str(line.get(from..).unwrap_or(""));
    (Cow::Owned(out), mended)
}

/// The line of output for one that could not be done.
pub fn error_line(number: u64, id: Option<Value>, why: &str) -> String {
    let mut out = Map::new();
    out.extend(id.map(|id| ("id".to_owned(), id)));
    out.insert("line".into(), number.into());
    out.insert("error".into(), why.into());
    Value::Object(out).to_string() + "\n"
}

/// What to tell of surrogates that were mended.
pub fn complaint(mended: usize) -> Option<String> {
    (mended > 0).then(|| format!("{mended} lone surrogates became U+FFFD"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn order_is_kept_and_numbers_are_those_of_the_file() {
        let text: String = (0..50_000).map(|i| if i % 7 == 0 { "\n".to_owned() } else { format!("{i}\n") }).collect();
        let mut got = Vec::new();
        each(
            Cursor::new(&text),
            |number, line| (number, line.to_vec()),
            |one| {
                got.push(one);
                Ok(())
            },
        )
        .unwrap();
        let expect: Vec<_> = text
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.is_empty())
            .map(|(i, l)| (i as u64 + 1, l.as_bytes().to_vec()))
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn a_sink_that_fails_ends_it() {
        let text = Cursor::new("a\n".repeat(100_000));
        let fault = each(text, |_, _| (), |()| Err(io::ErrorKind::BrokenPipe.into()));
        assert_eq!(fault.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn the_door() {
        for (line, expect) in [
            (&b"{\"id\":1,\"text\":\"a\"}"[..], "a"),
            (b"\xEF\xBB\xBF{\"text\":\"a\"}", "a"),
            (br#"{"text":"x\ud83d\ude00y"}"#, "x\u{1F600}y"),
            (br#"{"text":"x\ud83dy\ude00\\ud83d"}"#, "x\u{FFFD}y\u{FFFD}\\ud83d"),
        ] {
            assert_eq!(read(line).unwrap().text, expect);
        }
        for (line, expect) in [
            (&b"{\"text\":\"\xFF\"}"[..], "byte 10 is not UTF-8"),
            (b"[]", "not the JSON of an object"),
            (b"{\"id\":7,\"text\":8}", "could not find a \"text\""),
            (&[b' '; MAX_LINE_BYTES + 1], "longer than 16 MiB"),
        ] {
            let (_, why) = read(line).unwrap_err();
            assert!(why.contains(expect), "{why}");
        }
        assert_eq!(langs("EN, de-AT,,pt_BR"), ["en", "de", "pt"]);
    }
}
