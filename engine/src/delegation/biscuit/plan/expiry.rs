//! Until when a block's checks can pass at all, where they say so in the usual way.

use biscuit_auth::builder::CheckKind;
use biscuit_auth::datalog::{Binary, Check, Expression, Op, Rule, SymbolTable, Term};

/// The name of the fact that says what time it is.
pub(super) const TIME: &str = "time";

/// The time from which on one of the checks fails for sure; none where no check says so by `time($t), $t < date` or `<=`.
///
/// `checks` are those of a block that neither states nor derives facts of that name, nor trusts others than the issuer and the
/// gate: else the time in them needn't be now.
pub(super) fn of(checks: &[Check], symbols: &SymbolTable) -> Option<u64> {
    checks
        .iter()
        .filter(|check| matches!(check.kind, CheckKind::One | CheckKind::All))
        .filter_map(|check| {
            let ends = check.queries.iter().map(|query| of_query(query, symbols));
            // One alternative is enough for the check to pass, and one without an end never stops to be.
            ends.collect::<Option<Vec<u64>>>()?.into_iter().max()
        })
        .min()
}

fn of_query(query: &Rule, symbols: &SymbolTable) -> Option<u64> {
    if !query.scopes.is_empty() {
        return None;
    }
    let times: Vec<u32> = query
        .body
        .iter()
        .filter(|predicate| symbols.get_symbol(predicate.name) == Some(TIME))
        .filter_map(|predicate| match predicate.terms[..] {
            [Term::Variable(variable)] => Some(variable),
            _ => None,
        })
        .collect();
    let expressions = query.expressions.iter();
    let ends = expressions.filter_map(|expression| of_expression(expression, &times));
    ends.min()
}

fn of_expression(expression: &Expression, times: &[u32]) -> Option<u64> {
    match &expression.ops[..] {
        [
            Op::Value(Term::Variable(variable)),
            Op::Value(Term::Date(date)),
            Op::Binary(comparison),
        ] if times.contains(variable) => {
            if matches!(comparison, Binary::LessThan) {
                Some(*date)
            } else if matches!(comparison, Binary::LessOrEqual) {
                Some(date.saturating_add(1))
            } else {
                None
            }
        }
        _ => None,
    }
}
