//! What a set of policies looks at, so that a request is only put into Cedar's terms as far as that.
//!
//! Left out is only what no policy can tell the absence of. Where a policy handles a value as a whole, or reaches it in a
//! way that isn't plain, everything is taken to be looked at.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::{Map, Value as Json};

use super::pointer::Pointer;

/// What policies look at.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// Something is handled as a whole, so every attribute counts.
    whole: bool,
    /// Every attribute that is named anywhere.
    attributes: BTreeSet<String>,
    /// Some argument's key isn't a literal, so every argument counts.
    any_argument: bool,
    /// The keys of arguments that are literals.
    arguments: BTreeSet<String>,
}

/// Which arguments policies look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pointers {
    /// Potentially every one.
    All,
    /// Only these.
    Only(Vec<Pointer>),
}

/// An argument's key that can't be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAPointer(pub(super) String);

impl Demand {
    /// Adds what one policy looks at.
    pub(super) fn add(&mut self, policy: &Policy) {
        match policy.to_json() {
            Ok(json) => match json.get("conditions") {
                Some(conditions) => self.expression(conditions),
                None => self.everything(),
            },
            Err(_) => self.everything(),
        }
    }

    /// Is the attribute `name` of anything looked at?
    pub(super) fn attribute(&self, name: &str) -> bool {
        self.whole || self.attributes.contains(name)
    }

    /// Which arguments are looked at?
    ///
    /// # Errors
    ///
    /// Every key that is no JSON Pointer, and so would never be found.
    pub(super) fn pointers(&self) -> Result<Pointers, Vec<NotAPointer>> {
        let (mut pointers, mut wrong) = (Vec::new(), Vec::new());
        for text in &self.arguments {
            match Pointer::parse(text) {
                Some(pointer) => pointers.push(pointer),
                None => wrong.push(NotAPointer(text.clone())),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(if self.any_argument {
            Pointers::All
        } else {
            Pointers::Only(pointers)
        })
    }

    fn everything(&mut self) {
        self.whole = true;
        self.any_argument = true;
    }

    /// Walks Cedar's JSON policy format, in which an expression is an object with one member, named by the operator.
    fn expression(&mut self, json: &Json) {
        match json {
            Json::Array(elements) => elements.iter().for_each(|element| self.expression(element)),
            Json::Object(members) => {
                for (operator, operands) in members {
                    self.operator(operator, operands);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn operator(&mut self, operator: &str, operands: &Json) {
        match operator {
            "Value" => {}
            "Var" => self.whole |= operands == "context",
            "Record" => {
                for field in operands.as_object().into_iter().flat_map(Map::values) {
                    self.expression(field);
                }
            }
            "." | "has" => self.access(operands),
            "hasTag" => self.tag(operands),
            "getTag" => {
                self.whole = true;
                self.tag(operands);
            }
            _ => self.expression(operands),
        }
    }

    /// `left.attr`, `left has attr` and `left has attr.attr`: of `left`, no more than the attribute is looked at.
    fn access(&mut self, operands: &Json) {
        match operands.get("attr") {
            Some(Json::String(name)) => {
                self.attributes.insert(name.clone());
            }
            Some(Json::Array(path)) => {
                let names = path.iter().filter_map(Json::as_str).map(str::to_owned);
                self.attributes.extend(names);
            }
            _ => self.everything(),
        }
        let left = operands.get("left");
        if is_context(left) {
            return;
        }
        match left.and_then(|left| left.get("getTag")) {
            Some(tag) => self.tag(tag),
            None => left.into_iter().for_each(|left| self.expression(left)),
        }
    }

    /// `context.arguments.hasTag("/key")` and its likes.
    fn tag(&mut self, operands: &Json) {
        let of = operands.get("left").and_then(|left| left.get("."));
        let attribute = of
            .filter(|of| is_context(of.get("left")))
            .and_then(|of| of.get("attr"))
            .and_then(Json::as_str);
        let key = operands.get("right");
        match (attribute, key.and_then(|key| key.get("Value"))) {
            (Some("arguments"), Some(Json::String(key))) => {
                self.arguments.insert(key.clone());
            }
            (Some("parameters"), _) => key.into_iter().for_each(|key| self.expression(key)),
            _ => {
                self.any_argument = true;
                self.expression(operands);
            }
        }
    }
}

fn is_context(expression: Option<&Json>) -> bool {
    expression.and_then(|e| e.get("Var")).and_then(Json::as_str) == Some("context")
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::{Demand, NotAPointer, Pointers};

    fn demand(condition: &str) -> Demand {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        let mut demand = Demand::default();
        demand.add(&Policy::parse(None, text).unwrap());
        demand
    }

    /// The pointers, or none for all.
    fn pointers(demand: &Demand) -> Option<Vec<String>> {
        match demand.pointers().unwrap() {
            Pointers::All => None,
            Pointers::Only(pointers) => {
                Some(pointers.iter().map(|p| p.as_str().to_owned()).collect())
            }
        }
    }

    #[test]
    fn what_is_looked_at_is_found_however_it_is_written() {
        let plain = r#"context.arguments.hasTag("/a") && context.arguments.getTag("/a").long < 3"#;
        let none: &[&str] = &[];
        let a: &[&str] = &["/a"];
        for (name, condition, arguments, time) in [
            ("nothing", "true", Some(none), false),
            ("a literal key", plain, Some(a), false),
            (
                "an escaped attribute",
                r#"context["ar\u{67}uments"].hasTag("/a")"#,
                Some(a),
                false,
            ),
            (
                "an escaped key",
                r#"context.arguments.hasTag("/\u{61}")"#,
                Some(a),
                false,
            ),
            (
                "a computed key",
                "context.arguments.hasTag(context.request.host)",
                None,
                false,
            ),
            (
                "a chosen entity",
                r#"(if true then context.arguments else context.arguments).hasTag("/a")"#,
                None,
                false,
            ),
            (
                "in a record",
                r#"{Value: context.arguments.hasTag("/a")} has x"#,
                Some(a),
                false,
            ),
            (
                "a path parameter",
                r#"context.parameters.hasTag("id")"#,
                Some(none),
                false,
            ),
            (
                "an attribute of the context",
                "context.time == context.time",
                Some(none),
                true,
            ),
            ("its presence", "context has time", Some(none), true),
            (
                "in quotes",
                r#"context["time"] == context["time"]"#,
                Some(none),
                true,
            ),
            (
                "the context as a whole",
                "[context].contains(context)",
                Some(none),
                true,
            ),
            (
                "the context in disguise",
                "(if true then context else context).now == 1",
                Some(none),
                true,
            ),
            (
                "an argument as a whole",
                r#"context.arguments.getTag("/a") == context.arguments.getTag("/b")"#,
                Some(&["/a", "/b"]),
                true,
            ),
        ] {
            let demand = demand(condition);
            let wanted = arguments.map(|all| all.iter().map(|a| (*a).to_owned()).collect());
            assert_eq!(pointers(&demand), wanted, "{name}");
            assert_eq!(demand.attribute("time"), time, "{name}");
        }
    }

    #[test]
    fn a_key_that_is_no_pointer_is_told() {
        assert_eq!(
            demand(r#"context.arguments.hasTag("amount")"#).pointers(),
            Err(vec![NotAPointer("amount".to_owned())])
        );
    }
}
