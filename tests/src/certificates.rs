//! Certificates made by Python's `cryptography`, as files that a TLS library reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::dialogue::{Dialogue, DialogueError};
use crate::mint::script;
use crate::parts;
use crate::scratch::Scratch;

/// A certificate and its private key, in PEM files that are there as long as their [`Authority`].
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate's file.
    pub file: PathBuf,
    /// The private key's file.
    pub key: PathBuf,
    /// SHA-256 of its DER form in base64url: `x5t#S256` of RFC 8705.
    pub digest: String,
}

/// A certificate authority of the test's own.
#[derive(Debug)]
pub struct Authority {
    python: Dialogue,
    directory: Scratch,
    root: Certificate,
}

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// There is no Python, or no room for files.
    pub fn start() -> Result<Self, DialogueError> {
        let interpreter = parts::find(parts::PYTHON)?;
        let mut python = Dialogue::start(Command::new(interpreter).arg(script("certificates.py")))?;
        let directory = Scratch::new("certificates")?;
        let request = json!({"name": "root", "subject": "test root", "ca": true});
        let root = make(&mut python, directory.path(), &request)?;
        Ok(Self {
            python,
            directory,
            root,
        })
    }

    /// The authority's own certificate, which whoever trusts it needs.
    #[must_use]
    pub const fn root(&self) -> &Certificate {
        &self.root
    }

    /// Issues a certificate as `request` says; `tests/e2e/py/certificates.py` has its members. Without an `issuer` there, it
    /// is this authority.
    ///
    /// # Errors
    ///
    /// The library refuses.
    pub fn issue(&mut self, name: &str, request: &Value) -> Result<Certificate, DialogueError> {
        let mut request = request.clone();
        if let Some(members) = request.as_object_mut() {
            members.insert("name".to_owned(), name.into());
            members.entry("subject").or_insert_with(|| name.into());
            members.entry("issuer").or_insert_with(|| "root".into());
        }
        make(&mut self.python, self.directory.path(), &request)
    }
}

fn make(
    python: &mut Dialogue,
    directory: &Path,
    request: &Value,
) -> Result<Certificate, DialogueError> {
    let answer = python.ask(request)?;
    let text = |of: &Value, member: &str| {
        let text = of.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let name = text(request, "name");
    let certificate = Certificate {
        file: directory.join(format!("{name}.pem")),
        key: directory.join(format!("{name}.key.pem")),
        digest: text(&answer, "digest"),
    };
    fs::write(&certificate.file, text(&answer, "certificate"))?;
    fs::write(&certificate.key, text(&answer, "key"))?;
    Ok(certificate)
}
