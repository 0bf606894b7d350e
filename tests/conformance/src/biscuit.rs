//! The official samples of Biscuit: tokens, what an authorizer says, and what must come of both.

mod world;

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_engine::delegation::biscuit::error::{JudgeError, Unreadable, VerifyError};
use bailiwick_engine::delegation::biscuit::grants::{Names, Unstated};
use bailiwick_engine::delegation::biscuit::limits::Limits;
use bailiwick_engine::delegation::biscuit::roots::{Key, Root, Roots, ThirdParties};
use bailiwick_engine::delegation::biscuit::token::Token;
use bailiwick_engine::delegation::biscuit::verifier::{Settings, Verifier};
use bailiwick_engine::excerpt::Excerpt;
use base64::Engine as _;
use biscuit_auth::builder::{AuthorizerBuilder, Term};
use biscuit_auth::datalog::ExternFunc;
use serde_json::Value;

use crate::{Suite, Verdict, elements, text};

pub(crate) const SUITE: Suite = Suite {
    name: "biscuit-samples",
    files: &["samples/current/samples.json"],
    judge,
};

/// The tokens lie beside the document, each in a file of its own.
pub(crate) const TOKENS: &str = "bc";

fn judge(_file: &str, document: &Value) -> Vec<Verdict> {
    let root = text(document, "root_public_key");
    let mut verdicts = Vec::new();
    for sample in elements(document, "testcases") {
        let name = text(sample, "filename");
        let token = document
            .get(crate::BESIDE)
            .map_or("", |beside| text(beside, name));
        let validations = sample.get("validations").and_then(Value::as_object);
        for (validation, expected) in validations.into_iter().flatten() {
            let found = validate(root, sample, token, expected);
            verdicts.push(Verdict::on(format!("{name}#{validation}"), true, found));
        }
    }
    verdicts
}

/// Does what comes of the token agree with what is expected?
fn validate(root: &str, sample: &Value, token: &str, expected: &Value) -> Result<(), String> {
    let verified = verifier(root, sample)?.verify(token, &|_| false);
    let result = expected.get("result").unwrap_or(&Value::Null);
    let token = match verified {
        Ok(token) => token,
        Err(error) => return refused(&error, result),
    };
    let ids: Vec<&str> = token
        .revocation_ids()
        .iter()
        .map(|id| id.as_str())
        .collect();
    let expected_ids = elements(expected, "revocation_ids");
    if !expected_ids
        .iter()
        .map(Value::as_str)
        .eq(ids.iter().copied().map(Some))
    {
        return Err(format!("the revocation ids are {ids:?}"));
    }
    authorize(&token, expected, result)
}

fn verifier(root: &str, sample: &Value) -> Result<Verifier, String> {
    let key = |text: &str| text.parse::<Key>().map_err(|error| error.to_string());
    let parties = elements(sample, "token")
        .iter()
        .map(|block| text(block, "external_key"))
        .filter(|text| !text.is_empty())
        .map(|text| key(text).map(|key| (text.to_owned(), key)))
        .collect::<Result<Vec<_>, _>>()?;
    let root = Root {
        id: None,
        issuer: SUITE.name.to_owned(),
        key: key(&format!("ed25519/{root}"))?,
    };
    let settings = Settings {
        roots: Roots::new([root]).map_err(|error| error.to_string())?,
        third_parties: ThirdParties::new(parties),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Nothing,
    };
    Verifier::new(settings).map_err(|error| error.to_string())
}

/// The samples name the library's own errors, of which the gate tells few apart. A block that isn't even a message is refused
/// before signatures are examined, which the library does the other way round.
fn refused(error: &VerifyError, result: &Value) -> Result<(), String> {
    let wanted = result.get("Err");
    let format = wanted.and_then(|error| error.get("Format")).is_some();
    let unbound = result
        .pointer("/Err/FailedLogic/InvalidBlockRule")
        .is_some();
    let agrees = if unbound {
        matches!(
            error,
            VerifyError::Unreadable {
                why: Unreadable::Unbound,
                ..
            }
        )
    } else {
        let unreadable = matches!(
            error,
            VerifyError::Unreadable {
                why: Unreadable::Format,
                ..
            }
        );
        format && (unreadable || *error == VerifyError::Signature)
    };
    if agrees {
        Ok(())
    } else {
        Err(error.to_string())
    }
}

fn authorize(token: &Token, expected: &Value, result: &Value) -> Result<(), String> {
    let code = text(expected, "authorizer_code");
    let authorizer = AuthorizerBuilder::new()
        .code(code)
        .map_err(|error| error.to_string())?
        .set_extern_funcs(HashMap::from([(
            "test".to_owned(),
            ExternFunc::new(Arc::new(test)),
        )]));
    let evaluation = token
        .evaluate(Vec::new(), authorizer)
        .map_err(|error| error.to_string())?;
    let outcome = agrees(&evaluation.outcome, result);
    outcome
        .then_some(())
        .ok_or_else(|| match &evaluation.outcome {
            Ok(policy) => format!("policy {policy} allows it"),
            Err(error) => error.to_string(),
        })?;
    match expected.get("world").filter(|world| !world.is_null()) {
        Some(world) => world::compare(world, &evaluation.authorizer.to_string()),
        None => Ok(()),
    }
}

/// The function outside Datalog that one sample calls.
fn test(left: Term, right: Option<Term>) -> Result<Term, String> {
    match (left, right) {
        (left, None) => Ok(left),
        (Term::Str(left), Some(Term::Str(right))) if left == right => {
            Ok(Term::Str("equal strings".to_owned()))
        }
        (Term::Str(_), Some(Term::Str(_))) => Ok(Term::Str("different strings".to_owned())),
        (_, Some(_)) => Err("unsupported operands".to_owned()),
    }
}

fn agrees(outcome: &Result<usize, JudgeError>, result: &Value) -> bool {
    match outcome {
        Ok(policy) => result.get("Ok").and_then(Value::as_u64) == u64::try_from(*policy).ok(),
        Err(JudgeError::NotEvaluable { why }) => {
            let error = result.pointer("/Err/Execution").and_then(Value::as_str);
            error.and_then(reason) == Some(why)
        }
        Err(JudgeError::ChecksFailed { failed, others }) => {
            let checks = result.pointer("/Err/FailedLogic/Unauthorized");
            let checks = checks.map_or(&[][..], |logic| elements(logic, "checks"));
            let found = failed.iter().map(|failed| {
                let check = u64::try_from(failed.check).ok();
                let block = failed.block.and_then(|block| u64::try_from(block).ok());
                (block, check, failed.source.clone())
            });
            *others == 0 && found.eq(checks.iter().map(failed_check))
        }
        Err(_) => false,
    }
}

fn failed_check(check: &Value) -> (Option<u64>, Option<u64>, Excerpt) {
    let inner = check.get("Block").or_else(|| check.get("Authorizer"));
    let inner = inner.unwrap_or(&Value::Null);
    let number = |name: &str| inner.get(name).and_then(Value::as_u64);
    // As checks are shown.
    let source = Excerpt::of(&text(inner, "rule").replace('"', "'"));
    (number("block_id"), number("check_id"), source)
}

/// The engine's word for an error of the library.
fn reason(error: &str) -> Option<&'static str> {
    match error {
        "Overflow" => Some("a number becomes too large"),
        "InvalidType" => Some("it applies an operation to values that it is not for"),
        "ShadowedVariable" => Some("a closure's parameter hides a variable"),
        _ => None,
    }
}

/// A token's bytes as the text that the gate reads.
pub(crate) fn encode(token: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(token)
}
