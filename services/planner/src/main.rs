//! `pagemill-planner`: lists sources, tells workers what is due, runs jobs and sweeps.

use pagemill_planner::Config;
use std::process::ExitCode;

fn main() -> ExitCode {
    let service = pagemill_runtime::ops::Service {
        name: "pagemill-planner",
        about: "Lists the sources of jobs, follows their events, and tells workers what is due.",
        ops_address: |config: &Config| config.ops.address,
        log: |config| &config.log,
    };
    pagemill_runtime::ops::main(&service, pagemill_planner::run)
}
