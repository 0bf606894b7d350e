//! `cargo xtask bench`: Bailiwick beside Envoy's own filters, in one Envoy with one worker, in one run.
//!
//! Every contender has a listener of its own. Rounds are interleaved, so that whatever else the machine does meets them all.

mod capabilities;
mod contenders;
mod listeners;
mod load;
mod report;
mod tokens;
mod workloads;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_tests::certificates::Authority;
use bailiwick_tests::clients::{Framing, Request, http1};
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::parts;
use bailiwick_tests::scratch::Scratch;
use clap::Parser;
use contenders::{BAILIWICK_WARM, Contender, Guards, NATIVE_CHAIN, Terms};
use listeners::Certificates;
use report::{Report, Series};
use serde_json::json;
use tokens::Tokens;
use workloads::{TOOLS_CALL, Workload};

/// The module that judges nothing, from `cargo xtask bench`.
const NOOP_WASM: &str = "BAILIWICK_NOOP_WASM";
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://gateway.example";
const TRUST_DOMAIN: &str = "mesh.example";
/// The tool that may be called, and one that may not.
const TOOL: &str = "search";
const OTHER_TOOL: &str = "delete_everything";
/// The revision of MCP that calls are made in; `requests.lua` says the same.
const REVISION: &str = "2025-11-25";
/// What a module logs that has no native cryptography.
const PURE_WASM: &str = "signatures verified natively: none";

#[derive(Parser)]
#[command(about = "Measures Bailiwick beside Envoy's own filters; run it by `cargo xtask bench`")]
struct Arguments {
    /// Also write the rows to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How often each row is measured; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// How long one measurement takes
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// Measure only the rows of these names, or with these in their names, and what they are compared with
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let directory = Scratch::new("bench")?;
    let mut authority = Authority::start()?;
    let certificates = Certificates {
        server: authority.issue("server", &json!({"dns": ["localhost"]}))?,
        hop: authority.issue("hop", &json!({}))?,
        authority: authority.root().clone(),
    };
    let tokens = Tokens::mint(directory.path(), &certificates.hop.digest)?;
    let workloads = workloads::all(directory.path())?;
    let terms = Terms {
        issuer: ISSUER,
        audience: AUDIENCE,
        jwks: &tokens.jwks(),
        trust_domain: TRUST_DOMAIN,
        bundle: &tokens.bundle(),
        tool: TOOL,
        biscuits: tokens.biscuits.root(),
        warrants: &tokens.chains.jwk(),
    };
    let all = contenders::all(&terms, &parts::find(parts::WASM)?, &parts::find(NOOP_WASM)?);
    let contenders = contenders::chosen(all, &arguments.only);
    if contenders.is_empty() {
        return Err("no row has such a name; without `--only` the table shows them all".into());
    }
    let access_log = directory.path().join("access.log");
    let envoy = Envoy::start_with(
        &listeners::bootstrap(&contenders, &access_log, &certificates)?,
        1,
    )
    .await?;
    for contender in &contenders {
        check(&envoy, contender, &tokens).await?;
    }
    let pure = contenders.iter().any(|row| row.name == contenders::PURE);
    if pure && !envoy.log().contains(PURE_WASM) {
        return Err(format!("no module says `{PURE_WASM}`").into());
    }
    let report = Report::of(&measure(arguments, &envoy, &contenders, &workloads, &tokens).await?);
    print!("{}", report.table());
    if let Some(ratio) = report.compare(BAILIWICK_WARM, NATIVE_CHAIN, TOOLS_CALL) {
        println!("{BAILIWICK_WARM} to {NATIVE_CHAIN}, {TOOLS_CALL}: {ratio:.2}");
    }
    if let Some(file) = &arguments.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

/// Makes sure that `contender` serves what it must and refuses what it must.
async fn check(
    envoy: &Envoy,
    contender: &Contender,
    tokens: &Tokens,
) -> Result<(), Box<dyn Error>> {
    let address = address_of(envoy, contender)?;
    let call = |tool| {
        Request::post(workloads::MCP, workloads::tool_call(tool))
            .with("mcp-protocol-version", REVISION)
    };
    let (token, tool) = match contender.guards {
        Guards::Nothing => (200, 200),
        Guards::Token => (401, 200),
        Guards::TokenAndTool => (401, 403),
    };
    let rows = [
        (
            "a read",
            tokens.on(contender, Request::get(workloads::STATUS))?,
            200,
        ),
        ("a call", tokens.on(contender, call(TOOL))?, 200),
        ("no token", call(TOOL), token),
        (
            "a forged token, or one that is bound to something else",
            tokens.forged_on(contender, call(TOOL))?,
            contender.credential.status_of_forgery(token),
        ),
        (
            "a tool that may not be called",
            tokens.on(contender, call(OTHER_TOOL))?,
            tool,
        ),
    ];
    for (what, request, expected) in rows {
        let reply = http1::send(address, &request, Framing::Whole).await?;
        if reply.status != expected {
            let (name, status) = (contender.name, reply.status);
            return Err(format!(
                "`{name}` answers {what} with {status}, not {expected}:\n{}\n{}",
                reply.text(),
                envoy.log()
            )
            .into());
        }
    }
    Ok(())
}

fn address_of(envoy: &Envoy, contender: &Contender) -> Result<SocketAddr, Box<dyn Error>> {
    let address = envoy.listener(contender.name);
    address.ok_or_else(|| format!("Envoy has no listener `{}`", contender.name).into())
}

/// Warms everybody up, then measures them round by round.
async fn measure(
    arguments: &Arguments,
    envoy: &Envoy,
    contenders: &[Contender],
    workloads: &[Workload],
    tokens: &Tokens,
) -> Result<Vec<Series>, Box<dyn Error>> {
    let mut pairs: Vec<(&Contender, &Workload, Series)> = Vec::new();
    for workload in workloads {
        for contender in contenders {
            if !contender.workloads.contains(&workload.name) {
                continue;
            }
            let series = Series {
                name: contender.name,
                baseline: contender.baseline,
                workload: workload.name,
                samples: Vec::new(),
                cpu_us: Vec::new(),
            };
            pairs.push((contender, workload, series));
        }
    }
    let mut used = 0;
    for round in 0..=arguments.rounds {
        eprintln!(
            "{}",
            if round == 0 {
                "warming up".to_owned()
            } else {
                format!("round {round} of {}", arguments.rounds)
            }
        );
        for (contender, workload, series) in &mut pairs {
            let address = address_of(envoy, contender)?;
            envoy.log_from("wasm", contender.wasm_log).await?;
            let is_fresh = contender.credential.is_fresh();
            let first = if is_fresh { used } else { 0 };
            let tokens = tokens.of(contender, workload, arguments.seconds)?;
            let before = envoy.processor_time();
            let sample = load::run(address, workload, &tokens, first, arguments.seconds)
                .map_err(|error| format!("`{}`, {}: {error}", contender.name, workload.name))?;
            let spent = envoy.processor_time().zip(before);
            let spent = spent.and_then(|(after, before)| after.checked_sub(before));
            if is_fresh {
                used = used.saturating_add(sample.requests());
            }
            if round > 0 {
                series.samples.push(sample);
                series
                    .cpu_us
                    .extend(spent.map(|spent| sample.share_us(spent)));
            }
        }
    }
    Ok(pairs.into_iter().map(|(_, _, series)| series).collect())
}
