use super::{A2aPlace, A2aRules, A2aVersion, is_alike, read, rest, spoken};
use crate::json::Limits;
use crate::operation::route::DenialStatus;
use crate::operation::{Action, Excerpt, Operation, OperationError, Protocol, Refusal, Resource};
use crate::request::{Head, Headers};

fn rules(versions: &[A2aVersion]) -> A2aRules {
    A2aRules {
        base: "/a2a".to_owned(),
        agent: "travel".into(),
        json_rpc: true,
        http_json: true,
        versions: versions.to_vec(),
        card_paths: Vec::new(),
        card_is_public: false,
        bind_tasks: true,
        denial_status: DenialStatus::Forbidden,
        json: Limits::default(),
    }
}

fn head(method: &str, target: &str, version: Option<&str>) -> Head {
    let fields = [
        (":method", method),
        (":authority", "h"),
        (":path", target),
        ("content-type", "application/json"),
    ];
    let version = version.map(|version| ("a2a-version", version));
    Head::parse(Headers::from_pairs(fields.into_iter().chain(version))).unwrap()
}

fn rpc<'a>(version: Option<&str>, method: &str, params: &'a str) -> Result<Operation<'a>, Refusal> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let body: &'static str = Box::leak(body.into_boxed_str());
    let head = head("POST", "/a2a", version);
    read(
        &rules(&A2aVersion::ALL),
        &A2aPlace::Rpc,
        &head,
        body.as_bytes(),
    )
}

/// What HTTP+JSON asks for below the agent's path; none where nothing is there.
fn rest_call<'a>(
    method: &str,
    below: &str,
    version: Option<&str>,
    body: &'a str,
) -> Option<Result<Operation<'a>, OperationError>> {
    let head = head(method, &format!("/a2a/{below}"), version);
    let path = below.split('?').next().unwrap_or_default();
    let segments: Vec<_> = path.split('/').collect();
    let call = match rest::find(&head, &segments) {
        Ok(call) => A2aPlace::Rest(call?),
        Err(error) => return Some(Err(error)),
    };
    let read = read(&rules(&A2aVersion::ALL), &call, &head, body.as_bytes());
    Some(read.map_err(|refusal| refusal.error))
}

fn arguments(operation: &Operation<'_>) -> String {
    operation.arguments.as_ref().unwrap().to_string()
}

const NEW: Option<&str> = Some("1.0");
const OLD: Option<&str> = None;

#[test]
fn every_method_of_both_versions_is_one_action() {
    let message = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"x"}]}}"#;
    let old_message = r#"{"message":{"messageId":"m","role":"user","parts":[{"text":"x"}]}}"#;
    let (task, push) = (r#"{"id":"t"}"#, r#"{"taskId":"t","url":"u"}"#);
    let (old_push, of_task) = (
        r#"{"taskId":"t","pushNotificationConfig":{"url":"u"}}"#,
        r#"{"taskId":"t","id":"c"}"#,
    );
    for (new, new_params, old, old_params, action) in [
        (
            "SendMessage",
            message,
            "message/send",
            old_message,
            Action::SendMessage,
        ),
        (
            "SendStreamingMessage",
            message,
            "message/stream",
            old_message,
            Action::SendMessage,
        ),
        ("GetTask", task, "tasks/get", task, Action::GetAgentTask),
        (
            "ListTasks",
            "{}",
            "tasks/list",
            "{}",
            Action::ListAgentTasks,
        ),
        (
            "CancelTask",
            task,
            "tasks/cancel",
            task,
            Action::CancelAgentTask,
        ),
        (
            "SubscribeToTask",
            task,
            "tasks/resubscribe",
            task,
            Action::FollowAgentTask,
        ),
        (
            "CreateTaskPushNotificationConfig",
            push,
            "tasks/pushNotificationConfig/set",
            old_push,
            Action::SetPushConfig,
        ),
        (
            "GetTaskPushNotificationConfig",
            of_task,
            "tasks/pushNotificationConfig/get",
            task,
            Action::GetPushConfig,
        ),
        (
            "ListTaskPushNotificationConfigs",
            r#"{"taskId":"t"}"#,
            "tasks/pushNotificationConfig/list",
            task,
            Action::ListPushConfigs,
        ),
        (
            "DeleteTaskPushNotificationConfig",
            of_task,
            "tasks/pushNotificationConfig/delete",
            task,
            Action::DeletePushConfig,
        ),
        (
            "GetExtendedAgentCard",
            "{}",
            "agent/getAuthenticatedExtendedCard",
            "{}",
            Action::GetExtendedAgentCard,
        ),
    ] {
        for (version, stated, method, params) in [
            (A2aVersion::V1_0, NEW, new, new_params),
            (A2aVersion::V0_3, OLD, old, old_params),
        ] {
            let asked = rpc(stated, method, params).unwrap();
            assert_eq!(asked.action, action, "{method}");
            assert_eq!(asked.protocol, Protocol::A2a(version), "{method}");
            let agent = "travel".into();
            assert_eq!(asked.resource, Resource::A2aAgent { agent }, "{method}");
            assert_eq!(asked.rpc_id.as_deref(), Some("1"), "{method}");
        }
        let other = rpc(OLD, new, new_params).unwrap_err().error;
        let version = A2aVersion::V0_3;
        let method = Excerpt::of(new);
        assert_eq!(
            other,
            OperationError::MethodNotInVersion { method, version }
        );
    }
}

#[test]
fn one_message_has_one_form() {
    let form = r#"{"message":{"messageId":"m","contextId":"c","role":"ROLE_USER","parts":[{"text":"x"},{"data":{"a":1}},{"url":"u","mediaType":"t","filename":"f"}]},"configuration":{"historyLength":1,"returnImmediately":true,"taskPushNotificationConfig":{"url":"p","authentication":{"credentials":"c","scheme":"Bearer"}}}}"#;
    let old = r#"{"message":{"kind":"message","messageId":"m","contextId":"c","taskId":"","role":"user","parts":[{"kind":"text","text":"x"},{"kind":"data","data":{"a":1}},{"kind":"file","file":{"uri":"u","mimeType":"t","name":"f"}}]},"configuration":{"historyLength":1,"blocking":false,"pushNotificationConfig":{"url":"p","authentication":{"schemes":["Bearer"],"credentials":"c"}}}}"#;
    let buffers = r#"{"request":{"message_id":"m","context_id":"c","role":"ROLE_USER","content":[{"text":"x"},{"data":{"data":{"a":1}}},{"file":{"file_with_uri":"u","mime_type":"t","name":"f"}}]},"configuration":{"history_length":1,"blocking":false,"push_notification":{"url":"p","authentication":{"schemes":["Bearer"],"credentials":"c"}}}}"#;
    let json_of_buffers = &buffers.replace("push_notification", "pushNotification");
    let of_new = rpc(NEW, "SendMessage", form).unwrap();
    assert_eq!(arguments(&of_new), form);
    let sorted = |operation: &Operation<'_>| {
        let json: serde_json::Value = serde_json::from_str(&arguments(operation)).unwrap();
        json.to_string()
    };
    let wanted = sorted(&of_new);
    assert_eq!(sorted(&rpc(OLD, "message/send", old).unwrap()), wanted);
    for (below, version, body) in [
        ("message:send", NEW, form),
        ("message:stream", NEW, form),
        ("v1/message:send", OLD, buffers),
        ("v1/message:send", OLD, json_of_buffers),
    ] {
        let asked = rest_call("POST", below, version, body).unwrap().unwrap();
        assert_eq!(sorted(&asked), wanted, "{below}");
        assert_eq!(asked.action, Action::SendMessage, "{below}");
    }
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    for (name, version, method, params) in [
        (
            "an id in another spelling",
            NEW,
            "GetTask",
            r#"{"id":"t","task_id":"u"}"#,
        ),
        ("in another case", NEW, "GetTask", r#"{"id":"t","ID":"u"}"#),
        (
            "a message in another spelling",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","context_id":"c","parts":[{"text":"x"}]}}"#,
        ),
        (
            "a part in another spelling",
            OLD,
            "message/send",
            r#"{"message":{"role":"user","parts":[{"text":"x","media_type":"t"}]}}"#,
        ),
        (
            "a configuration in another spelling",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[{"text":"x"}]},"configuration":{"task_push_notification_config":{}}}"#,
        ),
        (
            "names that differ in case, in data",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[{"data":{"a":1,"A":2}}]}}"#,
        ),
        (
            "one id in two places",
            OLD,
            "tasks/pushNotificationConfig/set",
            r#"{"taskId":"t","url":"u","pushNotificationConfig":{"url":"v"}}"#,
        ),
    ] {
        let error = rpc(version, method, params).unwrap_err().error;
        let is_ambiguous = matches!(error, OperationError::AmbiguousMember { .. });
        assert!(is_ambiguous, "{name}: {error}");
    }
}

#[test]
fn what_is_no_message_is_refused() {
    for (name, version, method, params) in [
        ("no message", NEW, "SendMessage", "{}"),
        ("no object", NEW, "SendMessage", r#"{"message":"x"}"#),
        (
            "no part",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[]}}"#,
        ),
        (
            "a part that is text",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":["x"]}}"#,
        ),
        (
            "a part without content",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[{}]}}"#,
        ),
        (
            "two contents",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[{"text":null,"data":1}]}}"#,
        ),
        (
            "0.3's file in 1.0",
            NEW,
            "SendMessage",
            r#"{"message":{"role":"ROLE_USER","parts":[{"file":{"uri":"u"}}]}}"#,
        ),
        (
            "1.0's file in 0.3",
            OLD,
            "message/send",
            r#"{"message":{"role":"user","parts":[{"url":"u"}]}}"#,
        ),
        (
            "a file with two contents",
            OLD,
            "message/send",
            r#"{"message":{"role":"user","parts":[{"file":{"uri":"u","bytes":"v","name":"f"}}]}}"#,
        ),
        (
            "another kind",
            OLD,
            "message/send",
            r#"{"message":{"role":"user","parts":[{"kind":"file","text":"x"}]}}"#,
        ),
        (
            "another kind of message",
            OLD,
            "message/send",
            r#"{"message":{"role":"user","kind":"task","parts":[{"text":"x"}]}}"#,
        ),
        ("no id", NEW, "CancelTask", r#"{"id":null}"#),
        ("an id that is a number", NEW, "CancelTask", r#"{"id":1}"#),
        (
            "an id with a line break",
            NEW,
            "CancelTask",
            r#"{"id":"a\nb"}"#,
        ),
    ] {
        let error = rpc(version, method, params).unwrap_err().error;
        let is_about_params = matches!(
            error,
            OperationError::Params { .. } | OperationError::AmbiguousMember { .. }
        );
        assert!(is_about_params, "{name}: {error}");
    }
}

#[test]
fn a_path_names_one_thing() {
    for (name, method, below, version, action, params) in [
        (
            "a task",
            "GET",
            "tasks/t",
            NEW,
            Action::GetAgentTask,
            r#"{"id":"t"}"#,
        ),
        (
            "with a query",
            "GET",
            "tasks/t?historyLength=2&x=a%20b+c",
            NEW,
            Action::GetAgentTask,
            r#"{"historyLength":2,"x":"a b c","id":"t"}"#,
        ),
        (
            "a tenant's",
            "GET",
            "acme/tasks/t",
            NEW,
            Action::GetAgentTask,
            r#"{"id":"t","tenant":"acme"}"#,
        ),
        (
            "in 0.3",
            "GET",
            "v1/tasks/t",
            OLD,
            Action::GetAgentTask,
            r#"{"id":"t"}"#,
        ),
        (
            "cancelling",
            "POST",
            "tasks/t:cancel",
            NEW,
            Action::CancelAgentTask,
            r#"{"id":"t"}"#,
        ),
        (
            "following",
            "GET",
            "tasks/t:subscribe",
            NEW,
            Action::FollowAgentTask,
            r#"{"id":"t"}"#,
        ),
        (
            "all tasks",
            "GET",
            "tasks",
            NEW,
            Action::ListAgentTasks,
            "{}",
        ),
        (
            "a configuration",
            "GET",
            "tasks/t/pushNotificationConfigs/c",
            NEW,
            Action::GetPushConfig,
            r#"{"taskId":"t","id":"c"}"#,
        ),
        (
            "a configuration in 0.3",
            "DELETE",
            "v1/tasks/t/pushNotificationConfigs/c",
            OLD,
            Action::DeletePushConfig,
            r#"{"taskId":"t","id":"c"}"#,
        ),
        (
            "the extended card",
            "GET",
            "extendedAgentCard",
            NEW,
            Action::GetExtendedAgentCard,
            "{}",
        ),
        (
            "in 0.3",
            "GET",
            "v1/card",
            OLD,
            Action::GetExtendedAgentCard,
            "{}",
        ),
    ] {
        let asked = rest_call(method, below, version, "").unwrap();
        let asked = asked.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(asked.action, action, "{name}");
        assert_eq!(arguments(&asked), params, "{name}");
    }
}

#[test]
fn a_path_that_names_nothing_or_two_things_is_nobodys() {
    for below in [
        "",
        "Tasks",
        "MESSAGE:SEND",
        "message%3Asend",
        "tasks/",
        "tasks/t:",
        "tasks/t:delete",
        "tasks/t%3Acancel",
        "tasks/%20",
        "tasks/tasks",
        "tasks/extendedAgentCard",
        "a:b/tasks/t",
        "acme/v1/tasks/t",
        "card",
        "v1/extendedAgentCard",
        "v1",
        "tasks/t/pushNotificationConfigs/c/d",
    ] {
        let asked = rest_call("GET", below, NEW, "");
        assert!(asked.is_none(), "{below}: {asked:?}");
    }
}

#[test]
fn what_stands_in_the_path_stands_nowhere_else() {
    for (name, method, below, version, body) in [
        ("another id in the query", "GET", "tasks/t?id=u", NEW, ""),
        (
            "another tenant in the query",
            "GET",
            "a/tasks/t?tenant=b",
            NEW,
            "",
        ),
        (
            "a tenant in the query alone",
            "GET",
            "tasks/t?tenant=b",
            NEW,
            "",
        ),
        (
            "the name of another",
            "GET",
            "v1/tasks/t?name=tasks/u",
            OLD,
            "",
        ),
        (
            "one parameter twice",
            "GET",
            "tasks?pageSize=1&pageSize=2",
            NEW,
            "",
        ),
        ("no text", "GET", "tasks?contextId=%FF", NEW, ""),
        ("a bad escape", "GET", "tasks?contextId=%+1", NEW, ""),
        (
            "a query beside a body",
            "POST",
            "tasks/t:cancel?id=t",
            NEW,
            "",
        ),
        (
            "another id in the body",
            "POST",
            "tasks/t:cancel",
            NEW,
            r#"{"id":"u"}"#,
        ),
        (
            "the name of another in the body",
            "POST",
            "v1/tasks/t:cancel",
            OLD,
            r#"{"name":"tasks/u"}"#,
        ),
    ] {
        let refused = rest_call(method, below, version, body).unwrap();
        let error = refused.map(|asked| arguments(&asked)).unwrap_err();
        let is_said_twice = matches!(error, OperationError::SaidTwice { .. });
        assert!(is_said_twice, "{name}: {error}");
    }
}

#[test]
fn a_version_is_major_and_minor() {
    for (stated, found) in [
        (None, Some(A2aVersion::V0_3)),
        (Some(""), Some(A2aVersion::V0_3)),
        (Some("0.3"), Some(A2aVersion::V0_3)),
        (Some("0.3.0"), Some(A2aVersion::V0_3)),
        (Some(" 1.0 "), Some(A2aVersion::V1_0)),
        (Some("1.0.17"), Some(A2aVersion::V1_0)),
        (Some("1"), None),
        (Some("1.1"), None),
        (Some("1.0.x"), None),
        (Some("1.0."), None),
        (Some("1.0.1.2"), None),
        (Some("01.0"), None),
        (Some("v1.0"), None),
    ] {
        let head = head("POST", "/a2a", stated);
        let rules = rules(&A2aVersion::ALL);
        let version = super::version::of(&rules, &A2aPlace::Rpc, &head);
        assert_eq!(version.ok(), found, "{stated:?}");
        assert_eq!(
            spoken(&head),
            found.unwrap_or(A2aVersion::V0_3),
            "{stated:?}"
        );
    }
}

#[test]
fn a_version_that_is_not_accepted_is_told_what_is() {
    let head = head("POST", "/a2a", None);
    let rules = rules(&[A2aVersion::V1_0]);
    let refused = super::version::of(&rules, &A2aPlace::Rpc, &head);
    let error = OperationError::A2aVersionNotAccepted {
        requested: Excerpt::of(""),
        supported: vec![A2aVersion::V1_0],
    };
    assert_eq!(refused, Err(error));
    // Whoever reads the card wants to find out.
    let of_card = super::version::of(&rules, &A2aPlace::Card, &head);
    assert_eq!(of_card, Ok(A2aVersion::V1_0));
}

#[test]
fn names_are_alike_but_for_case_and_underscores() {
    for (one, two, alike) in [
        ("taskId", "task_id", true),
        ("taskId", "TASK_ID", true),
        ("taskId", "taskid", true),
        ("taskId", "tasksId", false),
    ] {
        assert_eq!(is_alike(one, two), alike, "{two}");
    }
}

mod readings;
