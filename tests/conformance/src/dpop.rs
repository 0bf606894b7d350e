//! The proofs that RFC 9449 shows, each sent with the RFC's access token, in the request that it states, at the time that it
//! states. Its access token is no JWT, so this starts where that one would have been verified.

use bailiwick_engine::credential::Presented;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::binding::Presentation;
use bailiwick_engine::identity::binding::dpop::{Dpop, DpopError, NonceMode, Rules};
use bailiwick_engine::identity::certificate::CertificateRules;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::nonce::{Nonces, Seed};
use bailiwick_engine::identity::replay::Replays;
use bailiwick_engine::ports::{Host, Isolated};
use bailiwick_engine::request::{Head, Headers};
use bailiwick_engine::time::{Seconds, UnixTime};
use serde_json::Value;

use crate::{Suite, Verdict, elements, text};

pub(crate) const SUITE: Suite = Suite {
    name: "rfc9449-dpop",
    files: &["examples.json"],
    judge,
};

/// How long the examples' proofs are good here.
const MAX_AGE: u64 = 60;

fn judge(file: &str, document: &Value) -> Vec<Verdict> {
    let token = text(document, "access_token");
    let hash = Presented::new(token).digest().to_base64url();
    let mut verdicts = vec![Verdict::on(
        format!("{file}#ath"),
        true,
        same(&hash, text(document, "ath")),
    )];
    for (index, example) in elements(document, "examples").iter().enumerate() {
        let case = format!("{file}#{index}");
        let Some(sent) = Sent::new(document, example) else {
            verdicts.push(Verdict::on(case, true, Err("it can't be read".to_owned())));
            continue;
        };
        let found = sent.judge();
        if found == Ok(Ok(())) {
            verdicts.extend(sent.elsewhere().into_iter().map(|(change, refusal, sent)| {
                let found = sent.judge().and_then(|found| refused(found, refusal));
                Verdict::on(format!("{case}, {change}"), true, found)
            }));
        }
        let found = found.and_then(|found| as_expected(example, found));
        verdicts.push(Verdict::on(case, true, found));
    }
    verdicts
}

/// Is a proof for a resource accepted, one for the token endpoint refused for naming no token and nothing else, and a token
/// no proof?
fn as_expected(example: &Value, found: Result<(), DpopError>) -> Result<(), String> {
    let stated = |part: &str, name: &str| example.get(part).is_some_and(|o| o.get(name).is_some());
    let is_proof = stated("header", "typ");
    match found {
        Ok(()) if is_proof && stated("payload", "ath") => Ok(()),
        Err(DpopError::Claim { claim: "ath", .. }) if is_proof && !stated("payload", "ath") => {
            Ok(())
        }
        Err(DpopError::WrongType { .. }) if !is_proof => Ok(()),
        Ok(()) => Err("it is accepted".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Which refusal is meant.
type Refusal = fn(&DpopError) -> bool;

fn refused(found: Result<(), DpopError>, refusal: Refusal) -> Result<(), String> {
    match found {
        Err(error) if refusal(&error) => Ok(()),
        Err(error) => Err(format!("it is refused for another reason: {error}")),
        Ok(()) => Err("it is accepted".to_owned()),
    }
}

fn same(found: &str, expected: &str) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("it is `{found}`"))
    }
}

/// An example with the request that it is sent in.
#[derive(Clone, Copy)]
struct Sent<'v> {
    proof: &'v str,
    token: &'v str,
    bound_to: Digest,
    method: &'v str,
    authority: &'v str,
    path: &'v str,
    now: u64,
}

impl<'v> Sent<'v> {
    /// The request that the example's claims state; the access token states none, and is sent in any.
    fn new(document: &'v Value, example: &'v Value) -> Option<Self> {
        let claims = example.get("payload")?;
        let stated = |name: &str, other: &'static str| match text(claims, name) {
            "" => other,
            stated => stated,
        };
        let address = stated("htu", "https://resource.example.org/").strip_prefix("https://")?;
        let (authority, path) = address.split_at_checked(address.find('/')?)?;
        Some(Self {
            proof: text(example, "jws"),
            token: text(document, "access_token"),
            bound_to: Digest::from_base64url(text(document, "jkt"))?,
            method: stated("htm", "GET"),
            authority,
            path,
            now: claims
                .get("iat")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
        })
    }

    /// The same proof where, when or with what it is not for, and what the refusal is about.
    fn elsewhere(self) -> [(&'static str, Refusal, Self); 7] {
        let bound_to = Digest::of(b"another key");
        let late = self.now.saturating_add(MAX_AGE).saturating_add(1);
        let early = self.now.saturating_sub(1);
        [
            (
                "another method",
                |e| matches!(e, DpopError::OtherMethod { .. }),
                Self {
                    method: "POST",
                    ..self
                },
            ),
            (
                "another host",
                |e| matches!(e, DpopError::OtherTarget { .. }),
                Self {
                    authority: "resource.example.com",
                    ..self
                },
            ),
            (
                "another path",
                |e| matches!(e, DpopError::OtherTarget { .. }),
                Self {
                    path: "/protectedresource/",
                    ..self
                },
            ),
            (
                "another token",
                |e| *e == DpopError::OtherToken,
                Self {
                    token: "another",
                    ..self
                },
            ),
            (
                "another key",
                |e| *e == DpopError::OtherKey,
                Self { bound_to, ..self },
            ),
            (
                "too late",
                |e| matches!(e, DpopError::Stale { .. }),
                Self { now: late, ..self },
            ),
            (
                "too early",
                |e| matches!(e, DpopError::FromFuture { .. }),
                Self { now: early, ..self },
            ),
        ]
    }

    fn judge(&self) -> Result<Result<(), DpopError>, String> {
        let rules = Rules {
            algorithms: vec![Algorithm::Es256],
            max_age: Seconds(MAX_AGE),
            clock_skew: Seconds(0),
            nonce: NonceMode::Off,
        };
        let nonces = Nonces::new(Seconds(300), None, Seed::new([0; 32]));
        let dpop = Dpop::new(rules, nonces, Replays::new(16, &Isolated));
        let presented = Presented::new(self.token).with_proof(self.proof);
        let head = Head::parse(Headers::from_pairs([
            (":method", self.method),
            (":scheme", "https"),
            (":authority", self.authority),
            (":path", self.path),
        ]))
        .map_err(|error| error.to_string())?;
        let presentation = Presentation {
            certificates: &CertificateRules::default(),
            presented: &presented,
            head: &head,
            host: Host {
                verifier: &CrateVerifier,
                store: &Isolated,
                connection: &Isolated,
            },
            now: UnixTime(self.now),
            origin: None,
            audience: None,
            body_is_known: true,
            binding_required: true,
            dpop: &dpop,
        };
        Ok(dpop
            .verify(self.proof, Some(&self.bound_to), &presentation)
            .map(drop))
    }
}
