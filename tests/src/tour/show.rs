//! How the tour looks on a terminal: one line for what is asked, one or two for what came of it.

use serde_json::Value;

use super::Taken;
use crate::clients::{Reply, Request};

/// Whether escape codes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// They are.
    On,
    /// They are not.
    Off,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::On => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::Off => text.to_owned(),
        }
    }

    /// Text that stands back.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Text that stands out.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn verdict(self, is_good: bool, text: &str) -> String {
        self.paint(if is_good { "32" } else { "31" }, text)
    }
}

/// A step and what came of it.
#[must_use]
pub fn taken(number: usize, taken: &Taken, colour: Colour) -> String {
    let reply = &taken.reply;
    let status = colour.verdict(reply.status == 200, &reply.status.to_string());
    let mut lines = vec![format!("{number}. {}", colour.bold(&taken.step.title))];
    lines.push(format!("   {status} {}", outcome(reply)));
    if let Some(remedy) = told(reply, "/remedy/text") {
        lines.push(format!("       {} {remedy}", colour.dim("remedy:")));
    }
    lines.join("\n")
}

/// What an answer says, in one line.
fn outcome(reply: &Reply) -> String {
    if let Some(reason) = reply.reason() {
        let says = told(reply, "/detail").or_else(|| told(reply, "/title"));
        return format!("{reason}: {}", says.unwrap_or_default());
    }
    let body = reply.json();
    if let Some(tools) = body.pointer("/result/tools").and_then(Value::as_array) {
        let names = tools.iter().filter_map(|tool| tool.get("name")?.as_str());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        return names.join(", ");
    }
    let text = body
        .pointer("/result/content/0/text")
        .and_then(Value::as_str);
    text.map_or_else(|| reply.text(), str::to_owned)
}

/// A member of a refusal, whether it is a problem document or a JSON-RPC error.
fn told(reply: &Reply, pointer: &str) -> Option<String> {
    let body = reply.json();
    let data = body.pointer("/error/data").unwrap_or(&body);
    Some(data.pointer(pointer)?.as_str()?.to_owned())
}

/// A record of evidence as one readable line.
#[must_use]
pub fn record(text: &str, colour: Colour) -> String {
    let record: Value = serde_json::from_str(text).unwrap_or_default();
    let at = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let allowed = at("/outcome") == Some("allow");
    let verdict = colour.verdict(allowed, if allowed { "allow" } else { "deny " });
    let who = match (
        at("/caller/agent"),
        at("/caller/user").or(at("/caller/subject")),
    ) {
        (_, Some(holder)) if at("/caller/format") == Some("aat") => {
            format!(
                "{}, {}",
                at("/caller/domain").unwrap_or_default(),
                key(holder)
            )
        }
        (Some(agent), Some(user)) => format!("{agent} for {user}"),
        (Some(agent), None) => agent.to_owned(),
        (None, _) => "nobody verified".to_owned(),
    };
    let what = match (at("/operation/action"), at("/operation/resource/tool")) {
        (Some(_), Some(tool)) => format!("calls {tool}"),
        (Some(action), None) => action.to_owned(),
        (None, _) => format!("on route {}", at("/route").unwrap_or("(none)")),
    };
    let policies = record.get("policies").and_then(Value::as_array);
    let policies = policies.map(|ids| {
        ids.iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    });
    let why = match (at("/reason"), policies.filter(|ids| !ids.is_empty())) {
        (Some(reason), Some(policies)) => format!("{reason} by {policies}"),
        (Some(reason), None) => reason.to_owned(),
        (None, Some(policies)) => format!("by {policies}"),
        (None, None) => String::new(),
    };
    let id = colour.dim(at("/id").unwrap_or("(no record)"));
    format!("{verdict} {who:<32} {what:<18} {why:<32} {id}")
        .trim_end()
        .to_owned()
}

/// A key that is named by its thumbprint, by the beginning of that.
fn key(name: &str) -> String {
    let thumbprint = name.rsplit(':').next().unwrap_or(name);
    let beginning: String = thumbprint.chars().take(8).collect();
    format!("key {beginning}...")
}

/// The request as a line for a shell, its token taken from `$TOKEN`.
#[must_use]
pub fn curl(url: &str, request: &Request) -> String {
    let mut words = vec![format!("curl -s '{url}{}'", request.target)];
    for (name, value) in &request.headers {
        if name == "authorization" {
            words.push("-H \"authorization: Bearer $TOKEN\"".to_owned());
        } else {
            words.push(format!("-H '{name}: {}'", String::from_utf8_lossy(value)));
        }
    }
    if !request.body.is_empty() {
        words.push(format!("-d '{}'", String::from_utf8_lossy(&request.body)));
    }
    words.join(" \\\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::mcp;
    use serde_json::json;

    #[test]
    fn a_record_reads_as_a_line() {
        let deny = json!({
            "id": "w1-4", "outcome": "deny", "reason": "policy_forbidden", "policies": ["no-deletion"],
            "caller": {"agent": "acme/support-bot", "user": "acme/alice", "subject": "alice"},
            "operation": {"action": "call_tool", "resource": {"server": "shop", "tool": "delete_order"}},
        });
        assert_eq!(
            record(&deny.to_string(), Colour::Off),
            "deny  acme/support-bot for acme/alice  calls delete_order policy_forbidden by no-deletion  w1-4"
        );
        let holder = json!({
            "id": "w1-6", "outcome": "allow", "policies": ["warrants"],
            "caller": {"domain": "payroll", "agent": "payroll/urn:x:AbCdEfGhIj", "subject": "urn:x:AbCdEfGhIj", "format": "aat"},
            "operation": {"action": "call_tool", "resource": {"server": "shop", "tool": "echo"}},
        });
        assert_eq!(
            record(&holder.to_string(), Colour::Off),
            "allow payroll, key AbCdEfGh...         calls echo         by warrants                      w1-6"
        );
        let unknown = json!({"id": "w1-5", "outcome": "deny", "reason": "signature_invalid", "route": "shop"});
        assert_eq!(
            record(&unknown.to_string(), Colour::Off),
            "deny  nobody verified                  on route shop      signature_invalid                w1-5"
        );
    }

    #[test]
    fn a_shell_line_has_no_token_in_it() {
        let request = mcp::call("echo", &json!({"text": "hi"})).bearer("secret");
        let line = curl("http://127.0.0.1:1", &request);
        assert!(line.starts_with(
            "curl -s 'http://127.0.0.1:1/mcp' \\\n  -H 'content-type: application/json'"
        ));
        assert!(line.contains("-H \"authorization: Bearer $TOKEN\""));
        assert!(!line.contains("secret"));
    }
}
