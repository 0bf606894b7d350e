//! A real Envoy, started with a generated configuration and stopped when dropped.
//!
//! Envoy picks its own ports, so any number of them run side by side. Its log, its access log and its statistics can be
//! read while it runs.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::clients::{ExchangeError, Framing, Request, http1};
use crate::parts::{self, PartError};
use crate::scratch::Scratch;

mod bootstrap;

pub use bootstrap::{
    EVIDENCE_PROPERTY, ForwardedCertificates, Gateway, Plugin, Tls, UpstreamTls, WasmFilter,
    cluster, socket,
};

/// A module of some megabytes takes Envoy a few seconds to compile, and a minute on a busy machine. One that can't start ends at once.
const START_PATIENCE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(25);
/// How much of a log stands in an error.
const TAIL_LINES: usize = 25;

/// Envoy isn't there, or didn't come up, or can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum EnvoyError {
    /// The binary or the plugin is missing.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A file or the process could not be made.
    #[error("can't run Envoy: {0}")]
    Io(#[from] io::Error),
    /// It ended by itself, which it does when it refuses its configuration.
    #[error("Envoy ended at once ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// It runs but doesn't listen.
    #[error("Envoy doesn't listen after {} s; the end of its log:\n{log}", START_PATIENCE.as_secs())]
    NotListening {
        /// The end of its log.
        log: String,
    },
    /// Its admin interface gave no answer.
    #[error("Envoy's admin interface: {0}")]
    Admin(#[from] ExchangeError),
}

/// A running Envoy.
#[derive(Debug)]
pub struct Envoy {
    process: Child,
    address: SocketAddr,
    listeners: Vec<(String, SocketAddr)>,
    admin: SocketAddr,
    directory: Scratch,
}

/// The name and the address of one entry of Envoy's list of listeners.
fn listener_address(status: &Value) -> Option<(String, SocketAddr)> {
    let socket = status.pointer("/local_address/socket_address")?;
    let ip = socket.get("address")?.as_str()?.parse().ok()?;
    let port = u16::try_from(socket.get("port_value")?.as_u64()?).ok()?;
    let name = status.get("name")?.as_str()?.to_owned();
    Some((name, SocketAddr::new(ip, port)))
}

impl Envoy {
    /// Starts the Envoy that [`parts::ENVOY`] names as `gateway` describes, and waits until it serves.
    ///
    /// # Errors
    ///
    /// Envoy or the plugin isn't there, or Envoy refuses the configuration; the error holds the end of its log.
    pub async fn start(gateway: &Gateway) -> Result<Self, EnvoyError> {
        let module = match gateway.plugin {
            Some(_) => Some(parts::find(parts::WASM)?),
            None => None,
        };
        let directory = Scratch::new("envoy")?;
        let access_log = directory.path().join(ACCESS_LOG);
        let bootstrap = gateway.bootstrap(module.as_deref(), &access_log);
        Self::spawn(&bootstrap, gateway.workers, directory).await
    }

    /// Starts Envoy with a bootstrap of the caller's own and that many `workers`, and waits until it serves.
    ///
    /// # Errors
    ///
    /// As for [`Envoy::start`].
    pub async fn start_with(bootstrap: &Value, workers: u8) -> Result<Self, EnvoyError> {
        Self::spawn(bootstrap, workers, Scratch::new("envoy")?).await
    }

    async fn spawn(bootstrap: &Value, workers: u8, directory: Scratch) -> Result<Self, EnvoyError> {
        let binary = parts::find(parts::ENVOY)?;
        let config = directory.path().join("envoy.json");
        std::fs::write(&config, bootstrap.to_string())?;
        let log = File::create(directory.path().join(LOG))?;
        let process = Command::new(binary)
            .arg("--config-path")
            .arg(&config)
            .arg("--admin-address-path")
            .arg(directory.path().join(ADMIN_ADDRESS))
            .args(["--concurrency", &workers.to_string()])
            .args([
                "--log-level",
                "warning",
                "--component-log-level",
                "wasm:info",
            ])
            .args(["--file-flush-interval-msec", "50"])
            // Hot restart's shared memory is what makes several Envoys on one machine collide.
            .arg("--use-dynamic-base-id")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut envoy = Self {
            process,
            address: nowhere,
            listeners: Vec::new(),
            admin: nowhere,
            directory,
        };
        envoy.wait_until_serving().await?;
        Ok(envoy)
    }

    async fn wait_until_serving(&mut self) -> Result<(), EnvoyError> {
        let deadline = Instant::now().checked_add(START_PATIENCE);
        while deadline.is_none_or(|deadline| Instant::now() < deadline) {
            if let Some(status) = self.process.try_wait()? {
                let (status, log) = (status.to_string(), self.log_tail());
                return Err(EnvoyError::Ended { status, log });
            }
            if let Some(address) = self.listening().await {
                self.address = address;
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        let log = self.log_tail();
        Err(EnvoyError::NotListening { log })
    }

    /// The listener's address once the workers serve it.
    async fn listening(&mut self) -> Option<SocketAddr> {
        let written = std::fs::read_to_string(self.directory.path().join(ADMIN_ADDRESS)).ok()?;
        self.admin = written.trim().parse().ok()?;
        let ready = self.ask_admin("/ready").await.ok()?;
        (ready.trim() == "LIVE").then_some(())?;
        let listeners = self.ask_admin("/listeners?format=json").await.ok()?;
        let listeners: Value = serde_json::from_str(&listeners).ok()?;
        let statuses = listeners.get("listener_statuses")?.as_array()?;
        self.listeners = statuses
            .iter()
            .map(listener_address)
            .collect::<Option<_>>()?;
        self.listeners.first().map(|(_, address)| *address)
    }

    /// Where clients of the listener called `name` connect.
    #[must_use]
    pub fn listener(&self, name: &str) -> Option<SocketAddr> {
        let (_, address) = self.listeners.iter().find(|(known, _)| known == name)?;
        Some(*address)
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time that all its threads have used so far; nothing where the system doesn't tell it (only Linux does).
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).ok()?;
        let nanoseconds = threads.map(|thread| {
            let spent = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            spent.split(' ').next()?.parse::<u64>().ok()
        });
        nanoseconds.sum::<Option<u64>>().map(Duration::from_nanos)
    }

    /// `http://host:port` of the same.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The value of each statistic whose name contains `part`, as `(name, value)`.
    ///
    /// # Errors
    ///
    /// Envoy has ended.
    pub async fn stats(&self, part: &str) -> Result<Vec<(String, u64)>, EnvoyError> {
        let text = self.ask_admin(&format!("/stats?filter={part}")).await?;
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        Ok(lines
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect())
    }

    /// Everything that Envoy and the plugin logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.read(LOG)
    }

    /// The access log so far, one line per finished request: `status|response code details|evidence`.
    #[must_use]
    pub fn access_log(&self) -> Vec<AccessLine> {
        let text = self.read(ACCESS_LOG);
        text.lines().filter_map(AccessLine::parse).collect()
    }

    /// The access log once it has `count` lines, or what it has after half a minute.
    pub async fn access_log_of(&self, count: usize) -> Vec<AccessLine> {
        for _ in 0..1200 {
            let lines = self.access_log();
            if lines.len() >= count {
                return lines;
            }
            tokio::time::sleep(POLL).await;
        }
        self.access_log()
    }

    /// The directory with its configuration and its logs; gone once this is dropped.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// From now on logs what one of its components, such as `wasm`, says at `level` (`info`, `warning`) and above.
    ///
    /// # Errors
    ///
    /// Envoy has ended.
    pub async fn log_from(&self, component: &str, level: &str) -> Result<(), EnvoyError> {
        let target = format!("/logging?{component}={level}");
        let request = Request::post(&target, "").with("connection", "close");
        http1::send(self.admin, &request, Framing::Whole).await?;
        Ok(())
    }

    async fn ask_admin(&self, target: &str) -> Result<String, ExchangeError> {
        let request = Request::get(target).with("connection", "close");
        let reply = http1::send(self.admin, &request, Framing::Whole).await?;
        Ok(reply.text())
    }

    fn read(&self, file: &str) -> String {
        let bytes = std::fs::read(self.directory.path().join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let tail = lines.len().saturating_sub(TAIL_LINES);
        lines.get(tail..).unwrap_or_default().join("\n")
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

const LOG: &str = "envoy.log";
const ACCESS_LOG: &str = "access.log";
const ADMIN_ADDRESS: &str = "admin.address";

/// One line of the access log.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessLine {
    /// The status that the client got.
    pub status: u16,
    /// Envoy's own word for how the response came about.
    pub details: String,
    /// The evidence record, `Null` where the plugin left none.
    pub evidence: Value,
    /// That record, byte for byte as it was logged.
    pub evidence_text: String,
}

impl AccessLine {
    fn parse(line: &str) -> Option<Self> {
        let (status, rest) = line.split_once('|')?;
        let (details, evidence) = rest.split_once('|')?;
        Some(Self {
            status: status.parse().ok()?,
            details: details.to_owned(),
            evidence: serde_json::from_str(evidence).unwrap_or(Value::Null),
            evidence_text: evidence.to_owned(),
        })
    }
}
