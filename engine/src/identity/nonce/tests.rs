use super::*;
use crate::identity::replay::tests::HostStore;
use crate::ports::Isolated;

const STEP: Seconds = Seconds(60);

fn nonces(configured: Option<&str>, seed: u8) -> Nonces {
    Nonces::new(STEP, configured.map(Seed::of_text), Seed::new([seed; 32]))
}

#[test]
fn a_nonce_is_known_in_its_step_and_in_the_next() {
    let nonces = nonces(Some("of these tests"), 1);
    let nonce = nonces.current(&Isolated, UnixTime(600));
    for (name, at, expected) in [
        ("at once", 600, Ok(Age::Current)),
        ("at the end of its step", 659, Ok(Age::Current)),
        ("at the end of the next", 719, Ok(Age::Previous)),
        ("after that", 720, Err(UnknownNonce)),
        ("before its step", 599, Err(UnknownNonce)),
    ] {
        let found = nonces.check(&nonce, &Isolated, UnixTime(at));
        assert_eq!(found, expected, "{name}");
    }
    assert_ne!(nonce, nonces.current(&Isolated, UnixTime(660)));
}

#[test]
fn whatever_was_not_handed_out_is_not_known() {
    let nonces = nonces(None, 1);
    let nonce = nonces.current(&Isolated, UnixTime(600));
    assert_eq!(nonce.len(), 24);
    let flipped = nonce.replace(&nonce[..1], if nonce.starts_with('A') { "B" } else { "A" });
    for (name, text) in [
        ("nothing", ""),
        ("one bit of it", flipped.as_str()),
        ("its beginning", &nonce[..20]),
        ("with something behind it", &format!("{nonce}AAAA")),
        ("padded", &format!("{nonce}=")),
        ("zeros", "AAAAAAAAAAAAAAAAAAAAAAAA"),
        ("another alphabet", "++++++++++++++++++++++++"),
    ] {
        let found = nonces.check(text, &Isolated, UnixTime(600));
        assert_eq!(found, Err(UnknownNonce), "{name}");
    }
}

#[test]
fn those_that_share_a_secret_know_each_others_nonces() {
    let shared = HostStore::default();
    let no_store = &Isolated as &dyn Store;
    for (name, one, other, store, expected) in [
        (
            "a store",
            (None, 1),
            (None, 2),
            &shared as &dyn Store,
            Ok(Age::Current),
        ),
        ("nothing", (None, 1), (None, 2), no_store, Err(UnknownNonce)),
        (
            "a configured secret",
            (Some("s"), 1),
            (Some("s"), 2),
            no_store,
            Ok(Age::Current),
        ),
        (
            "different secrets",
            (Some("s"), 1),
            (Some("t"), 1),
            no_store,
            Err(UnknownNonce),
        ),
        (
            "a store, one configured",
            (Some("s"), 1),
            (None, 1),
            &shared,
            Err(UnknownNonce),
        ),
    ] {
        let nonce = nonces(one.0, one.1).current(store, UnixTime(600));
        let found = nonces(other.0, other.1).check(&nonce, store, UnixTime(600));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_secret_is_not_shown() {
    assert_eq!(format!("{:?}", Seed::of_text("secret")), "Seed");
}
