//! `pagemill-worker`: takes tasks from Kafka and brings documents into the index.

use pagemill_worker::{Config, child};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(role) = child::role(std::env::args()) {
        return child::run(role);
    }
    let service = pagemill_runtime::ops::Service {
        name: "pagemill-worker",
        about: "Takes documents from the task queue, reads, embeds and indexes them.",
        ops_address: |config: &Config| config.ops.address,
        log: |config| &config.log,
    };
    pagemill_runtime::ops::main(&service, pagemill_worker::run)
}
