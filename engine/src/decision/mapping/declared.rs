//! Which reason it is that arguments or parameters aren't what is declared.

use crate::decision::reason::Reason;
use crate::operation::declared::Fault;
use crate::operation::http::parameters::ParameterError;

pub(super) const fn of_argument(fault: Fault) -> Reason {
    match fault {
        Fault::Missing => Reason::ArgumentMissing,
        Fault::Undeclared => Reason::ArgumentUndeclared,
        Fault::Lookalike => Reason::RpcAmbiguous,
        Fault::Kind { .. } | Fault::Form { .. } => Reason::ArgumentMistyped,
    }
}

pub(super) const fn of_parameter(error: &ParameterError) -> Reason {
    match error {
        ParameterError::Query(_) => Reason::QueryAmbiguous,
        ParameterError::Repeated { .. } => Reason::ParameterRepeated,
        ParameterError::Misfit { misfit, .. } => match misfit.fault {
            Fault::Missing => Reason::ParameterMissing,
            Fault::Undeclared => Reason::ParameterUndeclared,
            Fault::Lookalike => Reason::ParameterRepeated,
            Fault::Kind { .. } | Fault::Form { .. } => Reason::ParameterMistyped,
        },
    }
}
