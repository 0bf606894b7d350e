//! One root context: a loaded configuration, and what happens apart from any one request.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use bailiwick_engine::evidence::InstanceId;
use bailiwick_engine::exchange::reply::{self, Reply};
use bailiwick_engine::exchange::{Effect, Exchange, Input};
use bailiwick_engine::gate::{Gate, Instance};
use bailiwick_engine::identity::nonce::Seed;
use bailiwick_engine::identity::replay::Memory;
use bailiwick_engine::policy::session::service::{Counts, NO_GRPC, Question, ServiceError};
use bailiwick_engine::policy::session::{Reading, SessionError};
use bailiwick_engine::ports::Host;
use bailiwick_engine::time::UnixTime;
use bailiwick_engine::tokens::Lookups;

use crate::configuration;
use crate::connection::Downstream;
use crate::documents::Fetches;
use crate::host::{self, BufferKind, CalloutId, ContextId, LogLevel};
use crate::metrics::{Event, Metrics};
use crate::native::HostVerifier;
use crate::questions::Questions;
use crate::store::SharedData;

/// How often a worker looks for fetched documents, and at the requests that it holds.
const TICK: Duration = Duration::from_millis(250);

/// A root context, which takes requests once it has a valid configuration.
#[derive(Debug)]
pub(crate) struct Root {
    context: ContextId,
    gateway: Option<Box<Gateway>>,
}

/// What has changed for the requests that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It is later.
    Time,
    /// A document was loaded, or could not be.
    DocumentsChanged,
}

/// A loaded configuration at work.
#[derive(Debug)]
pub(crate) struct Gateway {
    instance: Instance,
    verifier: HostVerifier,
    fetches: Fetches,
    questions: Questions,
    metrics: Metrics,
    /// The look-ups of verified credentials that were counted so far.
    lookups: Lookups,
    /// The requests that the gateway holds back for us.
    held: BTreeSet<ContextId>,
    /// The gateway was seen to show a body while it held its head back.
    shows_held_bodies: bool,
}

impl Root {
    pub(crate) const fn new(context: ContextId) -> Self {
        Self {
            context,
            gateway: None,
        }
    }

    /// What takes requests; none before a valid configuration.
    pub(crate) fn gateway(&mut self) -> Option<&mut Gateway> {
        self.gateway.as_deref_mut()
    }

    /// Loads the configuration that the host has. An invalid one leaves this root without any, and every request refused.
    pub(crate) fn configure(&mut self) -> bool {
        self.end();
        let mut metrics = Metrics::default();
        match self.load() {
            Ok(instance) => {
                metrics.count(Event::ConfigurationLoaded);
                let verifier = HostVerifier::probe();
                report_loaded(&instance, &verifier);
                self.gateway = Some(Box::new(Gateway {
                    instance,
                    verifier,
                    fetches: Fetches::default(),
                    questions: Questions::default(),
                    metrics,
                    lookups: Lookups::default(),
                    held: BTreeSet::new(),
                    shows_held_bodies: false,
                }));
                true
            }
            Err(error) => {
                metrics.count(Event::ConfigurationRejected);
                metrics.tell();
                for line in error.to_string().lines() {
                    host::log(LogLevel::Error, &format!("configuration rejected: {line}"));
                }
                false
            }
        }
    }

    fn load(&self) -> Result<Instance, LoadError> {
        let configuration = host::buffer(BufferKind::PluginConfiguration, usize::MAX)?;
        let now = host::now_nanoseconds()?;
        let gate = Gate::from_json(&configuration::to_json(&configuration))?;
        let instance = Instance::new(gate, self.instance_id(now), seed()?, &SharedData)?;
        if instance.service().is_some() && !host::makes_grpc_calls() {
            return Err(LoadError::NoGrpc);
        }
        host::set_tick_period(TICK)?;
        Ok(instance)
    }

    /// Another name for each worker and each start of it.
    fn instance_id(&self, now: u64) -> InstanceId {
        let random = RandomState::new().hash_one(now);
        InstanceId::derived(&[
            &random.to_le_bytes(),
            &now.to_le_bytes(),
            &self.context.0.to_le_bytes(),
        ])
    }

    /// No more requests come by this configuration.
    pub(crate) fn end(&mut self) {
        if let Some(mut gateway) = self.gateway.take() {
            gateway.tell_counts();
        }
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self) -> News {
        if let Some(gateway) = self.gateway() {
            gateway.tell_counts();
        }
        self.fetching(|fetches, instance, metrics, now| fetches.see_to(instance, metrics, now))
    }

    /// A callout was answered, or could not be: then it has no header fields.
    pub(crate) fn call_answered(
        &mut self,
        call: CalloutId,
        headers: usize,
        body_size: usize,
    ) -> News {
        self.fetching(|fetches, instance, metrics, now| {
            fetches.answered(call, headers, body_size, instance, metrics, now)
        })
    }

    /// Does something about documents, once there is a configuration that could need any.
    fn fetching(
        &mut self,
        work: impl FnOnce(&mut Fetches, &mut Instance, &mut Metrics, UnixTime) -> News,
    ) -> News {
        let (Some(gateway), Some(now)) = (self.gateway(), Gateway::now()) else {
            return News::Time;
        };
        work(
            &mut gateway.fetches,
            &mut gateway.instance,
            &mut gateway.metrics,
            now,
        )
    }

    /// A request's context ended.
    pub(crate) fn forget(&mut self, context: ContextId) {
        if let Some(gateway) = self.gateway() {
            gateway.release(context);
        }
    }
}

impl Gateway {
    /// The host's time; none where it has no clock, and then nothing can be judged.
    pub(crate) fn now() -> Option<UnixTime> {
        const NANOSECONDS: u64 = 1_000_000_000;
        let now = host::now_nanoseconds().ok()?;
        Some(UnixTime(now / NANOSECONDS))
    }

    pub(crate) fn step(
        &mut self,
        exchange: Exchange,
        now: UnixTime,
        input: Input<'_>,
    ) -> (Exchange, Effect) {
        exchange.step(&mut self.instance, host_of(&self.verifier), now, input)
    }

    pub(crate) fn step_reply(
        &mut self,
        reply: Reply,
        now: UnixTime,
        input: reply::Input<'_>,
    ) -> (Reply, reply::Effect) {
        reply.step(&mut self.instance, host_of(&self.verifier), now, input)
    }

    /// Remembers what an answer shows, before anybody gets it.
    pub(crate) fn has_read(&self, reading: &Reading) -> Result<(), SessionError> {
        let now = Self::now().ok_or(SessionError::Unavailable)?;
        self.instance.has_read(&SharedData, reading, now)
    }

    /// Tells the host what was counted since it was told last.
    fn tell_counts(&mut self) {
        let lookups = self.instance.token_lookups();
        let counted = std::mem::replace(&mut self.lookups, lookups);
        self.metrics.count_times(
            Event::TokenRemembered,
            lookups.hits.saturating_sub(counted.hits),
        );
        self.metrics.count_times(
            Event::TokenExamined,
            lookups.misses.saturating_sub(counted.misses),
        );
        self.metrics.tell();
    }

    pub(crate) fn count(&mut self, event: Event) {
        self.metrics.count(event);
    }

    /// The gateway holds this request back for us.
    pub(crate) fn hold(&mut self, context: ContextId) {
        self.held.insert(context);
    }

    /// The gateway holds this request no longer.
    pub(crate) fn release(&mut self, context: ContextId) {
        if self.held.remove(&context) {
            self.questions.forget(context);
        }
    }

    /// Asks the service that counts for all gateways, on behalf of a request.
    pub(crate) fn ask(
        &mut self,
        context: ContextId,
        question: Box<Question>,
    ) -> Result<(), ServiceError> {
        let service = self.instance.service();
        let service = service.ok_or(ServiceError::Unanswered)?;
        self.questions
            .ask(context, question, service, &mut self.metrics)
    }

    /// Takes the answer of that service, and says who has asked for it; nobody, if that request is over.
    pub(crate) fn counted(
        &mut self,
        call: CalloutId,
        answer: Result<usize, u32>,
    ) -> Option<(ContextId, Result<Counts, ServiceError>)> {
        self.questions.answered(call, answer, &mut self.metrics)
    }

    /// The requests that the gateway holds back.
    pub(crate) fn held(&self) -> Vec<ContextId> {
        self.held.iter().copied().collect()
    }

    /// A body callback came for a request whose head was held back.
    pub(crate) const fn body_came_while_held(&mut self) {
        self.shows_held_bodies = true;
    }

    /// Is it known that the gateway shows bodies while it holds heads back?
    pub(crate) const fn shows_held_bodies(&self) -> bool {
        self.shows_held_bodies
    }
}

/// 32 bytes of the host's randomness.
fn seed() -> Result<Seed, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::getrandom(&mut bytes)?;
    Ok(Seed::new(bytes))
}

/// Why a configuration is not in force.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("{0}")]
    Configuration(#[from] bailiwick_engine::config::ConfigErrors),
    #[error("the host can't run it: {0}")]
    Host(#[from] host::HostStatus),
    #[error("{NO_GRPC}")]
    NoGrpc,
    #[error("the host has no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// The host as the engine asks it.
fn host_of(verifier: &HostVerifier) -> Host<'_> {
    Host {
        verifier,
        store: &SharedData,
        connection: &Downstream,
    }
}

fn report_loaded(instance: &Instance, verifier: &HostVerifier) {
    let native: Vec<&str> = verifier
        .native_algorithms()
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    let native = if native.is_empty() {
        "none".to_owned()
    } else {
        native.join(", ")
    };
    let gate = instance.gate();
    if instance.replay_memory() == Memory::PerWorker {
        let what = "the host has no store that its workers share, so a DPoP proof can be used once with each worker";
        host::log(LogLevel::Warn, what);
    }
    if !instance.remembers_sessions() {
        let what = "the host has no store that its workers share, so whatever policies decide by `context.session` is refused";
        host::log(LogLevel::Warn, what);
    }
    if !instance.remembers_tasks() {
        let what = "the host has no store that its workers share, so whatever names a task is refused where `bind_tasks` is true";
        host::log(LogLevel::Warn, what);
    }
    host::log(
        LogLevel::Info,
        &format!(
            "configuration {} loaded; signatures verified natively: {native}",
            gate.config().digest
        ),
    );
    for loosened in gate.config().loosened() {
        host::log(LogLevel::Warn, &format!("configuration: {loosened}"));
    }
    for warning in gate.policies().warnings() {
        host::log(
            LogLevel::Warn,
            &format!("configuration: policies: {warning}"),
        );
    }
}
