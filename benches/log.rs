//! How long the record takes: to seal an event, to verify one, to read a log that was verified before, to fold 100,000
//! events, and to judge an answer of 2,000 spans. Times are for one event, unless the name says otherwise.

use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::command::Command;
use countersign::domain::decide::decide;
use countersign::domain::event::{Event, Fact, FirstAdmin, Happening, Role};
use countersign::domain::schema::{Control, ControlKind, Field, FieldSource, LabelOption, Schema};
use countersign::domain::state::{Materials, State, fold};
use countersign::domain::task::ReleasedTask;
use countersign::domain::text::CodePoint;
use countersign::domain::time::Moment;
use countersign::log::{Fresh, Head, Identity, Recheck, Sealed, Signer, Verifier, prepare};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

/// Somebody who writes a log.
struct Pen {
    signer: Signer,
    who: Identity,
    head: Head,
}

impl Pen {
    fn new() -> (Self, Sealed) {
        let signer = Signer::from_seed(&[7; 32]);
        let who = Identity { device: signer.device(), project: None, author: "ann-01".into(), app: None };
        let mut pen = Self { signer, who, head: Head::default() };
        let roles = vec![Role::Admin, Role::Annotator];
        let admin = FirstAdmin { authid: "ann-01".into(), key: pen.who.device.clone(), roles };
        let first = pen.seal(&Happening::of(Fact::ProjectCreated { name: "bench".into(), admins: vec![admin] }));
        pen.who.project = Some(first.hash.project());
        pen.head = first.head.clone();
        (pen, first)
    }

    #[expect(clippy::expect_used, reason = "a benchmark that cannot seal has nothing to measure")]
    fn seal(&self, happening: &Happening) -> Sealed {
        let fresh = Fresh { now_ms: 1_795_000_000_000 + self.head.size * 1000, salt: [1; 16], uuid: [2; 10] };
        let unsigned = prepare(&self.head, &self.who, happening, &fresh).expect("a form that can be sealed");
        let signature = self.signer.sign(&unsigned.signing_input);
        unsigned.finish(signature).expect("a signature that fits")
    }
}

/// An answer as most are: one choice, one path, two spans, a line of text.
fn answer(task: usize) -> Happening {
    let span = |start, end| Span {
        start: CodePoint(start),
        end: CodePoint(end),
        labels: vec!["Person".into()],
        id: None,
        field: None,
    };
    let one = |control: &str, value| Answer { control: control.into(), region: None, value };
    let answers = vec![
        one("intent", Value::Choices(vec!["Delivery".into()])),
        one("topic", Value::Taxonomy(vec![vec!["Order".into(), "Delivery".into(), "Late".into()]])),
        one("ner", Value::Spans(vec![span(4, 9), span(20, 31)])),
        one("correction", Value::Text(vec!["The parcel came a week late.".into()])),
    ];
    let fact = Fact::AnnotationSubmitted {
        answers,
        released: Some("sha256-InNeHu4hsP9jBxPcLzlIUMgKzitjp74AAoN0r6rTfrY".into()),
        prediction: None,
        duration_ms: Some(12_345),
    };
    Happening::of(fact).about(&format!("task-{task}").as_str().into())
}

fn log(count: usize) -> Vec<Sealed> {
    let (mut pen, first) = Pen::new();
    let mut log = vec![first];
    for at in 1..count {
        let sealed = pen.seal(&answer(at));
        pen.head = sealed.head.clone();
        log.push(sealed);
    }
    log
}

/// A text of 100 KB that is not ASCII, and an answer of 2,000 spans to it.
fn large() -> (State, Command) {
    let schema = Schema {
        fields: vec![Field { name: "text".into(), source: FieldSource::Data("text".into()) }],
        controls: vec![Control {
            name: "ner".into(),
            to_fields: vec!["text".into()],
            title: None,
            required: false,
            per_region: false,
            kind: ControlKind::Labels {
                multiple: false,
                labels: vec![LabelOption { value: "A".into(), ..LabelOption::default() }],
            },
        }],
    };
    let fields = BTreeMap::from([("text".into(), "é234567890".repeat(10_000))]);
    let task = ReleasedTask { id: "T1".into(), fields, ..ReleasedTask::default() };
    let materials = Materials {
        schema: Arc::new(schema),
        tasks: Arc::new(vec![(Arc::new(task), "sha256-x".into())]),
        index: Arc::new(BTreeMap::from([("T1".into(), 0)])),
    };
    let mut events = vec![log(1).remove(0).event];
    let state = fold(materials, &mut events);
    let span = |at: u32| Span {
        start: CodePoint(at * 50),
        end: CodePoint(at * 50 + 12),
        labels: vec!["A".into()],
        id: None,
        field: None,
    };
    let value = Value::Spans((0..2_000).map(span).collect());
    let answers = vec![Answer { control: "ner".into(), region: None, value }];
    let (task, released) = ("T1".into(), "sha256-x".into());
    (state, Command::SubmitAnnotation { task, answers, released, prediction: None, model: None, duration_ms: 1 })
}

fn run(criterion: &mut Criterion) {
    const COUNT: usize = 1_000;
    let sealed = log(COUNT);
    let mut group = criterion.benchmark_group("record");
    group.sample_size(10);
    let (pen, _) = Pen::new();
    let happening = answer(1);
    group.throughput(Throughput::Elements(1));
    group.bench_function("seal", |b| b.iter(|| pen.seal(black_box(&happening))));

    group.throughput(Throughput::Elements(COUNT as u64));
    let through = |mut verifier: Verifier, take: &dyn Fn(&mut Verifier, &Sealed) -> bool| {
        assert!(sealed.iter().all(|one| take(&mut verifier, one)), "the log stands");
        verifier
    };
    group.bench_function("verify 1,000 lines", |b| {
        b.iter(|| through(Verifier::new(), &|v, one| v.push_line(&one.line).is_ok()));
    });
    group.bench_function("read 1,000 entries with signatures on trust", |b| {
        b.iter(|| {
            through(Verifier::new().trusting_signatures(), &|v, one| v.push_entry(&one.entry, Some(&one.body)).is_ok())
        });
    });
    group.bench_function("look again at 1,000 entries, without their signatures", |b| {
        b.iter(|| {
            let device = &sealed.first().map(|one| one.event.device.clone()).unwrap_or_default();
            let mut recheck = Recheck::resume(device, 0, None).ok();
            let mut fits = |one: &Sealed| recheck.as_mut()?.next(&one.entry, Some(&one.body));
            assert!(sealed.iter().all(|one| fits(one).is_some()), "the log stands");
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("fold");
    group.sample_size(10);
    let events: Vec<Event> = log(100_000).into_iter().map(|one| one.event).collect();
    group.bench_function("100,000 events", |b| {
        b.iter_batched(|| events.clone(), |mut events| fold(Materials::default(), &mut events), BatchSize::LargeInput);
    });
    group.finish();

    let (state, command) = large();
    let moment = Moment { now_ms: 1_795_000_000_000, entropy: [0; 32], author: "ann-01".into() };
    criterion.bench_function("decide an answer of 2,000 spans in 100 KB", |b| {
        b.iter(|| assert!(decide(black_box(&state), &command, &moment).is_ok()));
    });
}

criterion_group!(benches, run);
criterion_main!(benches);
