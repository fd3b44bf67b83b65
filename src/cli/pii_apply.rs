//! `countersign pii apply`, `restore` and `key`: taking out as a policy says, putting back with the vault.
//!
//! The vault holds one record for each line that changed, in order, sealed as it goes, so that a stream of any length
//! needs no memory. `restore` reads the whole vault first; a line names its record.

use super::pii::{self, Search, ended};
use super::pii_lines;
use crate::platform::native::{entropy, files};
use crate::privacy::apply::{self, Applied};
use crate::privacy::{ProjectKey, vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(clap::Args)]
pub struct Apply {
    #[command(flatten)]
    search: Search,
    /// The project's key, as `pii key` makes it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Write what was taken out here, sealed; never over a file that is there. Without it nothing can be put back.
    #[arg(long, value_name = "FILE", requires = "passphrase_file")]
    vault: Option<PathBuf>,
    /// The first line of this file opens the vault.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The member of a line that says whom it is about (dates of one subject move alike); `id` unless given.
    #[arg(long, value_name = "MEMBER", default_value = "id")]
    subject: String,
    /// The policy's row: the name of the field that the texts come from.
    #[arg(long, value_name = "NAME", default_value = "*")]
    field: String,
    /// Read from here instead of standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Restore {
    /// The vault that `pii apply` wrote.
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    /// The first line of this file opens the vault.
    #[arg(long, value_name = "FILE")]
    passphrase_file: PathBuf,
    /// Read from here instead of standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What the vault holds of one line: the digest of its covered text, and start, end, stand-in and value of each part, in
/// code points of the covered text.
#[derive(Serialize, Deserialize)]
struct Record {
    record: u64,
    sum: String,
    parts: Vec<(u32, u32, String, String)>,
}

/// One line of output and what the vault keeps of it.
struct Done {
    line: String,
    record: Option<Record>,
}

fn sum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Makes a key and writes it.
pub fn new_key(path: &Path) -> Result<bool, String> {
    let mut key = [0u8; 32];
    let fault = |e: io::Error| format!("could not write {}: {e}", path.display());
    entropy::fill(&mut key).map_err(fault)?;
    let mut file = files::create_secret(path).map_err(fault)?;
    writeln!(file, "{}", URL_SAFE_NO_PAD.encode(key)).map_err(fault)?;
    Ok(true)
}

fn read_key(path: &Path) -> Result<ProjectKey, String> {
    let bytes = files::read(path, 256).map_err(|e| format!("could not read {}: {e}", path.display()))?;
    let key = URL_SAFE_NO_PAD.decode(bytes.trim_ascii()).ok().and_then(|k| <[u8; 32]>::try_from(k).ok());
    let why = "it is no key of 32 bytes in base64url; make one with `pii key`";
    key.map(ProjectKey).ok_or_else(|| format!("could not read {}: {why}", path.display()))
}

fn passphrase(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = files::read(path, 4_096).map_err(|e| format!("could not read {}: {e}", path.display()))?;
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or(&[]);
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}

/// Takes out.
pub fn apply(args: &Apply) -> Result<bool, String> {
    let ready = args.search.ready()?;
    let key = read_key(&args.key)?;
    let mut vault = match (&args.vault, &args.passphrase_file) {
        (Some(path), Some(secret)) => {
            let secret = passphrase(secret)?;
            let file = files::create_secret(path).map_err(|e| format!("could not write {}: {e}", path.display()))?;
            let mut chance = |bytes: &mut [u8]| fill(bytes);
            Some(
                vault::Writer::new(io::BufWriter::new(file), &secret, &mut chance)
                    .map_err(|e| format!("could not {e}"))?,
            )
        }
        _ => None,
    };
    let well = AtomicBool::new(true);
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let work = |number: u64, line: &[u8]| match pii_lines::read(line) {
        Ok(line) => {
            let found = ready.finder.find_with(&line.text, &line.lang);
            let subject = match args.subject.as_str() {
                "id" => line.id.as_ref(),
                member => line.rest.get(member),
            };
            let subject = subject.map(|s| s.as_str().map_or_else(|| s.to_string(), str::to_owned)).unwrap_or_default();
            let mut chance = |bytes: &mut [u8]| fill(bytes);
            let done = apply::apply(&line.text, &found, &args.field, &subject, &ready.policy, &key, &mut chance);
            written(number, line, done)
        }
        Err((id, why)) => {
            well.store(false, Ordering::Relaxed);
            Done { line: pii_lines::error_line(number, id, &why), record: None }
        }
    };
    let mut kept: Result<(), vault::VaultFault> = Ok(());
    let sink = |done: Done| {
        if let (Some(vault), Some(record)) = (&mut vault, &done.record) {
            let json = serde_json::to_string(record).map_err(io::Error::other)? + "\n";
            // the value is safe before its stand-in is out
            if let Err(fault) = vault.write(json.as_bytes()) {
                kept = Err(fault);
                return Err(io::ErrorKind::Other.into());
            }
        }
        out.write_all(done.line.as_bytes())
    };
    let done = pii_lines::each(pii::source(args.file.as_deref())?, work, sink);
    kept.map_err(|e| format!("could not {e}"))?;
    ended(done.and_then(|()| out.flush()))?;
    if let Some(vault) = vault {
        vault.finish().map_err(|e| format!("could not {e}"))?;
    }
    Ok(well.into_inner())
}

/// Chance for tokens. A system without any ends the program: a token that can be guessed covers nothing.
fn fill(bytes: &mut [u8]) {
    if let Err(fault) = entropy::fill(bytes) {
        eprintln!("could not get random bytes: {fault}");
        std::process::exit(1);
    }
}

fn written(number: u64, line: pii_lines::Line, done: Applied) -> Done {
    let map: Vec<Value> = done.swaps.iter().zip(&done.entities).map(|(s, e)| json!([s.0, s.1, s.2, s.3, e])).collect();
    let record = (!done.swaps.is_empty()).then(|| Record {
        record: number,
        sum: sum(&done.text),
        parts: done
            .swaps
            .iter()
            .zip(&done.values)
            .map(|(s, (raw, new))| (s.2, s.3, new.clone(), raw.clone()))
            .collect(),
    });
    let mut object = Map::new();
    object.insert("id".into(), line.id.unwrap_or(Value::Null));
    object.insert("text".into(), done.text.into());
    object.insert("map".into(), map.into());
    object.insert("record".into(), number.into());
    // who shows values in clear has a log of it
    if !done.kept.is_empty() {
        object.insert("kept".into(), json!(done.kept));
    }
    object.extend(pii_lines::complaint(line.mended).map(|c| ("complaint".to_owned(), c.into())));
    Done { line: Value::Object(object).to_string() + "\n", record }
}

/// Puts back.
pub fn restore(args: &Restore) -> Result<bool, String> {
    let secret = passphrase(&args.passphrase_file)?;
    let file = files::open(&args.vault).map_err(|e| format!("could not read {}: {e}", args.vault.display()))?;
    let (mut records, mut tokens): (HashMap<u64, Record>, HashMap<String, String>) = (HashMap::new(), HashMap::new());
    let (mut open, mut strange) = (Vec::new(), 0usize);
    vault::read(file, &secret, |frame| {
        open.extend_from_slice(frame);
        let whole = open.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let rest = open.split_off(whole);
        for line in open.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let Ok(record) = serde_json::from_slice::<Record>(line) else {
                strange += 1;
                continue;
            };
            for (_, _, token, value) in record.parts.iter().filter(|(_, _, token, _)| is_token(token)) {
                tokens.entry(token.clone()).or_insert_with(|| value.clone());
            }
            records.insert(record.record, record);
        }
        open = rest;
    })
    .map_err(|e| format!("could not {e}"))?;
    if strange > 0 {
        return Err("could not read the vault: it holds records of another version".to_owned());
    }
    let well = AtomicBool::new(true);
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let work = |number: u64, line: &[u8]| match pii_lines::read(line) {
        Ok(line) => {
            let (text, complaint) = put_back(&line, &records, &tokens);
            let mut object = Map::new();
            object.insert("id".into(), line.id.unwrap_or(Value::Null));
            object.insert("text".into(), text.into());
            object.extend(complaint.map(|c| ("complaint".to_owned(), c.into())));
            Value::Object(object).to_string() + "\n"
        }
        Err((id, why)) => {
            well.store(false, Ordering::Relaxed);
            pii_lines::error_line(number, id, &why)
        }
    };
    let done = pii_lines::each(pii::source(args.file.as_deref())?, work, |line: String| out.write_all(line.as_bytes()));
    ended(done.and_then(|()| out.flush()))?;
    Ok(well.into_inner())
}

/// A token stands for one value alone, wherever it stands.
fn is_token(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    inner.and_then(|t| t.rsplit_once('_')).is_some_and(|(_, code)| code.len() == 10)
}

/// By place where the text is the one that was written; by tokens where it changed since.
fn put_back(
    line: &pii_lines::Line,
    records: &HashMap<u64, Record>,
    tokens: &HashMap<String, String>,
) -> (String, Option<String>) {
    let record = line.rest.get("record").and_then(Value::as_u64).and_then(|n| records.get(&n));
    if let Some(record) = record.filter(|r| r.sum == sum(&line.text)) {
        let parts: Vec<(u32, u32, &str)> =
            record.parts.iter().map(|(start, end, _, value)| (*start, *end, value.as_str())).collect();
        if let Some(text) = apply::restore(&line.text, &parts) {
            return (text, None);
        }
    }
    let (mut out, mut rest, mut count) = (String::with_capacity(line.text.len()), line.text.as_str(), 0);
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let end = after.find(']').filter(|end| *end <= 40);
        let value = end.and_then(|end| after.get(..end)).and_then(|inner| tokens.get(&format!("[{inner}]")));
        match (value, end.and_then(|end| after.get(end + 1..))) {
            (Some(value), Some(behind)) => {
                out.push_str(value);
                (rest, count) = (behind, count + 1);
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    let unchanged = count == 0 && record.is_none();
    let complaint = (!unchanged)
        .then(|| format!("the text changed since it was covered; {count} tokens were put back as first written"));
    (out, complaint)
}
