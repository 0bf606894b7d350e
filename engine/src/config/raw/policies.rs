//! Policies and groups as people write them.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::NamedLists;

/// One text, or a list of named ones.
#[derive(Debug)]
pub(in crate::config) enum Policies {
    /// One text.
    Text(String),
    /// Named texts, each with its place in the list.
    List(Vec<NamedPolicies>),
}

/// A named text of policies.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct NamedPolicies {
    /// What messages call it, such as a file's name.
    pub name: String,
    /// Cedar policies, any number.
    pub cedar: String,
}

impl<'de> Deserialize<'de> for Policies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList;

        impl<'de> Visitor<'de> for TextOrList {
            type Value = Policies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "Cedar policies as one text, or a list of objects with `name` and `cedar`",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Policies, E> {
                Ok(Policies::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Policies, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Policies::List(texts))
            }
        }

        deserializer.deserialize_any(TextOrList)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Policies {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Policies".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let named = generator.subschema_for::<Vec<NamedPolicies>>();
        schemars::json_schema!({ "anyOf": [{ "type": "string" }, named] })
    }
}

/// What comes of what policies refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema, serde::Serialize),
    schemars(inline)
)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Mode {
    /// It is refused.
    #[default]
    Enforce,
    /// It is forwarded until `shadow_until`, for at most 90 days, and recorded and counted as what would have been refused. Whoever can't say who
    /// they are, or goes beyond their authority, is refused all the same.
    Shadow,
}

/// Groups that policies may name. A name has no `/`, which tells it from those that tokens state.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(in crate::config) struct Groups {
    /// `Group::"NAME"`: its agents, each `TRUST-DOMAIN/AGENT`.
    pub agents: NamedLists,
    /// `ToolGroup::"NAME"`: its tools, each `SERVER/TOOL`.
    pub tools: NamedLists,
}
