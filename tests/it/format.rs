//! Exchange formats from outside: pairs that a running Label Studio made, files that are broken in every way asked for,
//! and what we write read again.

#![cfg(test)]

use countersign::domain::annotation::{Answer, Span, Value as Answered};
use countersign::domain::id::RegionId;
use countersign::domain::text::CodePoint;
use countersign::format::project::{self, Body, ProjectError, ProjectFile};
use countersign::format::rows::Formulas;
use countersign::format::{
    ExportAnnotation, ExportPrediction, ExportTask, Import, ImportError, Importer, Kind, Limits, SourceTask, import,
    label_studio, lines, rows,
};
use countersign::labeling::{self, Config};
use expect_test::expect_file;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/label-studio").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn config(xml: &str) -> Config {
    labeling::parse(xml).unwrap_or_else(|e| panic!("{e}"))
}

/// A configuration with a control of each kind.
fn all_kinds() -> Config {
    config(&fixture("all-kinds.xml"))
}

fn read(kind: Kind, bytes: impl AsRef<[u8]>, config: &Config) -> Import {
    import(kind, bytes.as_ref(), config, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn said(import: &Import) -> String {
    import.complaints.iter().map(|c| format!("{}: {}\n", c.place, c.what)).collect()
}

/// What an imported task would be exported as, had everybody in it used this program.
fn exported(task: &SourceTask) -> ExportTask {
    let annotations = task.annotations.iter().enumerate().map(|(i, a)| ExportAnnotation {
        event: format!("event-{}-{i}", task.source_index).into(),
        author: a.author.clone().unwrap_or_else(|| "ann-01".into()).into(),
        answers: a.answers.clone(),
        skipped: a.skipped.then(|| "unclear".to_owned()),
        created_at_ms: a.created_at_ms.unwrap_or(1000 + i as u64),
        updated_at_ms: a.created_at_ms.unwrap_or(2000 + i as u64),
        duration_ms: a.duration_ms,
        ground_truth: a.ground_truth,
        ..ExportAnnotation::default()
    });
    let predictions = task.predictions.iter().map(|p| ExportPrediction {
        model: p.model.clone().into(),
        score_e4: p.score_e4,
        answers: p.answers.clone(),
    });
    ExportTask {
        id: format!("task-{}", task.source_index).into(),
        ordinal: task.source_index,
        data: task.data.clone(),
        annotations: annotations.collect(),
        predictions: predictions.collect(),
        gold: task.gold.clone(),
    }
}

/// Result items as far as the formats must agree: names of answers about the whole task are anybody's, and what we do
/// not hold is complained of elsewhere.
fn comparable(result: &Value) -> Vec<Value> {
    let items = result.as_array().expect("a list of results");
    let count = |id: &Value| items.iter().filter(|i| &i["id"] == id).count();
    let mut list: Vec<Value> = items
        .iter()
        .filter(|item| item["type"] != "relation")
        .map(|item| {
            let mut item = item.clone();
            let id = item["id"].clone();
            let map = item.as_object_mut().unwrap();
            for key in ["origin", "meta", "parentID", "score"] {
                map.remove(key);
            }
            if map["type"] != "labels" && count(&id) == 1 {
                map.remove("id");
            }
            // chosen values are a set
            if let Some(choices) = item["value"].get_mut("choices").and_then(Value::as_array_mut) {
                choices.sort_by_key(ToString::to_string);
            }
            item
        })
        .collect();
    list.sort_by_key(ToString::to_string);
    list
}

#[test]
fn core_pairs_come_back_item_for_item() {
    for name in ["choices_single", "choices_multiple", "taxonomy", "ner_overlap_relation_perregion"] {
        let config = config(&fixture(&format!("core/{name}.xml")));
        let source: Value = serde_json::from_str(&fixture(&format!("core/{name}.export.json"))).unwrap();
        for form in ["import", "export"] {
            let read = read(Kind::Json, fixture(&format!("core/{name}.{form}.json")), &config);
            assert_eq!(read.tasks.len(), 1, "{name}");
            let task = &read.tasks[0];
            assert_eq!(task.annotations.len(), 2);
            assert!(task.annotations[1].skipped);
            assert_eq!(task.annotations[0].duration_ms, Some(12_500));
            if form == "import" {
                assert_eq!((task.predictions[0].model.as_str(), task.predictions[0].score_e4), ("m-1", Some(8700)));
                assert_eq!(task.predictions[0].answers, task.annotations[0].answers);
            }
            let written = label_studio::write(&[exported(task)], &config);
            assert_eq!(written.complaints, [], "{name}");
            let back: Value = serde_json::from_slice(&written.bytes).unwrap();
            let (ours, theirs) = (&back[0]["annotations"][0], &source[0]["annotations"][0]);
            assert_eq!(comparable(&ours["result"]), comparable(&theirs["result"]), "{name} from {form}");
            assert_eq!(ours["lead_time"], theirs["lead_time"]);
            assert_eq!(back[0]["annotations"][1]["was_cancelled"], json!(true));
            let again = self::read(Kind::Json, &written.bytes, &config);
            assert_eq!(again.tasks[0].annotations[0].answers, task.annotations[0].answers, "{name}");
        }
    }
}

#[test]
fn every_key_of_the_export_is_there() {
    let config = config(&fixture("core/choices_single.xml"));
    let theirs: Value = serde_json::from_str(&fixture("core/choices_single.export.json")).unwrap();
    let read = read(Kind::Json, fixture("core/choices_single.import.json"), &config);
    let ours: Value = serde_json::from_slice(&label_studio::write(&[exported(&read.tasks[0])], &config).bytes).unwrap();
    let keys = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&ours[0]), keys(&theirs[0]));
    assert_eq!(keys(&ours[0]["annotations"][0]), keys(&theirs[0]["annotations"][0]));
}

#[test]
fn template_pairs_come_back() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/label-studio/pairs");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().to_str()?.strip_suffix(".import.json").map(str::to_owned))
        .collect();
    names.sort();
    assert_eq!(names.len(), 10);
    let mut whole = 0;
    for name in names {
        let config = config(&fixture(&format!("templates/{name}.xml")));
        let first = read(Kind::Json, fixture(&format!("pairs/{name}.import.json")), &config);
        let second = read(Kind::Json, fixture(&format!("pairs/{name}.export.json")), &config);
        let answers = |import: &Import| -> Vec<Vec<Vec<Answer>>> {
            import.tasks.iter().map(|t| t.annotations.iter().map(|a| a.answers.clone()).collect()).collect()
        };
        assert_eq!(
            answers(&first),
            answers(&second),
            "{name}: what Label Studio gives back reads as what it was given"
        );
        let tasks: Vec<ExportTask> = first.tasks.iter().map(exported).collect();
        let again = read(Kind::Json, label_studio::write(&tasks, &config).bytes, &config);
        assert_eq!(answers(&first), answers(&again), "{name}: what we write reads as what we read");
        let lacks = |c: &&countersign::domain::complaint::Complaint| !c.what.starts_with("lacks ");
        assert_eq!(again.complaints.iter().find(lacks), None, "{name}: {}", said(&again));
        if first.complaints.is_empty() {
            whole += 1;
            let theirs: Value = serde_json::from_str(&fixture(&format!("pairs/{name}.export.json"))).unwrap();
            let ours: Value = serde_json::from_slice(&label_studio::write(&tasks, &config).bytes).unwrap();
            for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs.as_array().unwrap()) {
                for (ours, theirs) in
                    ours["annotations"].as_array().unwrap().iter().zip(theirs["annotations"].as_array().unwrap())
                {
                    assert_eq!(comparable(&ours["result"]), comparable(&theirs["result"]), "{name}");
                }
            }
        }
    }
    assert!(whole >= 3, "{whole} templates have no broken results");
}

#[test]
fn rows_are_those_of_label_studio() {
    for name in ["choices_single", "choices_multiple", "taxonomy", "ner_overlap_relation_perregion"] {
        let config = config(&fixture(&format!("core/{name}.xml")));
        let read = read(Kind::Json, fixture(&format!("core/{name}.export.json")), &config);
        let task = exported(&read.tasks[0]);
        let theirs: Vec<Value> = serde_json::from_str(&fixture(&format!("core/{name}.export.min.json"))).unwrap();
        let ours: Vec<Value> =
            serde_json::from_slice(&rows::json_min(std::slice::from_ref(&task), &config).bytes).unwrap();
        let strip = |mut rows: Vec<Value>| {
            for row in &mut rows {
                for key in ["id", "annotation_id", "annotator", "created_at", "updated_at"] {
                    assert!(row.as_object_mut().unwrap().remove(key).is_some(), "{name}: {key}");
                }
            }
            rows
        };
        assert_eq!(strip(ours), strip(theirs), "{name}");
        let table = String::from_utf8(rows::csv(&[task], &config, Formulas::Guard).bytes).unwrap();
        let theirs = fixture(&format!("core/{name}.export.csv"));
        let header = |table: &str| table.lines().next().unwrap().replace('"', "").trim_end().to_owned();
        assert_eq!(header(&table), header(&theirs), "{name}");
        assert!(table.ends_with("\r\n"));
    }
}

#[test]
fn nothing_is_lost_in_our_own_lines() {
    let config = all_kinds();
    let mut tasks: Vec<ExportTask> = (0..3).map(sample_task).collect();
    tasks[1].annotations.clear();
    tasks[2].gold =
        Some(vec![Answer { control: "c".into(), region: None, value: Answered::Choices(vec!["A".into()]) }]);
    let written = lines::write(&tasks);
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    let mut back: Vec<ExportTask> = Vec::new();
    for line in text.lines() {
        let mut task = lines::read_line(line).expect("our own line");
        match back.last_mut().filter(|last| last.id == task.id) {
            Some(last) => last.annotations.append(&mut task.annotations),
            None => back.push(task),
        }
    }
    assert_eq!(back, tasks);
    let read = read(Kind::Jsonl, &written.bytes, &config);
    assert_eq!(read.complaints, []);
    assert_eq!(read.tasks.len(), 3);
    assert_eq!(read.tasks[0].annotations.len(), 2);
    assert_eq!(read.tasks[0].annotations[0].answers, tasks[0].annotations[0].answers);
    assert_eq!(read.tasks[2].gold, tasks[2].gold);
    for (line, what) in [
        (r#"{"countersign":"annotation","version":2,"task":{}}"#, "a later version"),
        (r#"{"countersign":"other","version":1}"#, "another kind"),
    ] {
        let config = self::config(r#"<View><Text name="t" value="$text"/></View>"#);
        let import = self::read(Kind::Jsonl, line, &config);
        assert!(import.tasks.is_empty() && said(&import).contains("is no line of a form"), "{what}");
    }
}

fn sample_task(i: u64) -> ExportTask {
    let span = |start, end, label: &str, id: &str| Span {
        start: CodePoint(start),
        end: CodePoint(end),
        labels: vec![label.into()],
        id: Some(id.into()),
        field: None,
    };
    let answer = |control: &str, value| Answer { control: control.into(), region: None, value };
    let answers = vec![
        answer("l", Answered::Spans(vec![span(0, 5, "PER", "a"), span(1, 3, "ORG", "b")])),
        answer("c", Answered::Choices(vec!["B".into()])),
        answer("x", Answered::Taxonomy(vec![vec!["Bio".into(), "Cat".into()]])),
        answer("r", Answered::Rating(4)),
        Answer { control: "pc".into(), region: Some("a".into()), value: Answered::Choices(vec!["sure".into()]) },
    ];
    let annotation = ExportAnnotation {
        event: format!("0192-{i}").into(),
        author: "ann-07".into(),
        answers,
        rationale: Some("because \u{2028} \"quoted\"\n".into()),
        created_at_ms: 1_795_380_448_442,
        updated_at_ms: 1_795_380_448_443,
        duration_ms: Some(12_345),
        ..ExportAnnotation::default()
    };
    let skipped = ExportAnnotation {
        event: format!("0193-{i}").into(),
        author: "ann-02".into(),
        skipped: Some("not mine".into()),
        created_at_ms: 1_795_380_448_500,
        updated_at_ms: 1_795_380_448_500,
        ..ExportAnnotation::default()
    };
    ExportTask {
        id: format!("t{i}").into(),
        ordinal: i,
        data: json!({"text": "💩Marie Curie\r\nworked", "n": 1}).as_object().unwrap().clone(),
        annotations: vec![annotation, skipped],
        predictions: vec![ExportPrediction {
            model: "m@sha256-x".into(),
            score_e4: Some(8765),
            answers: vec![answer("l", Answered::Spans(vec![span(1, 6, "PER", "p")])), answer("r", Answered::Rating(5))],
        }],
        gold: None,
    }
}

#[test]
fn label_studio_json_holds_what_it_can_and_the_rest_stands_in_meta() {
    let config = all_kinds();
    let written = label_studio::write(&[sample_task(0)], &config);
    assert_eq!(written.complaints, []);
    let json: Value = serde_json::from_slice(&written.bytes).unwrap();
    let annotation = &json[0]["annotations"][0];
    assert_eq!(annotation["completed_by"]["email"], "ann-07");
    assert_eq!(annotation["created_at"], "2026-11-22T20:47:28.442Z");
    assert_eq!(annotation["lead_time"], 12.345);
    let items = annotation["result"].as_array().unwrap();
    let region: Vec<&Value> = items.iter().filter(|i| i["id"] == "a").collect();
    assert_eq!(region.len(), 2);
    assert_eq!(region[0]["value"], json!({"start": 0, "end": 5, "text": "💩Mari", "labels": ["PER"]}));
    assert_eq!(region[1]["value"], json!({"start": 0, "end": 5, "text": "💩Mari", "choices": ["sure"]}));
    let rationale = items.iter().find(|i| i["from_name"] == "rationale").expect("the rationale has a control");
    assert_eq!(rationale["value"]["text"][0], "because \u{2028} \"quoted\"\n");
    assert_eq!(json[0]["meta"]["countersign"]["annotations"]["0193-0"]["skip_reason"], "not mine");
    let read = read(Kind::Json, &written.bytes, &config);
    assert_eq!(read.tasks[0].predictions[0].score_e4, Some(8765));
}

/// The file that `tests/e2e/check_label_studio.py` gives to Label Studio's own converter.
#[test]
fn the_checked_export_is_what_we_write() {
    let config = all_kinds();
    let mut tasks: Vec<ExportTask> = (0..3).map(sample_task).collect();
    tasks[1].annotations.clear();
    tasks[2].gold =
        Some(vec![Answer { control: "c".into(), region: None, value: Answered::Choices(vec!["A".into()]) }]);
    let written = label_studio::write(&tasks, &config);
    expect_file!["../snapshots/label-studio-export.json"].assert_eq(&String::from_utf8(written.bytes).unwrap());
    let minimal = rows::json_min(&tasks, &config);
    expect_file!["../snapshots/label-studio-min.json"].assert_eq(&String::from_utf8(minimal.bytes).unwrap());
}

#[test]
fn cells_that_a_spreadsheet_would_run() {
    let config = config(r#"<View><Text name="t" value="$text"/><TextArea name="f" toName="t"/></View>"#);
    let mut task = sample_task(0);
    task.data =
        json!({"text": "=HYPERLINK(\"http://x\")", "=cmd": "-5", "n": -7, "at": "@x"}).as_object().unwrap().clone();
    task.annotations[0].answers.clear();
    task.annotations[0].rationale = None;
    let guarded = rows::csv(std::slice::from_ref(&task), &config, Formulas::Guard);
    let text = String::from_utf8(guarded.bytes).unwrap();
    assert!(
        text.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && text.contains("'=cmd") && text.contains("'@x"),
        "{text}"
    );
    assert!(text.contains(",-7,") && !text.contains("'-5"), "{text}");
    assert!(guarded.complaints.iter().any(|c| c.what.contains("apostrophe")));
    let kept = String::from_utf8(rows::csv(&[task], &config, Formulas::Keep).bytes).unwrap();
    assert!(kept.contains("\"=HYPERLINK"));
}

#[test]
fn bad_tasks_are_complained_of_and_the_rest_is_read() {
    let config = all_kinds();
    let check = |kind: Kind, text: &[u8], tasks: usize, expect: &str| {
        let import = read(kind, text, &config);
        let said = said(&import);
        assert_eq!(import.tasks.len(), tasks, "{}: {said}", String::from_utf8_lossy(text));
        assert!(said.contains(expect), "{}: {said:?} lacks {expect:?}", String::from_utf8_lossy(text));
        assert!(expect.is_empty() == said.is_empty(), "{}: {said}", String::from_utf8_lossy(text));
        import
    };
    let json = |text: &str, tasks, expect: &str| check(Kind::Json, text.as_bytes(), tasks, expect);
    // shapes that are fine
    json(r#"[{"data":{"text":"a"}},{"data":{"text":"b"}}]"#, 2, "");
    json(r#"{"data":{"text":"a"}}"#, 1, "");
    json(r#"[{"text":"a"}]"#, 1, "");
    json(r#"{"text":"a"} {"text":"b"}"#, 2, "");
    json("\u{feff}[{\"text\":\"a\"}]", 1, "");
    json(r#"{"text":"a","data":"not a task's"}"#, 1, "");
    check(Kind::Jsonl, b"{\"text\":\"a\"}\r\n\r\n{\"data\":{\"text\":\"b\"}}", 2, "");
    check(Kind::Csv, b"text,id\r\n\"a, \"\"b\"\"\nc\",1\r\n", 1, "");
    // and those that are not
    json(r#"[{"text":"a"},{"text":"b"]"#, 1, "task 2 (line 1), column 12: is no JSON; left out");
    json(r#"[{"text":"a"},{"text":"b""#, 1, "task 2 (line 1): the file ends inside this task");
    json(r#"[{"text":"a"},"#, 1, "ends before its closing bracket");
    json(r#"[{"text":"a"}] trailing"#, 1, "between or after its tasks");
    json(r#"[1,"x",null,{"text":"a"}]"#, 1, "is no object; left out");
    json(r#"[{"data":{"other":"a"}},{"text":"b"}]"#, 1, "task 1 (line 1): lacks text, which the configuration shows");
    json(r#"[{"text":5}]"#, 1, "text is no text; taken as it is written");
    json(r#"[{"text":["a"]},{"text":"b"}]"#, 1, "text is no text; left out");
    json(r#"[{"data":"a","annotations":[]},{"text":"b"}]"#, 1, "its data is no object");
    json(r#"[{"id":7,"text":"a"},{"id":7,"text":"b"}]"#, 2, "the same id as an earlier task; kept");
    let replaced = check(Kind::Json, b"[{\"text\":\"a\xff\xfeb\"}]", 1, "not utf-8 are replaced by U+FFFD");
    assert_eq!(replaced.tasks[0].data["text"], "a\u{fffd}\u{fffd}b");
    let replaced = json(r#"[{"text":"a\ud83d b \ude00 \ud83d\ude00"}]"#, 1, "half surrogate pairs");
    assert_eq!(replaced.tasks[0].data["text"], "a\u{fffd} b \u{fffd} 😀");
    check(Kind::Jsonl, b"{\"text\":\"a\"}\nnonsense\n{\"text\":\"b\"}", 2, "line 2, column");
    check(Kind::Jsonl, b"{\"text\":\"a\"}\n{\"text\":", 1, "line 2, column 8: ends too early");
    check(Kind::Csv, b"text,b\nx\n", 1, "line 2: fewer cells than columns");
    check(Kind::Csv, b"text,b\nx,y,z\n", 1, "line 2: more cells than columns");
    check(Kind::Csv, b"text,text,\nx,y,z\n", 1, "column 2: its name is that of an earlier one");
    check(Kind::Csv, b"text,text,\nx,y,z\n", 1, "column 3: has no name");
    check(Kind::Csv, b"other\nx\n", 0, "lacks text");
    check(Kind::Csv, b"text\n\xff\n", 1, "not utf-8");
    check(Kind::Csv, b"\xef\xbb\xbftext;n\nx;1\n,\n;\n", 2, "the row is empty");
    check(Kind::Csv, b"text,b\n\"open,1\nx,2\n", 1, "fewer cells");
}

#[test]
fn bad_answers_are_complained_of_and_left_out() {
    let config = all_kinds();
    let with = |annotation: Value| {
        let task = json!([{"data": {"text": "😀 Marie Curie"}, "annotations": [annotation]}]);
        read(Kind::Json, task.to_string(), &config)
    };
    let item = |from: &str, kind: &str, value: Value| {
        with(json!({"result": [{"id": "a", "from_name": from, "to_name": "t", "type": kind, "value": value}]}))
    };
    let check = |import: Import, answers: usize, expect: &str| {
        let count: usize = import.tasks[0].annotations.iter().map(|a| a.answers.len()).sum();
        assert_eq!((import.tasks.len(), count), (1, answers), "{expect}");
        assert!(said(&import).contains(expect), "{} lacks {expect}", said(&import));
    };
    let span = |start: Value, end: Value| json!({"start": start, "end": end, "labels": ["PER"]});
    check(
        item("l", "labels", span(json!(2), json!(14))),
        0,
        "annotations[0].result[0]: a span is empty or ends past the text",
    );
    check(item("l", "labels", span(json!(2), json!(13))), 1, "");
    check(item("l", "labels", span(json!("2"), json!(13.0))), 1, "");
    check(item("l", "labels", span(json!(5), json!(5))), 0, "a span is empty");
    check(item("l", "labels", span(json!(-1), json!(5))), 0, "without start and end");
    check(item("l", "labels", span(json!(1.5), json!(5))), 0, "without start and end");
    check(item("l", "labels", span(json!("/p[1]"), json!(5))), 0, "without start and end");
    check(item("l", "labels", json!({"start": 1, "end": 2, "labels": ["NOPE"]})), 0, "does not offer");
    check(item("l", "labels", json!({"start": 1, "end": 2, "labels": []})), 0, "without a label");
    check(
        item("l", "labels", json!({"start": 2, "end": 7, "text": "Maria", "labels": ["PER"]})),
        1,
        "quoted by a span",
    );
    let utf16 = item("l", "labels", json!({"start": 3, "end": 8, "text": "Marie", "labels": ["PER"]}));
    let Answered::Spans(spans) = &utf16.tasks[0].annotations[0].answers[0].value else { panic!("spans") };
    assert_eq!(
        (spans[0].start, spans[0].end, spans[0].id.clone()),
        (CodePoint(2), CodePoint(7), Some(RegionId::from("a")))
    );
    check(utf16, 1, "counts in UTF-16 units");
    check(item("c", "choices", json!({"choices": ["A", "B"]})), 1, "several choices where one is asked");
    check(item("c", "choices", json!({"choices": "A"})), 0, "its value has no list");
    check(item("c", "labels", json!({"labels": ["A"]})), 0, "its type is not that of its control");
    check(item("nope", "choices", json!({"choices": ["A"]})), 0, "lacks; left out");
    check(item("x", "taxonomy", json!({"taxonomy": [["Bio", "Dog"], ["Geo"], ["Geo"], [1]]})), 1, "does not offer");
    check(item("r", "rating", json!({"rating": 6})), 0, "not on the scale");
    check(item("r", "rating", json!({"rating": 2.5})), 0, "not on the scale");
    check(item("free", "textarea", json!({"text": [1]})), 0, "its value has no text");
    check(item("free", "textarea", json!({"text": "one"})), 1, "");
    check(item("pc", "choices", json!({"choices": ["sure"]})), 0, "belongs to a region that is not there");
    check(item("c", "choices", json!(null)), 0, "has no value");
    check(
        with(json!({"result": [{"type": "relation", "from_id": "a", "to_id": "b"}, 5]})),
        0,
        "relations are left out",
    );
    check(with(json!({"result": [{"from_name": "c"}]})), 0, "has no type");
    check(with(json!({"result": "no"})), 0, "has no list of results");
    check(with(json!(5)), 0, "annotations[0]: is no object");
    check(with(json!({"result": [], "lead_time": -1})), 0, "lead_time is no time");
    let twice = json!({"id": "a", "from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": ["A"]}});
    check(with(json!({"result": [twice.clone(), twice]})), 1, "a second answer to one control");
    let task = json!([{"data": {"text": "x"}, "predictions": [61, {"result": [], "score": 7}], "annotations": {}, "drafts": [1]}]);
    let import = read(Kind::Json, task.to_string(), &config);
    for expect in [
        "predictions[0]: has no content",
        "its score is no number",
        "its annotations are no list",
        "drafts are left out",
    ] {
        assert!(said(&import).contains(expect), "{expect}: {}", said(&import));
    }
}

#[test]
fn spans_name_their_field_where_a_control_has_several() {
    let config = config(
        r#"<View><Text name="a" value="$a"/><Text name="b" value="fixed words"/><Labels name="l" toName="a,b"><Label value="X"/></Labels></View>"#,
    );
    let item = |to: &str| json!({"id": to, "from_name": "l", "to_name": to, "type": "labels", "value": {"start": 0, "end": 5, "labels": ["X"]}});
    let task = json!([{"data": {"a": "hello"}, "annotations": [{"result": [item("a"), item("b"), item("c")]}]}]);
    let import = read(Kind::Json, task.to_string(), &config);
    let Answered::Spans(spans) = &import.tasks[0].annotations[0].answers[0].value else { panic!("spans") };
    assert_eq!(spans.iter().map(|s| s.field.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    assert!(said(&import).contains("to_name is no text of its control"));
    let back: Value =
        serde_json::from_slice(&label_studio::write(&[exported(&import.tasks[0])], &config).bytes).unwrap();
    let result = &back[0]["annotations"][0]["result"];
    assert_eq!((&result[1]["to_name"], &result[1]["value"]["text"]), (&json!("b"), &json!("fixed")));
}

#[test]
fn files_of_another_kind_are_refused() {
    let config = all_kinds();
    let check = |kind: Kind, bytes: &[u8], expect: &str| {
        let error = import(kind, bytes, &config, &Limits::default()).expect_err(expect);
        assert!(matches!(error, ImportError::NotThisKind { .. }), "{expect}");
        assert!(error.to_string().contains(expect), "{error} lacks {expect}");
    };
    check(Kind::Json, b"", "it is empty");
    check(Kind::Json, b"  \n", "it is empty");
    check(Kind::Json, b"text,label\n", "neither [ nor {");
    check(Kind::Json, b"\xff\xfe[\0]\0", "utf-16");
    check(Kind::Csv, b"", "no header row");
    assert_eq!(read(Kind::Jsonl, b"", &config), Import::default());
}

#[test]
fn the_order_of_arrival_does_not_matter_and_tasks_can_be_taken_early() {
    let config = all_kinds();
    let text = fixture("core/ner_overlap_relation_perregion.import.json");
    let whole = read(Kind::Json, &text, &labeling::parse(&fixture("core/ner_overlap_relation_perregion.xml")).unwrap());
    assert_eq!(whole.tasks.len(), 1);
    let mut importer = Importer::new(Kind::Jsonl, &config, Limits::default());
    let mut taken = 0;
    for i in 0..10 {
        importer.push(format!("{{\"text\":\"{i}\"}}\n").as_bytes()).unwrap();
        taken += importer.take().len();
        assert_eq!(importer.tasks_read(), taken);
    }
    assert_eq!((taken, importer.bytes_read()), (10, 130));
    assert_eq!(importer.finish().unwrap().tasks.len(), 0);
}

#[test]
fn a_project_comes_back() {
    let project = ProjectFile {
        bodies: vec![Body::new(b"<View/>".to_vec()), Body::new(vec![0xff, 0, b'\n']), Body::new("é\n\u{2028}".into())],
        lines: vec![r#"{"id":"1","x":"é"}"#.into(), r#"{"id":"2"}"#.into()],
    };
    let bytes = project::write(&project);
    assert_eq!(project::read(&bytes).unwrap(), project);
    let with_crlf = String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n");
    assert_eq!(project::read(with_crlf.as_bytes()).unwrap(), project);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let check = |text: &str, expect: &str| {
        assert_eq!(project::read(text.as_bytes()).expect_err(expect).to_string(), expect, "{text}");
    };
    check("", "line 1: this is no project file");
    check("[]", "line 1: this is no project file");
    let later = text.replacen("\"version\":1", "\"version\":2", 1);
    check(&later, "line 1: the project file has version 2; this program reads 1: use a later one");
    check(&text.replacen("<View/>", "<view/>", 1), "line 2: its bytes are not those of its digest");
    check(&text.replacen("{\"digest\"", "[\"digest\"", 1), "line 2: is no released body");
    check(&text.replacen("{\"id\":\"2\"}", "id 2", 1), "line 6: is no event");
    let cut: String = text.lines().take(5).map(|l| format!("{l}\n")).collect();
    check(&cut, "the project file says it has 6 lines and has 5; it was cut or added to");
    check(&format!("{text}{{}}\n"), "the project file says it has 6 lines and has 7; it was cut or added to");
    assert!(matches!(
        project::read(&bytes[..bytes.len() / 2]),
        Err(ProjectError::Cut { .. } | ProjectError::Line { .. })
    ));
}

#[test]
fn damaged_files_do_not_panic() {
    let config = config(&fixture("core/ner_overlap_relation_perregion.xml"));
    let bytes = fixture("core/ner_overlap_relation_perregion.import.json").into_bytes();
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        for damaged in [&bytes[..at], &flipped] {
            let _ = import(Kind::Json, damaged, &config, &Limits::default());
        }
    }
}

fn answers_strategy() -> impl Strategy<Value = Vec<Answer>> {
    let span = (0u32..8, 1u32..6, any::<bool>()).prop_map(|(start, length, per)| (start, start + length, per));
    (proptest::collection::vec(span, 0..6), 0usize..3, proptest::option::of(1u32..=5), ".{0,10}").prop_map(
        |(spans, choice, rating, text)| {
            let mut answers = Vec::new();
            let spans: Vec<Span> = spans
                .into_iter()
                .enumerate()
                .map(|(i, (start, end, per))| Span {
                    start: CodePoint(start),
                    end: CodePoint(end),
                    labels: vec![if per { "PER" } else { "ORG" }.into()],
                    id: Some(format!("s{i}").into()),
                    field: None,
                })
                .collect();
            let regions = spans.len();
            let mut push = |control: &str, region: Option<RegionId>, value: Answered| {
                if !value.is_empty() {
                    answers.push(Answer { control: control.into(), region, value });
                }
            };
            push("l", None, Answered::Spans(spans));
            if choice < 2 {
                push("c", None, Answered::Choices(vec![["A", "B"][choice].into()]));
            }
            push("free", None, Answered::Text(vec![text]));
            if let Some(rating) = rating {
                push("r", None, Answered::Rating(rating));
            }
            for i in (0..regions).step_by(2) {
                push("pc", Some(format!("s{i}").into()), Answered::Choices(vec!["sure".into()]));
            }
            answers
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_answered_comes_back_from_label_studio_json(answers in answers_strategy()) {
        let config = all_kinds();
        let mut task = sample_task(0);
        task.annotations[0].answers = answers.clone();
        task.annotations[0].rationale = None;
        let back = read(Kind::Json, label_studio::write(&[task], &config).bytes, &config);
        prop_assert_eq!(&back.tasks[0].annotations[0].answers, &answers);
        prop_assert_eq!(back.complaints, vec![]);
    }

    #[test]
    fn no_bytes_make_an_import_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), step in 1usize..50) {
        let config = all_kinds();
        for kind in [Kind::Json, Kind::Jsonl, Kind::Csv] {
            let mut importer = Importer::new(kind, &config, Limits::default());
            if bytes.chunks(step).try_for_each(|chunk| importer.push(chunk)).is_ok() {
                let _ = importer.finish();
            }
        }
        let _ = project::read(&bytes);
        let _ = lines::read_line(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_json_makes_an_import_panic_and_steps_do_not_matter(
        parts in proptest::collection::vec(prop_oneof![
            Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just(":"), Just("\"text\""), Just("\"data\""), Just("\"a\\ud83d\""),
            Just("\"annotations\""), Just("\"result\""), Just("1"), Just("null"), Just("\\"), Just("\n"), Just("\"é😀\""),
            Just("{\"data\":{\"text\":\"x\"},\"annotations\":[{\"result\":["), Just("]}]}"),
            Just("{\"from_name\":\"l\",\"to_name\":\"t\",\"type\":\"labels\",\"value\":{\"start\":0,\"end\":1,\"labels\":[\"PER\"]}}")], 0..30),
        step in 1usize..20) {
        let config = all_kinds();
        let text = parts.concat();
        for kind in [Kind::Json, Kind::Jsonl, Kind::Csv] {
            let whole = import(kind, text.as_bytes(), &config, &Limits::default());
            let mut importer = Importer::new(kind, &config, Limits::default());
            let pushed = text.as_bytes().chunks(step).try_for_each(|chunk| importer.push(chunk));
            let steps = pushed.and_then(|()| importer.finish());
            prop_assert_eq!(whole, steps);
        }
    }
}
