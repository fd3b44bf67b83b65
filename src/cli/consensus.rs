//! `countersign consensus`: one answer for each item out of what several annotators said, and how good each of them is.
//!
//! The default needs no choosing: it takes the model that the data support and says why.

use super::answers::{self, Which};
use super::clean;
use crate::agreement::matrix::Matrix;
use crate::agreement::{Plan, Repeats, Table};
use crate::consensus::dawid_skene::{self, Stop};
use crate::consensus::pooled::{Model, Outcome, pooled};
use crate::consensus::vote::{self, Steps};
use crate::consensus::{Unfit, Votes, bayes, bwa, glad, mace};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One answer for each item out of many, with probabilities, and a skill for each annotator.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// How; the default takes the model that the data support.
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Known answers, a CSV of item and label: adds the accuracy.
    #[arg(long, value_name = "FILE")]
    gold: Option<PathBuf>,
    /// Seed of random starts.
    #[arg(long, default_value_t = Plan::default().seed)]
    seed: u64,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    #[default]
    Pooled,
    Majority,
    Wawa,
    ZeroBasedSkill,
    DawidSkene,
    OneCoin,
    FastDawidSkene,
    Mace,
    Glad,
    Ibcc,
    Bwa,
}

/// Which answers count where an annotator gave several to one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RepeatsArg {
    /// Each of them.
    #[default]
    All,
    /// The last one.
    Last,
    /// The first one.
    First,
}

impl From<RepeatsArg> for Repeats {
    fn from(arg: RepeatsArg) -> Self {
        match arg {
            RepeatsArg::All => Self::All,
            RepeatsArg::Last => Self::Last,
            RepeatsArg::First => Self::First,
        }
    }
}

/// What a method found.
struct Found {
    why: String,
    posteriors: Vec<Vec<(u32, f64)>>,
    labels: Vec<Option<u32>>,
    skills: Option<Vec<f64>>,
}

/// Computes and prints. 0: done; 1: a file could not be read, or the method does not fit the data.
pub fn run(args: &Args) -> ExitCode {
    super::finish(report(args))
}

fn report(args: &Args) -> Result<String, String> {
    let (table, complaints) = args.which.table()?;
    let votes = Votes::new(&table);
    let found = find(&votes, args).map_err(|why| format!("could not compute: {why}"))?;
    let accuracy = args.gold.as_deref().map(|path| accuracy(path, &table, &found)).transpose()?;
    let name = clap::ValueEnum::to_possible_value(&args.method).map_or_else(String::new, |v| v.get_name().to_owned());
    if !args.json {
        return Ok(as_text(&name, &table, &found, accuracy, &complaints));
    }
    let label = |at: u32| table.labels().get(at as usize).map_or("", |name| name);
    let items: Map<String, Value> = table
        .items()
        .iter()
        .zip(&found.labels)
        .zip(&found.posteriors)
        .map(|((item, chosen), row)| {
            let likely: Map<String, Value> = row.iter().map(|(at, p)| (label(*at).to_owned(), json!(p))).collect();
            (item.to_string(), json!({ "label": chosen.map(label), "probabilities": likely }))
        })
        .collect();
    let given = votes.given();
    let annotators: Map<String, Value> = table
        .annotators()
        .iter()
        .enumerate()
        .map(|(at, who)| {
            let skill = found.skills.as_ref().and_then(|skills| skills.get(at));
            (who.to_string(), json!({ "skill": skill, "labels": given.get(at) }))
        })
        .collect();
    let mut value =
        json!({ "method": name, "why": found.why, "items": items, "annotators": annotators, "complaints": complaints });
    if let (Some((accuracy, judged)), Some(map)) = (accuracy, value.as_object_mut()) {
        map.insert("accuracy".into(), json!(accuracy));
        map.insert("judged".into(), json!(judged));
    }
    Ok(format!("{value:#}\n"))
}

fn find(votes: &Votes, args: &Args) -> Result<Found, Unfit> {
    let asked = || "it was asked for".to_owned();
    let dense = |probabilities: Matrix, skills: Option<Vec<f64>>| {
        let labels = vote::chosen(&probabilities).into_iter().map(|label| Some(label as u32)).collect();
        let keep = |row: &[f64]| (0u32..).zip(row.iter().copied()).filter(|(_, p)| *p > 0.0).collect();
        Found { why: asked(), posteriors: probabilities.rows().map(keep).collect(), labels, skills }
    };
    Ok(match args.method {
        Method::Pooled => {
            let outcome = pooled(votes, args.seed)?;
            let why = why(votes, &outcome);
            let labels = (0..votes.items()).map(|item| outcome.label(item)).collect();
            Found { why, labels, skills: Some(outcome.skills), posteriors: outcome.posteriors }
        }
        Method::Majority => {
            let found = vote::sparse_majority(votes)?;
            Found { why: asked(), posteriors: found.posteriors, labels: found.labels, skills: Some(found.skills) }
        }
        Method::Wawa => {
            let found = vote::wawa(votes)?;
            dense(found.probabilities, Some(found.skills))
        }
        Method::ZeroBasedSkill => {
            let found = vote::zero_based_skill(votes, Steps::default())?;
            dense(found.probabilities, Some(found.skills))
        }
        Method::DawidSkene => dense(dawid_skene::full(votes, Stop::default())?.probabilities, None),
        Method::OneCoin => {
            let found = dawid_skene::one_coin(votes, Stop::default())?;
            dense(found.probabilities, Some(found.skills))
        }
        Method::FastDawidSkene => {
            let mut sure = votes.blank()?;
            for (row, label) in sure.rows_mut().zip(dawid_skene::fast(votes, 100, 1e-4)?) {
                row.iter_mut().skip(label).take(1).for_each(|p| *p = 1.0);
            }
            dense(sure, None)
        }
        Method::Mace => {
            let prior = mace::Update::Variational { spam: 0.5, know: 0.5, strategy: 10.0 };
            let found = mace::restarted(votes, prior, 50, 10, args.seed)?;
            dense(found.probabilities, Some(found.competence))
        }
        Method::Glad => {
            dense(glad::glad(votes, glad::Stop { rounds: 100, passes: 5, tolerance: 1e-5 })?.probabilities, None)
        }
        Method::Ibcc => dense(bayes::ibcc(votes, bayes::Prior::default(), 500)?, None),
        Method::Bwa => dense(bwa::scores(votes, bwa::Settings::default(), 500)?, None),
    })
}

/// What the data are like, and what that made of them.
fn why(votes: &Votes, outcome: &Outcome) -> String {
    let mut given = votes.given();
    given.sort_by(f64::total_cmp);
    let median = given.get(given.len() / 2).copied().unwrap_or(0.0);
    let per_item = votes.all().len() as f64 / votes.items().max(1) as f64;
    let data = format!(
        "{} annotators gave {median:.0} labels each at the median, {per_item:.1} an item, of {} kinds",
        votes.annotators, votes.labels
    );
    let pooled = format!("each annotator is averaged with {:.1} labels of the crowd", outcome.strength);
    let (evidence, other) = outcome.evidence;
    let against = other.map_or(String::new(), |other| format!(" (evidence {evidence:.0} against {other:.0} nats)"));
    match outcome.model {
        Model::Pooled => {
            format!("{data}; {pooled}; errors in common on the same items are no better an explanation{against}")
        }
        Model::Correlated => format!("{data}; annotators err together on some items, which is modelled{against}"),
        Model::OneSkill => format!("{data}; that is too many for confusion matrices, so each has one skill; {pooled}"),
    }
}

/// Share of items with a known answer that got it, and how many there are.
fn accuracy(path: &Path, table: &Table, found: &Found) -> Result<(Option<f64>, usize), String> {
    let gold = answers::gold(path)?;
    let (mut right, mut judged) = (0usize, 0usize);
    for (item, label) in table.items().iter().zip(&found.labels) {
        let Some(known) = gold.get(&**item) else { continue };
        let name = label.and_then(|at| table.labels().get(at as usize));
        judged += 1;
        right += usize::from(name.is_some_and(|name| **name == **known));
    }
    Ok(((judged > 0).then(|| right as f64 / judged as f64), judged))
}

fn as_text(
    method: &str,
    table: &Table,
    found: &Found,
    accuracy: Option<(Option<f64>, usize)>,
    complaints: &[crate::domain::complaint::Complaint],
) -> String {
    let mut out = format!("{method}: {}\n", found.why);
    for ((item, label), row) in table.items().iter().zip(&found.labels).zip(&found.posteriors) {
        let p = row.iter().find(|(at, _)| Some(*at) == *label).map_or(0.0, |(_, p)| *p);
        let name = label.and_then(|at| table.labels().get(at as usize)).map_or("", |name| name);
        let _ = writeln!(out, "  {}  {}  {p:.4}", clean(item), clean(name));
    }
    for (who, skill) in table.annotators().iter().zip(found.skills.iter().flatten()) {
        let _ = writeln!(out, "  annotator {}  {skill:.4}", clean(who));
    }
    if let Some((accuracy, judged)) = accuracy {
        let share = accuracy.map_or("undefined".to_owned(), |share| format!("{share:.4}"));
        let _ = writeln!(out, "accuracy {share} of {judged} items with a known answer");
    }
    for complaint in complaints {
        let _ = writeln!(out, "{}: {}", complaint.place, complaint.what);
    }
    out
}
