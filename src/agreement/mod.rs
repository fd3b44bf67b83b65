//! Coefficients of agreement: from a table of answers to a value with its interval.
//!
//! A share of equal answers alone says little where one label is common, and a coefficient without an interval invites
//! belief in its third decimal; so every value here carries how many items it stands on and how far it may be off.
//! Where a coefficient has no value the reason is returned instead of a number: a conventional 0 or 1 would be read as
//! a finding. Deliberately absent: scales such as "substantial", which no source justifies, and any repair of the
//! answers; what is scored is what people said before adjudication.
//!
//! Nothing here reads a clock or entropy: the bootstrap draws from a seeded generator, and the same answers in any
//! order of arrival give the same result. Long work reports to a [`Watch`] and stops when told to.

pub mod alignment;
pub mod alpha;
pub mod answers;
pub mod assignment;
pub mod bootstrap;
pub mod chance;
pub mod continuum;
pub mod distance;
pub mod gamma;
pub mod icc;
pub mod kappa;
pub mod matrix;
pub mod pair;
pub mod percent;
pub mod poisson;
pub mod random;
pub mod ranks;
pub mod regions;
pub mod spans;
pub mod special;
pub mod table;
pub mod unitizing;
pub mod weights;

pub use bootstrap::{Plan, Spread};
pub use table::{Patterns, Repeats, Table, TableBuilder};

use std::ops::ControlFlow;

/// Asked now and then during long work with what is done and the whole (both in resamples); `Break` stops the work.
/// Called at most about a hundred times per bootstrap.
pub type Watch<'a> = dyn FnMut(u32, u32) -> ControlFlow<()> + 'a;

/// A watch that lets everything run to its end.
pub fn unwatched() -> impl FnMut(u32, u32) -> ControlFlow<()> {
    |_, _| ControlFlow::Continue(())
}

/// The work was stopped by its [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calculation was cancelled")]
pub struct Cancelled;

/// A coefficient, or why there is none.
pub type Score = Result<Estimate, Undefined>;

/// A coefficient with what it stands on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The coefficient. Shares lie in 0..=1; chance-corrected coefficients are 1 at full agreement, 0 at chance, and
    /// may be negative.
    pub value: f64,
    /// Its interval; `None` where the answers are too few to give one (a single item).
    pub interval: Option<Interval>,
    /// Items that entered: those with at least two answers.
    pub items: u32,
    /// Pairs of answers on the same item that were compared.
    pub pairs: u64,
}

/// Half-width of the normal interval of 95 % in standard errors: the 97.5th percentile of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// An interval of 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end. The normal interval is not cut off at 1.
    pub high: f64,
    /// Standard error, where the method gives one.
    pub standard_error: Option<f64>,
    /// How it was made.
    pub method: Method,
}

impl chance::Corrected {
    /// As an estimate with its t interval of 95 %, of so many compared pairs.
    pub fn estimate(&self, pairs: u64) -> Estimate {
        let interval = self.interval(0.95).map(|(low, high)| Interval {
            low,
            high,
            standard_error: self.standard_error,
            method: Method::StudentT,
        });
        Estimate { value: self.value, interval, items: self.items, pairs }
    }
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Value ± z · standard error, by the delta method.
    Normal,
    /// Value ± t · standard error over items, the upper end cut off at 1.
    StudentT,
    /// Wilson's score interval of a share.
    Wilson,
    /// Percentiles of resampled items.
    Bootstrap {
        /// Resamples that gave a value.
        resamples: u32,
        /// Resamples without one (such as those in which only one label was left); they are left out.
        undefined: u32,
    },
    /// Percentiles of resampled items, corrected for bias and skew.
    Accelerated {
        /// As in [`Method::Bootstrap`].
        resamples: u32,
        /// As in [`Method::Bootstrap`].
        undefined: u32,
    },
}

/// Why a coefficient has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// No item was answered by two annotators.
    #[error("no item has two answers")]
    NoPairs,
    /// All compared answers are the same one label: there is no chance disagreement to compare with.
    #[error("only one label was used")]
    OneCategory,
    /// The coefficient compares two annotators.
    #[error("it needs exactly two annotators")]
    NotTwoAnnotators,
    /// The level of measurement needs numbers, and a label is none (or a distance is negative or not finite).
    #[error("a label is not a number")]
    NotNumeric,
    /// More distinct labels than a weighted coefficient takes ([`table::MAX_WEIGHTED_LABELS`]).
    #[error("there are too many different labels")]
    TooManyCategories,
    /// Nobody marked a span.
    #[error("no span was marked")]
    NoSpans,
    /// The control is asked of regions, whose identity is private to each annotation.
    #[error("answers about regions are not compared")]
    PerRegion,
}

impl Undefined {
    /// A code that stays the same in every language: `no_pairs`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoPairs => "no_pairs",
            Self::OneCategory => "one_category",
            Self::NotTwoAnnotators => "not_two_annotators",
            Self::NotNumeric => "not_numeric",
            Self::TooManyCategories => "too_many_categories",
            Self::NoSpans => "no_spans",
            Self::PerRegion => "per_region",
        }
    }
}
