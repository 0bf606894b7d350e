//! Why a request's credential could not be taken.

use super::Scheme;
use crate::request::HeaderName;

/// What is wrong with what was presented. No variant holds any part of a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The field isn't there.
    #[error("there is no `{header}`: send an access token in it")]
    Missing {
        /// Where it was looked for.
        header: HeaderName,
    },
    /// The field stands there more than once (RFC 6750, section 2; RFC 9110, section 5.3).
    #[error("`{header}` stands there {count} times: send one credential")]
    Repeated {
        /// Where.
        header: HeaderName,
        /// How often.
        count: usize,
    },
    /// The field stands there more than once, with different schemes (RFC 9449, section 7.2).
    #[error("`{header}` stands there with two schemes: send one credential")]
    MixedSchemes {
        /// Where.
        header: HeaderName,
    },
    /// One field holds two credentials joined by a comma.
    #[error("`{header}` holds two credentials joined by a comma: send one")]
    Joined {
        /// Where.
        header: HeaderName,
    },
    /// The field is there but holds no credential.
    #[error("`{header}` is empty, or names a scheme and no token")]
    Empty {
        /// Where.
        header: HeaderName,
    },
    /// The value isn't UTF-8.
    #[error("`{header}` is not valid UTF-8")]
    NotText {
        /// Where.
        header: HeaderName,
    },
    /// The value is longer than the gate reads.
    #[error("`{header}` has {length} bytes, the limit is {limit}")]
    TooLong {
        /// Where.
        header: HeaderName,
        /// The value's length in bytes.
        length: usize,
        /// The longest value that is read, in bytes.
        limit: usize,
    },
    /// One word and no scheme, where the field must have one.
    #[error("`{header}` has no scheme: send `Bearer` or `DPoP` and the token")]
    NoScheme {
        /// Where.
        header: HeaderName,
    },
    /// A scheme that isn't accepted.
    #[error("`{header}` uses the scheme `{scheme}`, only `Bearer`, `DPoP` and `WPT` are accepted")]
    UnsupportedScheme {
        /// Where.
        header: HeaderName,
        /// Its registered name, or `another`; never the bytes sent, which may be a token in the wrong place.
        scheme: &'static str,
    },
    /// The token has a character that no bearer token has (RFC 6750, section 2.1, `b64token`).
    #[error("`{header}` holds a character at byte {offset} of the token that no bearer token has")]
    Malformed {
        /// Where.
        header: HeaderName,
        /// The first such byte's place in the token.
        offset: usize,
    },
    /// There are several identity tokens of workloads.
    #[error("`workload-identity-token` stands there {count} times: send one")]
    IdentityRepeated {
        /// How often.
        count: usize,
    },
    /// A workload's identity token came without the proof that goes with it.
    #[error(
        "there is no proof for the identity token: send it in `{header}` with the scheme `WPT`"
    )]
    WorkloadProofMissing {
        /// Where it was looked for.
        header: HeaderName,
    },
    /// A workload's proof came without the identity token that it is for.
    #[error("the scheme is `WPT`, and there is no `workload-identity-token`")]
    WorkloadProofAlone,
    /// A credential of another kind came beside a workload's identity token.
    #[error("a `{}` credential came beside an identity token: send one or the other", scheme.name())]
    BesideIdentity {
        /// The credential's scheme.
        scheme: Scheme,
    },
    /// There are several transaction tokens.
    #[error("`txn-token` stands there {count} times: send one")]
    TransactionRepeated {
        /// How often.
        count: usize,
    },
    /// The scheme is `DPoP`, and there is no proof.
    #[error(
        "there is no `dpop` field: send a proof in it, or a token that is not bound as `Bearer`"
    )]
    ProofMissing,
    /// There are several proofs (RFC 9449, section 4.3, check 1).
    #[error("`dpop` stands there {count} times: send one proof")]
    ProofRepeated {
        /// How often.
        count: usize,
    },
    /// The proof isn't UTF-8.
    #[error("`dpop` is not valid UTF-8")]
    ProofNotText,
    /// The proof is longer than the gate reads.
    #[error("`dpop` has {length} bytes, the limit is {limit}")]
    ProofTooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest that is read, in bytes.
        limit: usize,
    },
    /// A token in the query, where logs, caches and `Referer` would spread it (RFC 9700, section 2.6).
    #[error("the query has an `access_token`: send it in `{header}`")]
    InQuery {
        /// Where it belongs.
        header: HeaderName,
    },
}
