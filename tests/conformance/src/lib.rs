//! Other people's published test vectors, judged by the engine.
//!
//! The same code runs natively and as a module in the wasmtime host, compiled with the plugin's target and profile, so that a
//! difference between the two shows. `cargo xtask conformance` feeds it the files and prints what came of them.

mod a2a;
mod aat;
mod biscuit;
mod cedar_for_agents;
mod dpop;
mod httpsig;
mod jose_cookbook;
mod jws;
mod mcp_schema;
#[cfg(target_arch = "wasm32")]
mod module;
mod status_list;
mod wycheproof;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A collection of vectors by one publisher.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// Its name: the folder of its files.
    pub name: &'static str,
    /// The files that are read, below that folder.
    pub files: &'static [&'static str],
    judge: fn(&str, &Value) -> Vec<Verdict>,
}

impl Suite {
    /// The extension of other files that belong to a file and lie in the same folder or below it, if there are such.
    #[must_use]
    pub fn beside(&self) -> Option<&'static str> {
        let of = [
            (biscuit::SUITE.name, biscuit::TOKENS),
            (cedar_for_agents::SUITE.name, cedar_for_agents::SCHEMAS),
            (mcp_schema::SUITE.name, mcp_schema::EXAMPLES),
        ];
        let mut of = of.into_iter();
        of.find_map(|(name, extension)| (name == self.name).then_some(extension))
    }
}

/// The member of a document that what lies beside it is put into, by name.
const BESIDE: &str = "beside";

/// All suites.
pub const SUITES: [Suite; 10] = [
    wycheproof::SUITE,
    jose_cookbook::SUITE,
    dpop::SUITE,
    httpsig::SUITE,
    status_list::SUITE,
    aat::SUITE,
    biscuit::SUITE,
    cedar_for_agents::SUITE,
    mcp_schema::SUITE,
    a2a::SUITE,
];

/// What came of one vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which: the file's name and the vector's own id, as exclusions name it.
    pub case: String,
    /// How the engine differs from what the vector expects, if it does.
    pub fault: Option<String>,
}

/// One file to be judged, as the module is given it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The suite's name.
    pub suite: String,
    /// The file's name, as in [`Suite::files`].
    pub file: String,
    /// What stands in it.
    pub document: String,
    /// The other files that lie beside it or below, by their paths from there, in base64url.
    pub beside: BTreeMap<String, String>,
}

impl Question {
    /// Adds a file that lies beside the document.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        let content = biscuit::encode(content);
        self.beside.insert(name.to_owned(), content);
    }

    /// Judges every vector of the file.
    ///
    /// # Errors
    ///
    /// There is no such suite. A file that isn't JSON is handed to its judge as text.
    pub fn answer(&self) -> Result<Vec<Verdict>, String> {
        let suite = SUITES
            .iter()
            .find(|suite| suite.name == self.suite)
            .ok_or_else(|| format!("there is no suite `{}`", self.suite))?;
        let mut document: Value = serde_json::from_str(&self.document)
            .unwrap_or_else(|_| Value::String(self.document.clone()));
        if let Some(members) = document.as_object_mut()
            && !self.beside.is_empty()
        {
            members.insert(BESIDE.to_owned(), json!(self.beside));
        }
        Ok((suite.judge)(&self.file, &document))
    }
}

impl Verdict {
    /// The verdict on one vector: does what the engine `found` agree with what is `expected`?
    fn on(case: String, expected: bool, found: Result<(), String>) -> Self {
        let fault = match (expected, found) {
            (true, Ok(())) | (false, Err(_)) => None,
            (true, Err(why)) => Some(format!("should be accepted, is refused: {why}")),
            (false, Ok(())) => Some("should be refused, is accepted".to_owned()),
        };
        Self { case, fault }
    }
}

/// The elements of an array that is there; a vector file without it yields no case, which the runner reports.
fn elements<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A text that is there, or the empty one.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
