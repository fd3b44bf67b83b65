//! `countersign score`: every reference row by the same function as the terminal's, and the conversation itself.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a panic is the report")]

use countersign::cli::score::answer;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// All reference rows, each with its request.
fn references() -> Vec<(Value, Value)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agreement/refs.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let data: Vec<Value> = row["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    let mut of = json!({ "item": one[0], "annotator": one[1], "label": one[2] });
                    if !one[3].is_null() {
                        of["left"] = one[3].clone();
                        of["right"] = one[4].clone();
                    }
                    of
                })
                .collect();
            let request = json!({ "id": row["id"], "metric": row["metric"], "params": row["params"], "data": data });
            (row, request)
        })
        .collect()
}

/// Where `found` differs from `expect` by more than allowed: a path with both.
fn differences(expect: &Value, found: &Value, row: &Value, key: &str, path: String, out: &mut Vec<String>) {
    match (expect, found) {
        (Value::Object(fields), _) => {
            for (name, expect) in fields {
                differences(expect, &found[name], row, name, format!("{path}.{name}"), out);
            }
        }
        (Value::Array(list), Value::Array(other)) if list.len() == other.len() => {
            for (at, (expect, found)) in list.iter().zip(other).enumerate() {
                differences(expect, found, row, key, format!("{path}[{at}]"), out);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let tolerance = row["tols"][key].as_f64().or(row["tol"].as_f64()).unwrap_or(0.0);
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            // NaN is no JSON, so a difference is a number
            if (a - b).abs() > tolerance {
                out.push(format!("{path}: {b} is not {a}"));
            }
        }
        _ if expect == found => {}
        _ => out.push(format!("{path}: {} is not {}", short(found), short(expect))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[test]
fn every_reference_row_within_its_tolerance() {
    let rows = references();
    assert!(rows.len() >= 304, "only {} rows", rows.len());
    let mut by_metric: BTreeMap<String, (u32, Vec<String>)> = BTreeMap::new();
    for (row, request) in &rows {
        let of = by_metric.entry(row["metric"].as_str().unwrap().to_owned()).or_default();
        of.0 += 1;
        let reply = answer(request.to_string().as_bytes());
        assert_eq!(reply["id"], row["id"]);
        let mut wrong = Vec::new();
        match reply.get("value") {
            Some(value) => differences(&row["expected"], value, row, "", String::new(), &mut wrong),
            None => wrong.push(short(&reply["error"])),
        }
        // what is marked so has no exact counterpart: it must be answered, not met
        let informational = row["informational"] == true && reply.get("value").is_some();
        if let Some(first) = wrong.first().filter(|_| !informational) {
            of.1.push(format!("{} ({} places) {first}", row["id"], wrong.len()));
        }
    }
    let table: Vec<String> = by_metric
        .iter()
        .filter(|(_, (_, failed))| !failed.is_empty())
        .map(|(metric, (all, failed))| {
            format!("{metric}: {} of {all} fail\n    {}", failed.len(), failed.join("\n    "))
        })
        .collect();
    assert!(table.is_empty(), "\n{}", table.join("\n"));
}

/// What the terminal answers to these lines.
fn serve(lines: &[u8]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("score")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = lines.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&lines));
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(done.status.code(), Some(0));
    String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_bad_line_never_ends_the_conversation() {
    let good = r#"{"id":7,"metric":"krippendorff_alpha","params":{"level":"nominal"},"data":[{"item":"i","annotator":"a","label":1},{"item":"i","annotator":"b","label":2},{"item":"j","annotator":"a","label":1},{"item":"j","annotator":"b","label":1}]}"#;
    let mut lines = Vec::new();
    for bad in [
        &b"{"[..],
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{\"id\":1,\"metric\":\"no such\",\"data\":[]}",
        b"",
        b"{\"id\":1,\"metric\":\"icc\",\"data\":[{\"item\":1,\"annotator\":1,\"label\":NaN}]}",
        b"{\"id\":1,\"data\":1e999}",
        b"   ",
    ] {
        lines.extend_from_slice(bad);
        lines.push(b'\n');
    }
    lines.extend_from_slice(good.as_bytes());
    let replies = serve(&lines);
    assert_eq!(replies.len(), 8, "empty lines get no answer");
    assert!(replies[..7].iter().all(|reply| reply["error"].is_string()), "{replies:?}");
    assert_eq!(replies[4]["id"], 1);
    assert_eq!(replies[7], json!({ "id": 7, "value": 0.0 }));
}

#[test]
fn a_bad_request_is_told_what_is_wrong() {
    let rows = |labels: &[Value]| -> Value {
        labels
            .iter()
            .zip(["a", "b"].iter().cycle())
            .enumerate()
            .map(|(at, (label, who))| json!({ "item": format!("i{}", at / 2), "annotator": who, "label": label }))
            .collect()
    };
    let plain = rows(&[json!(1), json!(2), json!(2), json!(2)]);
    for (metric, params, data, part) in [
        ("krippendorff_alpha", json!({ "level": "cubic" }), plain.clone(), "`level`"),
        ("krippendorff_alpha", json!({ "level": 3 }), plain.clone(), "`level`"),
        ("krippendorff_alpha", json!({ "level": "circular" }), plain.clone(), "`period` is missing"),
        ("krippendorff_alpha", json!({ "level": "circular", "period": 0 }), plain.clone(), "`period`"),
        ("krippendorff_alpha", json!({ "level": "custom" }), plain.clone(), "`distance` is missing"),
        ("krippendorff_alpha", json!({ "level": "custom", "distance": [[0, 1], [1]] }), plain.clone(), "`distance`"),
        ("krippendorff_alpha", json!({ "level": "custom", "distance": [[0]] }), plain.clone(), "`distance`"),
        ("krippendorff_alpha", json!({ "level": "interval" }), rows(&[json!("x"), json!("y")]), "not a number"),
        ("krippendorff_alpha", json!({ "level": "interval" }), rows(&[json!("NaN"), json!("1")]), "not a number"),
        ("krippendorff_alpha", json!({ "level": "ratio" }), rows(&[json!("inf"), json!("1")]), "not a number"),
        ("krippendorff_alpha", json!([]), plain.clone(), "`params`"),
        ("krippendorff_alpha", json!({}), json!({}), "`data`"),
        ("krippendorff_alpha", json!({}), json!([1]), "row 1"),
        ("krippendorff_alpha", json!({}), json!([{ "item": "i", "annotator": "a" }]), "no `label`"),
        ("krippendorff_alpha", json!({}), json!([{ "item": [], "annotator": "a", "label": 1 }]), "no `item`"),
        ("krippendorff_alpha", json!({}), rows(&[json!({}), json!(1)]), "a label must be"),
        ("alpha_bootstrap", json!({ "reps": 1e12 }), plain.clone(), "`reps`"),
        ("alpha_bootstrap", json!({ "reps": -1 }), plain.clone(), "`reps`"),
        ("cohen_kappa", json!({ "weights": "heavy" }), plain.clone(), "`weights`"),
        ("cohen_kappa", json!({ "item_weights": { "i0": -1 } }), plain.clone(), "weight of an item"),
        ("irr_gwet", json!({ "confidence": 1 }), plain.clone(), "`confidence`"),
        ("irr_gwet", json!({ "weights": "ratio" }), rows(&[json!(0), json!(1)]), "not a number"),
        ("set_agreement", json!({}), plain.clone(), "must be a list"),
        (
            "icc",
            json!({}),
            json!([{ "item": 1, "annotator": 1, "label": 2 }, { "item": 2, "annotator": 2, "label": 2 }]),
            "every annotator",
        ),
        ("icc", json!({}), rows(&[json!("x"), json!(1)]), "finite number"),
        ("majority_vote", json!({}), json!([]), "no labels"),
        ("dawid_skene", json!({ "n_iter": 1e9 }), plain.clone(), "`n_iter`"),
        ("mace", json!({ "init_spamming": [[1]] }), plain.clone(), "give both"),
        ("mace", json!({ "init_spamming": [[1]], "init_thetas": [[1]] }), plain.clone(), "starting values"),
        ("mace", json!({ "alpha": 0 }), plain.clone(), "`alpha`"),
        ("kos", json!({}), rows(&[json!(1), json!(1)]), "two labels"),
        ("kos", json!({ "init_reliabilities_in_row_order": [1] }), plain.clone(), "starting values"),
        ("crowdlab", json!({}), plain.clone(), "`pred_probs` is missing"),
        ("crowdlab", json!({ "pred_probs": [[1, 0]] }), plain.clone(), "starting values"),
        ("bradley_terry", json!({}), plain.clone(), "`left` and `right`"),
        ("gamma", json!({}), plain.clone(), "{start, end, label}"),
        ("gamma", json!({}), rows(&[json!({ "start": 5, "end": 5, "label": "a" })]), "end after it begins"),
        (
            "u_alpha_2016",
            json!({ "length": 3 }),
            rows(&[json!({ "start": 1, "end": 5, "label": "a" })]),
            "length of the item",
        ),
        ("bbox_agreement", json!({}), rows(&[json!({ "x": 1, "y": 1, "w": -1, "h": 1, "label": "a" })]), "w and h"),
    ] {
        let request = json!({ "id": "r", "metric": metric, "params": params, "data": data });
        let reply = answer(request.to_string().as_bytes());
        let error = reply["error"].as_str().unwrap_or_else(|| panic!("{metric} {params}: {reply}"));
        assert!(error.contains(part) && reply["id"] == "r", "{metric} {params}: {error}");
    }
}

/// Data that no study should give: an answer or a reason for each metric, never a panic and never a number that is none.
#[test]
fn every_metric_answers_degenerate_data() {
    let metrics = String::from_utf8(
        Command::new(env!("CARGO_BIN_EXE_countersign")).args(["score", "--list"]).output().unwrap().stdout,
    )
    .unwrap();
    assert!(metrics.lines().count() >= 39);
    for (name, rows) in degenerate() {
        for metric in metrics.lines() {
            let label = |label: i64| match metric {
                "set_agreement" => json!([label]),
                "gamma" | "span_pairwise" | "u_alpha_2016" | "alpha_unitizing_1995" => {
                    json!({ "start": label, "end": label + 2, "label": "x" })
                }
                "bbox_agreement" => json!({ "x": label, "y": 0, "w": 2, "h": 2, "label": "x" }),
                _ => json!(label),
            };
            let data: Vec<Value> = rows
                .iter()
                .map(|(item, annotator, of)| {
                    let label = of.map_or(Value::Null, label);
                    json!({ "item": item, "annotator": annotator, "label": label, "left": of, "right": 9 })
                })
                .collect();
            let request = json!({ "id": name, "metric": metric, "data": data }).to_string();
            let reply = answer(request.as_bytes());
            assert!(reply.get("value").is_some() || reply["error"].is_string(), "{name} {metric}");
        }
    }
}

type Rows = Vec<(String, String, Option<i64>)>;

fn degenerate() -> Vec<(&'static str, Rows)> {
    let of = |rows: &[(&str, &str, i64)]| -> Rows {
        rows.iter().map(|(i, a, l)| ((*i).into(), (*a).into(), Some(*l))).collect()
    };
    vec![
        ("nothing", of(&[])),
        ("one item", of(&[("i", "a", 1), ("i", "b", 2), ("i", "c", 2)])),
        ("one annotator", of(&[("i", "a", 1), ("j", "a", 2), ("k", "a", 2)])),
        ("one category", of(&[("i", "a", 1), ("i", "b", 1), ("j", "a", 1), ("j", "b", 1)])),
        ("one answer", of(&[("i", "a", 1)])),
        ("all missing", vec![("i".into(), "a".into(), None), ("i".into(), "b".into(), None)]),
        ("one label of an annotator", of(&[("i", "a", 1), ("i", "b", 2), ("j", "a", 2), ("j", "c", 2)])),
        ("repeats", of(&[("i", "a", 1), ("i", "a", 1), ("i", "a", 2), ("i", "b", 1), ("j", "a", 2), ("j", "b", 2)])),
        ("zero and below", of(&[("i", "a", 0), ("i", "b", 3), ("j", "a", 3), ("j", "b", 0)])),
        ("a crowd on one item", (0..300).map(|at| ("i".into(), format!("a{at}"), Some(at % 3))).collect()),
    ]
}

/// 3,000 labels on one item: probabilities by products would be 0 / 0.
#[test]
fn three_thousand_labels_on_one_item_stay_numbers() {
    let data: Vec<Value> =
        (0..3_000)
            .map(|at| json!({ "item": "i", "annotator": format!("a{at}"), "label": i32::from(at % 5 == 0) }))
            .chain((0..40).map(
                |at| json!({ "item": format!("j{}", at / 4), "annotator": format!("a{}", at % 4), "label": at % 2 }),
            ))
            .collect();
    for (metric, params) in [
        ("dawid_skene", json!({ "n_iter": 5 })),
        ("dawid_skene_onecoin", json!({ "n_iter": 5 })),
        ("mace", json!({ "n_restarts": 1, "n_iter": 10 })),
        ("mace", json!({ "n_restarts": 1, "n_iter": 10, "method": "em" })),
        ("glad", json!({})),
        ("ibcc_vb", json!({})),
        ("bwa", json!({})),
    ] {
        let request = json!({ "id": 1, "metric": metric, "params": params, "data": data });
        let reply = answer(request.to_string().as_bytes());
        let rows = if metric == "bwa" { &reply["value"]["score"] } else { &reply["value"]["proba"] };
        let row: Vec<f64> = rows["i"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
        assert!(row[0] > 0.5 && row[1] < 0.5, "{metric}: {row:?}");
    }
}
