use super::*;
use crate::identity::signature::error::FieldError;

fn read(input: &str, signature: &str) -> Result<Option<Signature>, HttpSignatureError> {
    let headers = Headers::from_pairs([("Signature-Input", input), ("Signature", signature)]);
    Signatures::read(&headers)?.map_or(Ok(None), |all| all.tagged("t"))
}

#[test]
fn a_signature_says_over_what_by_what_and_when() {
    let input = "other=(), \
                 a=( \"@method\"   \"x-a\";bs);  created=1;expires=2;keyid=\"k\";alg=\"ed25519\";nonce=\"n\";tag=\"t\";wimse-aud=\"w\";wimse-sign-response;more=1.50";
    let found = read(input, "a=:AQID:, other=:AA==:").unwrap().unwrap();
    let identifiers: Vec<_> = found
        .covered
        .components()
        .iter()
        .map(Component::identifier)
        .collect();
    assert_eq!(identifiers, ["\"@method\"", "\"x-a\";bs"]);
    assert_eq!(
        found.covered.parameters,
        "(\"@method\" \"x-a\";bs);created=1;expires=2;keyid=\"k\";alg=\"ed25519\";nonce=\"n\";tag=\"t\";wimse-aud=\"w\";wimse-sign-response;more=1.5"
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        found.parameters,
        Parameters {
            created: Some(UnixTime(1)),
            expires: Some(UnixTime(2)),
            key: text("k"),
            algorithm: text("ed25519"),
            nonce: text("n"),
            tag: text("t"),
            audience: text("w"),
            sign_response: true,
        }
    );
    assert_eq!(found.bytes, [1, 2, 3]);
}

#[test]
fn signatures_for_other_purposes_are_not_looked_at() {
    for (name, input) in [
        ("another tag", "a=(\"@status\");tag=\"other\""),
        ("a tag that is no string", "a=();tag=t"),
        ("no tag", "a=()"),
        ("no list", "a=1;tag=\"t\""),
        ("none at all", ""),
    ] {
        assert_eq!(read(input, "a=:AA==:"), Ok(None), "{name}");
    }
    assert!(Signatures::read(&Headers::default()).unwrap().is_none());
}

#[test]
fn what_is_malformed_is_refused() {
    let many = |count: usize, one: &str| vec![one; count].join("");
    let labels: Vec<_> = (0..9).map(|n| format!("s{n}=()")).collect();
    let components: Vec<_> = (0..33).map(|n| format!("\"x-{n}\"")).collect();
    let parameters: Vec<_> = (0..16).map(|n| format!(";p{n}")).collect();
    let unpaired = HttpSignatureError::Unpaired {
        label: Excerpt::of("a"),
    };
    let invalid = |parameter, expected| HttpSignatureError::ParameterInvalid {
        parameter,
        expected,
    };
    let too_many = |what, count, limit| HttpSignatureError::TooMany { what, count, limit };
    let not_dictionary = |field| {
        HttpSignatureError::Field(FieldError::NotStructured {
            field: Excerpt::of(field),
            expected: "a dictionary",
        })
    };
    for (name, input, signature, expected) in [
        (
            "no dictionary",
            "(",
            "a=:AA==:",
            not_dictionary("signature-input"),
        ),
        (
            "trailing comma",
            "a=();tag=\"t\",",
            "a=:AA==:",
            not_dictionary("signature-input"),
        ),
        (
            "signatures that are none",
            "a=();tag=\"t\"",
            "a=:A*:",
            not_dictionary("signature"),
        ),
        ("no signature", "a=();tag=\"t\"", "", unpaired.clone()),
        (
            "another label's",
            "a=();tag=\"t\"",
            "b=:AA==:",
            unpaired.clone(),
        ),
        ("a string", "a=();tag=\"t\"", "a=\"AA==\"", unpaired.clone()),
        ("a list", "a=();tag=\"t\"", "a=(:AA==:)", unpaired),
        (
            "two for one purpose",
            "a=();tag=\"t\", b=();tag=\"t\"",
            "a=:AA==:, b=:AA==:",
            HttpSignatureError::Repeated {
                tag: Excerpt::of("t"),
                count: 2,
            },
        ),
        (
            "a time before all times",
            "a=();tag=\"t\";created=-1",
            "a=:AA==:",
            invalid("created", "a whole number of seconds"),
        ),
        (
            "a time with a fraction",
            "a=();tag=\"t\";expires=1.5",
            "a=:AA==:",
            invalid("expires", "a whole number of seconds"),
        ),
        (
            "a key's name that is a token",
            "a=();tag=\"t\";keyid=k",
            "a=:AA==:",
            invalid("keyid", "a string"),
        ),
        (
            "many signatures",
            &labels.join(", "),
            "a=:AA==:",
            too_many("signatures", 9, MAX_SIGNATURES),
        ),
        (
            "many components",
            &format!("a=({});tag=\"t\"", components.join(" ")),
            "a=:AA==:",
            too_many("covered components", 33, MAX_COMPONENTS),
        ),
        (
            "many parameters",
            &format!("a=();tag=\"t\"{}", parameters.join("")),
            "a=:AA==:",
            too_many("parameters", 17, MAX_PARAMETERS),
        ),
        (
            "a long field",
            &many(8193, " "),
            "a=:AA==:",
            HttpSignatureError::Field(FieldError::TooLong {
                field: Excerpt::of("signature-input"),
                length: 8193,
            }),
        ),
        (
            "a control character",
            "a=()\u{1};tag=\"t\"",
            "a=:AA==:",
            HttpSignatureError::Field(FieldError::Control {
                field: Excerpt::of("signature-input"),
            }),
        ),
    ] {
        assert_eq!(read(input, signature), Err(expected), "{name}");
    }
}
