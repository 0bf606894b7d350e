//! Biscuits from biscuit-python, so that what the gateway verifies was never built by its own code.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::dialogue::{Dialogue, DialogueError};
use crate::mint::script;
use crate::parts;

/// A root key that the mint holds.
#[derive(Clone, Debug)]
pub struct RootKey {
    label: String,
    public: String,
}

impl RootKey {
    /// Its public half, as configurations write it.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }
}

/// A running biscuit-python process; it ends when dropped.
#[derive(Debug)]
pub struct BiscuitMint(Mutex<State>);

#[derive(Debug)]
struct State {
    python: Dialogue,
    keys_made: u32,
}

impl BiscuitMint {
    /// Starts the Python that [`parts::PYTHON`] names.
    ///
    /// # Errors
    ///
    /// No Python is named, or it doesn't start.
    pub fn start() -> Result<Self, DialogueError> {
        let python = parts::find(parts::PYTHON)?;
        let python = Dialogue::start(Command::new(python).arg(script("biscuits.py")))?;
        Ok(Self(Mutex::new(State {
            python,
            keys_made: 0,
        })))
    }

    /// Makes a new root key.
    ///
    /// # Errors
    ///
    /// The process is gone.
    pub fn key(&self) -> Result<RootKey, DialogueError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.keys_made = state.keys_made.saturating_add(1);
        let label = state.keys_made.to_string();
        let public = state
            .python
            .ask_for(&json!({ "key": label }), "public")?
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok(RootKey { label, public })
    }

    /// Makes a token with these blocks, the authority block first, that names its root key by the id 1.
    ///
    /// # Errors
    ///
    /// The blocks are no Datalog, or the process is gone.
    pub fn token(&self, key: &RootKey, blocks: &[&str]) -> Result<String, DialogueError> {
        let request = json!({"mint": key.label, "id": 1, "blocks": blocks});
        let token = self.ask(&request, "token")?;
        Ok(token.as_str().unwrap_or_default().to_owned())
    }

    /// Makes that many, which differ in a fact of their last blocks.
    ///
    /// # Errors
    ///
    /// As [`Self::token`].
    pub fn tokens(
        &self,
        key: &RootKey,
        blocks: &[&str],
        times: u64,
    ) -> Result<Vec<String>, DialogueError> {
        let request = json!({"mint": key.label, "id": 1, "blocks": blocks, "times": times});
        let tokens = self.ask(&request, "tokens")?;
        let tokens = tokens.as_array().into_iter().flatten();
        Ok(tokens
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    fn ask(&self, request: &Value, member: &'static str) -> Result<Value, DialogueError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.python.ask_for(request, member)
    }
}
