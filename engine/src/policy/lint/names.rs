//! Names of things that the configuration doesn't have.

use cedar_policy::{EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use super::{Finding, Linter};
use crate::policy::groups::is_scoped;
use crate::policy::load_error::ProblemKind;
use crate::policy::vocabulary::reached;
use crate::suggestion::nearest;

/// A name that isn't there.
struct Unknown {
    why: String,
    /// There is one much like it. What isn't there at all can't be reached either, and a policy for it may be shared with a gate
    /// that has it; what is mistyped leaves open what a `forbid` is for.
    is_mistyped: bool,
}

/// A name in a scope leaves the policy without reach; one in a condition is told.
pub(super) fn check(linter: &Linter<'_>, at: usize, policy: &Policy) -> Vec<Finding> {
    let of_scope = scope(policy);
    policy
        .entity_literals()
        .iter()
        .filter_map(|uid| {
            if let Some(message) = impossible(linter, uid) {
                let wrong = Finding::warning(at, ProblemKind::Suspicious, message);
                let is_error = true;
                return Some(Finding { is_error, ..wrong }.about(uid));
            }
            let Unknown { why, is_mistyped } = unknown(linter, uid)?;
            Some(if of_scope.contains(uid) {
                let finding = linter.never(at, policy, &why).about(uid);
                Finding {
                    is_error: finding.is_error && is_mistyped,
                    ..finding
                }
            } else {
                Finding::warning(at, ProblemKind::UnknownName, why).about(uid)
            })
        })
        .collect()
}

fn scope(policy: &Policy) -> Vec<EntityUid> {
    let principal = match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid)
        | PrincipalConstraint::In(uid)
        | PrincipalConstraint::IsIn(_, uid) => Some(uid),
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => None,
    };
    let resource = match policy.resource_constraint() {
        ResourceConstraint::Eq(uid)
        | ResourceConstraint::In(uid)
        | ResourceConstraint::IsIn(_, uid) => Some(uid),
        ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
    };
    principal.into_iter().chain(resource).collect()
}

/// What no configuration could have, and groups that this one doesn't.
fn impossible(linter: &Linter<'_>, uid: &EntityUid) -> Option<String> {
    let (names, groups) = (linter.names, linter.groups);
    let (kind, id) = (uid.type_name(), uid.id().unescaped());
    if let Some(path) = reached(&kind.to_string()) {
        return Some(format!("`{uid}` is reached by `{path}` only"));
    }
    if *kind == names.agent || *kind == names.user {
        return (!is_scoped(id))
            .then(|| format!("`{uid}` never matches, write `{kind}::\"<trust domain>/<name>\"`"));
    }
    if *kind == names.tool {
        return (!is_scoped(id))
            .then(|| format!("`{uid}` never matches, write `Tool::\"<server>/<tool>\"`"));
    }
    if *kind == names.group && !id.contains('/') {
        let hint = "a group that tokens state is written `Group::\"<trust domain>/<name>\"`";
        return missing(uid, id, groups.agents.keys(), hint).map(|of| of.why);
    }
    if *kind == names.tool_group {
        let hint = "groups of tools stand in the configuration";
        return missing(uid, id, groups.tools.keys(), hint).map(|of| of.why);
    }
    None
}

/// What this configuration doesn't have.
fn unknown(linter: &Linter<'_>, uid: &EntityUid) -> Option<Unknown> {
    let (names, around) = (linter.names, linter.surroundings);
    let (kind, id) = (uid.type_name(), uid.id().unescaped());
    if *kind == names.trust_domain {
        return domain(linter, uid, id);
    }
    if *kind == names.agent || *kind == names.user || *kind == names.group {
        let (of, _) = id.split_once('/')?;
        return domain(linter, uid, of);
    }
    if *kind == names.server {
        let servers = around.servers.as_ref()?;
        let hint = "MCP servers stand in the routes";
        return missing(uid, id, servers.keys(), hint);
    }
    if *kind == names.a2a_agent {
        let hint = "A2A agents stand in the routes";
        return missing(uid, id, around.agents.as_ref()?.iter(), hint);
    }
    if *kind == names.route {
        let hint = "operations stand in the routes";
        return missing(uid, id, around.routes.as_ref()?.iter(), hint);
    }
    if *kind == names.label {
        let hint = "no tool, server or route has it in `labels`";
        return missing(uid, id, around.labels.as_ref()?.iter(), hint);
    }
    if *kind == names.tool {
        let servers = around.servers.as_ref()?;
        let (server, tool) = id.split_once('/')?;
        let hint = "MCP servers stand in the routes";
        let missing_server = missing(uid, server, servers.keys(), hint);
        return missing_server.or_else(|| {
            let tools = servers.get(server)?.as_ref()?;
            let hint = format!("`{server}` lists its tools, and this is none of them");
            missing(uid, tool, tools.iter(), &hint)
        });
    }
    None
}

/// A trust domain, or what an issuer of one says of somebody else's: `<trust domain>><issuer>`.
fn domain(linter: &Linter<'_>, uid: &EntityUid, id: &str) -> Option<Unknown> {
    let known = linter.surroundings.trust_domains.as_ref()?;
    let own = id.split_once('>').map_or(id, |(own, _)| own);
    let hint = "trust domains are the names of the configured issuers";
    missing(uid, own, known.iter(), hint)
}

fn missing<'g>(
    uid: &EntityUid,
    name: &str,
    configured: impl Iterator<Item = &'g String> + Clone,
    hint: &str,
) -> Option<Unknown> {
    if configured.clone().any(|known| known == name) {
        return None;
    }
    let meant = nearest(name, configured.map(String::as_str));
    Some(Unknown {
        is_mistyped: meant.is_some(),
        why: match meant {
            Some(known) => format!("`{uid}` is not configured, did you mean `{known}`?"),
            None => format!("`{uid}` is not configured; {hint}"),
        },
    })
}
