//! The methods by their names in JSON-RPC.

use super::super::{Action, Excerpt, OperationError};
use super::A2aVersion;

/// A method that is understood.
#[derive(Debug)]
pub(super) struct Method {
    /// In 1.0, where it is that of gRPC (section 9.1).
    new: &'static str,
    /// In 0.3 (section 3.5.6).
    old: &'static str,
    pub(super) action: Action,
}

const fn method(new: &'static str, old: &'static str, action: Action) -> Method {
    Method { new, old, action }
}

/// Every method of both versions.
static METHODS: [Method; 11] = [
    method("SendMessage", "message/send", Action::SendMessage),
    method(
        "SendStreamingMessage",
        "message/stream",
        Action::SendMessage,
    ),
    method("GetTask", "tasks/get", Action::GetAgentTask),
    method("ListTasks", "tasks/list", Action::ListAgentTasks),
    method("CancelTask", "tasks/cancel", Action::CancelAgentTask),
    method(
        "SubscribeToTask",
        "tasks/resubscribe",
        Action::FollowAgentTask,
    ),
    method(
        "CreateTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/set",
        Action::SetPushConfig,
    ),
    method(
        "GetTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/get",
        Action::GetPushConfig,
    ),
    method(
        "ListTaskPushNotificationConfigs",
        "tasks/pushNotificationConfig/list",
        Action::ListPushConfigs,
    ),
    method(
        "DeleteTaskPushNotificationConfig",
        "tasks/pushNotificationConfig/delete",
        Action::DeletePushConfig,
    ),
    method(
        "GetExtendedAgentCard",
        "agent/getAuthenticatedExtendedCard",
        Action::GetExtendedAgentCard,
    ),
];

impl Method {
    /// The method with exactly this name, if `version` has it.
    pub(super) fn of_rpc(name: &str, version: A2aVersion) -> Result<&'static Self, OperationError> {
        let found = METHODS
            .iter()
            .find(|one| one.new == name || one.old == name);
        let found = found.ok_or_else(|| OperationError::UnknownMethod {
            method: Excerpt::of(name),
        })?;
        let own = match version {
            A2aVersion::V0_3 => found.old,
            A2aVersion::V1_0 => found.new,
        };
        (own == name)
            .then_some(found)
            .ok_or_else(|| OperationError::MethodNotInVersion {
                method: Excerpt::of(name),
                version,
            })
    }
}
