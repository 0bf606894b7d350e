//! Stage 7: what is recorded of a decision.
//!
//! One line of JSON per decision, chained by digest within one worker. It says who, what, why, and under which
//! configuration; it never holds an argument or any part of a credential, only their digests. Everything that somebody
//! outside chose is bounded and escaped, so that no line can be broken, faked or blown up.
//!
//! | member | what it is |
//! |---|---|
//! | `v` | the shape of the record, 1 |
//! | `instance` | whose chain it belongs to |
//! | `configuration` | the digest of the gate's configuration |
//! | `route` | the route's name |
//! | `credential` | the digest of what was presented, believed or not |
//! | `caller` | who is calling, once verified |
//! | `chain`, `verdict` | each hop, root first, and whether the delegation only narrows |
//! | `id`, `sequence` | which record: `id` is `INSTANCE-SEQUENCE`, the sequence starts with 0 |
//! | `previous` | the digest of the line before, `null` in an instance's first |
//! | `time` | when, RFC 3339 in UTC |
//! | `outcome` | `allow` or `deny` |
//! | `reason`, `status` | for a denial: why, and the HTTP status sent |
//! | `policies` | ids of the policies that determined it |
//! | `possession` | how the sender has shown to be the credential's holder |
//! | `transaction` | what the call is part of |
//! | `message` | for a denial: which message of a batch was at fault, counted from 1 |
//! | `operation` | what is asked, with a digest of its arguments; of a batch also its `messages` |
//! | `session_memory` | `local` where the rate-limit service gave no answer, and this gateway's memory of sessions decided alone |
//! | `trace` | W3C trace context, which correlates and never authorises |
//!
//! A member that isn't known is left out.

mod bounded;
pub mod chain;
mod instance;
mod ledger;
mod line;
mod opening;
mod record;
mod trace;

pub use chain::{ChainEnd, ChainError, verify_chain};
pub use instance::{InstanceId, InvalidInstanceId};
pub use ledger::{Evidence, Ledger};
pub use opening::Opening;
pub use record::{Draft, Outcome};
pub use trace::Trace;
