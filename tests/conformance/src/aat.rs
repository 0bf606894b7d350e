//! The vectors of draft-niyikiza-oauth-attenuating-agent-tokens-02: chains with a proof over one call, of which most are
//! refused, each at a step that the draft names.

use bailiwick_engine::delegation::aat::{
    Anchor, Call, Limits, Nonce, Refusal, Rules, verify_chain,
};
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::{Jwk, KeyUse};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::json;
use bailiwick_engine::time::{Seconds, UnixTime};
use serde_json::Value;

use crate::{Suite, Verdict, elements, text};

pub(crate) const SUITE: Suite = Suite {
    name: "aat",
    files: &["cases.json"],
    judge,
};

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let cases = document.as_array().map_or(&[][..], Vec::as_slice);
    cases
        .iter()
        .map(|case| {
            let name = format!("{file}#{}", text(case, "id"));
            match verify(case) {
                Ok(Err(refusal)) if refusal.step.label() != text(case, "deny_step") => Verdict {
                    case: name,
                    fault: Some(format!("should be refused at another step: {refusal}")),
                },
                Ok(found) => {
                    let found = found.map_err(|refusal| refusal.to_string());
                    Verdict::on(name, text(case, "expect") == "permit", found)
                }
                Err(why) => Verdict {
                    case: name,
                    fault: Some(why),
                },
            }
        })
        .collect()
}

/// What comes of one case; an error where it can't be read.
fn verify(case: &Value) -> Result<Result<(), Refusal>, String> {
    let policy = case.get("policy").unwrap_or(&Value::Null);
    let rules = rules(case, policy)?;
    let now = UnixTime(number(policy, "now")?);
    let chain: Option<Vec<&str>> = elements(case, "chain").iter().map(Value::as_str).collect();
    let arguments = json::parse(text(case, "args").as_bytes(), &json::Limits::default())
        .map_err(|error| error.to_string())?;
    let call = Call {
        proof: text(case, "pop"),
        tool: text(case, "tool"),
        arguments: arguments.as_object().ok_or("the arguments are no object")?,
    };
    let issued = strings(policy, "issued_nonces");
    let is_issued = |nonce: &str| issued.iter().any(|one| one == nonce);
    let nonce = if flag(policy, "require_nonce") {
        Nonce::Required(&is_issued)
    } else {
        Nonce::Any
    };
    let chain = chain.ok_or("a token of the chain is no text")?;
    Ok(verify_chain(&chain, &rules, &CrateVerifier, now)
        .and_then(|chain| chain.judge(&call, &rules, nonce, &CrateVerifier, now))
        .map(drop))
}

fn rules(case: &Value, policy: &Value) -> Result<Rules, String> {
    let names = strings(policy, "algs");
    let algorithms = names.iter().map(|name| name.parse());
    let algorithms: Vec<Algorithm> = algorithms
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{names:?}: {error}"))?;
    let anchors = elements(case, "anchors").iter().map(|anchor| {
        let key = anchor.get("jwk").unwrap_or(&Value::Null).to_string();
        let key = json::parse(key.as_bytes(), &json::Limits::default());
        let key = key.map_err(|error| error.to_string())?;
        let jwk = Jwk::parse(&key, &algorithms, KeyUse::Signature);
        Ok::<_, String>(Anchor {
            issuer: text(anchor, "iss").to_owned(),
            jwk: jwk.map_err(|error| error.to_string())?,
        })
    });
    Ok(Rules {
        anchors: anchors.collect::<Result<_, _>>()?,
        audiences: strings(policy, "audiences"),
        chain_audience_required: flag(policy, "require_chain_aud"),
        proof_audience_required: flag(policy, "require_pop_aud"),
        limits: Limits {
            max_token_bytes: size(policy, "max_token_size")?,
            max_chain_bytes: size(policy, "max_chain_size")?,
            max_delegation_depth: number(policy, "max_delegation_depth")?,
            max_constraint_depth: size(policy, "max_constraint_depth")?,
            max_iat_skew: Seconds(number(policy, "max_iat_skew")?),
            max_token_lifetime: Seconds(number(policy, "max_token_lifetime")?),
            proof_window: Seconds(number(policy, "pop_window")?),
            ..Limits::default()
        },
        algorithms,
    })
}

fn number(policy: &Value, name: &str) -> Result<u64, String> {
    let number = policy.get(name).and_then(Value::as_u64);
    number.ok_or_else(|| format!("the policy has no number `{name}`"))
}

fn size(policy: &Value, name: &str) -> Result<usize, String> {
    usize::try_from(number(policy, name)?).map_err(|error| error.to_string())
}

fn flag(policy: &Value, name: &str) -> bool {
    policy.get(name).and_then(Value::as_bool) == Some(true)
}

fn strings(policy: &Value, name: &str) -> Vec<String> {
    let texts = elements(policy, name).iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
