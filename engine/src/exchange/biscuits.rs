//! Calls that come with a Biscuit: as a warrant, or where other credentials stand.

use std::rc::Rc;
use std::sync::Arc;

use super::judge::{Refused, Unadmitted, fallen, of_part};
use super::warranted::meets_route;
use super::{Request, Step};
use crate::credential::{Place, Presented};
use crate::decision::{Denial, Reason};
use crate::delegation::biscuit::Rules;
use crate::delegation::biscuit::ambient::{Call, Http};
use crate::delegation::biscuit::error::{JudgeError, VerifyError};
use crate::delegation::biscuit::token::Token;
use crate::delegation::warrant;
use crate::digest::Digest;
use crate::identity::binding::Possession;
use crate::identity::caller::Caller;
use crate::identity::documents::Generation;
use crate::identity::error::IdentityError;
use crate::identity::holder::{self, Carrying};
use crate::identity::standing::{self, Standing};
use crate::identity::verified::Verified;
use crate::operation::path::NormalPath;
use crate::operation::route::terms::Warrants;
use crate::operation::{self, Operation, Protocol, Resource};
use crate::time::UnixTime;
use crate::tokens::{Admitted, TokenKey};

/// When a token ends of whose end nothing is known, for what can't do without: the end of the year 9999. Its checks are asked for
/// every call.
const NEVER: UnixTime = UnixTime(253_402_300_799);

/// A Biscuit as it was presented.
#[derive(Clone, Copy)]
pub(super) struct Carried<'r> {
    text: &'r str,
    digest: Digest,
    key: Digest,
    /// Is it the caller's credential, and no warrant?
    is_credential: bool,
}

impl<'r> Carried<'r> {
    /// One that stands where warrants do.
    pub(super) fn warrant(text: &'r str) -> Self {
        let digest = Digest::of(text.as_bytes());
        Self {
            text,
            digest,
            // Not the digest of any token that stands elsewhere.
            key: Digest::of_parts(&[b"biscuit", digest.as_bytes()]),
            is_credential: false,
        }
    }

    fn credential(presented: &Presented<'r>) -> Self {
        Self {
            text: presented.token(),
            digest: presented.digest(),
            key: presented.digest(),
            is_credential: true,
        }
    }

    fn remembered_by(&self, request: &Request) -> TokenKey {
        TokenKey {
            route: Arc::clone(&request.route.route),
            credential: self.key,
            place: Place::Credential,
        }
    }

    fn refused(&self, error: &VerifyError) -> Refused {
        let denial = if self.is_credential {
            Denial::from(error)
        } else {
            // Whoever hears `invalid_token` takes its own credential for bad.
            Denial::from(Reason::WarrantInvalid).with_detail(&error.to_string())
        };
        Refused {
            credential: Some(self.digest),
            ..Refused::from(denial)
        }
    }
}

impl Step<'_> {
    /// The Biscuit that stands where other credentials do, on a route that takes such. It never has a dot, and every signed JWT
    /// has two, so that nothing is taken for both.
    pub(super) fn biscuit<'r>(
        &self,
        request: &Request,
        presented: &Presented<'r>,
    ) -> Option<Carried<'r>> {
        let rules = self.instance.gate.warrants()?;
        let taken = rules.biscuit.is_some()
            && request.route.terms.warrants != Warrants::Ignore
            && presented.place() == Place::Credential
            && !presented.token().contains('.');
        taken.then(|| Carried::credential(presented))
    }

    /// A Biscuit by itself, from memory where it was verified before. Whether it was revoked is asked every time, and so is
    /// whether it counts on this route.
    pub(super) fn by_biscuit(
        &mut self,
        request: &Request,
        carried: &Carried<'_>,
    ) -> Result<Standing<Rc<Admitted>>, Unadmitted> {
        let admitted = self.known_biscuit(request, carried)?;
        meets_route(request, &admitted).map_err(|error| Refused {
            credential: Some(carried.digest),
            caller: Some(admitted.caller.clone()),
            chain: Some(admitted.chain.clone()),
            ..Refused::from(Denial::from(&error))
        })?;
        standing::check_revocations(Rc::clone(&admitted), &mut self.instance.trust, self.now)
            .map_err(|error| fallen(&admitted, &error))
    }

    fn known_biscuit(
        &mut self,
        request: &Request,
        carried: &Carried<'_>,
    ) -> Result<Rc<Admitted>, Unadmitted> {
        // The roots are the configuration's, which stands as long as what is remembered by it.
        let known = |_: &Admitted| Some(Generation::default());
        let key = carried.remembered_by(request);
        if let Some(admitted) = self.instance.tokens.get(&key, known, self.now) {
            return Ok(admitted);
        }
        let warrants = self.instance.gate.warrants().cloned();
        let Some((warrants, rules)) = warrants
            .as_ref()
            .and_then(|all| all.biscuit.as_ref().map(|rules| (all, rules)))
        else {
            return Err(
                Refused::from(&warrant::WarrantError::OtherFormat { format: "biscuit" }).into(),
            );
        };
        let token = rules
            .verify(carried.text, self.now)
            .map_err(|error| carried.refused(&error))?;
        let caller = caller(warrants, rules, &token, carried.digest)
            .ok_or_else(|| Refused::from(&warrant::WarrantError::Missing))?;
        let ceilings = &self.instance.gate.config().delegation.ceilings;
        let named = [token.user(), token.agent()].into_iter().flatten();
        let hops = token.chain().clone().with_ceilings(ceilings, named);
        let admitted = self
            .of_chain(request, caller, hops)
            .map_err(|mut refused| {
                refused.credential = Some(carried.digest);
                Unadmitted::Refused(refused)
            })?;
        Ok(Rc::new(admitted.by_biscuit(token, !carried.is_credential)))
    }

    /// Remembers a Biscuit once its holder was proven, or a call by it was permitted: whoever has one can make any number of them.
    pub(super) fn remember_biscuit(
        &mut self,
        request: &Request,
        carried: &Carried<'_>,
        admitted: &Rc<Admitted>,
    ) {
        let text = carried.is_credential.then_some(carried.text);
        let until = admitted.caller.expires_at;
        let key = carried.remembered_by(request);
        let (cache, generation) = (&mut self.instance.tokens, Generation::default());
        cache.insert(key, text, Rc::clone(admitted), until, generation);
    }

    /// Is the call within what a Biscuit grants, and do all its checks allow it? `possession` is what was proven beside it.
    pub(super) fn within_biscuit(
        &self,
        request: &Request,
        admitted: &Admitted,
        possession: Option<&Possession>,
        operation: &Operation<'_>,
    ) -> Result<(), Box<Denial>> {
        let Some(token) = &admitted.biscuit else {
            return Ok(());
        };
        for (followed, number) in operation.followed().zip(1..) {
            self.within_biscuit(request, admitted, possession, &followed)
                .map_err(|denial| Box::new(of_part(operation, number, *denial)))?;
        }
        if !operation.messages.is_empty() {
            return Ok(());
        }
        self.ask_biscuit(request, token, possession, operation, |call| {
            token.permits(call).map(drop)
        })
    }

    /// Could a call be within it, with some arguments? Takes what that costs from the steps that are left for a list.
    pub(super) fn could_be_within_biscuit(
        &self,
        request: &Request,
        admitted: &Admitted,
        possession: Option<&Possession>,
        operation: &Operation<'_>,
        steps: &mut u64,
    ) -> bool {
        admitted.biscuit.as_ref().is_none_or(|token| {
            let judge = |call: &Call<'_>| token.could_permit(call, steps);
            self.ask_biscuit(request, token, possession, operation, judge)
                .is_ok()
        })
    }

    fn ask_biscuit(
        &self,
        request: &Request,
        token: &Token,
        possession: Option<&Possession>,
        operation: &Operation<'_>,
        judge: impl FnOnce(&Call<'_>) -> Result<(), JudgeError>,
    ) -> Result<(), Box<Denial>> {
        let keys = self.proven_keys(request, token, possession)?;
        let (resource, tool, server) = named(&operation.resource);
        let server = server.filter(|_| operation.action.is_any_use());
        let arguments = operation.called_with();
        let path = NormalPath::of_target(request.head.target()).ok();
        let host = operation::host_of_authority(request.head.authority()).unwrap_or_default();
        let http = (operation.protocol == Protocol::Http).then(|| Http {
            method: request.head.method(),
            host: &host,
            path: path.as_ref().map_or("", NormalPath::as_str),
        });
        let call = Call {
            time: self.now,
            operation: operation.action.name(),
            resource: Some(&resource),
            tool,
            arguments: arguments.as_deref(),
            http,
            server,
            service: request.route.audience.as_deref(),
            keys: &keys,
        };
        judge(&call).map_err(|error| Box::new(Denial::from(&error)))
    }

    /// The keys that whoever sends a request has proven, as far as the token asks for them.
    fn proven_keys(
        &self,
        request: &Request,
        token: &Token,
        possession: Option<&Possession>,
    ) -> Result<Vec<Digest>, Box<Denial>> {
        if !token.asks_for_keys() {
            return Ok(Vec::new());
        }
        let mut keys: Vec<_> = possession.and_then(Possession::key).into_iter().collect();
        keys.extend(self.client_certificate(request)?);
        keys.dedup();
        Ok(keys)
    }

    /// The digest of the client's certificate, where its connection has one.
    pub(super) fn client_certificate(
        &self,
        request: &Request,
    ) -> Result<Option<Digest>, Box<Denial>> {
        let certificates = self.instance.gate.certificates();
        let found = certificates.of_client(&request.head, self.host.connection);
        found
            .map(|found| found.map(|certificate| certificate.digest))
            .map_err(|error| Box::new(Denial::from(&IdentityError::from(error))))
    }
}

/// What is asked for, by its name in policies; the tool's own name; and the server, where it is one.
fn named(resource: &Resource) -> (String, Option<&str>, Option<&str>) {
    match resource {
        Resource::Tool { server, tool } => (format!("{server}/{tool}"), Some(tool), None),
        Resource::McpResource { server, uri: name }
        | Resource::Prompt {
            server,
            prompt: name,
        } => (format!("{server}/{name}"), None, None),
        Resource::Server { server } => (server.to_string(), None, Some(server)),
        Resource::A2aAgent { agent } => (agent.to_string(), None, None),
        Resource::Route { route, .. } => (route.to_string(), None, None),
    }
}

/// Whoever carries the token; none where its root has no name, which no configuration leaves open.
fn caller(
    warrants: &warrant::Rules,
    rules: &Rules,
    token: &Token,
    digest: Digest,
) -> Option<Verified<Caller>> {
    let root = token.root();
    let first = token.chain().hops().first()?;
    let id = token.revocation_ids().last();
    Some(holder::carrier(Carrying {
        domain: warrants.domain(&root.issuer)?.clone(),
        issuer: &root.issuer,
        subject: &first.subject,
        agent: token.agent(),
        user: token.user(),
        is_person: rules.users_are_people && token.user().is_some(),
        scopes: token.scopes(),
        audience: token.audience(),
        holder: token.holder(),
        expires_at: token.expires_at().unwrap_or(NEVER),
        id: id.map(|id| id.as_str()),
        root: (root.key.algorithm(), root.id),
        digest,
    }))
}
