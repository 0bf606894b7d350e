//! Finding case files and turning each into a [`Case`] that can be run.

mod clusters;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest as _, Sha256};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;

use super::biscuits;
use super::certificates::Certificate;
use super::format::{
    BaseFile, CaseFile, EndSpec, Env, HeadSpec, KeySpec, ResultSpec, StepSpec, TestSpec, TokenSpec,
};
use super::keys::TestKey;
use super::run::{Case, Expected, RequestParts, ResponseParts, Row, Step};
use super::signing::SignSpec;
use super::tokens::{TokenError, mint, resolve};
use super::value::{Bytes, merge, substitute, substitute_all};
use crate::headers::HeaderMap;
use crate::profile::Profile;

/// What ends the names of files that cases start from, and that are no cases themselves.
const BASE_SUFFIX: &str = ".base.yaml";
const DEFAULT_TIME: u64 = 1_800_000_000;

/// Why a case can't be used.
#[derive(Debug, Error)]
#[error("{path}: {reason}", path = path.display())]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, with the place in it.
    pub reason: String,
}

/// All case files among the given files and, at any depth, folders; sorted. Files that cases start from, and those in
/// `configs` and `keys`, are no cases.
///
/// # Errors
/// If a path does not exist, or no case is found.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found)?;
        } else if path.is_file() {
            found.push(path.clone());
        } else {
            return Err(failed(path, "there is no such file or folder"));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let entries = std::fs::read_dir(folder).map_err(|e| failed(folder, e))?;
    for entry in entries {
        let path = entry.map_err(|e| failed(folder, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(&*name, "configs" | "keys") {
                walk(&path, found)?;
            }
        } else if name.ends_with(".yaml") && !name.ends_with(BASE_SUFFIX) {
            found.push(path);
        }
    }
    Ok(())
}

/// The folder `keys` in the nearest folder above a case file that has one.
pub fn keys_beside(case: &Path) -> PathBuf {
    case.ancestors()
        .skip(1)
        .map(|folder| folder.join("keys"))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| PathBuf::from("keys"))
}

/// Reads one case file. `keys` is the folder of the private key files.
///
/// # Errors
/// If the file, or one that it names, can't be read or understood.
pub fn load(path: &Path, keys: &Path) -> Result<Case, LoadError> {
    let file: CaseFile = read_yaml(path)?;
    let mut source = Source {
        path: path.to_owned(),
        folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        key_folder: keys.to_owned(),
        keys: file.keys,
        specs: file.tokens,
        minted: BTreeMap::new(),
        minting: Vec::new(),
    };
    let mut config = Value::Null;
    let mut env = file.env;
    if let Some(base) = &file.base {
        let base_path = source.folder.join(base);
        let under: BaseFile = read_yaml(&base_path)?;
        let base_folder = base_path.parent().unwrap_or(Path::new("")).to_owned();
        config = source.config(config, &under.env, &base_folder)?;
        env = env_over(under.env, env);
        for (name, spec) in under.keys {
            source.keys.entry(name).or_insert(spec);
        }
        for (name, spec) in under.tokens {
            source.specs.entry(name).or_insert(spec);
        }
    } else if env.config.is_none() && env.config_path.is_none() && env.config_text.is_none() {
        return Err(failed(
            path,
            "env: one of `config`, `config_path`, `config_text`, or a `base`",
        ));
    }
    let folder = source.folder.clone();
    config = source.config(config, &env, &folder)?;
    source.finish(
        file.name,
        file.description,
        file.plugin_init,
        file.test,
        env,
        config,
    )
}

/// What is being made from a file.
struct Source {
    path: PathBuf,
    folder: PathBuf,
    key_folder: PathBuf,
    keys: BTreeMap<String, KeySpec>,
    specs: BTreeMap<String, TokenSpec>,
    minted: BTreeMap<String, String>,
    /// Tokens that are being made, each for the one before it.
    minting: Vec<String>,
}

impl Source {
    fn finish(
        mut self,
        name: String,
        description: String,
        init: super::format::InitSpec,
        tests: Vec<TestSpec>,
        env: Env,
        mut config: Value,
    ) -> Result<Case, LoadError> {
        self.fill_in(&mut config, "env.config")?;
        let configuration = match &env.config_text {
            Some(text) => text.clone().into_bytes(),
            None => config.to_string().into_bytes(),
        };
        let profile = self.profile(&env)?;
        let clusters = self.clusters(&env.clusters.unwrap_or_default(), "env.clusters")?;
        let mut rows: Vec<Row> = Vec::new();
        for (index, test) in tests.into_iter().enumerate() {
            if rows.iter().any(|row| row.name == test.name) {
                return Err(self.error(format!(
                    "test[{index}].name: `{}` is there twice",
                    test.name
                )));
            }
            rows.push(self.row(test, &format!("test[{index}]"))?);
        }
        let workers = env.workers.unwrap_or(1);
        if let Some(row) = rows.iter().find(|row| row.worker >= workers) {
            return Err(self.error(format!(
                "`{}`: there is no worker {}, only {workers}",
                row.name, row.worker
            )));
        }
        Ok(Case {
            path: self.path,
            name,
            description,
            profile,
            workers,
            time: env.time.unwrap_or(DEFAULT_TIME),
            configuration,
            clusters,
            secrets: self.minted.into_values().collect(),
            init,
            rows,
        })
    }

    fn profile(&self, env: &Env) -> Result<Profile, LoadError> {
        let name = env.profile.as_deref().unwrap_or("envoy");
        let mut profile = Profile::named(name).ok_or_else(|| {
            self.error(format!(
                "env.profile: no profile `{name}`, there are {:?}",
                Profile::NAMES
            ))
        })?;
        if let Some(flag) = env.allow_on_headers_stop_iteration {
            profile.allow_on_headers_stop_iteration = flag;
        }
        if let Some(limit) = env.body_buffer_limit {
            profile.body_buffer_limit = limit;
        }
        if let Some(flag) = env.verify_signature {
            profile.verify_signature = flag;
        }
        profile.grpc = env.grpc.unwrap_or(profile.grpc);
        Ok(profile)
    }

    /// The configuration with what an `env` says laid over it.
    fn config(&self, mut config: Value, env: &Env, folder: &Path) -> Result<Value, LoadError> {
        if let Some(path) = &env.config_path {
            config = read_yaml(&folder.join(path))?;
        }
        if let Some(given) = &env.config {
            config.clone_from(given);
        }
        if let Some(patch) = &env.config_patch {
            merge(&mut config, patch);
        }
        if let Some(path) = &env.policies_path {
            let path = folder.join(path);
            let text = std::fs::read_to_string(&path).map_err(|e| failed(&path, e))?;
            merge(&mut config, &json!({"policies": text}));
        }
        Ok(config)
    }

    fn row(&mut self, test: TestSpec, at: &str) -> Result<Row, LoadError> {
        let mut chunks = self.pieces(&test.request_body, &format!("{at}.request_body"))?;
        let headers = self.head(&test.request_headers, !chunks.is_empty(), at)?;
        let mut properties = Vec::new();
        for (path, value) in &test.properties {
            let value = self.bytes(value, &format!("{at}.properties.{path}"))?;
            properties.push((path.replace('.', "\0").into_bytes(), value));
        }
        let certificate = test.client_certificate.as_deref();
        let certificate = certificate
            .map(|name| Certificate::read(&self.key_folder, name))
            .transpose()
            .map_err(|error| self.error(format!("{at}.client_certificate: {error}")))?;
        properties.extend(certificate.iter().flat_map(Certificate::properties));
        if chunks.is_empty() && test.request_end == EndSpec::EmptyPiece {
            chunks.push(Vec::new());
        }
        Ok(Row {
            before: self.steps(&test.before, &format!("{at}.before"))?,
            while_held: self.steps(&test.while_held, &format!("{at}.while_held"))?,
            expected: self.expected(test.result, at)?,
            name: test.name,
            worker: test.worker,
            only: test.only,
            response: self.response(
                test.response_headers,
                &test.response_body,
                test.response_end,
                at,
            )?,
            request: RequestParts {
                headers,
                chunks,
                end: test.request_end,
                properties,
                client_certificate: certificate.map(|certificate| certificate.der),
            },
        })
    }

    fn head(&mut self, head: &HeadSpec, has_body: bool, at: &str) -> Result<HeaderMap, LoadError> {
        let at = format!("{at}.request_headers");
        let text = |text: &str| Bytes::Text(text.to_owned());
        let method = match (&head.method, has_body) {
            (Some(method), _) => method.as_str(),
            (None, true) => "POST",
            (None, false) => "GET",
        };
        let pseudo = [
            (":method", text(method)),
            (":scheme", text(head.scheme.as_deref().unwrap_or("https"))),
            (
                ":authority",
                head.authority
                    .clone()
                    .unwrap_or_else(|| text("tools.example")),
            ),
            (":path", head.path.clone().unwrap_or_else(|| text("/"))),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in &pseudo {
            if !head.without.iter().any(|without| without == name) {
                headers.add(name, self.bytes(value, &at)?);
            }
        }
        for (name, value) in &head.header {
            headers.add(name, self.bytes(value, &format!("{at}.header `{name}`"))?);
        }
        for (index, signature) in head.sign.iter().enumerate() {
            let at = format!("{at}.sign[{index}]");
            let (input, signature) = self
                .signature(signature.clone())
                .map_err(|reason| self.error(format!("{at}: {reason}")))?;
            headers.add("signature-input", input);
            headers.add("signature", signature.as_str());
            self.minted.insert(at, signature);
        }
        Ok(headers)
    }

    /// The two fields of a signature over a request.
    fn signature(&mut self, mut spec: SignSpec) -> Result<(String, String), String> {
        for text in spec
            .covers
            .iter_mut()
            .chain(std::iter::once(&mut spec.parameters))
        {
            *text = substitute(text, &mut |name| self.lookup(name))?;
        }
        let key = self.read_key(&spec.key).map_err(|e| e.to_string())?.0;
        spec.fields(&key).map_err(|error| error.to_string())
    }

    fn response(
        &mut self,
        fields: Option<Vec<(String, Bytes)>>,
        body: &[Bytes],
        end: EndSpec,
        at: &str,
    ) -> Result<Option<ResponseParts>, LoadError> {
        let Some(fields) = fields else {
            return Ok(None);
        };
        let mut headers = HeaderMap::new();
        headers.add(":status", "200");
        for (name, value) in &fields {
            let at = format!("{at}.response_headers `{name}`");
            let value = self.bytes(value, &at)?;
            if name == ":status" {
                headers.set(name, value);
            } else {
                headers.add(name, value);
            }
        }
        Ok(Some(ResponseParts {
            headers,
            chunks: self.pieces(body, &format!("{at}.response_body"))?,
            end,
        }))
    }

    fn pieces(&mut self, pieces: &[Bytes], at: &str) -> Result<Vec<Vec<u8>>, LoadError> {
        let pieces = pieces.iter().enumerate();
        pieces
            .map(|(index, piece)| self.bytes(piece, &format!("{at}[{index}]")))
            .collect()
    }

    fn steps(&mut self, steps: &[StepSpec], at: &str) -> Result<Vec<Step>, LoadError> {
        let mut out = Vec::new();
        for step in steps {
            if let Some(clusters) = &step.clusters {
                out.push(Step::Clusters(self.clusters(clusters, at)?));
            }
            out.extend(step.advance.map(Step::Advance));
            out.extend(step.tick.clone().map(Step::Tick));
        }
        Ok(out)
    }

    fn expected(&mut self, result: ResultSpec, at: &str) -> Result<Expected, LoadError> {
        let mut has_header = Vec::new();
        for (name, value) in &result.has_header {
            let value = self.bytes(value, &format!("{at}.result.has_header `{name}`"))?;
            has_header.push((name.clone(), value));
        }
        Ok(Expected { has_header, result })
    }

    fn bytes(&mut self, bytes: &Bytes, at: &str) -> Result<Vec<u8>, LoadError> {
        Ok(match bytes {
            Bytes::Raw(raw) => raw.clone(),
            Bytes::Json(value) => {
                let mut value = value.clone();
                self.fill_in(&mut value, at)?;
                value.to_string().into_bytes()
            }
            Bytes::Text(text) => substitute(text, &mut |name| self.lookup(name))
                .map_err(|reason| self.error(format!("{at}: {reason}")))?
                .into_bytes(),
        })
    }

    fn fill_in(&mut self, value: &mut Value, at: &str) -> Result<(), LoadError> {
        self.put_keys(value)
            .and_then(|()| substitute_all(value, &mut |name| self.lookup(name)))
            .map_err(|reason| self.error(format!("{at}: {reason}")))
    }

    /// A string that is nothing but `${jwks:...}` or `${jwk:...}` becomes the key set or the key itself, not its text.
    fn put_keys(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::String(text) => {
                let whole = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
                match whole.and_then(|whole| whole.split_once(':')) {
                    Some(("jwks", names)) => *value = self.key_set(names)?,
                    Some(("jwk", name)) => *value = self.public_key(name)?,
                    Some(_) | None => {}
                }
                Ok(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|v| self.put_keys(v)),
            Value::Object(members) => members.values_mut().try_for_each(|v| self.put_keys(v)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn lookup(&mut self, what: &str) -> Result<String, String> {
        match what.split_once(':') {
            Some(("token", name)) => self.token(name),
            Some(("jwks", names)) => Ok(self.key_set(names)?.to_string()),
            Some(("jwk", name)) => Ok(self.public_key(name)?.to_string()),
            Some(("digest", name)) => {
                let token = self.token(name)?;
                Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(token)))
            }
            Some(("input-digest", name)) => {
                let token = self.token(name)?;
                let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
                Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(signed)))
            }
            Some(("warrant", names)) => {
                let tokens: Result<Vec<_>, _> =
                    names.split(',').map(|name| self.token(name)).collect();
                let mut chain = tokens?;
                let proof = chain.pop();
                let presentation = serde_json::json!({"aat_chain": chain, "aat_pop": proof});
                Ok(URL_SAFE_NO_PAD.encode(presentation.to_string()))
            }
            Some(("biscuit-key", name)) => {
                let (key, _) = self.read_key(name).map_err(|error| error.to_string())?;
                biscuits::public_key(&key).map_err(|error| error.to_string())
            }
            Some(("revocation-id", name)) => {
                let token = self.token(name)?;
                let spec = resolve(name, &self.specs).map_err(|error| error.to_string())?;
                let root = self.read_key(&spec.key.unwrap_or_default());
                root.and_then(|(root, _)| biscuits::revocation_id(&token, &root))
                    .map_err(|error| error.to_string())
            }
            Some(("jkt", name)) => Ok(thumbprint(&self.public_key(name)?)),
            Some(("x5t", name)) => Ok(URL_SAFE_NO_PAD.encode(self.certificate(name)?.digest())),
            Some(("certificate-hash", name)) => Ok(self.certificate(name)?.hash()),
            Some(("certificate", name)) => Ok(self.certificate(name)?.percent_encoded()),
            Some(_) | None => Err(format!(
                "`${{{what}}}` is none of `token:`, `digest:`, `input-digest:`, `warrant:`, `biscuit-key:`, `revocation-id:`, `jwks:`, `jwk:`, `jkt:`, `x5t:`, `certificate:` and `certificate-hash:`"
            )),
        }
    }

    fn certificate(&self, name: &str) -> Result<Certificate, String> {
        Certificate::read(&self.key_folder, name).map_err(|error| error.to_string())
    }

    fn token(&mut self, name: &str) -> Result<String, String> {
        if let Some(token) = self.minted.get(name) {
            return Ok(token.clone());
        }
        if self.minting.iter().any(|other| other == name) {
            return Err(format!("token `{name}` is about itself"));
        }
        self.minting.push(name.to_owned());
        let named = |error: TokenError| format!("token `{name}`: {error}");
        let mut spec = resolve(name, &self.specs).map_err(named)?;
        for part in [&mut spec.header, &mut spec.payload].into_iter().flatten() {
            self.put_keys(part)?;
            substitute_all(part, &mut |what| self.lookup(what))?;
        }
        for block in spec.biscuit.iter_mut().flat_map(|of| &mut of.blocks) {
            block.code = substitute(&block.code, &mut |what| self.lookup(what))?;
        }
        let token = mint(spec, &mut |key| {
            let (key, jwk) = self.read_key(key)?;
            let own = jwk.get("alg").and_then(Value::as_str);
            let algorithm = own.unwrap_or(key.algorithm()).to_owned();
            Ok((key, algorithm))
        })
        .map_err(named)?;
        self.minting.pop();
        self.minted.insert(name.to_owned(), token.clone());
        Ok(token)
    }

    /// The public keys of those names, separated by commas, as a JWK set.
    fn key_set(&self, names: &str) -> Result<Value, String> {
        let mut keys = Vec::new();
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            keys.push(self.public_key(name)?);
        }
        Ok(json!({ "keys": keys }))
    }

    /// One public key as a JWK.
    fn public_key(&self, name: &str) -> Result<Value, String> {
        let (_, jwk) = self
            .read_key(name)
            .map_err(|error| format!("key `{name}`: {error}"))?;
        Ok(jwk)
    }

    /// A private key, and its public half as key sets have it.
    fn read_key(&self, name: &str) -> Result<(TestKey, Value), TokenError> {
        let spec = self.keys.get(name);
        let file = spec.map_or(name, |spec| spec.file.as_str());
        let key = TestKey::read(&self.key_folder.join(format!("{file}.pem")))?;
        let mut jwk = key.public_jwk(name);
        if let Some(patch) = spec.and_then(|spec| spec.jwk.as_ref()) {
            merge(&mut jwk, patch);
        }
        Ok((key, jwk))
    }

    fn error(&self, reason: impl ToString) -> LoadError {
        failed(&self.path, reason)
    }
}

/// The thumbprint of a public key (RFC 7638), its members in the order of their names.
fn thumbprint(jwk: &Value) -> String {
    let members: BTreeMap<&str, &Value> = ["crv", "e", "kty", "n", "x", "y"]
        .into_iter()
        .filter_map(|name| Some((name, jwk.get(name)?)))
        .collect();
    URL_SAFE_NO_PAD.encode(Sha256::digest(json!(members).to_string()))
}

/// What one `env` says, and where it says nothing the other one. The configuration is not among it.
fn env_over(under: Env, over: Env) -> Env {
    Env {
        profile: over.profile.or(under.profile),
        allow_on_headers_stop_iteration: over
            .allow_on_headers_stop_iteration
            .or(under.allow_on_headers_stop_iteration),
        body_buffer_limit: over.body_buffer_limit.or(under.body_buffer_limit),
        verify_signature: over.verify_signature.or(under.verify_signature),
        grpc: over.grpc.or(under.grpc),
        workers: over.workers.or(under.workers),
        time: over.time.or(under.time),
        config: over.config,
        config_path: over.config_path,
        config_patch: over.config_patch,
        policies_path: over.policies_path,
        config_text: over.config_text,
        clusters: over.clusters.or(under.clusters),
    }
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, LoadError> {
    let text = std::fs::read_to_string(path).map_err(|e| failed(path, e))?;
    serde_norway::from_str(&text).map_err(|e| failed(path, e))
}

fn failed(path: &Path, reason: impl ToString) -> LoadError {
    LoadError {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
