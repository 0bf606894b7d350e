//! Real parts for end-to-end tests: servers, clients and token issuers that are not Bailiwick's own.
//!
//! Each module stands one part up on a free local port, takes it down again when dropped, and keeps what a test has to
//! see afterwards: which requests an upstream got, how often keys were fetched, what Envoy logged.

pub mod a2a;
pub mod biscuits;
pub mod certificates;
pub mod clients;
pub mod conformance;
pub mod dialogue;
pub mod envoy;
pub mod everything;
pub mod jwks_server;
pub mod mcp_server;
pub mod mint;
pub mod npm_agent;
pub mod oauth;
pub mod parts;
pub mod scene;
pub mod scratch;
pub mod tour;
pub mod warrants;
