//! Strict, bounded JSON (RFC 8259): the one parser for everything that comes from outside.

use std::borrow::Cow;

/// A JSON value. Text without escapes borrows from the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text.
    Number(Number<'a>),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object without duplicate names.
    Object(Object<'a>),
}

/// A number's text exactly as it was written, valid by the JSON grammar, never rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number<'a>(pub(crate) Cow<'a, str>);

/// An object's members in the order written, each name once.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, Value<'a>)>);
