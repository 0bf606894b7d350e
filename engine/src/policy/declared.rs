//! Declared arguments and parameters as attributes, so that policies on them are validated when they are loaded.
//!
//! Cedar has one type for `context.arguments` and another for `context.parameters`, whatever the tool or the operation. But a
//! policy whose scope names one tool (`resource == Tool::"shop/refund"`) is only ever asked about that one: it is validated
//! against the schema in which that type has the attributes that are declared for that tool. Every other policy is validated
//! against the schema as it is shipped, without any. The tags of [`super::arguments`] are there in either.
//!
//! | declared | in Cedar |
//! |---|---|
//! | boolean, integer, decimal, string | `Bool`, `Long`, `decimal`, `String` |
//! | string with an enumeration | an entity of an enumerated type that is named by its place: `Arguments::currency::"EUR"` |
//! | date, datetime | `datetime` |
//! | array | `Set`; order and repetition are not seen |
//! | object | a record |
//! | optional or nullable | an attribute that may be absent |
//! | any | nothing |

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::{
    EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema, SchemaFragment,
};
use serde_json::{Map, Value as Json, json};

use super::arguments::Budget;
use super::denial::PolicyDenial;
use super::number::Exact;
use super::vocabulary::{SCHEMA, Vocabulary, scoped};
use crate::json::{Object, Value};
use crate::operation::declared::{Moment, Record, Type};

/// What is declared, by the ids of entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The arguments of tools, by `<server>/<tool>`.
    pub tools: BTreeMap<String, Record>,
    /// The parameters of HTTP operations, by their names.
    pub routes: BTreeMap<String, Record>,
}

/// The id of a tool's entity.
#[must_use]
pub fn tool_id(server: &str, tool: &str) -> String {
    scoped(server, tool)
}

/// Which entity has the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// `context.arguments`
    Arguments,
    /// `context.parameters`
    Parameters,
}

impl Declared {
    /// What is declared of a resource.
    pub(super) fn of(&self, names: &Vocabulary, uid: &EntityUid) -> Option<(Holder, &Record)> {
        let id = uid.id().unescaped();
        let of_tool = || Some((Holder::Arguments, self.tools.get(id)?));
        let of_route = || Some((Holder::Parameters, self.routes.get(id)?));
        if *uid.type_name() == names.tool {
            of_tool()
        } else if *uid.type_name() == names.route {
            of_route()
        } else {
            None
        }
    }
}

impl Holder {
    /// Its type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arguments => "Arguments",
            Self::Parameters => "Parameters",
        }
    }
}

/// What a record adds to the shipped schema, in Cedar's schema syntax: the entity's declaration, in place of the shipped one, and
/// its enumerated types.
///
/// # Errors
///
/// Cedar's, for what can't be written in its syntax.
pub fn schema_text(holder: Holder, record: &Record) -> Result<String, String> {
    let shipped = shipped()?;
    let name = holder.name();
    let mut own = json!({"": {"entityTypes": {}, "actions": {}}});
    let entity = shipped.get("").and_then(|all| all.get("entityTypes"));
    let entity = entity.and_then(|all| all.get(name));
    if let Some(types) = own
        .pointer_mut("//entityTypes")
        .and_then(Json::as_object_mut)
    {
        types.insert(name.to_owned(), entity.cloned().unwrap_or_default());
    }
    let fragment = SchemaFragment::from_json_value(with_attributes(own, holder, record));
    let fragment = fragment.map_err(|error| error.to_string())?;
    fragment.to_cedarschema().map_err(|error| error.to_string())
}

/// The shipped schema, in which the holder has these attributes.
pub(super) fn schema_with(holder: Holder, record: &Record) -> Result<Schema, String> {
    let json = with_attributes(shipped()?, holder, record);
    Schema::from_json_value(json).map_err(|error| error.to_string())
}

/// The shipped schema in JSON form.
fn shipped() -> Result<Json, String> {
    let (fragment, _) =
        SchemaFragment::from_cedarschema_str(SCHEMA).map_err(|error| error.to_string())?;
    fragment.to_json_value().map_err(|error| error.to_string())
}

/// The same schema with these attributes of the holder.
fn with_attributes(mut schema: Json, holder: Holder, record: &Record) -> Json {
    let name = holder.name();
    let mut path = Path(vec![name.to_owned()]);
    let mut choices = BTreeMap::new();
    let shape = record_shape(record, &mut path, &mut choices);
    if let Some(entity) = schema
        .get_mut("")
        .and_then(|all| all.get_mut("entityTypes"))
        .and_then(|all| all.get_mut(name))
        .and_then(Json::as_object_mut)
    {
        entity.insert("shape".to_owned(), shape);
    }
    if let Some(namespaces) = schema.as_object_mut() {
        for ((namespace, name), words) in choices {
            let none = json!({"entityTypes": {}, "actions": {}});
            let types = namespaces.entry(namespace).or_insert(none);
            if let Some(types) = types.get_mut("entityTypes").and_then(Json::as_object_mut) {
                types.insert(name, json!({"enum": words}));
            }
        }
    }
    schema
}

/// The enumerated types of a record, each as often as it would be declared.
#[must_use]
pub fn choices(holder: Holder, record: &Record) -> Vec<String> {
    let mut path = Path(vec![holder.name().to_owned()]);
    let mut names = Vec::new();
    names_in(record, &mut path, &mut names);
    names
}

fn names_in(record: &Record, path: &mut Path, names: &mut Vec<String>) {
    for member in &record.members {
        path.0.push(identifier(&member.name));
        let mut of = &member.of;
        while let Type::List(element) = of {
            of = element;
        }
        match of {
            Type::Choice(_) => names.push(path.0.join("::")),
            Type::Object(record) => names_in(record, path, names),
            Type::Any
            | Type::Boolean
            | Type::Integer
            | Type::Decimal
            | Type::Text
            | Type::Date
            | Type::DateTime
            | Type::List(_) => {}
        }
        path.0.pop();
    }
}

/// The place of a value, as identifiers.
struct Path(Vec<String>);

impl Path {
    /// The namespace and the name of the enumerated type that belongs here.
    fn split(&self) -> (String, String) {
        match self.0.split_last() {
            Some((name, namespace)) => (namespace.join("::"), name.clone()),
            None => Default::default(),
        }
    }
}

/// The identifier that stands for a name: what isn't a letter, a digit or `_` becomes `_`, and Cedar's own words get one behind.
fn identifier(name: &str) -> String {
    const RESERVED: [&str; 11] = [
        "true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar", "",
    ];
    let mut identifier: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    if RESERVED.contains(&identifier.as_str()) {
        identifier.push('_');
    }
    identifier
}

type Choices = BTreeMap<(String, String), Vec<String>>;

fn record_shape(record: &Record, path: &mut Path, choices: &mut Choices) -> Json {
    let mut attributes = Map::new();
    for member in &record.members {
        path.0.push(identifier(&member.name));
        if let Some(Json::Object(mut shape)) = shape(&member.of, path, choices) {
            let required = !(member.optional || member.nullable);
            shape.insert("required".to_owned(), required.into());
            attributes.insert(member.name.to_string(), Json::Object(shape));
        }
        path.0.pop();
    }
    json!({"type": "Record", "attributes": attributes})
}

/// A type in Cedar's JSON schema format; none for what policies don't see.
fn shape(of: &Type, path: &mut Path, choices: &mut Choices) -> Option<Json> {
    Some(match of {
        Type::Any => return None,
        Type::Boolean => named("Bool"),
        Type::Integer => named("Long"),
        Type::Text => named("String"),
        Type::Decimal => named("decimal"),
        Type::Date | Type::DateTime => named("datetime"),
        Type::Choice(words) => {
            let name = path.0.join("::");
            choices.insert(
                path.split(),
                words.iter().map(|word| word.to_string()).collect(),
            );
            json!({"type": "Entity", "name": name})
        }
        Type::List(of) => json!({"type": "Set", "element": shape(of, path, choices)?}),
        Type::Object(record) => record_shape(record, path, choices),
    })
}

/// One of Cedar's own types, called as policies' authors call it.
fn named(name: &str) -> Json {
    json!({"type": "EntityOrCommon", "name": name})
}

/// A record's members, ready for calls.
#[derive(Debug)]
pub(super) struct Attributes(Vec<(Arc<str>, Attribute)>);

#[derive(Debug)]
enum Attribute {
    Bool,
    Long,
    Decimal,
    String,
    Date,
    DateTime,
    Choice(EntityTypeName),
    Set(Box<Self>),
    Record(Attributes),
}

impl Attributes {
    /// Those of a record that are `wanted`.
    pub(super) fn new(holder: Holder, record: &Record, wanted: impl Fn(&str) -> bool) -> Self {
        let mut path = Path(vec![holder.name().to_owned()]);
        Self::below(record, &mut path, wanted)
    }

    fn below(record: &Record, path: &mut Path, wanted: impl Fn(&str) -> bool) -> Self {
        let mut attributes = Vec::new();
        for member in record.members.iter().filter(|member| wanted(&member.name)) {
            path.0.push(identifier(&member.name));
            let attribute = Attribute::of(&member.of, path);
            attributes.extend(attribute.map(|of| (Arc::clone(&member.name), of)));
            path.0.pop();
        }
        Self(attributes)
    }

    /// Is there none?
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values in a call, which was checked against the record.
    pub(super) fn of(
        &self,
        object: &Object<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<(String, RestrictedExpression)>, PolicyDenial> {
        let mut values = Vec::with_capacity(self.0.len());
        for (name, attribute) in &self.0 {
            match object.get(name) {
                None | Some(Value::Null) => {}
                Some(value) => values.push((name.to_string(), attribute.value(value, budget)?)),
            }
        }
        Ok(values)
    }
}

impl Attribute {
    fn of(of: &Type, path: &mut Path) -> Option<Self> {
        Some(match of {
            Type::Any => return None,
            Type::Boolean => Self::Bool,
            Type::Integer => Self::Long,
            Type::Decimal => Self::Decimal,
            Type::Text => Self::String,
            Type::Date => Self::Date,
            Type::DateTime => Self::DateTime,
            // Identifiers make a name; should Cedar see that otherwise, the attribute is absent, and reading it fails.
            Type::Choice(_) => Self::Choice(EntityTypeName::from_str(&path.0.join("::")).ok()?),
            Type::List(of) => Self::Set(Box::new(Self::of(of, path)?)),
            Type::Object(record) => Self::Record(Attributes::below(record, path, |_| true)),
        })
    }

    fn value(
        &self,
        value: &Value<'_>,
        budget: &mut Budget,
    ) -> Result<RestrictedExpression, PolicyDenial> {
        budget.take(1, 0)?;
        let made = match (self, value) {
            (Self::Bool, Value::Bool(value)) => Some(RestrictedExpression::new_bool(*value)),
            (Self::Long, Value::Number(number)) => {
                number.as_i64().map(RestrictedExpression::new_long)
            }
            (Self::Decimal, Value::Number(number)) => {
                let exact = Exact::of(number.text()).decimal;
                exact.map(|exact| RestrictedExpression::new_decimal(exact.to_string()))
            }
            (Self::String, Value::String(text)) => {
                budget.take(0, text.len())?;
                Some(RestrictedExpression::new_string(text.to_string()))
            }
            (Self::Date, Value::String(text)) => Moment::of_date(text)
                .map(|moment| RestrictedExpression::new_datetime(moment.to_string())),
            (Self::DateTime, Value::String(text)) => Moment::parse(text)
                .map(|moment| RestrictedExpression::new_datetime(moment.to_string())),
            (Self::Choice(name), Value::String(word)) => {
                let uid = EntityUid::from_type_name_and_id(name.clone(), EntityId::new(word));
                Some(RestrictedExpression::new_entity_uid(uid))
            }
            (Self::Set(of), Value::Array(elements)) => {
                let values = elements.iter().map(|element| of.value(element, budget));
                let values = values.collect::<Result<Vec<_>, _>>()?;
                Some(RestrictedExpression::new_set(values))
            }
            (Self::Record(attributes), Value::Object(object)) => {
                let values = attributes.of(object, budget)?;
                RestrictedExpression::new_record(values).ok()
            }
            (
                Self::Bool
                | Self::Long
                | Self::Decimal
                | Self::String
                | Self::Date
                | Self::DateTime
                | Self::Choice(_)
                | Self::Set(_)
                | Self::Record(_),
                _,
            ) => None,
        };
        made.ok_or(PolicyDenial::UNPRESENTABLE)
    }
}

#[cfg(test)]
mod tests;
