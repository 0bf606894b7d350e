//! Requests whose sender is known by the client certificate alone.

use std::rc::Rc;
use std::sync::Arc;

use super::judge::{Refused, Unadmitted, fallen};
use super::{Request, Step};
use crate::credential::Place;
use crate::digest::Digest;
use crate::identity::certificate::{ClientCertificate, svid};
use crate::identity::documents::Generation;
use crate::identity::error::IdentityError;
use crate::identity::standing::{self, Standing};
use crate::tokens::{Admitted, TokenKey};

impl Step<'_> {
    /// The client's certificate, where its connection has one and the route takes it for a credential.
    pub(super) fn certificate(
        &self,
        request: &Request,
    ) -> Result<Option<ClientCertificate>, Unadmitted> {
        if !request.route.terms.certificate_callers {
            return Ok(None);
        }
        let rules = self.instance.gate.certificates();
        let found = rules.of_client(&request.head, self.host.connection);
        found.map_err(|error| Refused::from(&IdentityError::from(error)).into())
    }

    /// Who holds a certificate that is itself the credential, and stands.
    pub(super) fn certified(
        &mut self,
        request: &Request,
        certificate: &ClientCertificate,
    ) -> Result<Standing<Rc<Admitted>>, Unadmitted> {
        let admitted = self.known_by(request, certificate)?;
        standing::check_revocations(Rc::clone(&admitted), &mut self.instance.trust, self.now)
            .map_err(|error| fallen(&admitted, &error))
    }

    /// What the certificate says, from memory where it was examined before: its digest is it, so it needs not be shown again.
    fn known_by(
        &mut self,
        request: &Request,
        certificate: &ClientCertificate,
    ) -> Result<Rc<Admitted>, Unadmitted> {
        let key = TokenKey {
            route: Arc::clone(&request.route.route),
            // Not the digest of any token, whatever a token may be.
            credential: Digest::of_parts(&[b"certificate", certificate.digest.as_bytes()]),
            place: Place::Credential,
        };
        // The rules are the configuration's, which stands as long as what is remembered by it.
        let generation = Generation::default();
        let known = |_: &Admitted| Some(generation);
        if let Some(admitted) = self.instance.tokens.get(&key, known, self.now) {
            return Ok(admitted);
        }
        let credential = Some(certificate.digest);
        let rules = self.instance.gate.certificates();
        let caller = svid::verify(certificate, rules, self.now).map_err(|error| Refused {
            credential,
            ..Refused::from(&IdentityError::from(error))
        })?;
        let admitted = self.delegated(request, caller).map_err(|mut refused| {
            refused.credential = credential;
            Unadmitted::Refused(refused)
        })?;
        let admitted = Rc::new(admitted);
        let until = admitted.caller.expires_at;
        let cache = &mut self.instance.tokens;
        cache.insert(key, None, Rc::clone(&admitted), until, generation);
        Ok(admitted)
    }
}
