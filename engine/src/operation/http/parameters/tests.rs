use std::sync::Arc;

use super::{ParameterError, Parameters};
use crate::operation::OperationError;
use crate::operation::declared::{Fault, Member, Type};
use crate::request::{Head, HeaderName, Headers};

fn member(name: &str, of: Type) -> Member {
    Member {
        name: name.into(),
        of,
        optional: true,
        nullable: false,
    }
}

fn parameters() -> Parameters {
    let choice = Type::Choice(vec!["open".into(), "closed".into()]);
    Parameters {
        path: vec![Member {
            optional: false,
            ..member("id", Type::Integer)
        }],
        query: vec![
            member("limit", Type::Integer),
            member("status", choice),
            member("tag", Type::List(Box::new(Type::Text))),
            member("filter[kind]", Type::Text),
        ],
        headers: vec![(
            HeaderName::parse("x-tenant").unwrap(),
            member("x-tenant", Type::Text),
        )],
        passes_others: false,
    }
}

fn read(
    parameters: &Parameters,
    id: &str,
    query: &str,
    fields: &[(&str, &str)],
) -> Result<String, ParameterError> {
    let target = format!("/orders/{id}?{query}");
    let pseudo = [
        (":method", "GET"),
        (":authority", "api.example"),
        (":path", target.as_str()),
    ];
    let fields = pseudo.iter().chain(fields).copied();
    let head = Head::parse(Headers::from_pairs(fields)).unwrap();
    let path = [(Arc::from("id"), id.to_owned())];
    let values = parameters.read(&head, &path)?;
    Ok(crate::json::Value::Object(values).to_string())
}

/// What is refused, where and how.
fn refusal(error: &ParameterError) -> String {
    match error {
        ParameterError::Query(error) => format!("query: {error}"),
        ParameterError::Repeated { place, name } => format!("{place} {name} repeated"),
        ParameterError::Misfit { place, misfit } => {
            let fault = match misfit.fault {
                Fault::Missing => "missing",
                Fault::Undeclared => "undeclared",
                Fault::Lookalike => "lookalike",
                Fault::Kind { .. } | Fault::Form { .. } => "mistyped",
            };
            format!("{place} {} {fault}", misfit.place)
        }
    }
}

#[test]
fn what_is_there_is_read_by_its_type() {
    for (query, fields, expected) in [
        ("", &[][..], r#"{"path":{"id":7},"query":{},"headers":{}}"#),
        (
            "limit=20&status=open",
            &[("x-tenant", "acme")],
            r#"{"path":{"id":7},"query":{"limit":20,"status":"open"},"headers":{"x-tenant":"acme"}}"#,
        ),
        (
            "%6cimit=%32%30",
            &[],
            r#"{"path":{"id":7},"query":{"limit":20},"headers":{}}"#,
        ),
        (
            "tag=b&tag=a&tag=b",
            &[],
            r#"{"path":{"id":7},"query":{"tag":["b","a","b"]},"headers":{}}"#,
        ),
        (
            "filter%5Bkind%5D=x",
            &[("x-other", "1"), ("X-Tenant", "")],
            r#"{"path":{"id":7},"query":{"filter[kind]":"x"},"headers":{"x-tenant":""}}"#,
        ),
    ] {
        let found = read(&parameters(), "7", query, fields);
        assert_eq!(found.as_deref(), Ok(expected), "{query}");
    }
}

#[test]
fn what_is_not_as_declared_is_refused() {
    for (id, query, fields, expected) in [
        ("x", "", &[][..], "path id mistyped"),
        ("07", "", &[], "path id mistyped"),
        ("7", "limit=1.0", &[], "query limit mistyped"),
        ("7", "limit=1e1", &[], "query limit mistyped"),
        ("7", "limit=", &[], "query limit mistyped"),
        ("7", "limit", &[], "query limit mistyped"),
        (
            "7",
            "limit=9223372036854775808",
            &[],
            "query limit mistyped",
        ),
        ("7", "status=Open", &[], "query status mistyped"),
        ("7", "limit=1&limit=1", &[], "query limit repeated"),
        ("7", "limit=1&%6Cimit=2", &[], "query limit repeated"),
        ("7", "limit=1&Limit=2", &[], "query Limit undeclared"),
        ("7", "limit[]=1", &[], "query limit[] undeclared"),
        ("7", "page=1", &[], "query page undeclared"),
        ("7", "tag=a;limit=1", &[], "query: the query has a `;`"),
        ("7", "tag=%2541", &[], "query: the query is encoded twice"),
        (
            "7",
            "tag=a+b",
            &[],
            "query: the query has a `+`, write `%20` for a space and `%2B` for a plus",
        ),
        (
            "7",
            "",
            &[("x-tenant", "a"), ("x-tenant", "a")],
            "header x-tenant repeated",
        ),
        (
            "7",
            "",
            &[("x-tenant", "a"), ("X_Tenant", "b")],
            "header x-tenant repeated",
        ),
        ("7", "", &[("x_tenant", "b")], "header x-tenant lookalike"),
        ("7", "", &[("x-tenant", "ä")], "header x-tenant mistyped"),
        ("7", "", &[("x-tenant", " a")], "header x-tenant mistyped"),
        ("7", "", &[("x-tenant", "a, b")], "header x-tenant mistyped"),
        ("7", "", &[("x-tenant", ",")], "header x-tenant mistyped"),
    ] {
        let error = read(&parameters(), id, query, fields).unwrap_err();
        assert_eq!(refusal(&error), expected, "{id} {query} {fields:?}");
    }
}

#[test]
fn where_others_pass_none_may_be_taken_for_a_declared_one() {
    let open = Parameters {
        passes_others: true,
        ..parameters()
    };
    for (query, expected) in [
        ("page=1&x=a+b&flag", Ok(())),
        ("limits=1", Ok(())),
        ("Limit=1", Err("query Limit lookalike")),
        ("limit[]=1", Err("query limit[] lookalike")),
        ("limit.x=1", Err("query limit.x lookalike")),
        ("limit[x=1", Err("query limit[x lookalike")),
        ("limit%5B0%5D=1", Err("query limit[0] lookalike")),
        ("filter[sort]=1", Err("query filter[sort] lookalike")),
        ("page=1;limit=5", Err("query: the query has a `;`")),
    ] {
        let found = read(&open, "7", query, &[]).map(drop);
        let found = found.map_err(|error| refusal(&error));
        assert_eq!(found, expected.map_err(str::to_owned), "{query}");
    }
}

#[test]
fn what_is_not_optional_must_be_there() {
    let required = |mut members: Vec<Member>| {
        members
            .iter_mut()
            .for_each(|member| member.optional = false);
        members
    };
    let of_query = Parameters {
        query: required(parameters().query),
        ..parameters()
    };
    let of_headers = Parameters {
        headers: parameters()
            .headers
            .into_iter()
            .map(|(field, member)| (field, required(vec![member]).remove(0)))
            .collect(),
        ..parameters()
    };
    for (parameters, query, expected) in [
        (&of_query, "", "query limit missing"),
        (&of_query, "limit=1&status=open", "query tag missing"),
        (&of_headers, "", "header x-tenant missing"),
    ] {
        let error = read(parameters, "7", query, &[]).unwrap_err();
        assert_eq!(refusal(&error), expected, "{query}");
    }
}

#[test]
fn where_parameters_of_the_query_are_declared_no_body_is_a_form() {
    let none = Parameters {
        query: Vec::new(),
        ..parameters()
    };
    let form = "application/x-www-form-urlencoded";
    for (parameters, method, fields, is_refused) in [
        (&parameters(), "GET", &[][..], false),
        (
            &parameters(),
            "POST",
            &[("content-type", "application/json")],
            false,
        ),
        (&parameters(), "POST", &[("content-type", form)], true),
        (&parameters(), "GET", &[("content-type", form)], true),
        (
            &parameters(),
            "PUT",
            &[("content-type", "Multipart/Form-Data;boundary=x")],
            true,
        ),
        (
            &parameters(),
            "POST",
            &[("content-type", "text/plain, multipart/mixed")],
            true,
        ),
        (&parameters(), "POST", &[], true),
        (&parameters(), "POST", &[("content-length", "0")], false),
        (&parameters(), "PUT", &[], false),
        (&none, "POST", &[("content-type", form)], false),
    ] {
        let pseudo = [
            (":method", method),
            (":authority", "a.example"),
            (":path", "/a"),
        ];
        let headers = Headers::from_pairs(pseudo.iter().chain(fields).copied());
        let found = parameters.check_head(&Head::parse(headers).unwrap());
        let found = found.map_err(|error| matches!(error, OperationError::FormBody { .. }));
        let expected = if is_refused { Err(true) } else { Ok(()) };
        assert_eq!(found, expected, "{method} {fields:?}");
    }
    let twice = [
        (":method", "POST"),
        (":authority", "a.example"),
        (":path", "/a"),
        ("content-type", "text/plain"),
        ("content-type", form),
    ];
    let head = Head::parse(Headers::from_pairs(twice)).unwrap();
    assert!(matches!(
        parameters().check_head(&head),
        Err(OperationError::Request(_))
    ));
}
