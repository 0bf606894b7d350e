//! What arguments a tool may be called with.

use std::collections::BTreeMap;
use std::fmt;

use super::constraint::Constraint;
use super::exercise::NotPermitted;
use super::work::Work;
use crate::excerpt::Excerpt;
use crate::json::canonical::Members;

/// The arguments of one tool: a closed world, in which an argument that isn't named must not be there, unless unnamed ones
/// are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentMap {
    named: BTreeMap<String, Argument>,
    open: bool,
}

/// One named argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it may be. `null` is a value like others.
    pub constraint: Constraint,
    /// May it be absent?
    pub optional: bool,
}

impl ArgumentMap {
    /// These arguments and no others.
    #[must_use]
    pub const fn closed(named: BTreeMap<String, Argument>) -> Self {
        Self { named, open: false }
    }

    /// These arguments, and any others with any values.
    #[must_use]
    pub const fn open(named: BTreeMap<String, Argument>) -> Self {
        Self { named, open: true }
    }

    /// Any arguments at all.
    #[must_use]
    pub const fn any() -> Self {
        Self::open(BTreeMap::new())
    }

    /// The named arguments.
    #[must_use]
    pub const fn named(&self) -> &BTreeMap<String, Argument> {
        &self.named
    }

    /// May there be arguments that aren't named?
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// May the tool be called with these?
    pub(super) fn permits(&self, given: &Members, work: &mut Work) -> Result<(), NotPermitted> {
        if !self.open {
            let unnamed = given
                .iter()
                .find(|(name, _)| !self.named.contains_key(*name));
            if let Some((name, _)) = unnamed {
                return Err(NotPermitted::ArgumentUnnamed {
                    argument: Excerpt::of(name),
                });
            }
        }
        for (name, argument) in &self.named {
            let permitted = match given.get(name) {
                Some(value) => argument.constraint.admits(value, work)?,
                None if argument.optional => true,
                None => {
                    return Err(NotPermitted::ArgumentMissing {
                        argument: Excerpt::of(name),
                    });
                }
            };
            if !permitted {
                return Err(NotPermitted::ArgumentRejected {
                    argument: Excerpt::of(name),
                    constraint: argument.constraint.excerpt(),
                });
            }
        }
        Ok(())
    }
}

/// The names, for people: those that may be left out with `?`, and `*` for any others.
impl fmt::Display for ArgumentMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, argument) in &self.named {
            let optional = if argument.optional { "?" } else { "" };
            write!(f, "{separator}{name}{optional}")?;
            separator = ", ";
        }
        f.write_str(if self.open { separator } else { "" })?;
        f.write_str(if self.open { "*" } else { "" })
    }
}
