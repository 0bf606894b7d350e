//! The proof that came with a chain: would the call that it is for be allowed?

use bailiwick_engine::delegation::aat::{Call, Nonce, Refusal, verify_chain};
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::json::{self, Limits, Object};
use bailiwick_engine::time::UnixTime;
use serde_json::{Value, json};

use super::refusal;
use crate::aat::{Trust, claimed};

/// A proof that was judged, for the very call that it says it is for.
pub(super) struct Judged {
    /// The tool and its arguments as JSON.
    call: Option<(String, String)>,
    outcome: Outcome,
}

enum Outcome {
    Allowed,
    Refused(Refusal),
    /// It is no proof, or nobody can say whose the chain is.
    Unknown(&'static str),
}

impl Judged {
    /// Judges a proof. That it is used for the first time, and with a nonce that is good, only a gate can say.
    pub(super) fn of(proof: &str, tokens: &[String], trust: &Trust, now: UnixTime) -> Self {
        let unknown = |why| Self {
            call: None,
            outcome: Outcome::Unknown(why),
        };
        let Ok(compact) = Compact::decode(proof) else {
            return unknown("it is no signed JWT");
        };
        let claims = json::parse(&compact.payload, &Limits::default()).ok();
        let Some(claims) = claims.as_ref().and_then(json::Value::as_object) else {
            return unknown("its claims are no strict JSON");
        };
        let tool = claims.get("aat_tool").and_then(json::Value::as_str);
        let arguments = claims.get("hta").and_then(json::Value::as_object);
        let (Some(tool), Some(arguments)) = (tool, arguments) else {
            return unknown("it names no tool and no arguments");
        };
        let audience = claims.get("aat_aud").and_then(json::Value::as_str);
        let call = Call {
            proof,
            tool,
            arguments,
        };
        Self {
            call: Some((tool.to_owned(), Object::to_string(arguments))),
            outcome: judge(&call, audience, tokens, trust, now),
        }
    }

    /// Does something speak against it?
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_))
    }

    /// In words.
    pub(super) fn said(&self) -> String {
        let outcome = match &self.outcome {
            Outcome::Allowed => "allowed".to_owned(),
            Outcome::Refused(refusal) => format!("refused: {refusal}"),
            Outcome::Unknown(why) => format!("not judged: {why}"),
        };
        match &self.call {
            Some((tool, arguments)) => format!("for {tool} with {arguments}: {outcome}"),
            None => outcome,
        }
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        let (outcome, why) = match &self.outcome {
            Outcome::Allowed => ("allowed", Value::Null),
            Outcome::Refused(why) => ("refused", refusal(why)),
            Outcome::Unknown(why) => ("unknown", json!({ "detail": why })),
        };
        let call = self.call.as_ref();
        let arguments = call.and_then(|(_, text)| serde_json::from_str::<Value>(text).ok());
        json!({
            "tool": call.map(|(tool, _)| tool),
            "arguments": arguments,
            "outcome": outcome,
            "refusal": why,
        })
    }
}

fn judge(
    call: &Call<'_>,
    audience: Option<&str>,
    tokens: &[String],
    trust: &Trust,
    now: UnixTime,
) -> Outcome {
    if trust.is_nobody() {
        return Outcome::Unknown("who signed the root was not looked at");
    }
    let rules = trust.rules(&claimed(tokens), audience);
    let chain: Vec<_> = tokens.iter().map(String::as_str).collect();
    let Ok(verified) = verify_chain(&chain, &rules, &CrateVerifier, now) else {
        return Outcome::Unknown("its chain is refused");
    };
    match verified.judge(call, &rules, Nonce::Any, &CrateVerifier, now) {
        // It is used nowhere, so nothing is to be remembered of it.
        Ok(_) => Outcome::Allowed,
        Err(refusal) => Outcome::Refused(refusal),
    }
}
