//! The flow of a task in hand, against a host that records what was sent.

use super::stage::{Stage, task};
use countersign::domain::annotation::{Answer, Value};
use countersign::domain::draft::Edit;
use countersign::domain::event::PredictionUse;
use countersign::domain::refusal::Refusal;
use countersign::ui::desk::{Phase, Saving, Seat};
use countersign::ui::face::{Dialog, Door, RevealStep};
use countersign::view::model::ViewKey;
use countersign::view::protocol::{Ask, Done, Tell, Trouble};

const SEAT: Seat = Seat::Label;

fn choose(stage: &Stage, at: usize) {
    let value = Value::Choices(vec![stage.options("intent")[at].clone()]);
    stage.hub.edit(SEAT, Edit::Set { control: "intent".into(), region: None, value });
}
fn is_keep(ask: &Ask) -> bool {
    matches!(ask, Ask::KeepDraft { .. })
}
fn answer_keep(stage: &Stage, result: Result<Done, Trouble>) {
    let ask = stage.last(is_keep).ask;
    stage.tell(Tell::Answer { ask, result });
}
fn saving(stage: &Stage) -> Saving {
    stage.hub.desk(SEAT, |d| d.saving.clone())
}

#[test]
fn one_request_keeps_the_latest_state() {
    let stage = Stage::labeling();
    stage.heard.now_ms.set(5_000);
    choose(&stage, 0);
    choose(&stage, 1);
    choose(&stage, 2);
    assert_eq!(stage.count(is_keep), 1, "one under way at most");
    assert_eq!(saving(&stage), Saving::Saving);
    answer_keep(&stage, Ok(Done::Ok {}));
    assert_eq!(stage.count(is_keep), 2, "the latest follows");
    let Ask::KeepDraft { draft: Some(draft), .. } = stage.last(is_keep).what else { unreachable!() };
    assert_eq!(draft.value("intent"), Some(&Value::Choices(vec![stage.options("intent")[2].clone()])));
    assert_eq!(draft.spent_ms, 5_000);
    answer_keep(&stage, Ok(Done::Ok {}));
    assert_eq!((stage.count(is_keep), saving(&stage)), (2, Saving::Saved));
}

#[test]
fn no_draft_is_written_behind_what_ended_the_task() {
    for end in
        [(|stage: &Stage| assert!(stage.hub.run_action("submit"))) as fn(&Stage), |stage| stage.hub.skip("unclear")]
    {
        let stage = Stage::labeling();
        choose(&stage, 0);
        choose(&stage, 1);
        end(&stage);
        answer_keep(&stage, Ok(Done::Ok {}));
        assert_eq!(stage.count(is_keep), 1, "what waited went along with the answer");
        stage.answer_last(Err(Trouble::Fault { code: "quota".into(), detail: String::new() }));
        assert_eq!(stage.count(is_keep), 2, "refused: the task stays in hand, and the draft is kept");
    }
}

#[test]
fn a_full_disk_is_said_and_the_draft_stays() {
    let stage = Stage::labeling();
    choose(&stage, 0);
    let full = Trouble::Fault { code: "quota".into(), detail: String::new() };
    answer_keep(&stage, Err(full.clone()));
    assert_eq!(saving(&stage), Saving::Failed(full));
    assert!(stage.hub.desk(SEAT, |d| d.answered("intent")));
    assert!(super::text_of(&stage.labeler("full-disk")).contains("Not saved"));
}

#[test]
fn going_on_keeps_what_was_still_waiting() {
    let stage = Stage::labeling();
    choose(&stage, 0);
    choose(&stage, 1);
    stage.hub.run_action("next");
    assert_eq!(stage.count(is_keep), 2, "the change that waited goes out before the task is put away");
    assert!(
        matches!(stage.last(|a| matches!(a, Ask::OpenTask { .. })).what, Ask::OpenTask { task: Some(t) } if t.as_str() == "t4")
    );
}

#[test]
fn submit_goes_on_and_tells_the_host() {
    let stage = Stage::labeling();
    stage.heard.now_ms.set(9_000);
    assert!(stage.hub.run_action("accept"));
    assert!(stage.hub.run_action("submit"));
    assert!(!stage.hub.run_action("submit"), "once");
    let Ask::Submit { answers, prediction, model, duration_ms, released, .. } =
        stage.last(|a| matches!(a, Ask::Submit { .. })).what
    else {
        unreachable!()
    };
    assert_eq!((answers.len(), prediction, duration_ms), (1, Some(PredictionUse::Accepted), 9_000));
    assert_eq!((model.unwrap().as_str(), released.as_str()), ("support-model@sha256-m", "sha256-x"));
    let covered = vec![Answer {
        control: "correction".into(),
        region: None,
        value: Value::Text(vec!["<EMAIL_ADDRESS_7Q>".into()]),
    }];
    stage.answer_last(Ok(Done::Recorded { sequence: 4, next: Some("t4".into()), answers: covered }));
    let events = stage.heard.events.borrow().clone();
    let (name, detail) = events.last().unwrap();
    assert_eq!(name, "submit");
    assert!(detail.contains("\"sequence\":4") && detail.contains("\"task\":\"t3\""), "{detail}");
    assert!(detail.contains("<EMAIL_ADDRESS_7Q>"), "the answers as they were sealed: {detail}");
    assert_eq!(stage.hub.desk(SEAT, |d| d.phase.clone()), Phase::Opening);
    stage.answer_last(Ok(Done::InHand { task: Some("t4".into()) }));
    let mut next = task("next text", &[]);
    next.task = "t4".into();
    next.ordinal = 4;
    stage.task(next);
    assert!(super::text_of(&stage.labeler("next")).contains("Task 4 of 60"));
    assert_eq!(stage.count(|a| matches!(a, Ask::Watch { key: ViewKey::Task { .. } })), 2);
    assert_eq!(stage.count(|a| matches!(a, Ask::Unwatch { key: ViewKey::Task { .. } })), 1, "the old task is let go");
}

#[test]
fn a_refusal_names_the_control_and_keeps_the_draft() {
    let stage = Stage::labeling();
    choose(&stage, 0);
    stage.hub.submit();
    stage.answer_last(Err(Trouble::Refused { refusal: Refusal::Missing { control: "topic".into() } }));
    assert_eq!(stage.hub.refused_control(SEAT).unwrap().0, "topic");
    assert_eq!(stage.hub.desk(SEAT, |d| d.phase.clone()), Phase::Working);
    let html = stage.labeler("refused");
    assert!(html.contains("problem") && html.contains("role=\"alert\""));
    choose(&stage, 1);
    assert_eq!(stage.hub.refused_control(SEAT), None, "the next change clears it");
}

#[test]
fn skip_tells_the_host_and_goes_on() {
    let stage = Stage::labeling();
    stage.hub.run_action("skip");
    assert_eq!(stage.hub.face(Door::Labeler, |f| f.dialog.clone()), Some(Dialog::Skip));
    stage.hub.skip("unclear");
    stage.answer_last(Ok(Done::Recorded { sequence: 1, next: None, answers: vec![] }));
    assert_eq!(stage.heard.events.borrow().last().unwrap().0, "skip");
    stage.answer_last(Ok(Done::InHand { task: None }));
    assert_eq!(stage.hub.desk(SEAT, |d| d.phase.clone()), Phase::Done);
}

#[test]
fn a_revealed_value_comes_only_into_an_open_dialog() {
    let stage = Stage::labeling();
    stage.hub.reveal("message", "check the address");
    stage.answer_last(Ok(Done::Revealed { text: "clear".into() }));
    let shown = Some(Dialog::Reveal(RevealStep::Shown("clear".into())));
    assert_eq!(stage.hub.face(Door::Labeler, |f| f.dialog.clone()), shown);
    stage.hub.reveal("message", "again");
    stage.hub.change_face(Door::Labeler, |f| f.dialog = None);
    stage.answer_last(Ok(Done::Revealed { text: "clear".into() }));
    assert_eq!(stage.hub.face(Door::Labeler, |f| f.dialog.clone()), None, "closed meanwhile: dropped unseen");
    assert!(stage.heard.events.borrow().iter().all(|(_, detail)| !detail.contains("clear")));
}

#[test]
fn labels_mark_relabel_and_make_ready() {
    let stage = Stage::labeling();
    let hub = &stage.hub;
    hub.press_label(SEAT, "entities", 1);
    assert_eq!(hub.desk(SEAT, |d| d.armed.clone()), Some(("entities".into(), 1)));
    hub.press_label(SEAT, "entities", 1);
    assert_eq!(hub.desk(SEAT, |d| d.armed.clone()), None, "pressed again it is put away");
    let inside_the_pseudonym = stage.pending(14, 16);
    hub.change_desk(SEAT, |d| d.pending = Some(inside_the_pseudonym));
    hub.press_label(SEAT, "entities", 0);
    let spans = hub.desk(SEAT, |d| d.draft.spans("entities").to_vec());
    assert_eq!((spans.len(), spans[0].start.0, spans[0].end.0), (1, 13, 24), "the pseudonym is one");
    hub.press_label(SEAT, "entities", 2);
    let labels = hub.desk(SEAT, |d| d.draft.spans("entities")[0].labels.clone());
    assert_eq!(labels, [stage.labels()[2].clone()], "the selected span is relabeled");
    assert!(hub.run_action("delete-span"));
    assert!(hub.desk(SEAT, |d| d.draft.spans("entities").is_empty() && d.chosen.is_none()));
    assert!(hub.run_action("undo"));
    assert_eq!(hub.desk(SEAT, |d| d.draft.spans("entities").len()), 1);
    assert!(hub.run_action("next-span"));
    assert!(hub.face(Door::Labeler, |f| f.said.1.starts_with("Span 1 of 1")));
}

#[test]
fn views_ring_only_when_they_differ() {
    use countersign::ui::hub::Topic;
    use std::cell::Cell;
    use std::rc::Rc;
    let stage = Stage::labeling();
    let rung = Rc::new(Cell::new(0));
    let r = rung.clone();
    let key = ViewKey::Task { task: "t3".into() };
    let listening = stage.hub.listen(Topic::View(key), move || r.set(r.get() + 1));
    let view = stage.hub.task(&"t3".into()).unwrap();
    stage.task((*view).clone());
    assert_eq!(rung.get(), 0);
    let mut changed = (*view).clone();
    changed.total = 61;
    stage.task(changed.clone());
    assert_eq!(rung.get(), 1);
    drop(listening);
    changed.total = 62;
    stage.task(changed);
    assert_eq!(rung.get(), 1);
}

#[test]
fn a_later_view_does_not_take_the_draft_away() {
    let stage = Stage::labeling();
    choose(&stage, 0);
    let mut view = (*stage.hub.task(&"t3".into()).unwrap()).clone();
    view.total = 61;
    stage.task(view);
    assert!(stage.hub.desk(SEAT, |d| d.answered("intent")));
}

#[test]
fn a_person_who_is_let_in_gets_a_task() {
    let stage = Stage::shell_with(|shell| shell.waiting_for_grant = true);
    stage.answer_last(Ok(Done::InHand { task: None }));
    let before = stage.count(|a| matches!(a, Ask::OpenTask { .. }));
    let key = ViewKey::Shell;
    let view = countersign::view::model::View::Shell(std::rc::Rc::new(super::stage::shell()));
    stage.tell(Tell::View { key, view });
    assert_eq!(stage.count(|a| matches!(a, Ask::OpenTask { .. })), before + 1);
}

#[test]
fn results_are_handed_over() {
    let stage = Stage::labeling();
    stage.hub.export(countersign::view::protocol::ExportFormat::Csv, false);
    let ask = stage.last(|a| matches!(a, Ask::Export { .. })).ask;
    let done = Done::File { name: "a.csv".into(), media: "text/csv".into(), complaints: vec![] };
    stage.hub.receive(Tell::Answer { ask, result: Ok(done) }, Some(b"a,b".to_vec()));
    assert_eq!(*stage.heard.files.borrow(), ["a.csv"]);
}
