//! Attenuating agent tokens (draft-niyikiza-oauth-attenuating-agent-tokens-02) on the command line: read, made and judged.

mod constraint;
mod draft;
mod narrowing;
mod presented;
mod raw;
mod tools;
mod trust;

pub(crate) use self::draft::{Draft, PROOF, TOKEN, sign, signing_hash};
pub(crate) use self::narrowing::{Narrowing, NarrowingError};
pub(crate) use self::presented::{NotPresented, Presented};
pub(crate) use self::raw::RawObject;
pub(crate) use self::tools::Tools;
pub(crate) use self::trust::{ALGORITHMS, Trust, claimed};
