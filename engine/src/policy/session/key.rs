//! By which verified fact a session is told.

use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::identity::caller::{Caller, CredentialFormat};
use crate::identity::verified::Verified;
use crate::time::{Seconds, UnixTime};

/// The most that an issuer's clock may differ, and so how long after its expiry a token is accepted.
const MOST_SKEW: Seconds = Seconds(300);

/// A verified fact that may tell sessions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFact {
    /// The mission that the credential is bound to.
    Mission,
    /// The task or transaction that it states.
    Task,
    /// The session that it states, by default in `sid`.
    Session,
    /// The one token, by its `jti`. Not of a warrant or of a workload's own credential, of which their holders can have any number, nor
    /// of what is no token.
    Token,
    /// Where the chain of delegation began.
    Root,
}

impl KeyFact {
    /// Every fact.
    pub const ALL: [Self; 5] = [
        Self::Mission,
        Self::Task,
        Self::Session,
        Self::Token,
        Self::Root,
    ];

    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Task => "task",
            Self::Session => "session",
            Self::Token => "token",
            Self::Root => "root",
        }
    }

    /// What a caller has of it: an issuer can only speak of sessions of its own. It is told by its identifier too, for its short
    /// name is another's in another configuration, whose sessions may be remembered in the same place.
    fn of(self, caller: &Caller, chain: &Chain) -> Option<Key> {
        let own = &*caller.domain.0;
        let lasting = |parts: &[&str]| {
            let all = [self.name(), own, &caller.issuer]
                .into_iter()
                .chain(parts.iter().copied());
            let all: Vec<_> = all.map(str::as_bytes).collect();
            Key {
                digest: Digest::of_parts(&all),
                until: None,
            }
        };
        match self {
            Self::Mission => {
                let mission = chain.mission()?;
                Some(lasting(&[&mission.issuer, &mission.id]))
            }
            Self::Task => Some(lasting(&[caller.task.as_deref()?])),
            Self::Session => Some(lasting(&[caller.session.as_deref()?])),
            Self::Token if is_issued(caller.format) => Some(Key {
                until: Some(caller.expires_at.after(MOST_SKEW)),
                ..lasting(&[caller.token_id.as_deref()?])
            }),
            Self::Token => None,
            Self::Root => {
                let root = chain.hops().first()?;
                Some(lasting(&[&root.issuer, &root.subject]))
            }
        }
    }
}

/// Is it a token that its holder can neither make nor have made at any time, as a workload can by its platform's own interface?
const fn is_issued(format: CredentialFormat) -> bool {
    match format {
        CredentialFormat::AccessToken
        | CredentialFormat::Jwt
        | CredentialFormat::TransactionToken => true,
        CredentialFormat::JwtSvid
        | CredentialFormat::Wit
        | CredentialFormat::CiToken
        | CredentialFormat::HttpSignature
        | CredentialFormat::X509Svid
        | CredentialFormat::Aat
        | CredentialFormat::Biscuit => false,
    }
}

/// A session's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) digest: Digest,
    /// When it is over, where that is known.
    pub(super) until: Option<UnixTime>,
}

impl Key {
    /// By the first of these facts that the caller has.
    #[must_use]
    pub fn of(by: &[KeyFact], caller: &Verified<Caller>, chain: &Chain) -> Option<Self> {
        by.iter().find_map(|fact| fact.of(caller, chain))
    }
}
