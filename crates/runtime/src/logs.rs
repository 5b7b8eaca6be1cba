//! Logs: spans and events to standard error, for people or as JSON lines. In: a level and a form.

use serde::Deserialize;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// How much is logged and in which form.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// error, warn, info, debug, trace, or directives such as `warn,pagemill_pipeline=debug`.
    pub level: String,
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "error".into(), format: LogFormat::Text }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("log.level: `{level}` is no level and no directive: {reason}")]
    Level { level: String, reason: String },
    #[error("logging is started already")]
    Twice,
}

/// Starts logging for the process.
///
/// # Errors
/// When the level cannot be understood or logging is started already.
pub fn start(config: &LogConfig) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&config.level)
        .map_err(|error| LogError::Level { level: config.level.clone(), reason: error.to_string() })?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => logs.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    started.map_err(|_| LogError::Twice)
}
