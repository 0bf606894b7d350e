//! `cargo xtask bench`: Bailiwick beside Envoy's own filters, in one Envoy with one worker, in one run.
//!
//! Every contender has a listener of its own. Rounds are interleaved, so that whatever else the machine does meets them all.

mod contenders;
mod load;
mod report;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use bailiwick_engine::digest::Digest;
use bailiwick_tests::clients::{Framing, Request, http1};
use bailiwick_tests::dialogue::DialogueError;
use bailiwick_tests::envoy::Envoy;
use bailiwick_tests::mint::{self, Key, Mint};
use bailiwick_tests::parts;
use bailiwick_tests::scratch::Scratch;
use clap::Parser;
use contenders::{BAILIWICK_WARM, Contender, Credential, Guards, NATIVE_CHAIN, Terms};
use load::Workload;
use report::{Report, Series};
use serde_json::{Value, json};

/// The module that does nothing, from `cargo xtask bench`.
const NOOP_WASM: &str = "BAILIWICK_NOOP_WASM";
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://gateway.example";
/// The tool that may be called, and one that may not.
const TOOL: &str = "search";
const OTHER_TOOL: &str = "delete_everything";
/// The workload that the goal is about.
const TOOLS_CALL: &str = "tools/call";
/// The revision of MCP that calls are made in; `requests.lua` says the same.
const REVISION: &str = "2025-11-25";
/// The size of a tool call's body.
const BODY_BYTES: usize = 1024;
/// More than any contender keeps: when the first comes round again it has long been forgotten.
const FRESH_TOKENS: u64 = 40_000;
/// More proofs than any contender is asked to take in a second; they are made for one measurement, lest they get too old.
const PROOFS_A_SECOND: u64 = 8_000;

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
    let tokens = Tokens::mint(directory.path())?;
    let workloads = workloads(directory.path())?;
    let terms = Terms {
        issuer: ISSUER,
        audience: AUDIENCE,
        jwks: &json!({"keys": [tokens.key.jwk()]}),
        tool: TOOL,
    };
    let contenders = contenders::all(&terms, &parts::find(parts::WASM)?, &parts::find(NOOP_WASM)?);
    let access_log = directory.path().join("access.log");
    let envoy = Envoy::start_with(&contenders::bootstrap(&contenders, &access_log), 1).await?;
    for contender in &contenders {
        check(&envoy, contender, &tokens).await?;
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

/// The tokens of a run, in files that wrk's script reads.
struct Tokens {
    mint: Mint,
    key: Key,
    one: String,
    bound: String,
    warm: PathBuf,
    fresh: PathBuf,
    proven: PathBuf,
}

impl Tokens {
    fn mint(directory: &Path) -> Result<Self, Box<dyn Error>> {
        eprintln!("minting {FRESH_TOKENS} tokens");
        let mint = Mint::start()?;
        let key = mint.key("bench", "ES256")?;
        let one = mint.token(&key, &claims(0, None))?;
        let bound = mint.token(&key, &claims(0, Some(&thumbprint(&key))))?;
        let fresh: Result<Vec<_>, _> = (1..=FRESH_TOKENS)
            .map(|serial| mint.token(&key, &claims(serial, None)))
            .collect();
        let (warm_file, fresh_file) = (
            directory.join("warm.tokens"),
            directory.join("fresh.tokens"),
        );
        fs::write(&warm_file, &one)?;
        fs::write(&fresh_file, fresh?.join("\n"))?;
        Ok(Self {
            mint,
            key,
            one,
            bound,
            warm: warm_file,
            fresh: fresh_file,
            proven: directory.join("proven.tokens"),
        })
    }

    /// The file for one measurement that takes `seconds`.
    fn of(
        &self,
        contender: &Contender,
        workload: &Workload,
        seconds: u32,
    ) -> Result<&Path, Box<dyn Error>> {
        Ok(match contender.credential {
            Credential::Token => &self.warm,
            Credential::FreshToken => &self.fresh,
            Credential::FreshProof => {
                let times = PROOFS_A_SECOND.saturating_mul(u64::from(seconds));
                let proofs = self.proofs(workload.method, workload.path, times)?;
                let lines = proofs.iter().map(|proof| format!("{} {proof}", self.bound));
                fs::write(&self.proven, lines.collect::<Vec<_>>().join("\n"))?;
                &self.proven
            }
        })
    }

    /// Proofs for requests with the bound token, none of which was made before.
    fn proofs(&self, method: &str, path: &str, times: u64) -> Result<Vec<String>, DialogueError> {
        let made_at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let claims = json!({
            "jti": made_at.unwrap_or_default().as_nanos().to_string(),
            "htm": method,
            "htu": format!("{AUDIENCE}{path}"),
            "iat": mint::now(),
            "ath": Digest::of(self.bound.as_bytes()).to_base64url(),
        });
        self.mint.proofs(&self.key, &claims, times)
    }

    /// The request with the credential that `contender` is measured with.
    fn on(&self, contender: &Contender, request: Request) -> Result<Request, DialogueError> {
        if contender.credential != Credential::FreshProof {
            return Ok(request.bearer(&self.one));
        }
        let proofs = self.proofs(&request.method, &request.target, 1)?;
        let proof = proofs.first().map_or("", String::as_str);
        Ok(request
            .with("authorization", format!("DPoP {}", self.bound))
            .with("dpop", proof))
    }
}

/// The thumbprint of an elliptic curve's key (RFC 7638).
fn thumbprint(key: &Key) -> String {
    let jwk = key.jwk();
    let member = |name| jwk.get(name).cloned().unwrap_or_default();
    let (crv, kty, x, y) = (member("crv"), member("kty"), member("x"), member("y"));
    let canonical = format!(r#"{{"crv":{crv},"kty":{kty},"x":{x},"y":{y}}}"#);
    Digest::of(canonical.as_bytes()).to_base64url()
}

/// What an agent's token for a user says, as RFC 9068 has it; with the thumbprint of the key that it is bound to, if any.
fn claims(serial: u64, bound_to: Option<&str>) -> Value {
    let now = mint::now();
    let mut claims = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "client_id": "agent",
        "act": {"sub": "agent"},
        "scope": "tools:call",
        "jti": format!("bench-{serial}"),
        "iat": now,
        "exp": now.saturating_add(3600),
    });
    if let (Some(members), Some(key)) = (claims.as_object_mut(), bound_to) {
        members.insert("cnf".to_owned(), json!({"jkt": key}));
    }
    claims
}

fn workloads(directory: &Path) -> Result<[Workload; 2], Box<dyn Error>> {
    let body = directory.join("tools-call.json");
    fs::write(&body, tool_call(TOOL))?;
    Ok([
        Workload {
            name: "GET",
            method: "GET",
            path: "/status",
            body: None,
        },
        Workload {
            name: TOOLS_CALL,
            method: "POST",
            path: "/mcp",
            body: Some(body),
        },
    ])
}

/// A call of `tool` of exactly [`BODY_BYTES`] bytes.
fn tool_call(tool: &str) -> String {
    let call = |text: &str| {
        let arguments = json!({"query": text, "limit": 10});
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}).to_string()
    };
    call(&"x".repeat(BODY_BYTES.saturating_sub(call("").len())))
}

/// Makes sure that `contender` serves what it must and refuses what it must.
async fn check(
    envoy: &Envoy,
    contender: &Contender,
    tokens: &Tokens,
) -> Result<(), Box<dyn Error>> {
    let address = address_of(envoy, contender)?;
    let call = |tool| Request::post("/mcp", tool_call(tool)).with("mcp-protocol-version", REVISION);
    let (token, tool) = match contender.guards {
        Guards::Nothing => (200, 200),
        Guards::Token => (401, 200),
        Guards::TokenAndTool => (401, 403),
    };
    let rows = [
        (
            "a read",
            tokens.on(contender, Request::get("/status"))?,
            200,
        ),
        ("a call", tokens.on(contender, call(TOOL))?, 200),
        ("no token", call(TOOL), token),
        (
            "a forged token",
            call(TOOL).bearer(&forged(&tokens.one)),
            token,
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

/// The same token with the first character of its signature changed.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default())
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
            let series = Series {
                name: contender.name,
                workload: workload.name,
                samples: Vec::new(),
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
            let first = match contender.credential {
                Credential::FreshToken => used,
                Credential::Token | Credential::FreshProof => 0,
            };
            let sample = load::run(
                address,
                workload,
                tokens.of(contender, workload, arguments.seconds)?,
                first,
                arguments.seconds,
            )
            .map_err(|error| format!("`{}`, {}: {error}", contender.name, workload.name))?;
            if contender.credential == Credential::FreshToken {
                used = used.saturating_add(sample.requests());
            }
            if round > 0 {
                series.samples.push(sample);
            }
        }
    }
    Ok(pairs.into_iter().map(|(_, _, series)| series).collect())
}
