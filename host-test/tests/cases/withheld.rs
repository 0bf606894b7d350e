//! Answers that nobody may get, as the host shows them to the module.

use bailiwick_host_test::case::load;
use bailiwick_host_test::case::run::{Case, RequestParts};
use bailiwick_host_test::{
    Fleet, HeaderMap, Outcome, Plugin, Profile, Start, Stream, StreamId, UnixNanos, Vm,
};

use super::{folder, module};

fn case(file: &str) -> Case {
    load::load(&folder().join(file), &folder().join("keys")).unwrap()
}

fn started(case: &Case, profile: Profile) -> Fleet {
    let plugin = Plugin {
        configuration: case.configuration.clone(),
        ..Plugin::default()
    };
    let now = UnixNanos::from_secs(case.time);
    let mut fleet = Fleet::new(&module(), profile, plugin, 1, now);
    assert_eq!(fleet.start(), Ok(Start::Running));
    fleet
}

/// Sends a request, which goes on.
fn sent(vm: &mut Vm, request: &RequestParts) -> StreamId {
    let id = vm.open(request.properties.iter().cloned());
    let body = request.body();
    vm.request_headers(id, request.headers.clone(), body.is_empty());
    if !body.is_empty() {
        vm.request_body(id, &body, true);
    }
    assert!(vm.stream(id).unwrap().upstream().ended, "it went on");
    id
}

/// What a client gets of an answer with this head, whose body comes in these pieces and ends with trailers.
fn shown(content_type: &str, pieces: &[&str]) -> (Option<HeaderMap>, Vec<u8>) {
    let case = case("mcp-lists-unreadable.yaml");
    let profile = Profile {
        local_responses_replace_answers: false,
        ..Profile::envoy()
    };
    let mut fleet = started(&case, profile);
    let vm = fleet.worker(0).unwrap();
    let id = sent(vm, &case.rows.first().unwrap().request);
    let head = [(":status", "200"), ("content-type", content_type)];
    vm.response_headers(id, head.into_iter().collect(), false);
    for piece in pieces {
        vm.response_body(id, piece.as_bytes(), false);
    }
    let trailers = [("x-checksum", "1")].into_iter().collect();
    vm.response_trailers(id, trailers);
    let client = vm.stream(id).map(Stream::downstream).unwrap();
    (client.headers.clone(), client.body.clone())
}

#[test]
fn nothing_of_a_withheld_answer_is_shown_where_no_other_takes_its_place() {
    for (name, content_type, pieces) in [
        (
            "refused by its head",
            "text/html",
            &["<li>purge", "<li>refund"][..],
        ),
        (
            "held, and refused at its end",
            "application/json",
            &[r#"{"result":{"tools":[{"name":"purge"}"#, "]}"],
        ),
    ] {
        let (_, body) = shown(content_type, pieces);
        assert_eq!(String::from_utf8_lossy(&body), "", "{name}");
    }
    let (headers, body) = shown(
        "application/json",
        &[
            r#"{"id":"list-1","result":{"tools":["#,
            r#"{"name":"look_up"}]}}"#,
        ],
    );
    assert!(
        headers.is_some() && !body.is_empty(),
        "what can be read is shown"
    );
}

/// The sessions of this case share a bucket that holds one. The second takes it once the first is forgotten, and only then the answer
/// to the first one's call comes: what it has read can't be remembered any more.
#[test]
fn an_answer_that_can_not_be_remembered_is_kept_back() {
    let case = case("sessions-crowd.yaml");
    let mut fleet = started(&case, Profile::envoy());
    let (first, last) = (case.rows.first().unwrap(), case.rows.last().unwrap());
    let slow = sent(fleet.worker(0).unwrap(), &first.request);
    let later = case.time.saturating_add(3600);
    fleet.world().set_now(UnixNanos::from_secs(later));
    let vm = fleet.worker(0).unwrap();
    let quick = sent(vm, &last.request);
    let answer = || [(":status", "200"), ("content-type", "text/plain")];
    for (id, expected) in [(quick, None), (slow, Some(500))] {
        vm.response_headers(id, answer().into_iter().collect(), false);
        vm.response_body(id, b"the report", true);
        let stream = vm.stream(id).unwrap();
        let status = match stream.outcome() {
            Outcome::Responded(response) => Some(response.status),
            Outcome::Waiting | Outcome::Forwarded(_) | Outcome::Reset => None,
        };
        assert_eq!(status, expected);
        let is_shown = stream.downstream().body == b"the report";
        assert_eq!(is_shown, expected.is_none());
    }
}
