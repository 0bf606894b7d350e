//! What a JSON number is exactly worth, for the two numeric types of Cedar.

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

/// `digits * 10^exponent`, negated or not; the digits neither begin nor end with a zero, and zero has none.
struct Scientific {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Scientific {
    fn of(text: &str) -> Self {
        let (negative, magnitude) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = magnitude
            .split_once(['e', 'E'])
            .map_or((magnitude, 0), |(mantissa, exponent)| {
                (mantissa, saturating(exponent))
            });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));

        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|digit| digit.wrapping_sub(b'0'))
            .skip_while(|digit| *digit == 0)
            .collect();
        let significant = digits
            .iter()
            .rposition(|digit| *digit != 0)
            .map_or(0, |last| last.saturating_add(1));
        let zeros = digits.len().saturating_sub(significant);
        digits.truncate(significant);
        Self {
            negative,
            digits,
            exponent: exponent
                .saturating_sub(length(fraction.len()))
                .saturating_add(length(zeros)),
        }
    }

    /// The value times `10^places`, if that is an integer of 64 bits.
    fn scaled(&self, places: i64) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = u32::try_from(self.exponent.saturating_add(places)).ok()?;
        let mut value: i128 = 0;
        for digit in &self.digits {
            value = value.checked_mul(10)?.checked_add(i128::from(*digit))?;
        }
        value = value.checked_mul(10_i128.checked_pow(zeros)?)?;
        i64::try_from(if self.negative { -value } else { value }).ok()
    }
}

/// An exponent, which may have any number of digits; no text is long enough to bring one that saturates back into reach.
fn saturating(exponent: &str) -> i64 {
    let (negative, digits) = match exponent.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let magnitude = digits.bytes().fold(0_i64, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(i64::from(digit.wrapping_sub(b'0')))
    });
    if negative {
        magnitude.saturating_neg()
    } else {
        magnitude
    }
}

fn length(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
