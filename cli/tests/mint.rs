//! What `bailiwick mint` makes: taken apart by hand, and its signatures verified with the public keys that it prints.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bailiwick_engine::digest::Digest;
use bailiwick_engine::identity::jose::algorithm::Algorithm;
use bailiwick_engine::identity::jose::compact::Compact;
use bailiwick_engine::identity::jose::jwk::KeyUse;
use bailiwick_engine::identity::jose::keyset::{KeySet, Lookup};
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A folder of one test's own.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left over from an earlier run, or not there at all.
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_bailiwick"))
            .arg("mint")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .output()
            .unwrap()
    }

    /// What it prints, with the warning beside it that must be there every time.
    fn mint(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let beside = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            beside, "warning: for trying things out, not for production\n",
            "{arguments}"
        );
        assert!(output.status.success(), "{arguments}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    fn fails(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert_eq!(output.stdout, b"", "{arguments}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Header and payload, with what is random taken out.
fn parts(token: &str) -> (Value, Value) {
    let compact = Compact::decode(token).unwrap();
    let mut payload: Value = serde_json::from_slice(&compact.payload).unwrap();
    for name in ["jti", "nonce", "txn"] {
        if let Some(random) = payload.get_mut(name) {
            assert_eq!(random.as_str().unwrap().len(), 22, "{name}");
            *random = json!("random");
        }
    }
    (serde_json::from_slice(&compact.header).unwrap(), payload)
}

fn verifies(token: &str, key_set: &str, kid: &str, algorithm: Algorithm) -> bool {
    let set = KeySet::parse(key_set.as_bytes(), &[algorithm], KeyUse::Signature).unwrap();
    let Lookup::Found(jwk) = set.find(Some(kid), algorithm) else {
        return false;
    };
    let compact = Compact::decode(token).unwrap();
    jwk.key
        .verify(
            &CrateVerifier,
            algorithm,
            compact.signing_input,
            &compact.signature,
        )
        .is_ok()
}

#[test]
fn keys_of_every_sort_sign_what_their_public_half_verifies() {
    let bench = Bench::new("mint-keys");
    for algorithm in Algorithm::ALL {
        let name = algorithm.name();
        let printed = bench.mint(&format!("key --alg {name} --kid k1 --out {name}.jwk"));
        let published = bench.mint(&format!("jwks {name}.jwk"));
        assert_eq!(published, printed, "{name}");
        let token = bench.mint(&format!("access-token --key {name}.jwk --aud a"));
        assert!(verifies(&token, &printed, "k1", algorithm), "{name}");
        let set: Value = serde_json::from_str(&printed).unwrap();
        for secret in ["d", "p", "q"] {
            assert_eq!(set["keys"][0].get(secret), None, "{name}");
        }
        assert_eq!(set["keys"][0]["use"], "sig");
    }
    for name in ["ES256", "ES384", "Ed25519", "RS256"] {
        bench.mint(&format!("key --alg {name} --format pem --out {name}.pem"));
        let published = bench.mint(&format!("jwks {name}.pem"));
        let set: Value = serde_json::from_str(&published).unwrap();
        let kid = set["keys"][0]["kid"].as_str().unwrap();
        assert_eq!(kid.len(), 43, "a thumbprint");
        let token = bench.mint(&format!("access-token --key {name}.pem --aud a"));
        let algorithm = name.parse().unwrap();
        assert!(verifies(&token, &published, kid, algorithm), "{name}");
    }
    let bundle = bench.mint("jwks --use jwt-svid ES256.jwk Ed25519.jwk");
    let set: Value = serde_json::from_str(&bundle).unwrap();
    assert_eq!(set["keys"][1]["use"], "jwt-svid");
}

#[cfg(unix)]
#[test]
fn a_key_file_is_for_its_owner_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::new("mint-key-file");
    bench.mint("key --out k.jwk");
    let mode = std::fs::metadata(bench.path("k.jwk"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let before = std::fs::read(bench.path("k.jwk")).unwrap();
    let error = bench.fails("key --out k.jwk");
    assert!(error.starts_with("error: k.jwk: "), "{error}");
    assert_eq!(std::fs::read(bench.path("k.jwk")).unwrap(), before);
}

#[test]
fn each_kind_of_token_has_its_type_and_its_claims() {
    let bench = Bench::new("mint-tokens");
    bench.mint("key --kid k1 --out k.jwk");
    bench.mint("key --kid holder --out holder.jwk");
    let common = "--key k.jwk --aud https://a.example/mcp --at 1800000000";
    let issuer = "https://not-for-production.invalid";
    let spiffe_id = "spiffe://not-for-production.invalid/agent";
    let (at, exp) = (1_800_000_000, 1_800_000_600);
    for (arguments, typ, claims) in [
        (
            format!("access-token {common} --scope a:read"),
            "at+jwt",
            json!({"iss": issuer, "sub": "developer", "aud": "https://a.example/mcp", "iat": at, "exp": exp,
                   "client_id": "development-client", "jti": "random", "scope": "a:read"}),
        ),
        (
            format!(
                "access-token {common} --aud b --sub alice --act bot --act planner --expires-in 60 --claim task=t1 --claim jti=null"
            ),
            "at+jwt",
            json!({"iss": issuer, "sub": "alice", "aud": ["https://a.example/mcp", "b"], "iat": at, "exp": 1_800_000_060,
                   "client_id": "development-client", "act": {"sub": "bot", "act": {"sub": "planner"}}, "task": "t1"}),
        ),
        (
            format!("jwt {common} --iss https://as.example --cnf-x5t abc"),
            "JWT",
            json!({"iss": "https://as.example", "sub": "developer", "aud": "https://a.example/mcp", "iat": at, "exp": exp,
                   "client_id": "development-client", "jti": "random", "cnf": {"x5t#S256": "abc"}}),
        ),
        (
            format!("id-token {common}"),
            "JWT",
            json!({"iss": issuer, "sub": "developer", "aud": "https://a.example/mcp", "iat": at, "exp": exp,
                   "azp": "development-client", "nonce": "random", "auth_time": at}),
        ),
        (
            format!("jwt-svid {common}"),
            "JWT",
            json!({"sub": spiffe_id, "aud": "https://a.example/mcp", "iat": at, "exp": exp}),
        ),
        (
            format!("transaction-token {common} --scope trade"),
            "txntoken+jwt",
            json!({"iss": issuer, "sub": "developer", "aud": "https://a.example/mcp", "iat": at, "exp": exp,
                   "txn": "random", "req_wl": "development-client", "scope": "trade"}),
        ),
    ] {
        let (header, payload) = parts(&bench.mint(&arguments));
        assert_eq!(
            header,
            json!({"alg": "ES256", "kid": "k1", "typ": typ}),
            "{arguments}"
        );
        assert_eq!(payload, claims, "{arguments}");
    }
}

#[test]
fn tokens_are_bound_and_proofs_made_with_one_key() {
    let bench = Bench::new("mint-proofs");
    bench.mint("key --kid k1 --out k.jwk");
    let holder: Value =
        serde_json::from_str(&bench.mint("key --kid holder --out holder.jwk")).unwrap();
    let holder = &holder["keys"][0];
    let bare = json!({"kty": "EC", "crv": "P-256", "x": holder["x"], "y": holder["y"]});
    // RFC 7638, section 3.2: the required members in their order.
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
        holder["x"], holder["y"]
    );
    let thumbprint = Digest::of(canonical.as_bytes()).to_base64url();

    let token = bench.mint("access-token --key k.jwk --aud a --cnf-key holder.jwk");
    assert_eq!(parts(&token).1["cnf"], json!({"jkt": thumbprint}));
    let wit = bench.mint("wit --key k.jwk --cnf-key holder.jwk");
    let (header, payload) = parts(&wit);
    assert_eq!(header["typ"], "wit+jwt");
    assert_eq!(
        payload.get("aud"),
        None,
        "it says who somebody is, to everybody"
    );
    assert_eq!(payload["cnf"]["jwk"]["alg"], "ES256");
    assert_eq!(payload["cnf"]["jwk"]["x"], holder["x"]);
    assert_eq!(payload["cnf"]["jwk"].get("d"), None);

    let hash = |token: &str| Digest::of(token.as_bytes()).to_base64url();
    let url = "https://a.example/mcp";
    let (header, payload) = parts(&bench.mint(&format!(
        "dpop --key holder.jwk --method POST --url {url}?x=1 --token {token} --nonce AAAAAAAAAAAAAAAAAAAAAA --at 1800000000"
    )));
    assert_eq!(
        header,
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": bare})
    );
    assert_eq!(payload["htm"], "POST");
    assert_eq!(payload["htu"], url);
    assert_eq!(payload["iat"], 1_800_000_000);
    assert_eq!(payload["ath"], hash(&token).as_str());
    let (header, payload) = parts(&bench.mint(&format!(
        "wpt --key holder.jwk --url {url} --wit {wit} --transaction-token t --at 1800000000"
    )));
    assert_eq!(header, json!({"typ": "wpt+jwt", "alg": "ES256"}));
    assert_eq!(
        payload,
        json!({"aud": url, "exp": 1_800_000_060, "jti": "random", "wth": hash(&wit), "tth": hash("t")})
    );
}

#[test]
fn a_status_list_names_who_is_no_longer_valid() {
    let bench = Bench::new("mint-status");
    bench.mint("key --kid k1 --out k.jwk");
    let list = bench.mint(
        "status-list --key k.jwk --uri https://a.example/s --size 20 --revoked 3 --revoked 8 --revoked 19 --at 1800000000",
    );
    let (header, payload) = parts(&list);
    assert_eq!(header["typ"], "statuslist+jwt");
    assert_eq!(payload["sub"], "https://a.example/s");
    assert_eq!(payload["exp"], 1_800_003_600);
    assert_eq!(payload["ttl"], 300);
    assert_eq!(payload["status_list"]["bits"], 1);
    let lst = payload["status_list"]["lst"].as_str().unwrap();
    let compressed = URL_SAFE_NO_PAD.decode(lst).unwrap();
    let mut bits = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::ZlibDecoder::new(compressed.as_slice()),
        &mut bits,
    )
    .unwrap();
    assert_eq!(bits, [0b1000, 0b1, 0b1000]);
}

#[test]
fn what_can_not_be_minted_is_said() {
    let bench = Bench::new("mint-errors");
    bench.mint("key --kid k1 --out k.jwk");
    std::fs::write(bench.path("public.jwk"), r#"{"kty":"EC","crv":"P-256"}"#).unwrap();
    std::fs::write(
        bench.path("wrong.jwk"),
        r#"{"kty":"OKP","crv":"Ed25519","alg":"ES256","d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    )
    .unwrap();
    for (arguments, expected) in [
        (
            "jwks no.jwk",
            "error: no.jwk: No such file or directory (os error 2)\n",
        ),
        (
            "jwks public.jwk",
            "error: public.jwk: neither a private JWK nor a PKCS#8 PEM for P-256, P-384, Ed25519 or RSA\n",
        ),
        (
            "jwks wrong.jwk",
            "error: a key of Ed25519 does not sign with `ES256`\n",
        ),
        (
            "wit --key k.jwk --aud a",
            "error: a WIT needs `--cnf-key`\n",
        ),
        (
            "access-token --key k.jwk",
            "error: a token of this kind needs `--aud`\n",
        ),
        (
            "jwt --key k.jwk --aud a --claim x",
            "error: `x` is not NAME=VALUE\n",
        ),
        (
            "status-list --key k.jwk --uri u --size 20 --revoked 20",
            "error: entry 20 lies outside of a list of 20\n",
        ),
    ] {
        assert_eq!(bench.fails(arguments), expected);
    }
    let unknown = bench.fails("key --out x.jwk --alg HS256");
    assert!(unknown.contains("expected one of RS256, "), "{unknown}");
}
