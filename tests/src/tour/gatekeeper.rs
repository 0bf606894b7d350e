//! The gateway of the tour: a real Envoy, or where there is none, our own wasmtime host. Both run the same module.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bailiwick_host_test::gateway::{Gateway, GatewayError, Setup};
use bailiwick_host_test::{Module, ModuleError, Plugin};
use serde_json::Value;

use crate::envoy::{EVIDENCE_PROPERTY, Envoy, EnvoyError};
use crate::parts::{self, PartError};
use crate::scene::{KEYS_CLUSTER, Scene};

/// Workers of our own host, as many as the tour's Envoy has.
const WORKERS: usize = 2;

/// No gateway could be started.
#[derive(Debug, thiserror::Error)]
pub enum GatekeeperError {
    /// The plugin is missing.
    #[error(transparent)]
    Part(#[from] PartError),
    /// Envoy is there but doesn't come up.
    #[error(transparent)]
    Envoy(#[from] EnvoyError),
    /// Our host can't load the plugin.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// Our host can't run it.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// A running gateway with the plugin.
pub enum Gatekeeper {
    /// A real Envoy.
    Envoy(Envoy),
    /// Our wasmtime host.
    OwnHost(Gateway),
}

impl Gatekeeper {
    /// Starts Envoy where [`parts::ENVOY`] names one, else our own host, with the plugin so configured.
    ///
    /// # Errors
    ///
    /// The plugin isn't there, or the gateway doesn't come up with it.
    pub async fn start(scene: &Scene, configuration: &Value) -> Result<Self, GatekeeperError> {
        if parts::find(parts::ENVOY).is_ok() {
            let gateway = scene.gateway().guarded_by(configuration.to_string());
            return Ok(Self::Envoy(Envoy::start(&gateway).await?));
        }
        let module = parts::find(parts::WASM)?;
        let setup = Setup {
            module: Module::load(&module, &module.with_file_name("wasmtime-cache"))?,
            plugin: Plugin {
                configuration: configuration.to_string().into_bytes(),
                ..Plugin::default()
            },
            workers: WORKERS,
            upstream: scene.upstream.address(),
            clusters: BTreeMap::from([(KEYS_CLUSTER.to_owned(), scene.issuer.address())]),
            logged_property: EVIDENCE_PROPERTY.to_owned(),
        };
        Ok(Self::OwnHost(Gateway::start(setup).await?))
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Envoy(envoy) => envoy.address(),
            Self::OwnHost(gateway) => gateway.address(),
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Envoy(_) => "Envoy",
            Self::OwnHost(_) => "our own wasmtime host (no Envoy here)",
        }
    }

    /// The evidence record of each request so far, as logged, once there are `count` or half a minute has passed.
    pub async fn records(&self, count: usize) -> Vec<String> {
        match self {
            Self::Envoy(envoy) => {
                let lines = envoy.access_log_of(count).await;
                lines.into_iter().map(|line| line.evidence_text).collect()
            }
            Self::OwnHost(gateway) => {
                // A reply may be on its way a moment before its line is in the log.
                for _ in 0..1000 {
                    if gateway.log().len() >= count {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                let lines = gateway.log().into_iter();
                lines
                    .map(|line| {
                        String::from_utf8_lossy(&line.property.unwrap_or_default()).into_owned()
                    })
                    .collect()
            }
        }
    }
}
