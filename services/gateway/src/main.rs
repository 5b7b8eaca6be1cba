//! `pagemill-gateway`: the HTTP API and the web page of a cluster.

use pagemill_gateway::service::{self, Config, reader};
use pagemill_runtime::ops::{self, OwnCommand, Service};
use std::process::ExitCode;

fn main() -> ExitCode {
    if reader::is_asked_for(std::env::args()) {
        return reader::run();
    }
    let service = Service {
        name: "pagemill-gateway",
        about: "Serves search, cited answers and documents of a cluster over HTTP, with a web page.",
        ops_address: |config: &Config| config.gateway.address,
        log: |config| &config.log,
    };
    let key = OwnCommand { name: "key", about: "Make a key for somebody", run: service::print_new_key };
    ops::main_with(&service, &[key], service::run)
}
