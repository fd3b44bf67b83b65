//! What proves to an endpoint who asks: of one person on one device, kept encrypted by whoever holds it.
//!
//! Never written together with the endpoint, which travels. The `Debug` form shows no secret. Deliberately absent: reading
//! credentials from a cloud's metadata service or from other tools' files.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What proves to the endpoint who asks. Its `Debug` form shows no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Credentials {
    /// A key pair for the S3 protocol.
    AccessKey {
        /// The key's name.
        access_key_id: String,
        /// The secret.
        secret_access_key: String,
        /// For temporary keys.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token: Option<String>,
    },
    /// A user and a password, as WebDAV servers take them.
    Password {
        /// The user.
        username: String,
        /// The secret.
        password: String,
    },
    /// A bearer token, as some WebDAV servers, row stores and webhooks take it.
    Token {
        /// The secret.
        token: String,
    },
    /// A shared access signature of Azure Blob Storage: the query that the portal gives (`sv=…&sig=…`).
    Sas {
        /// The secret.
        token: String,
    },
    /// The queries that sign the addresses of a template, by what is done. Without their `?`.
    Signed {
        /// For reading.
        get: String,
        /// For writing.
        put: String,
        /// For removing; without it a removed object is overwritten by nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delete: Option<String>,
    },
    /// What signs the requests to a webhook, by the Standard Webhooks specification.
    Secret {
        /// The secret: base64, with or without `whsec_` before it.
        secret: String,
        /// A bearer token beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// Nothing: a place open to all, for reading.
    Anonymous,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKey { .. } => "AccessKey(…)",
            Self::Password { .. } => "Password(…)",
            Self::Token { .. } => "Token(…)",
            Self::Sas { .. } => "Sas(…)",
            Self::Signed { .. } => "Signed(…)",
            Self::Secret { .. } => "Secret(…)",
            Self::Anonymous => "Anonymous",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        for text in [
            r#"{"kind":"access-key","access_key_id":"AK","secret_access_key":"hush"}"#,
            r#"{"kind":"password","username":"u","password":"hush"}"#,
            r#"{"kind":"token","token":"hush"}"#,
            r#"{"kind":"sas","token":"sv=1&sig=hush"}"#,
            r#"{"kind":"signed","get":"sig=hush","put":"sig=hush"}"#,
            r#"{"kind":"secret","secret":"whsec_hush"}"#,
        ] {
            let credentials: Credentials = serde_json::from_str(text).unwrap();
            assert!(!format!("{credentials:?}").contains("hush"));
            assert_eq!(serde_json::to_string(&credentials).unwrap(), text);
        }
    }
}
