//! Requests that are signed instead of bringing a token.

use std::rc::Rc;

use super::judge::{Refused, Unadmitted, fallen};
use super::{Request, Step};
use crate::decision::Reason;
use crate::identity::binding::target::Origin;
use crate::identity::signature::agent;
use crate::identity::signature::error::HttpSignatureError;
use crate::identity::signature::input::{Signature, Signatures};
use crate::identity::signature::{self, Signed};
use crate::identity::standing::{self, Standing};
use crate::tokens::Admitted;

impl Step<'_> {
    /// The request's own signature, where signatures are accepted and it has one that is meant for this: verified anew for each
    /// request, and never remembered.
    pub(super) fn signed(&mut self, request: &Request) -> Result<Option<Signed>, Unadmitted> {
        if self.instance.gate.signature_agents().is_empty() {
            return Ok(None);
        }
        let read = || {
            Signatures::read(request.head.headers())?.map_or(Ok(None), |all| all.tagged(agent::TAG))
        };
        read()
            .and_then(|signature| {
                signature
                    .map(|signature| self.verify(request, &signature))
                    .transpose()
            })
            .map_err(unadmitted)
    }

    /// Who signed, and stands.
    pub(super) fn signer(
        &mut self,
        request: &Request,
        signed: &Signed,
    ) -> Result<Standing<Rc<Admitted>>, Unadmitted> {
        let admitted = self
            .delegated(request, signed.caller.clone())
            .map_err(|mut refused| {
                refused.credential = Some(signed.caller.digest);
                Unadmitted::Refused(refused)
            })?;
        let admitted = Rc::new(admitted);
        standing::check_revocations(Rc::clone(&admitted), &mut self.instance.trust, self.now)
            .map_err(|error| fallen(&admitted, &error))
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
        if signed.content.is_some() && !request.body_is_known() {
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
