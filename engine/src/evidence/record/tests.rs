use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::decision::Reason;
use crate::delegation::attenuation::{Dimension, Unproven};
use crate::delegation::hop::HopFormat;
use crate::evidence::Ledger;
use crate::identity::authentication::Authentication;
use crate::identity::caller::CredentialFormat;
use crate::identity::caller::VerifiedWith;
use crate::identity::issuer::IssuerName;
use crate::identity::jose::algorithm::Algorithm;
use crate::json::{Limits, parse};
use crate::operation::{Action, McpRevision};
use crate::time::UnixTime;

fn caller_called(subject: &str) -> Caller {
    Caller {
        domain: IssuerName("acme".into()),
        issuer: "https://login.acme.example".to_owned(),
        format: CredentialFormat::AccessToken,
        subject: subject.to_owned(),
        agent: Some("planner".to_owned()),
        user: None,
        client: Some("agents".to_owned()),
        task: Some("t-1".to_owned()),
        session: None,
        purpose: Some("refunds".to_owned()),
        tools: None,
        scopes: vec!["orders:read".to_owned()],
        groups: Vec::new(),
        authentication: Authentication::default(),
        audience: vec!["https://tools.acme.example/mcp".to_owned()],
        workload: None,
        ci: None,
        issued_at: None,
        expires_at: UnixTime(200),
        token_id: Some("j-1".to_owned()),
        verified_with: VerifiedWith::Key {
            algorithm: Algorithm::Es256,
            kid: None,
        },
        digest: Digest::of(b"token"),
        other_digest: None,
        confirmation: None,
        status: None,
        is_person: false,
        act: None,
        authorization_details: None,
        mission: None,
    }
}

fn tool_call(tool: &str, arguments: Option<&'static str>) -> Operation<'static> {
    let limits = Limits {
        max_bytes: 1000,
        max_depth: 8,
        max_values: 100,
    };
    Operation {
        arguments: arguments.map(|text| {
            let value = parse(text.as_bytes(), &limits).unwrap();
            value.as_object().unwrap().clone()
        }),
        rpc_id: Some("1".to_owned()),
        ..Operation::new(
            Protocol::Mcp(McpRevision::V2026_07_28),
            Action::CallTool,
            Resource::Tool {
                server: "orders".into(),
                tool: tool.to_owned(),
            },
        )
    }
}

fn ledger() -> Ledger {
    Ledger::new(InstanceId::new("w1").unwrap())
}

fn draft<'a>(outcome: Outcome<'a>) -> Draft<'a> {
    Draft {
        outcome,
        shadow: None,
        credential: None,
        caller: None,
        principal: None,
        possession: None,
        transaction: None,
        warrant: None,
        chain: None,
        opening: None,
        decided_alone: false,
        operation: None,
        route: None,
        configuration: Digest::of(b"configuration"),
        trace: None,
    }
}

#[test]
fn a_refused_tool_call_is_recorded_with_all_that_is_known() {
    let denial = Denial::from(Reason::PolicyForbidden).with_policies(vec!["no-wires".to_owned()]);
    let caller = caller_called("alice");
    let operation = tool_call("wire", Some(r#"{"amount": 5000, "to": "secret"}"#));
    let mut ledger = ledger();
    assert_eq!(ledger.next_id(), "w1-0");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let evidence = ledger.append(
        UnixTime(1_795_499_162),
        &Draft {
            credential: Some(Digest::of(b"token")),
            caller: Some(&caller),
            decided_alone: false,
            operation: Some(&operation),
            route: Some("orders"),
            trace: Trace::parse(trace),
            ..draft(Outcome::Deny {
                denial: &denial,
                status: 403,
            })
        },
    );
    assert_eq!(evidence.id, "w1-0");
    let arguments = Digest::of(br#"{"amount":5000,"to":"secret"}"#);
    let expected = format!(
        concat!(
            r#"{{"v":1,"instance":"w1","configuration":"{}","route":"orders","credential":"{}","#,
            r#""caller":{{"domain":"acme","issuer":"https://login.acme.example","subject":"alice","#,
            r#""client":"agents","task":"t-1","purpose":"refunds","token_id":"j-1","format":"access_token"}},"#,
            r#""id":"w1-0","sequence":0,"previous":null,"time":"2026-11-24T05:46:02Z","#,
            r#""outcome":"deny","reason":"policy_forbidden","status":403,"policies":["no-wires"],"#,
            r#""operation":{{"protocol":"mcp","revision":"2026-07-28","action":"call_tool","#,
            r#""resource":{{"server":"orders","tool":"wire"}},"arguments":"{}"}},"#,
            r#""trace":{{"id":"0af7651916cd43dd8448eb211c80319c","parent":"b7ad6b7169203331"}}}}"#,
        ),
        Digest::of(b"configuration"),
        Digest::of(b"token"),
        arguments,
    );
    assert_eq!(evidence.line, expected);
}

#[test]
fn the_next_record_holds_the_digest_of_the_one_before() {
    let notes = [Arc::new(PolicyNote {
        id: "read-orders".to_owned(),
        reason: None,
        remedy: None,
    })];
    let mut ledger = ledger();
    let allow = draft(Outcome::Allow { policies: &notes });
    let first = ledger.append(UnixTime(0), &allow);
    let second = ledger.append(UnixTime(1), &allow);
    assert_eq!(second.id, "w1-1");
    let expected = format!(
        concat!(
            r#"{{"v":1,"instance":"w1","configuration":"{}","id":"w1-1","sequence":1,"previous":"{}","#,
            r#""time":"1970-01-01T00:00:01Z","outcome":"allow","policies":["read-orders"]}}"#,
        ),
        Digest::of(b"configuration"),
        Digest::of(first.line.as_bytes()),
    );
    assert_eq!(second.line, expected);
}

#[test]
fn hops_and_verdicts() {
    for (name, vouched, verified) in [
        ("by its own issuer", Vouched::ByIssuer, true),
        ("by another issuer's word", Vouched::ByAnother, false),
    ] {
        let issuer = "https://login.acme.example".to_owned();
        let actor = Hop::of(issuer, "planner".to_owned(), HopFormat::Act, vouched);
        assert_eq!(
            Line::of(|line| hop(line, &actor)),
            format!(
                r#"{{"issuer":"https://login.acme.example","subject":"planner","format":"act","verified":{verified}}}"#
            ),
            "{name}"
        );
    }
    let widened = Attenuation::Widened {
        hop: 2,
        dimension: Dimension::Tools,
        parent: "read".to_owned(),
        child: "write".to_owned(),
    };
    let unproven = Attenuation::Unproven {
        hop: 1,
        why: Unproven::ActorsOnly,
    };
    let unstated = Attenuation::Unproven {
        hop: 1,
        why: Unproven::Unstated,
    };
    for (name, found, expected) in [
        ("proven", Attenuation::Proven, r#"{"attenuation":"proven"}"#),
        (
            "widened",
            widened,
            r#"{"attenuation":"widened","hop":2,"dimension":"tools","parent":"read","child":"write"}"#,
        ),
        (
            "unproven",
            unproven,
            r#"{"attenuation":"unproven","hop":1,"why":"actors_only"}"#,
        ),
        (
            "unstated",
            unstated,
            r#"{"attenuation":"unproven","hop":1,"why":"unstated"}"#,
        ),
    ] {
        assert_eq!(Line::of(|line| verdict(line, &found)), expected, "{name}");
    }
}

#[test]
fn a_mission_is_recorded_by_its_hash() {
    let of = Mission {
        id: "m-1".to_owned(),
        issuer: "https://login.acme.example".to_owned(),
        authority_hash: Digest::of(b"abc"),
        is_whole: true,
    };
    assert_eq!(
        Line::of(|line| mission(line, &of)),
        r#"{"id":"m-1","issuer":"https://login.acme.example","authority":"sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0","whole":true}"#
    );
}

#[test]
fn a_route_is_recorded_without_its_parameters() {
    let operation_with = |id: &str| {
        Operation::new(
            Protocol::Http,
            Action::HttpRequest,
            Resource::Route {
                route: "read_order".into(),
                parameters: vec![("id".into(), id.to_owned())],
            },
        )
    };
    let digest = Digest::of_parts(&[b"id", b"4711"]);
    assert_eq!(
        Line::of(|line| operation(line, &operation_with("4711"))),
        format!(
            r#"{{"protocol":"http","action":"http_request","resource":{{"route":"read_order"}},"arguments":"{digest}"}}"#
        )
    );
}

proptest! {
    #[test]
    fn a_kept_beginning_makes_no_difference(
        subject in ".{0,300}",
        calls in prop::collection::vec((any::<u64>(), "[a-z]{1,9}", any::<bool>()), 1..6),
    ) {
        let caller = caller_called(&subject);
        let denial = Denial::from(Reason::PolicyForbidden);
        let opening = Opening::default();
        let (mut with, mut without) = (ledger(), ledger());
        for (second, tool, is_allowed) in &calls {
            let operation = tool_call(tool, Some(r#"{"amount": 5000}"#));
            let outcome = if *is_allowed {
                Outcome::Allow { policies: &[] }
            } else {
                Outcome::Deny { denial: &denial, status: 403 }
            };
            let plain = Draft {
                credential: Some(caller.digest),
                caller: Some(&caller),
                decided_alone: false,
                operation: Some(&operation),
                route: Some("orders"),
                ..draft(outcome)
            };
            let kept = Draft { opening: Some(&opening), ..plain.clone() };
            let now = UnixTime(*second);
            prop_assert_eq!(with.append(now, &kept), without.append(now, &plain));
        }
    }

    #[test]
    fn no_text_breaks_the_line_or_makes_it_long(text in "(?s).{0,600}", times in 1_usize..40) {
        let long = text.repeat(times);
        let denial = Denial::from(Reason::PolicyForbidden)
            .with_detail(&long)
            .with_policies(vec![long.clone(); 100]);
        let caller = caller_called(&long);
        let operation = tool_call(&long, None);
        let evidence = ledger().append(UnixTime(0), &Draft {
            caller: Some(&caller),
            decided_alone: false,
            operation: Some(&operation),
            route: Some(&long),
            ..draft(Outcome::Deny { denial: &denial, status: 403 })
        });
        // 36 texts of at most 256 bytes and a marker, each byte written as at most 6.
        prop_assert!(evidence.line.len() < 36 * (256 * 6 + 100) + 1000, "{}", evidence.line.len());
        let breaks = ['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}'];
        prop_assert!(!evidence.line.contains(breaks));
        let record: Value = serde_json::from_str(&evidence.line).unwrap();
        prop_assert_eq!(&record["caller"]["subject"], &json!(bounded::text(&long)));
        prop_assert_eq!(&record["operation"]["resource"]["tool"], &json!(bounded::text(&long)));
        prop_assert_eq!(record["policies"].as_array().map(Vec::len), Some(33));
    }
}
