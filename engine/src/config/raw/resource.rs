//! Protected resources as people write them.

use serde::Deserialize;

/// A protected resource (RFC 9728). The gate serves its metadata at `/.well-known/oauth-protected-resource`, followed by the
/// path of its identifier, to everybody; challenges on its routes say where that is.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Resource {
    /// Its identifier: the `https` URL that clients call it by, such as `https://gateway.example/mcp`. Tokens for it have this
    /// as `aud`, and its metadata is served on this host.
    pub resource: String,
    /// The identifiers of the authorization servers that give tokens for it: by default those of all `issuers` of access
    /// tokens that are `https` URLs.
    pub authorization_servers: Option<Vec<String>>,
    /// The scopes that clients may ask for: by default those that its routes need.
    pub scopes_supported: Option<Vec<String>>,
    /// Whether every token for it is bound to a key by DPoP (RFC 9449). It says so to clients only; a route asks for it with
    /// `sender_constrained`.
    pub dpop_bound_access_tokens_required: Option<bool>,
    /// Whether tokens for it can be bound to a client certificate (RFC 8705). It says so to clients only.
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    /// Its name, for people.
    pub resource_name: Option<String>,
    /// Where people find how to use it, a URL.
    pub resource_documentation: Option<String>,
    /// Where people find how its data may be used, a URL.
    pub resource_policy_uri: Option<String>,
    /// Where people find its terms of service, a URL.
    pub resource_tos_uri: Option<String>,
}
