//! The name of a workload, whichever specification's.

use std::fmt;

use super::spiffe_id::{self, SpiffeId, SpiffeIdError, TrustDomain};

/// A workload's name in its trust domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WorkloadId {
    /// A SPIFFE ID.
    Spiffe(SpiffeId),
    /// A `wimse://` URI (draft-ietf-wimse-identifier).
    Wimse(WimseId),
}

/// A `wimse://` URI of the form that SPIFFE IDs have. What the draft allows beyond that, such as percent-encoding, would give
/// one workload several names, and is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WimseId {
    text: Box<str>,
    trust_domain: TrustDomain,
}

impl WimseId {
    const SCHEME: &'static str = "wimse://";
}

impl WorkloadId {
    /// Reads a `spiffe://` or `wimse://` name.
    ///
    /// # Errors
    ///
    /// [`SpiffeIdError`], for what is in neither one's single form.
    pub fn parse(text: &str) -> Result<Self, SpiffeIdError> {
        if !text.starts_with(WimseId::SCHEME) {
            return SpiffeId::parse(text).map(Self::Spiffe);
        }
        Ok(Self::Wimse(WimseId {
            trust_domain: spiffe_id::trust_domain_of(text, WimseId::SCHEME)?,
            text: text.into(),
        }))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Spiffe(id) => id.as_str(),
            Self::Wimse(id) => &id.text,
        }
    }

    /// The trust domain that vouches for it.
    #[must_use]
    pub const fn trust_domain(&self) -> &TrustDomain {
        match self {
            Self::Spiffe(id) => id.trust_domain(),
            Self::Wimse(id) => &id.trust_domain,
        }
    }

    /// The path with its leading slash, or nothing.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Spiffe(id) => id.path(),
            Self::Wimse(id) => spiffe_id::path_of(&id.text, WimseId::SCHEME, &id.trust_domain),
        }
    }

    /// The SPIFFE ID, where it is one.
    #[must_use]
    pub const fn spiffe_id(&self) -> Option<&SpiffeId> {
        match self {
            Self::Spiffe(id) => Some(id),
            Self::Wimse(_) => None,
        }
    }
}

impl fmt::Display for WorkloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::WorkloadId;
    use crate::excerpt::Excerpt;
    use crate::identity::spiffe_id::SpiffeIdError;

    #[test]
    fn both_schemes_name_a_workload_in_a_trust_domain() {
        for (name, text, spiffe) in [
            ("a SPIFFE ID", "spiffe://acme.example/shop/agent", true),
            ("a WIMSE URI", "wimse://acme.example/shop/agent", false),
        ] {
            let id = WorkloadId::parse(text).unwrap();
            assert_eq!(id.as_str(), text, "{name}");
            assert_eq!(id.trust_domain().as_str(), "acme.example", "{name}");
            assert_eq!(id.path(), "/shop/agent", "{name}");
            assert_eq!(id.spiffe_id().is_some(), spiffe, "{name}");
        }
    }

    #[test]
    fn nothing_else_does() {
        for (name, text, expected) in [
            (
                "another scheme",
                "https://acme.example/x",
                SpiffeIdError::Scheme {
                    found: Excerpt::of("https://acme.example/x"),
                },
            ),
            (
                "percent-encoding",
                "wimse://acme.example/%2e",
                SpiffeIdError::PathCharacter {
                    found: Excerpt::of("%2e"),
                },
            ),
            (
                "no trust domain",
                "wimse:///x",
                SpiffeIdError::TrustDomainEmpty,
            ),
        ] {
            assert_eq!(WorkloadId::parse(text), Err(expected), "{name}");
        }
    }
}
