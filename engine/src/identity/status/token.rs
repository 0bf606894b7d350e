//! The signed document that a list comes in (section 5.1), read but not believed.

use super::StatusListError;
use super::list::StatusList;
use crate::excerpt::Excerpt;
use crate::identity::claims::Claims;
use crate::identity::documents::{Document, DocumentError};
use crate::identity::jose::compact::Compact;
use crate::identity::jose::header::Header;
use crate::json::{self, Object, Value};
use crate::time::{Seconds, UnixTime};

/// Beside the list itself, what a token needs: header, claims and signature.
const AROUND: usize = 16 * 1024;

/// A status list token that was fetched, whose signature was not examined.
#[derive(Debug)]
pub(super) struct ListToken {
    /// As it came, for its signature.
    pub(super) text: String,
    pub(super) list: StatusList,
    /// `iss`, where it is there.
    pub(super) issuer: Option<String>,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: Option<UnixTime>,
    refresh: Seconds,
}

/// What reading one depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenRules {
    /// Where it stands: what its `sub` must be.
    pub(super) uri: String,
    /// The most bytes of the list when inflated.
    pub(super) max_list_bytes: usize,
    /// The bounds of its `ttl`, of which the longer one counts where it has none.
    pub(super) refresh: std::ops::RangeInclusive<Seconds>,
}

impl Document for ListToken {
    type Rules = TokenRules;

    const ACCEPT: &'static str = "application/statuslist+jwt";

    /// What doesn't compress is encoded twice, each time in four characters for three bytes.
    fn max_bytes(rules: &TokenRules) -> usize {
        rules
            .max_list_bytes
            .saturating_mul(2)
            .saturating_add(AROUND)
    }

    fn marks(_rules: &TokenRules) -> Vec<&str> {
        Vec::new()
    }

    fn read(bytes: &[u8], rules: &TokenRules) -> Result<Self, DocumentError> {
        Ok(read(bytes, rules)?)
    }

    fn refresh(&self, fetched_at: UnixTime) -> Option<Seconds> {
        let left = self.expires_at.map(|at| at.since(fetched_at));
        // One that has expired already is asked for again, but not without pause.
        Some(left.map_or(self.refresh, |left| self.refresh.min(left).max(Seconds(1))))
    }
}

fn read(bytes: &[u8], rules: &TokenRules) -> Result<ListToken, StatusListError> {
    let text = std::str::from_utf8(bytes).map_err(|_| StatusListError::NotText)?;
    let text = text.trim_ascii_end();
    let limit = ListToken::max_bytes(rules);
    let token = Compact::decode_within(text, limit)?;
    let header = Header::parse(&token.header)?;
    if !header.is_type("statuslist+jwt") {
        return Err(StatusListError::WrongType {
            found: Excerpt::of(header.typ.as_deref().unwrap_or("none")),
        });
    }
    let limits = json::Limits {
        max_bytes: limit,
        max_depth: 8,
        max_values: 256,
    };
    let claims = Claims::parse_within(&token.payload, &limits)?;
    let subject = claims.subject()?;
    if subject != rules.uri {
        return Err(StatusListError::WrongSubject {
            found: Excerpt::of(subject),
        });
    }
    let issuer = claims.string("iss")?.map(str::to_owned);
    let list = claims.get("status_list").and_then(Value::as_object);
    Ok(ListToken {
        issuer,
        issued_at: claims.required_time("iat")?,
        expires_at: claims.time("exp")?,
        refresh: refresh(&claims, &rules.refresh)?,
        list: unpack(list.ok_or(StatusListError::NoList)?, rules.max_list_bytes)?,
        text: text.to_owned(),
    })
}

/// How long the list says that it may be used for, within what the configuration allows.
fn refresh(
    claims: &Claims<'_>,
    bounds: &std::ops::RangeInclusive<Seconds>,
) -> Result<Seconds, StatusListError> {
    let Some(ttl) = claims.get("ttl") else {
        return Ok(*bounds.end());
    };
    let ttl = ttl.as_number().and_then(|ttl| ttl.as_u64());
    let ttl = ttl
        .filter(|ttl| *ttl > 0)
        .ok_or(StatusListError::Lifetime)?;
    Ok(Seconds(ttl).max(*bounds.start()).min(*bounds.end()))
}

fn unpack(list: &Object<'_>, limit: usize) -> Result<StatusList, StatusListError> {
    let bits = list
        .get("bits")
        .and_then(Value::as_number)
        .and_then(|bits| bits.as_u64());
    let lst = list.get("lst").and_then(Value::as_str);
    match (bits, lst) {
        (Some(bits), Some(lst)) => StatusList::decode(bits, lst, limit),
        _ => Err(StatusListError::NoList),
    }
}
