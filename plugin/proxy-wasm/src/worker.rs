//! One VM: its roots and requests, and the way from a callback to the one that it is for.
//!
//! A context that isn't known, one that is created twice, and a callback inside a callback end in a refusal of that
//! request, never in a trap and never in a pass.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::host::{self, Action, CalloutId, ContextId, LogLevel};
use crate::http::{self, Request};
use crate::root::{News, Root};

thread_local! {
    /// A host is one thread per VM.
    static WORKER: RefCell<Worker> = RefCell::default();
}

#[derive(Default)]
struct Worker {
    roots: BTreeMap<ContextId, Root>,
    requests: BTreeMap<ContextId, Owned>,
}

/// A request, and the root it came in by.
struct Owned {
    root: ContextId,
    request: Request,
}

pub(crate) fn on_create(context: ContextId, parent: ContextId) {
    const NO_PARENT: ContextId = ContextId(0);
    let known = with(|worker| {
        if parent == NO_PARENT {
            worker.roots.insert(context, Root::new(context)).is_some()
        } else {
            let owned = Owned {
                root: parent,
                request: Request::new(context),
            };
            worker.requests.insert(context, owned).is_some()
        }
    });
    // Where one of that name stood, the new one starts from nothing, as the host says; a request that the host still
    // holds under that name then meets a state that does not expect its callbacks, which refuses it.
    if known != Some(false) {
        report("a context was created twice, or inside another callback");
    }
}

pub(crate) fn on_configure(root: ContextId) -> bool {
    with(|worker| worker.roots.get_mut(&root).is_some_and(Root::configure)).unwrap_or(false)
}

pub(crate) fn on_tick(root: ContextId) {
    revive_held(root, Root::tick);
}

pub(crate) fn on_call_answered(root: ContextId, call: CalloutId, headers: usize, body_size: usize) {
    revive_held(root, |root| root.call_answered(call, headers, body_size));
}

/// `Ok` is the size of the answer, `Err` the status of gRPC with which the call ended.
pub(crate) fn on_grpc_answered(root: ContextId, call: CalloutId, answer: Result<usize, u32>) {
    let done = with(|worker| {
        let gateway = worker.roots.get_mut(&root)?.gateway()?;
        // Whoever asked may be gone by now, and then nobody wants to know.
        let (context, counts) = gateway.counted(call, answer)?;
        let owned = worker.requests.get_mut(&context)?;
        owned.request.counted(gateway, counts);
        Some(())
    });
    if done.is_none() {
        report("an answer to a gRPC call came inside another callback");
    }
}

/// Lets something happen to a root, and the requests that it holds see what has changed for them.
fn revive_held(root: ContextId, event: impl FnOnce(&mut Root) -> News) {
    let done = with(|worker| {
        let Some(root) = worker.roots.get_mut(&root) else {
            return;
        };
        let news = event(root);
        let Some(gateway) = root.gateway() else {
            return;
        };
        for context in gateway.held() {
            match worker.requests.get_mut(&context) {
                Some(owned) => owned.request.revive(gateway, news),
                None => gateway.release(context),
            }
        }
    });
    if done.is_none() {
        report("a tick, or an answer to a callout, came inside another callback");
    }
}

pub(crate) fn on_request_headers(context: ContextId, end_of_stream: bool) -> Action {
    deliver(context, |request, root| {
        request.on_headers(root, end_of_stream)
    })
}

pub(crate) fn on_request_body(context: ContextId, size: usize, end_of_stream: bool) -> Action {
    deliver(context, |request, root| {
        request.on_body(root, size, end_of_stream)
    })
}

pub(crate) fn on_request_trailers(context: ContextId) -> Action {
    deliver(context, Request::on_trailers)
}

pub(crate) fn on_response_headers(context: ContextId, end_of_stream: bool) -> Action {
    respond(context, |request, root| {
        request.on_response_headers(root, end_of_stream)
    })
}

pub(crate) fn on_response_body(context: ContextId, size: usize, end_of_stream: bool) -> Action {
    respond(context, |request, root| {
        request.on_response_body(root, size, end_of_stream)
    })
}

pub(crate) fn on_response_trailers(context: ContextId) -> Action {
    respond(context, Request::on_response_trailers)
}

pub(crate) fn on_delete(context: ContextId) {
    with(|worker| {
        if let Some(owned) = worker.requests.remove(&context)
            && let Some(root) = worker.roots.get_mut(&owned.root)
        {
            root.forget(context);
        }
        if let Some(mut root) = worker.roots.remove(&context) {
            root.end();
        }
    });
}

fn deliver(context: ContextId, event: impl FnOnce(&mut Request, &mut Root) -> Action) -> Action {
    let action = with(|worker| {
        let owned = worker.requests.get_mut(&context)?;
        let root = worker.roots.get_mut(&owned.root)?;
        Some(event(&mut owned.request, root))
    });
    action.flatten().unwrap_or_else(|| {
        report("a callback came for a request that isn't known, or inside another callback");
        http::refuse_outright()
    })
}

/// Some hosts show an answer of the gateway's own while the callback that gives it is still at work; it needs nothing. And the
/// upstream never saw a request that isn't known.
fn respond(context: ContextId, event: impl FnOnce(&mut Request, &mut Root) -> Action) -> Action {
    let action = with(|worker| {
        let owned = worker.requests.get_mut(&context)?;
        let root = worker.roots.get_mut(&owned.root)?;
        Some(event(&mut owned.request, root))
    });
    action.flatten().unwrap_or(Action::Continue)
}

/// The worker, unless a callback is at work on it already.
fn with<T>(work: impl FnOnce(&mut Worker) -> T) -> Option<T> {
    WORKER
        .try_with(|worker| {
            worker
                .try_borrow_mut()
                .ok()
                .map(|mut worker| work(&mut worker))
        })
        .ok()
        .flatten()
}

fn report(what: &str) {
    host::log(LogLevel::Error, &format!("host out of order: {what}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_should_not_do_is_refused() {
        let (root, request) = (ContextId(1), ContextId(2));
        type Row = (&'static str, fn() -> Action);
        let rows: [Row; 4] = [
            ("headers of no request", || {
                on_request_headers(ContextId(9), true)
            }),
            ("a request of no root", || {
                on_create(ContextId(3), ContextId(8));
                on_request_headers(ContextId(3), true)
            }),
            ("a request of a root without a configuration", || {
                on_create(ContextId(1), ContextId(0));
                on_create(ContextId(2), ContextId(1));
                on_request_headers(ContextId(2), true)
            }),
            ("a callback inside a callback", || {
                with(|_| on_request_headers(ContextId(2), true)).unwrap()
            }),
        ];
        for (name, row) in rows {
            assert_eq!(row(), Action::Pause, "{name}");
        }
        assert_eq!(
            on_request_body(request, 1, true),
            Action::Pause,
            "after a refusal"
        );
        assert!(!on_configure(root), "a host without a configuration");
        on_delete(request);
        assert_eq!(
            on_request_headers(request, true),
            Action::Pause,
            "after its end"
        );
    }
}
