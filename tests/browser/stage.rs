//! A small project on the real screens, in a document, with the real styles. The host keeps nothing and answers nobody.

use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::draft::Draft;
use countersign::domain::text::CodePoint;
use countersign::labeling;
use countersign::platform::web::machine::breathe;
use countersign::ui::hub::{Host, Hub};
use countersign::ui::screen::{Labeler, Panels, RootProps};
use countersign::view::model::*;
use countersign::view::protocol::{Ask, Done, Request, Tell};
use js_sys::Function;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, Node};
use yew::AppHandle;

const CONFIG: &str = r#"<View>
    <Text name="text" value="$text"/>
    <Labels name="ner" toName="text"><Label value="A"/><Label value="B"/></Labels>
    <Choices name="intent" toName="text"><Choice value="yes"/><Choice value="no"/></Choices>
    <Choices name="tone" toName="text" choice="multiple"><Choice value="calm"/><Choice value="cross"/></Choices>
    <TextArea name="why" toName="text"/>
</View>"#;
const CSS: [&str; 6] = [
    include_str!("../../www/css/reset.css"),
    include_str!("../../www/css/tokens.css"),
    include_str!("../../www/css/base.css"),
    include_str!("../../www/css/widget.css"),
    include_str!("../../www/css/screen.css"),
    include_str!("../../www/css/panels.css"),
];

/// A hub with an open project and a task in hand.
pub struct Stage {
    pub hub: Rc<Hub>,
    sent: Rc<RefCell<Vec<Request>>>,
}

impl Stage {
    /// A task of this text, with spans from and to these code points.
    pub fn with_text(text: &str, spans: &[(u32, u32)]) -> Self {
        let sent = Rc::<RefCell<Vec<Request>>>::default();
        let mut host = Host::silent();
        let log = sent.clone();
        host.send = Box::new(move |request| log.borrow_mut().push(request));
        let hub = Hub::new(host);
        hub.open("small", "me");
        let stage = Self { hub, sent };
        stage.answer(Done::Opened { slug: "small".into(), task: None, complaints: vec![] });
        let config = labeling::parse(CONFIG).unwrap();
        let me = PersonView { authid: "ann-01".into(), label: "me".into(), roles: vec![] };
        let schema = Rc::new(config.schema);
        let shell = ShellView {
            slug: "small".into(),
            name: "Small".into(),
            me,
            total: 2,
            schema: schema.clone(),
            ..ShellView::default()
        };
        stage.view(ViewKey::Shell, View::Shell(Rc::new(shell)));
        stage.answer(Done::InHand { task: Some("t1".into()) });
        let span = |(start, end): &(u32, u32)| Span {
            start: CodePoint(*start),
            end: CodePoint(*end),
            labels: vec!["A".into()],
            id: None,
            field: None,
        };
        let spans = Value::Spans(spans.iter().map(span).collect());
        let task = TaskView {
            task: "t1".into(),
            ordinal: 1,
            total: 2,
            released: "sha256-x".into(),
            layout: Rc::new(config.layout.root),
            schema,
            fields: Rc::new(vec![FieldView {
                name: "text".into(),
                key: "text".into(),
                text: text.into(),
                covers: vec![],
            }]),
            predictions: vec![],
            status: TaskStatus::Todo,
            skip_reason: None,
            draft: Draft::from_answers(vec![Answer { control: "ner".into(), region: None, value: spans }]),
            submitted: vec![],
            next: None,
            previous: None,
        };
        stage.view(ViewKey::Task { task: "t1".into() }, View::Task(Rc::new(task)));
        stage
    }

    pub fn view(&self, key: ViewKey, view: View) {
        self.hub.receive(Tell::View { key, view }, None);
    }

    /// Answers the last request that is not about watching or keeping.
    fn answer(&self, done: Done) {
        let quiet = |ask: &Ask| matches!(ask, Ask::Watch { .. } | Ask::Unwatch { .. } | Ask::KeepDraft { .. });
        let ask = self.sent.borrow().iter().rev().find(|r| !quiet(&r.what)).unwrap().ask;
        self.hub.receive(Tell::Answer { ask, result: Ok(done) }, None);
    }
}

/// A screen in the document; gone when dropped.
pub struct Page {
    pub root: Element,
    host: Element,
    app: Option<App>,
}

enum App {
    Labeler(AppHandle<Labeler>),
    Panels(AppHandle<Panels>),
}

impl Drop for Page {
    fn drop(&mut self) {
        match self.app.take() {
            Some(App::Labeler(app)) => app.destroy(),
            Some(App::Panels(app)) => app.destroy(),
            None => {}
        }
        self.host.remove();
    }
}

pub fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

/// A place for a screen, of the size that `css` gives: in a shadow root, as in production, or beside the page's own.
fn place(css: &str, shadowed: bool) -> (Element, Element) {
    let document = document();
    let host: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    host.style().set_css_text(css);
    document.body().unwrap().append_child(&host).unwrap();
    let scope: Node = if shadowed {
        let attach = Function::new_with_args("host", "return host.attachShadow({ mode: 'open' });");
        attach.call1(&JsValue::NULL, &host).unwrap().unchecked_into()
    } else {
        host.clone().into()
    };
    let styles = document.create_element("style").unwrap();
    styles.set_text_content(Some(&CSS.concat()));
    scope.append_child(&styles).unwrap();
    let root = document.create_element("div").unwrap();
    root.set_class_name("cs-root");
    scope.append_child(&root).unwrap();
    (root, host.into())
}

async fn labeler(stage: &Stage, shadowed: bool) -> Page {
    let (root, host) = place("width:60rem", shadowed);
    let props = RootProps::from(stage.hub.clone());
    let app = yew::Renderer::<Labeler>::with_root_and_props(root.clone(), props).render();
    settled().await;
    Page { root, host, app: Some(App::Labeler(app)) }
}

/// The labeling surface, drawn and settled.
pub async fn mounted(stage: &Stage) -> Page {
    labeler(stage, false).await
}

/// The same in a shadow root.
pub async fn shadowed(stage: &Stage) -> Page {
    labeler(stage, true).await
}

/// The panels, drawn and settled.
pub async fn panels(stage: &Stage) -> Page {
    let (root, host) = place("width:30rem;height:600px", true);
    let props = RootProps::from(stage.hub.clone());
    let app = yew::Renderer::<Panels>::with_root_and_props(root.clone(), props).render();
    settled().await;
    Page { root, host, app: Some(App::Panels(app)) }
}

/// Everything that a change leads to is drawn: effects may change more.
pub async fn settled() {
    for _ in 0..4 {
        breathe().await;
    }
}

impl Page {
    pub fn find(&self, selector: &str) -> HtmlElement {
        self.root.query_selector(selector).unwrap().unwrap_or_else(|| panic!("no {selector}")).unchecked_into()
    }

    pub fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }

    pub fn surface(&self) -> Element {
        self.find(".surface").into()
    }
}
