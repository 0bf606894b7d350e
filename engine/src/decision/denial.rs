//! A refusal with the facts that explain it.

use std::sync::Arc;

use serde_json::Value;

use super::answer::Challenge;
use super::challenge::Offer;
use super::reason::Reason;
use super::remedy::Widened;
use crate::identity::authentication::Requirement;
use crate::policy::denial::PolicyNote;

/// The longest explanation that is kept, in bytes; the rest is cut off, visibly.
const MAX_TEXT: usize = 1024;

/// Of how many policies the remedies are told.
const MAX_REMEDIES: usize = 8;

/// One request's refusal: the reason, and what explains this case of it.
///
/// Whoever refuses makes one with `Denial::from(&error)` or `Denial::from(reason)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    reason: Reason,
    detail: Option<String>,
    message: Option<u8>,
    policies: Vec<String>,
    remedy: Option<String>,
    notes: Vec<Arc<PolicyNote>>,
    scopes: Vec<String>,
    step_up: Option<Box<Requirement>>,
    authorization: Option<Box<Value>>,
    resource_metadata: Option<String>,
    widened: Option<Box<Widened>>,
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

    /// Which message of a batch is at fault, counted from 1.
    #[must_use]
    pub const fn message(&self) -> Option<u8> {
        self.message
    }

    /// Ids of the policies that determined it.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// What would make the request succeed, as text: what the policies say, else what the reason says. [`super::remedy::Remedy`] is
    /// the whole of it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.reason.facts().remedy)
    }

    /// The policies that say what would be permitted.
    #[must_use]
    pub fn notes(&self) -> &[Arc<PolicyNote>] {
        &self.notes
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

    /// Where the resource's metadata stands (RFC 9728), where another credential would help.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.resource_metadata.as_deref()
    }

    /// Where the chain of delegation widens, if that is why.
    #[must_use]
    pub fn widened(&self) -> Option<&Widened> {
        self.widened.as_deref()
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

    /// Says which message of a batch is at fault, counted from 1.
    #[must_use]
    pub fn of_message(mut self, number: usize) -> Self {
        self.message = u8::try_from(number).ok();
        let detail = match &self.detail {
            Some(detail) => format!("message {number} of the batch: {detail}"),
            None => format!("message {number} of the batch"),
        };
        self.with_detail(&detail)
    }

    /// Would a token with more scopes, or after another login, help? It is known that nothing else is in the way.
    #[must_use]
    pub const fn is_for_token(&self) -> bool {
        !self.scopes.is_empty() || self.step_up.is_some()
    }

    /// The same, with what else the token lacks for this request, by another denial of it, so that a client is told all at once. Nothing,
    /// where no login would be enough for both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let step_up = match (&self.step_up, &other.step_up) {
            (Some(one), Some(other)) => Some(Box::new(one.and(other)?)),
            (one, other) => one.as_ref().or(other.as_ref()).cloned(),
        };
        // A login is what the client has to see to first.
        let first = if self.step_up.is_none() && other.step_up.is_some() {
            other
        } else {
            self
        };
        let both = Self {
            reason: first.reason,
            message: first.message,
            step_up,
            scopes: united(&self.scopes, &other.scopes),
            policies: united(&self.policies, &other.policies),
            ..self.clone()
        };
        let details = [&self.detail, &other.detail].into_iter().flatten();
        let details: Vec<_> = details.map(String::as_str).collect();
        let notes = [&*self.notes, &*other.notes].concat();
        Some(both.with_detail(&details.join("; ")).with_remedies(&notes))
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

    /// Takes what policies say would be permitted, in place of the reason's general advice.
    #[must_use]
    pub(super) fn with_remedies(mut self, notes: &[Arc<PolicyNote>]) -> Self {
        let saying = notes.iter().filter(|note| note.remedy.is_some());
        self.notes = saying.take(MAX_REMEDIES).cloned().collect();
        let texts = self.notes.iter().filter_map(|note| note.remedy.as_ref());
        let texts: Vec<_> = texts.map(|remedy| remedy.text.as_str()).collect();
        if texts.is_empty() {
            return self;
        }
        let text = texts.join("; ");
        self.with_remedy(&text)
    }

    /// Says at which hop, and of what, a chain claims more than it was given.
    #[must_use]
    pub(super) fn with_widened(mut self, widened: Widened) -> Self {
        self.widened = Some(Box::new(widened));
        self
    }

    /// Adds what a route says of the credentials that it takes, where another credential would help.
    #[must_use]
    pub fn with_offer(mut self, offer: &Offer<'_>) -> Self {
        if self.reason.answer().challenge() != Challenge::None {
            self.scopes = offer.all_scopes(&self);
            self.resource_metadata = offer.resource_metadata.map(str::to_owned);
        }
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
            message: None,
            policies: Vec::new(),
            remedy: None,
            notes: Vec::new(),
            scopes: Vec::new(),
            step_up: None,
            authorization: None,
            resource_metadata: None,
            widened: None,
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

/// All of both, each once.
pub(crate) fn united(one: &[String], other: &[String]) -> Vec<String> {
    let new = other.iter().filter(|text| !one.contains(text));
    one.iter().chain(new).cloned().collect()
}
