//! A stage: a hub whose host records what was sent, filled with views of the sample project, and drawn without a browser.

use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::draft::Draft;
use countersign::domain::schema::{ControlKind, Schema};
use countersign::domain::task::Cover;
use countersign::domain::text::CodePoint;
use countersign::labeling;
use countersign::ui::desk::Pending;
use countersign::ui::hub::{Host, Hub};
use countersign::ui::screen::{Labeler, RootProps};
use countersign::view::model::*;
use countersign::view::protocol::{Ask, Done, Request, Tell, Trouble};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const CONFIG: &str = include_str!("../../../www/samples/support-desk/config.xml");
const GUIDELINE: &str = include_str!("../../../www/samples/support-desk/guideline.md");
const MESSAGE: &str = "Hello,\r\n\r\nmy <PERSON_K3> Nimbus kettle leaks from the bottom 😀 since 22 April. \
    Please send the return label again to <EMAIL_ADDRESS_7Q>.\r\n\r\nתודה רבה לכם\r\n\r\nThank you";

/// What a host was asked to do.
#[derive(Default)]
pub struct Heard {
    pub sent: RefCell<Vec<Request>>,
    pub events: RefCell<Vec<(String, String)>>,
    pub files: RefCell<Vec<String>>,
    pub now_ms: Cell<u64>,
}

pub struct Stage {
    pub hub: Rc<Hub>,
    pub heard: Rc<Heard>,
}

impl Stage {
    /// A hub that asked for the sample and has no answer yet.
    pub fn new() -> Self {
        let heard = Rc::new(Heard::default());
        let mut host = Host::silent();
        let h = heard.clone();
        host.send = Box::new(move |request| h.sent.borrow_mut().push(request));
        let h = heard.clone();
        host.dispatch = Box::new(move |name, detail| h.events.borrow_mut().push((name.into(), detail.into())));
        let h = heard.clone();
        host.download = Box::new(move |name, _, _| h.files.borrow_mut().push(name.into()));
        let h = heard.clone();
        host.now_ms = Box::new(move || h.now_ms.get());
        let hub = Hub::new(host);
        hub.open("support-desk", "me");
        Self { hub, heard }
    }

    /// The project is open, its frame is here, and the first task is asked for.
    pub fn shell() -> Self {
        Self::shell_with(|_| {})
    }

    pub fn shell_with(change: impl FnOnce(&mut ShellView)) -> Self {
        let stage = Self::new();
        stage.answer_last(Ok(Done::Opened { slug: "support-desk".into(), task: None, complaints: vec![] }));
        let mut shell = shell();
        change(&mut shell);
        stage.tell(Tell::View { key: ViewKey::Shell, view: View::Shell(Rc::new(shell)) });
        let guideline = GuidelineView {
            id: "support".into(),
            version: "3".into(),
            digest: "sha256-abc".into(),
            blocks: countersign::view::markdown::blocks(GUIDELINE),
        };
        stage.tell(Tell::View { key: ViewKey::Guideline, view: View::Guideline(Rc::new(guideline)) });
        stage
    }

    /// A task is in hand.
    pub fn labeling() -> Self {
        Self::labeling_with(|_| {})
    }

    pub fn labeling_with(change: impl FnOnce(&mut TaskView)) -> Self {
        let stage = Self::shell();
        stage.answer_last(Ok(Done::InHand { task: Some("t3".into()) }));
        let mut view = task(MESSAGE, &covers());
        change(&mut view);
        stage.task(view);
        stage
    }

    /// A task with that text and so many spans.
    pub fn with_text(text: &str, spans: u32) -> Self {
        let len = text.chars().count() as u32;
        let step = len / spans.max(1);
        Self::labeling_with(|view| {
            *view = task(text, &[]);
            let labels = labels(&view.schema);
            let spans = (0..spans).map(|n| Span {
                start: CodePoint(n * step),
                end: CodePoint(n * step + step / 2 + 1),
                labels: vec![labels[n as usize % labels.len()].clone()],
                id: None,
                field: None,
            });
            let answer = Answer { control: "entities".into(), region: None, value: Value::Spans(spans.collect()) };
            view.draft = Draft::from_answers(vec![answer]);
        })
    }

    pub fn task(&self, view: TaskView) {
        let key = ViewKey::Task { task: view.task.clone() };
        self.tell(Tell::View { key, view: View::Task(Rc::new(view)) });
    }

    pub fn tell(&self, tell: Tell) {
        self.hub.receive(tell, None);
    }

    /// Answers the last request that is not about watching or keeping.
    pub fn answer_last(&self, result: Result<Done, Trouble>) {
        let ask =
            self.last(|what| !matches!(what, Ask::Watch { .. } | Ask::Unwatch { .. } | Ask::KeepDraft { .. })).ask;
        self.tell(Tell::Answer { ask, result });
    }

    /// The last request of a kind.
    pub fn last(&self, is: impl Fn(&Ask) -> bool) -> Request {
        self.heard.sent.borrow().iter().rev().find(|r| is(&r.what)).unwrap().clone()
    }

    pub fn count(&self, is: impl Fn(&Ask) -> bool) -> usize {
        self.heard.sent.borrow().iter().filter(|r| is(&r.what)).count()
    }

    pub fn schema(&self) -> Rc<Schema> {
        self.hub.shell().unwrap().schema.clone()
    }

    pub fn labels(&self) -> Vec<String> {
        labels(&self.schema())
    }

    pub fn options(&self, control: &str) -> Vec<String> {
        match &self.schema().control(control).unwrap().kind {
            ControlKind::Choices { choices, .. } => choices.iter().map(|c| c.value.clone()).collect(),
            other => unreachable!("{other:?}"),
        }
    }

    /// The first path of the taxonomy down to a leaf.
    pub fn first_path(&self) -> Vec<String> {
        let schema = self.schema();
        let ControlKind::Taxonomy { roots, .. } = &schema.control("topic").unwrap().kind else { unreachable!() };
        let mut path = vec![];
        let mut level = roots;
        while let Some(taxon) = level.first() {
            path.push(taxon.option.value.clone());
            level = &taxon.children;
        }
        path
    }

    /// A stretch of the message.
    pub fn pending(&self, start: u32, end: u32) -> Pending {
        Pending { field: "message".into(), start: CodePoint(start), end: CodePoint(end) }
    }

    pub fn labeler(&self, name: &str) -> String {
        let props = RootProps::from(self.hub.clone());
        let html = wait(yew::LocalServerRenderer::<Labeler>::with_props(props).hydratable(false).render());
        dump(name, &html);
        html
    }
}

pub fn wait<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}

/// The words of a page, without tags.
pub fn text_of(html: &str) -> String {
    let mut out = String::new();
    for part in html.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        out.push(' ');
    }
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    out.replace("&#x27;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Writes a page to look at, where a folder is given.
pub fn dump(name: &str, html: &str) {
    let Ok(folder) = std::env::var("COUNTERSIGN_DUMP") else { return };
    let css = |name: &str| std::fs::read_to_string(format!("www/css/{name}.css")).unwrap_or_default();
    let css: String = ["reset", "tokens", "base", "widget", "screen", "panels"].map(css).concat();
    let html = html.replace("<dialog ", "<dialog open ");
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{name}</title>\
        <style>:root{{color-scheme:light dark}}body{{margin:0}}{css}</style><body>{html}"
    );
    std::fs::write(format!("{folder}/{name}.html"), page).unwrap();
}

pub fn config() -> labeling::Config {
    labeling::parse(CONFIG).unwrap()
}

fn labels(schema: &Schema) -> Vec<String> {
    match &schema.control("entities").unwrap().kind {
        ControlKind::Labels { labels, .. } => labels.iter().map(|l| l.value.clone()).collect(),
        other => unreachable!("{other:?}"),
    }
}

fn covers() -> Vec<Cover> {
    let find = |what: &str, entity: &str| {
        let start = MESSAGE.split(what).next().unwrap().chars().count() as u32;
        let end = start + what.chars().count() as u32;
        Cover { start: CodePoint(start), end: CodePoint(end), entity: entity.into() }
    };
    vec![find("<PERSON_K3>", "PERSON"), find("<EMAIL_ADDRESS_7Q>", "EMAIL_ADDRESS")]
}

pub fn shell() -> ShellView {
    let me = PersonView { authid: "ann-01".into(), label: "me".into(), roles: vec![] };
    ShellView {
        slug: "support-desk".into(),
        name: "Support desk".into(),
        me: me.clone(),
        profiles: vec![me, PersonView { authid: "ann-02".into(), label: "second".into(), roles: vec![] }],
        total: 60,
        done: 2,
        skipped: 1,
        can_reveal: true,
        custody: "webcrypto-nonextractable".into(),
        record: RecordState::Verified,
        guideline: Some("3".into()),
        schema: Rc::new(config().schema),
        ..ShellView::default()
    }
}

pub fn task(text: &str, covers: &[Cover]) -> TaskView {
    let config = config();
    let field = |name: &str, text: &str, covers: &[Cover]| FieldView {
        name: name.into(),
        key: name.into(),
        text: text.into(),
        covers: covers.to_vec(),
    };
    let intent = config.schema.controls.iter().find_map(|c| match &c.kind {
        ControlKind::Choices { choices, .. } => Some((c.name.clone(), choices[0].value.clone())),
        _ => None,
    });
    let (control, choice) = intent.unwrap();
    TaskView {
        task: "t3".into(),
        ordinal: 3,
        total: 60,
        released: "sha256-x".into(),
        layout: Rc::new(config.layout.root),
        schema: Rc::new(config.schema),
        fields: Rc::new(vec![field("subject", "Kettle leaks", &[]), field("message", text, covers)]),
        predictions: vec![PredictionView {
            model: "support-model@sha256-m".into(),
            name: "support-model".into(),
            score: "0.87".into(),
            answers: vec![Answer { control, region: None, value: Value::Choices(vec![choice]) }],
        }],
        status: TaskStatus::Todo,
        skip_reason: None,
        draft: Draft::default(),
        submitted: vec![],
        next: Some("t4".into()),
        previous: Some("t2".into()),
    }
}
