//! What one reader would take for something else than another.

use super::*;

/// What a refusal is about; nothing where it is read.
fn about<T>(read: Result<T, OperationError>) -> &'static str {
    match read {
        Ok(_) => "nothing",
        Err(OperationError::AmbiguousMember { .. }) => "a name",
        Err(OperationError::Params { .. }) => "a value",
        Err(OperationError::SaidTwice { .. }) => "two places",
        Err(other) => panic!("{other}"),
    }
}

fn of_rpc(version: Option<&str>, method: &str, params: &str) -> &'static str {
    let params = Box::leak(params.to_owned().into_boxed_str());
    about(rpc(version, method, params).map_err(|refusal| refusal.error))
}

fn of_rest(method: &str, below: &str, version: Option<&str>, body: &str) -> &'static str {
    about(rest_call(method, below, version, body).unwrap())
}

#[test]
fn protocol_buffers_have_no_other_names() {
    let message = r#""message_id":"m","role":"ROLE_USER","content":[{"text":"x"}]"#;
    for (name, body, expected) in [
        (
            "the usual",
            format!(r#"{{"request":{{{message}}}}}"#),
            "nothing",
        ),
        (
            "another of what is asked",
            format!(r#"{{"request":{{{message}}},"url":"u"}}"#),
            "a name",
        ),
        (
            "another of a message",
            format!(r#"{{"request":{{{message},"x":1}}}}"#),
            "a name",
        ),
        (
            "another of a part",
            format!(
                r#"{{"request":{{{}}}}}"#,
                message.replace(r#""text""#, r#""y":1,"text""#)
            ),
            "a name",
        ),
        (
            "another of a configuration",
            format!(r#"{{"request":{{{message}}},"configuration":{{"pushConfig":{{}}}}}}"#),
            "a name",
        ),
        (
            "another of a push configuration",
            format!(
                r#"{{"request":{{{message}}},"configuration":{{"pushNotification":{{"url":"u","uri":"v"}}}}}}"#
            ),
            "a name",
        ),
        (
            "a push configuration twice",
            format!(
                r#"{{"request":{{{message}}},"configuration":{{"pushNotification":{{"url":"u"}},"push_notification":{{"url":"v"}}}}}}"#
            ),
            "a name",
        ),
        (
            "1.0's push configuration",
            format!(
                r#"{{"request":{{{message}}},"configuration":{{"taskPushNotificationConfig":{{"url":"u"}}}}}}"#
            ),
            "a name",
        ),
    ] {
        let found = of_rest("POST", "v1/message:send", OLD, &body);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_push_configuration_has_one_name_in_each_version() {
    for (version, method, role) in [
        (NEW, "SendMessage", "ROLE_USER"),
        (OLD, "message/send", "user"),
    ] {
        for (member, of) in [
            ("taskPushNotificationConfig", NEW),
            ("pushNotificationConfig", OLD),
            ("pushNotification", Some("none")),
            ("push_notification", Some("none")),
        ] {
            let params = format!(
                r#"{{"message":{{"role":"{role}","parts":[{{"text":"x"}}]}},"configuration":{{"{member}":{{"url":"u"}}}}}}"#
            );
            let expected = if of == version { "nothing" } else { "a name" };
            assert_eq!(
                of_rpc(version, method, &params),
                expected,
                "{method} {member}"
            );
        }
    }
}

#[test]
fn data_that_is_no_object_is_found_where_the_sdk_has_it() {
    for (metadata, data, expected) in [
        ("{}", r#"{"value":1}"#, Some(r#"{"value":1}"#)),
        (
            r#"{"data_part_compat":true}"#,
            r#"{"value":900}"#,
            Some("900"),
        ),
        (
            r#"{"data_part_compat":true}"#,
            r#"{"value":900,"amount":9}"#,
            None,
        ),
        (r#"{"data_part_compat":true}"#, r#"{"amount":9}"#, None),
        (r#"{"data_part_compat":1}"#, r#"{"value":900}"#, None),
        (r#"{"data_part_compat":false}"#, r#"{"value":900}"#, None),
    ] {
        let part = format!(r#"{{"metadata":{metadata},"data":{data}}}"#);
        let params = format!(r#"{{"message":{{"role":"user","parts":[{part}]}}}}"#);
        let params: &'static str = Box::leak(params.into_boxed_str());
        let read = rpc(OLD, "message/send", params);
        let read = read.ok().map(|operation| arguments(&operation));
        let found = read
            .as_deref()
            .and_then(|text| text.split(r#""data":"#).nth(1));
        let found = found.and_then(|text| text.strip_suffix("}]}}"));
        assert_eq!(found, expected, "{metadata} {data}");

        let part = format!(r#"{{"data":{{"data":{data}}},"metadata":{metadata}}}"#);
        let body = format!(r#"{{"request":{{"role":"ROLE_USER","content":[{part}]}}}}"#);
        let is_read = of_rest("POST", "v1/message:send", OLD, &body) == "nothing";
        assert_eq!(
            is_read,
            expected.is_some(),
            "{metadata} {data} in HTTP+JSON"
        );
    }
}

#[test]
fn a_push_configuration_is_set_in_one_shape() {
    let below = "v1/tasks/t/pushNotificationConfigs";
    for (name, body, expected) in [
        ("at the top", r#"{"url":"u"}"#, "a name"),
        (
            "at the top, beside the one that counts",
            r#"{"url":"u","config":{"pushNotificationConfig":{"url":"v"}}}"#,
            "a name",
        ),
        (
            "as JSON-RPC has it",
            r#"{"pushNotificationConfig":{"url":"u"},"config":{"pushNotificationConfig":{"url":"v"}}}"#,
            "a name",
        ),
        ("none", r#"{"config":{}}"#, "a value"),
        (
            "two ids",
            r#"{"configId":"c","config":{"pushNotificationConfig":{"id":"d","url":"u"}}}"#,
            "two places",
        ),
        (
            "another id in its name",
            r#"{"config":{"name":"tasks/t/pushNotificationConfigs/c","pushNotificationConfig":{"id":"d","url":"u"}}}"#,
            "two places",
        ),
        (
            "another task in its name",
            r#"{"config":{"name":"tasks/tt/pushNotificationConfigs/c","pushNotificationConfig":{"url":"u"}}}"#,
            "two places",
        ),
    ] {
        assert_eq!(of_rest("POST", below, OLD, body), expected, "{name}");
    }
    let body = r#"{"parent":"tasks/t","config_id":"c","config":{"name":"tasks/t/pushNotificationConfigs/c","push_notification_config":{"url":"u"}}}"#;
    let read = rest_call("POST", below, OLD, body).unwrap().unwrap();
    assert_eq!(arguments(&read), r#"{"url":"u","id":"c","taskId":"t"}"#);
    for (params, expected) in [
        (r#"{"taskId":"t","url":"u"}"#, "a name"),
        (
            r#"{"taskId":"t","token":"k","pushNotificationConfig":{"url":"u"}}"#,
            "a name",
        ),
        (
            r#"{"taskId":"t","pushNotificationConfig":{"url":"u","authentication":{"schemes":["Basic","Bearer"]}}}"#,
            "a value",
        ),
        (
            r#"{"taskId":"t","pushNotificationConfig":{"url":"u","authentication":{"scheme":"Basic"}}}"#,
            "a name",
        ),
        (
            r#"{"taskId":"t","pushNotificationConfig":{"url":"u","authentication":{"schemes":[]}}}"#,
            "nothing",
        ),
    ] {
        let method = "tasks/pushNotificationConfig/set";
        assert_eq!(of_rpc(OLD, method, params), expected, "{params}");
    }
}

#[test]
fn a_role_is_said_in_one_way() {
    for (role, new, old, buffers) in [
        (r#""ROLE_USER""#, true, false, true),
        (r#""ROLE_AGENT""#, true, false, true),
        (r#""user""#, false, true, false),
        (r#""agent""#, false, true, false),
        (r#""ROLE_UNSPECIFIED""#, false, false, false),
        ("1", false, false, false),
        ("null", false, false, false),
    ] {
        let params = format!(r#"{{"message":{{"role":{role},"parts":[{{"text":"x"}}]}}}}"#);
        let is_read = |found: &str| found == "nothing";
        assert_eq!(is_read(of_rpc(NEW, "SendMessage", &params)), new, "{role}");
        assert_eq!(is_read(of_rpc(OLD, "message/send", &params)), old, "{role}");
        let of_rest = |below, version| of_rest("POST", below, version, &params);
        assert_eq!(is_read(of_rest("message:send", NEW)), new, "{role}");
        assert_eq!(is_read(of_rest("v1/message:send", OLD)), buffers, "{role}");
    }
    let none = r#"{"message":{"parts":[{"text":"x"}]}}"#;
    assert_eq!(of_rpc(NEW, "SendMessage", none), "a value");
}

#[test]
fn numbers_and_names_have_one_spelling() {
    for (value, expected) in [
        ("5", "nothing"),
        ("-5", "nothing"),
        ("null", "nothing"),
        ("5.0", "a value"),
        ("5e0", "a value"),
        ("-0", "a value"),
        ("2147483648", "a value"),
        (r#""5""#, "a value"),
    ] {
        let params = format!(r#"{{"id":"t","historyLength":{value}}}"#);
        assert_eq!(of_rpc(NEW, "GetTask", &params), expected, "{value}");
    }
    for (query, expected) in [
        ("historyLength=5", "nothing"),
        ("historyLength=%2B5", "a value"),
        ("historyLength=+5", "a value"),
        ("historyLength=05", "a value"),
        ("includeArtifacts=true", "nothing"),
        ("includeArtifacts=True", "a value"),
        ("includeArtifacts=1", "a value"),
        ("status=TASK_STATE_WORKING", "nothing"),
        ("status=2", "a value"),
        ("status=working", "a value"),
    ] {
        let below = format!("tasks?{query}");
        assert_eq!(of_rest("GET", &below, NEW, ""), expected, "{query}");
    }
    for (params, expected) in [
        (r#"{"includeArtifacts":"true"}"#, "a value"),
        (r#"{"status":2}"#, "a value"),
    ] {
        assert_eq!(of_rpc(NEW, "ListTasks", params), expected, "{params}");
    }
}

#[test]
fn extensions_of_header_fields_are_among_what_is_asked() {
    let fields = [
        (":method", "GET"),
        (":authority", "h"),
        (":path", "/a2a/tasks/t"),
        ("a2a-version", "1.0"),
        ("a2a-extensions", "urn:a, urn:b"),
        ("x-a2a-extensions", "urn:c"),
        ("a2a-extensions", ",urn:d"),
    ];
    let head = Head::parse(Headers::from_pairs(fields)).unwrap();
    let call = rest::find(&head, &["tasks", "t"]).unwrap().unwrap();
    let rules = rules(&A2aVersion::ALL);
    let asked = read(&rules, &A2aPlace::Rest(call), &head, b"").unwrap();
    let expected = r#"{"id":"t","extensions":["urn:a","urn:b","urn:d","urn:c"]}"#;
    assert_eq!(arguments(&asked), expected);
    // Nobody says so elsewhere.
    let params = r#"{"id":"t","extensions":["urn:a"]}"#;
    assert_eq!(of_rpc(NEW, "GetTask", params), "a name");
}

#[test]
fn an_inline_push_configuration_is_judged_by_itself() {
    let params = r#"{"tenant":"a","message":{"role":"ROLE_USER","taskId":"t","parts":[{"text":"x"}]},"configuration":{"taskPushNotificationConfig":{"url":"u","taskId":"t"}}}"#;
    let asked = rpc(NEW, "SendMessage", params).unwrap();
    let followed: Vec<_> = asked.followed().collect();
    let [push] = followed.as_slice() else {
        panic!("{followed:?}");
    };
    assert_eq!(push.action, Action::SetPushConfig);
    assert_eq!(push.resource, asked.resource);
    assert_eq!(arguments(push), r#"{"url":"u","taskId":"t","tenant":"a"}"#);
    let without = params.replace("taskPushNotificationConfig", "other");
    let without = Box::leak(without.into_boxed_str());
    let asked = rpc(NEW, "SendMessage", without).unwrap();
    assert_eq!(asked.followed().count(), 0);
    let of_another = params.replace(r#""url":"u","taskId":"t""#, r#""url":"u","taskId":"v""#);
    assert_eq!(of_rpc(NEW, "SendMessage", &of_another), "two places");
}

#[test]
fn the_parameter_of_the_version_is_not_encoded() {
    for (target, expected) in [
        ("/a2a?A2A-Version=1.0", "nothing"),
        ("/a2a?A2A%2DVersion=1.0", "two places"),
        ("/a2a?a2a%2Dversion=0.3&A2A-Version=1.0", "two places"),
        ("/a2a?x=%ZZ&A2A-Version=1.0", "nothing"),
    ] {
        let head = head("POST", target, None);
        let rules = rules(&A2aVersion::ALL);
        let found = super::super::version::of(&rules, &A2aPlace::Rpc, &head);
        assert_eq!(about(found), expected, "{target}");
    }
}
