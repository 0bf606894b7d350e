//! Commands that work with files alone: what is made by one is read by the next.

#![expect(clippy::unwrap_used, reason = "a part that is missing fails the test")]

mod delegation;
mod explain;
mod folder;
mod import;
