//! What a JSON Schema (2020-12, and what OpenAPI 3.0 makes of it) says of a value.

use std::collections::BTreeSet;

use bailiwick_engine::operation::declared::{Member, Record, Type};
use serde_json::{Map, Value};

use crate::Note;

/// How deep declarations may be in each other.
const DEEPEST: usize = 7;
/// How many values are declared of one document: references multiply, so that a small one can describe billions.
const MOST_VALUES: usize = 20_000;

/// Keywords that say nothing about which values there are, and those by which a schema is organised.
const ANNOTATIONS: [&str; 15] = [
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// A document in the making of declarations.
pub(crate) struct Reader<'d> {
    /// What `$ref` is within.
    document: &'d Value,
    /// Does `nullable` allow `null` beside `type`, as OpenAPI 3.0 says?
    has_nullable: bool,
    /// How many values were read.
    values: usize,
    /// The references that led here.
    followed: Vec<&'d str>,
    pub(crate) notes: Vec<Note>,
}

/// A value as it is declared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) of: Type,
    pub(crate) nullable: bool,
}

impl Declared {
    const fn plain(of: Type) -> Self {
        Self {
            of,
            nullable: false,
        }
    }
}

impl<'d> Reader<'d> {
    pub(crate) const fn new(document: &'d Value) -> Self {
        Self {
            document,
            has_nullable: false,
            values: 0,
            followed: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Of an OpenAPI 3.0 description.
    pub(crate) fn of_openapi_30(document: &'d Value) -> Self {
        Self {
            has_nullable: true,
            ..Self::new(document)
        }
    }

    pub(crate) fn note(&mut self, place: &str, message: impl Into<String>) {
        self.notes.push(Note {
            place: place.to_owned(),
            message: message.into(),
        });
    }

    /// What a reference leads to, within the document.
    pub(crate) fn resolve(&self, reference: &str) -> Option<&'d Value> {
        let pointer = reference.strip_prefix('#')?;
        self.document.pointer(&decoded(pointer))
    }

    /// What `schema` says of a value.
    pub(crate) fn declared(&mut self, schema: &'d Value, place: &str, depth: usize) -> Declared {
        let Value::Object(keywords) = schema else {
            if schema != &Value::Bool(true) {
                self.unseen(place, "this is no schema that allows anything");
            }
            return Declared::plain(Type::Any);
        };
        self.values = self.values.saturating_add(1);
        if self.values > MOST_VALUES {
            self.unseen(place, "there are more values before this than are declared");
            return Declared::plain(Type::Any);
        }
        if depth > DEEPEST {
            self.unseen(place, "this is too deep");
            return Declared::plain(Type::Any);
        }
        if let Some(Value::String(reference)) = keywords.get("$ref") {
            return self.referred(keywords, reference, place, depth);
        }
        if let Some(of) = self.combined(keywords, place, depth) {
            return of;
        }
        let (kind, nullable) = kind(keywords);
        let mut handled = vec!["type"];
        let mut nullable_30 = false;
        if self.has_nullable && keywords.contains_key("type") {
            handled.push("nullable");
            nullable_30 = keywords.get("nullable") == Some(&Value::Bool(true));
        }
        let nullable = (nullable || nullable_30) && lists_null(keywords);
        let of = match kind {
            Ok(kind) => self.typed(keywords, kind, place, depth, &mut handled),
            Err(why) => {
                self.unseen(place, why);
                return Declared {
                    of: Type::Any,
                    nullable,
                };
            }
        };
        self.leftover(keywords, &handled, place);
        Declared { of, nullable }
    }

    /// A schema elsewhere in the document.
    fn referred(
        &mut self,
        keywords: &'d Map<String, Value>,
        reference: &'d str,
        place: &str,
        depth: usize,
    ) -> Declared {
        if self.followed.contains(&reference) {
            self.unseen(place, "it has itself in it");
            return Declared::plain(Type::Any);
        }
        let Some(target) = self.resolve(reference) else {
            let why = format!("`{reference}` is not in the document");
            self.unseen(place, why);
            return Declared::plain(Type::Any);
        };
        self.leftover(keywords, &["$ref"], place);
        self.followed.push(reference);
        let declared = self.declared(target, place, depth);
        self.followed.pop();
        declared
    }

    /// What `anyOf`, `oneOf` and `allOf` come down to; none where there is none of them.
    fn combined(
        &mut self,
        keywords: &'d Map<String, Value>,
        place: &str,
        depth: usize,
    ) -> Option<Declared> {
        // What else it says counts beside them.
        if ["properties", "items", "enum"]
            .into_iter()
            .any(|name| keywords.contains_key(name))
        {
            return None;
        }
        let name = ["anyOf", "oneOf", "allOf"]
            .into_iter()
            .find(|name| keywords.contains_key(*name))?;
        let (nulls, others): (Vec<_>, Vec<_>) =
            elements(keywords, name).partition(|schema| is_null(schema));
        let nullable = name != "allOf" && !nulls.is_empty() && lists_null(keywords);
        let nullable = nullable && (!keywords.contains_key("type") || kind(keywords).1);
        let declared = match others.as_slice() {
            [only] => self.declared(only, place, depth),
            several if name != "allOf" && several.iter().all(|one| words(one).is_some()) => {
                let words = several.iter().filter_map(|one| words(one)).flatten();
                Declared::plain(choice(words))
            }
            _ => {
                let why = format!("it is a union or an intersection (`{name}`)");
                self.unseen(place, why);
                return Some(Declared {
                    of: Type::Any,
                    nullable,
                });
            }
        };
        self.leftover(keywords, &[name, "discriminator", "type"], place);
        Some(Declared {
            nullable: nullable || declared.nullable,
            ..declared
        })
    }

    fn typed(
        &mut self,
        keywords: &'d Map<String, Value>,
        kind: &str,
        place: &str,
        depth: usize,
        handled: &mut Vec<&'static str>,
    ) -> Type {
        match kind {
            "boolean" => Type::Boolean,
            "integer" => {
                self.format(keywords, place, handled);
                Type::Integer
            }
            "number" => {
                self.format(keywords, place, handled);
                self.note(
                    place,
                    "a number of more than four digits behind the point will be refused; declare `any` where such are sent",
                );
                Type::Decimal
            }
            "string" => self.string(keywords, place, handled),
            "array" => self.array(keywords, place, depth, handled),
            "object" => {
                handled.extend(["properties", "required", "additionalProperties"]);
                Type::Object(self.record(keywords, place, depth))
            }
            other => {
                let why = format!("`{other}` is no type of JSON Schema");
                self.unseen(place, why);
                Type::Any
            }
        }
    }

    fn string(
        &mut self,
        keywords: &'d Map<String, Value>,
        place: &str,
        handled: &mut Vec<&'static str>,
    ) -> Type {
        if let Some(words) = words_of(keywords) {
            handled.extend(["enum", "const"]);
            return choice(words);
        }
        match keywords.get("format").and_then(Value::as_str) {
            Some("date") => {
                handled.push("format");
                Type::Date
            }
            Some("date-time") => {
                handled.push("format");
                Type::DateTime
            }
            Some(_) | None => {
                self.format(keywords, place, handled);
                Type::Text
            }
        }
    }

    /// Tells a format that says more than the type; an integer has 64 bits.
    fn format(
        &mut self,
        keywords: &Map<String, Value>,
        place: &str,
        handled: &mut Vec<&'static str>,
    ) {
        if let Some(format) = keywords.get("format").and_then(Value::as_str) {
            handled.push("format");
            if format != "int64" {
                self.note(place, format!("the format `{format}` is not checked"));
            }
        }
    }

    fn array(
        &mut self,
        keywords: &'d Map<String, Value>,
        place: &str,
        depth: usize,
        handled: &mut Vec<&'static str>,
    ) -> Type {
        let is_tuple = keywords.contains_key("prefixItems")
            || keywords.get("items").is_some_and(Value::is_array);
        if is_tuple {
            handled.extend(["prefixItems", "items", "additionalItems"]);
            self.unseen(place, "its elements are of several types");
            return Type::List(Box::new(Type::Any));
        }
        handled.push("items");
        let Some(items) = keywords.get("items") else {
            self.unseen(place, "it doesn't say what its elements are");
            return Type::List(Box::new(Type::Any));
        };
        let below = format!("{place}/items");
        let element = self.declared(items, &below, depth.saturating_add(1));
        if element.nullable {
            self.unseen(&below, "an element may be null");
            return Type::List(Box::new(Type::Any));
        }
        Type::List(Box::new(element.of))
    }

    /// What an object has.
    pub(crate) fn record(
        &mut self,
        keywords: &'d Map<String, Value>,
        place: &str,
        depth: usize,
    ) -> Record {
        let required: BTreeSet<_> = elements(keywords, "required")
            .filter_map(Value::as_str)
            .collect();
        let mut members = Vec::new();
        let properties = keywords.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let below = format!("{place}/{}", encoded(name));
            let declared = self.declared(schema, &below, depth.saturating_add(1));
            members.push(member(name, declared, required.contains(name.as_str())));
        }
        for name in &required {
            if !members.iter().any(|member| *member.name == **name) {
                let below = format!("{place}/{}", encoded(name));
                self.unseen(&below, "it is required, and nothing says what it is");
                members.push(member(name, Declared::plain(Type::Any), true));
            }
        }
        let passes_others = match keywords.get("additionalProperties") {
            None if properties.is_none() => {
                self.note(place, "its members aren't named, so all pass unseen");
                true
            }
            None | Some(Value::Bool(false)) => false,
            Some(_) => {
                self.note(
                    place,
                    "members by other names pass unseen (`additionalProperties`)",
                );
                true
            }
        };
        Record {
            members,
            passes_others: passes_others || keywords.contains_key("patternProperties"),
        }
    }

    /// Tells what of a schema isn't checked.
    fn leftover(&mut self, keywords: &Map<String, Value>, handled: &[&str], place: &str) {
        let is_left = |name: &&String| {
            let name = name.as_str();
            !handled.contains(&name) && !ANNOTATIONS.contains(&name) && !name.starts_with("x-")
        };
        let mut left: Vec<_> = keywords
            .keys()
            .filter(is_left)
            .map(String::as_str)
            .collect();
        left.sort_unstable();
        match left.as_slice() {
            [] => {}
            [one] => self.note(place, format!("`{one}` is not checked")),
            several => self.note(place, format!("`{}` are not checked", several.join("`, `"))),
        }
    }

    fn unseen(&mut self, place: &str, why: impl std::fmt::Display) {
        self.note(
            place,
            format!("{why}, so any value passes and policies don't see it by name"),
        );
    }
}

pub(crate) fn member(name: &str, declared: Declared, required: bool) -> Member {
    Member {
        name: name.into(),
        of: declared.of,
        optional: !required,
        nullable: declared.nullable,
    }
}

/// The one type that a value has beside `null`, and whether it may be that.
fn kind(keywords: &Map<String, Value>) -> (Result<&str, &'static str>, bool) {
    match keywords.get("type") {
        Some(Value::String(kind)) if kind == "null" => (Err("it is always null"), true),
        Some(Value::String(kind)) => (Ok(kind), false),
        Some(Value::Array(kinds)) => {
            let nullable = kinds.iter().any(|kind| kind == "null");
            let mut others: Vec<_> = kinds
                .iter()
                .filter_map(Value::as_str)
                .filter(|kind| *kind != "null")
                .collect();
            if others.contains(&"number") {
                others.retain(|kind| *kind != "integer");
            }
            let kind = match others.as_slice() {
                [only] => Ok(*only),
                _ => Err("it is of several types"),
            };
            (kind, nullable)
        }
        Some(_) => (Err("its type is no type of JSON Schema"), false),
        None if keywords.contains_key("properties") => (Ok("object"), false),
        None if keywords.contains_key("items") => (Ok("array"), false),
        None if words_of(keywords).is_some() => {
            let has_null = elements(keywords, "enum").any(Value::is_null);
            (Ok("string"), has_null)
        }
        None => (Err("it has no type"), false),
    }
}

/// Do `enum` and `const` allow `null`, where they are there?
fn lists_null(keywords: &Map<String, Value>) -> bool {
    let is_in_enum =
        !keywords.contains_key("enum") || elements(keywords, "enum").any(Value::is_null);
    is_in_enum && keywords.get("const").is_none_or(Value::is_null)
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// The strings that are all that a schema allows.
fn words(schema: &Value) -> Option<Vec<&str>> {
    let keywords = schema.as_object()?;
    let is_string = keywords.get("type").is_none_or(|kind| kind == "string");
    words_of(keywords).filter(|_| is_string)
}

/// The strings of `enum` or `const`, beside `null`.
fn words_of(keywords: &Map<String, Value>) -> Option<Vec<&str>> {
    let listed = match (keywords.get("enum"), keywords.get("const")) {
        (Some(Value::Array(listed)), None) => listed.iter().collect(),
        (Some(Value::Array(listed)), Some(only)) if listed.contains(only) => vec![only],
        (None, Some(only)) => vec![only],
        _ => return None,
    };
    let stated = listed.into_iter().filter(|word| !word.is_null());
    let words = stated.map(Value::as_str).collect::<Option<Vec<_>>>()?;
    (!words.is_empty()).then_some(words)
}

/// An enumeration, each string once.
fn choice<'w>(words: impl IntoIterator<Item = &'w str>) -> Type {
    let mut all: Vec<std::sync::Arc<str>> = Vec::new();
    for word in words {
        if !all.iter().any(|known| **known == *word) {
            all.push(word.into());
        }
    }
    Type::Choice(all)
}

fn elements<'v>(
    keywords: &'v Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'v Value> + use<'v> {
    let array = keywords.get(name).and_then(Value::as_array);
    array.into_iter().flatten()
}

/// A name as a step of a JSON Pointer.
pub(crate) fn encoded(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A URI fragment's JSON Pointer (RFC 6901, section 6).
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = escape.and_then(|two| u8::from_str_radix(two, 16).ok());
        match escaped.filter(|_| *byte == b'%') {
            Some(escaped) => {
                bytes.push(escaped);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
