//! Every kind of token in every place where another is expected (RFC 8725, section 3.11): exactly the diagonal passes.
//!
//! What is presented is as like the right thing as it can be: signed by the same key under the same name, with all the claims
//! that the place asks for, but for a JWS whose payload is no claims at all. Only the marks of its own kind are left: `typ`, and the claims that no other kind has.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on should say so and stop"
)]

use std::path::{Path, PathBuf};

use bailiwick_host_test::Module;
use bailiwick_host_test::case::{load, report, run};
use serde_json::{Map, Value, json};

/// A kind of token: its name, its header's marks and its claims' marks.
type Kind = (&'static str, Value, Value);

fn kinds() -> Vec<Kind> {
    let jwk = json!("${jwk:holder}");
    vec![
        (
            "access token",
            json!({"typ": "at+jwt"}),
            json!({"client_id": "bot-client"}),
        ),
        (
            "ID token",
            json!({"typ": "JWT"}),
            json!({"nonce": "n", "at_hash": "h", "auth_time": 1_800_000_000}),
        ),
        (
            "ID-JAG",
            json!({"typ": "oauth-id-jag+jwt"}),
            json!({"client_id": "bot-client", "resource": "https://tools.example"}),
        ),
        (
            "JWT-SVID",
            json!({"typ": null}),
            json!({"sub": "spiffe://prod.acme.example/agent"}),
        ),
        (
            "WIT",
            json!({"typ": "wit+jwt"}),
            json!({"cnf": {"jwk": jwk}}),
        ),
        (
            "WPT",
            json!({"typ": "wpt+jwt"}),
            json!({"wth": "${digest:wit}", "jti": "kind"}),
        ),
        (
            "transaction token",
            json!({"typ": "txntoken+jwt"}),
            json!({"txn": "9", "req_wl": "front"}),
        ),
        (
            "DPoP proof",
            json!({"typ": "dpop+jwt", "jwk": jwk}),
            json!({"htm": "GET", "htu": "https://tools.example/reports"}),
        ),
        (
            "AAT",
            json!({"typ": "aat+jwt"}),
            json!({"tools": {}, "type": "attenuating_agent_token"}),
        ),
        (
            "AAT PoP",
            json!({"typ": "aat-pop+jwt"}),
            json!({"aat_id": "x"}),
        ),
        (
            "status list",
            json!({"typ": "statuslist+jwt"}),
            json!({"ttl": 60, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}),
        ),
        (
            "logout token",
            json!({"typ": "logout+jwt"}),
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
        ),
        ("plain JWS", json!({"typ": "JOSE"}), json!({})),
    ]
}

/// A place where one kind is expected.
struct Place {
    expects: &'static str,
    /// Whose key signs, by the name it has there.
    key: &'static str,
    /// The header and the claims that whatever stands there must have; `null` for those that it can't.
    header: Value,
    claims: Value,
    /// The request's fields, with the token `${token:it}`.
    fields: Value,
    path: &'static str,
}

fn places() -> Vec<Place> {
    let proof = json!({"aud": "https://tools.example/reports", "exp": 1_800_000_060});
    vec![
        Place {
            expects: "access token",
            key: "corp",
            header: json!({}),
            claims: json!({
                "iss": "https://as.example", "aud": "https://tools.example", "sub": "agent", "exp": 1_800_000_060,
                "iat": 1_799_999_990, "client_id": "bot-client", "cnf": null,
            }),
            fields: json!([["authorization", "Bearer ${token:it}"]]),
            path: "/reports",
        },
        Place {
            expects: "JWT-SVID",
            key: "svid",
            header: json!({}),
            claims: json!({
                "iss": null, "aud": "https://tools.example", "sub": "spiffe://prod.acme.example/agent",
                "exp": 1_800_000_060, "cnf": null,
            }),
            fields: json!([["authorization", "Bearer ${token:it}"]]),
            path: "/reports",
        },
        Place {
            expects: "WIT",
            key: "wit",
            header: json!({}),
            claims: json!({
                "iss": null, "aud": null, "sub": "wimse://prod.acme.example/agent", "exp": 1_800_000_060,
                "cnf": {"jwk": "${jwk:holder}"},
            }),
            fields: json!([
                ["workload-identity-token", "${token:it}"],
                ["authorization", "WPT ${token:of-it}"]
            ]),
            path: "/reports",
        },
        Place {
            expects: "WPT",
            key: "holder",
            header: json!({"kid": null}),
            claims: patched(
                &proof,
                &json!({"iss": null, "wth": "${digest:wit}", "cnf": null}),
            ),
            fields: json!([
                ["workload-identity-token", "${token:wit}"],
                ["authorization", "WPT ${token:it}"]
            ]),
            path: "/reports",
        },
        Place {
            expects: "transaction token",
            key: "transactions",
            header: json!({}),
            claims: json!({
                "iss": "https://tts.example", "aud": "prod.acme.example", "sub": "maria", "txn": "9", "req_wl": "front",
                "scope": "a", "iat": 1_799_999_990, "exp": 1_800_000_060, "cnf": null,
            }),
            fields: json!([
                ["authorization", "Bearer ${token:access}"],
                ["txn-token", "${token:it}"]
            ]),
            path: "/ledger",
        },
        Place {
            expects: "DPoP proof",
            key: "holder",
            header: json!({"kid": null, "jwk": "${jwk:holder}"}),
            claims: json!({
                "htm": "GET", "htu": "https://tools.example/reports", "iat": 1_800_000_000, "ath": "${digest:bound}",
                "cnf": null,
            }),
            fields: json!([
                ["authorization", "DPoP ${token:bound}"],
                ["dpop", "${token:it}"]
            ]),
            path: "/reports",
        },
        Place {
            expects: "AAT",
            key: "anchor",
            header: json!({"kid": null}),
            claims: root_claims(),
            fields: json!([["agent-authorization", "AAT ${warrant:it,call-of-it}"]]),
            path: "/warranted",
        },
        Place {
            expects: "AAT PoP",
            key: "holder",
            header: json!({"kid": null}),
            claims: patched(
                &call_claims("root"),
                &json!({"iss": null, "aud": null, "cnf": null}),
            ),
            fields: json!([["agent-authorization", "AAT ${warrant:root,it}"]]),
            path: "/warranted",
        },
    ]
}

/// What a root token says that lets its holder call the one operation there is.
fn root_claims() -> Value {
    json!({
        "iss": "https://payroll.example", "aud": "https://tools.example", "iat": 1_799_999_990, "exp": 1_800_000_060,
        "del_depth": 0, "del_max_depth": 0, "cnf": {"jwk": "${jwk:holder}"},
        "authorization_details": [{"type": "attenuating_agent_token", "tools": {"warranted": {}}}],
    })
}

/// What a proof says for a call by the token of that name.
fn call_claims(token: &str) -> Value {
    json!({
        "iat": 1_800_000_000, "aat_id": token, "aat_hash": format!("${{input-digest:{token}}}"), "aat_tool": "warranted",
        "hta": {},
    })
}

/// `target` with the members of `patch` in place of its own.
fn patched(target: &Value, patch: &Value) -> Value {
    let mut members: Map<String, Value> = target.as_object().unwrap().clone();
    members.extend(patch.as_object().unwrap().clone());
    Value::Object(members)
}

fn case() -> Value {
    let access = json!({
        "key": "corp", "header": {"typ": "at+jwt"},
        "payload": places().first().unwrap().claims.clone(),
    });
    let with_id = |token: &Value, id: &str, more: Value| {
        let mut token = token.clone();
        token["payload"] = patched(&patched(&token["payload"], &json!({"jti": id})), &more);
        token
    };
    let mut tokens = json!({
        "access": with_id(&access, "access", json!({})),
        "bound": with_id(&access, "bound", json!({"cnf": {"jkt": "${jkt:holder}"}})),
        "wit": {"key": "wit", "header": {"typ": "wit+jwt"}, "payload": places()[2].claims},
        "root": {
            "key": "anchor", "header": {"typ": "aat+jwt", "kid": null},
            "payload": patched(&root_claims(), &json!({"jti": "root"})),
        },
    });
    let mut rows = Vec::new();
    for (number, place) in places().iter().enumerate() {
        for (kind, header, claims) in kinds() {
            let name = format!("{number}-{}", kind.replace(' ', "-"));
            let id = json!({"jti": name});
            tokens[&name] = json!({
                "key": place.key,
                "header": patched(&patched(&header, &place.header), &json!({"typ": header["typ"]})),
                "payload": patched(&patched(&claims, &place.claims), &id),
            });
            // A proof for the identity that is tried.
            tokens[format!("of-{name}")] = json!({
                "key": "holder",
                "header": {"typ": "wpt+jwt", "kid": null},
                "payload": {
                    "aud": "https://tools.example/reports", "exp": 1_800_000_060, "jti": format!("of-{name}"),
                    "wth": format!("${{digest:{name}}}"),
                },
            });
            // And a call by the chain that is tried.
            tokens[format!("call-of-{name}")] = json!({
                "key": "holder", "header": {"typ": "aat-pop+jwt", "kid": null},
                "payload": patched(&call_claims(&name), &json!({"jti": format!("call-of-{name}")})),
            });
            if kind == "plain JWS" {
                tokens[&name]["payload_text"] = "It's a dangerous business".into();
            }
            let fields = place.fields.to_string();
            let fields = fields.replace(":it}", &format!(":{name}}}"));
            let fields = fields.replace(",it}", &format!(",{name}}}"));
            let fields = fields.replace(":it,call-of-it}", &format!(":{name},call-of-{name}}}"));
            let fields = fields.replace(":of-it}", &format!(":of-{name}}}"));
            let decision = if kind == place.expects {
                "allow"
            } else {
                "deny"
            };
            rows.push(json!({
                "name": format!("{kind} where {} is expected", place.expects),
                "request_headers": {
                    "path": place.path,
                    "header": serde_json::from_str::<Value>(&fields).unwrap(),
                },
                "result": {"decision": decision},
            }));
        }
    }
    let issuer = |name: &str, identifier: &str, profile: &str, more: Value| {
        let issuer = json!({
            "name": name, "issuer": identifier, "profile": profile, "algorithms": ["ES256"],
            "keys": {"inline": format!("${{jwks:{name}}}")},
        });
        patched(&issuer, &more)
    };
    json!({
        "name": "type confusion",
        "description": "Every kind of token in every place where another is expected: exactly the diagonal passes.",
        "env": {
            "time": 1_800_000_000,
            "config": {
                "version": 1,
                "issuers": [
                    issuer("corp", "https://as.example", "rfc9068", json!({"audiences": ["https://tools.example"]})),
                    issuer("svid", "prod.acme.example", "jwt_svid", json!({"audiences": ["https://tools.example"]})),
                    issuer("wit", "prod.acme.example", "wit", json!({"proof": "wpt-02"})),
                    issuer("transactions", "https://tts.example", "transaction_token", json!({"audiences": ["prod.acme.example"]})),
                ],
                "routes": [
                    {"name": "reports", "origin": "https://tools.example", "http": {"operations": [
                        {"name": "reports", "method": "GET", "path": "/reports"},
                    ]}},
                    {"name": "warranted", "warrant": "require", "http": {"operations": [
                        {"name": "warranted", "method": "GET", "path": "/warranted"},
                    ]}},
                    {"name": "ledger", "transaction_tokens": "require", "http": {"operations": [
                        {"name": "ledger", "method": "GET", "path": "/ledger"},
                    ]}},
                ],
                "warrants": {"aat": {
                    "profile": "aat-02", "algorithms": ["Ed25519", "ES256"], "audiences": ["https://tools.example"],
                    "anchors": [{"name": "payroll", "issuer": "https://payroll.example", "keys": "${jwks:anchor}"}],
                }},
                "policies": "@id(\"all\") permit (principal, action, resource);",
            },
        },
        "keys": {
            "corp": {"file": "es256"},
            "anchor": {"file": "es256"},
            "svid": {"file": "es256", "jwk": {"use": "jwt-svid"}},
            "wit": {"file": "es256"},
            "transactions": {"file": "es256"},
            "holder": {"file": "es256", "jwk": {"kid": null, "use": null}},
        },
        "tokens": tokens,
        "test": rows,
    })
}

/// Every kind as the status list that is fetched for a token whose issuer publishes one.
fn fetched_case() -> Value {
    let list = "https://as.example/status/1";
    let wanted = json!({
        "iss": "https://as.example", "sub": list, "aud": "https://tools.example", "iat": 1_799_999_990,
        "exp": 1_800_600_000, "ttl": 60, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}, "cnf": null,
    });
    let claims = &places()[0].claims;
    let subject = json!({
        "exp": 1_800_003_590, "jti": "access", "status": {"status_list": {"idx": 1, "uri": list}},
    });
    let mut tokens = json!({
        "access": {"key": "corp", "header": {"typ": "at+jwt"}, "payload": patched(claims, &subject)},
        "wit": {"key": "corp", "header": {"typ": "wit+jwt"}, "payload": {"cnf": {"jwk": "${jwk:holder}"}}},
    });
    let mut rows = Vec::new();
    for (kind, header, claims) in kinds() {
        let name = format!("as-{}", kind.replace(' ', "-"));
        tokens[&name] = json!({
            "key": "corp", "header": header, "payload": patched(&claims, &wanted),
        });
        if kind == "plain JWS" {
            tokens[&name]["payload_text"] = "It's a dangerous business".into();
        }
        let result = if kind == "status list" {
            json!({"decision": "allow"})
        } else {
            json!({"decision": "deny", "reason": "status_unavailable"})
        };
        let served = json!([{"path": "/status/1", "body": format!("${{token:{name}}}")}]);
        rows.push(json!({
            "name": format!("{kind} where a status list is fetched"),
            // The list before it has had its time by then.
            "before": [{"clusters": {"status": served}, "advance": 100, "tick": []}],
            "request_headers": {"path": "/reports", "header": [["authorization", "Bearer ${token:access}"]]},
            "while_held": [{"advance": 5}, {"tick": []}],
            "result": result,
        }));
    }
    json!({
        "name": "type confusion of fetched lists",
        "description": "Every kind of token in place of the status list that is fetched: only that passes.",
        "env": {
            "time": 1_800_000_000,
            "workers": 1,
            "clusters": {"status": [{"path": "/status/1", "body": "${token:as-status-list}"}]},
            "config": {
                "version": 1,
                "issuers": [{
                    "name": "corp", "issuer": "https://as.example", "audiences": ["https://tools.example"],
                    "algorithms": ["ES256"], "keys": {"inline": "${jwks:corp}"},
                    "status": {"lists": [{
                        "url": list, "cluster": "status", "grace_seconds": 0, "min_interval_seconds": 10,
                    }]},
                }],
                "routes": [{"name": "reports", "http": {"operations": [
                    {"name": "reports", "method": "GET", "path": "/reports"},
                ]}}],
                "policies": "@id(\"all\") permit (principal, action, resource);",
                "limits": {"key_wait_seconds": 5},
            },
        },
        "keys": {
            "corp": {"file": "es256"},
            "holder": {"file": "es256", "jwk": {"kid": null, "use": null}},
        },
        "tokens": tokens,
        "test": rows,
    })
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

#[test]
fn exactly_the_diagonal_passes() {
    run_both_ways("type-confusion", &case());
}

#[test]
fn nothing_but_a_status_list_passes_where_one_is_fetched() {
    run_both_ways("type-confusion-fetched", &fetched_case());
}

fn run_both_ways(name: &str, case: &Value) {
    // JSON is YAML.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    std::fs::write(&file, case.to_string()).unwrap();
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/keys");
    let case = load::load(&file, &keys).unwrap_or_else(|error| panic!("{error}"));
    let wasm = std::env::var_os("BAILIWICK_WASM")
        .map_or_else(|| target().join("bailiwick.wasm"), PathBuf::from);
    let module =
        Module::load(&wasm, &target().join("wasm-cache")).unwrap_or_else(|error| panic!("{error}"));
    let reports = [run::run(&case, true, Some(&module))];
    assert!(reports[0].passed(), "\n{}", report::text(&reports));
}
