//! The declared parameters of an HTTP operation: typed values, or refused.
//!
//! | in a request | decided |
//! |---|---|
//! | a parameter that isn't optional and isn't there | refused |
//! | a value that doesn't have its type, or that some servers read differently | refused |
//! | one of the query that is there twice | refused, unless it is an array: then all values in the order sent |
//! | one of the query that isn't declared | refused, or where others are passed: refused if some server could take it for a declared one |
//! | a header field that is there twice, also joined by a comma, or beside one that some servers take for it | refused |
//! | a form in the body, where parameters of the query are declared | refused: some servers take its fields for them |
//! | header fields that aren't declared | passed |

use std::borrow::Cow;
use std::sync::Arc;

use super::query::{self, QueryError};
use crate::json::{Object, Value};
use crate::operation::declared::{Fault, Member, Misfit, Record, Type};
use crate::operation::{Excerpt, OperationError, body};
use crate::request::{Head, HeaderName};

/// The parameters that an operation declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// All of the template, in its order.
    pub path: Vec<Member>,
    /// Those of the query.
    pub query: Vec<Member>,
    /// Those in header fields, each by the field's name.
    pub headers: Vec<(HeaderName, Member)>,
    /// May the query have others? Policies don't see them.
    pub passes_others: bool,
}

/// Why parameters are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The query could be read in more than one way.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A value isn't what is declared.
    #[error("{place} parameter {misfit}")]
    Misfit {
        /// Where it is.
        place: Place,
        /// Which, and how.
        misfit: Misfit,
    },
    /// It may be there once.
    #[error("{place} parameter `{name}` is there more than once")]
    Repeated {
        /// Where it is.
        place: Place,
        /// Which.
        name: Excerpt,
    },
}

/// Where a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header field.
    Header,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        })
    }
}

impl Parameters {
    /// What all of them are together: `path`, `query` and `headers`, each an object.
    #[must_use]
    pub fn record(&self) -> Record {
        let of = |name: &str, members| Member {
            name: name.into(),
            of: Type::Object(Record {
                members,
                passes_others: false,
            }),
            optional: false,
            nullable: false,
        };
        let headers = self.headers.iter().map(|(_, member)| member.clone());
        Record {
            members: vec![
                of("path", self.path.clone()),
                of("query", self.query.clone()),
                of("headers", headers.collect()),
            ],
            passes_others: false,
        }
    }

    /// The values in a request, by [`Self::record`]; `path` has those of the template, decoded.
    ///
    /// # Errors
    ///
    /// The first that isn't what is declared.
    pub fn read(
        &self,
        head: &Head,
        path: &[(Arc<str>, String)],
    ) -> Result<Object<'static>, ParameterError> {
        let pairs = [
            ("path", self.path(path)?),
            ("query", self.query(head.raw_query().unwrap_or_default())?),
            ("headers", self.headers(head)?),
        ];
        let members = pairs.map(|(name, of)| (Cow::Borrowed(name), Value::Object(of)));
        Ok(Object(members.into()))
    }

    /// Judges how the body is declared: where the query has declared parameters, it may be no form, whose fields some servers
    /// take for them. To some a POST without a type is one too.
    ///
    /// # Errors
    ///
    /// It could be a form, or its type stands there twice.
    pub fn check_head(&self, head: &Head) -> Result<(), OperationError> {
        if self.query.is_empty() {
            return Ok(());
        }
        body::check_no_form(head)
    }

    fn path(&self, found: &[(Arc<str>, String)]) -> Result<Object<'static>, ParameterError> {
        let mut values = Vec::with_capacity(self.path.len());
        for member in &self.path {
            let text = found.iter().find(|(name, _)| *name == member.name);
            let text = text.map(|(_, text)| text.clone());
            values.extend(value(Place::Path, member, text)?);
        }
        Ok(Object(values))
    }

    fn query(&self, query: &str) -> Result<Object<'static>, ParameterError> {
        let pairs = query::pairs(query)?;
        for pair in &pairs {
            let declared = || self.query.iter().map(|member| &*member.name);
            if declared().any(|name| name == pair.name) {
                continue;
            }
            if !self.passes_others {
                return Err(misfit(Place::Query, &pair.name, Fault::Undeclared));
            }
            if declared().any(|name| pair.resembles(name)) {
                return Err(misfit(Place::Query, &pair.name, Fault::Lookalike));
            }
        }
        let mut values = Vec::with_capacity(self.query.len());
        for member in &self.query {
            let mut texts = Vec::new();
            for pair in pairs.iter().filter(|pair| *pair.name == *member.name) {
                let expected = "followed by `=` and a value";
                let no_value = || misfit(Place::Query, &member.name, Fault::Form { expected });
                texts.push(pair.value()?.ok_or_else(no_value)?);
            }
            values.extend(match &member.of {
                Type::List(of) => list(member, of, texts)?,
                Type::Any
                | Type::Boolean
                | Type::Integer
                | Type::Decimal
                | Type::Text
                | Type::Choice(_)
                | Type::Date
                | Type::DateTime
                | Type::Object(_) => {
                    let mut texts = texts.into_iter();
                    let first = texts.next();
                    if texts.next().is_some() {
                        return Err(repeated(Place::Query, &member.name));
                    }
                    value(Place::Query, member, first)?
                }
            });
        }
        Ok(Object(values))
    }

    fn headers(&self, head: &Head) -> Result<Object<'static>, ParameterError> {
        let mut values = Vec::with_capacity(self.headers.len());
        for (field, member) in &self.headers {
            let mut found = head
                .headers()
                .iter()
                .filter(|(name, _)| is_or_resembles(name, field.as_str()));
            let first = found.next();
            if found.next().is_some() {
                return Err(repeated(Place::Header, &member.name));
            }
            let text = match first {
                None => None,
                Some((name, _)) if !name.eq_ignore_ascii_case(field.as_str().as_bytes()) => {
                    return Err(misfit(Place::Header, &member.name, Fault::Lookalike));
                }
                Some((_, text)) => Some(visible(text).ok_or_else(|| {
                    let expected = "of visible ASCII characters, without a comma";
                    misfit(Place::Header, &member.name, Fault::Form { expected })
                })?),
            };
            values.extend(value(Place::Header, member, text)?);
        }
        Ok(Object(values))
    }
}

/// Is it the field `name`, or do some servers take it for that (RFC 3875, section 4.1.18)?
fn is_or_resembles(field: &[u8], name: &str) -> bool {
    field.len() == name.len()
        && field.iter().zip(name.bytes()).all(|(found, expected)| {
            found.eq_ignore_ascii_case(&expected)
                || !(found.is_ascii_alphanumeric() || expected.is_ascii_alphanumeric())
        })
}

/// A field's text, where it has only what every server reads alike. What a host made of two fields of one name has a comma
/// (RFC 9110, section 5.3).
fn visible(text: &[u8]) -> Option<String> {
    let is_visible = text
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~') && *byte != b',');
    let text = std::str::from_utf8(text).ok().filter(|_| is_visible)?;
    (text.trim() == text).then(|| text.to_owned())
}

type Named = (Cow<'static, str>, Value<'static>);

/// The value that `text` is.
fn value(
    place: Place,
    member: &Member,
    text: Option<String>,
) -> Result<Option<Named>, ParameterError> {
    let Some(text) = text else {
        if member.optional {
            return Ok(None);
        }
        return Err(misfit(place, &member.name, Fault::Missing));
    };
    let value = member.of.of_text(text).ok_or_else(|| {
        let expected = member.of.expected();
        misfit(place, &member.name, Fault::Form { expected })
    })?;
    Ok(Some((member.name.to_string().into(), value)))
}

/// The values of an array, one for each time that it is there.
fn list(member: &Member, of: &Type, texts: Vec<String>) -> Result<Option<Named>, ParameterError> {
    if texts.is_empty() {
        return value(Place::Query, member, None);
    }
    let expected = of.expected();
    let values = texts.into_iter().map(|text| {
        let value = of.of_text(text);
        value.ok_or_else(|| misfit(Place::Query, &member.name, Fault::Form { expected }))
    });
    let values = Value::Array(values.collect::<Result<_, _>>()?);
    Ok(Some((member.name.to_string().into(), values)))
}

fn misfit(place: Place, name: &str, fault: Fault) -> ParameterError {
    let name = Excerpt::of(name);
    let misfit = Misfit { place: name, fault };
    ParameterError::Misfit { place, misfit }
}

fn repeated(place: Place, name: &str) -> ParameterError {
    let name = Excerpt::of(name);
    ParameterError::Repeated { place, name }
}

#[cfg(test)]
mod tests;
