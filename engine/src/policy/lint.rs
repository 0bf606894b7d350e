//! Policies that fit the schema, and still can't mean what they say.

use cedar_policy::{EntityUid, Policy};

use super::groups::{Groups, is_scoped};
use super::vocabulary::Vocabulary;
use crate::suggestion::nearest;

/// What is wrong with the entities that a policy names.
pub(super) fn entities(names: &Vocabulary, groups: &Groups, policy: &Policy) -> Vec<String> {
    policy
        .entity_literals()
        .iter()
        .filter_map(|uid| entity(names, groups, uid))
        .collect()
}

fn entity(names: &Vocabulary, groups: &Groups, uid: &EntityUid) -> Option<String> {
    let (kind, id) = (uid.type_name(), uid.id().unescaped());
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
        return unknown(uid, groups.agents.keys(), hint);
    }
    if *kind == names.tool_group {
        return unknown(
            uid,
            groups.tools.keys(),
            "groups of tools stand in the configuration",
        );
    }
    None
}

fn unknown<'g>(
    uid: &EntityUid,
    configured: impl Iterator<Item = &'g String> + Clone,
    hint: &str,
) -> Option<String> {
    let id = uid.id().unescaped();
    if configured.clone().any(|name| name == id) {
        return None;
    }
    Some(match nearest(id, configured.map(String::as_str)) {
        Some(known) => format!("`{uid}` is not configured, did you mean `{known}`?"),
        None => format!("`{uid}` is not configured; {hint}"),
    })
}
