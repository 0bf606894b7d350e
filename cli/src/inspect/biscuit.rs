//! Biscuits: what each block says, and what a gate says of the whole.

use bailiwick_engine::delegation::biscuit::Rules;
use bailiwick_engine::delegation::biscuit::error::VerifyError;
use bailiwick_engine::delegation::biscuit::roots::Key;
use bailiwick_engine::delegation::biscuit::verifier::Claimed;
use bailiwick_engine::delegation::hop::Hop;
use bailiwick_engine::time::{Timestamp, UnixTime};
use serde_json::{Value, json};

use super::authority;
use super::checks::distance;
use super::report::shown;
use super::tree::{Node, Style, draw};

/// A Biscuit that was looked at.
pub(super) struct Inspected {
    claimed: Result<Claimed, VerifyError>,
    verified: Option<Verified>,
    now: UnixTime,
}

/// What was found when its signatures were examined.
struct Verified {
    /// By whose keys.
    by: &'static str,
    outcome: Result<(), VerifyError>,
}

impl Inspected {
    /// Has it read and judged by a gate's rules.
    pub(super) fn by_gate(text: &str, rules: &Rules, now: UnixTime) -> Self {
        Self {
            claimed: rules.verifier.claimed(text.trim()),
            verified: Some(Verified {
                by: "judged by the gate's keys",
                outcome: rules.verify(text.trim(), now).map(drop),
            }),
            now,
        }
    }

    /// Has its signatures verified by a root key.
    pub(super) fn by_key(
        text: &str,
        claimed: Result<Claimed, VerifyError>,
        key: Key,
        now: UnixTime,
    ) -> Self {
        Self {
            claimed,
            verified: Some(Verified {
                by: "judged by `--root-key`",
                outcome: crate::biscuit::verify(text, key),
            }),
            now,
        }
    }

    /// Takes what it claims as it is.
    pub(super) const fn unverified(claimed: Result<Claimed, VerifyError>, now: UnixTime) -> Self {
        Self {
            claimed,
            verified: None,
            now,
        }
    }

    fn refusal(&self) -> Option<&VerifyError> {
        let verified = self.verified.as_ref();
        let refused = verified.and_then(|found| found.outcome.as_ref().err());
        self.claimed.as_ref().err().or(refused)
    }

    /// Does nothing speak against it?
    pub(super) fn is_sound(&self) -> bool {
        self.refusal().is_none()
    }

    /// The report, as JSON or for people.
    pub(super) fn report(&self, as_json: bool) -> String {
        if as_json {
            format!("{:#}\n", self.document())
        } else {
            self.text(Style::of_output())
        }
    }

    fn text(&self, style: Style) -> String {
        let mut text = format!("Biscuit, as of {}\n\n", Timestamp(self.now));
        if let Ok(claimed) = &self.claimed {
            let hops = claimed.chain.hops().iter().enumerate();
            let nodes: Vec<_> = hops
                .map(|(number, hop)| self.node(claimed, number, hop))
                .collect();
            let root = claimed.root_key_id;
            let origin = root.map_or_else(
                || "root key without an id".to_owned(),
                |id| format!("root key {id}"),
            );
            text.push_str(&draw(&origin, &nodes, style));
            text.push('\n');
        }
        let root = self.verified.as_ref().map_or(
            "no signature was looked at: name a gate that takes Biscuits with `--config`, or a key with `--root-key`",
            |verified| verified.by,
        );
        let verdict = match self.refusal() {
            None => "proven: no block can take a check away".to_owned(),
            Some(error) => style.alarming(&shown(&format!("refused: {error}"))),
        };
        text.push_str(&format!("root      {root}\nverdict   {verdict}\n"));
        text
    }

    fn node(&self, claimed: &Claimed, number: usize, hop: &Hop) -> Node {
        let mut facts = Vec::new();
        if number == 0 {
            let parties = [("user", &claimed.user), ("agent", &claimed.agent)];
            facts.extend(
                parties
                    .into_iter()
                    .filter_map(|(label, name)| Some((label, name.clone()?))),
            );
            facts.extend(claimed.holder.map(|key| ("holder", key.to_base64url())));
        }
        if let Some(at) = hop.lifetime.expires_at {
            let until = format!("until {} ({})", Timestamp(at), distance(at, self.now));
            facts.push(("lives", until));
        }
        if let (0, Some(authority)) = (number, &hop.authority) {
            let granted = authority::facts(authority).into_iter();
            facts.extend(granted.filter(|(label, _)| *label != "check"));
        }
        facts.extend(own_checks(number, hop).map(|check| ("check", check.to_owned())));
        let id = claimed.revocation_ids.get(number);
        facts.extend(id.map(|id| ("id", id.as_str().to_owned())));
        Node {
            name: match number {
                0 => "authority block".to_owned(),
                _ => format!("block {number}"),
            },
            facts,
            widens: None,
        }
    }

    fn document(&self) -> Value {
        let claimed = self.claimed.as_ref().ok();
        let blocks = claimed.map(|claimed| {
            let hops = claimed.chain.hops().iter().enumerate();
            let blocks = hops.map(|(number, hop)| {
                json!({
                    "checks": own_checks(number, hop).collect::<Vec<_>>(),
                    "expires_at": hop.lifetime.expires_at.map(|at| at.0),
                    "revocation_id": claimed.revocation_ids.get(number).map(|id| id.as_str()),
                })
            });
            blocks.collect::<Vec<_>>()
        });
        json!({
            "jwt": false,
            "what": "Biscuit",
            "root_key_id": claimed.and_then(|claimed| claimed.root_key_id),
            "user": claimed.and_then(|claimed| claimed.user.as_deref()),
            "agent": claimed.and_then(|claimed| claimed.agent.as_deref()),
            "blocks": blocks,
            "root_verified": self.verified.as_ref().is_some_and(|found| found.outcome.is_ok()),
            "refusal": self.refusal().map(ToString::to_string),
            "sound": self.is_sound(),
        })
    }
}

/// The checks of a block, without those of the blocks before it.
fn own_checks(number: usize, hop: &Hop) -> impl Iterator<Item = &str> {
    let prefix = format!("block {number}: ");
    let checks = hop.authority.iter().flat_map(|of| of.checks());
    checks.filter_map(move |check| check.strip_prefix(&prefix))
}
