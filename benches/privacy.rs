//! How fast personal data is found, and that the time grows as the text does: patterns alone and with names, from 1 KB to
//! 10 MB.
//!
//! `cargo bench --bench privacy`. Compare figures of one run with each other, and with nothing else.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where it cannot go on")]

use countersign::privacy::LocalRules;
use countersign::privacy::find::Finder;
use countersign::privacy::names::Model;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;

const TEXT: &str = "The meeting with Maria Jensen of Northbrook Partners took place in Lisbon on 12 May 2023. She asked us to send the \
contract to 44 Market Street, Dublin, or by e-mail to maria.jensen@example.org, and to call +353 1 496 0000 before noon. The \
committee discussed the budget for the coming year, and most of the members agreed that the figures were better than expected. \
Payment goes to DE89 3704 0044 0532 0130 00 as usual; the card 4111 1111 1111 1111 has expired. Nobody objected. ";

fn finder(names: bool) -> Finder {
    let model = Model::new(
        include_str!("../data/privacy/lexicon.txt"),
        include_str!("../data/privacy/common.txt"),
        include_bytes!("../data/privacy/names.weights"),
    );
    let model = names.then(|| Arc::new(model.unwrap()));
    Finder::new(&LocalRules::default(), &[], Vec::new(), 50, model).unwrap()
}

fn growth(c: &mut Criterion) {
    for (group, names) in [("patterns", false), ("with names", true)] {
        let finder = finder(names);
        let mut group = c.benchmark_group(group);
        group.sample_size(10);
        for length in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
            let text: String = TEXT.chars().cycle().take(length).collect();
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_with_input(BenchmarkId::new("prose", length), &text, |b, text| {
                b.iter(|| finder.find(black_box(text)))
            });
        }
        let dots = ".".repeat(1_000_000);
        group.throughput(Throughput::Bytes(dots.len() as u64));
        group.bench_function("a million dots", |b| b.iter(|| finder.find(black_box(&dots))));
        group.finish();
    }
}

criterion_group!(benches, growth);
criterion_main!(benches);
