use super::*;

#[test]
fn there_is_a_known_answer_for_each_native_algorithm_and_no_other() {
    let native: Vec<_> = Algorithm::ALL
        .into_iter()
        .filter(|algorithm| Native::of(*algorithm).is_some())
        .collect();
    let answers: Vec<_> = known_answers::ALL
        .iter()
        .map(|answer| answer.algorithm)
        .collect();
    assert_eq!(native, answers);
}

#[test]
fn a_host_is_used_for_what_it_verifies_right() {
    let is_right = |question: &Question<'_>| question.message == b"bailiwick known answer";
    let rows: [(&str, HostVerifier, Vec<Algorithm>); 5] = [
        (
            "a sound host",
            HostVerifier::probed_with(|question| Ok(is_right(question))),
            known_answers::ALL
                .iter()
                .map(|answer| answer.algorithm)
                .collect(),
        ),
        (
            "a host with RS256 only",
            HostVerifier::probed_with(|question| {
                Ok(question.algorithm == Algorithm::Rs256 && is_right(question))
            }),
            vec![Algorithm::Rs256],
        ),
        (
            "a host that says yes to everything",
            HostVerifier::probed_with(|_| Ok(true)),
            vec![],
        ),
        (
            "a host that says no to everything",
            HostVerifier::probed_with(|_| Ok(false)),
            vec![],
        ),
        (
            "a host without the function",
            HostVerifier::probed_with(|_| Err(HostStatus::NotFound)),
            vec![],
        ),
    ];
    for (name, verifier, expected) in rows {
        assert_eq!(verifier.native_algorithms(), expected, "{name}");
    }
}

#[test]
fn without_a_host_nothing_is_native() {
    assert_eq!(HostVerifier::probe().native_algorithms(), []);
}
