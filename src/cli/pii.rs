//! `countersign pii`: finds personal data in lines of JSON, says what a value is, takes it out and puts it back.
//!
//! Lists and weights for names and places are part of the program, so that it works wherever it stands alone.

use super::{pii_apply, pii_lines};
use crate::platform::native::files;
use crate::privacy::detect::BUILT_IN;
use crate::privacy::find::{Finder, Found, entities, validate};
use crate::privacy::names::Model;
use crate::privacy::recognize::check::Verdict;
use crate::privacy::{LocalRules, Policy, preset};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Find personal data in texts, take it out, and put it back.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Find: `{"id","text"}` a line in, `{"id","spans"}` a line out, offsets in code points.
    Detect(Detect),
    /// Say of each value whether it can be one of a kind.
    Validate(Validate),
    /// Take out, as a policy says: `{"id","text"}` a line in, the covered text with its map out.
    Apply(pii_apply::Apply),
    /// Put back what was taken out, with the vault.
    Restore(pii_apply::Restore),
    /// Make a new key for pseudonyms, in a file that only you can read.
    Key {
        /// Where it is written; never over a file that is there.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// What all that find have in common.
#[derive(clap::Args)]
pub struct Search {
    /// A policy (JSON): what it keeps or allows is not reported.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// A policy ready made, in place of one of your own.
    #[arg(long, value_name = "NAME", conflicts_with = "policy", value_parser = preset::NAMES)]
    pub preset: Option<String>,
    /// Rules of your own (JSON): lists and patterns. They stay at home.
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Likely languages, with commas (`en,de`): where numbers of two countries look alike, theirs wins. A line may say its
    /// own.
    #[arg(long, value_name = "LANG", default_value = "")]
    pub lang: String,
    /// The least score that counts, 0 to 1.
    #[arg(long, value_name = "T", default_value_t = 0.5, value_parser = threshold)]
    pub threshold: f64,
    /// Look for what has a form alone: no names, places, organisations, addresses.
    #[arg(long)]
    pub no_names: bool,
}

#[derive(clap::Args)]
struct Detect {
    #[command(flatten)]
    search: Search,
    /// Read from here instead of standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Validate {
    /// A kind: IBAN_CODE, US_NPI …
    entity: String,
    /// Values.
    #[arg(required = true)]
    values: Vec<String>,
}

fn threshold(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|t| (0.0..=1.0).contains(t)).ok_or_else(|| "give a number from 0 to 1".to_owned())
}

/// Does it. 0: all lines were done; 1: some were not, or nothing could begin.
pub fn run(args: Args) -> ExitCode {
    let done = match args.command {
        Command::Detect(args) => detect(&args),
        Command::Validate(args) => validate_all(&args),
        Command::Apply(args) => pii_apply::apply(&args),
        Command::Restore(args) => pii_apply::restore(&args),
        Command::Key { file } => pii_apply::new_key(&file),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

/// A search made ready: what finds, and the policy that says of each find what happens to it.
pub struct Ready {
    /// What finds.
    pub finder: Finder,
    /// What happens to finds.
    pub policy: Policy,
}

impl Search {
    /// Reads policy and rules and makes them ready.
    pub fn ready(&self) -> Result<Ready, String> {
        let text = |path: &Path| {
            let bytes = files::read(path, Policy::MAX_BYTES as u64)
                .map_err(|e| format!("could not read {}: {e}", path.display()))?;
            String::from_utf8(bytes).map_err(|_| format!("could not read {}: it is not UTF-8", path.display()))
        };
        let policy = match &self.policy {
            Some(path) => Policy::from_json(&text(path)?).map_err(|e| format!("could not {e}"))?,
            None => self.preset.as_deref().and_then(preset::preset).unwrap_or_default(),
        };
        let rules = match &self.rules {
            Some(path) => LocalRules::from_json(&text(path)?).map_err(|e| format!("could not {e}"))?,
            None => LocalRules::default(),
        };
        for complaint in rules.complaints() {
            eprintln!("{}: {}", complaint.place, complaint.what);
        }
        let model = if self.no_names { None } else { Some(Arc::new(model()?)) };
        let least = (self.threshold * 100.0).round().max(1.0) as u8;
        let finder = Finder::new(&rules, &policy.allow, pii_lines::langs(&self.lang), least, model);
        Ok(Ready { finder: finder.map_err(|(at, e)| format!("could not {e} (patterns[{at}])"))?, policy })
    }
}

/// The lists and weights that come with the program.
pub fn model() -> Result<Model, String> {
    Model::new(
        include_str!("../../data/privacy/lexicon.txt"),
        include_str!("../../data/privacy/common.txt"),
        include_bytes!("../../data/privacy/names.weights"),
    )
    .map_err(|e| format!("could not {e}"))
}

/// Where lines come from.
pub fn source(file: Option<&Path>) -> Result<Box<dyn io::BufRead>, String> {
    match file {
        Some(path) => files::open(path).map_err(|e| format!("could not read {}: {e}", path.display())),
        None => Ok(Box::new(io::stdin().lock())),
    }
}

/// What a fault of reading or writing means: a reader that went away is none.
pub fn ended(done: io::Result<()>) -> Result<(), String> {
    match done {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| format!("could not read or write: {e}")),
    }
}

fn detect(args: &Detect) -> Result<bool, String> {
    let ready = args.search.ready()?;
    let well = AtomicBool::new(true);
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let work = |number: u64, line: &[u8]| match pii_lines::read(line) {
        Ok(line) => {
            let found = ready.finder.find_with(&line.text, &line.lang);
            let field = "*";
            let kept = found.iter().filter(|f| ready.policy.action(field, &f.entity) != crate::privacy::Action::Keep);
            let mut object = Map::new();
            object.insert("id".into(), line.id.unwrap_or(Value::Null));
            object.insert("spans".into(), kept.map(span).collect());
            object.extend(pii_lines::complaint(line.mended).map(|c| ("complaint".to_owned(), c.into())));
            Value::Object(object).to_string() + "\n"
        }
        Err((id, why)) => {
            well.store(false, Ordering::Relaxed);
            pii_lines::error_line(number, id, &why)
        }
    };
    let mut write = |line: String| out.write_all(line.as_bytes());
    let done = pii_lines::each(source(args.file.as_deref())?, work, &mut write);
    ended(done.and_then(|()| out.flush()))?;
    Ok(well.into_inner())
}

fn span(found: &Found) -> Value {
    json!({ "start": found.start, "end": found.end, "entity": found.entity, "score": f64::from(found.score) / 100.0 })
}

fn validate_all(args: &Validate) -> Result<bool, String> {
    if !entities().contains(&args.entity.as_str()) {
        return Err(format!("could not validate: no kind has that name; the kinds are {}", entities().join(", ")));
    }
    let mut well = true;
    let mut out = String::new();
    for value in &args.values {
        let (valid, reason) = match validate(&args.entity, value) {
            Some(Verdict::Valid) => (Value::Bool(true), "its check holds"),
            Some(Verdict::Invalid(why)) => (Value::Bool(false), why),
            Some(Verdict::Unknown) => (Value::Null, "it is written like one; nothing in it can prove it"),
            None => (Value::Null, "this kind has no rule that a value alone could pass or fail"),
        };
        well &= valid != Value::Bool(false);
        out.push_str(
            &(json!({ "entity": args.entity, "value": value, "valid": valid, "reason": reason }).to_string() + "\n"),
        );
    }
    debug_assert!(BUILT_IN.len() < entities().len());
    super::print(&out);
    Ok(well)
}
