//! An A2A agent and an A2A client that are not ours: PyPI `a2a-sdk`.

use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};

use crate::dialogue::{Dialogue, DialogueError};
use crate::mint::script;
use crate::parts;

/// The path of the agent at its server.
pub const PATH: &str = "/a2a";

/// A running agent, which speaks 1.0 and 0.3 in JSON-RPC and HTTP+JSON. It stops when dropped.
#[derive(Debug)]
pub struct Agent {
    address: SocketAddr,
    _process: Dialogue,
}

impl Agent {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// There is no Python, or it lacks the package.
    pub fn start() -> Result<Self, DialogueError> {
        let mut process = Dialogue::start(&mut python("a2a_server.py")?)?;
        let said = process.hear()?;
        let port = said.get("port").and_then(Value::as_u64);
        let port = port.and_then(|port| u16::try_from(port).ok());
        Ok(Self {
            address: SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_default())),
            _process: process,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// What a client is to do.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Where the gateway is.
    pub gateway: SocketAddr,
    /// The bearer token.
    pub token: &'a str,
    /// `1.0` or `0.3`.
    pub version: &'a str,
    /// `JSONRPC` or `HTTP+JSON`.
    pub binding: &'a str,
    /// Are messages sent as streams?
    pub streaming: bool,
    /// What it does, in order, as `a2a_client.py` has it.
    pub steps: Value,
}

impl Plan<'_> {
    /// What the client's user saw: the agent's name by its card, and what came of each step.
    ///
    /// # Errors
    ///
    /// There is no Python, or it lacks the package.
    pub fn walk(&self) -> Result<Value, DialogueError> {
        let order = json!({
            "origin": format!("http://{}", self.gateway),
            "path": PATH,
            "version": self.version,
            "binding": self.binding,
            "streaming": self.streaming,
            "headers": {"authorization": format!("Bearer {}", self.token)},
            "steps": self.steps,
        });
        Dialogue::start(&mut python("a2a_client.py")?)?.ask(&order)
    }
}

fn python(name: &str) -> Result<Command, DialogueError> {
    let mut command = Command::new(parts::find(parts::PYTHON)?);
    command.arg(script(name));
    Ok(command)
}
