//! Why a Biscuit is refused.

use std::fmt;

use super::limits::Measure;
use crate::delegation::exercise::NotPermitted;
use crate::excerpt::Excerpt;
use crate::time::UnixTime;

/// What is wrong with a token, whatever it is used for. Block 0 is the authority block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More bytes than the gate reads.
    #[error("the token has more than {limit} bytes: state less in its blocks")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// It isn't base64url.
    #[error("the token is not base64url")]
    NotBase64,
    /// It isn't a Biscuit's message.
    #[error("the token is not a Biscuit: its outermost message can't be read")]
    NotBiscuit,
    /// Attenuated too often.
    #[error(
        "the token has {found} blocks, more than {limit}: ask for a fresh one instead of attenuating it again"
    )]
    TooManyBlocks {
        /// How many it has.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// It names a root key that isn't configured.
    #[error("the token names the root key {id}, which is not configured")]
    RootUnknown {
        /// The id.
        id: u32,
    },
    /// It names no root key, and none is configured for such tokens.
    #[error(
        "the token names no root key, and none is configured for tokens without one: issue it with `root_key_id`"
    )]
    RootUnnamed,
    /// A block is signed by somebody who is not known.
    #[error("block {block} is signed by a third party whose key is not configured")]
    ThirdPartyUnknown {
        /// Which.
        block: usize,
    },
    /// Some signature, the proof, or the seal doesn't verify.
    #[error("the token's signatures do not verify")]
    Signature,
    /// A block's content can't be read.
    #[error("block {block} can't be read: {why}")]
    Unreadable {
        /// Which.
        block: usize,
        /// In what respect.
        why: Unreadable,
    },
    /// It has more of something than the gate works with.
    #[error("the token has more than {limit} {measure}: state less in its blocks")]
    TooMuch {
        /// Of what.
        measure: Measure,
        /// The limit.
        limit: usize,
    },
    /// A regular expression is put together while it is evaluated, so that nothing can be said about its cost.
    #[error("block {block} computes a regular expression: write it out as a text")]
    PatternComputed {
        /// Which block.
        block: usize,
    },
    /// A regular expression that isn't one, or compiles to too large a program.
    #[error(
        "block {block} matches `{pattern}`, which is no regular expression or takes too much: write a shorter one"
    )]
    PatternRefused {
        /// Which block.
        block: usize,
        /// The expression.
        pattern: Excerpt,
    },
    /// The authority block states what only the gate can know.
    #[error("the authority block states `{name}`, which only the gate says: rename its facts")]
    FactReserved {
        /// The fact's name.
        name: Excerpt,
    },
    /// A rule of the authority block derives what tokens are bound or named by, and only facts are read for that.
    #[error(
        "the authority block derives `{name}` by a rule, which would have no effect: state it as a fact"
    )]
    FactDerived {
        /// The fact's name.
        name: Excerpt,
    },
    /// It names more than one subject.
    #[error("the authority block names several subjects: name one")]
    SubjectAmbiguous,
    /// It names more than one agent.
    #[error("the authority block names several agents: name one")]
    AgentAmbiguous,
    /// It names more than one holder's key.
    #[error("the authority block names several holder's keys: name one")]
    HolderAmbiguous,
    /// It names a holder's key that is no thumbprint.
    #[error(
        "the authority block names a holder's key that is no thumbprint: 43 characters of base64url"
    )]
    HolderUnreadable,
    /// Some check of it fails from this time on.
    #[error("the token has expired at {at}: get or make a fresh one")]
    Expired {
        /// When.
        at: UnixTime,
    },
    /// Nothing is known of when it ends.
    #[error(
        "no check says until when the token lasts: add a block with `check if time($t), $t < ...`"
    )]
    Endless,
    /// A block's revocation id is on the deny-list.
    #[error("block {block} is revoked")]
    Revoked {
        /// Which.
        block: usize,
    },
}

/// In what respect a block can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a block's message, or a version of Datalog that isn't 3.0 to 3.3, or what such a version doesn't have.
    #[error("it is not Datalog 3.0 to 3.3")]
    Format,
    /// It names a text or a key that no block declares, or declares one again.
    #[error("it names or declares a text or key wrongly")]
    Symbol,
    /// A rule's or check's head names a variable that its body doesn't.
    #[error("the head of a rule names a variable that its body does not")]
    Unbound,
}

/// Why a token that was verified doesn't allow a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// The authority block doesn't grant it.
    #[error("the authority block grants no such thing: {0}")]
    NotGranted(NotPermitted),
    /// A check of a block says no.
    #[error("{}", checks_failed(.failed, *.others))]
    ChecksFailed {
        /// The first that failed, at most [`JudgeError::SHOWN`].
        failed: Vec<FailedCheck>,
        /// How many others failed.
        others: usize,
    },
    /// A rule or check can't be evaluated: it compares what can't be compared, overflows, or calls what there is not.
    #[error("a rule or check can't be evaluated: {why}")]
    NotEvaluable {
        /// The reason.
        why: &'static str,
    },
    /// The token is bound to a key, and the caller has shown none.
    #[error("the token is bound to a key: send a proof of possession with it")]
    HolderUnproven,
    /// The token is bound to another key.
    #[error("the token is bound to another key than the caller's")]
    HolderMismatch,
    /// A check reads the call's arguments, and one of them can't be told.
    #[error(
        "the number `{number}` of argument `{argument}` is no integer of 64 bits, and no other can be given to the token's checks"
    )]
    ArgumentInexact {
        /// The argument's name.
        argument: Excerpt,
        /// The number as it was sent.
        number: Excerpt,
    },
    /// Facts about the call and facts of the token are too many together, or rules derive too many.
    #[error("there are more than {limit} facts: state or derive less")]
    TooManyFacts {
        /// The limit.
        limit: usize,
    },
    /// Rules still derive facts after all rounds.
    #[error("rules derive facts for more than {limit} rounds: make them end")]
    TooManyRounds {
        /// The limit.
        limit: usize,
    },
    /// The next thing to be evaluated could take more steps than are left.
    #[error(
        "rules and checks could take {steps} steps, more than {limit}: join fewer facts in one of them"
    )]
    TooCostly {
        /// What was spent, and what the next thing could take.
        steps: u64,
        /// The limit.
        limit: u64,
    },
}

impl JudgeError {
    /// How many failed checks are told.
    pub const SHOWN: usize = 8;
}

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// The block that it stands in; none for a check of the authorizer's own.
    pub block: Option<usize>,
    /// Its place there, the first being 0.
    pub check: usize,
    /// The start of its source.
    pub source: Excerpt,
}

impl fmt::Display for FailedCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.block {
            Some(block) => write!(f, "check {} of block {block} fails", self.check)?,
            None => write!(f, "check {} of the authorizer fails", self.check)?,
        }
        write!(f, ": `{}`", self.source)
    }
}

fn checks_failed(failed: &[FailedCheck], others: usize) -> String {
    let first = failed.first().map(ToString::to_string).unwrap_or_default();
    match failed.len().saturating_sub(1).saturating_add(others) {
        0 => first,
        more => format!("{first}, and {more} more"),
    }
}
