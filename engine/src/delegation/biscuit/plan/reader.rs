//! One block, read and measured.

use std::collections::{BTreeSet, HashMap};

use biscuit_auth::PublicKey;
use biscuit_auth::datalog::{Binary, MapKey, Op, Predicate, Rule, Term};
use biscuit_auth::format::convert::proto_block_to_token_block;
use biscuit_auth::format::schema;

use super::expiry;
use super::{Block, Expression, Named, Plan, Query, Table, Value};
use crate::delegation::biscuit::cost::Size;
use crate::delegation::biscuit::envelope::Signed;
use crate::delegation::biscuit::error::{Unreadable, VerifyError};
use crate::delegation::biscuit::limits::{Limits, Measure};
use crate::delegation::biscuit::pattern;
use crate::delegation::biscuit::roots::Key;

/// The first number of a text that a token declares; those below are the same for all tokens.
const DECLARED: u64 = 1024;

/// What was read so far, of all blocks.
#[derive(Default)]
pub(super) struct Meter {
    pub(super) terms: usize,
    source: usize,
    patterns: HashMap<String, pattern::Cost>,
}

/// One block being read.
pub(super) struct Reader<'a> {
    number: usize,
    table: &'a Table,
    meter: &'a mut Meter,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        number: usize,
        table: &'a Table,
        meter: &'a mut Meter,
        limits: &'a Limits,
    ) -> Self {
        Self {
            number,
            table,
            meter,
            limits,
        }
    }

    /// Adds the block to the plan. Sources are made only of what has been found not to be too much.
    pub(super) fn read(&mut self, signed: &Signed, plan: &mut Plan) -> Result<(), VerifyError> {
        let format = |_| Unreadable::Format.of(self.number);
        let key = signed.third_party.as_ref().map(PublicKey::from_proto);
        let key = key.transpose().map_err(format)?;
        let content = proto_block_to_token_block(&signed.content, key).map_err(format)?;
        self.scopes(&signed.content)?;
        let mut block = Block {
            facts: Vec::with_capacity(content.facts.len()),
            derives: Vec::new(),
            checks: Vec::new(),
            expires_at: None,
            third_party: key.map(Key),
        };
        for fact in &content.facts {
            let (named, largest) = self.predicate(&fact.predicate)?;
            plan.largest = plan.largest.max(largest);
            let values = fact.predicate.terms.iter().map(|term| self.value(term));
            block.facts.push((named.name.clone(), values.collect()));
            let stated = plan.stated.entry(named).or_default();
            *stated = stated.saturating_add(1);
        }
        for rule in &content.rules {
            plan.rules.push(self.query(rule)?);
            let (head, largest) = self.predicate(&rule.head)?;
            plan.largest = plan.largest.max(largest);
            block.derives.push(head.name.clone());
            plan.derived.insert(head);
        }
        for check in &content.checks {
            for query in &check.queries {
                plan.checks.push(self.query(query)?);
            }
            block.checks.push(self.table.symbols.print_check(check));
        }
        let stated = block.facts.iter().map(|(name, _)| name);
        let own_time = stated
            .chain(&block.derives)
            .any(|name| name == expiry::TIME);
        if content.scopes.is_empty() && !own_time {
            block.expires_at = expiry::of(&content.checks, &self.table.symbols);
        }
        plan.blocks.push(block);
        Ok(())
    }

    /// Do all scopes name keys that there are? The library would look them up by a number cut to the machine's size.
    fn scopes(&self, content: &schema::Block) -> Result<(), VerifyError> {
        let checks = content.checks.iter().flat_map(|check| &check.queries);
        let rules = content.rules.iter().chain(checks);
        let mut scopes = content
            .scope
            .iter()
            .chain(rules.flat_map(|rule| &rule.scope));
        let known = scopes.all(|scope| match scope.content {
            Some(schema::scope::Content::PublicKey(key)) => {
                usize::try_from(key).is_ok_and(|key| key < self.table.keys)
            }
            Some(schema::scope::Content::ScopeType(_)) | None => true,
        });
        if known {
            Ok(())
        } else {
            Err(Unreadable::Symbol.of(self.number))
        }
    }

    fn query(&mut self, rule: &Rule) -> Result<Query, VerifyError> {
        if rule.validate_variables(&self.table.symbols).is_err() {
            return Err(Unreadable::Unbound.of(self.number));
        }
        let mut variables = BTreeSet::new();
        let mut body = Vec::with_capacity(rule.body.len());
        for predicate in &rule.body {
            body.push(self.predicate(predicate)?.0);
            variables.extend(predicate.terms.iter().filter_map(|term| match term {
                Term::Variable(variable) => Some(*variable),
                Term::Integer(_)
                | Term::Str(_)
                | Term::Date(_)
                | Term::Bytes(_)
                | Term::Bool(_)
                | Term::Set(_)
                | Term::Null
                | Term::Array(_)
                | Term::Map(_) => None,
            }));
        }
        let expressions = rule.expressions.iter();
        let expressions = expressions.map(|expression| self.expression(&expression.ops));
        Ok(Query {
            body,
            variables: variables.len() as u64,
            expressions: expressions.collect::<Result<_, _>>()?,
        })
    }

    /// The predicate's name, and the largest of its values.
    fn predicate(&mut self, predicate: &Predicate) -> Result<(Named, Size), VerifyError> {
        let name = self.symbol(predicate.name)?.to_owned();
        self.count(1, name.len())?;
        let mut largest = Size::default();
        for term in &predicate.terms {
            largest = largest.max(self.term(term)?);
        }
        let terms = predicate.terms.len();
        Ok((Named { name, terms }, largest))
    }

    fn expression(&mut self, ops: &[Op]) -> Result<Expression, VerifyError> {
        let mut expression = Expression {
            ops: ops.to_vec(),
            largest: Size::default(),
            sum: Size::default(),
            variables: 0,
            joins: false,
            unites: false,
            pattern: pattern::Cost::default(),
        };
        self.ops(ops, &mut expression)?;
        Ok(expression)
    }

    fn ops(&mut self, ops: &[Op], expression: &mut Expression) -> Result<(), VerifyError> {
        for (place, op) in ops.iter().enumerate() {
            match op {
                Op::Value(term) => {
                    let size = self.term(term)?;
                    if matches!(term, Term::Variable(_)) {
                        expression.variables = expression.variables.saturating_add(1);
                    } else {
                        expression.largest = expression.largest.max(size);
                        expression.sum = expression.sum.plus(size);
                    }
                }
                Op::Unary(_) => self.count(1, 1)?,
                Op::Binary(binary) => {
                    self.count(1, 1)?;
                    expression.joins |= matches!(binary, Binary::Add);
                    expression.unites |= matches!(binary, Binary::Union);
                    if matches!(binary, Binary::Regex) {
                        let before = place.checked_sub(1).and_then(|before| ops.get(before));
                        expression.pattern = expression.pattern.max(self.pattern(before)?);
                    }
                }
                Op::Closure(parameters, ops) => {
                    for parameter in parameters {
                        self.text(u64::from(*parameter))?;
                    }
                    self.count(1, 1)?;
                    self.ops(ops, expression)?;
                }
            }
        }
        Ok(())
    }

    /// The cost of a regular expression, which must have been written out just before it is matched.
    fn pattern(&mut self, written: Option<&Op>) -> Result<pattern::Cost, VerifyError> {
        let block = self.number;
        let Some(Op::Value(Term::Str(symbol))) = written else {
            return Err(VerifyError::PatternComputed { block });
        };
        let pattern = self.symbol(*symbol)?;
        if let Some(known) = self.meter.patterns.get(pattern) {
            return Ok(*known);
        }
        let known = self.meter.patterns.values().map(|cost| cost.compile);
        let left = pattern::MOST.saturating_sub(known.sum());
        let cost = pattern::Cost::of(pattern).filter(|cost| cost.compile <= left);
        let cost = cost.ok_or_else(|| VerifyError::PatternRefused {
            block,
            pattern: crate::excerpt::Excerpt::of(pattern),
        })?;
        let pattern = pattern.to_owned();
        self.meter.patterns.insert(pattern, cost);
        Ok(cost)
    }

    /// Counts a term and all in it, and says how large it is.
    fn term(&mut self, term: &Term) -> Result<Size, VerifyError> {
        match term {
            Term::Variable(symbol) => self.text(u64::from(*symbol)).map(|_| Size::ONE),
            Term::Str(symbol) => self.text(*symbol),
            Term::Bytes(bytes) => {
                self.count(1, bytes.len().saturating_mul(2))?;
                Ok(Size::of_text(bytes.len()))
            }
            Term::Integer(number) => {
                let digits = number.unsigned_abs().checked_ilog10().unwrap_or_default();
                self.count(1, (digits as usize).saturating_add(2))?;
                Ok(Size::ONE)
            }
            Term::Date(_) | Term::Bool(_) | Term::Null => {
                self.count(1, DATE)?;
                Ok(Size::ONE)
            }
            Term::Set(elements) => self.elements(elements.iter()),
            Term::Array(elements) => self.elements(elements.iter()),
            Term::Map(entries) => {
                let mut size = self.elements(entries.values())?;
                for key in entries.keys() {
                    size = size.plus(match key {
                        MapKey::Integer(_) => Size::ONE,
                        MapKey::Str(symbol) => self.text(*symbol)?,
                    });
                }
                Ok(size)
            }
        }
    }

    fn elements<'t>(
        &mut self,
        elements: impl Iterator<Item = &'t Term>,
    ) -> Result<Size, VerifyError> {
        self.count(1, 2)?;
        let mut size = Size::ONE;
        for element in elements {
            size = size.plus(self.term(element)?);
        }
        Ok(size)
    }

    fn text(&mut self, symbol: u64) -> Result<Size, VerifyError> {
        let length = self.symbol(symbol)?.len();
        self.count(1, length)?;
        Ok(Size::of_text(length))
    }

    /// The text of a number. The library cuts numbers to the machine's size before it looks them up.
    fn symbol(&self, symbol: u64) -> Result<&'a str, VerifyError> {
        let end = DECLARED.saturating_add(self.table.symbols.current_offset() as u64);
        let text = (symbol < end).then(|| self.table.symbols.get_symbol(symbol));
        text.flatten()
            .ok_or_else(|| Unreadable::Symbol.of(self.number))
    }

    /// The value of a stated fact; its numbers were looked up before.
    fn value(&self, term: &Term) -> Value {
        let text = match term {
            Term::Str(symbol) => self.table.symbols.get_symbol(*symbol),
            Term::Variable(_)
            | Term::Integer(_)
            | Term::Date(_)
            | Term::Bytes(_)
            | Term::Bool(_)
            | Term::Set(_)
            | Term::Null
            | Term::Array(_)
            | Term::Map(_) => None,
        };
        text.map_or(Value::Other, |text| Value::Text(text.to_owned()))
    }

    fn count(&mut self, terms: usize, source: usize) -> Result<(), VerifyError> {
        let meter = &mut *self.meter;
        meter.terms = meter.terms.saturating_add(terms);
        meter.source = meter.source.saturating_add(source);
        Measure::Terms.within(meter.terms, self.limits)?;
        Measure::Source.within(meter.source, self.limits)
    }
}

/// How long the source of a date is at most.
const DATE: usize = 24;
