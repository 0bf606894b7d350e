//! The two messages of Envoy's `verify_signature`
//! (`envoy.source.extensions.common.wasm.VerifySignatureArguments` and `VerifySignatureResult`).

use crate::protobuf::{Content, Fields, NotAMessage, push_bytes};

/// The arguments, encoded.
pub(super) fn arguments(hash: &str, spki: &[u8], signature: &[u8], text: &[u8]) -> Vec<u8> {
    const HASH_FUNCTION: u8 = 1;
    const PUBLIC_KEY: u8 = 2;
    const SIGNATURE: u8 = 3;
    const TEXT: u8 = 4;
    let mut message = Vec::new();
    push_bytes(&mut message, HASH_FUNCTION, hash.as_bytes());
    push_bytes(&mut message, PUBLIC_KEY, spki);
    push_bytes(&mut message, SIGNATURE, signature);
    push_bytes(&mut message, TEXT, text);
    message
}

/// Whether the result says that the signature is right: no field, no yes.
///
/// # Errors
///
/// The bytes are no message.
pub(super) fn verdict(message: &[u8]) -> Result<bool, NotAMessage> {
    const RESULT: u64 = 1;
    let mut is_right = false;
    for field in Fields::of(message) {
        if let (RESULT, Content::Varint(result)) = field? {
            is_right = result != 0;
        }
    }
    Ok(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_four_fields_with_lengths() {
        let key = [7; 200];
        let message = arguments("sha256", &key, b"s", b"");
        let mut expected = b"\x0a\x06sha256\x12\xc8\x01".to_vec();
        expected.extend_from_slice(&key);
        expected.extend_from_slice(b"\x1a\x01s\x22\x00");
        assert_eq!(message, expected);
    }

    #[test]
    fn only_an_explicit_yes_is_a_yes() {
        let rows: [(&str, &[u8], Result<bool, NotAMessage>); 8] = [
            ("yes", b"\x08\x01", Ok(true)),
            ("no", b"\x08\x00", Ok(false)),
            ("no fields", b"", Ok(false)),
            ("only an error", b"\x12\x03bad", Ok(false)),
            ("no, with an error", b"\x08\x00\x12\x03bad", Ok(false)),
            ("yes, after an error", b"\x12\x01x\x08\x01", Ok(true)),
            ("yes as text", b"\x0a\x01\x01", Ok(false)),
            ("no message", b"\x08\x01\x12\x09", Err(NotAMessage)),
        ];
        for (name, message, expected) in rows {
            assert_eq!(verdict(message), expected, "{name}");
        }
    }
}
