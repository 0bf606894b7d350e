//! An authorization server and an OAuth client that are not ours: npm `oidc-provider` and `oauth4webapi`.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::Certificate;
use crate::clients::{ExchangeError, Framing, Request, http1};
use crate::dialogue::{Dialogue, DialogueError};
use crate::parts;

/// A running `oidc-provider`. It logs `alice` in by itself, and stops when dropped.
#[derive(Debug)]
pub struct AuthorizationServer {
    issuer: String,
    address: SocketAddr,
    _process: Dialogue,
}

impl AuthorizationServer {
    /// Starts one that gives access tokens for `resource`, over TLS with `certificate`.
    ///
    /// # Errors
    ///
    /// There is no Node.js, or the server doesn't come up.
    pub fn start(resource: &str, certificate: &Certificate) -> Result<Self, DialogueError> {
        let mut command = node("authorization_server.mjs")?;
        command.arg(resource);
        command.args([&certificate.file, &certificate.key]);
        let mut process = Dialogue::start(&mut command)?;
        let said = process.hear()?;
        let issuer = said.get("issuer").and_then(Value::as_str);
        let plain = said.get("plain").and_then(Value::as_u64);
        let port = plain.and_then(|port| u16::try_from(port).ok());
        Ok(Self {
            issuer: issuer.unwrap_or_default().to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_default())),
            _process: process,
        })
    }

    /// Its issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where it listens without TLS, for whoever fetches its keys from inside.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces its signing key.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn rotate(&self) -> Result<(), ExchangeError> {
        let request = Request::post("/test/rotate", String::new()).with("connection", "close");
        http1::send(self.address, &request, Framing::Whole)
            .await
            .map(drop)
    }
}

/// A running client, which keeps its token and its key.
#[derive(Debug)]
pub struct OauthClient(Dialogue);

impl OauthClient {
    /// Starts one that knows nothing yet but which authority's certificates to trust.
    ///
    /// # Errors
    ///
    /// There is no Node.js.
    pub fn start(authority: &Certificate) -> Result<Self, DialogueError> {
        let mut command = node("oauth_client.mjs")?;
        command.env("NODE_EXTRA_CA_CERTS", &authority.file);
        Ok(Self(Dialogue::start(&mut command)?))
    }

    /// Asks `url` without a token, and follows its challenge to its metadata and its authorization server.
    ///
    /// # Errors
    ///
    /// The library refuses what it finds.
    pub fn discover(&mut self, url: &str) -> Result<Value, DialogueError> {
        self.0.ask(&json!({"do": "discover", "url": url}))
    }

    /// Gets a DPoP-bound token by the authorization code grant with PKCE, and says what stands in it.
    ///
    /// # Errors
    ///
    /// The server or the library refuses.
    pub fn authorize(&mut self, scope: &str) -> Result<Value, DialogueError> {
        self.0
            .ask(&json!({"do": "code", "client_id": "desk", "scope": scope}))
    }

    /// Gets a token for the client itself, bound to a key or not.
    ///
    /// # Errors
    ///
    /// The server or the library refuses.
    pub fn credentials(&mut self, scope: &str, dpop: bool) -> Result<Value, DialogueError> {
        self.0.ask(&json!({
            "do": "client_credentials",
            "client_id": "nightly-agent",
            "client_secret": "only-for-tests",
            "scope": scope,
            "dpop": dpop,
        }))
    }

    /// Calls the resource with the token, as `how` says beside it: `method`, `url`, `body`, `headers`, and `dpop: false` to
    /// send a bound token as if it weren't.
    ///
    /// # Errors
    ///
    /// The resource gives no answer.
    pub fn call(&mut self, how: &Value) -> Result<Value, DialogueError> {
        let mut command = how.clone();
        if let Some(members) = command.as_object_mut() {
            members.insert("do".to_owned(), "call".into());
        }
        self.0.ask(&command)
    }
}

/// A port of 127.0.0.1 that nobody listens on, for a server that must be named before it runs.
///
/// # Errors
///
/// There is none.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

/// Node.js with a script of the end-to-end tests, all of which are copied to where the packages are: a module finds packages
/// beside itself.
pub(crate) fn node(script: &str) -> Result<Command, DialogueError> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/js");
    let program = parts::find(parts::NODE)?;
    let packages = parts::find(parts::JS)?;
    let folder = packages.parent().map_or_else(PathBuf::new, Path::to_owned);
    for source in fs::read_dir(scripts)? {
        let source = source?;
        let name = source.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".mjs") {
            continue;
        }
        // Tests run side by side: written whole, then put in place.
        let partial = folder.join(format!("{name}.{}", std::process::id()));
        fs::copy(source.path(), &partial)?;
        fs::rename(&partial, folder.join(name))?;
    }
    let mut command = Command::new(program);
    command.arg("--no-warnings").arg(folder.join(script));
    Ok(command)
}
