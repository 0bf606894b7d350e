//! Running a case on the engine itself: this file is the host, as small as a host can be. Of responses, see [`reply`].

mod reply;

use bailiwick_engine::buckets::OwnStore;
use bailiwick_engine::decision::wire::Response;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::evidence::InstanceId;
use bailiwick_engine::exchange::{Effect, Exchange, Forward, HeaderChanges, Input, Refusal};
use bailiwick_engine::gate::{Gate, Instance};
use bailiwick_engine::identity::documents::{Fetch, shared};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::nonce::Seed;
use bailiwick_engine::policy::session::service::{MAX_ANSWER, NO_GRPC, Question, ServiceError};
use bailiwick_engine::ports::{Connection, Host, PeerCertificate};
use bailiwick_engine::request::Headers;
use bailiwick_engine::time::{Seconds, UnixTime};

use super::format::{Decision, EndSpec};
use super::run::{CannedAnswer, Case, Clusters, Loaded, Observed, RequestParts, Row, Runner, Step};
use crate::abi::LogLevel;
use crate::headers::HeaderMap;
use crate::profile::Profile;
use crate::rate_limits::{Counted, PATH};
use crate::vm::LogLine;

/// How long a host that withholds bodies is waited for before a request is refused. The module waits in ticks, and cases
/// that show this move the clock by more.
const BODY_PATIENCE: Seconds = Seconds(3);

/// Statuses of gRPC.
const UNKNOWN: u32 = 2;
const RESOURCE_EXHAUSTED: u32 = 8;
const UNAVAILABLE: u32 = 14;

/// A gateway process without the module: one [`Instance`] per worker.
pub struct Native {
    profile: Profile,
    configuration: Vec<u8>,
    wanted: usize,
    workers: Vec<Instance>,
    store: OwnStore,
    clusters: Clusters,
    now: UnixTime,
    /// Fetches whose answers are held, with the worker that waits.
    held: Vec<(usize, Fetch)>,
    /// What a rate-limit service has counted.
    counted: Counted,
}

/// A request that is under way.
struct Flight {
    worker: usize,
    exchange: Exchange,
    connection: CaseConnection,
    effect: Option<Effect>,
    /// A question whose answer is held.
    asks: Option<Box<Question>>,
    /// The whole body, where the host has not shown it yet.
    withheld: Option<UnixTime>,
}

impl Native {
    /// The process that the case describes, not loaded yet.
    pub fn new(case: &Case) -> Self {
        Self {
            profile: case.profile.clone(),
            configuration: case.configuration.clone(),
            wanted: case.workers,
            workers: Vec::new(),
            store: OwnStore::default(),
            clusters: case.clusters.clone(),
            now: UnixTime(case.time),
            held: Vec::new(),
            counted: Counted::default(),
        }
    }

    fn step(&mut self, step: &Step, flight: &mut Option<Flight>) {
        match step {
            Step::Advance(seconds) => self.now = self.now.after(Seconds(*seconds)),
            Step::Tick(workers) => {
                for number in 0..self.workers.len() {
                    if workers.is_empty() || workers.contains(&number) {
                        self.tick(number, flight);
                    }
                }
            }
            Step::Clusters(changed) => {
                self.clusters.extend(changed.clone());
                for (number, fetch) in std::mem::take(&mut self.held) {
                    self.fetch(number, fetch, flight);
                }
                if let Some(flight) = flight
                    && let Some(question) = flight.asks.take()
                {
                    self.answer(flight, question);
                }
            }
        }
    }

    fn tick(&mut self, number: usize, flight: &mut Option<Flight>) {
        let Some(instance) = self.workers.get_mut(number) else {
            return;
        };
        let started = shared::start(instance.documents(), &self.store, self.now);
        let news = if started.taken.is_empty() {
            Input::Time
        } else {
            Input::DocumentsChanged
        };
        self.revive(number, news, flight);
        for fetch in started.fetches {
            self.fetch(number, fetch, flight);
        }
    }

    fn fetch(&mut self, number: usize, fetch: Fetch, flight: &mut Option<Flight>) {
        let Some(instance) = self.workers.get_mut(number) else {
            return;
        };
        let answer = self
            .clusters
            .get(&fetch.cluster)
            .and_then(|paths| paths.get(&fetch.path));
        match answer {
            Some(CannedAnswer::Held) => {
                self.held.push((number, fetch));
                return;
            }
            Some(CannedAnswer::Up {
                status: 200, body, ..
            }) if body.len() <= fetch.max_bytes => {
                // A document that is not taken counts as a failure inside already.
                let _outcome =
                    shared::loaded(instance.documents(), &self.store, fetch.id, self.now, body);
            }
            Some(
                CannedAnswer::Up { .. }
                | CannedAnswer::GrpcStatus(_)
                | CannedAnswer::RateLimits(_)
                | CannedAnswer::Down,
            )
            | None => {
                shared::failed(instance.documents(), &self.store, fetch.id, self.now);
            }
        }
        self.revive(number, Input::DocumentsChanged, flight);
    }

    /// Tells the request that is held, if it is this worker's, that something has changed.
    fn revive(&mut self, number: usize, news: Input<'_>, flight: &mut Option<Flight>) {
        let Some(flight) = flight.as_mut().filter(|flight| flight.worker == number) else {
            return;
        };
        let input = match flight.withheld {
            Some(since) if self.now >= since.after(BODY_PATIENCE) => Input::BodyWithheld,
            Some(_) | None => news,
        };
        self.feed(flight, input);
    }

    fn feed(&mut self, flight: &mut Flight, input: Input<'_>) {
        let Some(instance) = self.workers.get_mut(flight.worker) else {
            return;
        };
        if flight.exchange.is_settled() {
            return;
        }
        let host = Host {
            verifier: &CrateVerifier,
            store: &self.store,
            connection: &flight.connection,
        };
        let exchange = std::mem::take(&mut flight.exchange);
        let (exchange, effect) = exchange.step(instance, host, self.now, input);
        flight.exchange = exchange;
        match effect {
            Effect::Ask(question) => self.answer(flight, question),
            Effect::Wait(_)
            | Effect::Forward(_)
            | Effect::Refuse(_)
            | Effect::Serve(_)
            | Effect::Settled => flight.effect = Some(effect),
        }
    }

    /// Answers a question to the rate-limit service, or keeps it until its answer is no longer held.
    fn answer(&mut self, flight: &mut Flight, question: Box<Question>) {
        let service = self.workers.get(flight.worker).and_then(Instance::service);
        let paths = service.and_then(|service| self.clusters.get(&service.cluster));
        let answer = match paths.and_then(|paths| paths.get(PATH)) {
            Some(CannedAnswer::Held) => {
                flight.asks = Some(question);
                return;
            }
            Some(CannedAnswer::Up { body, .. }) if body.len() > MAX_ANSWER => {
                Err(RESOURCE_EXHAUSTED)
            }
            Some(CannedAnswer::Up { body, .. }) => Ok(body.clone()),
            Some(CannedAnswer::RateLimits(limits)) => self
                .counted
                .answer(limits, self.now.0, question.message())
                .ok_or(UNKNOWN),
            Some(CannedAnswer::GrpcStatus(status)) => Err(*status),
            Some(CannedAnswer::Down) | None => Err(UNAVAILABLE),
        };
        let counts = answer
            .map_err(ServiceError::of_status)
            .and_then(|answer| question.read(&answer));
        self.feed(flight, Input::Counted(counts));
    }

    fn send(&mut self, row: &Row) -> Flight {
        let request = &row.request;
        let mut flight = Flight {
            worker: row.worker,
            exchange: Exchange::new(),
            connection: CaseConnection(request.client_certificate.clone()),
            effect: None,
            asks: None,
            withheld: None,
        };
        let headers = Headers::from_pairs(request.headers.iter());
        let end_of_stream = request.ends_with_headers() && self.profile.end_of_stream_in_headers;
        self.feed(
            &mut flight,
            Input::Head {
                headers,
                end_of_stream,
            },
        );
        if request.ends_with_headers() {
            return flight;
        }
        if !self.profile.allow_on_headers_stop_iteration {
            flight.withheld = Some(self.now);
            return flight;
        }
        let mut buffered = 0usize;
        let last = request.chunks.len().checked_sub(1);
        for (index, chunk) in request.chunks.iter().enumerate() {
            buffered = buffered.saturating_add(chunk.len());
            if Some(index) != last || request.end != EndSpec::WithLastPiece {
                self.feed(&mut flight, Input::BodyProgress { buffered });
            }
        }
        if request.end != EndSpec::NotYet {
            self.feed(&mut flight, Input::Body(&request.body()));
        }
        flight
    }
}

impl Runner for Native {
    fn load(&mut self) -> Loaded {
        let mut logs = Vec::new();
        for number in 0..self.wanted {
            let id = InstanceId::derived(&[b"native", &number.to_le_bytes()]);
            let seed = Seed::of_text(id.as_str());
            let instance = Gate::from_json(&self.configuration)
                .and_then(|gate| Instance::new(gate, id, seed, &self.store));
            match instance {
                Ok(instance) if instance.service().is_some() && !self.profile.grpc => {
                    logs.push(LogLine {
                        level: LogLevel::Error,
                        text: NO_GRPC.to_owned(),
                    });
                }
                Ok(instance) => self.workers.push(instance),
                Err(errors) => logs.extend(errors.to_string().lines().map(|line| LogLine {
                    level: LogLevel::Error,
                    text: line.to_owned(),
                })),
            }
        }
        Loaded {
            accepted: self.workers.len() == self.wanted,
            logs,
            faults: Vec::new(),
        }
    }

    fn row(&mut self, row: &Row) -> Observed {
        for step in &row.before {
            self.step(step, &mut None);
        }
        let mut flight = Some(self.send(row));
        for step in &row.while_held {
            self.step(step, &mut flight);
        }
        let Some(flight) = flight else {
            return Observed::held();
        };
        let Flight {
            worker,
            connection,
            effect,
            ..
        } = flight;
        if let (Some(Effect::Forward(forward)), Some(_)) = (&effect, &row.response)
            && let (Some(reading), Some(instance)) = (&forward.reading, self.workers.get(worker))
            && let Err(error) = instance.has_read(&self.store, reading, self.now)
        {
            let mut seen = Observed::held();
            seen.faults.push(format!("an answer is kept back: {error}"));
            return seen;
        }
        let (mut seen, forwarded) = observe(&row.request, effect);
        if let (Some(forwarded), Some(response)) = (forwarded, &row.response) {
            self.respond(worker, &connection, *forwarded, response, &mut seen);
        }
        seen
    }
}

/// What came of a request, and what is to be done about its response where it went on.
fn observe(request: &RequestParts, effect: Option<Effect>) -> (Observed, Option<Box<Forward>>) {
    let mut seen = Observed::held();
    match effect {
        None | Some(Effect::Wait(_) | Effect::Ask(_)) => {}
        Some(Effect::Settled) => seen
            .faults
            .push("a decided request was decided again".to_owned()),
        Some(Effect::Forward(forward)) => {
            seen.decision = Decision::Allow;
            seen.headers = request.headers.clone();
            change(&mut seen.headers, &forward.headers);
            seen.body = request.body();
            if let Some(cut) = forward.body_cut.clone() {
                drop(seen.body.drain(cut));
            }
            seen.evidence = serde_json::from_str(&forward.evidence.line).ok();
            return (seen, Some(forward));
        }
        Some(Effect::Serve(service)) => {
            seen.decision = Decision::Serve;
            answered(&mut seen, service.response);
        }
        Some(Effect::Refuse(refusal)) => {
            seen.decision = Decision::Deny;
            refused(&mut seen, &refusal);
            answered(&mut seen, refusal.response);
        }
    }
    (seen, None)
}

fn refused(seen: &mut Observed, refusal: &Refusal) {
    seen.reason = Some(refusal.denial.reason().code().to_owned());
    seen.evidence = serde_json::from_str(&refusal.evidence.line).ok();
}

fn change(headers: &mut HeaderMap, changes: &HeaderChanges) {
    for name in &changes.remove {
        headers.remove(name);
    }
    for (name, value) in &changes.set {
        headers.set(name, value.as_bytes());
    }
    for (name, value) in &changes.add {
        headers.add(name, value.as_bytes());
    }
}

fn answered(seen: &mut Observed, response: Response) {
    seen.status = Some(u32::from(response.status));
    let fields = response.headers.iter();
    seen.headers = fields
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    seen.body = response.body;
}

/// A connection, made with this client certificate or without one.
#[derive(Debug)]
struct CaseConnection(Option<Vec<u8>>);

impl Connection for CaseConnection {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        let digest = Digest::of(self.0.as_deref()?);
        Some(PeerCertificate { digest })
    }

    fn peer_certificate_der(&self) -> Option<Vec<u8>> {
        self.0.clone()
    }
}
