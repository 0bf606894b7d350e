//! The schemas of MCP's revisions, and the example messages of 2026-07-28: whatever a client sends by them reads to the operation that
//! it is, and whatever a server sends is none. Of lists, what they list can be taken out.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_engine::decision::Reason;
use bailiwick_engine::decision::answer::Answer;
use bailiwick_engine::json::{self, Limits};
use bailiwick_engine::operation::mcp::listing::{Lists, narrow};
use bailiwick_engine::operation::mcp::read;
use bailiwick_engine::operation::route::{DenialStatus, Endpoint, McpRules};
use bailiwick_engine::operation::task::found::Form;
use bailiwick_engine::operation::{McpRevision, OperationError, Protocol};
use bailiwick_engine::request::{Head, Headers};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::{BESIDE, Suite, Verdict, text};

pub(crate) const SUITE: Suite = Suite {
    name: "mcp-schema",
    files: &[
        "schema/2024-11-05/schema.json",
        "schema/2025-03-26/schema.json",
        "schema/2025-06-18/schema.json",
        "schema/2025-11-25/schema.json",
        "schema/2026-07-28/schema.json",
    ],
    judge,
};

/// The extension of the examples, which lie below their schema.
pub(crate) const EXAMPLES: &str = "json";

/// What each method is, by the schemas' own words about it, and parameters that it can be sent with.
const METHODS: [(&str, &str, &str); 24] = [
    (
        "initialize",
        "initialize",
        r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#,
    ),
    ("server/discover", "initialize", "{}"),
    ("ping", "ping", "{}"),
    ("tools/list", "list_tools", "{}"),
    ("tools/call", "call_tool", r#"{"name":"t","arguments":{}}"#),
    ("resources/list", "list_resources", "{}"),
    ("resources/templates/list", "list_resources", "{}"),
    ("resources/read", "read_resource", r#"{"uri":"file:///a"}"#),
    (
        "resources/subscribe",
        "subscribe_resource",
        r#"{"uri":"file:///a"}"#,
    ),
    (
        "resources/unsubscribe",
        "unsubscribe_resource",
        r#"{"uri":"file:///a"}"#,
    ),
    ("subscriptions/listen", "listen", r#"{"notifications":{}}"#),
    ("prompts/list", "list_prompts", "{}"),
    ("prompts/get", "get_prompt", r#"{"name":"p"}"#),
    (
        "completion/complete",
        "complete",
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}}"#,
    ),
    ("logging/setLevel", "set_log_level", r#"{"level":"info"}"#),
    ("tasks/get", "get_task", r#"{"taskId":"t"}"#),
    ("tasks/result", "get_task_result", r#"{"taskId":"t"}"#),
    ("tasks/cancel", "cancel_task", r#"{"taskId":"t"}"#),
    ("tasks/list", "list_tasks", "{}"),
    ("notifications/initialized", "notify", "{}"),
    ("notifications/cancelled", "notify", r#"{"requestId":1}"#),
    (
        "notifications/progress",
        "notify",
        r#"{"progressToken":1,"progress":1}"#,
    ),
    ("notifications/roots/list_changed", "notify", "{}"),
    (
        "notifications/tasks/status",
        "notify",
        r#"{"taskId":"t","status":"working"}"#,
    ),
];

/// What answers an error's code is one of, by the schema's name of the error.
const ERRORS: [(&str, Answer); 6] = [
    ("ParseError", Answer::NotJson),
    ("InvalidRequestError", Answer::NotJsonRpc),
    ("MethodNotFoundError", Answer::UnknownMethod),
    ("InvalidParamsError", Answer::InvalidParams),
    ("HeaderMismatchError", Answer::HeaderMismatch),
    (
        "UnsupportedProtocolVersionError",
        Answer::UnsupportedRevision,
    ),
];

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let name = file.split('/').nth(1).unwrap_or(file);
    let schema = Schema {
        name,
        definitions: document
            .get("definitions")
            .or_else(|| document.get("$defs")),
    };
    let mut verdicts = Vec::new();
    for (union, is_client) in [
        ("ClientRequest", true),
        ("ClientNotification", true),
        ("ServerRequest", false),
        ("ServerNotification", false),
    ] {
        for method in schema.methods(union) {
            let found = schema.sent(&method, is_client);
            verdicts.push(Verdict::on(format!("{name}#{union}/{method}"), true, found));
        }
    }
    verdicts.push(Verdict::on(
        format!("{name}#JSONRPCBatchRequest"),
        true,
        schema.batch(),
    ));
    let none = Map::new();
    let beside = document.get(BESIDE).and_then(Value::as_object);
    for (path, example) in beside.unwrap_or(&none) {
        if let Some(path) = path.strip_prefix("examples/") {
            let found = decoded(example).and_then(|text| self::example(&schema, path, &text));
            verdicts.push(Verdict::on(format!("{name}#{path}"), true, found));
        }
    }
    verdicts
}

fn decoded(example: &Value) -> Result<String, String> {
    let text = example.as_str().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// One revision's schema.
struct Schema<'d> {
    name: &'d str,
    definitions: Option<&'d Value>,
}

impl Schema<'_> {
    fn definition(&self, reference: &Value) -> Option<&Value> {
        let name = text(reference, "$ref").rsplit('/').next()?;
        self.definitions?.get(name)
    }

    /// The methods of a union of messages, or of the one that stands in its place; none where the revision has neither.
    fn methods(&self, union: &str) -> Vec<String> {
        let Some(union) = self.definitions.and_then(|all| all.get(union)) else {
            return Vec::new();
        };
        let alone = std::slice::from_ref(union);
        let members = union.get("anyOf").and_then(Value::as_array);
        let members = members.map_or(alone, Vec::as_slice).iter();
        let methods = members.filter_map(|member| {
            let message = self.definition(member).unwrap_or(member);
            message.pointer("/properties/method/const")?.as_str()
        });
        methods.map(str::to_owned).collect()
    }

    /// Is a message of this method what it is, if a client sends it, and refused, where only servers do?
    fn sent(&self, method: &str, is_client: bool) -> Result<(), String> {
        let row = METHODS.iter().find(|(name, ..)| *name == method);
        let params = row.map_or("{}", |(_, _, params)| params);
        let params: Value = serde_json::from_str(params).map_err(|error| error.to_string())?;
        let message = written(method, &params);
        let also_of_clients = ["ClientRequest", "ClientNotification"];
        let mut also_of_clients = also_of_clients.into_iter();
        let is_client = is_client
            || also_of_clients.any(|union| self.methods(union).iter().any(|of| of == method));
        match (self.asked(&message), row, is_client) {
            (Ok(found), Some((_, action, _)), true) if found == *action => Ok(()),
            (Ok(found), _, true) => Err(format!("is read as `{found}`")),
            (Err(why), _, true) => Err(why.to_string()),
            (Ok(found), _, false) => Err(format!("is read as `{found}`, which no client asks")),
            (Err(why), _, false) if Reason::from(&why) == Reason::RpcMethodUnknown => Ok(()),
            (Err(other), _, false) => Err(other.to_string()),
        }
    }

    /// Are messages that stand in one array a batch where the revision has them, and refused elsewhere?
    fn batch(&self) -> Result<(), String> {
        let rows = METHODS.iter();
        let methods = rows.filter(|(name, ..)| ["ping", "tools/list", "tools/call"].contains(name));
        let messages = methods.map(|(method, _, params)| {
            let params = serde_json::from_str::<Value>(params);
            let params = params.map_err(|error| error.to_string())?;
            Ok(json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params}))
        });
        let messages: Vec<_> = messages.collect::<Result<_, String>>()?;
        let definitions = self.definitions.ok_or("it has no definitions")?;
        let has_batches = definitions.get("JSONRPCBatchRequest").is_some();
        match (self.asked(&Value::Array(messages)), has_batches) {
            (Ok("batch"), true) | (Err(OperationError::Batch), false) => Ok(()),
            (Ok(found), _) => Err(format!("is read as `{found}`")),
            (Err(why), _) => Err(why.to_string()),
        }
    }

    /// What a client's message asks in this revision.
    fn asked(&self, message: &Value) -> Result<&'static str, OperationError> {
        let mut message = message.clone();
        let method = text(&message, "method").to_owned();
        let is_stateless = self.name == McpRevision::V2026_07_28.name();
        let params = message.get_mut("params").and_then(Value::as_object_mut);
        let mut fields = vec![
            (":method", "POST".to_owned()),
            (":authority", "h".to_owned()),
            (":path", "/mcp".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("mcp-protocol-version", self.name.to_owned()),
        ];
        if is_stateless && !method.is_empty() {
            fields.push(("mcp-method", method));
            let params = params.map(|params| {
                params.entry("_meta").or_insert_with(|| {
                    json!({
                        "io.modelcontextprotocol/protocolVersion": self.name,
                        "io.modelcontextprotocol/clientCapabilities": {},
                    })
                });
                &*params
            });
            let name = params.and_then(|params| params.get("name").or_else(|| params.get("uri")));
            let name = name.and_then(Value::as_str);
            fields.extend(name.map(|name| ("mcp-name", name.to_owned())));
        }
        let head = Head::parse(Headers::from_pairs(fields))?;
        let body = message.to_string();
        let operation = read(&rules(), &head, body.as_bytes()).map_err(|refusal| refusal.error)?;
        Ok(operation.action.name())
    }
}

fn rules() -> McpRules {
    McpRules {
        endpoint: Endpoint::Exact("/mcp".to_owned()),
        server: Arc::from("server"),
        revisions: McpRevision::ALL.to_vec(),
        denial_status: DenialStatus::Forbidden,
        allowed_origins: Vec::new(),
        json: Limits::default(),
        filter_lists: true,
        bind_tasks: true,
        arguments: BTreeMap::new(),
        warrant_member: None,
    }
}

/// An example, by `KIND/NAME.json`. All are JSON as it is read here; those that a client or a server sends are what their kind is.
fn example(schema: &Schema<'_>, path: &str, example: &str) -> Result<(), String> {
    let ours = json::parse(example.as_bytes(), &Limits::default()).map_err(|e| e.to_string())?;
    let theirs: Value = serde_json::from_str(example).map_err(|error| error.to_string())?;
    let again: Value = serde_json::from_str(&ours.to_string()).map_err(|e| e.to_string())?;
    if again != theirs {
        return Err("is read as another document".to_owned());
    }
    let kind = path.split('/').next().unwrap_or(path);
    if let Some((_, answer)) = ERRORS.iter().find(|(name, _)| *name == kind) {
        return same_code(&theirs, *answer);
    }
    if kind.ends_with("Request") || kind.ends_with("Notification") {
        return message(schema, &theirs);
    }
    if let Some(kind) = kind.strip_suffix("Params") {
        return params(schema, kind, &theirs);
    }
    if kind.ends_with("ResultResponse") {
        return response(schema, kind, &theirs);
    }
    if kind.ends_with("Result") {
        let whole = json!({"jsonrpc": "2.0", "id": 1, "result": theirs});
        return response(schema, kind, &whole);
    }
    Ok(())
}

fn same_code(error: &Value, answer: Answer) -> Result<(), String> {
    let stated = error.get("error").unwrap_or(error).get("code");
    let ours = answer.rpc_code();
    match stated.and_then(Value::as_i64) == Some(i64::from(ours)) {
        true => Ok(()),
        false => Err(format!("the code is {ours} here")),
    }
}

/// A client's message is its method's operation, and a server's none.
fn message(schema: &Schema<'_>, message: &Value) -> Result<(), String> {
    let method = text(message, "method");
    let client = ["ClientRequest", "ClientNotification"];
    let is_client = client
        .iter()
        .any(|union| schema.methods(union).iter().any(|of| of == method));
    match (schema.asked(message), is_client) {
        (Ok(found), true) => {
            let row = METHODS.iter().find(|(name, ..)| *name == method);
            match row {
                Some((_, action, _)) if *action == found => Ok(()),
                Some(_) | None => Err(format!("is read as `{found}`")),
            }
        }
        (Err(why), true) => Err(why.to_string()),
        (Ok(found), false) => Err(format!("is read as `{found}`, which no client asks")),
        (Err(_), false) => Ok(()),
    }
}

/// A message as a client writes it; a notification has no id.
fn written(method: &str, params: &Value) -> Value {
    if method.starts_with("notifications/") {
        json!({"jsonrpc": "2.0", "method": method, "params": params})
    } else {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    }
}

/// Parameters of a message that has no example of its own with them, within that.
fn params(schema: &Schema<'_>, kind: &str, params: &Value) -> Result<(), String> {
    let of_kind = schema.definitions.and_then(|all| all.get(kind));
    let method = of_kind.and_then(|of| of.pointer("/properties/method/const"));
    let Some(method) = method.and_then(Value::as_str) else {
        return Ok(());
    };
    message(schema, &written(method, params))
}

/// The lists that are narrowed in revisions with tasks.
const ALL: Lists = Lists {
    form: Form::Mcp,
    usable: true,
    tasks: true,
};

/// What a server answers is asked by no client; and of a list everything can be taken out, and nothing but that.
fn response(schema: &Schema<'_>, kind: &str, response: &Value) -> Result<(), String> {
    match schema.asked(response) {
        Err(OperationError::ResponseFromClient) => {}
        Err(other) => return Err(other.to_string()),
        Ok(found) => return Err(format!("is read as `{found}`")),
    }
    let text = response.to_string();
    let revision = McpRevision::from_name(schema.name).ok_or("the revision isn't known")?;
    let protocol = Protocol::Mcp(revision);
    let narrowed = |keep| {
        let narrowed = narrow(text.as_bytes(), ALL, protocol, &mut |_| keep);
        narrowed.map_err(|error| error.to_string())
    };
    // A list that could be shown to everybody is one caller's then.
    let own = text.replace(r#""cacheScope":"public""#, r#""cacheScope":"private""#);
    let is_list = LISTS.iter().any(|list| kind.starts_with(list));
    let kept = narrowed(true)?.unwrap_or_else(|| text.clone().into_bytes());
    let expected = if is_list { &own } else { &text };
    if kept != expected.as_bytes() {
        return Err("something else than its elements changes".to_owned());
    }
    match (narrowed(false)?, is_list) {
        (Some(bytes), true) if bytes.windows(2).any(|two| two == b"[]") => Ok(()),
        (None, false) => Ok(()),
        (Some(_) | None, _) => Err("its elements can't be taken out".to_owned()),
    }
}

/// The kinds of results that are lists of what a caller could use, or has.
const LISTS: [&str; 5] = [
    "ListTasks",
    "ListTools",
    "ListResourcesResult",
    "ListResourceTemplates",
    "ListPrompts",
];
