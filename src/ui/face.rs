//! What a root shows beside the data: the open dialog, short messages, the chosen tab; and the settings of the device.
//! Presence of mind: none of it is worth keeping but the settings.

use super::text::Lang;
use crate::domain::complaint::Complaint;
use crate::domain::id::TaskId;

/// The two roots that can be mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `<countersign-labeler>`.
    #[default]
    Labeler,
    /// `<countersign-panels>`.
    Panels,
}

/// The state of one root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// Short messages, oldest first.
    pub toasts: Vec<Toast>,
    /// What a screen reader is to say now. The number makes the same words said twice differ.
    pub said: (u32, String),
    /// The chosen tab of the panels.
    pub tab: Tab,
    /// The case that is open beside the list of disagreements.
    pub case: Option<TaskId>,
    /// What the last import or export could not take.
    pub complaints: Vec<Complaint>,
    /// Focus is within this root.
    pub focused: bool,
}

/// A dialog; one at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The list of actions and their shortcuts.
    Help,
    /// The command palette.
    Palette,
    /// Skip with a reason.
    Skip,
    /// See a field in clear.
    Reveal(RevealStep),
    /// Change the person.
    Profile,
    /// Set an endpoint.
    Endpoint,
    /// Join by an invitation.
    Join,
    /// Settings.
    Settings,
}

/// How far a reveal is. The value lives here, in memory, until the dialog closes or its time is up.
#[derive(Clone, Debug, PartialEq)]
pub enum RevealStep {
    /// Asking for field and purpose.
    Asking,
    /// Waiting for the event to be durable.
    Waiting,
    /// The value in clear.
    Shown(String),
}

/// A short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Tells messages apart.
    pub number: u64,
    /// The words.
    pub text: String,
    /// It went wrong: it stays until it is closed.
    pub bad: bool,
}

/// The tabs of the panels, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    /// The list of tasks.
    #[default]
    Tasks,
    /// The record.
    Activity,
    /// Agreement and disagreements.
    Agreement,
    /// Cases to settle.
    Cases,
    /// People and keys.
    People,
    /// Endpoints.
    Sync,
    /// Files and results.
    Project,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Self; 7] =
        [Self::Tasks, Self::Activity, Self::Agreement, Self::Cases, Self::People, Self::Sync, Self::Project];
}

/// How far long work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The request, to cancel it by.
    pub ask: u32,
    /// Done so far.
    pub done: u64,
    /// Of how much; 0 where unknown.
    pub of: u64,
}

/// Kept on the device, per browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Shortcuts of one key, without a modifier, act (WCAG 2.1.4).
    pub single_keys: bool,
    /// The guideline stands beside the task.
    pub guideline: bool,
    /// The interface's language.
    pub lang: Lang,
}

impl Default for Settings {
    fn default() -> Self {
        Self { single_keys: true, guideline: true, lang: Lang::En }
    }
}

impl Settings {
    /// Reads the settings; what is not kept stays at its default.
    pub fn recall(recall: impl Fn(&str) -> Option<String>) -> Self {
        let on = |key: &str, default: bool| recall(key).map_or(default, |v| v == "on");
        Self {
            single_keys: on("single-keys", true),
            guideline: on("guideline", true),
            lang: recall("lang").and_then(|v| Lang::parse(&v)).unwrap_or_default(),
        }
    }

    /// Writes the settings.
    pub fn remember(self, remember: impl Fn(&str, &str)) {
        let on = |yes: bool| if yes { "on" } else { "off" };
        remember("single-keys", on(self.single_keys));
        remember("guideline", on(self.guideline));
        remember("lang", self.lang.code());
    }
}
