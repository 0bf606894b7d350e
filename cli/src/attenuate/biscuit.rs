//! A Biscuit with a block more.

use std::process::ExitCode;

use bailiwick_engine::delegation::arguments::ArgumentMap;
use bailiwick_engine::delegation::authority::{Authority, Extent};
use bailiwick_engine::delegation::biscuit::error::VerifyError;
use bailiwick_engine::delegation::biscuit::verifier::Claimed;
use bailiwick_engine::delegation::hop::{Hop, Lifetime};
use bailiwick_engine::operation::Action;
use bailiwick_engine::time::{Seconds, Timestamp, UnixTime};
use biscuit_auth::UnverifiedBiscuit;
use biscuit_auth::builder::BlockBuilder;

use super::{Arguments, AttenuateError, Widened, datalog};
use crate::aat::Tools;
use crate::biscuit::{self, quoted};
use crate::key::Public;

/// Adds a block with the checks that the command line asks for. What isn't granted can't be kept, which is a failure.
pub(super) fn narrow(
    arguments: &Arguments,
    text: &str,
    claimed: Result<Claimed, VerifyError>,
    now: UnixTime,
) -> Result<ExitCode, AttenuateError> {
    let refused = |why: &dyn std::fmt::Display| AttenuateError::Biscuit(why.to_string());
    let claimed = claimed.map_err(|error| refused(&error))?;
    if let Some(key) = arguments.root_key {
        biscuit::verify(text, key).map_err(|error| refused(&error))?;
    }
    let until = arguments
        .expires_in
        .map(|seconds| now.after(Seconds(seconds)));
    let wanted = arguments.narrowing.of(&granted(&claimed))?;
    if let Some(widened) = beyond(&wanted, &claimed, until) {
        eprintln!("error: {widened}");
        return Ok(ExitCode::FAILURE);
    }
    let code = code(arguments, &wanted, until)?;
    if code.is_empty() {
        return Err(refused(
            &"nothing says in what: name `--tool`, `--argument`, `--expires-in`, `--check` or others",
        ));
    }
    let block = BlockBuilder::new().code(code.join("\n"));
    let block = block.map_err(|error| refused(&error))?;
    let token =
        UnverifiedBiscuit::from_base64(biscuit::bare(text)).and_then(|token| token.append(block));
    let token = token.and_then(|token| token.to_base64());
    let token = token.map_err(|error| refused(&error))?;
    match super::biscuit_claims(&token) {
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(refused(&error)),
        None => return Err(AttenuateError::Unreadable),
    }
    if arguments.root_key.is_none() {
        eprintln!("note: no signature was looked at; `--root-key` takes the key");
    }
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

/// The tools that it grants by name, with any arguments: what bounds those can't be told from checks, and bounds further still.
fn granted(claimed: &Claimed) -> Tools {
    let authority = claimed.chain.hops().last();
    let authority = authority.and_then(|hop| hop.authority.as_ref());
    match authority.map(Authority::tools) {
        Some(Extent::Limited(tools)) => Tools::unbounded(tools.keys().cloned()),
        Some(Extent::Unlimited) | None => Tools::default(),
    }
}

/// What is asked for beyond what the token allows. No block could give it; whoever asks for it should hear so.
fn beyond(wanted: &Tools, claimed: &Claimed, until: Option<UnixTime>) -> Option<Widened> {
    let last = claimed.chain.hops().last()?;
    let authority = last.authority.as_ref()?;
    let names = wanted.names();
    let tools = names.map(|tool| (tool.to_owned(), ArgumentMap::any()));
    let asked = Hop {
        authority: Some(Authority::new(
            Extent::Limited(tools.collect()),
            authority.resources().clone(),
            authority.scopes().clone(),
            authority.checks().clone(),
        )),
        lifetime: Lifetime {
            expires_at: until.or(last.lifetime.expires_at),
            ..last.lifetime
        },
        ..last.clone()
    };
    super::widened(last, asked)
}

/// The block's Datalog.
fn code(
    arguments: &Arguments,
    wanted: &Tools,
    until: Option<UnixTime>,
) -> Result<Vec<String>, AttenuateError> {
    let mut code = Vec::new();
    let tools = arguments.narrowing.tools();
    if !tools.is_empty() {
        let alternatives: Vec<_> = tools
            .iter()
            .map(|tool| format!("tool_call({})", quoted(tool)))
            .collect();
        let calls = alternatives.join(" or ");
        // What belongs to any use of a server stays allowed.
        let others = Action::ALL.into_iter().filter(|action| action.is_any_use());
        let others: Vec<_> = others.map(|action| quoted(action.name())).collect();
        let others = others.join(", ");
        code.push(format!(
            "check if {calls} or operation($o), [{others}].contains($o);"
        ));
    }
    for (tool, map) in wanted.bounded()? {
        let checks = datalog::checks(tool, &map);
        code.extend(checks.map_err(|error| AttenuateError::Biscuit(error.to_string()))?);
    }
    let audiences: Vec<_> = arguments
        .audience
        .iter()
        .map(|name| format!("service({})", quoted(name)))
        .collect();
    if !audiences.is_empty() {
        code.push(format!("check if {};", audiences.join(" or ")));
    }
    if let Some(path) = &arguments.next_key {
        let key = Public::read_one(path, &crate::aat::ALGORITHMS)?;
        let thumbprint = key.jwk.key.thumbprint().to_base64url();
        code.push(format!("check if caller_key({});", quoted(&thumbprint)));
    }
    code.extend(until.map(|until| format!("check if time($t), $t < {};", Timestamp(until))));
    for check in &arguments.check {
        code.push(format!("{};", check.trim().trim_end_matches(';')));
    }
    Ok(code)
}
