//! Covered components: what of a message a signature is over (RFC 9421, section 2).

use sfv::{BareItem, FieldType as _, Item};

use super::error::ComponentError;
use crate::excerpt::Excerpt;
use crate::request::HeaderName;

/// One covered component of a request. What only responses have, trailers, and the re-serialisation of fields (`sf`) are not
/// supported: the last needs to know every field's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    part: Part,
    /// The identifier in the one form that the base has (RFC 9421, section 2).
    identifier: String,
}

/// Which part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `@method`
    Method,
    /// `@target-uri`
    TargetUri,
    /// `@authority`
    Authority,
    /// `@scheme`
    Scheme,
    /// `@request-target`
    RequestTarget,
    /// `@path`
    Path,
    /// `@query`
    Query,
    /// `@query-param`, with the name as it is spelt in the identifier.
    QueryParam(String),
    /// A field, in lower case.
    Field { name: HeaderName, form: Form },
}

/// In which form a field is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All its values, joined.
    Whole,
    /// Each value as a byte sequence (`bs`).
    Bytes,
    /// One member of a dictionary (`key`).
    Member(String),
}

impl Component {
    /// Reads an identifier.
    ///
    /// # Errors
    ///
    /// It names nothing that a request has, or has a parameter that isn't supported.
    pub(super) fn read(item: &Item) -> Result<Self, ComponentError> {
        let BareItem::String(name) = &item.bare_item else {
            return Err(ComponentError::NotText);
        };
        let parameters = Parameters::read(item)?;
        Ok(Self {
            part: part(name.as_str(), parameters)?,
            identifier: item.serialize(),
        })
    }

    /// A component that has a name and no parameter, such as `@method` or `content-digest`.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub fn named(name: &str) -> Result<Self, ComponentError> {
        let unknown = |_| ComponentError::Unknown {
            name: Excerpt::of(name),
        };
        let text =
            sfv::String::from_string(name.to_owned()).map_err(|(error, _)| unknown(error))?;
        Self::read(&Item::new(text))
    }

    pub(super) const fn part(&self) -> &Part {
        &self.part
    }

    /// The identifier as it stands in the base.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Is all that `wanted` stands for covered by this?
    pub(super) fn covers(&self, wanted: &Self) -> bool {
        match (&self.part, &wanted.part) {
            (Part::Field { name, form }, Part::Field { name: wanted, .. }) => {
                name == wanted && matches!(form, Form::Whole | Form::Bytes)
            }
            (own, wanted) => own == wanted,
        }
    }

    /// Does it say which service the request is for?
    pub(super) const fn names_address(&self) -> bool {
        matches!(self.part, Part::Authority | Part::TargetUri)
    }

    /// How the field `wanted` is covered by this, if it is.
    pub(super) fn form_of(&self, wanted: &str) -> Option<&Form> {
        let Part::Field { name, form } = &self.part else {
            return None;
        };
        (name.as_str() == wanted).then_some(form)
    }
}

/// The parameters of an identifier.
#[derive(Default)]
struct Parameters<'a> {
    name: Option<&'a str>,
    key: Option<&'a str>,
    bytes: bool,
}

impl<'a> Parameters<'a> {
    fn read(item: &'a Item) -> Result<Self, ComponentError> {
        let mut read = Self::default();
        for (parameter, value) in &item.params {
            match (parameter.as_str(), value) {
                ("name", BareItem::String(name)) => read.name = Some(name.as_str()),
                ("key", BareItem::String(key)) => read.key = Some(key.as_str()),
                ("bs", BareItem::Boolean(true)) => read.bytes = true,
                (other, _) => {
                    return Err(ComponentError::Parameter {
                        parameter: Excerpt::of(other),
                    });
                }
            }
        }
        Ok(read)
    }
}

fn part(name: &str, parameters: Parameters<'_>) -> Result<Part, ComponentError> {
    let unknown = || ComponentError::Unknown {
        name: Excerpt::of(name),
    };
    let unfit = |parameter: &str| ComponentError::Parameter {
        parameter: Excerpt::of(parameter),
    };
    if !name.starts_with('@') {
        if parameters.name.is_some() {
            return Err(unfit("name"));
        }
        let form = match (parameters.key, parameters.bytes) {
            (None, false) => Form::Whole,
            (None, true) => Form::Bytes,
            (Some(key), false) => Form::Member(key.to_owned()),
            (Some(_), true) => return Err(unfit("bs")),
        };
        // Names are in lower case here (RFC 9421, section 2.1).
        let name = HeaderName::parse(name)
            .filter(|parsed| parsed.as_str() == name)
            .ok_or_else(unknown)?;
        return Ok(Part::Field { name, form });
    }
    if parameters.key.is_some() || parameters.bytes {
        return Err(unfit(if parameters.bytes { "bs" } else { "key" }));
    }
    match (name, parameters.name) {
        ("@query-param", Some(name)) => Ok(Part::QueryParam(name.to_owned())),
        (_, Some(_)) => Err(unfit("name")),
        ("@method", None) => Ok(Part::Method),
        ("@target-uri", None) => Ok(Part::TargetUri),
        ("@authority", None) => Ok(Part::Authority),
        ("@scheme", None) => Ok(Part::Scheme),
        ("@request-target", None) => Ok(Part::RequestTarget),
        ("@path", None) => Ok(Part::Path),
        ("@query", None) => Ok(Part::Query),
        _ => Err(unknown()),
    }
}
