use super::super::input::Signatures;
use super::*;
use crate::request::Headers;

fn head(target: &str, fields: &[(&str, &str)]) -> Head {
    let pseudo = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "WWW.Example.com:443"),
        (":path", target),
    ];
    Head::parse(Headers::from_pairs(pseudo.iter().chain(fields).copied())).unwrap()
}

/// The lines of the base over `components`, without that of the parameters.
fn lines(
    components: &str,
    target: &str,
    fields: &[(&str, &str)],
) -> Result<Vec<String>, ComponentError> {
    let input = format!("s=({components});created=1");
    let mut all = vec![
        ("signature-input", input.as_str()),
        ("signature", "s=:AA==:"),
    ];
    all.extend(fields);
    let head = head(target, &all);
    let signatures = Signatures::read(head.headers()).unwrap().unwrap();
    let signature = match signatures.labelled("s") {
        Ok(signature) => signature,
        Err(super::super::error::HttpSignatureError::Component(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    };
    let origin = Origin::new(head.scheme(), head.authority()).unwrap();
    let base = Message::new(&head, &origin).base(&signature.covered)?;
    let (rest, last) = base.rsplit_once('\n').unwrap_or(("", &base));
    assert_eq!(
        last,
        format!("\"@signature-params\": ({components});created=1")
    );
    Ok(rest.lines().map(str::to_owned).collect())
}

#[test]
fn derived_components() {
    let target = "/a%2Fb//c?param=v%20x&q=&q2=%e4";
    for (component, value) in [
        ("@method", "POST"),
        ("@scheme", "https"),
        ("@authority", "www.example.com"),
        (
            "@target-uri",
            "https://www.example.com/a%2Fb//c?param=v%20x&q=&q2=%e4",
        ),
        ("@request-target", target),
        ("@path", "/a%2Fb//c"),
        ("@query", "?param=v%20x&q=&q2=%e4"),
    ] {
        let expected = vec![format!("\"{component}\": {value}")];
        assert_eq!(
            lines(&format!("\"{component}\""), target, &[]),
            Ok(expected),
            "{component}"
        );
    }
    assert_eq!(lines("", "/", &[]), Ok(vec![]));
    assert_eq!(
        lines("\"@query\" \"@path\"", "?x", &[]),
        Ok(vec!["\"@query\": ?x".to_owned(), "\"@path\": /".to_owned()])
    );
    assert_eq!(
        lines("\"@query\"", "/", &[]),
        Ok(vec!["\"@query\": ?".to_owned()])
    );
}

/// The examples of RFC 9421, section 2.2.8, and what is ambiguous.
#[test]
fn query_parameters() {
    let target = "/path?param=value&foo=bar&baz=batman&qux=&two=1&two=2&var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&%zz=%4&lone";
    for (name, expected) in [
        ("baz", Some("batman")),
        ("qux", Some("")),
        ("param", Some("value")),
        ("lone", Some("")),
        ("var", Some("this%20is%20a%20big%0Amultiline%20value")),
        ("bar", Some("with%20plus%20whitespace")),
        ("fa%C3%A7ade%22%3A%20", Some("something")),
        ("%25zz", Some("%254")),
        ("two", None),
        ("absent", None),
        ("BAZ", None),
    ] {
        let component = format!("\"@query-param\";name=\"{name}\"");
        let found = lines(&component, target, &[]).ok();
        let expected = expected.map(|value| vec![format!("{component}: {value}")]);
        assert_eq!(found, expected, "{name}");
    }
}

/// After RFC 9421, sections 2.1, 2.1.2 and 2.1.3.
#[test]
fn fields() {
    let fields = [
        ("x-ows", "  Leading and trailing \t"),
        ("Cache-Control", "max-age=60"),
        ("cache-control", "    must-revalidate"),
        ("x-empty", ""),
        ("x-dict", " a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ("x-lone", "value, with, lots"),
        ("x-lone", "of, commas"),
    ];
    for (component, value) in [
        ("\"x-ows\"", "Leading and trailing"),
        ("\"cache-control\"", "max-age=60, must-revalidate"),
        ("\"x-empty\"", ""),
        ("\"x-dict\"", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ("\"x-dict\";key=\"a\"", "1"),
        ("\"x-dict\";key=\"b\"", "2;x=1;y=2"),
        ("\"x-dict\";key=\"c\"", "(a b c)"),
        ("\"x-dict\";key=\"d\"", "?1"),
        (
            "\"x-lone\";bs",
            ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:",
        ),
        ("\"x-empty\";bs", "::"),
    ] {
        assert_eq!(
            lines(component, "/", &fields),
            Ok(vec![format!("{component}: {value}")]),
            "{component}"
        );
    }
}

#[test]
fn what_can_not_be_covered() {
    let missing = |name| ComponentError::Missing {
        component: Excerpt::of(name),
    };
    let parameter = |name| ComponentError::Parameter {
        parameter: Excerpt::of(name),
    };
    let unknown = |name| ComponentError::Unknown {
        name: Excerpt::of(name),
    };
    let fields = [
        ("x-dict", "a=1"),
        ("x-latin", "caf\u{e9}"),
        ("x-no", "a b="),
    ];
    for (components, expected) in [
        ("\"x-absent\"", missing("x-absent")),
        ("\"x-absent\";bs", missing("x-absent")),
        ("\"x-dict\";key=\"b\"", missing("x-dict")),
        ("\"x-dict\";sf", parameter("sf")),
        ("\"x-dict\";tr", parameter("tr")),
        ("\"x-dict\";req", parameter("req")),
        ("\"x-dict\";bs;key=\"a\"", parameter("bs")),
        ("\"x-dict\";bs=?0", parameter("bs")),
        ("\"x-dict\";name=\"a\"", parameter("name")),
        ("\"@method\";key=\"a\"", parameter("key")),
        ("\"@method\";name=\"a\"", parameter("name")),
        ("\"@method\";req", parameter("req")),
        ("\"@query-param\"", unknown("@query-param")),
        ("\"@status\"", unknown("@status")),
        ("\"@signature-params\"", unknown("@signature-params")),
        ("\"X-Dict\"", unknown("X-Dict")),
        ("\"\"", unknown("")),
        ("method", ComponentError::NotText),
        (
            "\"@method\" \"@method\"",
            ComponentError::Repeated {
                component: Excerpt::of("\"@method\""),
            },
        ),
        (
            "\"x-latin\"",
            ComponentError::Field(super::super::error::FieldError::NotAscii {
                field: Excerpt::of("x-latin"),
            }),
        ),
        (
            "\"x-no\";key=\"a\"",
            ComponentError::Field(super::super::error::FieldError::NotStructured {
                field: Excerpt::of("x-no"),
                expected: "a dictionary",
            }),
        ),
    ] {
        assert_eq!(
            lines(components, "/", &fields),
            Err(expected),
            "{components}"
        );
    }
}

/// A value with a line break would say what another component is.
#[test]
fn no_value_begins_another_line() {
    for (name, target, value) in [
        ("in a field", "/", "a\n\"@method\": GET"),
        ("a folded line", "/", "a\r\n b"),
        ("in the path", "/\n\"@method\": GET", "a"),
    ] {
        let found = lines("\"x-a\" \"@path\"", target, &[("x-a", value)]);
        assert!(
            matches!(
                found,
                Err(ComponentError::Field(_) | ComponentError::NotAscii { .. })
            ),
            "{name}: {found:?}"
        );
    }
}
