use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Algorithm as Jose;

use super::*;
use crate::credential::Presented;
use crate::identity::binding::workload::ProofKind;
use crate::identity::certificate::CertificateRules;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::jwk::KeyUse;
use crate::identity::jose::keyset::KeySet;
use crate::identity::jose::verifier::CrateVerifier;
use crate::identity::mint::{self, Signer, jwks};
use crate::identity::replay::ReplayError;
use crate::identity::signature::error::HttpSignatureError;
use crate::ports::{Host, Isolated};
use crate::request::Headers;

const NOW: u64 = 1_800_000_000;
const WIT: &str = "a.wit.token";
const LINES: [&str; 4] = [
    "\"@method\": POST",
    "\"@path\": /a/b",
    "\"@query\": ?q=1",
    "\"workload-identity-token\": a.wit.token",
];
const PARAMETERS: &str =
    ";created=1800000000;expires=1800000060;nonce=\"n\";wimse-aud=\"https://api.example/a/b\"";

fn holder() -> Signer {
    Signer::ed25519("own", 2)
}

/// A request as it is signed, and what the gate knows of it.
#[derive(Clone)]
struct Case<'a> {
    lines: Vec<&'a str>,
    parameters: String,
    tag: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    path: &'a str,
    origin: Option<&'a str>,
    audience: Option<&'a str>,
    body_is_known: bool,
    by: fn() -> Signer,
    now: u64,
}

fn case() -> Case<'static> {
    Case {
        lines: LINES.to_vec(),
        parameters: PARAMETERS.to_owned(),
        tag: TAG,
        fields: Vec::new(),
        path: "/a/b?q=1",
        origin: Some("https://api.example"),
        audience: None,
        body_is_known: true,
        by: holder,
        now: NOW,
    }
}

impl Case<'_> {
    /// With another text in place of one part of the parameters.
    fn with(self, part: &str, other: &str) -> Self {
        assert!(self.parameters.contains(part), "{part}");
        let parameters = self.parameters.replacen(part, other, 1);
        Self { parameters, ..self }
    }

    /// What is said of it when it comes once, and then again.
    fn judge(&self) -> [Result<Content, WorkloadSignatureError>; 2] {
        let names: Vec<_> = self
            .lines
            .iter()
            .map(|line| line.split(": ").next().unwrap())
            .collect();
        let input = format!(
            "({}){};tag=\"{}\"",
            names.join(" "),
            self.parameters,
            self.tag
        );
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        let base = format!("{lines}\"@signature-params\": {input}");
        let signature = STANDARD.encode((self.by)().sign(Jose::EdDSA, base.as_bytes()));
        let (input, signature) = (format!("any={input}"), format!("any=:{signature}:"));
        let mut fields = vec![
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "internal.example"),
            (":path", self.path),
            ("workload-identity-token", WIT),
            ("signature-input", &input),
            ("signature", &signature),
        ];
        fields.extend(&self.fields);
        let head = Head::parse(Headers::from_pairs(fields)).unwrap();
        let dpop = mint::dpop();
        let origin = self.origin.map(|text| Origin::parse(text).unwrap());
        let judge = || {
            let presentation = Presentation {
                certificates: &CertificateRules::default(),
                presented: &Presented::signed_workload(WIT),
                head: &head,
                host: Host {
                    verifier: &CrateVerifier,
                    store: &Isolated,
                    connection: &Isolated,
                },
                now: UnixTime(self.now),
                origin: origin.as_ref(),
                audience: self.audience,
                body_is_known: self.body_is_known,
                binding_required: true,
                dpop: &dpop,
            };
            verify(&key(), &presentation).map(|(possession, content)| {
                assert_eq!(possession.name(), "http_signature");
                content
            })
        };
        [judge(), judge()]
    }
}

fn key() -> WorkloadKey {
    let set = jwks(&[&holder().jwk]);
    let set = KeySet::parse(set.as_bytes(), &Algorithm::ALL, KeyUse::Signature).unwrap();
    WorkloadKey {
        key: set.keys()[0].key.clone(),
        rules: ProofRules {
            kind: ProofKind::HttpSignature07,
            max_lifetime: Seconds(300),
            clock_skew: Seconds(10),
        },
    }
}

fn missing(parameter: &'static str) -> WorkloadSignatureError {
    WorkloadSignatureError::ParameterMissing { parameter }
}

fn too_little(missing: &str) -> WorkloadSignatureError {
    WorkloadSignatureError::CoversTooLittle {
        missing: missing.to_owned(),
    }
}

fn for_another(found: &str, expected: &str) -> WorkloadSignatureError {
    WorkloadSignatureError::OtherAudience {
        found: Excerpt::of(found),
        expected: Excerpt::of(expected),
    }
}

#[test]
fn a_signature_counts_once() {
    let [first, second] = case().judge();
    assert_eq!(first, Ok(Content::Nothing));
    assert_eq!(
        second,
        Err(WorkloadSignatureError::Replay(ReplayError::Replayed))
    );
}

#[test]
fn the_parameters_are_those_of_the_draft() {
    let aud = ";wimse-aud=\"https://api.example/a/b\"";
    for (name, case, expected) in [
        (
            "another tag",
            Case {
                tag: "web-bot-auth",
                ..case()
            },
            WorkloadSignatureError::Missing,
        ),
        (
            "no created",
            case().with(";created=1800000000", ""),
            missing("created"),
        ),
        (
            "no expires",
            case().with(";expires=1800000060", ""),
            missing("expires"),
        ),
        (
            "no nonce",
            case().with(";nonce=\"n\"", ""),
            missing("nonce"),
        ),
        (
            "an empty nonce",
            case().with("\"n\"", "\"\""),
            missing("nonce"),
        ),
        ("no audience", case().with(aud, ""), missing("wimse-aud")),
        (
            "a key",
            case().with(";nonce", ";keyid=\"own\";nonce"),
            WorkloadSignatureError::ParameterForbidden { parameter: "keyid" },
        ),
        (
            "an algorithm",
            case().with(";nonce", ";alg=\"ed25519\";nonce"),
            WorkloadSignatureError::ParameterForbidden { parameter: "alg" },
        ),
        (
            "a signed response is wanted",
            case().with(";nonce", ";wimse-sign-response;nonce"),
            WorkloadSignatureError::ResponseWanted,
        ),
        (
            "an audience that is no string",
            case().with(aud, ";wimse-aud=api"),
            HttpSignatureError::ParameterInvalid {
                parameter: "wimse-aud",
                expected: "a string",
            }
            .into(),
        ),
    ] {
        assert_eq!(case.judge()[0], Err(expected), "{name}");
    }
    let unwanted = case().with(";nonce", ";wimse-sign-response=?0;nonce");
    assert_eq!(unwanted.judge()[0], Ok(Content::Nothing));
}

#[test]
fn it_is_good_for_minutes() {
    let at = |now| Case { now, ..case() };
    let lives = |expires: &str| case().with("expires=1800000060", expires);
    let time = UnixTime;
    for (name, case, expected) in [
        ("made within skew", at(NOW - 10), Ok(Content::Nothing)),
        (
            "made ahead",
            at(NOW - 11),
            Err(WorkloadSignatureError::FromFuture {
                at: time(NOW),
                now: time(NOW - 11),
            }),
        ),
        (
            "its last second, with skew",
            at(NOW + 69),
            Ok(Content::Nothing),
        ),
        (
            "over",
            at(NOW + 70),
            Err(WorkloadSignatureError::Expired {
                at: time(NOW + 60),
                now: time(NOW + 70),
            }),
        ),
        (
            "five minutes",
            lives("expires=1800000300"),
            Ok(Content::Nothing),
        ),
        (
            "a second more",
            lives("expires=1800000301"),
            Err(WorkloadSignatureError::LifetimeTooLong {
                limit: Seconds(300),
            }),
        ),
    ] {
        assert_eq!(case.judge()[0], expected, "{name}");
    }
}

#[test]
fn it_covers_what_the_draft_names() {
    let without = |index: usize| {
        let mut case = case();
        case.lines.remove(index);
        case
    };
    let with_field = |field| Case {
        fields: vec![field],
        ..case()
    };
    let fields = [
        ("content-type", "text/plain"),
        (
            "content-digest",
            "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ),
        ("authorization", "Basic Og=="),
        ("txn-token", "a.txn.token"),
    ];
    for (name, case, expected) in [
        ("no method", without(0), "`@method`"),
        ("no path", without(1), "`@path`"),
        ("no query", without(2), "`@query`"),
        ("no identity", without(3), "`workload-identity-token`"),
        ("a type added", with_field(fields[0]), "`content-type`"),
        ("a digest added", with_field(fields[1]), "`content-digest`"),
        (
            "a credential added",
            with_field(fields[2]),
            "`authorization`",
        ),
        ("a transaction added", with_field(fields[3]), "`txn-token`"),
        (
            "nothing",
            Case {
                lines: vec![],
                ..case()
            },
            "`@method`, `@path`, `@query`, `workload-identity-token`",
        ),
        (
            "the target in their place",
            Case {
                lines: vec![LINES[0], "\"@request-target\": /a/b?q=1", LINES[3]],
                ..case()
            },
            "`@path`, `@query`",
        ),
    ] {
        assert_eq!(case.judge()[0], Err(too_little(expected)), "{name}");
    }
    let member =
        "\"content-digest\";key=\"sha-256\": :47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let one_digest = Case {
        lines: [&LINES[..], &[member]].concat(),
        ..with_field(fields[1])
    };
    assert_eq!(one_digest.judge()[0], Err(too_little("`content-digest`")));
    // Whatever was signed must be what came.
    for (name, case) in [
        (
            "another path",
            Case {
                path: "/a/c?q=1",
                ..case().with("/a/b\"", "/a/c\"")
            },
        ),
        (
            "another query",
            Case {
                path: "/a/b?q=2",
                ..case()
            },
        ),
        (
            "no query",
            Case {
                path: "/a/b",
                ..case()
            },
        ),
        (
            "another identity",
            Case {
                lines: vec![
                    LINES[0],
                    LINES[1],
                    LINES[2],
                    "\"workload-identity-token\": b",
                ],
                ..case()
            },
        ),
        (
            "another key",
            Case {
                by: || Signer::ed25519("own", 3),
                ..case()
            },
        ),
    ] {
        let [first, again] = case.judge();
        assert_eq!(first, Err(WorkloadSignatureError::BadSignature), "{name}");
        // What doesn't verify uses nothing up.
        assert_eq!(again, first, "{name}");
    }
}

#[test]
fn the_configuration_says_whom_it_is_for() {
    let says = |audience: &str| case().with("https://api.example/a/b", audience);
    let uri = "https://api.example/a/b";
    for (name, case, expected) in [
        (
            "another spelling",
            says("HTTPS://API.example:443/a/%62"),
            Ok(Content::Nothing),
        ),
        (
            "with a query",
            says("https://api.example/a/b?q=1"),
            Err(for_another("https://api.example/a/b?q=1", uri)),
        ),
        (
            "another path",
            says("https://api.example/a"),
            Err(for_another("https://api.example/a", uri)),
        ),
        (
            "another service",
            says("https://evil.example/a/b"),
            Err(for_another("https://evil.example/a/b", uri)),
        ),
        ("no URI", says("api"), Err(for_another("api", uri))),
        (
            "as the route is known",
            Case {
                audience: Some("api"),
                ..says("api")
            },
            Ok(Content::Nothing),
        ),
        (
            "as another route is known",
            Case {
                audience: Some("api"),
                origin: None,
                ..says("apis")
            },
            Err(for_another("apis", "api")),
        ),
        (
            "the request's own word",
            Case {
                origin: None,
                ..says("https://internal.example/a/b")
            },
            Err(WorkloadSignatureError::AudienceUnknown),
        ),
    ] {
        assert_eq!(case.judge()[0], expected, "{name}");
    }
}

#[test]
fn the_body_is_what_was_signed_or_nothing() {
    let unread = Case {
        body_is_known: false,
        ..case()
    };
    assert_eq!(unread.judge()[0], Err(WorkloadSignatureError::BodyNotRead));
    let [Ok(nothing), _] = case().judge() else {
        panic!("it is accepted");
    };
    assert_eq!(nothing.check(b""), Ok(()));
    assert_eq!(nothing.check(b"x"), Err(HttpSignatureError::DigestMissing));
    let field = (
        "content-digest",
        "sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:",
    );
    let line = format!("\"content-digest\": {}", field.1);
    let with_digest = Case {
        lines: [&LINES[..], &[line.as_str()]].concat(),
        fields: vec![field],
        ..case()
    };
    let [Ok(digest), _] = with_digest.judge() else {
        panic!("it is accepted");
    };
    assert_eq!(digest.check(b"x"), Ok(()));
    assert_eq!(digest.check(b""), Err(HttpSignatureError::OtherContent));
    let old = ("content-digest", "md5=:AA==:");
    let line = format!("\"content-digest\": {}", old.1);
    let with_old = Case {
        lines: [&LINES[..], &[line.as_str()]].concat(),
        fields: vec![old],
        ..case()
    };
    assert_eq!(
        with_old.judge()[0],
        Err(HttpSignatureError::DigestUnusable.into())
    );
}
