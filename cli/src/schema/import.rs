//! `bailiwick schema import`: declarations from what servers publish.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_engine::config;
use bailiwick_engine::json::{self, Limits};
use bailiwick_engine::operation::declared::Record;
use bailiwick_engine::policy::declared::{Holder, schema_text, tool_id};
use bailiwick_import::{Format, ImportError, Note, fragment, openapi, tools};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::SchemaError;
use crate::config_file::{self, FileError};

#[derive(Args)]
#[command(after_help = crate::examples::IMPORT)]
pub(super) struct Arguments {
    /// A `tools/list` result, or an OpenAPI document; `.json` as JSON, everything else as YAML
    file: PathBuf,
    /// What it is [default: what it looks like]
    #[arg(long)]
    format: Option<Kind>,
    /// What the MCP server is called in policies
    #[arg(long, value_name = "NAME", default_value = "server")]
    server: String,
    /// Also write what `context.arguments` or `context.parameters` is in Cedar, a file for each tool or operation
    #[arg(long, value_name = "FOLDER")]
    cedar: Option<PathBuf>,
}

/// What a document is.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// An MCP `tools/list` result
    Tools,
    /// An OpenAPI document of version 3.0 or 3.1
    Openapi,
}

/// Why a document was not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {error}", path.display())]
    NotJson {
        path: PathBuf,
        error: json::JsonError,
    },
    #[error("the document can't be read: {0}")]
    Unreadable(serde_json::Error),
    #[error("{}: this is neither a `tools/list` result nor an OpenAPI document; say what it is with `--format`", .0.display())]
    Unknown(PathBuf),
    #[error("{}: {error}", path.display())]
    Import { path: PathBuf, error: ImportError },
    #[error("`{resource}` can't be written in Cedar's syntax: {why}")]
    Cedar { resource: String, why: String },
    #[error("what was imported can't be shown: {0}")]
    Unshowable(#[from] serde_norway::Error),
}

/// What came of a document.
struct Imported {
    /// The member of a route.
    fragment: Value,
    notes: Vec<Note>,
    /// Each resource with what a call of it has.
    resources: Vec<(String, Record)>,
    holder: Holder,
}

/// Prints the fragment, and what isn't as the document says on the standard error.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, SchemaError> {
    let document = read(&arguments.file)?;
    let imported = import(arguments, &document)?;
    let name = arguments.file.file_name().unwrap_or_default();
    let yaml = serde_norway::to_string(&imported.fragment).map_err(Error::from)?;
    println!(
        "# Made by `bailiwick schema import` of {}; belongs into a route of the configuration.",
        name.display()
    );
    print!("{yaml}");
    for note in &imported.notes {
        eprintln!("note: {note}");
    }
    if let Some(folder) = &arguments.cedar {
        write_cedar(folder, &imported)?;
    }
    // What two routes can't have at once, for instance, is for a person to sort out.
    Ok(match check(&imported.fragment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            eprintln!("this can't be used as it is:\n\n{errors}");
            ExitCode::FAILURE
        }
    })
}

/// A document without names that stand there twice.
fn read(path: &Path) -> Result<Value, Error> {
    const LIMITS: Limits = Limits {
        max_bytes: 1 << 26,
        max_depth: 64,
        max_values: 1 << 22,
    };
    let not_json = |error| Error::NotJson {
        path: path.to_owned(),
        error,
    };
    let bytes = config_file::read(path)?;
    json::parse(&bytes, &LIMITS).map_err(not_json)?;
    serde_json::from_slice(&bytes).map_err(Error::Unreadable)
}

fn import(arguments: &Arguments, document: &Value) -> Result<Imported, Error> {
    let file = || arguments.file.clone();
    let looks = || Format::of(document).ok_or_else(|| Error::Unknown(file()));
    let failed = |error| Error::Import {
        path: file(),
        error,
    };
    let format = match arguments.format {
        Some(Kind::Tools) => Format::Tools,
        Some(Kind::Openapi) => Format::OpenApi,
        None => looks()?,
    };
    Ok(match format {
        Format::Tools => {
            let (tools, notes) = tools::read(document).map_err(failed)?;
            Imported {
                fragment: fragment::of_tools(&arguments.server, &tools),
                notes,
                resources: tools
                    .into_iter()
                    .map(|tool| (tool_id(&arguments.server, &tool.name), tool.arguments))
                    .collect(),
                holder: Holder::Arguments,
            }
        }
        Format::OpenApi => {
            let (operations, notes) = openapi::read(document).map_err(failed)?;
            Imported {
                fragment: fragment::of_operations(&operations),
                notes,
                resources: operations
                    .into_iter()
                    .map(|operation| (operation.name, operation.parameters.record()))
                    .collect(),
                holder: Holder::Parameters,
            }
        }
    })
}

/// Is it what a configuration can have?
fn check(fragment: &Value) -> Result<(), config::ConfigErrors> {
    let mut route = fragment.clone();
    if let Some(members) = route.as_object_mut() {
        members.insert("name".to_owned(), "imported".into());
        members.insert("path".to_owned(), "/*".into());
    }
    let whole = json!({
        "version": 1,
        "issuers": [{
            "name": "none", "issuer": "https://none.example", "audiences": ["none"],
            "algorithms": ["ES256"],
            "keys": {"remote": {"url": "https://none.example/keys", "cluster": "none"}},
        }],
        "routes": [route],
        "policies": "permit (principal, action, resource);",
    });
    let gate = bailiwick_engine::gate::Gate::from_json(whole.to_string().as_bytes());
    gate.map(drop)
}

/// One file for each resource, named after it as far as file names go.
fn write_cedar(folder: &Path, imported: &Imported) -> Result<(), SchemaError> {
    let unwritable = |source| SchemaError::Unwritable {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let kind = match imported.holder {
        Holder::Arguments => "Tool",
        Holder::Parameters => "Route",
    };
    let mut taken = BTreeSet::new();
    for (id, record) in &imported.resources {
        let resource = format!("{kind}::{}", Value::from(id.as_str()));
        let text = schema_text(imported.holder, record).map_err(|why| Error::Cedar {
            resource: resource.clone(),
            why,
        })?;
        let mut name: String = id
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        let text = format!(
            "// Of policies with `resource == {resource}`, in place of `entity {}` in bailiwick.cedarschema.\n\n{text}",
            imported.holder.name()
        );
        super::write(&folder.join(format!("{name}.cedarschema")), &text)?;
    }
    Ok(())
}
