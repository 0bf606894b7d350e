//! Chains that are made to be expensive: the work is counted, not timed.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Step, mint, rules, signatures, step, verify};

/// Steps that are reached here, or in calls whose proofs are used.
pub(super) const STEPS: [Step; 6] = [
    Step::RootConstraintCost,
    Step::ChildConstraintCost,
    Step::ComparisonCost,
    Step::AudienceMissing,
    Step::ProofReplayed,
    Step::ProofUntold,
];

fn clauses(of_type: &str, count: usize) -> Value {
    let clause = |n| json!({"constraint_type": "exact", "value": n});
    let clauses: Vec<_> = (0..count).map(clause).collect();
    json!({"constraint_type": of_type, "constraints": clauses})
}

/// Each token allows a tool with this argument.
fn bomb(constraint: impl Fn(usize) -> Value) -> Vec<String> {
    mint(3, |place, draft| {
        draft.tools(&json!({"read": {"path": constraint(place)}}));
    })
}

#[test]
fn many_clauses_are_refused_when_they_get_expensive() {
    let wildcard = json!({"constraint_type": "wildcard"});
    let root = bomb(|_| clauses("any", 700));
    assert_eq!(
        step(verify(&root, &rules())),
        Some(Step::RootConstraintCost)
    );
    let child = bomb(|place| {
        if place == 0 {
            wildcard.clone()
        } else {
            clauses("all", 700)
        }
    });
    assert_eq!(
        step(verify(&child, &rules())),
        Some(Step::ChildConstraintCost)
    );
    // Reading costs each token the square of its clauses, and comparing two of them half of that.
    let comparison = bomb(|_| clauses("any", 100));
    assert_eq!(step(verify(&comparison, &rules())), None);
    let mut strict = rules();
    strict.limits.max_work = 2 * 100 * 99 + 100;
    assert_eq!(
        step(verify(&comparison, &strict)),
        Some(Step::ComparisonCost)
    );
}

#[test]
fn deep_constraints_are_refused_by_their_depth() {
    let nested = |levels: usize| {
        let wildcard = json!({"constraint_type": "wildcard"});
        (1..levels).fold(
            wildcard,
            |inner, _| json!({"constraint_type": "any", "constraints": [inner]}),
        )
    };
    assert_eq!(step(verify(&bomb(|_| nested(32)), &rules())), None);
    assert_eq!(
        step(verify(&bomb(|_| nested(33)), &rules())),
        Some(Step::RootConstraint)
    );
    assert_eq!(
        step(verify(&bomb(|_| nested(80)), &rules())),
        Some(Step::RootUnreadable)
    );
}

#[test]
fn no_token_is_verified_twice_and_none_after_one_that_is_refused() {
    let too_long = mint(10, |_, _| {});
    let broken = mint(9, |place, draft| {
        if place == 2 {
            draft.tools(&json!({"write": {}}));
        }
    });
    let repeated = vec![mint(1, |_, _| {}).remove(0); 2];
    for (name, tokens, expected) in [
        ("a good chain", mint(4, |_, _| {}), 4),
        ("one token too many", too_long, 10),
        ("the third widens", broken, 3),
        ("one token twice", repeated, 0),
    ] {
        assert_eq!(signatures(&tokens, &rules()), expected, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Every character of every token is signed, or is the signature.
    #[test]
    fn no_character_can_be_changed(
        token in 0_usize..3,
        place in any::<prop::sample::Index>(),
        other in "[A-Za-z0-9_.=-]",
    ) {
        let mut tokens = mint(3, |_, _| {});
        let place = place.index(tokens[token].len());
        prop_assume!(tokens[token][place..=place] != other);
        tokens[token].replace_range(place..=place, &other);
        prop_assert!(verify(&tokens, &rules()).is_err());
    }

    #[test]
    fn no_claims_break_it(claims in any::<String>(), place in 0_usize..2) {
        let tokens = mint(2, |found, draft| {
            if found == place {
                draft.text = Some(format!(r#"{{"jti":"x","x":{claims}}}"#));
            }
        });
        prop_assert!(verify(&tokens, &rules()).is_err());
    }
}
