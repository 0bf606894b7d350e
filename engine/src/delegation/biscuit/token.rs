//! A token that was verified.

use biscuit_auth::Biscuit;

use super::ambient::CALLER_KEY;
use super::error::VerifyError;
use super::limits::Limits;
use super::plan::Plan;
use super::revocation::RevocationId;
use super::roots::Root;
use crate::delegation::authority::Authority;
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::time::UnixTime;

/// A token whose signatures were all examined; only [`super::verifier::Verifier::verify`] makes one.
///
/// A Biscuit says nothing of how long it lasts but in its checks. So this can be kept for as long as memory allows, and is no
/// longer of use when the last of the chain's hops has expired: [`Token::judge`] asks all checks each time.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) biscuit: Biscuit,
    pub(super) plan: Plan,
    pub(super) ids: Vec<RevocationId>,
    pub(super) holder: Option<Digest>,
    /// Bytes of the token itself.
    pub(super) bytes: usize,
    pub(super) root: Root,
    pub(super) user: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) chain: Chain,
    pub(super) limits: Limits,
}

impl Token {
    /// Each block as a hop, the authority block first, with the verdict that they only narrow.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The revocation id of each block, that of the authority block first.
    #[must_use]
    pub fn revocation_ids(&self) -> &[RevocationId] {
        &self.ids
    }

    /// The root key that it was verified with.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// On whose behalf it is, where its authority block says so.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Who acts, where its authority block says so.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// The thumbprint of the key that the token is bound to, if it is.
    #[must_use]
    pub const fn holder(&self) -> Option<Digest> {
        self.holder
    }

    /// From when on some check fails for sure, where the checks say so in a way that is understood.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        let last = self.chain.hops().last();
        last.and_then(|hop| hop.lifetime.expires_at)
    }

    /// The scopes that its authority block grants, where it lists any.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let root = self.chain.hops().first();
        let authority = root.and_then(|hop| hop.authority.as_ref());
        let scopes = authority.and_then(|authority| authority.scopes().limited());
        scopes.into_iter().flatten().cloned().collect()
    }

    /// Who accepts it; everybody, where its authority block doesn't say.
    #[must_use]
    pub fn audience(&self) -> Vec<String> {
        let root = self.chain.hops().first();
        let audience = root.and_then(|hop| hop.audience.as_ref());
        audience.into_iter().flatten().cloned().collect()
    }

    /// Do its rules and checks ask which keys the caller has proven, or does it name one?
    #[must_use]
    pub fn asks_for_keys(&self) -> bool {
        self.holder.is_some() || self.plan.asks_for(CALLER_KEY)
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        // Measured by what grows with what its holders put in: terms and texts of the blocks, and the checks of each hop,
        // which has those of all before it.
        const MESSAGE: usize = 4;
        const TERM: usize = 160;
        const TEXT: usize = 64;
        let authorities = self.chain.hops().iter();
        let checks = authorities
            .filter_map(|hop| hop.authority.as_ref())
            .flat_map(Authority::checks);
        let checks = checks.map(|check| check.len().saturating_add(TEXT));
        let parts = [
            self.bytes.saturating_mul(MESSAGE),
            usize::try_from(self.plan.terms)
                .unwrap_or(usize::MAX)
                .saturating_mul(TERM),
            usize::try_from(self.plan.symbols)
                .unwrap_or(usize::MAX)
                .saturating_mul(TEXT),
        ];
        parts
            .into_iter()
            .chain(checks)
            .fold(0, usize::saturating_add)
    }

    /// Asks a deny-list for every block.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Revoked`] for the first block that is on it.
    pub fn refuse_denied(&self, denied: &dyn Fn(&str) -> bool) -> Result<(), VerifyError> {
        let mut ids = self.ids.iter();
        match ids.position(|id| id.is_denied(denied)) {
            Some(block) => Err(VerifyError::Revoked { block }),
            None => Ok(()),
        }
    }
}
