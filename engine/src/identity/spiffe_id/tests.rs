use proptest::prelude::*;

use super::*;

fn domain_character(found: &str) -> SpiffeIdError {
    SpiffeIdError::TrustDomainCharacter {
        found: Excerpt::of(found),
    }
}

fn path_character(found: &str) -> SpiffeIdError {
    SpiffeIdError::PathCharacter {
        found: Excerpt::of(found),
    }
}

#[test]
fn an_id_is_a_trust_domain_and_a_path() {
    let longest_domain = "a".repeat(255);
    let longest_path = format!("/{}", "a".repeat(2048 - "spiffe://acme.example/".len()));
    for (name, text, domain, path) in [
        (
            "a workload",
            "spiffe://acme.example/ns/shop/sa/agent",
            "acme.example",
            "/ns/shop/sa/agent",
        ),
        (
            "a trust domain's own",
            "spiffe://acme.example",
            "acme.example",
            "",
        ),
        (
            "every character",
            "spiffe://a-z_0.9/A-z_0.9",
            "a-z_0.9",
            "/A-z_0.9",
        ),
        ("dots among others", "spiffe://a/...", "a", "/..."),
        (
            "an address as a name",
            "spiffe://127.0.0.1/x",
            "127.0.0.1",
            "/x",
        ),
        (
            "the longest domain",
            &format!("spiffe://{longest_domain}"),
            &longest_domain,
            "",
        ),
        (
            "the longest id",
            &format!("spiffe://acme.example{longest_path}"),
            "acme.example",
            &longest_path,
        ),
    ] {
        let id = SpiffeId::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = (id.as_str(), id.trust_domain().as_str(), id.path());
        assert_eq!(found, (text, domain, path), "{name}");
        assert_eq!(id.to_string(), text, "{name}");
    }
}

#[test]
fn what_is_not_in_its_one_form_is_refused() {
    use SpiffeIdError::{
        DotSegment, EmptySegment, Scheme, TooLong, TrustDomainEmpty, TrustDomainTooLong,
    };

    let scheme = |text: &str| Scheme {
        found: Excerpt::of(text),
    };
    let long_domain = format!("spiffe://{}/x", "a".repeat(256));
    let long = format!("spiffe://acme.example/{}", "a".repeat(2048 - 21));
    for (name, text, expected) in [
        ("nothing", "", scheme("")),
        (
            "another scheme",
            "https://acme.example/x",
            scheme("https://acme.example/x"),
        ),
        (
            "the scheme in upper case",
            "SPIFFE://acme.example/x",
            scheme("SPIFFE://acme.example/x"),
        ),
        (
            "one slash",
            "spiffe:/acme.example/x",
            scheme("spiffe:/acme.example/x"),
        ),
        (
            "white space before",
            " spiffe://acme.example/x",
            scheme(" spiffe://acme.example/x"),
        ),
        ("no trust domain", "spiffe:///x", TrustDomainEmpty),
        ("the scheme alone", "spiffe://", TrustDomainEmpty),
        (
            "upper case",
            "spiffe://Acme.example/x",
            domain_character("Acme.example"),
        ),
        (
            "a port",
            "spiffe://acme.example:443/x",
            domain_character("acme.example:443"),
        ),
        (
            "user information",
            "spiffe://me@acme.example/x",
            domain_character("me@acme.example"),
        ),
        (
            "a query at the domain",
            "spiffe://acme.example?x",
            domain_character("acme.example?x"),
        ),
        (
            "a fragment at the domain",
            "spiffe://acme.example#x",
            domain_character("acme.example#x"),
        ),
        (
            "percent-encoding in the domain",
            "spiffe://acme%2eexample/x",
            domain_character("acme%2eexample"),
        ),
        (
            "another script",
            "spiffe://аcme.example/x",
            domain_character("аcme.example"),
        ),
        (
            "a long domain",
            &long_domain,
            TrustDomainTooLong { length: 256 },
        ),
        ("a long id", &long, TooLong { length: 2049 }),
        ("a last slash", "spiffe://acme.example/", EmptySegment),
        (
            "a last slash after a path",
            "spiffe://acme.example/x/",
            EmptySegment,
        ),
        ("an empty segment", "spiffe://acme.example//x", EmptySegment),
        ("a dot", "spiffe://acme.example/./x", DotSegment),
        ("two dots", "spiffe://acme.example/x/..", DotSegment),
        (
            "a query",
            "spiffe://acme.example/x?y",
            path_character("x?y"),
        ),
        (
            "a fragment",
            "spiffe://acme.example/x#y",
            path_character("x#y"),
        ),
        (
            "percent-encoding",
            "spiffe://acme.example/%2e",
            path_character("%2e"),
        ),
        (
            "a backslash",
            "spiffe://acme.example/x\\y",
            path_character("x\\y"),
        ),
        (
            "a line break",
            "spiffe://acme.example/x\n",
            path_character("x\n"),
        ),
    ] {
        assert_eq!(SpiffeId::parse(text), Err(expected), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_is_refused_or_kept_as_it_is(text in "(spiffe://)?[ -~é]{0,40}") {
        if let Ok(id) = SpiffeId::parse(&text) {
            let rebuilt = format!("spiffe://{}{}", id.trust_domain(), id.path());
            prop_assert_eq!(&rebuilt, &text);
            prop_assert!(!text.contains(['?', '#', '%', '@', ' ', '\\']));
            prop_assert!(!id.trust_domain().as_str().contains(|c: char| c == ':' || c.is_uppercase()));
        }
    }

    #[test]
    fn well_formed_ids_are_read(
        domain in "[a-z0-9._-]{1,255}",
        segments in proptest::collection::vec("[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,30}", 0..8),
    ) {
        let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        let id = SpiffeId::parse(&format!("spiffe://{domain}{path}")).unwrap();
        prop_assert_eq!(id.trust_domain().as_str(), domain);
        prop_assert_eq!(id.path(), path);
    }
}
