//! Coefficients over numbers and ranks.

use super::request::{Bad, Request, finite, natural};
use crate::agreement::distance::Mean;
use crate::agreement::matrix::Matrix;
use crate::agreement::{icc as correlation, ranks};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Numbers in rows of items and columns of annotators; an error where a cell is missing.
fn complete(request: &Request) -> Result<Matrix, Bad> {
    let mut cells: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let (mut items, mut annotators): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for row in &request.rows {
        let value = finite(row.label).ok_or_else(|| Bad::new("a label must be a finite number"))?;
        if cells.insert((&row.item, &row.annotator), value).is_some() {
            return Err(Bad::new("an annotator may answer an item only once"));
        }
        items.push(&row.item);
        annotators.push(&row.annotator);
    }
    for names in [&mut items, &mut annotators] {
        names.sort_by(|a, b| natural(a, b));
        names.dedup();
    }
    if cells.len() != items.len() * annotators.len() {
        return Err(Bad::new("every annotator must answer every item"));
    }
    let rows: Vec<Vec<f64>> = items
        .iter()
        .map(|item| annotators.iter().filter_map(|annotator| cells.get(&(*item, *annotator)).copied()).collect())
        .collect();
    Matrix::from_rows(&rows).ok_or_else(|| Bad::new("every annotator must answer every item"))
}

pub fn icc(request: &Request) -> Result<Value, Bad> {
    let Some(forms) = correlation::forms(&complete(request)?) else { return Ok(Value::Null) };
    let all: Map<String, Value> = forms
        .iter()
        .map(|form| {
            let value = json!({
                "icc": form.value, "F": form.f, "df1": form.df1, "df2": form.df2, "p": form.p,
                "ci_low_2dp": form.low, "ci_high_2dp": form.high,
            });
            (form.name.to_owned(), value)
        })
        .collect();
    Ok(all.into())
}

pub fn kendall_w(request: &Request) -> Result<Value, Bad> {
    let found = ranks::concordance(&complete(request)?);
    Ok(found
        .map_or(Value::Null, |found| json!({ "w": found.w, "chi2": found.chi_squared, "df": found.df, "p": found.p })))
}

pub fn kendall_tau(request: &Request) -> Result<Value, Bad> {
    let values = complete(request)?;
    let column = |at: usize| values.rows().filter_map(|row| row.get(at).copied()).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> = (0..values.columns()).map(column).collect();
    let mut mean = Mean::default();
    for (at, first) in columns.iter().enumerate() {
        columns.iter().skip(at + 1).filter_map(|second| ranks::tau_b(first, second)).for_each(|tau| mean.add(tau));
    }
    Ok(json!({ "tau_b_mean": mean.value() }))
}
