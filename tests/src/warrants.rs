//! Chains of Attenuating Agent Tokens signed by PyJWT, so that none of them was built by the code that judges them.

#![expect(
    clippy::indexing_slicing,
    reason = "members of JSON values that are made here"
)]

use bailiwick_engine::delegation::aat::thumbprint_uri;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::KeySet;
use serde_json::{Value, json};

use crate::clients::{Request, mcp};
use crate::dialogue::DialogueError;
use crate::mint::{self, Key, Mint};
use crate::scene::{self, AUDIENCE};

/// Who gives authority in the first place.
const ISSUER: &str = "https://payroll.example";

/// The one tool that all chains here are about.
pub const TOOL: &str = "search_orders";

/// A name that may be searched for, and no other.
#[must_use]
pub fn only(customer: &str) -> Value {
    json!({"constraint_type": "exact", "value": customer})
}

/// Any of these names.
#[must_use]
pub fn one_of(customers: &[&str]) -> Value {
    json!({"constraint_type": "one_of", "values": customers})
}

/// Any name.
#[must_use]
pub fn anybody() -> Value {
    json!({"constraint_type": "wildcard"})
}

/// The scene's configuration for a gateway that accepts chains from the owner of `issuer` on its MCP route.
#[must_use]
pub fn configuration(issuer: &Key) -> Value {
    let mut configuration = scene::configuration();
    configuration["warrants"] = json!({"aat": {
        "profile": "aat-02",
        "algorithms": ["Ed25519", "ES256"],
        "audiences": [AUDIENCE],
        "anchors": [{"name": "payroll", "issuer": ISSUER, "keys": {"keys": [issuer.jwk()]}}],
    }});
    configuration["routes"][0]["warrant"] = "accept".into();
    let policies = configuration["policies"].as_str().unwrap_or_default();
    let permit = r#"@id("warrants") permit (principal in TrustDomain::"payroll", action == Action::"call_tool", resource);"#;
    configuration["policies"] = format!("{policies}\n{permit}").into();
    configuration
}

/// The first token of a chain, by which the owner of `to` may search for these customers.
///
/// # Errors
///
/// The mint is gone.
pub fn root(
    mint: &Mint,
    issuer: &Key,
    to: &Key,
    customers: &Value,
) -> Result<String, DialogueError> {
    let now = mint::now();
    let claims = json!({
        "jti": "root", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now.saturating_add(300),
        "del_depth": 0, "del_max_depth": 3, "cnf": {"jwk": to.jwk()},
        "authorization_details": details(customers),
    });
    mint.sign(issuer, "aat+jwt", &claims)
}

/// The chain with what the owner of `from`, who holds its last token, lets the owner of `to` do.
///
/// # Errors
///
/// The mint is gone.
pub fn handed_on(
    mint: &Mint,
    chain: &[String],
    from: &Key,
    to: &Key,
    customers: &Value,
) -> Result<Vec<String>, DialogueError> {
    let now = mint::now();
    let parent = chain.last().map_or("", String::as_str);
    let claims = json!({
        "jti": format!("child-{}", chain.len()), "iss": name_of(from), "iat": now, "exp": now.saturating_add(120),
        "par_hash": hash_of(parent),
        "del_depth": chain.len(), "del_max_depth": 3, "cnf": {"jwk": to.jwk()},
        "authorization_details": details(customers),
    });
    let token = mint.sign(from, "aat+jwt", &claims)?;
    Ok(chain.iter().cloned().chain([token]).collect())
}

/// A search for that customer by the chain, with a proof over it that is called `id`.
///
/// # Errors
///
/// The mint is gone.
pub fn search(
    mint: &Mint,
    chain: &[String],
    holder: &Key,
    customer: &str,
    id: &str,
) -> Result<Request, DialogueError> {
    let arguments = json!({"customer": customer});
    let leaf = chain.last().map_or("", String::as_str);
    let last = match chain.len() {
        0 | 1 => "root".to_owned(),
        more => format!("child-{}", more.saturating_sub(1)),
    };
    let claims = json!({
        "jti": id, "iat": mint::now(), "aat_id": last, "aat_tool": TOOL, "hta": arguments,
        "aat_hash": hash_of(leaf),
    });
    let proof = mint.sign(holder, "aat-pop+jwt", &claims)?;
    let mut body = mcp::call_body(TOOL, &arguments);
    body["params"]["_meta"]["dev.bailiwick/warrant"] =
        json!({"aat_chain": chain, "aat_pop": proof});
    Ok(mcp::call_with_body(TOOL, body.to_string()))
}

fn details(customers: &Value) -> Value {
    json!([{"type": "attenuating_agent_token", "tools": {TOOL: {"customer": customers}}}])
}

/// The name that a key has as issuer; nothing for one that is none.
#[must_use]
pub fn name_of(key: &Key) -> String {
    let set = json!({"keys": [key.jwk()]}).to_string();
    let set = KeySet::parse(set.as_bytes(), &[Algorithm::Es256], KeyUse::Signature);
    let key = set
        .ok()
        .and_then(|set| Some(thumbprint_uri(&set.keys().first()?.key)));
    key.unwrap_or_default()
}

/// The digest by which a token's child, or the proof of its holder, names it: that of what was signed.
#[must_use]
pub fn hash_of(token: &str) -> String {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    Digest::of(signed.as_bytes()).to_base64url()
}
