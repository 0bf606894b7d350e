//! Who asks, in Cedar's terms: made once per verified token and kept with it.

pub(super) mod delegated;

use std::collections::HashSet;

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};

use super::Policies;
use super::decide::Verdict;
use super::denial::PolicyDenial;
use super::grants;
use super::recent::Recent;
use super::scope::Matching;
use super::setting::Setting;
use super::vocabulary::{Vocabulary, scoped, uid};
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, HopFormat};
use crate::identity::caller::Caller;
use crate::time::UnixTime;

/// The acting agent with everything that policies can know from its token alone.
///
/// Made by [`super::Policies::prepare`], and of use only to the policies that made it.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) agent: EntityUid,
    pub(super) user: Option<EntityUid>,
    /// Is the token bound to a mission?
    pub(super) has_mission: bool,
    /// Does its credential say what the work is?
    pub(super) has_intent: bool,
    /// The agent, the user, the token, the caller, the delegation, what it grants, the mission and the intent.
    pub(super) entities: Entities,
    /// Which constraints of scopes hold for the agent.
    pub(super) matching: Matching,
    /// What is known of an action and a resource beside all that.
    pub(super) settings: Recent<Setting>,
    /// What was decided where nothing else of a request counts.
    pub(super) verdicts: Recent<Verdict>,
}

impl Principal {
    /// The agent's id in policies: `<trust domain>/<name>`.
    #[must_use]
    pub fn agent(&self) -> &str {
        self.agent.id().unescaped()
    }

    /// The user's id in policies, where the token is about one: `<trust domain>/<name>`.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.id().unescaped())
    }

    pub(super) fn new(
        policies: &Policies,
        caller: &Caller,
        chain: &Chain,
    ) -> Result<Self, PolicyDenial> {
        let names = &policies.names;
        let agent = Party::agent(caller, chain);
        let user = Party::user(caller, chain, &agent);
        let stated = caller
            .groups
            .iter()
            .map(|group| uid(&names.group, &scoped(&caller.domain.0, group)));
        let (of_user, of_agent): (Vec<_>, Vec<_>) = stated.partition(|_| user.is_some());

        let agent_id = agent.id();
        let configured = policies.membership.of_agent(&agent_id).iter().cloned();
        let agent_uid = uid(&names.agent, &agent_id);
        let within = agent.within(names, of_agent.into_iter().chain(configured));
        let matching = policies.slices.of_principal(&agent_uid, &within);
        let mut entities = vec![
            agent.entity(agent_uid.clone(), within)?,
            token(names, caller)?,
            workload_and_job(names, caller)?,
            delegated::delegation(&names.delegation, names, caller, chain)?,
            grants::grants(policies, caller, chain)?,
        ];
        if let Some(mission) = chain.mission() {
            entities.push(delegated::mission(names, mission)?);
        }
        if caller.declares_intent() {
            entities.push(intent(names, caller)?);
        }
        let mut user_uid = None;
        if let Some(user) = user {
            let of = uid(&names.user, &user.id());
            entities.push(user.entity(of.clone(), user.within(names, of_user))?);
            user_uid = Some(of);
        }
        Ok(Self {
            agent: agent_uid,
            user: user_uid,
            has_mission: chain.mission().is_some(),
            has_intent: caller.declares_intent(),
            entities: Entities::from_entities(entities, None)
                .map_err(|_| PolicyDenial::UNPRESENTABLE)?,
            matching,
            settings: Recent::default(),
            verdicts: Recent::default(),
        })
    }
}

/// A party within a trust domain.
#[derive(PartialEq, Eq)]
pub(super) struct Party<'a> {
    domain: String,
    name: &'a str,
}

impl<'a> Party<'a> {
    /// The agent that acts: the last actor; where authority wasn't handed on, whom the claims mapping names, or else the
    /// token's subject.
    fn agent(caller: &'a Caller, chain: &'a Chain) -> Self {
        match chain.hops().last() {
            Some(hop) if hop.format == HopFormat::Act => Self::of_hop(caller, hop),
            _ => Self::own(caller, caller.agent.as_deref().unwrap_or(&caller.subject)),
        }
    }

    /// On whose behalf it acts: whom the claims mapping names, or else where the delegation began. Nobody where that is the
    /// agent itself, as in a client's own token (RFC 9068, section 2.2: `sub` is the client then).
    fn user(caller: &'a Caller, chain: &'a Chain, agent: &Self) -> Option<Self> {
        let user = match (&caller.user, chain.hops()) {
            (Some(user), _) => Self::own(caller, user),
            // The root of other formats is a key to which an issuer gave authority, and nobody's user.
            (None, [root, _, ..]) if root.format == HopFormat::Subject => {
                Self::of_hop(caller, root)
            }
            (None, _) => return None,
        };
        (user != *agent).then_some(user)
    }

    /// Whom the token is about.
    pub(super) fn subject(caller: &'a Caller) -> Self {
        Self::own(caller, &caller.subject)
    }

    fn own(caller: &Caller, name: &'a str) -> Self {
        Self {
            domain: caller.domain.0.to_string(),
            name,
        }
    }

    /// A party that another issuer names is in no configured trust domain, even though the token's issuer vouches for it:
    /// or else an issuer could be made to speak for a name of its own by naming a stranger of the same name. A key has the same
    /// name whoever names it.
    fn of_hop(caller: &Caller, hop: &'a Hop) -> Self {
        if hop.issuer == caller.issuer || hop.format == HopFormat::Aat {
            return Self::own(caller, &hop.subject);
        }
        Self {
            domain: format!("{}>{}", caller.domain.0, hop.issuer),
            name: &hop.subject,
        }
    }

    pub(super) fn id(&self) -> String {
        scoped(&self.domain, self.name)
    }

    /// What it is in: its trust domain, and these groups.
    pub(super) fn within(
        &self,
        names: &Vocabulary,
        groups: impl IntoIterator<Item = EntityUid>,
    ) -> Vec<EntityUid> {
        let domain = uid(&names.trust_domain, &self.domain);
        std::iter::once(domain).chain(groups).collect()
    }

    pub(super) fn entity(
        &self,
        uid_of_party: EntityUid,
        within: Vec<EntityUid>,
    ) -> Result<Entity, PolicyDenial> {
        let parents: HashSet<_> = within.into_iter().collect();
        entity(uid_of_party, [("name", text(self.name))], parents, [])
    }
}

fn token(names: &Vocabulary, caller: &Caller) -> Result<Entity, PolicyDenial> {
    let mut attributes = vec![
        ("issuer", text(&caller.issuer)),
        ("format", text(caller.format.name())),
        ("audience", texts(&caller.audience)),
        ("scopes", texts(&caller.scopes)),
        ("groups", texts(&caller.groups)),
        ("expires_at", moment(caller.expires_at)),
    ];
    attributes.extend(caller.client.as_deref().map(|of| ("client", text(of))));
    let authentication = &caller.authentication;
    attributes.push(("amr", texts(&authentication.methods)));
    attributes.extend(authentication.class.as_deref().map(|of| ("acr", text(of))));
    attributes.extend(authentication.time.map(|of| ("auth_time", moment(of))));
    attributes.extend(caller.issued_at.map(|of| ("issued_at", moment(of))));
    entity(names.token.clone(), attributes, [], [])
}

/// `context.intent`
fn intent(names: &Vocabulary, caller: &Caller) -> Result<Entity, PolicyDenial> {
    let mut attributes = Vec::new();
    attributes.extend(caller.purpose.as_deref().map(|of| ("purpose", text(of))));
    attributes.extend(caller.task.as_deref().map(|of| ("task", text(of))));
    attributes.extend(caller.tools.as_deref().map(|of| ("tools", texts(of))));
    entity(names.intent.clone(), attributes, [], [])
}

/// `context.caller`
fn workload_and_job(names: &Vocabulary, caller: &Caller) -> Result<Entity, PolicyDenial> {
    let mut attributes = Vec::new();
    if let Some(workload) = &caller.workload {
        attributes.push(("trust_domain", text(workload.trust_domain().as_str())));
        attributes.push(("path", text(workload.path())));
        let spiffe_id = workload
            .spiffe_id()
            .map(|id| ("spiffe_id", text(id.as_str())));
        attributes.extend(spiffe_id);
    }
    if let Some(ci) = &caller.ci {
        let facts = ci.iter().map(|(fact, value)| (fact.name(), value));
        let facts = std::iter::once(("provider", ci.provider)).chain(facts);
        let facts = facts.map(|(name, value)| (name.to_owned(), text(value)));
        let record = RestrictedExpression::new_record(facts);
        attributes.push(("ci", record.map_err(|_| PolicyDenial::UNPRESENTABLE)?));
    }
    entity(names.caller.clone(), attributes, [], [])
}

fn entity(
    of: EntityUid,
    attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
    parents: impl IntoIterator<Item = EntityUid>,
    tags: impl IntoIterator<Item = (String, RestrictedExpression)>,
) -> Result<Entity, PolicyDenial> {
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Entity::new_with_tags(of, attributes, parents, tags).map_err(|_| PolicyDenial::UNPRESENTABLE)
}

pub(super) fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

pub(super) fn texts(values: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(values.iter().map(|value| text(value)))
}

/// Unix seconds, clamped to what a `Long` holds, so that differences of two never leave it.
pub(super) fn moment(time: UnixTime) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(time.0).unwrap_or(i64::MAX))
}
