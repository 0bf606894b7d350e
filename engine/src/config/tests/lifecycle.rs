//! When credentials end before they expire.

use serde_json::json;

use super::{read, with};
use crate::time::{Seconds, UnixTime};

#[test]
fn moments_are_seconds_or_timestamps() {
    for moment in [json!(1_795_499_162), json!("2026-11-24T05:46:02Z")] {
        let config = read(&with("/issuers/0/not_issued_before", moment)).unwrap();
        let lifecycle = &config.issuers[0].lifecycle;
        assert_eq!(lifecycle.not_issued_before, Some(UnixTime(1_795_499_162)));
        assert_eq!(lifecycle.max_age, None);
    }
    let config = read(&with("/issuers/0/max_age_seconds", json!(600))).unwrap();
    assert_eq!(config.issuers[0].lifecycle.max_age, Some(Seconds(600)));
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    let place = |extra: serde_json::Value| {
        let mut place = json!({"cluster": "status"});
        place
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({"lists": [place]})
    };
    let prefix = "issuers[0].status.lists[0].url_prefix: expected an address that ends in `/`, without a query";
    let either = "issuers[0].status.lists[0]: expected either `url` or `url_prefix`";
    for (pointer, value, expected) in [
        (
            "/issuers/0/max_age_seconds",
            json!(0),
            "issuers[0].max_age_seconds: 0 is not within 1 to 2592000",
        ),
        (
            "/issuers/0/not_issued_before",
            json!("yesterday"),
            "issuers[0].not_issued_before: `yesterday` is not a moment in UTC such as `2026-11-24T05:46:02Z`",
        ),
        (
            "/issuers/0/not_issued_before",
            json!(true),
            "issuers[0].not_issued_before: expected seconds since 1970, or a timestamp such as `2026-11-24T05:46:02Z`, found a boolean",
        ),
        (
            "/issuers/0/status",
            json!({"check": "required"}),
            "issuers[0].status.lists: at least one is needed: with none, no token could be accepted",
        ),
        (
            "/issuers/0/status",
            json!({"max_list_bytes": 63}),
            "issuers[0].status.max_list_bytes: 63 is not within 64 to 16777216",
        ),
        ("/issuers/0/status", place(json!({})), either),
        (
            "/issuers/0/status",
            place(json!({"url": "https://a.example/1", "url_prefix": "https://a.example/"})),
            either,
        ),
        (
            "/issuers/0/status",
            place(json!({"url_prefix": "https://a.example/s"})),
            prefix,
        ),
        (
            "/issuers/0/status",
            place(json!({"url_prefix": "https://a.example"})),
            prefix,
        ),
        (
            "/issuers/0/status",
            place(json!({"url_prefix": "https://a.example/?/"})),
            prefix,
        ),
        (
            "/issuers/0/status",
            place(json!({"url": "https://a.example/1", "min_refresh_seconds": 301})),
            "issuers[0].status.lists[0].min_refresh_seconds: it is longer than `refresh_seconds`",
        ),
        (
            "/revocations",
            json!({"inline": {"agents": [{"agnet": "acme/bot"}]}}),
            "revocations.inline: `agents[0].agnet`: unknown member",
        ),
        (
            "/revocations",
            json!({"remote": {"url": "revoked.json", "cluster": "ops"}}),
            "revocations.remote.url: `revoked.json` is not an `https` URL without user and fragment",
        ),
    ] {
        let found = read(&with(pointer, value)).map(|_| ()).unwrap_err();
        assert_eq!(found, [expected], "{pointer}");
    }
}

#[test]
fn every_default_that_protects_is_missed_loudly() {
    let list = json!({"url": "http://a.example/1", "cluster": "status", "grace_seconds": 61});
    for (pointer, value, expected) in [
        (
            "/issuers/0/status",
            json!({"check": "ignore"}),
            vec!["issuers[0].status.check: tokens are accepted until they expire"],
        ),
        (
            "/issuers/0/status",
            json!({"lists": [list]}),
            vec![
                "issuers[0].status.lists[0].url: status lists are fetched without TLS",
                "issuers[0].status.lists[0].grace_seconds: 61 is more than the default of 60",
            ],
        ),
        (
            "/revocations",
            json!({"required": false}),
            vec!["revocations.required: as long as the fetched deny-list can't be had"],
        ),
    ] {
        let config = read(&with(pointer, value)).unwrap();
        let loosened = config.loosened();
        assert_eq!(loosened.len(), expected.len(), "{loosened:?}");
        for (line, expected) in loosened.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
    }
}
