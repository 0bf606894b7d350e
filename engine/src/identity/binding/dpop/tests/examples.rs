//! The proofs that RFC 9449 shows. Its access token is no JWT, so this starts where that one would have been verified.

use std::path::{Path, PathBuf};

use super::*;
use crate::credential::Presented;

/// `BAILIWICK_VECTORS`, or the folder beside the repository.
fn examples() -> Option<Value> {
    let folder = std::env::var_os("BAILIWICK_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join("rfc9449-dpop/examples.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn the_rfcs_own_proofs() {
    let Some(examples) = examples() else {
        println!("skipped: no published vectors here");
        return;
    };
    let text = |pointer: &str| examples.pointer(pointer).and_then(Value::as_str).unwrap();
    let presented = Presented::new(text("/access_token"));
    assert_eq!(presented.digest().to_base64url(), text("/ath"));
    let bound_to = Digest::from_base64url(text("/jkt")).unwrap();
    let judge = |proof: &str, method: &str, host: &str, path: &str, now: u64| {
        let fields = [
            (":method", method),
            (":scheme", "https"),
            (":authority", host),
            (":path", path),
        ];
        let presented = presented.with_proof(proof);
        let dpop = dpop(NonceMode::Off, &Isolated);
        let presentation = Presentation {
            certificates: &CertificateRules::default(),
            presented: &presented,
            head: &Head::parse(Headers::from_pairs(fields)).unwrap(),
            host: Host {
                verifier: &CrateVerifier,
                store: &Isolated,
                connection: &Isolated,
            },
            now: UnixTime(now),
            origin: None,
            binding_required: true,
            dpop: &dpop,
        };
        dpop.verify(proof, &bound_to, &presentation)
    };
    let resource = text("/examples/3/jws");
    let of = |path, now| judge(resource, "GET", "resource.example.org", path, now);
    let at = 1_562_262_618;
    assert_eq!(
        of("/protectedresource", at),
        Ok(Possession::Dpop { key: bound_to })
    );
    assert_eq!(
        of("/protectedresource", at + 61),
        Err(DpopError::Stale {
            at: UnixTime(at),
            now: UnixTime(at + 61)
        })
    );
    // Those for the token endpoint have no `ath`, so they are none for a resource.
    for (pointer, at) in [
        ("/examples/0/jws", 1_562_262_616),
        ("/examples/1/jws", 1_562_265_296),
    ] {
        let found = judge(text(pointer), "POST", "server.example.com", "/token", at);
        assert_eq!(
            found,
            Err(DpopError::Claim {
                claim: "ath",
                expected: TEXT
            }),
            "{pointer}"
        );
    }
    // The bound access token is no proof.
    let token = judge(
        text("/examples/2/jws"),
        "GET",
        "resource.example.org",
        "/",
        at,
    );
    assert_eq!(
        token,
        Err(DpopError::WrongType {
            found: Excerpt::of("none")
        })
    );
}
