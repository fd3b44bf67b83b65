//! `countersign quality`: how good each annotator is and how hard each item, from their answers alone or against known ones.

use super::answers::{self, Which};
use super::clean;
use crate::agreement::{Plan, Table};
use crate::consensus::Votes;
use crate::consensus::annotators::Annotators;
use crate::consensus::pooled::pooled;
use crate::consensus::quality::{self, Bias, Cell, OfAnnotator, OfItem, Share};
use crate::domain::complaint::Complaint;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// A report on each annotator and each item.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Known answers, a CSV of item and label: annotators are judged by them instead of by each other.
    #[arg(long, value_name = "FILE")]
    gold: Option<PathBuf>,
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
    let (table, complaints) = args.which.table()?;
    let gold = args.gold.as_deref().map(answers::gold).transpose()?;
    let votes = Votes::new(&table);
    let outcome = pooled(&votes, args.seed).map_err(|why| format!("could not compute: {why}"))?;
    let model = Annotators::new(&votes, &outcome);
    let numbers: HashMap<&str, u32> = table.labels().iter().map(|label| &**label).zip(0u32..).collect();
    // a known answer that nobody gave cannot be compared with
    let known = |item: usize| -> Option<u32> {
        let label = gold.as_ref()?.get(&**table.items().get(item)?)?;
        numbers.get(label.as_str()).copied()
    };
    let known: Option<&dyn Fn(usize) -> Option<u32>> = if gold.is_some() { Some(&known) } else { None };
    let annotators = quality::annotators(&votes, &outcome, &model, known);
    let items = quality::items(&votes, &outcome, &model);
    let judge = if gold.is_some() { "known answers" } else { "the posterior of the other annotators" };
    let show = if args.json { as_json } else { as_text };
    Ok(show(judge, &table, &annotators, &items, &complaints))
}

/// What a probability of answering without looking is called.
fn verdict(spammer: f64) -> &'static str {
    match spammer {
        p if p >= 0.95 => "likely a spammer",
        p if p <= 0.05 => "unlikely a spammer",
        _ => "unclear",
    }
}

fn share_json(share: &Share) -> Value {
    json!({ "value": share.value, "low": share.low, "high": share.high, "of": share.of })
}

fn as_json(
    judge: &str,
    table: &Table,
    annotators: &[OfAnnotator],
    items: &[OfItem],
    complaints: &[Complaint],
) -> String {
    let label = |at: u32| table.labels().get(at as usize).map_or("", |name| name);
    let cell = |cell: &Cell| json!({ "truth": label(cell.truth), "given": label(cell.given), "share": share_json(&cell.share) });
    let bias = |of: &Bias| {
        let (difference, low, high) = of.difference;
        json!({ "label": label(of.label), "given": of.given, "expected": of.expected,
            "difference": difference, "low": low, "high": high })
    };
    let who = |of: &OfAnnotator| {
        json!({
            "labels": of.given, "judged": of.judged, "right": of.right.as_ref().map(share_json),
            "confusion": of.confusion.iter().map(cell).collect::<Vec<_>>(),
            "bias": of.bias.iter().map(bias).collect::<Vec<_>>(),
            "spammer": of.spammer, "verdict": verdict(of.spammer),
        })
    };
    let what = |of: &OfItem| {
        json!({
            "label": of.label.map(label), "probability": of.probability, "entropy": of.entropy,
            "contention": of.contention, "difficulty": of.difficulty, "guideline_gap": of.gap,
            "between": of.between.map(|(a, b)| [label(a), label(b)]),
        })
    };
    let annotators: Map<String, Value> =
        table.annotators().iter().map(|name| name.to_string()).zip(annotators.iter().map(who)).collect();
    let items: Map<String, Value> =
        table.items().iter().map(|name| name.to_string()).zip(items.iter().map(what)).collect();
    let value = json!({ "judged_by": judge, "annotators": annotators, "items": items, "complaints": complaints });
    format!("{value:#}\n")
}

fn as_text(
    judge: &str,
    table: &Table,
    annotators: &[OfAnnotator],
    items: &[OfItem],
    complaints: &[Complaint],
) -> String {
    let label = |at: u32| clean(table.labels().get(at as usize).map_or("", |name| name));
    let mut out = format!("annotators, judged by {judge}\n");
    for (name, of) in table.annotators().iter().zip(annotators) {
        let right = of.right.map_or("not judged".to_owned(), |right| {
            format!("right {:.3} (95 % {:.3} to {:.3})", right.value, right.low, right.high)
        });
        let (spammer, verdict) = (of.spammer, verdict(of.spammer));
        let _ = writeln!(out, "  {}  {} labels, {right}, {verdict} ({spammer:.3})", clean(name), of.given);
        // what is surely said too often or too seldom
        for bias in of.bias.iter().filter(|bias| bias.difference.1 > 0.0 || bias.difference.2 < 0.0) {
            let (given, expected) = (bias.given, bias.expected);
            let _ = writeln!(out, "    says {} {given:.3} of the time, expected {expected:.3}", label(bias.label));
        }
    }
    out.push_str("items\n");
    for (name, of) in table.items().iter().zip(items) {
        let chosen = of.label.map_or(String::new(), label);
        let (p, hard, contention) = (of.probability, of.difficulty, of.contention);
        let _ = write!(out, "  {}  {chosen} {p:.3}, difficulty {hard:.3}, contention {contention:.3}", clean(name));
        let _ = match of.between.filter(|_| of.gap > quality::GAP_BEFORE) {
            Some((a, b)) => writeln!(out, ", may be read as {} or {} ({:.3})", label(a), label(b), of.gap),
            None => writeln!(out),
        };
    }
    for complaint in complaints {
        let _ = writeln!(out, "{}: {}", complaint.place, complaint.what);
    }
    out
}
