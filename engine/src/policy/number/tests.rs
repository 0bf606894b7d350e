use cedar_policy::{Context, EvalResult, RestrictedExpression};
use proptest::prelude::*;

use super::Exact;

/// What Cedar makes of a number: its long and its decimal, both as text.
fn exact(text: &str) -> (Option<i64>, Option<String>) {
    let exact = Exact::of(text);
    (exact.long, exact.decimal.map(|decimal| decimal.to_string()))
}

#[test]
fn a_number_is_worth_what_it_says_or_nothing() {
    for (name, text, long, decimal) in [
        ("zero", "0", Some(0), Some("0.0000")),
        ("minus zero is zero", "-0", Some(0), Some("0.0000")),
        (
            "zero with any exponent",
            "0.00e-999999999999999999999",
            Some(0),
            Some("0.0000"),
        ),
        ("an integer", "10", Some(10), Some("10.0000")),
        ("with a point", "10.0", Some(10), Some("10.0000")),
        ("with an exponent", "1e1", Some(10), Some("10.0000")),
        ("with a plus", "1E+1", Some(10), Some("10.0000")),
        (
            "with a negative exponent",
            "1000e-2",
            Some(10),
            Some("10.0000"),
        ),
        ("a fraction", "1.5", None, Some("1.5000")),
        ("a negative fraction", "-0.5", None, Some("-0.5000")),
        ("four places", "100.0001", None, Some("100.0001")),
        ("five places", "100.00001", None, None),
        (
            "five places, of which the last is 0",
            "100.00010",
            None,
            Some("100.0001"),
        ),
        (
            "the largest long",
            "9223372036854775807",
            Some(i64::MAX),
            None,
        ),
        ("one more", "9223372036854775808", None, None),
        (
            "the smallest long",
            "-9223372036854775808",
            Some(i64::MIN),
            None,
        ),
        ("one less", "-9223372036854775809", None, None),
        (
            "what a double would round",
            "9007199254740993",
            Some(9_007_199_254_740_993),
            None,
        ),
        (
            "the largest decimal",
            "922337203685477.5807",
            None,
            Some("922337203685477.5807"),
        ),
        ("a bit more", "922337203685477.5808", None, None),
        (
            "the smallest decimal",
            "-922337203685477.5808",
            None,
            Some("-922337203685477.5808"),
        ),
        ("a bit less", "-922337203685477.5809", None, None),
        ("far too large", "1e400", None, None),
        (
            "an exponent beyond 64 bits",
            "1e99999999999999999999",
            None,
            None,
        ),
        ("a negative one", "1e-99999999999999999999", None, None),
        (
            "more digits than any type has",
            "100000000000000000000000000000000000000000",
            None,
            None,
        ),
        (
            "many zeros behind the point",
            "7.00000000000000000000000000000000000000000",
            Some(7),
            Some("7.0000"),
        ),
    ] {
        assert_eq!(
            exact(text),
            (long, decimal.map(str::to_owned)),
            "{name}: {text}"
        );
    }
}

/// Moves the point by hand: the number as a plain decimal text without needless zeros.
fn plain(negative: bool, whole: &str, fraction: &str, exponent: i32) -> (String, String) {
    let mut digits: String = format!("{whole}{fraction}");
    let mut point = i32::try_from(whole.len()).unwrap() + exponent;
    while point < 0 {
        digits.insert(0, '0');
        point += 1;
    }
    while usize::try_from(point).unwrap() > digits.len() {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap());
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    let zero = whole == "0" && fraction.is_empty();
    let sign = if negative && !zero { "-" } else { "" };
    (format!("{sign}{whole}"), fraction.to_owned())
}

proptest! {
    #[test]
    fn any_number_is_exact_or_absent(
        negative: bool,
        whole in "0|[1-9][0-9]{0,21}",
        fraction in "[0-9]{0,6}0{0,3}",
        exponent in -25_i32..25,
        upper: bool,
    ) {
        let mut text = format!("{}{whole}", if negative { "-" } else { "" });
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(&fraction);
        }
        if exponent != 0 {
            text.push(if upper { 'E' } else { 'e' });
            text.push_str(&exponent.to_string());
        }
        let (integer, rest) = plain(negative, &whole, &fraction, exponent);
        let long = if rest.is_empty() { integer.parse::<i64>().ok() } else { None };
        let decimal = (rest.len() <= 4)
            .then(|| format!("{integer}.{rest:0<4}"))
            .filter(|text| text.replace('.', "").parse::<i64>().is_ok());
        prop_assert_eq!(exact(&text), (long, decimal), "{}", text);
    }

    #[test]
    fn cedar_reads_every_decimal_that_is_written(value: i64) {
        let written = super::Decimal(value).to_string();
        let decimal = RestrictedExpression::new_decimal(&written);
        let read = Context::from_pairs([("read".to_owned(), decimal)]).unwrap().get("read");
        prop_assert_eq!(
            read,
            Some(EvalResult::ExtensionValue(format!("decimal({written:?})")))
        );
    }
}
