//! Where a request stands among the policies, and what is known of it beside what it brings along.

use std::rc::Rc;

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};

use super::Policies;
use super::declared::Attributes;
use super::denial::PolicyDenial;
use super::principal::Principal;
use super::scope::Slice;
use super::vocabulary::{scoped, uid};
use crate::operation::{Operation, Resource};

/// Where a request stands among all policies.
pub(super) struct Place {
    /// The policies that can apply.
    pub(super) slice: Rc<Slice>,
    resource: EntityUid,
    /// What the resource is in.
    within: Vec<EntityUid>,
}

/// What is known beside what a request itself brings along.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// The policies that can apply.
    pub(super) slice: Rc<Slice>,
    /// What is declared of the call and looked at.
    pub(super) declared: Option<Rc<Attributes>>,
    pub(super) resource: EntityUid,
    /// The principal with what belongs to it, the action, and the resource.
    pub(super) entities: Rc<Entities>,
}

impl Policies {
    /// What is the same for every request of one principal for one action on one resource; from memory where it was made
    /// before.
    pub(super) fn setting(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
    ) -> Result<Setting, PolicyDenial> {
        if let Some(setting) = principal.settings.get(operation) {
            return Ok(setting);
        }
        let setting = self.setting_at(principal, operation, self.place(principal, operation)?)?;
        // Where it is, the verdict is remembered, and the setting not needed again.
        if !setting.slice.is_constant() {
            principal.settings.put(operation, setting.clone());
        }
        Ok(setting)
    }

    /// Where a request stands, by its scope alone.
    pub(super) fn place(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
    ) -> Result<Place, PolicyDenial> {
        let action = self.names.action(operation.action);
        let resource = self.resource(&operation.resource);
        let within = self.around(operation, &resource);
        let of = (&resource, within.as_slice());
        let slice = self
            .slices
            .of(&self.rules, &principal.matching, action, of)
            .map_err(|_| PolicyDenial::UNPRESENTABLE)?;
        Ok(Place {
            slice,
            resource,
            within,
        })
    }

    /// Of a resource there is an entity where anything is known of it.
    pub(super) fn setting_at(
        &self,
        principal: &Principal,
        operation: &Operation<'_>,
        place: Place,
    ) -> Result<Setting, PolicyDenial> {
        let Place {
            slice,
            resource,
            within,
        } = place;
        let mut more = Vec::with_capacity(2);
        let action = self.names.action(operation.action);
        more.extend(self.actions.get(action).cloned());
        more.extend(known(&operation.resource, &resource, &within)?);
        let entities = principal.entities.clone().add_entities(more, None);
        Ok(Setting {
            declared: self.attributes(&resource, &slice),
            slice,
            resource,
            entities: Rc::new(entities.map_err(|_| PolicyDenial::UNPRESENTABLE)?),
        })
    }

    /// What is declared of a call and looked at; none where that is nothing.
    fn attributes(&self, resource: &EntityUid, slice: &Slice) -> Option<Rc<Attributes>> {
        let (holder, record) = self.declared.of(&self.names, resource)?;
        let attributes = Attributes::new(holder, record, |name| slice.attribute(name));
        (!attributes.is_empty()).then(|| Rc::new(attributes))
    }

    /// What the operation's resource is in: the server of a tool, a resource or a prompt, groups, and labels.
    fn around(&self, operation: &Operation<'_>, uid_of: &EntityUid) -> Vec<EntityUid> {
        let is_call = !operation.action.is_idle();
        let of_server = |server: &str| {
            let labels = is_call.then(|| self.membership.of_server(server));
            labels.unwrap_or_default().iter().cloned()
        };
        let mut within = match &operation.resource {
            Resource::Tool { server, .. }
            | Resource::McpResource { server, .. }
            | Resource::Prompt { server, .. } => {
                let server_uid = uid(&self.names.server, server);
                std::iter::once(server_uid)
                    .chain(of_server(server))
                    .collect()
            }
            Resource::Server { server } if operation.action.is_about_task() => {
                let of_tools = self.membership.of_answers(server).iter().cloned();
                of_server(server).chain(of_tools).collect()
            }
            Resource::Server { server } => of_server(server).collect(),
            Resource::A2aAgent { agent } if is_call => self.membership.of_behind(agent).to_vec(),
            Resource::A2aAgent { .. } => Vec::new(),
            Resource::Route { route, .. } => self.membership.of_route(route).to_vec(),
        };
        if matches!(operation.resource, Resource::Tool { .. }) {
            let of_tool = self.membership.of_tool(uid_of.id().unescaped());
            within.extend_from_slice(of_tool);
        }
        within
    }

    /// The labels of what an operation is about.
    #[must_use]
    pub fn labels_of(&self, operation: &Operation<'_>) -> Vec<EntityUid> {
        let resource = self.resource(&operation.resource);
        let mut labels = self.around(operation, &resource);
        labels.retain(|of| *of.type_name() == self.names.label);
        labels
    }

    fn resource(&self, resource: &Resource) -> EntityUid {
        let names = &self.names;
        match resource {
            Resource::Tool { server, tool } => uid(&names.tool, &scoped(server, tool)),
            Resource::McpResource { server, uri } => uid(&names.mcp_resource, &scoped(server, uri)),
            Resource::Prompt { server, prompt } => uid(&names.prompt, &scoped(server, prompt)),
            Resource::Server { server } => uid(&names.server, server),
            Resource::A2aAgent { agent } => uid(&names.a2a_agent, agent),
            Resource::Route { route, .. } => uid(&names.route, route),
        }
    }
}

/// A resource with what is known of it, where that is anything.
fn known(
    resource: &Resource,
    uid_of: &EntityUid,
    within: &[EntityUid],
) -> Result<Option<Entity>, PolicyDenial> {
    let attribute = match resource {
        Resource::Tool { tool: name, .. } | Resource::Prompt { prompt: name, .. } => {
            Some(("name", name))
        }
        Resource::McpResource { uri, .. } => Some(("uri", uri)),
        Resource::Server { .. } | Resource::A2aAgent { .. } | Resource::Route { .. } => {
            if within.is_empty() {
                return Ok(None);
            }
            None
        }
    };
    let attribute = attribute.map(|(attribute, value)| {
        let value = RestrictedExpression::new_string(value.clone());
        (attribute.to_owned(), value)
    });
    Entity::new_with_tags(uid_of.clone(), attribute, within.iter().cloned(), [])
        .map(Some)
        .map_err(|_| PolicyDenial::UNPRESENTABLE)
}
