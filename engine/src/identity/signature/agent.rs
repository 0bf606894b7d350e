//! Agents that sign their requests, and the rules for their signatures (Web Bot Auth, draft-meunier-web-bot-auth-architecture).

use sfv::{Dictionary, Item, ListEntry};

use super::component::{Component, Form};
use super::error::{FieldError, HttpSignatureError};
use super::structured;
use crate::excerpt::Excerpt;
use crate::identity::issuer::{IssuerName, KeySource};
use crate::identity::jose::algorithm::Algorithm;
use crate::request::Headers;
use crate::time::Seconds;

/// What `tag` says of such signatures.
pub const TAG: &str = "web-bot-auth";

/// The algorithms of RFC 9421, section 3.3 that have a public key. For a key of several, whose JWK names none, the first one
/// counts.
pub const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Ed25519,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Ps512,
    Algorithm::Rs256,
];

/// In lower case.
pub(super) const FIELD: &str = "signature-agent";

/// An agent whose signatures are accepted, and on what terms.
#[derive(Clone, Debug)]
pub struct SignatureAgent {
    /// The short name that policies and records use: the trust domain.
    pub name: IssuerName,
    /// What `Signature-Agent` says, without a `/` at its end: `https://bot.example`.
    pub url: String,
    /// Where its keys come from.
    pub keys: KeySource,
    /// What its signatures must cover beside the authority and `Signature-Agent`.
    pub components: Vec<Component>,
    /// How old a signature may be.
    pub max_age: Seconds,
    /// How far clocks may differ.
    pub clock_skew: Seconds,
}

/// What the request says whose it is.
pub(super) struct Stated {
    /// The URL, without a `/` at its end.
    url: String,
    /// The dictionary's member that says so, where the field is one.
    member: Option<String>,
}

impl Stated {
    /// Reads `Signature-Agent`, where it is there: one string, or a dictionary of strings. Of several members the one counts
    /// that is covered.
    pub(super) fn read(
        headers: &Headers,
        components: &[Component],
    ) -> Result<Option<Self>, HttpSignatureError> {
        let Some(text) = structured::text(headers, FIELD)? else {
            return Ok(None);
        };
        if let Ok(item) = structured::parse::<Item>(&text, FIELD, "") {
            return Self::of(&item, None).map(Some);
        }
        let expected = "a string, or a dictionary of strings";
        let members: Dictionary = structured::parse(&text, FIELD, expected)?;
        let forms = || components.iter().filter_map(|one| one.form_of(FIELD));
        let covered = forms().find_map(|form| match form {
            Form::Member(key) => members.get_key_value(key.as_str()),
            Form::Whole | Form::Bytes => None,
        });
        let only = || members.first().filter(|_| members.len() == 1);
        match covered.or_else(only) {
            Some((key, ListEntry::Item(item))) => Self::of(item, Some(key.as_str())).map(Some),
            Some((_, ListEntry::InnerList(_))) | None => Err(not_stated(expected)),
        }
    }

    fn of(item: &Item, member: Option<&str>) -> Result<Self, HttpSignatureError> {
        let url = item.bare_item.as_string();
        let url = url.ok_or_else(|| not_stated("a string"))?;
        Ok(Self {
            url: without_slash(url.as_str()).to_owned(),
            member: member.map(str::to_owned),
        })
    }

    /// Is what the request says covered by one of these?
    pub(super) fn is_covered_by(&self, components: &[Component]) -> bool {
        components
            .iter()
            .filter_map(|one| one.form_of(FIELD))
            .any(|form| match form {
                Form::Whole | Form::Bytes => true,
                Form::Member(key) => self.member.as_deref() == Some(key),
            })
    }
}

fn not_stated(expected: &'static str) -> HttpSignatureError {
    HttpSignatureError::Field(FieldError::NotStructured {
        field: Excerpt::of(FIELD),
        expected,
    })
}

/// A URL without a `/` at its end, which some write and others don't.
#[must_use]
pub fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

/// The agent that the request says it is of; where it says nothing, the only one.
pub(super) fn find<'a>(
    agents: &'a [SignatureAgent],
    stated: Option<&Stated>,
) -> Result<(usize, &'a SignatureAgent), HttpSignatureError> {
    let mut agents = agents.iter().enumerate();
    match stated {
        Some(stated) => agents
            .find(|(_, agent)| agent.url == stated.url)
            .ok_or_else(|| HttpSignatureError::UnknownAgent {
                found: Excerpt::of(&stated.url),
            }),
        None => match (agents.next(), agents.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(HttpSignatureError::AgentNotNamed),
        },
    }
}

/// The name of an algorithm in the registry of RFC 9421, section 6.2; none of those that are not in [`ALGORITHMS`].
pub(super) const fn registered_name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::EdDsa => Some("ed25519"),
        Algorithm::Es256 => Some("ecdsa-p256-sha256"),
        Algorithm::Es384 => Some("ecdsa-p384-sha384"),
        Algorithm::Ps512 => Some("rsa-pss-sha512"),
        Algorithm::Rs256 => Some("rsa-v1_5-sha256"),
        Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 | Algorithm::Ps384 => None,
    }
}
