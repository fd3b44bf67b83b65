//! The walk through the tags: fields, controls, layout, style, and what nobody here knows.

use super::layout::{Condition, HeaderText, Layout, Node};
use super::xml::Tag;
use super::{Config, ConfigError, MAX_CONTROLS, MAX_NAME_CHARS, MAX_VALUE_CHARS, controls, style};
use crate::domain::complaint::Complaints;
use crate::domain::schema::{Control, ControlKind, Field, FieldSource, Schema, TextPurpose};
use std::collections::{BTreeMap, BTreeSet};

/// A control before it is known which fields there are.
struct Draft {
    control: Control,
    /// `toName` as written.
    written_to: Option<String>,
    /// `value` of a text area: what it starts from.
    starts_from: Option<String>,
    place: String,
}

#[derive(Default)]
struct Builder {
    fields: Vec<Field>,
    drafts: Vec<Draft>,
    names: BTreeSet<String>,
    /// Names of tags that are not supported: something may be about them.
    foreign: BTreeSet<String>,
    stylesheet: String,
    complaints: Complaints,
    told: BTreeSet<String>,
}

pub(super) fn build(root: &Tag) -> Result<Config, ConfigError> {
    let mut builder = Builder::default();
    let mut nodes = Vec::new();
    builder.walk(root, false, &mut nodes)?;
    let (schema, written_to) = builder.bind();
    let root = match <[Node; 1]>::try_from(nodes) {
        Ok([root @ Node::View { .. }]) => root,
        Ok([other]) => Node::View { class: vec![], style: vec![], condition: None, children: vec![other] },
        Err(children) => Node::View { class: vec![], style: vec![], condition: None, children },
    };
    let mut layout = Layout { root, stylesheet: builder.stylesheet };
    layout.retain_controls(&|name| schema.control(name).is_some());
    if schema.controls.is_empty() {
        builder.complaints.push("the configuration", "has nothing that can be answered");
    }
    Ok(Config { schema, layout, written_to, complaints: builder.complaints.into_list() })
}

impl Builder {
    /// Reads one tag into `nodes`. Recursion is bounded by the depth of the tags. `hidden`: something above may hide it.
    fn walk(&mut self, tag: &Tag, hidden: bool, nodes: &mut Vec<Node>) -> Result<(), ConfigError> {
        match tag.kind.as_str() {
            "view" => {
                let condition = self.condition(tag, false);
                let mut children = Vec::new();
                for child in &tag.children {
                    self.walk(child, hidden || condition.is_some(), &mut children)?;
                }
                let style = style::inline(tag.said("style").unwrap_or(""), &tag.place(), &mut self.complaints);
                let class = style::classes(tag.said("classname").unwrap_or(""));
                nodes.push(Node::View { class, style, condition, children });
            }
            "header" => nodes.push(self.header(tag)?),
            "text" => self.text(tag, nodes)?,
            "choices" | "labels" | "taxonomy" | "textarea" | "rating" => self.control(tag, hidden, nodes)?,
            "style" => {
                let sheet = style::sheet(&tag.text, &tag.place(), &mut self.complaints);
                self.stylesheet.push_str(&sheet);
            }
            _ => {
                self.foreign(tag);
                for child in &tag.children {
                    // the parts of an unknown control are told of with it
                    if !matches!(child.kind.as_str(), "label" | "choice" | "relation" | "channel" | "bucket") {
                        self.walk(child, hidden, nodes)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// One complaint for each kind of unknown tag, at its first place.
    fn foreign(&mut self, tag: &Tag) {
        if let Some(name) = tag.said("name") {
            self.foreign.insert(name.to_owned());
        }
        if self.told.insert(tag.kind.clone()) {
            let what = match tag.kind.as_str() {
                "label" | "choice" => "stands outside a control; left out",
                _ => "this tag is not supported; left out",
            };
            self.complaints.push(tag.place(), what);
        }
    }

    fn header(&mut self, tag: &Tag) -> Result<Node, ConfigError> {
        let text = tag.short("value", MAX_VALUE_CHARS)?.unwrap_or(tag.text.trim());
        let text = match variable(text) {
            Some(key) => HeaderText::Data(key.to_owned()),
            None => HeaderText::Literal(text.to_owned()),
        };
        let level = tag.said("size").and_then(|s| s.parse::<u8>().ok()).unwrap_or(4).clamp(1, 6);
        Ok(Node::Header { level, text })
    }

    fn text(&mut self, tag: &Tag, nodes: &mut Vec<Node>) -> Result<(), ConfigError> {
        let Some(name) = self.name(tag)? else { return Ok(()) };
        if tag.said("valuetype").is_some_and(|v| v.eq_ignore_ascii_case("url")) {
            self.complaints.push(tag.place(), "nothing is fetched: the address itself is shown");
        }
        let value = tag.get("value").unwrap_or("");
        let source = match variable(value.trim()) {
            Some(key) if key.chars().count() > MAX_NAME_CHARS => {
                let (line, column) = (tag.line, tag.column);
                return Err(ConfigError::NameTooLong {
                    line,
                    column,
                    attribute: "value".into(),
                    limit: MAX_NAME_CHARS,
                });
            }
            Some(key) => FieldSource::Data(key.to_owned()),
            None => {
                if value.contains('$') {
                    self.complaints.push(tag.place(), "a text around a $name is shown as it is written");
                }
                FieldSource::Literal(value.to_owned())
            }
        };
        self.room(tag, self.fields.len())?;
        nodes.push(Node::Text { field: name.clone() });
        self.fields.push(Field { name, source });
        Ok(())
    }

    fn control(&mut self, tag: &Tag, hidden: bool, nodes: &mut Vec<Node>) -> Result<(), ConfigError> {
        let Some(name) = self.name(tag)? else { return Ok(()) };
        let Some(kind) = controls::kind(tag, &name, &mut self.complaints)? else { return Ok(()) };
        self.room(tag, self.drafts.len())?;
        // a span is a region itself
        let per_region = tag.flag("perregion") && !matches!(kind, ControlKind::Labels { .. });
        let condition = self.condition(tag, per_region);
        let mut required = tag.flag("required");
        if required && (hidden || condition.is_some()) {
            // the laws of the domain know no screen, and nobody can answer what is not shown
            self.complaints.push(tag.place(), "required, but not always shown: not enforced");
            required = false;
        }
        let starts_from = tag.said("value").map(str::to_owned);
        let title = tag.short("title", MAX_VALUE_CHARS)?.map(str::to_owned);
        let control = Control { name: name.clone(), to_fields: Vec::new(), title, required, per_region, kind };
        let written_to = tag.short("toname", MAX_NAME_CHARS)?.map(str::to_owned);
        self.drafts.push(Draft { control, written_to, starts_from, place: tag.place() });
        let node = Node::Control { control: name };
        nodes.push(match condition {
            None => node,
            condition => Node::View { class: vec![], style: vec![], condition, children: vec![node] },
        });
        Ok(())
    }

    fn room(&self, tag: &Tag, count: usize) -> Result<(), ConfigError> {
        if count < MAX_CONTROLS {
            return Ok(());
        }
        Err(ConfigError::TooManyControls { line: tag.line, column: tag.column })
    }

    /// A name for the tag: its own where nothing has it yet, one we make where it has none, `None` for a second of the
    /// same name.
    fn name(&mut self, tag: &Tag) -> Result<Option<String>, ConfigError> {
        let name = match tag.short("name", MAX_NAME_CHARS)? {
            Some(name) => name.to_owned(),
            None => {
                self.complaints.push(tag.place(), "has no name; one is made up");
                let free = |n: &String| !self.names.contains(n);
                let numbered = (2..).map(|i| format!("{}_{i}", tag.kind));
                std::iter::once(tag.kind.clone()).chain(numbered).find(free).unwrap_or_default()
            }
        };
        if self.names.insert(name.clone()) {
            return Ok(Some(name));
        }
        self.complaints.push(tag.place(), "its name is taken by an earlier tag; left out");
        Ok(None)
    }

    fn condition(&mut self, tag: &Tag, per_region: bool) -> Option<Condition> {
        if tag.said("whenrole").is_some() {
            self.complaints.push(tag.place(), "whenRole is ignored: shown to everybody");
        }
        let list = |name: &str| -> Vec<String> {
            let said = tag.said(name).unwrap_or("");
            said.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()
        };
        let (choices, labels) = (list("whenchoicevalue"), list("whenlabelvalue"));
        let control = tag.said("whentagname").map(str::to_owned);
        let narrowed = control.is_some() || !choices.is_empty() || !labels.is_empty();
        match (tag.said("visiblewhen").map(str::to_ascii_lowercase).as_deref(), control) {
            (Some("choice-selected"), Some(control)) => Some(Condition::ChoiceSelected { control, values: choices }),
            (Some("choice-selected"), None) => {
                self.complaints.push(tag.place(), "visibleWhen of a choice needs whenTagName; always shown");
                None
            }
            (Some("region-selected"), control) => Some(Condition::RegionSelected { control, labels }),
            (Some("no-region-selected"), _) => Some(Condition::NoRegionSelected),
            (Some(_), _) => {
                self.complaints.push(tag.place(), "this visibleWhen is not known; always shown");
                None
            }
            // a question of a region may name the regions it is asked of without more
            (None, control) if per_region && narrowed => Some(Condition::RegionSelected { control, labels }),
            (None, _) if narrowed => {
                self.complaints.push(tag.place(), "when… without visibleWhen is ignored; always shown");
                None
            }
            (None, _) => None,
        }
    }

    /// Says of each control which fields it is about, and drops those that are about nothing.
    fn bind(&mut self) -> (Schema, BTreeMap<String, String>) {
        let mut schema = Schema { fields: std::mem::take(&mut self.fields), controls: Vec::new() };
        let mut written_to = BTreeMap::new();
        for Draft { mut control, written_to: written, starts_from, place } in std::mem::take(&mut self.drafts) {
            let names: Vec<&str> =
                written.as_deref().unwrap_or("").split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
            let (known, unknown): (Vec<&str>, Vec<&str>) = names.iter().partition(|n| schema.field(n).is_some());
            let marks = control.per_region || matches!(control.kind, ControlKind::Labels { .. });
            let foreign = unknown.iter().any(|n| self.foreign.contains(*n));
            control.to_fields = known.iter().map(|n| (*n).to_owned()).collect();
            if known.is_empty() {
                let Some(first) = schema.fields.first().filter(|_| !(marks && foreign)) else {
                    self.complaints.push(place, "is about nothing that can be shown; left out");
                    continue;
                };
                self.complaints.push(place.clone(), "toName names no text; bound to the first text");
                control.to_fields = vec![first.name.clone()];
                if let Some(name) = names.first() {
                    written_to.insert(control.name.clone(), (*name).to_owned());
                }
            } else if !unknown.is_empty() {
                self.complaints.push(place.clone(), "toName names something that is no text; its texts are kept");
            }
            if !start_from(&mut control, starts_from.as_deref(), &schema) {
                self.complaints.push(place, "a text area starts empty: value is ignored");
            }
            schema.controls.push(control);
        }
        self.drop_regionless(&mut schema);
        (schema, written_to)
    }

    /// A question of each region needs something that marks regions.
    fn drop_regionless(&mut self, schema: &mut Schema) {
        if schema.controls.iter().any(|c| matches!(c.kind, ControlKind::Labels { .. })) {
            return;
        }
        let complaints = &mut self.complaints;
        schema.controls.retain(|control| {
            if control.per_region {
                complaints
                    .push(format!("control {}", control.name), "asks of regions, but nothing marks any; left out");
            }
            !control.per_region
        });
    }
}

/// A text area that starts from the text it is about corrects it, whatever its name. `false` where it would start from
/// anything else.
fn start_from(control: &mut Control, value: Option<&str>, schema: &Schema) -> bool {
    let (Some(value), ControlKind::TextArea { purpose, .. }) = (value, &mut control.kind) else { return true };
    let about = control.to_fields.iter().filter_map(|name| schema.field(name));
    let own =
        about.map(|f| &f.source).any(|s| matches!((s, variable(value)), (FieldSource::Data(a), Some(b)) if a == b));
    if own && *purpose == TextPurpose::Answer {
        *purpose = TextPurpose::Correction;
    }
    own && *purpose == TextPurpose::Correction
}

/// The key in `$key`; `None` where there is more than that.
fn variable(text: &str) -> Option<&str> {
    let key = text.strip_prefix('$')?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}
