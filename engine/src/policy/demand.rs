//! What a set of policies looks at, so that a request is only put into Cedar's terms as far as that.
//!
//! Left out is only what no policy can tell the absence of. Where a policy handles a value as a whole, or reaches it in a
//! way that isn't plain, everything is taken to be looked at.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::{Map, Value as Json};

use super::pointer::Pointer;
use super::vocabulary::reached;

/// What policies look at.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// Something is handled as a whole, so every attribute counts.
    whole: bool,
    /// The context is, so every attribute of it counts.
    whole_context: bool,
    /// Every attribute that is named anywhere.
    attributes: BTreeSet<String>,
    /// Every attribute that is named of the context itself.
    of_context: BTreeSet<String>,
    /// Some argument's key isn't a literal, so every argument counts.
    any_argument: bool,
    /// The keys of arguments that are literals.
    arguments: BTreeSet<String>,
}

/// The attributes of the context that follow from a token. Whatever else it has may differ from request to request.
const CONSTANT: [&str; 7] = [
    "user",
    "token",
    "caller",
    "delegation",
    "mission",
    "grants",
    "intent",
];

/// Which arguments policies look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pointers {
    /// Potentially every one, and these in any case.
    All(Vec<Pointer>),
    /// Only these.
    Only(Vec<Pointer>),
}

/// An argument's key that can't be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAPointer(pub(super) String);

impl Demand {
    /// What one policy looks at.
    pub(super) fn of(policy: &Policy) -> Self {
        let mut demand = Self::default();
        match policy.to_json() {
            Ok(json) => match json.get("conditions") {
                Some(conditions) => demand.expression(conditions),
                None => demand.everything(),
            },
            Err(_) => demand.everything(),
        }
        demand
    }

    /// What any of several policies looks at.
    pub(super) fn of_all<'d>(demands: impl IntoIterator<Item = &'d Self>) -> Self {
        let mut all = Self::default();
        for demand in demands {
            all.whole |= demand.whole;
            all.whole_context |= demand.whole_context;
            all.any_argument |= demand.any_argument;
            all.attributes.extend(demand.attributes.iter().cloned());
            all.of_context.extend(demand.of_context.iter().cloned());
            all.arguments.extend(demand.arguments.iter().cloned());
        }
        all
    }

    /// Is nothing looked at that can differ between two requests of one principal for one action on one resource?
    pub(super) fn is_constant(&self) -> bool {
        let varies = |name: &String| !CONSTANT.contains(&name.as_str());
        !self.whole && !self.any_argument && !self.of_context.iter().any(varies)
    }

    /// Could the attribute `name` of the context be looked at?
    pub(super) fn may_read(&self, name: &str) -> bool {
        self.whole || self.any_argument || self.of_context.contains(name)
    }

    /// Is the attribute `name` of the context itself looked at, be it with all others?
    pub(super) fn context(&self, name: &str) -> bool {
        self.whole_context || self.of_context.contains(name)
    }

    /// Is the attribute `name` of anything looked at?
    pub(super) fn attribute(&self, name: &str) -> bool {
        self.whole || self.attributes.contains(name)
    }

    /// Is this attribute of the context looked at by its name?
    pub(super) fn of_context(&self, name: &str) -> bool {
        self.of_context.contains(name)
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
            Pointers::All(pointers)
        } else {
            Pointers::Only(pointers)
        })
    }

    fn everything(&mut self) {
        self.whole = true;
        self.whole_context = true;
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
            "Value" if is_of_request(operands) => self.everything(),
            "Value" => {}
            "Var" if operands == "context" => {
                self.whole = true;
                self.whole_context = true;
            }
            "Var" => {}
            "Record" => {
                for field in operands.as_object().into_iter().flat_map(Map::values) {
                    self.expression(field);
                }
            }
            "." | "has" => self.access(operands),
            "hasTag" => self.tag(operands),
            "getTag" => {
                // What a session's tags say is a number.
                self.whole |= of_context(operands.get("left")) != Some("session");
                self.tag(operands);
            }
            _ => self.expression(operands),
        }
    }

    /// `left.attr`, `left has attr` and `left has attr.attr`: of `left`, no more than the attribute is looked at.
    fn access(&mut self, operands: &Json) {
        let named: Vec<&str> = match operands.get("attr") {
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(path)) => path.iter().filter_map(Json::as_str).collect(),
            _ => return self.everything(),
        };
        let Some(first) = named.first() else {
            return self.everything();
        };
        let left = operands.get("left");
        let of_context = is_context(left);
        if of_context {
            self.of_context.insert((*first).to_owned());
        }
        self.attributes.extend(named.into_iter().map(str::to_owned));
        if of_context {
            return;
        }
        match left.and_then(|left| left.get("getTag")) {
            Some(tag) => self.tag(tag),
            None => left.into_iter().for_each(|left| self.expression(left)),
        }
    }

    /// `context.arguments.hasTag("/key")` and its likes.
    fn tag(&mut self, operands: &Json) {
        let attribute = of_context(operands.get("left"));
        self.attributes.extend(attribute.map(str::to_owned));
        self.of_context.extend(attribute.map(str::to_owned));
        let key = operands.get("right");
        match (attribute, key.and_then(|key| key.get("Value"))) {
            (Some("arguments"), Some(Json::String(key))) => {
                self.arguments.insert(key.clone());
            }
            (Some("parameters" | "delegation" | "warrant" | "session"), _) => {
                key.into_iter().for_each(|key| self.expression(key))
            }
            _ => {
                self.any_argument = true;
                self.expression(operands);
            }
        }
    }
}

/// The attribute of the context that has the tags: one, or `calls` of the session.
fn of_context(tagged: Option<&Json>) -> Option<&str> {
    let of = tagged?.get(".")?;
    let attribute = of.get("attr")?.as_str()?;
    let left = of.get("left");
    if is_context(left) {
        return Some(attribute);
    }
    of_context(left).filter(|of| *of == "session" && attribute == "calls")
}

fn is_context(expression: Option<&Json>) -> bool {
    expression.and_then(|e| e.get("Var")).and_then(Json::as_str) == Some("context")
}

/// Is it, or has it, an entity that each request has its own of, named by its type and id?
fn is_of_request(value: &Json) -> bool {
    match value {
        Json::Array(elements) => elements.iter().any(is_of_request),
        Json::Object(members) => {
            let entity = members.get("__entity").and_then(|of| of.get("type"));
            let kind = entity.and_then(Json::as_str);
            kind.and_then(reached).is_some() || members.values().any(is_of_request)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::{Demand, NotAPointer, Pointers};

    fn demand(condition: &str) -> Demand {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        Demand::of(&Policy::parse(None, text).unwrap())
    }

    /// The pointers, or none for all.
    fn pointers(demand: &Demand) -> Option<Vec<String>> {
        match demand.pointers().unwrap() {
            Pointers::All(_) => None,
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
                "a counter of the session",
                r#"context.session.calls.hasTag("mail") && context.session.calls.getTag("mail") < 3"#,
                Some(none),
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
    fn what_follows_from_principal_action_and_resource_alone_is_constant() {
        for (condition, constant) in [
            ("true", true),
            (
                r#"resource.name like "read_*" && resource in Server::"shop""#,
                true,
            ),
            (
                r#"context has user && context.user in Group::"corp/x""#,
                true,
            ),
            (
                r#"context.token.scopes.contains("a") && context.delegation.depth < 2"#,
                true,
            ),
            (
                r#"context.delegation.hasTag("1") && context.delegation.getTag("1").format == "act""#,
                true,
            ),
            ("context has mission && context.mission.whole", true),
            (r#"context.grants.labels.contains(Label::"a")"#, true),
            (r#"context.session.labels.contains(Label::"a")"#, false),
            (r#"context.session.calls.hasTag("a")"#, false),
            (
                r#"context has intent && context.intent has purpose && context.intent.purpose == "x""#,
                true,
            ),
            (
                "context.delegation.getTag(context.request.host).verified",
                false,
            ),
            ("context.now > 0", false),
            ("context.token.expires_at - context.now > 0", false),
            (r#"context.time > datetime("2026-01-01")"#, false),
            (r#"context.request.host == "a""#, false),
            ("context.request has path", false),
            ("context has arguments", false),
            ("context.arguments == context.arguments", false),
            (r#"context.arguments.hasTag("/a")"#, false),
            (r#"context["arguments"].getTag("/a").kind == "null""#, false),
            (r#"Arguments::"this".hasTag("/a")"#, false),
            (r#"context.parameters.hasTag("id")"#, false),
            (r#"context.parameters.getTag("id") == "1""#, false),
            (r#"Parameters::"this".getTag("id") == "1""#, false),
            (r#"Arguments::"this".amount <= 100"#, false),
            (r#"Parameters::"this".query.limit <= 100"#, false),
            (r#"Arguments::"this" has amount"#, false),
            (r#"[Arguments::"this"].contains(Arguments::"this")"#, false),
            (r#"Session::"this".calls.hasTag("a")"#, false),
            (r#"Token::"this".scopes.contains("a")"#, false),
            (r#"resource in [Server::"Arguments"]"#, true),
            (
                r#"Arguments::currency::"EUR" == Arguments::currency::"EUR""#,
                true,
            ),
            (
                "(if true then context else context).token has client",
                false,
            ),
            ("{a: context} has a", false),
        ] {
            let demand = demand(condition);
            assert_eq!(demand.is_constant(), constant, "{condition}");
            let all = Demand::of_all([&Demand::default(), &demand]);
            assert_eq!(all.is_constant(), constant, "{condition}, among others");
        }
    }

    #[test]
    fn a_session_is_asked_for_by_its_name_or_with_all_else() {
        for (condition, session) in [
            (r#"context.session.labels.contains(Label::"a")"#, true),
            (r#"context.session.calls.hasTag("a")"#, true),
            (r#"context["session"].calls.getTag("a") < 1"#, true),
            ("context has session", true),
            ("context == context", true),
            (
                r#"context.arguments.getTag("/a") == context.arguments.getTag("/b")"#,
                false,
            ),
            (r#"context.parameters.getTag("id") == "session""#, false),
            (r#"context.grants.labels.contains(Label::"session")"#, false),
        ] {
            let demand = demand(condition);
            assert_eq!(demand.context("session"), session, "{condition}");
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
