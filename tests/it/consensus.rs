//! Consensus on real crowds with gold answers, and on data that no crowd should give.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a panic is the report")]

use countersign::agreement::alpha::{self, Level};
use countersign::agreement::chance::{self, Coefficient};
use countersign::agreement::weights::Agreeing;
use countersign::agreement::{Repeats, Table, TableBuilder};
use countersign::consensus::dawid_skene::{self, Stop};
use countersign::consensus::pooled::{Model, pooled};
use countersign::consensus::{Unfit, Votes, vote};
use countersign::format::crowd;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::Path;

const SETS: [&str; 9] = ["cf", "ms", "bluebird", "rte", "dog", "sp_amt", "zencrowd_us", "product", "trec"];

/// Accuracy of published programs on the nine sets, in that order: crowd-kit 1.4.2 (majority, Dawid-Skene as shipped and with
/// 100 rounds, one coin, MACE as shipped, with names in sorted order, with ten different starts, GLAD) and the authors' code
/// of iBCC, BWA and EBCC (Li, Rubinstein and Cohn 2019).
const PEERS: [(&str, [f64; 9]); 11] = [
    ("majority", [0.9000, 0.7100, 0.7593, 0.9187, 0.8178, 0.9440, 0.8676, 0.8966, 0.6611]),
    ("Dawid-Skene", [0.8300, 0.7686, 0.8889, 0.9275, 0.8426, 0.9440, 0.8294, 0.9397, 0.7015]),
    ("Dawid-Skene 100", [0.7833, 0.7671, 0.8981, 0.9275, 0.8426, 0.9440, 0.8225, 0.9397, 0.7015]),
    ("one coin", [0.8833, 0.7929, 0.5833, 0.9250, 0.8302, 0.9460, 0.9049, 0.9084, 0.5604]),
    ("MACE", [0.8900, 0.7986, 0.7685, 0.9275, 0.8364, 0.9440, 0.8392, 0.6950, 0.5890]),
    ("MACE sorted", [0.8867, 0.8000, 0.8611, 0.9263, 0.8302, 0.9460, 0.8083, 0.8273, 0.7081]),
    ("MACE ten starts", [0.8833, 0.8000, 0.8611, 0.9263, 0.8302, 0.9460, 0.8083, 0.8277, 0.7086]),
    ("GLAD", [0.8800, 0.7886, 0.7222, 0.9250, 0.8340, 0.9460, 0.8784, 0.9282, 0.5793]),
    ("iBCC", [0.8833, 0.7900, 0.8889, 0.9275, 0.8389, 0.9440, 0.8270, 0.9383, 0.7055]),
    ("BWA", [0.8933, 0.7857, 0.7593, 0.9275, 0.8315, 0.9460, 0.9108, 0.9194, 0.6044]),
    ("EBCC", [0.8767, 0.7886, 0.8889, 0.9275, 0.8389, 0.9420, 0.9118, 0.9282, 0.7011]),
];

fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crowd").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn crowd_table(name: &str) -> Table {
    let labels = crowd::read(&fixture(&format!("{name}/labels.csv"))).unwrap();
    let mut builder = TableBuilder::new();
    for row in &labels.rows {
        builder.rate(&row.item, &row.annotator, &row.label);
    }
    builder.build_with(Repeats::All).0
}

fn gold(name: &str) -> HashMap<String, String> {
    let text = String::from_utf8(fixture(&format!("{name}/truth.csv"))).unwrap();
    let rows = text.lines().skip(1).filter_map(|line| line.trim().split_once(','));
    rows.map(|(item, label)| (item.to_owned(), label.to_owned())).collect()
}

fn accuracy(name: &str, table: &Table, of: impl Fn(usize) -> Option<u32>) -> f64 {
    let gold = gold(name);
    let judged: Vec<bool> = table
        .items()
        .iter()
        .enumerate()
        .filter_map(|(at, item)| Some((at, gold.get(&**item)?)))
        .map(|(at, truth)| of(at).is_some_and(|label| *table.labels()[label as usize] == **truth))
        .collect();
    judged.iter().filter(|right| **right).count() as f64 / judged.len() as f64
}

#[test]
fn the_default_beats_every_peer_on_average() {
    let mut sum = 0.0;
    let mut told = String::new();
    for (at, name) in SETS.iter().enumerate() {
        let table = crowd_table(name);
        let votes = Votes::new(&table);
        let found = pooled(&votes, 1).unwrap();
        let right = accuracy(name, &table, |item| found.label(item));
        told += &format!("{name} {right:.4} {:?} {:?} strength {:.1}\n", found.model, found.evidence, found.strength);
        // the majority is a number that both can reproduce
        let majority = vote::chosen(&votes.shares().unwrap());
        let majority = accuracy(name, &table, |item| majority.get(item).map(|label| *label as u32));
        assert!((majority - PEERS[0].1[at]).abs() < 5e-5, "{name}: majority {majority}");
        sum += right;
    }
    println!("{told}");
    for (peer, of) in PEERS {
        let mean = of.iter().sum::<f64>() / 9.0;
        assert!(sum / 9.0 >= mean, "{peer} {mean:.4} against {:.4}\n{told}", sum / 9.0);
    }
}

/// Runs `countersign consensus` among the crowds: exit code, standard output, standard error.
fn run(args: &[&str]) -> (i32, String, String) {
    run_as("consensus", args)
}

fn run_as(what: &str, args: &[&str]) -> (i32, String, String) {
    let crowds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crowd");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    let done = command.arg(what).args(args).current_dir(crowds).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

#[test]
fn the_terminal_gives_labels_reasons_and_accuracy() {
    let (code, out, err) = run(&["--json", "--gold", "bluebird/truth.csv", "bluebird/labels.csv"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let of: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&of["method"], &of["judged"]), (&"pooled".into(), &108.into()));
    assert!(of["accuracy"].as_f64().unwrap() > 0.85 && of["why"].as_str().unwrap().contains("108 labels each"), "{of}");
    let (items, annotators) = (of["items"].as_object().unwrap(), of["annotators"].as_object().unwrap());
    assert_eq!((items.len(), annotators.len()), (108, 39));
    for item in items.values() {
        let likely = item["probabilities"].as_object().unwrap();
        let sum: f64 = likely.values().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9 && likely.contains_key(item["label"].as_str().unwrap()));
    }
    assert!(
        annotators.values().all(|of| (0.0..=1.0).contains(&of["skill"].as_f64().unwrap()) && of["labels"] == 108.0)
    );
}

#[test]
fn the_terminal_takes_every_method() {
    for (method, least) in [
        ("majority", 0.75),
        ("wawa", 0.75),
        ("zero-based-skill", 0.5),
        ("dawid-skene", 0.88),
        ("one-coin", 0.55),
        ("fast-dawid-skene", 0.7),
        ("mace", 0.75),
        ("glad", 0.7),
        ("ibcc", 0.88),
        ("bwa", 0.75),
    ] {
        let (code, out, err) = run(&["--method", method, "--gold", "bluebird/truth.csv", "bluebird/labels.csv"]);
        let line = out.lines().last().unwrap_or_default();
        let accuracy: f64 = line.split(' ').nth(1).and_then(|share| share.parse().ok()).unwrap_or_default();
        assert!(code == 0 && accuracy >= least, "{method}: {line} {err}");
    }
}

#[test]
fn the_terminal_says_why_not() {
    for (args, why) in [
        (&["nowhere.csv"][..], "could not read nowhere.csv"),
        (&["README.md"], "the logs do not stand"),
        (&["--gold", "nowhere.csv", "bluebird/labels.csv"], "could not read nowhere.csv"),
        (&["../log/a.jsonl", "../log/b.jsonl"], "--control"),
    ] {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (1, ""), "{args:?}");
        assert!(err.contains(why), "{args:?}: {err}");
    }
}

#[test]
fn the_terminal_reports_quality_and_whom_to_ask() {
    for gold in [&[][..], &["--gold", "bluebird/truth.csv"]] {
        let (code, out, err) = run_as("quality", &[&["--json", "bluebird/labels.csv"], gold].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        let of: serde_json::Value = serde_json::from_str(&out).unwrap();
        let (who, items) = (of["annotators"].as_object().unwrap(), of["items"].as_object().unwrap());
        assert_eq!((who.len(), items.len()), (39, 108));
        for of in who.values() {
            let right = &of["right"];
            let [low, value, high] = ["low", "value", "high"].map(|key| right[key].as_f64().unwrap());
            assert!(of["judged"] == 108 && 0.0 <= low && low < value && value < high && high <= 1.0, "{of}");
            assert!((0.0..=1.0).contains(&of["spammer"].as_f64().unwrap()));
        }
        assert!(items.values().all(|of| (0.0..=1.0).contains(&of["guideline_gap"].as_f64().unwrap())));
    }
    let (code, out, err) = run_as("next", &["--json", "rte/labels.csv"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let of: serde_json::Value = serde_json::from_str(&out).unwrap();
    let gains: Vec<f64> = of["ask"].as_array().unwrap().iter().map(|ask| ask["gain"].as_f64().unwrap()).collect();
    assert!(gains.len() == 20 && gains.is_sorted_by(|a, b| a >= b) && gains[19] > 0.01, "{gains:?}");
    assert!(of["warning"].as_str().unwrap().contains("bias agreement") && of["stop"] == false);
    let (code, out, _) = run_as("next", &["--price", "1", "rte/labels.csv"]);
    assert!(code == 0 && out.starts_with("stop: no label is worth 1\n"), "{out}");
}

/// A million categories need no table of a million by a million: coefficients and the default go on, and what cannot says so.
#[test]
fn a_million_categories_are_only_a_list() {
    let mut builder = TableBuilder::new();
    for at in 0..1_000_000u32 {
        let label = if at < 4 { 0 } else { at };
        builder.rate(&(at / 2).to_string(), if at % 2 == 0 { "a" } else { "b" }, &label.to_string());
    }
    let (table, _) = builder.build();
    let labels = table.labels().len();
    assert!(labels > 999_990);
    assert!(alpha::value(&table, Level::Nominal).unwrap() < 1e-5);
    for coefficient in [Coefficient::Gwet, Coefficient::Fleiss, Coefficient::BrennanPrediger, Coefficient::Conger] {
        let found = chance::of(&table, coefficient, &Agreeing::Equal(labels)).unwrap();
        assert!(found.value.abs() < 1e-5, "{coefficient:?} {found:?}");
    }
    let votes = Votes::new(&table);
    assert_eq!(votes.shares(), Err(Unfit::TooLarge));
    assert_eq!(dawid_skene::full(&votes, Stop::default()), Err(Unfit::TooLarge));
    let found = pooled(&votes, 1).unwrap();
    assert_eq!((found.model, found.label(0)), (Model::OneSkill, Some(0)));
    let found = vote::sparse_majority(&votes).unwrap();
    assert_eq!((found.posteriors[0].as_slice(), found.labels[1], found.labels[2]), (&[(0, 1.0)][..], Some(0), Some(1)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any crowd has an outcome without NaN, whatever its annotators are called and in whatever order they answer, and
    /// the outcome of everything said twice is no other.
    #[test]
    fn the_default_does_not_care_for_names_or_order(
        rows in prop::collection::vec((0u8..9, 0u8..5, 0u8..3), 1..60),
    ) {
        let table = |rows: &[(u8, u8, u8)], prefix: &str| {
            let mut builder = TableBuilder::with_labels(["0", "1", "2"]);
            for (item, annotator, label) in rows {
                builder.rate(&item.to_string(), &format!("{prefix}{}", 9 - annotator), &label.to_string());
            }
            builder.build_with(Repeats::All).0
        };
        let outcome = |table: &Table| -> HashMap<String, Vec<(u32, f64)>> {
            let found = pooled(&Votes::new(table), 1).unwrap();
            assert!(found.skills.iter().all(|skill| (0.0..=1.0 + 1e-9).contains(skill)));
            table.items().iter().map(|name| name.to_string()).zip(found.posteriors).collect()
        };
        let (forth, mut turned) = (rows.clone(), rows);
        turned.sort_unstable_by_key(|row| std::cmp::Reverse(*row));
        let (a, b) = (outcome(&table(&forth, "a")), outcome(&table(&turned, "b")));
        for (item, posterior) in &a {
            let sum: f64 = posterior.iter().map(|(_, p)| p).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            for ((label, p), (other, q)) in posterior.iter().zip(&b[item]) {
                prop_assert!(label == other && (p - q).abs() < 0.05, "{item} {posterior:?} {:?}", b[item]);
            }
        }
    }

    /// Full agreement is believed, and every method gives it.
    #[test]
    fn full_agreement_is_the_outcome(labels in prop::collection::vec(0u8..3, 2..20)) {
        let mut builder = TableBuilder::new();
        for (item, label) in labels.iter().enumerate() {
            for annotator in ["a", "b", "c"] {
                builder.rate(&item.to_string(), annotator, &label.to_string());
            }
        }
        let (table, _) = builder.build();
        let votes = Votes::new(&table);
        let found = pooled(&votes, 1).unwrap();
        let skene = vote::chosen(&dawid_skene::full(&votes, Stop::default()).unwrap().probabilities);
        for (item, label) in labels.iter().enumerate() {
            let name = |at: u32| table.labels()[at as usize].to_string();
            prop_assert_eq!(found.label(item).map(name), Some(label.to_string()));
            prop_assert_eq!(name(skene[item] as u32), label.to_string());
        }
    }
}
