//! Finds personal data in text and covers it before anybody sees it: detectors, a policy, keyed pseudonyms, and a map
//! between raw and covered offsets.
//!
//! The order of work: [`fold`] makes one plain form of the many ways to write a character, the scanners in [`detect`]
//! look at that, [`partition`] turns overlapping finds into one clean row, the [`Policy`] says what happens to each,
//! and [`Gate`] writes the covered text with its [`CoverMap`].
//!
//! Beside it, by the feature `recognizers` and not in the page: [`find`] looks for identifiers of many countries
//! ([`recognize`]) and for names and places ([`names`]), [`apply`] takes out in all the ways a policy knows, and [`vault`]
//! seals what was taken out.
//!
//! Deliberately absent: regular expressions (size, and time that depends on the text), any storage of keys or of the
//! vault (source material belongs to `platform`), and randomness (a key and chance are arguments).

#[cfg(feature = "recognizers")]
pub mod apply;
#[cfg(feature = "recognizers")]
mod coarse;
pub mod detect;
#[cfg(feature = "recognizers")]
pub mod ff1;
#[cfg(feature = "recognizers")]
pub mod find;
pub mod fold;
pub mod gate;
pub mod key;
pub mod map;
#[cfg(feature = "recognizers")]
pub mod names;
pub mod partition;
pub mod policy;
#[cfg(feature = "recognizers")]
pub mod preset;
pub mod pseudonym;
#[cfg(feature = "recognizers")]
pub mod recognize;
#[cfg(feature = "recognizers")]
mod surrogate;
#[cfg(feature = "vault")]
pub mod vault;
pub mod words;

pub use gate::{Covered, Find, Gate, VaultEntry, cover, scrub_typed_text};
pub use key::{ProjectKey, task_subject};
pub use map::CoverMap;
pub use policy::{Action, Deny, LocalRules, OwnPattern, Policy, PolicyFault, Scope, Stay};
