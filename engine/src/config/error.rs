//! What is wrong with a configuration, and where.

use std::fmt;

/// Everything that is wrong with a configuration; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<ConfigError>);

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where, such as `issuers[0].keys.remote.url`; empty for the whole.
    pub path: String,
    /// What, with what is expected instead.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl ConfigErrors {
    /// These errors; `errors` has at least one.
    #[must_use]
    pub const fn new(errors: Vec<ConfigError>) -> Self {
        Self(errors)
    }

    /// What is wrong, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(meant) = &self.suggestion {
            write!(f, ", did you mean `{meant}`?")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_path_fault_and_guess() {
        let error = ConfigError {
            path: "delegation.max_depht".to_owned(),
            message: "unknown field".to_owned(),
            suggestion: Some("max_depth".to_owned()),
        };
        let whole = ConfigError {
            path: String::new(),
            message: "not an object".to_owned(),
            suggestion: None,
        };
        assert_eq!(
            ConfigErrors(vec![error, whole]).to_string(),
            "delegation.max_depht: unknown field, did you mean `max_depth`?\nnot an object"
        );
    }
}
