//! What a deny-list names a block by.

use p256::ecdsa::Signature;
use std::fmt::Write as _;

/// The revocation id of one block: its signature in hexadecimal, lower case.
///
/// A signature by a `secp256r1` key has a twin, with the other of two values that verify alike (RFC 6979 and X9.62 allow both), and
/// whoever holds a token can put the one in the other's place. So a list is asked for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationId {
    id: String,
    twin: Option<String>,
}

impl RevocationId {
    pub(super) fn of(signature: &[u8]) -> Self {
        Self {
            id: hexadecimal(signature),
            twin: twin(signature).map(|twin| hexadecimal(&twin)),
        }
    }

    /// The id as the token has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// The same id with the signature's twin, where it has one.
    #[must_use]
    pub fn twin(&self) -> Option<&str> {
        self.twin.as_deref()
    }

    pub(super) fn is_denied(&self, denied: &dyn Fn(&str) -> bool) -> bool {
        denied(&self.id) || self.twin.as_deref().is_some_and(denied)
    }
}

/// The other signature that verifies where this one does; none for Ed25519, which has no such.
fn twin(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = Signature::from_der(signature).ok()?.split_scalars();
    let twin = Signature::from_scalars(r, -s).ok()?;
    Some(twin.to_der().as_bytes().to_vec())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
