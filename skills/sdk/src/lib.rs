//! What a skill author depends on: the contract in Rust's words, and a mock host for tests.
