//! The host's own behaviour, shown on small modules in the text format: no product code takes part.
#![expect(
    clippy::unwrap_used,
    reason = "what the tests share stops where it can't go on, as they do"
)]

use std::time::Duration;

use bailiwick_host_test::{
    CalloutAnswer, FailureCause, Fleet, HeaderMap, LogLevel, Module, Outcome, Plugin, Profile,
    Start, StreamId, UnixNanos, Vm,
};

/// Imports, one page of memory with an allocator that only moves forward, and a way to log a number as `name=value`
/// with one digit or more in decimal. `$log_status` is what the tests look at.
const PRELUDE: &str = r#"
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $respond (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))
  (import "env" "proxy_get_shared_data" (func $get_shared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $set_shared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds" (func $set_tick (param i32) (result i32)))
  (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $set_property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_status" (func $status (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 65536))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "proxy_abi_version_0_2_1"))
  (func $digit (param $at i32) (param $n i32)
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))
  ;; logs a letter and the lowest two digits of a number
  (func $note (param $letter i32) (param $n i32)
    (i32.store8 (i32.const 60000) (local.get $letter))
    (call $digit (i32.const 60001) (i32.div_u (local.get $n) (i32.const 10)))
    (call $digit (i32.const 60002) (local.get $n))
    (drop (call $log (i32.const 2) (i32.const 60000) (i32.const 3))))
  ;; logs bytes whose address and size lie at 1000 and 1004
  (func $note_bytes
    (drop (call $log (i32.const 2) (i32.load (i32.const 1000)) (i32.load (i32.const 1004)))))
"#;

fn module(body: &str) -> Module {
    let bytes = wat::parse_str(format!("(module {PRELUDE} {body})")).unwrap();
    Module::compile(&bytes, None).unwrap()
}

fn fleet_of(body: &str, profile: Profile, plugin: Plugin, workers: usize) -> Fleet {
    let mut fleet = Fleet::new(&module(body), profile, plugin, workers, UnixNanos(7));
    assert_eq!(fleet.start(), Ok(Start::Running));
    fleet
}

fn fleet(body: &str) -> Fleet {
    fleet_of(body, Profile::envoy(), Plugin::default(), 1)
}

fn logs(vm: &Vm) -> Vec<&str> {
    vm.logs().iter().map(|line| line.text.as_str()).collect()
}

fn request() -> HeaderMap {
    [
        (":method", "POST"),
        (":path", "/"),
        ("x", "one"),
        ("x", "two"),
    ]
    .into_iter()
    .collect()
}

fn send(vm: &mut Vm, chunks: &[&str]) -> StreamId {
    let id = vm.open([]);
    vm.request_headers(id, request(), chunks.is_empty());
    for (index, chunk) in chunks.iter().enumerate() {
        vm.request_body(id, chunk.as_bytes(), index + 1 == chunks.len());
    }
    id
}

#[test]
fn first_value_only_while_pairs_show_all() {
    let mut fleet = fleet(
        r#"(data (i32.const 0) "x")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $note (i32.const 115) (call $value (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1000) (i32.const 1004)))
          (call $note_bytes)
          (drop (call $pairs (i32.const 0) (i32.const 1000) (i32.const 1004)))
          (call $note (i32.const 110) (i32.load (i32.load (i32.const 1000))))
          (i32.const 0))"#,
    );
    let vm = fleet.worker(0).unwrap();
    send(vm, &[]);
    assert_eq!(logs(vm), ["s00", "one", "n04"]);
}

#[test]
fn request_headers_are_gone_after_continue() {
    let body = r#"(data (i32.const 0) "x")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
          (call $note (i32.const 103) (call $value (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1000) (i32.const 1004)))
          (call $note (i32.const 97) (call $add (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
          (call $note (i32.const 112) (call $pairs (i32.const 0) (i32.const 1000) (i32.const 1004)))
          (i32.const 0))"#;
    let mut gone = fleet(body);
    let vm = gone.worker(0).unwrap();
    send(vm, &["b"]);
    assert_eq!(logs(vm), ["g02", "a02", "p00"]);

    let profile = Profile {
        headers_survive_continue: true,
        ..Profile::envoy()
    };
    let mut kept = fleet_of(body, profile, Plugin::default(), 1);
    let vm = kept.worker(0).unwrap();
    send(vm, &["b"]);
    assert_eq!(logs(vm), ["g00", "a00", "p00"]);
}

/// Pauses in the headers callback; in the body callback pauses until the end, then adds a header and resumes.
const GATE: &str = r#"(data (i32.const 0) "y")
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))
    (func (export "proxy_on_request_body") (param i32) (param $size i32) (param $end i32) (result i32)
      (call $note (i32.const 98) (local.get $size))
      (if (local.get $end) (then
        (call $note (i32.const 97) (call $add (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
        (return (i32.const 0))))
      (i32.const 1))"#;

#[test]
fn headers_pause_with_the_flag_lets_body_callbacks_run() {
    let mut fleet = fleet(GATE);
    let vm = fleet.worker(0).unwrap();
    let id = vm.open([]);
    vm.request_headers(id, request(), false);
    vm.request_body(id, b"abc", false);
    assert_eq!(vm.stream(id).unwrap().outcome(), Outcome::Waiting);
    vm.request_body(id, b"de", true);
    assert_eq!(logs(vm), ["b03", "b05", "a00"]);
    let Outcome::Forwarded(passed) = vm.stream(id).unwrap().outcome() else {
        panic!("not forwarded");
    };
    assert_eq!(passed.body, b"abcde");
    assert!(passed.ended);
    assert_eq!(
        passed.headers.as_ref().unwrap().first("y"),
        Some(b"y".as_slice())
    );
}

#[test]
fn headers_pause_without_the_flag_waits_for_ever() {
    let profile = Profile {
        allow_on_headers_stop_iteration: false,
        ..Profile::envoy()
    };
    let mut fleet = fleet_of(GATE, profile, Plugin::default(), 1);
    let vm = fleet.worker(0).unwrap();
    let id = send(vm, &["abc", "de"]);
    assert_eq!(logs(vm), Vec::<&str>::new());
    assert_eq!(vm.stream(id).unwrap().outcome(), Outcome::Waiting);
}

#[test]
fn a_buffered_body_over_the_limit_gets_413_from_the_host() {
    let profile = Profile {
        body_buffer_limit: 4,
        ..Profile::envoy()
    };
    let mut fleet = fleet_of(GATE, profile, Plugin::default(), 1);
    let vm = fleet.worker(0).unwrap();
    let id = send(vm, &["abc", "de"]);
    let Outcome::Responded(response) = vm.stream(id).unwrap().outcome() else {
        panic!("not answered");
    };
    assert_eq!(
        (response.status, response.details.as_str()),
        (413, "request_payload_too_large")
    );
    assert_eq!(logs(vm), ["b03"]);
}

#[test]
fn only_the_first_local_response_counts_and_it_passes_the_response_callbacks() {
    let mut fleet = fleet(
        r#"(data (i32.const 0) "no") (data (i32.const 10) "seen")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $respond (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const -1)))
          (drop (call $respond (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const -1)))
          (i32.const 0))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
          (drop (call $add (i32.const 2) (i32.const 10) (i32.const 4) (i32.const 10) (i32.const 4)))
          (i32.const 0))"#,
    );
    let vm = fleet.worker(0).unwrap();
    let id = send(vm, &[]);
    let stream = vm.stream(id).unwrap();
    let Outcome::Responded(response) = stream.outcome() else {
        panic!("not answered");
    };
    assert_eq!(response.status, 403);
    let sent = stream.downstream();
    let headers = sent.headers.as_ref().unwrap();
    assert_eq!(headers.first(":status"), Some(b"403".as_slice()));
    assert_eq!(headers.first("seen"), Some(b"seen".as_slice()));
    assert_eq!(
        headers.first("content-type"),
        Some(b"text/plain".as_slice())
    );
    assert_eq!(sent.body, b"no");
    assert!(stream.upstream().headers.is_none());
}

#[test]
fn traps_endless_loops_and_greed_fail_closed_and_are_told_apart() {
    for (name, callback, cause) in [
        (
            "trap",
            "unreachable",
            FailureCause::Trap("wasm trap: wasm `unreachable` instruction executed".to_owned()),
        ),
        (
            "loop",
            "(loop $again (br $again)) (unreachable)",
            FailureCause::Deadline,
        ),
        (
            "memory",
            "(drop (memory.grow (i32.const 20000))) (unreachable)",
            FailureCause::Memory,
        ),
    ] {
        let body = format!(
            r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) {callback})"#
        );
        let plugin = Plugin {
            deadline: Duration::from_millis(60),
            ..Plugin::default()
        };
        let mut fleet = fleet_of(&body, Profile::envoy(), plugin, 1);
        let vm = fleet.worker(0).unwrap();
        for attempt in ["first", "later"] {
            let id = send(vm, &[]);
            let Outcome::Responded(response) = vm.stream(id).unwrap().outcome() else {
                panic!("{name}: {attempt} stream was not answered");
            };
            assert_eq!(
                (response.status, response.details.as_str()),
                (503, "wasm_fail_stream")
            );
        }
        let failure = vm.failure().unwrap();
        assert_eq!(failure.cause, cause, "{name}");
        assert_eq!(failure.callback, "proxy_on_request_headers", "{name}");
    }
}

#[test]
fn workers_share_data_and_compare_and_swap_refuses_the_slower_one() {
    // Each tick writes key `k` with the number read at 2000 and notes the status; each request reads it anew.
    let mut fleet = fleet_of(
        r#"(data (i32.const 0) "k")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $set_tick (i32.const 1000))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
          (call $note (i32.const 115) (call $set_shared (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.load (i32.const 2000)))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $note (i32.const 103) (call $get_shared (i32.const 0) (i32.const 1) (i32.const 1000) (i32.const 1004) (i32.const 2000)))
          (i32.const 0))"#,
        Profile::envoy(),
        Plugin::default(),
        2,
    );
    let [first, second] = fleet.workers_mut() else {
        panic!("two workers");
    };
    send(first, &[]);
    assert!(first.tick());
    send(first, &[]);
    send(second, &[]);
    second.tick();
    first.tick();
    send(first, &[]);
    first.tick();
    assert_eq!(logs(first), ["g01", "s00", "g00", "s08", "g00", "s00"]);
    assert_eq!(logs(second), ["g00", "s00"]);
    assert_eq!(
        fleet.world().shared_value("bailiwick", b"k"),
        Some(b"k".to_vec())
    );
}

#[test]
fn callouts_need_a_known_cluster_and_three_headers_and_failures_have_no_headers() {
    // Pairs `:method: GET`, `:path: /`, `:authority: a`, and without the last.
    let mut fleet = fleet_of(
        r#"(data (i32.const 0) "keys") (data (i32.const 8) "other")
        (data (i32.const 100) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")
        (data (i32.const 200) "\02\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00:method\00GET\00:path\00/\00")
        (func $fetch (param $cluster i32) (param $size i32) (param $pairs i32) (param $pairs_size i32)
          (call $note (i32.const 99) (call $call (local.get $cluster) (local.get $size) (local.get $pairs) (local.get $pairs_size)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5000) (i32.const 3000))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $fetch (i32.const 8) (i32.const 5) (i32.const 100) (i32.const 60))
          (call $fetch (i32.const 0) (i32.const 4) (i32.const 200) (i32.const 40))
          (call $fetch (i32.const 0) (i32.const 4) (i32.const 100) (i32.const 66))
          (call $fetch (i32.const 0) (i32.const 4) (i32.const 100) (i32.const 66))
          (i32.const 1))
        (func (export "proxy_on_http_call_response") (param i32) (param $token i32) (param $headers i32) (param $size i32) (param i32)
          (call $note (i32.const 104) (local.get $headers))
          (drop (call $status (i32.const 4000) (i32.const 1000) (i32.const 1004)))
          (call $note (i32.const 115) (i32.load (i32.const 4000)))
          (if (local.get $size) (then
            (drop (call $buffer (i32.const 4) (i32.const 0) (local.get $size) (i32.const 1000) (i32.const 1004)))
            (call $note_bytes)
            (drop (call $effective (i32.const 2)))
            (drop (call $resume (i32.const 0))))))"#,
        Profile::envoy(),
        Plugin {
            clusters: vec!["keys".to_owned()],
            ..Plugin::default()
        },
        1,
    );
    let vm = fleet.worker(0).unwrap();
    let id = send(vm, &[]);
    assert_eq!(logs(vm), ["c02", "c02", "c00", "c00"]);
    let calls = vm.callouts().to_vec();
    let [failing, answered] = calls.as_slice() else {
        panic!("two calls");
    };
    assert_eq!(
        (failing.cluster.as_str(), failing.path().as_str()),
        ("keys", "/")
    );
    assert!(vm.answer(failing.token, CalloutAnswer::Failed));
    assert_eq!(vm.stream(id).unwrap().outcome(), Outcome::Waiting);
    assert!(vm.answer(
        answered.token,
        CalloutAnswer::response(200, "text/plain", "yes")
    ));
    assert!(!vm.answer(answered.token, CalloutAnswer::Failed));
    assert_eq!(logs(vm).split_off(4), ["h00", "s11", "h03", "s00", "yes"]);
    assert!(matches!(
        vm.stream(id).unwrap().outcome(),
        Outcome::Forwarded(_)
    ));
}

#[test]
fn time_is_the_tests_and_ticks_need_a_period() {
    let body = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $time (i32.const 500)))
          (call $note (i32.const 116) (i32.load (i32.const 500)))
          (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 508)))
          (call $note (i32.const 99) (i32.load (i32.const 508)))
          (i32.const 0))
        (func (export "proxy_on_tick") (param i32) (call $note (i32.const 116) (i32.const 0)))"#;
    let mut fleet = fleet(body);
    fleet.world().set_now(UnixNanos(42));
    let vm = fleet.worker(0).unwrap();
    assert!(!vm.tick());
    send(vm, &[]);
    assert_eq!(logs(vm), ["t42", "c42"]);
}

#[test]
fn counters_reject_what_does_not_grow_them() {
    let mut fleet = fleet(
        r#"(data (i32.const 0) "hits")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $define (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 700)))
          (call $note (i32.const 97) (call $increment (i32.load (i32.const 700)) (i64.const 3)))
          (call $note (i32.const 98) (call $increment (i32.load (i32.const 700)) (i64.const 0)))
          (call $note (i32.const 99) (call $increment (i32.load (i32.const 700)) (i64.const -1)))
          (call $note (i32.const 100) (call $increment (i32.const 99) (i64.const 1)))
          (i32.const 0))"#,
    );
    let vm = fleet.worker(0).unwrap();
    send(vm, &[]);
    assert_eq!(logs(vm), ["a00", "b02", "c02", "d01"]);
    assert_eq!(fleet.world().metric("hits").unwrap().value, 3);
}

#[test]
fn properties_are_given_derived_or_set() {
    let mut fleet = fleet(
        r#"(data (i32.const 0) "connection\00id") (data (i32.const 20) "request\00url_path") (data (i32.const 40) "k")
        (func $show (param $at i32) (param $size i32)
          (call $note (i32.const 115) (call $property (local.get $at) (local.get $size) (i32.const 1000) (i32.const 1004)))
          (call $note_bytes))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $show (i32.const 0) (i32.const 13))
          (call $show (i32.const 20) (i32.const 16))
          (call $note (i32.const 110) (call $property (i32.const 40) (i32.const 1) (i32.const 1000) (i32.const 1004)))
          (drop (call $set_property (i32.const 40) (i32.const 1) (i32.const 40) (i32.const 1)))
          (call $show (i32.const 40) (i32.const 1))
          (i32.const 0))"#,
    );
    let vm = fleet.worker(0).unwrap();
    let id = vm.open([(b"connection\0id".to_vec(), b"9".to_vec())]);
    vm.request_headers(id, [(":path", "/a/b?c")].into_iter().collect(), true);
    assert_eq!(logs(vm), ["s00", "9", "s00", "/a/b", "n01", "s00", "k"]);
    assert_eq!(vm.close(id).unwrap().property(b"k"), Some(b"k".as_slice()));
}

#[test]
fn a_header_that_ends_its_line_is_refused_and_remembered() {
    let mut fleet = fleet(
        r#"(data (i32.const 0) "a\0db")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $note (i32.const 97) (call $add (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 3)))
          (i32.const 0))"#,
    );
    let vm = fleet.worker(0).unwrap();
    send(vm, &[]);
    assert_eq!(logs(vm), ["a02"]);
    assert_eq!(vm.violations().len(), 1);
}

#[test]
fn logs_below_the_level_are_not_taken() {
    let plugin = Plugin {
        log_level: LogLevel::Warn,
        ..Plugin::default()
    };
    let body = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $note (i32.const 97) (i32.const 1)) (i32.const 0))"#;
    let mut fleet = fleet_of(body, Profile::envoy(), plugin, 1);
    let vm = fleet.worker(0).unwrap();
    send(vm, &[]);
    assert_eq!(logs(vm), Vec::<&str>::new());
}

#[test]
fn a_refused_configuration_is_an_outcome() {
    let module = module(
        r#"(func (export "proxy_on_configure") (param i32) (param $size i32) (result i32) (i32.eqz (local.get $size)))"#,
    );
    for (name, configuration, expected) in [
        ("empty", "", Start::Running),
        ("something", "{}", Start::Refused),
    ] {
        let plugin = Plugin {
            configuration: configuration.into(),
            ..Plugin::default()
        };
        let mut fleet = Fleet::new(&module, Profile::envoy(), plugin, 1, UnixNanos(0));
        assert_eq!(fleet.start(), Ok(expected), "{name}");
    }
}

#[test]
fn a_module_that_wants_what_hosts_do_not_have_is_refused() {
    let bytes =
        wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "path_open" (func)))"#).unwrap();
    let error = Module::compile(&bytes, None).err().unwrap();
    assert!(error.to_string().contains("path_open"), "{error}");
}
