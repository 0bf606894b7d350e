//! What can be said of a token without any configuration.

use bailiwick_engine::decision::Denial;
use bailiwick_engine::identity::IdentityError;
use bailiwick_engine::time::UnixTime;
use serde_json::Value;

use super::token::Token;

/// One thing that was looked at.
pub(super) struct Check {
    /// What.
    pub(super) what: &'static str,
    /// How it went.
    pub(super) outcome: Outcome,
    /// Why.
    pub(super) detail: String,
}

/// How a check went.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    Holds,
    Fails,
    /// It can't be told from what is here.
    Unknown,
}

impl Outcome {
    /// Its word in a report.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }
}

impl Check {
    pub(super) fn new(what: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            what,
            outcome,
            detail: detail.into(),
        }
    }

    /// A check that went as the engine says.
    pub(super) fn by(what: &'static str, result: Result<String, &IdentityError>) -> Self {
        match result {
            Ok(detail) => Self::new(what, Outcome::Holds, detail),
            Err(error) => Self::new(what, Outcome::Fails, error.to_string()),
        }
    }
}

/// Form, header, use and times.
pub(super) fn of_token(token: &Token, now: UnixTime) -> Vec<Check> {
    let header = match &token.header_fault {
        None => Ok("strict JSON, with an asymmetric algorithm and no extension".to_owned()),
        Some(error) => Err(error),
    };
    let mut checks = vec![
        Check::new("form", Outcome::Holds, "three parts of strict base64url"),
        Check::by("header", header),
    ];
    let facts = token.kind.facts();
    checks.push(match facts.place {
        Some(place) => Check::new("use", Outcome::Holds, format!("stands in {place}")),
        None => Check::new("use", Outcome::Fails, "a gate has no use for it"),
    });
    checks.extend(times(token, now));
    checks
}

/// `exp`, `nbf` and `iat` without any skew.
fn times(token: &Token, now: UnixTime) -> impl Iterator<Item = Check> {
    [("exp", true), ("nbf", false), ("iat", false)]
        .into_iter()
        .filter_map(move |(name, must_lie_ahead)| {
            let value = token.claims.get(name)?;
            let Some(at) = moment(value) else {
                let detail = format!("`{value}` is no number of seconds since 1970");
                return Some(Check::new(name, Outcome::Fails, detail));
            };
            let lies_ahead = at > now;
            let outcome = if lies_ahead == must_lie_ahead || (!must_lie_ahead && at == now) {
                Outcome::Holds
            } else {
                Outcome::Fails
            };
            Some(Check::new(name, outcome, distance(at, now)))
        })
}

/// What else a request needs with it, and what else is asked about it.
pub(super) fn needs(token: &Token) -> Vec<String> {
    let confirmation = token.claims.get("cnf").and_then(Value::as_object);
    let mut needs: Vec<String> = confirmation
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            match name.as_str() {
                "jkt" => format!(
                    "a DPoP proof by the key with the thumbprint {value}, and the scheme `DPoP`"
                ),
                "x5t#S256" => {
                    format!("the client certificate with the digest {value} in the TLS connection")
                }
                "jwk" => {
                    "a Workload Proof Token for the request, by the key in `cnf.jwk`".to_owned()
                }
                other => format!("a proof of `cnf.{other}`, which is not understood here"),
            }
        })
        .collect();
    if let Some(list) = token
        .claims
        .get("status")
        .and_then(|of| of.get("status_list"))
    {
        let uri = list.get("uri").and_then(Value::as_str).unwrap_or_default();
        let index = list.get("idx").unwrap_or(&Value::Null);
        needs.push(format!(
            "entry {index} of the status list at {uri} to be valid"
        ));
    }
    needs
}

/// The reason by which a gate would refuse, for people.
pub(super) fn refusal(denial: &Denial) -> String {
    let reason = denial.reason();
    match denial.detail() {
        Some(detail) => format!("{reason}: {detail}"),
        None => reason.to_string(),
    }
}

/// A `NumericDate` (RFC 7519, section 2).
pub(super) fn moment(value: &Value) -> Option<UnixTime> {
    let whole = value.as_u64();
    // A fraction is cut off, and a cast from what is out of range saturates.
    let cut = || value.as_f64().map(|seconds| seconds as u64);
    whole.or_else(cut).map(UnixTime)
}

/// How far a moment is away, in the unit that people would choose.
pub(super) fn distance(at: UnixTime, now: UnixTime) -> String {
    let ahead = at > now;
    let seconds = if ahead { at.since(now) } else { now.since(at) };
    let (number, unit) = match seconds.0 {
        seconds @ 0..120 => (seconds, "s"),
        seconds @ 120..7_200 => (seconds / 60, "min"),
        seconds @ 7_200..172_800 => (seconds / 3_600, "h"),
        seconds => (seconds / 86_400, "days"),
    };
    if ahead {
        format!("in {number} {unit}")
    } else {
        format!("{number} {unit} ago")
    }
}
