//! Which groups of the layout are shown: the configuration's conditions, read against the annotation in hand.

use crate::domain::annotation::Value;
use crate::domain::schema::Taxon;
use crate::labeling::layout::{Condition, Node};
use crate::ui::desk::Desk;

/// Whether each conditional group of a layout is shown, in the order in which a walk from the root meets them.
pub fn conditions(desk: &Desk) -> Vec<bool> {
    let mut shown = vec![];
    if let Some(view) = &desk.view {
        walk(&view.layout, desk, &mut shown);
    }
    shown
}

fn walk(node: &Node, desk: &Desk, shown: &mut Vec<bool>) {
    if let Node::View { condition, children, .. } = node {
        if let Some(condition) = condition {
            shown.push(holds(condition, desk));
        }
        for child in children {
            walk(child, desk, shown);
        }
    }
}

/// A condition holds now.
pub fn holds(condition: &Condition, desk: &Desk) -> bool {
    match condition {
        Condition::ChoiceSelected { control, values } => desk.draft.answers.iter().any(|a| {
            a.control == *control
                && match &a.value {
                    Value::Choices(chosen) => any(values, chosen.iter()),
                    Value::Taxonomy(paths) => any(values, paths.iter().flatten()),
                    other => values.is_empty() && !other.is_empty(),
                }
        }),
        Condition::RegionSelected { control, labels } => desk.chosen.as_ref().is_some_and(|chosen| {
            control.as_ref().is_none_or(|c| *c == chosen.control)
                && desk.span(chosen).is_some_and(|span| any(labels, span.labels.iter()))
        }),
        Condition::NoRegionSelected => desk.chosen.is_none(),
    }
}

fn any<'a>(wanted: &[String], mut given: impl Iterator<Item = &'a String>) -> bool {
    wanted.is_empty() || given.any(|v| wanted.contains(v))
}

/// Nodes of a tree, all levels.
pub fn count(roots: &[Taxon]) -> usize {
    roots.iter().map(|taxon| 1 + count(&taxon.children)).sum()
}
