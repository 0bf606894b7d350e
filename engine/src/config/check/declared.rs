//! Types of arguments and parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::report::{At, Report};
use crate::config::raw::{self, Kind};
use crate::operation::declared::{Member, Record, Type};
use crate::operation::http::parameters::Parameters;
use crate::policy::declared::{Holder, choices};
use crate::request::HeaderName;
use crate::suggestion::nearest;

/// How deep objects and arrays may be in each other.
const DEEPEST: usize = 8;

/// Header fields that are no parameters: credentials, which policies and records must not see, and what says how the message
/// is framed.
const NO_PARAMETERS: [&str; 16] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "dpop",
    "host",
    "proxy-authorization",
    "signature",
    "signature-input",
    "te",
    "transfer-encoding",
    "txn-token",
    "workload-identity-token",
    "workload-proof-token",
    "x-forwarded-client-cert",
];

/// The arguments of each tool.
pub(super) fn tools(
    raw: BTreeMap<String, raw::Arguments>,
    listed: Option<&[String]>,
    at: &At<'_>,
    report: &mut Report,
) -> BTreeMap<String, Record> {
    let mut tools = BTreeMap::new();
    for (tool, arguments) in raw {
        let at = at.member(&tool);
        if let Some(listed) = listed.filter(|listed| !listed.contains(&tool)) {
            let message = format!("`{tool}` is none of the route's `tools`");
            let meant = nearest(&tool, listed.iter().map(String::as_str));
            report.suggest(&at, message, meant);
        }
        let record = Record {
            members: members(arguments.members, 1, &at.member("members"), report),
            passes_others: arguments.others == raw::Others::Pass,
        };
        check_choices(Holder::Arguments, &record, &at, report);
        tools.insert(tool, record);
    }
    tools
}

/// The parameters of an operation with this template. `credentials` are the header fields that the configuration has them in.
pub(super) fn parameters(
    raw: raw::Parameters,
    template: &str,
    credentials: &[&HeaderName],
    at: &At<'_>,
    report: &mut Report,
) -> Arc<Parameters> {
    let at_path = at.member("path");
    let names = template_names(template);
    for name in raw.path.keys() {
        if !names.contains(&name.as_str()) {
            let message = format!("the operation's path has no `{{{name}}}`");
            report.suggest(
                &at_path.member(name),
                message,
                nearest(name, names.iter().copied()),
            );
        }
    }
    let mut path = raw.path;
    let path = names.iter().map(|name| match path.remove(*name) {
        None => member_of(name, Type::Text),
        Some(declared) => {
            let at = at_path.member(name);
            if declared.optional {
                let message = "a parameter of the path is always there";
                report.error(&at.member("optional"), message.to_owned());
            }
            parameter(name, declared, false, &at, report)
        }
    });
    let path = path.collect();
    let query = raw.query.into_iter().map(|(name, declared)| {
        parameter(
            &name,
            declared,
            true,
            &at.member("query").member(&name),
            report,
        )
    });
    let query = query.collect();
    let headers = raw.headers.into_iter().filter_map(|(name, declared)| {
        let at = at.member("headers");
        let at = at.member(&name);
        Some((
            field(&name, credentials, &at, report)?,
            parameter(&name, declared, false, &at, report),
        ))
    });
    let parameters = Parameters {
        path,
        query,
        headers: headers.collect(),
        passes_others: raw.others == raw::Others::Pass,
    };
    check_choices(Holder::Parameters, &parameters.record(), at, report);
    Arc::new(parameters)
}

fn template_names(template: &str) -> Vec<&str> {
    let segments = template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.collect()
}

/// A header field that can be a parameter; its name is that of the parameter, in lower case.
fn field(
    name: &str,
    credentials: &[&HeaderName],
    at: &At<'_>,
    report: &mut Report,
) -> Option<HeaderName> {
    let field = HeaderName::parse(name).filter(|field| field.as_str() == name);
    let mut credentials = credentials.iter();
    if field.is_none() {
        let message = format!("`{name}` is not the name of a header field in lower case");
        report.error(at, message);
    } else if NO_PARAMETERS.contains(&name) || credentials.any(|of| of.as_str() == name) {
        let message =
            format!("`{name}` is no parameter: it has a credential, or frames the message");
        report.error(at, message);
    }
    field
}

/// A parameter, which is a text: objects are none, and arrays are only those that are there several times.
fn parameter(
    name: &str,
    raw: raw::Declaration,
    may_repeat: bool,
    at: &At<'_>,
    report: &mut Report,
) -> Member {
    if raw.nullable {
        let message = "a parameter is a text, and never `null`";
        report.error(&at.member("nullable"), message.to_owned());
    }
    let member = member(name, raw, 1, at, report);
    let is_text = |of: &Type| !matches!(of, Type::List(_) | Type::Object(_));
    let is_possible = if let Type::List(of) = &member.of {
        may_repeat && is_text(of)
    } else {
        is_text(&member.of)
    };
    if !is_possible {
        let message = if may_repeat {
            "a parameter of the query is a text, or an array of texts"
        } else {
            "such a parameter is one text"
        };
        report.error(&at.member("type"), message.to_owned());
    }
    member
}

fn members(
    raw: BTreeMap<String, raw::Declaration>,
    depth: usize,
    at: &At<'_>,
    report: &mut Report,
) -> Vec<Member> {
    let members = raw.into_iter();
    members
        .map(|(name, declared)| member(&name, declared, depth, &at.member(&name), report))
        .collect()
}

fn member(
    name: &str,
    raw: raw::Declaration,
    depth: usize,
    at: &At<'_>,
    report: &mut Report,
) -> Member {
    let (optional, nullable) = (raw.optional, raw.nullable);
    Member {
        optional,
        nullable,
        ..member_of(name, type_of(raw, depth, at, report))
    }
}

fn member_of(name: &str, of: Type) -> Member {
    Member {
        name: name.into(),
        of,
        optional: false,
        nullable: false,
    }
}

fn type_of(raw: raw::Declaration, depth: usize, at: &At<'_>, report: &mut Report) -> Type {
    if depth > DEEPEST {
        let message = format!("objects and arrays are more than {DEEPEST} deep in each other");
        report.error(at, message);
        return Type::Any;
    }
    for (name, is_there, of) in [
        ("enum", raw.words.is_some(), Kind::String),
        ("items", raw.items.is_some(), Kind::Array),
        ("members", raw.members.is_some(), Kind::Object),
        ("others", raw.others.is_some(), Kind::Object),
    ] {
        if is_there && raw.kind != of {
            let message = "is for another type";
            report.error(&at.member(name), message.to_owned());
        }
    }
    let below = depth.saturating_add(1);
    match raw.kind {
        Kind::Any => Type::Any,
        Kind::Boolean => Type::Boolean,
        Kind::Integer => Type::Integer,
        Kind::Decimal => Type::Decimal,
        Kind::Date => Type::Date,
        Kind::Datetime => Type::DateTime,
        Kind::String => match raw.words {
            None => Type::Text,
            Some(words) => choice(words, &at.member("enum"), report),
        },
        Kind::Array => match raw.items {
            Some(items) => {
                let at = at.member("items");
                for (name, is_said) in [("optional", items.optional), ("nullable", items.nullable)]
                {
                    if is_said {
                        let message = "an element is there, and is what it is";
                        report.error(&at.member(name), message.to_owned());
                    }
                }
                Type::List(Box::new(type_of(*items, below, &at, report)))
            }
            None => {
                let message = "an array needs it: what each element is, perhaps `{type: any}`";
                report.error(&at.member("items"), message.to_owned());
                Type::Any
            }
        },
        Kind::Object => Type::Object(Record {
            members: members(
                raw.members.unwrap_or_default(),
                below,
                &at.member("members"),
                report,
            ),
            passes_others: raw.others == Some(raw::Others::Pass),
        }),
    }
}

fn choice(words: Vec<String>, at: &At<'_>, report: &mut Report) -> Type {
    if words.is_empty() {
        report.error(at, "at least one is needed".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (place, word) in words.iter().enumerate() {
        if !seen.insert(word) {
            report.error(&at.element(place), format!("`{word}` stands there twice"));
        }
    }
    Type::Choice(words.into_iter().map(Into::into).collect())
}

/// Each enumeration has a type of its own, named by its place.
fn check_choices(holder: Holder, record: &Record, at: &At<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for name in choices(holder, record) {
        if seen.contains(&name) {
            let message = format!(
                "two enumerations would both be `{name}` in policies; declare one without `enum`"
            );
            report.error(at, message);
        }
        seen.insert(name);
    }
}
