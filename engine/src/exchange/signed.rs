//! Requests that are signed instead of bringing a token.

use std::rc::Rc;

use super::judge::{Refused, Unadmitted, fallen};
use super::{Holder, Request, Step};
use crate::decision::Reason;
use crate::identity::binding::target::Origin;
use crate::identity::signature::agent;
use crate::identity::signature::error::HttpSignatureError;
use crate::identity::signature::input::{Signature, Signatures};
use crate::identity::signature::{self, Signed};
use crate::identity::standing;

impl Step<'_> {
    /// The request's own signature, where signatures are accepted and it has one that is meant for this.
    pub(super) fn signature(&self, request: &Request) -> Result<Option<Signature>, Unadmitted> {
        if self.instance.gate.signature_agents().is_empty() {
            return Ok(None);
        }
        let read = || {
            Signatures::read(request.head.headers())?.map_or(Ok(None), |all| all.tagged(agent::TAG))
        };
        read().map_err(|error| Refused::from(&error).into())
    }

    /// Who signed: verified anew for each request, and never remembered.
    pub(super) fn admit_signed(
        &mut self,
        request: &Request,
        signature: &Signature,
    ) -> Result<Holder, Unadmitted> {
        let signed = self.verify(request, signature).map_err(unadmitted)?;
        let digest = signed.caller.digest;
        let admitted = self
            .delegated(signed.caller.clone())
            .map_err(|mut refused| {
                refused.credential = Some(digest);
                Unadmitted::Refused(refused)
            })?;
        let admitted = Rc::new(admitted);
        let trust = &mut self.instance.trust;
        let admitted = standing::check_revocations(Rc::clone(&admitted), trust, self.now)
            .map_err(|error| fallen(&admitted, &error))?;
        // Before the nonce, which counts once: whoever waits for keys here comes back with the same one.
        let transaction = self.transaction(request)?;
        let replays = self.instance.dpop.replays();
        let possession = signed
            .admit(replays, self.host.store, self.now)
            .map_err(|error| Refused {
                credential: Some(digest),
                caller: Some(signed.caller),
                ..Refused::from(&error)
            })?;
        self.on_terms(
            request,
            Holder {
                admitted,
                possession,
                transaction,
                content: signed.content,
            },
        )
    }

    fn verify(
        &mut self,
        request: &Request,
        signature: &Signature,
    ) -> Result<Signed, HttpSignatureError> {
        let head = &request.head;
        let origin = match &request.route.terms.origin {
            Some(origin) => origin.clone(),
            None => Origin::new(head.scheme(), head.authority())?,
        };
        let judge = signature::Judge {
            agents: self.instance.gate.signature_agents(),
            keys: &mut self.instance.trust.agent_keys,
            verifier: self.host.verifier,
            now: self.now,
        };
        let signed = judge.verify(signature, head, &origin)?;
        // What is known to be nothing needs not be read.
        let body_is_known = request.end_of_stream || request.needs_body();
        if signed.content.is_some() && !body_is_known {
            return Err(HttpSignatureError::ContentNotRead);
        }
        Ok(signed)
    }
}

fn unadmitted(error: HttpSignatureError) -> Unadmitted {
    if matches!(error, HttpSignatureError::KeysPending { .. }) {
        let otherwise = Reason::from(&error);
        return Unadmitted::Pending { otherwise };
    }
    Refused::from(&error).into()
}
