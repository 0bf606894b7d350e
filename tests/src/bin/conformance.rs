//! `cargo xtask conformance`: published test vectors against the engine, natively and compiled to WebAssembly.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_conformance::{Question, SUITES, Suite};
use bailiwick_tests::conformance::exclusions::Exclusions;
use bailiwick_tests::conformance::module::Compiled;
use bailiwick_tests::conformance::report::{Report, Tally};
use bailiwick_tests::parts;
use clap::Parser;

/// The suites, compiled to WebAssembly.
const MODULE: &str = "BAILIWICK_CONFORMANCE_WASM";
/// The folder that holds the vectors.
const VECTORS: &str = "BAILIWICK_VECTORS";

/// Judges published test vectors with the engine, natively and compiled to WebAssembly.
#[derive(Debug, Parser)]
struct Arguments {
    /// Also write the counts to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says whether nothing failed.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = std::env::var_os(VECTORS)
        .map_or_else(|| package.join("../../shared/vectors"), PathBuf::from);
    let mut exclusions = Exclusions::read(&package.join("conformance/exclusions.txt"))?;
    let compiled = Compiled::load(&parts::find(MODULE)?)?;
    let mut report = Report::default();
    for suite in &SUITES {
        let folder = vectors.join(suite.name);
        if folder.is_dir() {
            eprintln!("judging {}", suite.name);
            report.add(
                suite.name,
                judge(suite, &folder, &compiled, &mut exclusions)?,
            );
        } else {
            println!(
                "{}: skipped, there is no folder `{}`; set {VECTORS} to where the vectors are",
                suite.name,
                folder.display()
            );
            exclusions.skip(suite.name);
        }
    }
    print!("{}", report.table());
    for unused in exclusions.unused() {
        println!("failed: the exclusion `{unused}` excludes nothing, take it out");
    }
    if let Some(file) = &arguments.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(report.is_clean() && exclusions.unused().is_empty())
}

/// Judges every file of a suite both ways.
fn judge(
    suite: &Suite,
    folder: &Path,
    compiled: &Compiled,
    exclusions: &mut Exclusions,
) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::default();
    for file in suite.files {
        let path = folder.join(file);
        let mut question = Question {
            suite: suite.name.to_owned(),
            file: (*file).to_owned(),
            document: fs::read_to_string(&path)
                .map_err(|error| format!("`{}`: {error}", path.display()))?,
            beside: BTreeMap::new(),
        };
        if let Some(extension) = suite.beside() {
            let folder = path.parent().ok_or("a file of vectors lies in a folder")?;
            add_beside(&mut question, folder, "", extension)?;
        }
        let native = question.answer()?;
        let in_wasm = compiled.answer(&question)?;
        if native.is_empty() || native.len() != in_wasm.len() {
            let (n, w) = (native.len(), in_wasm.len());
            return Err(format!("`{file}` has {n} vectors natively and {w} in wasm").into());
        }
        for (native, in_wasm) in native.into_iter().zip(in_wasm) {
            let case = native.case;
            let fault = match (native.fault, in_wasm.fault) {
                (None, None) => None,
                (Some(fault), Some(same)) if fault == same => Some(fault),
                (fault, other) => Some(format!(
                    "natively {}, in wasm {}",
                    fault.as_deref().unwrap_or("as expected"),
                    other.as_deref().unwrap_or("as expected")
                )),
            };
            match fault {
                None => tally.pass(),
                Some(fault) => match exclusions.reason(suite.name, &case) {
                    Some(reason) => tally.exclude(reason),
                    None => tally.fail(&case, &fault),
                },
            }
        }
    }
    Ok(tally)
}

/// Adds the files with this extension in a folder and below it, by their paths from the first, of which the folder's own is `above`.
fn add_beside(
    question: &mut Question,
    folder: &Path,
    above: &str,
    extension: &str,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = format!("{above}{name}");
        if path.is_dir() {
            add_beside(question, &path, &format!("{name}/"), extension)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            question.add(&name, &fs::read(&path)?);
        }
    }
    Ok(())
}
