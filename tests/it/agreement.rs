//! Agreement against published programs and on real crowd labels.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a panic is the report")]

use countersign::agreement::alpha::{self, Level};
use countersign::agreement::chance::{self, Coefficient};
use countersign::agreement::kappa::{self, Contingency, Weights};
use countersign::agreement::random::Random;
use countersign::agreement::spans::{Marked, mean_f1, pairwise};
use countersign::agreement::weights::Agreeing;
use countersign::agreement::{Plan, Table, TableBuilder, Undefined, percent, unwatched};
use countersign::domain::annotation::Span;
use countersign::domain::text::CodePoint;
use countersign::format::crowd;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;

fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The reference rows of one metric.
fn references(metric: &str) -> Vec<Value> {
    let text = String::from_utf8(fixture("agreement/refs.jsonl")).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows: Vec<Value> = all.filter(|row| row["metric"] == metric).collect();
    assert!(rows.len() >= 4, "only {} rows of {metric}", rows.len());
    rows
}

fn name(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn table(row: &Value) -> Table {
    let params = &row["params"];
    let order = params["categories"].as_array().or_else(|| params["domain"].as_array());
    let order: Vec<String> = order.into_iter().flatten().map(name).collect();
    let mut builder = TableBuilder::with_labels(order.iter().map(String::as_str));
    for one in row["data"].as_array().unwrap() {
        builder.rate(&name(&one[0]), &name(&one[1]), &name(&one[2]));
    }
    let (table, complaints) = builder.build();
    assert!(complaints.is_empty());
    table
}

#[track_caller]
fn near(row: &Value, field: &str, value: f64, expected: &Value) {
    let tolerance = row["tols"][field].as_f64().or(row["tol"].as_f64()).unwrap();
    let expected = expected.as_f64().unwrap();
    assert!((value - expected).abs() <= tolerance, "{}: {field} is {value}, not {expected}", row["id"]);
}

#[test]
fn alpha_as_krippendorff_0_9() {
    for row in references("krippendorff_alpha") {
        let params = &row["params"];
        let squared = |a: u32, b: u32| params["distance"][a as usize][b as usize].as_f64().unwrap().powi(2);
        let level = match params["level"].as_str().unwrap() {
            "nominal" => Level::Nominal,
            "ordinal" => Level::Ordinal,
            "interval" => Level::Interval,
            "ratio" => Level::Ratio,
            "circular" => Level::Circular(params["period"].as_f64().unwrap()),
            "custom" => Level::Custom(&squared),
            other => panic!("{other}"),
        };
        match alpha::value(&table(&row), level) {
            Ok(value) => near(&row, "alpha", value, &row["expected"]),
            Err(why) => {
                assert!(row["expected"].is_null(), "{}: {why}", row["id"]);
                let no_pairs = params["undefined"] == "no item has two ratings";
                assert_eq!(why, if no_pairs { Undefined::NoPairs } else { Undefined::OneCategory }, "{}", row["id"]);
            }
        }
    }
}

#[test]
fn alpha_interval_as_twenty_thousand_resamples() {
    for row in references("alpha_bootstrap") {
        let table = table(&row);
        let plan = Plan { resamples: 20_000, ..Plan::default() };
        let found = alpha::of(&table, Level::Nominal, &plan, &mut unwatched()).unwrap().unwrap();
        let interval = found.interval.unwrap();
        let expected = &row["expected"];
        near(&row, "alpha", found.value, &expected["alpha"]);
        near(&row, "ci_low", interval.low, &expected["ci_low"]);
        near(&row, "ci_high", interval.high, &expected["ci_high"]);
        near(&row, "boot_se", interval.standard_error.unwrap(), &expected["boot_se"]);
        let jackknife = alpha::jackknife_error(&table, Level::Nominal).unwrap();
        near(&row, "jackknife_se", jackknife, &expected["jackknife_se"]);
    }
}

#[test]
fn kappa_as_scikit_learn_and_statsmodels() {
    for row in references("cohen_kappa") {
        let table = table(&row);
        let weights = match row["params"]["weights"].as_str().unwrap() {
            "none" => Weights::Identity,
            "linear" => Weights::Linear,
            "quadratic" => Weights::Quadratic,
            other => panic!("{other}"),
        };
        let mut met = Contingency::between(&table, 0, 1);
        if let Some(of_item) = row["params"]["item_weights"].as_object() {
            met = Contingency::default();
            for pair in table.by_item().filter(|ratings| ratings.len() == 2) {
                let weight = of_item[&*table.items()[pair[0].item as usize]].as_f64().unwrap();
                met.add(pair[0].label, pair[1].label, weight);
            }
        }
        let found = kappa::of(&met, weights).unwrap();
        let expected = &row["expected"];
        near(&row, "kappa", found.value, &expected["kappa"]);
        if expected["se"].is_number() {
            let interval = found.interval.unwrap();
            assert_eq!(u64::from(found.items), expected["n"].as_u64().unwrap());
            near(&row, "se", interval.standard_error.unwrap(), &expected["se"]);
            near(&row, "ci_low", interval.low, &expected["ci_low"]);
            near(&row, "ci_high", interval.high, &expected["ci_high"]);
        }
    }
}

#[test]
fn kappa_of_each_pair_as_scikit_learn() {
    for row in references("cohen_kappa_pairs") {
        let table = table(&row);
        for (pair, expected) in row["expected"]["pairs"].as_object().unwrap() {
            let (first, second) = pair.split_once('|').unwrap();
            let who = |name| table.annotator(name).unwrap();
            match kappa::between(&table, who(first), who(second), Weights::Identity) {
                Ok(found) => {
                    near(&row, pair, found.value, &expected["kappa"]);
                    assert_eq!(u64::from(found.items), expected["n"].as_u64().unwrap());
                }
                Err(_) => assert!(expected["kappa"].is_null(), "{} {pair}", row["id"]),
            }
        }
    }
}

#[test]
fn span_f1_by_definition() {
    for row in references("span_pairwise") {
        let data: Vec<(String, String, Span)> = row["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let at = |key: &str| CodePoint(one[2][key].as_u64().unwrap() as u32);
                let labels = vec![name(&one[2]["label"])];
                (
                    name(&one[0]),
                    name(&one[1]),
                    Span { start: at("start"), end: at("end"), labels, id: None, field: None },
                )
            })
            .collect();
        let who: Vec<String> = row["params"]["annotators"].as_array().unwrap().iter().map(name).collect();
        let of = |annotator: &str| -> Vec<Span> {
            data.iter().filter(|(_, who, _)| who == annotator).map(|(_, _, span)| span.clone()).collect()
        };
        let held: Vec<(&str, Vec<Span>)> = who.iter().map(|who| (who.as_str(), of(who))).collect();
        let marked = || held.iter().map(|(annotator, spans)| Marked { item: "doc", annotator, spans });
        let expected = &row["expected"];
        let mean = mean_f1(marked(), &Plan::default(), &mut unwatched()).unwrap().unwrap();
        near(&row, "f1_mean", mean.value, &expected["f1_mean"]);
        for pair in pairwise(marked()) {
            let expected = &expected["f1_exact"][format!("{}|{}", pair.first, pair.second)];
            near(&row, "f1_exact", pair.f1.unwrap(), expected);
        }
    }
}

fn crowd_table(name: &str) -> Table {
    let labels = crowd::read(&fixture(&format!("crowd/{name}/labels.csv"))).unwrap();
    assert!(labels.complaints.is_empty());
    let rows = labels.rows.iter().map(|r| (r.item.as_str(), r.annotator.as_str(), r.label.as_str()));
    let (table, complaints) = Table::from_rows(rows);
    assert!(complaints.is_empty());
    table
}

#[test]
fn real_crowds() {
    for (name, items, annotators, ratings, expected) in
        [("rte", 800, 164, 8_000, 0.2415), ("bluebird", 108, 39, 4_212, 0.1255)]
    {
        let table = crowd_table(name);
        assert_eq!(
            (table.items().len(), table.annotators().len(), table.ratings().len()),
            (items, annotators, ratings)
        );
        let found = alpha::of(&table, Level::Nominal, &Plan::default(), &mut unwatched()).unwrap().unwrap();
        assert!((found.value - expected).abs() < 5e-5, "{name}: {}", found.value);
        let interval = found.interval.unwrap();
        assert!(interval.low < expected && expected < interval.high && interval.high - interval.low < 0.1);
        let percent = percent::agreement(&table, &Plan::default(), &mut unwatched()).unwrap().unwrap();
        assert!((0.5..0.9).contains(&percent.value) && percent.items == items as u32);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any table gives a number or a reason, never a panic or a NaN, and the order of rows does not matter.
    #[test]
    fn any_table_has_a_score_or_a_reason(
        rows in prop::collection::btree_map((0u8..8, 0u8..5), 0u8..4, 0..40),
        names in prop::sample::select(vec!["", "x", "-1e308", "9e999"]),
    ) {
        let rows: Vec<[String; 3]> =
            rows.iter().map(|((i, a), l)| [i.to_string(), a.to_string(), format!("{names}{l}")]).collect();
        let table = |rows: &mut dyn Iterator<Item = &[String; 3]>| {
            Table::from_rows(rows.map(|[i, a, l]| (i.as_str(), a.as_str(), l.as_str()))).0
        };
        let (forth, back) = (table(&mut rows.iter()), table(&mut rows.iter().rev()));
        let plan = Plan { resamples: 50, ..Plan::default() };
        let mut scores = vec![
            (percent::agreement(&forth, &plan, &mut unwatched()), percent::agreement(&back, &plan, &mut unwatched())),
        ];
        for level in [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio, Level::Circular(3.0)] {
            let of = |table| alpha::of(table, level, &plan, &mut unwatched());
            scores.push((of(&forth), of(&back)));
        }
        for (one, other) in scores {
            prop_assert_eq!(one, other);
            if let Ok(Ok(found)) = one {
                prop_assert!(found.value.is_finite() && found.value <= 1.0 + 1e-12);
                prop_assert!(found.interval.is_none_or(|i| i.low.is_finite() && i.low <= i.high));
            }
        }
        for weights in [Weights::Identity, Weights::Linear, Weights::Quadratic] {
            if let Ok(found) = kappa::between(&forth, 0, 1, weights) {
                prop_assert!(found.value.is_finite() && found.value <= 1.0 + 1e-12);
            }
        }
    }
}

const EVERY: [Coefficient; 5] = [
    Coefficient::Fleiss,
    Coefficient::Gwet,
    Coefficient::BrennanPrediger,
    Coefficient::Conger,
    Coefficient::Krippendorff,
];

/// Rows `(item, annotator, label)` with names of one's own.
fn named(rows: &[(u32, u32, u32)], annotator: impl Fn(u32) -> u32, label: impl Fn(u32) -> u32) -> Table {
    let mut builder = TableBuilder::new();
    for (item, who, of) in rows {
        builder.rate(&item.to_string(), &format!("a{}", annotator(*who)), &format!("l{}", label(*of)));
    }
    builder.build().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Neither what annotators and labels are called nor the order of rows matters, a value is at most 1, and everything
    /// said of twice as many items is the same but for a smaller error.
    #[test]
    fn coefficients_do_not_care_for_names_order_or_copies(
        rows in prop::collection::btree_map((0u32..12, 0u32..4), 0u32..4, 1..40),
    ) {
        let rows: Vec<(u32, u32, u32)> = rows.iter().map(|((i, a), l)| (*i, *a, *l)).collect();
        let turned: Vec<(u32, u32, u32)> = rows.iter().rev().copied().collect();
        let twice: Vec<(u32, u32, u32)> = rows.iter().copied().chain(rows.iter().map(|(i, a, l)| (i + 100, *a, *l))).collect();
        let plain = named(&rows, |a| a, |l| l);
        let others = [named(&turned, |a| 9 - a, |l| 9 - l), named(&turned, |a| (a + 1) % 4, |l| (l + 2) % 4)];
        let labels = Agreeing::Equal(4);
        for coefficient in EVERY {
            let found = chance::of(&plain, coefficient, &labels);
            for other in &others {
                match (&found, chance::of(other, coefficient, &labels)) {
                    (Ok(one), Ok(other)) => {
                        prop_assert!((one.value - other.value).abs() < 1e-9 && one.value <= 1.0 + 1e-12);
                        let error = |of: &chance::Corrected| of.standard_error.unwrap_or(-1.0);
                        prop_assert!((error(one) - error(&other)).abs() < 1e-6, "{coefficient:?}");
                    }
                    (one, other) => prop_assert_eq!(one.map(|_| ()), other.map(|_| ())),
                }
            }
            let doubled = chance::of(&named(&twice, |a| a, |l| l), coefficient, &labels);
            if let (Ok(one), Ok(two)) = (&found, &doubled) {
                // alpha corrects for few answers, so it alone moves
                let moves = coefficient == Coefficient::Krippendorff;
                prop_assert!(moves || (one.value - two.value).abs() < 1e-9, "{coefficient:?}");
                prop_assert!(two.items == 2 * one.items);
            }
        }
    }

    /// Where everybody says the same of items that differ, every coefficient is 1 without doubt.
    #[test]
    fn full_agreement_is_one(labels in prop::collection::vec(0u32..3, 2..30)) {
        prop_assume!(labels.iter().any(|l| *l != labels[0]));
        let rows: Vec<(u32, u32, u32)> =
            labels.iter().zip(0u32..).flat_map(|(l, i)| (0..3).map(move |a| (i, a, *l))).collect();
        let table = named(&rows, |a| a, |l| l);
        for coefficient in EVERY {
            let found = chance::of(&table, coefficient, &Agreeing::Equal(3)).unwrap();
            prop_assert!((found.value - 1.0).abs() < 1e-12, "{coefficient:?} {found:?}");
            prop_assert!(found.standard_error.unwrap() < 1e-6);
        }
        prop_assert!((alpha::value(&table, Level::Nominal).unwrap() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn answers_by_chance_agree_as_chance_says() {
    let mut random = Random::new(3, 1);
    let rows: Vec<(u32, u32, u32)> =
        (0..4_000).flat_map(|i| (0..3).map(move |a| (i, a))).map(|(i, a)| (i, a, random.below(4))).collect();
    let table = named(&rows, |a| a, |l| l);
    for coefficient in EVERY {
        let found = chance::of(&table, coefficient, &Agreeing::Equal(4)).unwrap();
        let error = found.standard_error.unwrap();
        assert!(found.value.abs() < 4.0 * error && (0.001..0.02).contains(&error), "{coefficient:?} {found:?}");
    }
}

/// Runs `countersign agreement` in the fixtures: exit code, standard output, standard error.
fn score(args: &[&str]) -> (i32, String, String) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    let done = command.arg("agreement").args(args).current_dir(fixtures).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

#[test]
fn the_terminal_scores_a_table() {
    let (code, out, _) = score(&["--json", "crowd/rte/labels.csv"]);
    let of: Value = serde_json::from_str(&out).unwrap();
    let table = &of["scored"][0];
    assert_eq!((code, &table["items"], &table["annotators"]), (0, &800.into(), &164.into()));
    let alpha = &table["figures"]["alpha_nominal"];
    let at = |key: &str| alpha[key].as_f64().unwrap();
    assert!((at("value") - 0.2415).abs() < 5e-5 && at("low") < 0.2415 && 0.2415 < at("high"));
    assert_eq!(alpha["items"], 800);
    assert!(table["figures"]["cohen_kappa"].is_null(), "164 are not two");
    let (_, out, _) = score(&["crowd/bluebird/labels.csv"]);
    assert!(out.contains("alpha_nominal   0.1255  95 % "), "{out}");
}

#[test]
fn the_terminal_scores_logs_by_control() {
    let (code, out, _) = score(&["--disagreements", "log/a.jsonl", "log/b.jsonl"]);
    assert_eq!(code, 0);
    for part in
        ["\nwhy\n  1 items", "percent         0.0000", "span_f1         0.0000", r#"ann-12: [[null,0,9,"PER"]]"#]
    {
        assert!(format!("\n{out}").contains(part), "{part}: {out}");
    }
}

#[test]
fn the_terminal_says_why_not() {
    for (args, why) in [
        (&["nowhere.csv"][..], "could not read nowhere.csv"),
        (&["agreement/README.md"], "the logs do not stand"),
        (&["log/b.jsonl"], "no log here begins the project"),
        (&["crowd/rte/labels.csv", "log/a.jsonl"], "one table, or logs alone"),
    ] {
        let (code, out, err) = score(args);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains(why), "{err}");
    }
}

#[test]
fn the_terminal_gives_every_coefficient_and_parts() {
    let (code, out, _) =
        score(&["--json", "--metric", "all", "--by", "label", "--bootstrap", "50", "crowd/bluebird/labels.csv"]);
    assert_eq!(code, 0);
    let of: Value = serde_json::from_str(&out).unwrap();
    let scored = of["scored"].as_array().unwrap();
    assert_eq!(scored.len(), 3, "the whole, and each of two labels against the other");
    for figure in ["percent", "alpha_nominal", "fleiss_kappa", "conger_kappa", "gwet_ac", "brennan_prediger"] {
        let found = &scored[0]["figures"][figure];
        assert!(found["low"].as_f64().unwrap() < found["value"].as_f64().unwrap(), "{figure} {found}");
        // with two labels, either against the other is the same thing
        assert!(
            (found["value"].as_f64().unwrap() - scored[1]["figures"][figure]["value"].as_f64().unwrap()).abs() < 1e-12
        );
    }
    assert_eq!(scored[0]["figures"]["cohen_kappa"]["undefined"], "not_two_annotators");
    assert!(scored[0]["figures"].as_object().unwrap().keys().filter(|k| k.starts_with("cohen_kappa ")).count() == 741);
    let (_, again, _) = score(&["--json", "--bootstrap", "50", "--seed", "4", "crowd/bluebird/labels.csv"]);
    let again: Value = serde_json::from_str(&again).unwrap();
    let (one, other) = (&scored[0]["figures"]["alpha_nominal"], &again["scored"][0]["figures"]["alpha_nominal"]);
    assert!(one["value"] == other["value"] && one["low"] != other["low"], "another seed, another interval");
}

#[test]
fn the_terminal_reads_lines_and_exports() {
    let lines = r#"{"item":1,"annotator":"a","label":"x"}
{"item":1,"annotator":"b","label":"x"}
{"item":2,"annotator":"a","label":"x"}
{"item":2,"annotator":"b","label":"y"}
"#;
    let path = std::env::temp_dir().join(format!("countersign-{}-labels.jsonl", std::process::id()));
    std::fs::write(&path, lines).unwrap();
    let (code, out, err) = score(&["--metric", "percent", "--metric", "cohen", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    assert!(
        code == 0 && out.contains("percent         0.5000") && out.contains("cohen_kappa     0.0000"),
        "{out}{err}"
    );
    assert!(out.contains("prevalence 0.5000, bias 0.5000"), "{out}");

    let text = "item,annotator,label\n1,a,\"x,y\"\n1,b,x\n2,a,z/q\n2,b,z/r\n3,a,x\n3,b,x\n";
    std::fs::write(&path, text).unwrap();
    let csv = path.with_extension("csv");
    std::fs::rename(&path, &csv).unwrap();
    for (level, expect) in [
        // of 6 answers x three times; within 1 + 1, all different pairs but those of x: 30 − 6 = 24
        ("nominal", 1.0 - 5.0 * 4.0 / 24.0 / 1.0),
        // half of {x, y} is x: within ½ and 1 (z/q and z/r are sets of one), between 2 · (3·½ + 2 + 6 + 1)
        ("jaccard", 1.0 - 5.0 * 3.0 / 21.0),
        // z/q and z/r share a step of two: within 1 and ½, all others 1
        ("tree", 1.0 - 5.0 * 3.0 / 23.0),
    ] {
        let (code, out, err) =
            score(&["--json", "--level", level, "--bca", "--bootstrap", "20", csv.to_str().unwrap()]);
        let of: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {err}"));
        let found = of["scored"][0]["figures"][format!("alpha_{level}")]["value"].as_f64().unwrap();
        assert!((found - expect).abs() < 1e-12, "{level}: {found} is not {expect}");
    }
    std::fs::remove_file(&csv).unwrap();

    let export = "label-studio/core/choices_single.export.json";
    let (code, _, err) = score(&[export]);
    assert!(code == 1 && err.contains("give --config"), "{err}");
    let (code, out, err) = score(&["--config", "label-studio/core/choices_single.xml", export]);
    assert!(code == 0 && out.contains("annotators"), "{out}{err}");
    let (code, _, err) = score(&["labels.parquet"]);
    assert!(code == 1 && err.contains("write it as CSV"), "{err}");
}
