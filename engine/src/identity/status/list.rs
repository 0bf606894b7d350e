//! The list itself: packed numbers (section 4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::StatusListError;
use crate::excerpt::Excerpt;

/// A status list, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    width: Width,
    bytes: Vec<u8>,
}

/// One token's status (section 7.1): 0 is valid, 1 invalid, 2 suspended, and what others mean is the application's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

/// How many bits an entry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    One,
    Two,
    Four,
    Eight,
}

impl Width {
    const fn of(bits: u64) -> Option<Self> {
        match bits {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// How many entries one byte has; how far apart they are in it; and the bits of one.
    const fn layout(self) -> (u64, u32, u8) {
        match self {
            Self::One => (8, 1, 0b1),
            Self::Two => (4, 2, 0b11),
            Self::Four => (2, 4, 0b1111),
            Self::Eight => (1, 8, 0b1111_1111),
        }
    }
}

impl StatusList {
    /// Unpacks a list: `bits` per entry, and `lst`, base64url of the ZLIB format, of at most `limit` bytes when inflated.
    ///
    /// # Errors
    ///
    /// [`StatusListError`]; no more than `limit` bytes are ever inflated.
    pub fn decode(bits: u64, lst: &str, limit: usize) -> Result<Self, StatusListError> {
        let width = Width::of(bits).ok_or_else(|| StatusListError::Bits {
            found: Excerpt::of(&bits.to_string()),
        })?;
        let packed = URL_SAFE_NO_PAD
            .decode(lst)
            .map_err(|_| StatusListError::Encoding)?;
        let bytes = decompress_to_vec_zlib_with_limit(&packed, limit).map_err(|error| {
            if error.status == TINFLStatus::HasMoreOutput {
                StatusListError::TooLong { limit }
            } else {
                StatusListError::Compression
            }
        })?;
        Ok(Self { width, bytes })
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let (per_byte, ..) = self.width.layout();
        u64::try_from(self.bytes.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(per_byte)
    }

    /// The status at a place, counted from the least significant bits of the first byte (section 4.1); `None` behind the end.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<Status> {
        let (per_byte, apart, mask) = self.width.layout();
        let place = usize::try_from(index.checked_div(per_byte)?).ok()?;
        let within = u32::try_from(index.checked_rem(per_byte)?).ok()?;
        let byte = self.bytes.get(place)?;
        let shifted = byte.checked_shr(within.checked_mul(apart)?)?;
        Some(Status(shifted & mask))
    }
}
