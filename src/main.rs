//! The `tardy` binary.

fn main() {}
