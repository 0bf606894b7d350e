//! A public key as parsed from a JWK (RFC 7517).

/// A public key that passed all checks of its type, ready to verify with.
#[derive(Clone, Debug)]
pub struct PublicKey;
