//! Vectors that the gate differs from on purpose. Each line names a suite, a case or the beginning of several (`*` at its
//! end), and the reason.

use std::fs;
use std::path::Path;

/// What may differ, and what of it did.
#[derive(Debug)]
pub struct Exclusions(Vec<Exclusion>);

#[derive(Debug)]
struct Exclusion {
    suite: String,
    case: String,
    reason: String,
    used: bool,
}

/// A line that says less than it must.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("exclusions, line {line}: expected `SUITE CASE REASON`")]
pub struct Incomplete {
    /// Counted from 1.
    pub line: usize,
}

impl Exclusions {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// It can't be read, or a line is [`Incomplete`].
    pub fn read(file: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("`{}`: {error}", file.display()))?;
        Ok(Self::parse(&text)?)
    }

    /// Reads the lines; empty ones and those that begin with `#` say nothing.
    ///
    /// # Errors
    ///
    /// A line is [`Incomplete`].
    pub fn parse(text: &str) -> Result<Self, Incomplete> {
        let lines = text.lines().enumerate().filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        lines
            .map(|(number, line)| {
                let mut parts = line.splitn(3, ' ').map(str::trim);
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(suite), Some(case), Some(reason)) if !reason.is_empty() => {
                        Ok(Exclusion {
                            suite: suite.to_owned(),
                            case: case.to_owned(),
                            reason: reason.to_owned(),
                            used: false,
                        })
                    }
                    _ => Err(Incomplete {
                        line: number.saturating_add(1),
                    }),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Why this case may differ, if it may.
    pub fn reason(&mut self, suite: &str, case: &str) -> Option<&str> {
        let exclusion = self.0.iter_mut().find(|exclusion| {
            exclusion.suite == suite
                && match exclusion.case.strip_suffix('*') {
                    Some(beginning) => case.starts_with(beginning),
                    None => case == exclusion.case,
                }
        })?;
        exclusion.used = true;
        Some(&exclusion.reason)
    }

    /// A suite is not run, so nothing is expected of its exclusions.
    pub fn skip(&mut self, suite: &str) {
        self.0.retain(|exclusion| exclusion.suite != suite);
    }

    /// Those that excluded nothing: the gate no longer differs, or a name is wrong.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|exclusion| !exclusion.used)
            .map(|exclusion| format!("{} {}", exclusion.suite, exclusion.case))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_excludes_one_case_or_all_that_begin_alike() {
        let text = "# why\n\nsuite one#1 not offered\nsuite two* for a reason\nother x y\n";
        let mut exclusions = Exclusions::parse(text).unwrap();
        assert_eq!(exclusions.reason("suite", "one#1"), Some("not offered"));
        assert_eq!(exclusions.reason("suite", "one#12"), None);
        assert_eq!(exclusions.reason("suite", "two#7"), Some("for a reason"));
        assert_eq!(exclusions.reason("strange", "two#7"), None);
        assert_eq!(exclusions.unused(), ["other x"]);
        exclusions.skip("other");
        assert_eq!(exclusions.unused(), [""; 0]);
    }

    #[test]
    fn a_line_without_a_reason_is_refused() {
        for text in ["suite", "suite case", "suite case "] {
            let refused = Exclusions::parse(&format!("\n{text}")).err();
            assert_eq!(refused, Some(Incomplete { line: 2 }), "`{text}`");
        }
    }
}
