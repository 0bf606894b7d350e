//! The stages in their order: credential, identity, delegation; then operation and policy.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::authority::{self, Arguments};
use super::parts::{Judged, both};
use super::{Holder, Request, Step, Unmet};
use crate::credential::{self, CredentialError, Place, Presented};
use crate::decision::answer::Answer;
use crate::decision::{Decision, Denial, Reason, Shadow};
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::identity::binding::{Presentation, Proven};
use crate::identity::caller::Caller;
use crate::identity::certificate::ClientCertificate;
use crate::identity::error::IdentityError;
use crate::identity::signature::Signed;
use crate::identity::standing::{self, Grounds, Standing, StandingError};
use crate::identity::verified::Verified;
use crate::identity::{self, binding};
use crate::operation::intent;
use crate::operation::path::NormalPath;
use crate::operation::route::terms::TransactionTokens;
use crate::operation::{self, Operation};
use crate::policy::Facts;
use crate::policy::remediation::Remediation;
use crate::policy::session::Session;
use crate::request::Head;
use crate::tokens::{Admitted, TokenKey};

/// Why there is no caller yet.
pub(super) enum Unadmitted {
    /// There never will be.
    Refused(Box<Refused>),
    /// A document is being fetched without which nothing can be said. If it doesn't come: refused with this reason.
    Pending { otherwise: Reason },
}

/// A refusal, and how far it came.
pub(super) struct Refused {
    pub(super) denial: Denial,
    /// The digest of what was presented.
    pub(super) credential: Option<Digest>,
    pub(super) caller: Option<Verified<Caller>>,
    pub(super) chain: Option<Chain>,
    /// Everything, where it is the route that asks for more.
    pub(super) holder: Option<Holder>,
}

impl<D: Into<Denial>> From<D> for Refused {
    fn from(denial: D) -> Self {
        Self {
            denial: denial.into(),
            credential: None,
            caller: None,
            chain: None,
            holder: None,
        }
    }
}

impl From<Refused> for Unadmitted {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

/// What a request brings to say who it is of.
pub(super) enum Brought<'r> {
    /// A token, to be verified or remembered.
    Token(Presented<'r>),
    /// Its own signature, which is verified already: it is of this one request.
    Signature(Box<Signed>),
    /// The certificate of its connection.
    Certificate(ClientCertificate),
}

impl Step<'_> {
    /// Credential, identity, delegation: who is calling, and on whose behalf; from memory where it was found before.
    /// Nobody, where the only credential may be a warrant, or where nobody needs one.
    pub(super) fn admit(&mut self, request: &Request) -> Result<Option<Holder>, Unadmitted> {
        if request.route.is_published() {
            return Ok(None);
        }
        let Some(brought) = self.brought(request)? else {
            return Ok(None);
        };
        let biscuit = match &brought {
            Brought::Token(presented) => self.biscuit(request, presented),
            Brought::Signature(_) | Brought::Certificate(_) => None,
        };
        let admitted = match (&brought, &biscuit) {
            (_, Some(biscuit)) => self.by_biscuit(request, biscuit),
            (Brought::Token(presented), None) => self.believe(request, presented),
            (Brought::Signature(signed), None) => self.signer(request, signed),
            (Brought::Certificate(certificate), None) => self.certified(request, certificate),
        }?;
        // Before the proof, which counts once: whoever waits for keys here comes back with the same one.
        let transaction = self.transaction(request)?;
        // A credential is remembered, a proof never is; and what was recent enough a minute ago need not be now.
        let Proven {
            possession,
            content,
            next_nonce,
        } = self.prove(request, brought, &admitted.caller)?;
        if let Some(biscuit) = &biscuit {
            self.remember_biscuit(request, biscuit, &admitted);
        }
        let holder = Holder {
            admitted,
            possession,
            transaction,
            warrant: None,
            content,
            next_nonce,
            unmet: None,
        };
        self.meet_terms(request, holder).map(Some)
    }

    /// What the route asks of every caller.
    pub(super) fn meet_terms(
        &self,
        request: &Request,
        holder: Holder,
    ) -> Result<Holder, Unadmitted> {
        let terms = &request.route.terms;
        let Admitted { caller, chain, .. } = &**holder.admitted;
        let unmet = match terms.check(caller, self.now) {
            // What policies ask of tokens is told with it, once it is known what for.
            Err(error) if self.instance.gate.policies().ask_of_tokens(self.now) => {
                let denial = Denial::from(&error);
                let lacks = Remediation {
                    authentication: denial.step_up().cloned().unwrap_or_default(),
                    scopes: terms.scopes.clone(),
                };
                let unmet = Some(Rc::new(Unmet { denial, lacks }));
                return Ok(Holder { unmet, ..holder });
            }
            Err(error) => Some(Denial::from(&error)),
            Ok(()) => Denial::of_mission(chain.mission(), terms.mission_required)
                .or_else(|| Denial::of_intent(caller, chain.mission(), terms.intent_required)),
        };
        match unmet {
            None => Ok(holder),
            Some(denial) => Err(Refused {
                holder: Some(holder),
                ..Refused::from(denial)
            }
            .into()),
        }
    }

    /// A token or, where none is, the request's own signature, or else the certificate of its connection. Neither counts where a
    /// token is, so that there is no choice. Nothing, where a warrant may follow.
    fn brought<'r>(&mut self, request: &'r Request) -> Result<Option<Brought<'r>>, Unadmitted> {
        let rules = self.instance.gate.credential();
        let digest = |token: &str| self.instance.tokens.digest(token);
        let missing = match credential::find_with(&request.head, rules, digest) {
            Ok(presented) => return Ok(Some(Brought::Token(presented))),
            Err(error @ CredentialError::Missing { .. }) => error,
            Err(error) => return Err(Refused::from(&error).into()),
        };
        if let Some(signed) = self.signed(request)? {
            return Ok(Some(Brought::Signature(Box::new(signed))));
        }
        if let Some(certificate) = self.certificate(request)? {
            return Ok(Some(Brought::Certificate(certificate)));
        }
        if self.warrant_may_follow(request) {
            return Ok(None);
        }
        Err(Refused::from(&missing).into())
    }

    /// Is the sender the credential's holder?
    fn prove(
        &self,
        request: &Request,
        brought: Brought<'_>,
        caller: &Verified<Caller>,
    ) -> Result<Proven, Unadmitted> {
        let gate = &self.instance.gate;
        let refused = |denial| Refused {
            credential: Some(caller.digest),
            caller: Some(caller.clone()),
            ..Refused::from(denial)
        };
        match brought {
            Brought::Token(presented) => {
                let issuer = gate.issuer(&caller.domain);
                let of_issuer = issuer.is_some_and(|issuer| issuer.sender_constrained);
                let presentation = Presentation {
                    presented: &presented,
                    head: &request.head,
                    host: self.host,
                    now: self.now,
                    origin: request.route.terms.origin.as_ref(),
                    audience: request.route.audience.as_deref(),
                    body_is_known: request.body_is_known(),
                    binding_required: request.route.terms.sender_constrained || of_issuer,
                    dpop: &self.instance.dpop,
                    certificates: gate.certificates(),
                };
                binding::prove(caller, &presentation)
                    .map_err(|error| refused(Denial::from(&error)).into())
            }
            Brought::Signature(signed) => signed
                .admit(self.instance.dpop.replays(), self.host.store, self.now)
                .map(|possession| Proven {
                    possession,
                    content: signed.content,
                    next_nonce: None,
                })
                .map_err(|error| refused(Denial::from(&error)).into()),
            Brought::Certificate(certificate) => binding::prove_certificate(caller, &certificate)
                .map(|possession| Proven {
                    possession,
                    content: None,
                    next_nonce: None,
                })
                .map_err(|error| refused(Denial::from(&error)).into()),
        }
    }

    /// The credential by itself, from memory where it was verified before. Whether it still stands is asked every time.
    fn believe(
        &mut self,
        request: &Request,
        presented: &Presented<'_>,
    ) -> Result<Standing<Rc<Admitted>>, Unadmitted> {
        let admitted = self.remembered_or_verified(request, presented)?;
        let grounds = Grounds {
            issuers: self.instance.gate.issuers(),
            trust: &mut self.instance.trust,
            verifier: self.host.verifier,
            now: self.now,
        };
        standing::check(Rc::clone(&admitted), grounds).map_err(|error| fallen(&admitted, &error))
    }

    fn remembered_or_verified(
        &mut self,
        request: &Request,
        presented: &Presented<'_>,
    ) -> Result<Rc<Admitted>, Unadmitted> {
        let now = self.now;
        let key = TokenKey {
            route: Arc::clone(&request.route.route),
            credential: presented.digest(),
            place: presented.place(),
        };
        let keys = &self.instance.trust.keys;
        let generation = |admitted: &Admitted| keys.generation(&admitted.caller.domain, now);
        if let Some(admitted) = self.instance.tokens.get(&key, generation, now) {
            return Ok(admitted);
        }
        let verified = identity::verify(
            presented,
            self.instance.gate.issuers(),
            &mut self.instance.trust.keys,
            self.host.verifier,
            now,
            match presented.place() {
                Place::Credential | Place::WorkloadIdentity => request.route.audience.as_deref(),
                // It is for the trust domain and not for one service in it.
                Place::Transaction => None,
            },
        );
        let credential = Some(presented.digest());
        let caller = match verified {
            Ok(caller) => caller,
            Err(error @ IdentityError::KeysPending { .. }) => {
                let otherwise = Reason::from(&error);
                return Err(Unadmitted::Pending { otherwise });
            }
            Err(error) => {
                return Err(Refused {
                    credential,
                    ..Refused::from(&error)
                }
                .into());
            }
        };
        let admitted = self.delegated(request, caller).map_err(|mut refused| {
            refused.credential = credential;
            Unadmitted::Refused(refused)
        })?;
        let admitted = Rc::new(admitted);
        self.remember(key, presented.token(), &admitted);
        Ok(admitted)
    }

    /// What the call is part of, where the route takes that.
    pub(super) fn transaction(
        &mut self,
        request: &Request,
    ) -> Result<Option<Standing<Rc<Admitted>>>, Unadmitted> {
        let wanted = request.route.terms.transaction_tokens;
        if wanted == TransactionTokens::Strip {
            return Ok(None);
        }
        let found = credential::find_transaction(&request.head, self.instance.gate.credential())
            .map_err(|error| Refused::from(&error))?;
        let Some(presented) = found else {
            return if wanted == TransactionTokens::Require {
                Err(Refused::from(Denial::from(Reason::TransactionMissing)).into())
            } else {
                Ok(None)
            };
        };
        let transaction = self.believe(request, &presented).map_err(of_transaction)?;
        if transaction.caller.confirmation.is_some() {
            let denial = Denial::from(Reason::TransactionInvalid);
            return Err(Refused::from(denial.with_detail("it is bound to a key")).into());
        }
        Ok(Some(transaction))
    }

    /// Delegation: on whose behalf the caller acts, and what policy prepares from that.
    pub(super) fn delegated(
        &self,
        request: &Request,
        caller: Verified<Caller>,
    ) -> Result<Admitted, Box<Refused>> {
        let rules = &self.instance.gate.config().delegation;
        match Chain::from_caller(&caller, rules.at(authority::place(&request.route))) {
            Ok(chain) => self.of_chain(request, caller, chain),
            Err(error) => Err(Box::new(Refused {
                caller: Some(caller),
                ..Refused::from(&error)
            })),
        }
    }

    /// What follows from a caller and the chain by which it acts.
    pub(super) fn of_chain(
        &self,
        request: &Request,
        caller: Verified<Caller>,
        chain: Chain,
    ) -> Result<Admitted, Box<Refused>> {
        let proof_required = request.route.terms.attenuation_proven;
        let refused = Denial::of_attenuation(chain.attenuation(), chain.hops(), proof_required);
        let prepared = match refused {
            Some(denial) => Err(Refused::from(denial)),
            None => self
                .instance
                .gate
                .policies()
                .prepare(&caller, &chain)
                .map_err(|error| Refused::from(&error)),
        };
        match prepared {
            Ok(principal) => Ok(Admitted::new(caller, chain, principal)),
            Err(refused) => Err(Box::new(Refused {
                caller: Some(caller),
                chain: Some(chain),
                ..refused
            })),
        }
    }

    fn remember(&mut self, key: TokenKey, token: &str, admitted: &Rc<Admitted>) {
        let issuer = self.instance.gate.issuer(&admitted.caller.domain);
        let generation = self
            .instance
            .trust
            .keys
            .generation(&admitted.caller.domain, self.now);
        if let (Some(issuer), Some(generation)) = (issuer, generation) {
            let until = admitted.caller.expires_at.after(issuer.clock_skew);
            self.instance
                .tokens
                .insert(key, Some(token), Rc::clone(admitted), until, generation);
        }
    }

    /// What policies can know of a request beside its token and its operation.
    pub(super) fn facts<'f>(
        &self,
        request: &'f Request,
        holder: &'f Holder,
        target: &'f Target<'_>,
        session: Option<&'f Session<'f>>,
    ) -> Facts<'f> {
        Facts {
            now: self.now,
            method: request.head.method(),
            host: &target.host,
            path: target.path.as_ref().map(NormalPath::as_str),
            possession: holder.possession.name(),
            session,
            transaction: holder.transaction.as_ref().map(|of| &of.caller),
            warrant: holder.warranted().map(|of| (&of.caller, &of.chain)),
            lacks: holder.unmet.as_deref().map(|unmet| &unmet.lacks),
        }
    }

    /// Is it what the credential says that the work is, and within the authority of everybody behind it and the warrant?
    pub(super) fn within_authority(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
        arguments: Arguments,
    ) -> Result<(), Box<Denial>> {
        intent::check(&holder.admitted.caller, operation)
            .map_err(|error| Box::new(Denial::from(&error)))?;
        let beside = holder.warrant.iter().map(|of| &of.chain);
        std::iter::once(&holder.admitted.chain)
            .chain(beside)
            .try_for_each(|chain| {
                authority::check(chain, &request.route, operation, arguments, self.now)
            })
    }

    /// Do the caller's authority and policy allow it, and everything that it is to follow? And would they, had shadows counted,
    /// where that is something else.
    pub(super) fn permit(
        &self,
        request: &Request,
        holder: &Holder,
        operation: &Operation<'_>,
        facts: &Facts<'_>,
    ) -> Judged {
        let principal = &holder.admitted.principal;
        let one = |operation: &Operation<'_>| {
            let within = self.within_authority(request, holder, operation, Arguments::Stated);
            if let Err(denial) = within {
                return (Decision::Deny(*denial), None);
            }
            let judged = self
                .instance
                .gate
                .policies()
                .decide(principal, operation, facts);
            (
                Decision::from(judged.verdict),
                judged.shadow.map(Shadow::from),
            )
        };
        let mut judged = one(operation);
        for (followed, number) in operation.followed().zip(1..) {
            // Nothing that follows changes that any more, but what shadows would have made of it.
            let is_final = matches!(&judged.0, Decision::Deny(denial) if !denial.is_for_token());
            if is_final && !self.instance.gate.policies().try_shadows(self.now) {
                break;
            }
            let (decision, shadow) = one(&followed);
            let decision = match decision {
                Decision::Deny(denial) => Decision::Deny(of_part(operation, number, denial)),
                allowed @ Decision::Allow(_) => allowed,
            };
            judged = both(judged, (decision, shadow));
        }
        judged
    }
}

/// The denial of something that an operation does beside: of a batch, which of its messages is at fault.
pub(super) fn of_part(operation: &Operation<'_>, number: usize, denial: Denial) -> Denial {
    if operation.messages.is_empty() {
        denial
    } else {
        denial.of_message(number)
    }
}

/// Where a request is for, as routes compare it.
pub(super) struct Target<'r> {
    path: Option<NormalPath<'r>>,
    host: Cow<'r, str>,
}

impl<'r> Target<'r> {
    pub(super) fn of(head: &'r Head) -> Self {
        Self {
            path: NormalPath::of_target(head.target()).ok(),
            // A host that isn't understood has no route, so it never comes this far.
            host: operation::host_of_authority(head.authority()).unwrap_or_default(),
        }
    }
}

/// Why a verified credential doesn't count.
pub(super) fn fallen(admitted: &Admitted, error: &StandingError) -> Unadmitted {
    if error.is_pending() {
        let otherwise = Reason::from(error);
        return Unadmitted::Pending { otherwise };
    }
    let refused = Refused {
        credential: Some(admitted.caller.digest),
        caller: Some(admitted.caller.clone()),
        chain: Some(admitted.chain.clone()),
        ..Refused::from(error)
    };
    refused.into()
}

/// Why a transaction token is refused: under a reason of its own, lest a client takes its own credential for bad; but what
/// could not be found out is no fault of the token's.
fn of_transaction(unadmitted: Unadmitted) -> Unadmitted {
    let Unadmitted::Refused(refused) = unadmitted else {
        return unadmitted;
    };
    if refused.denial.reason().answer() == Answer::Unavailable {
        return Unadmitted::Refused(refused);
    }
    let denial = Denial::from(Reason::TransactionInvalid);
    let detail = refused.denial.detail().unwrap_or_default();
    Refused::from(denial.with_detail(detail)).into()
}
