//! What the upstream answers to a request that was forwarded, as far as it is looked at: inputs in, effects out, as in
//! [`super`].
//!
//! ```text
//!               Head                    Body
//! ExpectHead ---------> ExpectBody -------------> Passed
//!   |    |------------> ExpectParts --. Part        ^
//!   |    |                     `------'             |
//!   |    `------------> Passing ------. Part        |
//!   |                          `------'             |
//!   `------------ nothing to look at ---------------'
//! ```
//!
//! What can't be read ends in `Withheld`, but for one event of a stream: that is withheld by itself, and the others go on.
//!
//! Lists of tools, resources, resource templates and prompts are narrowed to what the caller could use, those of tasks to the caller's
//! own, and what can't be read is withheld: the answer then is an error, recorded as a refusal. Answers that may name new tasks pass as
//! they are, and are read meanwhile ([`tasks`]). Most requests have no [`Reply`], and cost nothing here.

mod lists;
mod tasks;

use self::tasks::Passing;
use super::answer::Findings;
use super::tasks::Bound;
use super::{HeaderChanges, Holder, Refusal, Request, Step};
use crate::decision::{Denial, Reason};
use crate::gate::Instance;
use crate::operation::mcp::events::{Event, Events};
use crate::operation::mcp::listing::{LONGEST, Lists};
use crate::operation::route::RouteTarget;
use crate::operation::task::{TaskName, found};
use crate::operation::{Action, Operation};
use crate::ports::Host;
use crate::request::Headers;
use crate::time::UnixTime;

/// What comes of the upstream's answer, as the host tells it.
#[derive(Debug)]
pub enum Input<'a> {
    /// Its header fields, all of them; `end_of_stream` where the host knows that no body follows.
    Head {
        /// The fields.
        headers: Headers,
        /// No body follows. Some hosts never say so here; they send an empty [`Input::Body`] instead.
        end_of_stream: bool,
    },
    /// Part of a body has arrived and the host holds it: this many bytes so far.
    BodyProgress {
        /// Bytes held.
        buffered: usize,
    },
    /// The whole body.
    Body(&'a [u8]),
    /// The next part of a body that is not held.
    Part {
        /// Its bytes.
        bytes: &'a [u8],
        /// Nothing follows.
        is_last: bool,
    },
}

/// What the host must do now.
#[derive(Debug)]
#[must_use = "an effect that is not carried out lets pass what should not"]
pub enum Effect {
    /// Change the header fields as said, then let the answer go on. Nothing more of it need be fed.
    Pass(HeaderChanges),
    /// Hold the answer back, head and body: feed [`Input::BodyProgress`] and, once whole, [`Input::Body`].
    Hold,
    /// Change the header fields as said and let the head go on. Each part of the body is to be fed as [`Input::Part`] first.
    Follow(HeaderChanges),
    /// Change the header fields as said, and let the answer go on with this body.
    Replace(HeaderChanges, Vec<u8>),
    /// Let the part go on as it is. More may follow.
    PassPart,
    /// The same, and the operator is to be told, once for the answer: a task or context that it names could not be remembered, so that its
    /// caller will be refused.
    PassUnremembered,
    /// Let this go on in the part's place.
    Emit(Vec<u8>),
    /// Answer with this response; nothing of the upstream's may go on.
    Refuse(Box<Refusal>),
    /// Let this go on in the part's place, which says what the refusal does where something could not be read. More may follow.
    Withhold(Box<Refusal>, Vec<u8>),
}

/// The state of one answer.
#[derive(Debug)]
pub struct Reply(State);

#[derive(Debug)]
enum State {
    ExpectHead(Box<Asked>),
    /// The whole answer is awaited.
    ExpectBody(Box<Asked>, Status),
    /// It is a stream of events.
    ExpectParts(Box<Asked>, Events),
    /// It goes on as it comes.
    Passing(Box<Asked>, Box<Passing>),
    /// It may go on.
    Passed,
    /// Nothing of it may go on any more.
    Withheld,
}

/// What an answer's status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Success; so does one that the host doesn't tell.
    Success,
    /// Anything else, and no client takes the body for a list.
    Failure,
}

/// What was asked, and by whom.
#[derive(Debug)]
struct Asked {
    request: Request,
    holder: Holder,
    operation: Operation<'static>,
    look: Look,
    /// Where the caller's tasks are remembered, where tasks are looked for.
    bound: Option<Bound>,
    /// The tasks and contexts that the answer has given so far.
    given: Vec<TaskName>,
    /// The operator was told that one could not be remembered.
    is_told: bool,
}

/// What is looked for in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// In its head, the session that it begins.
    Session,
    /// What its lists have that the caller has no use for.
    Lists(Lists),
    /// The tasks that it gives.
    Tasks(found::Form),
}

impl Look {
    /// What is looked for in the answer to an operation.
    fn of(target: &RouteTarget, operation: &Operation<'_>) -> Option<Self> {
        let (form, usable) = (target.task_form(), target.filters_lists());
        let lists = |usable: bool, tasks: bool| {
            let form = form.unwrap_or(found::Form::Mcp);
            let lists = Lists {
                form,
                usable,
                tasks,
            };
            (usable || tasks).then_some(Self::Lists(lists))
        };
        match operation.action {
            Action::Initialize => Some(Self::Session),
            // The revision that has them has no tasks, so that all that is looked for is the same.
            Action::Batch => operation
                .messages
                .iter()
                .find_map(|message| Self::of(target, message)),
            Action::ListTools
            | Action::ListResources
            | Action::ListPrompts
            | Action::GetTaskResult => lists(usable, false),
            Action::ListTasks | Action::ListAgentTasks => lists(false, form.is_some()),
            // A stream may bring the answer to a list that was asked for before it broke off. It gives nothing: what comes there may be
            // the answer to another's call.
            Action::OpenStream => lists(usable, usable && form.is_some()),
            Action::CallTool | Action::SendMessage => {
                form.filter(|_| operation.makes_tasks).map(Self::Tasks)
            }
            Action::ReadResource
            | Action::SubscribeResource
            | Action::UnsubscribeResource
            | Action::GetPrompt
            | Action::Complete
            | Action::GetTask
            | Action::CancelTask
            | Action::SetLogLevel
            | Action::Respond
            | Action::Listen
            | Action::Ping
            | Action::Notify
            | Action::EndSession
            | Action::GetAgentTask
            | Action::CancelAgentTask
            | Action::FollowAgentTask
            | Action::SetPushConfig
            | Action::GetPushConfig
            | Action::ListPushConfigs
            | Action::DeletePushConfig
            | Action::GetAgentCard
            | Action::GetExtendedAgentCard
            | Action::HttpRequest => None,
        }
    }
}

impl Look {
    const fn is_for_tasks(self) -> bool {
        match self {
            Self::Session => false,
            Self::Lists(lists) => lists.tasks,
            Self::Tasks(_) => true,
        }
    }
}

impl Reply {
    /// For a request that goes on: nothing where its answer need not be looked at.
    pub(super) fn to(
        request: &Request,
        holder: &Holder,
        operation: Option<&Operation<'_>>,
    ) -> Option<Self> {
        let operation = operation?;
        let look = Look::of(&request.route.target, operation)?;
        let asked = Asked {
            request: request.clone(),
            holder: holder.clone(),
            operation: Operation {
                makes_tasks: operation.makes_tasks,
                traceparent: operation.traceparent.clone(),
                messages: operation.messages.iter().map(outline).collect(),
                ..outline(operation)
            },
            look,
            bound: look
                .is_for_tasks()
                .then(|| Bound::of(request, holder, operation)),
            given: Vec::new(),
            is_told: false,
        };
        Some(Self(State::ExpectHead(Box::new(asked))))
    }

    /// Is the body looked at, and not only the head?
    pub(super) fn reads_body(&self) -> bool {
        match &self.0 {
            State::ExpectHead(asked) => asked.look != Look::Session,
            State::ExpectBody(..) | State::ExpectParts(..) | State::Passing(..) => true,
            State::Passed | State::Withheld => false,
        }
    }

    /// Takes one input and says what to do. Time and what the host provides are arguments; nothing else is read.
    pub fn step(
        self,
        instance: &mut Instance,
        host: Host<'_>,
        now: UnixTime,
        input: Input<'_>,
    ) -> (Self, Effect) {
        let mut step = Step {
            instance,
            host,
            now,
        };
        let (state, effect) = step.reply(self.0, input);
        (Self(state), effect)
    }
}

/// What an operation is, by which its answer is read and recorded.
fn outline(operation: &Operation<'_>) -> Operation<'static> {
    Operation {
        rpc_id: operation.rpc_id.clone(),
        batch_ids: operation.batch_ids.clone(),
        ..Operation::new(
            operation.protocol,
            operation.action,
            operation.resource.clone(),
        )
    }
}

impl Step<'_> {
    fn reply(&mut self, state: State, input: Input<'_>) -> (State, Effect) {
        match (state, input) {
            (
                State::ExpectHead(asked),
                Input::Head {
                    headers,
                    end_of_stream,
                },
            ) => self.reply_head(asked, &headers, end_of_stream),
            (State::ExpectBody(asked, status), Input::BodyProgress { buffered }) => {
                if buffered > LONGEST {
                    return self.unreadable(&asked, TOO_LONG);
                }
                (State::ExpectBody(asked, status), Effect::Hold)
            }
            (State::ExpectBody(asked, status), Input::Body(body)) => {
                self.reply_body(&asked, status, body)
            }
            (State::ExpectParts(asked, events), Input::Part { bytes, is_last }) => {
                self.reply_part(asked, events, bytes, is_last)
            }
            (State::Passing(asked, passing), Input::Part { bytes, .. }) => {
                self.passing_part(asked, passing, bytes)
            }
            (
                State::ExpectHead(asked)
                | State::ExpectBody(asked, _)
                | State::ExpectParts(asked, _)
                | State::Passing(asked, _),
                Input::Head { .. }
                | Input::BodyProgress { .. }
                | Input::Body(_)
                | Input::Part { .. },
            ) => {
                let denial = Denial::from(Reason::ExchangeOutOfOrder);
                self.withhold(&asked, &denial)
            }
            (
                State::Passed | State::Withheld,
                Input::Head { .. }
                | Input::BodyProgress { .. }
                | Input::Body(_)
                | Input::Part { .. },
            ) => {
                let denial = Denial::from(Reason::ExchangeOutOfOrder);
                let refusal = self.refusal(&Findings::default(), &denial);
                (State::Withheld, Effect::Refuse(Box::new(refusal)))
            }
        }
    }

    fn reply_head(
        &mut self,
        asked: Box<Asked>,
        headers: &Headers,
        end_of_stream: bool,
    ) -> (State, Effect) {
        match asked.look {
            Look::Lists(_) => {}
            Look::Tasks(form) => return Self::passing_head(asked, form, headers, end_of_stream),
            Look::Session => {
                return match self.begun_session(&asked.request, &asked.holder, headers) {
                    Ok(changes) => (State::Passed, Effect::Pass(changes)),
                    Err(why) => self.unreadable(&asked, why),
                };
            }
        }
        match Form::of(headers, end_of_stream) {
            Ok(Form::NothingToRead) => (State::Passed, Effect::Pass(HeaderChanges::default())),
            Ok(Form::Message(status)) => (State::ExpectBody(asked, status), Effect::Hold),
            Ok(Form::Events) => {
                let mut remove = OF_OTHER_BYTES.map(str::to_owned).to_vec();
                remove.push("content-length".to_owned());
                let changes = HeaderChanges {
                    remove,
                    ..HeaderChanges::default()
                };
                let state = State::ExpectParts(asked, Events::default());
                (state, Effect::Follow(changes))
            }
            Err(why) => self.unreadable(&asked, why),
        }
    }

    fn reply_body(&mut self, asked: &Asked, status: Status, body: &[u8]) -> (State, Effect) {
        if body.is_empty() {
            return (State::Passed, Effect::Pass(HeaderChanges::default()));
        }
        match self.narrowed(asked, body) {
            Ok(None) => (State::Passed, Effect::Pass(HeaderChanges::default())),
            Ok(Some(rest)) => (State::Passed, replaced(rest)),
            // The server's own failure tells the client more than ours.
            Err(_) if status == Status::Failure => (State::Passed, replaced(Vec::new())),
            Err(error) => self.unreadable(asked, &error.to_string()),
        }
    }

    fn reply_part(
        &mut self,
        asked: Box<Asked>,
        mut events: Events,
        part: &[u8],
        is_last: bool,
    ) -> (State, Effect) {
        let mut passing = Vec::with_capacity(part.len());
        let mut refusal = None;
        for event in events.push(part, is_last) {
            let data = event.data();
            // Some are there for their id alone (2025-11-25, "Sending Messages to the Server").
            let narrowed = if data.is_empty() {
                Ok(None)
            } else {
                self.narrowed(&asked, &data)
            };
            let event = match narrowed {
                Ok(None) => event,
                Ok(Some(rest)) => event.with_data(&rest),
                Err(error) => {
                    let why = error.to_string();
                    let refusal = refusal.get_or_insert_with(|| self.unread(&asked, &why));
                    event.with_data(&refusal.response.body)
                }
            };
            passing.extend(event.into_bytes());
        }
        if events.held() > LONGEST {
            events.skip();
            let refusal = refusal.get_or_insert_with(|| self.unread(&asked, TOO_LONG));
            passing.extend(Event::message(&refusal.response.body).into_bytes());
        }
        let effect = match refusal {
            None => Effect::Emit(passing),
            Some(refusal) => Effect::Withhold(refusal, passing),
        };
        (State::ExpectParts(asked, events), effect)
    }

    /// The refusal of what could not be read in a part; one for all of it.
    fn unread(&mut self, asked: &Asked, why: &str) -> Box<Refusal> {
        let denial = Denial::from(Reason::ResponseUnreadable).with_detail(why);
        Box::new(self.refusal(&asked.findings(), &denial))
    }

    fn unreadable(&mut self, asked: &Asked, why: &str) -> (State, Effect) {
        (State::Withheld, Effect::Refuse(self.unread(asked, why)))
    }

    fn withhold(&mut self, asked: &Asked, denial: &Denial) -> (State, Effect) {
        let refusal = self.refusal(&asked.findings(), denial);
        (State::Withheld, Effect::Refuse(Box::new(refusal)))
    }
}

impl Asked {
    fn findings(&self) -> Findings<'_> {
        Findings {
            operation: Some(&self.operation),
            ..Findings::of_holder(&self.request, &self.holder)
        }
    }
}

const TOO_LONG: &str = "it is longer than 4194304 bytes";

/// Fields that say something of the very bytes that the upstream sent.
const OF_OTHER_BYTES: [&str; 5] = [
    "content-digest",
    "content-md5",
    "digest",
    "etag",
    "repr-digest",
];

/// Another body in place of the upstream's.
fn replaced(body: Vec<u8>) -> Effect {
    let changes = HeaderChanges {
        remove: OF_OTHER_BYTES.map(str::to_owned).to_vec(),
        set: vec![("content-length", body.len().to_string())],
        ..HeaderChanges::default()
    };
    Effect::Replace(changes, body)
}

/// How an answer with a list comes.
enum Form {
    /// One message, as `application/json`.
    Message(Status),
    /// Several, as `text/event-stream`.
    Events,
    /// Nothing that a client would take for a list.
    NothingToRead,
}

impl Form {
    fn of(headers: &Headers, end_of_stream: bool) -> Result<Self, &'static str> {
        if end_of_stream {
            return Ok(Self::NothingToRead);
        }
        let twice = "a field that says what it is stands there twice, or isn't text";
        let field = |name| headers.single(name).map_err(|_| twice);
        let media_type = field("content-type")?.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let is_success = field(":status")?.is_none_or(|status| status.starts_with('2'));
        let status = if is_success {
            Status::Success
        } else {
            Status::Failure
        };
        let is = |name| media_type.trim_ascii().eq_ignore_ascii_case(name);
        let form = if is("application/json") || is("application/a2a+json") {
            Self::Message(status)
        } else if is("text/event-stream") {
            Self::Events
        } else if is_success {
            return Err("its content-type is neither `application/json` nor `text/event-stream`");
        } else {
            return Ok(Self::NothingToRead);
        };
        match field("content-encoding")? {
            None => Ok(form),
            Some(encoding) if encoding.trim_ascii().eq_ignore_ascii_case("identity") => Ok(form),
            Some(_) => Err("it is compressed, which nobody asked for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Headers};

    #[test]
    fn a_status_that_is_not_told_is_taken_for_success() {
        for (status, is_read) in [
            (None, true),
            (Some("200"), true),
            (Some("202"), true),
            (Some("404"), false),
        ] {
            let status = status.map(|status| (":status", status));
            let fields = status.into_iter().chain([("content-type", "text/html")]);
            let form = Form::of(&Headers::from_pairs(fields), false);
            assert_eq!(form.is_err(), is_read, "{status:?}");
        }
    }
}
