//! What is new in each call: the proof of possession over tool and arguments, and whether the leaf allows them (steps 6a, 6b
//! and 7).

use crate::delegation::exercise::{Exercise, NotPermitted};
use crate::delegation::work::Work;
use crate::digest::Digest;
use crate::identity::jose::compact::Compact;
use crate::identity::replay::{Mark, ReplayError, Replays};
use crate::json::canonical::Members;
use crate::json::{Object, Value};
use crate::ports::{SignatureVerifier, Store};
use crate::time::{Seconds, UnixTime};

use super::claims::{Claims, Unreadable};
use super::header::Header;
use super::refusal::{Fact, Part, Refusal, Refuser};
use super::rules::Rules;
use super::step::Step;
use super::verify::VerifiedChain;

/// The `typ` of a proof.
const TYPE: &str = "aat-pop+jwt";

const UNREADABLE: Unreadable = Unreadable {
    duplicate: Step::ProofDuplicate,
    other: Step::ProofUnreadable,
};

/// One call, as it will be forwarded.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The proof in compact form.
    pub proof: &'a str,
    /// The tool's name, byte by byte.
    pub tool: &'a str,
    /// The arguments as they were written, numbers included.
    pub arguments: &'a Object<'a>,
}

/// Is a nonce asked for (section 7.3)?
#[derive(Clone, Copy)]
pub enum Nonce<'a> {
    /// No; one that is there is not looked at.
    Any,
    /// Yes, one of which this says that it is ours and not too old.
    Required(&'a dyn Fn(&str) -> bool),
}

/// A call that is authorised but for the replay of its proof, which is looked at last, so that a call that is refused for
/// whatever other reason uses nothing up.
#[derive(Debug)]
#[must_use = "the proof may have been used before"]
pub struct Judged {
    holder: Digest,
    mark: Mark,
}

/// A call that is authorised: step 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it is what a call is let through by"]
pub struct Admitted {
    holder: Digest,
}

impl VerifiedChain {
    /// Judges one call by the chain. The holder's signature is verified before anything of the call is looked at, so that a
    /// stranger can't have constraints evaluated.
    ///
    /// # Errors
    ///
    /// The first step that refuses, also where the chain was remembered for longer than it is valid.
    pub fn judge(
        &self,
        call: &Call<'_>,
        rules: &Rules,
        nonce: Nonce<'_>,
        verifier: &dyn SignatureVerifier,
        now: UnixTime,
    ) -> Result<Judged, Refusal> {
        self.still_valid(now)?;
        let compact = self.signed_proof(call.proof, rules, verifier)?;
        let refuser = Refuser(Part::Proof);
        let claims = Claims::read(&compact.payload, refuser, &UNREADABLE)?;
        let arguments = self.permitted(call, rules)?;
        let proof = Proof::read(&claims).map_err(|fact| refuser.with(Step::ProofClaims, fact))?;
        self.check_leaf(&proof)?;
        check_audience(&claims, rules)?;
        if proof.tool != call.tool {
            return Err(refuser.at(Step::ProofTool));
        }
        // Numbers are rounded here as RFC 8785 does; what is beyond all of them equals nothing.
        if Members::rounded(proof.arguments).as_ref() != Ok(&arguments) {
            return Err(refuser.at(Step::ProofArguments));
        }
        let window = rules.limits.proof_window;
        if proof.issued_at > now.after(window) || now > proof.issued_at.after(window) {
            return Err(refuser.value(Step::ProofTime, "iat", proof.issued_at, now));
        }
        if let Nonce::Required(is_ours) = nonce {
            let found = claims.text("nonce");
            let found = found.map_err(|fact| refuser.with(Step::ProofNonce, fact))?;
            if !is_ours(found) {
                return Err(refuser.at(Step::ProofNonce));
            }
        }
        Ok(Judged {
            holder: self.leaf.key.thumbprint(),
            mark: Mark {
                digest: Digest::of_parts(&[TYPE.as_bytes(), proof.id.as_bytes()]),
                // A second after its last, and as much longer as clocks may differ.
                until: proof
                    .issued_at
                    .after(window)
                    .after(rules.limits.max_iat_skew)
                    .after(Seconds(1)),
            },
        })
    }

    /// Step 3e or 4i once more, for a chain that was remembered.
    fn still_valid(&self, now: UnixTime) -> Result<(), Refusal> {
        let leaf = &self.leaf;
        if leaf.expires_at > now {
            return Ok(());
        }
        let place = self.chain().hops().len().saturating_sub(1);
        let step = if place == 0 {
            Step::RootExpired
        } else {
            Step::ChildExpired
        };
        Err(Refuser(Part::Token(place)).value(step, "exp", leaf.expires_at, now))
    }

    /// Steps 7a and 7b.
    fn signed_proof<'p>(
        &self,
        proof: &'p str,
        rules: &Rules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Compact<'p>, Refusal> {
        let refuser = Refuser(Part::Proof);
        if proof.len() > rules.limits.max_proof_bytes {
            return Err(refuser.at(Step::ProofTooLarge));
        }
        let bad_header = |fact| refuser.with(Step::ProofHeader, fact);
        let compact = Compact::decode_within(proof, rules.limits.max_proof_bytes)
            .map_err(|error| bad_header(Fact::Form(error)))?;
        let key = &self.leaf.key;
        let header = Header::read(&compact.header, TYPE, &rules.algorithms).map_err(bad_header)?;
        header.check_key(key).map_err(bad_header)?;
        let (message, signature) = (compact.signing_input, &compact.signature);
        key.verify(verifier, header.algorithm, message, signature)
            .map_err(|_| refuser.at(Step::ProofSignature))?;
        Ok(compact)
    }

    /// Steps 6a and 6b: the arguments, if the leaf allows the call.
    fn permitted(&self, call: &Call<'_>, rules: &Rules) -> Result<Members, Refusal> {
        let refuser = Refuser(Part::Call);
        let authority = self.leaf.authority.as_ref();
        let authority = authority.ok_or_else(|| refuser.at(Step::LeafCapability))?;
        let mut work = Work::new(rules.limits.max_work);
        Members::of(call.arguments)
            .map_err(NotPermitted::from)
            .and_then(|arguments| {
                let exercise = Exercise::Tool {
                    name: call.tool,
                    arguments: &arguments,
                };
                authority.permits(exercise, &mut work)?;
                Ok(arguments)
            })
            .map_err(|why| refuser.with(step_of(&why), Fact::NotPermitted(why)))
    }

    /// The end of step 7c.
    fn check_leaf(&self, proof: &Proof<'_>) -> Result<(), Refusal> {
        let leaf = &self.leaf;
        if proof.leaf_id == leaf.id && proof.leaf_hash == leaf.digest.to_base64url() {
            Ok(())
        } else {
            Err(Refuser(Part::Proof).at(Step::ProofLeaf))
        }
    }
}

const fn step_of(why: &NotPermitted) -> Step {
    match why {
        NotPermitted::NumberInadmissible(_) => Step::NumberInadmissible,
        NotPermitted::ArgumentUnnamed { .. } => Step::ArgumentUnnamed,
        NotPermitted::ArgumentMissing { .. } => Step::ArgumentMissing,
        NotPermitted::ArgumentRejected { .. } => Step::ArgumentRejected,
        NotPermitted::TooCostly(_) => Step::ArgumentsCost,
        // Nothing but a tool is asked for.
        NotPermitted::Tool { .. }
        | NotPermitted::Resource { .. }
        | NotPermitted::Action { .. }
        | NotPermitted::Scope { .. } => Step::ToolNotAuthorized,
    }
}

/// The claims of section 7.2 that each proof has.
struct Proof<'c> {
    id: &'c str,
    issued_at: UnixTime,
    leaf_id: &'c str,
    leaf_hash: &'c str,
    tool: &'c str,
    arguments: &'c Object<'c>,
}

impl<'c> Proof<'c> {
    fn read(claims: &'c Claims<'c>) -> Result<Self, Fact> {
        Ok(Self {
            id: claims.text("jti")?,
            issued_at: claims.time("iat")?,
            leaf_id: claims.text("aat_id")?,
            leaf_hash: claims.text("aat_hash")?,
            tool: claims.text("aat_tool")?,
            arguments: claims
                .get("hta")
                .and_then(Value::as_object)
                .ok_or(Fact::Claim {
                    claim: "hta",
                    expected: "an object",
                })?,
        })
    }
}

/// Step 7d: who the proof is for, where it says so.
fn check_audience(claims: &Claims<'_>, rules: &Rules) -> Result<(), Refusal> {
    let ours = match claims.get("aat_aud") {
        None => !rules.proof_audience_required,
        Some(value) => {
            let named = value.as_str();
            rules.audiences.iter().any(|own| named == Some(own))
        }
    };
    if ours {
        Ok(())
    } else {
        Err(Refuser(Part::Proof).at(Step::ProofAudience))
    }
}

impl Judged {
    /// The thumbprint of the key that made the proof, the leaf's.
    #[must_use]
    pub const fn holder(&self) -> Digest {
        self.holder
    }

    /// Step 7i, for a tool whose proofs count once: looks whether the proof was used, and remembers it, in one. To be called
    /// when nothing else can refuse the call any more.
    ///
    /// # Errors
    ///
    /// The proof was used before, or nobody can tell.
    pub fn once(
        self,
        replays: &Replays,
        store: &dyn Store,
        now: UnixTime,
    ) -> Result<Admitted, Refusal> {
        let admitted = replays.admit(store, self.mark, now);
        admitted.map_err(|error| {
            let step = match error {
                ReplayError::Replayed => Step::ProofReplayed,
                ReplayError::Full | ReplayError::Unavailable => Step::ProofUntold,
            };
            Refuser(Part::Proof).with(step, Fact::Replay(error))
        })?;
        Ok(self.again())
    }

    /// For a tool that may be called again with the same proof while it lasts: one that only reads, and nothing that is
    /// secret (section 7.3).
    pub const fn again(self) -> Admitted {
        Admitted {
            holder: self.holder,
        }
    }
}

impl Admitted {
    /// The thumbprint of the key that made the proof, the leaf's.
    #[must_use]
    pub const fn holder(&self) -> Digest {
        self.holder
    }
}
