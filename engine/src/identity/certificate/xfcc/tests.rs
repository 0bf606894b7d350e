use proptest::prelude::*;

use super::*;

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn read_one(value: &str) -> Result<Option<Element>, XfccError> {
    read(&Headers::from_pairs([(FIELD, value)]))
}

#[test]
fn forms_that_envoy_writes_and_forms_that_could_be_read_in_two_ways() {
    let hash = format!("Hash={ZEROS}");
    let zeros = Some(Element {
        digest: Digest::from([0; 32]),
        der: None,
    });
    let malformed = |why| Err(XfccError::Malformed(why));
    for (name, value, expected) in [
        ("the digest alone", hash.clone(), Ok(zeros.clone())),
        (
            "keys in any case",
            format!("by=spiffe://a/b;hash={ZEROS}"),
            Ok(zeros.clone()),
        ),
        (
            "separators and an escaped quote within quotes",
            format!(r#"{hash};Subject="a=\",;\\""#),
            Ok(zeros.clone()),
        ),
        (
            "two names of the client",
            format!("{hash};DNS=a;DNS=b"),
            Ok(zeros),
        ),
        (
            "an element behind",
            format!("{hash},x"),
            Err(XfccError::Several),
        ),
        (
            "an element behind a quoted value",
            format!(r#"{hash};Subject="",{hash}"#),
            Err(XfccError::Several),
        ),
        ("a word", "x".to_owned(), malformed("a key has no value")),
        (
            "a semicolon at the end",
            format!("{hash};"),
            malformed("a key has no value"),
        ),
        (
            "a space before a key",
            format!("{hash}; DNS=a"),
            malformed("it has an unknown key"),
        ),
        (
            "half a digest",
            "Hash=00".to_owned(),
            malformed("`Hash` or `Cert` can't be decoded"),
        ),
        (
            "a certificate that is none",
            format!(r#"{hash};Cert="%2""#),
            malformed("`Hash` or `Cert` can't be decoded"),
        ),
        (
            "too long",
            format!("{hash};DNS={}", "a".repeat(MAX_BYTES)),
            malformed("it is too long"),
        ),
    ] {
        assert_eq!(read_one(&value), expected, "{name}");
    }
    assert_eq!(read(&Headers::default()), Ok(None));
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        prop_assert!(read(&Headers::from_pairs([(FIELD.as_bytes(), bytes)])).is_err());
    }
}
