//! The signature base: the text that a signature is over (RFC 9421, section 2.5).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sfv::{FieldType as _, ListEntry};

use super::component::{Component, Form, Part};
use super::error::ComponentError;
use super::{query, structured};
use crate::excerpt::Excerpt;
use crate::identity::binding::target::Origin;
use crate::request::Head;

/// A request as signatures see it: its head, and by what its client reaches the service.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    head: &'a Head,
    origin: &'a Origin,
}

/// What a signature is over, apart from the message: which components, in which order, and the signature's own parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The components; none stands there twice.
    pub(super) components: Vec<Component>,
    /// The value of `@signature-params`, in the one form that the base has.
    pub(super) parameters: String,
}

impl Covered {
    /// The components, in the order of the base.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }
}

impl<'a> Message<'a> {
    /// A request with this head, for a service at this origin. Fields such as `X-Forwarded-Host` have no part in it.
    #[must_use]
    pub const fn new(head: &'a Head, origin: &'a Origin) -> Self {
        Self { head, origin }
    }

    /// The signature base.
    ///
    /// # Errors
    ///
    /// A component isn't there, or could be read in more than one way.
    pub fn base(&self, covered: &Covered) -> Result<String, ComponentError> {
        let mut base = String::new();
        for component in &covered.components {
            let value = self.value(component)?;
            // Writing to a `String` can't fail.
            let _ = writeln!(base, "{}: {value}", component.identifier());
        }
        base.push_str("\"@signature-params\": ");
        base.push_str(&covered.parameters);
        Ok(base)
    }

    fn value(&self, component: &Component) -> Result<String, ComponentError> {
        let head = self.head;
        let origin = self.origin.as_str();
        let (scheme, authority) = origin.split_once("://").unwrap_or_default();
        let value = match component.part() {
            Part::Method => head.method().to_owned(),
            Part::TargetUri => format!("{origin}{}", head.target()),
            Part::Authority => authority.to_owned(),
            Part::Scheme => scheme.to_owned(),
            Part::RequestTarget => head.target().to_owned(),
            Part::Path => match head.raw_path() {
                "" => "/".to_owned(),
                path => path.to_owned(),
            },
            Part::Query => format!("?{}", head.raw_query().unwrap_or_default()),
            Part::QueryParam(name) => query::parameter(head.raw_query().unwrap_or_default(), name)?,
            Part::Field { name, form } => self.field(name.as_str(), form)?,
        };
        // A line break would begin another line of the base, and what isn't ASCII has no place in it.
        let is_sound = value
            .bytes()
            .all(|byte| byte == b'\t' || (byte.is_ascii() && !byte.is_ascii_control()));
        if is_sound {
            Ok(value)
        } else {
            Err(ComponentError::NotAscii {
                component: Excerpt::of(component.identifier()),
            })
        }
    }

    fn field(&self, name: &str, form: &Form) -> Result<String, ComponentError> {
        let headers = self.head.headers();
        let missing = || ComponentError::Missing {
            component: Excerpt::of(name),
        };
        match form {
            Form::Whole => structured::text(headers, name)?.ok_or_else(missing),
            Form::Bytes => {
                let values = structured::values(headers, name)?;
                if values.is_empty() {
                    return Err(missing());
                }
                let encoded = values
                    .iter()
                    .map(|value| format!(":{}:", STANDARD.encode(value)));
                Ok(encoded.collect::<Vec<_>>().join(", "))
            }
            Form::Member(key) => {
                let members = structured::dictionary(headers, name)?.ok_or_else(missing)?;
                let member = members.get(key.as_str()).ok_or_else(missing)?;
                Ok(member_value(member))
            }
        }
    }
}

/// A dictionary's member as it stands in the base: without its key (RFC 9421, section 2.1.2).
fn member_value(member: &ListEntry) -> String {
    match member {
        ListEntry::Item(item) => item.serialize(),
        // A list of one entry is that entry, and never the empty list that has no text.
        ListEntry::InnerList(_) => vec![member.clone()].serialize().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
