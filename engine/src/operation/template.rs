//! Patterns that paths are matched against.

use std::sync::Arc;

use super::path::{NormalPath, PathError, decode_segment};

/// A pattern for paths: segments that must be equal, segments that may be anything, and perhaps everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Does it also match every path below?
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// Exactly this, in normal form.
    Literal(String),
    /// Anything but nothing.
    Parameter,
}

/// Why a template is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A literal segment couldn't ever match.
    #[error("{0}")]
    Path(#[from] PathError),
    /// A literal segment isn't in normal form.
    #[error("write it in its normal form, `{normal}`")]
    NotNormal {
        /// The form that matches.
        normal: String,
    },
    /// It has a query.
    #[error("a template has no query")]
    Query,
    /// A brace that isn't around a whole segment.
    #[error("`{segment}` is no parameter; a parameter is a whole segment, such as `{{id}}`")]
    Parameter {
        /// The segment.
        segment: String,
    },
    /// A parameter's name isn't `[A-Za-z_][A-Za-z0-9_]*`.
    #[error("`{name}` is no name for a parameter; use letters, digits and `_`")]
    ParameterName {
        /// The name.
        name: String,
    },
    /// Two parameters have one name.
    #[error("the parameter `{name}` stands there twice")]
    RepeatedParameter {
        /// The name.
        name: String,
    },
}

impl Pattern {
    /// The pattern for exactly one path and, if `open`, for all below it.
    pub(super) fn literal(path: &str, open: bool) -> Result<Self, TemplateError> {
        if path.contains('?') {
            return Err(TemplateError::Query);
        }
        let normal = NormalPath::of_target(path)?;
        if normal.as_str() != path {
            return Err(TemplateError::NotNormal {
                normal: normal.as_str().to_owned(),
            });
        }
        // Everything below `/a/` is everything below `/a`.
        let mut segments: Vec<_> = normal
            .segments()
            .map(|segment| Segment::Literal(segment.to_owned()))
            .collect();
        if open && path.ends_with('/') {
            segments.pop();
        }
        Ok(Self { segments, open })
    }

    /// The pattern of a template such as `/v1/orders/{id}`, and its parameters' names in order.
    pub(super) fn template(template: &str) -> Result<(Self, Vec<Arc<str>>), TemplateError> {
        let mut names: Vec<Arc<str>> = Vec::new();
        // Parameters become a segment that any path may have, so that the rest is judged as a path.
        let literal = template
            .split('/')
            .map(|segment| match parameter_name(segment)? {
                None => Ok(segment),
                Some(name) if names.iter().any(|known| **known == *name) => {
                    Err(TemplateError::RepeatedParameter {
                        name: name.to_owned(),
                    })
                }
                Some(name) => {
                    names.push(name.into());
                    Ok("-")
                }
            })
            .collect::<Result<Vec<_>, _>>()?
            .join("/");
        let mut pattern = Self::literal(&literal, false)?;
        for (segment, written) in pattern.segments.iter_mut().zip(template.split('/').skip(1)) {
            if written.starts_with('{') {
                *segment = Segment::Parameter;
            }
        }
        Ok((pattern, names))
    }

    /// Is `path` one of those that this stands for?
    pub(super) fn matches(&self, path: &NormalPath<'_>) -> bool {
        self.agrees(path, str::eq)
    }

    fn agrees(&self, path: &NormalPath<'_>, same: impl Fn(&str, &str) -> bool) -> bool {
        let mut found = path.segments();
        for expected in &self.segments {
            let matched = match (expected, found.next()) {
                (Segment::Literal(literal), Some(segment)) => same(literal, segment),
                (Segment::Parameter, Some(segment)) => !segment.is_empty(),
                (Segment::Literal(_) | Segment::Parameter, None) => false,
            };
            if !matched {
                return false;
            }
        }
        self.open || found.next().is_none()
    }

    /// Is `path` one of those that this stands for to an upstream that decodes paths first, or ignores the case of letters?
    pub(super) fn resembles(&self, path: &NormalPath<'_>) -> bool {
        self.agrees(path, |literal, segment| {
            literal.eq_ignore_ascii_case(segment)
                || (segment.contains('%')
                    && decode_segment(segment).eq_ignore_ascii_case(&decode_segment(literal)))
        })
    }

    /// The segments of a matching path that stand where this has parameters, decoded, in order.
    pub(super) fn parameters(&self, path: &NormalPath<'_>) -> impl Iterator<Item = String> {
        self.segments
            .iter()
            .zip(path.segments())
            .filter(|(expected, _)| **expected == Segment::Parameter)
            .map(|(_, segment)| decode_segment(segment))
    }

    /// A key that sorts the more specific of two patterns first, wherever [`Pattern::relation`] says that one is.
    pub(super) fn order(&self) -> Vec<u8> {
        let end = if self.open { 3 } else { 2 };
        self.segments
            .iter()
            .map(|segment| u8::from(*segment == Segment::Parameter))
            .chain([end])
            .collect()
    }

    /// How this and another pattern share paths.
    pub(super) fn relation(&self, other: &Self) -> Relation {
        let (mut here_first, mut there_first) = (false, false);
        let longest = self.segments.len().max(other.segments.len());
        for place in 0..longest {
            match (self.segments.get(place), other.segments.get(place)) {
                (Some(Segment::Literal(one)), Some(Segment::Literal(two))) if one == two => {}
                (Some(Segment::Parameter), Some(Segment::Parameter)) | (None, None) => {}
                (Some(Segment::Literal(_)), Some(Segment::Literal(_))) => return Relation::Apart,
                // A parameter never stands for the nothing after a trailing slash.
                (Some(Segment::Literal(literal)), Some(Segment::Parameter))
                | (Some(Segment::Parameter), Some(Segment::Literal(literal)))
                    if literal.is_empty() =>
                {
                    return Relation::Apart;
                }
                (Some(Segment::Literal(_)), Some(Segment::Parameter)) => here_first = true,
                (Some(Segment::Parameter), Some(Segment::Literal(_))) => there_first = true,
                (Some(_), None) if other.open => here_first = true,
                (None, Some(_)) if self.open => there_first = true,
                (Some(_), None) | (None, Some(_)) => return Relation::Apart,
            }
        }
        match (here_first, there_first) {
            (true, true) => Relation::Ambiguous,
            (false, false) if self.open == other.open => Relation::Same,
            (true, false) | (false, true) | (false, false) => Relation::Ordered,
        }
    }
}

/// How two patterns share paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// No path matches both.
    Apart,
    /// One is more specific wherever they differ, so it wins.
    Ordered,
    /// Both match the same paths.
    Same,
    /// Each is more specific in another segment, so nobody can say which one wins.
    Ambiguous,
}

/// The name in `{name}`, or none where the segment is literal.
fn parameter_name(segment: &str) -> Result<Option<&str>, TemplateError> {
    if !segment.contains(['{', '}']) {
        return Ok(None);
    }
    let name = segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .filter(|name| !name.contains(['{', '}']))
        .ok_or_else(|| TemplateError::Parameter {
            segment: segment.to_owned(),
        })?;
    let mut characters = name.chars();
    let starts_well = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts_well && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_') {
        Ok(Some(name))
    } else {
        Err(TemplateError::ParameterName {
            name: name.to_owned(),
        })
    }
}
