//! Flat runs: the text cut at every edge of a span or a pseudonym, each run with the spans that lie over it. Spans get
//! lanes, so that underlines of overlapping spans do not hide each other.

use super::plan::Part;
use crate::domain::task::Cover;
use std::rc::Rc;
use yew::AttrValue;

/// Lanes that are drawn apart; deeper spans share the last.
pub const LANES: usize = 4;

/// A span as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// First code point.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Colour, from 0.
    pub colour: u8,
    /// Its labels, for the chip.
    pub label: AttrValue,
    /// It is the selected one.
    pub chosen: bool,
}

/// A stretch of text over which the same spans lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// First code point.
    pub start: u32,
    /// Its text.
    pub text: AttrValue,
    /// Class names for lanes and colours; empty where nothing lies over it.
    pub class: AttrValue,
    /// Chips of the spans that start here: colour, label, selected.
    pub chips: Vec<(u8, AttrValue, bool)>,
    /// What to say when the pointer rests on it.
    pub title: Option<AttrValue>,
    /// The kind of personal data, where it is a pseudonym.
    pub cover: Option<AttrValue>,
}

/// One part of a block with its runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First code point.
    pub start: u32,
    /// Its runs.
    pub runs: Vec<Run>,
}

/// Lines that are drawn as one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First code point.
    pub start: u32,
    /// Its pieces.
    pub pieces: Vec<Rc<Piece>>,
}

/// The lane of each span, in the order given: the lowest that no overlapping earlier span has, longer spans first.
pub fn lanes(marks: &[Mark]) -> Vec<u8> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|&i| marks.get(i).map(|m| (m.start, u32::MAX - m.end, i)));
    let mut free_from = [0u32; LANES];
    let mut lanes = vec![0u8; marks.len()];
    for i in order {
        let Some(mark) = marks.get(i) else { continue };
        let lane = free_from.iter().position(|&end| end <= mark.start).unwrap_or(LANES - 1);
        if let Some(end) = free_from.get_mut(lane) {
            *end = mark.end.max(*end);
        }
        if let Some(slot) = lanes.get_mut(i) {
            *slot = lane as u8;
        }
    }
    lanes
}

/// The spans over a place, innermost first: those that a click there can mean. Indices into `marks`.
pub fn at(marks: &[Mark], place: u32) -> Vec<usize> {
    let mut hit: Vec<usize> =
        marks.iter().enumerate().filter(|(_, m)| m.start <= place && place < m.end).map(|(i, _)| i).collect();
    hit.sort_by_key(|&i| marks.get(i).map(|m| (m.end - m.start, i)));
    hit
}

/// Cuts a text into blocks of runs. `before` gives earlier pieces their pointers back where they are the same, so that
/// components see at a glance that nothing changed.
pub fn cut(text: &str, parts: &[Part], marks: &[Mark], covers: &[Cover], before: &[Rc<Block>]) -> Vec<Rc<Block>> {
    let edges = edges(parts, marks, covers);
    let lanes = lanes(marks);
    let mut starts: Vec<usize> = (0..marks.len()).collect();
    starts.sort_by_key(|&i| marks.get(i).map(|m| (m.start, u32::MAX - m.end, i)));
    let mut sweep = Sweep { marks, lanes: &lanes, covers, starts, next: 0, over: vec![], cover: 0 };
    let mut old = before.iter().flat_map(|block| block.pieces.iter()).peekable();
    let mut old_blocks = before.iter().peekable();
    let mut blocks: Vec<Rc<Block>> = vec![];
    let mut pieces: Vec<Rc<Piece>> = vec![];
    let mut edge = edges.iter().copied().peekable();
    for part in parts {
        let piece = Piece { start: part.start, runs: sweep.runs(text, part, &mut edge) };
        while old.peek().is_some_and(|p| p.start < piece.start) {
            old.next();
        }
        let piece = match old.peek() {
            Some(same) if ***same == piece => Rc::clone(same),
            _ => Rc::new(piece),
        };
        pieces.push(piece);
        if part.ends_block {
            let start = pieces.first().map_or(part.start, |p| p.start);
            let block = Block { start, pieces: std::mem::take(&mut pieces) };
            while old_blocks.peek().is_some_and(|b| b.start < start) {
                old_blocks.next();
            }
            blocks.push(match old_blocks.peek() {
                Some(same) if ***same == block => Rc::clone(same),
                _ => Rc::new(block),
            });
        }
    }
    blocks
}

/// Every place where the spans over the text may change, in order, once each.
fn edges(parts: &[Part], marks: &[Mark], covers: &[Cover]) -> Vec<u32> {
    let mut edges: Vec<u32> = parts.iter().flat_map(|p| [p.start, p.end]).collect();
    edges.extend(marks.iter().flat_map(|m| [m.start, m.end]));
    edges.extend(covers.iter().flat_map(|c| [c.start.0, c.end.0]));
    edges.sort_unstable();
    edges.dedup();
    edges
}

struct Sweep<'a> {
    marks: &'a [Mark],
    lanes: &'a [u8],
    covers: &'a [Cover],
    starts: Vec<usize>,
    next: usize,
    over: Vec<usize>,
    cover: usize,
}

impl Sweep<'_> {
    fn runs(&mut self, text: &str, part: &Part, edge: &mut std::iter::Peekable<impl Iterator<Item = u32>>) -> Vec<Run> {
        let mut runs = vec![];
        let mut chars = text.get(part.from..part.to).unwrap_or_default();
        let mut at = part.start;
        while edge.next_if(|e| *e <= at).is_some() {}
        while at < part.end {
            let to = edge.peek().copied().unwrap_or(part.end).min(part.end);
            let bytes = chars.char_indices().nth((to - at) as usize).map_or(chars.len(), |(byte, _)| byte);
            let (here, rest) = chars.split_at_checked(bytes).unwrap_or((chars, ""));
            runs.push(self.run(at, here));
            chars = rest;
            at = to;
            edge.next_if(|e| *e <= at);
        }
        runs
    }

    fn run(&mut self, at: u32, text: &str) -> Run {
        let marks = self.marks;
        self.over.retain(|&i| marks.get(i).is_some_and(|m| m.end > at));
        let mut chips = vec![];
        while let Some((i, mark)) = self.starts.get(self.next).and_then(|&i| Some((i, marks.get(i)?)))
            && mark.start <= at
        {
            self.next += 1;
            if mark.end > at {
                chips.push((mark.colour, mark.label.clone(), mark.chosen));
                self.over.push(i);
            }
        }
        while self.covers.get(self.cover).is_some_and(|c| c.end.0 <= at) {
            self.cover += 1;
        }
        let cover = self.covers.get(self.cover).filter(|c| c.start.0 <= at);
        let over: Vec<(&Mark, u8)> =
            self.over.iter().filter_map(|&i| Some((marks.get(i)?, *self.lanes.get(i)?))).collect();
        let title = (!over.is_empty()).then(|| {
            let labels: Vec<&str> = over.iter().map(|(m, _)| m.label.as_str()).collect();
            AttrValue::from(labels.join(" · "))
        });
        Run {
            start: at,
            text: AttrValue::from(text.to_owned()),
            class: class_of(&over),
            chips,
            title,
            cover: cover.map(|c| AttrValue::from(c.entity.clone())),
        }
    }
}

/// Class names: `u1-3` is an underline in lane 1 of colour 3, `t3` the tint of the innermost span.
fn class_of(over: &[(&Mark, u8)]) -> AttrValue {
    let Some((inner, _)) = over.iter().min_by_key(|(m, _)| m.end - m.start) else { return AttrValue::Static("") };
    let mut class = format!("m t{}", inner.colour);
    for (mark, lane) in over {
        class.push_str(&format!(" u{lane}-{}", mark.colour));
    }
    if over.iter().any(|(m, _)| m.chosen) {
        class.push_str(" chosen");
    }
    AttrValue::from(class)
}

#[cfg(test)]
mod tests {
    use super::super::plan::plan;
    use super::*;
    use crate::domain::text::CodePoint;
    use proptest::prelude::*;

    fn mark(start: u32, end: u32, colour: u8) -> Mark {
        Mark { start, end, colour, label: format!("L{colour}").into(), chosen: false }
    }
    fn draw(text: &str, marks: &[Mark], covers: &[Cover]) -> String {
        let blocks = cut(text, &plan(text), marks, covers, &[]);
        let mut out = String::new();
        for run in blocks.iter().flat_map(|b| &b.pieces).flat_map(|p| &p.runs) {
            let chips: String = run.chips.iter().map(|c| format!("<{}>", c.1)).collect();
            let cover = if run.cover.is_some() { "#" } else { "" };
            let class = run.class.split(' ').filter(|c| c.starts_with('u')).collect::<Vec<_>>().join(" ");
            out.push_str(&format!("{chips}[{}{cover}{}{class}]", run.text, if class.is_empty() { "" } else { " " }));
        }
        out
    }

    #[test]
    fn nesting_and_overlap_are_flat() {
        for (marks, expect) in [
            (vec![], "[Anna wrote to Bo]"),
            (vec![mark(0, 4, 0)], "<L0>[Anna u0-0][ wrote to Bo]"),
            (vec![mark(0, 10, 0), mark(5, 10, 1)], "<L0>[Anna  u0-0]<L1>[wrote u0-0 u1-1][ to Bo]"),
            (vec![mark(0, 10, 0), mark(5, 13, 1)], "<L0>[Anna  u0-0]<L1>[wrote u0-0 u1-1][ to u1-1][ Bo]"),
            (vec![mark(0, 4, 0), mark(0, 4, 1)], "<L0><L1>[Anna u0-0 u1-1][ wrote to Bo]"),
            (vec![mark(14, 99, 2)], "[Anna wrote to ]<L2>[Bo u0-2]"),
        ] {
            assert_eq!(draw("Anna wrote to Bo", &marks, &[]), expect);
        }
    }

    #[test]
    fn pseudonyms_and_characters_beyond_sixteen_bits() {
        let covers = [Cover { start: CodePoint(3), end: CodePoint(6), entity: "PERSON".into() }];
        assert_eq!(draw("😀 a<B>c", &[mark(2, 7, 1)], &covers), "[😀 ]<L1>[a u0-1][<B># u0-1][c u0-1]");
    }

    #[test]
    fn one_more_span_changes_one_block() {
        let text = "some words in a line\n".repeat(400);
        let parts = plan(&text);
        let mut marks = vec![mark(30, 34, 0), mark(4_000, 4_010, 1)];
        let before = cut(&text, &parts, &marks, &[], &[]);
        marks.push(mark(4_100, 4_110, 2));
        let after = cut(&text, &parts, &marks, &[], &before);
        let changed = before.iter().zip(&after).filter(|(a, b)| !Rc::ptr_eq(a, b)).count();
        assert_eq!((before.len(), changed), (after.len(), 1));
    }

    #[test]
    fn clicks_mean_the_innermost() {
        let marks = [mark(0, 10, 0), mark(2, 5, 1), mark(4, 12, 2)];
        assert_eq!(at(&marks, 4), [1, 2, 0]);
        assert_eq!(at(&marks, 11), [2]);
        assert!(at(&marks, 12).is_empty());
    }

    proptest! {
        #[test]
        fn runs_put_the_text_together_again(text in "[a-c 😀é\r\n]{0,60}", spans in proptest::collection::vec((0u32..70, 1u32..20, 0u8..12), 0..12)) {
            let marks: Vec<_> = spans.into_iter().map(|(s, n, c)| mark(s, s + n, c)).collect();
            let blocks = cut(&text, &plan(&text), &marks, &[], &[]);
            let runs: Vec<_> = blocks.iter().flat_map(|b| &b.pieces).flat_map(|p| &p.runs).collect();
            let again: String = runs.iter().map(|r| r.text.as_str()).collect();
            prop_assert_eq!(&again, &text);
            let mut at = 0;
            for run in &runs {
                prop_assert_eq!(run.start, at);
                let len = run.text.chars().count() as u32;
                for place in at..at + len {
                    let over = super::at(&marks, place).len();
                    prop_assert_eq!(run.class.split(' ').filter(|c| c.starts_with('u')).count(), over);
                }
                at += len;
            }
        }
    }
}
