//! What depends on the chain alone: steps 1 to 5, and 6c.

mod child;
mod root;

use std::collections::BTreeSet;

use crate::delegation::authority::Authority;
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, HopFormat, Lifetime, Vouched};
use crate::delegation::work::Work;
use crate::digest::Digest;
use crate::identity::jose::compact::Compact;
use crate::identity::jose::key::PublicKey;
use crate::identity::revocation::Link;
use crate::ports::SignatureVerifier;
use crate::time::UnixTime;

use super::refusal::{Part, Refusal, Refuser};
use super::rules::Rules;
use super::step::Step;
use super::token::{CHILD, ROOT, Reading, Token, admit};

/// A chain of which every token was verified. Only [`verify_chain`] makes one, and it authorises no call by itself.
#[derive(Clone, Debug)]
pub struct VerifiedChain {
    chain: Chain,
    /// The `jti` and the holder's thumbprint of each token, root first.
    links: Vec<(String, Digest)>,
    pub(super) leaf: Token,
}

/// Verifies a chain, root first, by everything that doesn't depend on the call. The outcome holds for the same chain and
/// rules until [`VerifiedChain::expires_at`].
///
/// # Errors
///
/// The first step that refuses.
pub fn verify_chain(
    chain: &[&str],
    rules: &Rules,
    verifier: &dyn SignatureVerifier,
    now: UnixTime,
) -> Result<VerifiedChain, Refusal> {
    let (tokens, leaf) = descend(chain, rules, root::verify, verifier, now)?;
    check_audience(&tokens, rules)?;
    let links = tokens.iter();
    let links = links.map(|token| (token.id.clone(), token.key.thumbprint()));
    Ok(VerifiedChain {
        links: links.collect(),
        chain: Chain::narrowing(hops(tokens)),
        leaf,
    })
}

/// Verifies all of a chain but who made it and whom it is for: steps 1 to 5 without the signature of the root and its issuer
/// (3b, 3k), and not 6c.
///
/// For whoever has no trust anchor and is no enforcement point: a holder who narrows a chain, a person who looks at one. It
/// authorises nothing, which is why it gives no [`VerifiedChain`].
///
/// # Errors
///
/// The first step that refuses.
pub fn verify_descent(
    chain: &[&str],
    rules: &Rules,
    verifier: &dyn SignatureVerifier,
    now: UnixTime,
) -> Result<Chain, Refusal> {
    let (tokens, _) = descend(chain, rules, root::as_presented, verifier, now)?;
    Ok(Chain::narrowing(hops(tokens)))
}

/// How the root is read.
type ReadRoot =
    fn(&Compact<'_>, &mut Reading<'_, '_>, &dyn SignatureVerifier) -> Result<Token, Refusal>;

/// The tokens, and the last of them.
fn descend(
    chain: &[&str],
    rules: &Rules,
    read_root: ReadRoot,
    verifier: &dyn SignatureVerifier,
    now: UnixTime,
) -> Result<(Vec<Token>, Token), Refusal> {
    let mut work = Work::new(rules.limits.max_work);
    let mut tokens: Vec<Token> = Vec::with_capacity(chain.len());
    for (place, compact) in admit(chain, &rules.limits)?.iter().enumerate() {
        let mut reading = Reading {
            rules,
            steps: if place == 0 { &ROOT } else { &CHILD },
            refuser: Refuser(Part::Token(place)),
            work: &mut work,
            now,
        };
        let token = match tokens.last() {
            None => read_root(compact, &mut reading, verifier)?,
            Some(parent) => child::verify(compact, parent, &mut reading, verifier)?,
        };
        tokens.push(token);
    }
    let refuser = Refuser(Part::Chain);
    let leaf = tokens.last().cloned();
    let leaf = leaf.ok_or_else(|| refuser.at(Step::EmptyChain))?;
    check_length(tokens.len(), leaf.depth)?;
    Ok((tokens, leaf))
}

/// What a chain may be remembered by: tokens that were cut elsewhere have another digest.
#[must_use]
pub fn chain_digest(chain: &[&str]) -> Digest {
    let parts: Vec<_> = chain.iter().map(|token| token.as_bytes()).collect();
    Digest::of_parts(&parts)
}

impl VerifiedChain {
    /// The parties. Each is named by its key, as a thumbprint, and vouched for by the holder before it.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What the last holder may do; nothing where the leaf doesn't say.
    #[must_use]
    pub const fn authority(&self) -> Option<&Authority> {
        self.leaf.authority.as_ref()
    }

    /// The last holder's key, which has to make the proof.
    #[must_use]
    pub const fn holder(&self) -> &PublicKey {
        &self.leaf.key
    }

    /// Each token as deny-lists can name it, root first.
    pub fn links(&self) -> impl Iterator<Item = Link<'_>> {
        let hops = self.chain.hops().iter();
        hops.zip(&self.links).map(|(hop, (id, key))| Link {
            issuer: &hop.issuer,
            id,
            key: *key,
            holder: &hop.subject,
        })
    }

    /// The leaf's `jti`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.leaf.id
    }

    /// From when on the chain is no longer valid; no token before the leaf ends earlier.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.leaf.expires_at
    }
}

/// A key as an issuer (section 3.2; RFC 9278).
#[must_use]
pub fn thumbprint_uri(key: &PublicKey) -> String {
    let thumbprint = key.thumbprint().to_base64url();
    format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}")
}

/// Step 5. It follows from steps 3c and 4d.
fn check_length(tokens: usize, leaf_depth: u64) -> Result<(), Refusal> {
    let expected = u64::try_from(tokens).ok();
    if leaf_depth.checked_add(1) == expected {
        return Ok(());
    }
    let refuser = Refuser(Part::Chain);
    Err(refuser.value(Step::ChainLength, "del_depth", leaf_depth, tokens))
}

/// Step 6c.
fn check_audience(tokens: &[Token], rules: &Rules) -> Result<(), Refusal> {
    let ours = |named: &BTreeSet<String>| rules.audiences.iter().any(|own| named.contains(own));
    for (place, token) in tokens.iter().enumerate() {
        if token.audience.as_ref().is_some_and(|named| !ours(named)) {
            return Err(Refuser(Part::Token(place)).at(Step::Audience));
        }
    }
    if rules.chain_audience_required && tokens.iter().all(|token| token.audience.is_none()) {
        return Err(Refuser(Part::Chain).at(Step::AudienceMissing));
    }
    Ok(())
}

/// The tokens as hops. A token that is for some audience keeps it for those after it, whatever they say.
fn hops(tokens: Vec<Token>) -> Vec<Hop> {
    let mut accepting: Option<BTreeSet<String>> = None;
    let hops = tokens.into_iter().map(|token| {
        accepting = match (accepting.take(), token.audience) {
            (Some(before), Some(own)) => Some(before.intersection(&own).cloned().collect()),
            (before, own) => before.or(own),
        };
        Hop {
            lifetime: Lifetime {
                issued_at: Some(token.issued_at),
                expires_at: Some(token.expires_at),
            },
            audience: accepting.clone(),
            authority: Some(token.authority.unwrap_or_else(Authority::bottom)),
            ..Hop::of(
                token.issuer,
                thumbprint_uri(&token.key),
                HopFormat::Aat,
                Vouched::ByIssuer,
            )
        }
    });
    hops.collect()
}

#[cfg(test)]
mod tests {
    use super::{Step, check_length};

    #[test]
    fn a_leaf_is_as_deep_as_its_chain_is_long() {
        for (tokens, depth, expected) in [
            (1, 0, None),
            (3, 2, None),
            (3, 1, Some(Step::ChainLength)),
            (3, 3, Some(Step::ChainLength)),
            (3, u64::MAX, Some(Step::ChainLength)),
        ] {
            let found = check_length(tokens, depth)
                .err()
                .map(|refusal| refusal.step);
            assert_eq!(found, expected, "{tokens} tokens, depth {depth}");
        }
    }
}
