//! Client certificates of connections, as a host shows them.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::sha2::{Digest as _, Sha256};
use thiserror::Error;

/// A certificate of the test folder.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pem: String,
    /// Its DER form.
    pub(super) der: Vec<u8>,
}

/// Why a certificate can't be used.
#[derive(Debug, Error)]
pub(super) enum CertificateFileError {
    /// The file can't be read.
    #[error("can't read the certificate `{name}`: {source}")]
    Read {
        /// Its name.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file isn't PEM.
    #[error("the certificate `{name}` is no PEM")]
    NotPem {
        /// Its name.
        name: String,
    },
}

impl Certificate {
    /// Reads `name.crt` in `folder`.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Self, CertificateFileError> {
        let pem =
            std::fs::read_to_string(folder.join(format!("{name}.crt"))).map_err(|source| {
                CertificateFileError::Read {
                    name: name.to_owned(),
                    source,
                }
            })?;
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD
            .decode(base64)
            .map_err(|_| CertificateFileError::NotPem {
                name: name.to_owned(),
            })?;
        Ok(Self { pem, der })
    }

    /// SHA-256 of its DER form.
    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The same in hexadecimal, as Envoy writes it.
    pub(super) fn hash(&self) -> String {
        let digest = self.digest();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As `Cert` of `x-forwarded-client-cert` has it.
    pub(super) fn percent_encoded(&self) -> String {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        self.pem.bytes().map(encode).collect()
    }

    /// The properties of a connection that was made with it, as Envoy 1.40 has them: path with zero bytes, value.
    pub(super) fn properties(&self) -> [(Vec<u8>, Vec<u8>); 3] {
        [
            ("mtls", vec![1]),
            ("sha256_peer_certificate_digest", self.hash().into_bytes()),
            ("peer_certificate", self.pem.clone().into_bytes()),
        ]
        .map(|(name, value)| (format!("connection\0{name}").into_bytes(), value))
    }
}
