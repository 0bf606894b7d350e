//! What somebody may do, in lines for people.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_engine::delegation::arguments::ArgumentMap;
use bailiwick_engine::delegation::authority::{Authority, Extent};

/// Each thing that is allowed, with a label.
pub(super) fn facts(authority: &Authority) -> Vec<(&'static str, String)> {
    if authority.is_bottom() {
        return vec![("allows", "nothing".to_owned())];
    }
    let tool = |(name, map): (&String, &ArgumentMap)| format!("{name}: {}", arguments(map));
    let resource = |(name, actions): (&String, &BTreeSet<String>)| {
        let actions: Vec<_> = actions.iter().map(String::as_str).collect();
        format!("{name}: {}", actions.join(", "))
    };
    let mut facts = listed("tool", authority.tools(), tool);
    facts.extend(listed("resource", authority.resources(), resource));
    match authority.scopes() {
        Extent::Unlimited => facts.push(("scopes", "any".to_owned())),
        Extent::Limited(scopes) if scopes.is_empty() => {}
        Extent::Limited(scopes) => {
            let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
            facts.push(("scopes", scopes.join(" ")));
        }
    }
    let checks = authority.checks().iter();
    facts.extend(checks.map(|check| ("check", check.clone())));
    facts
}

fn listed<T>(
    label: &'static str,
    extent: &Extent<BTreeMap<String, T>>,
    one: impl Fn((&String, &T)) -> String,
) -> Vec<(&'static str, String)> {
    match extent {
        Extent::Unlimited => vec![(label, "any".to_owned())],
        Extent::Limited(list) => list.iter().map(|each| (label, one(each))).collect(),
    }
}

fn arguments(map: &ArgumentMap) -> String {
    let named = map.named().iter().map(|(name, argument)| {
        let optional = if argument.optional { "?" } else { "" };
        format!("{name}{optional} {}", argument.constraint)
    });
    let mut all: Vec<_> = named.collect();
    if map.is_open() {
        let any = if all.is_empty() {
            "any arguments"
        } else {
            "any others"
        };
        all.push(any.to_owned());
    }
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_lines() {
        let tools = BTreeMap::from([("list".to_owned(), ArgumentMap::any())]);
        let actions = ["get", "put"].map(str::to_owned).into();
        let resources = BTreeMap::from([("https://a.example/x".to_owned(), actions)]);
        let scopes = ["a:read", "a:write"].map(str::to_owned).into();
        let checks = BTreeSet::from(["check if time($t)".to_owned()]);
        let everything = Authority::new(
            Extent::Limited(tools),
            Extent::Limited(resources),
            Extent::Limited(scopes),
            checks,
        );
        let texts = |authority: &Authority| -> Vec<_> {
            let facts = facts(authority).into_iter();
            facts
                .map(|(label, fact)| format!("{label} {fact}"))
                .collect()
        };
        assert_eq!(
            texts(&everything),
            [
                "tool list: any arguments",
                "resource https://a.example/x: get, put",
                "scopes a:read a:write",
                "check check if time($t)",
            ]
        );
        assert_eq!(
            texts(&Authority::top()),
            ["tool any", "resource any", "scopes any"]
        );
        assert_eq!(texts(&Authority::bottom()), ["allows nothing"]);
    }
}
