//! Calls that come with a warrant: beside another credential, which says who calls, or as the only one.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::biscuits::Carried;
use super::judge::{Refused, Unadmitted, fallen};
use super::{Holder, Request, Step};
use crate::credential::{CredentialError, Place};
use crate::decision::Denial;
use crate::delegation::aat::{
    self, Call, Judged, Nonce, Presentation, VerifiedChain, chain_digest, verify_chain,
};
use crate::delegation::biscuit::token::Token;
use crate::delegation::warrant::{self, Rules, Warrant, WarrantError};
use crate::digest::Digest;
use crate::identity::binding::Possession;
use crate::identity::caller::Caller;
use crate::identity::documents::Generation;
use crate::identity::error::IdentityError;
use crate::identity::holder::{self, Holding};
use crate::identity::standing::{self, Standing};
use crate::identity::verified::Verified;
use crate::json::Object;
use crate::operation::route::RouteTarget;
use crate::operation::route::terms::Warrants;
use crate::operation::{Action, Operation, Protocol, Resource};
use crate::tokens::{Admitted, TokenKey};

/// The longest chain that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 16 * 1024;

/// What a call with a warrant is judged by from here on.
pub(super) struct Warranted {
    pub(super) holder: Holder,
    /// The warrant's proof, which counts once; to be used up when nothing else can refuse the call any more.
    pub(super) proof: Option<Judged>,
}

/// A warrant that stands and allows the call, and where its format has one, the proof over this call by its last holder.
type Proven = (Standing<Rc<Admitted>>, Option<Judged>);

impl Step<'_> {
    /// May a request do without a credential so far, because it has a warrant, or its body could hold one?
    pub(super) fn warrant_may_follow(&self, request: &Request) -> bool {
        let head = &request.head;
        let Some(rules) = self.instance.gate.warrants() else {
            return false;
        };
        let has_one = head.headers().all(rules.header.as_str()).next().is_some();
        let body_may = match request.route.target {
            RouteTarget::Http(_) => request.needs_body(),
            RouteTarget::Mcp(_) => request.needs_body() && head.method() == "POST",
            RouteTarget::A2a(..) => false,
        };
        request.route.terms.warrants != Warrants::Ignore && (has_one || body_may)
    }

    /// Judges the call by its warrant, if it has one. Whoever sends no other credential is the holder of the warrant's last key.
    pub(super) fn warranted(
        &mut self,
        request: &Request,
        holder: Option<Holder>,
        operation: &Operation<'_>,
    ) -> Result<Warranted, Unadmitted> {
        let own = holder.as_ref().map_or(Ok(()), |holder| {
            let possession = Some(&*holder.possession);
            self.within_biscuit(request, &holder.admitted, possession, operation)
                .map_err(|denial| Refused::from(*denial).into())
        });
        let proven = own.and_then(|()| self.proven_warrant(request, holder.as_ref(), operation));
        let proven = match proven {
            Ok(proven) => proven,
            // Whoever was verified by another credential is who called, whatever the warrant was.
            Err(Unadmitted::Refused(mut refused)) if holder.is_some() => {
                refused.holder = holder;
                return Err(Unadmitted::Refused(refused));
            }
            Err(unadmitted) => return Err(unadmitted),
        };
        match (proven, holder) {
            (None, holder) => self.unwarranted(holder),
            (Some((admitted, proof)), Some(holder)) => Ok(Warranted {
                holder: Holder {
                    warrant: Some(admitted),
                    ..holder
                },
                proof,
            }),
            (Some((admitted, proof)), None) => Ok(Warranted {
                holder: self.holder_of_warrant(request, admitted, proof.as_ref())?,
                proof,
            }),
        }
    }

    /// The warrant and its proof over this call; nothing where none is asked for and none came.
    fn proven_warrant(
        &mut self,
        request: &Request,
        holder: Option<&Holder>,
        operation: &Operation<'_>,
    ) -> Result<Option<Proven>, Unadmitted> {
        let wanted = request.route.terms.warrants;
        let Some(rules) = self.instance.gate.warrants().cloned() else {
            return Ok(None);
        };
        let refused = |error: &WarrantError| Refused::from(Denial::from(error));
        if wanted == Warrants::Ignore {
            // It would limit the call where it is read, so a call that brings it is not let through without.
            return if rules.is_meant(&request.head) || operation.warrant.is_some() {
                Err(refused(&WarrantError::NotRead).into())
            } else {
                Ok(None)
            };
        }
        let in_header = rules
            .in_header(&request.head)
            .map_err(|error| refused(&error))?;
        let found = warrant::only(in_header.as_ref(), operation.warrant.as_ref());
        let found = found.map_err(|error| refused(&error))?;
        let asked = Asked::of(operation);
        // Whether or not there are any for it.
        let is_needed = wanted == Warrants::Require && !operation.is_any_use();
        match (found, asked) {
            (Some(Warrant::Aat(presentation)), Some(asked)) => {
                self.proven_chain(request, &rules, &presentation, holder, &asked)
            }
            (Some(Warrant::Biscuit(text)), _) => {
                self.proven_biscuit(request, &Carried::warrant(text), holder, operation)
            }
            // It is about tools, so that it would limit nothing of what an agent is asked.
            (Some(Warrant::Aat(_)), None) if matches!(operation.protocol, Protocol::A2a(_)) => {
                return Err(refused(&WarrantError::NotRead).into());
            }
            // It would limit the calls that are in it.
            (Some(Warrant::Aat(_)), None) if operation.action == Action::Batch => {
                return Err(refused(&WarrantError::NotRead).into());
            }
            (Some(Warrant::Aat(_)), None) if is_needed => {
                return Err(refused(&WarrantError::Missing).into());
            }
            (None, _) if is_needed && !has_biscuit(holder) => {
                return Err(refused(&WarrantError::Missing).into());
            }
            (_, None) | (None, Some(_)) => return Ok(None),
        }
        .map(Some)
    }

    /// A chain of tokens, and the proof over this call by the last one's holder.
    fn proven_chain(
        &mut self,
        request: &Request,
        rules: &Rules,
        presentation: &Presentation<'_>,
        holder: Option<&Holder>,
        asked: &Asked<'_>,
    ) -> Result<Proven, Unadmitted> {
        let refused = |error: &WarrantError| Refused::from(Denial::from(error));
        let Some(aat) = &rules.aat else {
            return Err(refused(&WarrantError::OtherFormat { format: "aat" }).into());
        };
        let admitted = self.by_chain(request, rules, aat, presentation)?;
        meets_route(request, &admitted).map_err(|error| refused(&error))?;
        let proof = self
            .prove_call(aat, &admitted, presentation, asked)
            .map_err(|denial| at_call(*denial, &admitted, holder))?;
        self.remember_chain(request, presentation, &admitted);
        Ok((admitted, Some(proof)))
    }

    /// A Biscuit that allows the call, by what is proven beside it.
    fn proven_biscuit(
        &mut self,
        request: &Request,
        carried: &Carried<'_>,
        holder: Option<&Holder>,
        operation: &Operation<'_>,
    ) -> Result<Proven, Unadmitted> {
        let admitted = self.by_biscuit(request, carried)?;
        let possession = holder.map(|holder| &*holder.possession);
        self.within_biscuit(request, &admitted, possession, operation)
            .map_err(|denial| at_call(*denial, &admitted, holder))?;
        self.remember_biscuit(request, carried, &admitted);
        Ok((admitted, None))
    }

    /// The holder of the warrant, who has no other credential and is asked for the rest as everybody is.
    fn holder_of_warrant(
        &mut self,
        request: &Request,
        admitted: Standing<Rc<Admitted>>,
        proof: Option<&Judged>,
    ) -> Result<Holder, Unadmitted> {
        let possession = match proof {
            Some(proof) => holder::possession(proof.holder()),
            None => self.carrier(request, &admitted)?,
        };
        let holder = Holder {
            possession,
            transaction: self.transaction(request)?,
            admitted,
            warrant: None,
            content: None,
            next_nonce: None,
        };
        self.meet_terms(request, holder)
    }

    /// How somebody who sends a Biscuit as a warrant and nothing else has shown to be its holder.
    fn carrier(
        &self,
        request: &Request,
        admitted: &Admitted,
    ) -> Result<Verified<Possession>, Unadmitted> {
        let bound_to = admitted.biscuit.as_ref().and_then(Token::holder);
        let certificate = match bound_to {
            Some(_) => self
                .client_certificate(request)
                .map_err(|denial| Refused::from(*denial))?,
            None => None,
        };
        let possession = holder::carried(bound_to, certificate);
        if *possession == Possession::Bearer && request.route.terms.sender_constrained {
            return Err(Refused::from(&IdentityError::BindingRequired).into());
        }
        Ok(possession)
    }

    /// Without a warrant another credential is needed.
    fn unwarranted(&self, holder: Option<Holder>) -> Result<Warranted, Unadmitted> {
        let header = || self.instance.gate.credential().header.clone();
        let missing = || Refused::from(&CredentialError::Missing { header: header() });
        Ok(Warranted {
            holder: holder.ok_or_else(missing)?,
            proof: None,
        })
    }

    /// The chain by itself, from memory where it was verified before. Whether it was revoked is asked every time.
    fn by_chain(
        &mut self,
        request: &Request,
        rules: &Rules,
        aat: &aat::Rules,
        presentation: &Presentation<'_>,
    ) -> Result<Standing<Rc<Admitted>>, Unadmitted> {
        let admitted = self.known_chain(request, rules, aat, presentation)?;
        standing::check_revocations(Rc::clone(&admitted), &mut self.instance.trust, self.now)
            .map_err(|error| fallen(&admitted, &error))
    }

    fn known_chain(
        &mut self,
        request: &Request,
        rules: &Rules,
        aat: &aat::Rules,
        presentation: &Presentation<'_>,
    ) -> Result<Rc<Admitted>, Unadmitted> {
        let (key, digest) = key_of(request, presentation);
        // The anchors are the configuration's, which stands as long as what is remembered by it.
        let generation = Generation::default();
        let known = |_: &Admitted| Some(generation);
        if let Some(admitted) = self.instance.tokens.get(&key, known, self.now) {
            return Ok(admitted);
        }
        let credential = Some(digest);
        let refused = |denial: Denial| Refused {
            credential,
            ..Refused::from(denial)
        };
        let verified = verify_chain(&presentation.chain, aat, self.host.verifier, self.now);
        let chain = verified.map_err(|refusal| refused(Denial::from(&refusal)))?;
        let caller = caller(rules, &chain, digest)
            .ok_or_else(|| refused(Denial::from(&WarrantError::Missing)))?;
        let ceilings = &self.instance.gate.config().delegation.ceilings;
        let hops = chain.chain().clone().with_ceilings(ceilings, []);
        let admitted = self
            .of_chain(request, caller, hops)
            .map_err(|mut refused| {
                refused.credential = credential;
                Unadmitted::Refused(refused)
            })?;
        Ok(Rc::new(admitted.by_warrant(chain)))
    }

    /// Remembers a chain by which a call was proven: a holder can make any number of them, and large ones, so that nothing else
    /// is kept.
    fn remember_chain(
        &mut self,
        request: &Request,
        presentation: &Presentation<'_>,
        admitted: &Rc<Admitted>,
    ) {
        let bytes = presentation.chain.iter().map(|token| token.len());
        if bytes.sum::<usize>() > LONGEST_REMEMBERED {
            return;
        }
        let (key, _) = key_of(request, presentation);
        let until = admitted.caller.expires_at;
        let cache = &mut self.instance.tokens;
        cache.insert(key, None, Rc::clone(admitted), until, Generation::default());
    }

    /// The call by the chain's last token, and the proof over it.
    fn prove_call(
        &self,
        rules: &aat::Rules,
        admitted: &Admitted,
        presentation: &Presentation<'_>,
        asked: &Asked<'_>,
    ) -> Result<Judged, Box<Denial>> {
        let Some(chain) = &admitted.warrant else {
            return Err(Box::new(Denial::from(&WarrantError::Missing)));
        };
        let call = Call {
            proof: presentation.proof,
            tool: asked.name,
            arguments: &asked.arguments,
        };
        chain
            .judge(&call, rules, Nonce::Any, self.host.verifier, self.now)
            .map_err(|refusal| Box::new(Denial::from(&refusal)))
    }

    /// Uses a warrant's proof up.
    pub(super) fn use_up(&self, proof: Judged) -> Result<(), Box<Denial>> {
        let replays = self.instance.dpop.replays();
        let admitted = proof.once(replays, self.host.store, self.now);
        admitted
            .map(drop)
            .map_err(|refusal| Box::new(Denial::from(&refusal)))
    }
}

/// What a chain is remembered by, and its digest.
fn key_of(request: &Request, presentation: &Presentation<'_>) -> (TokenKey, Digest) {
    let digest = chain_digest(&presentation.chain);
    let key = TokenKey {
        route: Arc::clone(&request.route.route),
        // Not the digest of any token, whatever a token may be.
        credential: Digest::of_parts(&[b"warrant", digest.as_bytes()]),
        place: Place::Credential,
    };
    (key, digest)
}

/// Has the caller a Biscuit for its credential, which limits the call as a warrant does?
fn has_biscuit(holder: Option<&Holder>) -> bool {
    holder.is_some_and(|holder| holder.admitted.biscuit.is_some())
}

/// A call that a warrant doesn't allow: of whoever was verified by another credential, or else of the warrant's holder.
fn at_call(denial: Denial, admitted: &Admitted, holder: Option<&Holder>) -> Unadmitted {
    let of = holder.map_or(admitted, |holder| &holder.admitted);
    Refused {
        credential: Some(of.caller.digest),
        caller: Some(of.caller.clone()),
        chain: Some(of.chain.clone()),
        ..Refused::from(denial)
    }
    .into()
}

/// Is the warrant for this route, and of somebody who counts there?
pub(super) fn meets_route(request: &Request, admitted: &Admitted) -> Result<(), WarrantError> {
    let (route, domain) = (&request.route, &admitted.caller.domain);
    let anchors = &route.terms.warrant_anchors;
    if !anchors.is_empty() && !anchors.contains(domain) {
        return Err(WarrantError::OtherAnchor {
            found: domain.0.to_string(),
        });
    }
    let accepting = admitted.chain.hops().last();
    let accepting = accepting.and_then(|hop| hop.audience.as_ref());
    match &route.audience {
        Some(own) if !accepting.is_some_and(|named| named.contains(&**own)) => {
            Err(WarrantError::OtherAudience)
        }
        Some(_) | None => Ok(()),
    }
}

/// A call in the words of warrants.
struct Asked<'o> {
    name: &'o str,
    arguments: Cow<'o, Object<'o>>,
}

impl<'o> Asked<'o> {
    /// A tool and its arguments, or an HTTP operation with its path parameters as texts. Whatever else MCP has is no call, and
    /// no warrant is about it.
    fn of(operation: &'o Operation<'o>) -> Option<Self> {
        let name = match &operation.resource {
            Resource::Tool { tool, .. } => tool.as_str(),
            Resource::Route { route, .. } => route,
            Resource::Server { .. }
            | Resource::McpResource { .. }
            | Resource::Prompt { .. }
            | Resource::A2aAgent { .. } => return None,
        };
        let arguments = operation.called_with()?;
        Some(Self { name, arguments })
    }
}

/// Who holds the chain's last key; none where its root's anchor has no name, which no configuration leaves open.
fn caller(rules: &Rules, chain: &VerifiedChain, digest: Digest) -> Option<Verified<Caller>> {
    let (root, leaf) = (chain.chain().hops().first()?, chain.chain().hops().last()?);
    Some(holder::caller(&Holding {
        domain: rules.domain(&root.issuer)?.clone(),
        issuer: &root.issuer,
        subject: &leaf.subject,
        key: chain.holder(),
        // Nobody in between chooses it.
        issued_at: root.lifetime.issued_at,
        expires_at: chain.expires_at(),
        id: chain.id(),
        digest,
    }))
}
