use rsa::BigUint;

use super::{check, has_roca_fingerprint};
use crate::identity::jose::jwk::KeyError;

const E: &[u8] = &[1, 0, 1];

/// A number of that many bits, the first and the last one set.
fn modulus(bits: usize) -> Vec<u8> {
    let number = (BigUint::from(1_u8) << (bits - 1)) + BigUint::from(1_u8);
    number.to_bytes_be()
}

#[test]
fn only_sound_numbers_make_a_key() {
    let leading_zero = [&[0][..], &modulus(2048)].concat();
    let mut even = modulus(2048);
    *even.last_mut().unwrap() = 2;
    let malformed = |member| {
        Err(KeyError::Malformed {
            member,
            expected: "a number without leading zeros",
        })
    };
    let exponent = Err(KeyError::RsaExponent);
    for (name, n, e, expected) in [
        ("the smallest", modulus(2048), E, Ok(())),
        ("the largest", modulus(4096), E, Ok(())),
        ("three", modulus(2048), &[3][..], Ok(())),
        ("the largest exponent", modulus(2048), &[0xff; 4], Ok(())),
        (
            "1024 bits",
            modulus(1024),
            E,
            Err(KeyError::RsaTooSmall { bits: 1024 }),
        ),
        (
            "a bit too small",
            modulus(2047),
            E,
            Err(KeyError::RsaTooSmall { bits: 2047 }),
        ),
        (
            "a bit too large",
            modulus(4097),
            E,
            Err(KeyError::RsaTooLarge { bits: 4097 }),
        ),
        (
            "far too large",
            vec![1; 200_000],
            E,
            Err(KeyError::RsaTooLarge { bits: 1_599_993 }),
        ),
        (
            "an odd size",
            modulus(2049),
            E,
            Err(KeyError::RsaOddSize { bits: 2049 }),
        ),
        ("even", even, E, Err(KeyError::RsaEvenModulus)),
        ("a leading zero", leading_zero, E, malformed("n")),
        ("no modulus", vec![], E, malformed("n")),
        ("no exponent", modulus(2048), &[], malformed("e")),
        ("a zero exponent", modulus(2048), &[0], malformed("e")),
        (
            "a zero before the exponent",
            modulus(2048),
            &[0, 1, 0, 1],
            malformed("e"),
        ),
        ("one", modulus(2048), &[1], exponent.clone()),
        ("an even exponent", modulus(2048), &[2], exponent.clone()),
        ("a long exponent", modulus(2048), &[1, 0, 0, 0, 1], exponent),
    ] {
        assert_eq!(check(&n, e), expected, "{name}");
    }
}

/// A modulus as the flawed generator's primes give it: a power of 65537 modulo the product of the first primes.
#[test]
fn keys_of_the_flawed_generator_are_found() {
    let primes = (2_u32..168).filter(|n| (2..*n).all(|d| n % d != 0));
    let product = primes.fold(BigUint::from(1_u8), |product, prime| product * prime);
    let power = BigUint::from(65537_u32).modpow(&BigUint::from(123_456_u32), &product);
    let factor = (BigUint::from(1_u8) << 2047) / &product + BigUint::from(1_u8);
    let flawed = factor * &product + power;
    assert!(has_roca_fingerprint(&flawed.to_bytes_be()));
    assert_eq!(check(&flawed.to_bytes_be(), E), Err(KeyError::RsaRoca));

    let beside = flawed + BigUint::from(2_u8);
    assert_eq!(check(&beside.to_bytes_be(), E), Ok(()));
}
