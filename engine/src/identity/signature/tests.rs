use serde_json::json;

use super::agent::ALGORITHMS;
use super::input::Signatures;
use super::*;
use crate::identity::issuer::{IssuerName, KeySource};
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{Signer, jwks, patched};
use crate::identity::replay::ReplayError;
use crate::ports::Isolated;
use crate::request::Headers;
use crate::time::Seconds;

const NOW: UnixTime = UnixTime(1000);

fn agent(url: &str, keys: KeySource) -> SignatureAgent {
    SignatureAgent {
        name: IssuerName("bot".into()),
        url: url.to_owned(),
        keys,
        components: Vec::new(),
        max_age: Seconds(300),
        clock_skew: Seconds(30),
    }
}

fn inline(signer: &Signer) -> KeySource {
    KeySource::Inline(jwks(&[&signer.jwk]))
}

fn thumbprint(signer: &Signer) -> String {
    let ring = KeyRing::of_agents(&[agent("https://bot.example", inline(signer))]).unwrap();
    let KeyState::Ready(set) = ring.state(0, NOW) else {
        panic!("inline keys are always there");
    };
    set.keys()[0].key.thumbprint().to_base64url()
}

/// A request over whose base lines `covers`, written out here, there is a signature with these parameters.
fn signed(
    signer: &Signer,
    algorithm: jsonwebtoken::Algorithm,
    covers: &[&str],
    parameters: &str,
    fields: &[(&str, &str)],
) -> Head {
    let names: Vec<_> = covers
        .iter()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    let input = format!("({}){parameters};tag=\"web-bot-auth\"", names.join(" "));
    let lines: String = covers.iter().map(|line| format!("{line}\n")).collect();
    let base = format!("{lines}\"@signature-params\": {input}");
    let signature = signer.sign(algorithm, base.as_bytes());
    let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature);
    let (input, signature) = (format!("s={input}"), format!("s=:{signature}:"));
    let mut all = vec![
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "api.example"),
        (":path", "/a"),
        ("signature-input", &input),
        ("signature", &signature),
    ];
    all.extend(fields);
    Head::parse(Headers::from_pairs(all)).unwrap()
}

fn judge(
    agents: &[SignatureAgent],
    keys: &mut KeyRing,
    head: &Head,
    now: UnixTime,
) -> Result<Signed, HttpSignatureError> {
    let signature = Signatures::read(head.headers())?
        .unwrap()
        .tagged(agent::TAG)?
        .unwrap();
    let judge = Judge {
        agents,
        keys,
        verifier: &CrateVerifier,
        now,
    };
    let origin = Origin::new(head.scheme(), head.authority()).unwrap();
    judge.verify(&signature, head, &origin)
}

fn verify(agents: &[SignatureAgent], head: &Head) -> Result<Signed, HttpSignatureError> {
    judge(agents, &mut KeyRing::of_agents(agents).unwrap(), head, NOW)
}

#[test]
fn whoever_signs_is_the_caller() {
    use jsonwebtoken::Algorithm as By;
    let without_alg = |mut signer: Signer| {
        signer.jwk = patched(signer.jwk, &json!({"alg": null, "kid": null}));
        signer
    };
    for (name, signer, by, expected) in [
        (
            "ed25519",
            Signer::ed25519("k", 1),
            By::EdDSA,
            Algorithm::Ed25519,
        ),
        (
            "ecdsa-p256-sha256",
            Signer::p256("k", 1),
            By::ES256,
            Algorithm::Es256,
        ),
        (
            "ecdsa-p384-sha384",
            Signer::p384("k", 1),
            By::ES384,
            Algorithm::Es384,
        ),
        (
            "rsa-pss-sha512",
            without_alg(Signer::rsa("k", "PS512")),
            By::PS512,
            Algorithm::Ps512,
        ),
        (
            "rsa-v1_5-sha256",
            Signer::rsa("k", "RS256"),
            By::RS256,
            Algorithm::Rs256,
        ),
    ] {
        let agents = [agent("https://bot.example", inline(&signer))];
        let key = thumbprint(&signer);
        let parameters = format!(";created=990;keyid=\"{key}\";alg=\"{name}\";nonce=\"n\"");
        let covers = ["\"@authority\": api.example"];
        let head = signed(&signer, by, &covers, &parameters, &[]);
        let found = verify(&agents, &head).unwrap();
        let caller = &*found.caller;
        assert_eq!(caller.domain, agents[0].name, "{name}");
        assert_eq!(caller.subject, "https://bot.example", "{name}");
        assert_eq!(caller.format, CredentialFormat::HttpSignature, "{name}");
        assert_eq!(caller.issued_at, Some(UnixTime(990)), "{name}");
        assert_eq!(caller.expires_at, UnixTime(1290), "{name}");
        assert_eq!(
            caller.verified_with,
            VerifiedWith::Key {
                algorithm: expected,
                kid: Some(key)
            },
            "{name}"
        );
        assert!(ALGORITHMS.contains(&expected), "{name}");
        assert!(found.content.is_none(), "{name}");
    }
}

#[test]
fn a_nonce_counts_once_for_each_key() {
    let (one, two) = (Signer::ed25519("k", 1), Signer::ed25519("k", 2));
    let replays = Replays::new(1, &Isolated);
    let admit = |signer: &Signer, nonce: &str, now| {
        let agents = [agent("https://bot.example", inline(signer))];
        let parameters = format!(";created=1000;keyid=\"{}\"{nonce}", thumbprint(signer));
        let covers = ["\"@authority\": api.example"];
        let head = signed(
            signer,
            jsonwebtoken::Algorithm::EdDSA,
            &covers,
            &parameters,
            &[],
        );
        let found = verify(&agents, &head).unwrap();
        let possession = found.admit(&replays, &Isolated, now)?;
        assert_eq!(possession.name(), "http_signature");
        assert_eq!(possession.key().unwrap().to_base64url(), thumbprint(signer));
        Ok(())
    };
    let replayed = Err(HttpSignatureError::Replay(ReplayError::Replayed));
    assert_eq!(admit(&one, ";nonce=\"n\"", NOW), Ok(()));
    assert_eq!(admit(&one, ";nonce=\"n\"", NOW), replayed);
    assert_eq!(admit(&two, ";nonce=\"n\"", NOW), Ok(()));
    // It is remembered for as long as it would be accepted.
    assert_eq!(admit(&one, ";nonce=\"n\"", UnixTime(1329)), replayed);
    for _ in 0..2 {
        assert_eq!(admit(&one, "", NOW), Ok(()), "without a nonce");
    }
}

#[test]
fn times_are_judged_with_the_agents_skew() {
    let signer = Signer::ed25519("k", 1);
    let agents = [agent("https://bot.example", inline(&signer))];
    let expired = |at| {
        Some(HttpSignatureError::Expired {
            at: UnixTime(at),
            now: NOW,
        })
    };
    for (name, times, expected) in [
        ("as old as may be", ";created=671", None),
        ("a second older", ";created=670", expired(970)),
        (
            "as long expired as may be",
            ";created=900;expires=971",
            None,
        ),
        ("a second longer", ";created=900;expires=970", expired(970)),
        (
            "expires after it is too old",
            ";created=670;expires=9999",
            expired(970),
        ),
        ("as far ahead as may be", ";created=1030", None),
        (
            "a second farther",
            ";created=1031",
            Some(HttpSignatureError::FromFuture {
                at: UnixTime(1031),
                now: NOW,
            }),
        ),
        (
            "at the end of time",
            ";created=999999999999999",
            Some(HttpSignatureError::FromFuture {
                at: UnixTime(999_999_999_999_999),
                now: NOW,
            }),
        ),
    ] {
        let parameters = format!("{times};keyid=\"{}\"", thumbprint(&signer));
        let covers = ["\"@authority\": api.example"];
        let head = signed(
            &signer,
            jsonwebtoken::Algorithm::EdDSA,
            &covers,
            &parameters,
            &[],
        );
        assert_eq!(verify(&agents, &head).err(), expected, "{name}");
    }
}

#[test]
fn whose_it_is_must_be_said_in_one_way_and_covered() {
    let signer = Signer::ed25519("k", 1);
    let agents =
        ["https://bot.example", "https://other.example"].map(|url| agent(url, inline(&signer)));
    let too_little = |missing: &str| {
        Some(HttpSignatureError::CoversTooLittle {
            missing: missing.to_owned(),
        })
    };
    let malformed = |expected| {
        Some(HttpSignatureError::Field(
            error::FieldError::NotStructured {
                field: Excerpt::of("signature-agent"),
                expected,
            },
        ))
    };
    let either = "a string, or a dictionary of strings";
    let two = r#"a="https://bot.example", b="https://other.example""#;
    for (name, field, line, expected) in [
        (
            "a string",
            r#""https://bot.example""#,
            r#""signature-agent": "https://bot.example""#,
            None,
        ),
        (
            "with a slash",
            r#""https://bot.example/""#,
            r#""signature-agent": "https://bot.example/""#,
            None,
        ),
        (
            "as bytes",
            r#""https://bot.example""#,
            r#""signature-agent";bs: :Imh0dHBzOi8vYm90LmV4YW1wbGUi:"#,
            None,
        ),
        (
            "one of two members",
            two,
            r#""signature-agent";key="a": "https://bot.example""#,
            None,
        ),
        (
            "the only member",
            r#"a="https://bot.example""#,
            r#""signature-agent": a="https://bot.example""#,
            None,
        ),
        (
            "two members",
            two,
            &format!("\"signature-agent\": {two}"),
            malformed(either),
        ),
        (
            "a list",
            r#"a=("https://bot.example")"#,
            r#""signature-agent": a=("https://bot.example")"#,
            malformed(either),
        ),
        (
            "a token",
            "bot",
            r#""signature-agent": bot"#,
            malformed("a string"),
        ),
        (
            "nothing that is structured",
            "(",
            r#""signature-agent": ("#,
            malformed(either),
        ),
        (
            "not covered",
            r#""https://bot.example""#,
            r#""@method": GET"#,
            too_little("`signature-agent`"),
        ),
    ] {
        let parameters = format!(";created=1000;keyid=\"{}\"", thumbprint(&signer));
        let covers = ["\"@authority\": api.example", line];
        let fields = [("signature-agent", field)];
        let head = signed(
            &signer,
            jsonwebtoken::Algorithm::EdDSA,
            &covers,
            &parameters,
            &fields,
        );
        assert_eq!(verify(&agents, &head).err(), expected, "{name}");
    }
}

#[test]
fn keys_that_are_not_there_are_waited_for() {
    let source = crate::identity::documents::source::Source {
        url: "https://bot.example/keys".to_owned(),
        cluster: "bots".to_owned(),
        timeout: Seconds(5),
        refresh: Seconds(300),
        grace: Seconds(0),
        min_interval: Seconds(10),
    };
    let signer = Signer::ed25519("k", 1);
    let agents = [agent("https://bot.example", KeySource::Remote(source))];
    let parameters = format!(";created=1000;keyid=\"{}\"", thumbprint(&signer));
    let covers = ["\"@authority\": api.example"];
    let head = signed(
        &signer,
        jsonwebtoken::Algorithm::EdDSA,
        &covers,
        &parameters,
        &[],
    );
    let pending = HttpSignatureError::KeysPending {
        agent: agents[0].name.clone(),
    };
    assert_eq!(verify(&agents, &head).err(), Some(pending));
}

#[test]
fn a_body_is_what_every_digest_says() {
    let of_empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let of_empty_512 =
        "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
    let other = Err(HttpSignatureError::OtherContent);
    let unusable = Err(HttpSignatureError::DigestUnusable);
    for (name, field, key, body, expected) in [
        ("sha-256", format!("sha-256=:{of_empty}:"), None, "", Ok(())),
        (
            "sha-512",
            format!("sha-512=:{of_empty_512}:"),
            None,
            "",
            Ok(()),
        ),
        (
            "both",
            format!("sha-256=:{of_empty}:, sha-512=:{of_empty_512}:"),
            Some("sha-512"),
            "",
            Ok(()),
        ),
        (
            "another body",
            format!("sha-256=:{of_empty}:"),
            None,
            "a",
            other.clone(),
        ),
        (
            "one is wrong",
            format!("sha-256=:AAAA:, sha-512=:{of_empty_512}:"),
            None,
            "",
            other,
        ),
        (
            "the covered one is unknown",
            format!("md5=:AAAA:, sha-256=:{of_empty}:"),
            Some("md5"),
            "",
            unusable.clone(),
        ),
        (
            "the covered one is not there",
            format!("sha-256=:{of_empty}:"),
            Some("sha-512"),
            "",
            unusable.clone(),
        ),
        (
            "no bytes",
            "sha-256=1".to_owned(),
            None,
            "",
            unusable.clone(),
        ),
        ("none", "md5=:AAAA:".to_owned(), None, "", unusable),
    ] {
        let headers = Headers::from_pairs([("content-digest", &field)]);
        let found =
            ContentDigest::read(&headers, key).and_then(|digest| digest.check(body.as_bytes()));
        assert_eq!(found, expected, "{name}");
    }
}
