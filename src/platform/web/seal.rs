//! Seals what was decided: one place in the chain after another, each signed by the device's key.

use super::keeper::{Keeper, KeyError};
use super::machine::{now_ms, random};
use crate::domain::decide::Planned;
use crate::domain::time::Hlc;
use crate::log::seal::{Fresh, Head, Identity, SealError, Sealed, prepare};

/// Why nothing was sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// The event does not fit its form.
    #[error(transparent)]
    Form(#[from] SealError),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Seals `planned` onto the log that ends at `head`. `seen` is the latest clock reading of any log that this device
/// knows: what is sealed comes after it, within the tolerance.
///
/// # Errors
/// When an event does not fit its form or the key refuses; then nothing is sealed.
pub async fn seal(
    keeper: &Keeper,
    head: &Head,
    who: &Identity,
    planned: &[Planned],
    seen: Hlc,
) -> Result<Vec<Sealed>, CannotSeal> {
    let mut who = who.clone();
    let mut head = head.clone();
    let mut sealed: Vec<Sealed> = Vec::with_capacity(planned.len());
    for plan in planned {
        let now = now_ms();
        head.hlc = head.hlc.receive(seen, now);
        let mut happening = plan.happening.clone();
        if plan.caused_by_previous {
            happening.cause = sealed.last().map(|s| s.event.id.clone());
        }
        let fresh = Fresh { now_ms: now, salt: random(), uuid: random() };
        let unsigned = prepare(&head, &who, &happening, &fresh)?;
        let signature = keeper.sign(&unsigned.signing_input).await?;
        let one = unsigned.finish(signature)?;
        if who.project.is_none() {
            who.project = Some(one.hash.project());
        }
        head = one.head.clone();
        sealed.push(one);
    }
    Ok(sealed)
}
