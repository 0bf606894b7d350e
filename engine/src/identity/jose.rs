//! JOSE (RFC 7515 to 7519, 8725bis): compact serialization, strict headers, keys and algorithms.

pub mod algorithm;
pub mod compact;
pub mod der;
pub(super) mod ecdsa;
pub mod header;
pub mod jwk;
pub mod key;
pub mod keyset;
pub mod rsa;
pub mod verifier;
