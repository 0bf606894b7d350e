//! Nonces that the gate hands out and knows again without remembering any (RFC 9449, section 9).
//!
//! A nonce is a MAC over the number of the present time step, so it shows that a proof was made after the step began, by
//! somebody who asked. It is accepted in its own step and in the next, and is the same for everybody: it says *when*, and the
//! rest of the proof says who and for what.

use std::cell::Cell;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::digest::Digest;
use crate::ports::{Store, StoreError};
use crate::time::{Seconds, UnixTime};

/// Where the workers of one host leave the secret that they share.
const SECRET_KEY: &str = "bailiwick/nonce/1/secret";

/// How much of the MAC a nonce shows: 144 bits, 24 characters.
const NONCE_BYTES: usize = 18;

/// 32 bytes that nobody can foresee, from the host: the engine has no randomness.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes bytes from a source fit for keys.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed that a configured text stands for, the same wherever that text is configured.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let digest = Digest::of_parts(&[b"bailiwick nonce secret", text.as_bytes()]);
        Self(*digest.as_bytes())
    }

    /// A name for these parts that nobody without the seed can tell: 43 characters.
    pub(crate) fn name(&self, purpose: &[u8], parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(mark(self, purpose, parts).finalize().into_bytes())
    }
}

/// Shows nothing.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// Why a nonce is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the nonce is not one of the last two that were handed out")]
pub struct UnknownNonce;

/// How old a nonce is that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It is the one that is handed out now.
    Current,
    /// Another one is handed out by now, and this one will soon be unknown.
    Previous,
}

/// Makes nonces and knows them again.
#[derive(Debug)]
pub struct Nonces {
    step: Seconds,
    seed: Seed,
    /// What all workers agree on; nothing before this worker has looked.
    agreed: Cell<Option<Seed>>,
}

impl Nonces {
    /// Nonces that change every `step`. With a `configured` secret all hosts that have it know each other's; without, the
    /// workers of one host agree on the first one's `seed`.
    #[must_use]
    pub const fn new(step: Seconds, configured: Option<Seed>, seed: Seed) -> Self {
        Self {
            step,
            seed,
            agreed: Cell::new(configured),
        }
    }

    /// The nonce of the present.
    #[must_use]
    pub fn current(&self, store: &dyn Store, now: UnixTime) -> String {
        let secret = self.secret(store);
        let mac = mac(&secret, self.number(now)).finalize().into_bytes();
        let shown = mac.get(..NONCE_BYTES).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(shown)
    }

    /// Is it the nonce of this time step or of the one before?
    ///
    /// # Errors
    ///
    /// It is another text: too old, from another host, or made up.
    pub fn check(
        &self,
        nonce: &str,
        store: &dyn Store,
        now: UnixTime,
    ) -> Result<Age, UnknownNonce> {
        let shown = URL_SAFE_NO_PAD.decode(nonce).map_err(|_| UnknownNonce)?;
        if shown.len() != NONCE_BYTES {
            return Err(UnknownNonce);
        }
        let secret = self.secret(store);
        let number = self.number(now);
        let is_of = |number| mac(&secret, number).verify_truncated_left(&shown).is_ok();
        if is_of(number) {
            Ok(Age::Current)
        } else if is_of(number.saturating_sub(1)) {
            Ok(Age::Previous)
        } else {
            Err(UnknownNonce)
        }
    }

    /// A mark that only who has the secret can make, over parts of any kind; `purpose` keeps it apart from all other marks.
    /// 24 characters of base64url.
    #[must_use]
    pub fn mark(&self, purpose: &[u8], parts: &[&[u8]], store: &dyn Store) -> String {
        let mac = mark(&self.secret(store), purpose, parts);
        let mac = mac.finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(mac.get(..NONCE_BYTES).unwrap_or_default())
    }

    /// Is it the mark over these parts?
    #[must_use]
    pub fn is_mark(&self, shown: &str, purpose: &[u8], parts: &[&[u8]], store: &dyn Store) -> bool {
        let Ok(shown) = URL_SAFE_NO_PAD.decode(shown) else {
            return false;
        };
        let mac = mark(&self.secret(store), purpose, parts);
        shown.len() == NONCE_BYTES && mac.verify_truncated_left(&shown).is_ok()
    }

    const fn number(&self, now: UnixTime) -> u64 {
        match now.0.checked_div(self.step.0) {
            Some(number) => number,
            None => now.0,
        }
    }

    /// The secret that the workers agree on: of the first that left one. A worker whose host has no store has its own.
    fn secret(&self, store: &dyn Store) -> Seed {
        if let Some(secret) = self.agreed.get() {
            return secret;
        }
        let agreed = match store.create(SECRET_KEY, &self.seed.0) {
            Ok(()) => Some(self.seed),
            Err(StoreError::Conflict) => store
                .get(SECRET_KEY)
                .ok()
                .flatten()
                .and_then(|(bytes, _)| <[u8; 32]>::try_from(bytes).ok())
                .map(Seed),
            Err(StoreError::Unavailable) => None,
        };
        self.agreed.set(agreed);
        agreed.unwrap_or(self.seed)
    }
}

fn mac(secret: &Seed, number: u64) -> Hmac<Sha256> {
    keyed(secret)
        .chain_update(b"bailiwick nonce 1")
        .chain_update(number.to_be_bytes())
}

fn mark(secret: &Seed, purpose: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    keyed(secret)
        .chain_update(b"bailiwick mark 1")
        .chain_update(Digest::of_parts(&[purpose]).as_bytes())
        .chain_update(Digest::of_parts(parts).as_bytes())
}

fn keyed(secret: &Seed) -> Hmac<Sha256> {
    // A key shorter than the hash's block is padded with zeros (RFC 2104, section 2).
    let mut block = [0; 64];
    for (place, byte) in block.iter_mut().zip(secret.0) {
        *place = byte;
    }
    <Hmac<Sha256> as hmac::KeyInit>::new(&block.into())
}

#[cfg(test)]
mod tests;
