//! How requests reach the contenders: Envoy's listeners and its clusters.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use bailiwick_tests::certificates::Certificate;
use bailiwick_tests::envoy::{EVIDENCE_PROPERTY, Tls, UpstreamTls, cluster, socket};
use bailiwick_tests::oauth::free_address;
use serde_json::{Value, json};

use crate::contenders::{Connection, Contender, filter, typed};
use crate::workloads;

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The certificates on both sides of a hop.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// Who issued the others.
    pub(crate) authority: Certificate,
    /// The listener's.
    pub(crate) server: Certificate,
    /// What the hop connects with.
    pub(crate) hop: Certificate,
}

/// The whole bootstrap: a listener for each contender, named like it, with another one behind it where there is a hop, and
/// one access log for all.
///
/// # Errors
///
/// There is no port left for the listeners behind hops, which must be known beforehand.
pub(crate) fn bootstrap(
    contenders: &[Contender],
    access_log: &Path,
    certificates: &Certificates,
) -> io::Result<Value> {
    let mut listeners = Vec::new();
    let mut clusters = Vec::new();
    for contender in contenders {
        let manager = guarded(contender, access_log);
        if contender.connection == Connection::Plain {
            listeners.push(listener(contender.name, ANY_PORT, manager));
            continue;
        }
        let address = free_address()?;
        let inside = format!("{}, inside", contender.name);
        let mut behind = listener(&inside, address, manager);
        if let Some(chain) = behind.pointer_mut("/filter_chains/0") {
            insert(chain, "transport_socket", certificates.listener().socket());
        }
        let mut upstream = cluster(contender.name, address);
        insert(
            &mut upstream,
            "transport_socket",
            certificates.hop().socket(),
        );
        listeners.extend([
            listener(contender.name, ANY_PORT, forwarding(contender)),
            behind,
        ]);
        clusters.push(upstream);
    }
    Ok(json!({
        "admin": {"address": socket(ANY_PORT)},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    }))
}

impl Certificates {
    /// TLS of a listener that takes only clients with a certificate.
    fn listener(&self) -> Tls {
        Tls {
            certificate: self.server.clone(),
            clients_by: Some(self.authority.file.clone()),
            clients_unverified: false,
            clients_must: true,
        }
    }

    /// TLS of the client in front of it.
    fn hop(&self) -> UpstreamTls {
        UpstreamTls {
            certificate: self.hop.clone(),
            server_by: self.authority.file.clone(),
        }
    }
}

/// The contender's filters, and a route that answers by itself.
fn guarded(contender: &Contender, access_log: &Path) -> Value {
    let mut filters = contender.filters.clone();
    // Without it the route would answer a POST before its body is there, and Envoy would then close the connection.
    filters.push(filter(
        "buffer",
        "buffer.v3.Buffer",
        json!({"max_request_bytes": 1 << 20}),
    ));
    let answers = vec![
        answer(workloads::LISTS, &workloads::list().to_string()),
        answer(workloads::LARGE, &"x".repeat(workloads::LARGEST)),
        answer("/", "{}"),
    ];
    let mut manager = manager(contender.name, filters, answers);
    insert(&mut manager, "access_log", json!([log_to(access_log)]));
    manager
}

/// A route that answers by itself.
fn answer(prefix: &str, body: &str) -> Value {
    json!({
        "match": {"prefix": prefix},
        "direct_response": {"status": 200, "body": {"inline_string": body}},
        "response_headers_to_add": [{
            "header": {"key": "content-type", "value": "application/json"},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }],
    })
}

/// Nothing but a route to the cluster that is called like the contender.
fn forwarding(contender: &Contender) -> Value {
    let onwards = json!({"match": {"prefix": "/"}, "route": {"cluster": contender.name}});
    manager(&format!("to {}", contender.name), Vec::new(), vec![onwards])
}

fn manager(name: &str, mut filters: Vec<Value>, routes: Vec<Value>) -> Value {
    filters.push(filter("router", "router.v3.Router", json!({})));
    json!({
        "stat_prefix": name.replace(' ', "_"),
        "http_filters": filters,
        "route_config": {
            "max_direct_response_body_size_bytes": workloads::LARGEST,
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
        },
    })
}

fn listener(name: &str, address: SocketAddr, manager: Value) -> Value {
    json!({
        "name": name,
        "address": socket(address),
        "filter_chains": [{"filters": [typed(
            "envoy.filters.network.http_connection_manager",
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            manager,
        )]}],
    })
}

fn insert(into: &mut Value, name: &str, value: Value) {
    if let Some(fields) = into.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// A line for every request: what everybody logs, and Bailiwick's record where there is one.
fn log_to(access_log: &Path) -> Value {
    let line = format!(
        "%START_TIME% %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DURATION% %FILTER_STATE(wasm.{EVIDENCE_PROPERTY}:PLAIN)%\n"
    );
    typed(
        "envoy.access_loggers.file",
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        json!({
            "path": access_log,
            "log_format": {"text_format_source": {"inline_string": line}},
        }),
    )
}
