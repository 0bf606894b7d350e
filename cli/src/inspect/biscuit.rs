//! Biscuits: what each block says, and what a gate says of the whole.

use bailiwick_engine::delegation::biscuit::error::VerifyError;
use bailiwick_engine::delegation::biscuit::verifier::Claimed;
use bailiwick_engine::delegation::hop::Hop;
use bailiwick_engine::gate::Gate;
use bailiwick_engine::time::{Timestamp, UnixTime};
use serde_json::{Value, json};

use super::authority;
use super::checks::distance;
use super::report::shown;
use super::tree::{Node, Style, draw};

/// A Biscuit that was looked at.
pub(super) struct Inspected {
    claimed: Result<Claimed, VerifyError>,
    /// What the gate's keys and limits say of it, where there is a gate that takes Biscuits.
    verified: Option<Result<(), VerifyError>>,
    now: UnixTime,
}

impl Inspected {
    /// Has it judged by a gate, if there is one.
    pub(super) fn of(
        text: &str,
        claimed: Result<Claimed, VerifyError>,
        gate: Option<&Gate>,
        now: UnixTime,
    ) -> Self {
        let warrants = gate.and_then(|gate| gate.config().warrants.as_ref());
        let rules = warrants.and_then(|warrants| warrants.biscuit.as_ref());
        Self {
            claimed,
            verified: rules.map(|rules| rules.verify(text.trim(), now).map(drop)),
            now,
        }
    }

    fn refusal(&self) -> Option<&VerifyError> {
        let of_gate = self
            .verified
            .as_ref()
            .and_then(|found| found.as_ref().err());
        self.claimed.as_ref().err().or(of_gate)
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
        let root = match (&self.verified, self.refusal()) {
            (Some(_), _) => "judged by the gate's keys",
            (None, _) => {
                "no signature was looked at: name a gate that takes Biscuits with `--config`"
            }
        };
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
            "root_verified": self.verified.as_ref().is_some_and(Result::is_ok),
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
