//! What a token allows, to be written down.

use bailiwick_engine::delegation::arguments::ArgumentMap;
use bailiwick_engine::json::{Object, Value};

use super::narrowing::NarrowingError;
use super::raw::RawObject;

/// The type of the entry in `authorization_details` that counts.
const TYPE: &str = "attenuating_agent_token";

/// Tools by their names in order, each with the constraints of its arguments. `{}` is a tool with any arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tools(pub(super) Vec<(String, RawObject)>);

impl Tools {
    /// The tools of a token's claims; none where the claims name none.
    pub(crate) fn of_claims(claims: &Object<'_>) -> Self {
        let details = claims
            .get("authorization_details")
            .and_then(Value::as_array);
        let mut entries = details.into_iter().flatten().filter_map(Value::as_object);
        let entry = entries.find(|entry| entry.get("type").and_then(Value::as_str) == Some(TYPE));
        let tools = entry.and_then(|entry| entry.get("tools")?.as_object());
        let named = tools.into_iter().flat_map(Object::iter);
        let with_map = |(name, map): (&str, &Value<'_>)| {
            Some((name.to_owned(), RawObject::of(map.as_object()?)))
        };
        Self(named.filter_map(with_map).collect())
    }

    /// These tools with any arguments.
    pub(crate) fn unbounded(names: impl Iterator<Item = String>) -> Self {
        Self(names.map(|name| (name, RawObject::default())).collect())
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Those whose arguments are bounded, and how.
    pub(crate) fn bounded(&self) -> Result<Vec<(&str, ArgumentMap)>, NarrowingError> {
        let bounded = self.0.iter().filter(|(_, map)| !map.is_empty());
        let read = bounded.map(|(tool, map)| {
            let unreadable = |source| NarrowingError::Unreadable {
                tool: tool.clone(),
                source,
            };
            Ok((tool.as_str(), map.arguments().map_err(unreadable)?))
        });
        read.collect()
    }

    /// `authorization_details` as JSON text.
    pub(crate) fn details(&self) -> String {
        let mut entry = RawObject::default();
        entry.set_text("type", TYPE);
        entry.set("tools", self.to_json());
        format!("[{entry}]")
    }

    /// The tools as JSON text.
    pub(crate) fn to_json(&self) -> String {
        let mut tools = RawObject::default();
        for (name, map) in &self.0 {
            tools.set(name, map);
        }
        tools.to_string()
    }

    /// The constraints of a tool's arguments.
    pub(super) fn get(&self, name: &str) -> Option<&RawObject> {
        let mut tools = self.0.iter();
        tools.find_map(|(tool, map)| (tool == name).then_some(map))
    }

    /// The same to be changed, of a tool that may be new.
    pub(super) fn entry(&mut self, name: &str) -> &mut RawObject {
        let place = self.0.iter().position(|(tool, _)| tool == name);
        let place = place.unwrap_or_else(|| {
            self.0.push((name.to_owned(), RawObject::default()));
            self.0.len().saturating_sub(1)
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "the place was found or made just above"
        )]
        &mut self.0[place].1
    }
}
