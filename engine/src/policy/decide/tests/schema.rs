//! What is put to Cedar is never validated at run time, so it is here.

use cedar_policy::{Entities, Request, Schema};
use proptest::prelude::*;

use crate::delegation::act::TokenRules;
use crate::delegation::chain::Chain;
use crate::delegation::mission;
use crate::identity::caller::Caller;
use crate::identity::ci::{CiFact, CiFacts};
use crate::identity::replay::tests::HostStore;
use crate::identity::verified::Verified;
use crate::identity::workload_id::WorkloadId;
use crate::json::Value;
use crate::operation::{Action, Operation, Resource};
use crate::policy::Facts;
use crate::policy::SCHEMA;
use crate::policy::session::Sessions;
use crate::policy::session::service::Across;
use crate::policy::session::tests::{key, labelled, rules};
use crate::policy::tests::{FACTS, ask, call, caller, fetch, json, load_with, of_agent, prepare};

/// Policies that look at everything, so that nothing is left out of the request.
const ALL_SEEING: &str = r#"
    permit(principal, action, resource) when { context == context };
    permit(principal, action == Action::"call_tool", resource) when { context.arguments.hasTag(context.request.host) };
"#;

/// Is what is put to Cedar what the schema says?
fn fits_the_schema(caller: Caller, operation: &Operation<'_>) -> Result<(), String> {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).unwrap();
    let policies = load_with(ALL_SEEING, &labelled()).unwrap();
    let store = HostStore::default();
    let sessions = Sessions::new(rules(1024), &policies, &store);
    let session = sessions.session(key("t-1"), &store, FACTS.now, &Across::Alone);
    let done = sessions.done(&policies, &call("read", "{}"));
    session.record(&done).map_err(|e| format!("{e:?}"))?;
    session.forget();
    // The same user twice, and another one, make no difference.
    let transaction = Verified::assumed(transaction_of(&caller));
    let chain = Chain::from_caller(&transaction, TokenRules::unlimited()).unwrap();
    let facts = Facts {
        transaction: Some(&transaction),
        session: Some(&session),
        warrant: Some((&transaction, &chain)),
        ..FACTS
    };
    let principal = prepare(&policies, caller);
    let setting = policies.setting(&principal, operation).unwrap();
    let slice = &setting.slice;
    let question = policies
        .question(&setting, slice, &principal, operation, &facts)
        .map_err(|e| e.to_string())?;
    let request = &question.request;
    Request::new(
        request.principal().unwrap().clone(),
        request.action().unwrap().clone(),
        request.resource().unwrap().clone(),
        request.context().unwrap().clone(),
        Some(&schema),
    )
    .map_err(|e| e.to_string())?;
    let entities = question.entities.iter().cloned();
    Entities::from_entities(entities, Some(&schema)).map_err(|e| e.to_string())?;
    Ok(())
}

/// The same caller's as a transaction token would have it.
fn transaction_of(caller: &Caller) -> Caller {
    Caller {
        agent: Some("spiffe://acme.example/front".to_owned()),
        task: Some("t-97".to_owned()),
        ..caller.clone()
    }
}

#[test]
fn every_action_fits_the_schema() {
    let mut bare = caller();
    (bare.user, bare.client, bare.task, bare.issued_at) = (None, None, None, None);
    (bare.purpose, bare.tools) = (None, None);
    let mut workload = caller();
    workload.workload = WorkloadId::parse("spiffe://acme.example/agent").ok();
    let mut job = caller();
    let facts = CiFact::ALL.map(|fact| (fact, "x".to_owned()));
    job.ci = Some(CiFacts::assumed("ci", facts.to_vec()));
    let everything = r#"{"s":"x","n":1,"d":1.5,"h":1e99,"b":true,"z":null,"a":["x"],"m":[1],"e":[],"o":{"i":{}}}"#;
    let mut delegated = caller();
    delegated.act = Some(json(r#"{"sub":"b","act":{"sub":"a","iss":"x"}}"#).into_owned());
    let mut tasked = caller();
    let details = json("[]");
    let hash = mission::hash("i", &details).unwrap().to_base64url();
    let claim = format!(r#"{{"id":"m","issuer":"i","authority_hash":"sha-256:{hash}"}}"#);
    tasked.mission = Some(json(&claim).into_owned());
    tasked.authorization_details = Some(details);
    for operation in [
        ask(Action::Initialize),
        ask(Action::Ping),
        ask(Action::Notify),
        ask(Action::ListTools),
        call("x", everything),
        fetch(&[("id", "1")]),
        of_agent(Action::SendMessage, everything),
        of_agent(Action::GetAgentTask, everything),
        of_agent(Action::SetPushConfig, everything),
        of_agent(Action::GetAgentCard, "{}"),
    ] {
        for caller in [&caller(), &bare, &workload, &job, &delegated, &tasked] {
            assert_eq!(
                fits_the_schema(caller.clone(), &operation),
                Ok(()),
                "{:?}",
                operation.action
            );
        }
    }
}

/// Any text, with a liking for what breaks things.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\"\\\\/~%\\x00-\\x1f:]{0,8}",
        Just("x".repeat(2_000)),
    ]
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        odd().prop_map(|text| Value::String(text.into())),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,8})?([eE][-+]?[0-9]{1,25})?"
            .prop_map(|text| json(&text).into_owned()),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(odd(), inner, 0..4).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.into(), value));
                Value::Object(crate::json::Object(members.collect()))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_asked_fits_the_schema(
        (tool, subject, agent, group) in (odd(), odd(), odd(), odd()),
        arguments in prop::collection::btree_map(odd(), value(), 0..4),
    ) {
        let mut caller = caller();
        caller.subject = subject.clone();
        (caller.agent, caller.user) = (Some(agent), Some(subject));
        caller.groups = vec![group.clone()];
        caller.scopes = vec![group];
        let mut operation = call("", "{}");
        operation.resource = Resource::Tool { server: "shop".into(), tool };
        let members = arguments.into_iter().map(|(name, value)| (name.into(), value));
        operation.arguments = Some(crate::json::Object(members.collect()));
        prop_assert_eq!(fits_the_schema(caller, &operation), Ok(()));
    }
}
