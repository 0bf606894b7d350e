//! What pages in browsers may do, as people write it.

use serde::Deserialize;

/// Pages of other origins that may call a route from a browser (CORS). The gate answers their browsers' questions by itself,
/// without a credential, and says in answers that the page may read them. Cookies and the like are never asked for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(in crate::config) struct Cors {
    /// The origins, such as `https://app.example`, compared exactly. At least one. An MCP route accepts them as its `origins`.
    pub origins: Vec<String>,
    /// The header fields that a page may send, in lower case; a name that ends in `*` stands for all that begin so.
    #[serde(default = "Cors::allow_headers")]
    pub allow_headers: Vec<String>,
    /// The header fields that a page may read in an answer.
    #[serde(default = "Cors::expose_headers")]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember it, 0 to 86400.
    #[serde(default = "Cors::max_age")]
    pub max_age_seconds: u64,
}

impl Cors {
    fn allow_headers() -> Vec<String> {
        [
            "authorization",
            "content-type",
            "dpop",
            "last-event-id",
            "mcp-*",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn expose_headers() -> Vec<String> {
        [
            "dpop-nonce",
            "mcp-session-id",
            "retry-after",
            "www-authenticate",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    const fn max_age() -> u64 {
        600
    }
}
