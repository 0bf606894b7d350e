//! What a check finds, and where.

use std::fmt;

use crate::config::error::{ConfigError, ConfigErrors};

/// A place in a configuration, as a chain of borrowed steps that is written out only when something is wrong there.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Top,
    Member(&'a str),
    Element(usize),
}

impl<'a> At<'a> {
    /// The whole configuration.
    pub(super) const fn top() -> Self {
        Self {
            above: None,
            step: Step::Top,
        }
    }

    /// A member of what stands here.
    pub(super) const fn member(&'a self, name: &'a str) -> Self {
        Self {
            above: Some(self),
            step: Step::Member(name),
        }
    }

    /// An element of the list that stands here.
    pub(super) const fn element(&'a self, place: usize) -> Self {
        Self {
            above: Some(self),
            step: Step::Element(place),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match (self.step, self.above.map(|above| above.step)) {
            (Step::Top, _) => Ok(()),
            (Step::Member(name), Some(Step::Top) | None) => f.write_str(name),
            (Step::Member(name), Some(Step::Member(_) | Step::Element(_))) => write!(f, ".{name}"),
            (Step::Element(place), _) => write!(f, "[{place}]"),
        }
    }
}

/// Everything that was found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    errors: Vec<ConfigError>,
    loosened: Vec<String>,
}

impl Report {
    /// Something is wrong.
    pub(super) fn error(&mut self, at: &At<'_>, message: String) {
        self.suggest(at, message, None);
    }

    /// Something is wrong, and something else was probably meant.
    pub(super) fn suggest(&mut self, at: &At<'_>, message: String, suggestion: Option<&str>) {
        self.errors.push(ConfigError {
            path: at.to_string(),
            message,
            suggestion: suggestion.map(str::to_owned),
        });
    }

    /// A default that protects was given up.
    pub(super) fn loosened(&mut self, at: &At<'_>, why: &str) {
        self.loosened.push(format!("{at}: {why}"));
    }

    /// A bound that protects is higher than by default.
    pub(super) fn raised(&mut self, at: &At<'_>, value: u64, default: u64) {
        if value > default {
            self.loosened(
                at,
                &format!("{value} is more than the default of {default}"),
            );
        }
    }

    /// What was checked, with the defaults that were given up; or all errors.
    pub(super) fn finish<T>(
        self,
        checked: impl FnOnce(Vec<String>) -> T,
    ) -> Result<T, ConfigErrors> {
        if self.errors.is_empty() {
            Ok(checked(self.loosened))
        } else {
            Err(ConfigErrors(self.errors))
        }
    }
}
