//! Golden logs of this program's own: every kind of event of version 1, with every attribute, sealed with fixed keys, times
//! and salts. Their bytes are for ever. When a test here fails, what was written before can no longer be written, or not be
//! read: that is a new version of the format, not a new golden log. A new kind of event gets a file of its own beside these.

use super::support::{Pen, noted};
use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::event::{Custody, Fact, FirstAdmin, Happening, PredictionUse, Role};
use countersign::domain::guideline::GuidelineRef;
use countersign::domain::id::{DeviceId, Digest, EventId};
use countersign::domain::state::WorkStatus;
use countersign::domain::text::CodePoint;
use countersign::engine::snapshot;
use countersign::log::{Against, Code, EntryHash, LogReader, body, verify_and_fold};
use expect_test::{expect, expect_file};
use std::collections::BTreeSet;

/// The people of the story: an owner; an annotator with two devices, of which one is lost; a judge.
pub struct Story {
    pub owner: Pen,
    pub phone: Pen,
    pub laptop: Pen,
    pub judge: Pen,
    now_ms: u64,
}

/// Whose pen it is.
type Hand = fn(&mut Story) -> &mut Pen;

pub const FILES: [&str; 4] = ["owner", "phone", "laptop", "judge"];

fn digest(of: &str) -> Digest {
    EntryHash::of(of.as_bytes()).digest()
}

fn answers(label: &str) -> Vec<Answer> {
    let span = Span {
        start: CodePoint(0),
        end: CodePoint(9),
        labels: vec![label.into()],
        id: Some("r1".into()),
        field: Some("text".into()),
    };
    let answer = |control: &str, region: Option<&str>, value| Answer {
        control: control.into(),
        region: region.map(Into::into),
        value,
    };
    vec![
        answer("intent", None, Value::Choices(vec!["refund".into()])),
        answer("topic", None, Value::Taxonomy(vec![vec!["money".into(), "card".into()]])),
        answer("ner", None, Value::Spans(vec![span])),
        answer("sure", Some("r1"), Value::Rating(4)),
        answer("fixed", None, Value::Text(vec!["é, €, 😀 \"\\\u{7f}".into()])),
    ]
}

impl Story {
    pub fn told() -> Self {
        let owner = Pen::new(0x51, "ann-01", None);
        let mut owner = Pen { now_ms: 1_800_000_000_000, ..owner };
        owner.who.app = Some(digest("app").0);
        let admin = FirstAdmin {
            authid: "ann-01".into(),
            key: owner.who.device.clone(),
            roles: vec![Role::Admin, Role::Annotator, Role::Reviewer],
        };
        owner.write(&Happening::of(Fact::ProjectCreated { name: "Golden é".into(), admins: vec![admin] }));
        owner.who.project = owner.head.last.map(|hash| hash.project());
        let pen = |seed, author: &str| Pen::new(seed, author, owner.who.project.as_ref());
        let (phone, laptop, judge) = (pen(0x52, "ann-02"), pen(0x53, "ann-02"), pen(0x54, "ann-03"));
        let now_ms = owner.now_ms;
        let mut story = Self { owner, phone, laptop, judge, now_ms };
        story.begin();
        story.work();
        story.end();
        story
    }

    pub fn pens(&self) -> [&Pen; 4] {
        [&self.owner, &self.phone, &self.laptop, &self.judge]
    }

    fn tell(&mut self, who: Hand, happening: Happening) -> EventId {
        self.now_ms += 1_000;
        let now_ms = self.now_ms;
        let pen = who(self);
        pen.now_ms = now_ms - 1_000;
        pen.write(&happening).event.id
    }

    fn owner(&mut self) -> &mut Pen {
        &mut self.owner
    }
    fn phone(&mut self) -> &mut Pen {
        &mut self.phone
    }
    fn laptop(&mut self) -> &mut Pen {
        &mut self.laptop
    }
    fn judge(&mut self) -> &mut Pen {
        &mut self.judge
    }

    fn begin(&mut self) {
        for fact in [
            Fact::ConfigPublished { digest: digest("config") },
            Fact::PolicyPublished { digest: digest("policy") },
            Fact::GuidelinePublished { id: "guide".into(), version: "1.0".into(), digest: digest("guide") },
            Fact::ModelRegistered { model: "tagger@sha256-x".into() },
            Fact::TasksReleased { count: 3, digest: digest("tasks") },
            Fact::AnswersImported { count: 2, digest: digest("answers") },
        ] {
            self.tell(Self::owner, Happening::of(fact));
        }
        let asks: [(Hand, Custody, &str, Role); 3] = [
            (Self::phone, Custody::WebCrypto, "ann-02", Role::Annotator),
            (Self::laptop, Custody::SoftwareWrapped, "ann-02", Role::Annotator),
            (Self::judge, Custody::File, "ann-03", Role::Adjudicator),
        ];
        for (who, custody, authid, role) in asks {
            self.tell(who, Happening::of(Fact::KeyRequested { custody }));
            let key = who(self).who.device.clone();
            self.tell(
                Self::owner,
                Happening::of(Fact::KeyGranted { key, authid: authid.into(), roles: vec![role], custody }),
            );
        }
    }

    /// An event about a task, with every attribute that an event may carry.
    fn full(task: &str, cause: Option<&EventId>, fact: Fact) -> Happening {
        Happening {
            cause: cause.cloned(),
            assignment: Some("as-1".into()),
            guideline: Some(GuidelineRef { id: "guide".into(), version: "1.0".into(), digest: digest("guide") }),
            model: Some("tagger@sha256-x".into()),
            ..Happening::of(fact).about(&task.into())
        }
    }

    fn work(&mut self) {
        let released = Some(digest("task"));
        self.tell(Self::phone, Self::full("T1", None, Fact::TaskOpened {}));
        let (prediction, duration_ms) = (Some(PredictionUse::Edited), Some(12_345));
        let fact =
            Fact::AnnotationSubmitted { answers: answers("PER"), released: released.clone(), prediction, duration_ms };
        let first = self.tell(Self::phone, Self::full("T1", None, fact));
        let why = Fact::RationaleGiven { text: "rule 2".into() };
        self.tell(Self::phone, Self::full("T1", Some(&first), why));
        let fact = Fact::AnnotationCorrected { answers: answers("ORG"), released, duration_ms };
        let second = self.tell(Self::laptop, Self::full("T1", Some(&first), fact));
        self.tell(Self::owner, Self::full("T1", Some(&second), Fact::ReviewPassed {}));
        self.tell(Self::owner, Self::full("T1", Some(&second), Fact::ReviewRejected { reason: "no".into() }));
        self.tell(Self::laptop, Self::full("T1", Some(&second), Fact::CaseEscalated { reason: "hard".into() }));
        let fact = Fact::CaseAdjudicated { answers: answers("PER"), over: vec![second] };
        self.tell(Self::judge, Self::full("T1", None, fact));
        self.tell(Self::laptop, Self::full("T2", None, Fact::TaskSkipped { reason: "unclear".into() }));
        // a body of more than 48 KiB is behind dataref
        let large = self.tell(Self::laptop, Happening::of(super::large::spans(900)).about(&"T3".into()));
        self.tell(Self::laptop, Self::full("T3", Some(&large), Fact::AnnotationWithdrawn {}));
        let fact = Fact::FieldRevealed { path: "text".into(), purpose: "call back".into() };
        self.tell(Self::owner, Happening::of(fact).about(&"T2".into()));
        let bare = Fact::AnnotationSubmitted { answers: vec![], released: None, prediction: None, duration_ms: None };
        let bare = self.tell(Self::phone, Happening::of(bare).about(&"T2".into()));
        let (event, source) = (bare, self.phone.who.device.clone());
        self.tell(Self::owner, Happening::of(Fact::DataErased { event, ground: "request".into(), source }));
    }

    fn end(&mut self) {
        let heads = |story: &Self| -> Vec<(DeviceId, u64)> {
            story.pens()[1..].iter().map(|pen| (pen.who.device.clone(), pen.head.size)).collect()
        };
        let seen = heads(self);
        self.tell(Self::owner, Happening::of(Fact::PeersSeen { heads: seen }));
        // the phone is lost; the laptop's owner leaves
        let (log, lastsequence) = (Some(self.phone.who.device.clone()), Some(self.phone.head.size - 1));
        self.tell(Self::owner, Happening::of(Fact::LogClosed { log, lastsequence }));
        self.tell(Self::judge, Happening::of(Fact::LogClosed { log: None, lastsequence: None }));
        let (key, lastsequence) = (self.laptop.who.device.clone(), self.laptop.head.size - 1);
        self.tell(Self::owner, Happening::of(Fact::KeyRevoked { key, lastsequence }));
    }

    /// The file of a log: its lines. The erased body is gone from its line.
    pub fn file(pen: &Pen) -> String {
        let line = |line: &Vec<u8>| String::from_utf8(line.clone()).unwrap() + "\n";
        pen.lines.iter().map(line).collect()
    }
}

#[test]
fn sealing_gives_these_bytes_for_ever() {
    let story = Story::told();
    for (pen, file) in story.pens().into_iter().zip([
        expect_file!["../../fixtures/log/v1/owner.jsonl"],
        expect_file!["../../fixtures/log/v1/phone.jsonl"],
        expect_file!["../../fixtures/log/v1/laptop.jsonl"],
        expect_file!["../../fixtures/log/v1/judge.jsonl"],
    ]) {
        file.assert_eq(&Story::file(pen));
    }
    for (pen, witness, file) in [
        (&story.owner, &story.judge, expect_file!["../../fixtures/log/v1/owner.checkpoint"]),
        (&story.laptop, &story.owner, expect_file!["../../fixtures/log/v1/laptop.checkpoint"]),
    ] {
        let note = noted(pen, witness, pen.lines.len());
        file.assert_eq(std::str::from_utf8(&note).unwrap());
    }
}

fn golden() -> Vec<LogReader> {
    FILES.map(|name| LogReader::of_bytes(&super::support::read(&format!("log/v1/{name}.jsonl")), None)).into()
}

#[test]
fn what_was_written_is_read_and_means_the_same_for_ever() {
    let checkpoints = ["owner", "laptop"].map(|name| super::support::read(&format!("log/v1/{name}.checkpoint"))).into();
    let (report, state) = verify_and_fold(golden(), &Against { checkpoints, ..Against::default() });
    assert_eq!((report.ok, report.problems.as_slice()), (true, &[][..]), "{:#?}", report.problems);
    assert_eq!(report.logs[2].witnesses, [Story::told().owner.who.device]);
    expect!["1a3974202dc457c95b1c82a81ceb764307cab381bbf7d70686a21d13d707892a"]
        .assert_eq(&EntryHash::of(&snapshot::bytes(&state)).hex());
    let status = |task: &str| state.work(&task.into(), &"ann-02".into()).unwrap().status.clone();
    assert_eq!(
        [status("T1"), status("T2"), status("T3")],
        [WorkStatus::Submitted, WorkStatus::BodyAbsent, WorkStatus::Withdrawn]
    );
}

#[test]
fn every_kind_and_every_attribute_is_in_them() {
    let mut kinds = BTreeSet::new();
    let mut names = BTreeSet::new();
    for line in FILES.iter().flat_map(|name| super::support::lines(&format!("log/v1/{name}.jsonl"))) {
        let event: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&line).unwrap();
        kinds.insert(body::kind_of(event["type"].as_str().unwrap()).to_owned());
        names.extend(event.keys().cloned());
    }
    let missing: Vec<&str> = body::KINDS.into_iter().filter(|kind| !kinds.contains(*kind)).collect();
    assert_eq!(
        missing, [""; 0],
        "kinds without a golden event: put them into a new file beside tests/fixtures/log/v1/*"
    );
    let all = [
        "app",
        "authid",
        "authtype",
        "causationid",
        "correlationid",
        "data",
        "datacontenttype",
        "datahash",
        "dataref",
        "guideline",
        "hlc",
        "id",
        "jws",
        "model",
        "prevhash",
        "project",
        "sequence",
        "source",
        "specversion",
        "subject",
        "time",
        "type",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

/// A1 over these logs too: one bit of each byte, each bit in its turn.
#[test]
fn a1_no_byte_of_them_may_change() {
    for name in FILES {
        let mut verifier = countersign::log::Verifier::new();
        for (at, line) in super::support::lines(&format!("log/v1/{name}.jsonl")).into_iter().enumerate() {
            // the large body is looked at in steps
            for byte in (0..line.len()).step_by(if line.len() > 8_000 { 301 } else { 1 }) {
                let mut flipped = line.clone();
                flipped[byte] ^= 1 << ((byte + at) % 8);
                let seen = flipped.split(|b| *b == b'\n').next().unwrap();
                let problem = verifier.clone().push_line(seen).map(|_| ()).unwrap_err();
                assert_eq!(problem.sequence, Some(at as u64), "{name}, byte {byte}");
            }
            verifier.push_line(&line).unwrap();
        }
    }
}

/// Old and new readers and writers. What a newer version may add is verified and kept by this one; what an older one left
/// out is read by this one. Only what would change the meaning of what is signed is refused.
#[test]
fn old_and_new_readers_and_writers() {
    use serde_json::{Map, Value, json};
    type Change = fn(&mut Map<String, Value>);
    /// Whether there is a fact, with a warning; or why the line is refused.
    type Told = Result<(bool, Option<Code>), Code>;
    const SALT: &str = "AQEBAQEBAQEBAQEBAQEBAQ";
    let cases: [(&str, Change, Told); 11] = [
        (
            "a type of a newer version",
            |m| drop(m.insert("type".into(), json!("org.countersign.task.dreamt.v1"))),
            Ok((false, Some(Code::UnknownType))),
        ),
        (
            "a newer version of a known type",
            |m| drop(m.insert("type".into(), json!("org.countersign.task.opened.v2"))),
            Ok((false, Some(Code::UnknownType))),
        ),
        (
            "a type of somebody else",
            |m| drop(m.insert("type".into(), json!("com.example.thing.v1"))),
            Ok((false, Some(Code::UnknownType))),
        ),
        ("an attribute of a newer version", |m| drop(m.insert("lease".into(), json!("x"))), Ok((true, None))),
        ("an attribute that is a number", |m| drop(m.insert("lease".into(), json!(7))), Ok((true, None))),
        (
            "a field of a newer version in a body",
            |m| drop(m.insert("data".into(), json!({ "salt": SALT, "more": { "x": [1] } }))),
            Ok((true, None)),
        ),
        (
            "a body of an older version, without what is optional now",
            |m| {
                m.insert("type".into(), json!("org.countersign.annotation.submitted.v1"));
                m.insert("data".into(), json!({ "salt": SALT, "answers": [] }));
            },
            Ok((true, None)),
        ),
        (
            "a body that lacks what it needs",
            |m| {
                m.insert("type".into(), json!("org.countersign.annotation.submitted.v1"));
                m.insert("data".into(), json!({ "salt": SALT }));
            },
            Ok((false, Some(Code::BadBody))),
        ),
        (
            "a reveal that says more",
            |m| {
                m.insert("type".into(), json!("org.countersign.field.revealed.v1"));
                m.insert("data".into(), json!({ "salt": SALT, "path": "p", "purpose": "q", "later": 1 }));
            },
            Err(Code::BadData),
        ),
        ("a newer envelope", |m| drop(m.insert("specversion".into(), json!("2.0"))), Err(Code::BadAttribute)),
        (
            "another payload format",
            |m| drop(m.insert("datacontenttype".into(), json!("application/cbor"))),
            Err(Code::BadAttribute),
        ),
    ];
    for (what, change, expect) in cases {
        let mut pen = Pen::found(7, "ann-01");
        let line = pen.forge(change);
        let mut reader = pen.reader();
        let got = reader.push_line(&line);
        let told = got.as_ref().map(|a| (a.event.happening.fact.is_some(), a.warnings.first().map(|w| w.code)));
        assert_eq!(told.map_err(|p| p.code), expect, "{what}");
        let Ok(kept) = got else { continue };
        // kept whole: entry and body give the line again, and the log goes on behind it
        assert_eq!(countersign::log::wire::join(&kept.entry, kept.body.as_deref()), Some(line), "{what}");
        pen.head = reader.head().clone();
        assert!(reader.push_line(&pen.say(Fact::TaskOpened {}).line).is_ok(), "{what}");
    }
}
