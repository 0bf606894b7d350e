//! Stage 4: what is being asked, in one normal form.
//!
//! [`route::Routes`] says which rule a request falls under, [`http`], [`mcp`] and [`a2a`] read what it asks for. Whatever can't
//! be understood, or could be understood in two ways, is an [`OperationError`]: never passed on.

pub mod a2a;
mod body;
pub mod cors;
pub mod declared;
mod error;
mod host;
pub mod http;
pub mod intent;
pub mod mcp;
pub mod path;
pub mod resource;
pub mod route;
pub mod task;
mod template;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use self::a2a::A2aVersion;
pub use crate::excerpt::Excerpt;
pub use error::{BatchFault, OperationError, Refusal};
pub use host::host_of_authority;
pub use template::TemplateError;

use self::task::TaskName;
use crate::json::{Object, Value};

/// What one request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation<'a> {
    /// How it was asked.
    pub protocol: Protocol,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// With which arguments that are judged: those of a call of a tool, what an A2A agent is asked with, and the parameters of an
    /// HTTP operation that declares them, as [`http::parameters::Parameters::record`] says.
    pub arguments: Option<Object<'a>>,
    /// Resources of the same server that it is to follow, too: each must be permitted as [`Action::SubscribeResource`].
    pub follows: Vec<Resource>,
    /// The messages of a batch, each of which must be permitted by itself.
    pub messages: Vec<Self>,
    /// The tasks and contexts that it names: each must be its caller's.
    pub about: Vec<TaskName>,
    /// The tasks that it is said to be related to, which may be its caller's own, as a client has them: none may be another's.
    pub related: Vec<TaskName>,
    /// May its answer name tasks or contexts that are its caller's from then on?
    pub makes_tasks: bool,
    /// The JSON-RPC id to answer with, as its JSON text; none for HTTP and for notifications.
    pub rpc_id: Option<String>,
    /// The ids of a batch's requests, likewise.
    pub batch_ids: Vec<String>,
    /// The W3C trace context that MCP carries in `params._meta`, unjudged: it correlates, it never authorizes.
    pub traceparent: Option<String>,
    /// The warrant in the body, of MCP in `params._meta`, unjudged, where warrants are looked for there.
    pub warrant: Option<Value<'a>>,
}

impl<'a> Operation<'a> {
    /// One that does only this.
    #[must_use]
    pub const fn new(protocol: Protocol, action: Action, resource: Resource) -> Self {
        Self {
            protocol,
            action,
            resource,
            arguments: None,
            follows: Vec::new(),
            messages: Vec::new(),
            about: Vec::new(),
            related: Vec::new(),
            makes_tasks: false,
            rpc_id: None,
            batch_ids: Vec::new(),
            traceparent: None,
            warrant: None,
        }
    }

    /// Does all of it belong to any use of an MCP server or an A2A agent?
    #[must_use]
    pub fn is_any_use(&self) -> bool {
        let is_any_use = self.action.is_any_use() && self.follows.is_empty();
        is_any_use && self.messages.iter().all(Self::is_any_use)
    }

    /// What else it does, each by itself: the messages of a batch, following each of its resources, and what an A2A message's push
    /// configuration does.
    pub fn followed(&self) -> impl Iterator<Item = Cow<'_, Self>> {
        let action = Action::SubscribeResource;
        let resources = self.follows.iter().cloned();
        let followed =
            resources.map(move |resource| Operation::new(self.protocol, action, resource));
        let followed = followed.chain(a2a::inline_push(self)).map(Cow::Owned);
        self.messages.iter().map(Cow::Borrowed).chain(followed)
    }

    /// What it is called with, by name: a tool's or an agent's arguments, or an HTTP operation's path parameters as texts. Nothing where
    /// nothing is called, as in a session's other messages.
    #[must_use]
    pub fn called_with(&self) -> Option<Cow<'_, Object<'_>>> {
        match &self.resource {
            Resource::Tool { .. } | Resource::A2aAgent { .. } => {
                self.arguments.as_ref().map(Cow::Borrowed)
            }
            Resource::Server { .. } | Resource::McpResource { .. } | Resource::Prompt { .. } => {
                None
            }
            Resource::Route { parameters, .. } => {
                let texts = parameters.iter().map(|(name, value)| {
                    let value = Value::String(value.as_str().into());
                    (name.as_ref().into(), value)
                });
                Some(Cow::Owned(Object(texts.collect())))
            }
        }
    }
}

/// How an operation was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// The Model Context Protocol.
    Mcp(McpRevision),
    /// The Agent2Agent protocol.
    A2a(A2aVersion),
}

/// A revision of MCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum McpRevision {
    /// 2025-03-26, with sessions, and without a header that names it.
    V2025_03_26,
    /// 2025-06-18, with sessions.
    V2025_06_18,
    /// 2025-11-25, with sessions.
    V2025_11_25,
    /// 2026-07-28, stateless.
    V2026_07_28,
}

impl McpRevision {
    /// Every revision that is understood, oldest first.
    pub const ALL: [Self; 4] = [
        Self::V2025_03_26,
        Self::V2025_06_18,
        Self::V2025_11_25,
        Self::V2026_07_28,
    ];

    /// Those that are accepted where a configuration names none: each whose requests say which they are in.
    pub const USUAL: [Self; 3] = [Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Does it begin with a handshake, after which there may be a session?
    #[must_use]
    pub const fn has_sessions(self) -> bool {
        match self {
            Self::V2025_03_26 | Self::V2025_06_18 | Self::V2025_11_25 => true,
            Self::V2026_07_28 => false,
        }
    }

    /// Does it have tasks by itself, and not as an extension?
    #[must_use]
    pub const fn has_tasks(self) -> bool {
        match self {
            Self::V2025_11_25 => true,
            Self::V2025_03_26 | Self::V2025_06_18 | Self::V2026_07_28 => false,
        }
    }

    /// The revision with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|revision| revision.name() == name)
    }
}

impl fmt::Display for McpRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is to be done; each is the Cedar action of the name that [`Action::name`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// MCP `tools/call`.
    CallTool,
    /// MCP `tools/list`.
    ListTools,
    /// MCP `resources/list` and `resources/templates/list`.
    ListResources,
    /// MCP `resources/read`.
    ReadResource,
    /// MCP `resources/subscribe`.
    SubscribeResource,
    /// MCP `resources/unsubscribe`.
    UnsubscribeResource,
    /// MCP `prompts/list`.
    ListPrompts,
    /// MCP `prompts/get`.
    GetPrompt,
    /// MCP `completion/complete`: proposals for an argument of a prompt, or for a variable of a resource's URI template.
    Complete,
    /// MCP `tasks/get`.
    GetTask,
    /// MCP `tasks/result`.
    GetTaskResult,
    /// MCP `tasks/list`.
    ListTasks,
    /// MCP `tasks/cancel`.
    CancelTask,
    /// MCP `logging/setLevel`.
    SetLogLevel,
    /// A client's answer to what an MCP server asked it: a model's output, a user's input, the client's roots.
    Respond,
    /// MCP `subscriptions/listen` of the stateless revision: the stream of a server's notifications.
    Listen,
    /// MCP `initialize`, and `server/discover` of the stateless revision.
    Initialize,
    /// MCP `ping`.
    Ping,
    /// An MCP notification.
    Notify,
    /// Several messages of MCP 2025-03-26 in one request, each of which is judged by itself, too.
    Batch,
    /// HTTP GET of an MCP endpoint: the stream on which a server with sessions speaks up by itself.
    OpenStream,
    /// HTTP DELETE of an MCP endpoint: the end of a session.
    EndSession,
    /// A2A `SendMessage` and `SendStreamingMessage`.
    SendMessage,
    /// A2A `GetTask`.
    GetAgentTask,
    /// A2A `ListTasks`.
    ListAgentTasks,
    /// A2A `CancelTask`.
    CancelAgentTask,
    /// A2A `SubscribeToTask`.
    FollowAgentTask,
    /// A2A `CreateTaskPushNotificationConfig`.
    SetPushConfig,
    /// A2A `GetTaskPushNotificationConfig`.
    GetPushConfig,
    /// A2A `ListTaskPushNotificationConfigs`.
    ListPushConfigs,
    /// A2A `DeleteTaskPushNotificationConfig`.
    DeletePushConfig,
    /// GET of an A2A agent's card.
    GetAgentCard,
    /// A2A `GetExtendedAgentCard`.
    GetExtendedAgentCard,
    /// A plain HTTP request.
    HttpRequest,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 34] = [
        Self::CallTool,
        Self::ListTools,
        Self::ListResources,
        Self::ReadResource,
        Self::SubscribeResource,
        Self::UnsubscribeResource,
        Self::ListPrompts,
        Self::GetPrompt,
        Self::Complete,
        Self::GetTask,
        Self::GetTaskResult,
        Self::ListTasks,
        Self::CancelTask,
        Self::SetLogLevel,
        Self::Respond,
        Self::Listen,
        Self::Initialize,
        Self::Ping,
        Self::Notify,
        Self::Batch,
        Self::OpenStream,
        Self::EndSession,
        Self::SendMessage,
        Self::GetAgentTask,
        Self::ListAgentTasks,
        Self::CancelAgentTask,
        Self::FollowAgentTask,
        Self::SetPushConfig,
        Self::GetPushConfig,
        Self::ListPushConfigs,
        Self::DeletePushConfig,
        Self::GetAgentCard,
        Self::GetExtendedAgentCard,
        Self::HttpRequest,
    ];

    /// Does it belong to any use of an MCP server or an A2A agent, so that authority for any part of it is enough? What is about a task does not:
    /// that is about what came of some call.
    #[must_use]
    pub const fn is_any_use(self) -> bool {
        match self {
            Self::Initialize
            | Self::Ping
            | Self::Notify
            | Self::Batch
            | Self::Respond
            | Self::SetLogLevel
            | Self::Listen
            | Self::OpenStream
            | Self::EndSession
            | Self::ListTools
            | Self::ListResources
            | Self::ListPrompts
            | Self::GetAgentCard
            | Self::GetExtendedAgentCard => true,
            Self::SendMessage
            | Self::GetAgentTask
            | Self::ListAgentTasks
            | Self::CancelAgentTask
            | Self::FollowAgentTask
            | Self::SetPushConfig
            | Self::GetPushConfig
            | Self::ListPushConfigs
            | Self::DeletePushConfig
            | Self::CallTool
            | Self::ReadResource
            | Self::SubscribeResource
            | Self::UnsubscribeResource
            | Self::GetPrompt
            | Self::Complete
            | Self::GetTask
            | Self::GetTaskResult
            | Self::ListTasks
            | Self::CancelTask
            | Self::HttpRequest => false,
        }
    }

    /// Does it neither bring anything that a server or an agent has, beside lists, nor carry a client's own words to it? Then it has no
    /// labels and counts for nothing.
    #[must_use]
    pub const fn is_idle(self) -> bool {
        let has_content = matches!(
            self,
            Self::Notify | Self::Respond | Self::Listen | Self::OpenStream
        );
        self.is_any_use() && !has_content
    }

    /// Is it about an MCP server's tasks, each of which may be a call of any of its tools?
    #[must_use]
    pub const fn is_about_task(self) -> bool {
        matches!(
            self,
            Self::GetTask | Self::GetTaskResult | Self::ListTasks | Self::CancelTask
        )
    }

    /// Its name in policies and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallTool => "call_tool",
            Self::ListTools => "list_tools",
            Self::ListResources => "list_resources",
            Self::ReadResource => "read_resource",
            Self::SubscribeResource => "subscribe_resource",
            Self::UnsubscribeResource => "unsubscribe_resource",
            Self::ListPrompts => "list_prompts",
            Self::GetPrompt => "get_prompt",
            Self::Complete => "complete",
            Self::GetTask => "get_task",
            Self::GetTaskResult => "get_task_result",
            Self::ListTasks => "list_tasks",
            Self::CancelTask => "cancel_task",
            Self::SetLogLevel => "set_log_level",
            Self::Respond => "respond",
            Self::Listen => "listen",
            Self::Initialize => "initialize",
            Self::Ping => "ping",
            Self::Notify => "notify",
            Self::Batch => "batch",
            Self::OpenStream => "open_stream",
            Self::EndSession => "end_session",
            Self::SendMessage => "send_message",
            Self::GetAgentTask => "get_agent_task",
            Self::ListAgentTasks => "list_agent_tasks",
            Self::CancelAgentTask => "cancel_agent_task",
            Self::FollowAgentTask => "follow_agent_task",
            Self::SetPushConfig => "set_push_config",
            Self::GetPushConfig => "get_push_config",
            Self::ListPushConfigs => "list_push_configs",
            Self::DeletePushConfig => "delete_push_config",
            Self::GetAgentCard => "get_agent_card",
            Self::GetExtendedAgentCard => "get_extended_agent_card",
            Self::HttpRequest => "http_request",
        }
    }
}

/// To what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A tool of an MCP server.
    Tool {
        /// The server's name in the configuration.
        server: Arc<str>,
        /// The tool's name as in `params.name`.
        tool: String,
    },
    /// A resource of an MCP server, or a template of such.
    McpResource {
        /// The server's name in the configuration.
        server: Arc<str>,
        /// Its URI as in `params.uri`, or its URI template as in `params.ref.uri`.
        uri: String,
    },
    /// A prompt of an MCP server.
    Prompt {
        /// The server's name in the configuration.
        server: Arc<str>,
        /// The prompt's name as in `params.name`, or as in `params.ref.name`.
        prompt: String,
    },
    /// An MCP server.
    Server {
        /// The server's name in the configuration.
        server: Arc<str>,
    },
    /// An A2A agent.
    A2aAgent {
        /// The agent's name in the configuration.
        agent: Arc<str>,
    },
    /// An operation of a plain HTTP route.
    Route {
        /// The operation's name in the configuration, unique among all routes.
        route: Arc<str>,
        /// The path parameters of its template as (name, decoded segment), in order.
        parameters: Vec<(Arc<str>, String)>,
    },
}

impl Resource {
    /// Is it this tool, `<server>/<tool>`?
    #[must_use]
    pub fn is_tool(&self, id: &str) -> bool {
        match self {
            Self::Tool { server, tool } => id.split_once('/') == Some((server, tool)),
            Self::McpResource { .. }
            | Self::Prompt { .. }
            | Self::Server { .. }
            | Self::A2aAgent { .. }
            | Self::Route { .. } => false,
        }
    }

    /// Its own name: a tool's, a prompt's, a server's, an agent's, an operation's; or a resource's URI.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tool { tool: name, .. }
            | Self::Prompt { prompt: name, .. }
            | Self::McpResource { uri: name, .. } => name,
            Self::Server { server: name }
            | Self::A2aAgent { agent: name }
            | Self::Route { route: name, .. } => name,
        }
    }
}
