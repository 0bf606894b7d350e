//! What `bailiwick schema import` makes of documents that servers publish.

use std::path::Path;

use crate::folder::Folder;

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    std::fs::read_to_string(examples.join(name)).unwrap()
}

/// A folder with the examples.
fn bench(name: &str) -> Folder {
    let folder = Folder::new(name);
    for example_name in ["tools.json", "openapi.yaml", "typed.yaml"] {
        folder.write(example_name, &example(example_name));
    }
    folder
}

/// A gate with one imported route and a policy.
fn gate(fragment: &str, policy: &str) -> String {
    let indented = fragment.lines().map(|line| format!("    {line}\n"));
    let fragment: String = indented.collect();
    format!(
        "version: 1
issuers:
  - name: acme
    issuer: https://issuer.example
    audiences: [https://shop.example]
    algorithms: [ES256]
    keys: {{ remote: {{ url: https://issuer.example/jwks.json, cluster: issuer }} }}
routes:
  - name: imported
    path: /*
{fragment}policies: '{policy}'
"
    )
}

#[test]
fn policies_are_validated_against_imported_tools() {
    let folder = bench("import-tools");
    let fragment = folder.good("schema import tools.json --server shop");
    let scope = r#"permit (principal, action == Action::"call_tool", resource == Tool::"shop/refund_order")"#;
    for (condition, code, told) in [
        ("context.arguments.amount > 100", 0, ""),
        ("context.arguments.amuont > 100", 1, "attribute `amuont`"),
        (
            r#"context.arguments.amount > "100""#,
            1,
            "expected Long but saw String",
        ),
        (
            r#"context.arguments.currency == Arguments::currency::"GBP""#,
            1,
            "GBP",
        ),
        ("context.arguments.notify", 1, "`e has notify && ..`"),
    ] {
        let policy = format!("{scope} when {{ {condition} }};");
        folder.write("gate.yaml", &gate(&fragment, &policy));
        let ran = folder.run("check gate.yaml", "");
        assert_eq!(ran.code, code, "{condition}: {}{}", ran.out, ran.err);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains(told), "{condition}: {said}");
    }
}

#[test]
fn policies_are_validated_against_imported_operations() {
    let folder = bench("import-openapi");
    let ran = folder.run("schema import openapi.yaml", "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for note in [
        "note: #/paths/~1orders/post/requestBody: bodies of plain HTTP pass unseen\n",
        "note: #/paths/~1orders~1{order-id}/get/parameters/session: cookies are not judged\n",
        "note: #/paths/~1orders~1{order-id}/get/parameters/order-id: it is called `order_id`, as routes can name it\n",
        "note: #/paths/~1orders~1{order-id}/delete: it has no `operationId`, so it is called `delete_orders_order-id`\n",
    ] {
        assert!(ran.err.contains(note), "{note}\n{}", ran.err);
    }
    for (resource, condition, code) in [
        ("read_order", "context.parameters.path.order_id < 1000", 0),
        (
            "read_order",
            "context.parameters.path.order_id like \"1*\"",
            1,
        ),
        (
            "list_orders",
            "context.parameters.query has limit && context.parameters.query.limit <= 100",
            0,
        ),
        ("list_orders", "context.parameters.query.limit <= 100", 1),
        (
            "list_orders",
            r#"context.parameters.headers["x-tenant"] == "acme""#,
            0,
        ),
    ] {
        let scope = format!(
            r#"permit (principal, action == Action::"http_request", resource == Route::"{resource}")"#
        );
        let policy = format!("{scope} when {{ {condition} }};");
        folder.write("gate.yaml", &gate(&ran.out, &policy));
        let checked = folder.run("check gate.yaml", "");
        assert_eq!(
            checked.code, code,
            "{condition}: {}{}",
            checked.out, checked.err
        );
    }
}

#[test]
fn a_document_is_the_same_as_json_and_as_yaml() {
    let folder = bench("import-formats");
    folder.write("tools.yaml", &example("tools.json"));
    let import = |arguments: &str| {
        let printed = folder.good(&format!("schema import {arguments}"));
        let (_, fragment) = printed.split_once('\n').unwrap();
        fragment.to_owned()
    };
    let by_look = import("tools.json");
    assert_eq!(import("tools.yaml"), by_look);
    assert_eq!(import("tools.json --format tools"), by_look);
}

#[test]
fn each_resource_has_its_schema() {
    let folder = bench("import-cedar");
    folder.good("schema import tools.json --server shop --cedar schemas");
    let text = folder.read("schemas/shop_refund_order.cedarschema");
    for line in [
        r#"// Of policies with `resource == Tool::"shop/refund_order"`, in place of `entity Arguments` in bailiwick.cedarschema."#,
        "  amount: Long,",
        "  currency: Arguments::currency,",
        "  not_before?: datetime,",
        "} tags Argument;",
        r#"  entity currency enum ["EUR", "USD"];"#,
    ] {
        assert!(
            text.lines().any(|found| found.trim() == line.trim()),
            "{line}\n{text}"
        );
    }
}

#[test]
fn the_example_is_what_is_imported() {
    let folder = bench("import-example");
    let ran = folder.run("check typed.yaml", "");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_no_such_document_is_an_error() {
    let folder = bench("import-errors");
    folder.write("twice.json", r#"{"tools": [], "tools": []}"#);
    folder.write("swagger.json", r#"{"swagger": "2.0"}"#);
    folder.write("other.json", "{}");
    for (arguments, told) in [
        ("none.json", "none.json: "),
        ("twice.json", "stands in its object twice"),
        ("swagger.json", "says `2.0`"),
        ("other.json", "say what it is with `--format`"),
        (
            "openapi.yaml --format tools",
            "this is no `tools/list` result",
        ),
        ("tools.json --format openapi", "this is no OpenAPI document"),
    ] {
        let ran = folder.run(&format!("schema import {arguments}"), "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments}");
        assert!(ran.err.contains(told), "{arguments}: {}", ran.err);
    }
    let ran = folder.run("schema import tools.json --server a/b", "");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("mcp.server: "), "{}", ran.err);
}
