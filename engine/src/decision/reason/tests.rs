use std::collections::BTreeSet;

use super::*;
use crate::decision::answer::Challenge;

/// `TokenExpired` -> `token_expired`
fn snake_case(name: &str) -> String {
    let mut code = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(c.to_ascii_lowercase());
    }
    code
}

#[test]
fn every_reason_has_every_column() {
    for reason in Reason::ALL {
        let facts = reason.facts();
        assert_eq!(facts.code, snake_case(&format!("{reason:?}")));
        assert_eq!(
            facts.problem_type,
            format!("urn:bailiwick:reason:{}", facts.code)
        );
        for (column, text) in [
            ("title", facts.title),
            ("meaning", facts.meaning.trim()),
            ("remedy", facts.remedy),
        ] {
            assert!(text.len() > 8, "{reason}: {column} says nothing");
            assert_eq!(text, text.trim(), "{reason}: {column}");
        }
        assert!(
            facts
                .title
                .chars()
                .all(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')),
            "{reason}: the title stands in a header"
        );
        assert!(!facts.title.ends_with('.'), "{reason}");
        assert!(facts.meaning.ends_with('.'), "{reason}");
    }
}

#[test]
fn codes_and_titles_are_unique() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    let meanings: BTreeSet<_> = Reason::ALL
        .iter()
        .map(|reason| reason.facts().meaning)
        .collect();
    assert_eq!(meanings.len(), Reason::ALL.len());
}

#[test]
fn statuses_are_those_of_the_specifications() {
    for (reason, status, challenge, rpc_code) in [
        (Reason::CredentialMissing, 401, Challenge::Bare, -31401),
        (Reason::SchemeUnsupported, 401, Challenge::Bare, -31401),
        (
            Reason::CredentialRepeated,
            400,
            Challenge::InvalidRequest,
            -31400,
        ),
        (Reason::TokenInQuery, 400, Challenge::InvalidRequest, -31400),
        (Reason::TokenExpired, 401, Challenge::InvalidToken, -31401),
        (
            Reason::DpopProofMissing,
            401,
            Challenge::InvalidProof,
            -31401,
        ),
        (
            Reason::DpopKeyMismatch,
            401,
            Challenge::InvalidToken,
            -31401,
        ),
        (Reason::DpopNonceRequired, 401, Challenge::UseNonce, -31401),
        (Reason::WptMissing, 401, Challenge::WorkloadProof, -31401),
        (Reason::DpopReplaysFull, 503, Challenge::None, -31503),
        (
            Reason::ScopeInsufficient,
            403,
            Challenge::InsufficientScope,
            -31403,
        ),
        (
            Reason::AuthenticationTooOld,
            401,
            Challenge::InsufficientAuthentication,
            -31401,
        ),
        (Reason::AttenuationWidened, 403, Challenge::None, -31403),
        (Reason::PolicyNotPermitted, 403, Challenge::None, -31403),
        (Reason::PolicyFailed, 403, Challenge::None, -31403),
        (Reason::OriginNotAllowed, 403, Challenge::None, -31403),
        (Reason::RouteUnknown, 404, Challenge::None, -31404),
        (Reason::MethodNotAllowed, 405, Challenge::None, -31405),
        (Reason::BodyTooLarge, 413, Challenge::None, -31413),
        (Reason::MediaTypeUnsupported, 415, Challenge::None, -31415),
        (Reason::EarlyDataRefused, 425, Challenge::None, -31425),
        (Reason::JsonMalformed, 400, Challenge::None, -32700),
        (Reason::BatchRefused, 400, Challenge::None, -32600),
        (Reason::RpcMethodUnknown, 404, Challenge::None, -32601),
        (Reason::RpcParamsInvalid, 400, Challenge::None, -32602),
        (Reason::McpHeaderMismatch, 400, Challenge::None, -32020),
        (Reason::McpRevisionUnsupported, 400, Challenge::None, -32022),
        (Reason::KeysUnavailable, 503, Challenge::None, -31503),
        (Reason::BodyGatingUnavailable, 503, Challenge::None, -31503),
        (Reason::TooManyWaiting, 503, Challenge::None, -31503),
        (Reason::SessionsUncounted, 502, Challenge::None, -31502),
        (Reason::ExchangeOutOfOrder, 500, Challenge::None, -31500),
    ] {
        let answer = reason.answer();
        let found = (answer.status(), answer.challenge(), answer.rpc_code());
        assert_eq!(found, (status, challenge, rpc_code), "{reason}");
        assert_eq!(answer.retry_after().is_some(), status == 503, "{reason}");
    }
}

#[test]
fn our_own_rpc_codes_stay_out_of_the_reserved_range() {
    for reason in Reason::ALL {
        let answer = reason.answer();
        let code = answer.rpc_code();
        if !(-32768..=-32000).contains(&code) {
            assert_eq!(code, -31000 - i32::from(answer.status()), "{reason}");
        }
    }
}
