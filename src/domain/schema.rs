//! The schema of a labeling project: which fields a task has and which controls answer them. `labeling` produces it
//! from a configuration; `decide` checks answers against it.

use serde::{Deserialize, Serialize};

/// Fields and controls of one project, in the order of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// What is shown of a task and can be answered about.
    pub fields: Vec<Field>,
    /// What can be answered.
    pub controls: Vec<Control>,
}

impl Schema {
    /// The control of that name.
    pub fn control(&self, name: &str) -> Option<&Control> {
        self.controls.iter().find(|c| c.name == name)
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

/// A text of the task that can be answered about (Label Studio: an object tag such as `<Text name="t" value="$text"/>`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, unique among fields and controls; controls refer to it.
    pub name: String,
    /// Where its text comes from.
    pub source: FieldSource,
}

/// Where the text of a field comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// A key of the task's data (`value="$text"` gives `text`).
    Data(String),
    /// Text written in the configuration itself.
    Literal(String),
}

/// One question to the annotator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Unique name (Label Studio: `from_name` of an answer).
    pub name: String,
    /// Names of the fields it is about; the first is the one it counts in.
    pub to_fields: Vec<String>,
    /// Its title, where the configuration gives one.
    pub title: Option<String>,
    /// An answer is wanted before submitting.
    pub required: bool,
    /// It is asked of each region, not of the whole task.
    pub per_region: bool,
    /// What kind of answer it takes.
    pub kind: ControlKind,
}

/// The kinds of controls and their own settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// One or several of a flat list (`<Choices>`).
    Choices {
        /// More than one may be chosen.
        multiple: bool,
        /// The list, in order.
        choices: Vec<LabelOption>,
    },
    /// Labeled spans of a field (`<Labels>`).
    Labels {
        /// One span may carry several labels.
        multiple: bool,
        /// The labels, in order.
        labels: Vec<LabelOption>,
    },
    /// Paths in a tree (`<Taxonomy>`).
    Taxonomy {
        /// The roots of the tree.
        roots: Vec<Taxon>,
        /// Only leaves may be chosen.
        leaves_only: bool,
        /// At most so many paths.
        max_usages: Option<u32>,
    },
    /// Free text (`<TextArea>`).
    TextArea {
        /// Height in lines.
        rows: u32,
        /// Shown while empty.
        placeholder: String,
        /// At most so many texts; `None` is no limit.
        max_submissions: Option<u32>,
        /// What this text is for, since a correction and a rationale are told apart in the record.
        purpose: TextPurpose,
    },
    /// A whole number from 1 to `max` (`<Rating>`).
    Rating {
        /// The highest rating.
        max: u32,
    },
}

/// What a free text is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextPurpose {
    /// Any text.
    #[default]
    Answer,
    /// A corrected version of a field: starts from the field's own text.
    Correction,
    /// Why the annotator answered as they did; recorded as an event of its own.
    Rationale,
}

/// One choice or one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelOption {
    /// The value that is stored.
    pub value: String,
    /// The text that is shown, where it differs (`alias` stores, `value` shows, in Label Studio).
    pub shown: Option<String>,
    /// A hint shown beside it.
    pub hint: Option<String>,
    /// Its key, where the configuration gives one (`hotkey`).
    pub hotkey: Option<String>,
    /// Its colour as the configuration gives it (`background`), already checked to be a plain CSS colour.
    pub background: Option<String>,
}

/// A node of a taxonomy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxon {
    /// The node itself.
    pub option: LabelOption,
    /// Its children, in order.
    pub children: Vec<Taxon>,
}
