//! The headers of proofs that verified, each with the key that it has, so that a holder's next proof need not have its key taken
//! apart, put on its curve and hashed again.
//!
//! A holder's proofs differ in what they claim and have one and the same header. What is remembered spares no check of the
//! request, the signature or the one use: it only stands for what would come of reading the same bytes again.

use std::cell::RefCell;
use std::rc::Rc;

use crate::digest::Digest;
use crate::identity::jose::algorithm::Algorithm;
use crate::identity::jose::key::PublicKey;

/// How many holders' keys are remembered. A holder has one place, by its key's thumbprint, and whoever comes to the same place
/// later has it.
const PLACES: usize = 256;

/// The longest header that is remembered, in bytes as it stands in the proof; one with an RSA key of 4096 bits has about 1000.
const MAX_HEADER_BYTES: usize = 1536;

/// What a proof's header says: an accepted algorithm, and a public key for it.
#[derive(Debug)]
pub(super) struct ProofKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: PublicKey,
}

/// At most [`PLACES`] headers of at most [`MAX_HEADER_BYTES`].
#[derive(Debug, Default)]
pub(super) struct ProofKeys(RefCell<Vec<Option<Known>>>);

#[derive(Debug)]
struct Known {
    header: Box<str>,
    key: Rc<ProofKey>,
}

impl ProofKeys {
    /// The key in this very header, where it was remembered for a token bound to `bound_to`.
    pub(super) fn find(&self, bound_to: &Digest, header: &str) -> Option<Rc<ProofKey>> {
        let places = self.0.borrow();
        let known = places.get(place(bound_to))?.as_ref()?;
        (*known.header == *header).then(|| Rc::clone(&known.key))
    }

    /// Remembers the header of a proof that was right as a whole.
    pub(super) fn remember(&self, header: &str, key: Rc<ProofKey>) {
        if header.len() > MAX_HEADER_BYTES {
            return;
        }
        let mut places = self.0.borrow_mut();
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        if let Some(place) = places.get_mut(place(&key.key.thumbprint())) {
            *place = Some(Known {
                header: header.into(),
                key,
            });
        }
    }
}

fn place(thumbprint: &Digest) -> usize {
    let [first, ..] = thumbprint.as_bytes();
    usize::from(*first) % PLACES
}
