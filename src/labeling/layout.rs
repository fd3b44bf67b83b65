//! How a configuration lays a task out: a small tree that the screen draws as it stands.

use serde::{Deserialize, Serialize};

/// A node of the layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A group (`<View>`).
    View {
        /// Class names, each confined to `[A-Za-z0-9_-]`, with [`super::style::CLASS_PREFIX`] before the name that
        /// the configuration gives; the stylesheet uses the same.
        class: Vec<String>,
        /// Inline declarations that passed the allow-list: property and value.
        style: Vec<(String, String)>,
        /// When it is shown.
        condition: Option<Condition>,
        /// What it holds.
        children: Vec<Node>,
    },
    /// A heading (`<Header>`).
    Header {
        /// Its level, 1 to 6 (Label Studio's `size`).
        level: u8,
        /// Its text, or the data key it comes from.
        text: HeaderText,
    },
    /// The text of a field.
    Text {
        /// The field.
        field: String,
    },
    /// A control.
    Control {
        /// Its name.
        control: String,
    },
}

/// The text of a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderText {
    /// As written.
    Literal(String),
    /// Taken from the task's data.
    Data(String),
}

/// When a group is shown (`visibleWhen`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A choice is selected; any, where `values` is empty.
    ChoiceSelected {
        /// The control.
        control: String,
        /// One of these.
        values: Vec<String>,
    },
    /// A region is selected, with one of these labels where there are any.
    RegionSelected {
        /// Of this control, where named.
        control: Option<String>,
        /// One of these labels.
        labels: Vec<String>,
    },
    /// No region is selected.
    NoRegionSelected,
}

impl Default for Node {
    fn default() -> Self {
        Self::View { class: vec![], style: vec![], condition: None, children: vec![] }
    }
}

impl Node {
    /// Adds the data keys of its headings. Recursion is bounded by the depth of the configuration.
    pub(super) fn header_keys<'a>(&'a self, keys: &mut Vec<&'a str>) {
        match self {
            Self::View { children, .. } => children.iter().for_each(|child| child.header_keys(keys)),
            Self::Header { text: HeaderText::Data(key), .. } => keys.push(key),
            Self::Header { .. } | Self::Text { .. } | Self::Control { .. } => {}
        }
    }
}

/// The layout of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The outermost group. A control that is not always shown stands in a group of its own, with the condition.
    pub root: Node,
    /// The configuration's own rules, cleaned: every selector stands under [`super::style::SCOPE`]. May be empty.
    pub stylesheet: String,
}

impl Layout {
    /// Takes out the controls that `keep` denies; groups stay.
    pub(super) fn retain_controls(&mut self, keep: &dyn Fn(&str) -> bool) {
        fn prune(node: &mut Node, keep: &dyn Fn(&str) -> bool) {
            if let Node::View { children, .. } = node {
                children.retain(|child| !matches!(child, Node::Control { control } if !keep(control)));
                children.iter_mut().for_each(|child| prune(child, keep));
            }
        }
        prune(&mut self.root, keep);
    }
}
