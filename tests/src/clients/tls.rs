//! A client that connects with a certificate, by Python's own TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::Certificate;
use crate::dialogue::{Dialogue, DialogueError};
use crate::mint::script;
use crate::parts;

/// A running Python process.
#[derive(Debug)]
pub struct TlsClient {
    python: Dialogue,
    trust: PathBuf,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A response with this status, and the reason where the gate refused.
    Answered(u64, Option<String>),
    /// The TLS connection did not come about.
    NotConnected,
}

impl TlsClient {
    /// Starts the Python that [`parts::PYTHON`] names; servers must be by `authority`.
    ///
    /// # Errors
    ///
    /// No Python is named, or it doesn't start.
    pub fn trusting(authority: &Certificate) -> Result<Self, DialogueError> {
        let python = parts::find(parts::PYTHON)?;
        let python = Dialogue::start(Command::new(python).arg(script("tls.py")))?;
        let trust = authority.file.clone();
        Ok(Self { python, trust })
    }

    /// Asks for `path` on a connection that is made with a certificate, or without one.
    ///
    /// # Errors
    ///
    /// The process is gone.
    pub fn get(
        &mut self,
        at: SocketAddr,
        path: &str,
        certificate: Option<&Certificate>,
        headers: &Value,
    ) -> Result<Outcome, DialogueError> {
        let answer = self.python.ask(&json!({
            "get": path,
            "port": at.port(),
            "trust": self.trust,
            "certificate": certificate.map(|certificate| &certificate.file),
            "key": certificate.map(|certificate| &certificate.key),
            "headers": headers,
        }))?;
        let Some(status) = answer.get("status").and_then(Value::as_u64) else {
            return Ok(Outcome::NotConnected);
        };
        let body = answer.get("body").and_then(Value::as_str);
        let body: Value = serde_json::from_str(body.unwrap_or_default()).unwrap_or_default();
        let reason = body.get("reason").and_then(Value::as_str);
        Ok(Outcome::Answered(status, reason.map(str::to_owned)))
    }
}
