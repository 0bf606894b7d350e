//! A person's authority, handed on twice: from alice to a planner agent, and from the planner to a worker agent, each time by a
//! block of a Biscuit that nobody had to be asked for.

use bailiwick_engine::time::{Timestamp, UnixTime};
use serde_json::{Value, json};

use super::Step;
use crate::biscuits::{BiscuitMint, RootKey};
use crate::clients::mcp;
use crate::dialogue::DialogueError;
use crate::mint;

/// What is different from here on, for people.
pub const WHO: &str = "the same by a Biscuit: alice's authority, with a block more by the planner and another one for the worker";

/// How long what alice allows lasts, in seconds.
const LIFETIME: u64 = 300;

/// Whoever issues Biscuits in the tour.
#[derive(Debug)]
pub struct Issuer {
    mint: BiscuitMint,
    root: RootKey,
}

impl Issuer {
    /// Makes its root key.
    ///
    /// # Errors
    ///
    /// There is no biscuit-python.
    pub fn start() -> Result<Self, DialogueError> {
        let mint = BiscuitMint::start()?;
        let root = mint.key()?;
        Ok(Self { mint, root })
    }

    /// The configuration with this issuer in it, and a policy by which its agents may do in the shop what their tokens allow
    /// them and people asked for.
    #[must_use]
    pub fn trusted_by(&self, mut configuration: Value) -> Value {
        if let Some(warrants) = configuration.as_object_mut() {
            let warrants = warrants.entry("warrants").or_insert_with(|| json!({}));
            if let Some(warrants) = warrants.as_object_mut() {
                let biscuit = json!({
                    "anchors": [{
                        "name": "people",
                        "issuer": "https://people.example",
                        "keys": [{"id": 1, "key": self.root.public()}],
                    }],
                    "users_are_people": true,
                });
                warrants.insert("biscuit".to_owned(), biscuit);
            }
        }
        if let Some(route) = configuration.pointer_mut("/routes/0")
            && let Some(route) = route.as_object_mut()
        {
            route.insert("warrant".to_owned(), "accept".into());
        }
        if let Some(policies) = configuration.pointer_mut("/policies") {
            let before = policies.as_str().unwrap_or_default();
            *policies = format!("{before}\n{POLICY}").into();
        }
        configuration
    }

    /// What the worker does with the token that it got, and what it doesn't get through.
    ///
    /// # Errors
    ///
    /// The mint is gone.
    pub fn steps(&self) -> Result<Vec<Step>, DialogueError> {
        let until = Timestamp(UnixTime(mint::now().saturating_add(LIFETIME)));
        let alice = format!(
            r#"user("alice"); agent("planner"); tool("search_orders"); tool("refund_order"); check if time($t), $t < {until}"#
        );
        let to_planner =
            r#"check if argument("amount", $a), $a <= 100 or tool_call("search_orders")"#;
        let to_worker = r#"check if tool_call("refund_order"), argument("amount", $a), $a <= 50"#;
        let planner = self.mint.token(&self.root, &[&alice, to_planner])?;
        let worker = self
            .mint
            .token(&self.root, &[&alice, to_planner, to_worker])?;
        let step = |who: &str, tool: &str, arguments: Value, token: &str, status, reason| Step {
            title: format!("the {who} calls {tool} {arguments}"),
            request: mcp::call(tool, &arguments).bearer(token),
            status,
            reason,
        };
        let refund = |amount: u32| json!({"order_id": "A-1001", "amount": amount});
        let refused = Some("biscuit_check_failed");
        Ok(vec![
            step("worker", "refund_order", refund(40), &worker, 200, None),
            step("worker", "refund_order", refund(80), &worker, 403, refused),
            step("planner", "refund_order", refund(80), &planner, 200, None),
            step(
                "planner",
                "refund_order",
                refund(400),
                &planner,
                403,
                refused,
            ),
        ])
    }
}

/// Only what a person asked for, and at least one agent handed on, in a chain that only narrows.
const POLICY: &str = r#"
@id("handed-on")
permit (
  principal in TrustDomain::"people",
  action == Action::"call_tool",
  resource
) when {
  context.delegation.human &&
  context.delegation.depth >= 1 &&
  context.delegation.verdict == "proven"
};
"#;
