//! Child processes with a name for people: whatever takes longer than two seconds says what it is and how long it takes.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// A shorter wait than this needs no explanation.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a log file hears that a task is still going on.
const REMINDER: Duration = Duration::from_secs(30);
/// How many of the last lines of a quiet task are shown when it fails.
const TAIL_LINES: usize = 30;

/// A command and what it is for.
pub(crate) struct Task {
    title: String,
    command: Command,
    says_what_it_does: bool,
}

impl Task {
    /// `title` says what is being done, as in "downloading Envoy 1.40.0".
    pub(crate) fn new(title: impl Into<String>, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self {
            title: title.into(),
            says_what_it_does: false,
            command,
        }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn in_dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// For a program that a person may answer and that says itself how far it is.
    pub(crate) fn interactive(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self.says_what_it_does = true;
        self
    }

    /// The command as it could be typed, for messages.
    pub(crate) fn typed(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let mut line = String::new();
        for (index, word) in words.enumerate() {
            let word = word.to_string_lossy();
            let word = if index == 0 {
                word.rsplit('/').next().unwrap_or(&word)
            } else {
                &word
            };
            if index > 0 {
                line.push(' ');
            }
            if word.is_empty()
                || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()*".contains(c))
            {
                line.push_str(&format!("'{}'", word.replace('\'', r"'\''")));
            } else {
                line.push_str(word);
            }
        }
        line
    }

    /// Runs to the end with its own output on the screen.
    ///
    /// # Errors
    /// It could not be started, or it ended with another status than 0.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let typed = self.typed();
        // On a terminal Cargo draws its own progress bar, which a second line of ours would break.
        let show_waiting = !self.says_what_it_does && !io::stderr().is_terminal();
        let status =
            timed(&self.title, show_waiting, || self.command.status()).map_err(|source| {
                Error::Start {
                    command: typed.clone(),
                    source,
                }
            })?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::Failed {
                command: typed,
                status,
                output: String::new(),
            })
        }
    }

    /// Runs to the end unseen, and hands back what it printed to standard output.
    ///
    /// # Errors
    /// It could not be started, or it ended with another status than 0; the error then holds the end of what it printed.
    pub(crate) fn output(mut self) -> Result<String, Error> {
        let typed = self.typed();
        let Output {
            status,
            stdout,
            stderr,
        } = timed(&self.title, true, || self.command.output()).map_err(|source| Error::Start {
            command: typed.clone(),
            source,
        })?;
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        if status.success() {
            return Ok(stdout);
        }
        let stderr = String::from_utf8_lossy(&stderr);
        Err(Error::Failed {
            command: typed,
            status,
            output: tail(&format!("{stdout}{stderr}")),
        })
    }
}

/// The last lines of a text, indented.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(TAIL_LINES);
    lines
        .iter()
        .skip(skipped)
        .map(|line| format!("  {line}\n"))
        .collect()
}

/// Does `work`, and while it takes longer than [`PATIENCE`] says so on standard error.
fn timed<T>(title: &str, show_waiting: bool, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let (done, wait) = mpsc::channel::<()>();
    let result = thread::scope(|scope| {
        if show_waiting {
            scope.spawn(move || announce(title, started, &wait));
        }
        let result = work();
        drop(done);
        result
    });
    if show_waiting && started.elapsed() >= PATIENCE {
        eprintln!("{title}: took {} s", started.elapsed().as_secs());
    }
    result
}

/// Says every now and then that `title` is going on, until the other end of `wait` is dropped.
fn announce(title: &str, started: Instant, wait: &mpsc::Receiver<()>) {
    let terminal = io::stderr().is_terminal();
    let mut pause = PATIENCE;
    while wait.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let seconds = started.elapsed().as_secs();
        if terminal {
            eprint!("\r\x1b[K{title} ... {seconds} s");
            // A progress line that can't be written is no reason to stop the work.
            drop(io::stderr().flush());
            pause = Duration::from_secs(1);
        } else {
            eprintln!("{title} ... {seconds} s");
            pause = REMINDER;
        }
    }
    if terminal && started.elapsed() >= PATIENCE {
        eprint!("\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_command_and_the_end_of_what_it_printed() {
        let error = Task::new("failing", "sh")
            .args(["-c", "seq 1 100; echo why >&2; exit 3"])
            .output()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("`sh -c 'seq 1 100; echo why >&2; exit 3'` failed (exit status: 3)"),
            "{error}"
        );
        assert!(error.ends_with("  100\n  why\n"), "{error}");
        assert!(!error.contains("\n  71\n"), "{error}");
    }

    #[test]
    fn output_is_standard_output_alone() {
        let output = Task::new("printing", "sh")
            .args(["-c", "echo out; echo err >&2"])
            .output()
            .unwrap();
        assert_eq!(output, "out\n");
    }
}
