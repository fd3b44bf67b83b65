//! View models: plain data in the words of the screen, cut from the state. They derive `Eq` and hold formatted text, not
//! floats, so that a screen redraws only when what it shows has changed. Words of the interface's language are not here:
//! codes are, and `ui` words them.

pub mod agreement;
pub mod audit;
pub mod build;
pub mod markdown;
pub mod model;
pub mod protocol;
