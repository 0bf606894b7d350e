//! The engine itself, with as small a host as one request needs: documents come from files, and nothing is shared.

use bailiwick_engine::buckets::OwnStore;
use bailiwick_engine::decision::Denial;
use bailiwick_engine::decision::answer::Answer;
use bailiwick_engine::decision::wire::Response;
use bailiwick_engine::digest::Digest;
use bailiwick_engine::evidence::InstanceId;
use bailiwick_engine::exchange::{Effect, Exchange, HeaderChanges, Input, Wait};
use bailiwick_engine::gate::{Gate, Instance};
use bailiwick_engine::identity::documents::shared;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::nonce::Seed;
use bailiwick_engine::policy::session::service::Counts;
use bailiwick_engine::ports::{Connection, Host, PeerCertificate};
use bailiwick_engine::request::Headers;
use bailiwick_engine::time::UnixTime;
use serde_json::Value;

use super::ExplainError;
use super::documents::{Documents, wanted};
use super::request::Request;

/// A request waits for keys, for a status list that its token names, and for the keys that signed that.
const ROUNDS: usize = 8;

/// What came of a request.
pub(super) struct Decided {
    pub(super) outcome: Outcome,
    /// The record that a gate would write; none for what is no decision.
    pub(super) record: Value,
}

pub(super) enum Outcome {
    /// It would go upstream, changed like this.
    Permitted { changes: HeaderChanges },
    /// It would be refused.
    Refused {
        denial: Box<Denial>,
        response: Response,
    },
    /// The gate would answer by itself, as it answers everybody.
    Served { response: Response },
}

/// Has a new worker of the gate judge this one request.
pub(super) fn decide(
    gate: Gate,
    request: &Request,
    documents: &Documents,
    now: UnixTime,
) -> Result<Decided, ExplainError> {
    let id = InstanceId::derived(&[b"explain"]);
    let seed = Seed::of_text(id.as_str());
    let store = OwnStore::default();
    let instance = Instance::new(gate, id, seed, &store);
    let mut worker = Worker {
        store,
        instance: instance.map_err(|errors| ExplainError::Config {
            path: "the configuration".into(),
            errors,
        })?,
        connection: GivenConnection(request.certificate.clone()),
        missing: Vec::new(),
        now,
    };
    let effect = worker.run(request, documents)?;
    worker.decided(effect)
}

struct Worker {
    instance: Instance,
    /// Its own, so that every session has done nothing so far.
    store: OwnStore,
    connection: GivenConnection,
    /// What was asked for and no file stands in for.
    missing: Vec<String>,
    now: UnixTime,
}

impl Worker {
    fn run(&mut self, request: &Request, documents: &Documents) -> Result<Effect, ExplainError> {
        let head = Input::Head {
            headers: Headers::from_pairs(request.fields.iter().map(|(name, value)| (name, value))),
            end_of_stream: request.body.is_empty(),
        };
        let (mut exchange, mut effect) = self.step(Exchange::new(), head);
        for _ in 0..ROUNDS {
            let input = match &effect {
                Effect::Wait(Wait::Body) => Input::Body(&request.body),
                Effect::Wait(Wait::Documents { until }) => {
                    let until = *until;
                    if self.fetch(documents) {
                        Input::DocumentsChanged
                    } else {
                        self.now = until;
                        Input::Time
                    }
                }
                // A session has done nothing here, nor elsewhere.
                Effect::Ask(_) | Effect::Wait(Wait::Counts) => {
                    Input::Counted(Ok(Counts::default()))
                }
                Effect::Forward(_) | Effect::Refuse(_) | Effect::Serve(_) | Effect::Settled => {
                    return Ok(effect);
                }
            };
            (exchange, effect) = self.step(exchange, input);
        }
        Err(ExplainError::Undecided)
    }

    fn step(&mut self, exchange: Exchange, input: Input<'_>) -> (Exchange, Effect) {
        let host = Host {
            verifier: &CrateVerifier,
            store: &self.store,
            connection: &self.connection,
        };
        exchange.step(&mut self.instance, host, self.now, input)
    }

    /// Takes files for what is to be fetched; was there anything?
    fn fetch(&mut self, documents: &Documents) -> bool {
        let fetches = shared::start(self.instance.documents(), &self.store, self.now).fetches;
        for fetch in &fetches {
            let store = &self.store;
            let taken = documents.answer(fetch).is_some_and(|bytes| {
                shared::loaded(self.instance.documents(), store, fetch.id, self.now, bytes).is_ok()
            });
            if !taken {
                shared::failed(self.instance.documents(), store, fetch.id, self.now);
                self.missing.push(wanted(fetch));
            }
        }
        !fetches.is_empty()
    }

    fn decided(self, effect: Effect) -> Result<Decided, ExplainError> {
        let (outcome, evidence) = match effect {
            Effect::Forward(forward) => (
                Outcome::Permitted {
                    changes: forward.headers,
                },
                Some(forward.evidence),
            ),
            Effect::Refuse(refusal) => {
                // A gate that could fetch would have said something else.
                let unavailable = refusal.denial.reason().answer() == Answer::Unavailable;
                if unavailable && !self.missing.is_empty() {
                    return Err(ExplainError::Needs {
                        wanted: self.missing,
                    });
                }
                let outcome = Outcome::Refused {
                    denial: Box::new(refusal.denial),
                    response: refusal.response,
                };
                (outcome, Some(refusal.evidence))
            }
            Effect::Serve(service) => (
                Outcome::Served {
                    response: service.response,
                },
                None,
            ),
            Effect::Wait(_) | Effect::Ask(_) | Effect::Settled => {
                return Err(ExplainError::Undecided);
            }
        };
        let record = evidence.and_then(|of| serde_json::from_str(&of.line).ok());
        Ok(Decided {
            outcome,
            record: record.unwrap_or(Value::Null),
        })
    }
}

/// A connection with this client certificate, or with none.
struct GivenConnection(Option<Vec<u8>>);

impl Connection for GivenConnection {
    fn peer_certificate(&self) -> Option<PeerCertificate> {
        let digest = Digest::of(self.0.as_deref()?);
        Some(PeerCertificate { digest })
    }

    fn peer_certificate_der(&self) -> Option<Vec<u8>> {
        self.0.clone()
    }
}
