//! The classes of refusals: what a reason answers with.

use crate::time::Seconds;

/// How a class of reasons is answered. Everything that a machine acts on follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// No credentials of a kind that is accepted: 401 with a challenge that has no error code (RFC 6750, section 3.1).
    NoCredential,
    /// Credentials presented in a way that the specification doesn't have: 400 `invalid_request`.
    InvalidCredential,
    /// A token that isn't accepted: 401 `invalid_token`.
    InvalidToken,
    /// A proof of possession that isn't accepted: 401 `invalid_dpop_proof` (RFC 9449, section 7.1).
    InvalidProof,
    /// A workload's proof that isn't accepted, or lacks what belongs to it: 401 with the scheme `WPT`
    /// (draft-ietf-wimse-wpt-02, section 2.1).
    InvalidWorkloadProof,
    /// A proof that lacks a nonce of the gate: 401 `use_dpop_nonce` (RFC 9449, section 9).
    NonceWanted,
    /// A token that is accepted, but whose user was not authenticated in the way or as recently as is needed here: 401
    /// `insufficient_user_authentication` (RFC 9470).
    InsufficientAuthentication,
    /// A token that is accepted, but doesn't go far enough: 403 `insufficient_scope`.
    InsufficientScope,
    /// A token that is accepted, but whose `authorization_details` don't grant this: 401 `insufficient_authorization`
    /// (draft-ietf-oauth-rar-metadata-remediation-00, section 4).
    InsufficientAuthorization,
    /// A judgement: the request was understood, its caller is known, and it isn't permitted. 403, or on MCP routes 200
    /// where so configured.
    Judgement,
    /// 403 before anybody judged: the request came from a place it may not come from.
    Forbidden,
    /// A request that can't be read: 400.
    BadRequest,
    /// A body that isn't JSON: 400, and -32700 in JSON-RPC.
    NotJson,
    /// JSON that is no JSON-RPC request: 400, and -32600.
    NotJsonRpc,
    /// A method that isn't known: 404, and -32601.
    UnknownMethod,
    /// Parameters that a method doesn't take: 400, and -32602.
    InvalidParams,
    /// MCP header fields and body that say different things: 400, and -32020 (MCP 2026-07-28).
    HeaderMismatch,
    /// An MCP revision that isn't accepted: 400, and -32022 (MCP 2026-07-28).
    UnsupportedRevision,
    /// A version of A2A that isn't accepted: 400, and -32009 (A2A 1.0, section 5.4).
    UnsupportedVersion,
    /// A task of MCP that the caller doesn't have: 400, and -32602 (MCP 2025-11-25, "Tasks", error handling), or 200 where so configured.
    McpTaskNotFound,
    /// A task or a context of A2A that the caller doesn't have: 404, and -32001 (A2A 1.0, section 5.4; 0.3, section 8.2). In JSON-RPC 200
    /// where so configured.
    TaskNotFound,
    /// Nothing is here: 404.
    NotFound,
    /// Something is here, but not for this HTTP method: 405 with `Allow`.
    MethodNotAllowed,
    /// More than the limit: 413.
    TooLarge,
    /// A body in a form that isn't read: 415.
    UnsupportedMediaType,
    /// It could be a replay of TLS early data: 425 (RFC 8470, section 5.2).
    TooEarly,
    /// The host or the gate went wrong: 500.
    Internal,
    /// What the upstream or another service answers can't be used: 502.
    BadGateway,
    /// It can't be decided now: 503 with `Retry-After`.
    Unavailable,
}

/// What `WWW-Authenticate` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Challenge {
    /// It isn't sent: another credential would not help.
    None,
    /// The scheme alone, without an error code: nothing was presented.
    Bare,
    /// `error="invalid_request"`
    InvalidRequest,
    /// `error="invalid_token"`
    InvalidToken,
    /// `error="invalid_dpop_proof"`
    InvalidProof,
    /// The scheme `WPT` alone, which has no parameters.
    WorkloadProof,
    /// `error="use_dpop_nonce"`
    UseNonce,
    /// `error="insufficient_user_authentication"`, with `acr_values` and `max_age` (RFC 9470, section 3)
    InsufficientAuthentication,
    /// `error="insufficient_scope"`
    InsufficientScope,
    /// `error="insufficient_authorization"`, with `authorization_remediation`
    InsufficientAuthorization,
}

impl Challenge {
    /// The error code, where there is one.
    #[must_use]
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Bare | Self::WorkloadProof => None,
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InvalidProof => Some("invalid_dpop_proof"),
            Self::UseNonce => Some("use_dpop_nonce"),
            Self::InsufficientAuthentication => Some("insufficient_user_authentication"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::InsufficientAuthorization => Some("insufficient_authorization"),
        }
    }
}

/// What a class of reasons is answered with.
struct Facts {
    status: u16,
    phrase: &'static str,
    challenge: Challenge,
    rpc_code: i32,
}

const fn row(status: u16, phrase: &'static str, challenge: Challenge, rpc_code: i32) -> Facts {
    Facts {
        status,
        phrase,
        challenge,
        rpc_code,
    }
}

impl Answer {
    const fn facts(self) -> Facts {
        match self {
            Self::NoCredential => row(401, "Unauthorized", Challenge::Bare, -31_401),
            Self::InvalidCredential => row(400, "Bad Request", Challenge::InvalidRequest, -31_400),
            Self::InvalidToken => row(401, "Unauthorized", Challenge::InvalidToken, -31_401),
            Self::InvalidProof => row(401, "Unauthorized", Challenge::InvalidProof, -31_401),
            Self::InvalidWorkloadProof => {
                row(401, "Unauthorized", Challenge::WorkloadProof, -31_401)
            }
            Self::NonceWanted => row(401, "Unauthorized", Challenge::UseNonce, -31_401),
            Self::InsufficientAuthentication => row(
                401,
                "Unauthorized",
                Challenge::InsufficientAuthentication,
                -31_401,
            ),
            Self::InsufficientAuthorization => row(
                401,
                "Unauthorized",
                Challenge::InsufficientAuthorization,
                -31_401,
            ),
            Self::InsufficientScope => row(403, "Forbidden", Challenge::InsufficientScope, -31_403),
            Self::Judgement => row(403, "Forbidden", Challenge::None, -31_403),
            Self::Forbidden => row(403, "Forbidden", Challenge::None, -31_403),
            Self::BadRequest => row(400, "Bad Request", Challenge::None, -31_400),
            Self::NotJson => row(400, "Bad Request", Challenge::None, -32_700),
            Self::NotJsonRpc => row(400, "Bad Request", Challenge::None, -32_600),
            Self::UnknownMethod => row(404, "Not Found", Challenge::None, -32_601),
            Self::InvalidParams => row(400, "Bad Request", Challenge::None, -32_602),
            Self::HeaderMismatch => row(400, "Bad Request", Challenge::None, -32_020),
            Self::UnsupportedRevision => row(400, "Bad Request", Challenge::None, -32_022),
            Self::UnsupportedVersion => row(400, "Bad Request", Challenge::None, -32_009),
            Self::McpTaskNotFound => row(400, "Bad Request", Challenge::None, -32_602),
            Self::TaskNotFound => row(404, "Not Found", Challenge::None, -32_001),
            Self::NotFound => row(404, "Not Found", Challenge::None, -31_404),
            Self::MethodNotAllowed => row(405, "Method Not Allowed", Challenge::None, -31_405),
            Self::TooLarge => row(413, "Content Too Large", Challenge::None, -31_413),
            Self::UnsupportedMediaType => {
                row(415, "Unsupported Media Type", Challenge::None, -31_415)
            }
            Self::TooEarly => row(425, "Too Early", Challenge::None, -31_425),
            Self::Internal => row(500, "Internal Server Error", Challenge::None, -31_500),
            Self::BadGateway => row(502, "Bad Gateway", Challenge::None, -31_502),
            Self::Unavailable => row(503, "Service Unavailable", Challenge::None, -31_503),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.facts().status
    }

    /// The status' phrase (RFC 9110, section 15), all that an opaque answer says.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        self.facts().phrase
    }

    /// What `WWW-Authenticate` says.
    #[must_use]
    pub const fn challenge(self) -> Challenge {
        self.facts().challenge
    }

    /// The JSON-RPC error code: the specification's where it has one, else ours, which is -31000 less the HTTP status and
    /// so outside the range that JSON-RPC 2.0 (section 5.1) and MCP keep for themselves.
    #[must_use]
    pub const fn rpc_code(self) -> i32 {
        self.facts().rpc_code
    }

    /// When to try again, where time alone helps.
    #[must_use]
    pub const fn retry_after(self) -> Option<Seconds> {
        if matches!(self, Self::Unavailable) {
            Some(Seconds(5))
        } else {
            None
        }
    }
}
