//! What only others can tell of a log, and the proof of it: cut tails, two histories, revocations that forget. In each case
//! both of the things that cannot be true together are in the report, as they were signed.

use super::support::{Pen, noted};
use countersign::domain::event::{Custody, Fact, Happening, Role};
use countersign::domain::id::DeviceId;
use countersign::log::{Against, Code, Evidence, LogReader, Report, verify_and_fold, verify_logs};

/// An admin, and an annotator with three entries.
fn two() -> (Pen, Pen) {
    let mut admin = Pen::found(1, "ann-01");
    let mut other = Pen::new(2, "ann-02", Some(admin.project()));
    other.now_ms = admin.now_ms;
    other.say(Fact::KeyRequested { custody: Custody::File });
    admin.now_ms = other.now_ms;
    let (key, roles) = (other.who.device.clone(), vec![Role::Annotator]);
    admin.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File });
    other.now_ms = admin.now_ms;
    other.write(&Happening::of(Fact::TaskOpened {}).about(&"T1".into()));
    other.write(&Happening::of(Fact::TaskOpened {}).about(&"T2".into()));
    admin.now_ms = other.now_ms;
    (admin, other)
}

fn codes(report: &Report) -> Vec<(Code, Option<DeviceId>, Option<u64>)> {
    report.problems.iter().map(|p| (p.code, p.log.clone(), p.sequence)).collect()
}

fn first(pen: &Pen, size: usize) -> LogReader {
    LogReader::of_bytes(&pen.lines[..size].join(&b'\n'), None)
}

fn text(bytes: &[u8]) -> Option<String> {
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// The whole report, written and read as JSON: evidence is data, not a sentence.
fn only_evidence(report: &Report) -> Evidence {
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["evidence"].as_array().map(Vec::len), Some(1), "{json:#}");
    report.evidence[0].clone()
}

/// A4: the log is served with an older checkpoint, and somebody holds a newer one.
#[test]
fn a4_a_rollback_shows_both_checkpoints() {
    let (admin, other) = two();
    let (newer, older) = (noted(&other, &admin, 3), noted(&other, &admin, 2));
    let against = Against { checkpoints: vec![newer.clone(), older.clone()], ..Against::default() };
    let report = verify_logs(vec![admin.file(), first(&other, 2)], &against);
    assert_eq!(codes(&report), [(Code::Rollback, Some(other.who.device.clone()), Some(2))]);
    let evidence = only_evidence(&report);
    assert_eq!((evidence.code, &evidence.log, evidence.sequence), (Code::Rollback, &other.who.device, 2));
    let heads: Vec<_> = evidence.heads.iter().map(|h| (h.size, h.checkpoint.clone())).collect();
    assert_eq!(heads, [(3, text(&newer)), (2, text(&older))]);
    // the whole log bears out both
    assert!(verify_logs(vec![admin.file(), other.file()], &against).ok);
}

/// A4: nobody holds a checkpoint, but a participant wrote down how far they had seen the log.
#[test]
fn a4_a_participants_word_shows_a_rollback_to_newcomers() {
    let (mut admin, other) = two();
    let said = admin.say(Fact::PeersSeen { heads: vec![(other.who.device.clone(), 3)] });
    let report = verify_logs(vec![admin.file(), first(&other, 2)], &Against::default());
    assert_eq!(codes(&report), [(Code::Rollback, Some(other.who.device.clone()), Some(2))]);
    let heads = only_evidence(&report).heads;
    assert_eq!(
        (heads[0].size, &heads[0].by, &heads[0].event),
        (3, &Some(admin.who.device.clone()), &Some(said.event.id))
    );
    assert_eq!((heads[1].size, &heads[1].by), (2, &None), "what is here");
    // and the whole log gone is told as well
    let report = verify_logs(vec![admin.file()], &Against::default());
    assert!(codes(&report).contains(&(Code::LogMissing, Some(other.who.device.clone()), Some(0))));
}

/// A4: a newcomer who sees one log alone cannot know, and may demand witnesses.
#[test]
fn a4_a_newcomer_may_demand_witnesses() {
    let (admin, other) = two();
    let judge = |notes: Vec<Vec<u8>>, require_witnesses| {
        let against = Against { checkpoints: notes, require_witnesses, ..Against::default() };
        verify_logs(vec![admin.file(), first(&other, 2)], &against)
    };
    assert!(judge(vec![], 0).ok, "nothing tells");
    let own = noted(&admin, &other, 2);
    let report = judge(vec![own.clone(), noted(&other, &admin, 1)], 1);
    assert_eq!(codes(&report), [(Code::TooFewWitnesses, Some(other.who.device.clone()), Some(2))]);
    assert!(judge(vec![own, noted(&other, &admin, 2)], 1).ok);
}

/// A5: one key, one place, two contents. Both are kept as they were signed, nothing behind them counts, and an admin ends the
/// key at the place before.
#[test]
fn a5_an_equivocation_keeps_both_entries_and_freezes_the_log() {
    let (mut admin, mut other) = two();
    let place = other.head.size;
    let twin = other.seal(&Happening::of(Fact::AnnotationWithdrawn {}).about(&"T1".into()));
    let one = other.write(&Happening::of(Fact::TaskSkipped { reason: "x".into() }).about(&"T1".into()));
    other.write(&Happening::of(Fact::TaskSkipped { reason: "y".into() }).about(&"T2".into()));
    let mut forked = first(&other, 3);
    forked.push(&twin.line);
    // in two files, and within one
    let mut both = other.file();
    both.push(&twin.line);
    for readers in [vec![admin.file(), other.file(), forked], vec![admin.file(), both]] {
        let files = readers.len();
        let (mut report, state) = verify_and_fold(readers, &Against::default());
        assert!(!report.ok);
        assert!(
            codes(&report)
                .iter()
                .all(|(code, log, _)| (*code, log) == (Code::Equivocation, &Some(other.who.device.clone())))
        );
        only_evidence(&report);
        // a second look at the lines brings the bytes
        for (file, lines) in [(1, &other.lines), (files - 1, &[other.lines.clone(), vec![twin.line.clone()]].concat())]
        {
            lines.iter().for_each(|line| report.evidence[0].fill(file, line));
        }
        let evidence = &report.evidence[0];
        assert_eq!((evidence.code, evidence.sequence), (Code::Equivocation, place));
        let entries: Vec<_> = evidence.entries.iter().map(|e| e.entry.clone()).collect();
        assert_eq!(entries, [text(&one.entry), text(&twin.entry)]);
        // frozen: what stood before the fork is folded, and nothing else
        let work = |task: &str| state.work(&task.into(), &"ann-02".into()).unwrap().status.clone();
        assert_eq!([work("T1"), work("T2")], [const { countersign::domain::state::WorkStatus::Opened }; 2]);
    }
    admin.now_ms = other.now_ms;
    admin.say(Fact::KeyRevoked { key: other.who.device.clone(), lastsequence: place - 1 });
    let (report, state) = verify_and_fold(vec![admin.file(), other.file()], &Against::default());
    assert!(report.ok && state.keys[&other.who.device].last_sequence == Some(place - 1));
}

/// A5: a history rewritten whole has another root; both checkpoints are the proof.
#[test]
fn a5_two_roots_of_one_size_show_both_checkpoints() {
    let (admin, other) = two();
    let mut twin = Pen::new(2, "ann-02", Some(admin.project()));
    (0..3).for_each(|_| drop(twin.say(Fact::TaskOpened {})));
    let (honest, rewritten) = (noted(&other, &admin, 3), noted(&twin, &admin, 3));
    let judge = |notes| {
        let against = Against { checkpoints: notes, ..Against::default() };
        verify_logs(vec![admin.file(), other.file()], &against)
    };
    let evidence = only_evidence(&judge(vec![rewritten.clone()]));
    assert_eq!(evidence.code, Code::Equivocation);
    assert_eq!(evidence.heads.iter().map(|h| h.checkpoint.clone()).collect::<Vec<_>>(), [text(&rewritten), None]);
    let report = judge(vec![honest.clone(), rewritten.clone()]);
    let pair = [text(&honest), text(&rewritten)];
    let proof = |e: &Evidence| e.heads.iter().map(|h| h.checkpoint.clone()).collect::<Vec<_>>() == pair;
    assert!(report.evidence.iter().any(proof), "{:#?}", report.evidence);
    // a root that the log's key did not sign proves nothing of it
    let other_key = noted(&Pen::found(9, "x"), &admin, 1);
    let codes = codes(&judge(vec![other_key, b"no note".to_vec()]));
    assert_eq!(codes, [(Code::BadCheckpoint, None, None), (Code::BadCheckpoint, None, None)]);
}

/// A11: the key is revoked below what others had seen of its log. Either the revocation or the key is wrong: shown, with who
/// says what; what is beyond counts for nothing, whatever time it claims.
#[test]
fn a11_a_revocation_below_what_witnesses_saw_is_shown() {
    let (mut admin, other) = two();
    let seen = noted(&other, &admin, 3);
    let revoked = admin.say(Fact::KeyRevoked { key: other.who.device.clone(), lastsequence: 1 });
    let against = Against { checkpoints: vec![seen.clone()], ..Against::default() };
    let (report, state) = verify_and_fold(vec![admin.file(), other.file()], &against);
    assert!(report.ok, "it is for people to judge: {report:#?}");
    let device = Some(other.who.device.clone());
    let expect = [Code::NotAuthorised, Code::RevocationConflict].map(|code| (code, device.clone(), Some(2)));
    assert_eq!(codes(&report), expect);
    let heads = only_evidence(&report).heads;
    assert_eq!((heads[0].size, &heads[0].event), (2, &Some(revoked.event.id)));
    assert_eq!((heads[1].size, &heads[1].by, &heads[1].checkpoint), (3, &Some(admin.who.device.clone()), &text(&seen)));
    assert!(
        state.work(&"T1".into(), &"ann-02".into()).is_some() && state.work(&"T2".into(), &"ann-02".into()).is_none()
    );
    // a revocation that fits what was seen is no conflict
    let (mut admin, other) = two();
    admin.say(Fact::KeyRevoked { key: other.who.device.clone(), lastsequence: 2 });
    let report =
        verify_logs(vec![admin.file(), other.file()], &Against { checkpoints: vec![seen], ..Against::default() });
    assert_eq!(codes(&report), []);
}

/// A10: what a witness or an authority saw was not written later.
#[test]
fn a10_times_are_bounded_by_who_saw_the_entry() {
    let (admin, mut other) = two();
    let at = other.now_ms;
    other.now_ms += 10 * 86_400_000;
    other.say(Fact::TaskOpened {});
    other.now_ms = at;
    let against = Against { checkpoints: vec![noted(&other, &admin, 4)], ..Against::default() };
    let report = verify_logs(vec![admin.file(), other.file()], &against);
    assert!(report.ok);
    assert_eq!(codes(&report), [(Code::ClockSuspect, Some(other.who.device.clone()), Some(3))]);
}

/// A log that says it is closed goes no further: a code of its own, and exit 1.
#[test]
fn nothing_follows_in_a_closed_log() {
    let (mut admin, mut other) = two();
    other.say(Fact::LogClosed { log: None, lastsequence: None });
    assert!(verify_logs(vec![admin.file(), other.file()], &Against::default()).ok);
    let line = other.say(Fact::TaskOpened {}).line;
    let report = verify_logs(vec![admin.file(), other.file()], &Against::default());
    assert_eq!(codes(&report), [(Code::AfterClose, Some(other.who.device.clone()), Some(4))]);
    assert_eq!(report.logs[1].entries, 4);
    assert_eq!(other.reader_of(4).push_line(&line).unwrap_err().code, Code::AfterClose);

    // a lost key: an admin closes its log where it was last seen, a new key goes on for the same person
    let (_, lost) = two();
    let (log, lastsequence) = (Some(lost.who.device.clone()), Some(2));
    admin.say(Fact::LogClosed { log, lastsequence });
    let mut new = Pen::new(3, "ann-02", Some(admin.project()));
    new.now_ms = admin.now_ms;
    new.say(Fact::KeyRequested { custody: Custody::File });
    admin.now_ms = new.now_ms;
    let (key, roles) = (new.who.device.clone(), vec![Role::Annotator]);
    admin.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File });
    new.now_ms = admin.now_ms;
    new.write(&Happening::of(Fact::TaskSkipped { reason: "x".into() }).about(&"T1".into()));
    let mut found = lost;
    found.now_ms = new.now_ms;
    found.write(&Happening::of(Fact::TaskSkipped { reason: "by whoever found it".into() }).about(&"T2".into()));
    let (report, state) = verify_and_fold(vec![admin.file(), found.file(), new.file()], &Against::default());
    assert!(report.ok);
    assert_eq!(codes(&report), [(Code::NotAuthorised, Some(found.who.device.clone()), Some(3))]);
    assert_eq!(state.closed.get(&found.who.device), Some(&2));
    let status = |task: &str| state.work(&task.into(), &"ann-02".into()).map(|w| w.event.clone());
    assert_eq!(
        status("T1").map(|e| new.lines.iter().any(|l| String::from_utf8_lossy(l).contains(e.as_str()))),
        Some(true)
    );
    assert!(state.roles(&"ann-02".into()).contains(&Role::Annotator));
}
