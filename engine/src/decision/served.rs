//! What the gate answers by itself to everybody: nothing is decided about a caller, and nothing is forwarded.

use super::wire::Response;
use crate::operation::cors::Preflight;
use crate::operation::resource::MetadataRequest;

/// What is served. It is counted, and not recorded: whoever asks is nobody yet, and could fill a chain of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Served {
    /// A protected resource's metadata (RFC 9728).
    ResourceMetadata,
    /// What a page in a browser may do (CORS).
    Preflight,
}

impl Served {
    /// Its stable name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ResourceMetadata => "resource_metadata",
            Self::Preflight => "preflight",
        }
    }
}

/// How long others may keep a resource's metadata.
const METADATA_CACHING: &str = "public, max-age=300";

/// The answer to a request for a resource's metadata, which any page may read (RFC 9728, section 3).
#[must_use]
pub fn metadata(request: &MetadataRequest<'_>) -> Response {
    let header = |name, value: &str| (name, value.to_owned());
    let mut headers = vec![header("access-control-allow-origin", "*")];
    let (status, body) = match request {
        MetadataRequest::Get(resource) => (200, resource.document().as_bytes().to_vec()),
        MetadataRequest::Head(_) => (200, Vec::new()),
        MetadataRequest::Preflight => {
            headers.extend([
                header("access-control-allow-methods", "GET, HEAD"),
                header("access-control-allow-headers", "*"),
                header("access-control-max-age", "86400"),
            ]);
            (204, Vec::new())
        }
    };
    if status == 200 {
        headers.extend([
            header("content-type", "application/json"),
            header("cache-control", METADATA_CACHING),
            header("x-content-type-options", "nosniff"),
        ]);
    }
    Response {
        status,
        headers,
        body,
    }
}

/// The answer to a browser that asks whether a page may send a request.
#[must_use]
pub fn preflight(granted: &Preflight<'_>) -> Response {
    Response {
        status: 204,
        headers: vec![
            ("access-control-allow-origin", granted.origin.to_owned()),
            ("access-control-allow-methods", granted.methods.clone()),
            ("access-control-allow-headers", granted.headers.clone()),
            ("access-control-max-age", granted.max_age.0.to_string()),
            ("vary", VARIES.to_owned()),
        ],
        body: Vec::new(),
    }
}

/// What a preflight's answer depends on.
const VARIES: &str = "origin, access-control-request-method, access-control-request-headers";
