//! A request whose sender is known, as far as it is by its head: what is asked, and whether that is permitted.

use super::answer::Findings;
use super::asked::{Asks, Known, Stage};
use super::judge::{Refused, Target, Unadmitted};
use super::recorded::{Recorded, Withheld};
use super::stripped::Onward;
use super::warranted::Warranted;
use super::{Effect, Holder, Request, State, Step};
use crate::decision::{Decision, Denial};
use crate::delegation::aat::Judged;
use crate::operation::route::RouteTarget;
use crate::operation::{self, Operation, Refusal};
use crate::policy::Policies;
use crate::policy::session::Session;
use crate::policy::session::service::Across;

/// What was decided about a call.
type Decided = Result<Recorded, Box<Withheld>>;

impl Step<'_> {
    /// Operation and policy: what is asked, and whether that is permitted.
    pub(super) fn decide(
        &mut self,
        request: Box<Request>,
        holder: Option<Holder>,
        body: &[u8],
    ) -> (State, Effect) {
        self.decide_knowing(request, holder, body, &Known::NOTHING)
    }

    /// The same, once it is known what the session has done at other gateways.
    pub(super) fn decide_knowing(
        &mut self,
        request: Box<Request>,
        holder: Option<Holder>,
        body: &[u8],
        known: &Known,
    ) -> (State, Effect) {
        // Whoever has to ask first comes back with what the sender was known by.
        let asks = self.instance.service().is_some();
        let sender = asks.then(|| holder.clone());
        match self.judge(&request, holder, body, known) {
            Ok(decided) => decided,
            Err(asks) => self.ask(request, sender.flatten(), body, asks),
        }
    }

    fn judge(
        &mut self,
        request: &Request,
        holder: Option<Holder>,
        body: &[u8],
        known: &Known,
    ) -> Result<(State, Effect), Asks> {
        let sender = holder.as_ref();
        let findings = sender.map_or_else(
            || Findings::of(request),
            |holder| Findings::of_holder(request, holder),
        );
        if let Some(content) = sender.and_then(|holder| holder.content.as_ref())
            && let Err(error) = content.check(body)
        {
            return Ok(self.refuse(&findings, &Denial::from(&error)));
        }
        let operation = match read(request, body) {
            Ok(operation) => operation,
            Err(refusal) => {
                let findings = Findings {
                    rpc_id: refusal.rpc_id.as_deref(),
                    batch_ids: &refusal.batch_ids,
                    ..findings
                };
                // Whoever is permitted nothing here isn't told what could be asked.
                let unmet = sender.and_then(|holder| holder.unmet.as_ref());
                let denial = unmet.map(|unmet| unmet.denial.clone());
                let denial = denial.unwrap_or_else(|| Denial::from(&refusal));
                return Ok(self.refuse(&findings, &denial));
            }
        };
        if let Some(permit) = Policies::publish(&request.route, &operation) {
            let findings = Findings {
                operation: Some(&operation),
                ..findings
            };
            let published = Recorded::nothing(permit, None);
            return Ok(match self.onward(request, None, &operation, body) {
                Ok(onward) => self.forward(request, None, &findings, published, onward),
                Err(denial) => self.refuse(&findings, &denial),
            });
        }
        let warranted = match self.warranted(request, holder, &operation) {
            Ok(warranted) => warranted,
            Err(unadmitted) => return Ok(self.refuse_call(request, unadmitted, &operation)),
        };
        self.judge_call(request, warranted, &operation, body, known)
    }

    /// The call itself, whose caller is known.
    fn judge_call(
        &mut self,
        request: &Request,
        warranted: Warranted,
        operation: &Operation<'_>,
        body: &[u8],
        known: &Known,
    ) -> Result<(State, Effect), Asks> {
        let Warranted { holder, proof } = warranted;
        let findings = Findings {
            operation: Some(operation),
            decided_alone: matches!(known.across, Across::Alone),
            ..Findings::of_holder(request, &holder)
        };
        let onward = match self.onward(request, Some(&holder), operation, body) {
            Ok(onward) => onward,
            Err(denial) => return Ok(self.refuse(&findings, &denial)),
        };
        let decided = self.decided(request, &holder, operation, proof, known)?;
        Ok(self.carry_out(request, &holder, findings, decided, onward))
    }

    /// Policy's judgement, and what follows from it; or what has to be asked first. The service counts last of all, so that of
    /// what can be refused here nothing is counted elsewhere.
    fn decided(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
        proof: Option<Judged>,
        known: &Known,
    ) -> Result<Decided, Asks> {
        let target = Target::of(&request.head);
        let session = self.session(holder, &known.across);
        let facts = self.facts(request, holder, &target, session.as_ref());
        let judged = self.permit(request, holder, operation, &facts);
        if let Some(unmet) = &holder.unmet {
            let denial = all_that_lacks(&unmet.denial, &judged.0);
            return Ok(Err(Withheld::because(denial, None)));
        }
        let asks = |question, stage| Asks {
            question,
            stage,
            caller: Box::new(holder.clone()),
        };
        if let Some(question) = session.as_ref().and_then(Session::look) {
            return Err(asks(question, Stage::Look));
        }
        let unfit = self.check_batch(operation).err();
        let (permit, shadow) = match (judged, unfit) {
            ((Decision::Allow(permit), shadow), None) => (permit, shadow),
            ((Decision::Allow(_), shadow), Some(unfit)) => {
                return Ok(Err(Withheld::because(*unfit, shadow)));
            }
            // Nobody is to log in for what is refused afterwards.
            ((Decision::Deny(denial), shadow), Some(unfit)) if denial.is_for_token() => {
                return Ok(Err(Withheld::because(*unfit, shadow)));
            }
            ((Decision::Deny(denial), shadow), _) => {
                return Ok(Err(Withheld::because(denial, shadow)));
            }
        };
        if let Err(denial) = self.check_tasks(request, holder, operation) {
            return Ok(Err(Withheld::because(*denial, shadow)));
        }
        let taking = self.taking(session.as_ref(), operation).and_then(|taking| {
            // It was used up before the service counted the call.
            let unused = proof.filter(|_| known.stage != Some(Stage::Take));
            unused.map_or(Ok(()), |proof| self.use_up(proof))?;
            Ok(taking)
        });
        match taking {
            Ok(Some(question)) => Err(asks(question, Stage::Take)),
            Ok(None) => Ok(self.record(request, holder, operation, &facts, (permit, shadow))),
            Err(denial) => Ok(Err(Withheld::because(*denial, shadow))),
        }
    }

    fn carry_out(
        &mut self,
        request: &Request,
        holder: &Holder,
        findings: Findings<'_>,
        decided: Decided,
        onward: Onward<'_>,
    ) -> (State, Effect) {
        let shadow = match &decided {
            Ok(recorded) => recorded.shadow.clone(),
            Err(withheld) => withheld.shadow.clone(),
        };
        let findings = Findings {
            shadow: shadow.as_ref(),
            ..findings
        };
        match decided {
            Ok(recorded) => self.forward(request, Some(holder), &findings, recorded, onward),
            Err(withheld) => self.refuse(&findings, &withheld.denial),
        }
    }

    /// Refuses a call whose warrant doesn't count.
    fn refuse_call(
        &mut self,
        request: &Request,
        unadmitted: Unadmitted,
        operation: &Operation<'_>,
    ) -> (State, Effect) {
        let refused = match unadmitted {
            Unadmitted::Refused(refused) => refused,
            // Deny-lists, or the keys of a transaction token. A request with its body no longer waits: it is asked to come again.
            Unadmitted::Pending { otherwise } => Box::new(Refused::from(Denial::from(otherwise))),
        };
        let findings = Findings {
            operation: Some(operation),
            ..Findings::of_refused(request, &refused)
        };
        self.refuse(&findings, &refused.denial)
    }
}

/// What a token lacks for any request to the route, with what policies would have of it for this one.
fn all_that_lacks(unmet: &Denial, judged: &Decision) -> Denial {
    let more = match judged {
        Decision::Deny(denial) if denial.is_for_token() => unmet.and(denial),
        Decision::Deny(_) | Decision::Allow(_) => None,
    };
    more.unwrap_or_else(|| unmet.clone())
}

/// What the route takes the request for.
pub(super) fn read<'r>(request: &'r Request, body: &'r [u8]) -> Result<Operation<'r>, Refusal> {
    match &request.route.target {
        RouteTarget::Mcp(rules) => operation::mcp::read(rules, &request.head, body),
        RouteTarget::A2a(rules, place) => operation::a2a::read(rules, place, &request.head, body),
        RouteTarget::Http(target) => {
            let place = request.route.terms.warrant_in_body.as_deref();
            operation::http::read(target.clone(), &request.head, place, body).map_err(Refusal::from)
        }
    }
}
