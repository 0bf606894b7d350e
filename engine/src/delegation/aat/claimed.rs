//! What a token says of itself.

use std::collections::BTreeSet;

use crate::delegation::authority::Authority;
use crate::delegation::hop::Lifetime;
use crate::delegation::work::Work;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::key::PublicKey;
use crate::time::UnixTime;

use super::claims::Claims;
use super::refusal::{Part, Refuser};
use super::rules::Rules;
use super::token::{CHILD, Reading};

/// What one token says, as far as each part of it can be read, for people who look at it. Nothing was verified.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What it calls itself.
    pub id: Option<String>,
    /// Who says to have made it.
    pub issuer: Option<String>,
    /// The key of its holder.
    pub holder: Option<PublicKey>,
    /// From when to when.
    pub lifetime: Lifetime,
    /// Who is to accept it; nothing said is as before.
    pub audience: Option<BTreeSet<String>>,
    /// How many tokens are before it.
    pub depth: Option<u64>,
    /// The greatest depth of those after it.
    pub max_depth: Option<u64>,
    /// What its holder may do; nothing where no entry says so, or none that can be read.
    pub authority: Option<Authority>,
}

impl Claimed {
    /// Reads a token in compact form; nothing where it has no claims.
    #[must_use]
    pub fn read(token: &str, rules: &Rules) -> Option<Self> {
        let compact = Compact::decode_within(token, rules.limits.max_token_bytes).ok()?;
        let mut reading = Reading {
            rules,
            steps: &CHILD,
            refuser: Refuser(Part::Chain),
            work: &mut Work::new(rules.limits.max_work),
            now: UnixTime::default(),
        };
        let unreadable = &reading.steps.unreadable;
        let claims = Claims::read(&compact.payload, reading.refuser, unreadable).ok()?;
        let tools = reading.tools(&claims).ok().flatten();
        Some(Self {
            id: claims.text("jti").ok().map(str::to_owned),
            issuer: claims.text("iss").ok().map(str::to_owned),
            holder: reading.holder(&claims).ok(),
            lifetime: Lifetime {
                issued_at: claims.time("iat").ok(),
                expires_at: claims.time("exp").ok(),
            },
            audience: claims.audience(),
            depth: claims.integer("del_depth").ok(),
            max_depth: claims.integer("del_max_depth").ok(),
            authority: tools.and_then(|tools| reading.authority(tools).ok()),
        })
    }
}
