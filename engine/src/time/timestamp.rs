//! RFC 3339 timestamps.

use std::fmt;

use crate::time::UnixTime;

/// A moment as `2026-11-24T05:46:02Z` (RFC 3339, section 5.6). What lies behind the year 9999 is shown as its last second,
/// because the format ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub UnixTime);

const LAST: u64 = 253_402_300_799;
const DAY: u64 = 86_400;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.0.min(LAST);
        let (year, month, day) = civil(seconds / DAY);
        let of_day = seconds % DAY;
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is a year's last, and in eras of 400 years, which all have the same
/// 146,097 days. Nothing overflows for days up to the year 9999.
const fn civil(days: u64) -> (u64, u64, u64) {
    let from_march_0000 = days.saturating_add(719_468);
    let era = from_march_0000 / 146_097;
    let of_era = from_march_0000 % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = if month_from_march < 10 {
        (month_from_march + 3, 0)
    } else {
        (month_from_march - 9, 1)
    };
    (era * 400 + year_of_era + next_year, month, day)
}

/// Reads what [`Timestamp`] writes; `None` for anything else, such as the 30th of February.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let of_day = hour
        .checked_mul(3600)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    let seconds = day_of(year, month, day)?
        .checked_mul(DAY)?
        .checked_add(of_day)?;
    let moment = UnixTime(seconds);
    (Timestamp(moment).to_string() == text).then_some(moment)
}

/// The day since 1970-01-01, counted as in [`civil`].
fn day_of(year: u64, month: u64, day: u64) -> Option<u64> {
    let (years, month_from_march) = if month > 2 {
        (year, month.checked_sub(3)?)
    } else {
        (year.checked_sub(1)?, month.checked_add(9)?)
    };
    let of_year = month_from_march
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?
        .checked_add(day)?
        .checked_sub(1)?;
    years
        .checked_mul(365)?
        .checked_add(years / 4)?
        .checked_sub(years / 100)?
        .checked_add(years / 400)?
        .checked_add(of_year)?
        .checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_499_162, "2026-11-24T05:46:02Z"),
            (LAST, "9999-12-31T23:59:59Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp(UnixTime(seconds)).to_string(), expected);
            assert_eq!(parse(expected), Some(UnixTime(seconds.min(LAST))));
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:46:60Z",
            "2026-11-24T05:46:02+01:00",
            "2026-11-24T05:46:02.5Z",
            "2026-11-24t05:46:02z",
            "2026-11-24 05:46:02Z",
            "1969-12-31T23:59:59Z",
            "+026-11-24T05:46:02Z",
            "2026-11-24T05:46:02Z ",
            "ääääääääää",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = (1969, 12, 31);
        for day in 0..200_000 {
            let next = civil(day);
            let follows = next == (last.0, last.1, last.2 + 1)
                || next == (last.0, last.1 + 1, 1)
                || next == (last.0 + 1, 1, 1);
            assert!(follows, "{last:?} is followed by {next:?}");
            last = next;
        }
    }
}
