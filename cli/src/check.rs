//! `bailiwick check`: what is wrong with a configuration, or what it amounts to.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_engine::config::ConfigErrors;
use bailiwick_engine::gate::Gate;
use bailiwick_engine::identity::issuer::{Issuer, KeySource, TokenProfile};
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::operation::route::{Endpoint, RouteProtocol, RouteRule};
use clap::Args;
use serde_json::{Value, json};

use crate::config_file::{self, FileError};

#[derive(Args)]
#[command(after_help = crate::examples::CHECK)]
pub(crate) struct Arguments {
    /// The configuration: JSON where the name ends in `.json`, else YAML
    file: PathBuf,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Reads, checks and compiles a configuration. One that is wrong is a failure, not an error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, FileError> {
    let name = arguments.file.display().to_string();
    let checked = config_file::gate(&arguments.file)?;
    if arguments.json {
        println!("{:#}", as_json(&name, &checked));
    } else {
        print!("{}", as_text(&name, &checked));
    }
    Ok(if checked.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn as_json(name: &str, checked: &Result<Gate, ConfigErrors>) -> Value {
    match checked {
        Ok(gate) => json!({
            "file": name,
            "sound": true,
            "digest": gate.config().digest.to_string(),
            "loosened": gate.config().loosened(),
            "warnings": warnings(gate),
        }),
        Err(errors) => {
            let errors: Vec<_> = errors
                .iter()
                .map(|error| {
                    json!({
                        "path": error.path,
                        "message": error.message,
                        "suggestion": error.suggestion,
                    })
                })
                .collect();
            json!({"file": name, "sound": false, "errors": errors})
        }
    }
}

fn as_text(name: &str, checked: &Result<Gate, ConfigErrors>) -> String {
    let mut text = String::new();
    // Writing to a `String` can't fail.
    let _ = match checked {
        Ok(gate) => write_gate(&mut text, name, gate),
        Err(errors) => writeln!(text, "{name} can't be used:\n\n{errors}"),
    };
    text
}

fn write_gate(text: &mut String, name: &str, gate: &Gate) -> std::fmt::Result {
    let config = gate.config();
    writeln!(text, "{name} is sound\n")?;
    for one in &config.issuers {
        writeln!(text, "issuer    {}", issuer(one))?;
    }
    for (issuer, name) in config.warrants.iter().flat_map(|rules| &rules.domains) {
        writeln!(text, "anchor    {}: warrants from {issuer}", name.0)?;
    }
    for one in &config.routes {
        writeln!(text, "route     {}", route(one))?;
    }
    let in_shadow = match gate.policies().count_in_shadow() {
        0 => String::new(),
        some => format!(", {some} of them in shadow"),
    };
    writeln!(text, "policies  {}{in_shadow}", gate.policies().count())?;
    writeln!(text, "digest    {}", config.digest)?;
    let warnings = warnings(gate);
    for (title, lines) in [
        ("Defaults that protect and are given up", config.loosened()),
        ("Policies that deserve a look", &warnings),
    ] {
        if !lines.is_empty() {
            writeln!(text, "\n{title}:")?;
        }
        for line in lines {
            writeln!(text, "  {line}")?;
        }
    }
    Ok(())
}

fn warnings(gate: &Gate) -> Vec<String> {
    let warnings = gate.policies().warnings();
    warnings.iter().map(ToString::to_string).collect()
}

fn issuer(issuer: &Issuer) -> String {
    let profile = match &issuer.profile {
        TokenProfile::Rfc9068 => "RFC 9068 access tokens",
        TokenProfile::PlainJwt => "plain JWTs",
        TokenProfile::JwtSvid => "JWT-SVIDs",
        TokenProfile::Wit(_) => "workload identity tokens",
        TokenProfile::TransactionToken => "transaction tokens",
        TokenProfile::Ci(_) => "CI tokens",
    };
    let algorithms: Vec<_> = issuer
        .algorithms
        .iter()
        .copied()
        .map(Algorithm::name)
        .collect();
    let keys = match &issuer.keys {
        KeySource::Inline(_) => "keys in the configuration".to_owned(),
        KeySource::Remote(remote) => format!("keys from {}", remote.url),
    };
    format!(
        "{}: {} from {}, {}, {keys}",
        issuer.name,
        profile,
        issuer.identifier,
        algorithms.join(" ")
    )
}

fn route(route: &RouteRule) -> String {
    let host = route.host.as_deref().unwrap_or("any host");
    match &route.protocol {
        RouteProtocol::Mcp(rules) => {
            let (path, below) = match &rules.endpoint {
                Endpoint::Exact(path) => (path, ""),
                Endpoint::Below(path) => (path, " and below"),
            };
            format!(
                "{}: MCP server `{}` at {path}{below}, {host}",
                route.name, rules.server
            )
        }
        RouteProtocol::A2a(rules) => {
            let path = if rules.base.is_empty() {
                "/"
            } else {
                &rules.base
            };
            let below = if rules.http_json { " and below" } else { "" };
            format!(
                "{}: A2A agent `{}` at {path}{below}, {host}",
                route.name, rules.agent
            )
        }
        RouteProtocol::Http(operations) => {
            format!(
                "{}: HTTP, {} operations, {host}",
                route.name,
                operations.len()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"{
        "version": 1,
        "issuers": [{
            "name": "acme",
            "issuer": "https://login.acme.example",
            "audiences": ["https://tools.acme.example/mcp"],
            "algorithms": ["ES256", "RS256"],
            "keys": {"remote": {"url": "https://login.acme.example/jwks.json", "cluster": "acme-login"}},
            "clock_skew_seconds": 60
        }],
        "routes": [
            {"name": "orders", "path": "/mcp", "mcp": {"server": "orders"}},
            {"name": "api", "host": "api.acme.example", "http": {"operations": [
                {"name": "read_order", "method": "GET", "path": "/v1/orders/{id}"}
            ]}}
        ],
        "policies": "@id(\"all\") permit(principal, action, resource);"
    }"#;

    #[test]
    fn a_sound_configuration_is_summed_up() {
        let checked = Gate::from_json(SOUND.as_bytes());
        let digest = checked.as_ref().unwrap().config().digest;
        assert_eq!(
            as_text("gate.yaml", &checked),
            format!(
                "\
gate.yaml is sound

issuer    acme: RFC 9068 access tokens from https://login.acme.example, ES256 RS256, keys from https://login.acme.example/jwks.json
route     orders: MCP server `orders` at /mcp, any host
route     api: HTTP, 1 operations, api.acme.example
policies  1
digest    {digest}

Defaults that protect and are given up:
  issuers[0].clock_skew_seconds: 60 is more than the default of 30
"
            )
        );
        assert_eq!(
            as_json("gate.yaml", &checked),
            json!({
                "file": "gate.yaml",
                "sound": true,
                "digest": digest.to_string(),
                "loosened": ["issuers[0].clock_skew_seconds: 60 is more than the default of 30"],
                "warnings": [],
            })
        );
    }

    #[test]
    fn what_is_wrong_is_listed() {
        let wrong = SOUND
            .replace("clock_skew_seconds", "clock_skew")
            .replace("\"mcp\"", "\"mcpp\"");
        let checked = Gate::from_json(wrong.as_bytes());
        assert_eq!(
            as_text("gate.yaml", &checked),
            "\
gate.yaml can't be used:

issuers[0].clock_skew: unknown field, did you mean `clock_skew_seconds`?
routes[0].mcpp: unknown field, did you mean `mcp`?
"
        );
        assert_eq!(
            as_json("gate.yaml", &checked)["errors"][1],
            json!({"path": "routes[0].mcpp", "message": "unknown field", "suggestion": "mcp"})
        );
    }
}
