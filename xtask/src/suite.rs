//! `cargo xtask test`: everything that must hold before a change lands, in the order in which it fails fastest.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::error::Error;
use crate::module::{self, Module};
use crate::setup::{cargo_tool, wasm_target};
use crate::stage::Stage;
use crate::task::Task;
use crate::workspace::{Workspace, cargo};

/// The end-to-end tests, which run real gateways: they need more than a compiler, and the machine to themselves.
const END_TO_END: &str = "binary(/^e2e/)";

/// One part of the suite; `cargo xtask test NAME` runs it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// The code is formatted
    Fmt,
    /// Clippy has nothing to say
    Clippy,
    /// Licences, bans, sources, and known vulnerabilities where their database can be reached
    Deny,
    /// The plugin builds, and imports only what Envoy has
    Wasm,
    /// Unit, property and data-driven tests, natively and through the compiled plugin
    Unit,
    /// Other people's test vectors
    Conformance,
    /// The examples in the documentation
    Doc,
    /// Real Envoy, real clients, real servers
    E2e,
    /// The demonstration goes as it should
    Demo,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    fn run(self, suite: &mut Suite<'_>) -> Result<(), Error> {
        match self {
            Self::Fmt => suite
                .cargo("formatting", &["fmt", "--all", "--check"])
                .run(),
            Self::Clippy => suite
                .cargo(
                    "linting",
                    &["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"],
                )
                .run(),
            Self::Deny => suite.deny(),
            Self::Wasm => {
                let compiler = wasm_target::find(suite.workspace)?;
                module::build(suite.workspace, &compiler, Module::PLUGIN)?;
                module::build(suite.workspace, &compiler, Module::BISCUIT_PROBE).map(drop)
            }
            Self::Unit => suite.nextest(&format!("not {END_TO_END}")),
            Self::Doc => suite
                .cargo("testing documentation", &["test", "--workspace", "--doc"])
                .run(),
            Self::Conformance => Stage::for_conformance(suite.workspace)?.run("conformance", &[]),
            Self::E2e => suite.nextest(END_TO_END),
            Self::Demo => suite.stage()?.run("demo", &["--check".into()]),
        }
    }
}

/// Runs the steps, all of them whatever fails, and sums up.
///
/// # Errors
/// At least one step failed.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> Result<(), Error> {
    let steps = if steps.is_empty() {
        Step::value_variants()
    } else {
        steps
    };
    let mut suite = Suite {
        workspace,
        stage: None,
    };
    let outcomes: Vec<Outcome> = steps.iter().map(|&step| suite.attempt(step)).collect();
    summarize(&outcomes)
}

struct Suite<'a> {
    workspace: &'a Workspace,
    /// Set up by the first step that needs it.
    stage: Option<Stage>,
}

struct Outcome {
    step: Step,
    passed: bool,
    took: Duration,
}

impl Suite<'_> {
    fn attempt(&mut self, step: Step) -> Outcome {
        println!("\n== {}", step.name());
        let started = Instant::now();
        let result = step.run(self);
        if let Err(error) = &result {
            eprintln!("error: {error}");
        }
        let outcome = Outcome {
            step,
            passed: result.is_ok(),
            took: started.elapsed(),
        };
        println!("-- {}", outcome.line());
        outcome
    }

    fn stage(&mut self) -> Result<&Stage, Error> {
        let stage = match self.stage.take() {
            Some(stage) => stage,
            None => Stage::set_up(self.workspace)?,
        };
        Ok(self.stage.insert(stage))
    }

    fn cargo(&self, title: &str, args: &[&str]) -> Task {
        Task::new(title, cargo())
            .args(args)
            .in_dir(&self.workspace.root)
    }

    fn deny(&self) -> Result<(), Error> {
        let deny = cargo_tool::find(self.workspace, "cargo-deny")?;
        let task = |title, args: &[&str]| {
            Task::new(title, &deny)
                .args(args)
                .in_dir(&self.workspace.root)
        };
        task(
            "checking licences, bans and sources",
            &["check", "licenses", "bans", "sources"],
        )
        .run()?;
        match task("fetching the advisory database", &["fetch", "db"]).output() {
            Ok(_) => task("checking advisories", &["check", "advisories"]).run(),
            Err(_) => {
                println!("advisories: not checked, their database can't be reached from here");
                Ok(())
            }
        }
    }

    /// Runs what `filter` selects. The whole workspace is built whichever it is, so that every step shares one build.
    fn nextest(&mut self, filter: &str) -> Result<(), Error> {
        let nextest: PathBuf = cargo_tool::find(self.workspace, "cargo-nextest")?;
        let task = Task::new("testing", nextest)
            .args([
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
                "--filterset",
                filter,
            ])
            .in_dir(&self.workspace.root);
        self.stage()?.equip(task).run()
    }
}

impl Outcome {
    fn line(&self) -> String {
        let verdict = if self.passed { "passed" } else { "FAILED" };
        format!(
            "{:<12}{verdict} in {} s",
            self.step.name(),
            self.took.as_secs()
        )
    }
}

/// Says how each step went and how to repeat those that failed.
fn summarize(outcomes: &[Outcome]) -> Result<(), Error> {
    println!();
    for outcome in outcomes {
        println!("{}", outcome.line());
    }
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.passed)
        .map(|outcome| outcome.step.name())
        .collect();
    println!(
        "steps: {} passed, {} failed",
        outcomes.len().saturating_sub(failed.len()),
        failed.len()
    );
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Error::Steps {
            failed: failed.join(" "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(step: Step, passed: bool) -> Outcome {
        Outcome {
            step,
            passed,
            took: Duration::from_secs(61),
        }
    }

    #[test]
    fn one_failure_fails_the_suite_and_says_how_to_repeat_it() {
        assert!(summarize(&[outcome(Step::Fmt, true), outcome(Step::Doc, true)]).is_ok());
        let outcomes = [
            outcome(Step::Fmt, true),
            outcome(Step::E2e, false),
            outcome(Step::Demo, false),
        ];
        let error = summarize(&outcomes).unwrap_err().to_string();
        assert!(error.ends_with("`cargo xtask test e2e demo`"), "{error}");
    }

    #[test]
    fn a_step_says_how_it_went() {
        assert_eq!(
            outcome(Step::Clippy, true).line(),
            "clippy      passed in 61 s"
        );
        assert_eq!(
            outcome(Step::E2e, false).line(),
            "e2e         FAILED in 61 s"
        );
    }
}
