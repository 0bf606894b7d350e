//! Keys and tokens from PyJWT, so that what the gateway verifies was never built by its own code.
//!
//! One Python process stays up and answers line by line: a token costs well under a millisecond beside its signature.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::dialogue::{Dialogue, DialogueError};
use crate::parts;

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

/// A running PyJWT process; it ends when dropped.
#[derive(Debug)]
pub struct Mint(Mutex<State>);

#[derive(Debug)]
struct State {
    python: Dialogue,
    keys_made: u32,
}

impl Mint {
    /// Starts the Python that [`parts::PYTHON`] names.
    ///
    /// # Errors
    ///
    /// No Python is named, or it doesn't start.
    pub fn start() -> Result<Self, DialogueError> {
        let python = parts::find(parts::PYTHON)?;
        let python = Dialogue::start(Command::new(python).arg(script("mint.py")))?;
        Ok(Self(Mutex::new(State {
            python,
            keys_made: 0,
        })))
    }

    /// Makes a new key pair for `alg` (`ES256`, `ES384`, `EdDSA`, `RS256`, `PS256`), published as `kid`.
    ///
    /// Two keys may have the same `kid`: that is how a forgery is made.
    ///
    /// # Errors
    ///
    /// PyJWT doesn't know `alg`, or the process is gone.
    pub fn key(&self, kid: &str, alg: &'static str) -> Result<Key, DialogueError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.keys_made = state.keys_made.saturating_add(1);
        let label = state.keys_made.to_string();
        let request = json!({"key": label, "kid": kid, "alg": alg});
        let jwk = state.python.ask_for(&request, "jwk")?;
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
    pub fn token(&self, key: &Key, claims: &Value) -> Result<String, DialogueError> {
        self.sign(key, "at+jwt", claims)
    }

    /// Signs `claims` with `key`, as a JWT of the type `typ`.
    ///
    /// # Errors
    ///
    /// As [`Self::token`].
    pub fn sign(&self, key: &Key, typ: &str, claims: &Value) -> Result<String, DialogueError> {
        let header = json!({"typ": typ, "kid": key.kid});
        let request =
            json!({"sign": key.label, "alg": key.alg, "header": header, "claims": claims});
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = state.python.ask_for(&request, "token")?;
        Ok(token.as_str().unwrap_or_default().to_owned())
    }

    /// Signs each of `claims` with `key`, below the header with these members beside `alg`.
    ///
    /// # Errors
    ///
    /// As [`Self::token`].
    pub fn sign_each(
        &self,
        key: &Key,
        header: &Value,
        claims: &[Value],
    ) -> Result<Vec<String>, DialogueError> {
        let request = json!({"sign": key.label, "alg": key.alg, "header": header, "each": claims});
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = state.python.ask_for(&request, "tokens")?;
        let tokens = tokens.as_array().into_iter().flatten();
        Ok(tokens
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    /// Makes that many DPoP proofs (RFC 9449) with `key`, which differ in what stands behind the `jti` of `claims`.
    ///
    /// # Errors
    ///
    /// As [`Self::token`].
    pub fn proofs(
        &self,
        key: &Key,
        claims: &Value,
        times: u64,
    ) -> Result<Vec<String>, DialogueError> {
        let header = json!({"typ": "dpop+jwt", "jwk": key.jwk});
        let id = claims
            .get("jti")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let numbered = (0..times).map(|number| {
            let mut claims = claims.clone();
            if let Some(members) = claims.as_object_mut() {
                members.insert("jti".to_owned(), format!("{id}-{number}").into());
            }
            claims
        });
        self.sign_each(key, &header, &numbered.collect::<Vec<_>>())
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
