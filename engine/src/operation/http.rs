//! Plain HTTP: what is asked is which operation of the configuration a method and a path are, and with which parameters where
//! it declares them.

pub mod parameters;
mod query;

use super::route::HttpTarget;
use super::{Action, Operation, OperationError, Protocol, Resource, body};
use crate::json::{self, Limits, Value};
use crate::request::Head;

/// Where a warrant may stand in the bodies of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarrantInBody {
    /// The names that lead to it, each in the object of the one before; at least one.
    pub names: Vec<String>,
    /// How bodies are bounded that are read for it.
    pub json: Limits,
}

impl WarrantInBody {
    /// Could this request's body have one? Only JSON can; a declaration that can't be told is for [`Self::check_head`] to refuse.
    #[must_use]
    pub fn may_be_in(head: &Head) -> bool {
        body::is_json(head).unwrap_or(true)
    }

    /// Judges what can be judged before the body is read.
    ///
    /// # Errors
    ///
    /// The body is encoded or, as it says itself, too long; or what declares it stands there twice.
    pub fn check_head(&self, head: &Head) -> Result<(), OperationError> {
        if body::is_json(head)? {
            body::check_encoding(head)?;
            body::check_length(head, self.json.max_bytes)?;
        }
        Ok(())
    }

    /// What stands there.
    fn find<'a>(&self, bytes: &'a [u8]) -> Result<Option<Value<'a>>, OperationError> {
        let limit = self.json.max_bytes;
        if bytes.len() > limit {
            return Err(OperationError::BodyTooLarge { limit });
        }
        let mut value = json::parse(bytes, &self.json).map_err(OperationError::Json)?;
        for name in &self.names {
            let below = match value {
                Value::Object(mut members) => members.remove(name),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_) => None,
            };
            match below {
                Some(below) => value = below,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}

/// The operation in normal form. Its arguments are the parameters that it declares: no policy can rest on others, nor on the
/// body. A body is read only for the warrant that it may have, and is empty where it wasn't waited for.
///
/// # Errors
///
/// A parameter isn't what is declared; or the body could have a warrant, and is no JSON.
pub fn read<'a>(
    target: HttpTarget,
    head: &Head,
    warrant: Option<&WarrantInBody>,
    body: &'a [u8],
) -> Result<Operation<'a>, OperationError> {
    let warrant = match warrant {
        Some(place) if !body.is_empty() => place.find(body)?,
        Some(_) | None => None,
    };
    let declared = target.declared.as_deref();
    let arguments = declared
        .map(|declared| declared.read(head, &target.parameters))
        .transpose()?;
    let resource = Resource::Route {
        route: target.operation,
        parameters: target.parameters,
    };
    Ok(Operation {
        arguments,
        warrant,
        ..Operation::new(Protocol::Http, Action::HttpRequest, resource)
    })
}
