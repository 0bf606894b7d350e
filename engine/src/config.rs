//! A gate's configuration: from JSON to the stages' own rule types, in two steps.
//!
//! First the shape: strict JSON (no duplicate names) into types that know every field there is. Then the meaning: bounds,
//! names, keys, whatever only makes sense together. Either step says where it found what, and what was probably meant:
//! ``delegation.max_depht: unknown field, did you mean `max_depth`?``.
//!
//! People write YAML; whoever reads that turns it into JSON first. `docs/configuration.md` and `docs/config.schema.json`
//! are generated from the types in `raw`.

mod check;
mod error;
mod raw;
#[cfg(feature = "schema")]
pub mod reference;
mod shape;

pub use error::{ConfigError, ConfigErrors};

use std::sync::Arc;

use crate::credential;
use crate::decision::wire::Detail;
use crate::delegation::act::{Place, TokenRules};
use crate::delegation::ceiling::Ceilings;
use crate::delegation::chain::MaxDepth;
use crate::delegation::details::ConstraintArguments;
use crate::delegation::warrant;
use crate::digest::Digest;
use crate::identity::binding::dpop;
use crate::identity::certificate::CertificateRules;
use crate::identity::issuer::Issuer;
use crate::identity::nonce::Seed;
use crate::identity::revocation::RevocationRules;
use crate::identity::signature::agent::SignatureAgent;
use crate::json;
use crate::operation::resource::ProtectedResource;
use crate::operation::route::RouteRule;
use crate::policy::PolicySource;
use crate::policy::groups::Groups;
use crate::policy::lint::surroundings::Surroundings;
use crate::policy::mode::Mode;
use crate::policy::session;
use crate::time::Seconds;

/// How much configuration is read: 4 MiB, for policies are part of it.
const LIMITS: json::Limits = json::Limits {
    max_bytes: 1 << 22,
    max_depth: 32,
    max_values: 1 << 16,
};

/// A configuration whose every part was checked. Routes and policies are checked as a whole when a gate is made of it.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// Whose tokens are accepted; no two have one name or one identifier.
    pub issuers: Vec<Issuer>,
    /// What is void before it expires.
    pub revocations: RevocationRules,
    /// Who may sign requests instead of sending a token; no two have one name or one URL.
    pub signature_agents: Vec<SignatureAgent>,
    /// Where a credential is looked for.
    pub credential: credential::Rules,
    /// Is the credential passed on to the upstream?
    pub forward_credential: bool,
    /// What is reachable.
    pub routes: Vec<RouteRule>,
    /// What the gate serves metadata of.
    pub resources: Vec<Arc<ProtectedResource>>,
    /// Which client certificates are believed.
    pub certificates: CertificateRules,
    /// Cedar policies.
    pub policies: Vec<PolicySource>,
    /// What comes of what they refuse.
    pub mode: Mode,
    /// Groups and labels that policies may name.
    pub groups: Groups,
    /// What else policies may name.
    pub surroundings: Surroundings,
    /// What is remembered of sessions, where anything is.
    pub sessions: Option<session::Rules>,
    /// What is asked of DPoP proofs.
    pub dpop: DpopRules,
    /// How far authority may be handed on.
    pub delegation: DelegationRules,
    /// Which warrants are accepted, where any are.
    pub warrants: Option<Arc<warrant::Rules>>,
    /// What a refused client is told.
    pub errors: ErrorRules,
    /// Bounds on what requests may cost, beside those of JSON bodies, which stand in each route.
    pub limits: Limits,
    /// The digest of the configuration as compact JSON, members in the order written.
    pub digest: Digest,
    loosened: Vec<String>,
}

/// What is asked of DPoP proofs.
#[derive(Clone, Debug)]
pub struct DpopRules {
    /// What each must be.
    pub proofs: dpop::Rules,
    /// How often the nonce changes.
    pub nonce_step: Seconds,
    /// What nonces are made from, where the configuration says.
    pub nonce_secret: Option<Seed>,
    /// How many used proofs are remembered.
    pub replay_entries: usize,
    /// Is the scheme offered to those that have not used it?
    pub offered: bool,
}

/// How far authority may be handed on.
#[derive(Clone, Debug)]
pub struct DelegationRules {
    /// How many actors a chain may name.
    pub max_depth: MaxDepth,
    /// What parties may never exceed.
    pub ceilings: Ceilings,
    /// Which arguments the constraints of `authorization_details` are about.
    pub constraint_arguments: ConstraintArguments,
    /// May the hash of a token's mission be that of more authority than the token states?
    pub mission_parts_ok: bool,
}

impl DelegationRules {
    /// What the chains of access tokens are judged by that are used at a place.
    #[must_use]
    pub const fn at<'a>(&'a self, place: Place<'a>) -> TokenRules<'a> {
        TokenRules {
            max_depth: self.max_depth,
            ceilings: &self.ceilings,
            arguments: &self.constraint_arguments,
            mission_parts_ok: self.mission_parts_ok,
            place,
        }
    }
}

/// What a refused client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRules {
    /// How much.
    pub detail: Detail,
    /// The protection space of challenges; fit for a header.
    pub realm: String,
}

/// Bounds on what requests may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many requests may wait for keys at once in one worker.
    pub waiting: usize,
    /// How long a request may wait for keys.
    pub key_wait: Seconds,
    /// How many verified tokens one worker remembers.
    pub tokens: usize,
}

impl GateConfig {
    /// One line for each default that protects and was given up, with its path, for the operator's log.
    #[must_use]
    pub fn loosened(&self) -> &[String] {
        &self.loosened
    }
}

/// Reads and checks a configuration.
///
/// # Errors
///
/// Everything that is wrong with it, each with its path. Where the shape is wrong already, the meaning isn't looked at.
pub fn from_json(bytes: &[u8]) -> Result<GateConfig, ConfigErrors> {
    let whole = |message| {
        ConfigErrors(vec![ConfigError {
            path: String::new(),
            message,
            suggestion: None,
        }])
    };
    let value = json::parse(bytes, &LIMITS).map_err(|error| whole(error.to_string()))?;
    if value.as_object().is_none() {
        return Err(whole(format!("expected an object, found {}", value.kind())));
    }
    let digest = Digest::of(value.to_string().as_bytes());
    let raw = shape::read(value).map_err(ConfigErrors)?;
    check::check(raw, digest)
}

#[cfg(test)]
mod tests;
