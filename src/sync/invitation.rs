//! An invitation into a project: its name, its first entry, and where its logs are exchanged.
//!
//! It holds no credentials: each person has his own. Nor does it hold tasks. Whoever has it learns where the project is
//! and who began it, which is why a link carries it after `#`, where no server sees it.

use super::config::Endpoint;
use crate::domain::event::Fact;
use crate::domain::id::{DeviceId, ProjectId};
use crate::log::limits::MAX_LINE_BYTES;
use crate::log::{Verifier, hash};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest invitation that is read, in bytes of text: a genesis line, encoded twice, and some room.
pub const TEXT_LIMIT_BYTES: usize = 3 * MAX_LINE_BYTES;

/// What the text form begins with, where it does not stand in a link.
const SCHEME: &str = "countersign:";
/// What stands before the text form in a link.
const FRAGMENT: &str = "#join=";

/// The invitation as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Version of this form: 1.
    pub v: u32,
    /// The project.
    pub project: ProjectId,
    /// The project's first event as one line of a log, so that the joiner knows the first keys without asking anybody.
    pub genesis: String,
    /// Where logs are exchanged.
    pub endpoint: Endpoint,
}

/// Why an invitation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// Longer than [`TEXT_LIMIT_BYTES`].
    #[error("read the invitation: it is too long; ask for a new one")]
    TooLong,
    /// Neither a link with `#join=`, nor `countersign:…`, nor the JSON itself; or cut short on the way.
    #[error("read the invitation: it is not whole; copy the link again, to its end")]
    Form,
    /// Of a later version.
    #[error("read the invitation: it was made by a newer version; update this one")]
    Version,
    /// The genesis does not stand, or is of another project.
    #[error("trust the invitation: its first entry is not that of the project; ask for a new one")]
    Genesis,
    /// The endpoint cannot be used.
    #[error("use the invitation: its endpoint has no valid address; ask for a new one")]
    Endpoint,
}

impl Invitation {
    /// An invitation into the project that `genesis` (a line of a log) begins.
    ///
    /// # Errors
    /// [`InvitationError::Genesis`], [`InvitationError::Endpoint`].
    pub fn new(genesis: &str, endpoint: Endpoint) -> Result<Self, InvitationError> {
        let (project, _) = begin(genesis)?;
        endpoint.check().map_err(|_| InvitationError::Endpoint)?;
        Ok(Self { v: 1, project, genesis: genesis.to_owned(), endpoint })
    }

    /// The text form, `countersign:` and base64url of the JSON.
    pub fn text(&self) -> String {
        format!("{SCHEME}{}", self.encoded())
    }

    /// A link that opens it on a page: `<page>#join=` and base64url of the JSON. What `page` has after `#` is dropped.
    pub fn link(&self, page: &str) -> String {
        let page = page.split('#').next().unwrap_or_default();
        format!("{page}{FRAGMENT}{}", self.encoded())
    }

    fn encoded(&self) -> String {
        // serialising plain structs of strings cannot fail
        hash::encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a link, the text form, or the JSON of a file, and checks all of it.
    ///
    /// # Errors
    /// [`InvitationError`], in the order of its variants.
    pub fn parse(text: &str) -> Result<Self, InvitationError> {
        let text = text.trim();
        if text.len() > TEXT_LIMIT_BYTES {
            return Err(InvitationError::TooLong);
        }
        let json = if text.starts_with('{') {
            text.as_bytes().to_vec()
        } else {
            let rest = text.split_once(FRAGMENT).map(|(_, rest)| rest).unwrap_or(text);
            let stripped = rest.strip_prefix(SCHEME);
            let encoded = if rest.len() < text.len() {
                stripped.unwrap_or(rest)
            } else {
                stripped.ok_or(InvitationError::Form)?
            };
            hash::decode(encoded).ok_or(InvitationError::Form)?
        };
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let Versioned { v } = serde_json::from_slice(&json).map_err(|_| InvitationError::Form)?;
        if v != 1 {
            return Err(InvitationError::Version);
        }
        let invitation: Self = serde_json::from_slice(&json).map_err(|_| InvitationError::Form)?;
        let (project, _) = begin(&invitation.genesis)?;
        if project != invitation.project {
            return Err(InvitationError::Genesis);
        }
        invitation.endpoint.check().map_err(|_| InvitationError::Endpoint)?;
        Ok(invitation)
    }

    /// The project's name, as its genesis gives it, and the device that began it.
    pub fn begun_by(&self) -> Option<(String, DeviceId)> {
        begin(&self.genesis).ok().map(|(_, begun)| begun)
    }
}

/// Verifies a genesis line: the project it begins, its name, and the device that signed it.
fn begin(line: &str) -> Result<(ProjectId, (String, DeviceId)), InvitationError> {
    let accepted = Verifier::new().push_line(line.as_bytes()).map_err(|_| InvitationError::Genesis)?;
    match accepted.event.happening.fact {
        Some(Fact::ProjectCreated { name, .. }) => Ok((accepted.hash.project(), (name, accepted.event.device))),
        _ => Err(InvitationError::Genesis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: &str = include_str!("../../tests/fixtures/log/a.jsonl");

    fn invitation() -> Invitation {
        let endpoint = r#"{"id":"team","kind":"webdav","url":"https://dav.example.org/team"}"#;
        Invitation::new(GENESIS.lines().next().unwrap(), serde_json::from_str(endpoint).unwrap()).unwrap()
    }

    #[test]
    fn all_forms_read_back() {
        let invitation = invitation();
        assert_eq!(invitation.project.as_str(), "UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8");
        assert_eq!(invitation.begun_by().map(|(name, _)| name).as_deref(), Some("golden"));
        let link = invitation.link("https://label.example.org/app?x=1#old");
        assert!(link.starts_with("https://label.example.org/app?x=1#join=ey"), "{link}");
        let json = serde_json::to_string_pretty(&invitation).unwrap();
        for text in [&link, &invitation.text(), &json, &format!("  {link}\n")] {
            assert_eq!(Invitation::parse(text).as_ref(), Ok(&invitation), "{text}");
        }
    }

    #[test]
    fn what_is_not_whole_or_not_true_is_refused() {
        let good = invitation();
        let check = |text: &str, expect| assert_eq!(Invitation::parse(text), Err(expect), "{text}");
        check("", InvitationError::Form);
        check("https://label.example.org/", InvitationError::Form);
        check("countersign:%%%", InvitationError::Form);
        let link = good.link("https://label.example.org/");
        check(&link[..link.len() - 40], InvitationError::Form);
        check(&"x".repeat(TEXT_LIMIT_BYTES + 1), InvitationError::TooLong);
        check(r#"{"v":2,"anything":true}"#, InvitationError::Version);
        let second = GENESIS.lines().nth(1).unwrap().to_owned();
        let worse = [
            Invitation { genesis: second, ..good.clone() },
            Invitation { genesis: good.genesis.replace("golden", "silver"), ..good.clone() },
            Invitation { project: "another".into(), ..good.clone() },
        ];
        for bad in worse {
            check(&bad.text(), InvitationError::Genesis);
        }
        let place = super::super::Place::WebDav { url: "http://dav.example.org".into() };
        let bad = Invitation { endpoint: Endpoint { place, ..good.endpoint.clone() }, ..good };
        check(&bad.text(), InvitationError::Endpoint);
    }
}
