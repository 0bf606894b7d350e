//! Blocks whose content nobody's library would write, signed as they should be: whoever holds a token can sign such.

use biscuit_auth::format::schema;
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::delegation::biscuit::tests::forgeries::{message, sign_authority};

/// Something of everything that a block can have.
const RICH: &str = r#"
    right("file1", "read"); set({1, 2}); list([1, ["a", null], {"k": hex:00ff}]); born(2020-01-01T00:00:00Z);
    reach($a, $b) <- edge($a, $b);
    reach($a, $c) <- reach($a, $b), edge($b, $c), $a != $c trusting previous;
    edge(1, 2); edge(2, 3);
    check if resource($r), $r.starts_with("file") || $r.matches("^f[0-9]+$"), $r.length() > 0;
    check all set($s), $s.contains(1), $s.union({3}).intersection({1}).length() == 1;
    reject if list($l), $l.any($p -> $p == 7 && [1].all($q -> $q < $p));
    check if (1 + 2 * 3 - 4 / 2 === 5).try_or(true), !false, 1 | 2 ^ 3 & 1 >= 0;
    check if "a" + "b" == "ab", true.type() == "bool", [1, 2].get(0) == 1, "a".extern::f("b") == 1
"#;

fn resigned(content: Vec<u8>) -> String {
    let mut token = message(&minted(&[RICH]));
    token.authority.block = content;
    sign_authority(&mut token);
    encoded(&token.encode_to_vec())
}

fn examine(content: Vec<u8>) {
    let Ok(token) = verifier().verify(&resigned(content), &|_| false) else {
        return;
    };
    let call = Call {
        resource: Some("file1"),
        ..Call::default()
    };
    if let Ok(steps) = token.judge(&call) {
        assert!(steps <= Limits::default().steps);
    }
}

fn content() -> Vec<u8> {
    message(&minted(&[RICH])).authority.block
}

#[test]
fn the_block_is_taken_as_it_is() {
    let token = verifier().verify(&resigned(content()), &|_| false).unwrap();
    let found = token.judge(&Call::default());
    assert!(
        matches!(found, Err(JudgeError::NotEvaluable { .. })),
        "{found:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut content = content();
        for (place, byte) in changes {
            let place = place.index(content.len());
            content[place] = byte;
        }
        examine(content);
    }

    #[test]
    fn operations_in_any_order_never_panic(seeds in prop::collection::vec(any::<prop::sample::Index>(), 1..40)) {
        let mut block = schema::Block::decode(&content()[..]).unwrap();
        let ops: Vec<schema::Op> = block
            .checks
            .iter()
            .flat_map(|check| &check.queries)
            .flat_map(|query| &query.expressions)
            .flat_map(|expression| expression.ops.clone())
            .collect();
        let ops = seeds.iter().map(|seed| seed.get(&ops).clone()).collect();
        block.checks.truncate(1);
        block.checks[0].queries[0].expressions = vec![schema::Expression { ops }];
        examine(block.encode_to_vec());
    }
}
