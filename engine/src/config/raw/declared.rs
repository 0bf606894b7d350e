//! Types of arguments and parameters as people write them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a tool is called with.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Arguments {
    /// Its arguments, by name.
    #[serde(default)]
    pub members: BTreeMap<String, Declaration>,
    /// What becomes of arguments that aren't among them.
    #[serde(default)]
    pub others: Others,
}

/// What an HTTP operation is called with.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Parameters {
    /// Parameters of the template, by name. Those that aren't here are strings.
    #[serde(default)]
    pub path: BTreeMap<String, Declaration>,
    /// Parameters of the query, by name. An array is a parameter that is there once for each element.
    #[serde(default)]
    pub query: BTreeMap<String, Declaration>,
    /// Header fields, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, Declaration>,
    /// What becomes of parameters of the query that aren't among them.
    #[serde(default)]
    pub others: Others,
}

/// What a value must be. `optional` may not be said of elements and path parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Declaration {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it may be missing.
    #[serde(default)]
    pub optional: bool,
    /// Whether an argument may be `null`; to policies it is missing then.
    #[serde(default)]
    pub nullable: bool,
    /// Of a string: the strings that it can be.
    #[serde(rename = "enum")]
    pub words: Option<Vec<String>>,
    /// Of an array: what each of its elements is.
    pub items: Option<Box<Declaration>>,
    /// Of an object: its members, by name.
    pub members: Option<BTreeMap<String, Declaration>>,
    /// Of an object: what becomes of members that aren't among them.
    pub others: Option<Others>,
}

/// What becomes of what isn't declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Others {
    /// It is refused.
    #[default]
    Refuse,
    /// It is passed on, and policies don't see it by name.
    Pass,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Kind {
    /// Anything; policies don't see it by name.
    Any,
    /// `true` or `false`.
    Boolean,
    /// An integer of 64 bits, written without fraction and exponent.
    Integer,
    /// A number of at most four digits behind the point, as Cedar's `decimal` has it.
    Decimal,
    /// A string.
    String,
    /// A string with a full date, such as `2026-11-24`.
    Date,
    /// A string with a date and a time (RFC 3339), such as `2026-11-24T05:46:02Z`.
    Datetime,
    /// An array.
    Array,
    /// An object.
    Object,
}
