//! CI identities: tokens that a CI system gives its jobs, and what they say about what runs.
//!
//! They are plain JWTs of an issuer that gives them to anybody's jobs. So neither signature nor audience says anything about
//! *whose* job it is; these facts do, and policy has to look at them.

use super::claims::{self, Claims};
use super::error::IdentityError;
use crate::excerpt::Excerpt;

/// The rules for one CI system's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiRules {
    /// Which system, by its name in policies and records.
    pub provider: &'static str,
    /// Which claims say what; of several the first that is there. [`CiFact::Repository`] has to be among them.
    pub names: Vec<(CiFact, Vec<String>)>,
}

/// Something that a CI token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CiFact {
    /// The repository whose job it is, as its system writes it. Every CI token says it.
    Repository,
    /// The repository's number, which stays when it is renamed.
    RepositoryId,
    /// The organisation, user or group that it belongs to.
    Owner,
    /// The owner's number, which stays when it is renamed.
    OwnerId,
    /// The git ref that the job runs for.
    Ref,
    /// `branch` or `tag`.
    RefType,
    /// Whether the ref is protected: `true` or `false`.
    RefProtected,
    /// The commit.
    Commit,
    /// The deployment environment.
    Environment,
    /// The file that defines the run, with its ref.
    Workflow,
    /// The reusable file that defines the job, with its ref.
    JobWorkflow,
    /// The run or pipeline.
    Run,
    /// How often the run was tried.
    RunAttempt,
    /// The job.
    Job,
    /// What set it off.
    Event,
    /// Who set it off.
    Actor,
}

impl CiFact {
    /// Every fact, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::Repository,
        Self::RepositoryId,
        Self::Owner,
        Self::OwnerId,
        Self::Ref,
        Self::RefType,
        Self::RefProtected,
        Self::Commit,
        Self::Environment,
        Self::Workflow,
        Self::JobWorkflow,
        Self::Run,
        Self::RunAttempt,
        Self::Job,
        Self::Event,
        Self::Actor,
    ];

    /// Its name in configurations and policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::RepositoryId => "repository_id",
            Self::Owner => "owner",
            Self::OwnerId => "owner_id",
            Self::Ref => "ref",
            Self::RefType => "ref_type",
            Self::RefProtected => "ref_protected",
            Self::Commit => "commit",
            Self::Environment => "environment",
            Self::Workflow => "workflow",
            Self::JobWorkflow => "job_workflow",
            Self::Run => "run",
            Self::RunAttempt => "run_attempt",
            Self::Job => "job",
            Self::Event => "event",
            Self::Actor => "actor",
        }
    }

    /// The fact of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }

    /// The claim of GitHub Actions that says it.
    const fn of_github_actions(self) -> Option<&'static str> {
        Some(match self {
            Self::Repository => "repository",
            Self::RepositoryId => "repository_id",
            Self::Owner => "repository_owner",
            Self::OwnerId => "repository_owner_id",
            Self::Ref => "ref",
            Self::RefType => "ref_type",
            Self::RefProtected => "ref_protected",
            Self::Commit => "sha",
            Self::Environment => "environment",
            Self::Workflow => "workflow_ref",
            Self::JobWorkflow => "job_workflow_ref",
            Self::Run => "run_id",
            Self::RunAttempt => "run_attempt",
            Self::Job => return None,
            Self::Event => "event_name",
            Self::Actor => "actor",
        })
    }

    /// The claim of GitLab that says it.
    const fn of_gitlab(self) -> Option<&'static str> {
        Some(match self {
            Self::Repository => "project_path",
            Self::RepositoryId => "project_id",
            Self::Owner => "namespace_path",
            Self::OwnerId => "namespace_id",
            Self::Ref => "ref",
            Self::RefType => "ref_type",
            Self::RefProtected => "ref_protected",
            Self::Commit => "sha",
            Self::Environment => "environment",
            Self::Workflow => "ci_config_ref_uri",
            Self::Run => "pipeline_id",
            Self::Job => "job_id",
            Self::Event => "pipeline_source",
            Self::Actor => "user_login",
            Self::JobWorkflow | Self::RunAttempt => return None,
        })
    }
}

impl CiRules {
    /// GitHub Actions: `iss` is `https://token.actions.githubusercontent.com`, or that of a GitHub Enterprise Server.
    #[must_use]
    pub fn github_actions() -> Self {
        Self::preset("github_actions", CiFact::of_github_actions)
    }

    /// GitLab CI/CD: `iss` is the address of the GitLab instance.
    #[must_use]
    pub fn gitlab() -> Self {
        Self::preset("gitlab", CiFact::of_gitlab)
    }

    fn preset(provider: &'static str, claim: fn(CiFact) -> Option<&'static str>) -> Self {
        let names = CiFact::ALL.into_iter().filter_map(|fact| {
            let name = claim(fact)?;
            Some((fact, vec![name.to_owned()]))
        });
        Self {
            provider,
            names: names.collect(),
        }
    }

    /// What the claims say.
    ///
    /// # Errors
    ///
    /// None says which repository, or a claim is neither text, number nor truth value.
    pub(super) fn read(&self, claims: &Claims<'_>) -> Result<CiFacts, IdentityError> {
        let mut facts = Vec::with_capacity(self.names.len());
        for (fact, names) in &self.names {
            match claims::scalar(claims, names)? {
                Some(value) => facts.push((*fact, value)),
                None if *fact == CiFact::Repository => {
                    let claim = names.first().map_or("", String::as_str);
                    return Err(IdentityError::ClaimMissing {
                        claim: Excerpt::of(claim),
                    });
                }
                None => {}
            }
        }
        Ok(CiFacts {
            provider: self.provider,
            facts,
        })
    }
}

/// What a CI token says about what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiFacts {
    /// Which system.
    pub provider: &'static str,
    facts: Vec<(CiFact, String)>,
}

impl CiFacts {
    /// Facts that were put together elsewhere, each once.
    #[cfg(test)]
    pub(crate) const fn assumed(provider: &'static str, facts: Vec<(CiFact, String)>) -> Self {
        Self { provider, facts }
    }

    /// What is said of it.
    #[must_use]
    pub fn get(&self, fact: CiFact) -> Option<&str> {
        self.iter()
            .find(|(other, _)| *other == fact)
            .map(|(_, value)| value)
    }

    /// Every fact that the token says.
    pub fn iter(&self) -> impl Iterator<Item = (CiFact, &str)> {
        self.facts
            .iter()
            .map(|(fact, value)| (*fact, value.as_str()))
    }
}
