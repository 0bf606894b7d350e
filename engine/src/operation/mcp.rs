//! The Model Context Protocol.
