//! Who acted for whom in an access token: by its claims, and, where a configuration judged them, by the engine.

use std::fmt::Write as _;

use bailiwick_engine::delegation::attenuation::Attenuation;
use bailiwick_engine::delegation::authority::Authority;
use bailiwick_engine::delegation::chain::Chain;
use serde_json::{Map, Value, json};

use super::authority;
use super::token::Token;
use super::tree::{Node, Style, draw, widening};

/// The parties of a token that names actors, root first, and the verdict on them, if there is one.
pub(super) struct Parties {
    parties: Vec<Party>,
    attenuation: Option<Attenuation>,
}

struct Party {
    issuer: String,
    subject: String,
    authority: Option<Authority>,
}

impl Parties {
    /// Those of the chain that a route has judged, else those that the claims name; nothing for a token without actors.
    pub(super) fn of(token: &Token, judged: Option<&Chain>) -> Option<Self> {
        token.claims.get("act")?;
        let Some(chain) = judged else {
            return Some(Self {
                parties: claimed(&token.claims),
                attenuation: None,
            });
        };
        let hops = chain.hops().iter();
        Some(Self {
            parties: hops
                .map(|hop| Party {
                    issuer: hop.issuer.clone(),
                    subject: hop.subject.clone(),
                    authority: hop.authority.clone(),
                })
                .collect(),
            attenuation: Some(chain.attenuation().clone()),
        })
    }

    /// For people.
    pub(super) fn text(&self, style: Style) -> String {
        let origin = self.parties.first().map_or("", |root| &root.issuer);
        let nodes = (self.parties.iter().enumerate()).map(|(place, party)| Node {
            name: if party.issuer == origin {
                party.subject.clone()
            } else {
                format!("{} of {}", party.subject, party.issuer)
            },
            facts: party
                .authority
                .as_ref()
                .map(authority::facts)
                .unwrap_or_default(),
            widens: self.attenuation.as_ref().and_then(|of| widening(of, place)),
        });
        let mut text = format!(
            "chain of delegation\n\n{}\n",
            draw(origin, &nodes.collect::<Vec<_>>(), style)
        );
        let verdict = match &self.attenuation {
            None => "not judged: name a configuration with `--config`".to_owned(),
            Some(Attenuation::Proven) => "proven: no party passed on more than it may".to_owned(),
            Some(Attenuation::Unproven { hop, why }) => {
                format!("unproven at hop {hop}: {}", why.name())
            }
            Some(widened @ Attenuation::Widened { hop, .. }) => style.alarming(&format!(
                "widened at hop {hop}: {}",
                widening(widened, *hop).unwrap_or_default()
            )),
        };
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "verdict   {verdict}\n");
        text
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        let parties: Vec<_> = self
            .parties
            .iter()
            .map(|party| json!({"issuer": party.issuer, "subject": party.subject}))
            .collect();
        let (hop, detail) = match &self.attenuation {
            None | Some(Attenuation::Proven) => (None, None),
            Some(Attenuation::Unproven { hop, why }) => (Some(*hop), Some(why.name().to_owned())),
            Some(widened @ Attenuation::Widened { hop, .. }) => {
                (Some(*hop), widening(widened, *hop))
            }
        };
        json!({
            "parties": parties,
            "verdict": self.attenuation.as_ref().map(Attenuation::name),
            "hop": hop,
            "detail": detail,
        })
    }
}

/// The parties by the claims (RFC 8693, section 4.1), as far as they can be read.
fn claimed(claims: &Map<String, Value>) -> Vec<Party> {
    let text = |members: &Map<String, Value>, name: &str| {
        let value = members.get(name).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let signer = text(claims, "iss").unwrap_or_default();
    let party = |members: &Map<String, Value>| Party {
        issuer: text(members, "iss").unwrap_or_else(|| signer.clone()),
        subject: text(members, "sub").unwrap_or_else(|| "somebody without a name".to_owned()),
        authority: None,
    };
    let actor = |of: &Map<String, Value>| of.get("act").and_then(Value::as_object).cloned();
    let actors = std::iter::successors(actor(claims), actor);
    let mut parties: Vec<_> = actors.map(|actor| party(&actor)).collect();
    parties.push(party(claims));
    parties.reverse();
    parties
}

#[cfg(test)]
mod tests {
    use bailiwick_engine::delegation::attenuation::{Dimension, Unproven};
    use serde_json::json;

    use super::*;

    fn parties(attenuation: Option<Attenuation>) -> Parties {
        let claims = json!({
            "iss": "https://a.example", "sub": "alice",
            "act": {"sub": "bot", "iss": "https://b.example", "act": {"sub": "planner", "act": {"x": 1}}},
        });
        Parties {
            parties: claimed(claims.as_object().unwrap()),
            attenuation,
        }
    }

    #[test]
    fn the_actor_that_acts_now_is_the_leaf() {
        let text = parties(None).text(Style::plain());
        assert_eq!(
            text,
            "chain of delegation\n\n\
             https://a.example\n\
             └─ alice\n   \
                └─ somebody without a name\n      \
                   └─ planner\n         \
                      └─ bot of https://b.example\n\n\
             verdict   not judged: name a configuration with `--config`\n\n"
        );
    }

    #[test]
    fn the_verdict_names_its_hop() {
        let widened = Attenuation::Widened {
            hop: 2,
            dimension: Dimension::Scopes,
            parent: "a".to_owned(),
            child: "b".to_owned(),
        };
        let unproven = Attenuation::Unproven {
            hop: 1,
            why: Unproven::ActorsOnly,
        };
        for (attenuation, line, document) in [
            (
                widened,
                "verdict   widened at hop 2: scopes: `b`, where the one above has `a`",
                json!({"verdict": "widened", "hop": 2, "detail": "scopes: `b`, where the one above has `a`"}),
            ),
            (
                unproven,
                "verdict   unproven at hop 1: actors_only",
                json!({"verdict": "unproven", "hop": 1, "detail": "actors_only"}),
            ),
            (
                Attenuation::Proven,
                "verdict   proven: no party passed on more than it may",
                json!({"verdict": "proven", "hop": null, "detail": null}),
            ),
        ] {
            let parties = parties(Some(attenuation));
            assert!(
                parties
                    .text(Style::plain())
                    .lines()
                    .any(|found| found == line),
                "{line}"
            );
            let found = parties.document();
            for name in ["verdict", "hop", "detail"] {
                assert_eq!(found[name], document[name], "{line}");
            }
        }
    }
}
