//! What only several logs together show.

use super::support::{Pen, noted, read};
use countersign::domain::event::{Custody, Fact, Happening, Role};
use countersign::log::{Against, Code, LogReader, Report, Severity, verify_logs};

fn codes(report: &Report, file: usize) -> Vec<(Code, u64)> {
    report.logs[file].problems.iter().map(|p| (p.code, p.sequence.unwrap())).collect()
}

fn golden(name: &str) -> LogReader {
    LogReader::of_bytes(&read(&format!("log/{name}.jsonl")), None)
}

/// An admin and an annotator who asked and was granted.
fn two() -> (Pen, Pen) {
    let mut admin = Pen::found(1, "ann-01");
    let mut other = Pen::new(2, "ann-02", Some(admin.project()));
    other.now_ms = admin.now_ms;
    other.say(Fact::KeyRequested { custody: Custody::File });
    admin.now_ms = other.now_ms;
    admin.say(Fact::KeyGranted {
        key: other.who.device.clone(),
        authid: "ann-02".into(),
        roles: vec![Role::Annotator],
        custody: Custody::File,
    });
    other.now_ms = admin.now_ms;
    (admin, other)
}

fn judge(pens: &[&Pen]) -> Report {
    verify_logs(pens.iter().map(|pen| pen.file()).collect(), &Against::default())
}

#[test]
fn golden_project() {
    let report = verify_logs(vec![golden("a"), golden("b")], &Against::default());
    assert!(report.ok && report.errors == 0 && report.warnings == 0, "{report:#?}");
    assert_eq!((report.entries, report.logs.len()), (10, 2));
    let report = verify_logs(vec![golden("a-erased"), golden("b")], &Against::default());
    assert!(report.ok && report.warnings == 0, "{report:#?}");
    assert_eq!(codes(&report, 0), [(Code::BodyErased, 7)]);
    // the same log, older and newer, is one log
    let report = verify_logs(vec![golden("a"), golden("a-erased"), golden("b")], &Against::default());
    assert!(report.ok, "{report:#?}");
    assert_eq!(report.entries, 11);
}

#[test]
fn a_body_gone_without_erasure_is_missing() {
    let text = String::from_utf8(read("log/a-erased.jsonl")).unwrap();
    let without_erasure: Vec<&str> = text.lines().take(8).collect();
    let file = LogReader::of_bytes(without_erasure.join("\n").as_bytes(), None);
    let report = verify_logs(vec![file, golden("b")], &Against::default());
    assert_eq!(codes(&report, 0), [(Code::BodyMissing, 7)]);
    assert!(report.ok && report.warnings == 1);
}

#[test]
fn a_grant_cannot_be_erased() {
    let (mut admin, mut other) = two();
    other.say(Fact::TaskOpened {});
    let grant = countersign::log::wire::parse_line(&admin.lines[1]).unwrap();
    admin.say(Fact::DataErased {
        event: grant.envelope.id,
        ground: "request".into(),
        source: admin.who.device.clone(),
    });
    assert_eq!(judge(&[&admin, &other]).warnings, 0, "the body is here and counts");
    let (entry, body) = (grant.entry, grant.body);
    assert!(body.is_some());
    admin.lines[1] = entry;
    let report = judge(&[&admin, &other]);
    assert_eq!(codes(&report, 0), [(Code::BodyMissing, 1)]);
    assert_eq!(codes(&report, 1), [(Code::NotAuthorised, 1)]);
}

#[test]
fn one_log_alone_is_said_to_be_alone() {
    let report = verify_logs(vec![golden("a")], &Against::default());
    assert_eq!(codes(&report, 0), [(Code::Unwitnessed, 8)]);
    let report = verify_logs(vec![golden("b")], &Against::default());
    assert_eq!(codes(&report, 0), [(Code::NoGenesis, 0), (Code::Unwitnessed, 2)]);
    let report = verify_logs(vec![LogReader::new(None)], &Against::default());
    assert_eq!(codes(&report, 0), [(Code::Unreadable, 0)]);
    assert!(!report.ok);
}

#[test]
fn acts_without_a_right_are_named() {
    let (mut admin, mut other) = two();
    other.say(Fact::TaskOpened {});
    other.say(Fact::KeyGranted {
        key: other.who.device.clone(),
        authid: "ann-02".into(),
        roles: vec![Role::Admin],
        custody: Custody::File,
    });
    other.say(Fact::ReviewPassed {});
    other.say(Fact::CaseAdjudicated { answers: vec![], over: vec![] });
    other.who.author = "ann-01".into();
    other.say(Fact::TaskOpened {});
    let mut stranger = Pen::new(3, "ann-03", Some(admin.project()));
    stranger.now_ms = admin.now_ms;
    stranger.say(Fact::TaskOpened {});
    let report = judge(&[&admin, &other, &stranger]);
    assert!(report.ok, "signatures stand: {report:#?}");
    assert_eq!(codes(&report, 0), []);
    let named = [2, 3, 4, 5].map(|at| (Code::NotAuthorised, at));
    assert_eq!(codes(&report, 1), named);
    assert_eq!(codes(&report, 2), [(Code::NotAuthorised, 0)]);

    admin.now_ms = other.now_ms;
    admin.say(Fact::KeyRevoked { key: other.who.device.clone(), lastsequence: 1 });
    other.who.author = "ann-02".into();
    other.now_ms = admin.now_ms;
    other.say(Fact::TaskOpened {});
    let report = judge(&[&admin, &other]);
    assert_eq!(codes(&report, 1).last(), Some(&(Code::NotAuthorised, 6)));
}

#[test]
fn a_fork_in_two_files_is_an_equivocation() {
    let (admin, mut other) = two();
    let fork = other.seal(&Happening::of(Fact::LogClosed { log: None, lastsequence: None }));
    let mut forked = other.file();
    forked.push(&fork.line);
    other.say(Fact::TaskOpened {});
    let report = verify_logs(vec![admin.file(), other.file(), forked], &Against::default());
    assert!(!report.ok);
    assert_eq!(codes(&report, 1), [(Code::Equivocation, 1)]);
    assert_eq!(codes(&report, 2), [(Code::Equivocation, 1)]);
}

#[test]
fn logs_of_another_project_do_not_mix() {
    let (admin, other) = two();
    let stranger = Pen::found(4, "ann-04");
    let report = judge(&[&admin, &stranger, &other]);
    assert_eq!(codes(&report, 0), []);
    assert_eq!(codes(&report, 1), [(Code::WrongProject, 0)]);
    assert_eq!(codes(&report, 2), []);
}

#[test]
fn a_cut_tail_is_seen_by_who_saw_more() {
    let (mut admin, mut other) = two();
    other.say(Fact::TaskOpened {});
    admin.now_ms = other.now_ms;
    admin.say(Fact::PeersSeen { heads: vec![(other.who.device.clone(), 2)] });
    assert!(judge(&[&admin, &other]).ok);
    other.lines.pop();
    let report = judge(&[&admin, &other]);
    assert_eq!(codes(&report, 1), [(Code::Rollback, 1)]);
    assert!(!report.ok);
    // what a stranger claims to have seen counts for nothing
    let (admin, other) = two();
    let mut stranger = Pen::new(3, "ann-03", Some(admin.project()));
    stranger.now_ms = admin.now_ms;
    stranger.say(Fact::PeersSeen { heads: vec![(other.who.device.clone(), 1_000_000)] });
    assert!(judge(&[&admin, &other, &stranger]).ok);
}

#[test]
fn checkpoints_hold_the_tail_and_the_whole() {
    let (admin, mut other) = two();
    other.say(Fact::TaskOpened {});
    let stranger = Pen::new(3, "ann-03", Some(admin.project()));
    let judge = |checkpoints: Vec<Vec<u8>>, require_witnesses| {
        let files = vec![admin.file(), other.file()];
        verify_logs(files, &Against { checkpoints, require_witnesses, ..Against::default() })
    };
    let both = || vec![noted(&admin, &other, 2), noted(&other, &admin, 2)];
    let report = judge(both(), 1);
    assert!(report.ok, "{report:#?}");
    assert_eq!(report.logs[1].witnesses, std::slice::from_ref(&admin.who.device));
    assert!(!judge(both(), 2).ok);
    // an older checkpoint does not cover the whole log
    let report = judge(vec![noted(&admin, &other, 2), noted(&other, &admin, 1)], 1);
    assert_eq!(codes(&report, 1), [(Code::TooFewWitnesses, 2)]);
    // neither oneself nor a stranger is another participant
    for witness in [&other, &stranger] {
        let report = judge(vec![noted(&admin, &other, 2), noted(&other, witness, 2)], 1);
        assert_eq!(codes(&report, 1), [(Code::TooFewWitnesses, 2)]);
    }
    // a longer checkpoint shows the cut
    let longer = noted(&other, &admin, 2);
    let mut cut = other.file_entries().len();
    cut -= 1;
    let mut short = LogReader::new(None);
    other.lines[..cut].iter().for_each(|line| short.push(line));
    let report = verify_logs(vec![admin.file(), short], &Against { checkpoints: vec![longer], ..Against::default() });
    assert_eq!(codes(&report, 1), [(Code::Rollback, 1)]);
    // a root that was signed and is not of these entries
    let mut twin = Pen::new(2, "ann-02", Some(admin.project()));
    twin.say(Fact::ReviewPassed {});
    twin.say(Fact::ReviewPassed {});
    let report = judge(vec![noted(&twin, &admin, 2)], 0);
    assert_eq!(codes(&report, 1), [(Code::Equivocation, 0)]);
}

#[test]
fn severities() {
    for (code, severity) in [
        (Code::BadSignature, Severity::Error),
        (Code::NotAuthorised, Severity::Warning),
        (Code::ClockSuspect, Severity::Warning),
        (Code::BodyErased, Severity::Note),
    ] {
        assert_eq!(code.severity(), severity);
    }
}
