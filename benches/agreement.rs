//! How long agreement takes, at sizes of the peers' measurements: 1,000 items with 5 answers each, and 1,000,000 answers of
//! 1,000 annotators in 10 labels. The last of each group recounts every item in every resample, as programs without
//! patterns do; the ratio of the two is what the patterns are worth.

use countersign::agreement::alpha::{self, Level};
use countersign::agreement::{Plan, Table, TableBuilder, percent, unwatched};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// Items answered `answers` times by annotators in turn; each answer is right seven times of ten.
fn table(items: u32, answers: u32, annotators: u32, labels: u32) -> Table {
    let mut state = 88_172_645_463_325_252u64;
    let mut below = |n: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 32) % u64::from(n)) as u32
    };
    let mut builder = TableBuilder::new();
    for item in 0..items {
        let right = below(labels);
        for turn in 0..answers {
            let label = if below(10) < 7 { right } else { below(labels) };
            let annotator = (item.wrapping_mul(7) + turn) % annotators;
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
        inside += (m * m - same) / (m - 1.0);
        given.iter_mut().zip(counts).for_each(|(sum, n)| *sum += f64::from(*n));
    }
    let total: f64 = given.iter().sum();
    1.0 - (total - 1.0) * inside / (total * total - given.iter().map(|n| n * n).sum::<f64>())
}

fn run(criterion: &mut Criterion) {
    for (name, of) in [("1k x 5", [1_000, 5, 5, 5]), ("1M answers", [200_000, 5, 1_000, 10])] {
        let [items, answers, annotators, labels] = of;
        let table = table(items, answers, annotators, labels);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("patterns", |b| b.iter(|| black_box(table.patterns())));
        group.bench_function("alpha nominal", |b| b.iter(|| alpha::value(black_box(&table), Level::Nominal)));
        group.bench_function("alpha ordinal", |b| b.iter(|| alpha::value(black_box(&table), Level::Ordinal)));
        let plan = Plan::default();
        let whole = |level| alpha::of(black_box(&table), level, &plan, &mut unwatched());
        group.bench_function("alpha nominal with 1,000 resamples", |b| b.iter(|| whole(Level::Nominal)));
        group.bench_function("alpha ordinal with 1,000 resamples", |b| b.iter(|| whole(Level::Ordinal)));
        group.bench_function("percent with 1,000 resamples", |b| {
            b.iter(|| percent::agreement(black_box(&table), &plan, &mut unwatched()));
        });
        let counts: Vec<Vec<u32>> = table
            .by_item()
            .map(|ratings| {
                let mut counts = vec![0; labels as usize];
                ratings.iter().for_each(|r| counts.iter_mut().skip(r.label as usize).take(1).for_each(|n| *n += 1));
                counts
            })
            .collect();
        let mut state = 1u64;
        let mut draw = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        group.bench_function("alpha, one resample the plain way (× 1,000)", |b| {
            b.iter(|| plain_resample(black_box(&counts), labels as usize, &mut draw));
        });
        group.finish();
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
