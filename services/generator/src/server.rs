//! The sockets of the service: gRPC with the standard health service, and the endpoints for supervisors. Says that it is
//! ready once each model has shown that it works; drains when it is told to end.

use crate::ServerConfig;
use crate::models::Models;
use crate::service::Service;
use pagemill_pipeline::Failure;
use pagemill_proto::models::models_server::ModelsServer;
use pagemill_runtime::ops::{self, Ops};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;

/// A caller whose machine is gone is noticed within these two.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// The service with its addresses taken.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    ops: Ops,
    ready: watch::Sender<Result<(), String>>,
    max_waiting: usize,
    drain: Duration,
}

impl Server {
    /// Takes the addresses. From now on `/healthz` answers, and `/readyz` says that the models are being loaded.
    ///
    /// # Errors
    /// `Stop` when an address cannot be listened on.
    pub async fn bind(config: &ServerConfig, shutdown: CancellationToken) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::stop(format!(
                "cannot listen on {}: {error}; stop what uses the address or set `server.address` to another one",
                config.address
            ))
        };
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (ready, readiness) = watch::channel(Err("the models are being loaded".to_owned()));
        let ops = ops::serve(config.http_address, readiness, shutdown)
            .await
            .map_err(|error| Failure::stop(format!("server.http_address: {error}")))?;
        let drain = Duration::from_secs(config.drain_seconds);
        Ok(Self { listener, address, ops, ready, max_waiting: config.max_waiting, drain })
    }

    /// Where it listens for gRPC.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for supervisors.
    pub fn http_address(&self) -> SocketAddr {
        self.ops.address()
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    /// `Stop` when a model does not work or the socket fails.
    pub async fn serve(self, models: Models, shutdown: CancellationToken) -> Result<(), Failure> {
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_not_serving::<ModelsServer<Service>>().await;
        let service = Service::new(models.clone(), self.max_waiting);
        let served = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(PING_EVERY))
            .http2_keepalive_timeout(Some(PONG_WITHIN))
            .add_service(health_service)
            .add_service(ModelsServer::new(service))
            .serve_with_incoming_shutdown(
                TcpIncoming::from(self.listener).with_nodelay(Some(true)),
                shutdown.clone().cancelled_owned(),
            );
        tracing::info!(address = %self.address, "serving");
        let become_ready = async {
            models.warm_up().await?;
            health.set_serving::<ModelsServer<Service>>().await;
            self.ready.send_replace(Ok(())).ok();
            tracing::info!("ready");
            shutdown.cancelled().await;
            health.set_not_serving::<ModelsServer<Service>>().await;
            tokio::time::sleep(self.drain).await;
            tracing::warn!(drain_seconds = self.drain.as_secs(), "requests still under way were cut off");
            Ok(())
        };
        tokio::select! {
            outcome = served => outcome.map_err(|error| Failure::stop(format!("the gRPC server ended: {error}"))),
            outcome = become_ready => outcome,
        }
    }
}
