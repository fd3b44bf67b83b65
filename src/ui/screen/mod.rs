//! The two roots and what they consist of.

mod bar;
mod guideline;
mod header;
mod labeler;
mod panel;
mod panels;
pub mod root;
pub mod state;
mod work;

pub use labeler::Labeler;
pub use panels::Panels;

use super::hub::Hub;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of a root.
#[derive(Properties, Clone)]
pub struct RootProps {
    /// The hub both roots share.
    pub hub: Rc<Hub>,
}

impl PartialEq for RootProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.hub, &other.hub)
    }
}

impl From<Rc<Hub>> for RootProps {
    fn from(hub: Rc<Hub>) -> Self {
        Self { hub }
    }
}
