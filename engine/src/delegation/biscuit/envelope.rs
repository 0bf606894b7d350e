//! A token's outermost message, before anything is believed or costs much.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use biscuit_auth::format::schema;
use prost::Message as _;

use super::error::{Unreadable, VerifyError};
use super::limits::{Limits, Measure};

/// The prefix that says what a text is, which may be left out.
const PREFIX: &str = "biscuit:";

/// Padding may stand or be left out; the unused bits of the last character must be zero.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token as it came, split into its messages and no more.
pub(super) struct Envelope {
    pub(super) bytes: Vec<u8>,
    pub(super) root: Option<u32>,
    /// The authority block, then the others.
    pub(super) blocks: Vec<Signed>,
}

/// A block and who else than the holder signed it.
pub(super) struct Signed {
    pub(super) content: schema::Block,
    pub(super) third_party: Option<schema::PublicKey>,
    pub(super) signature: Vec<u8>,
}

impl Envelope {
    /// Splits the text form. Nothing here costs more than a few passes over `limits.bytes`; no key is decompressed and no
    /// signature examined.
    pub(super) fn open(text: &str, limits: &Limits) -> Result<Self, VerifyError> {
        let text = text.strip_prefix(PREFIX).unwrap_or(text);
        let limit = limits.bytes;
        if text.len() > base64::encoded_len(limit, true).unwrap_or(usize::MAX) {
            return Err(VerifyError::TooLong { limit });
        }
        let bytes = BASE64URL.decode(text).map_err(|_| VerifyError::NotBase64)?;
        if bytes.len() > limit {
            return Err(VerifyError::TooLong { limit });
        }
        let message = schema::Biscuit::decode(&bytes[..]).map_err(|_| VerifyError::NotBiscuit)?;
        if message.authority.block.is_empty() {
            return Err(VerifyError::NotBiscuit);
        }
        let found = message.blocks.len().saturating_add(1);
        if found > limits.blocks {
            return Err(VerifyError::TooManyBlocks {
                found,
                limit: limits.blocks,
            });
        }
        let signed = std::iter::once(&message.authority).chain(&message.blocks);
        let blocks: Vec<Signed> = signed
            .enumerate()
            .map(|(block, signed)| Signed::open(block, signed))
            .collect::<Result<_, _>>()?;
        let keys = blocks.iter().map(|block| block.content.public_keys.len());
        Measure::Keys.within(keys.sum(), limits)?;
        Ok(Self {
            bytes,
            root: message.root_key_id,
            blocks,
        })
    }
}

impl Signed {
    fn open(block: usize, signed: &schema::SignedBlock) -> Result<Self, VerifyError> {
        let content =
            schema::Block::decode(&signed.block[..]).map_err(|_| VerifyError::Unreadable {
                block,
                why: Unreadable::Format,
            })?;
        let third_party = signed.external_signature.as_ref();
        Ok(Self {
            content,
            third_party: third_party.map(|signature| signature.public_key.clone()),
            signature: signed.signature.clone(),
        })
    }
}
