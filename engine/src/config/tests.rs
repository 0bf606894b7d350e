mod lifecycle;

use std::num::NonZeroU8;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::identity::issuer::{KeySource, TokenProfile};
use crate::identity::jose::algorithm::Algorithm;
use crate::operation::McpRevision;
use crate::operation::route::{DenialStatus, Endpoint, RouteProtocol};

mod a2a;
mod biscuits;
mod declared;
mod issuers;
mod sessions;
mod warrants;

/// A configuration with nothing in it that isn't needed.
fn small() -> Value {
    json!({
        "version": 1,
        "issuers": [{
            "name": "acme",
            "issuer": "https://login.acme.example",
            "audiences": ["https://tools.acme.example/mcp"],
            "algorithms": ["ES256"],
            "keys": {"remote": {"url": "https://login.acme.example/jwks.json", "cluster": "acme-login"}}
        }],
        "routes": [{"name": "orders", "path": "/mcp", "mcp": {"server": "orders"}}],
        "policies": "permit(principal, action, resource);"
    })
}

fn read(value: &Value) -> Result<GateConfig, Vec<String>> {
    from_json(value.to_string().as_bytes())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// The small configuration with the value at a JSON pointer replaced or added.
fn with(pointer: &str, value: Value) -> Value {
    let mut config = small();
    let (above, name) = pointer.rsplit_once('/').unwrap();
    let above = config.pointer_mut(above).unwrap();
    match above.as_array_mut() {
        Some(elements) => elements.insert(name.parse().unwrap(), value),
        None => above[name] = value,
    }
    config
}

#[test]
fn defaults_are_the_documented_ones() {
    let config = read(&small()).unwrap();
    let issuer = &config.issuers[0];
    assert_eq!(&*issuer.name.0, "acme");
    assert_eq!(issuer.profile, TokenProfile::Rfc9068);
    assert_eq!(issuer.algorithms, [Algorithm::Es256]);
    assert_eq!(issuer.clock_skew, Seconds(30));
    assert_eq!(issuer.max_lifetime, Seconds(3600));
    assert_eq!(issuer.claims.client, ["client_id", "azp"]);
    let KeySource::Remote(keys) = &issuer.keys else {
        panic!("{:?}", issuer.keys);
    };
    assert_eq!(
        [keys.timeout, keys.refresh, keys.grace, keys.min_interval],
        [5, 300, 3600, 10].map(Seconds)
    );
    assert_eq!(config.credential.header.as_str(), "authorization");
    assert_eq!(config.credential.max_bytes, 8192);
    assert!(!config.forward_credential);
    assert_eq!(config.delegation.max_depth.0, NonZeroU8::new(8).unwrap());
    assert!(!config.routes[0].terms.attenuation_proven);
    assert_eq!(config.errors.detail, Detail::Explain);
    assert_eq!(config.limits.waiting, 128);
    assert_eq!(config.limits.key_wait, Seconds(5));
    assert_eq!(config.limits.tokens, 1024);
    let RouteProtocol::Mcp(rules) = &config.routes[0].protocol else {
        panic!("{:?}", config.routes[0]);
    };
    assert_eq!(rules.endpoint, Endpoint::Exact("/mcp".to_owned()));
    assert_eq!(rules.revisions, McpRevision::USUAL);
    assert_eq!(rules.denial_status, DenialStatus::Forbidden);
    assert_eq!(rules.json.max_bytes, 262_144);
    assert_eq!(config.policies[0].name, "policies");
    assert_eq!(config.loosened(), [""; 0]);
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    for (pointer, value, expected) in [
        (
            "/version",
            json!(2),
            &["version: version 2 is not known, this is 1"][..],
        ),
        (
            "/delegation",
            json!({"max_depht": 3}),
            &["delegation.max_depht: unknown field, did you mean `max_depth`?"],
        ),
        (
            "/delegation",
            json!({"max_depth": 33}),
            &["delegation.max_depth: 33 is not within 1 to 32"],
        ),
        (
            "/routes/0/attenuation",
            json!("prooven"),
            &[
                "routes[0].attenuation: `prooven` is not one of `unproven_ok`, `proven`, did you mean `proven`?",
            ],
        ),
        (
            "/delegation",
            json!({"ceilings": [
                {"actor": {"issuer": "", "subject": "planner"}},
                {"actor": {"issuer": "https://a", "subject": "b"}, "tools": ["look_up", "ordres/x"]},
                {"actor": {"issuer": "https://a", "subject": "b"}, "scopes": ["a b"], "operations": ["x"]},
            ]}),
            &[
                "delegation.ceilings[0].actor.issuer: it is not empty",
                "delegation.ceilings[0]: `scopes`, `tools` or `operations` is needed, or else it limits nothing",
                "delegation.ceilings[1].tools[0]: `look_up` is not `SERVER/TOOL` with the `server` of a route",
                "delegation.ceilings[1].tools[1]: `ordres/x` is not `SERVER/TOOL` with the `server` of a route, did you mean `orders`?",
                "delegation.ceilings[2].scopes[0]: `a b` is no scope: visible ASCII without space, quote and backslash",
                "delegation.ceilings[2].operations[0]: `x` is no operation of any route",
                "delegation.ceilings[2].actor: this actor has a ceiling already",
            ],
        ),
        (
            "/issuers",
            json!([]),
            &["issuers: there are 0 issuers, expected 1 to 64"],
        ),
        (
            "/issuers/1",
            small()["issuers"][0].clone(),
            &[
                "issuers[1].name: `acme` is the `name` of `issuers[0]` already",
                "issuers[1].issuer: `https://login.acme.example` is the `issuer` of `issuers[0]` already",
            ],
        ),
        (
            "/issuers/0/name",
            json!("Acme"),
            &["issuers[0].name: `Acme` is not 1 to 64 of the characters `a-z 0-9 -`"],
        ),
        (
            "/issuers/0/algorithms",
            json!(["ES265", "ES256", "ES256", "HS256"]),
            &[
                "issuers[0].algorithms[0]: `ES265` is not one of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, \
             `ES384`, `Ed25519`, `EdDSA`, did you mean `ES256`?",
                "issuers[0].algorithms[2]: `ES256` stands there twice",
                "issuers[0].algorithms[3]: `HS256` is not one of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, \
             `ES384`, `Ed25519`, `EdDSA`, did you mean `RS256`?",
            ],
        ),
        (
            "/issuers/0/algorithms",
            json!([]),
            &["issuers[0].algorithms: at least one is needed"],
        ),
        (
            "/issuers/0/audiences",
            json!([]),
            &[
                "issuers[0].audiences: at least one is needed, unless every route has an `audience`: without it a token for any \
             service would be accepted",
            ],
        ),
        (
            "/issuers/0/clock_skew",
            json!(30),
            &["issuers[0].clock_skew: unknown field, did you mean `clock_skew_seconds`?"],
        ),
        (
            "/issuers/0/clock_skew_seconds",
            json!(301),
            &["issuers[0].clock_skew_seconds: 301 is not within 0 to 300"],
        ),
        (
            "/issuers/0/keys",
            json!({"remot": {}}),
            &["issuers[0].keys: `remot` is not one of `remote`, `inline`, did you mean `remote`?"],
        ),
        (
            "/issuers/0/keys",
            json!({"inline": {"keys": []}}),
            &["issuers[0].keys.inline: the key set has no usable key"],
        ),
        (
            "/issuers/0/keys/remote/url",
            json!("ftp://a.example/x"),
            &[
                "issuers[0].keys.remote.url: `ftp://a.example/x` is not an `https` URL without user and fragment",
            ],
        ),
        (
            "/issuers/0/keys/remote/timeout_seconds",
            json!(0),
            &["issuers[0].keys.remote.timeout_seconds: 0 is not within 1 to 30"],
        ),
        (
            "/credential",
            json!({"header": "no header"}),
            &["credential.header: `no header` is not the name of a header field"],
        ),
        ("/routes", json!([]), &["routes: at least one is needed"]),
        (
            "/routes/0/http",
            json!({"operations": []}),
            &["routes[0]: exactly one of `mcp`, `a2a` and `http` is needed"],
        ),
        (
            "/routes/0/path",
            json!("mcp"),
            &["routes[0].path: `mcp` does not start with `/`"],
        ),
        (
            "/routes/0/path",
            json!("/a/*/b"),
            &["routes[0].path: a path is literal text; only `/*` at its end has a meaning"],
        ),
        (
            "/routes/0/path",
            json!(null),
            &["routes[0].path: an MCP route needs one"],
        ),
        (
            "/routes/0/host",
            json!("a.example:443"),
            &["routes[0].host: `a.example:443` is not a host name in lower case and without port"],
        ),
        (
            "/routes/0/mcp/denial_status",
            json!(404),
            &["routes[0].mcp.denial_status: 404 is neither 403 nor 200"],
        ),
        (
            "/routes/0/mcp/revisions",
            json!(["2025-11-26"]),
            &[
                "routes[0].mcp.revisions[0]: `2025-11-26` is not one of `2025-03-26`, `2025-06-18`, `2025-11-25`, `2026-07-28`, did you mean `2025-11-25`?",
            ],
        ),
        (
            "/routes/0/mcp/origins",
            json!(["https://a.example/"]),
            &[
                "routes[0].mcp.origins[0]: `https://a.example/` is not a scheme, a host and perhaps a port, such as \
             `https://app.example`",
            ],
        ),
        (
            "/routes/1",
            json!({"name": "api", "path": "/v1", "http": {"operations": [
                {"name": "read order", "method": "get", "path": "/v2/orders"},
            ]}}),
            &[
                "routes[1].http.operations[0].name: `read order` is not 1 to 64 of the characters `A-Z a-z 0-9 _ - .`",
                "routes[1].http.operations[0].method: `get` is not a method in upper case",
                "routes[1].http.operations[0].path: `/v2/orders` does not lie under the route's `path`",
            ],
        ),
        (
            "/policies",
            json!(" "),
            &["policies: there is no policy, so that nothing would be permitted"],
        ),
        (
            "/policies",
            json!(1),
            &[
                "policies: expected Cedar policies as one text, or a list of objects with `name` and `cedar`, found `1`",
            ],
        ),
        (
            "/policies",
            json!([{"name": "a", "cedar": "x"}, {"name": "a", "cedar": "x"}]),
            &["policies[1].name: `a` is the `name` of `policies[0]` already"],
        ),
        (
            "/errors",
            json!({"realm": "a\"b"}),
            &[
                "errors.realm: a realm is 1 to 256 visible ASCII characters without quote and backslash",
            ],
        ),
        (
            "/errors",
            json!({"resource_metadata": "https://a.example"}),
            &["errors.resource_metadata: unknown field, expected one of `detail`, `realm`"],
        ),
        (
            "/resources",
            json!([
                {"resource": "https://a.example/mcp"},
                {"resource": "https://a.example/mcp"},
                {"resource": "https://a.example/mcp?x"},
                {"resource": "https://b.example", "authorization_servers": ["as"], "scopes_supported": ["a b", "c", "c"],
                 "resource_documentation": "see there"},
            ]),
            &[
                "resources[1].resource: `https://a.example/mcp` is the `resource` of `resources[0]` already",
                "resources[0].resource: no route names `https://a.example/mcp` as its `resource`",
                "resources[1].resource: no route names `https://a.example/mcp` as its `resource`",
                "resources[2].resource: no route names `https://a.example/mcp?x` as its `resource`",
                "resources[2].resource: `https://a.example/mcp?x` is not `https://host[:port]/path` in its normal form, without user, query and fragment",
                "resources[3].resource: no route names `https://b.example` as its `resource`",
                "resources[3].authorization_servers: `as` is not an `https` URL without user and fragment",
                "resources[3].scopes_supported[0]: `a b` is no scope: visible ASCII without space, quote and backslash",
                "resources[3].scopes_supported[2]: `c` stands there twice",
                "resources[3].resource_documentation: `see there` is not an `https` URL without user and fragment",
            ],
        ),
        (
            "/routes/0/resource",
            json!("https://a.example/mcp"),
            &["routes[0].resource: `https://a.example/mcp` is none of `resources`"],
        ),
        (
            "/cors",
            json!({"origins": ["*", "null", "https://a.example/", "https://*.example", "https://a.example"],
                   "allow_headers": ["*", "Accept", "x-*", "x-*-y", "a b", "a\r\nb"],
                   "expose_headers": ["x-*", ""],
                   "max_age_seconds": 86_401}),
            &[
                "cors.origins[0]: `*` is not a scheme, a host and perhaps a port, such as `https://app.example`",
                "cors.origins[1]: `null` is not a scheme, a host and perhaps a port, such as `https://app.example`",
                "cors.origins[2]: `https://a.example/` is not a scheme, a host and perhaps a port, such as `https://app.example`",
                "cors.origins[3]: `https://*.example` is not a scheme, a host and perhaps a port, such as `https://app.example`",
                "cors.allow_headers[0]: `*` is not the name of a header field in lower case",
                "cors.allow_headers[1]: `Accept` is not the name of a header field in lower case",
                "cors.allow_headers[3]: `x-*-y` is not the name of a header field in lower case",
                "cors.allow_headers[4]: `a b` is not the name of a header field in lower case",
                "cors.allow_headers[5]: `a\r\nb` is not the name of a header field in lower case",
                "cors.expose_headers[0]: `x-*` is not the name of a header field in lower case",
                "cors.expose_headers[1]: `` is not the name of a header field in lower case",
                "cors.max_age_seconds: 86401 is not within 0 to 86400",
            ],
        ),
        (
            "/routes/0/cors",
            json!({"origins": []}),
            &["routes[0].cors.origins: at least one is needed"],
        ),
        (
            "/routes/0/scopes",
            json!(["a", "b\"", "a", "", "offline_access"]),
            &[
                "routes[0].scopes[1]: `b\"` is no scope: visible ASCII without space, quote and backslash",
                "routes[0].scopes[2]: `a` stands there twice",
                "routes[0].scopes[3]: `` is no scope: visible ASCII without space, quote and backslash",
                "routes[0].scopes[4]: `offline_access` asks for a refresh token, which is between clients and authorization servers",
            ],
        ),
        (
            "/routes/0/authentication",
            json!({}),
            &[
                "routes[0].authentication: `acr_values` or `max_age_seconds` is needed, or else it requires nothing",
            ],
        ),
        (
            "/routes/0/authentication",
            json!({"acr_values": ["a\nb"], "max_age_seconds": 31_536_001}),
            &[
                "routes[0].authentication.acr_values[0]: `a\nb` is no class: visible ASCII without space, quote and backslash",
                "routes[0].authentication.max_age_seconds: 31536001 is not within 0 to 31536000",
            ],
        ),
        (
            "/limits",
            json!({"key_wait_seconds": 61, "json_depth": 1}),
            &[
                "limits.key_wait_seconds: 61 is not within 1 to 60",
                "limits.json_depth: 1 is not within 2 to 128",
            ],
        ),
    ] {
        let expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        let found = read(&with(pointer, value)).map(|_| ()).unwrap_err();
        assert_eq!(found, expected, "{pointer}");
    }
}

#[test]
fn what_is_no_strict_json_object_is_no_configuration() {
    for (text, expected) in [
        ("", "there is no JSON value"),
        ("[]", "expected an object, found an array"),
        (
            r#"{"version":1,"version":1}"#,
            "byte `13`: this name stands in its object twice",
        ),
        ("{}", "`version` is missing"),
    ] {
        let errors = from_json(text.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(errors.to_string(), expected);
    }
}

#[test]
fn every_default_that_protects_is_missed_loudly() {
    for (pointer, value, expected) in [
        (
            "/issuers/0/profile",
            json!("jwt"),
            "issuers[0].profile: tokens need no type of their own",
        ),
        (
            "/issuers/0/clock_skew_seconds",
            json!(60),
            "issuers[0].clock_skew_seconds: 60 is more than the default of 30",
        ),
        (
            "/issuers/0/max_lifetime_seconds",
            json!(86_400),
            "issuers[0].max_lifetime_seconds: 86400 is more",
        ),
        (
            "/issuers/0/algorithms",
            json!(["EdDSA"]),
            "issuers[0].algorithms[0]: `EdDSA` does not say which curve",
        ),
        (
            "/issuers/0/keys/remote/url",
            json!("http://127.0.0.1:8080/jwks"),
            "issuers[0].keys.remote.url: keys are fetched",
        ),
        (
            "/issuers/0/keys/remote/grace_seconds",
            json!(7200),
            "issuers[0].keys.remote.grace_seconds: 7200 is more",
        ),
        (
            "/credential",
            json!({"query_tokens": "ignore"}),
            "credential.query_tokens: tokens in URLs are not read",
        ),
        (
            "/credential",
            json!({"forward": true}),
            "credential.forward: the client's credential is passed on",
        ),
        (
            "/credential",
            json!({"max_bytes": 16_384}),
            "credential.max_bytes: 16384 is more than",
        ),
        (
            "/delegation",
            json!({"max_depth": 9}),
            "delegation.max_depth: 9 is more than",
        ),
        (
            "/limits",
            json!({"body_bytes": 1_048_576}),
            "limits.body_bytes: 1048576 is more than",
        ),
        (
            "/limits",
            json!({"waiting": 200}),
            "limits.waiting: 200 is more than",
        ),
    ] {
        let config = read(&with(pointer, value)).unwrap();
        let [line] = config.loosened() else {
            panic!("{pointer}: {:?}", config.loosened());
        };
        assert!(line.starts_with(expected), "{pointer}: {line}");
    }
    let tightened = with("/delegation", json!({"max_depth": 1}));
    assert_eq!(read(&tightened).unwrap().loosened(), [""; 0]);
}

#[test]
fn routes_are_read_in_all_their_forms() {
    let mut config = small();
    config["issuers"][0]["audiences"] = json!([]);
    config["routes"] = json!([
        {"name": "below", "path": "/mcp/*", "audience": "a", "mcp": {
            "server": "orders", "denial_status": 200, "revisions": ["2025-11-25"], "origins": ["https://app.example:8443"]
        }},
        {"name": "api", "host": "api.acme.example", "audience": "b", "http": {"operations": [
            {"name": "read_order", "method": "GET", "path": "/v1/orders/{id}"}
        ]}}
    ]);
    let config = read(&config).unwrap();
    let RouteProtocol::Mcp(rules) = &config.routes[0].protocol else {
        panic!("{:?}", config.routes[0]);
    };
    assert_eq!(rules.endpoint, Endpoint::Below("/mcp".to_owned()));
    assert_eq!(rules.denial_status, DenialStatus::Ok);
    assert_eq!(rules.revisions, [McpRevision::V2025_11_25]);
    assert_eq!(rules.allowed_origins, ["https://app.example:8443"]);
    let RouteProtocol::Http(operations) = &config.routes[1].protocol else {
        panic!("{:?}", config.routes[1]);
    };
    assert_eq!(config.routes[1].host.as_deref(), Some("api.acme.example"));
    assert_eq!(config.routes[1].audience.as_deref(), Some("b"));
    assert_eq!(operations[0].template, "/v1/orders/{id}");
}

#[test]
fn the_digest_is_of_the_meaning_not_of_the_spacing() {
    let compact = small().to_string();
    let pretty = serde_json::to_string_pretty(&small()).unwrap();
    let digest = |text: &str| from_json(text.as_bytes()).unwrap().digest;
    assert_eq!(digest(&compact), digest(&pretty));
    assert_ne!(
        digest(&compact),
        digest(&compact.replace("acme-login", "acme"))
    );
}

/// Every place in a value, as JSON pointers.
fn pointers(value: &Value, above: &str, found: &mut Vec<String>) {
    let mut below = |step: String, value| {
        found.push(format!("{above}/{step}"));
        pointers(value, &format!("{above}/{step}"), found);
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                below(name.clone(), value);
            }
        }
        Value::Array(elements) => {
            for (place, value) in elements.iter().enumerate() {
                below(place.to_string(), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    /// Whatever stands where something else should: it is read, or it is an error whose path leads there or above.
    #[test]
    fn any_value_anywhere_is_read_or_named(place in any::<prop::sample::Index>(), value in any_value()) {
        let mut config = small();
        let mut places = Vec::new();
        pointers(&config, "", &mut places);
        let pointer = place.get(&places);
        *config.pointer_mut(pointer).unwrap() = value;
        let segment = |step: &str| match step.parse::<usize>() {
            Ok(place) => format!("[{place}]"),
            Err(_) => format!(".{step}"),
        };
        let path: String = pointer.split('/').skip(1).map(segment).collect();
        let path = path.trim_start_matches('.');
        if let Err(errors) = from_json(config.to_string().as_bytes()) {
            for error in errors.iter() {
                let related = path.starts_with(&error.path) || error.path.starts_with(path);
                prop_assert!(related, "{path}: {error}");
            }
        }
    }
}
