//! How a message is to be answered, and where an agent is to send what comes of a task.

use std::borrow::Cow;

use super::names::{AUTHENTICATION, CONFIGURATION, PUSH_CONFIG, absent, check_scalars, spelled};
use super::{A2aVersion, OperationError, Writing, check_ids, refusal, rename, take_object};
use crate::json::{Object, Value};

/// A message's configuration.
pub(super) fn configuration<'a>(
    version: A2aVersion,
    writing: Writing,
    given: Object<'a>,
) -> Result<Object<'a>, OperationError> {
    const PLACE: &str = "params.configuration";
    let (old, new) = ("pushNotificationConfig", "taskPushNotificationConfig");
    let mut configuration = spelled(PLACE, given, CONFIGURATION, writing)?;
    check_scalars(&mut configuration)?;
    absent(PLACE, &configuration, &["id", "taskId", "contextId"])?;
    match version {
        A2aVersion::V0_3 => {
            absent(PLACE, &configuration, &[new, "returnImmediately"])?;
            rename(&mut configuration, old, new)?;
            let blocking = configuration.remove("blocking");
            if let Some(blocking) = blocking.as_ref().and_then(Value::as_bool) {
                let at_once = (Cow::Borrowed("returnImmediately"), Value::Bool(!blocking));
                configuration.0.push(at_once);
            }
        }
        A2aVersion::V1_0 => absent(PLACE, &configuration, &[old, "blocking"])?,
    }
    if let Some(push) = take_object(&mut configuration, new)? {
        let place = "params.configuration.taskPushNotificationConfig";
        let push = push_config(version, writing, place, push)?;
        let push = (Cow::Borrowed(new), Value::Object(push));
        configuration.0.push(push);
    }
    Ok(configuration)
}

/// A push notification configuration.
pub(super) fn push_config<'a>(
    version: A2aVersion,
    writing: Writing,
    place: &'static str,
    given: Object<'a>,
) -> Result<Object<'a>, OperationError> {
    let mut config = spelled(place, given, PUSH_CONFIG, writing)?;
    check_ids(place, &mut config)?;
    authentication(version, writing, &mut config)?;
    Ok(config)
}

/// How the agent is to show who it is, in a push notification configuration.
pub(super) fn authentication(
    version: A2aVersion,
    writing: Writing,
    config: &mut Object<'_>,
) -> Result<(), OperationError> {
    const PLACE: &str = "authentication";
    let Some(given) = take_object(config, PLACE)? else {
        return Ok(());
    };
    let mut given = spelled(PLACE, given, AUTHENTICATION, writing)?;
    match version {
        A2aVersion::V0_3 => {
            absent(PLACE, &given, &["scheme"])?;
            let schemes = given.remove("schemes");
            let are_none = |all: &Value<'_>| {
                *all == Value::Null || all.as_array().is_some_and(<[Value<'_>]>::is_empty)
            };
            if let Some(schemes) = schemes.filter(|all| !are_none(all)) {
                let found = schemes.kind();
                let scheme = only(schemes)
                    .ok_or_else(|| refusal("authentication.schemes", "one text", Some(found)))?;
                given.0.push((Cow::Borrowed("scheme"), scheme));
            }
        }
        A2aVersion::V1_0 => absent(PLACE, &given, &["schemes"])?,
    }
    let given = (Cow::Borrowed(PLACE), Value::Object(given));
    config.0.push(given);
    Ok(())
}

/// The one text of an array.
fn only(texts: Value<'_>) -> Option<Value<'_>> {
    let Value::Array(all) = texts else {
        return None;
    };
    let [one] = <[Value<'_>; 1]>::try_from(all).ok()?;
    one.as_str().is_some().then_some(one)
}
