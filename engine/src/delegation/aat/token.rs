//! One token of a chain: first as it was presented, then with what it says, each step by itself.

use std::collections::BTreeSet;

use crate::delegation::authority::Authority;
use crate::delegation::work::Work;
use crate::digest::Digest;
use crate::identity::jose::compact::{self, Compact, CompactError};
use crate::identity::jose::jwk::{Jwk, KeyUse};
use crate::identity::jose::key::PublicKey;
use crate::json::{Object, Value};
use crate::time::UnixTime;

use super::capability::{self, CapabilitySteps, ShapeError};
use super::claims::{Claims, Unreadable};
use super::constraint::Reader;
use super::jti::bare_jti;
use super::refusal::{Fact, Part, Refusal, Refuser};
use super::rules::{Limits, Rules};
use super::step::Step;

/// The `typ` of a token.
pub(super) const TYPE: &str = "aat+jwt";

/// What a token says that its child, the call or the chain is judged by.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: String,
    pub(super) issuer: String,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) depth: u64,
    pub(super) max_depth: u64,
    /// The holder's.
    pub(super) key: PublicKey,
    pub(super) audience: Option<BTreeSet<String>>,
    /// Nothing where it has no entry that says so.
    pub(super) authority: Option<Authority>,
    /// Of its signing input: what its child and the proof name it by.
    pub(super) digest: Digest,
}

/// The steps that a root and its descendants have in common, under other labels.
pub(super) struct Steps {
    pub(super) unreadable: Unreadable,
    pub(super) id: Step,
    pub(super) holder: Step,
    pub(super) capability: CapabilitySteps,
    expired: Step,
    future: Step,
    inverted: Step,
}

/// Those of a root.
pub(super) const ROOT: Steps = Steps {
    unreadable: Unreadable {
        duplicate: Step::RootDuplicate,
        other: Step::RootUnreadable,
    },
    id: Step::RootId,
    holder: Step::RootHolder,
    capability: CapabilitySteps {
        shape: Step::RootCapability,
        constraint: Step::RootConstraint,
        cost: Step::RootConstraintCost,
    },
    expired: Step::RootExpired,
    future: Step::RootFuture,
    inverted: Step::RootInverted,
};

/// Those of any other token.
pub(super) const CHILD: Steps = Steps {
    unreadable: Unreadable {
        duplicate: Step::ChildDuplicate,
        other: Step::ChildUnreadable,
    },
    id: Step::ChildId,
    holder: Step::ChildHolder,
    capability: CapabilitySteps {
        shape: Step::ChildCapability,
        constraint: Step::ChildConstraint,
        cost: Step::ChildConstraintCost,
    },
    expired: Step::ChildExpired,
    future: Step::ChildFuture,
    inverted: Step::ChildInverted,
};

/// Steps 1 and 2: how much it is, and whether each token can be told from the others.
pub(super) fn admit<'a>(chain: &[&'a str], limits: &Limits) -> Result<Vec<Compact<'a>>, Refusal> {
    let refuser = Refuser(Part::Chain);
    if chain.is_empty() {
        return Err(refuser.at(Step::EmptyChain));
    }
    let mut total: usize = 0;
    for (place, token) in chain.iter().enumerate() {
        let length = token.len();
        if length > limits.max_token_bytes {
            return Err(Refuser(Part::Token(place)).at(Step::TokenTooLarge));
        }
        total = total.saturating_add(length);
    }
    if total > limits.max_chain_bytes {
        return Err(refuser.at(Step::ChainTooLarge));
    }
    let mut seen = BTreeSet::new();
    let mut tokens = Vec::with_capacity(chain.len());
    for (place, token) in chain.iter().enumerate() {
        let refuser = Refuser(Part::Token(place));
        let compact = Compact::decode_within(token, limits.max_token_bytes)
            .map_err(|error| refuser.with(form_step(error, place), Fact::Form(error)))?;
        let id = bare_jti(&compact.payload).ok_or_else(|| refuser.at(Step::IdUnreadable))?;
        if !seen.insert(id) {
            return Err(refuser.at(Step::IdRepeated));
        }
        tokens.push(compact);
    }
    Ok(tokens)
}

/// An empty signature is that of `none`, which is for the step that looks at the header.
const fn form_step(error: CompactError, place: usize) -> Step {
    match error {
        CompactError::EmptyPart {
            part: compact::Part::Signature,
        } if place == 0 => Step::RootHeader,
        CompactError::EmptyPart {
            part: compact::Part::Signature,
        } => Step::ChildHeader,
        CompactError::TooLong { .. }
        | CompactError::Parts { .. }
        | CompactError::EmptyPart { .. }
        | CompactError::Encoding { .. } => Step::IdUnreadable,
    }
}

/// How one token is read.
pub(super) struct Reading<'r, 'w> {
    pub(super) rules: &'r Rules,
    pub(super) steps: &'static Steps,
    pub(super) refuser: Refuser,
    pub(super) work: &'w mut Work,
    pub(super) now: UnixTime,
}

impl Reading<'_, '_> {
    /// `jti`, which isn't empty.
    pub(super) fn id(&self, claims: &Claims<'_>) -> Result<String, Refusal> {
        let id = claims.text("jti").map(str::to_owned);
        id.map_err(|fact| self.refuser.with(self.steps.id, fact))
    }

    /// The holder's public key, `cnf.jwk` (RFC 7800, section 3.2).
    pub(super) fn holder(&self, claims: &Claims<'_>) -> Result<PublicKey, Refusal> {
        let step = self.steps.holder;
        let confirmation = claims.get("cnf").and_then(Value::as_object);
        let jwk = confirmation.and_then(|cnf| cnf.get("jwk")).ok_or_else(|| {
            let (claim, expected) = ("cnf", "an object with `jwk`");
            self.refuser.with(step, Fact::Claim { claim, expected })
        })?;
        let jwk = Jwk::parse(jwk, &self.rules.algorithms, KeyUse::Signature);
        jwk.map(|jwk| jwk.key)
            .map_err(|error| self.refuser.with(step, Fact::Key(error)))
    }

    pub(super) fn not_expired(&self, expires_at: UnixTime) -> Result<(), Refusal> {
        if expires_at > self.now {
            return Ok(());
        }
        let step = self.steps.expired;
        Err(self.refuser.value(step, "exp", expires_at, self.now))
    }

    pub(super) fn not_from_future(&self, issued_at: UnixTime) -> Result<(), Refusal> {
        if issued_at <= self.now.after(self.rules.limits.max_iat_skew) {
            return Ok(());
        }
        let step = self.steps.future;
        Err(self.refuser.value(step, "iat", issued_at, self.now))
    }

    pub(super) fn not_inverted(
        &self,
        issued_at: UnixTime,
        expires_at: UnixTime,
    ) -> Result<(), Refusal> {
        if expires_at > issued_at {
            return Ok(());
        }
        let step = self.steps.inverted;
        Err(self.refuser.value(step, "exp", expires_at, issued_at))
    }

    /// The tools that the token allows, by their own entry.
    pub(super) fn tools<'o, 'a>(
        &self,
        claims: &'o Claims<'a>,
    ) -> Result<Option<&'o Object<'a>>, Refusal> {
        capability::tools(claims.get("authorization_details")).map_err(|error| self.shape(error))
    }

    pub(super) fn shape(&self, error: ShapeError) -> Refusal {
        let step = self.steps.capability.shape;
        self.refuser.with(step, Fact::Shape(error))
    }

    /// The authority over these tools.
    pub(super) fn authority(&mut self, tools: &Object<'_>) -> Result<Authority, Refusal> {
        let mut reader = Reader {
            max_depth: self.rules.limits.max_constraint_depth,
            work: self.work,
        };
        capability::authority(tools, &mut reader, self.refuser, &self.steps.capability)
    }
}
