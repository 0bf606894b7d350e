//! Programs that are not ours and answer one JSON line per JSON line.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::parts::PartError;

/// A program gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum DialogueError {
    /// There is nothing to run it with.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The process could not be started or spoken to.
    #[error("the program can't be reached: {0}")]
    Process(#[from] io::Error),
    /// The process answered with no JSON, which it does where a package is missing.
    #[error(
        "the program answered `{answer}`; does `cargo xtask setup` say that all packages are there?"
    )]
    Unreadable {
        /// What it wrote.
        answer: String,
    },
    /// The library behind it refused.
    #[error("refused: {reason}")]
    Refused {
        /// Its exception.
        reason: String,
    },
}

/// A running program; it ends when dropped.
#[derive(Debug)]
pub struct Dialogue {
    process: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Dialogue {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// It doesn't start.
    pub fn start(command: &mut Command) -> Result<Self, DialogueError> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let piped = || io::Error::other("the process has no pipes");
        let ask = process.stdin.take().ok_or_else(piped)?;
        let answer = BufReader::new(process.stdout.take().ok_or_else(piped)?);
        Ok(Self {
            process,
            ask,
            answer,
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    ///
    /// The program is gone, or answers with an `error`.
    pub fn ask(&mut self, request: &Value) -> Result<Value, DialogueError> {
        writeln!(self.ask, "{request}")?;
        self.ask.flush()?;
        self.hear()
    }

    /// Waits for the next line.
    ///
    /// # Errors
    ///
    /// As for [`Dialogue::ask`].
    pub fn hear(&mut self) -> Result<Value, DialogueError> {
        let mut answer = String::new();
        self.answer.read_line(&mut answer)?;
        let Ok(parsed) = serde_json::from_str::<Value>(&answer) else {
            return Err(DialogueError::Unreadable { answer });
        };
        match parsed.get("error").and_then(Value::as_str) {
            Some(reason) => Err(DialogueError::Refused {
                reason: reason.to_owned(),
            }),
            None => Ok(parsed),
        }
    }

    /// Waits for a request's answer and takes one member out of it.
    ///
    /// # Errors
    ///
    /// As for [`Dialogue::ask`], and where the member isn't there.
    pub fn ask_for(&mut self, request: &Value, member: &str) -> Result<Value, DialogueError> {
        let mut answer = self.ask(request)?;
        match answer.get_mut(member) {
            Some(value) => Ok(value.take()),
            None => Err(DialogueError::Unreadable {
                answer: answer.to_string(),
            }),
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // It ends by itself once its stdin closes; this only makes sure that nothing is left behind.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
