//! Attacks on the logs of a project as a table: what is said, at which place, and that nothing else changed.

use super::large::spans;
use super::support::Pen;
use countersign::domain::event::{Custody, Fact, Happening, Role};
use countersign::domain::id::{EventId, TaskId};
use countersign::domain::state::{State, WorkStatus};
use countersign::log::{Against, Code, LogReader, Severity, verify_and_fold};

/// An owner who may do everything, and an annotator whom they let in; both have answered the task.
struct Two {
    owner: Pen,
    ann: Pen,
    owner_answer: EventId,
    ann_answer: EventId,
}

const OWNER: usize = 0;
const ANN: usize = 1;

fn task() -> TaskId {
    "T1".into()
}

impl Two {
    fn new() -> Self {
        let mut owner = Pen::found(1, "ann-01");
        let mut ann = Pen::new(2, "ann-02", Some(owner.project()));
        ann.now_ms = owner.now_ms;
        ann.say(Fact::KeyRequested { custody: Custody::File });
        let mut two = Self { owner, ann, owner_answer: EventId::default(), ann_answer: EventId::default() };
        two.grant(vec![Role::Annotator]);
        two.owner_answer = two.write(OWNER, spans(1), None);
        two.ann_answer = two.write(ANN, spans(2), None);
        owner = two.owner;
        Self { owner, ..two }
    }

    fn grant(&mut self, roles: Vec<Role>) {
        let (key, custody) = (self.ann.who.device.clone(), Custody::File);
        self.owner.now_ms = self.owner.now_ms.max(self.ann.now_ms);
        self.owner.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody });
    }

    /// Writes about the task, later than everything before.
    fn write(&mut self, who: usize, fact: Fact, cause: Option<EventId>) -> EventId {
        let now = self.owner.now_ms.max(self.ann.now_ms);
        let pen = if who == OWNER { &mut self.owner } else { &mut self.ann };
        pen.now_ms = now;
        pen.who.author = if who == OWNER { "ann-01".into() } else { "ann-02".into() };
        // each event has a name of its own
        let mut happening = Happening::of(fact).about(&task());
        happening.cause = cause;
        pen.write(&happening).event.id
    }

    fn files(&self) -> Vec<LogReader> {
        vec![self.owner.file(), self.ann.file()]
    }
}

type Findings = Vec<(usize, Code, u64)>;

fn judge(files: Vec<LogReader>) -> (bool, Findings, State) {
    let (report, state) = verify_and_fold(files, &Against::default());
    let of = |(file, log): (usize, &countersign::log::LogReport)| -> Findings {
        log.problems.iter().map(|p| (file, p.code, p.sequence.unwrap_or(u64::MAX))).collect()
    };
    (report.ok, report.logs.iter().enumerate().flat_map(of).collect(), state)
}

/// What people did with tasks and what keys may do: the state without its counters.
fn effect(state: &State) -> impl PartialEq + std::fmt::Debug {
    (state.tasks.clone(), state.keys.clone(), state.erased.clone(), state.config.clone(), state.name.clone())
}

/// Acts that are signed well, by somebody who has no right to them: shown as such, and as if they had not been.
#[test]
fn a_valid_signature_without_the_right_changes_nothing() {
    type Act = fn(&mut Two) -> (usize, Fact, Option<EventId>);
    let every = || vec![Role::Admin, Role::Annotator, Role::Reviewer, Role::Adjudicator];
    let cases: [(&str, Vec<Role>, Act, bool); 16] = [
        (
            "review of one's own answer",
            every(),
            |t| (OWNER, Fact::ReviewPassed {}, Some(t.owner_answer.clone())),
            false,
        ),
        (
            "rejection of one's own answer",
            every(),
            |t| (ANN, Fact::ReviewRejected { reason: "no".into() }, Some(t.ann_answer.clone())),
            false,
        ),
        (
            "review of one's own earlier version",
            every(),
            |t| {
                let first = t.ann_answer.clone();
                let fact = Fact::AnnotationCorrected { answers: vec![], released: None, duration_ms: None };
                t.write(ANN, fact, Some(first.clone()));
                (ANN, Fact::ReviewPassed {}, Some(first))
            },
            false,
        ),
        ("review of another's answer", every(), |t| (OWNER, Fact::ReviewPassed {}, Some(t.ann_answer.clone())), true),
        (
            "review by an annotator",
            vec![Role::Annotator],
            |t| (ANN, Fact::ReviewPassed {}, Some(t.owner_answer.clone())),
            false,
        ),
        (
            "adjudication of one's own item",
            every(),
            |_| (OWNER, Fact::CaseAdjudicated { answers: vec![], over: vec![] }, None),
            false,
        ),
        (
            "adjudication by an annotator",
            vec![Role::Annotator],
            |_| (ANN, Fact::CaseAdjudicated { answers: vec![], over: vec![] }, None),
            false,
        ),
        (
            "a grant to oneself",
            vec![Role::Annotator],
            |t| {
                let (key, roles) = (t.ann.who.device.clone(), vec![Role::Admin]);
                (ANN, Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File }, None)
            },
            false,
        ),
        (
            "a grant to a stranger",
            vec![Role::Annotator, Role::Reviewer, Role::Adjudicator],
            |_| {
                let key = Pen::new(9, "x", None).who.device;
                (
                    ANN,
                    Fact::KeyGranted { key, authid: "x".into(), roles: vec![Role::Admin], custody: Custody::File },
                    None,
                )
            },
            false,
        ),
        (
            "a revocation by an annotator",
            vec![Role::Annotator],
            |t| (ANN, Fact::KeyRevoked { key: t.owner.who.device.clone(), lastsequence: 0 }, None),
            false,
        ),
        (
            "an erasure by an annotator",
            vec![Role::Annotator],
            |t| {
                let (event, source) = (t.owner_answer.clone(), t.owner.who.device.clone());
                (ANN, Fact::DataErased { event, ground: "x".into(), source }, None)
            },
            false,
        ),
        (
            "a reveal by an annotator",
            vec![Role::Annotator],
            |_| (ANN, Fact::FieldRevealed { path: "text".into(), purpose: "x".into() }, None),
            false,
        ),
        (
            "a guideline by an annotator",
            vec![Role::Annotator, Role::Reviewer, Role::Adjudicator],
            |_| {
                let (id, version) = ("guide".into(), "2".into());
                (ANN, Fact::GuidelinePublished { id, version, digest: "sha256-x".into() }, None)
            },
            false,
        ),
        (
            "another's log closed by an annotator",
            vec![Role::Annotator],
            |t| {
                let (log, lastsequence) = (Some(t.owner.who.device.clone()), Some(0));
                (ANN, Fact::LogClosed { log, lastsequence }, None)
            },
            false,
        ),
        (
            "a key that is another's, bound to oneself",
            every(),
            |t| {
                let (key, roles) = (t.owner.who.device.clone(), vec![Role::Annotator]);
                (ANN, Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File }, None)
            },
            false,
        ),
        (
            "a configuration by an annotator",
            vec![Role::Annotator],
            |_| (ANN, Fact::ConfigPublished { digest: "sha256-x".into() }, None),
            false,
        ),
    ];
    for (what, roles, act, allowed) in cases {
        let mut two = Two::new();
        two.grant(roles);
        let (who, fact, cause) = act(&mut two);
        let (_, findings, before) = judge(two.files());
        assert_eq!(findings, [], "{what}: before");
        let place = if who == OWNER { two.owner.head.size } else { two.ann.head.size };
        two.write(who, fact, cause);
        let (ok, findings, after) = judge(two.files());
        assert!(ok, "{what}: the signature stands");
        if allowed {
            assert_eq!(findings, [], "{what}");
        } else {
            assert_eq!(findings, [(who, Code::NotAuthorised, place)], "{what}");
            assert_eq!(effect(&before), effect(&after), "{what}");
        }
    }
}

/// A stolen key goes on after its revocation, with its clock set back: what it says there counts for nothing.
#[test]
fn what_a_revoked_key_says_later_counts_for_nothing() {
    let mut two = Two::new();
    two.owner.now_ms = two.ann.now_ms + 60_000;
    let last = two.ann.head.size - 1;
    two.owner.say(Fact::KeyRevoked { key: two.ann.who.device.clone(), lastsequence: last });
    // dated before the revocation: the place in its own log decides, not the time it claims
    two.ann.write(&Happening::of(Fact::AnnotationWithdrawn {}).about(&task()));
    let (ok, findings, state) = judge(two.files());
    assert!(ok);
    // dated before, it folds before the revocation is known; the answer must still stand
    let work = state.work(&task(), &"ann-02".into()).unwrap();
    assert_eq!((findings, &work.status), (vec![(ANN, Code::NotAuthorised, last + 1)], &WorkStatus::Submitted));
}

/// Lines moved, doubled, dropped or taken from elsewhere, in a project of two logs: the other log stays good.
#[test]
fn lines_out_of_place_are_refused_where_they_stand() {
    type Change = fn(&mut Vec<Vec<u8>>);
    let cases: [(&str, Change, Code, u64); 8] = [
        ("two swapped", |lines| lines.swap(1, 2), Code::BrokenChain, 1),
        ("one twice", |lines| lines.insert(2, lines[1].clone()), Code::BrokenChain, 2),
        ("one dropped in the middle", |lines| drop(lines.remove(1)), Code::BrokenChain, 1),
        ("the first dropped", |lines| drop(lines.remove(0)), Code::BrokenChain, 0),
        (
            "one of another project",
            |lines| {
                let mut other = Pen::found(5, "ann-05");
                let mut same_key = Pen::new(2, "ann-02", Some(&other.project().clone()));
                same_key.now_ms = other.now_ms;
                other.say(Fact::TaskOpened {});
                same_key.say(Fact::KeyRequested { custody: Custody::File });
                lines.push(same_key.lines.remove(0));
            },
            Code::WrongProject,
            2,
        ),
        ("one of another device", |lines| lines.push(Two::new().owner.lines.remove(1)), Code::WrongSource, 2),
        ("one that is no event", |lines| lines.push(b"{\"hello\":1}".to_vec()), Code::BadAttribute, 2),
        ("a foreign line", |lines| lines.push(b"2026-11-23 INFO started".to_vec()), Code::BadJson, 2),
    ];
    for (what, change, code, place) in cases {
        let two = Two::new();
        let mut lines = two.ann.lines.clone();
        assert_eq!(lines.len(), 2);
        if place < 2 {
            lines.push({
                let mut more = Two::new();
                more.write(ANN, Fact::TaskOpened {}, None);
                more.ann.lines.pop().unwrap()
            });
        }
        change(&mut lines);
        let file = LogReader::of_bytes(&lines.join(&b'\n'), None);
        let (ok, findings, _) = judge(vec![two.owner.file(), file]);
        assert!(!ok, "{what}");
        let errors: Vec<_> = findings.iter().filter(|(_, code, _)| code.severity() == Severity::Error).collect();
        assert_eq!(errors, [&(ANN, code, place)], "{what}: {findings:?}");
    }
}

/// The last line gone is not seen from one log, and is from another that has seen it.
#[test]
fn a_dropped_end_is_seen_by_who_saw_it() {
    let mut two = Two::new();
    let heads = vec![(two.ann.who.device.clone(), two.ann.head.size)];
    two.owner.now_ms = two.ann.now_ms;
    two.owner.say(Fact::PeersSeen { heads });
    assert_eq!(judge(two.files()).1, []);
    two.ann.lines.pop();
    let (ok, findings, _) = judge(two.files());
    assert_eq!((ok, findings), (false, vec![(ANN, Code::Rollback, 1)]));
}
