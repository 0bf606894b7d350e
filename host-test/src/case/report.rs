//! Telling people, and programs, how the cases went.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::format::Way;
use super::run::{CaseReport, RowReport};

/// A table of the cases, then every failed row with what was expected, what came, and its trace.
pub fn text(reports: &[CaseReport]) -> String {
    let mut out = String::new();
    let width = reports
        .iter()
        .map(|r| r.name.chars().count())
        .max()
        .unwrap_or(0);
    for report in reports {
        let count = |way| {
            report
                .rows
                .iter()
                .filter(|row| row.way == Some(way))
                .count()
        };
        let failed = report
            .rows
            .iter()
            .filter(|row| !row.mismatches.is_empty())
            .count();
        let verdict = if failed == 0 {
            "ok".to_owned()
        } else {
            format!("{failed} FAILED")
        };
        let _ = writeln!(
            out,
            "{:<width$}  native {:>3}  wasm {:>3}  {verdict}",
            report.name,
            count(Way::Native),
            count(Way::Wasm),
        );
    }
    for report in reports {
        for row in report.rows.iter().filter(|row| !row.mismatches.is_empty()) {
            failure(&mut out, report, row);
        }
    }
    let failed = reports.iter().filter(|report| !report.passed()).count();
    let _ = writeln!(out, "\n{} cases, {failed} failed", reports.len());
    out
}

fn failure(out: &mut String, report: &CaseReport, row: &RowReport) {
    let _ = writeln!(
        out,
        "\n{} / {} ({})\n  in {}",
        report.name,
        row.name,
        way(row.way),
        report.path.display()
    );
    let (left, right) = match row.way {
        Some(_) => ("expected", "came    "),
        None => ("native  ", "wasm    "),
    };
    for mismatch in &row.mismatches {
        let _ = writeln!(out, "  {}", mismatch.what);
        let _ = writeln!(out, "    {left}  {}", mismatch.expected);
        let _ = writeln!(out, "    {right}  {}", mismatch.found);
    }
    if !row.trace.is_empty() {
        let _ = writeln!(out, "  trace");
        for line in &row.trace {
            let _ = writeln!(out, "    {line}");
        }
    }
}

/// The same for programs.
pub fn json(reports: &[CaseReport]) -> Value {
    let rows = |report: &CaseReport| -> Vec<Value> {
        report
            .rows
            .iter()
            .map(|row| {
                let mismatches: Vec<Value> = row
                    .mismatches
                    .iter()
                    .map(|m| json!({"what": m.what, "expected": m.expected, "found": m.found}))
                    .collect();
                json!({
                    "name": row.name,
                    "way": way(row.way),
                    "passed": row.mismatches.is_empty(),
                    "mismatches": mismatches,
                })
            })
            .collect()
    };
    let cases: Vec<Value> = reports
        .iter()
        .map(|report| {
            json!({
                "name": report.name,
                "path": report.path,
                "passed": report.passed(),
                "rows": rows(report),
            })
        })
        .collect();
    json!({"cases": cases, "passed": reports.iter().all(CaseReport::passed)})
}

fn way(way: Option<Way>) -> &'static str {
    match way {
        Some(Way::Native) => "native",
        Some(Way::Wasm) => "wasm",
        None => "native and wasm differ",
    }
}
