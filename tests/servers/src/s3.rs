//! An S3 server (versitygw over a folder) with a fault proxy in front of it. In: the program that `make servers` built.
//! Out: an endpoint, keys, buckets; optionally each change told to a Kafka topic. Versions are kept where a bucket's
//! versioning is switched on, by the usual request. Speaks path style; never checks who owns what: there is one account.

use crate::fault_proxy::{Fault, FaultProxy};
use crate::home::installed;
use crate::process::{Launch, Running};
use crate::{ServerError, ports, process};
use rustix::process::Signal;
use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ACCESS_KEY: &str = "pagemill-tests";
const SECRET_KEY: &str = "not-a-secret-only-for-tests";
const REGION: &str = "us-east-1";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the server tells of changes, as S3's `Records[]`. The topic must exist before the server starts; its first message
/// is an `s3:TestEvent`.
///
/// Not as AWS does it: `eventName` begins with `s3:`, keys are not form-encoded, `eTag` has its quotes, and `sequencer` counts
/// the events of this process in hexadecimal without leading zeros, from 1 after each start. What happens while Kafka is away
/// is told to nobody.
#[derive(Clone, Debug)]
pub struct Events {
    /// A Kafka's `host:port`.
    pub bootstrap: String,
    pub topic: String,
}

/// A running S3 server. Its data lives as long as this value, through restarts and kills.
pub struct S3 {
    running: Option<Running>,
    proxy: FaultProxy,
    launch: Launch,
    port: u16,
    folder: TempDir,
}

impl S3 {
    /// Starts a server that tells nobody of changes.
    pub async fn start() -> Result<S3, ServerError> {
        S3::start_telling(None).await
    }

    /// Starts a server that tells of every put, copy, finished multipart upload and delete.
    pub async fn start_with_events(events: Events) -> Result<S3, ServerError> {
        S3::start_telling(Some(events)).await
    }

    async fn start_telling(events: Option<Events>) -> Result<S3, ServerError> {
        let program = installed("bin/versitygw", "The S3 server (versitygw)")?;
        let folder = process::folder("s3")?;
        let (buckets, versions) = (folder.path().join("buckets"), folder.path().join("versions"));
        for made in [&buckets, &versions] {
            std::fs::create_dir(made)
                .map_err(|e| ServerError(format!("S3: cannot make {}: {e}", made.display())))?;
        }
        let port = ports::free()?;
        let mut arguments: Vec<OsString> =
            ["--region", REGION, "--health", "/healthz", "--keep-alive", "--quiet"]
                .map(OsString::from)
                .to_vec();
        arguments.extend(["--port".into(), format!("127.0.0.1:{port}").into()]);
        if let Some(Events { bootstrap, topic }) = events {
            arguments.extend(["--event-kafka-url".into(), bootstrap.into()]);
            arguments.extend(["--event-kafka-topic".into(), topic.into()]);
        }
        arguments.extend(["posix".into(), "--versioning-dir".into(), versions.into(), buckets.into()]);
        let launch = Launch {
            name: "The S3 server",
            program,
            arguments,
            environment: vec![("ROOT_ACCESS_KEY", ACCESS_KEY.into()), ("ROOT_SECRET_KEY", SECRET_KEY.into())],
            user: None,
            folder: folder.path().to_owned(),
            stop_signal: Signal::TERM,
            drop_signal: Signal::KILL,
        };
        let proxy = FaultProxy::in_front_of(port)?;
        let mut server = S3 { running: None, proxy, launch, port, folder };
        server.resume().await?;
        Ok(server)
    }

    /// What clients use: through the fault proxy.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy.port())
    }

    /// The server itself, for a test's own preparations while faults are on.
    pub fn direct_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn access_key(&self) -> &'static str {
        ACCESS_KEY
    }

    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    pub fn region(&self) -> &'static str {
        REGION
    }

    /// Makes an empty bucket without versions.
    pub fn create_bucket(&self, name: &str) -> Result<(), ServerError> {
        let bucket = self.folder.path().join("buckets").join(name);
        std::fs::create_dir(&bucket)
            .map_err(|e| ServerError(format!("S3: the bucket {name} cannot be made: {e}")))
    }

    /// From now on, until told otherwise; for what goes to `endpoint`.
    pub fn set_fault(&self, fault: Fault) {
        self.proxy.set(fault);
    }

    /// The proxy in front, for its counts.
    pub fn proxy(&self) -> &FaultProxy {
        &self.proxy
    }

    /// Stops it in order and starts it again on the same port with the same data.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.stop().await?;
        self.resume().await
    }

    /// Stops it in order and leaves it stopped until `resume`; clients of `endpoint` are cut off meanwhile.
    pub async fn stop(&mut self) -> Result<(), ServerError> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    /// Kills it as a crash would and leaves it dead until `resume`.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// Starts it again after `stop` or `kill`.
    pub async fn resume(&mut self) -> Result<(), ServerError> {
        if self.running.is_some() {
            return Ok(());
        }
        let mut running = self.launch.start()?;
        let port = self.port;
        running.until_ready(START_TIMEOUT, async || healthy(port).await).await?;
        self.running = Some(running);
        Ok(())
    }
}

async fn healthy(port: u16) -> Result<(), String> {
    let exchange = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    match exchange.await {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => Ok(()),
        Ok(answer) => Err(format!("it answered {}", answer.lines().next().unwrap_or("nothing"))),
        Err(error) => Err(error.to_string()),
    }
}
