//! The tour that `cargo xtask demo` gives: one agent's requests, what came of each, and what was recorded.
//!
//! A tour is data ([`steps`]), so that `--check` compares what was shown with what should have been.

use serde_json::{Value, json};

use crate::clients::{Framing, Reply, Request, http1, mcp};
use crate::dialogue::DialogueError;
use crate::scene::{self, Scene, SceneError};

pub mod biscuits;
pub mod gatekeeper;
pub mod handing_on;
pub mod show;

pub use gatekeeper::{Gatekeeper, GatekeeperError};

/// One step: what is asked, and what should come of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the agent does, for people.
    pub title: String,
    /// The request.
    pub request: Request,
    /// The status that it should get.
    pub status: u16,
    /// The reason that a refusal should have; `None` where the request should reach the MCP server.
    pub reason: Option<&'static str>,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The step.
    pub step: Step,
    /// The answer.
    pub reply: Reply,
    /// Whether the MCP server saw the request.
    pub reached_server: bool,
}

impl Taken {
    /// How it differs from what should have come; empty where it doesn't.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let step = &self.step;
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: String, found: String| {
            if expected != found {
                let title = &step.title;
                differences.push(format!("{title}: {what} should be {expected}, is {found}"));
            }
        };
        compare(
            "status",
            step.status.to_string(),
            self.reply.status.to_string(),
        );
        let expected = step.reason.map(str::to_owned);
        compare(
            "reason",
            format!("{expected:?}"),
            format!("{:?}", self.reply.reason()),
        );
        let reaches = step.reason.is_none();
        compare(
            "reaching the server",
            reaches.to_string(),
            self.reached_server.to_string(),
        );
        differences
    }
}

/// The tour's steps: an agent that acts for a person lists tools and calls three of them, and somebody forges its token.
///
/// # Errors
///
/// The mint is gone.
pub fn steps(scene: &Scene) -> Result<Vec<Step>, DialogueError> {
    let token = scene.token()?;
    let forger = scene.mint.key("k1", "ES256")?;
    let forged = scene.mint.token(&forger, &scene::claims())?;
    let call = |tool: &str, arguments: Value, token: &str| {
        let title = format!("calls {tool} {arguments}");
        (title, mcp::call(tool, &arguments).bearer(token))
    };
    let step = |(title, request), status, reason| Step {
        title,
        request,
        status,
        reason,
    };
    let order = json!({"order_id": "A-1001"});
    let within = json!({"order_id": "A-1001", "amount": 40});
    let beyond = json!({"order_id": "A-1001", "amount": 4000});
    let (title, with_forged) = call("search_orders", json!({"customer": "Ada"}), &forged);
    Ok(vec![
        step(
            ("lists the tools".to_owned(), mcp::list().bearer(&token)),
            200,
            None,
        ),
        step(call("refund_order", within, &token), 200, None),
        step(
            call("delete_order", order, &token),
            403,
            Some("policy_forbidden"),
        ),
        step(
            call("refund_order", beyond, &token),
            403,
            Some("policy_forbidden"),
        ),
        step(
            (format!("{title} with a forged token"), with_forged),
            401,
            Some("signature_invalid"),
        ),
    ])
}

/// Takes one step.
///
/// # Errors
///
/// The gateway gave no answer.
pub async fn take(scene: &Scene, gatekeeper: &Gatekeeper, step: Step) -> Result<Taken, SceneError> {
    drop(scene.upstream.take_seen());
    let reply = http1::send(gatekeeper.address(), &step.request, Framing::Whole).await?;
    let reached_server = !scene.upstream.take_seen().is_empty();
    Ok(Taken {
        step,
        reply,
        reached_server,
    })
}
