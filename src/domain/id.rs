//! Names of things, each a type of its own, so that a task can never be passed for a person.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A task: base64url of a keyed hash of its source, never the user's own identifier. CloudEvents `subject`.
    TaskId
);
name!(
    /// The pseudonym of a person within one project (`ann-07`), never a name or an address. CloudEvents `authid`.
    AuthId
);
name!(
    /// The public key of one device and profile, as `did:key:z…`. CloudEvents `source`.
    DeviceId
);
name!(
    /// A project: base64url SHA-256 of its genesis entry.
    ProjectId
);
name!(
    /// One event: a UUID, version 7.
    EventId
);
name!(
    /// A digest in the form `sha256-<base64url>`.
    Digest
);
name!(
    /// A region within one annotation, unique there.
    RegionId
);
name!(
    /// A model and the digest of its build, as `<id>@sha256-…`.
    ModelRef
);
