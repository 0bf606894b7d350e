//! The stages in their order: credential, identity, delegation; then operation and policy.

use std::rc::Rc;
use std::sync::Arc;

use super::answer::Findings;
use super::{Effect, Request, State, Step};
use crate::credential;
use crate::decision::{Denial, Reason};
use crate::delegation::attenuation::{Attenuation, Unproven};
use crate::delegation::chain::Chain;
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::identity;
use crate::identity::error::IdentityError;
use crate::operation::path::NormalPath;
use crate::operation::route::RouteTarget;
use crate::operation::{self, Refusal};
use crate::policy::Facts;
use crate::tokens::{Admitted, TokenKey};

/// Why there is no caller yet.
pub(super) enum Unadmitted {
    /// There never will be.
    Refused {
        denial: Denial,
        /// The digest of what was presented.
        credential: Option<Digest>,
    },
    /// The issuer's keys are being fetched.
    KeysPending,
}

impl Unadmitted {
    fn refused(denial: impl Into<Denial>, credential: Option<Digest>) -> Self {
        Self::Refused {
            denial: denial.into(),
            credential,
        }
    }
}

impl Step<'_> {
    /// Credential, identity, delegation: who is calling, and on whose behalf; from memory where it was found before.
    pub(super) fn admit(&mut self, request: &Request) -> Result<Rc<Admitted>, Unadmitted> {
        let now = self.now;
        let presented = credential::find(&request.head, self.instance.gate.credential())
            .map_err(|error| Unadmitted::refused(&error, None))?;
        let digest = presented.digest();
        let key = TokenKey {
            route: Arc::clone(&request.route.route),
            credential: digest,
        };
        let keys = &self.instance.keys;
        let generation = |admitted: &Admitted| keys.generation(&admitted.caller.domain, now);
        if let Some(admitted) = self.instance.tokens.get(&key, generation, now) {
            return Ok(admitted);
        }
        let refused = |denial: Denial| Unadmitted::refused(denial, Some(digest));
        let caller = identity::verify(
            &presented,
            self.instance.gate.issuers(),
            &mut self.instance.keys,
            self.verifier,
            now,
            request.route.audience.as_deref(),
        )
        .map_err(|error| match error {
            IdentityError::KeysPending { .. } => Unadmitted::KeysPending,
            error => refused(Denial::from(&error)),
        })?;
        let chain = Chain::from_caller(&caller, self.instance.gate.max_depth())
            .map_err(|error| refused(Denial::from(&error)))?;
        self.check_attenuation(&chain).map_err(refused)?;
        let principal = self
            .instance
            .gate
            .policies()
            .prepare(&caller, &chain)
            .map_err(|error| refused(Denial::from(&error)))?;
        let admitted = Rc::new(Admitted::new(caller, chain, principal));
        self.remember(key, &admitted);
        Ok(admitted)
    }

    /// A chain that widens is refused; one that isn't proven to narrow, where the configuration asks for proof.
    fn check_attenuation(&self, chain: &Chain) -> Result<(), Denial> {
        let hop_name = |hop: usize| chain.hops().get(hop).map_or("", |hop| &hop.subject);
        match chain.attenuation() {
            Attenuation::Proven => Ok(()),
            Attenuation::Widened { hop, dimension, .. } => {
                let detail = format!(
                    "hop {hop}, {}, has wider {dimension} than the one before",
                    Excerpt::of(hop_name(*hop))
                );
                Err(Denial::from(Reason::AttenuationWidened).with_detail(&detail))
            }
            Attenuation::Unproven {
                hop,
                why: Unproven::ActorsOnly,
            } => {
                if !self.instance.gate.config().delegation.proof_required {
                    return Ok(());
                }
                let detail = format!(
                    "hop {hop}, `{}`, is an `act` claim, which says who acts and not what they may do",
                    Excerpt::of(hop_name(*hop))
                );
                Err(Denial::from(Reason::AttenuationUnproven).with_detail(&detail))
            }
        }
    }

    fn remember(&mut self, key: TokenKey, admitted: &Rc<Admitted>) {
        let issuers = self.instance.gate.issuers();
        let issuer = issuers
            .iter()
            .find(|issuer| issuer.name == admitted.caller.domain);
        let generation = self
            .instance
            .keys
            .generation(&admitted.caller.domain, self.now);
        if let (Some(issuer), Some(generation)) = (issuer, generation) {
            let until = admitted.caller.expires_at.after(issuer.clock_skew);
            self.instance
                .tokens
                .insert(key, Rc::clone(admitted), until, generation);
        }
    }

    /// Operation and policy: what is asked, and whether that is permitted.
    pub(super) fn decide(
        &mut self,
        request: &Request,
        admitted: &Admitted,
        body: &[u8],
    ) -> (State, Effect) {
        let findings = Findings {
            credential: Some(admitted.caller.digest),
            admitted: Some(admitted),
            ..Findings::of(request)
        };
        let operation = match &request.route.target {
            RouteTarget::Mcp(rules) => operation::mcp::read(rules, &request.head, body),
            RouteTarget::Http(target) => Ok(operation::http::read(target.clone())),
        };
        let operation = match operation {
            Ok(operation) => operation,
            Err(Refusal { error, rpc_id }) => {
                let findings = Findings {
                    rpc_id: rpc_id.as_deref(),
                    ..findings
                };
                return self.refuse(&findings, &Denial::from(&error));
            }
        };
        let findings = Findings {
            operation: Some(&operation),
            ..findings
        };
        let path = NormalPath::of_target(request.head.target()).ok();
        let facts = Facts {
            now: self.now,
            method: request.head.method(),
            host: request.head.authority(),
            path: path.as_ref().map(NormalPath::as_str),
        };
        let policies = self.instance.gate.policies();
        match policies.decide(&admitted.principal, &operation, &facts) {
            Ok(permit) => self.forward(&request.head, admitted, &findings, permit),
            Err(denial) => self.refuse(&findings, &Denial::from(&denial)),
        }
    }
}
