//! Protected resources, and the metadata by which clients find out how to get a token for one (RFC 9728).
//!
//! The gate serves each resource's metadata itself, at the place that follows from the resource's identifier: to everybody,
//! since whoever asks has no token yet, and without forwarding anything.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::host::host_of_authority;
use super::path::NormalPath;
use super::{Excerpt, OperationError};
use crate::identity::binding::target::Origin;
use crate::request::Head;

/// What is put between the host and the path of a resource's identifier (RFC 9728, section 3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What is asked of metadata by HTTP.
const METHODS: &str = "GET, HEAD, OPTIONS";

/// A protected resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    identifier: Arc<str>,
    metadata_url: String,
    origin: Origin,
    host: String,
    metadata_path: String,
    document: String,
}

/// An identifier that can't be one of a resource here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not `https://host[:port]/path` in its normal form, without user, query and fragment"
)]
pub struct ResourceError {
    /// What stands there.
    pub found: String,
}

impl ProtectedResource {
    /// A resource with what its metadata says beside its identifier. `http` is taken too; whoever configures it knows why.
    ///
    /// # Errors
    ///
    /// The identifier isn't a URL as described by the error.
    pub fn new(identifier: &str, facts: Map<String, Value>) -> Result<Self, ResourceError> {
        let place = Place::of(identifier).ok_or_else(|| ResourceError {
            found: identifier.to_owned(),
        })?;
        let mut document = Map::new();
        document.insert("resource".to_owned(), Value::from(identifier));
        document.extend(facts);
        Ok(Self {
            identifier: identifier.into(),
            metadata_url: format!(
                "{}://{}{WELL_KNOWN}{}",
                place.scheme, place.authority, place.path
            ),
            origin: place.origin,
            host: place.host,
            metadata_path: format!("{WELL_KNOWN}{}", place.path),
            document: Value::Object(document).to_string(),
        })
    }

    /// Its identifier, which is also the audience of tokens for it (RFC 8707).
    #[must_use]
    pub const fn identifier(&self) -> &Arc<str> {
        &self.identifier
    }

    /// Where its metadata stands, for challenges.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        &self.metadata_url
    }

    /// By what clients reach it.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its metadata as JSON.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }
}

/// The parts of an identifier.
struct Place<'a> {
    scheme: &'a str,
    authority: &'a str,
    origin: Origin,
    host: String,
    /// Empty where the identifier has none, or the slash alone.
    path: &'a str,
}

impl<'a> Place<'a> {
    fn of(identifier: &'a str) -> Option<Self> {
        let (scheme, rest) = identifier.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let path = if path == "/" { "" } else { path };
        let normal = path.is_empty()
            || NormalPath::of_target(path).is_ok_and(|normal| normal.as_str() == path);
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let host = host_of_authority(authority)?;
        let port = authority.strip_prefix(host.as_ref())?;
        let sound = normal
            && !path.contains('?')
            && port != default_port
            && (port.is_empty() || port.starts_with(':'));
        let origin = Origin::new(scheme, authority).ok()?;
        sound.then(|| Self {
            scheme,
            authority,
            origin,
            host: host.into_owned(),
            path,
        })
    }
}

/// What a request for metadata is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataRequest<'a> {
    /// The document.
    Get(&'a ProtectedResource),
    /// Its header fields alone.
    Head(&'a ProtectedResource),
    /// A browser asks whether a page may get it; every page may.
    Preflight,
}

/// Finds out whether a request is for the metadata of one of `resources`: at the very path, and on its host.
///
/// # Errors
///
/// [`OperationError::MethodNotAllowed`] for any method but GET, HEAD and OPTIONS.
pub fn metadata_request<'a>(
    resources: &'a [Arc<ProtectedResource>],
    head: &Head,
) -> Result<Option<MetadataRequest<'a>>, OperationError> {
    let path = head.raw_path();
    if !path.starts_with(WELL_KNOWN) {
        return Ok(None);
    }
    let Some(host) = host_of_authority(head.authority()) else {
        return Ok(None);
    };
    let found = resources
        .iter()
        .find(|resource| resource.metadata_path == path && resource.host == host);
    let Some(resource) = found else {
        return Ok(None);
    };
    match head.method() {
        "GET" => Ok(Some(MetadataRequest::Get(resource))),
        "HEAD" => Ok(Some(MetadataRequest::Head(resource))),
        "OPTIONS" => Ok(Some(MetadataRequest::Preflight)),
        method => Err(OperationError::MethodNotAllowed {
            method: Excerpt::of(method),
            allow: METHODS.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Headers;

    fn resource(identifier: &str) -> Arc<ProtectedResource> {
        Arc::new(ProtectedResource::new(identifier, Map::new()).unwrap())
    }

    #[test]
    fn metadata_stands_between_host_and_path() {
        let well_known = "/.well-known/oauth-protected-resource";
        for (identifier, expected) in [
            (
                "https://a.example",
                format!("https://a.example{well_known}"),
            ),
            (
                "https://a.example/",
                format!("https://a.example{well_known}"),
            ),
            (
                "https://a.example/mcp",
                format!("https://a.example{well_known}/mcp"),
            ),
            (
                "https://a.example/mcp/",
                format!("https://a.example{well_known}/mcp/"),
            ),
            (
                "https://a.example:8443/a/b",
                format!("https://a.example:8443{well_known}/a/b"),
            ),
            (
                "http://127.0.0.1:10000/mcp",
                format!("http://127.0.0.1:10000{well_known}/mcp"),
            ),
            (
                "https://[::1]:1/mcp",
                format!("https://[::1]:1{well_known}/mcp"),
            ),
        ] {
            assert_eq!(
                resource(identifier).metadata_url(),
                expected,
                "{identifier}"
            );
        }
    }

    #[test]
    fn what_has_two_spellings_is_no_identifier() {
        for identifier in [
            "",
            "a.example",
            "urn:example:mcp",
            "ftp://a.example/mcp",
            "https://",
            "https:///mcp",
            "https://A.example/mcp",
            "https://a.example./mcp",
            "https://me@a.example/mcp",
            "https://a.example:x/mcp",
            "https://a.example:443/mcp",
            "http://a.example:80/mcp",
            "https://a.example/mcp?x=1",
            "https://a.example?x=1",
            "https://a.example/mcp#x",
            "https://a.example#x",
            "https://a.example/a/../mcp",
            "https://a.example//mcp",
            "https://a.example/%6dcp",
            "https://a.example/m\"cp",
            "https://a.example/m\r\ncp",
            "https://a.example/m\u{e9}cp",
        ] {
            let error = ProtectedResource::new(identifier, Map::new()).unwrap_err();
            assert_eq!(error.found, identifier);
        }
    }

    #[test]
    fn the_document_says_what_it_is_for() {
        let facts = serde_json::json!({"scopes_supported": ["a\"b"]});
        let Value::Object(facts) = facts else {
            panic!("an object")
        };
        let resource = ProtectedResource::new("https://a.example/mcp", facts).unwrap();
        assert_eq!(
            resource.document(),
            r#"{"resource":"https://a.example/mcp","scopes_supported":["a\"b"]}"#
        );
    }

    #[test]
    fn only_the_very_place_is_metadata() {
        let resources = [
            resource("https://a.example/mcp"),
            resource("https://a.example"),
            resource("https://b.example:8443/mcp"),
        ];
        let asked = |method: &str, authority: &str, path: &str| {
            let head = Head::parse(Headers::from_pairs([
                (":method", method),
                (":authority", authority),
                (":path", path),
            ]))
            .unwrap();
            match metadata_request(&resources, &head) {
                Ok(None) => "other".to_owned(),
                Ok(Some(MetadataRequest::Get(of))) => of.identifier().to_string(),
                Ok(Some(MetadataRequest::Head(of))) => format!("head of {}", of.identifier()),
                Ok(Some(MetadataRequest::Preflight)) => "preflight".to_owned(),
                Err(error) => error.to_string(),
            }
        };
        for (name, method, authority, path, expected) in [
            ("below", "GET", "a.example", "/mcp", "https://a.example/mcp"),
            ("root", "GET", "a.example", "", "https://a.example"),
            (
                "with a query",
                "GET",
                "a.example",
                "/mcp?x",
                "https://a.example/mcp",
            ),
            (
                "host in other case, with a port",
                "GET",
                "A.Example:443",
                "/mcp",
                "https://a.example/mcp",
            ),
            (
                "head",
                "HEAD",
                "a.example",
                "/mcp",
                "head of https://a.example/mcp",
            ),
            ("options", "OPTIONS", "a.example", "/mcp", "preflight"),
            ("another host", "GET", "c.example", "/mcp", "other"),
            ("another host's", "GET", "b.example", "", "other"),
            ("no host", "GET", "a b", "/mcp", "other"),
            ("deeper", "GET", "a.example", "/mcp/x", "other"),
            ("longer", "GET", "a.example", "-x", "other"),
            ("encoded", "GET", "a.example", "/%6dcp", "other"),
            ("with a slash", "GET", "a.example", "/mcp/", "other"),
            (
                "post",
                "POST",
                "a.example",
                "/mcp",
                "`POST` is not allowed here; allowed is `GET, HEAD, OPTIONS`",
            ),
        ] {
            let path = format!("/.well-known/oauth-protected-resource{path}");
            assert_eq!(asked(method, authority, &path), expected, "{name}");
        }
        assert_eq!(asked("GET", "a.example", "/mcp"), "other");
    }
}
