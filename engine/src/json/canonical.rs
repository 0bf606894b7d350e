//! Values as RFC 8785 (JCS) compares them: equal where their canonical texts are, however they are written.

use std::fmt;

use super::{Number, Object, Scientific, Value};
use crate::excerpt::Excerpt;

/// A value of which the spelling is forgotten. Two are equal when their texts by RFC 8785 are: `1`, `1.0` and `10e-1` are
/// one value, `-0` is `0`, the order of an object's members is of no matter and that of an array is. Strings are not
/// normalised.
///
/// The order between values is total and means nothing but that of numbers, so that they can stand in sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Canonical {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Double),
    /// A string.
    String(Box<str>),
    /// An array.
    Array(Box<[Canonical]>),
    /// An object, its members by their names.
    Object(Members),
}

/// An object's members, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Members(Box<[(Box<str>, Canonical)]>);

/// A finite number of IEEE 754 double precision; there is one zero.
#[derive(Clone, Copy, Debug)]
pub struct Double(f64);

/// A number that has no canonical text denoting the same number: 2^53+1, `1.00000000000000001` and `1e400` are such, since
/// two readers may understand them differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the number `{text}` is not one that every JSON reader understands the same: write it with fewer digits"
)]
pub struct Inadmissible {
    /// The number, or its beginning.
    pub text: Excerpt,
}

impl Canonical {
    /// The value, if each number in it denotes exactly what its canonical text does.
    ///
    /// # Errors
    ///
    /// [`Inadmissible`] for the first number that doesn't, at any depth.
    pub fn of(value: &Value<'_>) -> Result<Self, Inadmissible> {
        Self::reading(value, Double::of)
    }

    /// The value as RFC 8785 writes it, each number rounded to the nearest double.
    ///
    /// # Errors
    ///
    /// [`Inadmissible`] for a number beyond all doubles, which has no canonical text.
    pub fn rounded(value: &Value<'_>) -> Result<Self, Inadmissible> {
        Self::reading(value, Double::nearest)
    }

    fn reading(value: &Value<'_>, number: ReadNumber) -> Result<Self, Inadmissible> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(text) => {
                let read = number(text).ok_or_else(|| Inadmissible {
                    text: Excerpt::of(text.text()),
                })?;
                Self::Number(read)
            }
            Value::String(text) => Self::String(text.as_ref().into()),
            Value::Array(elements) => {
                let elements = elements.iter().map(|value| Self::reading(value, number));
                Self::Array(elements.collect::<Result<_, _>>()?)
            }
            Value::Object(object) => Self::Object(Members::reading(object, number)?),
        })
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<Double> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub const fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self {
            Some(elements)
        } else {
            None
        }
    }
}

type ReadNumber = fn(&Number<'_>) -> Option<Double>;

impl Members {
    /// An object's members.
    ///
    /// # Errors
    ///
    /// As [`Canonical::of`].
    pub fn of(object: &Object<'_>) -> Result<Self, Inadmissible> {
        Self::reading(object, Double::of)
    }

    /// The same, with numbers as in [`Canonical::rounded`].
    ///
    /// # Errors
    ///
    /// As [`Canonical::rounded`].
    pub fn rounded(object: &Object<'_>) -> Result<Self, Inadmissible> {
        Self::reading(object, Double::nearest)
    }

    fn reading(object: &Object<'_>, number: ReadNumber) -> Result<Self, Inadmissible> {
        let members = object
            .iter()
            .map(|(name, value)| Ok((name.into(), Canonical::reading(value, number)?)));
        let mut members = members.collect::<Result<Box<[(Box<str>, _)]>, _>>()?;
        members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self(members))
    }

    /// The member called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Canonical> {
        let place = self
            .0
            .binary_search_by(|(member, _)| member.as_ref().cmp(name))
            .ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// The members by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Canonical)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl Double {
    /// The number, if its canonical text (RFC 8785, section 3.2.2.3) denotes the same real number as the digits received.
    #[must_use]
    pub fn of(number: &Number<'_>) -> Option<Self> {
        /// Every integer of so many characters is a double, and is printed as it is.
        const SAFE: usize = 15;
        let text = number.text();
        let double = Self::nearest(number)?;
        let exact = (text.len() <= SAFE && number.is_integer())
            || Scientific::of(text) == Scientific::of(&format!("{:e}", double.0));
        exact.then_some(double)
    }

    /// The double nearest to the number; none where that is beyond all doubles.
    #[must_use]
    pub fn nearest(number: &Number<'_>) -> Option<Self> {
        let value: f64 = number.text().parse().ok()?;
        // Adding zero turns the negative zero into the other.
        value.is_finite().then_some(Self(value + 0.0))
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Double {}

impl PartialOrd for Double {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Double {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The number as RFC 8785, section 3.2.2.3 writes it: the fewest digits that tell it from other doubles, with an exponent below
/// 10^-6 and from 10^21 on.
impl fmt::Display for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
            return self.0.fmt(f);
        }
        let text = format!("{:e}", self.0);
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                write!(f, "{digits}e+{exponent}")
            }
            _ => f.write_str(&text),
        }
    }
}

/// The value's canonical text (RFC 8785).
impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::String(text) => super::write::write_string(f, text),
            Self::Array(elements) => {
                f.write_str("[")?;
                for (place, element) in elements.iter().enumerate() {
                    f.write_str(if place > 0 { "," } else { "" })?;
                    element.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                let mut members: Vec<_> = members.iter().collect();
                // Section 3.2.3 sorts by UTF-16 units, which is another order than that of UTF-8 beyond the first plane.
                members
                    .sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
                for (place, (name, value)) in members.into_iter().enumerate() {
                    f.write_str(if place > 0 { "," } else { "" })?;
                    super::write::write_string(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Canonical, Double};
    use crate::json::{Limits, Number, parse};

    fn canonical(text: &str) -> Option<Canonical> {
        Canonical::of(&parse(text.as_bytes(), &Limits::default()).unwrap()).ok()
    }

    #[test]
    fn a_number_is_admissible_when_its_canonical_text_denotes_it() {
        for (text, admissible) in [
            ("0.1", true),
            ("1e20", true),
            ("-0", true),
            ("1.0", true),
            ("5e-324", true),
            ("0e-999999999999999999999", true),
            ("9007199254740992", true),
            ("9007199254740993", false),
            ("9007199254740994", true),
            ("18014398509481984", true),
            ("36028797018963968", false),
            ("36028797018963970", true),
            ("9223372036854775808", false),
            ("18446744073709551615", false),
            ("18446744073709551616", false),
            ("18446744073709552000", true),
            ("1.00000000000000001", false),
            ("0.1000000000000000055511151231257827", false),
            ("1e400", false),
            ("-1e400", false),
            ("1e-400", false),
            ("123456789012345", true),
            ("1e99999999999999999999", false),
        ] {
            let number = Number(text.into());
            assert_eq!(Double::of(&number).is_some(), admissible, "{text}");
            let nested = format!(r#"[{{"a":[{text}]}}]"#);
            assert_eq!(canonical(&nested).is_some(), admissible, "{nested}");
        }
    }

    #[test]
    fn equal_is_what_has_one_canonical_text() {
        for (name, one, other, equal) in [
            ("spellings of one", "[1,1.0,1]", "[10e-1,1,1e0]", true),
            ("one zero", "-0", "0", true),
            ("a number and a text", "1", r#""1""#, false),
            ("a number and a boolean", "1", "true", false),
            ("null and false", "null", "false", false),
            ("members", r#"{"a":1,"b":2}"#, r#"{"b":2.0,"a":1}"#, true),
            (
                "another member",
                r#"{"a":1,"b":2}"#,
                r#"{"a":1,"c":2}"#,
                false,
            ),
            ("elements", "[1,2]", "[2,1]", false),
            ("escapes", r#""\u0061""#, r#""a""#, true),
            (
                "composed and decomposed",
                r#""\u00e9""#,
                r#""e\u0301""#,
                false,
            ),
        ] {
            let (one, other) = (canonical(one).unwrap(), canonical(other).unwrap());
            assert_eq!(one == other, equal, "{name}");
        }
    }

    #[test]
    fn the_text_is_that_of_rfc_8785() {
        let units =
            r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        for (name, text, expected) in [
            (
                "numbers (section 3.2.2.3 and appendix B)",
                "[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0, 1e21, 1e20, 1e-6, 1e-7, -1.5e300]",
                "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,100000000000000000000,0.000001,1e-7,-1.5e+300]",
            ),
            (
                "strings (section 3.2.2.2)",
                r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\t\u007f""#,
                "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\u{7f}\"",
            ),
            (
                "members by their UTF-16 units (section 3.2.3)",
                units,
                "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}",
            ),
        ] {
            let value = parse(text.as_bytes(), &Limits::default()).unwrap();
            let value = Canonical::rounded(&value).unwrap();
            assert_eq!(value.to_string(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_rounded_has_a_canonical_text_and_may_denote_another_number() {
        let rounded = |text: &str| {
            let value = parse(text.as_bytes(), &Limits::default()).unwrap();
            Canonical::rounded(&value).ok()
        };
        assert_eq!(rounded("9007199254740993"), canonical("9007199254740992"));
        assert_eq!(rounded("1e400"), None);
    }

    proptest! {
        #[test]
        fn the_text_of_a_double_denotes_it(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            for text in [format!("{value}"), format!("{value:e}")] {
                let read = Double::of(&Number(text.as_str().into()));
                prop_assert_eq!(read.map(|double| double.0.to_bits()), Some((value + 0.0).to_bits()), "{}", text);
            }
        }

        #[test]
        fn admissible_numbers_keep_their_order(one in any::<i32>(), other in any::<i32>(), places in 0_i32..9) {
            let text = |value: i32| Number(format!("{value}e-{places}").into());
            let (small, large) = (Double::of(&text(one)).unwrap(), Double::of(&text(other)).unwrap());
            prop_assert_eq!(small.cmp(&large), one.cmp(&other));
        }
    }
}
