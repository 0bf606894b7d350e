//! A rate-limit service of other people's parts: messages are those that `envoy-types` has from Envoy's own definitions, `tonic` speaks
//! gRPC, and `limitador` counts, in memory. Here is only what joins them, with the configuration of [`RateLimits`], as limitador's own
//! server joins them for Envoy's filter; and how it answers a test can change.
//!
//! What a client of that server sees otherwise: it answers with an overall code alone, and counts nothing once a limit is reached. This one
//! answers with a status for each descriptor and counts each by its own `hits_addend`, whatever comes of the others, as
//! envoyproxy/ratelimit does. Limitador's windows begin with the first question about a descriptor, and those of envoyproxy/ratelimit with
//! the epoch; none ends during a test.
//!
//! It is here and not among the library's parts so that the benchmarks, which need none, don't build it.

#![expect(
    clippy::unwrap_used,
    reason = "a configuration that can't be counted by fails the test"
)]

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_host_test::rate_limits::{self, RateLimits, Rule};
use envoy_types::pb::envoy::extensions::common::ratelimit::v3::RateLimitDescriptor;
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_response::rate_limit::Unit;
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_response::{
    Code, DescriptorStatus, RateLimit,
};
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_service_server::{
    RateLimitService, RateLimitServiceServer,
};
use envoy_types::pb::envoy::service::ratelimit::v3::{RateLimitRequest, RateLimitResponse};
use envoy_types::pb::google::protobuf;
use limitador::RateLimiter;
use limitador::counter::Counter;
use limitador::limit::{Context, Expression, Limit, Predicate};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Request, Response, Status};

/// How many counters are kept: more than any test has.
const COUNTERS: u64 = 100_000;

/// How the service answers.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// By what it has counted.
    Right,
    /// The same, after so long.
    Slow(Duration),
    /// With a status alone.
    Status(tonic::Code),
    /// With this, whatever was asked.
    Message(RateLimitResponse),
}

struct State {
    limiter: RateLimiter,
    manner: Manner,
    questions: Vec<String>,
}

/// Questions are taken one after the other.
struct Service(Mutex<State>);

/// A running service.
pub(crate) struct RateLimitServer {
    address: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl RateLimitServer {
    /// Starts a service with these limits on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// No port can be had.
    pub(crate) async fn start(limits: &RateLimits) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let limiter = RateLimiter::new(COUNTERS);
        add(&limiter, &limits.domain, &[], &limits.descriptors);
        let service = Arc::new(Service(Mutex::new(State {
            limiter,
            manner: Manner::Right,
            questions: Vec::new(),
        })));
        let (stop, stopped) = oneshot::channel();
        let serving = Server::builder().serve_with_incoming_shutdown(
            RateLimitServiceServer::from_arc(Arc::clone(&service)),
            TcpIncoming::from(listener),
            async { drop(stopped.await) },
        );
        Ok(Self {
            address,
            service,
            stop,
            task: tokio::spawn(serving),
        })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers in this manner from now on.
    pub(crate) fn answer(&self, manner: Manner) {
        self.service.lock().manner = manner;
    }

    /// All that it was told: of each question the head and the message, as text to look for things in.
    pub(crate) fn questions(&self) -> Vec<String> {
        self.service.lock().questions.clone()
    }

    /// Stops, and returns once no connection is left.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap().unwrap();
    }
}

impl Service {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl RateLimitService for Service {
    async fn should_rate_limit(
        &self,
        request: Request<RateLimitRequest>,
    ) -> Result<Response<RateLimitResponse>, Status> {
        let manner = {
            let mut state = self.lock();
            let question = format!("{:?} {:?}", request.metadata(), request.get_ref());
            state.questions.push(question);
            state.manner.clone()
        };
        match manner {
            Manner::Right => {}
            Manner::Slow(delay) => tokio::time::sleep(delay).await,
            Manner::Status(code) => return Err(Status::new(code, "")),
            Manner::Message(message) => return Ok(Response::new(message)),
        }
        answer(&self.lock().limiter, request.get_ref()).map(Response::new)
    }
}

/// Counts every descriptor, in their order.
fn answer(limiter: &RateLimiter, request: &RateLimitRequest) -> Result<RateLimitResponse, Status> {
    let mut response = RateLimitResponse {
        overall_code: Code::Ok.into(),
        ..RateLimitResponse::default()
    };
    for descriptor in &request.descriptors {
        let own = descriptor.hits_addend.as_ref().map(|hits| hits.value);
        let hits = own.unwrap_or(request.hits_addend.max(1).into());
        let status = count(limiter, &request.domain, descriptor, hits)?;
        response.overall_code = response.overall_code.max(status.code);
        response.statuses.push(status);
    }
    Ok(response)
}

fn count(
    limiter: &RateLimiter,
    domain: &str,
    descriptor: &RateLimitDescriptor,
    hits: u64,
) -> Result<DescriptorStatus, Status> {
    let internal = |error: &dyn std::error::Error| Status::internal(error.to_string());
    let entries = descriptor.entries.iter().map(|entry| {
        let parts = [("key", &entry.key), ("value", &entry.value)];
        let parts = parts.map(|(name, part)| (name.to_owned(), part.clone()));
        HashMap::from(parts)
    });
    let mut context = Context::default();
    context.list_binding("entries".to_owned(), entries.collect());
    let domain = domain.into();
    let counted = limiter.update_counters(&domain, &context, hits);
    counted.map_err(|error| internal(&error))?;
    let found = limiter.is_rate_limited(&domain, &context, 0);
    let found = found.map_err(|error| internal(&error))?;
    let code = if found.limited {
        Code::OverLimit
    } else {
        Code::Ok
    };
    let mut status = DescriptorStatus {
        code: code.into(),
        ..DescriptorStatus::default()
    };
    match found.counters.as_slice() {
        [] => {}
        [counter] => describe(counter, &mut status),
        _ => return Err(Status::internal("a descriptor has two limits")),
    }
    Ok(status)
}

fn describe(counter: &Counter, status: &mut DescriptorStatus) {
    let unit = counter.id().and_then(Unit::from_str_name);
    status.current_limit = Some(RateLimit {
        requests_per_unit: counter.max_value().try_into().unwrap(),
        unit: unit.unwrap_or_default().into(),
        ..RateLimit::default()
    });
    let remaining = counter.remaining().unwrap_or_default();
    status.limit_remaining = remaining.try_into().unwrap();
    status.duration_until_reset = counter.expires_in().map(|left| protobuf::Duration {
        seconds: left.as_secs().try_into().unwrap(),
        nanos: 0,
    });
}

/// Adds what holds for descriptors that go on with one of these rules after entries by those above.
fn add(limiter: &RateLimiter, domain: &str, above: &[&Rule], rules: &[Rule]) {
    for rule in rules {
        let path = [above, &[rule]].concat();
        if let Some(limit) = rule.rate_limit {
            assert!(limiter.add_limit(counted(domain, &path, limit)), "{path:?}");
        }
        add(limiter, domain, &path, &rule.descriptors);
    }
}

/// A limit for descriptors with these entries and no others; by each value that the rules leave open it counts apart.
fn counted(domain: &str, path: &[&Rule], limit: rate_limits::Limit) -> Limit {
    let mut condition = format!("size(entries) == {}", path.len());
    let mut variables = Vec::new();
    for (place, rule) in path.iter().enumerate() {
        condition.push_str(&format!(" && entries[{place}].key == {:?}", rule.key));
        let value = format!("entries[{place}].value");
        match &rule.value {
            Some(wanted) => condition.push_str(&format!(" && {value} == {wanted:?}")),
            None => variables.push(Expression::parse(value).unwrap()),
        }
    }
    let condition = Predicate::parse(condition).unwrap();
    let unit = Unit::try_from(limit.unit as i32).unwrap().as_str_name();
    let (most, seconds) = (limit.requests_per_unit.into(), limit.unit.seconds());
    Limit::with_id(unit, domain, most, seconds, [condition], variables)
}
