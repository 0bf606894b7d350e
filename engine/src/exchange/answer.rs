//! How a step ends: the record is written, and the request forwarded or refused.

use super::judge::Refused;
use super::recorded::Recorded;
use super::reply::Reply;
use super::session::rename_session;
use super::stripped::Onward;
use super::{Effect, Forward, HeaderChanges, Holder, Refusal, Request, State, Step};
use crate::credential::{self, IDENTITY_FIELD, PROOF_FIELD, Place, Scheme, TRANSACTION_FIELD};
use crate::decision::answer::Answer;
use crate::decision::challenge::Offer;
use crate::decision::wire::{self, Shape, Style};
use crate::decision::{Denial, Shadow};
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::evidence::{Draft, Opening, Outcome, Trace};
use crate::identity::binding::{Confirmation, Possession};
use crate::identity::caller::Caller;
use crate::identity::certificate::xfcc;
use crate::identity::signature::input::{INPUT_FIELD, SIGNATURE_FIELD};
use crate::operation::a2a::{self, A2aPlace};
use crate::operation::cors::CrossOrigin;
use crate::operation::resource::ProtectedResource;
use crate::operation::route::{RouteMatch, RouteTarget};
use crate::operation::{A2aVersion, Operation, Protocol};
use crate::policy::principal::Principal;
use crate::request::{Head, begins_like};

/// What has been found out about a request so far, for its answer and its record.
#[derive(Clone, Copy, Default)]
pub(super) struct Findings<'a> {
    pub(super) head: Option<&'a Head>,
    pub(super) route: Option<&'a RouteMatch>,
    pub(super) credential: Option<Digest>,
    pub(super) caller: Option<&'a Caller>,
    pub(super) chain: Option<&'a Chain>,
    /// Where the record's beginning is kept with the credential.
    pub(super) opening: Option<&'a Opening>,
    pub(super) principal: Option<&'a Principal>,
    pub(super) possession: Option<&'a Possession>,
    /// The transaction token, as the caller that it would be.
    pub(super) transaction: Option<&'a Caller>,
    /// The warrant beside the credential: the caller that its last holder would be, and its chain.
    pub(super) warrant: Option<(&'a Caller, &'a Chain)>,
    pub(super) operation: Option<&'a Operation<'a>>,
    /// What would have been decided had policies in shadow counted.
    pub(super) shadow: Option<&'a Shadow>,
    /// Did this gateway's memory of sessions decide alone, though others were to be asked?
    pub(super) decided_alone: bool,
    /// What pages may do, of a request that falls under no route.
    pub(super) cross_origin: Option<&'a CrossOrigin>,
    /// The JSON-RPC id of a message that is no operation.
    pub(super) rpc_id: Option<&'a str>,
    /// The same of a batch.
    pub(super) batch_ids: &'a [String],
}

impl<'a> Findings<'a> {
    /// What the head alone says.
    pub(super) fn of(request: &'a Request) -> Self {
        Self {
            head: Some(&request.head),
            route: Some(&request.route),
            ..Self::default()
        }
    }

    /// What the head and its credential say.
    pub(super) fn of_holder(request: &'a Request, holder: &'a Holder) -> Self {
        let admitted = &holder.admitted;
        Self {
            credential: Some(admitted.caller.digest),
            caller: Some(&admitted.caller),
            chain: Some(&admitted.chain),
            principal: Some(&admitted.principal),
            opening: Some(&admitted.opening),
            possession: Some(&holder.possession),
            transaction: holder.transaction.as_ref().map(|of| &*of.caller),
            warrant: holder.warrant.as_ref().map(|of| (&*of.caller, &of.chain)),
            ..Self::of(request)
        }
    }

    /// What a refused credential said before it was refused.
    pub(super) fn of_refused(request: &'a Request, refused: &'a Refused) -> Self {
        if let Some(holder) = &refused.holder {
            return Self::of_holder(request, holder);
        }
        Self {
            credential: refused.credential,
            caller: refused.caller.as_deref(),
            chain: refused.chain.as_ref(),
            ..Self::of(request)
        }
    }
}

/// The fields of proofs that whoever gets them could use again as long as they are fresh. A DPoP proof that nobody asked for is
/// one, too; a signature is one where it is the credential, and else it is between the client and the upstream.
const fn proof_fields(possession: Option<&Possession>) -> &'static [&'static str] {
    match possession {
        None | Some(Possession::HttpSignature { .. }) => {
            &[PROOF_FIELD, INPUT_FIELD, SIGNATURE_FIELD]
        }
        Some(
            Possession::Bearer
            | Possession::Dpop { .. }
            | Possession::Wpt { .. }
            | Possession::Mtls { .. }
            | Possession::Aat { .. },
        ) => &[PROOF_FIELD],
    }
}

/// Names of header fields that only the gate sets begin so, in lower case and with hyphens.
const OWN_PREFIX: &str = "x-bailiwick-";

impl Step<'_> {
    /// Records and refuses.
    pub(super) fn refuse(&mut self, findings: &Findings<'_>, denial: &Denial) -> (State, Effect) {
        (
            State::Closed,
            Effect::Refuse(Box::new(self.refusal(findings, denial))),
        )
    }

    /// Records a refusal, of the request or of the answer to it.
    pub(super) fn refusal(&mut self, findings: &Findings<'_>, denial: &Denial) -> Refusal {
        let nonce = self.instance.dpop.nonce(self.host.store, self.now);
        let style = Style {
            nonce: nonce.as_deref(),
            ..self.style(findings, denial)
        };
        let denial = denial.clone().with_offer(&style.offer);
        let mut response = wire::refuse(&denial, &style, &self.instance.ledger.next_id());
        response.headers.extend(page_fields(findings));
        let outcome = Outcome::Deny {
            denial: &denial,
            status: response.status,
        };
        let evidence = self
            .instance
            .ledger
            .append(self.now, &self.draft(findings, outcome));
        Refusal {
            denial,
            shadow: findings.shadow.cloned(),
            response,
            evidence,
        }
    }

    /// Records and forwards, by the permit's leave: with this body, in this session of the upstream's. Without a holder, nothing goes
    /// on by which anybody could be known.
    pub(super) fn forward(
        &mut self,
        request: &Request,
        holder: Option<&Holder>,
        findings: &Findings<'_>,
        recorded: Recorded,
        onward: Onward<'_>,
    ) -> (State, Effect) {
        let Recorded {
            permit, reading, ..
        } = recorded;
        let Onward {
            mcp_session: session,
            stripped,
        } = onward;
        let head = &request.head;
        let outcome = Outcome::Allow {
            policies: permit.policies(),
        };
        let evidence = self
            .instance
            .ledger
            .append(self.now, &self.draft(findings, outcome));
        let mut headers = HeaderChanges {
            remove: names_like(head, OWN_PREFIX),
            ..HeaderChanges::default()
        };
        let gate = &self.instance.gate;
        let keeps_credential = gate.config().forward_credential && holder.is_some();
        if !keeps_credential {
            headers
                .remove
                .push(gate.credential().header.as_str().to_owned());
            let is_there = |field: &&str| head.headers().all(field).next().is_some();
            let possession = holder.map(|holder| &*holder.possession);
            let proofs = proof_fields(possession)
                .iter()
                .filter(|field| is_there(field));
            headers
                .remove
                .extend(proofs.map(|field| (*field).to_owned()));
        }
        headers
            .set
            .push(("x-bailiwick-evidence", evidence.id.clone()));
        let upstream = holder
            .into_iter()
            .flat_map(|of| of.admitted.upstream.iter());
        headers.set.extend(upstream.cloned());
        if let Some(Protocol::A2a(version)) = findings.operation.map(|of| of.protocol) {
            headers
                .set
                .push((a2a::VERSION_FIELD, version.name().to_owned()));
        }
        let is_forwarded =
            |name: &String| keeps_credential && name.eq_ignore_ascii_case(IDENTITY_FIELD);
        let identities = names_like(head, IDENTITY_FIELD);
        headers
            .remove
            .extend(identities.into_iter().filter(|name| !is_forwarded(name)));
        // One that was believed goes on under its one right name.
        let is_believed = |name: &String| {
            holder.is_some_and(|of| of.transaction.is_some())
                && name.eq_ignore_ascii_case(TRANSACTION_FIELD)
        };
        let transactions = names_like(head, TRANSACTION_FIELD);
        headers
            .remove
            .extend(transactions.into_iter().filter(|name| !is_believed(name)));
        headers.remove.extend(self.foreign_certificates(head));
        headers.remove.extend(stripped.remove);
        headers.set.extend(stripped.length);
        let next_nonce = holder.and_then(|of| of.next_nonce.as_deref());
        let mut response = response_changes(findings, next_nonce);
        let action = findings.operation.map(|of| of.action);
        rename_session(request, action, session, &mut headers, &mut response);
        let reply = holder.and_then(|holder| Reply::to(request, holder, findings.operation));
        if reply.as_ref().is_some_and(Reply::reads_body) {
            // What comes compressed can't be read.
            headers.remove.extend(names_like(head, "accept-encoding"));
        }
        let forward = Forward {
            permit,
            shadow: findings.shadow.cloned(),
            headers,
            body_cut: stripped.cut,
            response,
            reply,
            reading,
            evidence,
        };
        (State::Closed, Effect::Forward(Box::new(forward)))
    }

    /// Fields that claim to be a hop's word on the client's certificate, and are none: no upstream should believe them either.
    fn foreign_certificates(&self, head: &Head) -> Vec<String> {
        let rules = self.instance.gate.certificates();
        let mut names = names_like(head, xfcc::FIELD);
        if rules.hops.is_empty() {
            names.clear();
        } else if !names.is_empty() && rules.is_from_hop(self.host.connection) {
            names.retain(|name| !name.eq_ignore_ascii_case(xfcc::FIELD));
        }
        names
    }

    fn draft<'a>(&self, findings: &Findings<'a>, outcome: Outcome<'a>) -> Draft<'a> {
        let mcp_trace = findings
            .operation
            .and_then(|o| o.traceparent.as_deref())
            .and_then(Trace::parse);
        Draft {
            outcome,
            shadow: findings.shadow,
            credential: findings.credential,
            caller: findings.caller,
            principal: findings.principal,
            possession: findings.possession,
            transaction: findings.transaction,
            warrant: findings.warrant,
            chain: findings.chain,
            opening: findings.opening,
            operation: findings.operation,
            decided_alone: findings.decided_alone,
            route: findings.route.map(|route| &*route.route),
            configuration: self.instance.gate.digest(),
            trace: mcp_trace.or_else(|| findings.head.and_then(|head| Trace::of(head.headers()))),
        }
    }

    fn style<'a>(&'a self, findings: &Findings<'a>, denial: &Denial) -> Style<'a> {
        let gate = &self.instance.gate;
        let shape = match findings.route.map(|route| &route.target) {
            Some(RouteTarget::Mcp(rules)) => Shape::Mcp {
                rpc_id: findings
                    .operation
                    .and_then(|o| o.rpc_id.as_deref())
                    .or(findings.rpc_id),
                batch_ids: findings
                    .operation
                    .map_or(findings.batch_ids, |of| &of.batch_ids),
                denial_status: rules.denial_status,
            },
            Some(RouteTarget::A2a(rules, place)) => {
                let version = match findings.operation.map(|of| of.protocol) {
                    Some(Protocol::A2a(version)) => version,
                    Some(Protocol::Http | Protocol::Mcp(_)) | None => {
                        findings.head.map_or(A2aVersion::V0_3, a2a::spoken)
                    }
                };
                match place {
                    A2aPlace::Rpc => Shape::A2aRpc {
                        version,
                        rpc_id: findings
                            .operation
                            .and_then(|o| o.rpc_id.as_deref())
                            .or(findings.rpc_id),
                        denial_status: rules.denial_status,
                    },
                    A2aPlace::Rest(_) | A2aPlace::Card => Shape::A2aRest { version },
                }
            }
            Some(RouteTarget::Http(_)) | None => Shape::Http,
        };
        let errors = gate.errors();
        let stands_at = |place| {
            let issuers = gate.issuers().iter();
            issuers
                .into_iter()
                .any(|issuer| issuer.profile.place() == place)
        };
        let takes_workload_proofs = gate
            .issuers()
            .iter()
            .any(|issuer| issuer.profile.takes_workload_proofs());
        let used = findings
            .head
            .and_then(|head| scheme(head, gate.credential()));
        let is_about_proof = matches!(
            denial.reason().answer(),
            Answer::InvalidProof | Answer::NonceWanted
        );
        let is_bound = findings
            .caller
            .and_then(|caller| caller.confirmation.as_ref())
            .is_some_and(|of| matches!(of, Confirmation::Jkt(_) | Confirmation::Thumbprint(_)));
        let is_asked_for = findings
            .route
            .is_some_and(|route| route.terms.sender_constrained);
        let offers_dpop = gate.config().dpop.offered
            || used == Some(Scheme::Dpop)
            || is_about_proof
            || is_bound
            || is_asked_for;
        Style {
            shape,
            detail: errors.detail,
            offer: Offer {
                realm: &errors.realm,
                // A token that is bound to a certificate comes with that scheme too.
                bearer: stands_at(Place::Credential)
                    && (!is_asked_for || self.host.connection.peer_certificate().is_some()),
                workloads: takes_workload_proofs,
                dpop: offers_dpop.then(|| self.instance.dpop.algorithms()),
                scopes: findings.route.map_or(&[], |route| &route.terms.scopes),
                resource_metadata: findings
                    .route
                    .and_then(|route| route.resource.as_deref())
                    .map(ProtectedResource::metadata_url),
            },
            used,
            nonce: None,
        }
    }
}

/// What a page needs to be let read the answer, where an allowed one asks.
fn page_fields(findings: &Findings<'_>) -> Vec<(&'static str, String)> {
    let of_route = findings.route.and_then(|route| route.cors.as_deref());
    match (of_route.or(findings.cross_origin), findings.head) {
        (Some(cors), Some(head)) => cors.answer_fields(head),
        (Some(_) | None, _) => Vec::new(),
    }
}

/// Changes to the upstream's answer: on a route for pages, the gate alone says which of them may read it.
/// And a client learns the nonce of its next proof before it has to ask for it; an answer that says one is for nobody else,
/// lest somebody takes an old one from a cache (RFC 9449, section 8.2).
fn response_changes(findings: &Findings<'_>, next_nonce: Option<&str>) -> HeaderChanges {
    let told = next_nonce.map(|nonce| {
        [
            ("dpop-nonce", nonce.to_owned()),
            ("cache-control", "no-store".to_owned()),
        ]
    });
    let told = told.into_iter().flatten();
    if findings.route.is_none_or(|route| route.cors.is_none()) {
        return HeaderChanges {
            set: told.collect(),
            ..HeaderChanges::default()
        };
    }
    let theirs = [
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
    ];
    HeaderChanges {
        remove: theirs.map(str::to_owned).to_vec(),
        set: page_fields(findings).into_iter().chain(told).collect(),
        add: vec![("vary", "origin".to_owned())],
    }
}

/// The scheme by which the request's one credential came.
fn scheme(head: &Head, rules: &credential::Rules) -> Option<Scheme> {
    let presented = credential::find(head, rules).ok()?;
    Some(presented.scheme())
}

/// The names, as received, of fields that an upstream could take for one that begins with `prefix`, which is in lower case.
pub(super) fn names_like(head: &Head, prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = head
        .headers()
        .iter()
        .map(|(name, _)| name)
        .filter(|name| begins_like(name, prefix))
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
