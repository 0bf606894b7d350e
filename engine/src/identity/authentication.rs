//! How and when the user behind a token was authenticated (OpenID Connect Core 1.0, section 2), and what a resource may
//! require of that (RFC 9470).

use super::claims::{self, Claims};
use super::error::IdentityError;
use crate::excerpt::Excerpt;
use crate::time::{Seconds, UnixTime};

/// How far `auth_time` may lie ahead: as far as any two clocks may differ.
const AHEAD: Seconds = Seconds(300);

/// What a credential states about the authentication of its user; each part is there where the issuer says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// `acr`: the class that it reached.
    pub class: Option<String>,
    /// `amr`: the methods that were used, each once.
    pub methods: Vec<String>,
    /// `auth_time`: when it took place.
    pub time: Option<UnixTime>,
}

impl Authentication {
    /// What the claims state.
    pub(super) fn read(claims: &Claims<'_>) -> Result<Self, IdentityError> {
        Ok(Self {
            class: claims.string("acr")?.map(str::to_owned),
            methods: claims::groups(claims, &["amr".to_owned()])?,
            time: claims.time("auth_time")?,
        })
    }
}

/// What a resource requires of its users' authentication (RFC 9470, section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// Classes of which one must have been reached, the preferred first; none for any.
    pub acr_values: Vec<String>,
    /// How long ago it may have been.
    pub max_age: Option<Seconds>,
}

impl Requirement {
    /// What meets both: one of the classes that both take. Nothing, where there is none.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let acr_values = match (&*self.acr_values, &*other.acr_values) {
            ([], classes) | (classes, []) => classes.to_vec(),
            (classes, others) => {
                let common = classes.iter().filter(|class| others.contains(class));
                let common: Vec<_> = common.cloned().collect();
                if common.is_empty() {
                    return None;
                }
                common
            }
        };
        Some(Self {
            acr_values,
            max_age: earlier(self.max_age, other.max_age),
        })
    }

    /// Does an authentication meet this at `now`?
    ///
    /// # Errors
    ///
    /// It doesn't, or the credential doesn't say.
    pub fn check(
        &self,
        authentication: &Authentication,
        now: UnixTime,
    ) -> Result<(), AuthenticationError> {
        let class = authentication.class.as_ref();
        let reached = class.is_some_and(|class| self.acr_values.contains(class));
        if !self.acr_values.is_empty() && !reached {
            return Err(AuthenticationError::Class {
                found: Excerpt::of(class.map_or("none", String::as_str)),
            });
        }
        let Some(limit) = self.max_age else {
            return Ok(());
        };
        match authentication.time {
            None => Err(AuthenticationError::NoTime),
            Some(at) if at > now.after(AHEAD) => Err(AuthenticationError::Ahead { at, now }),
            Some(at) if now.since(at) > limit => Err(AuthenticationError::TooOld {
                age: now.since(at),
                limit,
            }),
            Some(_) => Ok(()),
        }
    }
}

/// The lower of two limits, where there are any.
pub(crate) fn earlier(one: Option<Seconds>, other: Option<Seconds>) -> Option<Seconds> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Why an authentication isn't enough.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// Its class is none of those that are required.
    #[error("the user's authentication reached the class `{found}`")]
    Class {
        /// The value of `acr`, or `none`.
        found: Excerpt,
    },
    /// The credential doesn't say when it was.
    #[error("the token does not say when its user was authenticated (`auth_time`)")]
    NoTime,
    /// It has not happened yet.
    #[error("the token says that its user was authenticated at {at}, now is {now}")]
    Ahead {
        /// The value of `auth_time`.
        at: UnixTime,
        /// The host's time.
        now: UnixTime,
    },
    /// It was too long ago.
    #[error("the user was authenticated {age} ago, the limit is {limit}")]
    TooOld {
        /// How long ago it was.
        age: Seconds,
        /// How long ago it may have been.
        limit: Seconds,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_must_be_stated_and_met() {
        let at = |class: Option<&str>, time: Option<u64>| Authentication {
            class: class.map(str::to_owned),
            methods: Vec::new(),
            time: time.map(UnixTime),
        };
        let of = |acr_values: &[&str], max_age: Option<u64>| Requirement {
            acr_values: acr_values.iter().map(|value| (*value).to_owned()).collect(),
            max_age: max_age.map(Seconds),
        };
        let class = |found| {
            Err(AuthenticationError::Class {
                found: Excerpt::of(found),
            })
        };
        let now = UnixTime(10_000);
        let too_old = Err(AuthenticationError::TooOld {
            age: Seconds(61),
            limit: Seconds(60),
        });
        let ahead = Err(AuthenticationError::Ahead {
            at: UnixTime(10_301),
            now,
        });
        for (name, wanted, found, expected) in [
            ("nothing required", of(&[], None), at(None, None), Ok(())),
            (
                "no class",
                of(&["gold"], None),
                at(None, None),
                class("none"),
            ),
            (
                "another class",
                of(&["gold"], None),
                at(Some("tin"), None),
                class("tin"),
            ),
            (
                "in other case",
                of(&["gold"], None),
                at(Some("Gold"), None),
                class("Gold"),
            ),
            (
                "the second best",
                of(&["gold", "tin"], None),
                at(Some("tin"), None),
                Ok(()),
            ),
            (
                "no time",
                of(&[], Some(60)),
                at(None, None),
                Err(AuthenticationError::NoTime),
            ),
            (
                "as old as may be",
                of(&[], Some(60)),
                at(None, Some(9_940)),
                Ok(()),
            ),
            (
                "a second older",
                of(&[], Some(60)),
                at(None, Some(9_939)),
                too_old.clone(),
            ),
            (
                "ahead within skew",
                of(&[], Some(60)),
                at(None, Some(10_300)),
                Ok(()),
            ),
            (
                "ahead beyond it",
                of(&[], Some(60)),
                at(None, Some(10_301)),
                ahead,
            ),
            (
                "this very second",
                of(&[], Some(0)),
                at(None, Some(10_000)),
                Ok(()),
            ),
            (
                "class but not age",
                of(&["gold"], Some(60)),
                at(Some("gold"), Some(9_939)),
                too_old,
            ),
        ] {
            assert_eq!(wanted.check(&found, now), expected, "{name}");
        }
    }
}
