//! Why a request's signature was refused.

use crate::excerpt::Excerpt;
use crate::identity::binding::target::TargetError;
use crate::identity::issuer::IssuerName;
use crate::identity::replay::ReplayError;
use crate::time::UnixTime;

use super::structured::MAX_FIELD_BYTES;

/// Which check a signature failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpSignatureError {
    /// A field is not what its definition says.
    #[error("{0}")]
    Field(#[from] FieldError),
    /// More than is read.
    #[error("there are {count} {what}, the limit is {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
    /// There is no list of components, or no signature, under a label.
    #[error(
        "`signature-input` and `signature` don't both have `{label}`, as a list and a byte sequence"
    )]
    Unpaired {
        /// The label.
        label: Excerpt,
    },
    /// A parameter is not what its definition says.
    #[error("the signature's `{parameter}` is not {expected}")]
    ParameterInvalid {
        /// Its name.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// Several signatures are for the same purpose, so that two readers could take different ones.
    #[error("{count} signatures have the tag `{tag}`: send one")]
    Repeated {
        /// The tag.
        tag: Excerpt,
        /// How many.
        count: usize,
    },
    /// A covered component can't be had from the request.
    #[error("{0}")]
    Component(#[from] ComponentError),
    /// A parameter that has to be there isn't.
    #[error("the signature has no `{parameter}`")]
    ParameterMissing {
        /// Its name.
        parameter: &'static str,
    },
    /// Nobody of that name is configured.
    #[error("no configured agent is called `{found}`")]
    UnknownAgent {
        /// The value of `Signature-Agent`.
        found: Excerpt,
    },
    /// There are several agents that it could be of.
    #[error("there is no `signature-agent`, which says whose signature it is")]
    AgentNotNamed,
    /// It is not over all that it must be over.
    #[error("the signature does not cover {missing}")]
    CoversTooLittle {
        /// What is missing, for people: identifiers in backticks.
        missing: String,
    },
    /// `created` lies ahead, skew included.
    #[error("the signature was made at {at}, now is {now}")]
    FromFuture {
        /// The value of `created`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// `expires` has passed, or `created` is too long ago, skew included.
    #[error("the signature was good until {at}, now is {now}")]
    Expired {
        /// Whichever is earlier.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// The agent's keys were not loaded yet, or the key is unknown and a fresh set may be fetched: wait, then try again.
    #[error("the keys of the agent `{agent}` are being fetched")]
    KeysPending {
        /// The agent.
        agent: IssuerName,
    },
    /// The agent's keys could not be loaded, or their grace is over.
    #[error("the keys of the agent `{agent}` are not available")]
    KeysUnavailable {
        /// The agent.
        agent: IssuerName,
    },
    /// The agent has no such key.
    #[error("the agent `{agent}` has no key whose thumbprint is `{key}`")]
    UnknownKey {
        /// The agent.
        agent: IssuerName,
        /// The value of `keyid`.
        key: Excerpt,
    },
    /// `alg` is not what the key is for.
    #[error("the key of the agent `{agent}` is for `{expected}`, the signature says `{found}`")]
    OtherAlgorithm {
        /// The agent.
        agent: IssuerName,
        /// The key's algorithm, by its name in signatures.
        expected: &'static str,
        /// The value of `alg`.
        found: Excerpt,
    },
    /// It isn't known what the request is for.
    #[error("the request's own URI can't be read: {0}")]
    NoTarget(#[from] TargetError),
    /// It doesn't verify.
    #[error("the signature does not verify with the key of the agent `{agent}`")]
    BadSignature {
        /// The agent.
        agent: IssuerName,
    },
    /// Its nonce can't be let in.
    #[error("the signature's nonce: {0}")]
    Replay(#[from] ReplayError),
    /// `Content-Digest` has no digest by an algorithm that is still good, or not the one that is covered.
    #[error("`content-digest` has no `sha-256` or `sha-512` that the signature covers")]
    DigestUnusable,
    /// There is a body, and nothing that is signed says which.
    #[error("there is a body, and no `content-digest` that the signature covers")]
    DigestMissing,
    /// `Content-Digest` is covered, and nobody reads the body here.
    #[error("the signature covers `content-digest`, and bodies are not read on this route")]
    ContentNotRead,
    /// The body is another one than was signed.
    #[error("the body is not what `content-digest` says")]
    OtherContent,
}

/// A field that is not what its definition says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Longer than is read.
    #[error("`{field}` has {length} bytes, the limit is {MAX_FIELD_BYTES}")]
    TooLong {
        /// The field.
        field: Excerpt,
        /// All its values together, in bytes.
        length: usize,
    },
    /// A control character, such as a folded line has.
    #[error("`{field}` has a control character")]
    Control {
        /// The field.
        field: Excerpt,
    },
    /// Something else than ASCII.
    #[error("`{field}` is not ASCII: cover it with `bs`")]
    NotAscii {
        /// The field.
        field: Excerpt,
    },
    /// Not the structured field that it should be (RFC 9651).
    #[error("`{field}` is not {expected}")]
    NotStructured {
        /// The field.
        field: Excerpt,
        /// What it should be.
        expected: &'static str,
    },
}

/// A component that can't be had from a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// An identifier begins with a string.
    #[error("a covered component is no string")]
    NotText,
    /// No request has that.
    #[error("the component `{name}` is not one of a request")]
    Unknown {
        /// Its name.
        name: Excerpt,
    },
    /// A parameter that isn't supported, or not together with the others.
    #[error("the component parameter `{parameter}` is not supported here")]
    Parameter {
        /// Its name.
        parameter: Excerpt,
    },
    /// It stands there twice: in the list, or in the query.
    #[error("the component `{component}` stands there more than once")]
    Repeated {
        /// Which.
        component: Excerpt,
    },
    /// The request doesn't have it.
    #[error("the component `{component}` is not in the request")]
    Missing {
        /// Which.
        component: Excerpt,
    },
    /// Its value has no place in a signature base.
    #[error("the component `{component}` has a character that is not visible ASCII")]
    NotAscii {
        /// Which.
        component: Excerpt,
    },
    /// The field can't be read.
    #[error("{0}")]
    Field(#[from] FieldError),
}
