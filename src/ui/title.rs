//! The words above a control: its own title, else the heading that stands right before it in the layout, else a word for
//! what it is for, else its name.

use super::text::{Lang, Word};
use crate::domain::schema::{Control, ControlKind, Schema, TextPurpose};
use crate::labeling::layout::{HeaderText, Node};
use crate::view::model::TaskView;

/// The words above a control of the task on the screen.
pub fn of_control(lang: Lang, view: &TaskView, control: &str) -> String {
    let Some(known) = view.schema.control(control) else { return control.to_owned() };
    match (&known.title, heading_before(&view.layout, control)) {
        (Some(title), _) => title.clone(),
        (None, Some(HeaderText::Literal(text))) => text.clone(),
        _ => without_layout(lang, known),
    }
}

/// The same, where only the schema is at hand.
pub fn without_layout(lang: Lang, control: &Control) -> String {
    match (&control.title, &control.kind) {
        (Some(title), _) => title.clone(),
        (None, ControlKind::TextArea { purpose: TextPurpose::Correction, .. }) => {
            Word::Correction.in_lang(lang).to_owned()
        }
        (None, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. }) => {
            Word::Rationale.in_lang(lang).to_owned()
        }
        (None, _) => control.name.clone(),
    }
}

/// The same, by name.
pub fn by_name(lang: Lang, schema: &Schema, control: &str) -> String {
    schema.control(control).map_or_else(|| control.to_owned(), |c| without_layout(lang, c))
}

/// The heading right before a control, or before the group that holds nothing else.
pub fn heading_before<'a>(node: &'a Node, control: &str) -> Option<&'a HeaderText> {
    let Node::View { children, .. } = node else { return None };
    let mut heading = None;
    for child in children {
        match child {
            Node::Header { text, .. } => heading = Some(text),
            Node::Control { control: name } if name == control => return heading,
            Node::View { children: inner, .. } => {
                if let [Node::Control { control: name }] = inner.as_slice()
                    && name == control
                {
                    return heading;
                }
                if let Some(found) = heading_before(child, control) {
                    return Some(found);
                }
                heading = None;
            }
            _ => heading = None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_what_follows() {
        let header = |text: &str| Node::Header { level: 4, text: HeaderText::Literal(text.into()) };
        let control = |name: &str| Node::Control { control: name.into() };
        let view = |children| Node::View { class: vec![], style: vec![], condition: None, children };
        let layout = view(vec![
            header("One?"),
            control("a"),
            control("b"),
            header("Two?"),
            view(vec![control("c")]),
            view(vec![header("Three?"), control("d")]),
        ]);
        let found = |name: &str| match heading_before(&layout, name) {
            Some(HeaderText::Literal(text)) => text.as_str(),
            _ => "",
        };
        assert_eq!(["a", "b", "c", "d", "e"].map(found), ["One?", "", "Two?", "Three?", ""]);
    }
}
