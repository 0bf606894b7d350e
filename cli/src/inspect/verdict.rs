//! What the engine's own verification says: of the signature alone, and as each route of a configuration would have it.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use bailiwick_engine::credential::{Place, Presented};
use bailiwick_engine::decision::Denial;
use bailiwick_engine::delegation::act;
use bailiwick_engine::delegation::chain::Chain;
use bailiwick_engine::gate::Gate;
use bailiwick_engine::identity::binding::Confirmation;
use bailiwick_engine::identity::issuer::{Issuer, KeySource};
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::header::Header;
use bailiwick_engine::identity::jose::jwk::{Jwk, KeyUse};
use bailiwick_engine::identity::jose::keyset::{KeySet, Lookup};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::keyring::KeyRing;
use bailiwick_engine::identity::{self, IdentityError};
use bailiwick_engine::json::{self, Limits};
use bailiwick_engine::operation::route::{RouteProtocol, RouteRule};
use bailiwick_engine::time::UnixTime;
use bailiwick_engine::tokens::Admitted;
use serde_json::Value;

use super::InspectError;
use super::checks::{Check, Outcome, refusal};
use super::kind::Kind;
use super::lifecycle::Lists;
use super::token::Token;

/// How much of a key in a header is read.
const LIMITS: Limits = Limits {
    max_bytes: 16 * 1024,
    max_depth: 8,
    max_values: 128,
};

/// Keys that the command line gives.
pub(super) struct Keys {
    given: Option<(String, KeySet)>,
}

/// What becomes of a token on one route.
pub(super) struct Judgement {
    /// The route's name.
    pub(super) route: String,
    /// Why it would be refused there.
    pub(super) refusal: Option<Refusal>,
    /// Who would be calling.
    pub(super) caller: Option<String>,
    /// Who acted for whom, where the token was believed so far.
    pub(super) chain: Option<Chain>,
}

/// Why a token would be refused.
pub(super) struct Refusal {
    /// The reason's code; none where it can't be judged.
    pub(super) reason: Option<&'static str>,
    /// In words.
    pub(super) detail: String,
    /// What would help.
    pub(super) remedy: String,
    /// The chain that is refused, if it is for that.
    chain: Option<Box<Chain>>,
}

impl Keys {
    /// Reads the key set file, if there is one.
    pub(super) fn read(path: Option<&Path>, token: &Token) -> Result<Self, InspectError> {
        let Some(path) = path else {
            return Ok(Self { given: None });
        };
        let owned = || -> PathBuf { path.to_owned() };
        let text = std::fs::read_to_string(path).map_err(|source| InspectError::Jwks {
            path: owned(),
            source,
        })?;
        let usage = if token.kind == Kind::JwtSvid {
            KeyUse::JwtSvid
        } else {
            KeyUse::Signature
        };
        let set = KeySet::parse(text.as_bytes(), &Algorithm::ALL, usage).map_err(|source| {
            InspectError::KeySet {
                path: owned(),
                source,
            }
        })?;
        Ok(Self {
            given: Some((text, set)),
        })
    }

    /// Can a signature be judged by them, or by the key in the token itself?
    pub(super) fn can_judge(&self, token: &Token) -> bool {
        self.given.is_some() || token.kind == Kind::DpopProof
    }

    /// Is the signature by one of these keys, or, of a proof, by the key in its header?
    pub(super) fn signature(&self, token: &Token) -> Check {
        const WHAT: &str = "signature";
        let unknown = |detail: &str| Check::new(WHAT, Outcome::Unknown, detail);
        let Ok(compact) = Compact::decode(&token.text) else {
            return unknown("there is none");
        };
        let Ok(header) = Header::parse(&compact.header) else {
            return unknown("the header can't be used");
        };
        let verified = |jwk: &Jwk, whose: String| {
            let result = jwk.key.verify(
                &CrateVerifier,
                header.algorithm,
                compact.signing_input,
                &compact.signature,
            );
            match result {
                Ok(()) => Check::new(WHAT, Outcome::Holds, format!("by {whose}")),
                Err(_) => Check::new(WHAT, Outcome::Fails, format!("not by {whose}")),
            }
        };
        if token.kind == Kind::DpopProof {
            return match own_key(token, header.algorithm) {
                Ok(jwk) => {
                    let thumbprint = jwk.key.thumbprint().to_base64url();
                    verified(
                        &jwk,
                        format!("the key in its header, whose thumbprint is {thumbprint}"),
                    )
                }
                Err(why) => Check::new(WHAT, Outcome::Fails, why),
            };
        }
        let Some((_, set)) = &self.given else {
            return unknown(
                "no keys are given: name a key set with `--jwks`, or a configuration with `--config`",
            );
        };
        match set.find(header.kid.as_deref(), header.algorithm) {
            Lookup::Found(jwk) => verified(
                jwk,
                format!(
                    "the key `{}` of the given set",
                    jwk.kid.as_deref().unwrap_or("")
                ),
            ),
            Lookup::NotNamed => {
                unknown("it names no key, and the given set has not exactly one for its algorithm")
            }
            Lookup::Unknown => unknown("the given set has no such key"),
            Lookup::OtherAlgorithm(_) => Check::new(
                WHAT,
                Outcome::Fails,
                "the key of that name is for another algorithm",
            ),
        }
    }
}

fn own_key(token: &Token, algorithm: Algorithm) -> Result<Jwk, String> {
    let text = token
        .header
        .get("jwk")
        .map(Value::to_string)
        .ok_or("its header has no `jwk`")?;
    let value = json::parse(text.as_bytes(), &LIMITS).map_err(|error| error.to_string())?;
    Jwk::parse(&value, &[algorithm], KeyUse::Signature).map_err(|error| error.to_string())
}

/// What becomes of the token on each route, as far as its claims decide that; policies and proofs come after. And what each rule
/// says that could end it before it expires.
pub(super) fn by_routes(
    token: &Token,
    gate: &Gate,
    keys: &Keys,
    lists: &Lists,
    now: UnixTime,
) -> (Vec<Judgement>, Vec<Check>) {
    let config = gate.config();
    let issuers = with_given_keys(&config.issuers, keys);
    let mut lifecycle = None;
    let judgements = config.routes.iter().map(|route| {
        let judged = admit(token, gate, &issuers, route, now).and_then(|admitted| {
            let (_, ended) =
                lifecycle.get_or_insert_with(|| lists.examine(&admitted, config, &issuers, now));
            let caller = match ended {
                Some(denial) => Err(refused(denial)),
                None => on_route(token, &admitted, route, now),
            };
            caller
                .map(|caller| (caller, admitted.chain.clone()))
                .map_err(|refusal| refusal.of_chain(&admitted.chain))
        });
        let (caller, chain, refusal) = match judged {
            Ok((caller, chain)) => (Some(caller), Some(chain), None),
            Err(mut refusal) => {
                let chain = refusal.chain.take().map(|chain| *chain);
                (None, chain, Some(refusal))
            }
        };
        Judgement {
            route: route.name.to_string(),
            refusal,
            caller,
            chain,
        }
    });
    let judgements = judgements.collect();
    let checks = lifecycle.map_or_else(Vec::new, |(checks, _)| checks);
    (judgements, checks)
}

/// The issuers, with the given keys in place of those that a gate would fetch, wherever they could be an issuer's.
fn with_given_keys(issuers: &[Issuer], keys: &Keys) -> Vec<Issuer> {
    let mut issuers = issuers.to_vec();
    let Some((text, _)) = &keys.given else {
        return issuers;
    };
    for issuer in &mut issuers {
        let usage = issuer.profile.key_use();
        let fits = || KeySet::parse(text.as_bytes(), &issuer.algorithms, usage).is_ok();
        if matches!(issuer.keys, KeySource::Remote(_)) && fits() {
            issuer.keys = KeySource::Inline(text.clone());
        }
    }
    issuers
}

/// Who presents the token, by itself.
fn admit(
    token: &Token,
    gate: &Gate,
    issuers: &[Issuer],
    route: &RouteRule,
    now: UnixTime,
) -> Result<Rc<Admitted>, Refusal> {
    let unusable = |detail: String| Refusal {
        reason: None,
        detail,
        remedy: "give the issuers' keys with `--jwks FILE`".to_owned(),
        chain: None,
    };
    let mut ring = KeyRing::new(issuers).map_err(|error| unusable(error.to_string()))?;
    let place = place(token);
    let audience = match place {
        Place::Transaction => None,
        Place::Credential | Place::WorkloadIdentity => route.audience.as_deref(),
    };
    let presented = Presented::new(&token.text).at(place);
    let caller = identity::verify(
        &presented,
        issuers,
        &mut ring,
        &CrateVerifier,
        now,
        audience,
    )
    .map_err(|error| {
        let IdentityError::KeysPending { issuer } = error else {
            return refused(&Denial::from(&error));
        };
        let source = issuers.iter().find(|one| one.name == issuer);
        let url = match source.map(|one| &one.keys) {
            Some(KeySource::Remote(remote)) => remote.url.as_str(),
            Some(KeySource::Inline(_)) | None => "elsewhere",
        };
        unusable(format!(
            "a gate fetches the keys of issuer `{issuer}` from {url}"
        ))
    })?;
    let chain = Chain::from_caller(&caller, gate.config().delegation.at(used_at(route)))
        .map_err(|error| refused(&Denial::from(&error)))?;
    let terms = &route.terms;
    let mission_required = terms.mission_required && place != Place::Transaction;
    let intent_required = terms.intent_required && place != Place::Transaction;
    let denial =
        Denial::of_attenuation(chain.attenuation(), chain.hops(), terms.attenuation_proven)
            .or_else(|| Denial::of_mission(chain.mission(), mission_required))
            .or_else(|| Denial::of_intent(&caller, chain.mission(), intent_required));
    if let Some(denial) = denial {
        return Err(refused(&denial).of_chain(&chain));
    }
    let principal = gate
        .policies()
        .prepare(&caller, &chain)
        .map_err(|error| refused(&Denial::from(&error)))?;
    Ok(Rc::new(Admitted::new(caller, chain, principal)))
}

/// Where the token is used, for what it states of its authority.
fn used_at(route: &RouteRule) -> act::Place<'_> {
    let named = route.resource.as_ref().map(|of| &**of.identifier());
    act::Place {
        details_ignored: route.terms.details_ignored,
        resource: named.or(route.audience.as_deref()),
        server: match &route.protocol {
            RouteProtocol::Mcp(rules) => Some(&rules.server),
            RouteProtocol::A2a(_) | RouteProtocol::Http(_) => None,
        },
    }
}

fn place(token: &Token) -> Place {
    if token.kind == Kind::TransactionToken {
        Place::Transaction
    } else if token.kind == Kind::Wit {
        Place::WorkloadIdentity
    } else {
        Place::Credential
    }
}

/// What a route asks beside, and who the caller is there.
fn on_route(
    token: &Token,
    admitted: &Admitted,
    route: &RouteRule,
    now: UnixTime,
) -> Result<String, Refusal> {
    let caller = &admitted.caller;
    let binding = caller.confirmation.as_ref();
    if binding == Some(&Confirmation::Unknown) {
        return Err(refused(&Denial::from(&IdentityError::BindingUnknown)));
    }
    if binding.is_none() && route.terms.sender_constrained {
        return Err(refused(&Denial::from(&IdentityError::BindingRequired)));
    }
    if place(token) != Place::Transaction {
        route
            .terms
            .check(caller, now)
            .map_err(|error| refused(&Denial::from(&error)))?;
    }
    let principal = &admitted.principal;
    Ok(match principal.user() {
        Some(user) => format!("{} for {user}", principal.agent()),
        None => principal.agent().to_owned(),
    })
}

fn refused(denial: &Denial) -> Refusal {
    Refusal {
        reason: Some(denial.reason().code()),
        detail: refusal(denial),
        remedy: denial.remedy().to_owned(),
        chain: None,
    }
}

impl Refusal {
    /// The same, of a token with this chain.
    fn of_chain(self, chain: &Chain) -> Self {
        Self {
            chain: Some(Box::new(chain.clone())),
            ..self
        }
    }
}
