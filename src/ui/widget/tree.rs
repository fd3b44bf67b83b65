//! A taxonomy as the rows that are in sight: what is open, what matches a search, where the keyboard goes. Pure.

use crate::domain::schema::Taxon;
use crate::ui::palette;
use std::collections::BTreeSet;

/// Rows drawn at most; more are asked for by a row of their own.
pub const ROWS: usize = 200;

/// One row in sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Places from the root.
    pub at: Vec<usize>,
    /// Values from root to node.
    pub path: Vec<String>,
    /// Its words.
    pub name: String,
    /// The words of what it stands under, for a search result.
    pub above: Vec<String>,
    /// It has no children.
    pub leaf: bool,
    /// Its children are in sight.
    pub open: bool,
    /// A hint.
    pub hint: Option<String>,
}

/// Nodes that are open, by their places.
pub type Open = BTreeSet<Vec<usize>>;

/// The rows in sight, at most `most`, and how many there are in all. With a search: every node whose words hold it,
/// wherever it is.
pub fn rows(roots: &[Taxon], open: &Open, search: &str, most: usize) -> (Vec<Row>, usize) {
    let mut found = Found { rows: vec![], total: 0, most, open, search: search.trim().to_lowercase() };
    found.walk(roots, &mut vec![], &mut vec![], &mut vec![]);
    (found.rows, found.total)
}

struct Found<'a> {
    rows: Vec<Row>,
    total: usize,
    most: usize,
    open: &'a Open,
    search: String,
}

impl Found<'_> {
    fn walk(&mut self, taxa: &[Taxon], at: &mut Vec<usize>, path: &mut Vec<String>, above: &mut Vec<String>) {
        let searching = !self.search.is_empty();
        for (place, taxon) in taxa.iter().enumerate() {
            let name = palette::name(&taxon.option);
            at.push(place);
            path.push(taxon.option.value.clone());
            let open = !searching && self.open.contains(at);
            if !searching || name.to_lowercase().contains(&self.search) {
                self.total += 1;
                if self.rows.len() < self.most {
                    self.rows.push(Row {
                        at: at.clone(),
                        path: path.clone(),
                        name: name.to_owned(),
                        above: if searching { above.clone() } else { vec![] },
                        leaf: taxon.children.is_empty(),
                        open,
                        hint: taxon.option.hint.clone(),
                    });
                }
            }
            if searching || open {
                above.push(name.to_owned());
                self.walk(&taxon.children, at, path, above);
                above.pop();
            }
            path.pop();
            at.pop();
        }
    }
}

/// What a key does in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// To that row.
    To(usize),
    /// Open that node.
    Open(Vec<usize>),
    /// Close that node.
    Shut(Vec<usize>),
    /// Choose the row, or take it back.
    Choose(usize),
}

/// What a key does at row `now`.
pub fn step(rows: &[Row], now: usize, key: &str) -> Option<Move> {
    let row = rows.get(now)?;
    let last = rows.len().checked_sub(1)?;
    Some(match key {
        "ArrowDown" => Move::To((now + 1).min(last)),
        "ArrowUp" => Move::To(now.saturating_sub(1)),
        "Home" => Move::To(0),
        "End" => Move::To(last),
        "ArrowRight" if row.open => Move::To((now + 1).min(last)),
        "ArrowRight" if !row.leaf => Move::Open(row.at.clone()),
        "ArrowLeft" if row.open => Move::Shut(row.at.clone()),
        "ArrowLeft" => {
            let parent = row.at.split_last().map(|(_, parent)| parent)?;
            Move::To(rows.iter().position(|r| r.at == parent)?)
        }
        "Enter" | " " => Move::Choose(now),
        _ => return None,
    })
}

/// The words of a path.
pub fn words(roots: &[Taxon], path: &[String]) -> Vec<String> {
    let mut level = roots;
    let mut out = vec![];
    for value in path {
        let taxon = level.iter().find(|t| t.option.value == *value);
        out.push(taxon.map_or(value.as_str(), |t| palette::name(&t.option)).to_owned());
        level = taxon.map_or(&[], |t| &t.children);
    }
    out
}

/// The chosen paths after one was pressed. Past `max` the oldest makes room when only one may be chosen; else nothing
/// is added.
pub fn toggled(now: &[Vec<String>], pressed: &[String], max: Option<u32>) -> Vec<Vec<String>> {
    let mut next: Vec<Vec<String>> = now.to_vec();
    if let Some(at) = next.iter().position(|p| p == pressed) {
        next.remove(at);
    } else if max == Some(1) {
        next = vec![pressed.to_vec()];
    } else if max.is_none_or(|max| (next.len() as u32) < max) {
        next.push(pressed.to_vec());
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::LabelOption;

    fn taxon(name: &str, children: Vec<Taxon>) -> Taxon {
        Taxon { option: LabelOption { value: name.into(), ..LabelOption::default() }, children }
    }
    fn tree() -> Vec<Taxon> {
        vec![
            taxon("Billing", vec![taxon("Refund", vec![]), taxon("Invoice", vec![taxon("Missing", vec![])])]),
            taxon("Shipping", vec![taxon("Missing parcel", vec![])]),
        ]
    }
    fn names(open: &[&[usize]], search: &str) -> String {
        let open = open.iter().map(|o| o.to_vec()).collect();
        let (rows, total) = rows(&tree(), &open, search, ROWS);
        assert_eq!(rows.len(), total);
        let word = |r: &Row| [&r.above[..], std::slice::from_ref(&r.name)].concat().join("/");
        rows.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_in_sight() {
        assert_eq!(names(&[], ""), "Billing Shipping");
        assert_eq!(names(&[&[0]], ""), "Billing Refund Invoice Shipping");
        assert_eq!(names(&[&[0, 1]], ""), "Billing Shipping", "under a closed node nothing shows");
        assert_eq!(names(&[], "missing"), "Billing/Invoice/Missing Shipping/Missing parcel");
        assert_eq!(rows(&tree(), &Open::new(), "", 1).0.len(), 1);
    }

    #[test]
    fn keys() {
        let open: Open = [vec![0]].into();
        let (rows, _) = rows(&tree(), &open, "", ROWS);
        for (now, key, expect) in [
            (0, "ArrowDown", Some(Move::To(1))),
            (3, "ArrowDown", Some(Move::To(3))),
            (0, "ArrowRight", Some(Move::To(1))),
            (2, "ArrowRight", Some(Move::Open(vec![0, 1]))),
            (1, "ArrowRight", None),
            (1, "ArrowLeft", Some(Move::To(0))),
            (0, "ArrowLeft", Some(Move::Shut(vec![0]))),
            (3, "ArrowLeft", None),
            (2, " ", Some(Move::Choose(2))),
            (9, "Home", None),
        ] {
            assert_eq!(step(&rows, now, key), expect, "{key} at {now}");
        }
    }

    #[test]
    fn choosing() {
        let p = |s: &str| vec![s.to_owned()];
        assert_eq!(toggled(&[p("a")], &p("b"), None), [p("a"), p("b")]);
        assert_eq!(toggled(&[p("a")], &p("a"), None), Vec::<Vec<String>>::new());
        assert_eq!(toggled(&[p("a")], &p("b"), Some(1)), [p("b")]);
        assert_eq!(toggled(&[p("a"), p("b")], &p("c"), Some(2)), [p("a"), p("b")]);
        assert_eq!(words(&tree(), &["Billing".into(), "x".into()]), ["Billing", "x"]);
    }
}
