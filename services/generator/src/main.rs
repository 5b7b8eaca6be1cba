//! `pagemill-generator`: the model service.

use pagemill_generator::{Config, run};
use pagemill_runtime::ops::{self, Service};
use std::process::ExitCode;

fn main() -> ExitCode {
    // llama.cpp's threads spin while they wait, which on a busy machine costs more time than it saves.
    if let Err(error) = pagemill_runtime::environment::restart_with("OMP_WAIT_POLICY", "passive") {
        return ops::fail(SERVICE.name, &error);
    }
    ops::main(&SERVICE, run)
}

const SERVICE: Service<Config> = Service {
    name: "pagemill-generator",
    about: "Serves a Llama-architecture model and an embedding model over gRPC.",
    ops_address: |config| config.server.http_address,
    log: |config| &config.log,
};
