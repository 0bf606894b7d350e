//! Official MCP clients, walking the same plan: connect, list the tools, call some.
//!
//! What they report is what their user sees: a gateway's refusal is worth as much as survives the client.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use rmcp::model::{CallToolRequestParams, ClientConfig, ErrorData, ProtocolVersion};
use rmcp::service::{ClientInitializeError, RunningService, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, UnixSocketHttpClient};
use rmcp::{ClientLifecycleMode, ClientServiceExt, RoleClient};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixListener};
use tokio::process::Command;
use tokio::task::JoinHandle;

use super::mcp;
use crate::dialogue::DialogueError;
use crate::mint::script;
use crate::oauth::node;
use crate::parts::{self, PartError};
use crate::scratch::Scratch;

/// The protocol that a client is told to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// 2025-11-25: `initialize`, a session, `DELETE` at the end.
    Handshake,
    /// 2026-07-28: `server/discover`, then requests that stand alone.
    Stateless,
}

/// What a client is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the gateway is.
    pub gateway: SocketAddr,
    /// The bearer token.
    pub token: String,
    /// The protocol to speak.
    pub revision: Revision,
    /// The tools to call after listing them, each with its arguments (a JSON object).
    pub calls: Vec<(String, Value)>,
}

impl Plan {
    /// The MCP endpoint.
    fn url(&self) -> String {
        format!("http://{}{}", self.gateway, mcp::PATH)
    }
}

/// What the client's user saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The revision agreed on, or why there was no connection.
    pub connected: Result<String, Refusal>,
    /// The tools that were listed, sorted.
    pub tools: Result<Vec<String>, Refusal>,
    /// The text of each call's result, in order.
    pub calls: Vec<Result<String, Refusal>>,
}

/// An error as a client showed it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refusal {
    /// Everything it said, causes included.
    pub message: String,
    /// The JSON-RPC code, where the client saw a JSON-RPC error.
    pub code: Option<i64>,
    /// That error's `data`.
    pub data: Option<Value>,
}

/// The client could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no Python to run.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A process or a socket could not be made, or failed.
    #[error("the client can't be run: {0}")]
    Run(#[from] io::Error),
    /// Node.js or one of its packages isn't there.
    #[error(transparent)]
    Node(#[from] DialogueError),
    /// It printed no report.
    #[error("the client printed no report but: {stderr}")]
    NoReport {
        /// What it wrote to stderr.
        stderr: String,
    },
}

/// Walks `plan` with the Rust SDK (crate `rmcp`).
///
/// Of its two HTTP clients this takes the one over a Unix socket, with a relay to the gateway behind it: the other one
/// brings a TLS and browser stack along that nothing here needs.
///
/// # Errors
///
/// The relay can't listen.
pub async fn walk_with_rust(plan: &Plan) -> Result<Walk, AgentError> {
    let relay = Relay::to(plan.gateway)?;
    let url = plan.url();
    let client = UnixSocketHttpClient::new(&relay.path.to_string_lossy(), &url);
    let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(&plan.token);
    let transport = StreamableHttpClientTransport::with_client(client, config);
    let lifecycle = match plan.revision {
        Revision::Handshake => ClientLifecycleMode::Initialize,
        Revision::Stateless => ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    };
    let connecting = ClientConfig::default().serve_with_lifecycle(transport, lifecycle);
    let client = match connecting.await {
        Ok(client) => client,
        Err(error) => return Ok(Walk::not_connected(Refusal::from(&error))),
    };
    let tools = client
        .list_all_tools()
        .await
        .map_err(|error| Refusal::from(&error));
    let mut calls = Vec::new();
    for (tool, arguments) in &plan.calls {
        calls.push(call(&client, tool, arguments).await);
    }
    let agreed = client
        .peer_info()
        .map(|info| info.protocol_version.to_string());
    // The session's DELETE is sent on a task of its own; its outcome is no part of the walk.
    drop(client.cancel().await);
    Ok(Walk {
        connected: Ok(agreed.unwrap_or_default()),
        tools: tools.map(|tools| sorted(tools.into_iter().map(|tool| tool.name.into_owned()))),
        calls,
    })
}

/// A Unix socket whose connections end at a TCP address.
struct Relay {
    path: PathBuf,
    task: JoinHandle<()>,
    _directory: Scratch,
}

impl Relay {
    fn to(address: SocketAddr) -> io::Result<Self> {
        let directory = Scratch::new("relay")?;
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path)?;
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(address).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        Ok(Self {
            path,
            task,
            _directory: directory,
        })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn call(
    client: &RunningService<RoleClient, ClientConfig>,
    tool: &str,
    arguments: &Value,
) -> Result<String, Refusal> {
    let mut params = CallToolRequestParams::new(tool.to_owned());
    params.arguments = arguments.as_object().cloned();
    let result = client
        .call_tool(params)
        .await
        .map_err(|error| Refusal::from(&error))?;
    let texts = result.content.iter().filter_map(|part| part.as_text());
    let text = texts
        .map(|part| part.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    if result.is_error == Some(true) {
        let message = format!("tool error: {text}");
        return Err(Refusal {
            message,
            ..Refusal::default()
        });
    }
    Ok(text)
}

/// Walks `plan` with the Python SDK (PyPI `mcp`).
///
/// # Errors
///
/// The Python that [`parts::PYTHON`] names isn't there, or lacks the package.
pub async fn walk_with_python(plan: &Plan) -> Result<Walk, AgentError> {
    let mut program = Command::new(parts::find(parts::PYTHON)?);
    program.arg(script("agent.py"));
    walk_with(program, plan).await
}

/// Walks `plan` with the TypeScript SDK (npm `@modelcontextprotocol/sdk`), which knows the handshake only.
///
/// # Errors
///
/// There is no Node.js, or the package is missing.
pub async fn walk_with_typescript(plan: &Plan) -> Result<Walk, AgentError> {
    walk_with(Command::from(node("mcp_agent.mjs")?), plan).await
}

/// Walks `plan` with a program that takes it as JSON and prints what its user saw.
async fn walk_with(mut program: Command, plan: &Plan) -> Result<Walk, AgentError> {
    let mut process = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mode = match plan.revision {
        Revision::Handshake => "legacy",
        Revision::Stateless => "auto",
    };
    let calls = plan.calls.iter();
    let calls: Vec<_> = calls
        .map(|(tool, arguments)| json!({"tool": tool, "arguments": arguments}))
        .collect();
    let headers = json!({"authorization": format!("Bearer {}", plan.token)});
    let order = json!({"url": plan.url(), "mode": mode, "headers": headers, "calls": calls});
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(order.to_string().as_bytes()).await?;
    }
    let output = process.wait_with_output().await?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|_| {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        AgentError::NoReport { stderr }
    })?;
    Ok(Walk::from_report(&report))
}

impl Walk {
    fn not_connected(refusal: Refusal) -> Self {
        Self {
            connected: Err(refusal.clone()),
            tools: Err(refusal),
            calls: Vec::new(),
        }
    }

    fn from_report(report: &Value) -> Self {
        let connected = outcome(&report["connected"], |seen| {
            Some(seen.get("protocol_version")?.as_str()?.to_owned())
        });
        let tools = match &connected {
            Ok(_) => outcome(&report["tools"], |seen| {
                let names = seen.as_array()?.iter();
                Some(sorted(names.filter_map(Value::as_str).map(str::to_owned)))
            }),
            Err(refusal) => Err(refusal.clone()),
        };
        let calls = report["calls"].as_array().into_iter().flatten();
        let calls = calls.map(|seen| outcome(seen, |seen| Some(seen["text"].as_str()?.to_owned())));
        Self {
            connected,
            tools,
            calls: calls.collect(),
        }
    }
}

fn outcome<T>(seen: &Value, read: impl Fn(&Value) -> Option<T>) -> Result<T, Refusal> {
    read(seen).ok_or_else(|| Refusal {
        message: match (seen["raised"].as_str(), seen["message"].as_str()) {
            (Some(raised), Some(message)) => format!("{raised}: {message}"),
            _ => seen.to_string(),
        },
        code: seen["code"].as_i64(),
        data: seen.get("data").filter(|data| !data.is_null()).cloned(),
    })
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

impl Refusal {
    fn from_error_data(error: &ErrorData) -> Self {
        Self {
            message: error.message.to_string(),
            code: Some(error.code.0.into()),
            data: error.data.clone(),
        }
    }

    fn from_chain(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        Self {
            message,
            ..Self::default()
        }
    }
}

impl From<&ServiceError> for Refusal {
    fn from(error: &ServiceError) -> Self {
        if let ServiceError::McpError(error) = error {
            Self::from_error_data(error)
        } else {
            Self::from_chain(error)
        }
    }
}

impl From<&ClientInitializeError> for Refusal {
    fn from(error: &ClientInitializeError) -> Self {
        if let ClientInitializeError::JsonRpcError(error) = error {
            Self::from_error_data(error)
        } else {
            Self::from_chain(error)
        }
    }
}
