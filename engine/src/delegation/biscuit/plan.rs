//! What a token's blocks say, taken apart once so that what their evaluation can cost is known before it happens.

use std::collections::{BTreeSet, HashMap};

mod expiry;
mod reader;

use biscuit_auth::datalog::{Op, SymbolTable};
use biscuit_auth::format::schema;

use reader::{Meter, Reader};

use super::cost::Size;
use super::envelope::Signed;
use super::error::{Unreadable, VerifyError};
use super::limits::{Limits, Measure};
use super::pattern;
use super::roots::Key;

/// The rules, checks and facts of all blocks, in the shape that their cost depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) blocks: Vec<Block>,
    pub(super) rules: Vec<Query>,
    pub(super) checks: Vec<Query>,
    /// How many facts of a name and a number of terms the blocks state.
    pub(super) stated: HashMap<Named, u64>,
    /// What rules derive.
    pub(super) derived: BTreeSet<Named>,
    /// How many terms there are in all.
    pub(super) terms: u64,
    /// How many texts are declared.
    pub(super) symbols: u64,
    /// The largest value in a fact that is stated or derived.
    pub(super) largest: Size,
}

/// One block, for people and for what it grants.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The name and the values of its facts.
    pub(super) facts: Vec<(String, Vec<Value>)>,
    /// The names of what its rules derive.
    pub(super) derives: Vec<String>,
    /// The source of its checks.
    pub(super) checks: Vec<String>,
    /// The time from which on a check of it fails for sure.
    pub(super) expires_at: Option<u64>,
    /// Whose key signed it beside the holder's.
    pub(super) third_party: Option<Key>,
}

/// A value of a stated fact, as far as grants are made of such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Other,
}

/// What facts and predicates have to share in order to match: their name and how many terms they have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) terms: usize,
}

/// A rule's body, or one alternative of a check.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) body: Vec<Named>,
    pub(super) variables: u64,
    pub(super) expressions: Vec<Expression>,
}

/// The operations of an expression, and what the size of values on the way depends on.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) ops: Vec<Op>,
    /// The largest value that is written out.
    pub(super) largest: Size,
    /// All values that are written out, together.
    pub(super) sum: Size,
    /// How often it names a variable.
    pub(super) variables: u64,
    /// Does it put texts together to longer ones?
    pub(super) joins: bool,
    /// Does it put sets together to larger ones?
    pub(super) unites: bool,
    /// What its costliest regular expression costs.
    pub(super) pattern: pattern::Cost,
}

impl Plan {
    /// Takes the blocks apart.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] for what can't be read, is too much, or has a regular expression that isn't taken.
    pub(super) fn of(blocks: &[Signed], limits: &Limits) -> Result<Self, VerifyError> {
        let declared = blocks.iter().map(|block| block.content.symbols.len());
        let declared = declared.sum();
        Measure::Symbols.within(declared, limits)?;
        let shared = Table::shared(blocks)?;
        let mut plan = Self {
            symbols: declared as u64,
            ..Self::default()
        };
        let mut meter = Meter::default();
        for (number, signed) in blocks.iter().enumerate() {
            let own;
            let table = if signed.third_party.is_some() {
                own = Table::of(&signed.content).map_err(|why| why.of(number))?;
                &own
            } else {
                &shared
            };
            Reader::new(number, table, &mut meter, limits).read(signed, &mut plan)?;
        }
        plan.terms = meter.terms as u64;
        Measure::Facts.within(plan.facts(), limits)?;
        Ok(plan)
    }

    /// How many facts the blocks state.
    pub(super) fn facts(&self) -> usize {
        self.blocks.iter().map(|block| block.facts.len()).sum()
    }

    /// The values of each fact with this name in the authority block.
    pub(super) fn stated_by_authority(&self, name: &str) -> impl Iterator<Item = &[Value]> {
        let facts = self.blocks.first().map(|block| &block.facts);
        let facts = facts.into_iter().flatten();
        facts
            .filter(move |(stated, _)| stated == name)
            .map(|(_, values)| values.as_slice())
    }

    /// Does a rule or check ask for facts of this name?
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let queries = self.rules.iter().chain(&self.checks);
        queries
            .flat_map(|query| &query.body)
            .any(|named| named.name == name)
    }
}

impl Unreadable {
    pub(super) const fn of(self, block: usize) -> VerifyError {
        VerifyError::Unreadable { block, why: self }
    }
}

/// The texts and keys that a block's numbers stand for.
pub(super) struct Table {
    pub(super) symbols: SymbolTable,
    /// How many keys there are.
    pub(super) keys: usize,
}

impl Table {
    /// That of a third party's block, which has its own.
    fn of(block: &schema::Block) -> Result<Self, Unreadable> {
        let keys: Result<Vec<_>, _> = block
            .public_keys
            .iter()
            .map(biscuit_auth::PublicKey::from_proto)
            .collect();
        let keys = keys.map_err(|_| Unreadable::Symbol)?;
        let count = keys.len();
        let symbols = SymbolTable::from_symbols_and_public_keys(block.symbols.clone(), keys)
            .map_err(|_| Unreadable::Symbol)?;
        Ok(Self {
            symbols,
            keys: count,
        })
    }

    /// That of all other blocks together.
    fn shared(blocks: &[Signed]) -> Result<Self, VerifyError> {
        let mut shared = Self {
            symbols: SymbolTable::new(),
            keys: 0,
        };
        for (number, signed) in blocks.iter().enumerate() {
            if signed.third_party.is_none() {
                let own = Self::of(&signed.content).map_err(|why| why.of(number))?;
                let added = shared.symbols.extend(&own.symbols);
                added.map_err(|_| Unreadable::Symbol.of(number))?;
                shared.keys = shared.keys.saturating_add(own.keys);
            }
        }
        Ok(shared)
    }
}
