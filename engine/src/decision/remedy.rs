//! What would make a refused request succeed, as data.
//!
//! One shape in problem documents, in the `data` of JSON-RPC errors and, as its JSON, in the `metadata` of A2A's. An agent looks at
//! `kind` and takes the members that stand beside it; `text` says the same for people and models.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::answer::Answer;
use super::denial::Denial;
use super::reason::Reason;
use crate::delegation::attenuation::Dimension;
use crate::policy::denial::PolicyNote;
use crate::policy::remedy::PolicyRemedy;

/// What kind of thing helps. It follows from the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemedyKind {
    /// A credential, or another one: from the authorization server that the resource's metadata names, with these scopes.
    Credential,
    /// A new proof that the caller has the key of its credential.
    Proof,
    /// A token for a user who was authenticated in one of these classes and no longer ago than this (RFC 9470), with these
    /// scopes.
    Authentication,
    /// A token with all of these scopes.
    Scopes,
    /// A token with these `authorization_details` (RFC 9396).
    AuthorizationDetails,
    /// A delegation that goes as far: another chain, warrant, Biscuit, mission or intent; or a call within this one.
    Authority,
    /// Another call: what the policies' own remedies say would be permitted.
    OtherCall,
    /// The same call, written as it should be.
    Correction,
    /// The same request again, after so many seconds.
    Retry,
    /// Nothing that the agent could do: somebody has to mend the gateway or the service behind it.
    Operator,
}

impl RemedyKind {
    /// What helps against this.
    #[must_use]
    pub fn of(reason: Reason) -> Self {
        match reason.answer() {
            Answer::NoCredential | Answer::InvalidToken | Answer::InvalidCredential => {
                Self::Credential
            }
            Answer::InvalidProof | Answer::InvalidWorkloadProof | Answer::NonceWanted => {
                Self::Proof
            }
            Answer::InsufficientAuthentication => Self::Authentication,
            Answer::InsufficientScope => Self::Scopes,
            Answer::InsufficientAuthorization => Self::AuthorizationDetails,
            Answer::Judgement => Self::of_judgement(reason),
            Answer::Forbidden
            | Answer::BadRequest
            | Answer::NotJson
            | Answer::NotJsonRpc
            | Answer::UnknownMethod
            | Answer::InvalidParams
            | Answer::HeaderMismatch
            | Answer::UnsupportedRevision
            | Answer::UnsupportedVersion
            | Answer::NotFound
            | Answer::McpTaskNotFound
            | Answer::TaskNotFound
            | Answer::MethodNotAllowed
            | Answer::TooLarge
            | Answer::UnsupportedMediaType => Self::Correction,
            Answer::TooEarly | Answer::Unavailable => Self::Retry,
            Answer::Internal | Answer::BadGateway => Self::Operator,
        }
    }

    /// Judgements are of policy, or of how far a delegation goes, with its proof.
    fn of_judgement(reason: Reason) -> Self {
        let is_about_proof = matches!(
            reason,
            Reason::WarrantProofInvalid
                | Reason::WarrantProofReplayed
                | Reason::BiscuitHolderUnproven
        );
        if is_about_proof {
            Self::Proof
        } else if reason == Reason::SessionUnidentified {
            Self::Credential
        } else if reason == Reason::SessionLimitReached {
            Self::Retry
        } else if reason.facts().stage == "delegation" {
            Self::Authority
        } else {
            Self::OtherCall
        }
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Proof => "proof",
            Self::Authentication => "authentication",
            Self::Scopes => "scopes",
            Self::AuthorizationDetails => "authorization_details",
            Self::Authority => "authority",
            Self::OtherCall => "other_call",
            Self::Correction => "correction",
            Self::Retry => "retry",
            Self::Operator => "operator",
        }
    }
}

impl Serialize for RemedyKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// The whole remedy; members that say nothing are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remedy<'a> {
    /// What to look for in the rest.
    pub kind: RemedyKind,
    /// The same for people and models: what the policies say, else what the reason says.
    pub text: &'a str,
    /// All scopes that a token needs here.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub scopes: &'a [String],
    /// Classes of authentication of which one is enough.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub acr_values: &'a [String],
    /// How many seconds ago the user may have been authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// What the token's `authorization_details` have to grant; constraints are left to whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<&'a Value>,
    /// Where the metadata stands that says who issues tokens for here (RFC 9728).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_metadata: Option<&'a str>,
    /// The hop that claims more than it was given, counted from 0, and of what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widened: Option<&'a Widened>,
    /// What the policies say that refused, or that were missed by their conditions only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<OfPolicy<'a>>,
    /// The HTTP methods that are allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<&'a str>,
    /// In how many seconds to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// Where a chain widens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Widened {
    /// The hop, counted from 0, the root.
    pub hop: usize,
    /// Of what it claims more.
    pub dimension: String,
}

impl Widened {
    /// The hop that claims more than it was given, and of what.
    #[must_use]
    pub fn at(hop: usize, dimension: Dimension) -> Self {
        let dimension = dimension.to_string();
        Self { hop, dimension }
    }
}

/// One policy's own remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfPolicy<'a> {
    /// The policy's `@id`.
    pub id: &'a str,
    /// What its `@remedy` says.
    #[serde(flatten)]
    pub remedy: &'a PolicyRemedy,
}

impl<'a> Remedy<'a> {
    /// The remedy of a refusal.
    #[must_use]
    pub fn of(denial: &'a Denial) -> Self {
        let step_up = denial.step_up();
        let answer = denial.reason().answer();
        Self {
            kind: RemedyKind::of(denial.reason()),
            text: denial.remedy(),
            scopes: denial.scopes(),
            acr_values: step_up.map_or(&[], |wanted| &wanted.acr_values),
            max_age: step_up.and_then(|wanted| wanted.max_age).map(|span| span.0),
            authorization_details: denial.authorization(),
            resource_metadata: denial.resource_metadata(),
            widened: denial.widened(),
            policies: denial.notes().iter().filter_map(OfPolicy::of).collect(),
            methods: denial
                .allow()
                .map_or_else(Vec::new, |all| all.split(", ").collect()),
            retry_after: answer.retry_after().map(|span| span.0),
        }
    }
}

impl<'a> OfPolicy<'a> {
    fn of(note: &'a Arc<PolicyNote>) -> Option<Self> {
        let remedy = note.remedy.as_ref()?;
        Some(Self {
            id: &note.id,
            remedy,
        })
    }
}

#[cfg(test)]
mod tests;
