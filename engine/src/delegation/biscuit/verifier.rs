//! The first phase: whose is the token, and what does it say? Its outcome can be kept by the token's digest.

use biscuit_auth::Biscuit;
use biscuit_auth::error::{Format, Token as LibraryError};

use super::ambient;
use super::envelope::Envelope;
use super::error::VerifyError;
use super::grants::{Grants, Names, NamesError, Several, Unstated, only_text};
use super::limits::Limits;
use super::plan::{Plan, Value};
use super::revocation::RevocationId;
use super::roots::{Root, Roots, ThirdParties};
use super::token::Token;
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::excerpt::Excerpt;

/// What tokens are verified by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whose tokens are believed, by which keys.
    pub roots: Roots,
    /// Whose blocks are taken beside the holders' own. A block that anybody else signed has the token refused: it could only be
    /// there for checks that trust its key, and those should not depend on somebody whom the operator doesn't know.
    pub third_parties: ThirdParties,
    /// How large and costly tokens may be.
    pub limits: Limits,
    /// The facts of the authority block that have a meaning here.
    pub names: Names,
    /// What a token is good for that grants nothing by name.
    pub unstated: Unstated,
}

/// What a token says of itself; nothing of it is believed, and no signature was examined.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// By which id it names its root key.
    pub root_key_id: Option<u32>,
    /// Each block as a hop, the authority block first.
    pub chain: Chain,
    /// The revocation id of each block.
    pub revocation_ids: Vec<RevocationId>,
    /// On whose behalf it is.
    pub user: Option<String>,
    /// Who acts.
    pub agent: Option<String>,
    /// The thumbprint of the key that it is bound to.
    pub holder: Option<Digest>,
}

/// The first phase, with settings that fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(Settings);

impl Verifier {
    /// Takes the settings.
    ///
    /// # Errors
    ///
    /// [`NamesError`] where facts of one name would mean two things.
    pub fn new(settings: Settings) -> Result<Self, NamesError> {
        settings.names.validate()?;
        Ok(Self(settings))
    }

    /// Reads a token and examines all its signatures.
    ///
    /// `denied` says whether a revocation id is on a deny-list. A token that is kept has to be asked again with
    /// [`Token::refuse_denied`], since lists change.
    ///
    /// Sizes and numbers are looked at first, then the keys, then the signatures, and what blocks say last.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]
    pub fn verify(&self, text: &str, denied: &dyn Fn(&str) -> bool) -> Result<Token, VerifyError> {
        let envelope = Envelope::open(text, &self.0.limits)?;
        let root = self.root(envelope.root)?;
        self.only_known_third_parties(&envelope)?;
        let biscuit = match Biscuit::from(&envelope.bytes, root.key.0) {
            Ok(biscuit) => biscuit,
            // The signatures were in order; what isn't, is found again together with the block that it stands in.
            Err(LibraryError::Format(
                Format::SymbolTableOverlap | Format::PublicKeyTableOverlap,
            )) => {
                return Err(Plan::of(&envelope.blocks, &self.0.limits)
                    .err()
                    .unwrap_or(VerifyError::Signature));
            }
            Err(_) => return Err(VerifyError::Signature),
        };
        let plan = Plan::of(&envelope.blocks, &self.0.limits)?;
        self.refuse_misused(&plan)?;
        let ids = biscuit.revocation_identifiers();
        let ids: Vec<_> = ids.iter().map(|id| RevocationId::of(id)).collect();
        let names = &self.0.names;
        let user =
            only_text(&plan, &names.subject).map_err(|Several| VerifyError::SubjectAmbiguous)?;
        let agent =
            only_text(&plan, &names.agent).map_err(|Several| VerifyError::AgentAmbiguous)?;
        let token = Token {
            chain: self.grants(&root.issuer).chain(&plan, &ids, user),
            user: user.map(str::to_owned),
            agent: agent.map(str::to_owned),
            holder: self.holder(&plan)?,
            root: root.clone(),
            bytes: envelope.bytes.len(),
            ids,
            limits: self.0.limits,
            biscuit,
            plan,
        };
        token.refuse_denied(denied)?;
        Ok(token)
    }

    /// Reads what a token claims, for people who want to know. Its limits hold as they do for a token that is verified.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] for what can't be read, or is too much.
    pub fn claimed(&self, text: &str) -> Result<Claimed, VerifyError> {
        let envelope = Envelope::open(text, &self.0.limits)?;
        let plan = Plan::of(&envelope.blocks, &self.0.limits)?;
        self.refuse_misused(&plan)?;
        let signatures = envelope.blocks.iter().map(|block| &block.signature);
        let ids: Vec<_> = signatures.map(|id| RevocationId::of(id)).collect();
        let user = only_text(&plan, &self.0.names.subject);
        let user = user.map_err(|Several| VerifyError::SubjectAmbiguous)?;
        let agent = only_text(&plan, &self.0.names.agent);
        let agent = agent.map_err(|Several| VerifyError::AgentAmbiguous)?;
        Ok(Claimed {
            root_key_id: envelope.root,
            chain: self.grants("").chain(&plan, &ids, user),
            user: user.map(str::to_owned),
            agent: agent.map(str::to_owned),
            holder: self.holder(&plan)?,
            revocation_ids: ids,
        })
    }

    fn grants<'a>(&'a self, issuer: &'a str) -> Grants<'a> {
        Grants {
            names: &self.0.names,
            unstated: self.0.unstated,
            issuer,
            third_parties: &self.0.third_parties,
        }
    }

    fn root(&self, id: Option<u32>) -> Result<&Root, VerifyError> {
        self.0
            .roots
            .find(id)
            .ok_or(
                id.map_or(VerifyError::RootUnnamed, |id| VerifyError::RootUnknown {
                    id,
                }),
            )
    }

    fn only_known_third_parties(&self, envelope: &Envelope) -> Result<(), VerifyError> {
        for (block, signed) in envelope.blocks.iter().enumerate() {
            if let Some(key) = &signed.third_party {
                let known = biscuit_auth::PublicKey::from_proto(key)
                    .is_ok_and(|key| self.0.third_parties.name_of(&key).is_some());
                if !known {
                    return Err(VerifyError::ThirdPartyUnknown { block });
                }
            }
        }
        Ok(())
    }

    /// The key that the authority block binds the token to.
    fn holder(&self, plan: &Plan) -> Result<Option<Digest>, VerifyError> {
        let mut facts = plan.stated_by_authority(&self.0.names.holder);
        let Some(values) = facts.next() else {
            return Ok(None);
        };
        if facts.next().is_some() {
            return Err(VerifyError::HolderAmbiguous);
        }
        let thumbprint = match values {
            [Value::Text(text)] => Digest::from_base64url(text),
            _ => None,
        };
        thumbprint.map(Some).ok_or(VerifyError::HolderUnreadable)
    }

    /// Every check believes the authority block as it believes the gate, so a fact there of a name that is the gate's would
    /// make checks pass that are meant to look at the call. And who has a rule derive the holder's key means to bind the
    /// token, which only a fact does.
    fn refuse_misused(&self, plan: &Plan) -> Result<(), VerifyError> {
        let Some(authority) = plan.blocks.first() else {
            return Ok(());
        };
        let stated = authority.facts.iter().map(|(name, _)| name);
        let mut all = stated.chain(&authority.derives);
        if let Some(name) = all.find(|name| ambient::NAMES.contains(&name.as_str())) {
            return Err(VerifyError::FactReserved {
                name: Excerpt::of(name),
            });
        }
        let names = &self.0.names;
        let read = [&names.holder, &names.audience, &names.subject, &names.agent];
        match authority.derives.iter().find(|name| read.contains(name)) {
            Some(name) => Err(VerifyError::FactDerived {
                name: Excerpt::of(name),
            }),
            None => Ok(()),
        }
    }
}
