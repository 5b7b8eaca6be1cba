//! `pagemill`: arguments in, the same flows as everywhere, words for people out. Wires the local stages and holds no
//! logic of its own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod commands;
mod config;
mod desk;
mod progress_bar;
mod wire;

use arguments::{Arguments, Command};
use clap::Parser;
use pagemill_pipeline::Failure;
use pagemill_worker::child;
use std::process::ExitCode;

/// Exit codes, as the README lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Done,
    /// Some documents could not go in.
    WithFailures,
    /// Stopped by a signal; the next run goes on.
    Interrupted,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        ExitCode::from(match ended {
            Ended::Done => 0,
            Ended::WithFailures => 3,
            Ended::Interrupted => 130,
        })
    }
}

/// Runs the program: a command, or (asked for by itself) a confined process.
pub fn main() -> ExitCode {
    if let Some(role) = child::role(std::env::args()) {
        return child::run(role);
    }
    // llama.cpp's threads spin while they wait, which on a busy machine costs more time than it saves.
    if let Err(error) = pagemill_runtime::environment::restart_with("OMP_WAIT_POLICY", "passive") {
        return fail(&error);
    }
    let arguments = Arguments::parse();
    let config = match config::load(arguments.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string()),
    };
    if let Err(error) = pagemill_runtime::logs::start(&config.log) {
        return fail(&error.to_string());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the threads could not be started: {error}")),
    };
    match runtime.block_on(run(arguments.command, config)) {
        Ok(ended) => ended.into(),
        Err(failure) => fail(&failure.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("pagemill: {message}");
    ExitCode::from(1)
}

async fn run(command: Command, config: config::Config) -> Result<Ended, Failure> {
    let shutdown = pagemill_runtime::signals::shutdown()
        .map_err(|error| Failure::stop(format!("signals cannot be heard: {error}")))?;
    match command {
        Command::Ingest(arguments) => commands::ingest::run(arguments, &config, shutdown).await,
        Command::Search(arguments) => commands::search::run(arguments, &config).await,
        Command::Ask(arguments) => commands::ask::run(arguments, &config).await,
        Command::Serve(arguments) => commands::serve::run(arguments, config, shutdown).await,
        Command::Extract(arguments) => commands::extract::run(arguments, &config, shutdown).await,
        Command::Export(arguments) => commands::export::run(arguments, &config).await,
        Command::Inspect(arguments) => commands::inspect::run(arguments, &config).await,
        Command::Status(arguments) => commands::status::run(arguments, &config).await,
        Command::Failures(arguments) => commands::failures::run(arguments, &config).await,
        Command::Retry(arguments) => commands::retry::run(arguments, &config, shutdown).await,
        Command::Job(arguments) => commands::job::run(arguments, &config, shutdown).await,
        Command::Reindex => commands::reindex::run(&config, shutdown).await,
        Command::Rebalance => commands::rebalance::run(&config).await,
        Command::Fsck(arguments) => commands::fsck::run(arguments, &config).await,
        Command::Explain(arguments) => commands::explain::run(arguments, &config).await,
        Command::Selftest(arguments) => commands::selftest::run(arguments, &config, shutdown).await,
        Command::Delete(arguments) => commands::delete::run(arguments, &config, shutdown).await,
    }
}
