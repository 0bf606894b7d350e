//! The one task that owns the VMs: it feeds them requests, ticks and callout answers, and tells what they decided.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::{Decided, Verdict, now, wire};
use crate::callout::CalloutAnswer;
use crate::fleet::Fleet;
use crate::headers::HeaderMap;
use crate::stream::{Outcome, Stream, StreamId};

/// How often timers are looked at.
const HEARTBEAT: Duration = Duration::from_millis(20);

/// What the driver is told.
#[derive(Debug)]
pub(super) enum Event {
    /// A whole request has come.
    Request {
        headers: HeaderMap,
        body: Vec<u8>,
        answer: oneshot::Sender<Decided>,
    },
    /// A callout of a worker has ended.
    Answered {
        worker: usize,
        token: u32,
        answer: CalloutAnswer,
    },
}

/// A request that its module holds back.
struct Waiting {
    worker: usize,
    stream: StreamId,
    answer: oneshot::Sender<Decided>,
}

pub(super) struct Driver {
    fleet: Fleet,
    clusters: BTreeMap<String, SocketAddr>,
    property: Vec<u8>,
    events: mpsc::UnboundedSender<Event>,
    waiting: Vec<Waiting>,
    /// Callouts under way, by worker and token.
    asked: BTreeSet<(usize, u32)>,
    /// When each worker's timer fired last.
    ticked: Vec<Instant>,
    next_worker: usize,
}

impl Driver {
    pub(super) fn new(
        fleet: Fleet,
        clusters: BTreeMap<String, SocketAddr>,
        property: String,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let ticked = vec![Instant::now(); fleet.workers().len()];
        Self {
            fleet,
            clusters,
            property: property.into_bytes(),
            events,
            waiting: Vec::new(),
            asked: BTreeSet::new(),
            ticked,
            next_worker: 0,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            let event = tokio::select! {
                event = inbox.recv() => event,
                _ = heartbeat.tick() => None,
            };
            self.fleet.world().set_now(now());
            match event {
                Some(Event::Request {
                    headers,
                    body,
                    answer,
                }) => self.request(headers, &body, answer),
                Some(Event::Answered {
                    worker,
                    token,
                    answer,
                }) => {
                    self.asked.remove(&(worker, token));
                    if let Some(vm) = self.fleet.worker(worker) {
                        vm.answer(token, answer);
                    }
                }
                None => self.tick(),
            }
            self.send_callouts();
            self.settle();
        }
    }

    /// Gives a request to the worker whose turn it is.
    fn request(&mut self, headers: HeaderMap, body: &[u8], answer: oneshot::Sender<Decided>) {
        let worker = self.next_worker;
        let workers = self.fleet.workers().len();
        self.next_worker = worker.saturating_add(1).checked_rem(workers).unwrap_or(0);
        let Some(vm) = self.fleet.worker(worker) else {
            return;
        };
        let stream = vm.open([]);
        vm.request_headers(stream, headers, body.is_empty());
        let open = vm.stream(stream).map(Stream::outcome);
        if !body.is_empty() && matches!(open, Some(Outcome::Waiting | Outcome::Forwarded(_))) {
            vm.request_body(stream, body, true);
        }
        self.waiting.push(Waiting {
            worker,
            stream,
            answer,
        });
    }

    fn tick(&mut self) {
        let workers = self.fleet.workers_mut().iter_mut();
        for (vm, ticked) in workers.zip(&mut self.ticked) {
            if vm
                .tick_period()
                .is_some_and(|period| ticked.elapsed() >= period)
            {
                *ticked = Instant::now();
                vm.tick();
            }
        }
    }

    /// Makes the calls that the modules have asked for since the last time.
    fn send_callouts(&mut self) {
        for (worker, vm) in self.fleet.workers().iter().enumerate() {
            for callout in vm.callouts() {
                if !self.asked.insert((worker, callout.token)) {
                    continue;
                }
                let (events, token) = (self.events.clone(), callout.token);
                let address = self.clusters.get(&callout.cluster).copied();
                let callout = callout.clone();
                tokio::spawn(async move {
                    let answer = match address {
                        Some(address) => wire::call(address, &callout).await,
                        None => CalloutAnswer::Failed,
                    };
                    // The driver is gone only where the gateway is.
                    drop(events.send(Event::Answered {
                        worker,
                        token,
                        answer,
                    }));
                });
            }
        }
    }

    /// Tells those whose request was decided, and forgets those who have gone.
    fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for request in waiting {
            let Some(vm) = self.fleet.worker(request.worker) else {
                continue;
            };
            let held = matches!(
                vm.stream(request.stream).map(Stream::outcome),
                Some(Outcome::Waiting)
            );
            if held && !request.answer.is_closed() {
                self.waiting.push(request);
                continue;
            }
            let Some(stream) = vm.close(request.stream) else {
                continue;
            };
            let verdict = match stream.outcome() {
                Outcome::Forwarded(passed) => Verdict::Forward(passed.clone()),
                Outcome::Responded(local) => Verdict::Respond(local.clone()),
                Outcome::Reset | Outcome::Waiting => Verdict::Reset,
            };
            let property = stream.property(&self.property).map(<[u8]>::to_vec);
            // Nobody listens any more where the client has gone.
            drop(request.answer.send(Decided { verdict, property }));
        }
    }
}
