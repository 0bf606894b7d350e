//! Keys and tokens from PyJWT, so that what the gateway verifies was never built by its own code.
//!
//! One Python process stays up and answers line by line: a token costs well under a millisecond beside its signature.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::parts::{self, PartError};

/// The mint gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// There is no Python to run.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The process could not be started or spoken to.
    #[error("the Python token mint can't be reached: {0}")]
    Process(#[from] io::Error),
    /// The process answered with no JSON, which it does where a package is missing.
    #[error(
        "the Python token mint answered `{answer}`; are the packages of tests/e2e/requirements.txt installed?"
    )]
    Unreadable {
        /// What it wrote.
        answer: String,
    },
    /// PyJWT refused.
    #[error("PyJWT refused: {reason}")]
    Refused {
        /// Its exception.
        reason: String,
    },
}

/// A key that the mint holds.
#[derive(Clone, Debug)]
pub struct Key {
    label: String,
    kid: String,
    alg: &'static str,
    jwk: Value,
}

impl Key {
    /// The public JWK, with `kid`, `alg` and `use`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }
}

#[derive(Debug)]
struct Pipes {
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
    keys_made: u32,
}

/// A running PyJWT process; it ends when dropped.
#[derive(Debug)]
pub struct Mint {
    process: Child,
    pipes: Mutex<Pipes>,
}

impl Mint {
    /// Starts the Python that [`parts::PYTHON`] names.
    ///
    /// # Errors
    ///
    /// No Python is named, or it doesn't start.
    pub fn start() -> Result<Self, MintError> {
        let python = parts::find(parts::PYTHON)?;
        let mut process = Command::new(python)
            .arg(script("mint.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let piped = || io::Error::other("the process has no pipes");
        let ask = process.stdin.take().ok_or_else(piped)?;
        let answer = BufReader::new(process.stdout.take().ok_or_else(piped)?);
        let pipes = Mutex::new(Pipes {
            ask,
            answer,
            keys_made: 0,
        });
        Ok(Self { process, pipes })
    }

    /// Makes a new key pair for `alg` (`ES256`, `ES384`, `EdDSA`, `RS256`, `PS256`), published as `kid`.
    ///
    /// Two keys may have the same `kid`: that is how a forgery is made.
    ///
    /// # Errors
    ///
    /// PyJWT doesn't know `alg`, or the process is gone.
    pub fn key(&self, kid: &str, alg: &'static str) -> Result<Key, MintError> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        pipes.keys_made = pipes.keys_made.saturating_add(1);
        let label = pipes.keys_made.to_string();
        let jwk = pipes.ask(&json!({"key": label, "kid": kid, "alg": alg}), "jwk")?;
        Ok(Key {
            label,
            kid: kid.to_owned(),
            alg,
            jwk,
        })
    }

    /// Signs `claims` with `key`, as an RFC 9068 access token (`typ: at+jwt`).
    ///
    /// # Errors
    ///
    /// PyJWT refuses the claims, or the process is gone.
    pub fn token(&self, key: &Key, claims: &Value) -> Result<String, MintError> {
        let header = json!({"typ": "at+jwt", "kid": key.kid});
        let request =
            json!({"sign": key.label, "alg": key.alg, "header": header, "claims": claims});
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let token = pipes.ask(&request, "token")?;
        Ok(token.as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Mint {
    fn drop(&mut self) {
        // It ends by itself once its stdin closes; this only makes sure that nothing is left behind.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Pipes {
    fn ask(&mut self, request: &Value, member: &str) -> Result<Value, MintError> {
        writeln!(self.ask, "{request}")?;
        self.ask.flush()?;
        let mut answer = String::new();
        self.answer.read_line(&mut answer)?;
        let Ok(mut parsed) = serde_json::from_str::<Value>(&answer) else {
            return Err(MintError::Unreadable { answer });
        };
        if let Some(reason) = parsed.get("error").and_then(Value::as_str) {
            let reason = reason.to_owned();
            return Err(MintError::Refused { reason });
        }
        match parsed.get_mut(member) {
            Some(value) => Ok(value.take()),
            None => Err(MintError::Unreadable { answer }),
        }
    }
}

/// A Python script of the end-to-end tests.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("e2e/py")
        .join(name)
}

/// Now, in seconds since 1970, for claims.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_secs())
}
