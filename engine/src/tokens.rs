//! The verified credentials that one worker remembers, so that a warm request does no signature work.

mod texts;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use self::texts::Texts;
use crate::credential::Place;
use crate::delegation::aat::VerifiedChain;
use crate::delegation::biscuit::token::Token;
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::evidence::Opening;
use crate::identity::caller::Caller;
use crate::identity::documents::Generation;
use crate::identity::revocation::Names;
use crate::identity::standing::Revocable;
use crate::identity::verified::Verified;
use crate::policy::principal::Principal;
use crate::time::UnixTime;

/// Everything that follows from a credential alone.
#[derive(Debug)]
pub struct Admitted {
    /// Who is calling.
    pub caller: Verified<Caller>,
    /// On whose behalf.
    pub chain: Chain,
    /// What policy prepared from both.
    pub principal: Principal,
    /// What deny-lists may name it by.
    pub names: Names,
    /// What the upstream is told, as header fields.
    pub upstream: Vec<(&'static str, String)>,
    /// The chain of tokens that it is, where it is a warrant.
    pub warrant: Option<VerifiedChain>,
    /// The Biscuit that it is, where it is one.
    pub biscuit: Option<Token>,
    /// Did it stand where warrants do?
    pub is_warrant: bool,
    /// How each record of a request with it begins. An entry is for one route, as a record's beginning is.
    pub opening: Opening,
}

impl Revocable for Rc<Admitted> {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn names(&self) -> &Names {
        &self.names
    }
}

impl Admitted {
    /// Puts together what follows from a credential.
    #[must_use]
    pub fn new(caller: Verified<Caller>, chain: Chain, principal: Principal) -> Self {
        let mut upstream = vec![("x-bailiwick-agent", field_value(principal.agent()))];
        let user = principal
            .user()
            .map(|user| ("x-bailiwick-user", field_value(user)));
        let task = caller
            .task
            .as_deref()
            .map(|task| ("x-bailiwick-task", field_value(task)));
        upstream.extend(user.into_iter().chain(task));
        let hops = chain.hops().iter();
        let parties = hops.map(|hop| (hop.issuer.as_str(), hop.subject.as_str()));
        let names = Names::of(&caller, principal.agent(), parties);
        Self {
            caller,
            chain,
            principal,
            names,
            upstream,
            warrant: None,
            biscuit: None,
            is_warrant: false,
            opening: Opening::default(),
        }
    }

    /// The same of a caller whose credential is this chain.
    #[must_use]
    pub fn by_warrant(mut self, chain: VerifiedChain) -> Self {
        let Caller { domain, issuer, .. } = &*self.caller;
        for link in chain.links() {
            self.names.add_link(&domain.0, issuer, &link);
        }
        Self {
            warrant: Some(chain),
            is_warrant: true,
            ..self
        }
    }
}

impl Admitted {
    /// The same of a caller whose credential is this Biscuit, or its warrant.
    #[must_use]
    pub fn by_biscuit(mut self, token: Token, is_warrant: bool) -> Self {
        let issuer = &self.caller.issuer;
        for id in token.revocation_ids() {
            self.names.add_id(issuer, id.as_str());
            if let Some(twin) = id.twin() {
                self.names.add_id(issuer, twin);
            }
        }
        Self {
            biscuit: Some(token),
            is_warrant,
            ..self
        }
    }

    /// About how many bytes it takes of what its holder can make larger without asking anybody.
    fn footprint(&self) -> usize {
        self.biscuit.as_ref().map_or(0, Token::footprint)
    }
}

/// `text` as a field value: visible ASCII but `%` as it is, every other byte percent-encoded (RFC 3986, section 2.1).
fn field_value(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | ..=b' ' | 0x7f.. => value.push_str(&format!("%{byte:02X}")),
            _ => value.push(char::from(byte)),
        }
    }
    value
}

/// What a verified credential is remembered by: a credential verified for one route says nothing about another, whose
/// audience may differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenKey {
    /// The credential's digest.
    pub credential: Digest,
    /// Where it stood: a transaction token that was believed as such is no credential.
    pub place: Place,
    /// The route's name.
    pub route: Arc<str>,
}

/// The most bytes that one generation of the cache keeps of what holders of credentials can make larger.
const GENERATION_BYTES: usize = 8 << 20;

/// A bounded map from a credential to what was found when it was verified.
///
/// Two generations of at most half the capacity each, and of at most [`GENERATION_BYTES`] of tokens that their holders can make
/// larger: when the young one is full it becomes the old one, and the old one is dropped. So both a look-up and an insertion cost the same however full it is, nothing walks the table, and
/// what is in use stays.
///
/// INVARIANT: an entry is returned only before its credential expires and while the keys that verified it stand.
#[derive(Debug)]
pub struct TokenCache {
    half: usize,
    young: BTreeMap<TokenKey, Entry>,
    old: BTreeMap<TokenKey, Entry>,
    /// The footprints of all that was put into `young`, those among it that are gone included.
    young_bytes: usize,
    texts: Texts,
    lookups: Lookups,
}

/// How often a credential was looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// It was there, and still to be believed.
    pub hits: u64,
    /// It was not.
    pub misses: u64,
}

#[derive(Debug)]
struct Entry {
    admitted: Rc<Admitted>,
    until: UnixTime,
    generation: Generation,
}

impl Entry {
    fn stands(
        &self,
        generation: impl FnOnce(&Admitted) -> Option<Generation>,
        now: UnixTime,
    ) -> bool {
        now < self.until && generation(&self.admitted) == Some(self.generation)
    }
}

impl TokenCache {
    /// A cache of at most `capacity` credentials; zero remembers nothing.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            half: capacity / 2,
            young: BTreeMap::new(),
            old: BTreeMap::new(),
            young_bytes: 0,
            texts: Texts::default(),
            lookups: Lookups { hits: 0, misses: 0 },
        }
    }

    /// How often credentials were found here, since the start.
    #[must_use]
    pub const fn lookups(&self) -> Lookups {
        self.lookups
    }

    /// The digest of a token, by which it is looked for.
    #[must_use]
    pub fn digest(&self, token: &str) -> Digest {
        self.texts.digest(token)
    }

    /// What was found for this credential, if it may still be believed at `now`; `generation` says which keys stand.
    pub fn get(
        &mut self,
        key: &TokenKey,
        generation: impl FnOnce(&Admitted) -> Option<Generation>,
        now: UnixTime,
    ) -> Option<Rc<Admitted>> {
        let found = self.find(key, generation, now);
        let count = match found {
            Some(_) => &mut self.lookups.hits,
            None => &mut self.lookups.misses,
        };
        *count = count.saturating_add(1);
        found
    }

    fn find(
        &mut self,
        key: &TokenKey,
        generation: impl FnOnce(&Admitted) -> Option<Generation>,
        now: UnixTime,
    ) -> Option<Rc<Admitted>> {
        if let Some(entry) = self.young.get(key) {
            if entry.stands(generation, now) {
                return Some(Rc::clone(&entry.admitted));
            }
            self.young.remove(key);
            return None;
        }
        let entry = self.old.remove(key)?;
        if !entry.stands(generation, now) {
            return None;
        }
        let admitted = Rc::clone(&entry.admitted);
        self.put(key.clone(), entry);
        Some(admitted)
    }

    /// Remembers what was found, until `until` and while `generation` stands; and the text of the `token` that `key` has the
    /// digest of, where the credential is one, until others take its place.
    pub fn insert(
        &mut self,
        key: TokenKey,
        token: Option<&str>,
        admitted: Rc<Admitted>,
        until: UnixTime,
        generation: Generation,
    ) {
        if self.half > 0 {
            if let Some(token) = token {
                self.texts.keep(token, key.credential);
            }
            self.put(
                key,
                Entry {
                    admitted,
                    until,
                    generation,
                },
            );
        }
    }

    fn put(&mut self, key: TokenKey, entry: Entry) {
        let footprint = entry.admitted.footprint();
        let bytes = self.young_bytes.saturating_add(footprint);
        if self.young.len() >= self.half || bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(footprint);
        self.young.insert(key, entry);
    }
}

#[cfg(test)]
mod tests;
