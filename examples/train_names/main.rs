//! Trains the weights for names and places: `cargo run --release --example train_names -- FOLDER_OF_PII FOLDER_OF_NER`.
//!
//! Writes `data/privacy/names.weights`, `common.txt` and `TRAINING.md`. Texts come from WNUT-17, WikiGold, FIN5 and
//! MEDDOCAN (CC BY) and from templates of this project filled from its own lexicon; nothing of presidio-research is read.
//! It trains twice: without every fourth text of WikiGold, of WNUT's test part and of MEDDOCAN, to say in the record how well
//! those are tagged, and with all of them for the weights that ship.

mod texts;

use countersign::privacy::names::lexicon::Lexicon;
use countersign::privacy::names::tagger::{Trainer, Weights};
use countersign::privacy::names::{self, Model};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use texts::{Marked, Random};

const EPOCHS: usize = 10;
const BIAS: i32 = 8;
const SEED: u64 = 20;
const TEMPLATES: usize = 14_000;
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/privacy");

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(pii), Some(ner)) = (args.first(), args.get(1)) else {
        return Err("give the folder with synth.dev.jsonl and the one with the .conll files".into());
    };
    let list = fs::read_to_string(format!("{DATA}/lexicon.txt"))?;
    let words = fs::read_to_string(format!("{DATA}/words.txt"))?;
    let (part, held, _) = texts::corpora(pii, ner, false)?;
    let common_of_part = common(&part, &words);
    let weights = train(&list, &words, &common_of_part, part)?;
    let model = Model::of(Lexicon::new(&list, &common_of_part), Weights::from_bytes(&weights.to_bytes())?);
    let figures = measure(&model, &held);
    println!("{figures}");

    let (all, _, counts) = texts::corpora(pii, ner, true)?;
    let common = common(&all, &words);
    let bytes = train(&list, &words, &common, all)?.to_bytes();
    fs::write(format!("{DATA}/common.txt"), &common)?;
    fs::write(format!("{DATA}/names.weights"), &bytes)?;
    fs::write(format!("{DATA}/TRAINING.md"), record(&bytes, &counts, &figures)?)?;
    Ok(())
}

fn train(list: &str, words: &str, common: &str, mut texts: Vec<Marked>) -> Result<Weights, Box<dyn Error>> {
    let lexicon = Lexicon::new(list, common);
    let mut random = Random(SEED);
    let names = texts::Names::new(list, words);
    let copies: Vec<Marked> = texts.iter().filter_map(|m| texts::renamed(m, &names, &mut random)).collect();
    texts.extend(copies);
    texts.extend(texts::from_templates(&names, &mut random, TEMPLATES));
    let cased: Vec<Marked> = texts.iter().filter_map(|m| texts::other_case(m, &mut random)).collect();
    texts.extend(cased);
    let see = |m: &Marked| {
        let sight = Model::sight(&lexicon, &m.text);
        let gold = texts::gold(&sight.tokens, m);
        (sight, gold)
    };
    let sights: Vec<_> = texts.iter().map(see).collect();
    let mut order: Vec<usize> = (0..sights.len()).collect();
    let mut trainer = Trainer::default();
    for epoch in 0..EPOCHS {
        random.shuffle(&mut order);
        let wrong: usize =
            order.iter().filter_map(|i| sights.get(*i)).map(|(sight, gold)| trainer.learn(sight, gold)).sum();
        println!("epoch {epoch}: {wrong} wrong");
    }
    Ok(trainer.finish(BIAS))
}

fn record(bytes: &[u8], counts: &texts::Counts, figures: &str) -> Result<String, std::fmt::Error> {
    let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    let mut out = format!(
        "# Training record of names.weights\n\nWritten by `examples/train_names`; version 1 of the form. {} bytes, SHA-256\n`{digest}`.\n\
         {EPOCHS} epochs, bias {BIAS}, seed {SEED}.\n\n| texts | how many | licence |\n|---|---|---|\n",
        bytes.len()
    );
    for (name, count, licence) in counts {
        writeln!(out, "| {name} | {count} | {licence} |")?;
    }
    writeln!(out, "| templates of this project, filled from its lexicon | {TEMPLATES} | MIT OR Apache-2.0 |")?;
    write!(
        out,
        "\nEach text with a name was learned a second time with other names out of the lexicon. Nothing of presidio-research was\n\
         read. The weights that ship learned from all of the above. The figures are of weights made the same way without every\n\
         fourth text of WikiGold, WNUT-17 test and MEDDOCAN, on those texts, by overlap of the same kind:\n\n{figures}"
    )?;
    Ok(out)
}

/// Words that stand in small letters twice or more, in order: everyday language.
fn common(train: &[Marked], words: &str) -> String {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for marked in train {
        let named = |at: usize| marked.spans.iter().any(|s| s.start <= at && at < s.end);
        let mut at = 0;
        for word in marked.text.split(|c: char| !c.is_alphabetic()) {
            let length = word.chars().count();
            if length > 0 && word.chars().all(|c| c.is_ascii_lowercase()) && !named(at) {
                *seen.entry(word.to_owned()).or_default() += 1;
            }
            at += length + 1;
        }
    }
    let mut words: Vec<String> =
        seen.into_iter().filter(|(_, n)| *n >= 2).map(|(w, _)| w).chain(words.lines().map(str::to_owned)).collect();
    words.sort_unstable();
    words.dedup();
    words.join("\n") + "\n"
}

/// Precision, recall and F2 by source and kind, by overlap of the same kind.
fn measure(model: &Model, held: &[Marked]) -> String {
    let mut counts: BTreeMap<(String, &str), [f64; 4]> = BTreeMap::new();
    for marked in held {
        let found = names::scan(&marked.text, model, &[]);
        let kind = |k: u16| names::KINDS.get(usize::from(k)).copied().unwrap_or("");
        let hits: Vec<(usize, usize, &str)> =
            found.iter().filter(|h| h.kind < 4).map(|h| (h.start as usize, h.end as usize, kind(h.kind))).collect();
        let gold: Vec<(usize, usize, &str)> =
            marked.spans.iter().map(|s| (s.start, s.end, kind(u16::from(s.kind)))).collect();
        let meets = |a: &(usize, usize, &str), b: &(usize, usize, &str)| a.2 == b.2 && a.0 < b.1 && b.0 < a.1;
        for hit in &hits {
            let [right, told, ..] = counts.entry((marked.source.clone(), hit.2)).or_default();
            *told += 1.0;
            *right += f64::from(u8::from(gold.iter().any(|g| meets(g, hit))));
        }
        for one in &gold {
            let [_, _, met, all] = counts.entry((marked.source.clone(), one.2)).or_default();
            *all += 1.0;
            *met += f64::from(u8::from(hits.iter().any(|h| meets(h, one))));
        }
    }
    let mut out = String::from("| source | kind | n | P | R | F2 |\n|---|---|---|---|---|---|\n");
    for ((source, kind), [right, told, met, all]) in &counts {
        let (p, r) = (right / told.max(1.0), met / all.max(1.0));
        let f2 = if p + r > 0.0 { 5.0 * p * r / (4.0 * p + r) } else { 0.0 };
        let _ = writeln!(out, "| {source} | {kind} | {all} | {p:.3} | {r:.3} | {f2:.3} |");
    }
    out
}
