use serde_json::{Value, json};

use super::read;
use crate::fragment;

fn imported(document: &Value) -> (Value, Vec<String>) {
    let (operations, notes) = read(document).unwrap();
    let notes = notes.iter().map(ToString::to_string).collect();
    let fragment = fragment::of_operations(&operations);
    (fragment["http"]["operations"].clone(), notes)
}

fn document(paths: &Value) -> Value {
    json!({"openapi": "3.0.3", "info": {}, "paths": paths})
}

#[test]
fn operations_have_the_parameters_of_their_path_and_their_own() {
    let limit = json!({"name": "limit", "in": "query", "schema": {"type": "integer"}});
    let paths = json!({"/orders/{id}": {
        "parameters": [
            {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
            {"name": "limit", "in": "query", "required": true, "schema": {"type": "string"}},
        ],
        "get": {
            "operationId": "read",
            "parameters": [
                {"$ref": "#/components/parameters/Limit"},
                {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                {"name": "X-Tenant", "in": "header", "required": true, "schema": {"$ref": "#/components/schemas/Tenant"}},
            ],
        },
        "delete": {"operationId": "remove"},
    }});
    let mut document = document(&paths);
    document["servers"] = json!([{"url": "https://a.example/v1/"}]);
    document["components"] = json!({
        "parameters": {"Limit": limit},
        "schemas": {"Tenant": {"type": "string", "enum": ["acme"]}},
    });
    let expected = json!([
        {"name": "remove", "method": "DELETE", "path": "/v1/orders/{id}", "parameters": {
            "path": {"id": {"type": "integer"}}, "query": {"limit": {"type": "string"}}}},
        {"name": "read", "method": "GET", "path": "/v1/orders/{id}", "parameters": {
            "path": {"id": {"type": "integer"}},
            "query": {
                "limit": {"type": "integer", "optional": true},
                "tag": {"type": "array", "items": {"type": "string"}, "optional": true}},
            "headers": {"x-tenant": {"type": "string", "enum": ["acme"]}}}},
    ]);
    assert_eq!(imported(&document), (expected, Vec::new()));
}

#[test]
fn a_header_field_is_one_however_it_is_written() {
    let field =
        |name: &str, kind: &str| json!({"name": name, "in": "header", "schema": {"type": kind}});
    let paths = json!({"/a": {
        "parameters": [field("x-tenant", "string")],
        "get": {"operationId": "a", "parameters": [field("X-Tenant", "integer")]},
    }});
    let (operations, notes) = imported(&document(&paths));
    let expected = json!({"headers": {"x-tenant": {"type": "integer", "optional": true}}});
    assert_eq!(operations[0]["parameters"], expected);
    assert_eq!(notes, [""; 0]);
}

#[test]
fn nullable_is_of_openapi_3_0() {
    let schema = json!({"type": "array", "items": {"type": "string", "nullable": true}});
    let parameter = json!({"name": "q", "in": "query", "schema": schema});
    let paths = json!({"/a": {"get": {"operationId": "a", "parameters": [parameter]}}});
    for (version, items, note) in [
        (
            "3.0.3",
            "any",
            "an element may be null, so any value passes and policies don't see it by name",
        ),
        ("3.1.0", "string", "`nullable` is not checked"),
    ] {
        let mut document = document(&paths);
        document["openapi"] = version.into();
        let (operations, notes) = imported(&document);
        assert_eq!(
            operations[0]["parameters"]["query"]["q"]["items"],
            json!({"type": items}),
            "{version}"
        );
        let place = "#/paths/~1a/get/parameters/q/items";
        assert_eq!(notes, [format!("{place}: {note}")], "{version}");
    }
}

#[test]
fn what_is_not_imported_is_told() {
    let query = |more: Value| {
        let mut parameter = json!({"name": "q", "in": "query"});
        let members = parameter.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        json!({"operationId": "a", "parameters": [parameter]})
    };
    let list = json!({"type": "array", "items": {"type": "string"}});
    let string = json!({"query": {"q": {"type": "string", "optional": true}}});
    for (operation, parameters, notes) in [
        (
            json!({"operationId": "a", "requestBody": {}, "callbacks": {}, "servers": []}),
            json!({}),
            vec![
                "#/paths/~1a/post: `callbacks` is not imported",
                "#/paths/~1a/post: `servers` is not imported",
                "#/paths/~1a/post/requestBody: bodies of plain HTTP pass unseen",
            ],
        ),
        (
            query(json!({"in": "cookie"})),
            json!({}),
            vec!["#/paths/~1a/post/parameters/q: cookies are not judged"],
        ),
        (
            query(json!({"schema": list, "explode": false})),
            string.clone(),
            vec![
                "#/paths/~1a/post/parameters/q: it is several values in one text, so it is a string",
            ],
        ),
        (
            query(json!({"content": {"application/json": {}}})),
            string.clone(),
            vec![
                "#/paths/~1a/post/parameters/q: nothing says what it is beside a text, so it is a string",
            ],
        ),
        (
            query(json!({"schema": {"type": "object", "properties": {}}, "style": "deepObject"})),
            json!({"others": "pass"}),
            vec![
                "#/paths/~1a/post/parameters/q: it is an object, so the operation's other parameters pass unseen",
            ],
        ),
        (
            query(json!({"schema": {"type": "string"}, "allowReserved": true})),
            string.clone(),
            vec!["#/paths/~1a/post/parameters/q: `allowReserved` is not imported"],
        ),
        (
            query(json!({"in": "header", "name": "Authorization", "schema": {"type": "string"}})),
            json!({}),
            vec![
                "#/paths/~1a/post/parameters/Authorization: it is no parameter, so this is left out",
            ],
        ),
        (
            json!({"operationId": "a", "parameters": [{"$ref": "#/nowhere"}, {"name": "q"}]}),
            json!({}),
            vec![
                "#/paths/~1a/post: `#/nowhere` is not in the document, so this is left out",
                "#/paths/~1a/post: a parameter without `name` and `in` is left out",
            ],
        ),
    ] {
        let document = document(&json!({"/a": {"post": operation}}));
        let (operations, told) = imported(&document);
        assert_eq!(operations[0]["parameters"], parameters, "{operation}");
        assert_eq!(told, notes, "{operation}");
    }
}

#[test]
fn names_and_paths_are_those_that_routes_can_have() {
    let paths = json!({
        "/a/{order-id}/{order_id}": {"get": {}},
        "/a/{x}.json": {"get": {"operationId": "left_out"}},
        "/b": {"get": {"operationId": "read it"}, "post": {"operationId": "read_it"}},
    });
    let (operations, notes) = imported(&document(&paths));
    let names: Vec<_> = operations
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["path"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("get_a_order-id_order_id", "/a/{order_id}/{order_id_}"),
            ("read_it", "/b"),
            ("read_it_2", "/b"),
        ]
    );
    let text = notes.join("\n");
    for told in [
        "it has no `operationId`, so it is called `get_a_order-id_order_id`",
        "`/a/{x}.json` has a parameter that is no whole segment, so this is left out",
        "its `operationId` is no name here, so it is called `read_it`",
        "its name is taken, so it is called `read_it_2`",
        "nothing says what `order_id` is, so it is a string",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

#[test]
fn servers_say_what_paths_are_below() {
    for (servers, path, told) in [
        (json!([]), "/a", 0),
        (json!([{"url": "/"}]), "/a", 0),
        (json!([{"url": "/v1"}]), "/v1/a", 0),
        (json!([{"url": "https://a.example"}]), "/a", 0),
        (
            json!([{"url": "https://a.example/v1"}, {"url": "/v2"}]),
            "/v1/a",
            1,
        ),
        (json!([{"url": "https://a.example/{version}"}]), "/a", 1),
    ] {
        let mut document = document(&json!({"/a": {"get": {"operationId": "a"}}}));
        document["servers"] = servers.clone();
        let (operations, notes) = imported(&document);
        assert_eq!(operations[0]["path"], path, "{servers}");
        assert_eq!(notes.len(), told, "{servers}: {notes:?}");
    }
}

#[test]
fn other_versions_and_empty_documents_are_refused() {
    for (document, message) in [
        (
            json!({"swagger": "2.0", "paths": {}}),
            "this is no OpenAPI document of version 3.0 or 3.1, but says `2.0`",
        ),
        (
            document(&json!({})),
            "the document has no operation that a route can have",
        ),
    ] {
        assert_eq!(read(&document).unwrap_err().to_string(), message);
    }
}
