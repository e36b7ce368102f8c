//! The jarvis binary.

fn main() {}
