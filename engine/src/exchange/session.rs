//! Sessions of MCP servers, bound to whom they were begun by.
//!
//! A server names a session in its answer to `initialize`. The client is told another name: the server's, behind a mark over the
//! route and its server, the issuer, the agent and the user that only the gate can make. So the gate remembers no session, and knows
//! again whose one is whichever worker or replica is asked, as long as they have one secret.

use super::{HeaderChanges, Holder, Request, Step};
use crate::decision::{Denial, Reason};
use crate::delegation::biscuit::token::Token;
use crate::digest::Digest;
use crate::operation::Action;
use crate::operation::mcp::SESSION;
use crate::operation::route::RouteTarget;
use crate::request::Headers;

const PURPOSE: &[u8] = b"mcp session";

/// The longest name of a session that a server may give, in bytes.
pub(super) const LONGEST: usize = 512;

impl Step<'_> {
    /// The name by which the server knows the session that a request is in; none where it is in none.
    ///
    /// # Errors
    ///
    /// The session isn't one of this caller's on this route.
    pub(super) fn mcp_session<'r>(
        &self,
        request: &'r Request,
        holder: &Holder,
    ) -> Result<Option<&'r str>, Box<Denial>> {
        let RouteTarget::Mcp(_) = &request.route.target else {
            return Ok(None);
        };
        let unknown = || Box::new(Denial::from(Reason::McpSessionUnknown));
        let stated = request.head.headers().single(SESSION);
        let Some(stated) = stated.map_err(|error| Box::new(Denial::from(&error)))? else {
            return Ok(None);
        };
        let (mark, name) = stated.split_once('.').ok_or_else(unknown)?;
        let nonces = self.instance.dpop.nonces();
        let (server, key) = (super::tasks::server(request), key(holder));
        let parts = parts(&server, holder, key.as_ref(), name);
        if nonces.is_mark(mark, PURPOSE, &parts, self.host.store) {
            Ok(Some(name))
        } else {
            Err(unknown())
        }
    }

    /// What to change in the head of the answer to an `initialize`, so that the session that it names is the caller's alone.
    ///
    /// # Errors
    ///
    /// What it says of a session is no session's name.
    pub(super) fn begun_session(
        &self,
        request: &Request,
        holder: &Holder,
        answer: &Headers,
    ) -> Result<HeaderChanges, &'static str> {
        let named = answer.single(SESSION);
        let named = named.map_err(|_| "`mcp-session-id` stands there twice, or isn't text")?;
        let Some(name) = named else {
            return Ok(HeaderChanges::default());
        };
        let is_name =
            (1..=LONGEST).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name {
            return Err("`mcp-session-id` is not 1 to 512 visible ASCII characters");
        }
        let nonces = self.instance.dpop.nonces();
        let (server, key) = (super::tasks::server(request), key(holder));
        let parts = parts(&server, holder, key.as_ref(), name);
        let mark = nonces.mark(PURPOSE, &parts, self.host.store);
        Ok(HeaderChanges {
            set: vec![(SESSION, format!("{mark}.{name}"))],
            ..HeaderChanges::default()
        })
    }
}

/// The key that the caller's Biscuit is bound to, where one is: all that were made from one share their subject, so that this alone
/// tells their holders apart.
pub(super) fn key(holder: &Holder) -> Option<Digest> {
    let biscuit = holder.admitted.biscuit.as_ref();
    biscuit.and_then(Token::holder)
}

/// What a session's mark is over: the same for every token of one caller.
fn parts<'p>(
    server: &'p Digest,
    holder: &'p Holder,
    key: Option<&'p Digest>,
    name: &'p str,
) -> [&'p [u8]; 8] {
    let [domain, issuer, agent, is_for, user, key] = parties(holder, key);
    let server = server.as_bytes();
    [
        server,
        domain,
        issuer,
        agent,
        is_for,
        user,
        key,
        name.as_bytes(),
    ]
}

/// Who a caller is, the same for every token of theirs: the issuer that says so, the agent, whether it acts for a user, that one, and the
/// [`key`]. The issuer is told by its identifier too, for its short name is another's in another gate's configuration, with which the
/// secret of marks and the memory of tasks may be shared.
pub(super) fn parties<'p>(holder: &'p Holder, key: Option<&'p Digest>) -> [&'p [u8]; 6] {
    let caller = &holder.admitted.caller;
    let principal = &holder.admitted.principal;
    let user = principal.user();
    [
        caller.domain.0.as_bytes(),
        caller.issuer.as_bytes(),
        principal.agent().as_bytes(),
        if user.is_some() { b"for" } else { b"" },
        user.unwrap_or_default().as_bytes(),
        key.map_or(&[][..], |key| key.as_bytes()),
    ]
}

/// Lets the server hear its own name of a session, and the client none but the one that it has: in the answer to an `initialize`
/// [`Step::begun_session`] renames it, every other says nothing of it.
pub(super) fn rename_session(
    request: &Request,
    action: Option<Action>,
    session: Option<&str>,
    headers: &mut HeaderChanges,
    response: &mut HeaderChanges,
) {
    let RouteTarget::Mcp(_) = &request.route.target else {
        return;
    };
    // Also what a server could take for it.
    headers
        .remove
        .extend(super::answer::names_like(&request.head, SESSION));
    if let Some(name) = session {
        headers.set.push((SESSION, name.to_owned()));
    }
    if action != Some(Action::Initialize) {
        response.remove.push(SESSION.to_owned());
    }
}
