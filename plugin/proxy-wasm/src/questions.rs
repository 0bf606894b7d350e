//! Questions to the service that counts sessions for several gateways: the engine writes and reads them, this sends and receives.

use std::collections::BTreeMap;

use bailiwick_engine::policy::session::service::{
    Counts, MAX_ANSWER, METHOD, Question, SERVICE, Service, ServiceError,
};

use crate::host::{self, BufferKind, CalloutId, ContextId, GrpcCallout, LogLevel};
use crate::metrics::{Event, Metrics};

/// The calls that are under way, each with the request that waits for it. They are as many as requests may wait for that.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    calls: BTreeMap<CalloutId, (ContextId, Box<Question>)>,
}

impl Questions {
    /// Asks on behalf of a request.
    pub(crate) fn ask(
        &mut self,
        context: ContextId,
        question: Box<Question>,
        service: &Service,
        metrics: &mut Metrics,
    ) -> Result<(), ServiceError> {
        metrics.count(Event::SessionAsked);
        let sent = host::grpc_call(&GrpcCallout {
            upstream: &service.cluster,
            service: SERVICE,
            method: METHOD,
            message: question.message(),
            max_answer: MAX_ANSWER,
            timeout: service.timeout,
        });
        match sent {
            Ok(call) => {
                self.calls.insert(call, (context, question));
                Ok(())
            }
            Err(status) => {
                metrics.count(Event::SessionUnanswered);
                tell(&format!(
                    "cluster `{}` can't be called: {status}",
                    service.cluster
                ));
                Err(ServiceError::Unanswered)
            }
        }
    }

    /// Takes an answer by its size, or the status of gRPC with which its call ended, and says for which request it is. None where
    /// that has ended.
    pub(crate) fn answered(
        &mut self,
        call: CalloutId,
        answer: Result<usize, u32>,
        metrics: &mut Metrics,
    ) -> Option<(ContextId, Result<Counts, ServiceError>)> {
        let (context, question) = self.calls.remove(&call)?;
        let counts = read(&question, answer);
        match &counts {
            Ok(_) => {}
            // Why there is none was said already.
            Err(ServiceError::Unanswered) => metrics.count(Event::SessionUnanswered),
            Err(error) => tell(&error.to_string()),
        }
        Some((context, counts))
    }

    /// A request is over.
    pub(crate) fn forget(&mut self, context: ContextId) {
        self.calls.retain(|_, (asking, _)| *asking != context);
    }
}

fn read(question: &Question, answer: Result<usize, u32>) -> Result<Counts, ServiceError> {
    let size = answer.map_err(|status| {
        let error = ServiceError::of_status(status);
        if error == ServiceError::Unanswered {
            tell(&format!("the call ended with gRPC status {status}"));
        }
        error
    })?;
    // A byte more than is read tells that it is too long.
    let bytes = host::buffer(
        BufferKind::GrpcMessage,
        size.min(MAX_ANSWER.saturating_add(1)),
    );
    let bytes = bytes.map_err(|status| {
        tell(&format!("the answer can't be read: {status}"));
        ServiceError::Unanswered
    })?;
    question.read(&bytes)
}

fn tell(what: &str) {
    host::log(
        LogLevel::Warn,
        &format!("sessions.rate_limit_service: {what}"),
    );
}
