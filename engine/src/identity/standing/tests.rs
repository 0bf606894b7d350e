use serde_json::{Value, json};

use super::*;
use crate::identity::issuer::{IssuerName, KeySource};
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::keyring::tests::issuer;
use crate::identity::mint::{Signer, jwks, verified_caller};
use crate::identity::revocation::RevocationRules;
use crate::identity::verified::Verified;

/// A caller of the issuer `acme`, whose clock may be 10 seconds off.
struct Credential(Verified<Caller>, Names);

impl Revocable for Credential {
    fn caller(&self) -> &Caller {
        &self.0
    }

    fn names(&self) -> &Names {
        &self.1
    }
}

fn verdict(lifecycle: Lifecycle, claims: &Value, now: u64) -> Result<(), StandingError> {
    let caller = verified_caller(claims);
    let names = Names::of(&caller, "acme/alice", std::iter::empty());
    let mut issuer = issuer(KeySource::Inline(jwks(&[&Signer::p256("a", 1).jwk])));
    issuer.lifecycle = lifecycle;
    issuer.clock_skew = Seconds(10);
    let issuers = [issuer];
    let grounds = Grounds {
        issuers: &issuers,
        trust: &mut Trust::new(&issuers, &[], &RevocationRules::default()).unwrap(),
        verifier: &CrateVerifier,
        now: UnixTime(now),
    };
    check(Credential(caller, names), grounds).map(drop)
}

#[test]
fn age_is_counted_from_iat() {
    let lifecycle = || Lifecycle {
        max_age: Some(Seconds(50)),
        ..Lifecycle::default()
    };
    let claims = json!({"sub": "alice", "iat": 0});
    assert_eq!(verdict(lifecycle(), &claims, 60), Ok(()), "with the skew");
    let too_old = StandingError::TooOld {
        issuer: IssuerName("acme".into()),
        age: Seconds(61),
        limit: Seconds(50),
    };
    assert_eq!(verdict(lifecycle(), &claims, 61), Err(too_old));
    let ageless = json!({"sub": "alice"});
    let unknown = Err(StandingError::AgeUnknown);
    assert_eq!(verdict(lifecycle(), &ageless, 0), unknown);
    assert_eq!(verdict(Lifecycle::default(), &ageless, 0), Ok(()));
}

#[test]
fn everything_from_before_the_cut_off_is_void() {
    let lifecycle = |moment| Lifecycle {
        not_issued_before: Some(UnixTime(moment)),
        ..Lifecycle::default()
    };
    let claims = json!({"sub": "alice", "iat": 0});
    assert_eq!(
        verdict(lifecycle(0), &claims, 50),
        Ok(()),
        "that very second"
    );
    let cut_off = StandingError::CutOff {
        issuer: IssuerName("acme".into()),
        issued_at: UnixTime(0),
        moment: UnixTime(1),
    };
    assert_eq!(verdict(lifecycle(1), &claims, 50), Err(cut_off));
    let unknown = Err(StandingError::AgeUnknown);
    assert_eq!(verdict(lifecycle(0), &json!({"sub": "alice"}), 50), unknown);
}

#[test]
fn only_what_is_being_fetched_is_no_verdict() {
    for (error, expected) in [
        (StandingError::StatusPending, true),
        (StandingError::RevocationsPending, true),
        (StandingError::KeysPending, true),
        (StandingError::StatusUnavailable, false),
        (StandingError::RevocationsUnavailable, false),
        (StandingError::Invalid, false),
    ] {
        assert_eq!(error.is_pending(), expected, "{error}");
    }
}
