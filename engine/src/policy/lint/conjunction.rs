//! Scopes and conditions that no request can meet together.

use cedar_policy::{EntityUid, Policy, PrincipalConstraint, ResourceConstraint};
use serde_json::Value as Json;

use super::{Finding, Linter};
use crate::policy::vocabulary::uid;

/// Something that must hold of the principal, or of the resource.
#[derive(Clone, PartialEq, Eq)]
enum Fact {
    Is(EntityUid),
    Within(EntityUid),
}

/// Why facts don't go together.
struct Contradiction {
    why: String,
    /// They would if a group of the configuration had other members, which a policy may be waiting for.
    for_now: bool,
}

/// Looks at the scope and at what stands in `when { .. && .. }`; whatever is not as plain as that is taken to be possible.
pub(super) fn check(
    linter: &Linter<'_>,
    at: usize,
    policy: &Policy,
    conditions: &Json,
) -> Vec<Finding> {
    let (mut of_principal, mut of_resource) = (Vec::new(), Vec::new());
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) => of_principal.push(Fact::Is(uid)),
        PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
            of_principal.push(Fact::Within(uid));
        }
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
    }
    match policy.resource_constraint() {
        ResourceConstraint::Eq(uid) => of_resource.push(Fact::Is(uid)),
        ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => {
            of_resource.push(Fact::Within(uid));
        }
        ResourceConstraint::Any | ResourceConstraint::Is(_) => {}
    }
    for condition in conditions.as_array().into_iter().flatten() {
        if condition.get("kind").and_then(Json::as_str) == Some("when") {
            let body = condition.get("body").unwrap_or(&Json::Null);
            conjuncts(body, &mut of_principal, &mut of_resource);
        }
    }
    let principal = contradiction(linter, &of_principal).map(|why| ("principal", why));
    let resource = contradiction(linter, &of_resource).map(|why| ("resource", why));
    let both = principal.into_iter().chain(resource);
    both.map(|(what, Contradiction { why, for_now })| {
        let finding = linter.never(at, policy, &format!("no {what} is {why}"));
        Finding {
            is_error: finding.is_error && !for_now,
            ..finding
        }
    })
    .collect()
}

fn conjuncts(json: &Json, of_principal: &mut Vec<Fact>, of_resource: &mut Vec<Fact>) {
    if let Some(both) = json.get("&&") {
        for side in ["left", "right"]
            .into_iter()
            .filter_map(|side| both.get(side))
        {
            conjuncts(side, of_principal, of_resource);
        }
        return;
    }
    for (operator, fact) in [("==", Fact::Is as fn(_) -> _), ("in", Fact::Within)] {
        let Some(operands) = json.get(operator) else {
            continue;
        };
        let entity = operands.pointer("/right/Value/__entity");
        let uid = entity.and_then(|of| EntityUid::from_json(of.clone()).ok());
        let variable = operands.pointer("/left/Var").and_then(Json::as_str);
        match (variable, uid) {
            (Some("principal"), Some(uid)) => of_principal.push(fact(uid)),
            (Some("resource"), Some(uid)) => of_resource.push(fact(uid)),
            _ => {}
        }
    }
}

/// Why these facts don't go together, or hold of nothing.
fn contradiction(linter: &Linter<'_>, facts: &[Fact]) -> Option<Contradiction> {
    let names = linter.names;
    let is_group =
        |of: &EntityUid| [&names.group, &names.tool_group, &names.label].contains(&of.type_name());
    let certain = |why: String| Contradiction {
        why,
        for_now: false,
    };
    let within = facts.iter().filter_map(|fact| match fact {
        Fact::Within(of) => Some(of),
        Fact::Is(_) => None,
    });
    let exactly = facts.iter().filter_map(|fact| match fact {
        Fact::Is(of) => Some(of),
        Fact::Within(_) => None,
    });
    let mut exactly = exactly.peekable();
    if let Some(one) = exactly.next() {
        let other = exactly.find(|other| *other != one);
        return other
            .map(|other| certain(format!("both `{one}` and `{other}`")))
            .or_else(|| {
                let outside = within.clone().find(|of| !is_in(linter, one, of))?;
                Some(Contradiction {
                    why: format!("`{one}` and in `{outside}`"),
                    for_now: is_group(outside),
                })
            });
    }
    // Of these each has one.
    let sole = [&names.trust_domain, &names.server];
    for kind in sole {
        let mut of_kind = within.clone().filter(|of| of.type_name() == kind);
        let first = of_kind.next();
        let second = of_kind.find(|other| Some(*other) != first);
        if let (Some(one), Some(other)) = (first, second) {
            return Some(certain(format!("both in `{one}` and in `{other}`")));
        }
    }
    let empty = within.clone().find(|of| is_empty(linter, of))?;
    Some(Contradiction {
        why: format!("in `{empty}`, which has no member"),
        for_now: true,
    })
}

/// May `one` be in `of`? True where that isn't known.
fn is_in(linter: &Linter<'_>, one: &EntityUid, of: &EntityUid) -> bool {
    let names = linter.names;
    let (kind, id) = (of.type_name(), one.id().unescaped());
    if one == of {
        return true;
    }
    if *kind == names.trust_domain || *kind == names.server {
        let scope = id.split_once('/').map(|(scope, _)| scope);
        // A scope has its `/` and `%` encoded, which an entity's own id hasn't.
        return scope.is_none_or(|scope| {
            scope.contains('%')
                || uid(kind, scope) == *of
                || of.id().unescaped().contains(['/', '%'])
        });
    }
    if *kind == names.label {
        return may_have(linter, one, of);
    }
    if *kind == names.tool_group {
        return linter.membership.of_tool(id).contains(of);
    }
    if *kind == names.group && !of.id().unescaped().contains('/') {
        return linter.membership.of_agent(id).contains(of);
    }
    // Of nothing else is anything known.
    *kind == names.group
}

/// Has `one` this label, or its server, or is it a server, of which some uses have its labels and those of its tools' answers?
fn may_have(linter: &Linter<'_>, one: &EntityUid, label: &EntityUid) -> bool {
    let (names, membership, id) = (linter.names, linter.membership, one.id().unescaped());
    if *one.type_name() == names.route {
        return membership.of_route(id).contains(label);
    }
    if *one.type_name() == names.a2a_agent {
        return membership.of_behind(id).contains(label);
    }
    if *one.type_name() == names.server && membership.of_answers(id).contains(label) {
        return true;
    }
    let server = id.split_once('/').map_or(id, |(server, _)| server);
    membership.of_tool(id).contains(label) || membership.of_server(server).contains(label)
}

fn is_empty(linter: &Linter<'_>, of: &EntityUid) -> bool {
    let (names, id) = (linter.names, of.id().unescaped());
    let members = if *of.type_name() == names.group {
        linter.groups.agents.get(id)
    } else if *of.type_name() == names.tool_group {
        linter.groups.tools.get(id)
    } else {
        None
    };
    members.is_some_and(Vec::is_empty)
}
