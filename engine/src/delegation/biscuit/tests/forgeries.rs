//! What isn't the token that was issued.

use biscuit_auth::builder::{Algorithm, BlockBuilder};
use biscuit_auth::format::schema;
use biscuit_auth::{Biscuit, KeyPair};
use p256::ecdsa::Signature;
use prost::Message as _;

use super::*;

const BLOCKS: [&str; 3] = [
    r#"right("file1", "read"); check if operation("read")"#,
    r#"check if resource("file1")"#,
    r#"check if time($now), $now < 2030-01-01T00:00:00Z"#,
];

pub(super) fn message(token: &Biscuit) -> schema::Biscuit {
    schema::Biscuit::decode(&token.to_vec().unwrap()[..]).unwrap()
}

fn refusal_of(message: &schema::Biscuit) -> Option<VerifyError> {
    let text = encoded(&message.encode_to_vec());
    verifier().verify(&text, &|_| false).err()
}

#[test]
fn what_was_changed_is_refused() {
    let whole = message(&minted(&BLOCKS));
    assert_eq!(refusal_of(&whole), None);
    let sealed = message(&minted(&BLOCKS).seal().unwrap());
    assert_eq!(refusal_of(&sealed), None, "sealed");
    type Change = fn(&mut schema::Biscuit);
    let changes: [(&str, Change); 9] = [
        ("blocks in another order", |token| token.blocks.swap(0, 1)),
        ("a block twice", |token| {
            let block = token.blocks[1].clone();
            token.blocks.push(block);
        }),
        ("the last block left out", |token| drop(token.blocks.pop())),
        ("the first block left out", |token| {
            drop(token.blocks.remove(0));
        }),
        ("all blocks left out", |token| token.blocks.clear()),
        ("another content", |token| {
            let last = token.blocks[0].block.last_mut().unwrap();
            *last ^= 1;
        }),
        ("another next key", |token| {
            token.blocks[1].next_key.key = pair(STRANGER).public().to_bytes();
        }),
        ("another proof", |token| {
            let secret = pair(STRANGER).private().to_bytes().to_vec();
            token.proof.content = Some(schema::proof::Content::NextSecret(secret));
        }),
        ("another version of the signature", |token| {
            token.blocks[0].version = Some(1);
        }),
    ];
    for (name, change) in changes {
        for token in [&whole, &sealed] {
            let mut changed = token.clone();
            change(&mut changed);
            assert_eq!(refusal_of(&changed), Some(VerifyError::Signature), "{name}");
        }
    }
}

#[test]
fn a_root_key_counts_under_its_own_id_only() {
    let own = |id: Option<u32>, pair: &KeyPair| {
        let builder = Biscuit::builder().code(BLOCKS[0]).unwrap();
        let builder = match id {
            Some(id) => builder.root_key_id(id),
            None => builder,
        };
        builder.build(pair).unwrap()
    };
    let second = pair_for(Algorithm::Secp256r1, ROTATED);
    for (name, token, expected) in [
        ("the first root", own(Some(1), &pair(ROOT)), None),
        ("the second, of another curve", own(Some(2), &second), None),
        (
            "the second under the first's id",
            own(Some(1), &second),
            Some(VerifyError::Signature),
        ),
        (
            "a stranger under the first's id",
            own(Some(1), &pair(STRANGER)),
            Some(VerifyError::Signature),
        ),
        (
            "an id that nobody has",
            own(Some(3), &pair(ROOT)),
            Some(VerifyError::RootUnknown { id: 3 }),
        ),
        (
            "no id",
            own(None, &pair(ROOT)),
            Some(VerifyError::RootUnnamed),
        ),
    ] {
        assert_eq!(verify(&token).err(), expected, "{name}");
    }
    let with_default = Verifier::new(Settings {
        roots: Roots::new([root(Some(1), key(ROOT)), root(None, key(PARTNER))]).unwrap(),
        ..settings()
    });
    let with_default = with_default.unwrap();
    for (name, token, expected) in [
        (
            "no id, signed with the key for such",
            own(None, &pair(PARTNER)),
            None,
        ),
        (
            "no id, signed with a key that has one",
            own(None, &pair(ROOT)),
            Some(VerifyError::Signature),
        ),
        (
            "an unknown id, signed with the key for none",
            own(Some(9), &pair(PARTNER)),
            Some(VerifyError::RootUnknown { id: 9 }),
        ),
    ] {
        assert_eq!(verify_with(&with_default, &token).err(), expected, "{name}");
    }
}

#[test]
fn third_parties_have_to_be_known_and_to_have_signed() {
    let token = minted(&BLOCKS[..1]);
    let known = signed_by(&token, PARTNER, r#"approved("file1")"#);
    assert_eq!(verify(&known).err(), None);
    let stranger = signed_by(&known, STRANGER, r#"approved("file2")"#);
    let unknown = VerifyError::ThirdPartyUnknown { block: 2 };
    assert_eq!(verify(&stranger).err(), Some(unknown));

    let mut renamed = message(&stranger);
    let external = renamed.blocks[1].external_signature.as_mut().unwrap();
    external.public_key.key = pair(PARTNER).public().to_bytes();
    let refused = Some(VerifyError::Signature);
    assert_eq!(
        refusal_of(&renamed),
        refused,
        "a stranger's under a known name"
    );

    let other = minted(&BLOCKS[..1]);
    let mut moved = message(&signed_by(&other, PARTNER, r#"approved("file1")"#));
    moved.blocks[0].external_signature = message(&known).blocks[0].external_signature.clone();
    assert_eq!(refusal_of(&moved), refused, "signed for another token");
}

#[test]
fn a_revoked_block_revokes_all_that_follow() {
    let token = minted(&BLOCKS);
    let text = encoded(&token.to_vec().unwrap());
    let ids = token.revocation_identifiers();
    for (block, id) in ids.iter().enumerate() {
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let refused = verifier().verify(&text, &|denied| denied == id).err();
        assert_eq!(refused, Some(VerifyError::Revoked { block }));
        let kept = verify(&token).unwrap();
        assert_eq!(kept.revocation_ids()[block].as_str(), id);
        let refused = kept.refuse_denied(&|denied| denied == id);
        assert_eq!(refused, Err(VerifyError::Revoked { block }), "kept");
        assert_eq!(kept.refuse_denied(&|denied| denied == &id[1..]), Ok(()));
    }
}

/// Everybody can turn one signature by a `secp256r1` key into another one that verifies.
#[test]
fn the_twin_of_a_revoked_signature_is_revoked() {
    let root = pair_for(Algorithm::Secp256r1, ROTATED);
    let builder = Biscuit::builder().code(BLOCKS[0]).unwrap();
    let token = builder.root_key_id(2).build(&root).unwrap();
    let issued = verify(&token).unwrap();
    let id = issued.revocation_ids()[0].as_str().to_owned();

    let mut twin = message(&token);
    let (r, s) = Signature::from_der(&twin.authority.signature)
        .unwrap()
        .split_scalars();
    let other = Signature::from_scalars(r, -s).unwrap();
    twin.authority.signature = other.to_der().as_bytes().to_vec();
    let text = encoded(&twin.encode_to_vec());

    let unlisted = verifier().verify(&text, &|_| false).unwrap();
    assert_ne!(unlisted.revocation_ids()[0].as_str(), id);
    let refused = verifier().verify(&text, &|denied| denied == id).err();
    assert_eq!(refused, Some(VerifyError::Revoked { block: 0 }));
}

#[test]
fn texts_that_are_no_token_are_refused() {
    let token = minted(&BLOCKS);
    let bytes = token.to_vec().unwrap();
    let text = encoded(&bytes);
    let padded = token.to_base64().unwrap();
    let prefixed = format!("biscuit:{text}");
    let long = "A".repeat(22_000);
    let too_long = VerifyError::TooLong { limit: 16 << 10 };
    for (name, text, expected) in [
        ("without padding", text.as_str(), None),
        ("with padding", &padded, None),
        ("with its prefix", &prefixed, None),
        ("nothing", "", Some(VerifyError::NotBiscuit)),
        ("no message", "AAAA", Some(VerifyError::NotBiscuit)),
        ("no base64url", "a b", Some(VerifyError::NotBase64)),
        (
            "a JWT",
            "eyJhbGciOiJub25lIn0.e30.",
            Some(VerifyError::NotBase64),
        ),
        (
            "other scripts",
            "\u{fc}\u{202e}",
            Some(VerifyError::NotBase64),
        ),
        ("too long", &long, Some(too_long)),
    ] {
        let found = verifier().verify(text, &|_| false).err();
        assert_eq!(found, expected, "{name}");
    }
    for length in 0..bytes.len() {
        let cut = verifier().verify(&encoded(&bytes[..length]), &|_| false);
        assert!(cut.is_err(), "cut to {length} bytes");
    }
}

/// Every bit counts, but those of the fields' tags and lengths that the encoding allows to be written in several ways.
#[test]
fn no_bit_can_be_turned() {
    let issued = minted(&BLOCKS[..2]);
    let bytes = issued.to_vec().unwrap();
    let ids = issued.revocation_identifiers();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut turned = bytes.clone();
            turned[place] ^= 1 << bit;
            if let Ok(token) = verifier().verify(&encoded(&turned), &|_| false) {
                let same = token.biscuit.revocation_identifiers() == ids;
                assert!(same, "bit {bit} of byte {place}");
            }
        }
    }
}

#[test]
fn the_authority_block_states_nothing_that_only_the_gate_knows() {
    for (name, authority, reserved) in [
        ("a fact", r#"tool_call("search")"#, Some("tool_call")),
        (
            "a rule",
            r#"operation("read") <- user($any)"#,
            Some("operation"),
        ),
        ("a grant", r#"tool("search")"#, None),
        ("a check", r#"check if tool_call("search")"#, None),
    ] {
        let expected = reserved.map(|name| VerifyError::FactReserved {
            name: crate::excerpt::Excerpt::of(name),
        });
        assert_eq!(verify(&minted(&[authority])).err(), expected, "{name}");
    }
    let later = minted(&[r#"tool("search")"#, r#"tool_call("search")"#]);
    assert_eq!(verify(&later).err(), None, "nobody believes a later block");
}

/// On 32 bits the library would cut these numbers and find something else.
#[test]
fn numbers_that_stand_for_nothing_are_refused() {
    type Change = fn(&mut schema::Block);
    let changes: [(&str, Change); 4] = [
        ("a text", |block| {
            block.facts[0].predicate.name = (1 << 32) + 4
        }),
        ("a text past the last", |block| {
            block.facts[0].predicate.name = 1024 + 500;
        }),
        ("a key", |block| {
            let content = schema::scope::Content::PublicKey(1 << 32);
            block.checks[0].queries[0].scope = vec![schema::Scope {
                content: Some(content),
            }];
        }),
        ("a text declared again", |block| {
            block.symbols.push("read".to_owned());
        }),
    ];
    for (name, change) in changes {
        let mut token = message(&minted(&BLOCKS[..1]));
        let mut block = schema::Block::decode(&token.authority.block[..]).unwrap();
        block.version = Some(5);
        change(&mut block);
        token.authority.block = block.encode_to_vec();
        sign_authority(&mut token);
        let refused = refusal_of(&token);
        let expected = crate::delegation::biscuit::error::Unreadable::Symbol.of(0);
        assert_eq!(refused, Some(expected), "{name}");
    }
}

/// Signs a token of one block, as its issuer could (version 0 of the block's signature).
pub(super) fn sign_authority(token: &mut schema::Biscuit) {
    let next = &token.authority.next_key;
    let signed = [
        &token.authority.block[..],
        &next.algorithm.to_le_bytes(),
        &next.key,
    ];
    let signature = pair(ROOT).sign(&signed.concat()).unwrap();
    token.authority.signature = signature.to_bytes().to_vec();
    token.authority.version = None;
    assert!(token.blocks.is_empty());
}

#[test]
fn a_check_whose_head_asks_for_more_than_its_body_is_refused() {
    let mut token = message(&minted(&BLOCKS[..1]));
    let mut block = schema::Block::decode(&token.authority.block[..]).unwrap();
    let variable = schema::term::Content::Variable(0);
    block.checks[0].queries[0].head.terms = vec![schema::Term {
        content: Some(variable),
    }];
    token.authority.block = block.encode_to_vec();
    sign_authority(&mut token);
    let expected = crate::delegation::biscuit::error::Unreadable::Unbound.of(0);
    assert_eq!(refusal_of(&token), Some(expected));
}

#[test]
fn more_blocks_than_allowed_are_counted_before_keys_are_read() {
    let block = BlockBuilder::new().code("check if true").unwrap();
    let mut token = minted(&BLOCKS[..1]);
    for _ in 0..8 {
        token = token.append(block.clone()).unwrap();
    }
    assert_eq!(verify(&token).err(), None, "nine are allowed");
    let mut token = message(&token.append(block).unwrap());
    token.authority.next_key.key = vec![0; 5];
    let expected = VerifyError::TooManyBlocks {
        found: 10,
        limit: 9,
    };
    assert_eq!(refusal_of(&token), Some(expected));
}
