//! From strict JSON to the raw shape, with the path of whatever doesn't fit.
//!
//! serde derives what fits; this is the other half, a deserializer over [`Value`] whose errors know where they are and
//! what was expected, so that nothing has to be read out of a message.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::error::ConfigError;
use crate::json::{Object, Value};
use crate::suggestion::nearest;

/// How many unknown fields are reported before giving up.
const MAX_ERRORS: usize = 32;

/// Reads a `T`. All unknown fields are found, and behind them the first thing else that doesn't fit.
pub(super) fn read<T: DeserializeOwned>(mut value: Value<'_>) -> Result<T, Vec<ConfigError>> {
    let mut errors = Vec::new();
    loop {
        let error = match T::deserialize(Reader(&value)) {
            Ok(read) if errors.is_empty() => return Ok(read),
            Ok(_) => return Err(errors),
            Err(error) => error,
        };
        let unknown = matches!(error.fault, ShapeFault::UnknownField { .. });
        if !error.is_explained_by(&errors) {
            errors.push(error.to_config_error());
        }
        if !unknown || errors.len() >= MAX_ERRORS || !remove(&mut value, error.path()) {
            return Err(errors);
        }
    }
}

/// Takes out what stands at a path, so that what else is wrong can be seen.
fn remove<'p>(value: &mut Value<'_>, mut path: impl Iterator<Item = &'p Step>) -> bool {
    let Some(mut step) = path.next() else {
        return false;
    };
    let mut value = value;
    for next in path {
        let below = match (value, step) {
            (Value::Object(Object(members)), Step::Member(name)) => members
                .iter_mut()
                .find_map(|(member, value)| (member == name).then_some(value)),
            (Value::Array(elements), Step::Element(place)) => elements.get_mut(*place),
            _ => None,
        };
        let Some(below) = below else {
            return false;
        };
        (value, step) = (below, next);
    }
    match (value, step) {
        (Value::Object(object), Step::Member(name)) => object.remove(name).is_some(),
        _ => false,
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

/// What doesn't fit, and where: the steps from the inside out.
#[derive(Debug)]
struct ShapeError {
    steps: Vec<Step>,
    fault: ShapeFault,
}

#[derive(Debug)]
enum ShapeFault {
    UnknownField {
        known: &'static [&'static str],
    },
    UnknownVariant {
        found: String,
        known: &'static [&'static str],
    },
    MissingField {
        name: &'static str,
    },
    Other(String),
}

impl ShapeError {
    fn new(fault: ShapeFault) -> Self {
        Self {
            steps: Vec::new(),
            fault,
        }
    }

    fn below(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn path(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().rev()
    }

    /// Where it is, as people write it.
    fn place(&self) -> String {
        let mut place = String::new();
        for step in self.path() {
            match step {
                Step::Element(at) => place.push_str(&format!("[{at}]")),
                Step::Member(name) if place.is_empty() => place.push_str(name),
                Step::Member(name) => {
                    place.push('.');
                    place.push_str(name);
                }
            }
        }
        place
    }

    /// A field is missing because its name was misspelled, which was said before.
    fn is_explained_by(&self, earlier: &[ConfigError]) -> bool {
        let ShapeFault::MissingField { name } = self.fault else {
            return false;
        };
        let parent = self.place();
        earlier.iter().any(|error| {
            let siblings = error.path.rsplit_once('.').map_or("", |(above, _)| above) == parent;
            siblings && error.suggestion.as_deref() == Some(name)
        })
    }

    fn to_config_error(&self) -> ConfigError {
        let one_of = |known: &[&str]| format!("`{}`", known.join("`, `"));
        let (message, suggestion) = match &self.fault {
            ShapeFault::UnknownField { known } => {
                let name = match self.steps.first() {
                    Some(Step::Member(name)) => name.as_str(),
                    Some(Step::Element(_)) | None => "",
                };
                match without_unit(name, known).or_else(|| nearest(name, known.iter().copied())) {
                    Some(meant) => ("unknown field".to_owned(), Some(meant)),
                    None => (
                        format!("unknown field, expected one of {}", one_of(known)),
                        None,
                    ),
                }
            }
            ShapeFault::UnknownVariant { found, known } => (
                format!("`{found}` is not one of {}", one_of(known)),
                nearest(found, known.iter().copied()),
            ),
            ShapeFault::MissingField { name } => (format!("`{name}` is missing"), None),
            ShapeFault::Other(message) => (message.clone(), None),
        };
        ConfigError {
            path: self.place(),
            message,
            suggestion: suggestion.map(str::to_owned),
        }
    }
}

/// The known name that is this one with its unit behind it.
fn without_unit(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let units = ["_seconds", "_bytes"];
    known.iter().copied().find(|known| {
        let rest = known.strip_prefix(name);
        rest.is_some_and(|rest| units.contains(&rest))
    })
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_config_error().fmt(f)
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ShapeFault::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = match expected.to_string().as_str() {
            "u8" | "u16" | "u32" | "u64" | "usize" => {
                "a whole number that is not negative".to_owned()
            }
            "a sequence" => "a list".to_owned(),
            "a map" => "an object".to_owned(),
            "a boolean" => "`true` or `false`".to_owned(),
            other => other.to_owned(),
        };
        let found = match found {
            Unexpected::Bool(_) => "a boolean".to_owned(),
            Unexpected::Unsigned(number) => format!("`{number}`"),
            Unexpected::Signed(number) => format!("`{number}`"),
            Unexpected::Str(_) => "a string".to_owned(),
            Unexpected::Unit => "nothing".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "an object".to_owned(),
            // Nothing else comes out of JSON.
            other @ (Unexpected::Float(_)
            | Unexpected::Char(_)
            | Unexpected::Bytes(_)
            | Unexpected::Option
            | Unexpected::NewtypeStruct
            | Unexpected::Enum
            | Unexpected::UnitVariant
            | Unexpected::NewtypeVariant
            | Unexpected::TupleVariant
            | Unexpected::StructVariant
            | Unexpected::Other(_)) => other.to_string(),
        };
        Self::new(ShapeFault::Other(format!(
            "expected {expected}, found {found}"
        )))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(ShapeFault::UnknownVariant {
            found: found.to_owned(),
            known,
        })
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::new(ShapeFault::UnknownField { known }).below(Step::Member(name.to_owned()))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(ShapeFault::MissingField { name })
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Reader<'v>(&'v Value<'v>);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    let inexact =
                        || ShapeFault::Other(format!("`{}` is not a whole number", number.text()));
                    Err(ShapeError::new(inexact()))
                }
            }
            Value::String(text) => visitor.visit_str(text),
            Value::Array(elements) => visitor.visit_seq(Elements(elements.iter().enumerate())),
            Value::Object(object) => visitor.visit_map(Members::of(object)),
        }
    }

    /// `null` is as good as nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if *self.0 == Value::Null {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// Only an object: serde would take a list of the fields' values too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if self.0.as_array().is_some() {
            return Err(de::Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant {
                name,
                content: None,
            }),
            Value::Object(object) => {
                let mut members = object.iter();
                match (members.next(), members.next()) {
                    (Some((name, content)), None) => visitor.visit_enum(Variant {
                        name,
                        content: Some(content),
                    }),
                    _ => Err(de::Error::custom(format_args!(
                        "expected exactly one of `{}`",
                        variants.join("`, `")
                    ))),
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(
                de::Error::custom(format_args!("expected one of `{}`", variants.join("`, `"))),
            ),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

struct Elements<'v>(std::iter::Enumerate<std::slice::Iter<'v, Value<'v>>>);

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ShapeError> {
        let Some((place, element)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Reader(element));
        read.map(Some)
            .map_err(|error| error.below(Step::Element(place)))
    }
}

struct Members<'v, I> {
    members: I,
    current: Option<(&'v str, &'v Value<'v>)>,
}

impl<'v> Members<'v, ()> {
    fn of(object: &'v Object<'v>) -> Members<'v, impl Iterator<Item = (&'v str, &'v Value<'v>)>> {
        Members {
            members: object.iter(),
            current: None,
        }
    }
}

impl<'de, 'v, I: Iterator<Item = (&'v str, &'v Value<'v>)>> MapAccess<'de> for Members<'v, I> {
    type Error = ShapeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ShapeError> {
        self.current = self.members.next();
        self.current
            .map(|(name, _)| seed.deserialize(StringDeserializer::new(name.to_owned())))
            .transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, ShapeError> {
        let Some((name, value)) = self.current.take() else {
            return Err(de::Error::custom("a value was asked for before its name"));
        };
        let read = seed.deserialize(Reader(value));
        read.map_err(|error| error.below(Step::Member(name.to_owned())))
    }
}

/// A choice: a name alone, or a name with something below it.
struct Variant<'v> {
    name: &'v str,
    content: Option<&'v Value<'v>>,
}

impl<'de, 'v> EnumAccess<'de> for Variant<'v> {
    type Error = ShapeError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self), ShapeError> {
        let name = StringDeserializer::new(self.name.to_owned());
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = ShapeError;

    fn unit_variant(self) -> Result<(), ShapeError> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(de::Error::custom("expected a name alone")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ShapeError> {
        let Some(content) = self.content else {
            return Err(de::Error::custom(format_args!(
                "`{}` needs something below it",
                self.name
            )));
        };
        let read = seed.deserialize(Reader(content));
        read.map_err(|error| error.below(Step::Member(self.name.to_owned())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ShapeError> {
        self.struct_variant(&[], visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ShapeError> {
        Err(de::Error::custom("no such choice exists in the format"))
    }
}

#[cfg(test)]
mod tests;
