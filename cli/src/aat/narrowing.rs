//! Which tools and arguments, on the command line.

use bailiwick_engine::delegation::aat::ArgumentError;
use clap::Args;
use thiserror::Error;

use super::constraint::{self, NoConstraint};
use super::raw::RawObject;
use super::tools::Tools;

/// The argument name that stands for all that have none.
const UNNAMED: &str = "*";

/// What takes an argument away.
const NONE: &str = "none";

#[derive(Args)]
pub(crate) struct Narrowing {
    /// A tool that may be called; may be repeated, and then no other tool may be
    #[arg(long, value_name = "NAME")]
    tool: Vec<String>,
    /// What an argument of a tool may be: exact:VALUE, one_of:VALUE,VALUE, not_one_of:..., contains:..., subset:...,
    /// range:MIN..MAX, wildcard, a constraint as JSON, or none to take an optional argument away; may be repeated.
    ///
    /// `TOOL.ARG?=` makes it optional. A tool of which an argument is named takes no others, unless `TOOL.*=wildcard`
    /// says so
    #[arg(long, value_name = "TOOL.ARG=CONSTRAINT")]
    argument: Vec<String>,
}

/// Why tools and arguments can't be told from the command line.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NarrowingError {
    #[error("`{argument}` is not TOOL.ARG=CONSTRAINT")]
    NotArgument {
        /// What stands there.
        argument: String,
    },
    #[error("`--argument {argument}`: {source}")]
    Constraint {
        /// What stands there.
        argument: String,
        /// What is wrong with it.
        source: NoConstraint,
    },
    #[error(
        "`--argument {argument}` is for the tool `{tool}`, which `--tool` leaves out: name it there too"
    )]
    LeftOut {
        /// What stands there.
        argument: String,
        /// Which tool.
        tool: String,
    },
    #[error("the tool `{tool}`: {source}")]
    Unreadable {
        /// Which tool.
        tool: String,
        /// What is wrong with what it may be called with.
        source: ArgumentError,
    },
    #[error(
        "the tool `{tool}` is left without any argument, which would mean that it takes all: leave the tool out"
    )]
    NothingLeft {
        /// Which tool.
        tool: String,
    },
}

/// One `--argument`.
struct Given<'a> {
    tool: &'a str,
    name: &'a str,
    optional: bool,
    constraint: &'a str,
}

impl Narrowing {
    /// The tools that are named; none where all are kept.
    pub(crate) fn tools(&self) -> &[String] {
        &self.tool
    }

    /// These tools, as the command line wants them. Whether that is narrower is for the engine to say: what is asked for
    /// beyond them is put in.
    pub(crate) fn of(&self, before: &Tools) -> Result<Tools, NarrowingError> {
        let mut tools = before.clone();
        if !self.tool.is_empty() {
            let map = |name: &String| before.get(name).cloned().unwrap_or_default();
            let kept = self.tool.iter().map(|name| (name.clone(), map(name)));
            tools = Tools(kept.collect());
        }
        let given = self.argument.iter().map(|argument| {
            let given = Given::read(argument, &tools, before);
            given.map(|given| (argument, given))
        });
        let given = given.collect::<Result<Vec<_>, _>>()?;
        for (argument, one) in &given {
            if tools.get(one.tool).is_none() && before.get(one.tool).is_some() {
                return Err(NarrowingError::LeftOut {
                    argument: (*argument).clone(),
                    tool: one.tool.to_owned(),
                });
            }
            let map = tools.entry(one.tool);
            one.apply(map)
                .map_err(|source| NarrowingError::Constraint {
                    argument: (*argument).clone(),
                    source,
                })?;
        }
        for (_, one) in &given {
            let opened = |other: &Given<'_>| other.tool == one.tool && other.name == UNNAMED;
            if !given.iter().any(|(_, other)| opened(other)) {
                tools.entry(one.tool).remove(UNNAMED);
            }
            if tools.entry(one.tool).is_empty() {
                return Err(NarrowingError::NothingLeft {
                    tool: one.tool.to_owned(),
                });
            }
        }
        Ok(tools)
    }
}

impl<'a> Given<'a> {
    /// Takes an argument apart. Names of tools may have dots in them, so those that are known are tried first.
    fn read(argument: &'a str, tools: &Tools, before: &Tools) -> Result<Self, NarrowingError> {
        let parts = argument.split_once('=').and_then(|(path, constraint)| {
            let known = tools.0.iter().chain(&before.0).filter_map(|(tool, _)| {
                let name = path.strip_prefix(tool.as_str())?.strip_prefix('.')?;
                Some((path.get(..tool.len())?, name))
            });
            let longest = known.max_by_key(|(tool, _)| tool.len());
            let (tool, name) = longest.or_else(|| path.rsplit_once('.'))?;
            Some((tool, name, constraint))
        });
        let filled = parts.filter(|(tool, name, _)| !tool.is_empty() && !["", "?"].contains(name));
        let (tool, name, constraint) = filled.ok_or_else(|| NarrowingError::NotArgument {
            argument: argument.to_owned(),
        })?;
        let (name, optional) = match name.strip_suffix('?') {
            Some(name) => (name, true),
            None => (name, false),
        };
        Ok(Self {
            tool,
            name,
            optional,
            constraint,
        })
    }

    fn apply(&self, map: &mut RawObject) -> Result<(), NoConstraint> {
        const OPTIONAL: &str = "optional";

        if self.constraint == NONE {
            map.remove(self.name);
            return Ok(());
        }
        let mut constraint = constraint::read(self.constraint)?;
        let was_optional = || {
            let before = map.get(self.name)?;
            let before = constraint::read(before).ok()?;
            Some(before.get(OPTIONAL) == Some("true"))
        };
        // What may be left out stays so, unless the constraint says it itself.
        let stays = constraint.get(OPTIONAL).is_none() && was_optional() == Some(true);
        if self.optional || stays {
            constraint.set(OPTIONAL, true);
        }
        map.set(self.name, constraint);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_engine::json::{Limits, parse};

    use super::{Narrowing, Tools};

    fn tools(json: &str) -> Tools {
        let text = format!(
            r#"{{"authorization_details":[{{"type":"attenuating_agent_token","tools":{json}}}]}}"#
        );
        let value = parse(text.as_bytes(), &Limits::default()).unwrap();
        Tools::of_claims(value.as_object().unwrap())
    }

    fn narrowed(before: &str, tool: &[&str], argument: &[&str]) -> Result<String, String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let narrowing = Narrowing {
            tool: owned(tool),
            argument: owned(argument),
        };
        let after = narrowing
            .of(&tools(before))
            .map_err(|error| error.to_string())?;
        Ok(after.to_json())
    }

    const WILD: &str = r#"{"constraint_type":"wildcard"}"#;

    #[test]
    fn tools_are_kept_and_arguments_set() {
        let exact = r#"{"constraint_type":"exact","value":1}"#;
        let optional = r#"{"constraint_type":"exact","value":1,"optional":true}"#;
        let both = format!(r#"{{"a":{{"x":{WILD}}},"b":{{}}}}"#);
        for (name, before, tool, argument, expected) in [
            ("nothing", both.as_str(), &[][..], &[][..], both.clone()),
            ("one kept", &both, &["b"], &[], r#"{"b":{}}"#.to_owned()),
            (
                "one set",
                &both,
                &[],
                &["a.x=exact:1"],
                format!(r#"{{"a":{{"x":{exact}}},"b":{{}}}}"#),
            ),
            (
                "a tool that isn't there",
                &both,
                &["c"],
                &[],
                r#"{"c":{}}"#.to_owned(),
            ),
            (
                "an argument closes",
                r#"{"a":{}}"#,
                &[],
                &["a.x=exact:1"],
                format!(r#"{{"a":{{"x":{exact}}}}}"#),
            ),
            (
                "unless it is opened",
                r#"{"a":{}}"#,
                &[],
                &["a.*=wildcard", "a.x=exact:1"],
                format!(r#"{{"a":{{"*":{WILD},"x":{exact}}}}}"#),
            ),
            (
                "the open one closes",
                &format!(r#"{{"a":{{"*":{WILD}}}}}"#),
                &[],
                &["a.x=exact:1"],
                format!(r#"{{"a":{{"x":{exact}}}}}"#),
            ),
            (
                "optional",
                r#"{"a":{}}"#,
                &[],
                &["a.x?=exact:1"],
                format!(r#"{{"a":{{"x":{optional}}}}}"#),
            ),
            (
                "it stays optional",
                &format!(r#"{{"a":{{"x":{optional}}}}}"#),
                &[],
                &["a.x=exact:1"],
                format!(r#"{{"a":{{"x":{optional}}}}}"#),
            ),
            (
                "it says so itself",
                &format!(r#"{{"a":{{"x":{optional}}}}}"#),
                &[],
                &[r#"a.x={"constraint_type":"exact","value":1,"optional":false}"#],
                r#"{"a":{"x":{"constraint_type":"exact","value":1,"optional":false}}}"#.to_owned(),
            ),
            (
                "one taken away",
                &format!(r#"{{"a":{{"x":{optional},"y":{exact}}}}}"#),
                &[],
                &["a.x=none"],
                format!(r#"{{"a":{{"y":{exact}}}}}"#),
            ),
            (
                "dots in both names",
                r#"{"a.b":{},"a":{}}"#,
                &[],
                &["a.b.x.y=exact:1"],
                format!(r#"{{"a.b":{{"x.y":{exact}}},"a":{{}}}}"#),
            ),
            (
                "a new tool with dots",
                "{}",
                &[],
                &["a.b.x=exact:1"],
                format!(r#"{{"a.b":{{"x":{exact}}}}}"#),
            ),
        ] {
            assert_eq!(narrowed(before, tool, argument), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_can_not_be_told_is_said() {
        for (tool, argument, expected) in [
            (&[][..], "a.x", "`a.x` is not TOOL.ARG=CONSTRAINT"),
            (&[], "x=wildcard", "`x=wildcard` is not TOOL.ARG=CONSTRAINT"),
            (
                &[],
                "a.=wildcard",
                "`a.=wildcard` is not TOOL.ARG=CONSTRAINT",
            ),
            (
                &[],
                "a.?=wildcard",
                "`a.?=wildcard` is not TOOL.ARG=CONSTRAINT",
            ),
            (
                &[],
                "a.*=none",
                "the tool `a` is left without any argument, which would mean that it takes all: leave the tool out",
            ),
            (
                &["b"],
                "a.x=wildcard",
                "`--argument a.x=wildcard` is for the tool `a`, which `--tool` leaves out: name it there too",
            ),
        ] {
            let outcome = narrowed(r#"{"a":{},"b":{}}"#, tool, &[argument]);
            assert_eq!(outcome, Err(expected.to_owned()));
        }
        let error = narrowed(r#"{"a":{}}"#, &[], &["a.x=one-of:1"]).unwrap_err();
        assert!(
            error.starts_with("`--argument a.x=one-of:1`: `one-of:1` is no constraint"),
            "{error}"
        );
    }
}
