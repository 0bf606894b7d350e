//! Who takes part: one Envoy listener each, all with the same route, which answers by itself once it has the whole request.
//! So a row's cost is that of its filters, and no upstream blurs it.

use std::path::Path;

use bailiwick_tests::envoy::{EVIDENCE_PROPERTY, WasmFilter};
use serde_json::{Value, json};

/// The row that all others are compared with.
pub(crate) const NONE: &str = "no filter";
/// What Envoy can do by itself that comes closest to what Bailiwick does.
pub(crate) const NATIVE_CHAIN: &str = "native chain";
/// Bailiwick with a token that it has seen before.
pub(crate) const BAILIWICK_WARM: &str = "Bailiwick warm";

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
}

/// What all contenders agree on.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    /// The token's issuer.
    pub(crate) issuer: &'a str,
    /// The token's audience, and by what clients reach the gateway.
    pub(crate) audience: &'a str,
    /// The public keys, as a JWK set.
    pub(crate) jwks: &'a Value,
    /// The one tool that may be called.
    pub(crate) tool: &'a str,
}

/// All rows, in the order of the table.
pub(crate) fn all(terms: &Terms<'_>, plugin: &Path, noop: &Path) -> Vec<Contender> {
    let row = |name, filters, guards| Contender {
        name,
        filters,
        wasm_log: "warning",
        credential: Credential::Token,
        guards,
    };
    let noop = WasmFilter {
        name: "noop",
        module: noop,
        configuration: "",
        headers_stop_iteration: true,
    };
    let configuration = bailiwick(terms).to_string();
    let bailiwick = WasmFilter {
        name: "bailiwick",
        module: plugin,
        configuration: &configuration,
        headers_stop_iteration: true,
    };
    let bailiwick = || vec![bailiwick.to_json()];
    vec![
        row(NONE, vec![], Guards::Nothing),
        row(
            "wasm that does nothing",
            vec![noop.to_json()],
            Guards::Nothing,
        ),
        row("jwt_authn", vec![jwt_authn(terms, false)], Guards::Token),
        row(
            "jwt_authn with cache",
            vec![jwt_authn(terms, true)],
            Guards::Token,
        ),
        row(
            NATIVE_CHAIN,
            vec![jwt_authn(terms, true), mcp(), rbac(terms.tool)],
            Guards::TokenAndTool,
        ),
        row(BAILIWICK_WARM, bailiwick(), Guards::TokenAndTool),
        Contender {
            wasm_log: "info",
            ..row("warm, also to the log", bailiwick(), Guards::TokenAndTool)
        },
        Contender {
            credential: Credential::FreshToken,
            ..row("Bailiwick cold", bailiwick(), Guards::TokenAndTool)
        },
        Contender {
            credential: Credential::FreshProof,
            ..row(
                "Bailiwick, fresh DPoP proof",
                bailiwick(),
                Guards::TokenAndTool,
            )
        },
    ]
}

/// Bailiwick's configuration: the same issuer and the same rule as the native chain has.
fn bailiwick(terms: &Terms<'_>) -> Value {
    let policies = format!(
        r#"permit (principal, action == Action::"http_request", resource == Route::"read_status");
           permit (principal, action == Action::"call_tool", resource == Tool::"tools/{}");"#,
        terms.tool
    );
    json!({
        "version": 1,
        "issuers": [{
            "name": "bench",
            "issuer": terms.issuer,
            "audiences": [terms.audience],
            "algorithms": ["ES256"],
            "keys": {"inline": terms.jwks},
        }],
        "routes": [
            {"name": "tools", "path": "/mcp", "origin": terms.audience, "mcp": {"server": "tools"}},
            {"name": "status", "origin": terms.audience, "http": {"operations": [{"name": "read_status", "method": "GET", "path": "/status"}]}},
        ],
        "policies": policies,
        // More than a run uses before they expire.
        "dpop": {"replay_entries": 1 << 20},
    })
}

/// The whole bootstrap: a listener for each contender, named like it, and one access log for all.
pub(crate) fn bootstrap(contenders: &[Contender], access_log: &Path) -> Value {
    let listeners = contenders.iter().map(|one| listener(one, access_log));
    let listeners: Vec<_> = listeners.collect();
    json!({
        "admin": {"address": any_port()},
        "static_resources": {"listeners": listeners},
    })
}

fn listener(contender: &Contender, access_log: &Path) -> Value {
    let mut filters = contender.filters.clone();
    // Without it the route would answer a POST before its body is there, and Envoy would then close the connection.
    filters.push(filter(
        "buffer",
        "buffer.v3.Buffer",
        json!({"max_request_bytes": 1 << 20}),
    ));
    filters.push(filter("router", "router.v3.Router", json!({})));
    let manager = json!({
        "stat_prefix": contender.name.replace(' ', "_"),
        "access_log": [log_to(access_log)],
        "http_filters": filters,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{
            "match": {"prefix": "/"},
            "direct_response": {"status": 200, "body": {"inline_string": "{}"}},
        }]}]},
    });
    json!({
        "name": contender.name,
        "address": any_port(),
        "filter_chains": [{"filters": [typed(
            "envoy.filters.network.http_connection_manager",
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            manager,
        )]}],
    })
}

/// A line for every request: what everybody logs, and Bailiwick's record where there is one.
fn log_to(access_log: &Path) -> Value {
    let line = format!(
        "%START_TIME% %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DURATION% %FILTER_STATE(wasm.{EVIDENCE_PROPERTY}:PLAIN)%\n"
    );
    typed(
        "envoy.access_loggers.file",
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        json!({
            "path": access_log,
            "log_format": {"text_format_source": {"inline_string": line}},
        }),
    )
}

fn any_port() -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": 0}})
}

/// An extension's configuration; `message` is its type without the leading `type.googleapis.com/`.
fn typed(name: &str, message: &str, mut settings: Value) -> Value {
    if let Some(fields) = settings.as_object_mut() {
        fields.insert(
            "@type".to_owned(),
            format!("type.googleapis.com/{message}").into(),
        );
    }
    json!({"name": name, "typed_config": settings})
}

fn filter(name: &str, message: &str, settings: Value) -> Value {
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
    filter("mcp", "mcp.v3.Mcp", json!({"traffic_mode": "PASS_THROUGH"}))
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
