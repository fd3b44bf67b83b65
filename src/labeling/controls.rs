//! One control out of one tag: what it asks and what may be answered.

use super::xml::Tag;
use super::{ConfigError, MAX_OPTIONS, MAX_VALUE_CHARS, style};
use crate::domain::complaint::Complaints;
use crate::domain::schema::{ControlKind, LabelOption, Taxon, TextPurpose};
use std::collections::BTreeSet;

/// The stars of a rating that says nothing of it.
const RATING_DEFAULT: u32 = 5;
/// The most stars.
const RATING_MAX: u32 = 100;
/// The most lines of a text area.
const ROWS_MAX: u32 = 100;

/// Attributes that change what may be answered and have no effect here: the tag, the attribute, what is done instead.
const WITHOUT_EFFECT: [(&str, &str, &str); 14] = [
    ("choice", "html", "html in a choice is not shown; its value is"),
    ("choice", "selected", "a choice is never preselected"),
    ("choice", "visiblewhen", "a single choice cannot be hidden; it is always shown"),
    ("label", "maxusage", "maxUsage is not enforced"),
    ("label", "visiblewhen", "a single label cannot be hidden; it is always shown"),
    ("labels", "maxusages", "maxUsages is not enforced"),
    ("choices", "maxusages", "maxUsages is not enforced"),
    ("taxonomy", "apiurl", "nothing is fetched: apiUrl is ignored"),
    ("taxonomy", "labeling", "a taxonomy answers the whole task here, not a region"),
    ("choices", "peritem", "perItem is ignored: asked of the whole task"),
    ("taxonomy", "peritem", "perItem is ignored: asked of the whole task"),
    ("textarea", "peritem", "perItem is ignored: asked of the whole task"),
    ("rating", "peritem", "perItem is ignored: asked of the whole task"),
    ("textarea", "maxlength", "maxLength is not enforced"),
];

/// Complains about attributes of `tag` that have no effect here.
pub(super) fn complain_of_attributes(tag: &Tag, complaints: &mut Complaints) {
    for (kind, attribute, what) in WITHOUT_EFFECT {
        if tag.kind == kind && tag.said(attribute).is_some_and(|v| !v.eq_ignore_ascii_case("false")) {
            complaints.push(tag.place(), what);
        }
    }
}

/// What the tag asks. `None`, with a complaint, where nothing could be answered.
pub(super) fn kind(tag: &Tag, name: &str, complaints: &mut Complaints) -> Result<Option<ControlKind>, ConfigError> {
    complain_of_attributes(tag, complaints);
    let takes_options = matches!(tag.kind.as_str(), "choices" | "labels" | "taxonomy");
    if takes_options && tag.said("value").is_some_and(|v| v.starts_with('$')) {
        complaints
            .push(tag.place(), "choices from the task's data are not supported; only those written here are offered");
    }
    let multiple = tag.said("choice").is_some_and(|v| v.eq_ignore_ascii_case("multiple"));
    let mut options = Options { complaints, count: 0 };
    let kind = match tag.kind.as_str() {
        "choices" => ControlKind::Choices { multiple, choices: options.flat(tag, "choice")? },
        "labels" => ControlKind::Labels { multiple, labels: options.flat(tag, "label")? },
        "taxonomy" => ControlKind::Taxonomy {
            roots: options.tree(tag)?,
            leaves_only: tag.flag("leafsonly"),
            max_usages: number(tag, "maxusages", 1, u32::MAX, complaints),
        },
        "rating" => {
            ControlKind::Rating { max: number(tag, "maxrating", 1, RATING_MAX, complaints).unwrap_or(RATING_DEFAULT) }
        }
        _ => text_area(tag, name, complaints)?,
    };
    let empty = match &kind {
        ControlKind::Choices { choices, .. } => choices.is_empty(),
        ControlKind::Labels { labels, .. } => labels.is_empty(),
        ControlKind::Taxonomy { roots, .. } => roots.is_empty(),
        ControlKind::TextArea { .. } | ControlKind::Rating { .. } => false,
    };
    if empty {
        complaints.push(tag.place(), "offers nothing to choose; left out");
    }
    Ok((!empty).then_some(kind))
}

fn text_area(tag: &Tag, name: &str, complaints: &mut Complaints) -> Result<ControlKind, ConfigError> {
    let purpose = purpose(tag, name, complaints);
    Ok(ControlKind::TextArea {
        rows: number(tag, "rows", 1, ROWS_MAX, complaints).unwrap_or(1),
        placeholder: tag.short("placeholder", MAX_VALUE_CHARS)?.unwrap_or("").to_owned(),
        max_submissions: number(tag, "maxsubmissions", 1, u32::MAX, complaints),
        purpose,
    })
}

/// `purpose="answer|correction|rationale"` is our addition to the tag; else the name decides: one that contains
/// `rationale`, or has the word `reason` or `why`, asks for a rationale, one that contains `correction` or `corrected`
/// for a correction.
fn purpose(tag: &Tag, name: &str, complaints: &mut Complaints) -> TextPurpose {
    match tag.said("purpose").map(str::to_ascii_lowercase).as_deref() {
        Some("correction") => return TextPurpose::Correction,
        Some("rationale") => return TextPurpose::Rationale,
        Some("answer") => return TextPurpose::Answer,
        Some(_) => complaints.push(tag.place(), "purpose is one of answer, correction, rationale; the name decides"),
        None => {}
    }
    let (lower, words) = (name.to_lowercase(), words_of(name));
    if lower.contains("rationale") || words.iter().any(|word| word == "reason" || word == "why") {
        TextPurpose::Rationale
    } else if lower.contains("correction") || lower.contains("corrected") {
        TextPurpose::Correction
    } else {
        TextPurpose::Answer
    }
}

/// The words of a name: `why_not`, `whyNot` and `why-2` all have `why`, but `whyte` has not.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = c.is_lowercase();
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn number(tag: &Tag, name: &str, min: u32, max: u32, complaints: &mut Complaints) -> Option<u32> {
    let said = tag.said(name)?;
    let number = said.parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    if number.is_none() {
        complaints.push(tag.place(), format!("{name} is no number from {min} to {max}; ignored"));
    }
    number
}

struct Options<'a> {
    complaints: &'a mut Complaints,
    count: usize,
}

impl Options<'_> {
    /// The choices in a tag, those in choices flattened behind them, each value once.
    fn flat(&mut self, tag: &Tag, kind: &str) -> Result<Vec<LabelOption>, ConfigError> {
        let mut list = Vec::new();
        let mut seen = BTreeSet::new();
        // a stack instead of recursion keeps the order of the text
        let mut waiting: Vec<&Tag> = tag.children.iter().rev().collect();
        while let Some(child) = waiting.pop() {
            if child.kind != kind {
                self.stray(child);
                continue;
            }
            if let Some(option) = self.option(child)? {
                if seen.insert(option.value.clone()) {
                    list.push(option);
                } else {
                    self.complaints.push(child.place(), "says what an earlier one says; left out");
                }
            }
            if !child.children.is_empty() {
                self.complaints.push(child.place(), "choices inside a choice are offered beside it");
                waiting.extend(child.children.iter().rev());
            }
        }
        Ok(list)
    }

    /// The tree of a taxonomy. Recursion is bounded by the depth of the tags.
    fn tree(&mut self, tag: &Tag) -> Result<Vec<Taxon>, ConfigError> {
        let mut list = Vec::new();
        let mut seen = BTreeSet::new();
        for child in &tag.children {
            if child.kind != "choice" {
                self.stray(child);
                continue;
            }
            let Some(option) = self.option(child)? else { continue };
            if !seen.insert(option.value.clone()) {
                self.complaints.push(child.place(), "says what an earlier one beside it says; left out");
                continue;
            }
            list.push(Taxon { option, children: self.tree(child)? });
        }
        Ok(list)
    }

    fn stray(&mut self, child: &Tag) {
        self.complaints.push(child.place(), "is not read inside a control; left out");
    }

    fn option(&mut self, tag: &Tag) -> Result<Option<LabelOption>, ConfigError> {
        self.count += 1;
        if self.count > MAX_OPTIONS {
            return Err(ConfigError::TooManyOptions { line: tag.line, column: tag.column });
        }
        complain_of_attributes(tag, self.complaints);
        let (value, alias) = (tag.short("value", MAX_VALUE_CHARS)?, tag.short("alias", MAX_VALUE_CHARS)?);
        let Some(stored) = alias.or(value) else {
            self.complaints.push(tag.place(), "has no value; left out");
            return Ok(None);
        };
        let background = tag.said("background").or(tag.said("selectedcolor"));
        let colour = background.and_then(style::colour);
        if background.is_some() && colour.is_none() {
            self.complaints.push(tag.place(), "background is not a plain colour; a colour is chosen instead");
        }
        let hotkey = tag.said("hotkey");
        if hotkey.is_some_and(|k| k.chars().count() > 32) {
            self.complaints.push(tag.place(), "hotkey is too long; ignored");
        }
        Ok(Some(LabelOption {
            value: stored.to_owned(),
            shown: value.filter(|v| *v != stored).map(str::to_owned),
            hint: tag.short("hint", MAX_VALUE_CHARS)?.map(str::to_owned),
            hotkey: hotkey.filter(|k| k.chars().count() <= 32).map(str::to_owned),
            background: colour,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_words() {
        for (name, expect) in [
            ("why", vec!["why"]),
            ("whyNot", vec!["why", "not"]),
            ("the_reason-2", vec!["the", "reason"]),
            ("whyte", vec!["whyte"]),
            ("", vec![]),
        ] {
            let words: Vec<String> = words_of(name).into_iter().filter(|w| !w.is_empty()).collect();
            assert_eq!(words, expect, "{name}");
        }
    }
}
