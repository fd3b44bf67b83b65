//! Coefficients over spans and boxes.

use super::request::{Bad, Request, finite, name_of, natural};
use crate::agreement::continuum::{self, Continuum, Mark};
use crate::agreement::distance::Mean;
use crate::agreement::gamma::{self as unified, Dissimilarity};
use crate::agreement::regions::{self, LabeledBox};
use crate::agreement::{Plan, unitizing};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn continuum(request: &Request) -> Result<Continuum, Bad> {
    let bad = || Bad::new("a label must be {start, end, label}");
    let marks: Result<Vec<Mark>, Bad> = request
        .rows
        .iter()
        .map(|row| {
            let at = |key: &str| row.label.get(key).and_then(finite).ok_or_else(bad);
            let label = row.label.get("label").and_then(name_of).ok_or_else(bad)?;
            let (item, annotator) = (row.item.clone(), row.annotator.clone());
            Ok(Mark { item, annotator, start: at("start")?, end: at("end")?, label })
        })
        .collect();
    let mut annotators = request.names("annotators")?.unwrap_or_default();
    if annotators.is_empty() {
        annotators = request.rows.iter().map(|row| row.annotator.clone()).collect();
        annotators.sort_by(|a, b| natural(a, b));
        annotators.dedup();
    }
    let begin = request.number("begin")?.unwrap_or(0.0);
    let moved = marks?.into_iter().map(|mark| Mark { start: mark.start - begin, end: mark.end - begin, ..mark });
    let moved: Vec<Mark> = moved.collect();
    let length = request.number("length")?;
    if moved.len() > 20_000 {
        return Err(Bad::new("there are more than 20000 units; score fewer items at a time"));
    }
    Continuum::new(&moved, &annotators, length).map_err(|why| Bad::new(why.to_string()))
}

pub fn alpha_1995(request: &Request) -> Result<Value, Bad> {
    let made = continuum(request)?;
    let Some(found) = unitizing::alpha_1995(&made) else { return Ok(json!({ "alpha_u": null, "per_category": {} })) };
    let each: Map<String, Value> =
        made.categories.iter().cloned().zip(found.categories.iter().map(|value| json!(value))).collect();
    Ok(json!({ "alpha_u": found.value, "per_category": each }))
}

pub fn alpha_2016(request: &Request) -> Result<Value, Bad> {
    Ok(json!({ "u_alpha": unitizing::alpha_2016(&continuum(request)?) }))
}

pub fn span_pairwise(request: &Request) -> Result<Value, Bad> {
    let made = continuum(request)?;
    let (mut exact, mut partial, mut kappa) = (Map::new(), Map::new(), Map::new());
    let (mut mean_exact, mut mean_partial) = (Mean::default(), Mean::default());
    for ((first, of_first), (second, of_second)) in made.pairs() {
        if of_first.len().max(of_second.len()) > regions::MAX_BOXES {
            return Err(Bad::new(format!(
                "an annotator has more than {} spans; score fewer items",
                regions::MAX_BOXES
            )));
        }
        let key = format!("{first}|{second}");
        let f1 = |partial, mean: &mut Mean| {
            let value = continuum::f1(of_first, of_second, partial);
            if let Some(value) = value {
                mean.add(value);
            }
            json!(value)
        };
        exact.insert(key.clone(), f1(false, &mut mean_exact));
        partial.insert(key.clone(), f1(true, &mut mean_partial));
        let of = continuum::position_kappa(of_first, of_second, made.categories.len(), made.length);
        kappa.insert(key, json!(of));
    }
    Ok(json!({
        "f1_exact": exact, "f1_mean": mean_exact.value(), "char_kappa": kappa,
        "f1_partial": partial, "f1_partial_mean": mean_partial.value(),
    }))
}

pub fn gamma(request: &Request) -> Result<Value, Bad> {
    let made = continuum(request)?;
    let weight = |name: &str| -> Result<f64, Bad> {
        let value = request.number(name)?.unwrap_or(1.0);
        if value >= 0.0 { Ok(value) } else { Err(Bad::new(format!("`{name}` must be 0 or more"))) }
    };
    let dissimilarity =
        Dissimilarity { position: weight("alpha")?, category: weight("beta")?, empty: weight("delta_empty")? };
    let samples = request.count("samples", 200, 10_000)?;
    let seed = request.number("seed")?.map_or(Plan::default().seed, |seed| seed as u64);
    let found = unified::gamma(&made, &dissimilarity, samples, seed).map_err(|why| Bad::new(why.to_string()))?;
    Ok(json!({
        "best_alignment_disorder": found.map(|found| found.disorder),
        "gamma_100_samples": found.map(|found| found.value),
        "expected_disorder_100_samples": found.map(|found| found.expected),
    }))
}

pub fn boxes(request: &Request) -> Result<Value, Bad> {
    let bad = || Bad::new("a label must be {x, y, w, h, label}, with w and h 0 or more");
    let threshold = request.number("threshold")?.unwrap_or(0.5);
    let mut items: BTreeMap<&str, BTreeMap<&str, Vec<LabeledBox>>> = BTreeMap::new();
    let mut who: Vec<&str> = Vec::new();
    for row in &request.rows {
        let at = |key: &str| row.label.get(key).and_then(finite).ok_or_else(bad);
        let size = |key: &str| at(key).and_then(|value| if value >= 0.0 { Ok(value) } else { Err(bad()) });
        let label = row.label.get("label").and_then(name_of).ok_or_else(bad)?;
        let one = LabeledBox { x: at("x")?, y: at("y")?, width: size("w")?, height: size("h")?, label };
        items.entry(&row.item).or_default().entry(&row.annotator).or_default().push(one);
        who.push(&row.annotator);
    }
    who.sort_unstable();
    who.dedup();
    let (mut sum, mut most, mut met, mut boxes) = (0.0, 0usize, 0.0, 0usize);
    for by_annotator in items.values() {
        let of = |name: &&str| by_annotator.get(*name).map_or(&[][..], Vec::as_slice);
        for (at, first) in who.iter().enumerate() {
            for second in who.iter().skip(at + 1) {
                let matched = regions::matched(of(first), of(second)).ok_or_else(|| {
                    Bad::new(format!("an annotator has more than {} boxes in one item", regions::MAX_BOXES))
                })?;
                sum += matched.sum();
                most += matched.first.max(matched.second);
                met += matched.overlaps.iter().filter(|overlap| **overlap >= threshold).count() as f64;
                boxes += matched.first + matched.second;
            }
        }
    }
    Ok(json!({
        "sum_iou_matched": sum,
        "mean_iou_over_max_count": (most > 0).then(|| sum / most as f64),
        "f1_at_threshold": (boxes > 0).then(|| 2.0 * met / boxes as f64),
    }))
}
