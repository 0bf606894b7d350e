//! Why policy refuses, and what its policies say about it.

use crate::decision::denial::Denial;
use crate::decision::reason::Reason;
use crate::policy::denial::PolicyDenial;
use crate::policy::session::SessionError;

impl From<&PolicyDenial> for Reason {
    fn from(denial: &PolicyDenial) -> Self {
        match denial {
            PolicyDenial::NoPermit { .. } => Self::PolicyNotPermitted,
            PolicyDenial::Forbidden { .. } => Self::PolicyForbidden,
            PolicyDenial::OutsideIntent { .. } => Self::OutsideIntent,
            PolicyDenial::Remediable { lacks, .. } if lacks.asks_for_authentication() => {
                Self::StepUpRequired
            }
            PolicyDenial::Remediable { .. } => Self::ScopeInsufficient,
            PolicyDenial::EvaluationFailed { .. } => Self::PolicyFailed,
            PolicyDenial::Session(SessionError::Unidentified) => Self::SessionUnidentified,
            PolicyDenial::Session(SessionError::Full) => Self::SessionsFull,
            PolicyDenial::Session(SessionError::Unavailable) => Self::SessionsUnavailable,
            PolicyDenial::Session(SessionError::Unanswered) => Self::SessionsUnanswered,
            PolicyDenial::Session(SessionError::Uncounted) => Self::SessionsUncounted,
            PolicyDenial::Session(SessionError::Spent) => Self::SessionLimitReached,
            PolicyDenial::ArgumentRespelled { .. } => Self::RpcAmbiguous,
            PolicyDenial::ArgumentsTooLarge { .. } => Self::ArgumentsTooLarge,
        }
    }
}

impl From<&PolicyDenial> for Denial {
    fn from(denial: &PolicyDenial) -> Self {
        let notes = denial.policies();
        let mut detail = denial.to_string();
        for note in notes {
            if let Some(reason) = &note.reason {
                detail.push_str("; ");
                detail.push_str(reason);
            }
        }
        let refused = Self::from(Reason::from(denial))
            .with_detail(&detail)
            .with_policies(notes.iter().map(|note| note.id.clone()).collect());
        let refused = match denial {
            PolicyDenial::Remediable { lacks, .. } => {
                let refused = refused.with_scopes(lacks.scopes.clone());
                if lacks.asks_for_authentication() {
                    refused.with_step_up(lacks.authentication.clone())
                } else {
                    refused
                }
            }
            PolicyDenial::NoPermit { .. }
            | PolicyDenial::Forbidden { .. }
            | PolicyDenial::OutsideIntent { .. }
            | PolicyDenial::EvaluationFailed { .. }
            | PolicyDenial::Session(_)
            | PolicyDenial::ArgumentRespelled { .. }
            | PolicyDenial::ArgumentsTooLarge { .. } => refused,
        };
        refused.with_remedies(notes)
    }
}
