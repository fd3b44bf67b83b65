//! Places in a drawn text: from code points to the document and back, where characters are more than one unit, more than
//! one code point, or run from right to left.

use crate::stage::{Page, Stage, mounted, shadowed};
use countersign::ui::surface::select;
use wasm_bindgen_test::wasm_bindgen_test;

/// A text, and marks in it, in code points.
type Case = (&'static str, &'static [(u32, u32)]);

const CASES: &[Case] = &[
    ("plain text with two spans", &[(0, 5), (11, 14)]),
    ("a😀b👩‍👩‍👧c😀", &[(1, 2), (3, 8), (2, 9)]),
    ("e\u{301}te\u{301} q\u{323}\u{307} x", &[(0, 2), (3, 5)]),
    ("one\r\ntwo\r\n\r\nthree\n", &[(0, 3), (5, 8), (12, 17)]),
    ("שלום ABC עולם مرحبا 12", &[(0, 4), (5, 8), (5, 13)]),
    ("\u{1f600}", &[]),
];

fn check(page: &Page, text: &str) {
    let surface = page.surface();
    let len = text.chars().count() as u32;
    for anchor in 0..=len {
        for head in [0, anchor, len] {
            select::write(&surface, anchor, head);
            let expect = (anchor.min(head), anchor.max(head));
            assert_eq!(select::read(&surface, len), Some(expect), "{text:?} {anchor}..{head}");
        }
    }
    select::clear();
    assert_eq!(select::read(&surface, len), None, "nothing is selected in {text:?}");
}

#[wasm_bindgen_test]
async fn every_place_is_found_again() {
    for (text, spans) in CASES {
        let stage = Stage::with_text(text, spans);
        check(&mounted(&stage).await, text);
        check(&shadowed(&stage).await, text);
    }
}

#[wasm_bindgen_test]
async fn what_is_selected_is_what_a_person_reads() {
    for (text, (from, to), expect) in [
        ("a😀b👩‍👩‍👧c", (1, 2), "😀"),
        ("a😀b👩‍👩‍👧c", (3, 8), "👩‍👩‍👧"),
        ("e\u{301}te\u{301}", (3, 5), "e\u{301}"),
        ("שלום ABC עולם", (0, 8), "שלום ABC"),
        ("one\r\ntwo", (5, 8), "two"),
    ] {
        // chips of spans in between are no text
        let stage = Stage::with_text(text, &[(from, to), (0, to)]);
        let page = mounted(&stage).await;
        select::write(&page.surface(), from, to);
        let selection = web_sys::window().unwrap().get_selection().unwrap().unwrap();
        assert_eq!(String::from(selection.to_string()), expect, "{text:?}");
    }
}

#[wasm_bindgen_test]
async fn a_selection_that_leaves_the_text_ends_with_it() {
    let text = "begin 😀 end";
    let len = text.chars().count() as u32;
    let stage = Stage::with_text(text, &[]);
    let page = mounted(&stage).await;
    let (surface, selection) = (page.surface(), web_sys::window().unwrap().get_selection().unwrap().unwrap());
    select::write(&surface, 6, 6);
    let (node, offset) = (selection.anchor_node().unwrap(), selection.anchor_offset());
    selection.set_base_and_extent(&node, offset, &page.root, page.root.child_nodes().length()).unwrap();
    assert_eq!(select::read(&surface, len), Some((6, len)));
    selection.set_base_and_extent(&page.root, 0, &page.root, 0).unwrap();
    assert_eq!(select::read(&surface, len), None, "elsewhere is not here");
}

#[wasm_bindgen_test]
async fn a_caret_stands_where_the_pointer_would_put_it() {
    let text = "first line 😀\nsecond שלום line\n";
    let stage = Stage::with_text(text, &[(6, 10)]);
    let page = mounted(&stage).await;
    let surface = page.surface();
    surface.scroll_into_view();
    // not where a direction ends: there one point of the window is two places
    for at in [0, 3, 11, 12, 14, 22, 28] {
        let (x, y, height) = select::caret_box(&surface, at).unwrap();
        assert!(height > 5.0, "{at}");
        let found = select::at_point(&surface, x + 0.25, y + height / 2.0);
        assert_eq!(found, Some(at), "{text:?} at {at}: {x} {y} {height}");
    }
    let (_, first, _) = select::caret_box(&surface, 0).unwrap();
    let (_, second, _) = select::caret_box(&surface, 14).unwrap();
    assert!(second > first, "the second line is below the first");
}
