//! Which colour a label has: twelve that stay apart for colour-blind eyes, given out in the order of the configuration.
//! Colour is never the only sign: each span carries its label's name.

use crate::domain::schema::{ControlKind, LabelOption, Schema};

/// Colours there are; further labels begin again.
pub const COLOURS: usize = 12;

/// The colour of the label at a place of a control.
pub fn colour_at(schema: &Schema, control: &str, at: usize) -> u8 {
    let mut before = 0;
    for c in &schema.controls {
        if c.name == control {
            break;
        }
        if let ControlKind::Labels { labels, .. } = &c.kind {
            before += labels.len();
        }
    }
    ((before + at) % COLOURS) as u8
}

/// The colour of a label by its value.
pub fn colour_of(schema: &Schema, control: &str, label: &str) -> u8 {
    let at = options(schema, control).iter().position(|option| option.value == label).unwrap_or(0);
    colour_at(schema, control, at)
}

/// The words of a value: what the configuration shows for it, else the value.
pub fn shown<'a>(schema: &'a Schema, control: &str, value: &'a str) -> &'a str {
    options(schema, control).iter().find(|option| option.value == value).map_or(value, name)
}

/// The words of an option.
pub fn name(option: &LabelOption) -> &str {
    option.shown.as_deref().unwrap_or(&option.value)
}

/// The flat options of a control.
pub fn options<'a>(schema: &'a Schema, control: &str) -> &'a [LabelOption] {
    match schema.control(control).map(|c| &c.kind) {
        Some(ControlKind::Labels { labels, .. }) => labels,
        Some(ControlKind::Choices { choices, .. }) => choices,
        _ => &[],
    }
}
