//! Chains of attenuating agent tokens: what each says, and what the engine says of all together.

mod proof;

use bailiwick_engine::delegation::aat::{Claimed, Part, Refusal};
use bailiwick_engine::delegation::attenuation::Attenuation;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::json::{self, Limits};
use bailiwick_engine::time::{Timestamp, UnixTime};
use serde_json::{Value, json};

use self::proof::Judged;
use super::InspectError;
use super::authority;
use super::checks::distance;
use super::kind::Kind;
use super::report::shown;
use super::token::Token;
use super::tree::{self, Node, Style, draw};
use crate::aat::{Presented, Tools, Trust, claimed};

/// A chain that was looked at.
pub(super) struct Inspected {
    tokens: Vec<String>,
    claimed: Vec<Option<Claimed>>,
    refusal: Option<Refusal>,
    is_root_trusted: bool,
    proof: Option<Judged>,
    now: UnixTime,
}

/// Is it a chain of such tokens, be it only one?
pub(super) fn is_one(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    Presented::is_meant(text) || Token::decode(first).is_ok_and(|token| token.kind == Kind::Aat)
}

impl Inspected {
    /// Reads a chain and has it judged.
    pub(super) fn of(text: &str, trust: &Trust, now: UnixTime) -> Result<Self, InspectError> {
        let presented = Presented::read(text)?;
        let refusal = trust.verify(&presented.tokens, now).err();
        Ok(Self {
            claimed: claimed(&presented.tokens),
            is_root_trusted: !trust.is_nobody(),
            proof: presented
                .proof
                .as_deref()
                .map(|proof| Judged::of(proof, &presented.tokens, trust, now)),
            tokens: presented.tokens,
            refusal,
            now,
        })
    }

    /// Does nothing speak against it?
    pub(super) fn is_sound(&self) -> bool {
        let is_refused = |proof: &Judged| proof.is_refused();
        self.refusal.is_none() && !self.proof.as_ref().is_some_and(is_refused)
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
        let issuer = self.claimed.first().and_then(Option::as_ref);
        let issuer = issuer.and_then(|root| root.issuer.as_deref());
        let nodes: Vec<_> = (self.claimed.iter().enumerate())
            .map(|(place, claimed)| self.node(place, claimed.as_ref()))
            .collect();
        let count = self.tokens.len();
        let tokens = if count == 1 { "token" } else { "tokens" };
        let tree = draw(issuer.unwrap_or("issuer unknown"), &nodes, style);
        let root = if self.is_root_trusted {
            "judged by the given keys"
        } else {
            "who signed it was not looked at: name a key with `--anchor`, or a gate with `--config`"
        };
        let verdict = match &self.refusal {
            None => "proven: every token allows at most what the one before it does".to_owned(),
            Some(refusal) => style.alarming(&shown(&self.refused(refusal))),
        };
        let mut text = format!(
            "chain of {count} attenuating agent {tokens} (AAT), as of {}\n\n{tree}\nroot      {root}\nverdict   {verdict}\n",
            Timestamp(self.now)
        );
        if let Some(proof) = &self.proof {
            let said = shown(&proof.said());
            let said = if proof.is_refused() {
                style.alarming(&said)
            } else {
                said
            };
            text.push_str(&format!("proof     {said}\n"));
        }
        text
    }

    fn refused(&self, refusal: &Refusal) -> String {
        match refusal.attenuation() {
            Some(_) => format!("widened: {refusal}"),
            None => format!("refused: {refusal}"),
        }
    }

    fn node(&self, place: usize, claimed: Option<&Claimed>) -> Node {
        let widens = self.widening(place);
        let widens = widens.and_then(|verdict| tree::widening(&verdict, place));
        let Some(claimed) = claimed else {
            return Node {
                name: "a token that can't be read".to_owned(),
                facts: Vec::new(),
                widens,
            };
        };
        let holder = claimed.holder.as_ref();
        let holder = holder.map(|key| key.thumbprint().to_base64url());
        let mut facts = vec![("lives", self.lifetime(claimed))];
        if let Some(audience) = &claimed.audience {
            let names: Vec<_> = audience.iter().map(String::as_str).collect();
            facts.push(("audience", names.join(", ")));
        }
        match &claimed.authority {
            Some(authority) => facts.extend(authority::facts(authority)),
            None => facts.push(("allows", "nothing that can be read".to_owned())),
        }
        Node {
            name: match holder {
                Some(thumbprint) => format!("holder of the key {thumbprint}"),
                None => "holder of a key that can't be read".to_owned(),
            },
            facts,
            widens,
        }
    }

    /// The verdict, if it is on the token at this place.
    fn widening(&self, place: usize) -> Option<Attenuation> {
        let refusal = self.refusal.as_ref()?;
        let is_here = refusal.part == Part::Token(place);
        refusal.attenuation().filter(|_| is_here)
    }

    fn lifetime(&self, claimed: &Claimed) -> String {
        let until = match claimed.lifetime.expires_at {
            Some(at) => format!("until {} ({})", Timestamp(at), distance(at, self.now)),
            None => "until nobody knows when".to_owned(),
        };
        match (claimed.depth, claimed.max_depth) {
            (Some(depth), Some(max)) => match max.saturating_sub(depth) {
                0 => format!("{until}; no token may follow"),
                1 => format!("{until}; 1 token may follow"),
                more => format!("{until}; {more} tokens may follow"),
            },
            _ => until,
        }
    }

    fn document(&self) -> Value {
        let hops = (self.tokens.iter().zip(&self.claimed)).enumerate();
        let hops: Vec<_> = hops
            .map(|(place, (token, claimed))| {
                let mut hop = claimed.as_ref().map_or_else(|| json!({}), said);
                if let Some(members) = hop.as_object_mut() {
                    members.insert("tools".to_owned(), tools_of(token));
                    let widens = self.widening(place).as_ref().map(widening);
                    members.insert("widens".to_owned(), json!(widens));
                }
                hop
            })
            .collect();
        let widened = self.refusal.as_ref().and_then(Refusal::attenuation);
        let verdict = match (&self.refusal, widened) {
            (None, _) => "proven",
            (Some(_), Some(_)) => "widened",
            (Some(_), None) => "refused",
        };
        json!({
            "jwt": false,
            "what": "chain of attenuating agent tokens (AAT)",
            "hops": hops,
            "root_verified": self.is_root_trusted && self.refusal.is_none(),
            "verdict": verdict,
            "refusal": self.refusal.as_ref().map(refusal),
            "proof": self.proof.as_ref().map(Judged::document),
            "sound": self.is_sound(),
        })
    }
}

/// What a token says, but its tools.
fn said(claimed: &Claimed) -> Value {
    let holder = claimed.holder.as_ref();
    json!({
        "jti": claimed.id,
        "issuer": claimed.issuer,
        "holder": holder.map(|key| key.thumbprint().to_base64url()),
        "issued_at": claimed.lifetime.issued_at.map(|at| at.0),
        "expires_at": claimed.lifetime.expires_at.map(|at| at.0),
        "audience": claimed.audience,
        "depth": claimed.depth,
        "max_depth": claimed.max_depth,
    })
}

/// A token's tools as it writes them.
fn tools_of(token: &str) -> Value {
    let compact = Compact::decode(token).ok();
    let limits = Limits::default();
    let claims = compact.as_ref();
    let claims = claims.and_then(|compact| json::parse(&compact.payload, &limits).ok());
    let tools = claims
        .as_ref()
        .and_then(json::Value::as_object)
        .map(|claims| Tools::of_claims(claims).to_json());
    tools
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null)
}

fn widening(verdict: &Attenuation) -> Value {
    match verdict {
        Attenuation::Widened {
            dimension,
            parent,
            child,
            ..
        } => json!({"dimension": dimension.to_string(), "parent": parent, "child": child}),
        Attenuation::Proven | Attenuation::Unproven { .. } => Value::Null,
    }
}

/// Why something is refused, for programs.
fn refusal(refusal: &Refusal) -> Value {
    let token = match refusal.part {
        Part::Token(place) => Some(place),
        Part::Chain | Part::Call | Part::Proof => None,
    };
    json!({
        "step": refusal.step.label(),
        "reason": refusal.step.slug(),
        "token": token,
        "detail": refusal.to_string(),
    })
}
