//! What makes an RSA public key unfit, from its numbers alone.

use super::jwk::KeyError;

/// The fewest bits a modulus may have (RFC 7518, section 3.3).
pub const MIN_BITS: usize = 2048;
/// The most bits: verification takes time that grows with their square, and `jsonwebtoken`'s RSA stops here.
pub const MAX_BITS: usize = 4096;

/// Judges big-endian modulus and exponent.
pub(super) fn check(modulus: &[u8], exponent: &[u8]) -> Result<(), KeyError> {
    let bits = bit_length(modulus).ok_or(KeyError::Malformed {
        member: "n",
        expected: "a number without leading zeros",
    })?;
    if bits < MIN_BITS {
        return Err(KeyError::RsaTooSmall { bits });
    }
    if bits > MAX_BITS {
        return Err(KeyError::RsaTooLarge { bits });
    }
    // No key generator makes others, and PSS would leave a byte of the padding unchecked at one bit over.
    if !bits.is_multiple_of(8) {
        return Err(KeyError::RsaOddSize { bits });
    }
    if modulus.last().is_none_or(|last| last.is_multiple_of(2)) {
        return Err(KeyError::RsaEvenModulus);
    }
    check_exponent(exponent)?;
    if has_roca_fingerprint(modulus) {
        return Err(KeyError::RsaRoca);
    }
    Ok(())
}

/// Odd, at least 3, at most 32 bits: a larger one only makes verification slow, and 1 makes every text a signature.
fn check_exponent(exponent: &[u8]) -> Result<(), KeyError> {
    bit_length(exponent).ok_or(KeyError::Malformed {
        member: "e",
        expected: "a number without leading zeros",
    })?;
    if exponent.len() > 4 {
        return Err(KeyError::RsaExponent);
    }
    let value = exponent
        .iter()
        .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    if value < 3 || value.is_multiple_of(2) {
        return Err(KeyError::RsaExponent);
    }
    Ok(())
}

/// The number of bits, or `None` where there is no byte or the first is zero (RFC 7518, section 2, `Base64urlUInt`).
fn bit_length(number: &[u8]) -> Option<usize> {
    let first = number.first().filter(|first| **first != 0)?;
    let below = number.len().saturating_mul(8);
    below.checked_sub(usize::try_from(first.leading_zeros()).ok()?)
}

/// Was the key made by Infineon's flawed generator (CVE-2017-15361), whose keys can be factored?
///
/// Its primes are `k * M + 65537^a mod M` with `M` a product of the first primes, so a modulus of its making is a power of
/// 65537 modulo each of them. For any other modulus all of them agree once in some hundred million.
pub(super) fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
        97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES
        .into_iter()
        .all(|prime| is_power_of_65537(remainder(modulus, prime), prime))
}

/// `number` modulo `prime`, which is below 256.
fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest, byte| {
        (rest << 8 | u32::from(*byte))
            .checked_rem(prime)
            .unwrap_or(0)
    })
}

fn is_power_of_65537(residue: u32, prime: u32) -> bool {
    let next = |power: &u32| power.wrapping_mul(65537).checked_rem(prime);
    // The powers repeat after at most `prime - 1` steps.
    std::iter::successors(Some(1), next)
        .zip(1..prime)
        .any(|(power, _)| power == residue)
}

#[cfg(test)]
mod tests;
