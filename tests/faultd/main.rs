//! `cargo run --example faultd -- [--port N] [--script FILE]`: the fault server from a command line, for tests in browsers.
//! It prints its address and runs until its standard input closes, so that it never outlives who started it.

#[path = "mod.rs"]
#[expect(dead_code, reason = "the native tests use the rest")]
mod faultd;

use std::io::Read;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    let port = value("--port").map_or(Ok(0), |port| port.parse());
    let script = value("--script").map_or(Ok(String::new()), std::fs::read_to_string);
    let (Ok(port), Ok(script)) = (port, script) else {
        eprintln!("usage: faultd [--port N] [--script FILE]");
        return ExitCode::from(2);
    };
    match faultd::Faults::start(port, &script) {
        Ok(server) => {
            println!("http://127.0.0.1:{}", server.port);
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("could not start: {why}");
            ExitCode::from(1)
        }
    }
}
