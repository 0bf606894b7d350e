//! The part of the tour in which authority is handed on: from a person to a planner agent, and on to a worker agent.

use super::Step;
use crate::dialogue::DialogueError;
use crate::mint::Key;
use crate::scene::Scene;
use crate::warrants::{anybody, handed_on, one_of, only, root, search};

/// What is different from here on, for people.
pub const WHO: &str = "no token now: alice, a planner agent and a worker agent each have a key, and sign what the next one may do at most";

/// Alice may search for three customers, lets a planner search for two of them, and that lets a worker search for one. The worker
/// does that, asks for another one, and comes with a chain in which the planner gave more than it had.
///
/// # Errors
///
/// The mint is gone.
pub fn steps(scene: &Scene, issuer: &Key) -> Result<Vec<Step>, DialogueError> {
    let mint = &scene.mint;
    let key = |name| mint.key(name, "ES256");
    let (alice, planner, worker) = (key("alice")?, key("planner")?, key("worker")?);
    let hers = vec![root(
        mint,
        issuer,
        &alice,
        &one_of(&["Ada", "Grace", "Joan"]),
    )?];
    let planned = handed_on(mint, &hers, &alice, &planner, &one_of(&["Ada", "Grace"]))?;
    let narrowed = handed_on(mint, &planned, &planner, &worker, &only("Ada"))?;
    let widened = handed_on(mint, &planned, &planner, &worker, &anybody())?;
    let step = |title: &str,
                (chain, customer, id): (&[String], &str, &str),
                reason: Option<&'static str>| {
        Ok(Step {
            title: title.to_owned(),
            request: search(mint, chain, &worker, customer, id)?,
            status: if reason.is_some() { 403 } else { 200 },
            reason,
        })
    };
    [
        step(
            "a worker searches for Ada, as alice let a planner do, and that let the worker do",
            (&narrowed, "Ada", "tour-1"),
            None,
        ),
        step(
            "the worker searches for Grace, for whom the planner could",
            (&narrowed, "Grace", "tour-2"),
            Some("warrant_exceeded"),
        ),
        step(
            "the worker comes with a token by which the planner lets it search for anybody",
            (&widened, "Ada", "tour-3"),
            Some("attenuation_widened"),
        ),
    ]
    .into_iter()
    .collect()
}
