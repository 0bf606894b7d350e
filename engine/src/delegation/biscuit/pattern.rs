//! What a regular expression in a block can cost.
//!
//! The library compiles it again for every comparison, takes programs of up to ten megabytes, and lets one that doesn't compile
//! match nothing, which under a negation allows everything. None of that gets past [`Cost::of`]. Matching itself never goes
//! back: its cost grows with the text's length times the program's, whatever the expression.

use regex::RegexBuilder;

/// The longest expression, in bytes.
const LONGEST: usize = 256;

/// What all expressions of one token may take to compile, for that is done when it is verified, before anything is counted.
pub(super) const MOST: u64 = 200_000;

/// The steps that a regular expression takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// To compile it.
    pub(super) compile: u64,
    /// For each byte that it is matched with.
    pub(super) byte: u64,
}

/// Bytes of a compiled program, the largest that is taken last, and what such a program costs. Measured: up to 40
/// microseconds for the first, 0.3 and 1 milliseconds for the last two.
const SIZES: [(usize, Cost); 4] = [
    (
        1 << 11,
        Cost {
            compile: 4_000,
            byte: 16,
        },
    ),
    (
        1 << 13,
        Cost {
            compile: 8_000,
            byte: 64,
        },
    ),
    (
        1 << 16,
        Cost {
            compile: 35_000,
            byte: 512,
        },
    ),
    (
        1 << 18,
        Cost {
            compile: 100_000,
            byte: 2_048,
        },
    ),
];

impl Cost {
    /// None for what isn't a regular expression, compiles to more than the largest of the sizes, is long, or has what takes
    /// long to compile to little: flags, of which `i` looks at every letter of a range, and operations on classes.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        if pattern.len() > LONGEST || is_slow_to_read(pattern) {
            return None;
        }
        SIZES.iter().find_map(|(size, cost)| {
            let compiled = RegexBuilder::new(pattern).size_limit(*size).build();
            compiled.is_ok().then_some(*cost)
        })
    }

    /// The higher of both, in each respect.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            compile: self.compile.max(other.compile),
            byte: self.byte.max(other.byte),
        }
    }
}

/// Has it a flag, or what could be an operation on classes? Told by its text alone, and so of some that have neither.
fn is_slow_to_read(pattern: &str) -> bool {
    let has_flag = pattern.split("(?").skip(1).any(|behind| {
        let plain = [":", "P<", "<"];
        !plain.iter().any(|start| behind.starts_with(start))
    });
    has_flag
        || ["&&", "--", "~~"]
            .iter()
            .any(|operation| pattern.contains(operation))
}
