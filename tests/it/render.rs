//! Each screen and each of its states, drawn natively; and the flow of a task in hand against a host that records what
//! was sent. With `COUNTERSIGN_DUMP=folder` the screens are also written as pages with the style sheets, to look at.

#![cfg(feature = "page")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is the report")]

mod flow;
mod stage;

use countersign::domain::annotation::Value;
use countersign::domain::draft::Edit;
use countersign::ui::desk::{Chosen, Pending, Seat};
use countersign::ui::face::{Dialog, Door, RevealStep};
use countersign::ui::text::Lang;
use countersign::view::model::TaskStatus;
use countersign::view::protocol::{Done, Trouble};
use stage::{Stage, text_of};

#[test]
fn the_labeling_screen() {
    let stage = Stage::labeling();
    let html = stage.labeler("labeling");
    let text = text_of(&html);
    for expect in ["Support desk", "Task 3 of 60", "2 of 60 done, 1 skipped", "Record verified", "Submit", "Skip…"] {
        assert!(text.contains(expect), "{expect} in {text}");
    }
    assert!(html.contains("role=\"textbox\""), "the text takes the keyboard");
    assert!(html.contains("aria-label=\"Undo\""));
    assert!(html.contains("class=\"run cover\""), "a pseudonym is drawn as one");
    assert!(!html.contains("style=\""), "a strict policy forbids style attributes");
    assert!(text.contains("support-model says") && text.contains("score 0.87"));
}

#[test]
fn every_control_has_a_name_and_every_button_too() {
    let stage = Stage::labeling();
    let html = stage.labeler("controls");
    for (group, legend) in html.match_indices("aria-labelledby=\"").map(|(at, _)| {
        let id = html[at + 17..].split('"').next().unwrap();
        (id, html.contains(&format!("id=\"{id}\"")))
    }) {
        assert!(legend, "{group} is there");
    }
    for button in html.split("<button").skip(1) {
        let (tag, rest) = button.split_once('>').unwrap();
        let words = text_of(rest.split("</button>").next().unwrap());
        assert!(tag.contains("aria-label=") || !words.trim().is_empty(), "a button without a name: {tag}");
    }
    assert_eq!(html.matches("Mark what the message says").count(), 1, "a heading before a control is its title");
    assert!(!text_of(&html).contains("intent required"), "names of the configuration are not shown where a heading is");
}

#[test]
fn spans_nest_overlap_and_stay_flat() {
    let stage = Stage::labeling();
    let hub = &stage.hub;
    let at = |start, end| stage.pending(start, end);
    let first = stage.labels()[0].clone();
    let second = stage.labels()[1].clone();
    hub.mark(Seat::Label, "entities", &first, &at(0, 12)).unwrap();
    hub.mark(Seat::Label, "entities", &second, &at(6, 20)).unwrap();
    let html = stage.labeler("spans");
    assert!(html.contains(&format!("data-label=\"{first}\"")) && html.contains(&format!("data-label=\"{second}\"")));
    assert!(html.contains("u0-0 u1-1"), "both underlines on the overlap");
    assert!(text_of(&html).contains("Spans (2)"));
    assert!(html.contains("class=\"chip l1 on\""), "the span just made is selected");
}

#[test]
fn answers_show_where_they_were_given() {
    let stage = Stage::labeling();
    let set = |control: &str, value| Edit::Set { control: control.into(), region: None, value };
    stage.hub.edit(Seat::Label, set("intent", Value::Choices(vec![stage.options("intent")[1].clone()])));
    let path = stage.first_path();
    stage.hub.edit(Seat::Label, set("topic", Value::Taxonomy(vec![path.clone()])));
    let html = stage.labeler("answers");
    assert_eq!(html.matches("checked").count(), 1);
    assert!(html.contains("class=\"crumbs\"") && text_of(&html).contains(path.last().unwrap()));
    assert!(!html.contains("aria-label=\"Undo\" title=\"Undo (Ctrl+Z)\" disabled"));
}

#[test]
fn states_without_a_task() {
    let loading = Stage::new();
    assert!(loading.labeler("loading").contains("skeleton"));

    let finished = Stage::shell();
    finished.answer_last(Ok(Done::InHand { task: None }));
    let text = text_of(&finished.labeler("finished"));
    assert!(text.contains("All tasks are done") && text.contains("2 submitted, 1 skipped"), "{text}");

    let waiting = Stage::shell_with(|shell| shell.waiting_for_grant = true);
    assert!(text_of(&waiting.labeler("waiting")).contains("Waiting to be let in"));

    let failed = Stage::shell();
    failed.answer_last(Err(Trouble::Fault { code: "storage".into(), detail: "the database is closed".into() }));
    let html = failed.labeler("failed");
    assert!(html.contains("role=\"alert\"") && text_of(&html).contains("the database is closed"));

    let empty = Stage::shell_with(|shell| shell.total = 0);
    empty.answer_last(Ok(Done::InHand { task: None }));
    assert!(text_of(&empty.labeler("empty")).contains("Open project…"));
}

#[test]
fn a_lost_worker_and_long_work_are_said() {
    let stage = Stage::labeling();
    stage.hub.lost("trapped");
    assert!(text_of(&stage.labeler("lost")).contains("The engine stopped"));
    stage.tell(countersign::view::protocol::Tell::Progress { ask: 77, done: 30, of: 60 });
    assert!(text_of(&stage.labeler("progress")).contains("Working… 50 %"));
}

#[test]
fn dialogs() {
    let cases = [
        ("help", Dialog::Help, "Shortcuts"),
        ("palette", Dialog::Palette, "Command palette"),
        ("skip", Dialog::Skip, "The text is unclear"),
        ("reveal", Dialog::Reveal(RevealStep::Asking), "Purpose"),
        ("revealed", Dialog::Reveal(RevealStep::Shown("Ada Example".into())), "Ada Example"),
        ("profile", Dialog::Profile, "New profile"),
        ("join", Dialog::Join, "Paste the link"),
        ("settings", Dialog::Settings, "Shortcuts of one key act"),
    ];
    for (name, dialog, expect) in cases {
        let stage = Stage::labeling();
        stage.hub.change_face(Door::Labeler, |face| face.dialog = Some(dialog));
        let html = stage.labeler(name);
        assert!(html.contains("<dialog") && html.contains("aria-labelledby=\"dialog-title\""), "{name}");
        assert!(text_of(&html).contains(expect), "{name}");
    }
}

#[test]
fn a_large_text_is_drawn_in_blocks() {
    let line = "Sphinx of black quartz, judge my vow; 😀 שלום.\r\n";
    let stage = Stage::with_text(&line.repeat(2_000), 2_000);
    let html = stage.labeler("large");
    assert!(html.matches("data-b=").count() > 50);
    assert_eq!(html.matches("<b ").count(), 2_000, "a chip for each span");
}

#[test]
fn the_selected_span_and_a_pending_selection_change_the_labels() {
    let stage = Stage::labeling();
    let label = stage.labels()[2].clone();
    let id = stage.hub.mark(Seat::Label, "entities", &label, &stage.pending(0, 5)).unwrap();
    assert!(stage.hub.desk(Seat::Label, |d| d.chosen == Some(Chosen { control: "entities".into(), id: id.clone() })));
    assert!(stage.labeler("relabel").contains("aria-pressed=\"true\""));
    stage.hub.change_desk(Seat::Label, |d| {
        d.chosen = None;
        d.pending = Some(Pending { ..stage.pending(8, 12) });
    });
    assert!(text_of(&stage.labeler("pending")).contains("Choose a label for the selection"));
}

#[test]
fn in_spanish() {
    let stage = Stage::labeling();
    stage.hub.set(|s| s.lang = Lang::Es);
    let html = stage.labeler("es");
    assert!(text_of(&html).contains("Tarea 3 de 60") && html.contains("lang=\"es\""));
}

#[test]
fn single_keys_can_be_turned_off() {
    let stage = Stage::labeling();
    assert!(stage.labeler("keys").contains("<kbd aria-hidden=\"true\">x</kbd>"));
    stage.hub.set(|s| s.single_keys = false);
    let html = stage.labeler("no-keys");
    assert!(!html.contains("<kbd aria-hidden=\"true\">x</kbd>"), "no key is promised that does nothing");
    assert!(html.contains(">Ctrl+Enter</kbd>"));
}

#[test]
fn a_skipped_task_says_why() {
    let stage = Stage::labeling_with(|view| {
        view.status = TaskStatus::Skipped;
        view.skip_reason = Some("unclear: half of it is missing".into());
    });
    assert!(text_of(&stage.labeler("skipped")).contains("Skipped: The text is unclear: half of it is missing"));
}
