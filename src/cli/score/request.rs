//! A request, read with every doubt a stranger's line deserves: what is missing or of the wrong kind is said by name.

use crate::agreement::matrix::Matrix;
use crate::agreement::{Repeats, Table, TableBuilder, Undefined};
use crate::consensus::Unfit;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Most answers in a request.
const MAX_ROWS: usize = 5_000_000;

/// Why a request cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Bad(String);

impl Bad {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<Unfit> for Bad {
    fn from(why: Unfit) -> Self {
        Self(why.to_string())
    }
}

/// One line of the data.
pub struct Row<'a> {
    pub item: String,
    pub annotator: String,
    /// Not `null`: that is no answer, and the row is left out.
    pub label: &'a Value,
    /// The whole of it.
    pub whole: &'a Map<String, Value>,
}

pub struct Request<'a> {
    pub metric: &'a str,
    params: Option<&'a Map<String, Value>>,
    pub rows: Vec<Row<'a>>,
}

impl<'a> Request<'a> {
    pub fn new(parsed: &'a Value) -> Result<Self, Bad> {
        let object = parsed.as_object().ok_or_else(|| Bad::new("a request must be a JSON object"))?;
        let metric = object.get("metric").and_then(Value::as_str);
        let metric = metric.ok_or_else(|| Bad::new("`metric` must be the name of a metric"))?;
        let params = match object.get("params") {
            None | Some(Value::Null) => None,
            Some(Value::Object(params)) => Some(params),
            Some(_) => return Err(Bad::new("`params` must be an object")),
        };
        let data = object.get("data").and_then(Value::as_array);
        let data = data.ok_or_else(|| Bad::new("`data` must be a list of {item, annotator, label}"))?;
        if data.len() > MAX_ROWS {
            return Err(Bad::new(format!("`data` has more than {MAX_ROWS} rows; split it")));
        }
        let rows: Result<Vec<Option<Row>>, Bad> =
            data.iter().zip(1..).map(|(row, number)| read_row(row, number)).collect();
        Ok(Self { metric, params, rows: rows?.into_iter().flatten().collect() })
    }

    fn param(&self, name: &str) -> Option<&'a Value> {
        self.params.and_then(|params| params.get(name)).filter(|value| !value.is_null())
    }

    /// A finite number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Bad> {
        self.param(name)
            .map(|value| finite(value).ok_or_else(|| Bad::new(format!("`{name}` must be a number"))))
            .transpose()
    }

    /// A finite number that must be there.
    pub fn required(&self, name: &str) -> Result<f64, Bad> {
        self.number(name)?.ok_or_else(|| Bad::new(format!("`{name}` is missing")))
    }

    /// A whole number up to `most`.
    pub fn count(&self, name: &str, usual: u32, most: u32) -> Result<u32, Bad> {
        let Some(value) = self.param(name) else { return Ok(usual) };
        let count = value.as_u64().filter(|count| *count <= u64::from(most));
        count.map(|count| count as u32).ok_or_else(|| Bad::new(format!("`{name}` must be a whole number up to {most}")))
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Bad> {
        self.param(name)
            .map(|value| value.as_str().ok_or_else(|| Bad::new(format!("`{name}` must be a text"))))
            .transpose()
    }

    pub fn flag(&self, name: &str, usual: bool) -> Result<bool, Bad> {
        let Some(value) = self.param(name) else { return Ok(usual) };
        value.as_bool().ok_or_else(|| Bad::new(format!("`{name}` must be true or false")))
    }

    pub fn list(&self, name: &str) -> Result<Option<&'a Vec<Value>>, Bad> {
        self.param(name)
            .map(|value| value.as_array().ok_or_else(|| Bad::new(format!("`{name}` must be a list"))))
            .transpose()
    }

    pub fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Bad> {
        self.param(name)
            .map(|value| value.as_object().ok_or_else(|| Bad::new(format!("`{name}` must be an object"))))
            .transpose()
    }

    /// Rows of numbers.
    pub fn matrix(&self, name: &str) -> Result<Option<Matrix>, Bad> {
        let bad = || Bad::new(format!("`{name}` must be a list of equally long lists of numbers"));
        let Some(rows) = self.list(name)? else { return Ok(None) };
        let rows: Option<Vec<Vec<f64>>> =
            rows.iter().map(|row| row.as_array()?.iter().map(finite).collect::<Option<Vec<f64>>>()).collect();
        Matrix::from_rows(&rows.ok_or_else(bad)?).map(Some).ok_or_else(bad)
    }

    /// Names in a list.
    pub fn names(&self, name: &str) -> Result<Option<Vec<String>>, Bad> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let names: Option<Vec<String>> = list.iter().map(name_of).collect();
        names.map(Some).ok_or_else(|| Bad::new(format!("`{name}` must be a list of texts or numbers")))
    }

    /// The answers as a table, labels ranked as `categories` or `domain` say, else sorted. All repeats count.
    pub fn table(&self) -> Result<Table, Bad> {
        let order = match self.names("categories")? {
            Some(order) => Some(order),
            None => self.names("domain")?,
        };
        let mut builder = TableBuilder::with_labels(order.iter().flatten().map(String::as_str));
        for row in &self.rows {
            let label =
                name_of(row.label).ok_or_else(|| Bad::new("a label must be a text, a number, true or false"))?;
            builder.rate(&row.item, &row.annotator, &label);
        }
        Ok(builder.build_with(Repeats::All).0)
    }

    /// Each label as it was written, by its name.
    pub fn written(&self) -> HashMap<String, &'a Value> {
        self.rows.iter().filter_map(|row| Some((name_of(row.label)?, row.label))).collect()
    }
}

fn read_row(row: &Value, number: usize) -> Result<Option<Row<'_>>, Bad> {
    let whole = row.as_object().ok_or_else(|| Bad::new(format!("row {number} of `data` is not an object")))?;
    let named = |key: &str| {
        let value = whole.get(key).and_then(name_of);
        value.ok_or_else(|| Bad::new(format!("row {number} of `data` has no `{key}` that is a text or a number")))
    };
    let label = whole.get("label").ok_or_else(|| Bad::new(format!("row {number} of `data` has no `label`")))?;
    let row = Row { item: named("item")?, annotator: named("annotator")?, label, whole };
    Ok(Some(row).filter(|row| !row.label.is_null()))
}

/// A finite number.
pub fn finite(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

/// What a label, item or annotator is called: 2 and 2.0 are the same.
pub fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A coefficient, `None` where there is none for this data; what the request itself made impossible is an error.
pub fn defined<T>(found: Result<T, Undefined>) -> Result<Option<T>, Bad> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(why @ (Undefined::NotNumeric | Undefined::TooManyCategories)) => Err(Bad::new(why.to_string())),
        Err(_) => Ok(None),
    }
}

/// Texts in the order people count in: `a2` before `a10`.
pub fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut x, mut y) = (parts(a).into_iter(), parts(b).into_iter());
    loop {
        let order = match (x.next(), y.next()) {
            (None, None) => return a.cmp(b),
            (one, other) => one.cmp(&other),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Runs of digits, as their length without zeros in front and themselves, and runs of other characters.
fn parts(text: &str) -> Vec<(bool, usize, &str)> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut rest = 0;
    for run in bytes.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        let part = text.get(rest..rest + run.len()).unwrap_or("");
        rest += run.len();
        if run.first().is_some_and(u8::is_ascii_digit) {
            let digits = part.trim_start_matches('0');
            all.push((false, digits.len(), digits));
        } else {
            all.push((true, 0, part));
        }
    }
    all
}
