//! The attacks that a log must stand, row by row, and where each is tested. (Rows F, about storage and machines, are in
//! `tests/it/sync` and in the browser.)
//!
//! | row | attack | tests |
//! |---|---|---|
//! | A1 | any one bit of an entry, signature, hash or body | `every_flipped_bit_is_refused_at_its_place`, `a_flipped_line_feed_is_refused_too`, `a1_no_byte_of_them_may_change`, `a_changed_bit_of_a_large_body_is_refused_at_its_place` |
//! | A2 | another form of the same line | `only_the_canonical_form_is_taken` |
//! | A3 | swapped, doubled, dropped in the middle | `order_is_part_of_a_log`, `lines_out_of_place_are_refused_where_they_stand` |
//! | A4 | the tail dropped, an older checkpoint served | `a4_a_rollback_shows_both_checkpoints`, `a4_a_participants_word_shows_a_rollback_to_newcomers`, `a4_a_newcomer_may_demand_witnesses` |
//! | A5 | one key, one place, two contents | `a5_an_equivocation_keeps_both_entries_and_freezes_the_log`, `a5_two_roots_of_one_size_show_both_checkpoints`, `a_fork_is_shown_with_both_entries` |
//! | A6 | an entry of another project or device | `a6_an_entry_from_elsewhere_is_refused`, `logs_of_another_project_do_not_mix` |
//! | A7 | notes and cosignatures that are not what they claim | `a7_a_cosignature_counts_only_as_one`, `what_is_no_checkpoint_of_this_log` |
//! | A8 | `alg` none, HS256, EdDSA; `crit`, `jwk`, another `kid` | `the_header_is_one_and_no_other` |
//! | A9 | small order, non-canonical points, malleable S | `a_malleable_signature_is_refused`, `edge_cases_of_the_curve`, `wycheproof` |
//! | A10 | clocks ten years on, a day back, jumping | `times_that_have_not_come_are_suspect`, `the_clock_of_a_log_never_goes_back`, `a10_times_are_bounded_by_who_saw_the_entry`, `a10_any_clock_gives_one_order_on_all_devices` |
//! | A11 | a stolen key goes on, backdated; a revocation that forgets | `what_a_revoked_key_says_later_counts_for_nothing`, `a11_a_revocation_below_what_witnesses_saw_is_shown` |
//! | A12 | acts without the right | `a_valid_signature_without_the_right_changes_nothing`, `acts_without_a_right_are_named` |
//! | A13 | reveals with their value, erasure, guessing a short answer | `a13_a_reveal_never_carries_the_value`, `a13_an_erased_log_verifies_and_forgets`, `a13_a_short_answer_cannot_be_guessed_from_its_hash` |
//! | A14 | bombs: tiles, lines, nesting, signatures | `a14_bombs_are_refused_before_they_are_parsed`, `a14_a_line_of_a_gigabyte_costs_little` |
//! | P1 | any order of arrival, duplicates, partitions | `p1_any_interleaving_of_logs_gives_one_state`, `all_devices_hold_the_same_in_the_end` |

use super::support::{Pen, lines, read};
use super::v1::FILES;
use countersign::domain::annotation::{Answer, Value};
use countersign::domain::event::{Event, Fact, Happening};
use countersign::domain::state::{Materials, fold};
use countersign::engine::{Engine, snapshot};
use countersign::log::checkpoint::{Checkpoint, Kind, Note, NoteError, NoteKey, witness_name};
use countersign::log::tiles::{parse_entry_bundle, parse_hash_tile};
use countersign::log::{Against, Code, EntryHash, LogReader, Verifier, limits, verify_and_fold, verify_logs, wire};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Each test that the table names is there, and each row names one.
#[test]
fn every_row_has_its_tests() {
    fn sources(at: &Path, out: &mut String) {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut all = String::new();
    sources(&super::support::path("../it"), &mut all);
    let rows: Vec<&str> = include_str!("rows.rs").lines().filter_map(|l| l.strip_prefix("//! | ")).skip(1).collect();
    let names: Vec<&str> = rows.iter().map(|row| row.split(' ').next().unwrap()).collect();
    let expect: Vec<String> = (1..=14).map(|n| format!("A{n}")).chain(["P1".to_owned()]).collect();
    assert_eq!(names, expect);
    for row in rows {
        let tests: Vec<&str> = row.rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            assert!(
                all.contains(&format!("#[test]\nfn {test}()")) || all.contains(&format!("#[test]\n    fn {test}(")),
                "{test} is not there"
            );
        }
    }
}

/// A6: signed well, by the right key even, and of another project; or of another device of this one.
#[test]
fn a6_an_entry_from_elsewhere_is_refused() {
    let mut here = Pen::found(1, "ann-01");
    here.say(Fact::TaskOpened {});
    let elsewhere = Pen::found(9, "ann-09");
    let mut same_key = Pen::new(1, "ann-01", Some(elsewhere.project()));
    (0..3).for_each(|_| drop(same_key.say(Fact::TaskOpened {})));
    let mut other_device = Pen::new(2, "ann-01", Some(here.project()));
    (0..3).for_each(|_| drop(other_device.say(Fact::TaskOpened {})));
    for (pen, code) in [(same_key, Code::WrongProject), (other_device, Code::WrongSource)] {
        let problem = here.reader().push_line(&pen.lines[2]).unwrap_err();
        assert_eq!((problem.code, problem.sequence), (code, Some(2)));
    }
}

/// A7: a signature of a witness's key that is made as a log's (0x01), under a name of its own, is no cosignature; one under
/// another name or over another text is none either.
#[test]
fn a7_a_cosignature_counts_only_as_one() {
    let admin = Pen::found(1, "ann-01");
    let judge = Pen::found(2, "ann-02");
    let honest = super::support::noted(&admin, &judge, 1);
    let note = Note::parse(&honest).unwrap();
    let text = note.text.clone();
    let name = witness_name("example.org", &judge.who.device);
    let seen = |note: &Note| {
        let key = NoteKey { name: name.clone(), kind: Kind::Witness, key: judge.signer.public() };
        note.signed_by(&key)
    };
    assert!(matches!(seen(&note), Ok(Some(_))));
    let with = |kind: Kind, name: &str, over: &str, time_s: u64| {
        let mut forged = Note { text: text.clone(), signatures: note.signatures[..1].to_vec() };
        let key = NoteKey { name: name.to_owned(), kind, key: judge.signer.public() };
        forged.add(&key, time_s, &judge.signer.sign(&Note::message(over, kind, time_s)));
        forged
    };
    assert_eq!(seen(&with(Kind::Log, &name, &text, 0)), Ok(None), "as a log: another key id");
    assert_eq!(seen(&with(Kind::Witness, "example.org/witness/x", &text, 5)), Ok(None), "another name");
    assert_eq!(seen(&with(Kind::Witness, &name, "other\n1\nAAAA\n", 5)), Err(NoteError::BadSignature), "another text");
    assert!(matches!(seen(&with(Kind::Witness, &name, &text, 5)), Ok(Some(5))));
    // the verifier counts none of them, and a note of another origin is no note of this project
    for forged in [with(Kind::Log, &name, &text, 0), with(Kind::Witness, &name, "other\n1\nAAAA\n", 5)] {
        let against = Against { checkpoints: vec![forged.write()], require_witnesses: 1, ..Against::default() };
        let report = verify_logs(vec![admin.file()], &against);
        assert_eq!(report.problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::TooFewWitnesses]);
    }
    let against = Against { checkpoints: vec![super::support::noted(&judge, &admin, 1)], ..Against::default() };
    assert!(verify_logs(vec![admin.file()], &against).problems.iter().any(|p| p.code == Code::BadCheckpoint));
}

/// A10: whatever the clocks said, all devices fold the same events in the same total order.
#[test]
fn a10_any_clock_gives_one_order_on_all_devices() {
    let mut pen = Pen::found(1, "ann-01");
    for jump in [0_i64, 3_650 * 86_400_000, -86_400_000, 5, 0, -400_000, 7 * 86_400_000] {
        pen.now_ms = pen.now_ms.saturating_add_signed(jump);
        pen.write(&Happening::of(Fact::TaskOpened {}).about(&"T1".into()));
    }
    let events: Vec<Event> = super::support::verify(&pen.lines).1.unwrap().into_iter().map(|a| a.event).collect();
    assert!(events.windows(2).all(|pair| pair[0].hlc < pair[1].hlc));
    let report = verify_logs(vec![pen.file()], &Against::default());
    assert!(report.ok, "flagged, never dropped: {report:#?}");
    assert!(report.problems.iter().any(|p| p.code == Code::ClockSuspect));
    let mut backwards: Vec<Event> = events.iter().rev().cloned().collect();
    assert_eq!(fold(Materials::default(), &mut backwards), fold(Materials::default(), &mut events.clone()));
}

#[test]
fn a13_a_reveal_never_carries_the_value() {
    use serde_json::json;
    const SALT: &str = "AQEBAQEBAQEBAQEBAQEBAQ";
    for (extra, expect) in [(None, None), (Some("value"), Some(Code::BadData)), (Some("x"), Some(Code::BadData))] {
        let pen = Pen::found(7, "ann-01");
        let line = pen.forge(|map| {
            let mut data = json!({ "path": "text", "purpose": "call back", "salt": SALT });
            if let Some(name) = extra {
                data[name] = json!("+1 555 0100");
            }
            map.insert("type".into(), json!("org.countersign.field.revealed.v1"));
            map.insert("data".into(), data);
        });
        assert_eq!(pen.reader().push_line(&line).err().map(|p| p.code), expect, "{extra:?}");
    }
    // and there is no way to seal one: the fact has no room for it
    let fact = Fact::FieldRevealed { path: "p".into(), purpose: "q".into() };
    assert_eq!(serde_json::to_string(&fact).unwrap(), r#"{"field_revealed":{"path":"p","purpose":"q"}}"#);
}

/// The body is taken out of its line: every signature, link and root stands, and the state is without the answer, also for
/// who still holds the body.
#[test]
fn a13_an_erased_log_verifies_and_forgets() {
    let mut pen = Pen::found(1, "ann-01");
    let text = "the caller's own words".to_owned();
    let answers = vec![Answer { control: "why".into(), region: None, value: Value::Text(vec![text.clone()]) }];
    let fact = Fact::AnnotationSubmitted { answers, released: None, prediction: None, duration_ms: None };
    let answer = pen.write(&Happening::of(fact).about(&"T1".into()));
    let held = pen.file();
    let (event, source) = (answer.event.id.clone(), pen.who.device.clone());
    pen.say(Fact::DataErased { event, ground: "request".into(), source });
    let mut erased = pen.lines.clone();
    erased[1].clone_from(&answer.entry);
    let (with, without) = (pen.file(), LogReader::of_bytes(&erased.join(&b'\n'), None));
    assert_eq!(with.root(3), without.root(3));
    let judge = |readers: Vec<LogReader>| verify_and_fold(readers, &Against::default());
    let (before, whole) = (judge(vec![held]).1, judge(vec![with]).1);
    let (report, state) = judge(vec![without]);
    assert!(report.ok);
    assert!(report.problems.iter().any(|p| (p.code, p.sequence) == (Code::BodyErased, Some(1))));
    assert_eq!(snapshot::bytes(&state), snapshot::bytes(&whole), "held or not, the body is absent");
    let says = |state| String::from_utf8(snapshot::bytes(state)).unwrap().contains(&text);
    assert_eq!([says(&before), says(&state)], [true, false]);
}

/// A task of two classes: whoever knows the form of the body and both labels still does not find which was given, since 16
/// random bytes go into the hash. Without them the attack succeeds at the second try.
#[test]
fn a13_a_short_answer_cannot_be_guessed_from_its_hash() {
    let answer = |label: &str| {
        let answers = vec![Answer { control: "c".into(), region: None, value: Value::Choices(vec![label.into()]) }];
        Fact::AnnotationSubmitted { answers, released: None, prediction: None, duration_ms: None }
    };
    let hash_of = |fact: &Fact, salt: Option<&[u8; 16]>| {
        let mut data = countersign::log::body::to_data(fact, salt.unwrap_or(&[0; 16])).unwrap();
        if salt.is_none() {
            data.remove("salt");
        }
        EntryHash::of(&wire::canonical(&data.into()).unwrap())
    };
    let mut pen = Pen::found(1, "ann-01");
    let given = pen.write(&Happening::of(answer("no")).about(&"T1".into()));
    // the guesses: each label without salt, and with ten thousand salts
    let mut salts = (0..10_000_u32).map(|n| {
        let mut salt = [0xa5; 16];
        salt[..4].copy_from_slice(&n.to_be_bytes());
        salt
    });
    let labels = [answer("yes"), answer("no")];
    assert!(labels.iter().all(|fact| hash_of(fact, None) != given.datahash));
    assert!(salts.all(|salt| labels.iter().all(|fact| hash_of(fact, Some(&salt)) != given.datahash)));
    // the same label twice gives two hashes, so equal answers cannot be told either
    let again = pen.write(&Happening::of(answer("no")).about(&"T2".into()));
    assert_ne!(given.datahash, again.datahash);
    // what the salt is good for
    let bare = hash_of(&answer("no"), None);
    assert_eq!(labels.iter().position(|fact| hash_of(fact, None) == bare), Some(1));
    // and a body without its salt is no body
    let line = pen.forge(|map| drop(map.insert("data".into(), serde_json::json!({ "salt": "AQEB" }))));
    let accepted = pen.reader().push_line(&line).unwrap();
    assert_eq!(accepted.warnings.first().map(|w| w.code), Some(Code::BadBody));
}

#[test]
fn a14_bombs_are_refused_before_they_are_parsed() {
    // a bundle that claims 256 entries of 64 KiB, and one of a gigabyte's beginning
    let bundle = vec![0xff; 256 * 65_538 + 1];
    assert_eq!(parse_entry_bundle(&bundle, 256), None);
    assert_eq!(parse_entry_bundle(&vec![0xff; 70_000], 1), None);
    assert_eq!(parse_hash_tile(&vec![0; 1 << 20], 256), None);
    // a million signatures, and a million brackets
    let note = [&read("log/a.checkpoint")[..], "— x AAAAAAAA\n".repeat(1_000_000).as_bytes()].concat();
    assert_eq!(Note::parse(&note), Err(NoteError::TooLarge));
    let few = [&read("log/a.checkpoint")[..], "— x AAAAAAAA\n".repeat(101).as_bytes()].concat();
    assert_eq!(Note::parse(&few), Err(NoteError::TooLarge));
    for bomb in [vec![b'['; 1_000_000], b"{\"a\":".repeat(1_000_000), vec![b'"'; limits::MAX_LONG_LINE_BYTES + 1]] {
        assert_eq!(Verifier::new().push_line(&bomb).unwrap_err().code, Code::TooLarge);
        assert_eq!(Verifier::new().push_entry(&bomb, None).unwrap_err().code, Code::TooLarge);
    }
    assert!(Checkpoint::parse(&format!("x\n{}\nAAAA\n", "9".repeat(1_000_000))).is_err());
    assert_eq!(countersign::log::anchor::read(&vec![0x30; 1 << 20]), None);
    assert_eq!(countersign::log::anchor::read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
}

/// A file of one line of a gigabyte (a hole on the disk): refused, without holding it.
#[test]
fn a14_a_line_of_a_gigabyte_costs_little() {
    let path = std::env::temp_dir().join(format!("countersign-{}-gigabyte.jsonl", std::process::id()));
    fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    let (mut longest, mut codes, mut reader) = (0, Vec::new(), LogReader::new(None));
    countersign::platform::native::files::each_line(&path, limits::MAX_LONG_LINE_BYTES, |line| {
        longest = longest.max(line.len());
        reader.push(line);
    })
    .unwrap();
    fs::remove_file(&path).unwrap();
    codes.extend(reader.problems().iter().map(|p| p.code));
    assert_eq!((longest, codes.as_slice()), (limits::MAX_LONG_LINE_BYTES + 1, &[Code::TooLarge][..]));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// P1: events of several logs in any interleaving that keeps each log's own order, some of them twice, in batches of any
    /// size: the same state as all at once, and as from files in any order.
    #[test]
    fn p1_any_interleaving_of_logs_gives_one_state(picks in proptest::collection::vec((0..4_usize, 1..4_usize, any::<bool>()), 40..80)) {
        let logs: Vec<Vec<Event>> = FILES
            .iter()
            .map(|name| super::support::verify(&lines(&format!("log/v1/{name}.jsonl"))).1.unwrap().into_iter().map(|a| a.event).collect())
            .collect();
        let mut all: Vec<Event> = logs.iter().flatten().cloned().collect();
        let whole = fold(Materials::default(), &mut all);
        let mut engine = Engine::new(Materials::default(), vec![]);
        let mut at = [0_usize; 4];
        let rest = (0..4).map(|log| (log, usize::MAX, false));
        for (log, count, again) in picks.into_iter().chain(rest) {
            let from = if again { at[log].saturating_sub(2) } else { at[log] };
            let to = logs[log].len().min(at[log].saturating_add(count));
            engine.accept(logs[log][from..to].to_vec());
            at[log] = to;
        }
        prop_assert_eq!(snapshot::bytes(engine.state()), snapshot::bytes(&whole));
        prop_assert_eq!(engine.state(), &whole);
    }
}
