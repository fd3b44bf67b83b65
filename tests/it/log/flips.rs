//! Every bit of every byte of the golden logs matters: flipped, it is refused, at the line it stands in.

use super::support::lines;
use countersign::log::{Code, Recheck, Verifier};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn every_flipped_bit_is_refused_at_its_place() {
    let mut work: Vec<(&str, usize, Verifier, Vec<u8>)> = Vec::new();
    for name in ["a", "b", "a-erased"] {
        let stored = lines(&format!("log/{name}.jsonl"));
        let mut verifier = Verifier::new();
        for (at, line) in stored.into_iter().enumerate() {
            // the log after the erasure shares its other lines with the one before
            if work.iter().all(|(.., known)| *known != line) {
                work.push((name, at, verifier.clone(), line.clone()));
            }
            verifier.push_line(&line).unwrap();
        }
    }
    let (next, seen) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<Code, u32>::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((name, at, verifier, line)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let codes = flip_all(name, *at, verifier, line);
                    let mut seen = seen.lock().unwrap();
                    codes.into_iter().for_each(|(code, n)| *seen.entry(code).or_default() += n);
                }
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    let bytes: usize = work.iter().map(|(.., line)| line.len()).sum();
    assert_eq!(seen.values().sum::<u32>() as usize, bytes * 8);
    for code in
        [Code::BadJson, Code::BadAttribute, Code::BadEncoding, Code::BadHeader, Code::BadData, Code::BadSignature]
    {
        assert!(seen.contains_key(&code), "no flip led to {code}: {seen:?}");
    }
}

/// Flips each bit of one line; gives how often each code was the answer.
fn flip_all(name: &str, at: usize, verifier: &Verifier, line: &[u8]) -> BTreeMap<Code, u32> {
    let mut codes = BTreeMap::new();
    for byte in 0..line.len() {
        for bit in 0..8 {
            let mut flipped = line.to_vec();
            flipped[byte] ^= 1 << bit;
            // a line feed ends the line, so the reader sees its first part
            let seen = flipped.split(|b| *b == b'\n').next().unwrap();
            match verifier.clone().push_line(seen) {
                Ok(_) => panic!("{name}, line {at}, byte {byte}, bit {bit}: accepted"),
                Err(problem) => {
                    assert_eq!(problem.sequence, Some(at as u64), "{name}, byte {byte}, bit {bit}");
                    *codes.entry(problem.code).or_default() += 1;
                }
            }
        }
    }
    codes
}

#[test]
fn a_flipped_line_feed_is_refused_too() {
    use countersign::log::LogReader;
    for name in ["a", "b", "a-erased"] {
        let bytes = super::support::read(&format!("log/{name}.jsonl"));
        let feeds: Vec<usize> = (0..bytes.len() - 1).filter(|at| bytes[*at] == b'\n').collect();
        for (at, bit) in feeds.iter().enumerate().flat_map(|(at, _)| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = bytes.clone();
            flipped[feeds[at]] ^= 1 << bit;
            let report = countersign::log::verify_logs(vec![LogReader::of_bytes(&flipped, None)], &Default::default());
            assert!(!report.ok, "{name}, line feed {at}, bit {bit}");
            assert_eq!(report.logs[0].entries, at as u64, "{name}, line feed {at}, bit {bit}");
        }
    }
}

/// The second look, without parsing, takes what the verifier took, and no bit less: each flipped bit of an entry either is
/// seen at once or leaves a signature that does not fit.
#[test]
fn the_second_look_sees_every_flipped_bit_too() {
    for name in ["a", "b", "a-erased"] {
        let (mut verifier, mut recheck) = (Verifier::new(), None::<Recheck>);
        for line in lines(&format!("log/{name}.jsonl")) {
            let accepted = verifier.push_line(&line).unwrap();
            let looking = recheck.get_or_insert_with(|| Recheck::resume(&accepted.event.device, 0, None).unwrap());
            let body = accepted.body.as_deref();
            for (byte, bit) in (0..accepted.entry.len()).map(|byte| (byte, byte % 8)) {
                let mut flipped = accepted.entry.clone();
                flipped[byte] ^= 1 << bit;
                let claim = looking.clone().next(&flipped, body);
                let fits = claim.is_some_and(|c| looking.key().verify(&c.signing_input, &c.signature).is_ok());
                assert!(!fits, "{name}, entry {}, byte {byte}", accepted.event.sequence);
            }
            for byte in 0..body.map_or(0, <[u8]>::len) {
                let mut flipped = body.unwrap().to_vec();
                flipped[byte] ^= 1 << (byte % 8);
                assert_eq!(looking.clone().next(&accepted.entry, Some(&flipped)), None, "{name}, byte {byte}");
            }
            assert_eq!(looking.clone().next(&accepted.entry[1..], body), None);
            assert_eq!(looking.clone().next(b"", None), None);
            let claim = looking.next(&accepted.entry, body).unwrap();
            assert!(looking.key().verify(&claim.signing_input, &claim.signature).is_ok());
            assert_eq!(looking.next(&accepted.entry, body), None, "the same entry does not stand twice");
            assert_eq!(looking.head(), (verifier.head().size, verifier.head().last));
        }
    }
}
