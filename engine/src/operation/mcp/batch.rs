//! Batches, which 2025-03-26 alone has ("Batching", "Sending Messages to the Server"): several requests and notifications, or several
//! responses, in one array.
//!
//! Each message is read as one that comes alone. What belongs to one call is refused: a header that mirrors a message, and a warrant.

use super::super::route::McpRules;
use super::super::{Action, BatchFault, McpRevision, Operation, OperationError};
use super::{mirror, of_server, revision};
use crate::json::Value;
use crate::request::Head;

/// The most messages of a batch; each costs as much as a request.
pub(super) const MOST: usize = 16;

/// Understands the messages of a batch, in their order.
pub(super) fn read<'a>(
    rules: &McpRules,
    head: &Head,
    messages: Vec<Value<'a>>,
) -> Result<Operation<'a>, OperationError> {
    let with_batches = McpRevision::V2025_03_26;
    if !revision::of_header(rules, head).is_ok_and(|revision| revision == with_batches) {
        return Err(OperationError::Batch);
    }
    mirror::check_absent(head)?;
    if messages.is_empty() {
        return Err(OperationError::BatchUnfit(BatchFault::Empty));
    }
    if messages.len() > MOST {
        let fault = BatchFault::TooLong { most: MOST };
        return Err(OperationError::BatchUnfit(fault));
    }
    let read = messages.into_iter().zip(1..).map(|(message, number)| {
        let in_batch = |error| OperationError::InBatch {
            number,
            error: Box::new(error),
        };
        super::one(rules, head, message).map_err(|refusal| in_batch(refusal.error))
    });
    let messages = read.collect::<Result<Vec<_>, _>>()?;
    check(&messages).map_err(OperationError::BatchUnfit)?;
    Ok(Operation {
        about: together(&messages, |message| &message.about),
        related: together(&messages, |message| &message.related),
        makes_tasks: messages.iter().any(|message| message.makes_tasks),
        messages,
        ..of_server(rules, with_batches, Action::Batch)
    })
}

/// Can each message be judged, and answered, as if it had come alone?
fn check(messages: &[Operation<'_>]) -> Result<(), BatchFault> {
    let is = |action| move |message: &&Operation<'_>| message.action == action;
    let responses = messages.iter().filter(is(Action::Respond)).count();
    if responses != 0 && responses != messages.len() {
        return Err(BatchFault::Mixed);
    }
    if messages
        .iter()
        .any(|message| is(Action::Initialize)(&message))
    {
        return Err(BatchFault::Initialize);
    }
    if messages.iter().any(|message| message.warrant.is_some()) {
        return Err(BatchFault::Warrant);
    }
    let mut ids: Vec<_> = messages
        .iter()
        .filter_map(|of| of.rpc_id.as_deref())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == all {
        Ok(())
    } else {
        Err(BatchFault::IdTwice)
    }
}

/// What messages name, one after the other.
fn together<T: Clone>(
    messages: &[Operation<'_>],
    named: for<'m> fn(&'m Operation<'_>) -> &'m Vec<T>,
) -> Vec<T> {
    messages.iter().flat_map(named).cloned().collect()
}
