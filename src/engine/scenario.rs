//! Stories of a project as tables: who does what with which task, and what comes of it. Events are made without
//! signatures here; what is tested is the law and the fold.

use super::Engine;
use crate::domain::annotation::{Answer, Span, Value};
use crate::domain::command::Command;
use crate::domain::event::{Custody, Event, FirstAdmin, Role};
use crate::domain::id::{DeviceId, EventId, TaskId};
use crate::domain::schema::{Control, ControlKind, Field, FieldSource, LabelOption, Schema, TextPurpose};
use crate::domain::state::{Materials, State, WorkStatus, fold};
use crate::domain::task::ReleasedTask;
use crate::domain::text::CodePoint;
use crate::domain::time::{Hlc, Moment};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A choice that is required, spans, a rationale; two tasks of one text each.
pub(super) fn materials() -> Materials {
    let control = |name: &str, required, kind| Control {
        name: name.into(),
        to_fields: vec!["text".into()],
        title: None,
        required,
        per_region: false,
        kind,
    };
    let option = |v: &str| LabelOption { value: v.into(), ..LabelOption::default() };
    let schema = Schema {
        fields: vec![Field { name: "text".into(), source: FieldSource::Data("text".into()) }],
        controls: vec![
            control(
                "intent",
                true,
                ControlKind::Choices { multiple: false, choices: vec![option("refund"), option("other")] },
            ),
            control("ner", false, ControlKind::Labels { multiple: false, labels: vec![option("PER")] }),
            control(
                "why",
                false,
                ControlKind::TextArea {
                    rows: 1,
                    placeholder: String::new(),
                    max_submissions: None,
                    purpose: TextPurpose::Rationale,
                },
            ),
        ],
    };
    let task = |id: &str| ReleasedTask {
        id: id.into(),
        fields: BTreeMap::from([("text".into(), "Ana 😀 wants her money".into())]),
        ..ReleasedTask::default()
    };
    let tasks: Vec<_> = ["T1", "T2"].map(|id| (Arc::new(task(id)), "sha256-x".into())).into();
    let index = tasks.iter().enumerate().map(|(at, (t, _))| (t.id.clone(), at)).collect();
    Materials { schema: Arc::new(schema), tasks: Arc::new(tasks), index: Arc::new(index) }
}

/// A project in which the people of a story act, each with a device of their own.
struct Story {
    engine: Engine,
    clocks: BTreeMap<String, (u64, Hlc)>,
    now_ms: u64,
}

impl Story {
    fn begin() -> Self {
        let mut story = Self { engine: Engine::default(), clocks: BTreeMap::new(), now_ms: 1_000_000 };
        let roles = vec![Role::Admin, Role::Annotator];
        let admins = vec![FirstAdmin { authid: "owner".into(), key: "did:owner".into(), roles }];
        story.act("owner", &Command::CreateProject { name: "p".into(), admins }).unwrap();
        for (who, role) in [("alice", Role::Annotator), ("bob", Role::Annotator), ("judge", Role::Adjudicator)] {
            story.act(who, &Command::RequestKey { custody: Custody::WebCrypto }).unwrap();
            let key = DeviceId(format!("did:{who}"));
            let roles = vec![role];
            let custody = Custody::WebCrypto;
            story.act("owner", &Command::GrantKey { key, authid: who.into(), roles, custody }).unwrap();
        }
        story.engine.supply(materials());
        story
    }

    fn act(&mut self, who: &str, command: &Command) -> Result<Vec<Event>, String> {
        self.now_ms += 1000;
        let moment = Moment { now_ms: self.now_ms, entropy: [0; 32], author: who.into() };
        let planned = self.engine.plan(command, &moment).map_err(|r| serde_json::to_string(&r).unwrap())?;
        let (sequence, hlc) = self.clocks.entry(who.to_owned()).or_default();
        let mut events: Vec<Event> = vec![];
        for plan in planned {
            let mut happening = plan.happening;
            if plan.caused_by_previous {
                happening.cause = events.last().map(|e| e.id.clone());
            }
            *hlc = hlc.next(self.now_ms);
            events.push(Event {
                id: EventId(format!("{who}-{sequence}")),
                device: DeviceId(format!("did:{who}")),
                author: who.into(),
                sequence: *sequence,
                hlc: *hlc,
                time_ms: self.now_ms,
                happening,
            });
            *sequence += 1;
        }
        self.engine.accept(events.clone());
        Ok(events)
    }

    /// One line: `alice T1 submit refund because clear`.
    fn line(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [who, task, verb, rest @ ..] = words.as_slice() else { return "not a line".into() };
        let task: TaskId = (*task).into();
        let said = rest.join(" ");
        let (value, why) = said.split_once(" because ").map_or((said.as_str(), None), |(v, w)| (v, Some(w)));
        let mut answers = vec![];
        if !value.is_empty() {
            answers.push(choice(value));
        }
        answers.extend(why.map(|w| Answer { control: "why".into(), region: None, value: Value::Text(vec![w.into()]) }));
        let command = match *verb {
            "open" => Command::OpenTask { task },
            "submit" => submit(task, answers),
            "skip" => Command::SkipTask { task, reason: said.clone() },
            "withdraw" => Command::WithdrawAnnotation { task },
            "reveal" => Command::RevealField { task, path: "text".into(), purpose: said.clone() },
            "settle" => Command::Adjudicate { task, answers, rationale: why.unwrap_or("").into() },
            _ => return "not a verb".into(),
        };
        match self.act(who, &command) {
            Ok(events) => events.iter().map(|e| e.happening.kind.clone()).collect::<Vec<_>>().join(" + "),
            Err(refusal) => refusal,
        }
    }
}

fn choice(value: &str) -> Answer {
    Answer { control: "intent".into(), region: None, value: Value::Choices(vec![value.into()]) }
}

fn submit(task: TaskId, answers: Vec<Answer>) -> Command {
    let released = "sha256-x".into();
    Command::SubmitAnnotation { task, answers, released, prediction: None, model: None, duration_ms: 5 }
}

fn check(story: &str, expect: Expect) {
    let mut project = Story::begin();
    let told: String = story.lines().map(str::trim).map(|l| format!("{l} -> {}\n", project.line(l))).collect();
    expect.assert_eq(&told);
}

#[test]
fn an_answer_is_given_corrected_and_taken_back() {
    check(
        "alice T1 open\nalice T1 open\nalice T1 submit refund because clear\nalice T1 submit other\nalice T1 withdraw\nalice T1 withdraw\nalice T1 submit refund",
        expect![[r#"
            alice T1 open -> task.opened
            alice T1 open -> 
            alice T1 submit refund because clear -> annotation.submitted + rationale.given
            alice T1 submit other -> annotation.corrected
            alice T1 withdraw -> annotation.withdrawn
            alice T1 withdraw -> "nothing_to_withdraw"
            alice T1 submit refund -> annotation.submitted
        "#]],
    );
}

#[test]
fn nobody_does_what_they_may_not() {
    check(
        "judge T1 submit refund\nalice T1 settle refund\nalice T1 reveal to check\nmallory T1 submit refund\nalice T9 submit refund\nalice T1 submit perhaps\nalice T1 submit\nalice T1 skip\nalice T1 skip too long\nowner T1 reveal to check\njudge T1 settle refund",
        expect![[r#"
            judge T1 submit refund -> {"not_authorised":{"needs":"annotator"}}
            alice T1 settle refund -> {"not_authorised":{"needs":"adjudicator"}}
            alice T1 reveal to check -> {"not_authorised":{"needs":"admin"}}
            mallory T1 submit refund -> {"not_authorised":{"needs":"annotator"}}
            alice T9 submit refund -> {"unknown_task":{"task":"T9"}}
            alice T1 submit perhaps -> {"unknown_value":{"control":"intent"}}
            alice T1 submit -> {"missing":{"control":"intent"}}
            alice T1 skip -> "reason_wanted"
            alice T1 skip too long -> task.skipped
            owner T1 reveal to check -> field.revealed
            judge T1 settle refund -> "nothing_to_adjudicate"
        "#]],
    );
}

#[test]
fn a_disagreement_is_a_value_and_is_settled_by_a_third() {
    let mut project = Story::begin();
    for line in ["alice T1 submit refund", "bob T1 submit other", "judge T1 settle refund because rule 2"] {
        project.line(line);
    }
    let state = project.engine.state();
    let task = &state.tasks[&TaskId::from("T1")];
    assert_eq!(task.work.len(), 2);
    let case = task.adjudication.as_ref().unwrap();
    assert_eq!((case.by.as_str(), case.over.len(), case.rationale.as_deref()), ("judge", 2, Some("rule 2")));
    assert_eq!(state.work(&"T1".into(), &"bob".into()).unwrap().answers[0], choice("other"), "answers stay as given");
}

#[test]
fn spans_count_code_points_and_stay_within_the_text() {
    let span = |start, end| Span {
        start: CodePoint(start),
        end: CodePoint(end),
        labels: vec!["PER".into()],
        id: None,
        field: None,
    };
    // "Ana 😀 wants her money" is 21 code points, 22 UTF-16 units, 24 bytes
    for (start, end, fits) in [(0, 3, true), (4, 5, true), (0, 21, true), (0, 22, false), (3, 3, false), (5, 4, false)]
    {
        let mut project = Story::begin();
        let spans = Answer { control: "ner".into(), region: None, value: Value::Spans(vec![span(start, end)]) };
        let told = project.act("alice", &submit("T1".into(), vec![choice("refund"), spans]));
        assert_eq!(told.is_ok(), fits, "{start}..{end}: {told:?}");
    }
}

#[test]
fn an_event_without_the_right_changes_nothing() {
    let mut project = Story::begin();
    let mut forged = project.act("alice", &submit("T1".into(), vec![choice("refund")])).unwrap().remove(0);
    // the same key speaks as somebody else
    forged.author = "bob".into();
    forged.id = "forged".into();
    forged.sequence = 99;
    forged.hlc = forged.hlc.next(0);
    project.engine.accept(vec![forged]);
    assert!(project.engine.state().work(&"T1".into(), &"bob".into()).is_none());
    assert!(project.engine.state().refused[&DeviceId::from("did:alice")].contains_key(&99));
}

#[test]
fn an_erased_answer_is_absent_wherever_the_erasure_stands() {
    use crate::domain::event::{Fact, Happening};
    let mut project = Story::begin();
    let answer = project.act("alice", &submit("T1".into(), vec![choice("refund")])).unwrap().remove(0);
    let (event, source) = (answer.id.clone(), answer.device.clone());
    let fact = Fact::DataErased { event, ground: "request".into(), source };
    let erasure = Event {
        id: "erasure".into(),
        device: "did:owner".into(),
        author: "owner".into(),
        sequence: 99,
        hlc: answer.hlc.next(0),
        time_ms: 0,
        happening: Happening::of(fact).about(&"T1".into()),
    };
    project.engine.accept(vec![erasure]);
    let work = project.engine.state().work(&"T1".into(), &"alice".into()).unwrap();
    assert_eq!((&work.status, work.answers.len()), (&WorkStatus::BodyAbsent, 0));
}

#[test]
fn any_order_of_arrival_gives_the_same_state() {
    let mut project = Story::begin();
    for line in [
        "alice T1 open",
        "bob T1 submit other because so",
        "alice T1 submit refund",
        "alice T2 skip unclear",
        "judge T1 settle other because rule",
        "bob T1 submit refund",
        "bob T1 withdraw",
    ] {
        project.line(line);
    }
    let events = project.engine.events().to_vec();
    let whole: State = fold(materials(), &mut events.clone());
    assert_eq!(*project.engine.state(), whole);
    let mut seed = 1_u64;
    for _ in 0..200 {
        let mut engine = Engine::new(materials(), vec![]);
        let mut rest = events.clone();
        while !rest.is_empty() {
            // a small generator is enough to mix the order; the seed is the loop
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % rest.len();
            let some = (seed >> 20) as usize % 3 + 1;
            let batch: Vec<_> = (0..some.min(rest.len())).map(|i| rest.remove((at + i) % rest.len().max(1))).collect();
            engine.accept(batch);
        }
        assert_eq!(*engine.state(), whole);
    }
}

#[test]
fn an_admin_erases_an_answer_and_nothing_that_gives_rights() {
    let mut project = Story::begin();
    let answer = project.act("alice", &submit("T1".into(), vec![choice("refund")])).unwrap().remove(0);
    let erase = |event: &str, source: &str, ground: &str| Command::EraseBody {
        event: event.into(),
        source: source.into(),
        ground: ground.into(),
    };
    let mut check = |who: &str, command: Command, expect: &str| {
        let told = project.act(who, &command).map(|events| events.len().to_string());
        assert_eq!(told.unwrap_or_else(|refusal| refusal), expect, "{who}: {command:?}");
    };
    let id = answer.id.as_str();
    check("alice", erase(id, "did:alice", "mine"), r#"{"not_authorised":{"needs":"admin"}}"#);
    check("owner", erase(id, "did:alice", "  "), r#""reason_wanted""#);
    check("owner", erase(id, "did:bob", "request"), r#""unknown_event""#);
    check("owner", erase("nobody", "did:alice", "request"), r#""unknown_event""#);
    check("owner", erase("owner-0", "did:owner", "request"), r#""not_erasable""#);
    check("owner", erase("alice-0", "did:alice", "request"), r#""not_erasable""#);
    check("owner", erase(id, "did:alice", "request"), "1");
    check("owner", erase(id, "did:alice", "again"), "0");
    let state = project.engine.state();
    let work = state.work(&"T1".into(), &"alice".into()).unwrap();
    assert_eq!((&work.status, work.answers.len(), state.is_erased(&answer)), (&WorkStatus::BodyAbsent, 0, true));
    // an event of the same name in another log is another event
    assert!(!state.is_erased(&Event { device: "did:bob".into(), ..answer }));
}

#[test]
fn a_key_ends_once_and_a_new_one_goes_on_for_the_person() {
    let mut project = Story::begin();
    let grant = |key: &str, authid: &str| Command::GrantKey {
        key: key.into(),
        authid: authid.into(),
        roles: vec![Role::Annotator],
        custody: Custody::File,
    };
    let lost = |key: &str, last| Command::CloseLog { lost: Some((key.into(), last)) };
    let revoke = |key: &str, lastsequence| Command::RevokeKey { key: key.into(), lastsequence };
    project.line("alice T1 submit refund");
    let mut check = |who: &str, command: Command, expect: &str| {
        let told = project.act(who, &command).map(|events| events.len().to_string());
        assert_eq!(told.unwrap_or_else(|refusal| refusal), expect, "{who}: {command:?}");
    };
    check("bob", lost("did:alice", 1), r#"{"not_authorised":{"needs":"admin"}}"#);
    check("bob", revoke("did:alice", 1), r#"{"not_authorised":{"needs":"admin"}}"#);
    check("owner", lost("did:nobody", 1), r#"{"unknown_key":{"key":"did:nobody"}}"#);
    check("owner", lost("did:alice", 1), "1");
    check("owner", revoke("did:alice", 1), r#"{"unknown_key":{"key":"did:alice"}}"#);
    check("owner", grant("did:alice", "alice"), r#"{"key_known":{"key":"did:alice"}}"#);
    check("owner", grant("did:bob", "alice"), r#"{"key_known":{"key":"did:bob"}}"#);
    check("alice", submit("T1".into(), vec![choice("other")]), r#"{"not_authorised":{"needs":"annotator"}}"#);
    check("owner", grant("did:alice-2", "alice"), "1");
    check("owner", revoke("did:bob", 7), "1");
    check("bob", Command::CloseLog { lost: None }, "1");
    let state = project.engine.state();
    assert_eq!(state.closed.get(&DeviceId::from("did:alice")), Some(&1));
    assert!(state.roles(&"alice".into()).contains(&Role::Annotator), "by the new key");
    assert_eq!(state.work(&"T1".into(), &"alice".into()).unwrap().answers[0], choice("refund"), "what was said stays");
}
