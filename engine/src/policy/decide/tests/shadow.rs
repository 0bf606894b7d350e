//! Policies in shadow change no verdict; what they would change is said beside it.

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::remembered::{POLICIES, request};
use crate::policy::denial::{PolicyDenial, PolicyNote};
use crate::policy::mode::Mode;
use crate::policy::tests::{FACTS, call, caller, load, prepare};
use crate::policy::{Facts, Outcome};
use crate::time::UnixTime;

/// The ids that an outcome rests on; the argument that was refused, in place of an error's ids.
fn told(outcome: &Outcome) -> (bool, Vec<String>, Option<PolicyDenial>) {
    let ids = |notes: &[std::sync::Arc<PolicyNote>]| {
        let ids = notes.iter().map(|note| note.id.clone());
        ids.collect()
    };
    match outcome {
        Ok(notes) => (true, ids(notes), None),
        Err(denial) => (false, ids(denial.policies()), Some(denial.clone())),
    }
}

proptest! {
    #[test]
    fn verdicts_are_those_of_the_policies_that_count(
        texts in subsequence((0..POLICIES.len()).collect::<Vec<_>>(), 1..=6),
        in_shadow in prop::collection::vec(any::<bool>(), POLICIES.len()),
        requests in prop::collection::vec(request(), 1..16),
    ) {
        let text = |shown: &dyn Fn(usize) -> Option<&'static str>| {
            // It applies to nothing that is asked here, so that there is always a policy.
            let mut all = r#"permit(principal == Agent::"x/y", action, resource);"#.to_owned();
            for at in &texts {
                if let Some(shadow) = shown(*at) {
                    all.push_str(&format!("@id(\"p{at}\") {shadow} {}", POLICIES[*at]));
                }
            }
            load(&all).unwrap()
        };
        let tried = text(&|at| Some(if in_shadow[at] { "@shadow(\"true\")" } else { "" }));
        let without = text(&|at| (!in_shadow[at]).then_some(""));
        let with = text(&|_| Some(""));
        let known = prepare(&tried, caller());
        for (operation, facts) in &requests {
            let verdict = |policies: &crate::policy::Policies| {
                let judged = policies.decide(&prepare(policies, caller()), operation, facts);
                assert_eq!(judged.shadow, None, "nothing is in shadow");
                judged.verdict.map(|permit| permit.policies().to_vec())
            };
            let judged = tried.decide(&known, operation, facts);
            let decided = judged.verdict.map(|permit| permit.policies().to_vec());
            let (counting, all) = (verdict(&without), verdict(&with));
            prop_assert_eq!(told(&decided), told(&counting), "{:?}", operation);
            let would_be = judged.shadow.unwrap_or(counting);
            prop_assert_eq!(told(&would_be), told(&all), "{:?}, in shadow", operation);
        }
    }
}

#[test]
fn a_gate_in_shadow_forwards_what_policy_refuses_until_its_end() {
    let until = UnixTime(FACTS.now.0 + 1);
    let text = r#"@id("never") forbid(principal, action, resource == Tool::"shop/x");
                  @id("tried") @shadow("true") forbid(principal, action, resource == Tool::"shop/y");
                  @id("a") permit(principal, action, resource);"#;
    let policies = load(text).unwrap().in_mode(Mode::Shadow { until });
    let principal = prepare(&policies, caller());
    for (name, tool, now, permitted, would_be) in [
        ("a refusal before", "x", FACTS.now, Ok(""), Some("never")),
        ("at the end", "x", until, Err("never"), None),
        ("what is permitted", "z", FACTS.now, Ok("a"), None),
        ("a policy in shadow", "y", FACTS.now, Ok("a"), Some("tried")),
        ("the same at the end", "y", until, Ok("a"), Some("tried")),
    ] {
        let facts = Facts { now, ..FACTS };
        let judged = policies.decide(&principal, &call(tool, "{}"), &facts);
        let ids = |outcome: &Outcome| told(outcome).1.join(" ");
        let verdict = judged.verdict.map(|permit| permit.policies().to_vec());
        let expected = permitted.map(str::to_owned).map_err(str::to_owned);
        let found = match &verdict {
            Ok(_) => Ok(ids(&verdict)),
            Err(_) => Err(ids(&verdict)),
        };
        assert_eq!(found, expected, "{name}");
        assert_eq!(
            judged.shadow.as_ref().map(ids).as_deref(),
            would_be,
            "{name}"
        );
    }
}
