//! How a body is declared, judged before it is read.

use super::{Excerpt, OperationError};
use crate::request::{Head, RequestError};

/// Is it declared as JSON, `application/json` or a type that ends in `+json` (RFC 6839, section 3.1)?
pub(super) fn is_json(head: &Head) -> Result<bool, RequestError> {
    let declared = head.headers().single("content-type")?.unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim_ascii();
    let essence = essence.to_ascii_lowercase();
    Ok(essence == "application/json" || essence.ends_with("+json"))
}

/// Is it declared as one of `types`, and in UTF-8 where it says so? Other parameters mean nothing to JSON (RFC 8259, section 11).
pub(super) fn check_type(head: &Head, types: &[&str]) -> Result<(), OperationError> {
    let declared = head.headers().single("content-type")?;
    let refusal = || OperationError::ContentType {
        found: declared.map(Excerpt::of),
    };
    let mut parts = declared.ok_or_else(refusal)?.split(';');
    let media_type = parts.next().unwrap_or_default().trim_ascii();
    let is_one_of = |known: &&str| media_type.eq_ignore_ascii_case(known);
    if !types.iter().any(is_one_of) {
        return Err(refusal());
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let charset = value.trim_ascii().trim_matches('"');
        if name.trim_ascii().eq_ignore_ascii_case("charset")
            && !charset.eq_ignore_ascii_case("utf-8")
        {
            return Err(refusal());
        }
    }
    Ok(())
}

/// Is it surely no form? A type that hosts have joined of two fields may have one in it.
pub(super) fn check_no_form(head: &Head) -> Result<(), OperationError> {
    let declared = head.headers().single("content-type")?;
    let is_form = match declared {
        Some(declared) => {
            let declared = declared.to_ascii_lowercase();
            declared.contains("form-urlencoded") || declared.contains("multipart/")
        }
        None => {
            let is_empty = head.headers().single("content-length")? == Some("0");
            head.method() == "POST" && !is_empty
        }
    };
    if is_form {
        return Err(OperationError::FormBody {
            found: declared.map(Excerpt::of),
        });
    }
    Ok(())
}

/// What is compressed can't be judged as it stands.
pub(super) fn check_encoding(head: &Head) -> Result<(), OperationError> {
    match head.headers().single("content-encoding")? {
        None => Ok(()),
        Some(encoding) if encoding.trim_ascii().eq_ignore_ascii_case("identity") => Ok(()),
        Some(encoding) => Err(OperationError::ContentEncoding {
            found: Excerpt::of(encoding),
        }),
    }
}

/// A length that is declared too long isn't waited for. Whether it is true, the host decides.
pub(super) fn check_length(head: &Head, limit: usize) -> Result<(), OperationError> {
    let declared = head.headers().single("content-length")?;
    let too_long = declared.is_some_and(|length| {
        length
            .parse::<u64>()
            .is_ok_and(|length| usize::try_from(length).is_ok_and(|length| length > limit))
    });
    if too_long {
        return Err(OperationError::BodyTooLarge { limit });
    }
    Ok(())
}
