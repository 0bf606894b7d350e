//! One document, and what stands in it.

use super::course::{Address, Course, Standing};
use super::source::Source;
use super::{Availability, Document, DocumentError, DocumentId, Generation, Loaded, Slot};
use crate::digest::Digest;
use crate::time::UnixTime;

/// A document that is fetched.
#[derive(Debug)]
pub struct Remote<D: Document> {
    course: Course,
    rules: D::Rules,
    content: Option<D>,
}

impl<D: Document> Remote<D> {
    /// A document that was not fetched yet; `None` where the address isn't `http://` or `https://`, an authority without user
    /// info, and perhaps a path.
    #[must_use]
    pub fn new(id: DocumentId, source: &Source, rules: D::Rules) -> Option<Self> {
        Self::at(id, source, rules, Address::Own)
    }

    /// The same for a document that workers share under another name than its own.
    #[must_use]
    pub fn at(id: DocumentId, source: &Source, rules: D::Rules, entry: Address) -> Option<Self> {
        let marks = D::marks(&rules);
        let max_bytes = D::max_bytes(&rules);
        let course = Course::new(id, source, D::ACCEPT, max_bytes, &marks, entry)?;
        Some(Self {
            course,
            rules,
            content: None,
        })
    }

    /// The document at `now`.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> Availability<'_, D> {
        match (self.course.standing(now), &self.content) {
            (Standing::Usable, Some(content)) => Availability::Ready(content),
            (Standing::Pending, _) => Availability::Pending,
            (Standing::Usable | Standing::Unavailable, _) => Availability::Unavailable,
        }
    }

    /// Which version is in use at `now`; `None` where there is none.
    #[must_use]
    pub fn generation(&self, now: UnixTime) -> Option<Generation> {
        self.course.generation(now)
    }

    /// Says that the document lacks something that was asked for. True if a fresh one is being fetched or is due now: then
    /// waiting for it is worth it. False where one was fetched less than `min_interval` ago, so that made-up names cause no
    /// more fetches than that.
    pub fn want(&mut self, now: UnixTime) -> bool {
        self.course.want(now)
    }
}

impl<D: Document> Slot for Remote<D> {
    fn course(&self) -> &Course {
        &self.course
    }

    fn course_mut(&mut self) -> &mut Course {
        &mut self.course
    }

    fn take(
        &mut self,
        now: UnixTime,
        fetched_at: UnixTime,
        bytes: &[u8],
    ) -> Result<Loaded, DocumentError> {
        let digest = Digest::of(bytes);
        if self.course.renew(fetched_at, digest) {
            return Ok(Loaded::Unchanged);
        }
        match D::read(bytes, &self.rules) {
            Ok(content) => {
                let refresh = content.refresh(fetched_at);
                self.content = Some(content);
                Ok(self.course.taken(fetched_at, digest, refresh))
            }
            Err(error) => {
                self.course.failed(now);
                Err(error)
            }
        }
    }
}
