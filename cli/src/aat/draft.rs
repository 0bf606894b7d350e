//! Tokens and proofs before they are signed.

use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use serde_json::{Map, Value, json};

use super::raw::RawObject;
use super::tools::Tools;
use crate::jws::{signed_text, unique};
use crate::key::{Key, KeyError};

/// The `typ` of a token (section 3.5).
pub(crate) const TOKEN: &str = "aat+jwt";

/// The `typ` of a proof (section 7.2).
pub(crate) const PROOF: &str = "aat-pop+jwt";

/// What a token is to say (section 3.2).
pub(crate) struct Draft<'a> {
    /// Who makes it.
    pub(crate) issuer: String,
    /// From when on, in seconds since 1970.
    pub(crate) issued_at: u64,
    /// Until when, likewise.
    pub(crate) expires_at: u64,
    /// How many tokens are before it.
    pub(crate) depth: u64,
    /// The greatest depth of those after it.
    pub(crate) max_depth: u64,
    /// Its holder's public key.
    pub(crate) holder: &'a Map<String, Value>,
    /// Who is to accept it; nobody named is as before.
    pub(crate) audience: &'a [String],
    /// The token that it narrows.
    pub(crate) parent: Option<&'a str>,
    /// What its holder may do.
    pub(crate) tools: &'a Tools,
}

impl Draft<'_> {
    /// The claims.
    pub(crate) fn claims(&self) -> RawObject {
        let mut claims = RawObject::default();
        claims.set_text("jti", &unique());
        claims.set_text("iss", &self.issuer);
        claims.set("iat", self.issued_at);
        claims.set("exp", self.expires_at);
        match self.audience {
            [] => {}
            [one] => claims.set_text("aud", one),
            several => claims.set("aud", json!(several)),
        }
        claims.set("del_depth", self.depth);
        claims.set("del_max_depth", self.max_depth);
        if let Some(parent) = self.parent {
            claims.set_text("par_hash", &signing_hash(parent));
        }
        claims.set("cnf", json!({ "jwk": self.holder }));
        claims.set("authorization_details", self.tools.details());
        claims
    }
}

/// By what its child and its proofs name a token: a hash of what its signature is over.
pub(crate) fn signing_hash(token: &str) -> String {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    Digest::of(signed.as_bytes()).to_base64url()
}

/// Signs claims as a token or a proof, by the type that it has.
pub(crate) fn sign(key: &Key, typ: &str, claims: &RawObject) -> Result<String, KeyError> {
    let own = key.algorithm();
    // `EdDSA` makes the same signatures, and only this name is allowed here (section 9.12).
    let algorithm = if own.is_same_as(Algorithm::Ed25519) {
        Algorithm::Ed25519
    } else {
        own
    };
    let header = json!({"alg": algorithm.name(), "typ": typ});
    signed_text(key, &header, &claims.to_string())
}
