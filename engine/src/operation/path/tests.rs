use proptest::prelude::*;

use super::{LONGEST, NormalPath, PathError, decode_segment};

fn normal(target: &str) -> Result<String, PathError> {
    NormalPath::of_target(target).map(|path| path.as_str().to_owned())
}

#[test]
fn forms_that_are_the_same_path_become_one() {
    for (name, target, expected) in [
        ("root", "/", "/"),
        ("plain", "/v1/orders/7", "/v1/orders/7"),
        ("query is no part of it", "/a?b=/../;//%2f", "/a"),
        ("trailing slash stays", "/a/b/", "/a/b/"),
        ("letter decoded", "/%61b%43", "/abC"),
        (
            "every unreserved mark decoded",
            "/a%2Db%2eb%5F%7e",
            "/a-b.b_~",
        ),
        ("hexadecimal digits in upper case", "/%c3%a9", "/%C3%A9"),
        ("reserved stays encoded", "/a%3Db%26", "/a%3Db%26"),
        (
            "reserved stays plain",
            "/a=b&c:d@e!$'()*+,",
            "/a=b&c:d@e!$'()*+,",
        ),
        ("dots inside a name", "/a..b/...", "/a..b/..."),
        ("space stays encoded", "/a%20b", "/a%20b"),
    ] {
        assert_eq!(normal(target), Ok(expected.to_owned()), "{name}");
    }
}

#[test]
fn forms_that_servers_read_differently_are_refused() {
    for (name, target, expected) in [
        ("empty", "", PathError::NotOriginForm),
        ("relative", "a/b", PathError::NotOriginForm),
        ("asterisk form", "*", PathError::NotOriginForm),
        ("absolute form", "http://host/a", PathError::NotOriginForm),
        ("query only", "?a", PathError::NotOriginForm),
        ("fragment", "/a#b", PathError::Fragment),
        ("fragment in the query", "/a?b#c", PathError::Fragment),
        ("authority lookalike", "//host/a", PathError::EmptySegment),
        ("double slash", "/a//b", PathError::EmptySegment),
        ("double slash at the end", "/a//", PathError::EmptySegment),
        ("dot", "/a/./b", PathError::DotSegment),
        ("dot dot", "/a/../b", PathError::DotSegment),
        ("dot dot at the end", "/a/..", PathError::DotSegment),
        ("encoded dot", "/%2e/a", PathError::DotSegment),
        ("encoded dots", "/%2e%2E/a", PathError::DotSegment),
        ("half encoded dots", "/.%2e/a", PathError::DotSegment),
        ("path parameter", "/a;b=c/d", PathError::PathParameter),
        ("hidden dot dot", "/a/..;/b", PathError::PathParameter),
        ("encoded semicolon", "/a%3Bb", PathError::PathParameter),
        ("encoded slash", "/a%2fb", PathError::EncodedSlash),
        (
            "encoded slash in upper case",
            "/a%2Fb",
            PathError::EncodedSlash,
        ),
        ("backslash", "/a\\b", PathError::Backslash),
        ("encoded backslash", "/a%5cb", PathError::Backslash),
        ("double encoding", "/%252e%252e/", PathError::EncodedPercent),
        (
            "encoded question mark",
            "/a%3Fb",
            PathError::EncodedDelimiter,
        ),
        ("encoded hash", "/a%23b", PathError::EncodedDelimiter),
        ("nul", "/a%00.json", PathError::ControlCharacter),
        ("line break", "/a%0d%0ab", PathError::ControlCharacter),
        ("delete", "/a%7F", PathError::ControlCharacter),
        ("plain control", "/a\tb", PathError::ControlCharacter),
        (
            "control beyond ascii",
            "/a%C2%85b",
            PathError::ControlCharacter,
        ),
        ("overlong dot", "/%c0%ae/", PathError::NotUtf8),
        ("latin-1", "/caf%e9", PathError::NotUtf8),
        ("utf-8 cut by a slash", "/%C3/%A9", PathError::NotUtf8),
        ("percent at the end", "/a%", PathError::BadEscape),
        ("one digit", "/a%4", PathError::BadEscape),
        ("no digits", "/a%zz", PathError::BadEscape),
        ("iis unicode escape", "/%u002e", PathError::BadEscape),
        ("plus sign for a digit", "/%+1", PathError::BadEscape),
        ("space", "/a b", PathError::UnencodedCharacter),
        ("quote", "/a\"b", PathError::UnencodedCharacter),
        ("brace", "/{id}", PathError::UnencodedCharacter),
        ("non-ascii", "/é", PathError::UnencodedCharacter),
    ] {
        assert_eq!(normal(target), Err(expected), "{name}: {target:?}");
    }
}

#[test]
fn length_is_bounded_without_the_query() {
    let longest = format!("/{}", "a".repeat(LONGEST - 1));
    assert_eq!(normal(&format!("{longest}?{longest}")), Ok(longest.clone()));
    assert_eq!(
        normal(&format!("{longest}a")),
        Err(PathError::TooLong { limit: LONGEST })
    );
}

#[test]
fn segments_decode_to_what_they_mean() {
    let path = NormalPath::of_target("/a%20b/caf%c3%a9/").unwrap();
    let decoded: Vec<_> = path.segments().map(decode_segment).collect();
    assert_eq!(decoded, ["a b", "café", ""]);
}

/// Paths from the pieces that attackers use.
fn hostile_target() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just(".".to_owned()),
        Just("..".to_owned()),
        (any::<u8>(), any::<bool>()).prop_map(|(byte, upper)| if upper {
            format!("%{byte:02X}")
        } else {
            format!("%{byte:02x}")
        }),
        "[a-z0-9;\\\\?#%~ é_-]",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn normal_form_is_stable(target in hostile_target()) {
        if let Ok(once) = normal(&target) {
            prop_assert_eq!(normal(&once), Ok(once.clone()));
        }
    }

    /// However often and by whatever server an accepted path is decoded, it stays within the same segments.
    #[test]
    fn accepted_paths_hide_nothing(target in hostile_target()) {
        if let Ok(path) = NormalPath::of_target(&target) {
            let count = path.segments().count();
            for (place, segment) in path.segments().enumerate() {
                let decoded = decode_segment(segment);
                prop_assert!(!decoded.contains(['/', '\\', ';', '%', '?', '#', '\0']));
                prop_assert!(!decoded.contains(char::is_control));
                prop_assert!(decoded != "." && decoded != "..");
                prop_assert!(!decoded.is_empty() || place + 1 == count);
            }
        }
    }

    #[test]
    fn no_text_breaks_it(target in any::<String>()) {
        let _ = normal(&target);
        let _ = normal(&format!("/{target}"));
    }
}
