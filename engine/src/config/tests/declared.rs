//! Declared parameters that can't be.

use serde_json::{Value, json};

use super::{read, small};

#[test]
fn what_has_a_credential_is_no_parameter() {
    let with_field = |name: &str| {
        let mut headers = json!({});
        headers[name] = json!({"type": "string"});
        let mut config = small();
        config["credential"] = json!({"header": "x-agent-token"});
        config["routes"][0] = json!({"name": "orders", "path": "/*", "http": {"operations": [
            {"name": "read", "method": "GET", "path": "/a", "parameters": {"headers": headers}},
        ]}});
        config
    };
    let refused = |config: &Value| read(config).err();
    for name in [
        "authorization",
        "cookie2",
        "signature",
        "txn-token",
        "workload-identity-token",
        "x-agent-token",
        "x-forwarded-client-cert",
    ] {
        let place = "routes[0].http.operations[0].parameters.headers";
        let expected = format!(
            "{place}.{name}: `{name}` is no parameter: it has a credential, or frames the message"
        );
        assert_eq!(refused(&with_field(name)), Some(vec![expected]), "{name}");
    }
    assert_eq!(refused(&with_field("x-tenant")), None);
}
