//! The two roots and what they consist of.

mod labeler;
mod panels;

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
