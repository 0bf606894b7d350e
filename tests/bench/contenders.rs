//! Who takes part: one Envoy listener each, all with the same route, which answers by itself once it has the whole request.
//! So a row's cost is that of its filters, and no upstream blurs it.

use std::path::Path;

use bailiwick_tests::envoy::WasmFilter;
use serde_json::{Value, json};

use crate::capabilities::WITHOUT_FOREIGN_FUNCTIONS;
use crate::tokens::chains;
use crate::workloads::{self, ALL, BODIES, CALLS, USUAL};

/// The row that all others are compared with.
pub(crate) const NONE: &str = "no filter";
/// The same behind a hop with a client certificate, for the rows that need one.
const NONE_BEHIND_HOP: &str = "no filter, behind an mTLS hop";
/// What Envoy can do by itself that comes closest to what Bailiwick does.
pub(crate) const NATIVE_CHAIN: &str = "native chain";
/// Bailiwick with a token that it has seen before.
pub(crate) const BAILIWICK_WARM: &str = "Bailiwick warm";

/// Bailiwick where the host has no native cryptography.
pub(crate) const PURE: &str = "Bailiwick, fresh DPoP proof, pure wasm";

/// What a contender must refuse, or it is not doing the work that it is measured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guards {
    /// Everything passes.
    Nothing,
    /// A request needs a valid token.
    Token,
    /// A request needs a valid token, and a tool call a tool that is allowed.
    TokenAndTool,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its name in the results.
    pub(crate) name: &'static str,
    /// The HTTP filters before the route.
    pub(crate) filters: Vec<Value>,
    /// From which level on Envoy logs what wasm filters say.
    pub(crate) wasm_log: &'static str,
    /// What each request brings.
    pub(crate) credential: Credential,
    /// What it must refuse.
    pub(crate) guards: Guards,
    /// What it is measured with, by the names of the workloads.
    pub(crate) workloads: &'static [&'static str],
    /// How requests reach it.
    pub(crate) connection: Connection,
    /// The row without any filter that it is compared with.
    pub(crate) baseline: &'static str,
}

/// How requests reach a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// From the load generator.
    Plain,
    /// By way of another listener of the same Envoy, and so of the same worker, which connects with a client certificate:
    /// the load generator has none. What that costs is in the row's requests a second and in its baseline's.
    BehindHop,
}

/// What each request of a row brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The same token.
    Token,
    /// A token that was not seen before.
    FreshToken,
    /// The same token, which is bound to a key, and a proof that was not seen before.
    FreshProof,
    /// The same JWT-SVID.
    Svid,
    /// The same token, which is bound to the certificate of the connection.
    Certified,
    /// The same Biscuit of so many blocks.
    Biscuit(usize),
    /// A Biscuit of so many blocks that was not seen before.
    FreshBiscuit(usize),
    /// The same chain of so many Attenuating Agent Tokens, and a proof that was not seen before.
    Chain(usize),
    /// A chain and a proof that were not seen before.
    FreshChain(usize),
}

impl Credential {
    /// Is it another one with each request, of those in one file for the whole run?
    pub(crate) const fn is_fresh(self) -> bool {
        match self {
            Self::FreshToken | Self::FreshBiscuit(_) => true,
            Self::Token
            | Self::FreshProof
            | Self::Svid
            | Self::Certified
            | Self::Biscuit(_)
            | Self::Chain(_)
            | Self::FreshChain(_) => false,
        }
    }
}

impl Credential {
    /// What a forged one is answered with, where forged tokens are answered with `token`. A proof that isn't the holder's is no
    /// credential that is bad, but a call that isn't proven to be within the chain.
    pub(crate) const fn status_of_forgery(self, token: u16) -> u16 {
        match self {
            Self::Chain(_) | Self::FreshChain(_) => 403,
            Self::Token
            | Self::FreshToken
            | Self::FreshProof
            | Self::Svid
            | Self::Certified
            | Self::Biscuit(_)
            | Self::FreshBiscuit(_) => token,
        }
    }
}

/// The rows with chains of Attenuating Agent Tokens and with Biscuits.
const DELEGATED: [(&str, Credential); 12] = [
    ("Bailiwick warm, AAT chain of 1", Credential::Chain(1)),
    ("Bailiwick warm, AAT chain of 3", Credential::Chain(3)),
    ("Bailiwick warm, AAT chain of 8", Credential::Chain(8)),
    ("Bailiwick cold, AAT chain of 1", Credential::FreshChain(1)),
    ("Bailiwick cold, AAT chain of 3", Credential::FreshChain(3)),
    ("Bailiwick cold, AAT chain of 8", Credential::FreshChain(8)),
    ("Bailiwick warm, Biscuit of 1 block", Credential::Biscuit(1)),
    (
        "Bailiwick warm, Biscuit of 3 blocks",
        Credential::Biscuit(3),
    ),
    (
        "Bailiwick warm, Biscuit of 8 blocks",
        Credential::Biscuit(8),
    ),
    (
        "Bailiwick cold, Biscuit of 1 block",
        Credential::FreshBiscuit(1),
    ),
    (
        "Bailiwick cold, Biscuit of 3 blocks",
        Credential::FreshBiscuit(3),
    ),
    (
        "Bailiwick cold, Biscuit of 8 blocks",
        Credential::FreshBiscuit(8),
    ),
];

/// The rows with so many policies, ten of which apply to the call.
const AMONG: [(&str, usize); 4] = [
    ("Bailiwick warm, 10 policies", 10),
    ("Bailiwick warm, 100 policies", 100),
    ("Bailiwick warm, 1,000 policies", 1_000),
    ("Bailiwick warm, 10,000 policies", 10_000),
];

/// What all contenders agree on.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    /// The token's issuer.
    pub(crate) issuer: &'a str,
    /// The token's audience, and by what clients reach the gateway.
    pub(crate) audience: &'a str,
    /// The public keys, as a JWK set.
    pub(crate) jwks: &'a Value,
    /// The name of a SPIFFE trust domain.
    pub(crate) trust_domain: &'a str,
    /// Its bundle.
    pub(crate) bundle: &'a Value,
    /// The one tool that may be called.
    pub(crate) tool: &'a str,
    /// The root key of Biscuits.
    pub(crate) biscuits: &'a str,
    /// The public key of whoever issues chains of Attenuating Agent Tokens.
    pub(crate) warrants: &'a Value,
}

/// All rows, in the order of the table.
pub(crate) fn all(terms: &Terms<'_>, plugin: &Path, noop: &Path) -> Vec<Contender> {
    let row = |name, filters, guards| Contender {
        name,
        filters,
        wasm_log: "warning",
        credential: Credential::Token,
        guards,
        workloads: USUAL,
        connection: Connection::Plain,
        baseline: NONE,
    };
    let noop = WasmFilter {
        name: "noop",
        module: noop,
        configuration: "",
        headers_stop_iteration: true,
        capabilities: &[],
    };
    // Filters of one name would share a VM, and with it the configuration.
    let recording = |configuration| WasmFilter {
        name: configuration,
        configuration,
        ..noop
    };
    let bailiwick_configuration = bailiwick(terms);
    let configuration = bailiwick_configuration.to_string();
    let bailiwick = WasmFilter {
        name: "bailiwick",
        module: plugin,
        configuration: &configuration,
        headers_stop_iteration: true,
        capabilities: &[],
    };
    let without_native = WasmFilter {
        name: "bailiwick-without-native",
        capabilities: WITHOUT_FOREIGN_FUNCTIONS,
        ..bailiwick
    };
    let proven = |name, filter: WasmFilter<'_>| Contender {
        credential: Credential::FreshProof,
        ..row(name, vec![filter.to_json()], Guards::TokenAndTool)
    };
    let behind_hop = |row| Contender {
        connection: Connection::BehindHop,
        baseline: NONE_BEHIND_HOP,
        ..row
    };
    let guarded = || vec![bailiwick.to_json()];
    let configuration = with_warrants(bailiwick_configuration.clone(), terms).to_string();
    let for_warrants = WasmFilter {
        name: "bailiwick-warrants",
        configuration: &configuration,
        ..bailiwick
    };
    let delegated = DELEGATED.map(|(name, credential)| Contender {
        credential,
        ..row(name, vec![for_warrants.to_json()], Guards::TokenAndTool)
    });
    let wide = |workloads, row| Contender { workloads, ..row };
    let mut rows = vec![
        wide(ALL, row(NONE, vec![], Guards::Nothing)),
        wide(
            ALL,
            row(
                "wasm that does nothing",
                vec![noop.to_json()],
                Guards::Nothing,
            ),
        ),
        row(
            "wasm that holds and records",
            vec![recording("record").to_json()],
            Guards::Nothing,
        ),
        Contender {
            credential: Credential::FreshProof,
            ..row(
                "wasm that verifies, holds and records",
                vec![recording("verify and record").to_json()],
                Guards::Nothing,
            )
        },
        row("jwt_authn", vec![jwt_authn(terms, false)], Guards::Token),
        row(
            "jwt_authn with cache",
            vec![jwt_authn(terms, true)],
            Guards::Token,
        ),
        wide(
            BODIES,
            row(
                NATIVE_CHAIN,
                vec![jwt_authn(terms, true), mcp(), rbac(terms.tool)],
                Guards::TokenAndTool,
            ),
        ),
        wide(ALL, row(BAILIWICK_WARM, guarded(), Guards::TokenAndTool)),
        Contender {
            wasm_log: "info",
            ..row("warm, also to the log", guarded(), Guards::TokenAndTool)
        },
        Contender {
            credential: Credential::FreshToken,
            ..row("Bailiwick cold", guarded(), Guards::TokenAndTool)
        },
        proven("Bailiwick, fresh DPoP proof", bailiwick),
        proven(PURE, without_native),
        Contender {
            credential: Credential::Svid,
            ..row("Bailiwick warm, JWT-SVID", guarded(), Guards::TokenAndTool)
        },
        behind_hop(row(NONE_BEHIND_HOP, vec![], Guards::Nothing)),
        behind_hop(Contender {
            credential: Credential::Certified,
            ..row(
                "Bailiwick warm, bound, behind an mTLS hop",
                guarded(),
                Guards::TokenAndTool,
            )
        }),
    ];
    rows.extend(delegated);
    rows.extend(AMONG.map(|(name, policies)| {
        let configuration =
            among(bailiwick_configuration.clone(), terms.tool, policies).to_string();
        let filter = WasmFilter {
            name,
            configuration: &configuration,
            ..bailiwick
        };
        wide(
            CALLS,
            row(name, vec![filter.to_json()], Guards::TokenAndTool),
        )
    }));
    rows
}

/// The rows whose name is one of `texts`, or has one in it that is no row's name; and those that they are compared with. Without
/// texts, all.
pub(crate) fn chosen(mut rows: Vec<Contender>, texts: &[String]) -> Vec<Contender> {
    if texts.is_empty() {
        return rows;
    }
    let (names, parts): (Vec<&str>, Vec<&str>) = texts
        .iter()
        .map(String::as_str)
        .partition(|text| rows.iter().any(|row| row.name == *text));
    let is_named = |row: &Contender| {
        names.contains(&row.name) || parts.iter().any(|part| row.name.contains(part))
    };
    let baselines: Vec<&str> = rows
        .iter()
        .filter(|row| is_named(row))
        .map(|row| row.baseline)
        .collect();
    rows.retain(|row| is_named(row) || baselines.contains(&row.name));
    rows
}

/// The same, where warrants are taken as well.
fn with_warrants(mut configuration: Value, terms: &Terms<'_>) -> Value {
    if let Some(members) = configuration.as_object_mut() {
        let keys = json!([{"id": 1, "key": terms.biscuits}]);
        let anchor =
            json!({"name": "biscuits", "issuer": "https://biscuits.example", "keys": keys});
        let keys = json!({"keys": [terms.warrants]});
        let issuer = json!({"name": "warrants", "issuer": chains::ISSUER, "keys": keys});
        let warrants = json!({
            "biscuit": {"anchors": [anchor]},
            "aat": {"profile": "aat-02", "algorithms": ["Ed25519", "ES256"], "audiences": [terms.audience], "anchors": [issuer]},
        });
        members.insert("warrants".to_owned(), warrants);
    }
    let routes = configuration.pointer_mut("/routes");
    for route in routes.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = route.as_object_mut() {
            members.insert("warrant".to_owned(), "accept".into());
        }
    }
    configuration
}

/// The same with so many policies instead. Ten apply to `tool`, and look at the time, so that no verdict is remembered; each of
/// the others is about a tool of its own.
fn among(mut configuration: Value, tool: &str, policies: usize) -> Value {
    let rule = |number: usize| {
        let tool = if number < 10 {
            tool.to_owned()
        } else {
            format!("tool_{number}")
        };
        format!(
            r#"@id("rule-{number}") permit (principal, action == Action::"call_tool", resource == Tool::"tools/{tool}") when {{ context.now > {number} }};"#
        )
    };
    let read = r#"permit (principal, action == Action::"http_request", resource == Route::"read_status");"#;
    let rules = (0..policies).map(rule).chain([read.to_owned()]);
    let text = rules.collect::<Vec<_>>().join("\n");
    if let Some(members) = configuration.as_object_mut() {
        members.insert("policies".to_owned(), text.into());
    }
    configuration
}

/// Bailiwick's configuration: the same issuer and the same rule as the native chain has.
fn bailiwick(terms: &Terms<'_>) -> Value {
    let permit = |action: &str, resource: &str| {
        format!(r#"permit (principal, action == Action::"{action}", resource == {resource});"#)
    };
    let mut policies = vec![
        permit("http_request", r#"Route::"read_status""#),
        permit("http_request", r#"Route::"read_large""#),
        permit("call_tool", &format!(r#"Tool::"tools/{}""#, terms.tool)),
        permit("list_tools", r#"Server::"lists""#),
    ];
    let callable = workloads::callable().map(|tool| format!(r#"Tool::"lists/{tool}""#));
    policies.extend(callable.map(|tool| permit("call_tool", &tool)));
    json!({
        "version": 1,
        "issuers": [{
            "name": "bench",
            "issuer": terms.issuer,
            "audiences": [terms.audience],
            "algorithms": ["ES256"],
            "keys": {"inline": terms.jwks},
        }, {
            "name": "mesh",
            "issuer": terms.trust_domain,
            "profile": "jwt_svid",
            "audiences": [terms.audience],
            "algorithms": ["ES256"],
            "keys": {"inline": terms.bundle},
        }],
        "routes": [
            {"name": "tools", "path": workloads::MCP, "origin": terms.audience, "mcp": {"server": "tools"}},
            {"name": "lists", "path": workloads::LISTS, "origin": terms.audience, "mcp": {"server": "lists"}},
            {"name": "status", "origin": terms.audience, "http": {"operations": [
                {"name": "read_status", "method": "GET", "path": workloads::STATUS},
                {"name": "read_large", "method": "GET", "path": workloads::LARGE},
            ]}},
        ],
        "policies": policies.join("\n"),
        // More than a run uses before they expire.
        "dpop": {"replay_entries": 1 << 20},
    })
}

/// An extension's configuration; `message` is its type without the leading `type.googleapis.com/`.
pub(crate) fn typed(name: &str, message: &str, mut settings: Value) -> Value {
    if let Some(fields) = settings.as_object_mut() {
        fields.insert(
            "@type".to_owned(),
            format!("type.googleapis.com/{message}").into(),
        );
    }
    json!({"name": name, "typed_config": settings})
}

/// An HTTP filter of Envoy's own; `message` is its type within `envoy.extensions.filters.http`.
pub(crate) fn filter(name: &str, message: &str, settings: Value) -> Value {
    typed(
        &format!("envoy.filters.http.{name}"),
        &format!("envoy.extensions.filters.http.{message}"),
        settings,
    )
}

fn jwt_authn(terms: &Terms<'_>, cached: bool) -> Value {
    let provider = json!({
        "issuer": terms.issuer,
        "audiences": [terms.audience],
        "local_jwks": {"inline_string": terms.jwks.to_string()},
        "jwt_cache_config": cached.then(|| json!({"jwt_cache_size": 100})),
    });
    filter(
        "jwt_authn",
        "jwt_authn.v3.JwtAuthentication",
        json!({
            "providers": {"issuer": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        }),
    )
}

fn mcp() -> Value {
    filter(
        "mcp",
        "mcp.v3.Mcp",
        json!({"traffic_mode": "PASS_THROUGH", "max_request_body_size": 1 << 20}),
    )
}

/// Allows reads, and calls of one tool, which the `mcp` filter found in the body.
fn rbac(tool: &str) -> Value {
    let read = json!({"header": {"name": ":method", "string_match": {"exact": "GET"}}});
    let tool = json!({"sourced_metadata": {"metadata_matcher": {
        "filter": "envoy.filters.http.mcp",
        "path": [{"key": "params"}, {"key": "name"}],
        "value": {"string_match": {"exact": tool}},
    }}});
    filter(
        "rbac",
        "rbac.v3.RBAC",
        json!({"rules": {"action": "ALLOW", "policies": {
            "calls": {"principals": [{"any": true}], "permissions": [read, tool]},
        }}}),
    )
}
