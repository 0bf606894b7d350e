//! Which tasks an answer gives to its caller, read while it goes by: nothing of it is kept back or changed, for whatever isn't
//! understood gives nothing, and a request about what wasn't given is refused.
//!
//! An id is given before the bytes go on that end it, so that the caller can use it as soon as it knows it.

use super::super::{HeaderChanges, Step};
use super::{Asked, Effect, Form, State};
use crate::operation::mcp::events::Events;
use crate::operation::mcp::listing::LONGEST;
use crate::operation::task::TaskName;
use crate::operation::task::found::{self, Reader};
use crate::request::Headers;

/// The most that one answer gives.
const MOST_GIVEN: usize = 64;

/// How far an answer that goes by was read.
#[derive(Debug)]
pub(super) enum Passing {
    /// It is one message.
    Message(Reader),
    /// It is a stream of events, each a message.
    Events(found::Form, Events),
}

impl Step<'_> {
    /// The head of an answer that is read while it goes by.
    pub(super) fn passing_head(
        asked: Box<Asked>,
        form: found::Form,
        headers: &Headers,
        end_of_stream: bool,
    ) -> (State, Effect) {
        let passing = match Form::of(headers, end_of_stream) {
            Ok(Form::Message(_)) => Passing::Message(Reader::new(form)),
            Ok(Form::Events) => Passing::Events(form, Events::default()),
            // What can't be read gives nothing.
            Ok(Form::NothingToRead) | Err(_) => {
                return (State::Passed, Effect::Pass(HeaderChanges::default()));
            }
        };
        let state = State::Passing(asked, Box::new(passing));
        (state, Effect::Follow(HeaderChanges::default()))
    }

    /// The next part of it.
    pub(super) fn passing_part(
        &self,
        mut asked: Box<Asked>,
        mut passing: Box<Passing>,
        part: &[u8],
        is_last: bool,
    ) -> (State, Effect) {
        match &mut *passing {
            Passing::Message(reader) => {
                let named = reader.push(part);
                self.give(&mut asked, named);
            }
            Passing::Events(form, events) => {
                for event in events.push(part, is_last) {
                    self.give_all(&mut asked, *form, &event.data());
                }
                if events.held() > LONGEST {
                    events.skip();
                }
            }
        }
        (State::Passing(asked, passing), Effect::PassPart)
    }

    /// Gives the caller what one message names.
    pub(super) fn give_all(&self, asked: &mut Asked, form: found::Form, message: &[u8]) {
        let named = Reader::new(form).push(message);
        self.give(asked, named);
    }

    fn give(&self, asked: &mut Asked, named: Vec<TaskName>) {
        for name in named {
            if asked.given.len() < MOST_GIVEN && !asked.given.contains(&name) {
                self.give_task(&asked.request, &asked.owner, &name);
                asked.given.push(name);
            }
        }
    }
}
