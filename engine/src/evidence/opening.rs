//! How a record begins: the same for every request with one credential on one route, so it is written and hashed once.

use std::cell::RefCell;
use std::rc::Rc;

use crate::digest::Hasher;

/// A place to keep a record's beginning in from one request to the next; empty until the first.
///
/// INVARIANT: it belongs to one remembered credential, and so to one route and one ledger.
#[derive(Clone, Debug, Default)]
pub struct Opening(RefCell<Option<Rc<Begun>>>);

/// The text of a beginning, and the digest that was begun with it.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) text: String,
    pub(super) hasher: Hasher,
}

impl Opening {
    /// What is kept, or else what `begin` writes.
    pub(super) fn get_or(&self, begin: impl FnOnce() -> String) -> Rc<Begun> {
        let kept = self.0.borrow().clone();
        kept.unwrap_or_else(|| {
            let text = begin();
            let mut hasher = Hasher::default();
            hasher.update(text.as_bytes());
            let begun = Rc::new(Begun { text, hasher });
            self.0.replace(Some(Rc::clone(&begun)));
            begun
        })
    }
}
