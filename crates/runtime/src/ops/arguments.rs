//! The arguments that every service takes: where its configuration is, and `health` for a container's health check.

use super::OwnCommand;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::path::PathBuf;

/// What a service's program was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// A TOML file; defaults and the environment alone without.
    pub config: Option<PathBuf>,
    pub asked: Asked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Run until told to end.
    Serve,
    /// Ask the running service how it is.
    Health(Probe),
    /// One of the service's own, by its place.
    Own(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Its process answers.
    Alive,
    /// It takes work.
    Ready,
}

#[derive(Parser)]
struct Line {
    /// Configuration (TOML). PAGEMILL__SECTION__KEY variables win over it.
    #[arg(long, value_name = "FILE", env = "PAGEMILL_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Ask the running service how it is: exit code 0 when well, 1 when not
    Health(Health),
}

#[derive(Args)]
struct Health {
    /// Ask whether it takes work, rather than whether it is alive
    #[arg(long)]
    ready: bool,
}

/// Takes the arguments of this process; prints help or what is wrong, and ends, where that is asked for.
pub fn arguments(name: &'static str, about: &'static str, own: &[OwnCommand]) -> Arguments {
    parse(name, about, own, std::env::args_os()).unwrap_or_else(|said| said.exit())
}

fn parse(
    name: &'static str,
    about: &'static str,
    own: &[OwnCommand],
    line: impl Iterator<Item = std::ffi::OsString>,
) -> Result<Arguments, clap::Error> {
    let command = Line::command().name(name).bin_name(name).about(about).version(env!("CARGO_PKG_VERSION"));
    let command = own
        .iter()
        .fold(command, |command, own| command.subcommand(clap::Command::new(own.name).about(own.about)));
    let matches = command.try_get_matches_from(line)?;
    if let Some(at) = own.iter().position(|own| matches.subcommand_name() == Some(own.name)) {
        return Ok(Arguments { config: None, asked: Asked::Own(at) });
    }
    let line = Line::from_arg_matches(&matches)?;
    let asked = match line.command {
        None => Asked::Serve,
        Some(Command::Health(Health { ready: false })) => Asked::Health(Probe::Alive),
        Some(Command::Health(Health { ready: true })) => Asked::Health(Probe::Ready),
    };
    Ok(Arguments { config: line.config, asked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_serves_or_asks_how_it_is() {
        let check = |line: &str, expected: Option<(Option<&str>, Asked)>| {
            let words = line.split(' ').map(Into::into);
            let own =
                OwnCommand { name: "key", about: "Make a key", run: || std::process::ExitCode::SUCCESS };
            let parsed = parse("pagemill-x", "X.", &[own], words).ok();
            let expected =
                expected.map(|(config, asked)| Arguments { config: config.map(PathBuf::from), asked });
            assert_eq!(parsed, expected, "{line}");
        };
        check("pagemill-x", Some((None, Asked::Serve)));
        check("pagemill-x --config a.toml", Some((Some("a.toml"), Asked::Serve)));
        check("pagemill-x health --config a.toml", Some((Some("a.toml"), Asked::Health(Probe::Alive))));
        check("pagemill-x health --ready", Some((None, Asked::Health(Probe::Ready))));
        check("pagemill-x key", Some((None, Asked::Own(0))));
        check("pagemill-x helth", None);
    }
}
