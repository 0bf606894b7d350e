//! Chains of Attenuating Agent Tokens of several lengths, and a proof for each request.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bailiwick_tests::dialogue::DialogueError;
use bailiwick_tests::mint::{self, Key, Mint};
use bailiwick_tests::warrants::{hash_of, name_of};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::LIFETIME;
use crate::{AUDIENCE, TOOL};

/// How many tokens they have.
const LENGTHS: [usize; 3] = [1, 3, 8];
/// More than a gate keeps of them: when the first comes round again it has long been forgotten.
const FRESH: usize = 10_000;
/// More proofs than a gate is asked to take in a second; they are made for one measurement, lest they get too old.
const PROOFS_A_SECOND: usize = 8_000;
/// The header field that presents them.
pub(super) const FIELD: &str = "agent-authorization";
/// Who gives authority in the first place.
pub(crate) const ISSUER: &str = "https://warrants.example";

/// The chains of a run.
pub(crate) struct Chains {
    issuer: Key,
    by_length: BTreeMap<usize, Chain>,
    directory: PathBuf,
}

/// Those of one length.
struct Chain {
    /// All tokens but the last.
    above: Vec<String>,
    /// The last one, and others in its place: each makes a chain of its own.
    last: Vec<Leaf>,
    /// The key that the last one is bound to.
    holder: Key,
}

struct Leaf {
    id: String,
    token: String,
}

/// What is called.
pub(super) struct Call {
    pub(super) tool: String,
    pub(super) arguments: Value,
}

impl Call {
    /// The call of a request: that in its body, or the read where it has none.
    pub(super) fn of(body: Option<&[u8]>) -> Self {
        let message: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
        let member = |name| message.as_ref()?.pointer(&format!("/params/{name}"));
        Self {
            tool: member("name")
                .and_then(Value::as_str)
                .unwrap_or("read_status")
                .to_owned(),
            arguments: member("arguments").cloned().unwrap_or_else(|| json!({})),
        }
    }
}

impl Chains {
    /// Mints them; files are written below `directory`.
    pub(super) fn mint(mint: &Mint, directory: &Path) -> Result<Self, Box<dyn Error>> {
        eprintln!("minting {FRESH} chains of {LENGTHS:?} tokens each");
        let issuer = mint.key("warrants", "ES256")?;
        let mut by_length = BTreeMap::new();
        for length in LENGTHS {
            by_length.insert(length, Chain::mint(mint, &issuer, length)?);
        }
        Ok(Self {
            issuer,
            by_length,
            directory: directory.to_owned(),
        })
    }

    /// The issuer's public key.
    pub(crate) fn jwk(&self) -> Value {
        self.issuer.jwk()
    }

    /// Header fields for this call, one line each: with the same chain and fresh proofs, or with fresh chains as well.
    pub(super) fn file(
        &self,
        mint: &Mint,
        length: usize,
        fresh: bool,
        call: &Call,
        seconds: u32,
    ) -> Result<PathBuf, Box<dyn Error>> {
        let times = PROOFS_A_SECOND.saturating_mul(usize::try_from(seconds)?);
        let chain = self.of(length)?;
        let path = self.directory.join("chains.tokens");
        let values = chain.values(mint, &chain.holder, fresh, call, times)?;
        let lines = values.iter().map(|value| format!("{FIELD}: {value}"));
        fs::write(&path, lines.collect::<Vec<_>>().join("\n"))?;
        Ok(path)
    }

    /// The value of one header field for this call.
    pub(super) fn one(
        &self,
        mint: &Mint,
        length: usize,
        call: &Call,
    ) -> Result<String, DialogueError> {
        let chain = self.of(length)?;
        chain.value(mint, &chain.holder, call)
    }

    /// The same with a proof by somebody who isn't the last token's holder.
    pub(super) fn forged(
        &self,
        mint: &Mint,
        length: usize,
        call: &Call,
    ) -> Result<String, DialogueError> {
        self.of(length)?.value(mint, &self.issuer, call)
    }

    fn of(&self, length: usize) -> Result<&Chain, DialogueError> {
        let chain = self.by_length.get(&length);
        chain.ok_or_else(|| DialogueError::Refused {
            reason: format!("no chain has {length} tokens"),
        })
    }
}

impl Chain {
    fn mint(mint: &Mint, issuer: &Key, length: usize) -> Result<Self, DialogueError> {
        let mut above: Vec<String> = Vec::new();
        let mut signer = issuer.clone();
        loop {
            let depth = above.len();
            let holder = mint.key(&format!("holder-{depth}"), "ES256")?;
            let claims = |number| claims(&signer, &holder, above.last(), depth, number);
            let is_last = depth.saturating_add(1) == length;
            let numbers = 0..if is_last { FRESH } else { 1 };
            let claims: Vec<_> = numbers.map(claims).collect();
            let tokens = mint.sign_each(&signer, &json!({"typ": "aat+jwt"}), &claims)?;
            if !is_last {
                above.extend(tokens);
                signer = holder;
                continue;
            }
            let ids = claims
                .iter()
                .filter_map(|claims| claims.get("jti")?.as_str());
            let last = ids.zip(tokens).map(|(id, token)| Leaf {
                id: id.to_owned(),
                token,
            });
            return Ok(Self {
                last: last.collect(),
                above,
                holder,
            });
        }
    }

    /// The presentation of one call.
    fn value(&self, mint: &Mint, prover: &Key, call: &Call) -> Result<String, DialogueError> {
        let mut values = self.values(mint, prover, false, call, 1)?;
        Ok(values.pop().unwrap_or_default())
    }

    /// Presentations of so many calls.
    fn values(
        &self,
        mint: &Mint,
        prover: &Key,
        fresh: bool,
        call: &Call,
        times: usize,
    ) -> Result<Vec<String>, DialogueError> {
        let distinct = if fresh { self.last.len() } else { 1 };
        let leaves: Vec<_> = self
            .last
            .iter()
            .take(distinct)
            .cycle()
            .take(times)
            .collect();
        let now = mint::now();
        let run = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let run = run.unwrap_or_default().as_nanos();
        let numbered = leaves.iter().enumerate();
        let claims = numbered.map(|(number, leaf)| {
            json!({
                "jti": format!("{run}-{number}"), "iat": now, "aat_id": leaf.id, "aat_tool": call.tool,
                "aat_hash": hash_of(&leaf.token), "hta": call.arguments,
            })
        });
        let claims: Vec<_> = claims.collect();
        let proofs = mint.sign_each(prover, &json!({"typ": "aat-pop+jwt"}), &claims)?;
        let pairs = leaves.into_iter().zip(proofs);
        let values = pairs.map(|(leaf, proof)| {
            let chain: Vec<_> = self.above.iter().chain([&leaf.token]).collect();
            let presented = json!({"aat_chain": chain, "aat_pop": proof}).to_string();
            format!("AAT {}", URL_SAFE_NO_PAD.encode(presented))
        });
        Ok(values.collect())
    }
}

/// What a token says: one tool and one operation may be called, with some bounds.
fn claims(
    signer: &Key,
    holder: &Key,
    parent: Option<&String>,
    depth: usize,
    number: usize,
) -> Value {
    let now = mint::now();
    let tools = json!({
        TOOL: {
            "query": {"constraint_type": "wildcard"},
            "limit": {"constraint_type": "range", "min": 1, "max": 100},
        },
        "read_status": {},
    });
    let issuer = if parent.is_some() {
        name_of(signer)
    } else {
        ISSUER.to_owned()
    };
    let mut claims = json!({
        "jti": format!("{depth}-{number}"), "iss": issuer, "iat": now, "exp": now.saturating_add(LIFETIME),
        "del_depth": depth, "del_max_depth": 8, "cnf": {"jwk": holder.jwk()},
        "authorization_details": [{"type": "attenuating_agent_token", "tools": tools}],
    });
    if let Some(members) = claims.as_object_mut() {
        let (name, value) = match parent {
            Some(parent) => ("par_hash", hash_of(parent)),
            None => ("aud", AUDIENCE.to_owned()),
        };
        members.insert(name.to_owned(), value.into());
    }
    claims
}
