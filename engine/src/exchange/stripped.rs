//! What goes on of a request, and what the upstream doesn't get of a warrant: it has judged nothing by it, and the chain is nothing
//! of its own.

use std::ops::Range;

use super::answer::names_like;
use super::{Holder, Request, Step};
use crate::decision::{Denial, Reason};
use crate::json::place;
use crate::operation::Operation;
use crate::operation::route::RouteTarget;
use crate::request::Head;

/// Fields that a body's sender makes of its bytes, and that no longer fit once some of these are gone.
const DIGEST_FIELDS: [&str; 4] = ["content-digest", "content-md5", "digest", "repr-digest"];

/// What goes with a warrant.
#[derive(Default)]
pub(super) struct Stripped {
    /// The names of fields.
    pub(super) remove: Vec<String>,
    /// The length that the body has then, where it was declared.
    pub(super) length: Option<(&'static str, String)>,
    /// The bytes of the body.
    pub(super) cut: Option<Range<usize>>,
}

/// What goes on of a request, if it is permitted. It is there before anything is remembered of the call, so that a permitted call that
/// was counted is never refused.
pub(super) struct Onward<'r> {
    /// The name by which the server knows the session that the request is in.
    pub(super) mcp_session: Option<&'r str>,
    pub(super) stripped: Stripped,
}

impl Step<'_> {
    /// What goes on of a request of this holder.
    ///
    /// # Errors
    ///
    /// Its session isn't the caller's, or its warrant can't be taken out.
    pub(super) fn onward<'r>(
        &self,
        request: &'r Request,
        holder: Option<&Holder>,
        operation: &Operation<'_>,
        body: &[u8],
    ) -> Result<Onward<'r>, Box<Denial>> {
        let session = holder.map(|holder| self.mcp_session(request, holder));
        Ok(Onward {
            mcp_session: session.transpose()?.flatten(),
            stripped: self.strip_warrant(request, holder, operation, body)?,
        })
    }

    /// A warrant goes on only where the configuration says so, and it was judged. Nothing is touched where there is none.
    fn strip_warrant(
        &self,
        request: &Request,
        holder: Option<&Holder>,
        operation: &Operation<'_>,
        body: &[u8],
    ) -> Result<Stripped, Box<Denial>> {
        let mut stripped = Stripped::default();
        let Some(rules) = self.instance.gate.warrants() else {
            return Ok(stripped);
        };
        let was_judged = holder.is_some_and(|holder| holder.warranted().is_some());
        let goes_on = rules.forward && was_judged;
        let head = &request.head;
        let name = rules.header.as_str();
        let alike = names_like(head, name).into_iter();
        let alike = alike.filter(|field| field.len() == name.len() && !(goes_on && field == name));
        stripped.remove.extend(alike);
        if goes_on || operation.warrant.is_none() {
            return Ok(stripped);
        }
        // It was read from there, so it is there; were it not, the body would be another than was judged.
        let cut = place_of_warrant(request, body)
            .ok_or_else(|| Box::new(Denial::from(Reason::ExchangeOutOfOrder)))?;
        let remaining = body.len().saturating_sub(cut.len());
        stripped.length =
            is_there(head, "content-length").then(|| ("content-length", remaining.to_string()));
        let digests = DIGEST_FIELDS
            .into_iter()
            .filter(|field| is_there(head, field));
        stripped.remove.extend(digests.map(str::to_owned));
        stripped.cut = Some(cut);
        Ok(stripped)
    }
}

fn is_there(head: &Head, field: &str) -> bool {
    head.headers().all(field).next().is_some()
}

/// The bytes of the member that the warrant stands in.
fn place_of_warrant(request: &Request, body: &[u8]) -> Option<Range<usize>> {
    match &request.route.target {
        RouteTarget::Mcp(rules) => {
            let member = rules.warrant_member.as_deref()?;
            place::of_member(body, &["params", "_meta", member])
        }
        RouteTarget::A2a(..) => None,
        RouteTarget::Http(_) => {
            let names = &request.route.terms.warrant_in_body.as_ref()?.names;
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            place::of_member(body, &names)
        }
    }
}
