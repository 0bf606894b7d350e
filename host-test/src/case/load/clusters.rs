//! What clusters answer to callouts.

use std::collections::BTreeMap;

use super::{LoadError, Source, read_yaml};
use crate::case::format::{AnswerSpec, AnswerState};
use crate::case::run::{CannedAnswer, Clusters};

impl Source {
    pub(super) fn clusters(
        &mut self,
        clusters: &BTreeMap<String, Vec<AnswerSpec>>,
        at: &str,
    ) -> Result<Clusters, LoadError> {
        let mut out = Clusters::new();
        for (cluster, answers) in clusters {
            let mut paths = BTreeMap::new();
            for answer in answers {
                let canned = self.canned(answer, &format!("{at}.{cluster}"))?;
                paths.insert(answer.path.clone(), canned);
            }
            out.insert(cluster.clone(), paths);
        }
        Ok(out)
    }

    fn canned(&mut self, answer: &AnswerSpec, at: &str) -> Result<CannedAnswer, LoadError> {
        match answer.state {
            AnswerState::Down => return Ok(CannedAnswer::Down),
            AnswerState::Held => return Ok(CannedAnswer::Held),
            AnswerState::Up => {}
        }
        if let Some(limits) = &answer.rate_limits {
            return Ok(CannedAnswer::RateLimits(limits.clone()));
        }
        if let Some(path) = &answer.rate_limits_path {
            let limits = read_yaml(&self.folder.join(path))?;
            return Ok(CannedAnswer::RateLimits(limits));
        }
        if let Some(status) = answer.grpc_status {
            return Ok(CannedAnswer::GrpcStatus(status));
        }
        let body = answer.body.as_ref().map(|body| self.bytes(body, at));
        Ok(CannedAnswer::Up {
            status: answer.status,
            content_type: answer.content_type.clone(),
            body: body.transpose()?.unwrap_or_default(),
        })
    }
}
