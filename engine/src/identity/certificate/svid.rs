//! X.509-SVIDs: workloads by the SPIFFE ID in their certificate (SPIFFE X.509-SVID).

use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectAltName};
use x509_cert::time::Time;

use super::{CertificateError, CertificateRules, ClientCertificate};
use crate::identity::binding::Confirmation;
use crate::identity::caller::{Caller, CredentialFormat, Named, VerifiedWith};
use crate::identity::spiffe_id::SpiffeId;
use crate::identity::verified::{Unverified, Verified};
use crate::identity::workload_id::WorkloadId;
use crate::time::UnixTime;

/// Who is calling, by a certificate whose path the gateway's TLS has verified.
///
/// The caller is bound to the certificate, so that each request still has to come by a connection that was made with it.
///
/// # Errors
///
/// [`CertificateError`], the first check of these that fails: that the certificate is shown and can be read, is a leaf's, is
/// valid now, has one URI SAN that is a SPIFFE ID, and is of a configured trust domain.
pub fn verify(
    certificate: &ClientCertificate,
    rules: &CertificateRules,
    now: UnixTime,
) -> Result<Verified<Caller>, CertificateError> {
    let parsed = parse(certificate.der()?)?;
    check_leaf(&parsed)?;
    let (from, to) = validity(&parsed);
    if now < from || now > to {
        return Err(CertificateError::NotValidNow { from, to, now });
    }
    let id = id(&parsed)?;
    let domain = rules
        .trust_domains
        .iter()
        .find(|one| one.trust_domain == *id.trust_domain())
        .ok_or_else(|| CertificateError::UnknownTrustDomain {
            found: id.trust_domain().clone(),
        })?;
    let named = Named {
        domain: domain.name.clone(),
        issuer: domain.trust_domain.as_str().to_owned(),
        format: CredentialFormat::X509Svid,
        subject: id.as_str().to_owned(),
        expires_at: to,
        verified_with: VerifiedWith::Tls,
        digest: certificate.digest,
    };
    let caller = Caller {
        workload: Some(WorkloadId::Spiffe(id)),
        issued_at: Some(from),
        confirmation: Some(Confirmation::X5tS256(certificate.digest)),
        ..Caller::of(named)
    };
    Ok(Unverified::new(caller).into_verified())
}

/// The SPIFFE ID of the workload that a certificate is for.
///
/// # Errors
///
/// It can't be read, or has none or several.
pub(super) fn id_of(der: &[u8]) -> Result<SpiffeId, CertificateError> {
    let parsed = parse(der)?;
    check_leaf(&parsed)?;
    id(&parsed)
}

fn parse(der: &[u8]) -> Result<Certificate, CertificateError> {
    Certificate::from_der(der).map_err(|_| CertificateError::Malformed)
}

/// No CA, no `keyCertSign`, no `cRLSign`, and `digitalSignature` (SPIFFE X.509-SVID, sections 4.1 and 4.3).
fn check_leaf(certificate: &Certificate) -> Result<(), CertificateError> {
    let malformed = |_| CertificateError::Malformed;
    let constraints = certificate.tbs_certificate.get::<BasicConstraints>();
    if constraints
        .map_err(malformed)?
        .is_some_and(|(_, constraints)| constraints.ca)
    {
        return Err(CertificateError::Authority {
            extension: "basicConstraints",
        });
    }
    let usage = certificate.tbs_certificate.get::<KeyUsage>();
    let Some((_, usage)) = usage.map_err(malformed)? else {
        return Err(CertificateError::NotForSigning);
    };
    if usage.key_cert_sign() || usage.crl_sign() {
        return Err(CertificateError::Authority {
            extension: "keyUsage",
        });
    }
    if !usage.digital_signature() {
        return Err(CertificateError::NotForSigning);
    }
    Ok(())
}

fn validity(certificate: &Certificate) -> (UnixTime, UnixTime) {
    let seconds = |time: Time| UnixTime(time.to_unix_duration().as_secs());
    let validity = certificate.tbs_certificate.validity;
    (seconds(validity.not_before), seconds(validity.not_after))
}

/// The only URI SAN, read as a SPIFFE ID that names a workload; other names in it don't matter (section 2).
fn id(certificate: &Certificate) -> Result<SpiffeId, CertificateError> {
    let names = certificate
        .tbs_certificate
        .get::<SubjectAltName>()
        .map_err(|_| CertificateError::Malformed)?;
    let uris: Vec<_> = names
        .iter()
        .flat_map(|(_, names)| &names.0)
        .filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
            GeneralName::OtherName(_)
            | GeneralName::Rfc822Name(_)
            | GeneralName::DnsName(_)
            | GeneralName::DirectoryName(_)
            | GeneralName::EdiPartyName(_)
            | GeneralName::IpAddress(_)
            | GeneralName::RegisteredId(_) => None,
        })
        .collect();
    let [uri] = uris[..] else {
        return Err(CertificateError::UriCount { count: uris.len() });
    };
    let id = SpiffeId::parse(uri)?;
    if id.path().is_empty() {
        return Err(CertificateError::TrustDomainOnly(id.trust_domain().clone()));
    }
    Ok(id)
}
