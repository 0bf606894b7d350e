//! The request that is explained: from options, and from files for what shell histories should not keep.

use std::path::{Path, PathBuf};

use bailiwick_engine::gate::Gate;
use bailiwick_engine::json::{self, Limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::ExplainError;
use super::documents;
use crate::aat::Presented;
use crate::input;

/// The host that is called where only a path is given.
const NOWHERE: &str = "localhost";

/// How a call by MCP is sent where options name a tool.
const MCP_FIELDS: [(&str, &str); 3] = [
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
    ("mcp-protocol-version", "2025-11-25"),
];

#[derive(Args)]
pub(super) struct Asked {
    /// The path or the URL that is called
    #[arg(long)]
    url: String,
    /// The HTTP method [default: POST with a body, else GET]
    #[arg(long, value_name = "NAME")]
    method: Option<String>,
    /// A header field, or `@FILE` for a file with one in each line; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// A file with the body; `-` to read it from the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "tool")]
    body: Option<String>,
    /// A tool that is called by MCP, in place of a body
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// The tool's arguments, a JSON object or a file with one
    #[arg(long, value_name = "JSON", requires = "tool")]
    arguments: Option<String>,
    /// A file with the credential: a token, perhaps behind its scheme, or a chain with its proof; `-` to read it from the
    /// standard input. May be repeated, as for a token and a chain beside it
    #[arg(long, value_name = "FILE")]
    token: Vec<PathBuf>,
    /// A file with the DPoP proof
    #[arg(long, value_name = "FILE")]
    dpop: Option<PathBuf>,
    /// A file with the client certificate of the connection, PEM or DER
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
}

/// A request.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    /// Pseudo-headers and fields.
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The client's certificate in DER form.
    pub(super) certificate: Option<Vec<u8>>,
}

impl Asked {
    /// Reads the files and puts the request together, as the gate expects its parts.
    pub(super) fn read(&self, gate: &Gate) -> Result<Request, ExplainError> {
        let body = self.body()?;
        let has_body = self.tool.is_some() || self.body.is_some();
        let by_default = if has_body { "POST" } else { "GET" };
        let method = self.method.clone().unwrap_or_else(|| by_default.to_owned());
        let (scheme, authority, target) = parts_of(&self.url)?;
        let mut fields = vec![
            (":method".to_owned(), method.clone()),
            (":scheme".to_owned(), scheme),
            (":authority".to_owned(), authority),
            (":path".to_owned(), target.clone()),
        ];
        for text in &self.header {
            fields.extend(fields_of(text)?);
        }
        for path in &self.token {
            fields.push(self.credential(path, gate)?);
        }
        if let Some(path) = &self.dpop {
            fields.push(("dpop".to_owned(), secret(path)?));
        }
        if self.tool.is_some() {
            let is_given = |name: &str| fields.iter().any(|(field, _)| field == name);
            let own = MCP_FIELDS.into_iter().filter(|(name, _)| !is_given(name));
            let own: Vec<_> = own
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            fields.extend(own);
        }
        if has_body {
            fields.push(("content-length".to_owned(), body.len().to_string()));
        }
        Ok(Request {
            method,
            target,
            fields,
            body,
            certificate: self.client_cert.as_deref().map(certificate).transpose()?,
        })
    }

    fn body(&self) -> Result<Vec<u8>, ExplainError> {
        let Some(tool) = &self.tool else {
            return match self.body.as_deref() {
                None => Ok(Vec::new()),
                Some("-") => Ok(input::read(None)?.into_bytes()),
                Some(path) => documents::read(Path::new(path)),
            };
        };
        let arguments = self
            .arguments
            .as_deref()
            .map_or_else(|| Ok("{}".to_owned()), |given| input::read(Some(given)))?;
        let arguments = arguments.trim();
        // As they are written: it is what is judged.
        json::parse(arguments.as_bytes(), &Limits::default()).map_err(ExplainError::Arguments)?;
        let name = serde_json::Value::from(tool.as_str());
        Ok(format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":{name},"arguments":{arguments}}}}}"#
        )
        .into_bytes())
    }

    /// Where a credential stands depends on what it is: a chain has a field of its own.
    fn credential(&self, path: &Path, gate: &Gate) -> Result<(String, String), ExplainError> {
        let text = secret(path)?;
        let config = gate.config();
        if Presented::is_meant(&text) {
            let field = config.warrants.as_ref();
            let field = field.map_or("agent-authorization", |rules| rules.header.as_str());
            let value = Presented::read(&text).map_or(text, |chain| chain.to_field());
            return Ok((field.to_owned(), value));
        }
        let value = match text.contains(' ') {
            true => text,
            false if self.dpop.is_some() => format!("DPoP {text}"),
            false => format!("Bearer {text}"),
        };
        Ok((config.credential.header.as_str().to_owned(), value))
    }
}

/// What a file holds, or the standard input, without the white space around it.
fn secret(path: &Path) -> Result<String, ExplainError> {
    let text = if path == Path::new("-") {
        input::read(None)?
    } else {
        String::from_utf8_lossy(&documents::read(path)?).into_owned()
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(ExplainError::NoToken {
            path: path.to_owned(),
        });
    }
    Ok(text.to_owned())
}

/// Scheme, authority and target.
fn parts_of(url: &str) -> Result<(String, String, String), ExplainError> {
    let (scheme, authority, target) = if url.starts_with('/') {
        ("https", NOWHERE, url)
    } else {
        let split = url
            .split_once("://")
            .filter(|(scheme, _)| ["http", "https"].contains(scheme));
        let (scheme, rest) = split.ok_or_else(|| ExplainError::Url {
            text: url.to_owned(),
        })?;
        let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        (
            scheme,
            authority,
            if target.is_empty() { "/" } else { target },
        )
    };
    Ok((scheme.to_owned(), authority.to_owned(), target.to_owned()))
}

/// A field, or each of those in a file.
fn fields_of(text: &str) -> Result<Vec<(String, String)>, ExplainError> {
    let Some(path) = text.strip_prefix('@') else {
        return Ok(vec![field_of(text)?]);
    };
    let lines = String::from_utf8_lossy(&documents::read(Path::new(path))?).into_owned();
    let lines = lines.lines().filter(|line| !line.trim().is_empty());
    lines.map(field_of).collect()
}

fn field_of(text: &str) -> Result<(String, String), ExplainError> {
    let (name, value) = text.split_once(':').ok_or(ExplainError::Field)?;
    // Hosts have names in lower case.
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// A certificate's DER form, which is a sequence.
fn certificate(path: &Path) -> Result<Vec<u8>, ExplainError> {
    const SEQUENCE: u8 = 0x30;
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let bytes = documents::read(path)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let der = match text.split_once(BEGIN) {
        None => bytes,
        Some((_, rest)) => {
            let lines = rest.lines().take_while(|line| !line.starts_with('-'));
            let encoded: String = lines.map(str::trim).collect();
            STANDARD.decode(encoded).unwrap_or_default()
        }
    };
    if der.first() == Some(&SEQUENCE) {
        return Ok(der);
    }
    Err(ExplainError::NoCertificate {
        path: path.to_owned(),
    })
}
