//! Every way in which a request can fail to say what it asks for.

use super::declared::Misfit;
use super::http::parameters::ParameterError;
use super::path::PathError;
use super::{A2aVersion, Excerpt, McpRevision};
use crate::json::{JsonError, Kind};
use crate::request::RequestError;

/// A refusal together with the JSON-RPC id to answer it with, where the message got far enough to have one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// Why.
    #[source]
    pub error: OperationError,
    /// The id of the refused request, as its JSON text.
    pub rpc_id: Option<String>,
    /// The ids of the requests of a refused batch, likewise.
    pub batch_ids: Vec<String>,
}

impl From<OperationError> for Refusal {
    fn from(error: OperationError) -> Self {
        Self {
            error,
            rpc_id: None,
            batch_ids: Vec::new(),
        }
    }
}

/// Why a batch isn't judged message by message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchFault {
    /// Nothing is asked (JSON-RPC 2.0, section 6).
    #[error("it is empty")]
    Empty,
    /// Each message costs as much as a request.
    #[error("it has more than {most} messages")]
    TooLong {
        /// How many it may have.
        most: usize,
    },
    /// Responses and other messages (MCP 2025-03-26, "Sending Messages to the Server").
    #[error("it has responses beside other messages")]
    Mixed,
    /// Two answers could not be told apart.
    #[error("two of its messages have the same id")]
    IdTwice,
    /// The handshake comes first, and alone (MCP 2025-03-26, "Initialization").
    #[error("`initialize` is no part of a batch")]
    Initialize,
    /// A warrant is over one call.
    #[error("a warrant goes with one message; send that by itself")]
    Warrant,
}

/// Why a request isn't understood, or isn't one that this gate lets anybody ask.
///
/// The comment of each variant names the status and, for MCP, the JSON-RPC code that the specification wants.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// A header that decides something is repeated or isn't text. 400.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The path could be read in more than one way. 400.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A header by which some servers replace the method or the path that was judged. 400.
    #[error("the header `{name}` would replace the method or path; leave it out")]
    OverrideHeader {
        /// Its name.
        name: &'static str,
    },
    /// It would turn the connection into another protocol, whose bytes nobody judges. 403.
    #[error("the request asks to go on as another protocol, by `{name}`")]
    Upgrade {
        /// The field that asks for it.
        name: &'static str,
    },
    /// It came in TLS early data, which can be replayed (RFC 8470). 425.
    #[error("the request was sent before the TLS handshake was complete")]
    EarlyData,
    /// `:authority` isn't `host` or `host:port`. 400.
    #[error("`{authority}` is not a host name with an optional port")]
    Authority {
        /// What stands there.
        authority: Excerpt,
    },
    /// No route is configured for this host and path. 404.
    #[error("no route for host `{host}` and path `{path}`")]
    NoRoute {
        /// The host, without its port.
        host: Excerpt,
        /// The normalised path.
        path: Excerpt,
    },
    /// A parameter isn't what the operation declares. 400.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The route exists, but not for this method. 405 with `Allow`.
    #[error("`{method}` is not allowed here; allowed is `{allow}`")]
    MethodNotAllowed {
        /// The method asked for.
        method: Excerpt,
        /// The value for `Allow`: method tokens from the configuration, separated by `, `.
        allow: String,
    },

    /// `Origin` is there and isn't one of the allowed ones. 403.
    #[error("origin `{origin}` is not allowed")]
    OriginNotAllowed {
        /// What stands there.
        origin: Excerpt,
    },
    /// The body isn't declared as `application/json`. 415.
    #[error("the body's content type is not `application/json`")]
    ContentType {
        /// What is declared instead.
        found: Option<Excerpt>,
    },
    /// The body is, or may be, a form, whose fields some servers take for parameters of the query that were judged. 415.
    #[error(
        "parameters of the query are declared here, so the body must state a content type that is no form"
    )]
    FormBody {
        /// What is declared.
        found: Option<Excerpt>,
    },
    /// The body is compressed, so it can't be judged as it stands. 415.
    #[error("content encoding `{found}` is not accepted; send the body unencoded")]
    ContentEncoding {
        /// Which encoding is declared.
        found: Excerpt,
    },
    /// There is no body. 400, -32600.
    #[error("there is no body; send one JSON-RPC message")]
    BodyMissing,
    /// A body on a GET or DELETE, which has no meaning there. 400.
    #[error("a body has no meaning here; leave it out")]
    BodyUnexpected,
    /// The body is longer than the route allows. 413.
    #[error("the body is longer than `{limit}` bytes")]
    BodyTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The body isn't strict JSON within the limits. 400, -32700.
    #[error("the body is not acceptable JSON: {0}")]
    Json(#[from] JsonError),

    /// A batch, in a protocol or a revision of MCP that has none. 400, -32600.
    #[error("batches are not accepted; send one message per request")]
    Batch,
    /// A batch of MCP 2025-03-26 that can't be judged message by message. 400, -32600.
    #[error("this batch is not accepted: {0}")]
    BatchUnfit(BatchFault),
    /// A message of a batch isn't understood. As that message by itself.
    #[error("message {number} of the batch: {error}")]
    InBatch {
        /// Which, counted from 1.
        number: usize,
        /// Why.
        error: Box<Self>,
    },
    /// The body is JSON, but no object. 400, -32600.
    #[error("the body is {found}; a JSON-RPC message is an object")]
    NotAnObject {
        /// What it is.
        found: Kind,
    },
    /// A member that a JSON-RPC request doesn't have, or has under a name that differs in case only. 400, -32600.
    #[error("a JSON-RPC request has no member `{name}`")]
    UnknownMember {
        /// Its name.
        name: Excerpt,
    },
    /// A name differs in case only from another one, or from one that means something, and some servers don't tell them
    /// apart. 400, -32600.
    #[error("`{name}` in `{object}` differs in case only from another name")]
    AmbiguousMember {
        /// Which object, such as `params.arguments`.
        object: &'static str,
        /// The second name.
        name: Excerpt,
    },
    /// A response or error of the client's, which answers a question that no server behind this gate may ask. 400,
    /// -32600.
    #[error("responses from clients are not accepted; send a request or a notification")]
    ResponseFromClient,
    /// `jsonrpc` isn't `"2.0"`. 400, -32600.
    #[error("`jsonrpc` must be \"2.0\"")]
    NotJsonRpc2,
    /// `method` is missing or no string. 400, -32600.
    #[error("`method` must be a string")]
    MethodNotText,
    /// `id` is neither a string nor an integer. 400, -32600.
    #[error("`id` must be a string or an integer of at most `{longest}` bytes")]
    IdShape {
        /// The longest id that is answered, in bytes of its JSON text.
        longest: usize,
    },
    /// A request without an `id`. 400, -32600.
    #[error("`{method}` is a request and needs an `id`")]
    IdMissing {
        /// The method.
        method: Excerpt,
    },
    /// A notification with an `id`. 400, -32600.
    #[error("`{method}` is a notification and must not have an `id`")]
    IdOnNotification {
        /// The method.
        method: Excerpt,
    },
    /// A method that this gate doesn't know how to judge. 404, -32601.
    #[error("method `{method}` is not one that this gate understands")]
    UnknownMethod {
        /// The method.
        method: Excerpt,
    },
    /// A method of the other revision. 404, -32601.
    #[error("method `{method}` does not exist in MCP `{revision}`")]
    MethodNotInRevision {
        /// The method.
        method: Excerpt,
        /// The revision that the request states.
        revision: McpRevision,
    },
    /// An argument isn't what is declared for its tool. 400, -32602.
    #[error("the argument {0}")]
    Argument(#[from] Misfit),
    /// A method of the other version of A2A. 404, -32601.
    #[error(
        "method `{method}` does not exist in A2A `{version}`, which is what `A2A-Version` states or its absence means"
    )]
    MethodNotInVersion {
        /// The method.
        method: Excerpt,
        /// The version that the request states.
        version: A2aVersion,
    },
    /// Something of an A2A request stands in two places that could say two things. 400, -32600.
    #[error("`{member}` stands in two places, or where it has no place; say it once")]
    SaidTwice {
        /// Its name.
        member: &'static str,
    },
    /// A version of A2A that isn't accepted here. 400, -32009.
    #[error(
        "A2A version `{requested}` is not accepted here; state another in `A2A-Version`, none is 0.3"
    )]
    A2aVersionNotAccepted {
        /// What was stated; empty where nothing was.
        requested: Excerpt,
        /// What is accepted.
        supported: Vec<A2aVersion>,
    },
    /// Something in `params` is missing or of the wrong kind. 400, -32602.
    #[error("`{member}` must be {expected}")]
    Params {
        /// Its path, such as `params.name`.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is; none where it is missing.
        found: Option<Kind>,
    },

    /// A header that the revision requires is missing. 400, -32020.
    #[error("the header `{name}` is missing")]
    HeaderMissing {
        /// Its name.
        name: Excerpt,
    },
    /// A header that mirrors the body stands there twice. 400, -32020.
    #[error("the header `{name}` stands there more than once")]
    HeaderRepeated {
        /// Its name.
        name: Excerpt,
    },
    /// A header that mirrors the body isn't well-formed. 400, -32020.
    #[error("the header `{name}` is not well-formed")]
    HeaderMalformed {
        /// Its name.
        name: Excerpt,
    },
    /// A header that mirrors the body says something else than the body. 400, -32020.
    #[error("the header `{name}` says `{header}`, the body says `{body}`")]
    HeaderMismatch {
        /// Its name.
        name: Excerpt,
        /// What the header says, decoded.
        header: Excerpt,
        /// What the body says.
        body: Excerpt,
    },
    /// A header that mirrors something which the body doesn't have. 400, -32020.
    #[error("the header `{name}` mirrors nothing in the body")]
    HeaderWithoutSource {
        /// Its name.
        name: Excerpt,
    },
    /// No revision is stated, or one that isn't accepted here. 400, -32022.
    #[error("MCP revision `{requested}` is not accepted here")]
    RevisionNotSupported {
        /// What was stated.
        requested: Excerpt,
        /// What is accepted, for the error's `data.supported`.
        supported: Vec<McpRevision>,
    },
    /// A session header on a stateless revision. 400, -32600.
    #[error("MCP `{revision}` has no sessions; leave out `mcp-session-id`")]
    SessionOnStateless {
        /// The revision that the request states.
        revision: McpRevision,
    },
}
