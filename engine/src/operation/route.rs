//! Routes: which rule a request falls under. No rule is a refusal.
//!
//! A rule that names the request's host is tried before rules that name none, and where any rule names the host, only
//! those are tried. Among the paths of a host, a literal segment wins over a parameter, and a longer pattern over an
//! endpoint that is open below. The path is chosen first and the method then, so a path that is written out is never
//! reached through a parameter of another template. Patterns of which neither is the more specific are an error at load.

mod table;
pub mod terms;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use table::{RouteProblem, RouteTableError, Routes};

use self::terms::Terms;
use super::a2a::{A2aPlace, A2aRules};
use super::cors::CrossOrigin;
use super::declared::Record;
use super::http::WarrantInBody;
use super::http::parameters::Parameters;
use super::resource::ProtectedResource;
use super::task::found::Form;
use super::{McpRevision, OperationError};
use crate::json::Limits;
use crate::request::Head;

/// A rule as the configuration has it; [`Routes`] checks it.
#[derive(Clone, Debug)]
pub struct RouteRule {
    /// Its name, unique among all rules.
    pub name: Arc<str>,
    /// The host that it is for, without port, compared without regard to case; none for every host that no other rule
    /// names.
    pub host: Option<String>,
    /// What is spoken there.
    pub protocol: RouteProtocol,
    /// The audience that tokens must have here, in place of the issuer's.
    pub audience: Option<Arc<str>>,
    /// The protected resource that it belongs to.
    pub resource: Option<Arc<ProtectedResource>>,
    /// Which pages in browsers may call it.
    pub cors: Option<Arc<CrossOrigin>>,
    /// What it asks of every caller.
    pub terms: Arc<Terms>,
}

/// What is spoken on a route.
#[derive(Clone, Debug)]
pub enum RouteProtocol {
    /// MCP, at one endpoint.
    Mcp(McpRules),
    /// A2A, at one URL and below.
    A2a(A2aRules),
    /// Plain HTTP, as the operations that it has. Whatever isn't among them is refused.
    Http(Vec<HttpOperation>),
}

impl RouteProtocol {
    /// Is each task its caller's alone?
    #[must_use]
    pub fn binds_tasks(&self) -> bool {
        match self {
            Self::Mcp(rules) => rules.binds_tasks(),
            Self::A2a(rules) => rules.bind_tasks,
            Self::Http(_) => false,
        }
    }
}

/// The rules for one MCP server.
#[derive(Clone, Debug)]
pub struct McpRules {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its name in policies.
    pub server: Arc<str>,
    /// The revisions that are accepted; at least one.
    pub revisions: Vec<McpRevision>,
    /// How a denial of policy's looks.
    pub denial_status: DenialStatus,
    /// Values of `Origin` that are accepted, compared exactly; a request without `Origin` isn't from a browser and passes.
    pub allowed_origins: Vec<String>,
    /// How the body is bounded: its length, and its nesting and number of values.
    pub json: Limits,
    /// Is a list narrowed to what its caller could use?
    pub filter_lists: bool,
    /// Is each task its caller's alone?
    pub bind_tasks: bool,
    /// What the arguments of tools must be, by the tool's name, where that is declared.
    pub arguments: BTreeMap<String, Record>,
    /// The name in `params._meta` under which warrants are looked for; none where they aren't accepted.
    pub warrant_member: Option<Arc<str>>,
}

impl McpRules {
    /// Are there tasks, each its caller's alone?
    fn binds_tasks(&self) -> bool {
        self.bind_tasks && self.revisions.iter().any(|revision| revision.has_tasks())
    }
}

/// Where an MCP server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// At exactly this path.
    Exact(String),
    /// At this path and at every path below it.
    Below(String),
}

/// How a denied MCP request is answered; clients differ in what they show their user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenialStatus {
    /// HTTP 403 with the JSON-RPC error as its body.
    Forbidden,
    /// HTTP 200 with the JSON-RPC error.
    Ok,
}

/// An operation of a plain HTTP route.
#[derive(Clone, Debug)]
pub struct HttpOperation {
    /// Its name in policies, unique among all routes.
    pub name: Arc<str>,
    /// The method, exactly.
    pub method: String,
    /// The path template, such as `/v1/orders/{id}`.
    pub template: String,
    /// Its parameters, where they are declared.
    pub declared: Option<Arc<Parameters>>,
}

/// The rule that a request falls under.
#[derive(Clone, Debug)]
pub struct RouteMatch {
    /// The rule's name.
    pub route: Arc<str>,
    /// The audience that tokens must have here, in place of the issuer's.
    pub audience: Option<Arc<str>>,
    /// The protected resource that it belongs to.
    pub resource: Option<Arc<ProtectedResource>>,
    /// Which pages in browsers may call it.
    pub cors: Option<Arc<CrossOrigin>>,
    /// What it asks of every caller.
    pub terms: Arc<Terms>,
    /// What the rule says about this request.
    pub target: RouteTarget,
}

/// What a rule says about a request.
#[derive(Clone, Debug)]
pub enum RouteTarget {
    /// It is for an MCP server; [`super::mcp::read`] says what it asks.
    Mcp(Arc<McpRules>),
    /// It is for an A2A agent; [`super::a2a::read`] says what it asks.
    A2a(Arc<A2aRules>, A2aPlace),
    /// It is a plain HTTP operation; [`super::http::read`] puts it into normal form.
    Http(HttpTarget),
}

/// A plain HTTP operation that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTarget {
    /// Its name.
    pub operation: Arc<str>,
    /// The parameters of its template as (name, decoded segment), in order.
    pub parameters: Vec<(Arc<str>, String)>,
    /// What its parameters must be, where that is declared.
    pub declared: Option<Arc<Parameters>>,
}

impl RouteTarget {
    /// Is what an MCP server lists narrowed to what its caller could use?
    #[must_use]
    pub fn filters_lists(&self) -> bool {
        match self {
            Self::Mcp(rules) => rules.filter_lists,
            Self::A2a(..) | Self::Http(_) => false,
        }
    }

    /// Where ids of tasks stand in answers, where there are tasks and each is its caller's alone.
    #[must_use]
    pub fn task_form(&self) -> Option<Form> {
        match self {
            Self::Mcp(rules) => rules.binds_tasks().then_some(Form::Mcp),
            Self::A2a(rules, A2aPlace::Rpc) => rules.bind_tasks.then_some(Form::A2aRpc),
            Self::A2a(rules, A2aPlace::Rest(_)) => rules.bind_tasks.then_some(Form::A2aRest),
            Self::A2a(_, A2aPlace::Card) | Self::Http(_) => None,
        }
    }
}

impl RouteMatch {
    /// Must the body be read before it is known what is asked? Not where there is none; for plain HTTP only where it may have a
    /// warrant.
    ///
    /// For MCP and A2A also on GET and DELETE, where a body is refused.
    #[must_use]
    pub fn needs_body(&self, head: &Head, end_of_stream: bool) -> bool {
        !end_of_stream
            && match self.target {
                RouteTarget::Mcp(_) | RouteTarget::A2a(..) => true,
                RouteTarget::Http(_) => {
                    self.terms.warrant_in_body.is_some() && WarrantInBody::may_be_in(head)
                }
            }
    }

    /// May everybody have it, without a credential: the card of an agent that is public by the configuration?
    #[must_use]
    pub fn is_published(&self) -> bool {
        match &self.target {
            RouteTarget::A2a(rules, A2aPlace::Card) => rules.card_is_public,
            RouteTarget::A2a(_, A2aPlace::Rpc | A2aPlace::Rest(_))
            | RouteTarget::Mcp(_)
            | RouteTarget::Http(_) => false,
        }
    }

    /// How long a body may be that is read.
    #[must_use]
    pub fn body_limit(&self) -> Option<usize> {
        match &self.target {
            RouteTarget::Mcp(rules) => Some(rules.json.max_bytes),
            RouteTarget::A2a(rules, _) => Some(rules.json.max_bytes),
            RouteTarget::Http(_) => {
                let place = self.terms.warrant_in_body.as_ref();
                place.map(|place| place.json.max_bytes)
            }
        }
    }

    /// Judges what can be judged before the body is read, so that nothing is buffered in vain.
    ///
    /// # Errors
    ///
    /// Those of [`super::mcp::check_head`], [`super::a2a::check_head`], [`Parameters::check_head`] and
    /// [`WarrantInBody::check_head`].
    pub fn check_head(&self, head: &Head) -> Result<(), OperationError> {
        match &self.target {
            RouteTarget::Mcp(rules) => super::mcp::check_head(rules, head),
            RouteTarget::A2a(rules, place) => super::a2a::check_head(rules, place, head),
            RouteTarget::Http(target) => {
                if let Some(declared) = &target.declared {
                    declared.check_head(head)?;
                }
                let place = self.terms.warrant_in_body.as_ref();
                place.map_or(Ok(()), |place| place.check_head(head))
            }
        }
    }
}
