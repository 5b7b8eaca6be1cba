//! The frame of a service's program: arguments, configuration, logs, threads, signals. In: how its configuration names
//! its endpoints and logs, and its `run`. Out: an exit code, and one line on standard error where it could not go on.
#![allow(clippy::print_stderr, reason = "the last words of a process, when there may be no log yet")]

use super::{Arguments, Asked, arguments, health};
use crate::logs::{self, LogConfig};
use crate::{config, signals};
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// A service, as its program sees it.
#[derive(Debug)]
pub struct Service<C> {
    /// Of the binary, such as `pagemill-generator`.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Where the configuration has the endpoints of [`super::serve`].
    pub ops_address: fn(&C) -> SocketAddr,
    pub log: fn(&C) -> &LogConfig,
}

/// A small command of a service's own, which needs no configuration.
#[derive(Clone, Copy, Debug)]
pub struct OwnCommand {
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    pub run: fn() -> ExitCode,
}

/// Runs a service until it ends by itself or by a signal: 0 when it ended as asked, 1 when it could not go on.
pub fn main<C, F, E>(service: &Service<C>, run: impl FnOnce(C, CancellationToken) -> F) -> ExitCode
where
    C: DeserializeOwned,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    main_with(service, &[], run)
}

/// As [`main`], for a program that has commands of its own beside serving.
pub fn main_with<C, F, E>(
    service: &Service<C>,
    own: &[OwnCommand],
    run: impl FnOnce(C, CancellationToken) -> F,
) -> ExitCode
where
    C: DeserializeOwned,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let Arguments { config, asked } = arguments(service.name, service.about, own);
    if let Asked::Own(at) = asked {
        return (own[at].run)();
    }
    let config: C = match config::load(config.as_deref()) {
        Ok(config) => config,
        Err(error) => return fail(service.name, &error),
    };
    if let Asked::Health(probe) = asked {
        return health((service.ops_address)(&config), probe);
    }
    if let Err(error) = logs::start((service.log)(&config)) {
        return fail(service.name, &error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(service.name, &format!("the threads could not be started: {error}")),
    };
    let ended = runtime.block_on(async {
        let shutdown = signals::shutdown().map_err(|error| format!("signals cannot be heard: {error}"))?;
        run(config, shutdown).await.map_err(|error| error.to_string())
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(service.name, &error),
    }
}

/// The last words of a program that could not go on.
pub fn fail(name: &str, error: &dyn Display) -> ExitCode {
    eprintln!("{name}: {error}");
    ExitCode::FAILURE
}
