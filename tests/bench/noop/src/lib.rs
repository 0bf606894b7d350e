//! Filters that judge nothing, the floor of what one can cost that does as much with Envoy. Which one it is, the configuration says; without any,
//! everything passes at once, by the same two callbacks that Bailiwick looks at.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

/// The configuration for [`Does::Record`].
const RECORD: &[u8] = b"record";
/// The configuration for [`Does::VerifyAndRecord`].
const VERIFY_AND_RECORD: &[u8] = b"verify and record";

/// How long Bailiwick's records of the workloads are, in bytes: of a read, and of a tool call.
const READ_RECORD: usize = 862;
const CALL_RECORD: usize = 957;

/// ES256 over [`TEXT`]: the example of RFC 7515, appendix A.3, its key as a `SubjectPublicKeyInfo`.
const PUBLIC_KEY: [u8; 91] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04\
    \x7f\xcd\xce\x27\x70\xf6\xc4\x5d\x41\x83\xcb\xee\x6f\xdb\x4b\x7b\x58\x07\x33\x35\x7b\xe9\xef\x13\xba\xcf\x6e\x3c\x7b\xd1\x54\x45\
    \xc7\xf1\x44\xcd\x1b\xbd\x9b\x7e\x87\x2c\xdf\xed\xb9\xee\xb9\xf4\xb3\x69\x5d\x6e\xa9\x0b\x24\xad\x8a\x46\x23\x28\x85\x88\xe5\xad";
/// The signature, as a DER `SEQUENCE`.
const SIGNATURE: [u8; 71] = *b"\x30\x45\
    \x02\x20\x0e\xd1\x21\x53\x79\x63\x6c\x48\x3c\x2f\x7f\x15\x58\x07\xd4\x02\xa3\xb2\x28\x03\x3a\xf9\x7c\x7e\x17\x81\x9a\xc3\x16\x9e\xa6\x65\
    \x02\x21\x00\xc5\x0a\x07\xd3\x8c\x3c\x70\xe5\xd8\xf1\x2d\xaf\x08\x4a\x54\x80\xa6\x65\x90\xc5\xf2\x93\x50\x9a\x8f\x3f\x7f\x8a\x83\xa3\x54\xd5";
/// What is signed.
const TEXT: &[u8] = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// Envoy's answer where the signature is right: field 1 is `true`.
const RIGHT: &[u8] = b"\x08\x01";

mod start {
    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(super::Root(super::Does::Nothing)));
    }}
}

/// What is done to a request that passes anyway.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    /// What Bailiwick asks of Envoy for one that it permits: its fields, its body, while it is held, and the time; the record as a
    /// property and to the log; one field away and three set.
    Record,
    /// The same, with one signature that Envoy checks, and the proof's field away.
    VerifyAndRecord,
}

struct Root(Does);

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        self.0 = match self.get_plugin_configuration().as_deref() {
            None | Some(b"") => Does::Nothing,
            Some(RECORD) => Does::Record,
            Some(VERIFY_AND_RECORD) => Does::VerifyAndRecord,
            Some(_) => return false,
        };
        true
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Filter(self.0)))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Filter(Does);

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _headers: usize, end_of_stream: bool) -> Action {
        if self.0 == Does::Nothing {
            return Action::Continue;
        }
        let _fields = self.get_http_request_headers_bytes();
        self.pass_at(end_of_stream, READ_RECORD)
    }

    fn on_http_request_body(&mut self, body_size: usize, end_of_stream: bool) -> Action {
        if self.0 == Does::Nothing {
            return Action::Continue;
        }
        if end_of_stream {
            let _body = self.get_http_request_body(0, body_size);
        }
        self.pass_at(end_of_stream, CALL_RECORD)
    }
}

impl Filter {
    /// Lets the request pass once all of it is there, with a record of so many bytes.
    fn pass_at(&self, end_of_stream: bool, record_bytes: usize) -> Action {
        let _now = self.get_current_time();
        if !end_of_stream {
            return Action::Pause;
        }
        if self.0 == Does::VerifyAndRecord {
            if !is_right() {
                self.send_http_response(500, Vec::new(), None);
                return Action::Pause;
            }
            self.set_http_request_header("dpop", None);
        }
        let record = "x".repeat(record_bytes);
        let _unlogged = hostcalls::log(LogLevel::Info, &record);
        self.set_property(vec!["bailiwick_evidence"], Some(record.as_bytes()));
        self.set_http_request_header("authorization", None);
        for field in [
            "x-bailiwick-evidence",
            "x-bailiwick-agent",
            "x-bailiwick-user",
        ] {
            self.set_http_request_header(field, Some("bench/agent"));
        }
        Action::Continue
    }
}

/// Asks Envoy, by the message `VerifySignatureArguments`: `hash_function`, `public_key`, `signature` and `text`.
fn is_right() -> bool {
    let parts: [(u8, &[u8]); 4] = [(1, b"sha256"), (2, &PUBLIC_KEY), (3, &SIGNATURE), (4, TEXT)];
    let mut question = Vec::new();
    for (field, bytes) in parts {
        // A field with a length, which is one byte for all of these.
        question.extend([field << 3 | 2, u8::try_from(bytes.len()).unwrap_or(0)]);
        question.extend(bytes);
    }
    let answer = hostcalls::call_foreign_function("verify_signature", Some(&question));
    matches!(answer, Ok(Some(answer)) if answer == RIGHT)
}
