//! How long agreement and consensus take, at sizes of the peers' measurements, and the most memory it needed.
//!
//! Data sets, generated from a confusion matrix for each annotator with a seed: a (1,000 items, each answered by all 5
//! annotators, 5 labels), b (100,000 items × 3 of 200 annotators, 5 labels, 5 % missing) and c (250,000 items × 4 of 1,000
//! annotators, 10 labels: a million answers). The last of the first group recounts every item in every resample, as
//! programs without patterns do; the ratio of the two is what the patterns are worth. One thread.

use countersign::agreement::alpha::{self, Level};
use countersign::agreement::pair::{self, PairCoefficient};
use countersign::agreement::random::Random;
use countersign::agreement::weights::Agreeing;
use countersign::agreement::{Plan, Table, TableBuilder, kappa, percent, unwatched};
use countersign::consensus::dawid_skene::{self, Stop};
use countersign::consensus::{Votes, pooled, vote};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

struct Size {
    items: u32,
    answers: u32,
    annotators: u32,
    labels: u32,
    missing: f64,
}

/// Each annotator is right with a share of their own for each label, and else says any label.
fn table(size: &Size) -> Table {
    let mut random = Random::new(7, 0);
    let skills: Vec<f64> = (0..size.annotators * size.labels).map(|_| 0.45 + 0.5 * random.unit()).collect();
    let mut builder = TableBuilder::new();
    for item in 0..size.items {
        let right = random.below(size.labels);
        let first = random.below(size.annotators);
        for turn in 0..size.answers {
            // steps of a fixed stride from a random start never meet twice
            let annotator = (first + turn * (size.annotators / size.answers).max(1)) % size.annotators;
            if random.unit() < size.missing {
                continue;
            }
            let skill = skills.get((annotator * size.labels + right) as usize).copied().unwrap_or(0.5);
            let label = if random.unit() < skill { right } else { random.below(size.labels) };
            builder.rate(&format!("i{item}"), &format!("a{annotator}"), &format!("l{label}"));
        }
    }
    builder.build().0
}

/// Alpha of resampled items by counting them anew: one resample of the plain way.
fn plain_resample(items: &[Vec<u32>], labels: usize, draw: &mut dyn FnMut(usize) -> usize) -> f64 {
    let (mut inside, mut given) = (0.0, vec![0.0; labels]);
    for _ in items {
        let counts = items.get(draw(items.len())).map_or(&[][..], |counts| counts);
        let m = f64::from(counts.iter().sum::<u32>());
        let same: f64 = counts.iter().map(|n| f64::from(*n * *n)).sum();
        inside += if m > 1.0 { (m * m - same) / (m - 1.0) } else { 0.0 };
        given.iter_mut().zip(counts).for_each(|(sum, n)| *sum += f64::from(*n));
    }
    let total: f64 = given.iter().sum();
    1.0 - (total - 1.0) * inside / (total * total - given.iter().map(|n| n * n).sum::<f64>())
}

/// The most memory the process had, in MB, where the system tells.
fn most_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb / 1024)
}

fn run(criterion: &mut Criterion) {
    for (name, size) in [
        ("a", Size { items: 1_000, answers: 5, annotators: 5, labels: 5, missing: 0.0 }),
        ("b", Size { items: 100_000, answers: 3, annotators: 200, labels: 5, missing: 0.05 }),
        ("c", Size { items: 250_000, answers: 4, annotators: 1_000, labels: 10, missing: 0.0 }),
    ] {
        let table = table(&size);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("patterns", |b| b.iter(|| black_box(table.patterns())));
        for (of, level) in [("nominal", Level::Nominal), ("ordinal", Level::Ordinal)] {
            group.bench_function(format!("alpha {of}"), |b| b.iter(|| alpha::value(black_box(&table), level)));
            let whole = || alpha::of(black_box(&table), level, &Plan::default(), &mut unwatched());
            group.bench_function(format!("alpha {of} with 1,000 resamples"), |b| b.iter(whole));
        }
        group.bench_function("percent with 1,000 resamples", |b| {
            b.iter(|| percent::agreement(black_box(&table), &Plan::default(), &mut unwatched()));
        });
        group.bench_function("kappa of all pairs", |b| {
            b.iter(|| {
                let equal = Agreeing::Equal(table.labels().len());
                let all = kappa::all_pairs(black_box(&table));
                all.iter().filter_map(|(_, met)| pair::of(met, PairCoefficient::Cohen, &equal).ok()).count()
            });
        });
        let votes = Votes::new(&table);
        group.bench_function("majority", |b| b.iter(|| vote::majority(black_box(&votes))));
        let twenty = Stop { rounds: 20, tolerance: None };
        group.bench_function("Dawid-Skene, 20 rounds", |b| b.iter(|| dawid_skene::full(black_box(&votes), twenty)));
        if size.items <= 1_000 {
            group.bench_function("the default consensus", |b| b.iter(|| pooled::pooled(black_box(&votes), 1)));
        }
        let counts: Vec<Vec<u32>> = table
            .by_item()
            .map(|ratings| {
                let mut counts = vec![0; size.labels as usize];
                ratings.iter().for_each(|r| counts.iter_mut().skip(r.label as usize).take(1).for_each(|n| *n += 1));
                counts
            })
            .collect();
        let mut random = Random::new(1, 1);
        let mut draw = |n: usize| random.below(n as u32) as usize;
        group.bench_function("alpha, one resample the plain way (× 1,000)", |b| {
            b.iter(|| plain_resample(black_box(&counts), size.labels as usize, &mut draw));
        });
        group.finish();
        if let Some(most) = most_memory_mb() {
            println!("{name}: {most} MB at most so far, with the data");
        }
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
