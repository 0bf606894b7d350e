//! One Biscuit made, attenuated, verified and authorized: the way through biscuit-auth that needs its clock.

use std::time::Duration;

use biscuit_auth::builder::{AuthorizerBuilder, BlockBuilder};
use biscuit_auth::datalog::RunLimits;
use biscuit_auth::error::Token;
use biscuit_auth::{Biscuit, KeyPair};

/// What the probe found, as the number that the module hands to its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Finding {
    /// The attenuated token allowed what it may and refused what it may not.
    Works = 0,
    /// A token could not be made, attenuated or read back.
    TokenFailed = 1,
    /// The operation inside the attenuated authority was refused.
    RefusedInside = 2,
    /// The operation outside the attenuated authority was allowed.
    AllowedOutside = 3,
}

/// Runs the probe. Needs a random number source.
#[must_use]
pub fn probe() -> Finding {
    let Ok(token) = attenuated() else {
        return Finding::TokenFailed;
    };
    if !allows(&token, "read") {
        return Finding::RefusedInside;
    }
    if allows(&token, "write") {
        return Finding::AllowedOutside;
    }
    Finding::Works
}

/// A token for reading and writing, attenuated to reading, after a round trip through its bytes.
fn attenuated() -> Result<Biscuit, Token> {
    let root = KeyPair::new();
    let broad = Biscuit::builder()
        .fact("right(\"read\")")?
        .fact("right(\"write\")")?
        .build(&root)?;
    let narrow = broad.append(BlockBuilder::new().check("check if operation(\"read\")")?)?;
    Biscuit::from(narrow.to_vec()?, root.public())
}

fn allows(token: &Biscuit, operation: &str) -> bool {
    authorize(token, operation).is_ok()
}

fn authorize(token: &Biscuit, operation: &str) -> Result<usize, Token> {
    let limits = RunLimits {
        max_time: Duration::from_secs(5),
        ..RunLimits::default()
    };
    AuthorizerBuilder::new()
        .fact(format!("operation(\"{operation}\")").as_str())?
        .policy("allow if operation($op), right($op)")?
        .build(token)?
        .authorize_with_limits(limits)
}

/// The probe, for a host of the compiled module.
#[expect(
    unsafe_code,
    reason = "exporting a function under its own name is `unsafe` in edition 2024"
)]
#[unsafe(no_mangle)]
pub extern "C" fn biscuit_probe() -> u32 {
    probe() as u32
}
