//! `WWW-Authenticate`: the schemes that a client can authenticate with, and what was wrong with what it sent.
//!
//! One field per scheme that is accepted, `Bearer` first: HTTP lets a recipient join them with commas (RFC 9110, section
//! 11.6.1), and today's MCP clients read the scheme that then stands first. An error is told in the challenge of the scheme
//! that was used (RFC 9449, section 7.2); what is true of the resource stands in each.
//!
//! Everything in a challenge is ours or from the configuration; nothing is from the request, but the action that a token would
//! have to grant, in base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::answer::Challenge;
use super::denial::Denial;
use super::wire::Detail;
use crate::credential::Scheme;

/// What a client can authenticate with: the same for every request of one route.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The protection space (RFC 9110, section 11.5).
    pub realm: &'a str,
    /// Is a token accepted that comes as [`Scheme::Bearer`]?
    pub bearer: bool,
    /// The algorithms of proofs, separated by spaces, where a token is accepted that comes as [`Scheme::Dpop`].
    pub dpop: Option<&'a str>,
    /// Is a workload's identity token accepted, with its proof as [`Scheme::Wpt`]?
    pub workloads: bool,
    /// The scopes that a token needs here; a denial may name more.
    pub scopes: &'a [String],
    /// Where the protected resource's metadata stands (RFC 9728, section 5.1).
    pub resource_metadata: Option<&'a str>,
}

impl Offer<'_> {
    /// The scopes that a token needs here, with those that a denial names beside them: all at once, lest a client comes back with a
    /// token for the one and without the other.
    pub(super) fn all_scopes(&self, denial: &Denial) -> Vec<String> {
        let own = denial.scopes().iter();
        let own = own.filter(|scope| !self.scopes.contains(scope));
        self.scopes.iter().chain(own).cloned().collect()
    }
}

/// The values of `WWW-Authenticate`, one for each accepted scheme; none where another credential would not help. `used` is
/// the scheme that the client presented its credential by, where it did.
pub(super) fn values(
    denial: &Denial,
    offer: &Offer<'_>,
    used: Option<Scheme>,
    detail: Detail,
) -> Vec<String> {
    let challenge = denial.reason().answer().challenge();
    if challenge == Challenge::None {
        return Vec::new();
    }
    let bearer = offer.bearer.then_some((Scheme::Bearer, None));
    let dpop = offer
        .dpop
        .map(|algorithms| (Scheme::Dpop, Some(algorithms)));
    let workloads =
        (offer.workloads || challenge == Challenge::WorkloadProof).then_some((Scheme::Wpt, None));
    let offered: Vec<_> = bearer.into_iter().chain(dpop).chain(workloads).collect();
    let used = match challenge {
        Challenge::InvalidProof | Challenge::UseNonce => Some(Scheme::Dpop),
        Challenge::WorkloadProof => Some(Scheme::Wpt),
        Challenge::None
        | Challenge::Bare
        | Challenge::InvalidRequest
        | Challenge::InvalidToken
        | Challenge::InsufficientAuthentication
        | Challenge::InsufficientAuthorization
        | Challenge::InsufficientScope => used,
    };
    let at_fault = offered
        .iter()
        .map(|(scheme, _)| *scheme)
        .find(|scheme| Some(*scheme) == used)
        .or_else(|| offered.first().map(|(scheme, _)| *scheme));
    offered
        .iter()
        .map(|(scheme, algorithms)| {
            let error = (Some(*scheme) == at_fault).then_some(challenge);
            value(denial, offer, (*scheme, *algorithms), error, detail)
        })
        .collect()
}

/// One scheme's challenge: RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3; RFC 9728, section 5.1;
/// draft-ietf-oauth-rar-metadata-remediation-00, section 4.
fn value(
    denial: &Denial,
    offer: &Offer<'_>,
    (scheme, algorithms): (Scheme, Option<&str>),
    error: Option<Challenge>,
    detail: Detail,
) -> String {
    let explain = detail == Detail::Explain;
    let mut value = Value::new(scheme);
    if scheme == Scheme::Wpt {
        // It has no parameters (draft-ietf-wimse-wpt-02, section 2.1).
        return value.0;
    }
    value.parameter("realm", offer.realm);
    if let Some(code) = error.and_then(Challenge::error) {
        value.parameter("error", code);
        if explain {
            value.parameter("error_description", denial.reason().facts().title);
        }
    }
    if let Some(wanted) = denial.step_up().filter(|_| explain && error.is_some()) {
        if !wanted.acr_values.is_empty() {
            value.parameter("acr_values", &wanted.acr_values.join(" "));
        }
        if let Some(span) = wanted.max_age {
            value.parameter("max_age", &span.0.to_string());
        }
    }
    if let Some(details) = denial
        .authorization()
        .filter(|_| explain && error.is_some())
    {
        let remediation = json!({ "authorization_details": details }).to_string();
        let remediation = URL_SAFE_NO_PAD.encode(remediation);
        value.parameter("authorization_remediation", &remediation);
    }
    let scopes = offer.all_scopes(denial);
    if explain && !scopes.is_empty() {
        value.parameter("scope", &scopes.join(" "));
    }
    if let Some(algorithms) = algorithms {
        value.parameter("algs", algorithms);
    }
    if let Some(url) = offer.resource_metadata {
        value.parameter("resource_metadata", url);
    }
    value.0
}

/// A challenge in the making: a scheme, and parameters separated by commas (RFC 9110, section 11.2).
struct Value(String);

impl Value {
    fn new(scheme: Scheme) -> Self {
        Self(scheme.name().to_owned())
    }

    /// Adds a parameter as a `quoted-string` (RFC 9110, section 5.6.4) that needs no escapes.
    fn parameter(&mut self, name: &str, text: &str) {
        let separator = if self.0.ends_with('"') { ", " } else { " " };
        self.0.push_str(separator);
        self.0.push_str(name);
        self.0.push_str("=\"");
        self.0.extend(text.chars().map(visible));
        self.0.push('"');
    }
}

/// Visible ASCII and the space as they are; the quote, the backslash and everything else as `?`.
pub(super) const fn visible(c: char) -> char {
    match c {
        '"' | '\\' => '?',
        ' '..='~' => c,
        _ => '?',
    }
}

#[cfg(test)]
mod tests;
