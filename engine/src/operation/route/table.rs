//! The checked route table.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::terms::Terms;
use super::{
    Endpoint, HttpOperation, HttpTarget, McpRules, RouteMatch, RouteProtocol, RouteRule,
    RouteTarget,
};
use crate::operation::a2a::{A2aPlace, A2aRules};
use crate::operation::cors::{self, CrossOrigin, Preflight};
use crate::operation::host::{host_of_authority, host_of_rule};
use crate::operation::http::parameters::Parameters;
use crate::operation::path::{NormalPath, PathError};
use crate::operation::resource::ProtectedResource;
use crate::operation::template::{Pattern, Relation, TemplateError};
use crate::operation::{Excerpt, OperationError, mcp};
use crate::request::{Head, RequestError, begins_like};

/// Every route of a configuration, without overlap.
#[derive(Debug, Default)]
pub struct Routes {
    /// By host in lower case, each most specific pattern first.
    by_host: BTreeMap<String, Vec<Entry>>,
    /// For hosts that aren't in `by_host`.
    other_hosts: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    pattern: Pattern,
    route: Arc<str>,
    audience: Option<Arc<str>>,
    resource: Option<Arc<ProtectedResource>>,
    cors: Option<Arc<CrossOrigin>>,
    terms: Arc<Terms>,
    served: Served,
}

#[derive(Debug)]
enum Served {
    Mcp(Arc<McpRules>),
    A2a(Arc<A2aRules>),
    A2aCard(Arc<A2aRules>),
    Http(Vec<Method>),
}

/// One method of a path.
#[derive(Debug)]
struct Method {
    method: String,
    operation: Arc<str>,
    parameters: Vec<Arc<str>>,
    declared: Option<Arc<Parameters>>,
}

/// A rule that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RouteTableError {
    /// The rule's place in the list.
    pub index: usize,
    /// The place in its list of operations, where it is about one.
    pub operation: Option<usize>,
    /// What is wrong.
    #[source]
    pub problem: RouteProblem,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteProblem {
    /// A name is empty.
    #[error("a name must not be empty")]
    EmptyName,
    /// Another rule, or another operation, has this name.
    #[error("the name `{name}` is taken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The host isn't a host name without a port.
    #[error("`{host}` is not a host name without a port")]
    Host {
        /// What stands there.
        host: String,
    },
    /// A path or template that can't be used.
    #[error("`{template}`: {error}")]
    Template {
        /// What stands there.
        template: String,
        /// Why.
        #[source]
        error: TemplateError,
    },
    /// A method isn't in upper case.
    #[error("`{method}` is not a method; write it in upper case, such as `GET`")]
    Method {
        /// What stands there.
        method: String,
    },
    /// An MCP server without a revision.
    #[error("no MCP revision is accepted; name at least one")]
    NoRevision,
    /// An HTTP route without an operation.
    #[error("there is no operation; name at least one method and template")]
    NoOperation,
    /// Some path belongs to this rule and to another, and neither is the more specific one.
    #[error("overlaps with route `{route}`, and neither is more specific")]
    Overlap {
        /// The other rule's name.
        route: String,
    },
    /// The method and the template stand there twice.
    #[error("`{method}` stands there twice for this path")]
    MethodTwice {
        /// The method.
        method: String,
    },
}

/// Headers by which some frameworks replace the method or path of a request.
const OVERRIDES: [&str; 5] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

impl Routes {
    /// Checks the rules of a configuration.
    ///
    /// # Errors
    ///
    /// The first rule that can't be used, or that overlaps with one before it.
    pub fn build(rules: Vec<RouteRule>) -> Result<Self, RouteTableError> {
        let mut routes = Self::default();
        let mut names = BTreeSet::new();
        let mut operations = BTreeSet::new();
        for (index, rule) in rules.into_iter().enumerate() {
            let error = |problem| RouteTableError {
                index,
                operation: None,
                problem,
            };
            take_name(&mut names, &rule.name).map_err(error)?;
            let entries = match rule.host {
                None => &mut routes.other_hosts,
                Some(host) => {
                    let name = host_of_rule(&host)
                        .ok_or_else(|| error(RouteProblem::Host { host: host.clone() }))?;
                    routes.by_host.entry(name).or_default()
                }
            };
            let patterns = match rule.protocol {
                RouteProtocol::Mcp(rules) => vec![mcp_pattern(rules).map_err(error)?],
                RouteProtocol::A2a(rules) => a2a_patterns(rules).map_err(error)?,
                RouteProtocol::Http(listed) => http_patterns(index, listed, &mut operations)?,
            };
            for (pattern, served) in patterns {
                check_overlap(entries, &pattern).map_err(error)?;
                entries.push(Entry {
                    pattern,
                    route: Arc::clone(&rule.name),
                    audience: rule.audience.clone(),
                    resource: rule.resource.clone(),
                    cors: rule.cors.clone(),
                    terms: Arc::clone(&rule.terms),
                    served,
                });
            }
        }
        for entries in routes.by_host.values_mut().chain([&mut routes.other_hosts]) {
            entries.sort_by_cached_key(|entry| entry.pattern.order());
        }
        Ok(routes)
    }

    /// The rule for a request.
    ///
    /// # Errors
    ///
    /// The host or path isn't understood, `host` says another host than `:authority`, a header would replace the method or path, no rule is for it, or the rule
    /// doesn't have its method.
    pub fn find(&self, head: &Head) -> Result<RouteMatch, OperationError> {
        let (entry, path) = self.locate(head)?;
        let target = match &entry.served {
            Served::Mcp(rules) => RouteTarget::Mcp(Arc::clone(rules)),
            Served::A2a(rules) => {
                RouteTarget::A2a(Arc::clone(rules), a2a_place(rules, head, &path)?)
            }
            Served::A2aCard(rules) => RouteTarget::A2a(Arc::clone(rules), A2aPlace::Card),
            Served::Http(methods) => RouteTarget::Http(http_target(entry, methods, head, &path)?),
        };
        Ok(RouteMatch {
            route: Arc::clone(&entry.route),
            audience: entry.audience.clone(),
            resource: entry.resource.clone(),
            cors: entry.cors.clone(),
            terms: Arc::clone(&entry.terms),
            target,
        })
    }

    /// What a browser is answered that asks whether a page may send a request; none where it doesn't ask, or where the
    /// route is for no page.
    ///
    /// # Errors
    ///
    /// Those of [`Routes::find`]; the page's origin isn't allowed; or the route doesn't have the method asked about.
    pub fn preflight(&self, head: &Head) -> Result<Option<Preflight<'_>>, OperationError> {
        let Some(asked) = cors::asked(head)? else {
            return Ok(None);
        };
        let (entry, _) = self.locate(head)?;
        let Some(cors) = &entry.cors else {
            return Ok(None);
        };
        cors.preflight(head, &asked, &entry.served.methods())
            .map(Some)
    }

    /// What some route lets the page do that sent a request, for answers that are no route's.
    #[must_use]
    pub fn policy_for_page(&self, head: &Head) -> Option<Arc<CrossOrigin>> {
        let of_hosts = self.by_host.values().flatten();
        let mut policies = of_hosts
            .chain(&self.other_hosts)
            .filter_map(|entry| entry.cors.as_ref());
        policies.find(|cors| cors.allows_page_of(head)).cloned()
    }

    /// The entry for a request, whatever its method.
    fn locate<'h>(&self, head: &'h Head) -> Result<(&Entry, NormalPath<'h>), OperationError> {
        refuse_overrides(head)?;
        refuse_beginnings(head)?;
        let path = NormalPath::of_target(head.target())?;
        let host =
            host_of_authority(head.authority()).ok_or_else(|| OperationError::Authority {
                authority: Excerpt::of(head.authority()),
            })?;
        refuse_other_host(head, &host)?;
        let entries = self.by_host.get(host.as_ref()).unwrap_or(&self.other_hosts);
        let entry = find_entry(entries, &path)?.ok_or_else(|| OperationError::NoRoute {
            host: Excerpt::of(&host),
            path: Excerpt::of(path.as_str()),
        })?;
        Ok((entry, path))
    }
}

impl Served {
    /// The methods that it has, separated by commas.
    fn methods(&self) -> Cow<'static, str> {
        match self {
            Self::Mcp(rules) => mcp::methods(rules).into(),
            Self::A2a(rules) if rules.http_json => "GET, POST, DELETE".into(),
            Self::A2a(_) => "POST".into(),
            Self::A2aCard(_) => "GET".into(),
            Self::Http(methods) => {
                let names: Vec<_> = methods.iter().map(|one| one.method.as_str()).collect();
                names.join(", ").into()
            }
        }
    }
}

/// `host` is `:authority` by its older name (RFC 9113, section 8.3.1): where a host shows both, the upstream may go by
/// either.
fn refuse_other_host(head: &Head, judged: &str) -> Result<(), OperationError> {
    match head.headers().single("host")? {
        Some(sent) if host_of_authority(sent).as_deref() != Some(judged) => {
            Err(RequestError::RepeatedField { name: "host" }.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// What begins as a request and goes on as a tunnel is judged by its beginning only; and a hop that marks a request as early
/// leaves it to the one behind to say that it can't be sent twice (RFC 8470, section 5.1), which nobody here knows.
fn refuse_beginnings(head: &Head) -> Result<(), OperationError> {
    let is_there = |name: &'static str| head.headers().all(name).next().is_some();
    match ["upgrade", ":protocol"]
        .into_iter()
        .find(|name| is_there(name))
    {
        Some(name) => Err(OperationError::Upgrade { name }),
        None if is_there("early-data") => Err(OperationError::EarlyData),
        None => Ok(()),
    }
}

fn refuse_overrides(head: &Head) -> Result<(), OperationError> {
    let is_there = |name: &&str| {
        let mut fields = head.headers().iter();
        fields.any(|(field, _)| field.len() == name.len() && begins_like(field, name))
    };
    match OVERRIDES.into_iter().find(is_there) {
        Some(name) => Err(OperationError::OverrideHeader { name }),
        None => Ok(()),
    }
}

/// The first entry that matches, unless an upstream could take the path for one of a more specific entry. Entries that
/// differ in letters only are of one order: then the upstream tells letters apart.
fn find_entry<'e>(
    entries: &'e [Entry],
    path: &NormalPath<'_>,
) -> Result<Option<&'e Entry>, PathError> {
    let Some(at) = entries.iter().position(|entry| entry.pattern.matches(path)) else {
        return Ok(None);
    };
    let (before, from) = entries.split_at(at);
    let found = from.first();
    let resembles_another = before.iter().any(|other| {
        other.pattern.resembles(path)
            && found.is_some_and(|found| found.pattern.order() != other.pattern.order())
    });
    if resembles_another {
        return Err(PathError::OtherSpelling);
    }
    Ok(found)
}

fn http_target(
    entry: &Entry,
    methods: &[Method],
    head: &Head,
    path: &NormalPath<'_>,
) -> Result<HttpTarget, OperationError> {
    let method = methods
        .iter()
        .find(|method| method.method == head.method())
        .ok_or_else(|| OperationError::MethodNotAllowed {
            method: Excerpt::of(head.method()),
            allow: entry.served.methods().into_owned(),
        })?;
    Ok(HttpTarget {
        operation: Arc::clone(&method.operation),
        declared: method.declared.clone(),
        parameters: method
            .parameters
            .iter()
            .cloned()
            .zip(entry.pattern.parameters(path))
            .collect(),
    })
}

fn take_name(taken: &mut BTreeSet<Arc<str>>, name: &Arc<str>) -> Result<(), RouteProblem> {
    if name.is_empty() {
        return Err(RouteProblem::EmptyName);
    }
    if taken.insert(Arc::clone(name)) {
        Ok(())
    } else {
        Err(RouteProblem::NameTaken {
            name: name.to_string(),
        })
    }
}

fn mcp_pattern(rules: McpRules) -> Result<(Pattern, Served), RouteProblem> {
    if rules.server.is_empty() {
        return Err(RouteProblem::EmptyName);
    }
    if rules.revisions.is_empty() {
        return Err(RouteProblem::NoRevision);
    }
    let (path, open) = match &rules.endpoint {
        Endpoint::Exact(path) => (path, false),
        Endpoint::Below(path) => (path, true),
    };
    let pattern = Pattern::literal(path, open).map_err(|error| RouteProblem::Template {
        template: path.clone(),
        error,
    })?;
    Ok((pattern, Served::Mcp(Arc::new(rules))))
}

/// The agent's own path, and those of its card.
fn a2a_patterns(rules: A2aRules) -> Result<Vec<(Pattern, Served)>, RouteProblem> {
    if rules.agent.is_empty() {
        return Err(RouteProblem::EmptyName);
    }
    let rules = Arc::new(rules);
    let pattern = |path: &str, open| {
        Pattern::literal(path, open).map_err(|error| RouteProblem::Template {
            template: path.to_owned(),
            error,
        })
    };
    let own = if rules.base.is_empty() {
        "/"
    } else {
        &*rules.base
    };
    let mut patterns = vec![(
        pattern(own, rules.http_json)?,
        Served::A2a(Arc::clone(&rules)),
    )];
    for path in &rules.card_paths {
        let card = Served::A2aCard(Arc::clone(&rules));
        patterns.push((pattern(path, false)?, card));
    }
    Ok(patterns)
}

/// What of the agent is at a path that its pattern matches.
fn a2a_place(
    rules: &A2aRules,
    head: &Head,
    path: &NormalPath<'_>,
) -> Result<A2aPlace, OperationError> {
    let above = rules.base.matches('/').count();
    let mut below: Vec<_> = path.segments().skip(above).collect();
    if rules.base.is_empty() && below == [""] {
        below.clear();
    }
    let place = A2aPlace::find(rules, head, &below)?;
    place.ok_or_else(|| OperationError::NoRoute {
        host: Excerpt::of(head.authority()),
        path: Excerpt::of(path.as_str()),
    })
}

/// The operations of a route, those of one path together.
fn http_patterns(
    index: usize,
    operations: Vec<HttpOperation>,
    names: &mut BTreeSet<Arc<str>>,
) -> Result<Vec<(Pattern, Served)>, RouteTableError> {
    let mut paths: Vec<(Pattern, Vec<Method>)> = Vec::new();
    for (place, operation) in operations.into_iter().enumerate() {
        let error = |problem| RouteTableError {
            index,
            operation: Some(place),
            problem,
        };
        take_name(names, &operation.name).map_err(error)?;
        let (pattern, method) = http_method(operation).map_err(error)?;
        match paths.iter_mut().find(|(known, _)| *known == pattern) {
            None => paths.push((pattern, vec![method])),
            Some((_, methods)) if methods.iter().any(|known| known.method == method.method) => {
                return Err(error(RouteProblem::MethodTwice {
                    method: method.method,
                }));
            }
            Some((_, methods)) => methods.push(method),
        }
    }
    if paths.is_empty() {
        return Err(RouteTableError {
            index,
            operation: None,
            problem: RouteProblem::NoOperation,
        });
    }
    Ok(paths
        .into_iter()
        .map(|(pattern, methods)| (pattern, Served::Http(methods)))
        .collect())
}

fn http_method(operation: HttpOperation) -> Result<(Pattern, Method), RouteProblem> {
    let method = operation.method;
    if method.is_empty()
        || !method
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'-')
    {
        return Err(RouteProblem::Method { method });
    }
    let (pattern, parameters) =
        Pattern::template(&operation.template).map_err(|error| RouteProblem::Template {
            template: operation.template,
            error,
        })?;
    Ok((
        pattern,
        Method {
            method,
            operation: operation.name,
            parameters,
            declared: operation.declared,
        },
    ))
}

fn check_overlap(entries: &[Entry], pattern: &Pattern) -> Result<(), RouteProblem> {
    for entry in entries {
        match entry.pattern.relation(pattern) {
            Relation::Apart | Relation::Ordered => {}
            Relation::Same | Relation::Ambiguous => {
                return Err(RouteProblem::Overlap {
                    route: entry.route.to_string(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
