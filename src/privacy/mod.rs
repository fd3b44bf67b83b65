//! Finds personal data in text and covers it before anybody sees it: detectors, a policy, keyed pseudonyms, and a map
//! between raw and covered offsets.
//!
//! The order of work: [`fold`] makes one plain form of the many ways to write a character, the scanners in [`detect`]
//! look at that, [`partition`] turns overlapping finds into one clean row, the [`Policy`] says what happens to each,
//! and [`Gate`] writes the covered text with its [`CoverMap`].
//!
//! Deliberately absent: regular expressions (size, and time that depends on the text), any storage of keys or of the
//! vault (source material belongs to `platform`), and randomness (a key is an argument).

pub mod detect;
pub mod fold;
pub mod gate;
pub mod key;
pub mod map;
pub mod partition;
pub mod policy;
pub mod pseudonym;
pub mod words;

pub use gate::{Covered, Find, Gate, VaultEntry, cover, scrub_typed_text};
pub use key::{ProjectKey, task_subject};
pub use map::CoverMap;
pub use policy::{Action, Deny, LocalRules, Policy, PolicyFault};
