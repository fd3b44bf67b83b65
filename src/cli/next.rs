//! `countersign next`: whom to ask about which item next, and whether to ask at all.

use super::answers::{Which, unread};
use super::clean;
use crate::agreement::{Plan, Table};
use crate::consensus::Votes;
use crate::consensus::annotators::Annotators;
use crate::consensus::next::{Costs, advise};
use crate::consensus::pooled::pooled;
use crate::platform::native::files;
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Largest file of costs, in bytes.
const MAX_COSTS_BYTES: u64 = 16 << 20;
const WARNING: &str = "labels asked for by this advice are those of hard items and bias agreement; \
                       compute coefficients on items that were drawn at random";

/// Whom to ask about what next.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// What decisions cost: a CSV of truth, decided, cost. Pairs not in it cost 0 where equal, else 1.
    #[arg(long, value_name = "FILE")]
    costs: Option<PathBuf>,
    /// What one more label costs, in the same unit.
    #[arg(long, value_name = "COST", default_value_t = 0.01)]
    price: f64,
    /// Most questions.
    #[arg(long, value_name = "N", default_value_t = 20)]
    most: usize,
    /// Seed of random starts.
    #[arg(long, default_value_t = Plan::default().seed)]
    seed: u64,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// Computes and prints. 0: done; 1: a file could not be read, or there are no answers.
pub fn run(args: &Args) -> ExitCode {
    super::finish(report(args))
}

fn report(args: &Args) -> Result<String, String> {
    if !args.price.is_finite() || args.price < 0.0 {
        return Err("could not compute: the price of a label must be a number from 0".into());
    }
    let (table, complaints) = args.which.table()?;
    let costs = args.costs.as_deref().map(|path| costs(path, &table)).transpose()?.unwrap_or_default();
    let votes = Votes::new(&table);
    let outcome = pooled(&votes, args.seed).map_err(|why| format!("could not compute: {why}"))?;
    let advice = advise(&votes, &outcome, &Annotators::new(&votes, &outcome), &costs, args.price, args.most);
    let item = |at: usize| table.items().get(at).map_or("", |name| name);
    let annotator = |at: u32| table.annotators().get(at as usize).map_or("", |name| name);
    let stop = advice.asks.is_empty();
    if args.json {
        let ask = |ask: &crate::consensus::next::Ask| json!({ "item": item(ask.item), "annotator": annotator(ask.annotator), "gain": ask.gain, "loss": ask.loss });
        let asks: Vec<_> = advice.asks.iter().map(ask).collect();
        let value = json!({ "ask": asks, "stop": stop, "expected_loss": advice.loss, "price": args.price,
            "warning": WARNING, "complaints": complaints });
        return Ok(format!("{value:#}\n"));
    }
    let mut out = String::new();
    for ask in &advice.asks {
        let (item, who) = (clean(item(ask.item)), clean(annotator(ask.annotator)));
        let _ = writeln!(out, "ask {who} about {item}  gain {:.4} of an expected loss of {:.4}", ask.gain, ask.loss);
    }
    if stop {
        let _ = writeln!(out, "stop: no label is worth {}", args.price);
    }
    let _ = writeln!(out, "expected loss of deciding now: {:.4} an item\n{WARNING}", advice.loss);
    for complaint in complaints {
        let _ = writeln!(out, "{}: {}", complaint.place, complaint.what);
    }
    Ok(out)
}

fn costs(path: &Path, table: &Table) -> Result<Costs, String> {
    let bytes = files::read(path, MAX_COSTS_BYTES).map_err(|e| unread(path, &e))?;
    let mut costs = Costs::default();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let number = |name: &str| table.labels().iter().position(|label| &**label == name).map(|at| at as u32);
    for (row, record) in reader.records().enumerate() {
        let wrong = |why: &str| format!("could not read {}: row {}: {why}", path.display(), row + 1);
        let record = record.map_err(|_| wrong("it is not a row of truth, decided, cost"))?;
        let (Some(truth), Some(decided), Some(cost), 3) = (record.get(0), record.get(1), record.get(2), record.len())
        else {
            return Err(wrong("it is not a row of truth, decided, cost"));
        };
        let (Some(truth), Some(decided)) = (number(truth), number(decided)) else {
            return Err(wrong("nobody gave such a label"));
        };
        let cost = cost.parse().ok().filter(|cost: &f64| cost.is_finite() && *cost >= 0.0);
        costs.set(truth, decided, cost.ok_or_else(|| wrong("the cost must be a number from 0"))?);
    }
    Ok(costs)
}
