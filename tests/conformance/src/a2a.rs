//! What A2A publishes: the service of 1.0 with its bindings in HTTP, the JSON schema of 0.3, and the codes of errors. Every method is,
//! in either binding, one operation with the same arguments, and what the gate refuses with has A2A's codes.

use bailiwick_engine::config;
use bailiwick_engine::decision::challenge::Offer;
use bailiwick_engine::decision::wire::{Detail, Shape, Style, refuse};
use bailiwick_engine::decision::{Denial, Reason};
use bailiwick_engine::operation::route::{DenialStatus, RouteTarget, Routes};
use bailiwick_engine::operation::{A2aVersion, a2a};
use bailiwick_engine::request::{Head, Headers};
use serde_json::{Deserializer, Map, Value, json};

use crate::{Suite, Verdict};

pub(crate) const SUITE: Suite = Suite {
    name: "a2a",
    files: &[
        "specification/a2a.proto",
        "spec_analysis/a2a_schema.json",
        "spec_analysis/error_codes.json",
    ],
    judge,
};

/// A method of both versions.
struct Method {
    new: &'static str,
    old: &'static str,
    action: &'static str,
    /// What it is asked with beside what stands in a path, in 1.0 and in 0.3.
    params: (&'static str, &'static str),
}

const MESSAGE: (&str, &str) = (
    r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hello"}]}}"#,
    r#"{"message":{"kind":"message","messageId":"m","role":"user","parts":[{"kind":"text","text":"hello"}]}}"#,
);
const TASK: (&str, &str) = ("{}", r#"{"id":"t-1"}"#);
const NONE: (&str, &str) = ("{}", "{}");
const SET_PUSH: (&str, &str) = (
    r#"{"url":"https://hooks.example"}"#,
    r#"{"taskId":"t-1","pushNotificationConfig":{"url":"https://hooks.example"}}"#,
);
const PUSH: (&str, &str) = ("{}", r#"{"id":"t-1","pushNotificationConfigId":"c-1"}"#);

const fn method(
    new: &'static str,
    old: &'static str,
    action: &'static str,
    params: (&'static str, &'static str),
) -> Method {
    Method {
        new,
        old,
        action,
        params,
    }
}

const METHODS: [Method; 11] = [
    method("SendMessage", "message/send", "send_message", MESSAGE),
    method(
        "SendStreamingMessage",
        "message/stream",
        "send_message",
        MESSAGE,
    ),
    method("GetTask", "tasks/get", "get_agent_task", TASK),
    method("ListTasks", "tasks/list", "list_agent_tasks", NONE),
    method("CancelTask", "tasks/cancel", "cancel_agent_task", TASK),
    method(
        "SubscribeToTask",
        "tasks/resubscribe",
        "follow_agent_task",
        TASK,
    ),
    method(
        "CreateTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/set",
        "set_push_config",
        SET_PUSH,
    ),
    method(
        "GetTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/get",
        "get_push_config",
        PUSH,
    ),
    method(
        "ListTaskPushNotificationConfigs",
        "tasks/pushNotificationConfig/list",
        "list_push_configs",
        TASK,
    ),
    method(
        "DeleteTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/delete",
        "delete_push_config",
        PUSH,
    ),
    method(
        "GetExtendedAgentCard",
        "agent/getAuthenticatedExtendedCard",
        "get_extended_agent_card",
        NONE,
    ),
];

/// For which of our reasons A2A has an error, by its name.
const ERRORS: [(&str, Reason); 8] = [
    ("JSONParseError", Reason::JsonMalformed),
    ("InvalidRequestError", Reason::RpcMalformed),
    ("MethodNotFoundError", Reason::RpcMethodUnknown),
    ("InvalidParamsError", Reason::RpcParamsInvalid),
    ("ContentTypeNotSupportedError", Reason::MediaTypeUnsupported),
    ("VersionNotSupportedError", Reason::A2aVersionUnsupported),
    ("TaskNotFoundError", Reason::A2aTaskUnknown),
    ("InternalError", Reason::ExchangeOutOfOrder),
];

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let name = file.rsplit('/').next().unwrap_or(file);
    match document {
        Value::String(text) if name.ends_with(".proto") => of_service(name, text),
        Value::String(text) => of_codes(name, text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            of_schema(name, document)
        }
    }
}

/// Every binding in HTTP of every method of the service, beside JSON-RPC.
fn of_service(name: &str, service: &str) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut current = "";
    for line in service.lines().map(str::trim) {
        if let Some(declared) = line.strip_prefix("rpc ") {
            current = declared.split('(').next().unwrap_or_default();
        }
        for verb in ["get", "post", "delete"] {
            let template = line
                .strip_prefix(verb)
                .and_then(|rest| rest.strip_prefix(": \""));
            if let Some(template) = template.and_then(|rest| rest.split('"').next()) {
                let case = format!("{name}#{current}, {verb} {template}");
                verdicts.push(Verdict::on(case, true, in_both(current, verb, template)));
            }
        }
    }
    verdicts
}

/// Every request of the schema in JSON-RPC, and the code of every error.
fn of_schema(name: &str, schema: &Value) -> Vec<Verdict> {
    let definitions = schema.get("definitions").and_then(Value::as_object);
    let mut verdicts = Vec::new();
    for (kind, definition) in definitions.into_iter().flatten() {
        let constant = |pointer| definition.pointer(pointer);
        let case = format!("{name}#{kind}");
        if let Some(method) = constant("/properties/method/const").and_then(Value::as_str) {
            let found = in_rpc(method, A2aVersion::V0_3, Map::new()).map(drop);
            verdicts.push(Verdict::on(case, true, found));
        } else if let Some(code) = constant("/properties/code/const").and_then(Value::as_i64) {
            verdicts.push(Verdict::on(case, true, has_code(kind, code)));
        }
    }
    verdicts
}

/// The codes of errors, one document behind the other.
fn of_codes(name: &str, text: &str) -> Vec<Verdict> {
    let errors = Deserializer::from_str(text).into_iter::<Value>();
    let errors = errors.map_while(Result::ok);
    let coded = errors.filter_map(|error| {
        let code = error.get("code")?.as_i64()?;
        let kind = crate::text(&error, "name").to_owned();
        let found = has_code(&kind, code);
        Some(Verdict::on(format!("{name}#{kind}"), true, found))
    });
    coded.collect()
}

/// Is a refusal sent with this code, in both versions?
fn has_code(kind: &str, code: i64) -> Result<(), String> {
    let row = ERRORS.iter().find(|(name, _)| *name == kind);
    let (_, reason) = row.ok_or("the gate never says so")?;
    for version in A2aVersion::ALL {
        let style = Style {
            shape: Shape::A2aRpc {
                version,
                rpc_id: Some("1"),
                denial_status: DenialStatus::Forbidden,
            },
            detail: Detail::Explain,
            offer: Offer {
                realm: "conformance",
                bearer: true,
                dpop: None,
                workloads: false,
                scopes: &[],
                resource_metadata: None,
            },
            used: None,
            nonce: None,
        };
        let response = refuse(&Denial::from(*reason), &style, "e-1");
        let body: Value = serde_json::from_slice(&response.body).map_err(|e| e.to_string())?;
        let found = body.pointer("/error/code").and_then(Value::as_i64);
        if found != Some(code) {
            return Err(format!("the code is {found:?} here, in {version}"));
        }
    }
    Ok(())
}

/// What a call asks, as its action and its arguments.
type Asked = (&'static str, Value);

fn row(method: &str, version: A2aVersion) -> Result<&'static Method, String> {
    let is_it = |row: &&Method| match version {
        A2aVersion::V1_0 => row.new == method,
        A2aVersion::V0_3 => row.old == method,
    };
    let found = METHODS.iter().find(is_it);
    found.ok_or_else(|| format!("`{method}` is not expected"))
}

/// A method in JSON-RPC, asked with what it needs and these parameters, is what it is expected to be.
fn in_rpc(method: &str, version: A2aVersion, beside: Map<String, Value>) -> Result<Asked, String> {
    let row = row(method, version)?;
    let own = match version {
        A2aVersion::V1_0 => row.params.0,
        A2aVersion::V0_3 => row.params.1,
    };
    let params: Result<Map<_, _>, _> = serde_json::from_str(own);
    let mut params = params.map_err(|error| error.to_string())?;
    params.extend(beside);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let asked = asked("POST", "/a2a", version, &body.to_string())?;
    if asked.0 != row.action {
        return Err(format!("is read as `{}`", asked.0));
    }
    Ok(asked)
}

/// A binding in HTTP asks the same as the method in JSON-RPC with what stands in the path.
fn in_both(method: &str, verb: &str, template: &str) -> Result<(), String> {
    let mut bound = Map::new();
    let mut path = template.to_owned();
    for (variable, name, value) in [
        ("{tenant}", "tenant", "acme"),
        ("{task_id=*}", "taskId", "t-1"),
        ("{id=*}", "id", "i-1"),
    ] {
        if path.contains(variable) {
            path = path.replace(variable, value);
            bound.insert(name.to_owned(), json!(value));
        }
    }
    let body = match verb {
        "post" => row(method, A2aVersion::V1_0)?.params.0,
        _ => "",
    };
    let verb = verb.to_ascii_uppercase();
    let rest = asked(&verb, &format!("/a2a{path}"), A2aVersion::V1_0, body)?;
    let rpc = in_rpc(method, A2aVersion::V1_0, bound)?;
    if rest == rpc {
        return Ok(());
    }
    Err(format!("is {rest:?} in HTTP, and {rpc:?} in JSON-RPC"))
}

fn asked(verb: &str, path: &str, version: A2aVersion, body: &str) -> Result<Asked, String> {
    let head = Head::parse(Headers::from_pairs([
        (":method", verb),
        (":authority", "h"),
        (":path", path),
        ("content-type", "application/json"),
        ("a2a-version", version.name()),
    ]));
    let head = head.map_err(|error| error.to_string())?;
    let found = routes()?.find(&head).map_err(|error| error.to_string())?;
    let RouteTarget::A2a(rules, place) = &found.target else {
        return Err("is no call of an agent".to_owned());
    };
    let operation = a2a::read(rules, place, &head, body.as_bytes());
    let operation = operation.map_err(|refusal| refusal.error.to_string())?;
    let arguments = operation.arguments.as_ref();
    let arguments = arguments.map(|given| bailiwick_engine::json::Value::Object(given.clone()));
    let arguments = arguments.map_or_else(|| "{}".to_owned(), |given| given.to_string());
    let arguments = serde_json::from_str(&arguments).map_err(|error| error.to_string())?;
    Ok((operation.action.name(), arguments))
}

/// One agent, in all bindings and versions.
fn routes() -> Result<Routes, String> {
    let configuration = json!({
        "version": 1,
        "issuers": [{
            "name": "corp", "issuer": "https://as.example", "audiences": ["https://a2a.example"], "algorithms": ["ES256"],
            "keys": {"remote": {"url": "https://as.example/jwks.json", "cluster": "as"}},
        }],
        "routes": [{"name": "agent", "path": "/a2a", "a2a": {"agent": "agent"}}],
        "policies": "permit (principal, action, resource);",
    });
    let configuration = config::from_json(configuration.to_string().as_bytes());
    let configuration = configuration.map_err(|error| error.to_string())?;
    Routes::build(configuration.routes).map_err(|error| error.to_string())
}
