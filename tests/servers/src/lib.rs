//! Real servers for tests: Kafka, PostgreSQL and an S3 server, each started on loopback, on a free port, in a folder of
//! its own, and stopped with everything it wrote when its value is dropped or the test's process ends in any way.
//! In: programs that `make servers` installed. Out: addresses to connect to, restarts, kills, and faults on the way.
//! Never listens beyond loopback, never uses a server that was already running, never waits without a deadline.

mod fault_proxy;
mod home;
mod kafka;
mod kafka_wire;
mod ports;
mod postgres;
mod process;
mod s3;

pub use fault_proxy::{Fault, FaultProxy};
pub use kafka::Kafka;
pub use ports::free as free_port;
pub use postgres::Postgres;
pub use s3::{Events, S3};

/// Why a server could not be started, reached or stopped; names what to do, and ends with the server's last log lines
/// where it wrote any.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(pub(crate) String);

impl ServerError {
    pub(crate) fn new(message: impl Into<String>) -> ServerError {
        ServerError(message.into())
    }
}
