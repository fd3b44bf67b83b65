//! The screens in a real document: what one change touches, what a long list mounts, where focus goes.

use crate::stage::{Page, Stage, document, mounted, panels, settled};
use countersign::domain::text::CodePoint;
use countersign::ui::desk::{Pending, Seat};
use countersign::view::model::{TaskRow, TaskStatus, TasksView, View, ViewKey};
use js_sys::{Array, Function, Reflect};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

/// Counts what changes below an element: each time, the nearest thing that has a name.
struct Watch(JsValue);

impl Watch {
    fn on(page: &Page) -> Self {
        let make = Function::new_with_args(
            "root",
            "const seen = new MutationObserver((records) => seen.all.push(...records));
             seen.all = [];
             seen.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
             return seen;",
        );
        Self(make.call1(&JsValue::NULL, &page.root).unwrap())
    }

    /// The names of what changed since, sorted, each once.
    fn touched(&self) -> Vec<String> {
        let read = Function::new_with_args(
            "seen",
            "const name = (node) => {
               const at = (node.nodeType === 1 ? node : node.parentElement)?.closest('.caret, [data-b], [data-control], .regions, .kept, .signs, .bar, .title, .unseen, .surface, .side, .thumb, .answer');
               return at ? at.dataset.control ?? (at.dataset.b && `block ${at.dataset.b}`) ?? at.className.split(' ')[0] : 'elsewhere';
             };
             seen.all.push(...seen.takeRecords());
             return [...new Set(seen.all.map((record) => name(record.target)))].sort();",
        );
        Array::from(&read.call1(&JsValue::NULL, &self.0).unwrap()).iter().filter_map(|name| name.as_string()).collect()
    }
}

#[wasm_bindgen_test]
async fn a_choice_redraws_its_control_and_no_text() {
    let stage = Stage::with_text("some text", &[(0, 4)]);
    let page = mounted(&stage).await;
    let watch = Watch::on(&page);
    page.find("[data-control=intent] input").click();
    settled().await;
    let touched = watch.touched();
    assert!(!touched.is_empty(), "that it is being kept is shown");
    for quiet in ["tone", "why", "surface", "block 0", "side"] {
        assert!(!touched.iter().any(|name| name == quiet), "{quiet} was touched: {touched:?}");
    }
    let chosen: HtmlInputElement = page.find("[data-control=intent] input").unchecked_into();
    assert!(chosen.checked());
    assert!(stage.hub.desk(Seat::Label, |desk| desk.answered("intent")));
}

#[wasm_bindgen_test]
async fn one_more_span_redraws_one_block_of_many() {
    let line = format!("{}\n", "word ".repeat(200));
    let text = line.repeat(40);
    let stage = Stage::with_text(&text, &[(0, 4), (5_010, 5_014)]);
    let page = mounted(&stage).await;
    assert!(page.count("[data-b]") >= 40);
    let watch = Watch::on(&page);
    let pending = Pending { field: "text".into(), start: CodePoint(10_010), end: CodePoint(10_014) };
    stage.hub.mark(Seat::Label, "ner", "B", &pending).unwrap();
    settled().await;
    let blocks: Vec<_> = watch.touched().into_iter().filter(|name| name.starts_with("block ")).collect();
    assert_eq!(blocks, ["block 10010"]);
    assert_eq!(page.count(".chip"), 3);
}

#[wasm_bindgen_test]
async fn what_nobody_changed_is_not_drawn_again() {
    let stage = Stage::with_text("some text", &[]);
    let page = mounted(&stage).await;
    let watch = Watch::on(&page);
    // the same views once more
    let shell = stage.hub.view(&ViewKey::Shell).unwrap();
    stage.view(ViewKey::Shell, shell);
    settled().await;
    assert_eq!(watch.touched(), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn a_list_of_ten_thousand_rows_mounts_a_window() {
    let stage = Stage::with_text("some text", &[]);
    let row = |ordinal: u32| TaskRow {
        task: format!("t{ordinal}").as_str().into(),
        ordinal,
        excerpt: format!("task number {ordinal}"),
        status: TaskStatus::Todo,
        predicted: false,
    };
    let chunks = (0..100).map(|c| Rc::new((1..=100).map(|n| row(c * 100 + n)).collect())).collect();
    let view = View::Tasks(Rc::new(TasksView { chunks: Rc::new(chunks), total: 10_000 }));
    stage.view(ViewKey::Tasks, view);
    let page = panels(&stage).await;
    let list = page.find(".task-list");
    let mounted = page.count("[role=option]");
    assert!((10..80).contains(&mounted), "{mounted} rows");
    let row_px = list.scroll_height() as f64 / 10_000.0;
    assert!((20.0..80.0).contains(&row_px), "all rows have room: {row_px} pixels each");

    list.set_scroll_top(list.scroll_height() / 2);
    // scroll events come with the next frame
    while page.find("[role=option]").text_content().unwrap_or_default().contains("task number 1 ")
        || page.count("#task-5000") == 0
    {
        settled().await;
    }
    assert!(page.count("[role=option]") < 80);
    let sight = page.find("#task-5000").get_bounding_client_rect();
    let frame = list.get_bounding_client_rect();
    assert!(sight.top() >= frame.top() - row_px && sight.bottom() <= frame.bottom() + row_px, "the middle is in sight");
}

#[wasm_bindgen_test]
async fn a_dialog_takes_focus_and_gives_it_back() {
    let stage = Stage::with_text("some text", &[]);
    let page = mounted(&stage).await;
    let search = page.find(".tools button:nth-last-child(2)");
    search.focus().unwrap();
    search.click();
    settled().await;
    let active = document().active_element().unwrap();
    assert_eq!(active.get_attribute("role").as_deref(), Some("combobox"), "typing finds a command at once");
    assert_eq!(Reflect::get(&page.find("dialog"), &"open".into()).unwrap().as_bool(), Some(true));
    page.find("dialog .top button").click();
    settled().await;
    assert_eq!(page.count("dialog"), 0);
    assert_eq!(document().active_element().unwrap(), *search);
}
