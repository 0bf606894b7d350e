//! What a JSON number is exactly worth, for the two numeric types of Cedar.

use crate::json::Scientific;

/// A number's exact value in the types that can hold it, and nothing in those that can't: never rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact {
    /// The value as a `Long`.
    pub(super) long: Option<i64>,
    /// The value as a `decimal`.
    pub(super) decimal: Option<Decimal>,
}

/// A Cedar `decimal`, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(i64);

/// How many digits Cedar's `decimal` has behind the point.
const DECIMAL_PLACES: i64 = 4;

impl Exact {
    /// Of a text that is valid by the JSON grammar (RFC 8259, section 6). The spelling is of no matter: `10`, `10.0` and
    /// `1e1` are worth the same.
    pub(super) fn of(text: &str) -> Self {
        let number = Scientific::of(text);
        Self {
            long: number.scaled(0),
            decimal: number.scaled(DECIMAL_PLACES).map(Decimal),
        }
    }
}

impl std::fmt::Display for Decimal {
    /// As Cedar's `decimal()` reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:04}", magnitude / 10_000, magnitude % 10_000)
    }
}

#[cfg(test)]
mod tests;
