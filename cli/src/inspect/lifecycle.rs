//! What can end a token before it expires: its issuer's rules, deny-lists, and its place in a status list. What a gate would
//! fetch is read from files instead, or stays unknown.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use bailiwick_engine::config::GateConfig;
use bailiwick_engine::decision::Denial;
use bailiwick_engine::identity::documents::{DocumentId, DocumentKind, Documents as _};
use bailiwick_engine::identity::issuer::Issuer;
use bailiwick_engine::identity::jose::verifier::CrateVerifier;
use bailiwick_engine::identity::standing::{self, Grounds, Rule, StandingError};
use bailiwick_engine::identity::trust::Trust;
use bailiwick_engine::time::UnixTime;
use bailiwick_engine::tokens::Admitted;

use super::InspectError;
use super::checks::{Check, Outcome};

/// What the command line gives in place of what a gate would fetch.
pub(super) struct Lists {
    deny_list: Option<Vec<u8>>,
    status_list: Option<Vec<u8>>,
}

impl Lists {
    /// Reads the files, where they are given.
    pub(super) fn read(
        deny_list: Option<&Path>,
        status_list: Option<&Path>,
    ) -> Result<Self, InspectError> {
        Ok(Self {
            deny_list: deny_list.map(bytes).transpose()?,
            status_list: status_list.map(bytes).transpose()?,
        })
    }

    /// What each rule says of a credential, and why it would be refused, if one ends it.
    pub(super) fn examine(
        &self,
        admitted: &Rc<Admitted>,
        config: &GateConfig,
        issuers: &[Issuer],
        now: UnixTime,
    ) -> (Vec<Check>, Option<Denial>) {
        let rules = &config.revocations;
        let Ok(mut trust) = Trust::new(issuers, &config.signature_agents, rules) else {
            return (Vec::new(), None);
        };
        let examine = |trust: &mut Trust| {
            let grounds = Grounds {
                issuers,
                trust,
                verifier: &CrateVerifier,
                now,
            };
            standing::examine(admitted, grounds).unwrap_or_default()
        };
        // The first look alone says which status list is wanted.
        let found = examine(&mut trust);
        let mut checks = self.load(&mut trust, now);
        let found = if self.is_empty() {
            found
        } else {
            examine(&mut trust)
        };
        let mut ended = None;
        for (rule, outcome) in found {
            let what = what(rule);
            checks.push(match outcome {
                Ok(()) => Check::new(what, Outcome::Holds, "does not end it"),
                Err(error) if is_offline(&error) => {
                    Check::new(what, Outcome::Unknown, format!("{error}{}", help(rule)))
                }
                Err(error) => {
                    ended.get_or_insert_with(|| Denial::from(&error));
                    Check::new(what, Outcome::Fails, error.to_string())
                }
            });
        }
        (checks, ended)
    }

    const fn is_empty(&self) -> bool {
        self.deny_list.is_none() && self.status_list.is_none()
    }

    /// Takes the files for what was fetched; what can't be taken is told.
    fn load(&self, trust: &mut Trust, now: UnixTime) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(bytes) = &self.deny_list
            && let Err(error) = trust.loaded(DocumentId::Revocations, now, bytes)
        {
            checks.push(Check::new(
                "deny-list file",
                Outcome::Fails,
                error.to_string(),
            ));
        }
        if let Some(bytes) = &self.status_list {
            let slots = trust.slots();
            let wanted = slots.iter().map(|slot| slot.course().id());
            let wanted: Vec<_> = wanted
                .filter(|id| id.kind() == DocumentKind::StatusList)
                .collect();
            let taken: Vec<_> = wanted
                .into_iter()
                .map(|id| trust.loaded(id, now, bytes))
                .collect();
            if !taken.iter().any(Result::is_ok) {
                let why = taken.into_iter().find_map(Result::err);
                let why = why.map_or_else(
                    || "the configuration has no place for one".to_owned(),
                    |error| error.to_string(),
                );
                checks.push(Check::new("status list file", Outcome::Fails, why));
            }
        }
        checks
    }
}

const fn what(rule: Rule) -> &'static str {
    match rule {
        Rule::CutOff => "cut-off",
        Rule::MaxAge => "age",
        Rule::DenyLists => "deny-lists",
        Rule::StatusList => "status",
    }
}

/// What would make it known.
const fn help(rule: Rule) -> &'static str {
    match rule {
        Rule::CutOff | Rule::MaxAge => "",
        Rule::DenyLists => ": give what a gate fetches with `--deny-list`",
        Rule::StatusList => ": give the list with `--status-list`",
    }
}

/// Is it only that nothing was fetched?
fn is_offline(error: &StandingError) -> bool {
    error.is_pending() || matches!(error, StandingError::StatusUnavailable)
}

fn bytes(path: &Path) -> Result<Vec<u8>, InspectError> {
    std::fs::read(path).map_err(|source| InspectError::List {
        path: PathBuf::from(path),
        source,
    })
}
