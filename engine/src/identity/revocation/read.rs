//! Reading a deny-list, strictly.

use super::{DenyList, Kind, Name, Terms};
use crate::digest::Digest;
use crate::excerpt::Excerpt;
use crate::json::{self, JsonError, Object, Value};
use crate::time::UnixTime;

/// How much of a deny-list is read.
pub(super) const LIMITS: json::Limits = json::Limits {
    max_bytes: 16 << 20,
    max_depth: 4,
    max_values: 700_000,
};

/// Why a document is no deny-list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DenyListError {
    /// Not strict JSON.
    #[error("the deny-list is not valid JSON: {0}")]
    NotJson(#[from] JsonError),
    /// The value at the top is no object.
    #[error("the deny-list is not an object")]
    NotObject,
    /// A list that isn't known.
    #[error("`{found}`: unknown list, expected {known}", known = known())]
    UnknownList {
        /// Its name.
        found: Excerpt,
    },
    /// A list that is none.
    #[error("`{list}` is not a list of objects")]
    NotList {
        /// Its name.
        list: &'static str,
    },
    /// An entry has a member that isn't known.
    #[error("`{list}[{index}].{found}`: unknown member")]
    UnknownMember {
        /// The list's name.
        list: &'static str,
        /// The entry's place.
        index: usize,
        /// The member.
        found: Excerpt,
    },
    /// An entry lacks a member, or one is of the wrong form.
    #[error("`{list}[{index}].{member}` is not {expected}")]
    Member {
        /// The list's name.
        list: &'static str,
        /// The entry's place.
        index: usize,
        /// The member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// More entries than are read.
    #[error("there are more than {limit} entries", limit = DenyList::MAX_ENTRIES)]
    TooMany,
}

/// A list's name, what its entries name, and the members that do.
type Shape = (&'static str, Kind, &'static [&'static str]);

const SHAPES: [Shape; 6] = [
    ("tokens", Kind::Token, &["issuer", "jti"]),
    ("subjects", Kind::Subject, &["issuer", "subject"]),
    ("agents", Kind::Agent, &["agent"]),
    ("keys", Kind::Key, &["thumbprint"]),
    ("credentials", Kind::Credential, &["digest"]),
    ("issuers", Kind::Issuer, &["issuer"]),
];

/// What any entry may have.
const OPTIONAL: [&str; 3] = ["until", "issued_before", "note"];

fn known() -> String {
    SHAPES.map(|(name, ..)| format!("`{name}`")).join(", ")
}

pub(super) fn read(bytes: &[u8]) -> Result<DenyList, DenyListError> {
    let value = json::parse(bytes, &LIMITS)?;
    let lists = value.as_object().ok_or(DenyListError::NotObject)?;
    let mut entries = Vec::new();
    for (name, list) in lists.iter() {
        let shape = SHAPES.iter().find(|(known, ..)| *known == name);
        let shape = shape.ok_or_else(|| DenyListError::UnknownList {
            found: Excerpt::of(name),
        })?;
        let not_list = DenyListError::NotList { list: shape.0 };
        let list = list.as_array().ok_or_else(|| not_list.clone())?;
        if entries.len().saturating_add(list.len()) > DenyList::MAX_ENTRIES {
            return Err(DenyListError::TooMany);
        }
        for (index, entry) in list.iter().enumerate() {
            let members = entry.as_object().ok_or_else(|| not_list.clone())?;
            entries.push(
                Entry {
                    shape,
                    index,
                    members,
                }
                .read()?,
            );
        }
    }
    entries.sort_unstable_by_key(|(name, _)| *name);
    Ok(DenyList { entries })
}

struct Entry<'a> {
    shape: &'static Shape,
    index: usize,
    members: &'a Object<'a>,
}

impl Entry<'_> {
    fn read(&self) -> Result<(Name, Terms), DenyListError> {
        let (list, kind, names) = *self.shape;
        let is_known = |member: &str| names.contains(&member) || OPTIONAL.contains(&member);
        if let Some((member, _)) = self.members.iter().find(|(member, _)| !is_known(member)) {
            return Err(DenyListError::UnknownMember {
                list,
                index: self.index,
                found: Excerpt::of(member),
            });
        }
        let mut parts = Vec::with_capacity(names.len());
        for member in names {
            parts.push(self.text(member)?);
        }
        let terms = Terms {
            kind,
            until: self.moment("until")?,
            issued_before: self.moment("issued_before")?,
        };
        Ok((Name::of(kind, &parts), terms))
    }

    fn wrong(&self, member: &'static str, expected: &'static str) -> DenyListError {
        DenyListError::Member {
            list: self.shape.0,
            index: self.index,
            member,
            expected,
        }
    }

    /// A member that names something, in the form in which it is compared.
    fn text(&self, member: &'static str) -> Result<&str, DenyListError> {
        let text = self.members.get(member).and_then(Value::as_str);
        let digest = |text: &str| Digest::from_base64url(text).is_some();
        match (member, text) {
            ("digest", text) => text
                .and_then(|text| text.strip_prefix("sha256:"))
                .filter(|text| digest(text))
                .ok_or_else(|| self.wrong(member, "`sha256:` and 43 characters of base64url")),
            ("thumbprint", text) => text
                .filter(|text| digest(text))
                .ok_or_else(|| self.wrong(member, "43 characters of base64url")),
            (_, text) => text
                .filter(|text| !text.is_empty())
                .ok_or_else(|| self.wrong(member, "a text that is not empty")),
        }
    }

    fn moment(&self, member: &'static str) -> Result<Option<UnixTime>, DenyListError> {
        let Some(value) = self.members.get(member) else {
            return Ok(None);
        };
        let number = value.as_number().and_then(|number| number.as_u64());
        let moment = number
            .map(UnixTime)
            .or_else(|| value.as_str().and_then(UnixTime::parse));
        match moment {
            Some(moment) => Ok(Some(moment)),
            None => Err(self.wrong(
                member,
                "a moment: seconds since 1970, or such as 2026-11-24T05:46:02Z",
            )),
        }
    }
}
