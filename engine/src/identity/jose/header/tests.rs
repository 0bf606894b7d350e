use super::Header;
use crate::excerpt::Excerpt;
use crate::identity::error::{Fault, IdentityError};
use crate::identity::jose::algorithm::Algorithm;
use crate::json::JsonError;

#[test]
fn a_header_is_read_strictly() {
    let unsupported = |found| {
        Err(IdentityError::UnsupportedAlgorithm {
            found: Excerpt::of(found),
        })
    };
    let malformed = |why| Err(IdentityError::HeaderMalformed { why });
    let parameter = |parameter, expected| {
        malformed(Fault::Parameter {
            parameter,
            expected,
        })
    };
    let not_text = |name| parameter(name, "a string");
    let long_kid = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257));
    for (name, header, expected) in [
        ("the least", r#"{"alg":"ES256"}"#, Ok(Algorithm::Es256)),
        (
            "unknown members",
            r#"{"alg":"PS384","x":[1,{"y":2}]}"#,
            Ok(Algorithm::Ps384),
        ),
        (
            "keys in the header choose nothing",
            r#"{"alg":"Ed25519","jwk":{"kty":"oct"},"jku":"https://evil.example/","x5c":["AA=="],"x5u":"u"}"#,
            Ok(Algorithm::Ed25519),
        ),
        ("no alg", r#"{"typ":"JWT"}"#, not_text("alg")),
        ("alg is a list", r#"{"alg":["ES256"]}"#, not_text("alg")),
        ("alg is null", r#"{"alg":null}"#, not_text("alg")),
        ("none", r#"{"alg":"none"}"#, unsupported("none")),
        ("None", r#"{"alg":"nOnE"}"#, unsupported("nOnE")),
        ("symmetric", r#"{"alg":"HS256"}"#, unsupported("HS256")),
        ("case matters", r#"{"alg":"es256"}"#, unsupported("es256")),
        (
            "white space matters",
            r#"{"alg":"ES256 "}"#,
            unsupported("ES256 "),
        ),
        ("empty", r#"{"alg":""}"#, unsupported("")),
        (
            "a curve that isn't supported",
            r#"{"alg":"ES512"}"#,
            unsupported("ES512"),
        ),
        (
            "crit",
            r#"{"alg":"ES256","crit":["exp"],"exp":1}"#,
            Err(IdentityError::CriticalExtension),
        ),
        (
            "an empty crit",
            r#"{"alg":"ES256","crit":[]}"#,
            Err(IdentityError::CriticalExtension),
        ),
        (
            "b64",
            r#"{"alg":"ES256","b64":false}"#,
            Err(IdentityError::CriticalExtension),
        ),
        (
            "nested",
            r#"{"alg":"ES256","cty":"JWT"}"#,
            Err(IdentityError::NestedContent {
                found: Excerpt::of("JWT"),
            }),
        ),
        (
            "cty is no text",
            r#"{"alg":"ES256","cty":1}"#,
            not_text("cty"),
        ),
        (
            "kid is a number",
            r#"{"alg":"ES256","kid":1}"#,
            not_text("kid"),
        ),
        (
            "kid is empty",
            r#"{"alg":"ES256","kid":""}"#,
            parameter("kid", "a string of 1 to 256 bytes"),
        ),
        (
            "kid is long",
            &long_kid,
            parameter("kid", "a string of 1 to 256 bytes"),
        ),
        (
            "typ is an object",
            r#"{"alg":"ES256","typ":{}}"#,
            not_text("typ"),
        ),
        ("an array", r#"["ES256"]"#, malformed(Fault::NotObject)),
        (
            "a duplicate by escape",
            r#"{"alg":"ES256","\u0061lg":"none"}"#,
            malformed(Fault::NotJson(JsonError::DuplicateName { at: 15 })),
        ),
        (
            "something after it",
            r#"{"alg":"ES256"}{}"#,
            malformed(Fault::NotJson(JsonError::TrailingData { at: 15 })),
        ),
    ] {
        let found = Header::parse(header.as_bytes()).map(|header| header.algorithm);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn types_are_media_types() {
    for (name, typ, is_at_jwt) in [
        ("short", "at+jwt", true),
        ("long", "application/at+jwt", true),
        ("in another case", "Application/AT+JWT", true),
        ("another type", "JWT", false),
        ("another tree", "text/at+jwt", false),
        ("twice the prefix", "application/application/at+jwt", false),
        ("a parameter", "at+jwt;v=1", false),
        ("white space", " at+jwt", false),
        ("empty", "", false),
        ("another script", "äpplication/at+jwt", false),
    ] {
        let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        let header = Header::parse(header.as_bytes()).unwrap();
        assert_eq!(header.is_type("at+jwt"), is_at_jwt, "{name}");
    }
}
