//! The scene that the end-to-end tests and the tour play in: a shop's MCP server, an issuer with its keys, one agent.
//!
//! `support-bot` acts for `alice`. It may list tools, echo, search orders, and refund up to 100 euros; it may not delete.

use std::io;

use serde_json::{Value, json};

use crate::clients::{ExchangeError, Framing, Reply, Request, http1};
use crate::dialogue::DialogueError;
use crate::envoy::{Envoy, EnvoyError, Gateway};
use crate::jwks_server::JwksServer;
use crate::mcp_server::McpServer;
use crate::mint::{self, Key, Mint};

/// The issuer of the scene's tokens.
pub const ISSUER: &str = "https://issuer.example";
/// The audience that the scene's gateway is.
pub const AUDIENCE: &str = "https://shop.example/mcp";
/// Where the issuer's keys are, as the configuration names it.
pub const KEYS_URL: &str = "https://issuer.example/jwks.json";
/// The cluster that they are fetched from.
pub const KEYS_CLUSTER: &str = "issuer";
/// How long a token of the scene lives, in seconds.
const LIFETIME: u64 = 300;

/// Part of the scene is missing.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// A server can't listen.
    #[error("a local server can't listen: {0}")]
    Listen(#[from] io::Error),
    /// No tokens.
    #[error(transparent)]
    Mint(#[from] DialogueError),
    /// No gateway.
    #[error(transparent)]
    Envoy(#[from] EnvoyError),
    /// The gateway gave no answer.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// Everything but the gateway.
#[derive(Debug)]
pub struct Scene {
    /// The MCP server to protect.
    pub upstream: McpServer,
    /// The issuer's key server.
    pub issuer: JwksServer,
    /// Makes keys and tokens.
    pub mint: Mint,
    /// The key that the issuer publishes at first.
    pub key: Key,
}

impl Scene {
    /// Starts the servers and the mint.
    ///
    /// # Errors
    ///
    /// One of them can't be had.
    pub async fn set() -> Result<Self, SceneError> {
        let mint = Mint::start()?;
        let key = mint.key("k1", "ES256")?;
        Ok(Self {
            upstream: McpServer::start().await?,
            issuer: JwksServer::start(vec![key.jwk()]).await?,
            mint,
            key,
        })
    }

    /// An Envoy in front of the MCP server, with the plugin configured as [`configuration`].
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        Gateway::forwarding_to(self.upstream.address())
            .guarded_by(configuration().to_string())
            .with_cluster(KEYS_CLUSTER, self.issuer.address())
    }

    /// A token for [`claims`], signed with the key that the issuer publishes at first.
    ///
    /// # Errors
    ///
    /// The mint is gone.
    pub fn token(&self) -> Result<String, DialogueError> {
        self.mint.token(&self.key, &claims())
    }
}

/// Reads an order with `token`.
///
/// # Errors
///
/// The gateway gives no answer.
pub async fn read_order(envoy: &Envoy, token: &str) -> Result<Reply, ExchangeError> {
    let request = Request::get("/orders/7").bearer(token);
    http1::send(envoy.address(), &request, Framing::Whole).await
}

/// The plugin's configuration. A test that needs another changes a member.
#[must_use]
pub fn configuration() -> Value {
    json!({
        "version": 1,
        "issuers": [{
            "name": "acme",
            "issuer": ISSUER,
            "audiences": [AUDIENCE],
            "algorithms": ["ES256"],
            "keys": {"remote": {"url": KEYS_URL, "cluster": KEYS_CLUSTER, "min_interval_seconds": 1}},
        }],
        "routes": [
            {"name": "shop", "path": "/mcp", "mcp": {"server": "shop"}},
            {"name": "orders", "http": {"operations": [
                {"name": "read_order", "method": "GET", "path": "/orders/{id}"},
            ]}},
        ],
        "groups": {"tools": {"harmless": ["shop/echo", "shop/search_orders"]}},
        "policies": include_str!("../e2e/shop.cedar"),
    })
}

/// The claims of a token that is good for five minutes: `support-bot` acts for `alice`.
#[must_use]
pub fn claims() -> Value {
    let now = mint::now();
    json!({
        "iss": ISSUER,
        "sub": "alice",
        "aud": AUDIENCE,
        "client_id": "support-desk",
        "act": {"sub": "support-bot"},
        "scope": "orders",
        "jti": "tour-1",
        "iat": now,
        "exp": now.saturating_add(LIFETIME),
    })
}
