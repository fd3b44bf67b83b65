//! `countersign agreement`: how far annotators agree, over a table of labels, a Label Studio export, or the logs of a project.
//!
//! Logs are verified first: figures over answers that nobody signed would mean nothing. What is scored is what people said
//! before adjudication. Names out of files are printed without control characters, since a terminal obeys some.

use super::answers::{self as given, Given};
use super::clean;
use super::consensus::RepeatsArg;
use crate::agreement::alpha::{self, Level};
use crate::agreement::answers::{self, Disagreement};
use crate::agreement::chance::{self, Coefficient};
use crate::agreement::distance;
use crate::agreement::kappa::{self, Contingency};
use crate::agreement::pair::{self, PairCoefficient, Paradox};
use crate::agreement::weights::{Agreeing, Weighting};
use crate::agreement::{Cancelled, Estimate, Method, Plan, Score, Table, TableBuilder, Undefined, percent, unwatched};
use crate::domain::complaint::Complaint;
use serde_json::{Map, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// How far annotators agree, with intervals.
#[derive(clap::Args)]
pub struct Args {
    /// One table of answers (`.csv`, or `.jsonl` of item, annotator and label), a Label Studio export (`.json`, with --config), or
    /// logs (`.jsonl`), all of one project.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Coefficients of a table; several may be given. Without it: percent, alpha, and Cohen's kappa of two annotators.
    #[arg(long, value_enum, value_name = "NAME")]
    metric: Vec<MetricArg>,
    /// The labeling configuration (XML) that an export or logs were made with: says which controls there are and which ask for
    /// a set. Without it logs are taken at their answers.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Level of measurement of the labels of a table, for alpha.
    #[arg(long, value_enum, default_value_t)]
    level: LevelArg,
    /// How much two different labels agree, for all coefficients but percent and alpha.
    #[arg(long, value_enum, default_value_t)]
    weights: WeightsArg,
    /// Resamples of the bootstrap.
    #[arg(long, alias = "resamples", value_name = "N", default_value_t = Plan::default().resamples, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    bootstrap: u32,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = Plan::default().seed)]
    seed: u64,
    /// Correct the bootstrap interval of alpha for bias and skew (BCa).
    #[arg(long)]
    bca: bool,
    /// Length of the circle, for the circular level.
    #[arg(long, value_name = "LENGTH", default_value_t = 360.0)]
    period: f64,
    /// The same for parts of a table: for the items of each annotator, or for each label against all others.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Which answers of an annotator count where they gave several to one item of a table.
    #[arg(long, value_enum, default_value_t)]
    repeats: RepeatsArg,
    /// List the items on which annotators differ.
    #[arg(long)]
    disagreements: bool,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MetricArg {
    All,
    Percent,
    Alpha,
    Cohen,
    Scott,
    Fleiss,
    Conger,
    Gwet,
    BrennanPrediger,
    Pairs,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Annotator,
    Label,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum WeightsArg {
    #[default]
    Identity,
    Linear,
    Quadratic,
    Ordinal,
    Radical,
    Ratio,
    Circular,
    Bipolar,
}

impl From<WeightsArg> for Weighting {
    fn from(arg: WeightsArg) -> Self {
        match arg {
            WeightsArg::Identity => Self::Identity,
            WeightsArg::Linear => Self::Linear,
            WeightsArg::Quadratic => Self::Quadratic,
            WeightsArg::Ordinal => Self::Ordinal,
            WeightsArg::Radical => Self::Radical,
            WeightsArg::Ratio => Self::Ratio,
            WeightsArg::Circular => Self::Circular,
            WeightsArg::Bipolar => Self::Bipolar,
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum LevelArg {
    /// Equal or not.
    #[default]
    Nominal,
    /// By rank.
    Ordinal,
    /// Numbers, by their difference.
    Interval,
    /// Numbers from zero, by their difference over their sum.
    Ratio,
    /// Numbers on a circle of --period.
    Circular,
    /// Texts, by the fewest changes of characters.
    Edit,
    /// Sets, members separated by commas, by what they share (Jaccard).
    Jaccard,
    /// Sets, members separated by commas, by what they share and whether one holds the other (MASI).
    Masi,
    /// Paths in a tree, steps separated by slashes.
    Tree,
}

/// Alpha at the level asked for, with its name.
fn alpha_of(table: &Table, args: &Args) -> Result<(String, Score), Cancelled> {
    let plan = plan(args);
    let with = |level: Level<'_>| {
        if args.bca {
            alpha::accelerated(table, level, &plan, &mut unwatched())
        } else {
            alpha::of(table, level, &plan, &mut unwatched())
        }
    };
    let label = |at: u32| table.labels().get(at as usize).map_or("", |name| name);
    let set = |at: u32| -> BTreeSet<&str> {
        label(at).split(',').map(str::trim).filter(|member| !member.is_empty()).collect()
    };
    let path = |at: u32| -> Vec<&str> { label(at).split('/').collect() };
    Ok(match args.level {
        LevelArg::Nominal => ("alpha_nominal".into(), with(Level::Nominal)?),
        LevelArg::Ordinal => ("alpha_ordinal".into(), with(Level::Ordinal)?),
        LevelArg::Interval => ("alpha_interval".into(), with(Level::Interval)?),
        LevelArg::Ratio => ("alpha_ratio".into(), with(Level::Ratio)?),
        LevelArg::Circular => ("alpha_circular".into(), with(Level::Circular(args.period))?),
        LevelArg::Edit => ("alpha_edit".into(), with(Level::Custom(&|a, b| distance::edit(label(a), label(b))))?),
        LevelArg::Jaccard => {
            ("alpha_jaccard".into(), with(Level::Custom(&|a, b| distance::jaccard(&set(a), &set(b))))?)
        }
        LevelArg::Masi => ("alpha_masi".into(), with(Level::Custom(&|a, b| distance::masi(&set(a), &set(b))))?),
        LevelArg::Tree => ("alpha_tree".into(), with(Level::Custom(&|a, b| distance::tree(&path(a), &path(b))))?),
    })
}

/// What is printed of one control, or of a table.
struct Scored {
    name: String,
    items: u32,
    compared: u32,
    annotators: u32,
    figures: Vec<(String, Score)>,
    paradox: Option<Paradox>,
    disagreements: Vec<(String, Vec<(String, String)>)>,
}

/// Scores and prints. 0: done; 1: a file could not be read, or the logs do not stand.
pub fn run(args: &Args) -> ExitCode {
    match score(args) {
        Ok((scored, complaints)) => {
            let show = if args.json { as_json } else { as_text };
            super::print(&show(&scored, &complaints, args.disagreements));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

type Found = Result<(Vec<Scored>, Vec<Complaint>), String>;

fn score(args: &Args) -> Found {
    let cancelled = |e: Cancelled| format!("could not finish: {e}");
    match given::read(&args.files, args.config.as_deref())? {
        Given::Rows(labels) => {
            let (table, repeats) = given::table_of(&labels.rows, args.repeats.into());
            let name = args.files.first().map_or(String::new(), |path| path.display().to_string());
            let mut scored = vec![of_table(name.clone(), &table, args).map_err(cancelled)?];
            for (part, table) in parts(&table, args.by) {
                scored.push(of_table(format!("{name} {part}"), &table, args).map_err(cancelled)?);
            }
            Ok((scored, [labels.complaints, repeats].concat()))
        }
        Given::Annotated(annotations, controls) => {
            let mut scored = Vec::new();
            for control in &controls {
                let given = annotations.iter().map(|(task, who, of)| (task.as_str(), who.as_str(), of.as_slice()));
                let Ok(collected) = answers::collect(control, given) else { continue };
                scored.push(of_control(&control.name, &collected, args).map_err(cancelled)?);
            }
            Ok((scored, Vec::new()))
        }
    }
}

fn plan(args: &Args) -> Plan {
    Plan { resamples: args.bootstrap, seed: args.seed }
}

fn of_table(name: String, table: &Table, args: &Args) -> Result<Scored, Cancelled> {
    let plan = plan(args);
    let two = table.annotators().len() == 2;
    let all = args.metric.contains(&MetricArg::All);
    let usual = args.metric.is_empty();
    let wants = |metric| all || args.metric.contains(&metric);
    let mut figures: Vec<(String, Score)> = Vec::new();
    if usual || wants(MetricArg::Percent) {
        figures.push(("percent".into(), percent::agreement(table, &plan, &mut unwatched())?));
    }
    if usual || wants(MetricArg::Alpha) {
        figures.push(alpha_of(table, args)?);
    }
    let met = two.then(|| Contingency::between(table, 0, 1));
    let agreeing = agreeing(table, args.weights.into());
    let of_two = |coefficient| -> Score {
        let met = met.as_ref().ok_or(Undefined::NotTwoAnnotators)?;
        let found = pair::of(met, coefficient, agreeing.as_ref().map_err(|why| *why)?)?;
        Ok(found.estimate(u64::from(found.items)))
    };
    if wants(MetricArg::Cohen) || (usual && two) {
        figures.push(("cohen_kappa".into(), of_two(PairCoefficient::Cohen)));
    }
    if wants(MetricArg::Scott) {
        figures.push(("scott_pi".into(), of_two(PairCoefficient::Scott)));
    }
    let pairs = table.patterns().pairable().pairs();
    for (metric, code, coefficient) in [
        (MetricArg::Fleiss, "fleiss_kappa", Coefficient::Fleiss),
        (MetricArg::Conger, "conger_kappa", Coefficient::Conger),
        (MetricArg::Gwet, "gwet_ac", Coefficient::Gwet),
        (MetricArg::BrennanPrediger, "brennan_prediger", Coefficient::BrennanPrediger),
    ] {
        if wants(metric) {
            let score = agreeing.as_ref().map_err(|why| *why).and_then(|a| chance::of(table, coefficient, a));
            figures.push((code.into(), score.map(|found| found.estimate(pairs))));
        }
    }
    if wants(MetricArg::Pairs) {
        figures.extend(pairwise(table, agreeing.as_ref()));
    }
    Ok(Scored {
        name,
        items: table.items().len() as u32,
        compared: table.by_item().filter(|ratings| ratings.len() >= 2).count() as u32,
        annotators: table.annotators().len() as u32,
        figures,
        paradox: met.as_ref().and_then(|met| pair::paradox(met, table.labels().len())),
        disagreements: differing(table),
    })
}

/// Weights by value where all labels are numbers, else by rank.
fn agreeing(table: &Table, weighting: Weighting) -> Result<Agreeing, Undefined> {
    let numbers: Option<Vec<f64>> = table.labels().iter().map(|label| label.trim().parse().ok()).collect();
    let ranks = || (1..=table.labels().len()).map(|rank| rank as f64).collect();
    Agreeing::new(weighting, &numbers.unwrap_or_else(ranks))
}

/// Cohen's kappa of each pair of annotators with items in common.
fn pairwise(table: &Table, agreeing: Result<&Agreeing, &Undefined>) -> Vec<(String, Score)> {
    let name = |at: u32| table.annotators().get(at as usize).map_or("", |name| name);
    let of = |met: &Contingency| -> Score {
        let found = pair::of(met, PairCoefficient::Cohen, agreeing.map_err(|why| *why)?)?;
        Ok(found.estimate(u64::from(found.items)))
    };
    let all = kappa::all_pairs(table);
    all.iter().map(|((a, b), met)| (format!("cohen_kappa {}|{}", name(*a), name(*b)), of(met))).collect()
}

/// Parts of a table, with what each is called.
fn parts(table: &Table, by: Option<By>) -> Vec<(String, Table)> {
    let text = |names: &[std::sync::Arc<str>], at: u32| names.get(at as usize).map_or("", |n| n).to_owned();
    let build = |keep: &dyn Fn(&[crate::agreement::table::Rating]) -> bool, say: &dyn Fn(u32) -> String| {
        let mut builder = TableBuilder::new();
        for rating in table.by_item().filter(|ratings| keep(ratings)).flatten() {
            let (item, who) = (text(table.items(), rating.item), text(table.annotators(), rating.annotator));
            builder.rate(&item, &who, &say(rating.label));
        }
        builder.build_with(crate::agreement::Repeats::All).0
    };
    let label = |at: u32| text(table.labels(), at);
    match by {
        None => Vec::new(),
        Some(By::Annotator) => (0..table.annotators().len() as u32)
            .map(|who| {
                let part = build(&|ratings| ratings.iter().any(|r| r.annotator == who), &label);
                (format!("items of {}", text(table.annotators(), who)), part)
            })
            .collect(),
        Some(By::Label) => (0..table.labels().len() as u32)
            .map(|one| {
                let say = |at: u32| if at == one { label(one) } else { "any other".to_owned() };
                (format!("{} against all others", label(one)), build(&|_| true, &say))
            })
            .collect(),
    }
}

/// Items on which annotators gave different labels.
fn differing(table: &Table) -> Vec<(String, Vec<(String, String)>)> {
    let name = |names: &[std::sync::Arc<str>], at: u32| names.get(at as usize).map_or("", |n| n).to_owned();
    let differ = table
        .by_item()
        .filter(|ratings| !ratings.iter().map(|r| r.label).collect::<Vec<_>>().is_sorted_by(|a, b| a == b));
    differ
        .map(|ratings| {
            let item = ratings.first().map_or(0, |r| r.item);
            let said = |r: &crate::agreement::table::Rating| {
                (name(table.annotators(), r.annotator), name(table.labels(), r.label))
            };
            (name(table.items(), item), ratings.iter().map(said).collect())
        })
        .collect()
}

fn of_control(name: &str, collected: &[answers::ControlAnswer<'_>], args: &Args) -> Result<Scored, Cancelled> {
    let found = answers::agreement(collected, &plan(args), &mut unwatched())?;
    let mut figures = vec![("percent".to_owned(), found.percent), ("alpha_nominal".to_owned(), found.alpha)];
    if found.annotators == 2 {
        figures.push(("cohen_kappa".to_owned(), found.kappa));
    }
    figures.extend(found.span_f1.map(|score| ("span_f1".to_owned(), score)));
    Ok(Scored {
        name: name.to_owned(),
        items: found.items,
        compared: found.compared,
        annotators: found.annotators,
        figures,
        paradox: None,
        disagreements: found.disagreements.into_iter().map(plain).collect(),
    })
}

fn plain(of: Disagreement) -> (String, Vec<(String, String)>) {
    (of.item, of.answers.into_iter().map(|(who, value)| (who, answers::nominal_value(&value))).collect())
}

fn as_json(scored: &[Scored], complaints: &[Complaint], list: bool) -> String {
    let figure = |score: &Score| match score {
        Err(why) => json!({ "undefined": why.code() }),
        Ok(found) => {
            let mut figure = json!({ "value": found.value, "items": found.items, "pairs": found.pairs });
            if let (Some(map), Some(interval)) = (figure.as_object_mut(), found.interval) {
                map.insert("low".into(), interval.low.into());
                map.insert("high".into(), interval.high.into());
                map.extend(interval.standard_error.map(|error| ("standard_error".to_owned(), error.into())));
                map.insert("method".into(), method(interval.method).into());
            }
            figure
        }
    };
    let one = |of: &Scored| {
        let figures: Map<String, serde_json::Value> =
            of.figures.iter().map(|(code, score)| (code.clone(), figure(score))).collect();
        let mut value = json!({
            "name": of.name, "items": of.items, "compared": of.compared, "annotators": of.annotators,
            "figures": figures, "disagreeing": of.disagreements.len(),
        });
        if let (Some(map), Some(why)) = (value.as_object_mut(), of.paradox) {
            let indices = json!({ "prevalence": why.prevalence, "bias": why.bias, "adjusted_kappa": why.adjusted });
            map.insert("paradox".into(), indices);
        }
        if let Some(map) = value.as_object_mut().filter(|_| list) {
            let said = |all: &[(String, String)]| -> Map<String, serde_json::Value> {
                all.iter().map(|(who, what)| (who.clone(), what.as_str().into())).collect()
            };
            let list = of.disagreements.iter().map(|(item, all)| json!({ "item": item, "answers": said(all) }));
            map.insert("disagreements".into(), list.collect());
        }
        value
    };
    let value = json!({ "scored": scored.iter().map(one).collect::<Vec<_>>(), "complaints": complaints });
    format!("{value:#}\n")
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Normal => "normal",
        Method::StudentT => "t",
        Method::Wilson => "wilson",
        Method::Bootstrap { .. } => "bootstrap",
        Method::Accelerated { .. } => "bca",
    }
}

fn as_text(scored: &[Scored], complaints: &[Complaint], list: bool) -> String {
    let mut out = String::new();
    for of in scored {
        let _ = writeln!(out, "{}", clean(&of.name));
        let counts =
            format!("{} items, {} answered twice or more, {} annotators", of.items, of.compared, of.annotators);
        let _ = writeln!(out, "  {counts}");
        for (code, score) in &of.figures {
            let _ = match score {
                Err(why) => writeln!(out, "  {:<14} undefined: {why}", clean(code)),
                Ok(found) => {
                    let interval = found.interval.map_or("no interval".to_owned(), |i| {
                        format!("95 % {:.4} to {:.4} ({})", i.low, i.high, method(i.method))
                    });
                    let Estimate { value, items, .. } = *found;
                    writeln!(out, "  {:<14} {value:>7.4}  {interval}, {items} items", clean(code))
                }
            };
        }
        if let Some(why) = &of.paradox {
            let (prevalence, bias) = (why.prevalence, why.bias);
            let adjusted = why.adjusted;
            let text = format!("prevalence {prevalence:.4}, bias {bias:.4}, kappa adjusted for both {adjusted:.4}");
            let _ = writeln!(out, "  {:<14} {text}", "indices");
        }
        let _ = writeln!(out, "  {:<14} {} items", "differing", of.disagreements.len());
        for (item, all) in of.disagreements.iter().filter(|_| list) {
            let said: Vec<String> = all.iter().map(|(who, what)| format!("{}: {}", clean(who), clean(what))).collect();
            let _ = writeln!(out, "    {}  {}", clean(item), said.join(", "));
        }
        out.push('\n');
    }
    if scored.is_empty() {
        out.push_str("no answers to compare\n");
    }
    for complaint in complaints {
        let _ = writeln!(out, "{}: {}", complaint.place, complaint.what);
    }
    out
}
