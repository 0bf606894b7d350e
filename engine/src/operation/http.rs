//! Plain HTTP: what is asked is which operation of the configuration a method and a path are.

use super::route::HttpTarget;
use super::{Action, Operation, Protocol, Resource};

/// The operation in normal form. It has no arguments: query and body stay unread, so no policy can rest on them.
#[must_use]
pub fn read(target: HttpTarget) -> Operation<'static> {
    Operation {
        protocol: Protocol::Http,
        action: Action::HttpRequest,
        resource: Resource::Route {
            route: target.operation,
            parameters: target.parameters,
        },
        arguments: None,
        rpc_id: None,
        traceparent: None,
        warrant: None,
    }
}
