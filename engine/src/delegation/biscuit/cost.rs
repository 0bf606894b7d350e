//! Upper bounds for what evaluating a rule or check takes, in steps.
//!
//! The library evaluates joins as nested loops over all facts and looks at its limits only between rounds, so a single rule
//! or check with six predicates could run for years. Therefore the number of facts that can match each predicate is multiplied
//! beforehand, and nothing is evaluated for which the steps left aren't enough.

use biscuit_auth::datalog::{Binary, Op, Term};

use super::error::JudgeError;
use super::plan::{Expression, Named, Query};

/// Steps for a combination of facts that is kept: a map of variables is copied.
const COMBINATION: u64 = 16;
/// Steps for each variable in that map.
const VARIABLE: u64 = 8;
/// Steps for an operation of an expression.
const OPERATION: u64 = 4;
/// How many texts are compared with another one in a step.
const COMPARED: u64 = 4;
/// How many bytes of text are looked at in a step.
const BYTES: u64 = 32;

/// How large a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// The number of values in it, itself included.
    pub(super) values: u64,
    /// How many of those are texts.
    pub(super) texts: u64,
    /// The bytes of the texts in it.
    pub(super) bytes: u64,
}

impl Size {
    pub(super) const ONE: Self = Self {
        values: 1,
        texts: 0,
        bytes: 0,
    };

    pub(super) const fn of_text(bytes: usize) -> Self {
        Self {
            values: 1,
            texts: 1,
            bytes: bytes as u64,
        }
    }

    /// Both together.
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            values: self.values.saturating_add(other.values),
            texts: self.texts.saturating_add(other.texts),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// The larger of both, in each respect.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            values: self.values.max(other.values),
            texts: self.texts.max(other.texts),
            bytes: self.bytes.max(other.bytes),
        }
    }

    const fn times(self, factor: u64) -> Self {
        Self {
            values: self.values.saturating_mul(factor),
            texts: self.texts.saturating_mul(factor),
            bytes: self.bytes.saturating_mul(factor),
        }
    }
}

/// What it takes to number the texts among so many terms, each by comparing it with those that have a number.
pub(super) const fn numbering(terms: u64, texts: u64) -> u64 {
    terms.saturating_add(terms.saturating_mul(texts) / COMPARED)
}

/// The facts that there are at some moment.
pub(super) struct Population<'a> {
    /// How many at most have this name and number of terms.
    pub(super) named: &'a dyn Fn(&Named) -> u64,
    /// How many there are in all.
    pub(super) facts: u64,
    /// The largest value in any of them.
    pub(super) largest: Size,
}

impl Query {
    /// What it takes to find every combination of facts that matches, and to evaluate the expressions for each.
    pub(super) fn cost(&self, population: &Population<'_>) -> u64 {
        let variables = self.variables.saturating_mul(VARIABLE);
        let kept = COMBINATION.saturating_add(variables.saturating_mul(population.largest.values));
        let mut combinations: u64 = 1;
        let mut cost: u64 = 0;
        for named in &self.body {
            cost = cost.saturating_add(combinations.saturating_mul(population.facts));
            combinations = combinations.saturating_mul((population.named)(named));
            cost = cost.saturating_add(combinations.saturating_mul(kept));
        }
        let expressions = self.expressions.iter();
        let each = expressions.fold(COMBINATION, |cost, expression| {
            cost.saturating_add(expression.cost(population.largest))
        });
        cost.saturating_add(combinations.saturating_mul(each))
    }
}

impl Expression {
    /// What it takes to evaluate it once, where no variable stands for a value larger than `largest`.
    fn cost(&self, largest: Size) -> u64 {
        // A closure's parameter stands for an element of one of these.
        let single = largest.max(self.largest);
        // Whatever is put together on the way has no more in it than all operands have.
        let all = self.sum.plus(single.times(self.variables));
        let value = Size {
            values: if self.unites {
                all.values
            } else {
                single.values
            },
            bytes: if self.joins { all.bytes } else { single.bytes },
            ..single
        };
        let matching = self.pattern.byte.saturating_mul(value.bytes);
        Operations {
            value,
            pattern: self.pattern.compile.saturating_add(matching),
        }
        .of(&self.ops)
    }
}

/// What operations cost where no value is larger than `value`.
struct Operations {
    value: Size,
    pattern: u64,
}

impl Operations {
    fn of(&self, ops: &[Op]) -> u64 {
        ops.iter().fold(0, |cost: u64, op| {
            let one = match op {
                Op::Value(Term::Variable(_) | Term::Set(_) | Term::Array(_) | Term::Map(_)) => {
                    self.value.values
                }
                Op::Value(
                    Term::Integer(_)
                    | Term::Str(_)
                    | Term::Date(_)
                    | Term::Bytes(_)
                    | Term::Bool(_)
                    | Term::Null,
                )
                | Op::Unary(_) => 1,
                Op::Binary(binary) => self.binary(binary),
                Op::Closure(parameters, ops) => self.closure(parameters, ops),
            };
            cost.saturating_add(one.saturating_mul(OPERATION))
        })
    }

    fn binary(&self, binary: &Binary) -> u64 {
        match binary {
            Binary::Regex => self.pattern,
            Binary::Contains | Binary::Prefix | Binary::Suffix | Binary::Add => {
                let bytes = self.value.bytes / BYTES;
                bytes.saturating_add(self.value.values)
            }
            Binary::LessThan
            | Binary::GreaterThan
            | Binary::LessOrEqual
            | Binary::GreaterOrEqual
            | Binary::Equal
            | Binary::Sub
            | Binary::Mul
            | Binary::Div
            | Binary::And
            | Binary::Or
            | Binary::Intersection
            | Binary::Union
            | Binary::BitwiseAnd
            | Binary::BitwiseOr
            | Binary::BitwiseXor
            | Binary::NotEqual
            | Binary::HeterogeneousEqual
            | Binary::HeterogeneousNotEqual
            | Binary::LazyAnd
            | Binary::LazyOr
            | Binary::All
            | Binary::Any
            | Binary::Get
            | Binary::Ffi(_)
            | Binary::TryOr => self.value.values,
        }
    }

    /// One with a parameter runs for every element of some collection; each run copies its operations first.
    fn closure(&self, parameters: &[u32], ops: &[Op]) -> u64 {
        let runs = if parameters.is_empty() {
            1
        } else {
            self.value.values
        };
        let copied = (ops.len() as u64).saturating_add(self.value.values);
        let once = self.of(ops).saturating_add(copied);
        copied.saturating_add(runs.saturating_mul(once))
    }
}

/// The steps of one call, or those that are left of several.
#[derive(Debug)]
pub(super) struct Budget {
    spent: u64,
    limit: u64,
}

impl Budget {
    pub(super) const fn new(limit: u64) -> Self {
        Self { spent: 0, limit }
    }

    /// Spends what the next thing can take.
    ///
    /// # Errors
    ///
    /// [`JudgeError::TooCostly`] where there isn't enough left, and the thing must not be done.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), JudgeError> {
        let steps = self.spent.saturating_add(steps);
        if steps > self.limit {
            return Err(JudgeError::TooCostly {
                steps,
                limit: self.limit,
            });
        }
        self.spent = steps;
        Ok(())
    }

    pub(super) const fn spent(&self) -> u64 {
        self.spent
    }
}
