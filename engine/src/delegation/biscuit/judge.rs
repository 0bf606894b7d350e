//! The second phase: do all checks allow this call?

use std::collections::HashMap;
use std::time::Duration;

use biscuit_auth::builder::{
    AuthorizerBuilder, Expression, Fact, MapKey, Op, Policy, PolicyKind, Predicate, Rule, Term,
};
use biscuit_auth::error::{
    Expression as ExpressionError, FailedCheck as LibraryCheck, Logic, RunLimit,
};
use biscuit_auth::{Authorizer, AuthorizerLimits, error};

use super::ambient::{ARGUMENT, Call};
use super::cost::{Budget, Population, Size, numbering};
use super::error::{FailedCheck, JudgeError};
use super::plan::{Named, Plan};
use super::token::Token;
use crate::excerpt::Excerpt;

/// What came of running a token's rules and checks.
#[derive(Debug)]
pub struct Evaluation {
    /// The number of the authorizer's policy that allows it, or why none does.
    pub outcome: Result<usize, JudgeError>,
    /// The work that it can have taken, see [`super::limits::Limits::steps`].
    pub steps: u64,
    /// All facts, rules and checks at the end.
    pub authorizer: Authorizer,
}

impl Token {
    /// Do the token's checks allow this call, and is the caller the holder that the token names, if it names one?
    ///
    /// Only checks refuse here: whether the call is within what the token grants, and whether policy permits it, is for later
    /// stages. Says how many steps that took.
    ///
    /// # Errors
    ///
    /// [`JudgeError`]
    pub fn judge(&self, call: &Call<'_>) -> Result<u64, JudgeError> {
        self.judge_within(call, &mut self.most_steps())
    }

    /// The same, within the steps that are left for several calls, from which it takes its own whatever comes of them.
    pub(super) fn judge_within(
        &self,
        call: &Call<'_>,
        steps_left: &mut u64,
    ) -> Result<u64, JudgeError> {
        self.held(call)?;
        let facts = call.facts(self.plan.asks_for(ARGUMENT))?;
        let everything = AuthorizerBuilder::new()
            .policy(allow_if_true())
            .map_err(|error| not_evaluable(&error))?;
        let mut budget = Budget::new(self.most_steps().min(*steps_left));
        let evaluation = self.evaluate_within(facts, everything, &mut budget);
        *steps_left = steps_left.saturating_sub(budget.spent());
        evaluation?.outcome.map(|_| budget.spent())
    }

    /// How many steps one call may take, see [`super::limits::Limits::steps`].
    #[must_use]
    pub const fn most_steps(&self) -> u64 {
        self.limits.steps
    }

    /// Is the caller the holder that the token names, if it names one?
    pub(super) fn held(&self, call: &Call<'_>) -> Result<(), JudgeError> {
        match self.holder {
            Some(_) if call.keys.is_empty() => Err(JudgeError::HolderUnproven),
            Some(holder) if !call.keys.contains(&holder) => Err(JudgeError::HolderMismatch),
            Some(_) | None => Ok(()),
        }
    }

    /// Runs the token's rules and checks together with an authorizer's own and the facts that this one states.
    ///
    /// Only what the token brings is measured beforehand: the authorizer's rules, checks and policies are trusted not to cost
    /// much.
    ///
    /// # Errors
    ///
    /// [`JudgeError`] where rules can't be run to their end.
    pub fn evaluate(
        &self,
        facts: Vec<Fact>,
        authorizer: AuthorizerBuilder,
    ) -> Result<Evaluation, JudgeError> {
        self.evaluate_within(facts, authorizer, &mut Budget::new(self.most_steps()))
    }

    fn evaluate_within(
        &self,
        facts: Vec<Fact>,
        authorizer: AuthorizerBuilder,
        budget: &mut Budget,
    ) -> Result<Evaluation, JudgeError> {
        let mut crowd = Crowd::of(&self.plan, &facts);
        let limit = self.limits.facts;
        if crowd.stated > limit as u64 {
            return Err(JudgeError::TooManyFacts { limit });
        }
        let mut builder = authorizer.set_limits(ONE_ROUND);
        for fact in facts {
            builder = builder.fact(fact).map_err(|error| not_evaluable(&error))?;
        }
        budget.spend(crowd.loading())?;
        let mut authorizer = builder
            .build(&self.biscuit)
            .map_err(|error| not_evaluable(&error))?;
        self.derive(&mut authorizer, &mut crowd, budget)?;
        budget.spend(crowd.cost(&self.plan.checks))?;
        let outcome = authorizer
            .authorize_with_limits(ONE_ROUND)
            .map_err(|error| refused(&error));
        Ok(Evaluation {
            outcome,
            steps: budget.spent(),
            authorizer,
        })
    }

    /// Runs the rules, round by round, until they derive nothing new.
    fn derive(
        &self,
        authorizer: &mut Authorizer,
        crowd: &mut Crowd<'_>,
        budget: &mut Budget,
    ) -> Result<(), JudgeError> {
        for _ in 0..self.limits.rounds {
            budget.spend(crowd.cost(&self.plan.rules))?;
            match authorizer.run() {
                Ok(_) => return Ok(()),
                Err(error::Token::RunLimit(RunLimit::TooManyIterations)) => {}
                Err(error) => return Err(not_evaluable(&error)),
            }
            let limit = self.limits.facts;
            if authorizer.fact_count() > limit {
                return Err(JudgeError::TooManyFacts { limit });
            }
            crowd.derived = (authorizer.fact_count() as u64).saturating_sub(crowd.stated);
        }
        Err(JudgeError::TooManyRounds {
            limit: self.limits.rounds,
        })
    }
}

/// The policy that leaves the decision to the checks. Put together here, since it's the only Datalog that would be parsed.
fn allow_if_true() -> Policy {
    let always = Expression {
        ops: vec![Op::Value(Term::Bool(true))],
    };
    let head = Predicate::new("query".to_owned(), Vec::new());
    Policy {
        queries: vec![Rule::new(head, Vec::new(), vec![always], Vec::new())],
        kind: PolicyKind::Allow,
    }
}

/// One round, after which the library says that there were too many, and goes on from there when it is run again. It never
/// runs out of time, so that its clock doesn't matter: on wasm it stands still.
const ONE_ROUND: AuthorizerLimits = AuthorizerLimits {
    max_facts: u64::MAX,
    max_iterations: 1,
    max_time: Duration::from_secs(3600),
};

/// The facts of a token and a call, as they become more.
struct Crowd<'a> {
    plan: &'a Plan,
    about_call: HashMap<Named, u64>,
    largest: Size,
    /// All values in facts about the call.
    told: Size,
    stated: u64,
    derived: u64,
}

impl<'a> Crowd<'a> {
    fn of(plan: &'a Plan, facts: &[Fact]) -> Self {
        let mut about_call: HashMap<Named, u64> = HashMap::new();
        let (mut largest, mut told) = (plan.largest, Size::default());
        for Fact { predicate, .. } in facts {
            let named = Named {
                name: predicate.name.clone(),
                terms: predicate.terms.len(),
            };
            let count = about_call.entry(named).or_default();
            *count = count.saturating_add(1);
            for term in &predicate.terms {
                let size = size(term);
                largest = largest.max(size);
                told = told.plus(size);
            }
        }
        let stated = plan.facts().saturating_add(facts.len());
        Self {
            plan,
            about_call,
            largest,
            told,
            stated: stated as u64,
            derived: 0,
        }
    }

    /// What it takes to bring the token and the facts about the call together.
    fn loading(&self) -> u64 {
        let terms = self.told.values.saturating_add(self.plan.terms);
        numbering(terms, self.told.texts.saturating_add(self.plan.symbols))
    }

    fn cost(&self, queries: &[super::plan::Query]) -> u64 {
        let named = |named: &Named| {
            let known = [&self.plan.stated, &self.about_call];
            let stated = known
                .iter()
                .filter_map(|facts| facts.get(named))
                .sum::<u64>();
            if self.plan.derived.contains(named) {
                stated.saturating_add(self.derived)
            } else {
                stated
            }
        };
        let population = Population {
            named: &named,
            facts: self.stated.saturating_add(self.derived),
            largest: self.largest,
        };
        queries.iter().fold(0, |cost: u64, query| {
            cost.saturating_add(query.cost(&population))
        })
    }
}

fn size(term: &Term) -> Size {
    let all = |terms: &mut dyn Iterator<Item = &Term>| {
        terms.fold(Size::ONE, |sum, term| sum.plus(size(term)))
    };
    match term {
        Term::Str(text) => Size::of_text(text.len()),
        Term::Bytes(bytes) => Size::of_text(bytes.len()),
        Term::Variable(_)
        | Term::Integer(_)
        | Term::Date(_)
        | Term::Bool(_)
        | Term::Parameter(_)
        | Term::Null => Size::ONE,
        Term::Set(elements) => all(&mut elements.iter()),
        Term::Array(elements) => all(&mut elements.iter()),
        Term::Map(entries) => entries.iter().fold(Size::ONE, |sum, (key, value)| {
            let key = match key {
                MapKey::Str(text) => Size::of_text(text.len()),
                MapKey::Integer(_) | MapKey::Parameter(_) => Size::ONE,
            };
            sum.plus(key).plus(size(value))
        }),
    }
}

/// Why the library doesn't authorize.
fn refused(error: &error::Token) -> JudgeError {
    let error::Token::FailedLogic(
        Logic::Unauthorized { checks, .. } | Logic::NoMatchingPolicy { checks },
    ) = error
    else {
        return not_evaluable(error);
    };
    if checks.is_empty() {
        return JudgeError::NotEvaluable {
            why: "no policy allows it",
        };
    }
    let failed = checks.iter().take(JudgeError::SHOWN).map(|check| {
        let (block, check, source) = match check {
            LibraryCheck::Block(check) => (Some(check.block_id), check.check_id, &check.rule),
            LibraryCheck::Authorizer(check) => (None, check.check_id, &check.rule),
        };
        FailedCheck {
            block: block.map(|block| block as usize),
            check: check as usize,
            // Quotation marks would be escaped, and the texts in a check be hard to read.
            source: Excerpt::of(&source.replace('"', "'")),
        }
    });
    JudgeError::ChecksFailed {
        failed: failed.collect(),
        others: checks.len().saturating_sub(JudgeError::SHOWN),
    }
}

fn not_evaluable(error: &error::Token) -> JudgeError {
    let why = match error {
        error::Token::Execution(error) => match error {
            ExpressionError::UnknownSymbol(_) | ExpressionError::UnknownVariable(_) => {
                "it names a text or variable that there is not"
            }
            ExpressionError::InvalidType => "it applies an operation to values that it is not for",
            ExpressionError::Overflow => "a number becomes too large",
            ExpressionError::DivideByZero => "it divides by zero",
            ExpressionError::InvalidStack => "its operations lack operands",
            ExpressionError::ShadowedVariable => "a closure's parameter hides a variable",
            ExpressionError::UndefinedExtern(_) | ExpressionError::ExternEvalError(_, _) => {
                "it calls a function outside Datalog, and there is none"
            }
        },
        error::Token::RunLimit(_) => "it reached a limit of the library",
        error::Token::FailedLogic(_) => {
            "the head of a rule names a variable that its body does not"
        }
        error::Token::InternalError
        | error::Token::Format(_)
        | error::Token::AppendOnSealed
        | error::Token::AlreadySealed
        | error::Token::Language(_)
        | error::Token::ConversionError(_)
        | error::Token::Base64(_) => "it can't be read",
    };
    JudgeError::NotEvaluable { why }
}
