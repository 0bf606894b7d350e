//! The configuration that Envoy is started with: one listener, one route, the plugin if wanted.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::certificates::Certificate;

/// The property that holds a request's evidence record, which Envoy's access log prints as filter state.
pub const EVIDENCE_PROPERTY: &str = "bailiwick_evidence";

/// What Envoy is to be.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where clients connect; port 0 lets Envoy choose.
    pub address: SocketAddr,
    /// TLS on the listener; without it, plain text.
    pub tls: Option<Tls>,
    /// Where requests go.
    pub upstream: SocketAddr,
    /// TLS towards the upstream, with a certificate of the gateway's own; without it, plain text.
    pub upstream_tls: Option<UpstreamTls>,
    /// What becomes of `x-forwarded-client-cert`.
    pub client_certificates: ForwardedCertificates,
    /// Further clusters by name, for callouts.
    pub clusters: Vec<(String, SocketAddr)>,
    /// Those that speak HTTP/2, for gRPC.
    pub grpc_clusters: Vec<(String, SocketAddr)>,
    /// The plugin in front of the upstream; without it Envoy only forwards.
    pub plugin: Option<Plugin>,
    /// Another module behind the plugin, which shares its memory.
    pub beside: Option<PathBuf>,
    /// Worker threads, each with a VM of its own.
    pub workers: u8,
    /// How much of a body Envoy keeps for the plugin; more is refused by Envoy itself. `None` for Envoy's default.
    pub buffer_limit: Option<u32>,
}

/// How the listener does TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The listener's own certificate.
    pub certificate: Certificate,
    /// Clients' certificates are asked for, and must be by this authority where a client has one.
    pub clients_by: Option<PathBuf>,
    /// Clients' certificates are taken whoever issued them: Envoy's `ACCEPT_UNTRUSTED`, the mistake that tests show.
    pub clients_unverified: bool,
    /// A client without a certificate gets no connection.
    pub clients_must: bool,
}

/// How Envoy does TLS towards its upstream.
#[derive(Clone, Debug)]
pub struct UpstreamTls {
    /// What it shows there.
    pub certificate: Certificate,
    /// Whose certificate the upstream must have.
    pub server_by: PathBuf,
}

/// What Envoy does with `x-forwarded-client-cert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedCertificates {
    /// It removes the field: `SANITIZE`, its default.
    Removed,
    /// It writes the field anew, of its own client's certificate: `SANITIZE_SET` with `cert` and `uri`.
    Set,
    /// It leaves the field as it is: `ALWAYS_FORWARD_ONLY`.
    Kept,
}

/// How the plugin is loaded.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// Its configuration, as JSON text.
    pub configuration: String,
    /// Envoy's `allow_on_headers_stop_iteration`.
    pub headers_stop_iteration: bool,
}

impl Gateway {
    /// Two workers in front of `upstream`, no plugin.
    #[must_use]
    pub fn forwarding_to(upstream: SocketAddr) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            upstream,
            upstream_tls: None,
            client_certificates: ForwardedCertificates::Removed,
            clusters: Vec::new(),
            grpc_clusters: Vec::new(),
            plugin: None,
            beside: None,
            workers: 2,
            buffer_limit: None,
        }
    }

    /// The same at an address that is known beforehand.
    #[must_use]
    pub const fn listening_on(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The same over TLS.
    #[must_use]
    pub fn over(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The same with the plugin, configured by `configuration` (JSON text) and loaded as the examples load it.
    #[must_use]
    pub fn guarded_by(mut self, configuration: String) -> Self {
        self.plugin = Some(Plugin {
            configuration,
            headers_stop_iteration: true,
        });
        self
    }

    /// The same with another module behind the plugin: what is shared between its workers is shared with that, too.
    #[must_use]
    pub fn with_module_beside(mut self, module: PathBuf) -> Self {
        self.beside = Some(module);
        self
    }

    /// The same with a cluster that callouts can name.
    #[must_use]
    pub fn with_cluster(mut self, name: &str, address: SocketAddr) -> Self {
        self.clusters.push((name.to_owned(), address));
        self
    }

    /// The same with a cluster that gRPC callouts can name.
    #[must_use]
    pub fn with_grpc_cluster(mut self, name: &str, address: SocketAddr) -> Self {
        self.grpc_clusters.push((name.to_owned(), address));
        self
    }

    /// The same over TLS towards the upstream.
    #[must_use]
    pub fn forwarding_over(mut self, tls: UpstreamTls) -> Self {
        self.upstream_tls = Some(tls);
        self
    }

    /// The same with another treatment of `x-forwarded-client-cert`.
    #[must_use]
    pub const fn client_certificates(mut self, treatment: ForwardedCertificates) -> Self {
        self.client_certificates = treatment;
        self
    }

    /// The whole bootstrap; `module` is the plugin's file.
    pub(super) fn bootstrap(&self, module: Option<&Path>, access_log: &Path) -> Value {
        let mut upstream = cluster("upstream", self.upstream);
        if let (Some(tls), Some(fields)) = (&self.upstream_tls, upstream.as_object_mut()) {
            fields.insert("transport_socket".to_owned(), tls.socket());
        }
        let clusters = self.clusters.iter();
        let clusters = clusters.map(|(name, at)| cluster(name, *at));
        let grpc = self.grpc_clusters.iter();
        let grpc = grpc.map(|(name, at)| grpc_cluster(name, *at));
        let clusters: Vec<_> = std::iter::once(upstream)
            .chain(clusters)
            .chain(grpc)
            .collect();
        json!({
            "admin": {"address": socket(SocketAddr::from(([127, 0, 0, 1], 0)))},
            "static_resources": {
                "listeners": [self.listener(module, access_log)],
                "clusters": clusters,
            },
        })
    }

    fn listener(&self, module: Option<&Path>, access_log: &Path) -> Value {
        let plugin = self.plugin.as_ref().zip(module);
        let wasm = plugin.map(|(plugin, module)| plugin.filter(module));
        let router = typed(
            "envoy.filters.http.router",
            json!({
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            }),
        );
        let beside = self.beside.as_ref().map(|module| {
            let filter = WasmFilter {
                name: PLUGIN,
                module,
                configuration: "",
                headers_stop_iteration: true,
                capabilities: &[],
            };
            filter.to_json()
        });
        let filters: Vec<_> = wasm.into_iter().chain(beside).chain([router]).collect();
        let manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "gateway",
            // HTTP/1.1 and HTTP/2 on the same port, by what the client starts with.
            "codec_type": "AUTO",
            "forward_client_cert_details": self.client_certificates.name(),
            "set_current_client_cert_details": (self.client_certificates == ForwardedCertificates::Set)
                .then(|| json!({"cert": true, "uri": true})),
            "access_log": [access_log_to(access_log)],
            "http_filters": filters,
            "route_config": {"virtual_hosts": [{
                "name": "all",
                "domains": ["*"],
                // An event stream lasts as long as its session.
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream", "timeout": "0s"}}],
            }]},
        });
        let mut listener = json!({
            "name": "gateway",
            "address": socket(self.address),
            "filter_chains": [{
                "filters": [typed("envoy.filters.network.http_connection_manager", manager)],
                "transport_socket": self.tls.as_ref().map(Tls::socket),
            }],
        });
        if let (Some(limit), Some(fields)) = (self.buffer_limit, listener.as_object_mut()) {
            fields.insert("per_connection_buffer_limit_bytes".to_owned(), limit.into());
        }
        listener
    }
}

impl ForwardedCertificates {
    const fn name(self) -> &'static str {
        match self {
            Self::Removed => "SANITIZE",
            Self::Set => "SANITIZE_SET",
            Self::Kept => "ALWAYS_FORWARD_ONLY",
        }
    }
}

impl UpstreamTls {
    /// The transport socket of a cluster.
    #[must_use]
    pub fn socket(&self) -> Value {
        typed(
            "envoy.transport_sockets.tls",
            json!({
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                "common_tls_context": {
                    "tls_certificates": [certificate_files(&self.certificate)],
                    "validation_context": {"trusted_ca": file(&self.server_by)},
                },
            }),
        )
    }
}

impl Tls {
    /// The transport socket of a listener.
    #[must_use]
    pub fn socket(&self) -> Value {
        let authority = self.clients_by.as_deref().map(file);
        typed(
            "envoy.transport_sockets.tls",
            json!({
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate": self.clients_must,
                "common_tls_context": {
                    "alpn_protocols": ["h2", "http/1.1"],
                    "tls_certificates": [certificate_files(&self.certificate)],
                    "validation_context": authority.map(|authority| json!({
                        "trusted_ca": authority,
                        "trust_chain_verification": if self.clients_unverified {
                            "ACCEPT_UNTRUSTED"
                        } else {
                            "VERIFY_TRUST_CHAIN"
                        },
                    })),
                },
            }),
        )
    }
}

fn file(path: &Path) -> Value {
    json!({"filename": path})
}

fn certificate_files(certificate: &Certificate) -> Value {
    json!({
        "certificate_chain": file(&certificate.file),
        "private_key": file(&certificate.key),
    })
}

/// The plugin's name, and that of its memory.
const PLUGIN: &str = "bailiwick";

impl Plugin {
    fn filter(&self, module: &Path) -> Value {
        let filter = WasmFilter {
            name: PLUGIN,
            module,
            configuration: &self.configuration,
            headers_stop_iteration: self.headers_stop_iteration,
            capabilities: &[],
        };
        filter.to_json()
    }
}

/// Any wasm module as an HTTP filter.
#[derive(Clone, Copy, Debug)]
pub struct WasmFilter<'a> {
    /// The filter's name, its root's and its VM's.
    pub name: &'a str,
    /// The module's file.
    pub module: &'a Path,
    /// What the module is configured with.
    pub configuration: &'a str,
    /// Envoy's `allow_on_headers_stop_iteration`.
    pub headers_stop_iteration: bool,
    /// Which functions the module may call and offer; where there are none, all.
    pub capabilities: &'a [&'a str],
}

impl WasmFilter<'_> {
    /// The filter as an HTTP connection manager's configuration has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let capabilities = self.capabilities.iter();
        let capabilities: Map<_, _> = capabilities
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        typed(
            "envoy.filters.http.wasm",
            json!({
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": self.name,
                    "root_id": self.name,
                    "failure_policy": "FAIL_RELOAD",
                    "allow_on_headers_stop_iteration": self.headers_stop_iteration,
                    "configuration": {
                        "@type": "type.googleapis.com/google.protobuf.StringValue",
                        "value": self.configuration,
                    },
                    "capability_restriction_config": {"allowed_capabilities": capabilities},
                    "vm_config": {
                        "vm_id": self.name,
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": {"local": {"filename": self.module}},
                    },
                },
            }),
        )
    }
}

fn access_log_to(file: &Path) -> Value {
    let line = format!(
        "%RESPONSE_CODE%|%RESPONSE_CODE_DETAILS%|%FILTER_STATE(wasm.{EVIDENCE_PROPERTY}:PLAIN)%\n"
    );
    typed(
        "envoy.access_loggers.file",
        json!({
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": file,
            "log_format": {"text_format_source": {"inline_string": line}},
        }),
    )
}

/// A cluster of one server that speaks HTTP/2.
fn grpc_cluster(name: &str, address: SocketAddr) -> Value {
    let mut cluster = cluster(name, address);
    if let Some(fields) = cluster.as_object_mut() {
        let options = json!({
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        });
        let options = json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options});
        fields.insert("typed_extension_protocol_options".to_owned(), options);
    }
    cluster
}

/// A cluster of one server.
#[must_use]
pub fn cluster(name: &str, address: SocketAddr) -> Value {
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [
            {"endpoint": {"address": socket(address)}},
        ]}]},
    })
}

/// An address as Envoy's configuration has it; port 0 lets Envoy choose where it listens.
#[must_use]
pub fn socket(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}})
}

fn typed(name: &str, config: Value) -> Value {
    json!({"name": name, "typed_config": config})
}
