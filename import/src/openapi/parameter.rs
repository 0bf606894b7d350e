//! One operation's parameters.

use bailiwick_engine::operation::declared::{Member, Type};
use bailiwick_engine::operation::http::parameters::Parameters;
use bailiwick_engine::request::HeaderName;
use serde_json::{Map, Value};

use crate::json_schema::{Declared, Reader, encoded, member};

/// Header fields that OpenAPI says are no parameters.
const NO_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Members of a parameter that are read, or have nothing to do with its value.
const KNOWN: [&str; 12] = [
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "schema",
    "content",
    "style",
    "explode",
    "example",
    "examples",
    "allowEmptyValue",
];

/// The parameters found so far.
pub(super) struct Found<'t> {
    /// The template's, as (name here, name in the document).
    template: &'t [(String, String)],
    path: Vec<Member>,
    query: Vec<Member>,
    headers: Vec<(HeaderName, Member)>,
    /// By where they are and their name: an operation's own count before those of its path.
    seen: Vec<(String, String)>,
    passes_others: bool,
}

impl<'t> Found<'t> {
    pub(super) const fn new(template: &'t [(String, String)]) -> Self {
        Self {
            template,
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            seen: Vec::new(),
            passes_others: false,
        }
    }

    /// Adds a parameter, unless one of its name is there already.
    pub(super) fn add<'d>(
        &mut self,
        reader: &mut Reader<'d>,
        parameter: &'d Map<String, Value>,
        place: &str,
    ) {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let (Some(name), Some(within)) = (text("name"), text("in")) else {
            reader.note(place, "a parameter without `name` and `in` is left out");
            return;
        };
        // Names of header fields differ in letter case only to people.
        let key = if within == "header" {
            (within.to_owned(), name.to_ascii_lowercase())
        } else {
            (within.to_owned(), name.to_owned())
        };
        if self.seen.contains(&key) {
            return;
        }
        self.seen.push(key);
        let place = format!("{place}/parameters/{}", encoded(name));
        for unknown in parameter
            .keys()
            .filter(|key| !KNOWN.contains(&key.as_str()) && !key.starts_with("x-"))
        {
            reader.note(&place, format!("`{unknown}` is not imported"));
        }
        let required = parameter.get("required") == Some(&Value::Bool(true));
        match within {
            "path" => self.add_to_path(reader, parameter, name, &place),
            "query" => self.add_to_query(reader, parameter, (name, required), &place),
            "header" => self.add_header(reader, parameter, (name, required), &place),
            "cookie" => reader.note(&place, "cookies are not judged"),
            other => reader.note(
                &place,
                format!("`in: {other}` is not known, so this is left out"),
            ),
        }
    }

    fn add_to_path<'d>(
        &mut self,
        reader: &mut Reader<'d>,
        parameter: &'d Map<String, Value>,
        name: &str,
        place: &str,
    ) {
        let Some((here, written)) = self.template.iter().find(|(_, written)| written == name)
        else {
            reader.note(place, "the path has no such parameter, so this is left out");
            return;
        };
        if here != written {
            reader.note(
                place,
                format!("it is called `{here}`, as routes can name it"),
            );
        }
        let styled = parameter
            .get("style")
            .is_some_and(|style| style != "simple");
        let declared = value(reader, parameter, place);
        let declared = if styled {
            text(reader, place, "its style is not read")
        } else {
            one_text(reader, declared, place)
        };
        self.path.push(member(here, declared, true));
    }

    fn add_to_query<'d>(
        &mut self,
        reader: &mut Reader<'d>,
        parameter: &'d Map<String, Value>,
        (name, required): (&str, bool),
        place: &str,
    ) {
        let style = parameter
            .get("style")
            .and_then(Value::as_str)
            .unwrap_or("form");
        let explode = parameter
            .get("explode")
            .map_or(style == "form", |value| value == true);
        let declared = value(reader, parameter, place);
        if let Type::Object(_) = declared.of {
            // Its members are parameters of their own, under names that only the style knows.
            reader.note(
                place,
                "it is an object, so the operation's other parameters pass unseen",
            );
            self.passes_others = true;
            return;
        }
        let is_several_fields = style == "form" && explode;
        let one = |of| Declared {
            of,
            nullable: false,
        };
        let declared = match (declared.of, is_several_fields) {
            (Type::List(of), true) => {
                one(Type::List(Box::new(one_text(reader, one(*of), place).of)))
            }
            (of, _) => one_text(reader, one(of), place),
        };
        if parameter.get("allowEmptyValue") == Some(&Value::Bool(true)) && declared.of != Type::Text
        {
            reader.note(place, "an empty value will be refused (`allowEmptyValue`)");
        }
        self.query.push(member(name, declared, required));
    }

    fn add_header<'d>(
        &mut self,
        reader: &mut Reader<'d>,
        parameter: &'d Map<String, Value>,
        (name, required): (&str, bool),
        place: &str,
    ) {
        let lower = name.to_ascii_lowercase();
        let field = HeaderName::parse(&lower).filter(|_| !NO_PARAMETERS.contains(&lower.as_str()));
        let Some(field) = field else {
            reader.note(place, "it is no parameter, so this is left out");
            return;
        };
        let declared = value(reader, parameter, place);
        let declared = one_text(reader, declared, place);
        self.headers
            .push((field, member(&lower, declared, required)));
    }

    /// All of them; what the template has and nothing declares is a string.
    pub(super) fn finish(self, reader: &mut Reader<'_>, place: &str) -> Parameters {
        let path = self.template.iter().map(|(here, _)| {
            let declared = self.path.iter().find(|member| *member.name == **here);
            declared.cloned().unwrap_or_else(|| {
                reader.note(
                    place,
                    format!("nothing says what `{here}` is, so it is a string"),
                );
                member(
                    here,
                    Declared {
                        of: Type::Text,
                        nullable: false,
                    },
                    true,
                )
            })
        });
        Parameters {
            path: path.collect(),
            query: self.query,
            headers: self.headers,
            passes_others: self.passes_others,
        }
    }
}

/// What a parameter's value is.
fn value<'d>(reader: &mut Reader<'d>, parameter: &'d Map<String, Value>, place: &str) -> Declared {
    match parameter.get("schema") {
        Some(schema) => reader.declared(schema, place, 0),
        None => text(reader, place, "nothing says what it is beside a text"),
    }
}

/// A value that is one text: no list, and no object.
fn one_text(reader: &mut Reader<'_>, declared: Declared, place: &str) -> Declared {
    match declared.of {
        Type::List(_) | Type::Object(_) => text(reader, place, "it is several values in one text"),
        of @ (Type::Any
        | Type::Boolean
        | Type::Integer
        | Type::Decimal
        | Type::Text
        | Type::Choice(_)
        | Type::Date
        | Type::DateTime) => Declared {
            of,
            nullable: false,
        },
    }
}

fn text(reader: &mut Reader<'_>, place: &str, why: &str) -> Declared {
    reader.note(place, format!("{why}, so it is a string"));
    Declared {
        of: Type::Text,
        nullable: false,
    }
}
