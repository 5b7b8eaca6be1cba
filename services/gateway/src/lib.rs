//! The HTTP API and the web page over one Pagemill: search, ask, look at documents and at the pages that answers cite,
//! add PDFs, follow progress. In: requests. Out: JSON, event streams, images, the page.
//!
//! Holds no model and parses no PDF: pages are rendered by confined processes, answers come from the pipeline. Without
//! keys there is no login, so it listens on loopback by default; it turns away what other web sites send.

mod access;
mod ask;
mod config;
mod content;
mod delete;
mod documents;
mod error;
mod guard;
mod images;
mod jobs;
mod metrics;
mod openai;
mod page;
mod params;
mod progress;
mod router;
mod search;
pub mod service;
mod shared;
mod status;
mod upload;

pub use access::{Access, KeyConfig, NewKey, OidcConfig, Scope, new_key};
pub use config::GatewayConfig;
pub use router::router;
pub use shared::{Gateway, Uploads};

use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The API's own description, as `GET /api/v1/openapi.json` serves it.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// Why the gateway could not run.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error(
        "cannot listen on {address}: {source}; stop what uses the address or set `gateway.address` to another one"
    )]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("{0}")]
    Access(String),
    #[error("the web server ended: {0}; start it again, and look at the log for what came before")]
    Serve(#[from] std::io::Error),
}

/// Listens and serves until `shutdown`, then finishes what is under way for at most `drain_seconds`.
///
/// # Errors
/// When the address cannot be listened on, or keys or the issuer of tokens are configured wrongly.
pub async fn run(
    config: GatewayConfig,
    gateway: Gateway,
    shutdown: CancellationToken,
) -> Result<(), GatewayError> {
    let address = config.address;
    let listener =
        TcpListener::bind(address).await.map_err(|source| GatewayError::Bind { address, source })?;
    serve(listener, config, gateway, shutdown).await
}

/// As [`run`], on a listener that is there already (a port chosen by the system, a socket that was handed over).
///
/// # Errors
/// When the listener fails, or keys or the issuer of tokens are configured wrongly.
pub async fn serve(
    listener: TcpListener,
    mut config: GatewayConfig,
    gateway: Gateway,
    shutdown: CancellationToken,
) -> Result<(), GatewayError> {
    config.address = listener.local_addr()?;
    let asks_for_keys = !config.keys.is_empty() || config.oidc.is_some();
    if !config.address.ip().is_loopback() && !asks_for_keys {
        tracing::warn!(address = %config.address, "no login: whoever reaches this address can read, add and remove documents");
    }
    tracing::info!(address = %config.address, "serving");
    let drain = Duration::from_secs(config.drain_seconds);
    let app = router(config, gateway, shutdown.clone())?;
    let served = axum::serve(listener, app).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    tokio::select! {
        outcome = served.into_future() => outcome?,
        () = async { shutdown.cancelled().await; tokio::time::sleep(drain).await } => {
            tracing::warn!(drain_seconds = drain.as_secs(), "requests still under way were cut off");
        }
    }
    Ok(())
}
