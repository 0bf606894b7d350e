//! By what chains are judged that somebody only looks at.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bailiwick_engine::delegation::aat::{
    Anchor, Claimed, Limits, Refusal, Rules, verify_chain, verify_descent,
};
use bailiwick_engine::delegation::chain::Chain;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::time::UnixTime;

use crate::key::{KeyError, Public};

/// All but `EdDSA`, which the draft rules out (section 9.12).
pub(crate) const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::Ed25519,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
];

/// Whose chains count, if the command line says so.
pub(crate) enum Trust {
    /// Those of whoever has these keys, which may be nobody.
    Keys(Vec<Public>),
    /// Those that a gate accepts.
    Gate(Box<Rules>),
}

impl Trust {
    /// Reads the files of `--anchor`.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, KeyError> {
        let keys = paths.iter().map(|path| Public::read(path, &ALGORITHMS));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        Ok(Self::Keys(keys.into_iter().flatten().collect()))
    }

    /// This key only.
    pub(crate) fn of(key: Public) -> Self {
        Self::Keys(vec![key])
    }

    /// Is the root's signature not looked at?
    pub(crate) const fn is_nobody(&self) -> bool {
        match self {
            Self::Keys(keys) => keys.is_empty(),
            Self::Gate(_) => false,
        }
    }

    /// The rules for this chain: those of the gate, or the draft's limits. Then each key is that of whoever the root says has made it, and each audience that a token
    /// or its proof names is taken for ours, since there is no enforcement point whose it could be.
    pub(crate) fn rules(&self, claimed: &[Option<Claimed>], of_proof: Option<&str>) -> Rules {
        let keys = match self {
            Self::Keys(keys) => keys,
            Self::Gate(rules) => return Rules::clone(rules),
        };
        let known = || claimed.iter().flatten();
        let issuer = known().next().and_then(|root| root.issuer.clone());
        let anchors = keys.iter().map(|key| Anchor {
            issuer: issuer.clone().unwrap_or_default(),
            jwk: key.jwk.clone(),
        });
        let audiences: BTreeSet<_> = known()
            .filter_map(|token| token.audience.clone())
            .flatten()
            .chain(of_proof.map(str::to_owned))
            .collect();
        Rules {
            anchors: anchors.collect(),
            audiences: audiences.into_iter().collect(),
            ..rules()
        }
    }

    /// Judges a chain as the engine does, all but the root's signature where nobody is trusted.
    pub(crate) fn verify(&self, tokens: &[String], now: UnixTime) -> Result<Chain, Refusal> {
        let chain: Vec<_> = tokens.iter().map(String::as_str).collect();
        let rules = self.rules(&claimed(tokens), None);
        if self.is_nobody() {
            return verify_descent(&chain, &rules, &CrateVerifier, now);
        }
        let verified = verify_chain(&chain, &rules, &CrateVerifier, now);
        verified.map(|verified| verified.chain().clone())
    }
}

/// What each token says of itself.
pub(crate) fn claimed(tokens: &[String]) -> Vec<Option<Claimed>> {
    let rules = rules();
    let read = tokens.iter().map(|token| Claimed::read(token, &rules));
    read.collect()
}

fn rules() -> Rules {
    Rules {
        anchors: Vec::new(),
        algorithms: ALGORITHMS.to_vec(),
        audiences: Vec::new(),
        chain_audience_required: false,
        proof_audience_required: false,
        limits: Limits::default(),
    }
}
