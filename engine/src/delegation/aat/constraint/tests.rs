use super::{ConstraintError, Reader};
use crate::delegation::work::{TooMuchWork, Work};
use crate::json::{Limits, parse};

/// What is read of a named argument's constraint, in a few words.
fn read(json: &str) -> Result<String, ConstraintError> {
    let value = parse(json.as_bytes(), &Limits::default()).unwrap();
    let mut reader = Reader {
        max_depth: 3,
        work: &mut Work::new(100),
    };
    let (constraint, optional) = reader.argument(&value)?;
    let optional = if optional { ", optional" } else { "" };
    Ok(format!("{constraint}{optional}"))
}

#[test]
fn each_type_is_read_with_its_own_members() {
    for (json, expected) in [
        (r#"{"constraint_type":"wildcard"}"#, "wildcard"),
        (
            r#"{"optional":true,"constraint_type":"wildcard"}"#,
            "wildcard, optional",
        ),
        (
            r#"{"constraint_type":"wildcard","optional":false}"#,
            "wildcard",
        ),
        (r#"{"constraint_type":"exact","value":null}"#, "exact null"),
        (r#"{"constraint_type":"exact","value":1e1}"#, "exact 10"),
        (r#"{"constraint_type":"range"}"#, "range (, )"),
        (
            r#"{"constraint_type":"range","min":0,"max":10,"max_inclusive":false}"#,
            "range [0, 10)",
        ),
        (
            r#"{"constraint_type":"range","min":1,"min_inclusive":false,"max":1}"#,
            "range (1, 1]",
        ),
        (
            r#"{"constraint_type":"one_of","values":[[1],{"a":true},"x"]}"#,
            r#"one_of ["x", [1], {"a":true}]"#,
        ),
        (
            r#"{"constraint_type":"not_one_of","excluded":[]}"#,
            "not_one_of []",
        ),
        (
            r#"{"constraint_type":"contains","required":[2,1,1.0]}"#,
            "contains [1, 2]",
        ),
        (r#"{"constraint_type":"subset","allowed":[]}"#, "subset []"),
        (
            r#"{"constraint_type":"all","constraints":[{"constraint_type":"range"}]}"#,
            "all [range (, )]",
        ),
        (
            r#"{"constraint_type":"any","optional":true,"constraints":[{"constraint_type":"all","constraints":[{"constraint_type":"wildcard"}]}]}"#,
            "any [all [wildcard]], optional",
        ),
    ] {
        assert_eq!(read(json).as_deref(), Ok(expected), "{json}");
    }
}

#[test]
fn what_is_malformed_is_refused() {
    for (json, expected) in [
        ("[]", "the constraint is not an object"),
        ("{}", "`constraint_type` is not a string"),
        (
            r#"{"constraint_type":1}"#,
            "`constraint_type` is not a string",
        ),
        (
            r#"{"constraint_type":"regex"}"#,
            "the constraint type `regex` is not known",
        ),
        (
            r#"{"constraint_type":"Exact","value":1}"#,
            "the constraint type `Exact` is not known",
        ),
        (
            r#"{"constraint_type":"wildcard","value":1}"#,
            "`value` is no member of this constraint type",
        ),
        (
            r#"{"constraint_type":"range","maximum":1}"#,
            "`maximum` is no member of this constraint type",
        ),
        (
            r#"{"constraint_type":"exact"}"#,
            "`value` is not a string, a number, a boolean or null",
        ),
        (
            r#"{"constraint_type":"exact","value":[]}"#,
            "`value` is not a string, a number, a boolean or null",
        ),
        (
            r#"{"constraint_type":"exact","value":{}}"#,
            "`value` is not a string, a number, a boolean or null",
        ),
        (
            r#"{"constraint_type":"range","min":"1"}"#,
            "`min` is not a number",
        ),
        (
            r#"{"constraint_type":"range","max":null}"#,
            "`max` is not a number",
        ),
        (
            r#"{"constraint_type":"range","min_inclusive":true}"#,
            "`min_inclusive` is not beside its bound",
        ),
        (
            r#"{"constraint_type":"range","max":1,"max_inclusive":1}"#,
            "`max_inclusive` is not a boolean",
        ),
        (
            r#"{"constraint_type":"range","min":2,"max":1}"#,
            "`min` is above `max`",
        ),
        (
            r#"{"constraint_type":"one_of","values":[]}"#,
            "`values` is not an array that isn't empty",
        ),
        (
            r#"{"constraint_type":"one_of"}"#,
            "`values` is not an array",
        ),
        (
            r#"{"constraint_type":"not_one_of","excluded":1}"#,
            "`excluded` is not an array",
        ),
        (
            r#"{"constraint_type":"contains"}"#,
            "`required` is not an array",
        ),
        (
            r#"{"constraint_type":"subset","allowed":{}}"#,
            "`allowed` is not an array",
        ),
        (
            r#"{"constraint_type":"all","constraints":[]}"#,
            "`constraints` is not an array that isn't empty",
        ),
        (
            r#"{"constraint_type":"any","constraints":{}}"#,
            "`constraints` is not an array",
        ),
        (
            r#"{"constraint_type":"any","constraints":[1]}"#,
            "the constraint is not an object",
        ),
        (
            r#"{"constraint_type":"all","constraints":[{"constraint_type":"wildcard","optional":false}]}"#,
            "`optional` is no member of this constraint type",
        ),
        (
            r#"{"constraint_type":"wildcard","optional":"true"}"#,
            "`optional` is not a boolean",
        ),
    ] {
        let found = read(json).map_err(|error| error.to_string());
        assert_eq!(found, Err(expected.to_owned()), "{json}");
    }
}

#[test]
fn every_number_has_to_be_admissible() {
    for json in [
        r#"{"constraint_type":"exact","value":9007199254740993}"#,
        r#"{"constraint_type":"range","min":1e400}"#,
        r#"{"constraint_type":"one_of","values":[{"a":[36028797018963968]}]}"#,
        r#"{"constraint_type":"any","constraints":[{"constraint_type":"subset","allowed":[1.00000000000000001]}]}"#,
    ] {
        assert!(
            matches!(read(json), Err(ConstraintError::Number(_))),
            "{json}"
        );
    }
    assert!(read(r#"{"constraint_type":"exact","value":36028797018963970}"#).is_ok());
}

#[test]
fn depth_and_clauses_are_bounded() {
    let wrapped = |inner: &str| format!(r#"{{"constraint_type":"all","constraints":[{inner}]}}"#);
    let one = r#"{"constraint_type":"wildcard"}"#;
    let three = wrapped(&wrapped(one));
    assert!(read(&three).is_ok());
    assert_eq!(
        read(&wrapped(&three)),
        Err(ConstraintError::TooDeep { limit: 3 })
    );
    let clauses = (0..20).map(|n| format!(r#"{{"constraint_type":"exact","value":{n}}}"#));
    assert_eq!(
        read(&wrapped(&clauses.collect::<Vec<_>>().join(","))),
        Err(ConstraintError::TooCostly(TooMuchWork { limit: 100 }))
    );
}
