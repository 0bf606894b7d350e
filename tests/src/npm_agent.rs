//! An agent whose keys, tokens, proofs and signatures are made by npm's `jose`, `dpop` and `web-bot-auth`.

use serde_json::{Value, json};

use crate::clients::Request;
use crate::dialogue::{Dialogue, DialogueError};
use crate::oauth::node;

/// A running agent, with an issuer of its own.
#[derive(Debug)]
pub struct NpmAgent {
    node: Dialogue,
    issuer: Value,
    signature: Value,
}

/// What a DPoP proof is made for.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's URL.
    pub url: &'a str,
    /// The token beside it.
    pub token: &'a str,
    /// The server's nonce, if it gave one.
    pub nonce: Option<&'a str>,
    /// Made with a key that is not the agent's.
    pub other_key: bool,
}

impl NpmAgent {
    /// Starts one whose issuer and whose DPoP key are for `alg`, as `ES256`; requests are signed with Ed25519.
    ///
    /// # Errors
    ///
    /// There is no Node.js, or a package is missing.
    pub fn start(alg: &str) -> Result<Self, DialogueError> {
        let mut node = Dialogue::start(&mut node("agent.mjs")?)?;
        let mut keys = node.ask(&json!({"do": "keys", "alg": alg}))?;
        let mut take = |name| keys.get_mut(name).map(Value::take).unwrap_or_default();
        let (issuer, signature) = (take("issuer"), take("signature"));
        Ok(Self {
            node,
            issuer,
            signature,
        })
    }

    /// The public key of its issuer, with its thumbprint as `kid`.
    #[must_use]
    pub const fn issuer_key(&self) -> &Value {
        &self.issuer
    }

    /// The public key that it signs requests with, with its thumbprint as `kid`.
    #[must_use]
    pub const fn signature_key(&self) -> &Value {
        &self.signature
    }

    /// An access token with `claims`, bound to the agent's DPoP key or not.
    ///
    /// # Errors
    ///
    /// The library refuses the claims.
    pub fn token(&mut self, claims: &Value, bound: bool) -> Result<String, DialogueError> {
        let request = json!({"do": "token", "claims": claims, "bound": bound});
        self.text(&request, "token")
    }

    /// A DPoP proof.
    ///
    /// # Errors
    ///
    /// The library refuses.
    pub fn proof(&mut self, proof: Proof<'_>) -> Result<String, DialogueError> {
        let request = json!({
            "do": "proof",
            "method": proof.method,
            "url": proof.url,
            "token": proof.token,
            "nonce": proof.nonce,
            "other": proof.other_key,
        });
        self.text(&request, "proof")
    }

    /// The same request with its signature, which covers `components`, or what the library covers where there are none. It
    /// is for the service at `origin`.
    ///
    /// # Errors
    ///
    /// The library refuses.
    pub fn sign(
        &mut self,
        request: Request,
        origin: &str,
        components: Option<&[&str]>,
    ) -> Result<Request, DialogueError> {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name, String::from_utf8_lossy(value)));
        let mut signed = self.node.ask_for(
            &json!({
                "do": "sign",
                "method": request.method,
                "url": format!("{origin}{}", request.target),
                "headers": headers.collect::<std::collections::BTreeMap<_, _>>(),
                "components": components,
            }),
            "headers",
        )?;
        let signed = signed.as_object_mut().map(std::mem::take);
        let signed = signed.unwrap_or_default().into_iter();
        let lines = signed.map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name, value.as_bytes().to_vec())
        });
        Ok(Request {
            headers: lines.collect(),
            ..request
        })
    }

    fn text(&mut self, request: &Value, member: &str) -> Result<String, DialogueError> {
        let answer = self.node.ask_for(request, member)?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }
}
