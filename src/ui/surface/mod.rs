//! The text of a field with its spans: drawn as flat runs in blocks, so that spans may nest and overlap and one more
//! span redraws one block; read back from the browser's selection; walked by a caret of its own.

pub mod caret;
mod gesture;
pub mod plan;
pub mod run;
pub mod select;
pub mod text;
