//! On whose behalf, in Cedar's terms: `context.delegation`, `context.warrant` and `context.mission`.

use std::collections::BTreeSet;

use cedar_policy::{Entity, EntityUid, RestrictedExpression};

use super::{Party, entity, moment, text};
use crate::delegation::attenuation::Attenuation;
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, Vouched};
use crate::delegation::mission::Mission;
use crate::identity::caller::Caller;
use crate::policy::denial::PolicyDenial;
use crate::policy::vocabulary::{Vocabulary, uid};

/// The delegation of a caller, as the entity of that name.
pub(in crate::policy) fn delegation(
    of: &EntityUid,
    names: &Vocabulary,
    caller: &Caller,
    chain: &Chain,
) -> Result<Entity, PolicyDenial> {
    let hops = chain.hops();
    let (root_issuer, root_subject) = hops
        .first()
        .map_or((&caller.issuer, &caller.subject), |root| {
            (&root.issuer, &root.subject)
        });
    let root = record([
        ("issuer", text(root_issuer)),
        ("subject", text(root_subject)),
    ])?;
    let actors = hops.iter().skip(1).map(|hop| agent(names, caller, hop));
    let issuers: BTreeSet<_> = hops.iter().map(|hop| hop.issuer.as_str()).collect();
    let formats: BTreeSet<_> = hops.iter().map(|hop| hop.format.name()).collect();
    let set = |texts: BTreeSet<&str>| RestrictedExpression::new_set(texts.into_iter().map(text));
    let first_issued = hops.iter().filter_map(|hop| hop.lifetime.issued_at);
    let first_issued = first_issued.chain(caller.issued_at).min();
    let first_expires = hops.iter().filter_map(|hop| hop.lifetime.expires_at);
    let first_expires = first_expires.fold(caller.expires_at, std::cmp::min);
    let mut attributes = vec![
        ("depth", number(hops.len().saturating_sub(1))),
        ("verdict", text(chain.attenuation().name())),
        ("root", root),
        ("human", RestrictedExpression::new_bool(caller.is_person)),
        ("actors", RestrictedExpression::new_set(actors)),
        ("issuers", set(issuers)),
        ("formats", set(formats)),
        ("expires_at", moment(first_expires)),
    ];
    attributes.extend(first_issued.map(|at| ("issued_at", moment(at))));
    if let Attenuation::Unproven { hop, why } = chain.attenuation() {
        let weakest = record([("hop", number(*hop)), ("why", text(why.name()))])?;
        attributes.push(("unproven", weakest));
    }
    let tags = hops.iter().enumerate().map(|(place, hop)| {
        let record = of_hop(names, caller, place, hop)?;
        Ok((place.to_string(), record))
    });
    let tags = tags.collect::<Result<Vec<_>, PolicyDenial>>()?;
    entity(of.clone(), attributes, [], tags)
}

/// `context.mission`
pub(super) fn mission(names: &Vocabulary, mission: &Mission) -> Result<Entity, PolicyDenial> {
    let attributes = [
        ("id", text(&mission.id)),
        ("issuer", text(&mission.issuer)),
        ("authority", text(&mission.authority_hash.to_base64url())),
        ("whole", RestrictedExpression::new_bool(mission.is_whole)),
    ];
    entity(names.mission.clone(), attributes, [], [])
}

fn of_hop(
    names: &Vocabulary,
    caller: &Caller,
    place: usize,
    hop: &Hop,
) -> Result<RestrictedExpression, PolicyDenial> {
    let verified = RestrictedExpression::new_bool(hop.vouched == Vouched::ByIssuer);
    let mut fields = vec![
        ("issuer", text(&hop.issuer)),
        ("subject", text(&hop.subject)),
        ("format", text(hop.format.name())),
        ("verified", verified),
    ];
    if place > 0 {
        fields.push(("agent", agent(names, caller, hop)));
    }
    let lifetime = &hop.lifetime;
    fields.extend(lifetime.issued_at.map(|at| ("issued_at", moment(at))));
    fields.extend(lifetime.expires_at.map(|at| ("expires_at", moment(at))));
    record(fields)
}

fn agent(names: &Vocabulary, caller: &Caller, hop: &Hop) -> RestrictedExpression {
    let id = Party::of_hop(caller, hop).id();
    RestrictedExpression::new_entity_uid(uid(&names.agent, &id))
}

fn record(
    fields: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
) -> Result<RestrictedExpression, PolicyDenial> {
    let fields = fields.into_iter();
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    RestrictedExpression::new_record(fields).map_err(|_| PolicyDenial::UNPRESENTABLE)
}

fn number(of: usize) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(of).unwrap_or(i64::MAX))
}
