//! Which of what a server lists its caller could use.

use super::super::judge::Target;
use super::super::{Holder, Request, Step};
use super::Asked;
use crate::json::place;
use crate::operation::mcp::listing::{Listed, ListingError, narrow};
use crate::operation::route::RouteTarget;
use crate::operation::route::terms::Warrants;
use crate::operation::{Operation, Protocol};
use crate::policy::Facts;
use crate::policy::possible::Unknown;

impl Step<'_> {
    /// A message with only what the caller could use in its lists; nothing where that is all of it.
    pub(super) fn narrowed(
        &self,
        asked: &Asked,
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, ListingError> {
        let Asked {
            request, holder, ..
        } = asked;
        let target = Target::of(&request.head);
        let session = self.session(holder);
        let facts = self.facts(request, holder, &target, session.as_ref());
        let cuts = narrow(message, &mut |listed| self.could_use(asked, listed, &facts))?;
        Ok((!cuts.is_empty()).then(|| place::without(message, &cuts)))
    }

    /// Could a request of the same caller for this be permitted, if it came now and in the same way? What the request would bring
    /// beside that is taken to be what helps: its arguments and, where none came with this one, a warrant.
    fn could_use(&self, asked: &Asked, listed: Listed<'_>, facts: &Facts<'_>) -> bool {
        let Asked {
            request,
            holder,
            operation,
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
        // Authority names resources one by one, so nothing can be said of a template.
        let is_within = unknown.resource
            || (self.within_biscuits(request, holder, &operation)
                && self.within_authority(request, holder, &operation).is_ok());
        let principal = &holder.admitted.principal;
        let policies = self.instance.gate.policies();
        is_within && policies.could_permit(principal, &operation, facts, unknown)
    }

    fn takes_warrants(&self, request: &Request) -> bool {
        self.instance.gate.warrants().is_some() && request.route.terms.warrants != Warrants::Ignore
    }

    /// Is it within the Biscuits that came with the request, as credential or as warrant?
    fn within_biscuits(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
    ) -> bool {
        let possession = Some(&*holder.possession);
        let beside = holder.warrant.iter().map(|of| &***of);
        std::iter::once(&**holder.admitted)
            .chain(beside)
            .all(|admitted| {
                self.within_biscuit(request, admitted, possession, operation)
                    .is_ok()
            })
    }
}
