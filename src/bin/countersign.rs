//! The terminal tool's root: hands the arguments to the terminal's door.

fn main() -> std::process::ExitCode {
    countersign::cli::main()
}
