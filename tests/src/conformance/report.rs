//! What came of each suite, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// All suites that ran.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    suites: BTreeMap<&'static str, Tally>,
}

/// One suite's counts.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    passed: usize,
    failed: usize,
    excluded: usize,
    /// Each reason, and how many vectors it excludes.
    #[serde(skip)]
    reasons: BTreeMap<String, usize>,
    /// Each failed vector and what is wrong.
    #[serde(skip)]
    failures: Vec<String>,
}

impl Tally {
    /// One vector came out as it should.
    pub const fn pass(&mut self) {
        self.passed = self.passed.saturating_add(1);
    }

    /// One did not.
    pub fn fail(&mut self, case: &str, fault: &str) {
        self.failed = self.failed.saturating_add(1);
        self.failures.push(format!("{case}: {fault}"));
    }

    /// One did not, on purpose.
    pub fn exclude(&mut self, reason: &str) {
        self.excluded = self.excluded.saturating_add(1);
        let count = self.reasons.entry(reason.to_owned()).or_default();
        *count = count.saturating_add(1);
    }
}

impl Report {
    /// Adds a suite.
    pub fn add(&mut self, suite: &'static str, tally: Tally) {
        self.suites.insert(suite, tally);
    }

    /// Did nothing fail?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.suites.values().all(|tally| tally.failed == 0)
    }

    /// One line per suite, below it each failure.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<18} | {:>6} | {:>6} | excluded (reason)\n",
            "suite", "passed", "failed"
        );
        for (suite, tally) in &self.suites {
            let mut excluded = tally.excluded.to_string();
            let reasons: Vec<_> = tally
                .reasons
                .iter()
                .map(|(reason, count)| format!("{count}: {reason}"))
                .collect();
            if !reasons.is_empty() {
                excluded = format!("{excluded} ({})", reasons.join("; "));
            }
            // Writing to a `String` can't fail.
            let _ = writeln!(
                table,
                "{suite:<18} | {:>6} | {:>6} | {excluded}",
                tally.passed, tally.failed
            );
            for failure in &tally.failures {
                let _ = writeln!(table, "  failed: {failure}");
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_suite_is_a_row_and_a_failure_a_line() {
        let mut tally = Tally::default();
        tally.pass();
        tally.exclude("not offered");
        tally.exclude("not offered");
        let mut report = Report::default();
        assert!(report.is_clean());
        tally.fail("file#1", "is accepted");
        report.add("suite", tally);
        assert!(!report.is_clean());
        let expected = "suite              | passed | failed | excluded (reason)\n\
                        suite              |      1 |      1 | 2 (2: not offered)\n  failed: file#1: is accepted\n";
        assert_eq!(report.table(), expected);
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({"suites": {"suite": {"passed": 1, "failed": 1, "excluded": 2}}})
        );
    }
}
