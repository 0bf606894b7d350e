//! What a token grants, and to whom, in the form that all formats share.
//!
//! Facts of the authority block grant: `tool(name)` any call of a tool, `right(resource, action)` an action on a resource,
//! `scope(name)` a scope; the names can be configured. A fact of such a name with other terms grants nothing, and neither do
//! facts that rules derive or that later blocks state. What isn't granted isn't allowed: a token whose authority block grants
//! tools only reaches no resource.
//!
//! Each block is a hop with the grants of the authority block and all checks up to its own, so that narrowing is proven by
//! construction. A hop lasts until the earliest time that a check names in the form `time($t), $t < date` (or `<=`), alone or
//! among other conditions; other checks about time are asked for each call and tell no lifetime.

use std::collections::{BTreeMap, BTreeSet};

use super::ambient;
use super::plan::{Block, Plan, Value};
use super::revocation::RevocationId;
use super::roots::ThirdParties;
use crate::delegation::arguments::ArgumentMap;
use crate::delegation::authority::{Authority, Extent};
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, HopFormat, Lifetime, Vouched};
use crate::delegation::work::Work;
use crate::time::UnixTime;

/// Names of facts in the authority block that have a meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `tool(name)`: the tool may be called.
    pub tool: String,
    /// `right(resource, action)`: the action may be done to the resource.
    pub right: String,
    /// `scope(name)`: the scope may be used.
    pub scope: String,
    /// `user(name)`: on whose behalf all this is.
    pub subject: String,
    /// `agent(name)`: who acts.
    pub agent: String,
    /// `holder(thumbprint)`: the key that whoever uses the token has to prove.
    pub holder: String,
    /// `audience(name)`: who accepts the token.
    pub audience: String,
}

impl Default for Names {
    /// `tool`, `right`, `scope`, `user`, `agent`, `holder`, `audience`.
    fn default() -> Self {
        Self {
            tool: "tool".to_owned(),
            right: "right".to_owned(),
            scope: "scope".to_owned(),
            subject: "user".to_owned(),
            agent: "agent".to_owned(),
            holder: "holder".to_owned(),
            audience: "audience".to_owned(),
        }
    }
}

impl Names {
    pub(super) fn validate(&self) -> Result<(), NamesError> {
        let mut seen = BTreeSet::new();
        for name in [
            &self.tool,
            &self.right,
            &self.scope,
            &self.subject,
            &self.agent,
            &self.holder,
            &self.audience,
        ] {
            if ambient::NAMES.contains(&name.as_str()) {
                return Err(NamesError::Reserved { name: name.clone() });
            }
            if !seen.insert(name) {
                return Err(NamesError::Repeated { name: name.clone() });
            }
        }
        Ok(())
    }
}

/// Why facts can't be named so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// The gate states facts of this name about calls.
    #[error("`{name}` is what the gate says about a call: grant by facts of another name")]
    Reserved {
        /// The name.
        name: String,
    },
    /// Facts of this name are to mean two things.
    #[error("`{name}` is to mean two things: name each differently")]
    Repeated {
        /// The name.
        name: String,
    },
}

/// What a token may be used for whose authority block grants nothing by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unstated {
    /// Nothing.
    #[default]
    Nothing,
    /// Whatever its checks and policy let pass.
    Everything,
}

/// What a token's grants are read by.
pub(super) struct Grants<'a> {
    pub(super) names: &'a Names,
    pub(super) unstated: Unstated,
    pub(super) issuer: &'a str,
    pub(super) third_parties: &'a ThirdParties,
}

impl Grants<'_> {
    /// The chain of all blocks, the authority block first.
    ///
    /// The root is whom the authority block names as subject, or where it names nobody, the block's revocation id. Whoever
    /// added a block later has no name, unless a third party signed it.
    pub(super) fn chain(&self, plan: &Plan, ids: &[RevocationId], user: Option<&str>) -> Chain {
        let id = || ids.first().map(RevocationId::as_str);
        let subject = user.or_else(id);
        let audience: BTreeSet<_> = texts(plan, &self.names.audience)
            .map(str::to_owned)
            .collect();
        let audience = (!audience.is_empty()).then_some(audience);
        let mut authority = self.authority(plan);
        let mut expires_at = None;
        let mut hops = Vec::with_capacity(plan.blocks.len());
        for (number, block) in plan.blocks.iter().enumerate() {
            // The same text in another block is another check: it is about other facts.
            let checks = block.checks.iter();
            let checks = checks.map(|check| format!("block {number}: {check}"));
            authority = authority.with_checks(checks);
            let ends = block.expires_at.map(UnixTime);
            expires_at = [expires_at, ends].into_iter().flatten().min();
            let subject = subject.filter(|_| number == 0);
            hops.push(Hop {
                audience: audience.clone(),
                lifetime: Lifetime {
                    issued_at: None,
                    expires_at,
                },
                authority: Some(authority.clone()),
                ..self.party(number, block, subject)
            });
        }
        Chain::new(hops, &mut Work::default())
    }

    fn party(&self, number: usize, block: &Block, subject: Option<&str>) -> Hop {
        let third_party = block.third_party.as_ref();
        let third_party = third_party.and_then(|key| self.third_parties.name_of(&key.0));
        let (issuer, subject, vouched) = match (subject, third_party) {
            (Some(subject), _) => (self.issuer, subject.to_owned(), Vouched::ByIssuer),
            (None, Some(name)) => (name, name.to_owned(), Vouched::ByIssuer),
            (None, None) => (self.issuer, format!("block {number}"), Vouched::ByAnother),
        };
        Hop::of(issuer.to_owned(), subject, HopFormat::Biscuit, vouched)
    }

    fn authority(&self, plan: &Plan) -> Authority {
        let tools: BTreeMap<_, _> = texts(plan, &self.names.tool)
            .map(|tool| (tool.to_owned(), ArgumentMap::any()))
            .collect();
        let mut resources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for values in plan.stated_by_authority(&self.names.right) {
            if let [Value::Text(resource), Value::Text(action)] = values {
                let actions = resources.entry(resource.clone()).or_default();
                actions.insert(action.clone());
            }
        }
        let scopes: BTreeSet<_> = texts(plan, &self.names.scope).map(str::to_owned).collect();
        if tools.is_empty() && resources.is_empty() && scopes.is_empty() {
            return match self.unstated {
                Unstated::Nothing => Authority::bottom(),
                Unstated::Everything => Authority::top(),
            };
        }
        Authority::new(
            Extent::Limited(tools),
            Extent::Limited(resources),
            Extent::Limited(scopes),
            BTreeSet::new(),
        )
    }
}

/// The one text of the facts of this name, if there is any; `Err` where there are several.
pub(super) fn only_text<'p>(plan: &'p Plan, name: &str) -> Result<Option<&'p str>, Several> {
    let mut texts = texts(plan, name);
    match (texts.next(), texts.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => Err(Several),
    }
}

/// There are several where there may be one.
#[derive(Debug)]
pub(super) struct Several;

/// The texts of the facts of this name that have one, and nothing else.
fn texts<'p>(plan: &'p Plan, name: &str) -> impl Iterator<Item = &'p str> {
    let facts = plan.stated_by_authority(name);
    facts.filter_map(|values| match values {
        [Value::Text(text)] => Some(text.as_str()),
        _ => None,
    })
}
