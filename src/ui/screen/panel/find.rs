//! Which rows of the list of tasks are shown: by status and by words. Quick enough to run on each key for 100,000 rows.

use crate::ui::text::Word;
use crate::view::model::{TaskRow, TaskStatus, TasksView};
use memchr::memchr2_iter;
use std::rc::Rc;

/// Which tasks to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every task.
    #[default]
    All,
    /// Nothing submitted or begun, or taken back.
    Todo,
    /// Begun.
    Draft,
    /// Submitted.
    Submitted,
    /// Skipped.
    Skipped,
    /// With a prediction.
    Predicted,
}

impl Filter {
    /// All, in the order they are offered.
    pub const ALL: [Self; 6] = [Self::All, Self::Todo, Self::Draft, Self::Submitted, Self::Skipped, Self::Predicted];

    /// Its name in the page and in the settings.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Todo => "todo",
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Skipped => "skipped",
            Self::Predicted => "predicted",
        }
    }

    /// The filter of a name; all tasks where there is none such.
    pub fn parse(code: &str) -> Self {
        Self::ALL.into_iter().find(|filter| filter.code() == code).unwrap_or_default()
    }

    /// Its name for people.
    pub fn word(self) -> Word {
        match self {
            Self::All => Word::ShowAll,
            Self::Todo => Word::StatusTodo,
            Self::Draft => Word::StatusDraft,
            Self::Submitted => Word::StatusSubmitted,
            Self::Skipped => Word::StatusSkipped,
            Self::Predicted => Word::Predicted,
        }
    }

    /// The row belongs to it.
    pub fn takes(self, row: &TaskRow) -> bool {
        match self {
            Self::All => true,
            Self::Todo => matches!(row.status, TaskStatus::Todo | TaskStatus::Withdrawn),
            Self::Draft => row.status == TaskStatus::Draft,
            Self::Submitted => row.status == TaskStatus::Submitted,
            Self::Skipped => row.status == TaskStatus::Skipped,
            Self::Predicted => row.predicted,
        }
    }
}

/// The rows of a view by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    view: Rc<TasksView>,
    starts: Vec<usize>,
    len: usize,
}

impl Rows {
    /// The rows of a view.
    pub fn of(view: Rc<TasksView>) -> Self {
        let mut len = 0;
        let starts = view
            .chunks
            .iter()
            .map(|chunk| {
                let start = len;
                len += chunk.len();
                start
            })
            .collect();
        Self { view, starts, len }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row at a place.
    pub fn get(&self, at: usize) -> Option<&TaskRow> {
        let chunk = self.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        let start = self.starts.get(chunk)?;
        self.view.chunks.get(chunk)?.get(at - start)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &TaskRow> {
        self.view.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// How many rows each filter takes, in the order of [`Filter::ALL`].
    pub fn counts(&self) -> [usize; 6] {
        let mut counts = [0; 6];
        for row in self.iter() {
            for (count, filter) in counts.iter_mut().zip(Filter::ALL) {
                *count += usize::from(filter.takes(row));
            }
        }
        counts
    }

    /// The places that a filter and a search take; `None` for all. A number finds the task of that place too.
    pub fn find(&self, filter: Filter, query: &str) -> Option<Vec<u32>> {
        let query = query.trim();
        if filter == Filter::All && query.is_empty() {
            return None;
        }
        let ordinal = query.trim_start_matches('#').parse::<u32>().ok();
        let needle = Needle::of(query);
        let hit = |row: &TaskRow| filter.takes(row) && (ordinal == Some(row.ordinal) || needle.is_in(&row.excerpt));
        Some(self.iter().enumerate().filter(|(_, row)| hit(row)).map(|(at, _)| at as u32).collect())
    }
}

/// Words to look for without regard to case.
enum Needle {
    None,
    Ascii { lower: u8, upper: u8, all: String },
    Other(String),
}

impl Needle {
    fn of(query: &str) -> Self {
        match query.as_bytes().first() {
            None => Self::None,
            Some(first) if query.is_ascii() => Self::Ascii {
                lower: first.to_ascii_lowercase(),
                upper: first.to_ascii_uppercase(),
                all: query.to_owned(),
            },
            Some(_) => Self::Other(query.to_lowercase()),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::None => true,
            Self::Ascii { lower, upper, all } => {
                let (text, all) = (text.as_bytes(), all.as_bytes());
                memchr2_iter(*lower, *upper, text)
                    .any(|at| text.get(at..at + all.len()).is_some_and(|here| here.eq_ignore_ascii_case(all)))
            }
            Self::Other(lower) => text.to_lowercase().contains(lower.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[(&str, TaskStatus, bool)]) -> Rows {
        let row = |(at, (text, status, predicted)): (usize, &(&str, TaskStatus, bool))| TaskRow {
            task: format!("t{at}").into(),
            ordinal: at as u32 + 1,
            excerpt: (*text).into(),
            status: *status,
            predicted: *predicted,
        };
        let all: Vec<_> = texts.iter().enumerate().map(row).collect();
        let chunks = all.chunks(2).map(|c| Rc::new(c.to_vec())).collect();
        Rows::of(Rc::new(TasksView { chunks: Rc::new(chunks), total: all.len() as u32 }))
    }

    #[test]
    fn places_by_filter_and_words() {
        use TaskStatus::*;
        let rows = rows(&[
            ("My card was charged twice", Todo, true),
            ("ÉCLAIR order 4", Submitted, false),
            ("Where is my order?", Draft, true),
            ("", Withdrawn, false),
            ("café", Skipped, false),
        ]);
        for (filter, query, expect) in [
            (Filter::All, "", None),
            (Filter::All, "  ", None),
            (Filter::All, "ORDER", Some(vec![1, 2])),
            (Filter::All, "éclair", Some(vec![1])),
            (Filter::All, "4", Some(vec![1, 3])),
            (Filter::All, "#3", Some(vec![2])),
            (Filter::Todo, "", Some(vec![0, 3])),
            (Filter::Predicted, "order", Some(vec![2])),
            (Filter::Skipped, "zzz", Some(vec![])),
        ] {
            assert_eq!(rows.find(filter, query), expect, "{filter:?} {query}");
        }
        assert_eq!(rows.counts(), [5, 2, 1, 1, 1, 2]);
        for at in 0..5 {
            assert_eq!(rows.get(at).map(|r| r.ordinal), Some(at as u32 + 1));
        }
        assert_eq!(rows.get(5), None);
    }

    #[test]
    fn filters_by_name() {
        for filter in Filter::ALL {
            assert_eq!(Filter::parse(filter.code()), filter);
        }
        assert_eq!(Filter::parse("nonsense"), Filter::All);
    }
}
