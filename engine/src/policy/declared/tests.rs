use cedar_policy::{Entities, Schema};

use super::{Declared, Holder, choices, schema_text, schema_with};
use crate::operation::Operation;
use crate::operation::declared::{Member, Record, Type};
use crate::policy::groups::Groups;
use crate::policy::lint::surroundings::Surroundings;
use crate::policy::load_error::PolicyLoadError;
use crate::policy::tests::{FACTS, call, caller, fetch, object, prepare};
use crate::policy::{Policies, PolicySource};

fn member(name: &str, of: Type) -> Member {
    Member {
        name: name.into(),
        of,
        optional: false,
        nullable: false,
    }
}

fn optional(name: &str, of: Type) -> Member {
    Member {
        optional: true,
        ..member(name, of)
    }
}

fn choice(words: &[&str]) -> Type {
    Type::Choice(words.iter().map(|word| (*word).into()).collect())
}

fn record(members: Vec<Member>) -> Record {
    Record {
        members,
        passes_others: false,
    }
}

/// The arguments of `shop/refund`.
fn refund() -> Record {
    let line = record(vec![
        member("sku", Type::Text),
        member("count", Type::Integer),
        member("unit size", choice(&["s", "m"])),
    ]);
    record(vec![
        member("amount", Type::Integer),
        optional("price", Type::Decimal),
        optional("currency", choice(&["EUR", "USD"])),
        optional("express", Type::Boolean),
        optional("until", Type::DateTime),
        optional("day", Type::Date),
        optional("tags", Type::List(Box::new(Type::Text))),
        optional("lines", Type::List(Box::new(Type::Object(line)))),
        optional(
            "to",
            Type::Object(record(vec![member("country", choice(&["DE", "FR"]))])),
        ),
        optional("extra", Type::Any),
        Member {
            nullable: true,
            ..member("note", Type::Text)
        },
    ])
}

fn declared() -> Declared {
    let mut declared = Declared::default();
    declared.tools.insert("shop/refund".to_owned(), refund());
    let query = record(vec![
        optional("limit", Type::Integer),
        optional("status", choice(&["open"])),
    ]);
    let parameters = record(vec![
        member(
            "path",
            Type::Object(record(vec![member("id", Type::Integer)])),
        ),
        member("query", Type::Object(query)),
        member(
            "headers",
            Type::Object(record(vec![optional("x-tenant", Type::Text)])),
        ),
    ]);
    declared.routes.insert("order".to_owned(), parameters);
    declared
}

fn load(text: &str) -> Result<Policies, PolicyLoadError> {
    let source = PolicySource {
        name: "test.cedar".to_owned(),
        text: text.to_owned(),
    };
    let surroundings = Surroundings {
        declared: declared(),
        ..Surroundings::default()
    };
    Policies::load(&[source], &Groups::default(), &surroundings)
}

const REFUND: &str =
    r#"permit(principal, action == Action::"call_tool", resource == Tool::"shop/refund")"#;
const ORDER: &str =
    r#"permit(principal, action == Action::"http_request", resource == Route::"order")"#;

fn permits(policy: &str, operation: &Operation<'_>) -> bool {
    let policies = load(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
    let principal = prepare(&policies, caller());
    let judged = policies.decide(&principal, operation, &FACTS);
    judged.verdict.is_ok()
}

#[test]
fn declared_arguments_are_attributes_of_their_types() {
    let full = r#"{"amount":100,"price":9.5,"currency":"EUR","express":true,"until":"2026-11-24T05:46:02.5+01:00",
        "day":"2026-11-24","tags":["a","b","a"],"lines":[{"sku":"x","count":2,"unit size":"s"}],"to":{"country":"DE"},
        "extra":{"x":1},"note":"hello"}"#;
    let bare = r#"{"amount":-1,"note":null}"#;
    for (condition, of_full, of_bare) in [
        ("context.arguments.amount > 99", true, false),
        ("context.arguments.amount < 0", false, true),
        ("context.arguments has price", true, false),
        (
            r#"context.arguments has price && context.arguments.price.lessThan(decimal("9.6"))"#,
            true,
            false,
        ),
        (
            r#"context.arguments has currency && context.arguments.currency == Arguments::currency::"EUR""#,
            true,
            false,
        ),
        (
            r#"context.arguments has currency && context.arguments.currency == Arguments::currency::"USD""#,
            false,
            false,
        ),
        (
            "context.arguments has express && context.arguments.express",
            true,
            false,
        ),
        (
            r#"context.arguments has until && context.arguments.until == datetime("2026-11-24T04:46:02.500Z")"#,
            true,
            false,
        ),
        (
            r#"context.arguments has day && context.arguments.day < datetime("2026-11-25")"#,
            true,
            false,
        ),
        (
            r#"context.arguments has tags && context.arguments.tags == ["b", "a"]"#,
            true,
            false,
        ),
        (
            r#"context.arguments has lines && context.arguments.lines.contains({sku: "x", count: 2, "unit size": Arguments::lines::unit_size::"s"})"#,
            true,
            false,
        ),
        (
            r#"context.arguments has to && context.arguments.to.country == Arguments::to::country::"DE""#,
            true,
            false,
        ),
        (
            r#"context.arguments has note && context.arguments.note like "h*""#,
            true,
            false,
        ),
        (
            r#"context.arguments.hasTag("/extra/x") && context.arguments.amount > 1"#,
            true,
            false,
        ),
    ] {
        let policy = format!("{REFUND} when {{ {condition} }};");
        let found = [full, bare].map(|arguments| permits(&policy, &call("refund", arguments)));
        assert_eq!(found, [of_full, of_bare], "{condition}");
    }
}

#[test]
fn declared_parameters_are_attributes_of_their_types() {
    let with = |values: &'static str| Operation {
        arguments: Some(object(values)),
        ..fetch(&[("id", "7")])
    };
    let full = with(
        r#"{"path":{"id":7},"query":{"limit":20,"status":"open"},"headers":{"x-tenant":"acme"}}"#,
    );
    let bare = with(r#"{"path":{"id":7},"query":{},"headers":{}}"#);
    for (condition, of_full, of_bare) in [
        ("context.parameters.path.id == 7", true, true),
        (
            "context.parameters.query has limit && context.parameters.query.limit <= 20",
            true,
            false,
        ),
        (
            r#"context.parameters.query has status && context.parameters.query.status == Parameters::query::status::"open""#,
            true,
            false,
        ),
        (
            r#"context.parameters.headers has "x-tenant" && context.parameters.headers["x-tenant"] == "acme""#,
            true,
            false,
        ),
        (
            r#"context.parameters.hasTag("id") && context.parameters.getTag("id") == "7""#,
            true,
            true,
        ),
    ] {
        let policy = format!("{ORDER} when {{ {condition} }};");
        let found = [&full, &bare].map(|operation| permits(&policy, operation));
        assert_eq!(found, [of_full, of_bare], "{condition}");
    }
}

#[test]
fn what_does_not_fit_the_declared_types_is_told_at_load() {
    let other =
        r#"permit(principal, action == Action::"call_tool", resource == Tool::"shop/other")"#;
    let any = r#"permit(principal, action == Action::"call_tool", resource)"#;
    for (scope, condition, told) in [
        (
            REFUND,
            "context.arguments.amuont > 100",
            "attribute `amuont`",
        ),
        (
            REFUND,
            r#"context.arguments.amount == "100""#,
            "not compatible",
        ),
        (
            REFUND,
            "context.arguments.price.lessThan(decimal(\"1.0\"))",
            "has price",
        ),
        (REFUND, "context.arguments.note == \"x\"", "has note"),
        (REFUND, "context.arguments has extra", "evaluates to false"),
        (
            REFUND,
            r#"context.arguments has currency && context.arguments.currency == Arguments::currency::"GBP""#,
            "GBP",
        ),
        (
            ORDER,
            "context.parameters.query.limt > 1",
            "attribute `query.limt`",
        ),
        (
            ORDER,
            "context.parameters.path.id == \"7\"",
            "not compatible",
        ),
        (
            other,
            "context.arguments.amount > 100",
            "attribute `amount`",
        ),
        (any, "context.arguments.amount > 100", "attribute `amount`"),
    ] {
        let policy = format!("{scope} when {{ {condition} }};");
        let error = load(&policy).map(drop).unwrap_err().to_string();
        assert!(error.contains(told), "{condition}: {error}");
    }
}

#[test]
fn policies_on_several_resources_are_each_validated_by_their_own() {
    let text = format!(
        "{REFUND} when {{ context.arguments.amount < 1 }};
         {ORDER} when {{ context.parameters.path.id < 1 }};
         forbid(principal, action, resource) when {{ context.request.host == \"x\" }};
         {REFUND} unless {{ context.arguments.amount < 0 }};"
    );
    assert_eq!(load(&text).unwrap().count(), 4);
}

#[test]
fn what_is_put_to_cedar_fits_the_schema_that_policies_were_validated_against() {
    let arguments = r#"{"amount":1,"price":1e1,"currency":"USD","until":"1961-04-12T06:07:00-03:00","day":"2000-02-29","tags":[],
        "lines":[{"sku":"","count":-9223372036854775808,"unit size":"m"}],"to":{"country":"FR"},"extra":1,"note":null}"#;
    let schema: Schema = schema_with(Holder::Arguments, &refund()).unwrap();
    let policy = format!(
        "{REFUND} when {{ context.arguments.amount == 1 || [context.arguments] == [context.arguments] }};"
    );
    let policies = load(&policy).unwrap();
    let principal = prepare(&policies, caller());
    let operation = call("refund", arguments);
    let setting = policies.setting(&principal, &operation).unwrap();
    let question = policies
        .question(&setting, &setting.slice, &principal, &operation, &FACTS)
        .unwrap();
    let entities = question.entities.iter().cloned();
    Entities::from_entities(entities, Some(&schema)).unwrap();
}

#[test]
fn nothing_is_made_of_what_no_policy_looks_at() {
    let policies = load(&format!("{REFUND};")).unwrap();
    let principal = prepare(&policies, caller());
    let operation = call("refund", r#"{"amount":1,"note":""}"#);
    let setting = policies.setting(&principal, &operation).unwrap();
    assert!(setting.declared.is_none());
}

#[test]
fn each_enumeration_is_named_by_its_place() {
    assert_eq!(
        choices(Holder::Arguments, &refund()),
        [
            "Arguments::currency",
            "Arguments::lines::unit_size",
            "Arguments::to::country"
        ]
    );
    let odd = record(
        ["a-b", "a_b", "in", "1st", "größe"]
            .map(|name| member(name, choice(&["x"])))
            .into(),
    );
    let names = choices(Holder::Arguments, &odd);
    let names: Vec<_> = names
        .iter()
        .filter_map(|name| name.strip_prefix("Arguments::"))
        .collect();
    assert_eq!(names, ["a_b", "a_b", "in_", "_1st", "gr__e"]);
    let without_first = record(odd.members.into_iter().skip(1).collect());
    schema_with(Holder::Arguments, &without_first).unwrap();
}

#[test]
fn the_schema_is_shown_in_cedars_syntax() {
    let text = schema_text(Holder::Arguments, &refund()).unwrap();
    for line in [
        "amount: Long,",
        "price?: decimal,",
        "currency?: Arguments::currency,",
        "entity currency enum [\"EUR\", \"USD\"];",
        "entity country enum [\"DE\", \"FR\"];",
        "note?: String,",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
