//! From text to policies that can be relied on.

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Policy, PolicyId, PolicySet, ResourceConstraint, Schema, ValidationMode,
    ValidationWarning, Validator,
};
use miette::Diagnostic;

use super::annotations::{self, Annotations};
use super::declared::{Declared, Holder, schema_with};
use super::demand::{Demand, NotAPointer};
use super::denial::PolicyNote;
use super::groups::{Groups, Membership};
use super::lint::surroundings::Surroundings;
use super::lint::{Finding, Linter, Subject};
use super::load_error::{Place, PolicyLoadError, PolicyProblem, ProblemKind};
use super::mode::Mode;
use super::place::{place, visible_text};
use super::remediation::Remediation;
use super::scope::Slices;
use super::vocabulary::{SCHEMA, Vocabulary, uid};
use super::{Policies, Rule};
use crate::operation::declared::Record;

/// How much the linter tells beside what is wrong.
const MAX_WARNINGS: usize = 100;

/// A text of policies and what to call it in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// A file name, or a path in the configuration.
    pub name: String,
    /// Cedar policies, any number.
    pub text: String,
}

impl Policies {
    /// Parses policies, and validates them strictly against [`SCHEMA`]; those whose scope names a tool or an operation of which
    /// something is declared, against what [`super::declared`] makes of it.
    ///
    /// A policy without `@id` is called `policyN`, N being its place among all loaded policies, from 0. `surroundings` is what
    /// they can name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its place: what isn't Cedar or doesn't fit the schema, a policy that can never
    /// apply, an annotation that isn't known, two policies of one id, a template, an id without its trust domain or
    /// server, a group that isn't there, a `forbid` that nothing can match by mistake, an argument's key that is no JSON Pointer, no
    /// policy at all.
    pub fn load(
        sources: &[PolicySource],
        groups: &Groups,
        surroundings: &Surroundings,
    ) -> Result<Self, PolicyLoadError> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|e| unusable(&e))?;
        let names = Vocabulary::new();
        let mut problems = Vec::new();
        let membership = Membership::new(&names, groups, &mut problems);

        let draft = Draft::read(sources, &mut problems);
        refuse(&mut problems)?;
        let mut warnings = Vec::new();
        for (of, policies) in draft.by_declaration(&names, &surroundings.declared) {
            let set = PolicySet::from_policies(policies).map_err(|e| unusable(&e))?;
            let own = of.map(|(holder, record)| schema_with(holder, record));
            let own = own.transpose().map_err(|e| unusable(&e))?;
            let schema = own.as_ref().unwrap_or(&schema);
            warnings.extend(draft.validate(schema, &set, &mut problems));
        }
        let actions = schema.action_entities().map_err(|e| unusable(&e))?;
        let linter = Linter {
            names: &names,
            groups,
            membership: &membership,
            surroundings,
            schema: &schema,
            actions: &actions,
        };
        draft.lint(&linter, &mut problems, &mut warnings);
        draft.check_pointers(&mut problems);
        refuse(&mut problems)?;

        let labels = groups.labels.names().into_iter();
        let labels = labels.map(|label| uid(&names.label, label)).collect();
        let rules: Vec<_> = draft.entries.into_iter().map(Entry::into_rule).collect();
        Ok(Self {
            authorizer: Authorizer::new(),
            slices: Slices::new(&rules, &schema, &actions),
            index: draft.index,
            actions,
            membership,
            declared: surroundings.declared.clone(),
            labels,
            labelled: groups.labels.clone(),
            warnings,
            rules,
            names,
            mode: Mode::Enforce,
        })
    }
}

/// What is declared of the resource that policies are about, if anything is.
type Declaration<'d> = Option<(Holder, &'d Record)>;

/// Policies that were parsed but not yet believed.
#[derive(Default)]
struct Draft<'s> {
    entries: Vec<Entry<'s>>,
    /// Where the first of each id stands.
    index: HashMap<PolicyId, usize>,
}

/// One parsed policy.
struct Entry<'s> {
    source: &'s PolicySource,
    /// Where in the source it starts, if that could be found out.
    start: Option<usize>,
    policy: Policy,
    demand: Demand,
    note: Arc<PolicyNote>,
    is_shadow: bool,
    remediation: Remediation,
}

impl Entry<'_> {
    fn into_rule(self) -> Rule {
        Rule {
            policy: self.policy,
            demand: self.demand,
            note: self.note,
            is_shadow: self.is_shadow,
            remediation: self.remediation,
        }
    }

    fn place(&self, behind: usize) -> Option<Place> {
        let offset = self.start?.saturating_add(behind);
        Some(place(&self.source.name, &self.source.text, offset))
    }
}

impl<'s> Draft<'s> {
    fn read(sources: &'s [PolicySource], problems: &mut Vec<PolicyProblem>) -> Self {
        let mut draft = Self::default();
        for source in sources {
            match source.text.parse::<PolicySet>() {
                Ok(set) => draft.add_set(source, &set, problems),
                Err(errors) => problems.extend(errors.iter().map(|error| PolicyProblem {
                    kind: ProblemKind::Syntax,
                    message: message(error),
                    place: offset(error).map(|at| place(&source.name, &source.text, at)),
                })),
            }
        }
        if draft.entries.is_empty() && problems.is_empty() {
            problems.push(PolicyProblem {
                kind: ProblemKind::Empty,
                message: "there is no policy, so every request would be denied".to_owned(),
                place: None,
            });
        }
        draft
    }

    fn add_set(
        &mut self,
        source: &'s PolicySource,
        set: &PolicySet,
        problems: &mut Vec<PolicyProblem>,
    ) {
        for template in set.templates() {
            let text = template.to_cedar();
            problems.push(PolicyProblem {
                kind: ProblemKind::Template,
                message: "this is a template, and nothing would ever fill its slots: write the entity instead".to_owned(),
                place: source.text.find(&text).map(|at| place(&source.name, &source.text, at)),
            });
        }
        // Cedar keeps a policy's text but not where it was found; policies come in the order of the text.
        let mut searched = 0;
        for policy in set.policies() {
            let text = policy.to_cedar().unwrap_or_default();
            let start = source
                .text
                .get(searched..)
                .and_then(|rest| rest.find(&text))
                .map(|at| searched.saturating_add(at));
            if let Some(start) = start {
                searched = start.saturating_add(text.len());
            }
            self.add(source, start, &text, policy, problems);
        }
    }

    fn add(
        &mut self,
        source: &'s PolicySource,
        start: Option<usize>,
        text: &str,
        policy: &Policy,
        problems: &mut Vec<PolicyProblem>,
    ) {
        let (annotations, mut wrong) = annotations::read(policy, self.entries.len());
        let Annotations {
            note,
            is_shadow,
            remediation,
        } = annotations;
        let demand = Demand::of(policy);
        wrong.extend(annotations::without_effect(&remediation, &demand));
        let entry = Entry {
            source,
            start,
            policy: policy.new_id(PolicyId::new(&note.id)),
            demand,
            note: Arc::new(note),
            is_shadow,
            remediation,
        };
        for problem in wrong {
            let behind = text.find(&format!("@{}", problem.name)).unwrap_or_default();
            problems.push(PolicyProblem {
                kind: ProblemKind::Annotation,
                message: problem.message,
                place: entry.place(behind),
            });
        }
        let id = entry.policy.id().clone();
        let first = *self.index.entry(id).or_insert(self.entries.len());
        if let Some(first) = self.entries.get(first) {
            let other = first.place(0).map_or(String::new(), |at| {
                format!(" (the other is at {}:{}:{})", at.source, at.line, at.column)
            });
            problems.push(PolicyProblem {
                kind: ProblemKind::DuplicateId,
                message: format!("two policies have the id `{}`{other}", entry.note.id),
                place: entry.place(0),
            });
        }
        self.entries.push(entry);
    }

    /// The policies by what is declared of the one resource that their scope names, if anything is; in the order of their first.
    fn by_declaration<'d>(
        &self,
        names: &Vocabulary,
        declared: &'d Declared,
    ) -> Vec<(Declaration<'d>, Vec<Policy>)> {
        let mut groups: Vec<(Declaration<'d>, Vec<Policy>)> = Vec::new();
        for entry in &self.entries {
            let of = match entry.policy.resource_constraint() {
                ResourceConstraint::Eq(uid) => declared.of(names, &uid),
                ResourceConstraint::Any
                | ResourceConstraint::In(_)
                | ResourceConstraint::Is(_)
                | ResourceConstraint::IsIn(..) => None,
            };
            let policy = entry.policy.clone();
            match groups.iter_mut().find(|(known, _)| *known == of) {
                Some((_, policies)) => policies.push(policy),
                None => groups.push((of, vec![policy])),
            }
        }
        groups
    }

    /// Validates strictly. Gives back the warnings that are no reason to refuse.
    fn validate(
        &self,
        schema: &Schema,
        set: &PolicySet,
        problems: &mut Vec<PolicyProblem>,
    ) -> Vec<PolicyProblem> {
        let about = |id: &PolicyId| self.index.get(id).and_then(|at| self.entries.get(*at));
        let result = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
        let mut at_fault = Vec::new();
        for error in result.validation_errors() {
            at_fault.push(error.policy_id());
            problems.push(diagnosed(
                ProblemKind::Schema,
                error,
                about(error.policy_id()),
            ));
        }
        let mut warnings = Vec::new();
        for warning in result.validation_warnings() {
            // What is wrong with a policy usually makes it impossible as well, and an impossible one is told once.
            if at_fault.contains(&warning.policy_id()) {
                continue;
            }
            let problem = diagnosed(ProblemKind::Suspicious, warning, about(warning.policy_id()));
            if is_tolerable(warning) {
                warnings.push(problem);
            } else {
                at_fault.push(warning.policy_id());
                problems.push(problem);
            }
        }
        warnings
    }

    /// What deserves a look: errors become problems, and no more of the rest is told than anybody reads.
    fn lint(
        &self,
        linter: &Linter<'_>,
        problems: &mut Vec<PolicyProblem>,
        warnings: &mut Vec<PolicyProblem>,
    ) {
        let subjects = self.entries.iter().map(|entry| Subject {
            policy: &entry.policy,
            id: &entry.note.id,
            has_id: entry.policy.annotation("id").is_some(),
            is_shadow: entry.is_shadow,
        });
        let findings = linter.all(&subjects.collect::<Vec<_>>());
        let (errors, others): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|finding| finding.is_error);
        problems.extend(errors.into_iter().map(|finding| self.placed(finding)));
        let more = others.len().saturating_sub(MAX_WARNINGS);
        let told = others.into_iter().take(MAX_WARNINGS);
        warnings.extend(told.map(|finding| self.placed(finding)));
        if more > 0 {
            warnings.push(PolicyProblem {
                kind: ProblemKind::Suspicious,
                message: format!("and {more} more that deserve a look"),
                place: None,
            });
        }
    }

    fn placed(&self, finding: Finding) -> PolicyProblem {
        let entry = finding.at.and_then(|at| self.entries.get(at));
        let behind = |entry: &Entry<'_>| {
            let text = entry.source.text.get(entry.start?..)?;
            text.find(finding.about.as_deref()?)
        };
        PolicyProblem {
            kind: finding.kind,
            message: visible_text(&finding.message),
            place: entry.and_then(|entry| entry.place(behind(entry).unwrap_or_default())),
        }
    }

    /// Keys of arguments that can't be found are problems.
    fn check_pointers(&self, problems: &mut Vec<PolicyProblem>) {
        for entry in &self.entries {
            for NotAPointer(key) in entry.demand.pointers().err().unwrap_or_default() {
                problems.push(PolicyProblem {
                    kind: ProblemKind::Argument,
                    message: format!(
                        "no argument is ever found by `{key}`, keys are JSON Pointers (RFC 6901): `/amount`, `/items/0/price`"
                    ),
                    place: entry.place(0),
                });
            }
        }
    }
}

/// A script that mixes is how names are forged, but also how some languages are written. Everything else that Cedar warns
/// of makes a policy that can't be meant.
fn is_tolerable(warning: &ValidationWarning) -> bool {
    match warning {
        ValidationWarning::MixedScriptString(_)
        | ValidationWarning::MixedScriptIdentifier(_)
        | ValidationWarning::ConfusableIdentifier(_) => true,
        ValidationWarning::BidiCharsInString(_)
        | ValidationWarning::BidiCharsInIdentifier(_)
        | ValidationWarning::ImpossiblePolicy(_)
        | ValidationWarning::InvalidActionApplication(_)
        | _ => false,
    }
}

fn diagnosed(kind: ProblemKind, of: &impl Diagnostic, entry: Option<&Entry<'_>>) -> PolicyProblem {
    PolicyProblem {
        kind,
        message: message(of),
        place: entry.and_then(|entry| match offset(of) {
            Some(at) => Some(place(&entry.source.name, &entry.source.text, at)),
            None => entry.place(0),
        }),
    }
}

/// What Cedar says, with what it expected and what it would do.
fn message(of: &impl Diagnostic) -> String {
    let mut message = of.to_string();
    let label = of.labels().and_then(|mut labels| labels.next());
    if let Some(label) = label.as_ref().and_then(|label| label.label()) {
        message.push_str(", ");
        message.push_str(label);
    }
    if let Some(help) = of.help() {
        message.push_str("; ");
        message.push_str(&help.to_string());
    }
    visible_text(&message)
}

fn offset(of: &impl Diagnostic) -> Option<usize> {
    of.labels()?.next().map(|label| label.offset())
}

/// An error that isn't in the policies.
fn unusable(error: &impl std::fmt::Display) -> PolicyLoadError {
    PolicyLoadError {
        problems: vec![PolicyProblem {
            kind: ProblemKind::Schema,
            message: error.to_string(),
            place: None,
        }],
    }
}

/// Goes no further where there are problems.
fn refuse(problems: &mut Vec<PolicyProblem>) -> Result<(), PolicyLoadError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(PolicyLoadError {
        problems: std::mem::take(problems),
    })
}

#[cfg(test)]
mod tests;
