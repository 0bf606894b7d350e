//! The compiled configuration, and what one worker keeps beside it.

mod fault;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use crate::config::{self, ConfigErrors, ErrorRules, GateConfig, Limits};
use crate::credential;
use crate::delegation::warrant;
use crate::digest::Digest;
use crate::evidence::{InstanceId, Ledger};
use crate::identity::binding::dpop::Dpop;
use crate::identity::certificate::CertificateRules;
use crate::identity::issuer::{Issuer, IssuerName};
use crate::identity::nonce::{Nonces, Seed};
use crate::identity::replay::{Memory, Replays};
use crate::identity::signature::agent::SignatureAgent;
use crate::identity::trust::{Trust, TrustError};
use crate::operation::resource::ProtectedResource;
use crate::operation::route::Routes;
use crate::operation::task::owners;
use crate::policy::Policies;
use crate::policy::session::service::Service;
use crate::policy::session::{Reading, SessionError, Sessions};
use crate::ports::Store;
use crate::time::UnixTime;
use crate::tokens::{Lookups, TokenCache};

/// A configuration that was checked as a whole and is ready to decide with. It never changes.
#[derive(Debug)]
pub struct Gate {
    config: GateConfig,
    routes: Routes,
    policies: Policies,
}

impl Gate {
    /// Reads, checks and compiles a configuration.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its path.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ConfigErrors> {
        Self::compile(config::from_json(bytes)?)
    }

    /// Compiles what was checked part by part: the route table and the policies as wholes.
    ///
    /// # Errors
    ///
    /// Routes that overlap, keys that are none, policies that don't parse or fit the schema.
    pub fn compile(config: GateConfig) -> Result<Self, ConfigErrors> {
        let routes = Routes::build(config.routes.clone());
        let policies = Policies::load(&config.policies, &config.groups, &config.surroundings);
        let trust = trust(&config);
        let mode = config.mode;
        match (routes, policies, trust) {
            (Ok(_), Ok(policies), Ok(_))
                if policies.look_at_sessions() && config.sessions.is_none() =>
            {
                Err(ConfigErrors::new(vec![fault::no_sessions()]))
            }
            (Ok(routes), Ok(policies), Ok(_)) => Ok(Self {
                config,
                routes,
                policies: policies.in_mode(mode),
            }),
            (routes, policies, trust) => {
                let mut errors = Vec::new();
                errors.extend(routes.err().map(|error| fault::of_routes(&error)));
                errors.extend(policies.err().iter().flat_map(fault::of_policies));
                errors.extend(trust.err().map(|error| fault::of_trust(&error)));
                Err(ConfigErrors::new(errors))
            }
        }
    }

    /// The configuration that it was made of.
    #[must_use]
    pub const fn config(&self) -> &GateConfig {
        &self.config
    }

    /// The policies, for their warnings.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    pub(crate) const fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(crate) const fn credential(&self) -> &credential::Rules {
        &self.config.credential
    }

    pub(crate) fn issuers(&self) -> &[Issuer] {
        &self.config.issuers
    }

    pub(crate) fn signature_agents(&self) -> &[SignatureAgent] {
        &self.config.signature_agents
    }

    pub(crate) fn resources(&self) -> &[Arc<ProtectedResource>] {
        &self.config.resources
    }

    /// The issuer of that short name.
    pub(crate) fn issuer(&self, name: &IssuerName) -> Option<&Issuer> {
        self.config
            .issuers
            .iter()
            .find(|issuer| issuer.name == *name)
    }

    pub(crate) const fn certificates(&self) -> &CertificateRules {
        &self.config.certificates
    }

    pub(crate) const fn warrants(&self) -> Option<&Arc<warrant::Rules>> {
        self.config.warrants.as_ref()
    }

    pub(crate) const fn errors(&self) -> &ErrorRules {
        &self.config.errors
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.config.limits
    }

    pub(crate) const fn digest(&self) -> Digest {
        self.config.digest
    }
}

/// One worker: a gate, and what is learned while it works. A host that runs several workers has one in each.
#[derive(Debug)]
pub struct Instance {
    pub(crate) gate: Gate,
    pub(crate) tokens: TokenCache,
    pub(crate) ledger: Ledger,
    pub(crate) trust: Trust,
    pub(crate) dpop: Dpop,
    /// What sessions have done, where any policy asks for it.
    pub(crate) sessions: Option<Sessions>,
    /// Is whose a task is remembered, where any route asks for that?
    remembers_tasks: bool,
    waiting: Rc<Cell<usize>>,
    asking: Rc<Cell<usize>>,
}

impl Instance {
    /// A worker that has fetched and remembered nothing yet. `id` must be new: records are chained under it. `seed` must be
    /// unforeseeable, and `store` is the host's: what it can do decides where used proofs are remembered.
    ///
    /// # Errors
    ///
    /// Inline keys that are none; a compiled gate has been checked for that.
    pub fn new(
        gate: Gate,
        id: InstanceId,
        seed: Seed,
        store: &dyn Store,
    ) -> Result<Self, ConfigErrors> {
        let trust = trust(&gate.config)
            .map_err(|error| ConfigErrors::new(vec![fault::of_trust(&error)]))?;
        let tokens = TokenCache::new(gate.limits().tokens);
        let rules = &gate.config.dpop;
        let nonces = Nonces::new(rules.nonce_step, rules.nonce_secret, seed);
        let replays = Replays::new(rules.replay_entries, store);
        let dpop = Dpop::new(rules.proofs.clone(), nonces, replays);
        let rules = gate.config.sessions.as_ref();
        let rules = rules.filter(|_| gate.policies.look_at_sessions());
        let sessions = rules.map(|rules| Sessions::new(rules.clone(), &gate.policies, store));
        let mut routes = gate.config.routes.iter();
        let are_bound = routes.any(|route| route.protocol.binds_tasks());
        Ok(Self {
            sessions,
            remembers_tasks: !are_bound || owners::can_be_in(store),
            gate,
            tokens,
            ledger: Ledger::new(id),
            trust,
            dpop,
            waiting: Rc::default(),
            asking: Rc::default(),
        })
    }

    /// The compiled configuration.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The documents that are fetched, for the host to fetch what is due.
    pub const fn documents(&mut self) -> &mut Trust {
        &mut self.trust
    }

    /// Where used proofs of possession are remembered, for the operator's log.
    #[must_use]
    pub const fn replay_memory(&self) -> Memory {
        self.dpop.replays().memory()
    }

    /// Can what sessions have done be remembered where policies ask for it? If not, whatever they decide by it is refused.
    #[must_use]
    pub fn remembers_sessions(&self) -> bool {
        self.sessions.as_ref().is_none_or(Sessions::is_shared)
    }

    /// Can whose a task is be remembered where routes ask for it? If not, whatever names one is refused there.
    #[must_use]
    pub const fn remembers_tasks(&self) -> bool {
        self.remembers_tasks
    }

    /// The service that is asked for what sessions have done at other gateways, where one is: by gRPC calls of the host.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.sessions.as_ref().and_then(Sessions::service)
    }

    /// Remembers what an answer shows, which is about to go to the client.
    ///
    /// # Errors
    ///
    /// It can't be, and the answer must be kept back.
    pub fn has_read(
        &self,
        store: &dyn Store,
        reading: &Reading,
        now: UnixTime,
    ) -> Result<(), SessionError> {
        let Some(sessions) = &self.sessions else {
            return Ok(());
        };
        let remembered = sessions.has_read(store, reading, now);
        remembered.or_else(|error| {
            if reading.is_needed {
                Err(error)
            } else {
                Ok(())
            }
        })
    }

    /// How often a credential was found among the remembered ones, and how often not, since the start.
    #[must_use]
    pub const fn token_lookups(&self) -> Lookups {
        self.tokens.lookups()
    }

    /// How many requests wait for documents now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.get()
    }

    /// How many requests wait for what the rate-limit service says now.
    #[must_use]
    pub fn asking(&self) -> usize {
        self.asking.get()
    }

    /// A place to wait in, unless as many requests wait already as may.
    pub(crate) fn wait_slot(&self) -> Option<WaitSlot> {
        self.slot_of(&self.waiting)
    }

    /// A place to wait in for the rate-limit service: as many as there are for all else, but others, so that nobody without a
    /// credential can take them.
    pub(crate) fn question_slot(&self) -> Option<WaitSlot> {
        self.slot_of(&self.asking)
    }

    fn slot_of(&self, taken: &Rc<Cell<usize>>) -> Option<WaitSlot> {
        let waiting = taken.get();
        if waiting >= self.gate.limits().waiting {
            return None;
        }
        taken.set(waiting.saturating_add(1));
        Some(WaitSlot(Rc::clone(taken)))
    }
}

/// What a configuration says whom to believe, before anything was fetched.
fn trust(config: &GateConfig) -> Result<Trust, TrustError> {
    Trust::new(
        &config.issuers,
        &config.signature_agents,
        &config.revocations,
    )
}

/// A place among the requests that wait, given back when dropped.
#[derive(Debug)]
pub(crate) struct WaitSlot(Rc<Cell<usize>>);

impl Drop for WaitSlot {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
