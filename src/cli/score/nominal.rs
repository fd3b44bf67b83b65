//! Coefficients over labels: alpha, the kappas, Gwet's family, sets.

use super::request::{Bad, Request, defined, natural};
use crate::agreement::alpha::{self, Level};
use crate::agreement::chance::{self, Coefficient, Corrected};
use crate::agreement::distance::{self, Mean, jaccard, masi};
use crate::agreement::kappa::{self, Contingency};
use crate::agreement::matrix::Matrix;
use crate::agreement::pair::{self, PairCoefficient};
use crate::agreement::weights::{Agreeing, Weighting};
use crate::agreement::{Plan, Table, Undefined, unwatched};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Most resamples of a request.
const MAX_RESAMPLES: u32 = 1_000_000;

/// Calls `with` the level of measurement that the request names.
fn with_level<T>(request: &Request, table: &Table, with: impl FnOnce(Level<'_>) -> T) -> Result<T, Bad> {
    Ok(match request.text("level")?.unwrap_or("nominal") {
        "nominal" => with(Level::Nominal),
        "ordinal" => with(Level::Ordinal),
        "interval" => with(Level::Interval),
        "ratio" => with(Level::Ratio),
        "circular" => {
            let period = request.required("period")?;
            if period <= 0.0 {
                return Err(Bad::new("`period` must be above 0"));
            }
            with(Level::Circular(period))
        }
        "custom" => {
            let matrix = request.matrix("distance")?.ok_or_else(|| Bad::new("`distance` is missing"))?;
            if matrix.height() < table.labels().len() || matrix.columns() < table.labels().len() {
                return Err(Bad::new("`distance` must have a row and a column for each of `categories`"));
            }
            let power = if request.flag("distance_is_squared_by_engine", true)? { 2 } else { 1 };
            with(Level::Custom(&|a, b| matrix.at(a as usize, b as usize).powi(power)))
        }
        _ => return Err(Bad::new("`level` must be nominal, ordinal, interval, ratio, circular or custom")),
    })
}

pub fn alpha(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let found = with_level(request, &table, |level| alpha::value(&table, level))?;
    Ok(json!(defined(found)?))
}

pub fn alpha_bootstrap(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let resamples = request.count("reps", Plan::default().resamples, MAX_RESAMPLES)?;
    let seed = request.number("seed")?.map_or(Plan::default().seed, |seed| seed as u64);
    let plan = Plan { resamples, seed };
    let found = with_level(request, &table, |level| {
        (alpha::of(&table, level, &plan, &mut unwatched()), alpha::jackknife_error(&table, level))
    })?;
    let (Ok(found), jackknife) = found else { return Err(Bad::new("the calculation was cancelled")) };
    let found = defined(found)?;
    let interval = found.and_then(|found| found.interval);
    Ok(json!({
        "alpha": found.map(|found| found.value),
        "boot_se": interval.and_then(|i| i.standard_error),
        "ci_low": interval.map(|i| i.low),
        "ci_high": interval.map(|i| i.high),
        "jackknife_se": jackknife,
    }))
}

/// What two annotators said of the items both answered, each with its weight.
fn contingency(request: &Request, table: &Table) -> Result<Contingency, Bad> {
    if table.annotators().len() > 2 {
        return Err(Bad::new(Undefined::NotTwoAnnotators.to_string()));
    }
    let Some(weights) = request.object("item_weights")? else { return Ok(Contingency::between(table, 0, 1)) };
    let mut met = Contingency::new(table.labels().len());
    for ratings in table.by_item() {
        let item = ratings.first().and_then(|r| table.items().get(r.item as usize));
        let weight = item.and_then(|item| weights.get(&**item)).map_or(Some(1.0), super::request::finite);
        let weight = weight.filter(|w| *w >= 0.0).ok_or_else(|| Bad::new("a weight of an item must be 0 or more"))?;
        if let [first, second] = ratings {
            met.add(first.label, second.label, weight);
        }
    }
    Ok(met)
}

fn weighting(request: &Request, usual: Weighting) -> Result<Weighting, Bad> {
    let Some(name) = request.text("weights")? else { return Ok(usual) };
    Weighting::named(name).ok_or_else(|| {
        Bad::new("`weights` must be identity, linear, quadratic, ordinal, radical, ratio, circular or bipolar")
    })
}

/// Weights by rank, or own ones.
fn by_rank(request: &Request, table: &Table) -> Result<Agreeing, Bad> {
    if let Some(own) = request.matrix("weight_matrix")? {
        let own = Agreeing::own(own).filter(|own| own.labels() == table.labels().len());
        return own.ok_or_else(|| Bad::new("`weight_matrix` must have a row and a column for each of `categories`"));
    }
    let ranks: Vec<f64> = (1..=table.labels().len()).map(|rank| rank as f64).collect();
    weights_of(weighting(request, Weighting::Identity)?, &ranks)
}

fn weights_of(weighting: Weighting, values: &[f64]) -> Result<Agreeing, Bad> {
    Agreeing::new(weighting, values).map_err(|why| Bad::new(why.to_string()))
}

pub fn cohen_kappa(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let met = contingency(request, &table)?;
    let agreeing = by_rank(request, &table)?;
    let found = defined(pair::of(&met, PairCoefficient::Cohen, &agreeing))?;
    let mut value = Map::new();
    value.insert("kappa".into(), json!(found.map(|found| found.value)));
    if request.object("item_weights")?.is_some() {
        // weights are no counts: an error from them would mean nothing
        return Ok(value.into());
    }
    let error = found.and_then(|found| found.standard_error);
    let half = error.map(|error| error * crate::agreement::Z95);
    let end = |sign: f64| found.zip(half).map(|(found, half)| found.value + sign * half);
    value.insert("n".into(), json!(met.items()));
    value.insert("se".into(), json!(error));
    value.insert("se0".into(), json!(found.and_then(|_| kappa::null_error(&met, &agreeing))));
    value.insert("ci_low".into(), json!(end(-1.0)));
    value.insert("ci_high".into(), json!(end(1.0)));
    if matches!(agreeing, Agreeing::Equal(_)) {
        value.insert("kappa_max".into(), json!(found.and_then(|_| kappa::largest(&met))));
    }
    Ok(value.into())
}

pub fn cohen_kappa_pairs(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let agreeing = by_rank(request, &table)?;
    let mut names: Vec<(&str, u32)> = table.annotators().iter().map(|name| &**name).zip(0..).collect();
    names.sort_by(|a, b| natural(a.0, b.0));
    if names.len() > 3_000 {
        return Err(Bad::new("there are more than 3000 annotators; ask for fewer at a time"));
    }
    let all: std::collections::HashMap<(u32, u32), Contingency> = kappa::all_pairs(&table).into_iter().collect();
    let (mut pairs, mut mean) = (Map::new(), Mean::default());
    for (at, (first, a)) in names.iter().enumerate() {
        for (second, b) in names.iter().skip(at + 1) {
            let met = all.get(&(*a.min(b), *a.max(b)));
            let value = match met {
                Some(met) => defined(pair::of(met, PairCoefficient::Cohen, &agreeing))?.map(|found| found.value),
                None => None,
            };
            if let Some(value) = value {
                mean.add(value);
            }
            let n = met.map_or(0, Contingency::items);
            pairs.insert(format!("{first}|{second}"), json!({ "n": n, "kappa": value }));
        }
    }
    Ok(json!({ "pairs": pairs, "mean_defined": mean.value() }))
}

pub fn fleiss_kappa(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let agreeing = by_rank(request, &table)?;
    let value = |coefficient| -> Result<Option<f64>, Bad> {
        Ok(defined(chance::of(&table, coefficient, &agreeing))?.map(|found| found.value))
    };
    Ok(json!({
        "kappa": value(Coefficient::Fleiss)?,
        "randolph_free_marginal": value(Coefficient::BrennanPrediger)?,
    }))
}

fn confidence(request: &Request) -> Result<f64, Bad> {
    let confidence = request.number("confidence")?.unwrap_or(0.95);
    let sensible = confidence > 0.0 && confidence < 1.0;
    sensible.then_some(confidence).ok_or_else(|| Bad::new("`confidence` must lie between 0 and 1"))
}

/// A coefficient in the shape of irrCAC.
fn corrected(found: &Corrected, confidence: f64) -> Map<String, Value> {
    let interval = found.interval(confidence);
    let mut value = Map::new();
    value.insert("value".into(), json!(found.value));
    value.insert("pa".into(), json!(found.observed));
    value.insert("se".into(), json!(found.standard_error));
    value.insert("ci_low".into(), json!(interval.map(|(low, _)| low)));
    value.insert("ci_high".into(), json!(interval.map(|(_, high)| high)));
    value
}

pub fn irr(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let name = request.metric.trim_start_matches("irr_");
    let coefficient = match request.text("coefficient")?.unwrap_or(name) {
        "fleiss" => Coefficient::Fleiss,
        "gwet" => Coefficient::Gwet,
        "bp" => Coefficient::BrennanPrediger,
        "conger" => Coefficient::Conger,
        "krippendorff" => Coefficient::Krippendorff,
        _ => return Err(Bad::new("`coefficient` must be fleiss, gwet, bp, conger or krippendorff")),
    };
    let confidence = confidence(request)?;
    let numbers: Option<Vec<f64>> =
        table.labels().iter().map(|label| label.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    let values = numbers.unwrap_or_else(|| (1..=table.labels().len()).map(|rank| rank as f64).collect());
    let agreeing = weights_of(weighting(request, Weighting::Identity)?, &values)?;
    let Some(found) = defined(chance::of(&table, coefficient, &agreeing))? else { return Ok(json!({ "value": null })) };
    let mut value = corrected(&found, confidence);
    value.insert("pe".into(), json!(found.expected));
    if let Some(p) = found.p_value() {
        value.insert("p_value".into(), json!(p));
    }
    Ok(value.into())
}

pub fn irr_of_two(request: &Request) -> Result<Value, Bad> {
    let table = request.table()?;
    let name = request.metric.trim_start_matches("irr2_");
    let coefficient = match request.text("coefficient")?.unwrap_or(name) {
        "cohen" => PairCoefficient::Cohen,
        "scott" => PairCoefficient::Scott,
        "gwet" => PairCoefficient::Gwet,
        "bp" => PairCoefficient::BrennanPrediger,
        "krippendorff" => PairCoefficient::Krippendorff,
        "pa2" => PairCoefficient::Percent,
        _ => return Err(Bad::new("`coefficient` must be cohen, scott, gwet, bp, krippendorff or pa2")),
    };
    let confidence = confidence(request)?;
    let met = contingency(request, &table)?;
    let agreeing = by_rank(request, &table)?;
    let Some(found) = defined(pair::of(&met, coefficient, &agreeing))? else { return Ok(json!({ "value": null })) };
    let mut value = corrected(&found, confidence);
    if !matches!(coefficient, PairCoefficient::Percent | PairCoefficient::Scott) {
        value.insert("pe".into(), json!(found.expected));
    }
    Ok(value.into())
}

pub fn nltk_agreement(request: &Request) -> Result<Value, Bad> {
    // only the labels that were given count here
    let table = request.table()?;
    let used: BTreeSet<u32> = table.ratings().iter().map(|rating| rating.label).collect();
    let equal = Agreeing::Equal(table.labels().len());
    let plain = |a: u32, b: u32| f64::from(u8::from(a != b));
    let pairs = defined(distance::pairwise(&table, &plain))?;
    let observed = pairs.map(|pairs| pairs.observed);
    let labels = used.len() as f64;
    let free = observed.filter(|_| used.len() > 1).map(|observed| (observed - 1.0 / labels) / (1.0 - 1.0 / labels));
    let value = |coefficient| -> Result<Option<f64>, Bad> {
        Ok(defined(chance::of(&table, coefficient, &equal))?.map(|found| found.value))
    };
    Ok(json!({
        "avg_observed_agreement": observed,
        "S": free,
        "pi": value(Coefficient::Fleiss)?,
        "kappa_avg_pairwise": pairs.and_then(|pairs| pairs.kappa_with_constant()),
        "multi_kappa": value(Coefficient::Conger)?,
        "alpha": defined(alpha::value(&table, Level::Nominal))?,
    }))
}

pub fn set_agreement(request: &Request) -> Result<Value, Bad> {
    let by = match request.text("distance")?.unwrap_or("jaccard") {
        "jaccard" => jaccard::<String>,
        "masi" => masi::<String>,
        _ => return Err(Bad::new("`distance` must be jaccard or masi")),
    };
    let power = if request.flag("distance_squared", false)? { 2 } else { 1 };
    let mut builder = crate::agreement::TableBuilder::new();
    for row in &request.rows {
        let members = row.label.as_array().and_then(|list| list.iter().map(super::request::name_of).collect());
        let members: BTreeSet<String> =
            members.ok_or_else(|| Bad::new("a label must be a list of texts or numbers"))?;
        builder.rate(&row.item, &row.annotator, &json!(members).to_string());
    }
    let (table, _) = builder.build_with(crate::agreement::Repeats::All);
    let sets: Vec<BTreeSet<String>> =
        table.labels().iter().map(|label| serde_json::from_str(label).unwrap_or_default()).collect();
    if sets.len() > crate::agreement::table::MAX_WEIGHTED_LABELS {
        return Err(Bad::new(Undefined::TooManyCategories.to_string()));
    }
    let apart = Matrix::from_fn(sets.len(), sets.len(), |a, b| match (sets.get(a), sets.get(b)) {
        (Some(a), Some(b)) => by(a, b).powi(power),
        _ => 0.0,
    });
    let distance = |a: u32, b: u32| apart.at(a as usize, b as usize);
    let pairs = defined(distance::pairwise(&table, &distance))?;
    Ok(json!({
        "alpha": defined(alpha::value(&table, Level::Custom(&distance)))?,
        "weighted_kappa_avg_pairwise": pairs.and_then(|pairs| pairs.kappa_with_constant()),
        "avg_observed_agreement": pairs.map(|pairs| pairs.observed),
    }))
}
