//! What `cargo xtask conformance` can't see of Project Wycheproof's vectors from outside.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::identity::jose::rsa::has_roca_fingerprint;

/// The flawed generator's key of the suite has an odd size, too, and is refused for that. Judged by its numbers alone:
#[test]
fn the_flawed_key_of_wycheproof_is_found() {
    let root = std::env::var_os("BAILIWICK_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let path = root.join("wycheproof/testvectors_v1/json_web_key_test.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "skipped: no vectors at `{}`; set BAILIWICK_VECTORS",
            path.display()
        );
        return;
    };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let groups = vectors["testGroups"].as_array().unwrap();
    let flawed = groups
        .iter()
        .find(|group| group["comment"] == "jws_rsa_roca_key")
        .unwrap();
    let modulus = flawed["public"]["keys"][0]["n"].as_str().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    assert!(has_roca_fingerprint(&modulus));
}
