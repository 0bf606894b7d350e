//! Labels on what is configured, and what sessions are told by.

use std::time::Duration;

use serde_json::json;

use super::{read, small, with};
use crate::identity::nonce::Seed;
use crate::policy::session::service::{OnFailure, Service};
use crate::policy::session::{Counter, KeyFact, Rules};
use crate::time::Seconds;

#[test]
fn sessions_are_read_with_their_defaults() {
    let mut config = with(
        "/labels",
        json!({"tools": {"sends:outside": ["orders/mail"]}}),
    );
    config["sessions"] = json!({
        "by": ["mission", "token"],
        "counters": [{"name": "mail", "labels": ["sends:outside"], "window_seconds": 60}],
    });
    let expected = Rules {
        by: vec![KeyFact::Mission, KeyFact::Token],
        remember: Seconds(86_400),
        entries: 16_384,
        counters: vec![Counter {
            name: "mail".to_owned(),
            window: Seconds(60),
            tools: Vec::new(),
            labels: vec!["sends:outside".to_owned()],
        }],
        service: None,
    };
    assert_eq!(read(&config).unwrap().sessions, Some(expected));
    assert_eq!(read(&small()).unwrap().sessions, None);
}

#[test]
fn sessions_that_anybody_can_begin_anew_are_told() {
    let told = "sessions.by: whoever can get another token begins a session anew; `root` is what no agent can change";
    for (by, expected) in [
        (json!(["session", "token"]), vec![told]),
        (json!(["mission", "root"]), vec![]),
    ] {
        let config = read(&with("/sessions", json!({"by": by}))).unwrap();
        assert_eq!(config.loosened(), expected, "{by}");
    }
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A configuration with the secret that replicas share.
fn secret(pointer: &str, value: serde_json::Value) -> serde_json::Value {
    let mut config = with(pointer, value);
    config["dpop"] = json!({"nonce_secret": SECRET});
    config
}

#[test]
fn a_rate_limit_service_is_read_with_its_defaults() {
    let expected = |on_failure, timeout| Service {
        cluster: "limits".to_owned(),
        domain: "bailiwick".to_owned(),
        timeout: Duration::from_millis(timeout),
        on_failure,
        secret: Seed::of_text(SECRET),
    };
    let told = "sessions.rate_limit_service.on_failure: while the service gives no answer, what a session has done at other \
                gateways is not held against it";
    for (service, expected, loosened) in [
        (
            json!({"cluster": "limits"}),
            expected(OnFailure::Deny, 200),
            vec![],
        ),
        (
            json!({"cluster": "limits", "timeout_ms": 50, "on_failure": "local"}),
            expected(OnFailure::Local, 50),
            vec![told],
        ),
    ] {
        let sessions = json!({"by": ["root"], "rate_limit_service": service});
        let config = read(&secret("/sessions", sessions)).unwrap();
        assert_eq!(config.loosened(), loosened);
        assert_eq!(config.sessions.unwrap().service, Some(expected));
    }
}

#[test]
fn what_is_wrong_with_a_rate_limit_service_is_said_with_its_path() {
    let at = |member: &str| format!("sessions.rate_limit_service.{member}");
    for (service, window, expected) in [
        (
            json!({"cluster": ""}),
            60,
            at("cluster: a cluster's name is 1 to 256 visible ASCII characters"),
        ),
        (
            json!({"cluster": "limits", "domain": "a b"}),
            60,
            at("domain: `a b` is not 1 to 64 of the characters `A-Z a-z 0-9 _ - .`"),
        ),
        (
            json!({"cluster": "limits", "timeout_ms": 9}),
            60,
            at("timeout_ms: 9 is not within 10 to 5000"),
        ),
        (
            json!({"cluster": "limits"}),
            86_401,
            "sessions.counters[0].window_seconds: 86401 seconds don't go into a minute, an hour, a day, a week, 30 days or 365 \
             days a whole number of times, and a rate-limit service counts by these; take a window that does, such as 60, 3600 \
             or 86400"
                .to_owned(),
        ),
    ] {
        let counters = json!([{"name": "calls", "window_seconds": window}]);
        let sessions = json!({"by": ["root"], "counters": counters, "rate_limit_service": service});
        let errors = read(&secret("/sessions", sessions)).unwrap_err();
        assert_eq!(errors, [expected]);
    }
    let sessions = json!({"by": ["root"], "rate_limit_service": {"cluster": "limits"}});
    let errors = read(&with("/sessions", sessions.clone())).unwrap_err();
    let said = "sessions.rate_limit_service: `dpop.nonce_secret` is missing: set it, to the same at all gateways that share sessions, \
                so that nobody else can tell or guess by what name a session is counted";
    assert_eq!(errors, [said]);
    let mut nobody_waits = secret("/sessions", sessions);
    nobody_waits["limits"] = json!({"waiting": 0});
    let said = "sessions.rate_limit_service: `limits.waiting` is 0, so that no call could wait for what the service says";
    assert_eq!(read(&nobody_waits).unwrap_err(), [said]);
    for (service, said) in [
        (json!({}), "`cluster` is missing"),
        (json!({"cluster": "c", "on_failure": "allow"}), "`allow`"),
        (
            json!({"cluster": "c", "failure_mode": "deny"}),
            "failure_mode",
        ),
    ] {
        let sessions = json!({"by": ["root"], "rate_limit_service": service});
        let errors = read(&with("/sessions", sessions)).unwrap_err();
        let is_said = |error: &String| error.contains(said) && error.contains("rate_limit_service");
        assert!(errors.iter().any(is_said), "{errors:?}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    let by = || json!(["token"]);
    let counter = |more: serde_json::Value| {
        let mut counter = json!({"name": "mail", "window_seconds": 60});
        counter
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"by": by(), "counters": [counter]})
    };
    for (pointer, value, expected) in [
        (
            "/labels",
            json!({"tools": {"reads:private": ["order/look_up"]}}),
            "labels.tools.reads:private: `order` is no MCP server, did you mean `orders`?",
        ),
        (
            "/labels",
            json!({"servers": {"reads:private": ["files"]}}),
            "labels.servers.reads:private: `files` is no MCP server",
        ),
        (
            "/labels",
            json!({"routes": {"reads:private": ["read"]}}),
            "labels.routes.reads:private: `read` is no operation of an HTTP route",
        ),
        (
            "/sessions",
            json!({"by": []}),
            "sessions.by: at least one fact is needed, or else nobody has a session",
        ),
        (
            "/sessions",
            json!({"by": ["token", "token"]}),
            "sessions.by[1]: `token` stands there twice",
        ),
        (
            "/sessions",
            json!({"by": by(), "entries": 1}),
            "sessions.entries: 1 is not within 1024 to 1048576",
        ),
        (
            "/sessions",
            json!({"by": by(), "remember_seconds": 3599}),
            "sessions.remember_seconds: 3599 is not within 3600 to 2592000",
        ),
        (
            "/sessions",
            counter(json!({"window_seconds": 0})),
            "sessions.counters[0].window_seconds: 0 is not within 1 to 2592000",
        ),
        (
            "/sessions",
            counter(json!({"labels": ["sends:outside"]})),
            "sessions.counters[0].labels[0]: `sends:outside` is no label that anything has",
        ),
        (
            "/sessions",
            counter(json!({"tools": ["mail/send"]})),
            "sessions.counters[0].tools[0]: `mail` is no MCP server",
        ),
        (
            "/sessions",
            counter(json!({"tools": ["orders"]})),
            "sessions.counters[0].tools[0]: `orders` is no tool, write `<server>/<tool>`",
        ),
        (
            "/labels",
            json!({"tools": {"reads:private": ["orders/"]}}),
            "labels.tools.reads:private: `orders/` is no tool, write `<server>/<tool>`",
        ),
        (
            "/labels",
            json!({"servers": {"reads:private": ["orders/send_mail"]}}),
            "labels.servers.reads:private: `orders/send_mail` is no MCP server",
        ),
    ] {
        let errors = read(&with(pointer, value)).unwrap_err();
        assert_eq!(errors, [expected]);
    }
}

#[test]
fn a_tool_that_its_server_does_not_list_is_told() {
    let mut config = with("/routes/0/mcp/tools", json!(["refund", "look_up"]));
    config["labels"] = json!({"tools": {"reads:private": ["orders/look_upp"]}});
    config["sessions"] = json!({
        "by": ["token"],
        "counters": [{"name": "refunds", "tools": ["orders/refnd"], "window_seconds": 60}],
    });
    assert_eq!(
        read(&config).unwrap_err(),
        [
            "labels.tools.reads:private: `look_upp` is no tool of its server, did you mean `look_up`?",
            "sessions.counters[0].tools[0]: `refnd` is no tool of its server, did you mean `refund`?",
        ]
    );
}
