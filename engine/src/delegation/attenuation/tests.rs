use std::collections::{BTreeMap, BTreeSet};

use super::{Attenuation, Dimension, Unproven};
use crate::delegation::arguments::ArgumentMap;
use crate::delegation::authority::Authority;
use crate::delegation::chain::Chain;
use crate::delegation::hop::{Hop, HopFormat, Vouched};
use crate::delegation::work::Work;
use crate::time::UnixTime;

fn hop() -> Hop {
    let (issuer, subject) = ("https://as.example".to_owned(), "a".to_owned());
    Hop::of(issuer, subject, HopFormat::Subject, Vouched::ByIssuer)
}

fn may(tools: &[&str]) -> Hop {
    let tools = tools
        .iter()
        .map(|tool| ((*tool).to_owned(), ArgumentMap::any()));
    Hop {
        authority: Some(Authority::of_tools(tools.collect::<BTreeMap<_, _>>())),
        ..hop()
    }
}

fn until(expires_at: u64) -> Hop {
    let mut hop = may(&["read"]);
    hop.lifetime.expires_at = Some(UnixTime(expires_at));
    hop
}

fn accepted_by(audience: &[&str]) -> Hop {
    let audience: BTreeSet<_> = audience.iter().map(|one| (*one).to_owned()).collect();
    Hop {
        audience: Some(audience),
        ..may(&["read"])
    }
}

fn widened(hop: usize, dimension: Dimension, parent: &str, child: &str) -> Attenuation {
    Attenuation::Widened {
        hop,
        dimension,
        parent: parent.to_owned(),
        child: child.to_owned(),
    }
}

#[test]
fn a_hop_is_compared_with_what_was_stated_last() {
    let unstated = |hop| Attenuation::Unproven {
        hop,
        why: Unproven::Unstated,
    };
    for (name, hops, expected) in [
        ("nobody", vec![], Attenuation::Proven),
        ("one that states nothing", vec![hop()], Attenuation::Proven),
        (
            "each within the one before",
            vec![may(&["read", "write"]), may(&["read"]), may(&[])],
            Attenuation::Proven,
        ),
        (
            "a tool comes back",
            vec![may(&["read", "write"]), may(&["read"]), may(&["write"])],
            widened(2, Dimension::Tools, "read", "write"),
        ),
        (
            "one says nothing in between",
            vec![may(&["read"]), hop(), may(&["read"])],
            unstated(1),
        ),
        (
            "one says nothing, and the next widens what was stated before",
            vec![may(&["read"]), hop(), may(&["write"])],
            widened(2, Dimension::Tools, "read", "write"),
        ),
        (
            "the root says nothing",
            vec![hop(), may(&["read"]), may(&["read"])],
            unstated(1),
        ),
        (
            "it may last as long",
            vec![until(10), until(10), until(9)],
            Attenuation::Proven,
        ),
        (
            "it lasts longer",
            vec![until(10), until(11)],
            widened(1, Dimension::Lifetime, "10", "11"),
        ),
        (
            "it lasts longer than before one that doesn't say",
            vec![until(10), may(&["read"]), until(11)],
            widened(2, Dimension::Lifetime, "10", "11"),
        ),
        (
            "fewer accept it",
            vec![
                accepted_by(&["a", "b"]),
                may(&["read"]),
                accepted_by(&["b"]),
            ],
            Attenuation::Proven,
        ),
        (
            "others accept it",
            vec![accepted_by(&["a"]), accepted_by(&["a", "b"])],
            widened(1, Dimension::Audience, "a", "b"),
        ),
    ] {
        let chain = Chain::new(hops, &mut Work::default());
        assert_eq!(*chain.attenuation(), expected, "{name}");
    }
}
