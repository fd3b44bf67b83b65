//! The layout of a task, as the configuration draws it: groups, headings, texts and controls.

use super::ControlProps;
use super::choices::ChoicesControl;
use super::labels::LabelsControl;
use super::rating::RatingControl;
use super::taxonomy::TaxonomyControl;
use super::textarea::TextAreaControl;
use super::visible::conditions;
use crate::domain::schema::{ControlKind, Schema};
use crate::labeling::layout::{HeaderText, Node};
use crate::ui::desk::Seat;
use crate::ui::dom;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::surface::text::TextField;
use crate::ui::text::Word;
use crate::view::model::FieldView;
use yew::prelude::*;

/// Properties of [`Form`].
#[derive(Properties, Clone, PartialEq)]
pub struct FormProps {
    /// Whose annotation.
    pub seat: Seat,
    /// What stands before the answers.
    #[prop_or_default]
    pub first: Html,
    /// What stands after them.
    #[prop_or_default]
    pub last: Html,
}

/// The layout of the task in hand. Where it is a text and then questions, the two are kept apart, so that there can be
/// a column for each.
#[component]
pub fn Form(props: &FormProps) -> Html {
    let seat = props.seat;
    let view = use_desk(seat, |desk| {
        desk.view.as_ref().map(|v| (v.task.clone(), v.layout.clone(), v.schema.clone(), v.fields.clone()))
    });
    let shown = use_desk(seat, conditions);
    let node = use_node_ref();
    let styles = use_memo(view.clone(), |view| match &**view {
        Some((_, layout, _, _)) => inline_styles(layout),
        None => String::new(),
    });
    {
        let node = node.clone();
        use_effect_with(styles, move |css| {
            if let Some(element) = dom::element(&node) {
                dom::adopt_style(&element, "layout", css);
            }
        });
    }
    let Some((task, layout, schema, fields)) = &*view else { return Html::default() };
    let mut draw = Draw { seat, schema, fields, shown: &shown, condition: 0, node: 0 };
    let FormProps { first, last, .. } = props.clone();
    let inner = match (parted(layout, schema), &**layout) {
        (Some(at), Node::View { children, .. }) => {
            draw.node = 1;
            let mut read = draw.children(children);
            let answer = read.split_off(at.min(read.len()));
            html! {
                <div class="parted" data-n="0">
                    <div class="group read">{ slots(read) }</div>
                    <div class="group answer">{ first }{ slots(answer) }{ last }</div>
                </div>
            }
        }
        _ => html! { <>{ first }{ draw.node(layout) }{ last }</> },
    };
    html! { <div class="form cs-config" key={task.as_str()} ref={node}>{ inner }</div> }
}

struct Draw<'a> {
    seat: Seat,
    schema: &'a Schema,
    fields: &'a [FieldView],
    shown: &'a [bool],
    condition: usize,
    node: usize,
}

impl Draw<'_> {
    fn node(&mut self, node: &Node) -> Html {
        let number = self.node;
        self.node += 1;
        match node {
            Node::View { class, condition, children, .. } => {
                let hidden = condition.is_some() && {
                    let shown = self.shown.get(self.condition).copied().unwrap_or(true);
                    self.condition += 1;
                    !shown
                };
                // drawn in any case, so that the numbers of what follows stay the same
                let inner = self.children(children);
                if hidden {
                    return Html::default();
                }
                let class = classes!("group", class.clone());
                html! { <div key={number} {class} data-n={number.to_string()}>{ slots(inner) }</div> }
            }
            Node::Header { level, text } => self.header(number, *level, &self.heading(text)),
            Node::Text { field } => html! { <TextField key={number} field={field.clone()} seat={self.seat} /> },
            Node::Control { control } => self.control(number, control, None),
        }
    }

    /// A heading right before a control without a title of its own becomes that title.
    fn children(&mut self, children: &[Node]) -> Vec<Html> {
        let mut drawn = vec![];
        let mut heading = None;
        for (at, child) in children.iter().enumerate() {
            match (child, children.get(at + 1)) {
                (Node::Header { text, .. }, Some(Node::Control { control })) if self.is_untitled(control) => {
                    heading = Some(self.heading(text));
                    self.node += 1;
                    drawn.push(Html::default());
                }
                (Node::Control { control }, _) => {
                    let number = self.node;
                    self.node += 1;
                    drawn.push(self.control(number, control, heading.take()));
                }
                _ => drawn.push(self.node(child)),
            }
        }
        drawn
    }

    fn is_untitled(&self, control: &str) -> bool {
        self.schema.control(control).is_some_and(|c| c.title.is_none())
    }

    fn control(&self, number: usize, control: &str, heading: Option<String>) -> Html {
        let name = AttrValue::from(control.to_owned());
        let heading = heading.map(AttrValue::from);
        html! { <Control key={number} {name} seat={self.seat} kind={kind(self.schema, control)} {heading} /> }
    }

    fn heading(&self, text: &HeaderText) -> String {
        match text {
            HeaderText::Literal(text) => text.clone(),
            HeaderText::Data(key) => {
                self.fields.iter().find(|f| f.key == *key).map(|f| f.text.to_string()).unwrap_or_default()
            }
        }
    }

    /// Headings of the configuration begin under the task's own heading.
    fn header(&self, number: usize, level: u8, text: &str) -> Html {
        let tag = match level {
            0..=4 => "h3",
            5 => "h4",
            _ => "h5",
        };
        html! { <@{tag} key={number} class={format!("heading h{level}")} dir="auto">{ text.to_owned() }</@> }
    }
}

/// Where a layout goes from reading to answering: behind its last text and the labels that mark it, as a place among the
/// children of the root. `None` where its author drew it otherwise, or asks between the texts.
fn parted(layout: &Node, schema: &Schema) -> Option<usize> {
    let Node::View { class, style, condition: None, children } = layout else { return None };
    if !class.is_empty() || !style.is_empty() {
        return None;
    }
    let is_labels = |name: &str| kind(schema, name) == Kind::Labels;
    let marks = |node: &Node| controls(node).iter().all(|name| is_labels(name));
    let mut end = children.iter().rposition(has_text)? + 1;
    while let Some(next) = children.get(end) {
        let more = match (next, children.get(end + 1)) {
            (Node::Header { .. }, Some(Node::Control { control })) if is_labels(control) => 2,
            (Node::Control { .. } | Node::View { .. }, _) if marks(next) && !controls(next).is_empty() => 1,
            _ => break,
        };
        end += more;
    }
    let (read, answer) = children.split_at_checked(end)?;
    (read.iter().all(marks) && answer.iter().any(|node| !controls(node).is_empty())).then_some(end)
}

fn has_text(node: &Node) -> bool {
    match node {
        Node::Text { .. } => true,
        Node::View { children, .. } => children.iter().any(has_text),
        _ => false,
    }
}

/// The controls of a node.
fn controls(node: &Node) -> Vec<&str> {
    match node {
        Node::Control { control } => vec![control],
        Node::View { children, .. } => children.iter().flat_map(controls).collect(),
        _ => vec![],
    }
}

fn slots(nodes: Vec<Html>) -> Html {
    html! {
        <>
            for (at, node) in nodes.into_iter().enumerate() {
                <Slot key={at}>{ node }</Slot>
            }
        </>
    }
}

/// Keeps siblings apart, so that one that comes or goes does not reset the state of the next.
#[derive(Properties, PartialEq)]
struct SlotProps {
    children: Html,
}

#[component]
fn Slot(props: &SlotProps) -> Html {
    props.children.clone()
}

/// Inline declarations of a layout as rules, since a strict policy forbids style attributes. Numbers as [`Draw`] counts.
fn inline_styles(layout: &Node) -> String {
    fn walk(node: &Node, number: &mut usize, css: &mut String) {
        let own = *number;
        *number += 1;
        if let Node::View { style, children, .. } = node {
            if !style.is_empty() {
                let declarations: String = style.iter().map(|(name, value)| format!("{name}:{value};")).collect();
                css.push_str(&format!(".cs-config [data-n=\"{own}\"]{{{declarations}}}"));
            }
            for child in children {
                walk(child, number, css);
            }
        }
    }
    let mut css = String::new();
    walk(layout, &mut 0, &mut css);
    css
}

/// The kinds that are drawn differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Choices,
    Labels,
    Taxonomy,
    TextArea,
    Rating,
    None,
}

fn kind(schema: &Schema, control: &str) -> Kind {
    match schema.control(control).map(|c| &c.kind) {
        Some(ControlKind::Choices { .. }) => Kind::Choices,
        Some(ControlKind::Labels { .. }) => Kind::Labels,
        Some(ControlKind::Taxonomy { .. }) => Kind::Taxonomy,
        Some(ControlKind::TextArea { .. }) => Kind::TextArea,
        Some(ControlKind::Rating { .. }) => Kind::Rating,
        None => Kind::None,
    }
}

#[derive(Properties, PartialEq)]
struct OneProps {
    name: AttrValue,
    seat: Seat,
    kind: Kind,
    heading: Option<AttrValue>,
}

/// One control; where it is asked of each span, of the selected one.
#[component]
fn Control(props: &OneProps) -> Html {
    let ctx = use_ctx();
    let OneProps { seat, kind, .. } = *props;
    let (name, heading) = (props.name.clone(), props.heading.clone());
    let asked = {
        let name = name.clone();
        use_desk(seat, move |desk| {
            let schema = desk.schema()?;
            Some((head(schema.control(&name)?), desk.chosen.as_ref().map(|c| c.id.clone())))
        })
    };
    let Some(((title, per_region), chosen)) = &*asked else { return Html::default() };
    let region = match (per_region, chosen) {
        (false, _) => None,
        (true, Some(id)) => Some(id.clone()),
        (true, None) => {
            return html! {
                <div class="control" data-control={name}>
                    <p class="legend">{ heading.map_or_else(|| title.clone(), |h| h.to_string()) }</p>
                    <p class="quiet">{ ctx.t(Word::SelectSpanFirst) }</p>
                </div>
            };
        }
    };
    let key = region.as_ref().map(|r| r.to_string()).unwrap_or_default();
    let inner = ControlProps { name, seat, region, heading };
    match kind {
        Kind::Choices => html! { <ChoicesControl {key} ..inner /> },
        Kind::Labels => html! { <LabelsControl {key} ..inner /> },
        Kind::Taxonomy => html! { <TaxonomyControl {key} ..inner /> },
        Kind::TextArea => html! { <TextAreaControl {key} ..inner /> },
        Kind::Rating => html! { <RatingControl {key} ..inner /> },
        Kind::None => Html::default(),
    }
}

/// Title and whether it is asked of each span: what is needed before it is drawn.
fn head(control: &crate::domain::schema::Control) -> (String, bool) {
    (control.title.clone().unwrap_or_else(|| control.name.clone()), control.per_region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_parted_behind_its_last_text_and_labels() {
        let check = |inner: &str, expect: Option<usize>| {
            let config = crate::labeling::parse(&format!("<View>{inner}</View>")).unwrap();
            assert_eq!(parted(&config.layout.root, &config.schema), expect, "{inner}");
        };
        const TEXT: &str = r#"<Text name="t" value="$t"/>"#;
        const LABELS: &str = r#"<Labels name="l" toName="t"><Label value="A"/></Labels>"#;
        const CHOICES: &str = r#"<Choices name="c" toName="t"><Choice value="B"/></Choices>"#;
        const HEADER: &str = r#"<Header value="H"/>"#;
        check(&[TEXT, CHOICES].concat(), Some(1));
        check(&[HEADER, TEXT, HEADER, LABELS, HEADER, CHOICES].concat(), Some(4));
        check(&[LABELS, TEXT, CHOICES].concat(), Some(2));
        check(&[TEXT, "<View>", LABELS, "</View>", CHOICES].concat(), Some(2));
        check(&[TEXT, LABELS].concat(), None);
        check(&[CHOICES, TEXT].concat(), None);
        check(&["<View>", TEXT, CHOICES, "</View>"].concat(), None);
        check(TEXT, None);
        let own = config_with(r#"<View style="display:flex">"#, &[TEXT, CHOICES].concat());
        assert_eq!(parted(&own.layout.root, &own.schema), None, "its author drew it");
    }

    fn config_with(root: &str, inner: &str) -> crate::labeling::Config {
        crate::labeling::parse(&format!("{root}{inner}</View>")).unwrap()
    }

    #[test]
    fn inline_styles_become_rules_by_number() {
        let group = |style: &[(&str, &str)], children| Node::View {
            class: vec![],
            style: style.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect(),
            condition: None,
            children,
        };
        let layout = group(&[], vec![Node::Text { field: "t".into() }, group(&[("display", "flex")], vec![])]);
        assert_eq!(inline_styles(&layout), ".cs-config [data-n=\"2\"]{display:flex;}");
    }
}
