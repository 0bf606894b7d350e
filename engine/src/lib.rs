//! The decision of one agent's request, sans-IO.
//!
//! A host (Envoy, Kong, a test) owns the bytes, the clock, the network and the log. It builds one [`gate::Gate`] from
//! configuration, keeps one [`gate::Instance`] per worker, opens one [`exchange::Exchange`] per request, feeds it
//! [`exchange::Input`]s and carries out the [`exchange::Effect`]s that come back.
//!
//! Data flows one way, and a stage may use the types of earlier stages only:
//!
//! | stage | module | question |
//! |---|---|---|
//! | 1 | [`credential`] | what was presented, and is it unambiguous? |
//! | 2 | [`identity`] | who is calling? |
//! | 3 | [`delegation`] | on whose behalf, and did authority only narrow? |
//! | 4 | [`operation`] | what is being asked? |
//! | 5 | [`policy`] | is that permitted? |
//! | 6 | [`decision`] | how does a refusal look on the wire? |
//! | 7 | [`evidence`] | what is recorded? |
//!
//! [`buckets`], [`digest`], [`excerpt`], [`json`], [`ports`], [`request`], [`suggestion`] and [`time`] are the vocabulary
//! below all stages; [`config`], [`tokens`], [`gate`] and [`exchange`] put the stages together and are used by none of them.

#![forbid(unsafe_code)]

pub mod buckets;
pub mod config;
pub mod credential;
pub mod decision;
pub mod delegation;
pub mod digest;
pub mod evidence;
pub mod excerpt;
pub mod exchange;
pub mod gate;
pub mod identity;
pub mod json;
pub mod operation;
pub mod policy;
pub mod ports;
pub mod request;
pub mod suggestion;
pub mod time;
pub mod tokens;
