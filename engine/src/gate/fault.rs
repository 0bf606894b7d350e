//! What the parts say is wrong with them as wholes, put where the configuration's reader finds it.

use crate::config::ConfigError;
use crate::identity::keyring::KeyRingError;
use crate::identity::trust::TrustError;
use crate::operation::route::{RouteProblem, RouteTableError};
use crate::policy::load_error::PolicyLoadError;

/// A route table that can't be built.
pub(super) fn of_routes(error: &RouteTableError) -> ConfigError {
    let field = match &error.problem {
        RouteProblem::EmptyName | RouteProblem::NameTaken { .. } => ".name",
        RouteProblem::Host { .. } => ".host",
        RouteProblem::Template { .. } => ".path",
        RouteProblem::Method { .. } | RouteProblem::MethodTwice { .. } => ".method",
        RouteProblem::NoRevision => ".mcp.revisions",
        RouteProblem::NoOperation => ".http.operations",
        RouteProblem::Overlap { .. } => "",
    };
    let place = match error.operation {
        Some(operation) => format!(
            "routes[{}].http.operations[{operation}]{field}",
            error.index
        ),
        None => format!("routes[{}]{field}", error.index),
    };
    ConfigError {
        path: place,
        message: error.problem.to_string(),
        suggestion: None,
    }
}

/// Policies that can't be loaded; each message names the source, the line and the column.
pub(super) fn of_policies(error: &PolicyLoadError) -> impl Iterator<Item = ConfigError> {
    error.problems.iter().map(|problem| ConfigError {
        path: "policies".to_owned(),
        message: problem.to_string(),
        suggestion: None,
    })
}

/// Policies that look at sessions, where nobody says what one is.
pub(super) fn no_sessions() -> ConfigError {
    ConfigError {
        path: "sessions".to_owned(),
        message: "policies look at `context.session`, and nothing says what a session is: write `sessions: {by: [root]}` or the like".to_owned(),
        suggestion: None,
    }
}

/// Keys that are none, and documents that can't be fetched.
pub(super) fn of_trust(error: &TrustError) -> ConfigError {
    const EXPECTED: &str = "expected `https://host[:port]/path`";
    let (path, message) = match error {
        TrustError::Keys(KeyRingError::InlineKeys { id, source, .. }) => {
            (format!("{}.keys.inline", id.owner()), source.to_string())
        }
        TrustError::Keys(KeyRingError::Url { id, .. }) => (
            format!("{}.keys.remote.url", id.owner()),
            EXPECTED.to_owned(),
        ),
        TrustError::Url { id } => (format!("{id}.url"), EXPECTED.to_owned()),
    };
    ConfigError {
        path,
        message,
        suggestion: None,
    }
}
