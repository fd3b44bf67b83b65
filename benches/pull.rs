//! How long a project of many events takes through a bucket on loopback, and what it weighs there.
//!
//! `EVENTS=100000 cargo bench --bench pull`. Each event has a body of two spans. What is printed: to push, to pull cold and
//! verify, each against verifying the same events in memory in the same run; bytes stored for each event, by kind of
//! object; and what gzip would leave of them. No criterion here: one run takes minutes, and the ratio is the result.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot run has nothing to measure")]

#[path = "../tests/faultd/mod.rs"]
#[expect(dead_code, reason = "the servers of the tests bring it")]
mod faultd;
#[path = "../tests/it/servers.rs"]
#[expect(dead_code, unused_imports, reason = "one of the servers is used")]
mod servers;

use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::event::{Fact, FirstAdmin, Happening, Role};
use countersign::domain::id::DeviceId;
use countersign::domain::text::CodePoint;
use countersign::log::{Fresh, Head, Identity, Signer, Verifier, prepare};
use countersign::storage::{Storage, walk};
use countersign::sync::{Care, Direction, Exchange, Shelf};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What the servers of the tests ask of the tests.
mod storage {
    use countersign::platform::endpoint::{Remote, open};

    pub fn remote(server: &crate::servers::Server) -> Remote {
        open(&server.endpoint, &server.credentials).unwrap()
    }

    pub fn wait<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }
}

const START_MS: u64 = 1_795_000_000_000;

/// A log of `count` events, as lines.
fn log(count: u64) -> (Signer, Vec<Vec<u8>>) {
    let signer = Signer::from_seed(&[7; 32]);
    let mut who = Identity { device: signer.device(), project: None, author: "ann-01".into(), app: None };
    let (mut head, mut lines) = (Head::default(), Vec::new());
    let roles = vec![Role::Admin, Role::Annotator];
    let admins = vec![FirstAdmin { authid: "ann-01".into(), key: who.device.clone(), roles }];
    let mut happening = Happening::of(Fact::ProjectCreated { name: "bench".into(), admins });
    for number in 0..count {
        let mut fresh = Fresh { now_ms: START_MS + number * 1_000, salt: [0; 16], uuid: [0; 10] };
        // salt that no compressor can shorten
        fresh.salt.copy_from_slice(&countersign::log::EntryHash::of(&number.to_be_bytes()).0[..16]);
        fresh.uuid.copy_from_slice(&countersign::log::EntryHash::of(&number.to_le_bytes()).0[..10]);
        let unsigned = prepare(&head, &who, &happening, &fresh).unwrap();
        let signature = signer.sign(&unsigned.signing_input);
        let sealed = unsigned.finish(signature).unwrap();
        if number == 0 {
            who.project = Some(sealed.hash.project());
        }
        lines.push(sealed.line);
        head = sealed.head;
        happening = two_spans(number);
    }
    (signer, lines)
}

fn two_spans(number: u64) -> Happening {
    let span = |start, label: &str| Span {
        start: CodePoint(start),
        end: CodePoint(start + 12),
        labels: vec![label.into()],
        id: None,
        field: None,
    };
    let at = u32::try_from(number % 400).unwrap_or_default();
    let spans = Value::Spans(vec![span(at, "Person"), span(at + 40, "Order")]);
    let fact = Fact::AnnotationSubmitted {
        answers: vec![Answer { control: "entities".into(), region: None, value: spans }],
        released: Some("sha256-InNeHu4hsP9jBxPcLzlIUMgKzitjp74AAoN0r6rTfrY".into()),
        prediction: None,
        duration_ms: Some(4_200 + number % 900),
    };
    Happening::of(fact).about(&format!("task-{number}").as_str().into())
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut child = Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    writing.join().unwrap().unwrap();
    child.wait().unwrap();
    out.len()
}

async fn exchange<S: Storage>(storage: &S, shelf: &Shelf, direction: Direction) {
    let mut exchange = Exchange::default();
    loop {
        let round = exchange.careful_round(storage, shelf, direction, Care::Quick, u64::MAX, 0).await;
        let tally = round.unwrap();
        assert!(tally.problems.is_empty());
        if !tally.brought_news() || direction == Direction::Out {
            return;
        }
    }
}

async fn weigh<S: Storage>(storage: &S, count: u64) {
    let mut kinds: std::collections::BTreeMap<&str, (u64, u64, Vec<u8>)> = Default::default();
    for name in walk(storage, "").await.unwrap() {
        let kind = ["/data/", "/tile/entries/", "/tile/", "checkpoint"].into_iter().find(|k| name.contains(k));
        let bytes = storage.get(&name).await.unwrap().unwrap_or_default();
        let of_kind = kinds.entry(kind.unwrap_or("other")).or_default();
        of_kind.0 += 1;
        of_kind.1 += bytes.len() as u64;
        // a sample is enough for a ratio
        if of_kind.2.len() < 4 << 20 {
            of_kind.2.extend(bytes);
        }
    }
    let mut total = 0;
    for (kind, (objects, bytes, sample)) in &kinds {
        total += bytes;
        let ratio = gzipped(sample) as f64 / sample.len().max(1) as f64;
        println!(
            "{kind:>16}: {objects} objects, {:.0} bytes an event, gzip leaves {:.0} %",
            *bytes as f64 / count as f64,
            ratio * 100.0
        );
    }
    println!("{:>16}: {:.0} bytes an event", "stored in all", total as f64 / count as f64);
}

fn main() {
    let count = std::env::var("EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let (signer, lines) = log(count);
    let device: DeviceId = signer.device();
    let begun = Instant::now();
    let mut verifier = Verifier::new();
    let first = verifier.push_line(&lines[0]).unwrap();
    for line in &lines[1..] {
        verifier.push_line(line).unwrap();
    }
    let alone = begun.elapsed();
    println!("{count} events; verified in memory in {:.1} s", alone.as_secs_f64());

    let mine = Shelf::new(first.hash.project(), "bench.example");
    mine.add_key(signer);
    for line in &lines {
        mine.add_line(&device, line).unwrap();
    }
    let server = servers::s3();
    let remote = storage::remote(&server);
    storage::wait(async {
        let begun = Instant::now();
        exchange(&remote, &mine, Direction::Out).await;
        let push = begun.elapsed();
        let theirs = Shelf::new(first.hash.project(), "bench.example");
        let begun = Instant::now();
        exchange(&remote, &theirs, Direction::In).await;
        let pull = begun.elapsed();
        assert_eq!(theirs.hashes(&device).len() as u64, count);
        let ratio = |time: std::time::Duration| time.as_secs_f64() / alone.as_secs_f64();
        println!("push, read back: {:.1} s, {:.1} times the verification", push.as_secs_f64(), ratio(push));
        println!("cold pull and verify: {:.1} s, {:.1} times the verification", pull.as_secs_f64(), ratio(pull));
        weigh(&remote, count).await;
    });
}
