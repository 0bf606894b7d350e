//! What is remembered, and how much of it.

use biscuit_auth::{Biscuit, KeyPair};

use super::*;
use crate::delegation::biscuit::grants::{Names, Unstated};
use crate::delegation::biscuit::limits::Limits;
use crate::delegation::biscuit::roots::{Root, Roots, ThirdParties};
use crate::delegation::biscuit::verifier::{Settings, Verifier};
use crate::identity::holder::{self, Carrying};
use crate::identity::issuer::IssuerName;
use crate::identity::jose::algorithm::Algorithm;
use crate::policy::groups::Groups;
use crate::policy::lint::surroundings::Surroundings;
use crate::policy::{Policies, PolicySource};

const NOW: UnixTime = UnixTime(1_800_000_000);

/// A token with a check of so many bytes, and its verified form.
fn biscuit(bytes: usize) -> Token {
    let pair = KeyPair::new();
    let check = format!(r#"user("alice"); check if "{}" != """#, "a".repeat(bytes));
    let token = Biscuit::builder().code(check).unwrap().build(&pair);
    let root = Root {
        id: None,
        issuer: "https://acme.example".to_owned(),
        key: pair.public().to_string().parse().unwrap(),
    };
    let verifier = Verifier::new(Settings {
        roots: Roots::new([root]).unwrap(),
        third_parties: ThirdParties::default(),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Everything,
    });
    let text = token.unwrap().to_base64().unwrap();
    verifier.unwrap().verify(&text, &|_| false).unwrap()
}

fn admitted(token: Token) -> Rc<Admitted> {
    let caller = holder::carrier(Carrying {
        domain: IssuerName("acme".into()),
        issuer: "https://acme.example",
        subject: "alice",
        agent: None,
        user: Some("alice"),
        is_person: false,
        scopes: Vec::new(),
        audience: Vec::new(),
        holder: None,
        expires_at: UnixTime(u64::MAX),
        id: None,
        root: (Algorithm::Ed25519, None),
        digest: Digest::of(b"a token"),
    });
    let source = PolicySource {
        name: "all".to_owned(),
        text: "permit (principal, action, resource);".to_owned(),
    };
    let policies = Policies::load(&[source], &Groups::default(), &Surroundings::default()).unwrap();
    let principal = policies.prepare(&caller, token.chain()).unwrap();
    let chain = token.chain().clone();
    Rc::new(Admitted::new(caller, chain, principal).by_biscuit(token, false))
}

fn key(number: usize) -> TokenKey {
    TokenKey {
        credential: Digest::of(&number.to_be_bytes()),
        place: Place::Credential,
        route: "r".into(),
    }
}

fn known(cache: &mut TokenCache, number: usize) -> bool {
    let generation = |_: &Admitted| Some(Generation::default());
    cache.get(&key(number), generation, NOW).is_some()
}

#[test]
fn the_larger_a_token_is_the_fewer_are_remembered() {
    let footprints = [100, 10_000].map(|bytes| {
        let one = admitted(biscuit(bytes));
        let footprint = one.footprint();
        let mut cache = TokenCache::new(1 << 20);
        let fit = GENERATION_BYTES / footprint;
        for number in 0..=fit {
            let until = UnixTime(u64::MAX);
            cache.insert(
                key(number),
                None,
                Rc::clone(&one),
                until,
                Generation::default(),
            );
        }
        // The one that no longer fitted has begun a new generation, behind which the old one stands.
        assert_eq!((cache.young.len(), cache.old.len()), (1, fit), "{bytes}");
        assert!(known(&mut cache, fit) && known(&mut cache, 0), "{bytes}");
        for number in fit..=3 * fit {
            let until = UnixTime(u64::MAX);
            cache.insert(
                key(number),
                None,
                Rc::clone(&one),
                until,
                Generation::default(),
            );
        }
        assert!(!known(&mut cache, 1), "{bytes}");
        assert!(cache.young.len() + cache.old.len() <= 2 * fit, "{bytes}");
        footprint
    });
    let [small, large] = footprints;
    assert!(
        small < 8_000 && (50_000..200_000).contains(&large),
        "{footprints:?}"
    );
}

#[test]
fn a_token_is_forgotten_when_it_ends() {
    let one = admitted(biscuit(1));
    let mut cache = TokenCache::new(4);
    cache.insert(key(1), None, Rc::clone(&one), NOW, Generation::default());
    assert!(!known(&mut cache, 1));
    let later = UnixTime(NOW.0 + 1);
    cache.insert(key(1), None, one, later, Generation::default());
    assert!(known(&mut cache, 1));
    assert_eq!(cache.lookups(), Lookups { hits: 1, misses: 1 });
}
