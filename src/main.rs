//! The `tardy` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    tardy::main([])
}
