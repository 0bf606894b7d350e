//! A refusal with the facts that explain it.

use serde_json::Value;

use super::reason::Reason;
use crate::identity::authentication::Requirement;

/// The longest explanation that is kept, in bytes; the rest is cut off, visibly.
const MAX_TEXT: usize = 1024;

/// One request's refusal: the reason, and what explains this case of it.
///
/// Whoever refuses makes one with `Denial::from(&error)` or `Denial::from(reason)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    reason: Reason,
    detail: Option<String>,
    policies: Vec<String>,
    remedy: Option<String>,
    scopes: Vec<String>,
    step_up: Option<Box<Requirement>>,
    authorization: Option<Box<Value>>,
    allow: Option<String>,
    protocol_facts: Vec<(&'static str, Value)>,
}

impl Denial {
    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What was wrong with this request in particular. May quote the request, so it never goes into a header.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Ids of the policies that determined it.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// What would make the request succeed: what a policy says, else what the reason says.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.reason.facts().remedy)
    }

    /// The scopes that would be enough, for the challenge.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// How the user must have been authenticated, for the challenge (RFC 9470).
    #[must_use]
    pub fn step_up(&self) -> Option<&Requirement> {
        self.step_up.as_deref()
    }

    /// The `authorization_details` (RFC 9396) that would be enough, constraints aside.
    #[must_use]
    pub fn authorization(&self) -> Option<&Value> {
        self.authorization.as_deref()
    }

    /// The value of `Allow` (RFC 9110, section 10.2.1), where the method is at fault.
    #[must_use]
    pub fn allow(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// Members that the protocol itself requires in the error's data.
    pub(super) fn protocol_facts(&self) -> &[(&'static str, Value)] {
        &self.protocol_facts
    }

    /// Explains this case; what is longer than a kilobyte is cut.
    #[must_use]
    pub fn with_detail(mut self, detail: &str) -> Self {
        self.detail = Some(shortened(detail));
        self
    }

    /// Names the policies that determined it.
    #[must_use]
    pub fn with_policies(mut self, policies: Vec<String>) -> Self {
        self.policies = policies;
        self
    }

    /// Says what would make it succeed, in place of the reason's general advice.
    #[must_use]
    pub fn with_remedy(mut self, remedy: &str) -> Self {
        self.remedy = Some(shortened(remedy));
        self
    }

    /// Names all scopes that the request needs (RFC 6750, section 3).
    #[must_use]
    pub fn with_scopes(mut self, scopes: Vec<String>) -> Self {
        self.scopes = scopes;
        self
    }

    /// Says how the user must have been authenticated (RFC 9470).
    #[must_use]
    pub fn with_step_up(mut self, wanted: Requirement) -> Self {
        self.step_up = Some(Box::new(wanted));
        self
    }

    /// Says what the token's `authorization_details` would have to be (RFC 9396).
    #[must_use]
    pub fn with_authorization(mut self, details: Value) -> Self {
        self.authorization = Some(Box::new(details));
        self
    }

    /// Names the methods that are allowed, separated by commas.
    #[must_use]
    pub fn with_allow(mut self, methods: &str) -> Self {
        self.allow = Some(methods.to_owned());
        self
    }

    /// Adds a member that the protocol requires in the error's data, and that is sent in opaque answers too.
    pub(super) fn with_protocol_fact(mut self, name: &'static str, fact: Value) -> Self {
        self.protocol_facts.push((name, fact));
        self
    }
}

impl From<Reason> for Denial {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            detail: None,
            policies: Vec::new(),
            remedy: None,
            scopes: Vec::new(),
            step_up: None,
            authorization: None,
            allow: None,
            protocol_facts: Vec::new(),
        }
    }
}

/// `text`, or its beginning and `...`.
fn shortened(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let (kept, _) = text.split_at(text.floor_char_boundary(MAX_TEXT));
    format!("{kept}...")
}
