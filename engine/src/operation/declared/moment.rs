//! Dates and times as RFC 3339 writes them.

use std::fmt;

/// A date, or a date and a time, that exists. It is shown as Cedar's `datetime()` reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment(String);

impl Moment {
    /// Reads a full date: `2026-11-24`, which stands for its first moment in UTC.
    #[must_use]
    pub fn of_date(text: &str) -> Option<Self> {
        let is_date = text.len() == 10 && is_date(text)?;
        is_date.then(|| Self(text.to_owned()))
    }

    /// Reads a date and a time with its offset: `2026-11-24T05:46:02.5+01:00`. Fractions of a millisecond and leap seconds, which
    /// Cedar doesn't have, are not read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_at_checked(10)?;
        let (clock, rest) = time.strip_prefix('T')?.split_at_checked(8)?;
        let (fraction, offset) = rest.split_at(rest.find(['Z', '+', '-'])?);
        let is_there = is_date(date)? && is_clock(clock)?;
        let offset = shown_offset(offset)?;
        let fraction = shown_fraction(fraction)?;
        is_there.then(|| Self(format!("{date}T{clock}{fraction}{offset}")))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number that is written by exactly these digits.
fn number(text: Option<&str>) -> Option<u32> {
    let text = text?;
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok())?
}

/// `2026-11-24`, which is a day of the Gregorian calendar.
fn is_date(text: &str) -> Option<bool> {
    let (year, month, day) = (
        number(text.get(0..4))?,
        number(text.get(5..7))?,
        number(text.get(8..10))?,
    );
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    let separated = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    Some(separated && year > 0 && (1..=days).contains(&day))
}

/// `05:46:02`
fn is_clock(text: &str) -> Option<bool> {
    let separated = text.get(5..6) == Some(":");
    Some(separated && is_hours_and_minutes(text.get(0..5)?)? && number(text.get(6..8))? < 60)
}

/// `05:46`
fn is_hours_and_minutes(text: &str) -> Option<bool> {
    let (hours, minutes) = (number(text.get(0..2))?, number(text.get(3..5))?);
    Some(text.len() == 5 && text.get(2..3) == Some(":") && hours < 24 && minutes < 60)
}

/// Nothing, or a point and three digits; behind the third there are only zeros.
fn shown_fraction(text: &str) -> Option<String> {
    let Some(digits) = text.strip_prefix('.') else {
        return text.is_empty().then(String::new);
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_end_matches('0');
    (is_number && significant.len() <= 3).then(|| format!(".{significant:0<3}"))
}

/// `Z`, or `+01:00` without its colon.
fn shown_offset(text: &str) -> Option<String> {
    if text == "Z" {
        return Some(text.to_owned());
    }
    let (sign, rest) = text.split_at_checked(1)?;
    is_hours_and_minutes(rest)?.then(|| format!("{sign}{}", rest.replace(':', "")))
}
