//! Stage 5: is that permitted?
//!
//! Cedar decides, by policies that were strictly validated when they were loaded. A request is permitted when at least one
//! `permit` is satisfied, no `forbid` is, and no policy failed to evaluate: in Cedar an erroring `forbid` would silently
//! vanish. Policies in shadow don't count; what they would change is said beside the verdict ([`Judgement`]).
//!
//! [`Policies::load`] once per configuration, [`Policies::prepare`] once per verified token, [`Policies::decide`] once per
//! request. How a request looks to a policy is written in `policies/bailiwick.cedarschema` ([`SCHEMA`]), how arguments do
//! in [`arguments`].

mod annotations;
pub mod arguments;
mod decide;
pub mod declared;
mod demand;
pub mod denial;
mod grants;
pub mod groups;
pub mod labels;
pub mod lint;
mod load;
pub mod load_error;
pub mod mode;
mod number;
pub mod permit;
mod place;
mod pointer;
pub mod possible;
pub mod principal;
mod recent;
pub mod remediation;
pub mod remedy;
mod scope;
pub mod session;
mod setting;
mod vocabulary;

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{Authorizer, Entities, EntityUid, Policy, PolicyId};

pub use self::decide::{Facts, Judgement, Outcome};
use self::declared::Declared;
use self::demand::Demand;
use self::denial::PolicyNote;
use self::groups::Membership;
use self::labels::Labels;
pub use self::load::PolicySource;
use self::load_error::PolicyProblem;
use self::mode::Mode;
use self::remediation::Remediation;
use self::scope::Slices;
pub use self::vocabulary::SCHEMA;
use self::vocabulary::Vocabulary;
use crate::time::UnixTime;

/// Loaded policies, ready to decide.
#[derive(Debug)]
pub struct Policies {
    authorizer: Authorizer,
    slices: Slices,
    /// Every policy in the order loaded.
    rules: Vec<Rule>,
    /// Where in `rules` a policy stands.
    index: HashMap<PolicyId, usize>,
    names: Vocabulary,
    /// The schema's action entities, with their groups.
    actions: Entities,
    membership: Membership,
    declared: Declared,
    /// Every label of the configuration.
    labels: Vec<EntityUid>,
    /// What has them, for what a credential can reach.
    labelled: Labels,
    warnings: Vec<PolicyProblem>,
    mode: Mode,
}

/// One policy and what it says about itself.
#[derive(Debug)]
struct Rule {
    policy: Policy,
    demand: Demand,
    note: Arc<PolicyNote>,
    /// It is evaluated, and doesn't count.
    is_shadow: bool,
    /// What a token needs to satisfy it, or not to be forbidden by it.
    remediation: Remediation,
}

impl Rule {
    fn looks_at_session(&self) -> bool {
        self.demand.context("session")
    }
}

impl Policies {
    /// What deserves a look but keeps nothing from working, for the operator's log.
    #[must_use]
    pub fn warnings(&self) -> &[PolicyProblem] {
        &self.warnings
    }

    /// How many policies there are; at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.rules.len()
    }

    /// How many of them are in shadow.
    #[must_use]
    pub fn count_in_shadow(&self) -> usize {
        self.rules.iter().filter(|rule| rule.is_shadow).count()
    }

    /// Does any policy that counts, at this moment, say what a token needs to satisfy it?
    #[must_use]
    pub fn ask_of_tokens(&self, now: UnixTime) -> bool {
        let asks = |rule: &Rule| !rule.is_shadow && rule.remediation.is_some();
        self.mode.is_enforced(now) && self.rules.iter().any(asks)
    }

    /// Is it recorded what would have been decided, had something counted that doesn't, at this moment?
    #[must_use]
    pub fn try_shadows(&self, now: UnixTime) -> bool {
        !self.mode.is_enforced(now) || self.count_in_shadow() != 0
    }

    /// Does any policy look at sessions, be it in shadow?
    #[must_use]
    pub fn look_at_sessions(&self) -> bool {
        self.rules.iter().any(Rule::looks_at_session)
    }

    /// Does any that counts, at this moment? Then what can't be remembered is refused.
    #[must_use]
    pub fn need_sessions(&self, now: UnixTime) -> bool {
        let counts = |rule: &Rule| !rule.is_shadow && rule.looks_at_session();
        self.mode.is_enforced(now) && self.rules.iter().any(counts)
    }

    /// The same policies with what comes of their refusals.
    #[must_use]
    pub fn in_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }
}

#[cfg(test)]
mod tests;
