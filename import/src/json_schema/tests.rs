use bailiwick_engine::operation::declared::Type;
use serde_json::{Value, json};

use super::{Declared, Reader};
use crate::fragment::shown;

/// The declaration, as a configuration has it, and what is told.
fn read(schema: &Value) -> (Value, Vec<String>) {
    let mut reader = Reader::new(schema);
    let declaration = shown_by(&mut reader, schema);
    let notes = reader.notes.iter().map(ToString::to_string);
    (declaration, notes.collect())
}

fn shown_by<'d>(reader: &mut Reader<'d>, schema: &'d Value) -> Value {
    let Declared { of, nullable } = reader.declared(schema, "x", 0);
    let mut declaration = shown(&of);
    if nullable && let Some(members) = declaration.as_object_mut() {
        members.insert("nullable".to_owned(), true.into());
    }
    declaration
}

#[test]
fn what_a_schema_says_becomes_a_type() {
    for (schema, declaration) in [
        (json!({"type": "boolean"}), json!({"type": "boolean"})),
        (
            json!({"type": "integer", "format": "int64", "title": "N"}),
            json!({"type": "integer"}),
        ),
        (json!({"type": "string"}), json!({"type": "string"})),
        (
            json!({"type": "string", "format": "date"}),
            json!({"type": "date"}),
        ),
        (
            json!({"type": "string", "format": "date-time"}),
            json!({"type": "datetime"}),
        ),
        (
            json!({"enum": ["a", "b", "a"]}),
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (
            json!({"const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            json!({"type": "string", "enum": ["a"], "nullable": true}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"type": "string", "enum": ["a", null]}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"type": ["string", "null"], "const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"enum": ["a", null]}),
            json!({"type": "string", "enum": ["a"], "nullable": true}),
        ),
        (
            json!({"enum": ["a", "b", null], "const": "b"}),
            json!({"type": "string", "enum": ["b"]}),
        ),
        (
            json!({"type": "string", "anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"type": "string"}),
        ),
        (
            json!({"anyOf": [{"type": "integer"}, {"type": "null"}], "default": null}),
            json!({"type": "integer", "nullable": true}),
        ),
        (
            json!({"oneOf": [{"const": "a"}, {"enum": ["b"]}]}),
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (
            json!({"allOf": [{"type": "string"}]}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "array", "items": {"type": "string"}}),
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            json!({"properties": {"a": {"type": "string"}, "b": {"type": "boolean"}}, "required": ["a"]}),
            json!({"type": "object", "members": {
                "a": {"type": "string"}, "b": {"type": "boolean", "optional": true}}}),
        ),
        (
            json!({"$ref": "#/$defs/a%20b", "$defs": {"a b": {"type": "integer"}}}),
            json!({"type": "integer"}),
        ),
        (json!(true), json!({"type": "any"})),
    ] {
        assert_eq!(read(&schema), (declaration, Vec::new()), "{schema}");
    }
}

#[test]
fn what_a_type_can_not_say_is_told() {
    const UNSEEN: &str = "so any value passes and policies don't see it by name";
    let any = || json!({"type": "any"});
    let list_of_any = || json!({"type": "array", "items": {"type": "any"}});
    for (schema, declaration, notes) in [
        (
            json!({"type": "integer", "minimum": 1, "maximum": 9}),
            json!({"type": "integer"}),
            vec!["x: `maximum`, `minimum` are not checked".to_owned()],
        ),
        (
            json!({"type": "string", "format": "email"}),
            json!({"type": "string"}),
            vec!["x: the format `email` is not checked".to_owned()],
        ),
        (
            json!({"type": "integer", "format": "int32"}),
            json!({"type": "integer"}),
            vec!["x: the format `int32` is not checked".to_owned()],
        ),
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": "string"}),
            vec!["x: `nullable` is not checked".to_owned()],
        ),
        (
            json!({"enum": ["a"], "const": "b"}),
            any(),
            vec![format!("x: it has no type, {UNSEEN}")],
        ),
        (
            json!({"type": "number", "format": "float"}),
            json!({"type": "decimal"}),
            vec![
                "x: the format `float` is not checked".to_owned(),
                "x: a number of more than four digits behind the point will be refused; declare `any` where such are sent".to_owned(),
            ],
        ),
        (
            json!({"type": "number"}),
            json!({"type": "decimal"}),
            vec!["x: a number of more than four digits behind the point will be refused; declare `any` where such are sent".to_owned()],
        ),
        (
            json!({"type": "integer", "enum": [1, 2]}),
            json!({"type": "integer"}),
            vec!["x: `enum` is not checked".to_owned()],
        ),
        (
            json!({"type": ["string", "integer"]}),
            any(),
            vec![format!("x: it is of several types, {UNSEEN}")],
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            any(),
            vec![format!("x: it is a union or an intersection (`anyOf`), {UNSEEN}")],
        ),
        (json!({}), any(), vec![format!("x: it has no type, {UNSEEN}")]),
        (
            json!({"type": "float"}),
            any(),
            vec![format!("x: `float` is no type of JSON Schema, {UNSEEN}")],
        ),
        (
            json!({"type": "array"}),
            list_of_any(),
            vec![format!("x: it doesn't say what its elements are, {UNSEEN}")],
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}]}),
            list_of_any(),
            vec![format!("x: its elements are of several types, {UNSEEN}")],
        ),
        (
            json!({"type": "object"}),
            json!({"type": "object", "others": "pass"}),
            vec!["x: its members aren't named, so all pass unseen".to_owned()],
        ),
        (
            json!({"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "others": "pass"}),
            vec!["x: members by other names pass unseen (`additionalProperties`)".to_owned()],
        ),
        (
            json!({"type": "object", "properties": {}, "required": ["a"]}),
            json!({"type": "object", "members": {"a": {"type": "any"}}}),
            vec![format!("x/a: it is required, and nothing says what it is, {UNSEEN}")],
        ),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}}),
            list_of_any(),
            vec![format!("x/items: it has itself in it, {UNSEEN}")],
        ),
        (
            json!({"$ref": "other.json"}),
            any(),
            vec![format!("x: `other.json` is not in the document, {UNSEEN}")],
        ),
    ] {
        assert_eq!(read(&schema), (declaration, notes), "{schema}");
    }
}

#[test]
fn nullable_counts_where_openapi_3_0_says_so() {
    for (schema, declaration, notes) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": "string", "nullable": true}),
            0,
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
            0,
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a", null]}),
            json!({"type": "string", "enum": ["a"], "nullable": true}),
            0,
        ),
        (
            json!({"allOf": [{"type": "string"}], "nullable": true}),
            json!({"type": "string"}),
            1,
        ),
    ] {
        let mut reader = Reader::of_openapi_30(&schema);
        let found = shown_by(&mut reader, &schema);
        assert_eq!(
            (found, reader.notes.len()),
            (declaration, notes),
            "{schema}"
        );
    }
}

#[test]
fn what_is_too_deep_is_not_declared() {
    let mut schema = json!({"type": "string"});
    for _ in 0..9 {
        schema = json!({"type": "array", "items": schema});
    }
    let mut reader = Reader::new(&schema);
    let mut of = reader.declared(&schema, "x", 0).of;
    let mut depth = 0;
    while let Type::List(element) = of {
        (of, depth) = (*element, depth + 1);
    }
    assert_eq!((of, depth), (Type::Any, 8));
    assert_eq!(reader.notes.len(), 1);
}

/// Twenty members that are each twenty members, six times over: without a bound these are 64 million declarations.
#[test]
fn references_that_multiply_come_to_an_end() {
    let mut definitions = json!({"0": {"type": "string"}});
    for level in 1..=6 {
        let below = json!({"$ref": format!("#/$defs/{}", level - 1)});
        let members: serde_json::Map<_, _> = (0..20)
            .map(|name| (format!("m{name}"), below.clone()))
            .collect();
        definitions[level.to_string()] = json!({"type": "object", "properties": members});
    }
    let document = json!({"$defs": definitions, "$ref": "#/$defs/6"});
    let mut reader = Reader::new(&document);
    reader.declared(&document, "x", 0);
    assert!(reader.values < 2 * super::MOST_VALUES, "{}", reader.values);
    let last = reader.notes.last().unwrap().to_string();
    assert!(last.contains("more values before this"), "{last}");
}
