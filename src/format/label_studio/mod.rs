//! Label Studio's JSON: annotations and predictions as lists of result items, read and written.
//!
//! An item says `from_name` (the control), `to_name` (the field), `type`, and a `value` by type; items of one `id` are
//! one region, whose questions repeat its place. Offsets count Unicode code points, end exclusive. Not held here:
//! relations, nesting of regions, notes on regions, drafts, and results of controls that the configuration lacks.

mod items;
mod read;
mod write;

pub(super) use read::Reader;
pub use write::write;
pub(super) use write::{whole_value, with_rationale};
