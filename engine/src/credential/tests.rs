use super::{CredentialError, QueryTokens, Rules, find};
use crate::request::{Head, HeaderName, Headers};

fn head(target: &str, fields: &[(&str, &[u8])]) -> Head {
    let pseudo: [(&str, &[u8]); 3] = [
        (":method", b"GET"),
        (":authority", b"api.example"),
        (":path", target.as_bytes()),
    ];
    Head::parse(Headers::from_pairs(pseudo.iter().chain(fields).copied())).unwrap()
}

fn rules(header: &str, query_tokens: QueryTokens) -> Rules {
    Rules {
        header: HeaderName::parse(header).unwrap(),
        max_bytes: 40,
        query_tokens,
    }
}

/// The token that is found, or the error.
fn found(target: &str, rules: &Rules, fields: &[(&str, &[u8])]) -> Result<String, CredentialError> {
    find(&head(target, fields), rules).map(|presented| presented.token().to_owned())
}

#[test]
fn exactly_one_bearer_token_is_taken() {
    let header = HeaderName::authorization;
    let missing = CredentialError::Missing { header: header() };
    let empty = CredentialError::Empty { header: header() };
    let joined = CredentialError::Joined { header: header() };
    let unsupported = |scheme| CredentialError::UnsupportedScheme {
        header: header(),
        scheme,
    };
    let malformed = |offset| CredentialError::Malformed {
        header: header(),
        offset,
    };
    let repeated = |count| CredentialError::Repeated {
        header: header(),
        count,
    };
    let mixed = CredentialError::MixedSchemes { header: header() };
    type Fields<'a> = &'a [(&'a str, &'a [u8])];
    let rows: &[(&str, Fields<'_>, Result<&str, CredentialError>)] = &[
        (
            "a token",
            &[("authorization", b"Bearer a.b-c_d~e+f/g==")],
            Ok("a.b-c_d~e+f/g=="),
        ),
        (
            "the scheme in any case",
            &[("authorization", b"bEARER t")],
            Ok("t"),
        ),
        (
            "the field in any case",
            &[("Authorization", b"Bearer t")],
            Ok("t"),
        ),
        (
            "several spaces",
            &[("authorization", b"Bearer   t")],
            Ok("t"),
        ),
        (
            "white space around",
            &[("authorization", b" \tBearer t\t ")],
            Ok("t"),
        ),
        (
            "other fields don't matter",
            &[("x", b"Bearer x"), ("authorization", b"Bearer t")],
            Ok("t"),
        ),
        ("no field", &[], Err(missing)),
        ("no value", &[("authorization", b"")], Err(empty.clone())),
        (
            "white space only",
            &[("authorization", b" \t ")],
            Err(empty.clone()),
        ),
        (
            "a scheme only",
            &[("authorization", b"Bearer")],
            Err(empty.clone()),
        ),
        (
            "another scheme only",
            &[("authorization", b"DPoP")],
            Err(empty.clone()),
        ),
        (
            "a scheme and a space",
            &[("authorization", b"Bearer ")],
            Err(empty),
        ),
        (
            "padding only",
            &[("authorization", b"Bearer ==")],
            Err(malformed(0)),
        ),
        (
            "a tab after the scheme",
            &[("authorization", b"Bearer\tt")],
            Err(CredentialError::NoScheme { header: header() }),
        ),
        (
            "no scheme",
            &[("authorization", b"eyJ0.eyJ1.c2ln")],
            Err(CredentialError::NoScheme { header: header() }),
        ),
        (
            "a token instead of the scheme isn't shown",
            &[("authorization", b"eyJ0.eyJ1.c2ln x")],
            Err(unsupported("another")),
        ),
        (
            "basic",
            &[("authorization", b"basic dXNlcjpwYXNz")],
            Err(unsupported("Basic")),
        ),
        (
            "a DPoP token",
            &[("authorization", b"dpop t"), ("dpop", b"p")],
            Ok("t"),
        ),
        (
            "twice",
            &[
                ("authorization", b"Bearer t"),
                ("authorization", b"Bearer t"),
            ],
            Err(repeated(2)),
        ),
        (
            "twice in other case",
            &[
                ("authorization", b"Bearer t"),
                ("AUTHORIZATION", b"bearer u"),
            ],
            Err(repeated(2)),
        ),
        (
            "three times",
            &[
                ("authorization", b"x"),
                ("authorization", b"x"),
                ("authorization", b"x"),
            ],
            Err(repeated(3)),
        ),
        (
            "two schemes",
            &[("authorization", b"Bearer t"), ("authorization", b"DPoP t")],
            Err(mixed.clone()),
        ),
        (
            "an empty second",
            &[("authorization", b"Bearer t"), ("authorization", b"")],
            Err(mixed),
        ),
        (
            "joined by a comma",
            &[("authorization", b"Bearer t, Bearer u")],
            Err(joined.clone()),
        ),
        (
            "joined to another scheme",
            &[("authorization", b"Basic t,Bearer u")],
            Err(joined),
        ),
        (
            "joined by a space",
            &[("authorization", b"Bearer t Bearer u")],
            Err(malformed(1)),
        ),
        (
            "padding inside",
            &[("authorization", b"Bearer a=b")],
            Err(malformed(1)),
        ),
        (
            "a quote",
            &[("authorization", b"Bearer \"t\"")],
            Err(malformed(0)),
        ),
        (
            "a control character",
            &[("authorization", b"Bearer ab\x00")],
            Err(malformed(2)),
        ),
        (
            "another script",
            &[("authorization", "Bearer aé".as_bytes())],
            Err(malformed(1)),
        ),
        (
            "no UTF-8",
            &[("authorization", b"Bearer \xff")],
            Err(CredentialError::NotText { header: header() }),
        ),
        (
            "at the limit",
            &[("authorization", b"Bearer 012345678901234567890123456789012")],
            Ok("012345678901234567890123456789012"),
        ),
        (
            "over the limit",
            &[(
                "authorization",
                b"Bearer 0123456789012345678901234567890123",
            )],
            Err(CredentialError::TooLong {
                header: header(),
                length: 41,
                limit: 40,
            }),
        ),
    ];
    for (name, fields, expected) in rows {
        let expected = expected.clone().map(str::to_owned);
        let rules = rules("authorization", QueryTokens::Refuse);
        assert_eq!(found("/", &rules, fields), expected, "{name}");
    }
}

#[test]
fn a_field_of_our_own_takes_a_bare_token_too() {
    let header = || HeaderName::parse("x-agent-token").unwrap();
    let rules = rules("X-Agent-Token", QueryTokens::Refuse);
    for (name, value, expected) in [
        ("bare", "a.b.c", Ok("a.b.c")),
        ("with the scheme", "Bearer a.b.c", Ok("a.b.c")),
        (
            "the scheme only",
            "bearer",
            Err(CredentialError::Empty { header: header() }),
        ),
        (
            "bare and malformed",
            "a\"b",
            Err(CredentialError::Malformed {
                header: header(),
                offset: 1,
            }),
        ),
        (
            "another scheme",
            "Basic abc",
            Err(CredentialError::UnsupportedScheme {
                header: header(),
                scheme: "Basic",
            }),
        ),
    ] {
        let fields: &[(&str, &[u8])] = &[
            ("authorization", b"Bearer elsewhere"),
            ("x-agent-token", value.as_bytes()),
        ];
        assert_eq!(
            found("/", &rules, fields),
            expected.map(str::to_owned),
            "{name}"
        );
    }
    let elsewhere: &[(&str, &[u8])] = &[("authorization", b"Bearer t")];
    let missing = Err(CredentialError::Missing { header: header() });
    assert_eq!(
        found("/", &rules, elsewhere),
        missing,
        "authorization isn't read then"
    );
}

#[test]
fn a_bound_token_comes_with_exactly_one_proof() {
    let long = "p".repeat(4097);
    let too_long = CredentialError::ProofTooLong {
        length: 4097,
        limit: 4096,
    };
    type Proofs<'a> = &'a [(&'a str, &'a [u8])];
    type Outcome<'a> = Result<Option<&'a str>, CredentialError>;
    type Row<'a> = (&'a str, &'a str, Proofs<'a>, Outcome<'a>);
    let rows: &[Row<'_>] = &[
        ("one", "DPoP", &[("dpop", b" p\t")], Ok(Some("p"))),
        ("in any case", "dPoP", &[("DPoP", b"p")], Ok(Some("p"))),
        (
            "as long as may be",
            "DPoP",
            &[("dpop", &long.as_bytes()[1..])],
            Ok(Some(&long[1..])),
        ),
        (
            "longer",
            "DPoP",
            &[("dpop", long.as_bytes())],
            Err(too_long),
        ),
        ("none", "DPoP", &[], Err(CredentialError::ProofMissing)),
        (
            "two",
            "DPoP",
            &[("dpop", b"p"), ("DPoP", b"p")],
            Err(CredentialError::ProofRepeated { count: 2 }),
        ),
        (
            "no text",
            "DPoP",
            &[("dpop", b"\xff")],
            Err(CredentialError::ProofNotText),
        ),
        (
            "nobody looks for one",
            "Bearer",
            &[("dpop", b"\xff"), ("dpop", b"p")],
            Ok(None),
        ),
    ];
    for (name, scheme, proofs, expected) in rows {
        let credential = format!("{scheme} t");
        let fields: Vec<_> = std::iter::once(("authorization", credential.as_bytes()))
            .chain(proofs.iter().copied())
            .collect();
        let head = head("/", &fields);
        let found = find(&head, &Rules::default()).map(|presented| presented.proof());
        assert_eq!(found, *expected, "{name}");
    }
}

#[test]
fn a_token_in_the_query_is_never_read() {
    let header = HeaderName::authorization;
    let fields: &[(&str, &[u8])] = &[("authorization", b"Bearer t")];
    for (name, target, is_token) in [
        ("plainly", "/a?access_token=x", true),
        ("without a value", "/a?access_token", true),
        ("not the first", "/a?b=c&access_token=x", true),
        ("after a semicolon", "/a?b=c;access_token=x", true),
        ("in upper case", "/a?ACCESS_TOKEN=x", true),
        ("percent-encoded", "/a?%61ccess%5Ftoken=x", true),
        (
            "as the whole encoded name",
            "/a?%41%43%43%45%53%53%5f%54%4f%4b%45%4e=x",
            true,
        ),
        ("a longer name", "/a?access_tokens=x", false),
        ("a shorter name", "/a?access_toke=x", false),
        ("in a value", "/a?b=access_token", false),
        ("in the path", "/access_token=x", false),
        ("a broken escape", "/a?access%5token=x", false),
        ("a sign is no digit", "/a?access%+5ftoken=x", false),
    ] {
        let refused = Err(CredentialError::InQuery { header: header() });
        let expected = if is_token {
            refused
        } else {
            Ok("t".to_owned())
        };
        let refuse = rules("authorization", QueryTokens::Refuse);
        assert_eq!(found(target, &refuse, fields), expected, "{name}");
        let ignore = rules("authorization", QueryTokens::Ignore);
        assert_eq!(
            found(target, &ignore, fields),
            Ok("t".to_owned()),
            "{name}, ignored"
        );
        let missing = Err(CredentialError::Missing { header: header() });
        assert_eq!(found(target, &ignore, &[]), missing, "{name}, not taken");
    }
}

#[test]
fn a_token_is_not_shown() {
    let head = head("/", &[("authorization", b"Bearer secret")]);
    let presented = find(&head, &Rules::default()).unwrap();
    assert_eq!(
        format!("{presented:?}"),
        format!("Presented({})", presented.digest())
    );
}
