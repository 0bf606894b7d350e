//! What the requests of a run bring: tokens and proofs, minted beforehand, in files that wrk's script reads.

mod biscuits;
pub(crate) mod chains;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bailiwick_engine::digest::Digest;
use bailiwick_tests::clients::Request;
use bailiwick_tests::dialogue::DialogueError;
use bailiwick_tests::mint::{self, Key, Mint};
use serde_json::{Value, json};

use self::biscuits::Biscuits;
use self::chains::{Call, Chains};
use crate::contenders::{Contender, Credential};
use crate::workloads::Workload;
use crate::{AUDIENCE, ISSUER, TRUST_DOMAIN};

/// More than any contender keeps: when the first comes round again it has long been forgotten.
const FRESH_TOKENS: u64 = 40_000;
/// More proofs than any contender is asked to take in a second; they are made for one measurement, lest they get too old.
const PROOFS_A_SECOND: u64 = 8_000;
/// How long everything lasts, in seconds.
const LIFETIME: u64 = 3600;

/// The tokens of a run.
pub(crate) struct Tokens {
    mint: Mint,
    key: Key,
    /// Bound to nothing.
    one: String,
    /// Bound to the key that signs proofs.
    bound: String,
    svid: String,
    /// Bound to the hop's certificate.
    certified: String,
    /// Bound to a certificate that nobody has.
    certified_elsewhere: String,
    pub(crate) biscuits: Biscuits,
    pub(crate) chains: Chains,
    directory: PathBuf,
}

impl Tokens {
    /// Mints them, below `directory`; `certificate` is the digest of that to which one is bound.
    ///
    /// # Errors
    ///
    /// There is no mint, or no room for files.
    pub(crate) fn mint(directory: &Path, certificate: &str) -> Result<Self, Box<dyn Error>> {
        eprintln!("minting {FRESH_TOKENS} tokens");
        let mint = Mint::start()?;
        let key = mint.key("bench", "ES256")?;
        let token = |serial, cnf| mint.token(&key, &claims(serial, cnf));
        let to_certificate = |digest: &str| token(0, Some(json!({"x5t#S256": digest})));
        let nobodys = Digest::of(b"no certificate").to_base64url();
        let tokens = Self {
            one: token(0, None)?,
            bound: token(0, Some(json!({"jkt": thumbprint(&key)})))?,
            svid: mint.sign(&key, "JWT", &svid_claims())?,
            certified: to_certificate(certificate)?,
            certified_elsewhere: to_certificate(&nobodys)?,
            biscuits: Biscuits::mint(directory)?,
            chains: Chains::mint(&mint, directory)?,
            directory: directory.to_owned(),
            key: key.clone(),
            mint,
        };
        for credential in [Credential::Token, Credential::Svid, Credential::Certified] {
            fs::write(tokens.file(credential), field(tokens.bearer(credential)))?;
        }
        let fresh: Result<Vec<_>, DialogueError> = (1..=FRESH_TOKENS)
            .map(|serial| Ok(field(&tokens.mint.token(&key, &claims(serial, None))?)))
            .collect();
        fs::write(tokens.file(Credential::FreshToken), fresh?.join("\n"))?;
        Ok(tokens)
    }

    /// The issuer's public keys, as a JWK set.
    pub(crate) fn jwks(&self) -> Value {
        json!({"keys": [self.key.jwk()]})
    }

    /// The same key in a trust domain's bundle.
    pub(crate) fn bundle(&self) -> Value {
        let mut jwk = self.key.jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("use".to_owned(), "jwt-svid".into());
        }
        json!({"keys": [jwk]})
    }

    /// The file for one measurement that takes `seconds`.
    pub(crate) fn of(
        &self,
        contender: &Contender,
        workload: &Workload,
        seconds: u32,
    ) -> Result<PathBuf, Box<dyn Error>> {
        if let Some((length, fresh)) = chain_of(contender.credential) {
            let body = workload.body.as_ref().map(fs::read).transpose()?;
            let call = Call::of(body.as_deref());
            return self.chains.file(&self.mint, length, fresh, &call, seconds);
        }
        let file = self.file(contender.credential);
        if contender.credential == Credential::FreshProof {
            let times = PROOFS_A_SECOND.saturating_mul(u64::from(seconds));
            let proofs = self.proofs(workload.method, workload.path, times)?;
            let bound = &self.bound;
            let lines = proofs
                .iter()
                .map(|proof| format!("authorization: DPoP {bound}\tdpop: {proof}"));
            fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
        }
        Ok(file)
    }

    /// The request with the credential that `contender` is measured with.
    pub(crate) fn on(
        &self,
        contender: &Contender,
        request: Request,
    ) -> Result<Request, DialogueError> {
        if let Some((length, _)) = chain_of(contender.credential) {
            let value = self.chains.one(&self.mint, length, &call_of(&request))?;
            return Ok(request.with(chains::FIELD, value));
        }
        if contender.credential != Credential::FreshProof {
            return Ok(request.bearer(self.bearer(contender.credential)));
        }
        let proofs = self.proofs(&request.method, &request.target, 1)?;
        let proof = proofs.first().map_or("", String::as_str);
        Ok(request
            .with("authorization", format!("DPoP {}", self.bound))
            .with("dpop", proof))
    }

    /// The request with something that looks like that credential, and that must be refused.
    pub(crate) fn forged_on(
        &self,
        contender: &Contender,
        request: Request,
    ) -> Result<Request, DialogueError> {
        if let Some((length, _)) = chain_of(contender.credential) {
            let call = call_of(&request);
            let value = self.chains.forged(&self.mint, length, &call)?;
            return Ok(request.with(chains::FIELD, value));
        }
        if contender.credential == Credential::Certified {
            return Ok(request.bearer(&self.certified_elsewhere));
        }
        let genuine = self.bearer(contender.credential);
        let forged = match contender.credential {
            Credential::Biscuit(_) | Credential::FreshBiscuit(_) => biscuits::forged(genuine),
            Credential::Token
            | Credential::FreshToken
            | Credential::FreshProof
            | Credential::Svid
            | Credential::Chain(_)
            | Credential::FreshChain(_)
            | Credential::Certified => forged(genuine),
        };
        Ok(request.bearer(&forged))
    }

    fn bearer(&self, credential: Credential) -> &str {
        match credential {
            Credential::Token | Credential::FreshToken => &self.one,
            Credential::FreshProof => &self.bound,
            Credential::Svid => &self.svid,
            Credential::Certified => &self.certified,
            Credential::Biscuit(blocks) | Credential::FreshBiscuit(blocks) => {
                self.biscuits.one(blocks)
            }
            // They are no bearer tokens.
            Credential::Chain(_) | Credential::FreshChain(_) => "",
        }
    }

    fn file(&self, credential: Credential) -> PathBuf {
        self.directory.join(match credential {
            Credential::Token => "warm.tokens",
            Credential::FreshToken => "fresh.tokens",
            Credential::FreshProof => "proven.tokens",
            Credential::Svid => "svid.tokens",
            Credential::Certified => "certified.tokens",
            Credential::Chain(_) | Credential::FreshChain(_) => "chains.tokens",
            Credential::Biscuit(blocks) => return biscuits::file(&self.directory, blocks),
            Credential::FreshBiscuit(blocks) => {
                return biscuits::fresh_file(&self.directory, blocks);
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
}

/// The length of a credential's chain, and whether it is another one with each request.
const fn chain_of(credential: Credential) -> Option<(usize, bool)> {
    match credential {
        Credential::Chain(length) => Some((length, false)),
        Credential::FreshChain(length) => Some((length, true)),
        Credential::Token
        | Credential::FreshToken
        | Credential::FreshProof
        | Credential::Svid
        | Credential::Certified
        | Credential::Biscuit(_)
        | Credential::FreshBiscuit(_) => None,
    }
}

fn call_of(request: &Request) -> Call {
    Call::of(Some(request.body.as_slice()).filter(|body| !body.is_empty()))
}

/// A bearer token as the line that the load generator sends.
fn field(token: &str) -> String {
    format!("authorization: Bearer {token}")
}

/// The thumbprint of an elliptic curve's key (RFC 7638).
fn thumbprint(key: &Key) -> String {
    let jwk = key.jwk();
    let member = |name| jwk.get(name).cloned().unwrap_or_default();
    let (crv, kty, x, y) = (member("crv"), member("kty"), member("x"), member("y"));
    let canonical = format!(r#"{{"crv":{crv},"kty":{kty},"x":{x},"y":{y}}}"#);
    Digest::of(canonical.as_bytes()).to_base64url()
}

/// What an agent's token for a user says, as RFC 9068 has it; with what it is bound to, if anything.
fn claims(serial: u64, bound_to: Option<Value>) -> Value {
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
        "exp": now.saturating_add(LIFETIME),
    });
    if let (Some(members), Some(bound_to)) = (claims.as_object_mut(), bound_to) {
        members.insert("cnf".to_owned(), bound_to);
    }
    claims
}

/// What a workload's JWT-SVID says.
fn svid_claims() -> Value {
    let now = mint::now();
    json!({
        "sub": format!("spiffe://{TRUST_DOMAIN}/agent"),
        "aud": [AUDIENCE],
        "iat": now,
        "exp": now.saturating_add(LIFETIME),
    })
}

/// The same token with the first character of its signature changed.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default())
}
