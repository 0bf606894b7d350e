//! What a case file may say, as it stands in the YAML. [`super::load`] turns it into a [`super::run::Case`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::biscuits::BiscuitSpec;
use super::signing::SignSpec;
use super::value::Bytes;
use crate::rate_limits::RateLimits;

/// A case file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// What the case shows, in a few words; unique among all cases.
    pub name: String,
    /// Why it matters, for whoever sees it fail.
    #[serde(default)]
    pub description: String,
    /// A file with `env`, `keys` and `tokens` that this one starts from, relative to this one.
    #[serde(default)]
    pub base: Option<PathBuf>,
    /// The host and the plugin's configuration.
    #[serde(default)]
    pub env: Env,
    /// Keys under names of the case's own.
    #[serde(default)]
    pub keys: BTreeMap<String, KeySpec>,
    /// Tokens, signed by the harness.
    #[serde(default)]
    pub tokens: BTreeMap<String, TokenSpec>,
    /// What must come of loading the configuration.
    #[serde(default)]
    pub plugin_init: InitSpec,
    /// The exchanges, in order.
    #[serde(default)]
    pub test: Vec<TestSpec>,
}

/// A file that cases start from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseFile {
    /// See [`CaseFile::env`].
    #[serde(default)]
    pub env: Env,
    /// See [`CaseFile::keys`].
    #[serde(default)]
    pub keys: BTreeMap<String, KeySpec>,
    /// See [`CaseFile::tokens`].
    #[serde(default)]
    pub tokens: BTreeMap<String, TokenSpec>,
}

/// The host and the plugin's configuration. What is not said comes from the base, then from the profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Env {
    /// Which gateway the host behaves like.
    pub profile: Option<String>,
    /// Envoy's setting of that name.
    pub allow_on_headers_stop_iteration: Option<bool>,
    /// The most bytes of a body that the host buffers.
    pub body_buffer_limit: Option<usize>,
    /// Whether the host verifies signatures natively.
    pub verify_signature: Option<bool>,
    /// Whether the host makes gRPC calls.
    pub grpc: Option<bool>,
    /// How many workers the process has.
    pub workers: Option<usize>,
    /// The time at the start, in seconds since the epoch.
    pub time: Option<u64>,
    /// The plugin's configuration. `${jwks:NAME}` becomes a key set, `${token:NAME}` a token.
    pub config: Option<Value>,
    /// The same from a YAML file, relative to this one.
    pub config_path: Option<PathBuf>,
    /// A merge patch (RFC 7396) on the configuration.
    pub config_patch: Option<Value>,
    /// A file of Cedar policies, relative to this one, to be the configuration's.
    pub policies_path: Option<PathBuf>,
    /// The configuration as the very bytes that the host hands over, instead of `config`.
    pub config_text: Option<String>,
    /// What the clusters answer to callouts.
    pub clusters: Option<BTreeMap<String, Vec<AnswerSpec>>>,
}

/// What a cluster answers to one path.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerSpec {
    /// The path of the call.
    pub path: String,
    /// Whether there is an answer at all.
    #[serde(default)]
    pub state: AnswerState,
    /// HTTP status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Media type.
    #[serde(default = "json")]
    pub content_type: String,
    /// Body. For a gRPC call, the message that answers it.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// The status with which a gRPC call ends instead.
    #[serde(default)]
    pub grpc_status: Option<u32>,
    /// The configuration of a rate-limit service that answers, in the form of envoyproxy/ratelimit.
    #[serde(default)]
    pub rate_limits: Option<RateLimits>,
    /// The same from a YAML file, relative to this one.
    #[serde(default)]
    pub rate_limits_path: Option<PathBuf>,
}

/// Whether a callout gets its answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AnswerState {
    /// At once.
    #[default]
    Up,
    /// The call fails.
    Down,
    /// Not before the cluster's answers are changed.
    Held,
}

/// A key: a private key file, and how its public half appears in a key set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySpec {
    /// The name of a file in `tests/cases/keys`, without `.pem`.
    pub file: String,
    /// A merge patch on the public JWK; `kid` is the key's name and `alg` the file's first algorithm otherwise.
    #[serde(default)]
    pub jwk: Option<Value>,
}

/// A token to be minted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSpec {
    /// Another token that this one differs from by what is said here.
    pub like: Option<String>,
    /// The token's very text: nothing is minted.
    pub text: Option<String>,
    /// The key that signs.
    pub key: Option<String>,
    /// A merge patch on the header `{alg, kid, typ: at+jwt}` of the key. Here and in the claims `${jwk:NAME}` becomes a public
    /// key, `${jkt:NAME}` its thumbprint, `${digest:NAME}` the SHA-256 of another token in base64url, and
    /// `${input-digest:NAME}` that of what it signs.
    pub header: Option<Value>,
    /// The header's very text instead.
    pub header_text: Option<String>,
    /// The claims, as a merge patch on those of `like`.
    pub payload: Option<Value>,
    /// The claims' very text instead.
    pub payload_text: Option<String>,
    /// A Biscuit instead of a JWT, whose root key is `key`.
    pub biscuit: Option<BiscuitSpec>,
    /// What is done with the signature. Of a Biscuit, only the last bit can be wrong.
    pub signature: Option<SignatureSpec>,
    /// Text after the token.
    pub suffix: Option<String>,
}

/// What is done with a token's signature.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SignatureSpec {
    /// It is right.
    #[default]
    Valid,
    /// The third part is empty.
    None,
    /// One bit of it is wrong.
    Flip,
    /// An HMAC-SHA256 keyed with the PEM text of the key's public half: the attack of algorithm confusion.
    HmacWithPublicKey,
    /// An ECDSA signature as DER instead of `r || s`.
    Der,
}

/// What must come of loading the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitSpec {
    /// Whether the plugin takes it.
    #[serde(default = "yes")]
    pub accepted: bool,
    /// What the log must and must not have.
    #[serde(default)]
    pub log: Vec<LogSpec>,
}

impl Default for InitSpec {
    fn default() -> Self {
        Self {
            accepted: true,
            log: Vec::new(),
        }
    }
}

/// One exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestSpec {
    /// What the row shows; unique in its file.
    pub name: String,
    /// Which worker gets the request.
    #[serde(default)]
    pub worker: usize,
    /// Whether only one of the two ways of running can show it.
    #[serde(default)]
    pub only: Option<Way>,
    /// What happens before.
    #[serde(default)]
    pub before: Vec<StepSpec>,
    /// The request's head.
    #[serde(default)]
    pub request_headers: HeadSpec,
    /// The body's pieces, in order; none at all for a request without a body.
    #[serde(default)]
    pub request_body: Vec<Bytes>,
    /// How the body ends.
    #[serde(default)]
    pub request_end: EndSpec,
    /// Properties of the connection, by path with dots.
    #[serde(default)]
    pub properties: BTreeMap<String, Bytes>,
    /// The client certificate of the connection: a file in `tests/cases/keys`, without `.crt`.
    #[serde(default)]
    pub client_certificate: Option<String>,
    /// What happens once the request has been sent and is held.
    #[serde(default)]
    pub while_held: Vec<StepSpec>,
    /// The header fields that the upstream answers with, and status 200 unless `:status` is among them, where the request gets
    /// there.
    #[serde(default)]
    pub response_headers: Option<Vec<(String, Bytes)>>,
    /// The pieces of the upstream's body.
    #[serde(default)]
    pub response_body: Vec<Bytes>,
    /// How that ends.
    #[serde(default)]
    pub response_end: EndSpec,
    /// What must come of it.
    pub result: ResultSpec,
}

/// A way of running a case.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The engine, called directly.
    Native,
    /// The compiled module in the host.
    Wasm,
}

/// A request's head.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadSpec {
    /// `:method`; POST where there is a body, else GET.
    pub method: Option<String>,
    /// `:path`; `/` otherwise.
    pub path: Option<Bytes>,
    /// `:authority`; `tools.example` otherwise.
    pub authority: Option<Bytes>,
    /// `:scheme`; `https` otherwise.
    pub scheme: Option<String>,
    /// Pseudo-headers to leave out.
    #[serde(default)]
    pub without: Vec<String>,
    /// Further fields, in order: name and value.
    #[serde(default)]
    pub header: Vec<(String, Bytes)>,
    /// Signatures over the request, each as a `Signature-Input` and a `Signature` behind those fields.
    #[serde(default)]
    pub sign: Vec<SignSpec>,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EndSpec {
    /// The last piece is the end.
    #[default]
    WithLastPiece,
    /// An empty piece follows.
    EmptyPiece,
    /// Trailers follow.
    Trailers,
    /// The end has not come yet.
    NotYet,
}

/// Something that happens beside the request; what of it is given happens in this order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// These clusters answer this from now on; held calls too.
    pub clusters: Option<BTreeMap<String, Vec<AnswerSpec>>>,
    /// The clock moves on by seconds.
    pub advance: Option<u64>,
    /// The timers of these workers fire; of all of them for an empty list.
    pub tick: Option<Vec<usize>>,
}

/// What must come of an exchange. What is not said is not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultSpec {
    /// The outcome.
    pub decision: Decision,
    /// The reason's code; required for a denial of ours.
    #[serde(default)]
    pub reason: Option<String>,
    /// The response that the gateway gives by itself.
    #[serde(default)]
    pub immediate: Option<ImmediateSpec>,
    /// Fields that what was sent on (or answered) must have, each exactly.
    #[serde(default)]
    pub has_header: Vec<(String, Bytes)>,
    /// Texts that a field of that name must contain.
    #[serde(default)]
    pub header_contains: Vec<(String, String)>,
    /// Names that it must not have.
    #[serde(default)]
    pub no_header: Vec<String>,
    /// The body that must be sent on, byte by byte; without this the one that came.
    #[serde(default)]
    pub sent_on: Option<String>,
    /// Fields that the client must get of the upstream's answer, each exactly.
    #[serde(default)]
    pub response_has_header: Vec<(String, String)>,
    /// Names that it must not get.
    #[serde(default)]
    pub response_no_header: Vec<String>,
    /// The body that the client must get of the upstream's answer, byte by byte; without this the one that came.
    #[serde(default)]
    pub response_body: Option<String>,
    /// The response's body: JSON pointers and what they must point to; null for nothing.
    #[serde(default)]
    pub body: BTreeMap<String, Value>,
    /// The record: JSON pointers and what they must point to; null for nothing.
    #[serde(default)]
    pub evidence: BTreeMap<String, Value>,
    /// What the log must and must not have since the row began. Looked at in the module's run only.
    #[serde(default)]
    pub log: Vec<LogSpec>,
    /// By how much counters must have grown since the row began. Looked at in the module's run only.
    #[serde(default)]
    pub metric: BTreeMap<String, u64>,
    /// How many callouts to each cluster were started since the row began. Looked at in the module's run only.
    #[serde(default)]
    pub callouts: BTreeMap<String, usize>,
}

/// An exchange's outcome.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The request went upstream.
    Allow,
    /// The gateway refused.
    Deny,
    /// The request went upstream, and what came back was kept back.
    Withheld,
    /// The gateway answered without a decision.
    Serve,
    /// Neither has happened yet.
    Held,
}

/// A response by the gateway itself.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImmediateSpec {
    /// Its status.
    pub http_status: u32,
}

/// One demand on the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSpec {
    /// Some line contains this.
    pub contains: Option<String>,
    /// No line contains this.
    pub never: Option<String>,
}

fn ok() -> u16 {
    200
}

fn json() -> String {
    "application/json".to_owned()
}

fn yes() -> bool {
    true
}
