//! `x-forwarded-client-cert`, in which an Envoy says what its client's certificate is.
//!
//! Anybody can send the field, so it is read only where the connection itself was made by a trusted hop, and only in the
//! form that a hop leaves that writes it anew (`forward_client_cert_details: SANITIZE_SET`): one element. A hop that passes
//! on what its clients sent leaves theirs in front of its own.

use super::pem;
use crate::digest::Digest;
use crate::request::Headers;

/// The field's name.
pub const FIELD: &str = "x-forwarded-client-cert";
/// The longest value that is read: room for a certificate with its chain.
const MAX_BYTES: usize = 64 * 1024;

/// What a hop says of its client's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// `Hash`: SHA-256 of its DER form.
    pub digest: Digest,
    /// `Cert`, decoded.
    pub der: Option<Vec<u8>>,
}

/// Why the field of a trusted hop isn't understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XfccError {
    /// It isn't in the form that Envoy writes.
    #[error("`{FIELD}` of the trusted hop is malformed: {0}")]
    Malformed(&'static str),
    /// It has several elements, so that a client may have sent some of them.
    #[error("`{FIELD}` has more than one element: set the hop to `SANITIZE_SET`")]
    Several,
    /// It describes the hop itself: the gateway has written it, not the hop.
    #[error(
        "`{FIELD}` describes the hop and not its client: set the gateway to `ALWAYS_FORWARD_ONLY`"
    )]
    OfHop,
}

/// The one element of the field, where the field is there.
///
/// # Errors
///
/// [`XfccError`], for whatever could be understood in two ways.
pub fn read(headers: &Headers) -> Result<Option<Element>, XfccError> {
    let mut values = headers.all(FIELD);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(XfccError::Several);
    }
    if value.len() > MAX_BYTES {
        return Err(XfccError::Malformed("it is too long"));
    }
    let text = std::str::from_utf8(value).map_err(|_| XfccError::Malformed("it is not text"))?;
    element(text).map(Some)
}

fn element(text: &str) -> Result<Element, XfccError> {
    let (mut digest, mut der) = (None, None);
    let mut rest = text;
    loop {
        let (key, value, after) = pair(rest)?;
        match key.to_ascii_lowercase().as_str() {
            "hash" => once(&mut digest, hash(&value))?,
            "cert" => once(&mut der, certificate(&value))?,
            "by" | "chain" | "subject" | "uri" | "dns" => {}
            _ => return Err(XfccError::Malformed("it has an unknown key")),
        }
        let Some(after) = after else { break };
        rest = after;
    }
    let digest = digest.ok_or(XfccError::Malformed("it has no `Hash`"))?;
    if der.as_deref().is_some_and(|der| Digest::of(der) != digest) {
        return Err(XfccError::Malformed("`Hash` is not the digest of `Cert`"));
    }
    Ok(Element { digest, der })
}

/// The first `key=value` of `text` and what follows behind a semicolon, if there is one. A value with `,`, `;` or `=` stands
/// in double quotes, in which a backslash takes the next character as it is.
fn pair(text: &str) -> Result<(&str, String, Option<&str>), XfccError> {
    let (key, rest) = text
        .split_once('=')
        .ok_or(XfccError::Malformed("a key has no value"))?;
    if key.contains([',', '"', ';']) {
        return Err(XfccError::Malformed("a key is no name"));
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => {
            let end = rest.find([';', ',']).unwrap_or(rest.len());
            let (value, rest) = rest.split_at(end);
            if value.contains(['"', '=']) {
                return Err(XfccError::Malformed("a value lacks its quotes"));
            }
            (value.to_owned(), rest)
        }
    };
    match rest.chars().next() {
        None => Ok((key, value, None)),
        Some(';') => Ok((key, value, rest.get(1..))),
        Some(',') => Err(XfccError::Several),
        Some(_) => Err(XfccError::Malformed("text follows on a quoted value")),
    }
}

/// What stands before the closing quote, and what stands behind it.
fn unquote(text: &str) -> Result<(String, &str), XfccError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, text.get(at.saturating_add(1)..).unwrap_or_default())),
            '\\' => value.extend(chars.next().map(|(_, next)| next)),
            c => value.push(c),
        }
    }
    Err(XfccError::Malformed("a quote is not closed"))
}

fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Result<(), XfccError> {
    let value = value.ok_or(XfccError::Malformed("`Hash` or `Cert` can't be decoded"))?;
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(XfccError::Malformed("`Hash` or `Cert` stands there twice")),
    }
}

fn hash(value: &str) -> Option<Digest> {
    Digest::from_hex(value.as_bytes())
}

/// A certificate as PEM, percent-encoded (RFC 3986, section 2.1).
fn certificate(value: &str) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        text.push(if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            u8::try_from((high << 4) | low).ok()?
        } else {
            byte
        });
    }
    pem::decode(&text)
}

#[cfg(test)]
mod tests;
