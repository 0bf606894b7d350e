//! Good chains, and tokens whose header or claims are wrong.

use serde_json::{Value, json};

use super::super::{Draft, ISSUER, OWN, Step, patched, signer, tools};
use super::{Row, allow, both, entries, header, patch, replace, row};

pub(super) fn good() -> Vec<Row> {
    let (key, none) = (json!({"jwk": signer(9).jwk}), None);
    vec![
        row("a root alone", 1, 0, |_| {}, none),
        row("two", 2, 0, |_| {}, none),
        row("as many as may be", 9, 0, |_| {}, none),
        row(
            "a key in the header is not looked at",
            2,
            1,
            header(key),
            none,
        ),
        row(
            "nor are others that aren't known",
            2,
            1,
            header(json!({"jku": "x", "x5c": [], "cty": "JWT", "kid": 1})),
            none,
        ),
        row(
            "other claims",
            2,
            1,
            patch(json!({"sub": "x", "nbf": 5000, "extra": {"a": [9_007_199_254_740_993_u64]}})),
            none,
        ),
        row(
            "the holder's key with a name",
            1,
            0,
            patch(json!({"cnf": {"jwk": signer(1).jwk}})),
            none,
        ),
        row("our audience", 2, 1, patch(json!({"aud": OWN})), none),
        row(
            "our audience among others",
            2,
            0,
            patch(json!({"aud": ["x", 1, OWN]})),
            none,
        ),
        row(
            "entries of other types",
            2,
            0,
            entries(json!([
                1, {"type": "other", "tools": 1}, {"type": "attenuating_agent_token", "tools": tools()},
            ])),
            none,
        ),
        row("no tool", 1, 0, allow(json!({})), none),
        row("a leaf that allows no tool", 2, 1, allow(json!({})), none),
        row("a leaf without entry", 2, 1, entries(json!([])), none),
        row(
            "the same key again",
            2,
            1,
            patch(json!({"cnf": {"jwk": signer(1).jwk}})),
            none,
        ),
    ]
}

pub(super) fn headers() -> Vec<Row> {
    use Step::{ChildHeader, ChildSignature, RootHeader, RootSignature};

    let mut rows = Vec::new();
    for (name, wrong) in [
        ("no type", json!({"typ": null})),
        ("another type", json!({"typ": "JWT"})),
        ("a proof's type", json!({"typ": "aat-pop+jwt"})),
        ("a type in another case", json!({"typ": "AAT+JWT"})),
        (
            "a type with its prefix",
            json!({"typ": "application/aat+jwt"}),
        ),
        ("no algorithm", json!({"alg": null})),
        ("none", json!({"alg": "none"})),
        ("a MAC", json!({"alg": "HS256"})),
        ("the old name", json!({"alg": "EdDSA"})),
        ("an algorithm that isn't accepted", json!({"alg": "ES256"})),
        ("an extension", json!({"crit": ["exp"], "exp": 1})),
        ("an extension list that is empty", json!({"crit": []})),
    ] {
        rows.extend(both(name, header(wrong), RootHeader, ChildHeader));
    }
    let stranger = |draft: &mut Draft| draft.signer = signer(9);
    rows.extend(both("another key", stranger, RootSignature, ChildSignature));
    let with_key = |draft: &mut Draft| {
        draft.signer = signer(9);
        draft.header(&json!({"jwk": signer(9).jwk}));
    };
    rows.extend(both(
        "another key, given along",
        with_key,
        RootSignature,
        ChildSignature,
    ));
    rows
}

pub(super) fn claims() -> Vec<Row> {
    use Step::{
        ChildClaims, ChildDepths, ChildDetails, ChildDuplicate, ChildHolder, ChildId, ChildIssuer,
        ChildUnreadable, IdRepeated, IdUnreadable, RootCapability, RootDepth, RootDuplicate,
        RootHolder, RootId, RootIssuer, RootMaxDepth, RootParentHash, RootTimes, RootUnreadable,
    };

    let mut rows = vec![
        row(
            "two with one id",
            3,
            2,
            patch(json!({"jti": "t0"})),
            IdRepeated,
        ),
        row(
            "two with one id, spelled differently",
            2,
            1,
            replace(r#""t1""#, r#""\u00740""#),
            IdRepeated,
        ),
        row(
            "a parent of the root",
            1,
            0,
            patch(json!({"par_hash": "x"})),
            RootParentHash,
        ),
        row(
            "another issuer",
            1,
            0,
            patch(json!({"iss": "https://other.example"})),
            RootIssuer,
        ),
        row(
            "an issuer with a slash",
            1,
            0,
            patch(json!({"iss": "https://as.example/"})),
            RootIssuer,
        ),
        row(
            "a holder who says to be the root issuer",
            2,
            1,
            patch(json!({"iss": ISSUER})),
            ChildIssuer,
        ),
        row(
            "no parent",
            2,
            1,
            patch(json!({"par_hash": null})),
            ChildClaims,
        ),
        row(
            "a parent that is a number",
            2,
            1,
            patch(json!({"par_hash": 1})),
            ChildClaims,
        ),
        row(
            "the depth of a root that is false",
            1,
            0,
            patch(json!({"del_depth": false})),
            RootDepth,
        ),
        row(
            "the depth of a root with a fraction",
            1,
            0,
            replace(r#""del_depth":0"#, r#""del_depth":0.0"#),
            RootDepth,
        ),
        row(
            "no allowed depth",
            1,
            0,
            patch(json!({"del_max_depth": null})),
            RootMaxDepth,
        ),
        row(
            "a negative allowed depth",
            1,
            0,
            patch(json!({"del_max_depth": -1})),
            RootMaxDepth,
        ),
        row(
            "more than the most depth",
            1,
            0,
            patch(json!({"del_max_depth": 9})),
            RootMaxDepth,
        ),
        row(
            "a depth with an exponent",
            2,
            1,
            replace(r#""del_depth":1"#, r#""del_depth":1e0"#),
            ChildDepths,
        ),
        row(
            "no details",
            1,
            0,
            patch(json!({"authorization_details": null})),
            RootCapability,
        ),
        row(
            "no details after the root",
            2,
            1,
            patch(json!({"authorization_details": null})),
            ChildDetails,
        ),
        row(
            "details that are an object",
            2,
            1,
            entries(json!({})),
            ChildDetails,
        ),
    ];
    for (name, edit) in [
        ("no id", patch(json!({"jti": null}))),
        ("an id that is a number", patch(json!({"jti": 1}))),
        (
            "an id inside",
            patch(json!({"jti": null, "a": {"jti": "x"}})),
        ),
    ] {
        rows.extend(both(name, edit, IdUnreadable, IdUnreadable));
    }
    rows.extend(both(
        "an empty id",
        patch(json!({"jti": ""})),
        RootId,
        ChildId,
    ));
    for (name, from, to) in [
        ("a name twice", r#"{"#, r#"{"iat":1,"#),
        (
            "a name twice, spelled differently",
            r#"{"#,
            r#"{"\u0069at":1,"#,
        ),
        (
            "a name twice, deep inside",
            r#"{"#,
            r#"{"x":[{"y":{"a":1,"\u0061":1}}],"#,
        ),
        ("a tool twice", r#""tools":{"#, r#""tools":{"read":{},"#),
    ] {
        rows.extend(both(name, replace(from, to), RootDuplicate, ChildDuplicate));
    }
    let text = |text: &'static str| move |draft: &mut Draft| draft.text = Some(text.to_owned());
    for (name, claims) in [
        ("claims cut short", r#"{"jti":"x","a":"#),
        ("something after the claims", r#"{"jti":"x"} {}"#),
        ("a number that is none", r#"{"jti":"x","a":01}"#),
    ] {
        rows.extend(both(name, text(claims), RootUnreadable, ChildUnreadable));
    }
    let deep: &'static str = Box::leak(
        format!(
            r#"{{"jti":"x","a":{}1{}}}"#,
            "[".repeat(500),
            "]".repeat(500)
        )
        .into_boxed_str(),
    );
    rows.extend(both(
        "claims too deep",
        text(deep),
        RootUnreadable,
        ChildUnreadable,
    ));
    for (name, claims) in [
        ("no start", json!({"iat": null})),
        ("no end", json!({"exp": null})),
        ("a start that is a string", json!({"iat": "900"})),
        ("an end with a fraction", json!({"exp": 1999.5})),
        ("a negative start", json!({"iat": -1})),
    ] {
        rows.extend(both(name, patch(claims), RootTimes, ChildClaims));
    }
    let exponent = replace(r#""iat":90"#, r#""iat":9e2,"x":90"#);
    rows.extend(both(
        "a start with an exponent",
        exponent,
        RootTimes,
        ChildClaims,
    ));
    for (name, issuer) in [
        ("no issuer", json!(null)),
        ("an issuer that is a list", json!([ISSUER])),
    ] {
        rows.extend(both(
            name,
            patch(json!({ "iss": issuer })),
            RootIssuer,
            ChildClaims,
        ));
    }
    let jwk = signer(1).jwk;
    let with = |more: Value| patched(jwk.clone(), &more);
    for (name, cnf) in [
        ("no holder", json!(null)),
        ("a holder by thumbprint", json!({"jkt": "x"})),
        ("a holder's key that is a string", json!({"jwk": "x"})),
        ("a private key", json!({"jwk": with(json!({"d": "AA"}))})),
        (
            "a private key of another type",
            json!({"jwk": with(json!({"p": "AA"}))}),
        ),
        ("a shared secret", json!({"jwk": {"kty": "oct", "k": "AA"}})),
        (
            "a key for encryption",
            json!({"jwk": with(json!({"use": "enc"}))}),
        ),
        (
            "a key beside the curve",
            json!({"jwk": with(json!({"x": "AA"}))}),
        ),
    ] {
        rows.extend(both(
            name,
            patch(json!({ "cnf": cnf })),
            RootHolder,
            ChildHolder,
        ));
    }
    rows
}
