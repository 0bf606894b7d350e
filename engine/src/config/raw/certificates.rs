//! Client certificates as people write them.

use serde::Deserialize;

/// Which client certificates say who is calling. A token that is bound to one (RFC 8705) needs nothing of this.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct ClientCertificates {
    /// Who verifies that a certificate is of an authority that may issue it. The host doesn't tell whether anybody did, so
    /// nothing is believed without this.
    pub verified_by: Option<VerifiedBy>,
    /// The trust domains whose workloads may call with an X.509-SVID, on routes that say so.
    pub trust_domains: Vec<CertificateDomain>,
    /// The proxies between clients and the gateway whose `x-forwarded-client-cert` is believed. The field is removed from
    /// everybody else's requests as soon as one is named.
    pub trusted_hops: Vec<TrustedHop>,
}

/// Who verifies the path of client certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum VerifiedBy {
    /// Every listener that leads here: in Envoy by `validation_context.trusted_ca` or its SPIFFE validator, and never with
    /// `trust_chain_verification: ACCEPT_UNTRUSTED`.
    Gateway,
}

/// A trust domain whose certificates are accepted.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct CertificateDomain {
    /// The short name that policies and records use: `a-z`, `0-9` and `-`, at most 64 characters. The same as an issuer's only
    /// where that is the same trust domain.
    pub name: String,
    /// The trust domain, such as `acme.example`.
    pub trust_domain: String,
}

/// A proxy whose `x-forwarded-client-cert` is believed: exactly one of the two. It has to write the field anew
/// (`SANITIZE_SET` in Envoy), and the gateway to leave it as it is (`ALWAYS_FORWARD_ONLY`).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct TrustedHop {
    /// The SPIFFE ID in the certificate with which it connects.
    pub spiffe_id: Option<String>,
    /// The SHA-256 digest of that certificate: 64 hexadecimal digits.
    pub sha256: Option<String>,
}
