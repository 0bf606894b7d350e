//! Could something be permitted of which not everything is known? For lists of what a caller may use, where the arguments of a
//! call, for one, are still to come.
//!
//! **The rule.** A policy that doesn't look at what isn't known counts as it does for a call. Of a `permit` that does, those of its
//! conditions count that don't, as far as they are joined by `&&` (in an `unless`, by `||`); the others are taken to hold. A
//! `forbid` that does is taken not to. So whatever would be permitted with *some* arguments could be permitted; but not everything
//! that could be is: two conditions on arguments may go against each other, and each argument against a `forbid`.
//!
//! What only a fresher login or another scope stands in the way of (`@step_up`, `@scopes`) could be permitted: the call is
//! answered by the challenge that says so.

use std::rc::Rc;

use cedar_policy::{Decision, Effect, Policy, PolicyId, ResourceConstraint};
use serde_json::{Map, Value as Json};

use super::decide::Facts;
use super::demand::Demand;
use super::denial::PolicyDenial;
use super::principal::Principal;
use super::scope::{Slice, applies_to_action};
use super::vocabulary::scoped;
use super::{Policies, Rule};
use crate::operation::{Operation, Resource};

/// What isn't known of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// What a tool would be called with.
    pub arguments: bool,
    /// By which warrant, if any, the call would be allowed.
    pub warrant: bool,
    /// Which resource a template would stand for; the operation has the template in its place.
    pub resource: bool,
}

impl Policies {
    /// Could `operation` be permitted to `principal`, whatever isn't known turning out as it may? Always, where the gate is in
    /// shadow.
    #[must_use]
    pub fn could_permit(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
        unknown: Unknown,
    ) -> bool {
        if !self.mode.is_enforced(facts.now) || (unknown.resource && self.is_within(operation)) {
            return true;
        }
        // Not by way of what is remembered for calls: a list names many things, and few of them are used.
        let Ok(place) = self.place(principal, operation) else {
            return false;
        };
        let Some(slice) = place.slice.outlined(&self.rules, unknown) else {
            return false;
        };
        // So it is with most of what lists name, and Cedar would take longer to say the same.
        if let Some(decision) = slice.by_scope {
            return decision == Decision::Allow;
        }
        let Ok(setting) = self.setting_at(principal, operation, place) else {
            return false;
        };
        let answer = self
            .question(&setting, &slice, principal, operation, facts)
            .and_then(|question| self.answer(&question, &slice, facts.now));
        match answer {
            Ok(_) | Err(PolicyDenial::Remediable { .. }) => true,
            // A `permit` may have lost what guards the rest of it.
            Err(PolicyDenial::EvaluationFailed { failed }) => {
                let is_open = |id: &String| {
                    let at = self.index.get(&PolicyId::new(id));
                    let rule = at.and_then(|at| self.rules.get(*at));
                    rule.is_some_and(|rule| unknown.is_looked_at(&rule.policy))
                };
                !failed.is_empty() && failed.iter().all(|note| is_open(&note.id))
            }
            Err(
                PolicyDenial::NoPermit { .. }
                | PolicyDenial::Forbidden { .. }
                | PolicyDenial::OutsideIntent { .. }
                | PolicyDenial::Session(_)
                | PolicyDenial::ArgumentRespelled { .. }
                | PolicyDenial::ArgumentsTooLarge { .. },
            ) => false,
        }
    }

    /// Is there a `permit` for one resource that a template could stand for, by what stands before its first variable?
    fn is_within(&self, operation: &Operation<'_>) -> bool {
        let Resource::McpResource { server, uri } = &operation.resource else {
            return false;
        };
        let literal = uri.split('{').next().unwrap_or_default();
        let beginning = scoped(server, literal);
        let action = self.names.action(operation.action);
        let could_be = |rule: &Rule| {
            let names_one = match rule.policy.resource_constraint() {
                // Nothing but itself is in a resource.
                ResourceConstraint::Eq(uid)
                | ResourceConstraint::In(uid)
                | ResourceConstraint::IsIn(_, uid) => uid.id().unescaped().starts_with(&beginning),
                ResourceConstraint::Any | ResourceConstraint::Is(_) => false,
            };
            names_one
                && !rule.is_shadow
                && rule.policy.effect() == Effect::Permit
                && applies_to_action(&rule.policy, action, &self.actions)
        };
        self.rules.iter().any(could_be)
    }
}

impl Slice {
    /// The same policies as far as they don't look at what isn't known; itself, where none does.
    fn outlined(self: &Rc<Self>, all: &[Rule], unknown: Unknown) -> Option<Rc<Self>> {
        let may_look = |at: &usize| {
            let rule = all.get(*at);
            rule.is_some_and(|rule| unknown.may_concern(&rule.demand))
        };
        if !self.rules.iter().any(may_look) {
            return Some(Rc::clone(self));
        }
        let known = |outlines: &[(Unknown, Rc<Self>)]| {
            let known = outlines.iter().find(|(of, _)| *of == unknown);
            known.map(|(_, outline)| Rc::clone(outline))
        };
        if let Some(outline) = known(&self.outlines.borrow()) {
            return Some(outline);
        }
        let policies = self.rules.iter().filter_map(|at| {
            let outline = unknown.outline(&all.get(*at)?.policy)?;
            Some((*at, outline))
        });
        let outline = Rc::new(Self::of_policies(policies.collect()).ok()?);
        let mut outlines = self.outlines.borrow_mut();
        outlines.push((unknown, Rc::clone(&outline)));
        Some(outline)
    }
}

impl Unknown {
    /// Could a policy look at it that looks at this?
    fn may_concern(self, demand: &Demand) -> bool {
        self.resource
            || (self.arguments && demand.may_read("arguments"))
            || (self.warrant && demand.may_read("warrant"))
    }

    /// Does a policy look at it? One that can't be read is taken to look at everything.
    fn is_looked_at(self, policy: &Policy) -> bool {
        let json = policy.to_json().ok();
        let conditions = json.as_ref().and_then(|json| json.get("conditions"));
        conditions.is_none_or(|conditions| self.is_in(conditions))
    }

    /// What stays of a policy; nothing of a `forbid` that looks at what isn't known.
    fn outline(self, policy: &Policy) -> Option<Policy> {
        if !self.is_looked_at(policy) {
            return Some(policy.clone());
        }
        if policy.effect() == Effect::Forbid {
            return None;
        }
        let mut json = policy.to_json().ok()?;
        let conditions = json.get_mut("conditions")?.as_array_mut()?;
        for condition in conditions.iter_mut() {
            let is_when = condition.get("kind").and_then(Json::as_str) == Some("when");
            let (joint, neutral) = if is_when { ("&&", true) } else { ("||", false) };
            let body = condition.get_mut("body")?;
            let whole = body.take();
            *body = self
                .known_of(whole, joint)
                .unwrap_or_else(|| serde_json::json!({ "Value": neutral }));
        }
        Policy::from_json(Some(policy.id().clone()), json).ok()
    }

    /// What doesn't look at it, of what is joined by this operator.
    fn known_of(self, expression: Json, joint: &str) -> Option<Json> {
        if !self.is_in(&expression) {
            return Some(expression);
        }
        let Json::Object(mut members) = expression else {
            return None;
        };
        let Some(Json::Object(mut operands)) = members.remove(joint) else {
            return None;
        };
        let mut side = |name| self.known_of(operands.remove(name)?, joint);
        match (side("left"), side("right")) {
            (Some(left), Some(right)) => {
                let operands = serde_json::json!({ "left": left, "right": right });
                Some(Json::Object(Map::from_iter([(joint.to_owned(), operands)])))
            }
            (one, other) => one.or(other),
        }
    }

    /// Does an expression in Cedar's JSON format look at it, or at everything?
    fn is_in(self, expression: &Json) -> bool {
        match expression {
            Json::Array(elements) => elements.iter().any(|element| self.is_in(element)),
            Json::Object(members) => {
                members
                    .iter()
                    .any(|(operator, operands)| match (operator.as_str(), operands) {
                        ("Value", value) => self.has_entity(value),
                        ("Record", Json::Object(fields)) => {
                            fields.values().any(|field| self.is_in(field))
                        }
                        ("Var", Json::String(name)) => {
                            name == "context" || (self.resource && name == "resource")
                        }
                        ("." | "has", _) if is_context(operands.get("left")) => {
                            self.is_named(operands.get("attr"))
                        }
                        (_, operands) => self.is_in(operands),
                    })
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
        }
    }

    /// Is it the attribute of the context that is named?
    fn is_named(self, attribute: Option<&Json>) -> bool {
        let first = match attribute {
            Some(Json::Array(path)) => path.first(),
            other => other,
        };
        match first.and_then(Json::as_str) {
            Some("arguments") => self.arguments,
            Some("warrant") => self.warrant,
            Some(_) => false,
            None => true,
        }
    }

    /// Is one of the entities in it that stand for what a call brings, by its own name?
    fn has_entity(self, value: &Json) -> bool {
        match value {
            Json::Array(elements) => elements.iter().any(|element| self.has_entity(element)),
            Json::Object(members) => members.iter().any(|(name, member)| {
                let kind = member.get("type").and_then(Json::as_str);
                match (name.as_str(), kind) {
                    ("__entity", Some("Arguments")) => self.arguments,
                    ("__entity", Some("Delegation")) => self.warrant,
                    _ => self.has_entity(member),
                }
            }),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
        }
    }
}

fn is_context(expression: Option<&Json>) -> bool {
    let name = expression.and_then(|expression| expression.get("Var"));
    name.and_then(Json::as_str) == Some("context")
}

#[cfg(test)]
mod tests;
