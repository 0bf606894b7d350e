//! What the tests of this stage stand on: a caller, its chain, and calls.

mod shipped;

use std::sync::Arc;

use super::groups::Groups;
use super::lint::surroundings::Surroundings;
use super::load_error::PolicyLoadError;
use super::principal::Principal;
use super::{Facts, Policies, PolicySource};
use crate::delegation::act::TokenRules;
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::identity::authentication::Authentication;
use crate::identity::caller::{Caller, CredentialFormat, VerifiedWith};
use crate::identity::issuer::IssuerName;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::verified::Verified;
use crate::json::{Limits, Object, Value, parse};
use crate::operation::{A2aVersion, Action, McpRevision, Operation, Protocol, Resource};
use crate::time::UnixTime;

pub(super) const FACTS: Facts<'static> = Facts {
    now: UnixTime(1_790_000_000),
    method: "POST",
    host: "mcp.example",
    path: Some("/mcp"),
    possession: "bearer",
    transaction: None,
    session: None,
    warrant: None,
    lacks: None,
};

/// Alice's token for the agent `bot`, without `act`.
pub(super) fn caller() -> Caller {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Caller {
        domain: IssuerName(Arc::from("corp")),
        issuer: "https://as.example".to_owned(),
        format: CredentialFormat::AccessToken,
        subject: "alice".to_owned(),
        agent: Some("bot".to_owned()),
        user: Some("alice".to_owned()),
        client: Some("bot".to_owned()),
        task: Some("t-1".to_owned()),
        session: None,
        purpose: Some("refunds".to_owned()),
        tools: Some(vec!["echo".to_owned()]),
        scopes: texts(&["orders:read", "orders:refund"]),
        groups: texts(&["support"]),
        authentication: Authentication::default(),
        audience: texts(&["https://mcp.example"]),
        workload: None,
        ci: None,
        issued_at: Some(UnixTime(1_789_999_900)),
        expires_at: UnixTime(1_790_000_300),
        token_id: None,
        verified_with: VerifiedWith::Key {
            algorithm: Algorithm::Es256,
            kid: None,
        },
        digest: Digest::of(b"a token"),
        other_digest: None,
        confirmation: None,
        status: None,
        is_person: false,
        act: None,
        authorization_details: None,
        mission: None,
    }
}

pub(super) fn json(text: &str) -> Value<'_> {
    parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(super) fn object(text: &str) -> Object<'_> {
    json(text).as_object().unwrap().clone()
}

pub(super) fn load(text: &str) -> Result<Policies, PolicyLoadError> {
    load_with(text, &Groups::default())
}

pub(super) fn load_with(text: &str, groups: &Groups) -> Result<Policies, PolicyLoadError> {
    let source = PolicySource {
        name: "test.cedar".to_owned(),
        text: text.to_owned(),
    };
    Policies::load(&[source], groups, &Surroundings::default())
}

pub(super) fn prepare(policies: &Policies, caller: Caller) -> Principal {
    let caller = Verified::assumed(caller);
    let chain = Chain::from_caller(&caller, TokenRules::unlimited()).unwrap();
    policies.prepare(&caller, &chain).unwrap()
}

/// A call of a tool of the server `shop`.
pub(super) fn call<'a>(tool: &str, arguments: &'a str) -> Operation<'a> {
    Operation {
        arguments: Some(object(arguments)),
        rpc_id: Some("1".to_owned()),
        ..Operation::new(
            Protocol::Mcp(McpRevision::V2026_07_28),
            Action::CallTool,
            Resource::Tool {
                server: Arc::from("shop"),
                tool: tool.to_owned(),
            },
        )
    }
}

/// Something that is asked of the server `shop` itself.
pub(super) fn ask(action: Action) -> Operation<'static> {
    Operation::new(
        Protocol::Mcp(McpRevision::V2025_11_25),
        action,
        Resource::Server {
            server: Arc::from("shop"),
        },
    )
}

/// Something that is asked of the A2A agent `travel`.
pub(super) fn of_agent(action: Action, arguments: &str) -> Operation<'_> {
    Operation {
        arguments: Some(object(arguments)),
        ..Operation::new(
            Protocol::A2a(A2aVersion::V1_0),
            action,
            Resource::A2aAgent {
                agent: Arc::from("travel"),
            },
        )
    }
}

/// A plain HTTP request to the route `order`.
pub(super) fn fetch(parameters: &[(&str, &str)]) -> Operation<'static> {
    let parameters = parameters
        .iter()
        .map(|(name, value)| (Arc::from(*name), (*value).to_owned()))
        .collect();
    Operation::new(
        Protocol::Http,
        Action::HttpRequest,
        Resource::Route {
            route: Arc::from("order"),
            parameters,
        },
    )
}
