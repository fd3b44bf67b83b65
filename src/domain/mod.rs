//! The words of labeling and its laws. Knows nothing else of this project: no clock, no entropy, no storage, no screen.

pub mod annotation;
mod authority;
pub mod command;
pub mod complaint;
pub mod decide;
pub mod draft;
pub mod event;
pub mod guideline;
pub mod id;
pub mod refusal;
pub mod schema;
pub mod state;
pub mod task;
pub mod text;
pub mod time;
