use super::{Asked, ConstraintArguments, Details, DetailsError, Given};
use crate::json::{Limits, Value, parse};
use crate::time::UnixTime;

fn json(text: &str) -> Value<'_> {
    parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// What is said when the tool `pay` of the shop is called with `arguments`, or with nobody knows what where they are `null`;
/// nothing where it is permitted.
fn call(claim: &str, actors: usize, arguments: &str) -> Option<String> {
    let names = ConstraintArguments {
        amount: Some("amount".to_owned()),
        currency: Some("currency".to_owned()),
        tenant: Some("tenant".to_owned()),
        data_classification: None,
    };
    let claim = json(claim);
    let details = match Details::read(&claim, actors, &names) {
        Ok(details) => details,
        Err(error) => return Some(error.to_string()),
    };
    let arguments = json(arguments);
    let asked = Asked {
        resource: Some("https://shop"),
        action: Some("pay"),
        arguments: arguments.as_object().map_or(Given::Unknown, Given::These),
        now: UnixTime(1_800_000_000),
    };
    details.permit(&asked).err().map(|error| error.to_string())
}

/// An entry for paying, with more members.
fn entry(more: &str) -> String {
    format!(
        r#"[{{"type": "mission_resource_access", "resource": "https://shop", "actions": ["pay", "look"]{more}}}]"#
    )
}

#[test]
fn only_what_an_entry_grants_is_permitted() {
    let no_resource = "no entry that is understood is for the resource `https://shop`";
    let other = format!("{no_resource}; unknown types: `payment_initiation`");
    for (name, claim, expected) in [
        ("the action", entry(""), None),
        ("exactly this resource", entry(r#","resource_match":"exact""#), None),
        ("nothing at all", "[]".to_owned(), Some(no_resource)),
        (
            "another type only",
            r#"[{"type": "payment_initiation", "actions": ["pay"], "locations": ["https://shop"]}]"#.to_owned(),
            Some(&other),
        ),
        (
            "another resource",
            entry("").replace("https://shop", "https://shop/"),
            Some(no_resource),
        ),
        (
            "another action",
            entry("").replace("\"pay\"", "\"Pay\""),
            Some("no entry for the resource `https://shop` has the action `pay`"),
        ),
        (
            "a family of actions is no action",
            entry("").replace("\"pay\"", "\"pay.*\""),
            Some("no entry for the resource `https://shop` has the action `pay`"),
        ),
        (
            "resources below one",
            entry(r#","resource_match":"prefix""#),
            Some("the entry for it grants nothing here: its `resource_match` is not `exact`"),
        ),
        (
            "an empty match",
            entry(r#","resource_match":"""#),
            Some("the entry for it grants nothing here: its `resource_match` is not `exact`"),
        ),
        (
            "a member that could narrow",
            entry(r#","identifier":"account-1""#),
            Some("the entry for it grants nothing here: its member `identifier` is not known"),
        ),
        (
            "a second entry that grants it",
            format!("{},{}", entry(r#","identifier":1"#).trim_end_matches(']'), &entry("")[1..]),
            None,
        ),
    ] {
        assert_eq!(call(&claim, 0, "{}").as_deref(), expected, "{name}");
    }
}

#[test]
fn a_constraint_is_enforced_or_nothing_is_granted() {
    let withheld = |name: &str| {
        Some(format!(
            "the entry for it grants nothing here: its constraint `{name}` can't be enforced"
        ))
    };
    let rejected = |what: &str| {
        Some(format!(
            "the entry for it doesn't allow this: the argument {what}"
        ))
    };
    let amount = r#""max_amount": {"amount": "500.00", "currency": "USD"}"#;
    let free = r#"{"amount": 1, "currency": "USD"}"#;
    let above = || rejected("`amount` is not within `range [0, 500]`");
    for (name, constraints, arguments, expected) in [
        ("none", "", "{}", None),
        ("not known yet", amount, "null", None),
        ("within an amount", amount, r#"{"amount": 500.0, "currency": "USD", "to": "x"}"#, None),
        ("above it", amount, r#"{"amount": 500.01, "currency": "USD"}"#, above()),
        ("below zero", amount, r#"{"amount": -1, "currency": "USD"}"#, above()),
        ("an amount as text", amount, r#"{"amount": "1", "currency": "USD"}"#, above()),
        (
            "another currency",
            amount,
            r#"{"amount": 1, "currency": "EUR"}"#,
            rejected("`currency` is not within `exact 'USD'`"),
        ),
        ("no amount", amount, r#"{"currency": "USD"}"#, rejected("`amount` is required")),
        (
            "an amount that two readers read differently",
            amount,
            r#"{"amount": 500.00000000000000001, "currency": "USD"}"#,
            Some(
                "the entry for it doesn't allow this: the arguments are ambiguous: the number `500.00000000000000001` is not one \
                 that every JSON reader understands the same: write it with fewer digits"
                    .to_owned(),
            ),
        ),
        ("an amount that is a number", r#""max_amount": {"amount": 500, "currency": "USD"}"#, free, withheld("max_amount")),
        ("one with an exponent", r#""max_amount": {"amount": "5e2", "currency": "USD"}"#, free, withheld("max_amount")),
        ("a negative one", r#""max_amount": {"amount": "-5", "currency": "USD"}"#, free, withheld("max_amount")),
        ("without a currency", r#""max_amount": {"amount": "5"}"#, free, withheld("max_amount")),
        (
            "with something else",
            r#""max_amount": {"amount": "5", "currency": "USD", "per": "day"}"#,
            free,
            withheld("max_amount"),
        ),
        ("a tenant", r#""tenant": "a""#, r#"{"tenant": "a"}"#, None),
        (
            "another tenant",
            r#""tenant": "a""#,
            r#"{"tenant": "A"}"#,
            rejected("`tenant` is not within `exact 'a'`"),
        ),
        (
            "one whose argument isn't configured",
            r#""data_classification": ["public"]"#,
            "{}",
            withheld("data_classification"),
        ),
        ("an unknown one", r#""max_calls": 3"#, "{}", withheld("max_calls")),
        ("an unknown one beside others", &format!(r#"{amount}, "x": null"#), free, withheld("x")),
        ("an approval for each call", r#""requires_action_approval": true"#, "{}", withheld("requires_action_approval")),
        ("no such approval", r#""requires_action_approval": false"#, "{}", None),
        ("the tool", r#""allowed_tools": ["pay"]"#, "{}", None),
        (
            "other tools",
            r#""allowed_tools": ["look"]"#,
            "{}",
            Some("no entry for the resource `https://shop` has the action `pay`".to_owned()),
        ),
        ("no tools", r#""allowed_tools": []"#, "{}", withheld("allowed_tools")),
        ("a window", r#""time_window": {"not_before": "2027-01-15T08:00:00Z"}"#, "{}", None),
        (
            "the last second of one",
            r#""time_window": {"not_after": "2027-01-15T08:00:00Z"}"#,
            "{}",
            None,
        ),
        (
            "one that is over",
            r#""time_window": {"not_after": "2027-01-15T07:59:59Z"}"#,
            "{}",
            Some("the entry for it is for another time".to_owned()),
        ),
        (
            "one in another time zone",
            r#""time_window": {"not_after": "2028-01-15T08:00:00+01:00"}"#,
            "{}",
            withheld("time_window"),
        ),
        ("one without bounds", r#""time_window": {}"#, "{}", withheld("time_window")),
        (
            "arguments",
            r#""arguments": {"n": {"constraint_type": "range", "max": 3}, "m": {"constraint_type": "wildcard", "optional": true}}"#,
            r#"{"n": 3}"#,
            None,
        ),
        (
            "another argument",
            r#""arguments": {"n": {"constraint_type": "range", "max": 3}}"#,
            r#"{"n": 3, "o": 1}"#,
            rejected("`o` is not among those that are authorized"),
        ),
        (
            "arguments and an amount hold together",
            &format!(r#"{amount}, "arguments": {{"n": {{"constraint_type": "wildcard"}}}}"#),
            free,
            rejected("`amount` is not among those that are authorized"),
        ),
        (
            "an unknown type of argument constraint",
            r#""arguments": {"n": {"constraint_type": "regex", "pattern": "a"}}"#,
            r#"{"n": 3}"#,
            withheld("arguments"),
        ),
    ] {
        let claim = entry(&format!(r#","constraints": {{{constraints}}}"#));
        assert_eq!(call(&claim, 0, arguments), expected, "{name}");
    }
    let no_object = entry(r#","constraints": []"#);
    assert_eq!(call(&no_object, 0, "{}"), withheld("constraints"));
}

#[test]
fn an_entry_goes_no_further_than_it_may_be_delegated() {
    let depth = |depth: &str| entry(&format!(r#","delegation": {{"max_depth": {depth}}}"#));
    let prefix = "the entry for it grants nothing here: it may not be delegated";
    for (name, claim, actors, expected) in [
        ("nobody in between", entry(""), 0, None),
        (
            "not delegable",
            entry(""),
            1,
            Some(", and the token names actors"),
        ),
        ("as far as it may", depth("2"), 2, None),
        ("further", depth("2"), 3, Some(" through 3 actors")),
        (
            "a depth that is no number",
            depth("\"9\""),
            1,
            Some(" through 1 actors"),
        ),
        ("a negative one", depth("-1"), 1, Some(" through 1 actors")),
    ] {
        let expected = expected.map(|rest| format!("{prefix}{rest}"));
        assert_eq!(call(&claim, actors, "{}"), expected, "{name}");
    }
}

#[test]
fn what_has_no_shape_is_refused() {
    let wrong = |entry, member, expected| DetailsError {
        entry,
        member,
        expected,
    };
    let no_text = "a string that isn't empty";
    let no_actions = || wrong(1, "actions", "an array of 1 to 256 different strings");
    let many = format!("[{}]", vec![r#"{"type":"x"}"#; 65].join(","));
    let of = |rest: &str| format!(r#"[{{"type":"x"}},{{"type":"mission_resource_access"{rest}}}]"#);
    for (claim, expected) in [
        (
            r#"{"type":"x"}"#,
            wrong(0, "authorization_details", "an array of at most 64 objects"),
        ),
        (
            &*many,
            wrong(0, "authorization_details", "an array of at most 64 objects"),
        ),
        (r#"[1]"#, wrong(0, "entry", "an object")),
        (r#"[{}]"#, wrong(0, "type", no_text)),
        (r#"[{"type":7}]"#, wrong(0, "type", no_text)),
        (&of(""), wrong(1, "resource", no_text)),
        (&of(r#","resource":["a"]"#), wrong(1, "resource", no_text)),
        (&of(r#","resource":"a""#), no_actions()),
        (&of(r#","resource":"a","actions":"pay""#), no_actions()),
        (&of(r#","resource":"a","actions":[]"#), no_actions()),
        (&of(r#","resource":"a","actions":["a","a"]"#), no_actions()),
        (&of(r#","resource":"a","actions":["a",""]"#), no_actions()),
    ] {
        let claim = json(claim);
        let found = Details::read(&claim, 0, &ConstraintArguments::default());
        assert_eq!(found, Err(expected), "{claim}");
    }
}

#[test]
fn a_session_needs_some_grant_for_the_resource() {
    let of = |claim: &str, resource| {
        let claim = json(claim);
        let details = Details::read(&claim, 0, &ConstraintArguments::default()).unwrap();
        let asked = Asked {
            resource,
            action: None,
            arguments: Given::Nothing,
            now: UnixTime(0),
        };
        details.permit(&asked).err().map(|error| error.to_string())
    };
    let here = Some("https://shop");
    let constrained =
        entry(r#","constraints": {"arguments": {"n": {"constraint_type": "wildcard"}}}"#);
    for (name, claim, resource, expected) in [
        ("one with constraints", &*constrained, here, None),
        (
            "one for another resource",
            &entry("").replace("shop", "mail"),
            here,
            Some("no entry that is understood is for the resource `https://shop`"),
        ),
        (
            "no resource here",
            &entry(""),
            None,
            Some("the token states its authority by resource, and the route names none"),
        ),
    ] {
        assert_eq!(of(claim, resource).as_deref(), expected, "{name}");
    }
}
