//! A number's exact value, whatever its spelling.

/// `digits * 10^exponent`, negated or not; the digits neither begin nor end with a zero. Zero has none, no sign
/// and no exponent, so that two are equal when they are worth the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scientific {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Scientific {
    /// Of a text that is valid by the JSON grammar (RFC 8259, section 6).
    pub(crate) fn of(text: &str) -> Self {
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
        if digits.is_empty() {
            return Self {
                negative: false,
                digits,
                exponent: 0,
            };
        }
        Self {
            negative,
            digits,
            exponent: exponent
                .saturating_sub(length(fraction.len()))
                .saturating_add(length(zeros)),
        }
    }

    /// The value times `10^places`, if that is an integer of 64 bits.
    pub(crate) fn scaled(&self, places: i64) -> Option<i64> {
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
