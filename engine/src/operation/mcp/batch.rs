//! Batches, which 2025-03-26 alone has ("Batching", "Sending Messages to the Server"): several requests and notifications, or several
//! responses, in one array.
//!
//! Each message is read as one that comes alone. What belongs to one call is refused: a header that mirrors a message, and a warrant.

use super::super::route::McpRules;
use super::super::{Action, BatchFault, McpRevision, Operation, OperationError, Refusal};
use super::{envelope, mirror, of_server, revision};
use crate::json::Value;
use crate::request::Head;

/// The most messages of a batch; each costs as much as a request.
pub(super) const MOST: usize = 16;

/// Understands the messages of a batch, in their order.
pub(super) fn read<'a>(
    rules: &McpRules,
    head: &Head,
    messages: Vec<Value<'a>>,
) -> Result<Operation<'a>, Refusal> {
    let has_batches = |revision| revision == McpRevision::V2025_03_26;
    if !revision::of_header(rules, head).is_ok_and(has_batches) {
        return Err(OperationError::Batch.into());
    }
    if messages.is_empty() {
        return Err(OperationError::BatchUnfit(BatchFault::Empty).into());
    }
    if messages.len() > MOST {
        let fault = BatchFault::TooLong { most: MOST };
        return Err(OperationError::BatchUnfit(fault).into());
    }
    let batch_ids: Vec<_> = messages.iter().filter_map(id).collect();
    match understand(rules, head, messages) {
        Ok(operation) => Ok(Operation {
            batch_ids,
            ..operation
        }),
        Err(error) => Err(Refusal {
            batch_ids,
            ..error.into()
        }),
    }
}

/// The id of a request, as its JSON text.
fn id(message: &Value<'_>) -> Option<String> {
    let message = message.as_object()?;
    let is_asked = !envelope::is_response(message);
    envelope::read_id(message).ok()?.filter(|_| is_asked)
}

fn understand<'a>(
    rules: &McpRules,
    head: &Head,
    messages: Vec<Value<'a>>,
) -> Result<Operation<'a>, OperationError> {
    mirror::check_absent(head)?;
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
        traceparent: messages.iter().find_map(|of| of.traceparent.clone()),
        messages,
        ..of_server(rules, McpRevision::V2025_03_26, Action::Batch)
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
