//! What a cluster's supervisor asks of each service: is it alive, is it ready, what does it count, and the program's
//! own arguments around it. In: an address, whether the service is ready. Out: `/healthz`, `/readyz`, `/metrics` over
//! plain HTTP. Never anything that the service is for: what stands here is safe to show within the cluster.

mod arguments;
mod health;
mod main;

pub use arguments::{Arguments, Asked, Probe, arguments};
pub use health::health;
pub use main::{OwnCommand, Service, fail, main, main_with};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use prometheus::TextEncoder;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// What the service says of itself: ready, or why not. Begin with an error such as "the model is being loaded".
pub type Readiness = watch::Receiver<Result<(), String>>;

/// Why the endpoints could not be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address} for /healthz, /readyz and /metrics: {source}; stop what uses the address, or set another one"
)]
pub struct OpsError {
    address: SocketAddr,
    source: std::io::Error,
}

/// The endpoints; they answer until this is dropped, so that a service that drains is still seen alive.
#[derive(Debug)]
pub struct Ops {
    address: SocketAddr,
    _server: AbortOnDropHandle<()>,
}

impl Ops {
    /// Where it listens; tells the port when the system chose it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Opens the endpoints. Once `shutdown` is asked for, `/readyz` says so: whoever sends work sends it elsewhere.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> Result<Ops, OpsError> {
    let failed = |source| OpsError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let app = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state((readiness, shutdown)))
        .route("/metrics", get(metrics));
    let server = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the endpoints for supervisors ended");
        }
    });
    Ok(Ops { address: bound, _server: AbortOnDropHandle::new(server) })
}

async fn ready(State((readiness, shutdown)): State<(Readiness, CancellationToken)>) -> Response {
    if shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let said = readiness.borrow().clone();
    match said {
        Ok(()) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

/// Everything that this process has counted.
pub async fn metrics() -> Response {
    match TextEncoder::new().encode_to_string(&prometheus::gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            let said = format!("the metrics cannot be written: {error}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use std::process::ExitCode;

    async fn exit_code(address: SocketAddr, probe: Probe) -> String {
        let code = tokio::task::spawn_blocking(move || health(address, probe)).await.unwrap();
        format!("{code:?}")
    }

    #[tokio::test]
    async fn a_supervisor_is_told_alive_ready_and_draining() {
        let (tell, readiness) = watch::channel(Err("the model is being loaded".to_owned()));
        let shutdown = CancellationToken::new();
        let ops = serve("127.0.0.1:0".parse().unwrap(), readiness, shutdown.clone()).await.unwrap();
        let (good, bad) = (format!("{:?}", ExitCode::SUCCESS), format!("{:?}", ExitCode::FAILURE));
        assert_eq!(exit_code(ops.address(), Probe::Alive).await, good);
        assert_eq!(exit_code(ops.address(), Probe::Ready).await, bad);
        tell.send(Ok(())).unwrap();
        assert_eq!(exit_code(ops.address(), Probe::Ready).await, good);
        shutdown.cancel();
        assert_eq!(exit_code(ops.address(), Probe::Ready).await, bad);
        assert_eq!(exit_code(ops.address(), Probe::Alive).await, good, "draining is alive");
        let address = ops.address();
        let taken = serve(address, watch::channel(Ok(())).1, shutdown).await.unwrap_err().to_string();
        assert!(taken.contains(&address.to_string()) && taken.contains("set another"), "{taken}");
    }

    #[tokio::test]
    async fn nobody_there_is_not_healthy() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(exit_code(free, Probe::Alive).await, format!("{:?}", ExitCode::FAILURE));
    }
}
