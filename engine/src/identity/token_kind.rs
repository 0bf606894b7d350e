//! Tokens that are something else than access tokens, and must never pass as one (RFC 8725, sections 3.11 and 3.12).

use super::claims::Claims;
use super::error::IdentityError;
use super::issuer::TokenProfile;
use super::jose::header::Header;
use super::{svid, transaction};
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
const PLACED: [(&str, Place, &str); 1] = [("txntoken+jwt", Place::Transaction, "`Txn-Token`")];

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
        Place::Transaction => transaction::check_type(header),
    }
}

/// Refuses every token that isn't one of the profile's.
///
/// With `at+jwt` the header says it, and nothing else is asked. All other values of `typ` are refused but, in the plain
/// profile, `JWT` and none at all, which ID tokens have too. Of those a token is refused that has a claim which only other
/// kinds have; that declares itself something else; or that has `nonce`, as ID tokens do, and doesn't declare itself an
/// access token.
pub(super) fn check(
    profile: &TokenProfile,
    header: &Header<'_>,
    claims: &Claims<'_>,
) -> Result<(), IdentityError> {
    let (explicit, plain, expected) = match profile {
        TokenProfile::Rfc9068 => (true, false, "`at+jwt`"),
        TokenProfile::PlainJwt => (true, true, "none, `JWT` or `at+jwt`"),
        TokenProfile::Ci(_) => (false, true, "none or `JWT`"),
        TokenProfile::JwtSvid => return svid::check_type(header),
        TokenProfile::TransactionToken => return transaction::check_type(header),
    };
    if explicit && header.is_type("at+jwt") {
        return Ok(());
    }
    if !(plain && (header.typ.is_none() || header.is_type("JWT"))) {
        return Err(IdentityError::WrongType {
            expected,
            found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
        });
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
