//! Which of what a server lists its caller could use, and which tasks are the caller's.

use super::super::authority::Arguments;
use super::super::judge::Target;
use super::super::{Holder, Request, Step};
use super::{Asked, Look};
use crate::delegation::biscuit::token::Token;
use crate::operation::Protocol;
use crate::operation::mcp::listing::{Element, Listed, ListingError, narrow};
use crate::operation::route::RouteTarget;
use crate::operation::route::terms::Warrants;
use crate::policy::Facts;
use crate::policy::possible::Unknown;
use crate::policy::session::service::Across;
use crate::tokens::Admitted;

impl Step<'_> {
    /// A message with only what the caller could use in its lists; nothing where that is all of it.
    pub(super) fn narrowed(
        &self,
        asked: &Asked,
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, ListingError> {
        let Asked {
            request,
            holder,
            look,
            bound,
            ..
        } = asked;
        let Look::Lists(lists) = *look else {
            return Ok(None);
        };
        let target = Target::of(&request.head);
        // Of what other gateways know, nothing: the call itself is judged by that.
        let session = self.session(holder, &Across::Alone);
        let facts = self.facts(request, holder, &target, session.as_ref());
        // What a Biscuit's checks take, all elements together: as much as for one call.
        let tokens = admitted(holder).filter_map(|admitted| admitted.biscuit.as_ref());
        let mut steps = tokens.map(Token::most_steps).max().unwrap_or_default();
        let mut keep = |element: Element<'_>| match element {
            Element::Usable(listed) => self.could_use(asked, listed, &facts, &mut steps),
            Element::Task(id) => bound.as_ref().is_some_and(|bound| self.has_task(bound, id)),
        };
        narrow(message, lists, asked.operation.protocol, &mut keep)
    }

    /// Could a request of the same caller for this be permitted, if it came now and in the same way? What the request would bring
    /// beside that is taken to be what helps: its arguments and, where none came with this one, a warrant. Biscuits are asked last,
    /// since they cost most and anybody may add checks to one; where no steps are left for them, it couldn't.
    fn could_use(
        &self,
        asked: &Asked,
        listed: Listed<'_>,
        facts: &Facts<'_>,
        steps: &mut u64,
    ) -> bool {
        let Asked {
            request,
            holder,
            operation,
            ..
        } = asked;
        let (RouteTarget::Mcp(rules), Protocol::Mcp(revision)) =
            (&request.route.target, operation.protocol)
        else {
            return false;
        };
        let operation = listed.operation(&rules.server, revision);
        let unknown = Unknown {
            arguments: matches!(listed, Listed::Tool(_)),
            resource: matches!(listed, Listed::Template(_)),
            warrant: facts.warrant.is_none() && self.takes_warrants(request),
        };
        let principal = &holder.admitted.principal;
        let policies = self.instance.gate.policies();
        if !policies.could_permit(principal, &operation, facts, unknown) {
            return false;
        }
        // Authority names resources one by one, so nothing can be said of a template.
        if unknown.resource {
            return true;
        }
        let arguments = if unknown.arguments {
            Arguments::Unknown
        } else {
            Arguments::Stated
        };
        let possession = Some(&*holder.possession);
        self.within_authority(request, holder, &operation, arguments)
            .is_ok()
            && admitted(holder).all(|admitted| {
                self.could_be_within_biscuit(request, admitted, possession, &operation, steps)
            })
    }

    fn takes_warrants(&self, request: &Request) -> bool {
        self.instance.gate.warrants().is_some() && request.route.terms.warrants != Warrants::Ignore
    }
}

/// What the request's credential admits, and its warrant.
fn admitted(holder: &Holder) -> impl Iterator<Item = &Admitted> {
    let beside = holder.warrant.iter().map(|of| &***of);
    std::iter::once(&**holder.admitted).chain(beside)
}
