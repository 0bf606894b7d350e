//! Tokens that are something else than access tokens, and must never pass as one (RFC 8725, sections 3.11 and 3.12).

use super::claims::Claims;
use super::error::IdentityError;
use super::issuer::TokenProfile;
use super::jose::header::Header;
use super::{transaction, wimse};
use crate::credential::Place;
use crate::excerpt::Excerpt;
use crate::json::Value;

/// Claims that only other kinds of tokens have.
const TELLING: [(&str, &str); 5] = [
    ("events", "a security event or logout token"),
    ("at_hash", "an ID token"),
    ("c_hash", "an ID token"),
    ("s_hash", "an ID token"),
    ("vct", "a verifiable credential"),
];

/// Claims by which issuers that set no telling `typ` in the header say what they made, and their words for access tokens:
/// Keycloak, for which a bound one is `DPoP`, and Amazon Cognito.
const DECLARING: [(&str, &[&str]); 2] = [("typ", &["Bearer", "DPoP"]), ("token_use", &["access"])];

/// Types that say where a token stands, whoever's it is.
const PLACED: [(&str, Place, &str); 2] = [
    (
        wimse::TYPE,
        Place::WorkloadIdentity,
        "`Workload-Identity-Token`",
    ),
    (transaction::TYPE, Place::Transaction, "`Txn-Token`"),
];

/// Refuses a token whose type belongs in another place, before anybody asks whose it is.
///
/// # Errors
///
/// [`IdentityError::Misplaced`]; [`IdentityError::WrongType`] for what doesn't belong in a place that is for one type alone.
pub(super) fn check_place(header: &Header<'_>, place: Place) -> Result<(), IdentityError> {
    for (typ, home, field) in PLACED {
        if header.is_type(typ) && place != home {
            return Err(IdentityError::Misplaced { typ, field });
        }
    }
    match place {
        Place::Credential => Ok(()),
        Place::WorkloadIdentity => expect(header, header.is_type(wimse::TYPE), "`wit+jwt`"),
        Place::Transaction => expect(header, header.is_type(transaction::TYPE), "`txntoken+jwt`"),
    }
}

/// Refuses every token that isn't one of the profile's.
///
/// With `at+jwt` the header says it, and nothing else is asked. All other values of `typ` are refused but, in profiles without
/// a type of their own, `JWT` and none at all, which ID tokens have too. Of those a token is refused that has a claim which only other
/// kinds have; that declares itself something else; or that has `nonce`, as ID tokens do, and doesn't declare itself an
/// access token.
pub(super) fn check(
    profile: &TokenProfile,
    header: &Header<'_>,
    claims: &Claims<'_>,
) -> Result<(), IdentityError> {
    let untyped = header.typ.is_none() || header.is_type("JWT");
    let typed = header.is_type("at+jwt");
    match profile {
        TokenProfile::Rfc9068 => return expect(header, typed, "`at+jwt`"),
        TokenProfile::PlainJwt if typed => return Ok(()),
        TokenProfile::PlainJwt => expect(header, untyped, "none, `JWT` or `at+jwt`")?,
        TokenProfile::Ci(_) => expect(header, untyped, "none or `JWT`")?,
        TokenProfile::JwtSvid => {
            // SPIFFE JWT-SVID, section 2.2.
            let sound = untyped || header.is_type("JOSE");
            expect(header, sound, "none, `JWT` or `JOSE`")?;
        }
        // Their place has told.
        TokenProfile::Wit(_) | TokenProfile::TransactionToken => return Ok(()),
    }
    for (claim, kind) in TELLING {
        if claims.get(claim).is_some() {
            return Err(IdentityError::OtherTokenKind { claim, kind });
        }
    }
    if !declares_access(claims)? && claims.get("nonce").is_some() {
        return Err(IdentityError::OtherTokenKind {
            claim: "nonce",
            kind: "an ID token",
        });
    }
    Ok(())
}

/// # Errors
///
/// [`IdentityError::WrongType`], unless the type `is_right`.
fn expect(
    header: &Header<'_>,
    is_right: bool,
    expected: &'static str,
) -> Result<(), IdentityError> {
    if is_right {
        return Ok(());
    }
    Err(IdentityError::WrongType {
        expected,
        found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
    })
}

fn declares_access(claims: &Claims<'_>) -> Result<bool, IdentityError> {
    let mut declared = false;
    for (claim, words) in DECLARING {
        match claims.get(claim).map(Value::as_str) {
            None => {}
            Some(Some(word)) if words.contains(&word) => declared = true,
            Some(_) => {
                return Err(IdentityError::OtherTokenKind {
                    claim,
                    kind: "another kind of token",
                });
            }
        }
    }
    Ok(declared)
}
