//! Which tasks an answer gives to its caller, read while it goes by: nothing of it is kept back or changed, for whatever isn't
//! understood or can't be remembered gives nothing, and a request about what wasn't given is refused.
//!
//! An id is given before the bytes go on that end it, so that the caller can use it as soon as it knows it.

use super::super::{HeaderChanges, Step};
use super::{Asked, Effect, Form, State};
use crate::operation::task::TaskName;
use crate::operation::task::found::{self, Reader, StreamReader};
use crate::operation::task::owners::OwnersUnavailable;
use crate::request::Headers;

/// The most that one answer gives.
const MOST_GIVEN: usize = 64;

/// How far an answer that goes by was read.
#[derive(Debug)]
pub(super) enum Passing {
    /// It is one message.
    Message(Reader),
    /// It is a stream of events, each a message.
    Events(StreamReader),
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
            Ok(Form::Events) => Passing::Events(StreamReader::new(form)),
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
    ) -> (State, Effect) {
        let named = match &mut *passing {
            Passing::Message(reader) => reader.push(part),
            Passing::Events(reader) => reader.push(part),
        };
        let is_remembered = self.give(&mut asked, named);
        let effect = if is_remembered || std::mem::replace(&mut asked.is_told, true) {
            Effect::PassPart
        } else {
            Effect::PassUnremembered
        };
        (State::Passing(asked, passing), effect)
    }

    /// Gives the caller what was named. Says whether all of it is remembered; what isn't is given when it is named again.
    fn give(&self, asked: &mut Asked, named: Vec<TaskName>) -> bool {
        let Some(bound) = asked.bound else {
            return true;
        };
        let mut is_remembered = true;
        for name in named {
            if asked.given.len() < MOST_GIVEN && !asked.given.contains(&name) {
                match self.give_task(&bound, &name) {
                    Ok(()) => asked.given.push(name),
                    Err(OwnersUnavailable) => is_remembered = false,
                }
            }
        }
        is_remembered
    }
}
