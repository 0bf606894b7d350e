//! What the gateway knows of the client's connection.

use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::certificate::pem;
use bailiwick_engine::ports::{Connection, PeerCertificate};

use crate::host;

/// The connection of the request that is being handled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Downstream;

impl Connection for Downstream {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        let digest = host::property(&["connection", "sha256_peer_certificate_digest"]).ok()?;
        Some(PeerCertificate {
            digest: Digest::from_hex(&digest)?,
        })
    }

    fn peer_certificate_der(&self) -> Option<Vec<u8>> {
        // Envoy has it as PEM.
        let text = host::property(&["connection", "peer_certificate"]).ok()?;
        pem::decode(&text)
    }
}
