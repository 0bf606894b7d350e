use super::{Element, Form, Listed, ListingError, Lists, MOST_LISTED, narrow};
use crate::json::Kind;
use crate::operation::{McpRevision, Protocol};

/// The message with only what has none of these names.
fn without(text: &str, hidden: &[&str]) -> Result<String, ListingError> {
    let lists = Lists {
        form: Form::Mcp,
        usable: true,
        tasks: false,
    };
    narrowed(text, lists, hidden)
}

fn narrowed(text: &str, lists: Lists, hidden: &[&str]) -> Result<String, ListingError> {
    narrowed_in(McpRevision::V2025_11_25, text, lists, hidden)
}

fn narrowed_in(
    revision: McpRevision,
    text: &str,
    lists: Lists,
    hidden: &[&str],
) -> Result<String, ListingError> {
    let mut keep = |element: Element<'_>| {
        let (Element::Usable(
            Listed::Tool(name)
            | Listed::Resource(name)
            | Listed::Template(name)
            | Listed::Prompt(name),
        )
        | Element::Task(name)) = element;
        !hidden.contains(&name)
    };
    let protocol = Protocol::Mcp(revision);
    let narrowed = narrow(text.as_bytes(), lists, protocol, &mut keep)?;
    let narrowed = narrowed.unwrap_or_else(|| text.as_bytes().to_vec());
    Ok(String::from_utf8(narrowed).unwrap())
}

#[test]
fn only_elements_of_lists_go() {
    let tools = r#"{"jsonrpc":"2.0","id":7e0,"result":{"tools":[{"name":"a","inputSchema":{"maximum":1.50}}, {"name":"b"},{"name":"c"}],"nextCursor":"x","n":1.0}}"#;
    let templates = r#"{"result":{"resourceTemplates":[{"uriTemplate":"file:///{p}"},{"uriTemplate":"db:///{t}"}]}}"#;
    for (name, text, hidden, expected) in [
        ("nothing is hidden", tools, &[][..], tools.to_owned()),
        (
            "the middle",
            tools,
            &["b"],
            tools.replace(r#", {"name":"b"},"#, ", "),
        ),
        (
            "all",
            tools,
            &["a", "b", "c"],
            r#"{"jsonrpc":"2.0","id":7e0,"result":{"tools":[],"nextCursor":"x","n":1.0}}"#
                .to_owned(),
        ),
        (
            "templates",
            templates,
            &["db:///{t}"],
            r#"{"result":{"resourceTemplates":[{"uriTemplate":"file:///{p}"}]}}"#.to_owned(),
        ),
        (
            "one that everybody might have been shown",
            r#"{"result":{"cacheScope" : "pub\u006cic","tools":[{"name":"a"},{"name":"b"}],"ttlMs":5}}"#,
            &["a"],
            r#"{"result":{"cacheScope" : "private","tools":[{"name":"b"}],"ttlMs":5}}"#.to_owned(),
        ),
        (
            "one of which nothing goes now",
            r#"{"result":{"tools":[{"name":"a"}],"cacheScope":"public"}}"#,
            &[],
            r#"{"result":{"tools":[{"name":"a"}],"cacheScope":"private"}}"#.to_owned(),
        ),
        (
            "no list",
            r#"{"result":{"contents":[],"cacheScope":"public"}}"#,
            &[],
            r#"{"result":{"contents":[],"cacheScope":"public"}}"#.to_owned(),
        ),
        (
            "two lists, in another order",
            r#"{"result":{"prompts":[{"name":"p"}],"tools":[{"name":"a"}]}}"#,
            &["p", "a"],
            r#"{"result":{"prompts":[],"tools":[]}}"#.to_owned(),
        ),
        (
            "what nobody could ask for",
            r#"{"result":{"tools":[1,{},{"name":""},{"name":5},{"name":"a"},{"name":"\u0007"}]}}"#,
            &[],
            r#"{"result":{"tools":[{"name":"a"}]}}"#.to_owned(),
        ),
        (
            "resources that can't be read by that URI",
            r#"{"result":{"resources":[{"uri":"file:///a"},{"uri":"file:///x/../b"},{"name":"c"}]}}"#,
            &[],
            r#"{"result":{"resources":[{"uri":"file:///a"}]}}"#.to_owned(),
        ),
        (
            "an error",
            r#"{"id":1,"error":{"code":-1,"data":{"tools":[{"name":"a"}]}}}"#,
            &["a"],
            r#"{"id":1,"error":{"code":-1,"data":{"tools":[{"name":"a"}]}}}"#.to_owned(),
        ),
        (
            "a notification",
            r#"{"method":"notifications/progress","params":{"tools":[{"name":"a"}]}}"#,
            &["a"],
            r#"{"method":"notifications/progress","params":{"tools":[{"name":"a"}]}}"#.to_owned(),
        ),
        (
            "an escaped name of a list",
            r#"{"r\u0065sult":{"too\u006cs":[{"n\u0061me":"\u0061"}]}}"#,
            &["a"],
            r#"{"r\u0065sult":{"too\u006cs":[]}}"#.to_owned(),
        ),
        (
            "half a character in a title",
            r#"{"\ud800":"\udfff","result":{"tools":[{"name":"a","title":"\ud83d"},{"name":"b"}]}}"#,
            &["b"],
            r#"{"\ud800":"\udfff","result":{"tools":[{"name":"a","title":"\ud83d"}]}}"#.to_owned(),
        ),
        (
            "half a character in a name",
            r#"{"result":{"tools":[{"name":"a\ud83d"}],"prompts":[{"name":"\udc00"}],"resources":[{"uri":"file:///\ud800"}],"resourceTemplates":[{"uriTemplate":"file:///\ud800"}]}}"#,
            &[],
            r#"{"result":{"tools":[],"prompts":[],"resources":[],"resourceTemplates":[]}}"#
                .to_owned(),
        ),
    ] {
        assert_eq!(without(text, hidden), Ok(expected), "{name}");
    }
}

#[test]
fn what_is_beyond_the_bound_is_cut_off() {
    let of = |count: usize| {
        let tools = vec![r#"{"name":"a"}"#; count].join(",");
        format!(r#"{{"result":{{"tools":[{tools}],"nextCursor":"x"}}}}"#)
    };
    let more = of(MOST_LISTED.saturating_add(2));
    assert_eq!(without(&more, &[]), Ok(of(MOST_LISTED)));
}

#[test]
fn the_messages_of_a_batch_are_narrowed_each_and_bounded_together() {
    const LISTS: Lists = Lists {
        form: Form::Mcp,
        usable: true,
        tasks: false,
    };
    let early = |text: &str| narrowed_in(McpRevision::V2025_03_26, text, LISTS, &["b"]);
    let text = r#" [{"result":{"tools":[{"name":"a"},{"name":"b"}]}}, {"id":1},{"result":{"prompts":[{"name":"b"}]}}]"#;
    let expected = r#" [{"result":{"tools":[{"name":"a"}]}}, {"id":1},{"result":{"prompts":[]}}]"#;
    assert_eq!(early(text), Ok(expected.to_owned()));
    assert_eq!(early("[]"), Ok("[]".to_owned()));
    let nested = ListingError::NotAnObject { found: Kind::Array };
    assert_eq!(early(&format!("[{text}]")), Err(nested));
    let with_mark = early(&format!("\u{feff}{text}"));
    assert!(matches!(with_mark, Err(ListingError::Json(_))));

    let list = |count: usize| {
        let tools = vec![r#"{"name":"a"}"#; count].join(",");
        format!(r#"{{"result":{{"tools":[{tools}]}}}}"#)
    };
    let (all, half) = (MOST_LISTED, MOST_LISTED / 2);
    let whole = format!("[{},{},{}]", list(half), list(all), list(1));
    let shown = format!("[{},{},{}]", list(half), list(half), list(0));
    assert_eq!(early(&whole), Ok(shown));
}

#[test]
fn what_could_hide_a_list_is_not_read() {
    type Row<'r> = (&'r str, &'r str, fn(&ListingError) -> bool);
    let rows: [Row<'_>; 6] = [
        ("no JSON", "tools", |e| matches!(e, ListingError::Json(_))),
        (
            "two members of one name",
            r#"{"result":{"tools":[],"tools":[{"name":"a"}]}}"#,
            |e| matches!(e, ListingError::Json(_)),
        ),
        ("a batch", r#"[{"result":{"tools":[{"name":"a"}]}}]"#, |e| {
            *e == ListingError::NotAnObject { found: Kind::Array }
        }),
        ("no array", r#"{"result":{"tools":{"name":"a"}}}"#, |e| {
            let list = "tools";
            let found = Kind::Object;
            *e == ListingError::NotAList { list, found }
        }),
        (
            "a list in another case",
            r#"{"result":{"Tools":[{"name":"a"}]}}"#,
            |e| matches!(e, ListingError::Ambiguous { .. }),
        ),
        (
            "the result in another case",
            r#"{"Result":{"tools":[{"name":"a"}]}}"#,
            |e| matches!(e, ListingError::Ambiguous { .. }),
        ),
    ];
    for (name, text, is_it) in rows {
        let error = without(text, &[]).expect_err(name);
        assert!(is_it(&error), "{name}: {error:?}");
    }
}

#[test]
fn tasks_are_listed_by_their_ids() {
    for (form, text, expected) in [
        (
            Form::Mcp,
            r#"{"result":{"tasks":[{"taskId":"a","id":"b"},{"taskId":"b"},{"id":"a"}],"nextCursor":"x","tools":[1]}}"#,
            r#"{"result":{"tasks":[{"taskId":"a","id":"b"}],"nextCursor":"x","tools":[1]}}"#,
        ),
        (
            Form::A2aRpc,
            r#"{"result":{"nextPageToken":"x","tasks":[{"id":"b"}, {"id":"a","taskId":"b"}]}}"#,
            r#"{"result":{"nextPageToken":"x","tasks":[{"id":"a","taskId":"b"}]}}"#,
        ),
        (
            Form::A2aRest,
            r#"{"result":{"tasks":[{"id":"b"}]},"tasks":[{"id":"b"},5,{"id":"a","ID":"b"}]}"#,
            r#"{"result":{"tasks":[{"id":"b"}]},"tasks":[]}"#,
        ),
        (
            Form::A2aRpc,
            r#"{"error":{"tasks":[{"id":"b"}]}}"#,
            r#"{"error":{"tasks":[{"id":"b"}]}}"#,
        ),
    ] {
        let lists = Lists {
            form,
            usable: false,
            tasks: true,
        };
        assert_eq!(
            narrowed(text, lists, &["b"]),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
    let of_tasks = Lists {
        form: Form::A2aRest,
        usable: false,
        tasks: true,
    };
    for (text, expected) in [
        ("[]", ListingError::NotAnObject { found: Kind::Array }),
        (
            r#"{"tasks":{"id":"a"}}"#,
            ListingError::NotAList {
                list: "tasks",
                found: Kind::Object,
            },
        ),
    ] {
        assert_eq!(narrowed(text, of_tasks, &[]), Err(expected), "{text}");
    }
}
