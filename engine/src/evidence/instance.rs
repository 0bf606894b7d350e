//! The name of one worker's chain.

use std::fmt;
use std::sync::Arc;

use crate::digest::Digest;

/// What names a chain: `[A-Za-z0-9_.]`, 1 to 64 characters, and unique among all workers and all their restarts.
///
/// The host makes it from whatever is unique there (a random number, or the time and what it knows of itself), because
/// the engine has neither. No `-`, so that a record's id can be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(Arc<str>);

/// A text that names no chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instance id is 1 to 64 of the characters `A-Z a-z 0-9 _ .`")]
pub struct InvalidInstanceId;

impl InstanceId {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// It is empty, longer than 64 bytes, or has another character.
    pub fn new(name: &str) -> Result<Self, InvalidInstanceId> {
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        if (1..=64).contains(&name.len()) && name.bytes().all(sound) {
            Ok(Self(name.into()))
        } else {
            Err(InvalidInstanceId)
        }
    }

    /// A name made of whatever the host can say: 16 characters that are the same for the same parts only.
    #[must_use]
    pub fn derived(parts: &[&[u8]]) -> Self {
        let digest = Digest::of_parts(parts);
        let hex = digest
            .as_bytes()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"));
        Self(hex.collect::<String>().into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded() {
        for (name, text, expected) in [
            ("plain", "w1", true),
            ("all characters", "Az09_.", true),
            ("longest", &"a".repeat(64), true),
            ("too long", &"a".repeat(65), false),
            ("empty", "", false),
            ("the separator of ids", "w-1", false),
            ("a line break", "w\n1", false),
            ("another script", "ä", false),
        ] {
            assert_eq!(InstanceId::new(text).is_ok(), expected, "{name}");
        }
    }

    #[test]
    fn derived_names_are_names_and_depend_on_every_part() {
        let name = InstanceId::derived(&[b"root", b"1"]);
        assert_eq!(name.as_str().len(), 16);
        assert_eq!(InstanceId::new(name.as_str()), Ok(name.clone()));
        assert_ne!(name, InstanceId::derived(&[b"root1", b""]));
    }
}
