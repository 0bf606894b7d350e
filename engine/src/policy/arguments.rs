//! A tool call's arguments as a Cedar entity: one tag per JSON value, its key the value's JSON Pointer.
//!
//! The rule, which `policies/README.md` explains to policy authors:
//!
//! - `kind` always says what sort of value it is.
//! - A string has `text`, a boolean `bool`. An array has `size`, and `strings` if all its elements are strings. An object
//!   has `size`. `null` has nothing more.
//! - A number has `text`, exactly as written; `long` if its exact value is an integer of 64 bits; `decimal` if its exact
//!   value fits Cedar's decimal, so an integer usually has both. How it was spelled makes no difference: a bound on
//!   `decimal` can't be dodged by writing `10` for `10.0`, nor one on `long` by writing `1e1`. A number that fits neither
//!   has neither: it is never rounded.
//!
//! Only what the loaded policies look at is made ([`super::demand`]), and of that only so much ([`MAX_VALUES`],
//! [`MAX_BYTES`]).

use cedar_policy::{Entity, RestrictedExpression};

use super::declared::Attributes;
use super::demand::{Demand, Pointers};
use super::denial::{ArgumentsLimit, PolicyDenial};
use super::number::Exact;
use super::pointer::push_name;
use super::vocabulary::Vocabulary;
use crate::json::{Object, Value};

/// How many JSON values policy looks at in one call, at any depth.
pub const MAX_VALUES: usize = 4096;

/// How many bytes of text policy looks at in one call: strings, numbers and pointers together.
pub const MAX_BYTES: usize = 256 * 1024;

/// Which arguments to map, and which attributes of each.
#[derive(Debug)]
pub(super) struct ArgumentsPlan {
    pointers: Pointers,
    text: bool,
    long: bool,
    decimal: bool,
    bool: bool,
    strings: bool,
    size: bool,
}

impl ArgumentsPlan {
    pub(super) fn new(demand: &Demand) -> Self {
        Self {
            // A key that is no pointer was refused at load.
            pointers: demand.pointers().unwrap_or(Pointers::All(Vec::new())),
            text: demand.attribute("text"),
            long: demand.attribute("long"),
            decimal: demand.attribute("decimal"),
            bool: demand.attribute("bool"),
            strings: demand.attribute("strings"),
            size: demand.attribute("size"),
        }
    }

    fn is_wanted(&self) -> bool {
        match &self.pointers {
            Pointers::All(_) => true,
            Pointers::Only(pointers) => !pointers.is_empty(),
        }
    }

    /// The arguments as an entity, with those as attributes that are `declared` and looked at; none where no policy looks at any,
    /// or none were given.
    ///
    /// # Errors
    ///
    /// [`PolicyDenial::ArgumentsTooLarge`], and [`PolicyDenial::ArgumentRespelled`] where policies name what they look at.
    pub(super) fn entity(
        &self,
        names: &Vocabulary,
        arguments: Option<&Object<'_>>,
        declared: Option<&Attributes>,
    ) -> Result<Option<Entity>, PolicyDenial> {
        let is_wanted = self.is_wanted() || declared.is_some();
        let Some(arguments) = arguments.filter(|_| is_wanted) else {
            return Ok(None);
        };
        let mut tags = Tags {
            plan: self,
            made: Vec::new(),
            budget: Budget::default(),
        };
        let (Pointers::All(named) | Pointers::Only(named)) = &self.pointers;
        if let Some(pointer) = named.iter().find(|pointer| pointer.is_respelled(arguments)) {
            return Err(PolicyDenial::ArgumentRespelled {
                pointer: pointer.as_str().to_owned(),
            });
        }
        match &self.pointers {
            Pointers::All(_) => tags.add_members(&mut String::new(), arguments)?,
            Pointers::Only(pointers) => {
                for pointer in pointers {
                    if let Some(value) = pointer.resolve(arguments) {
                        tags.add(pointer.as_str(), value)?;
                    }
                }
            }
        }
        let attributes = declared.map(|declared| declared.of(arguments, &mut tags.budget));
        let attributes = attributes.transpose()?.unwrap_or_default();
        Entity::new_with_tags(names.arguments.clone(), attributes, [], tags.made)
            .map(Some)
            .map_err(|_| PolicyDenial::UNPRESENTABLE)
    }
}

/// How much of one call was looked at.
#[derive(Debug, Default)]
pub(super) struct Budget {
    values: usize,
    bytes: usize,
}

impl Budget {
    /// Takes so much more.
    ///
    /// # Errors
    ///
    /// [`PolicyDenial::ArgumentsTooLarge`] beyond [`MAX_VALUES`] and [`MAX_BYTES`].
    pub(super) fn take(&mut self, values: usize, bytes: usize) -> Result<(), PolicyDenial> {
        self.values = self.values.saturating_add(values);
        self.bytes = self.bytes.saturating_add(bytes);
        let too_large = |what, limit| Err(PolicyDenial::ArgumentsTooLarge { what, limit });
        if self.values > MAX_VALUES {
            return too_large(ArgumentsLimit::Values, MAX_VALUES);
        }
        if self.bytes > MAX_BYTES {
            return too_large(ArgumentsLimit::Bytes, MAX_BYTES);
        }
        Ok(())
    }
}

/// The tags made so far, and how much they took.
struct Tags<'p> {
    plan: &'p ArgumentsPlan,
    made: Vec<(String, RestrictedExpression)>,
    budget: Budget,
}

impl Tags<'_> {
    /// Adds every value below `object`. The depth is bounded by the JSON parser's.
    fn add_members(
        &mut self,
        pointer: &mut String,
        object: &Object<'_>,
    ) -> Result<(), PolicyDenial> {
        let end = pointer.len();
        for (name, member) in object.iter() {
            push_name(pointer, name);
            self.add_tree(pointer, member)?;
            pointer.truncate(end);
        }
        Ok(())
    }

    fn add_tree(&mut self, pointer: &mut String, value: &Value<'_>) -> Result<(), PolicyDenial> {
        self.add(pointer, value)?;
        match value {
            Value::Object(object) => self.add_members(pointer, object),
            Value::Array(elements) => {
                let end = pointer.len();
                for (index, element) in elements.iter().enumerate() {
                    push_name(pointer, &index.to_string());
                    self.add_tree(pointer, element)?;
                    pointer.truncate(end);
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    /// Adds one value, not what is below it.
    fn add(&mut self, pointer: &str, value: &Value<'_>) -> Result<(), PolicyDenial> {
        self.budget.take(1, pointer.len())?;
        let argument = self.argument(value)?;
        let argument =
            RestrictedExpression::new_record(argument).map_err(|_| PolicyDenial::UNPRESENTABLE)?;
        self.made.push((pointer.to_owned(), argument));
        Ok(())
    }

    /// The attributes of one value.
    fn argument(
        &mut self,
        value: &Value<'_>,
    ) -> Result<Vec<(String, RestrictedExpression)>, PolicyDenial> {
        let mut fields = Vec::with_capacity(4);
        let mut field = |name: &str, value| fields.push((name.to_owned(), value));
        let kind = match value {
            Value::Null => "null",
            Value::Bool(value) => {
                if self.plan.bool {
                    field("bool", RestrictedExpression::new_bool(*value));
                }
                "bool"
            }
            Value::String(text) => {
                if self.plan.text {
                    field("text", self.text(text)?);
                }
                "string"
            }
            Value::Number(number) => {
                let text = number.text();
                if self.plan.text {
                    field("text", self.text(text)?);
                }
                let exact = Exact::of(text);
                if let Some(long) = exact.long.filter(|_| self.plan.long) {
                    field("long", RestrictedExpression::new_long(long));
                }
                if let Some(decimal) = exact.decimal.filter(|_| self.plan.decimal) {
                    field(
                        "decimal",
                        RestrictedExpression::new_decimal(decimal.to_string()),
                    );
                }
                "number"
            }
            Value::Array(elements) => {
                if self.plan.size {
                    field("size", size(elements.len()));
                }
                if let Some(strings) = self.strings(elements)? {
                    field("strings", strings);
                }
                "array"
            }
            Value::Object(object) => {
                if self.plan.size {
                    field("size", size(object.len()));
                }
                "object"
            }
        };
        field("kind", RestrictedExpression::new_string(kind.to_owned()));
        Ok(fields)
    }

    /// The elements as a set, if policies look at that and all are strings.
    fn strings(
        &mut self,
        elements: &[Value<'_>],
    ) -> Result<Option<RestrictedExpression>, PolicyDenial> {
        if !self.plan.strings || elements.iter().any(|element| element.as_str().is_none()) {
            return Ok(None);
        }
        let mut set = Vec::with_capacity(elements.len().min(MAX_VALUES));
        for text in elements.iter().filter_map(Value::as_str) {
            self.budget.take(1, 0)?;
            set.push(self.text(text)?);
        }
        Ok(Some(RestrictedExpression::new_set(set)))
    }

    fn text(&mut self, text: &str) -> Result<RestrictedExpression, PolicyDenial> {
        self.budget.take(0, text.len())?;
        Ok(RestrictedExpression::new_string(text.to_owned()))
    }
}

fn size(of: usize) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(of).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
