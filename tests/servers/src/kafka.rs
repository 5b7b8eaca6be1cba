//! Kafka, one node that is broker and controller (KRaft), in a folder of its own. In: the jars of `make servers`.
//! Out: where to connect, topics, restarts and kills. Makes no topic that was not asked for.
//! Never holds more than one replica of anything; 256 MB of heap.

use crate::ServerError;
use crate::home::installed;
use crate::process::{Launch, Running};
use crate::{kafka_wire, ports, process};
use rustix::process::Signal;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, interval};

const START_TIMEOUT: Duration = Duration::from_secs(180);
const TOPIC_TIMEOUT: Duration = Duration::from_secs(60);
/// Sixteen bytes in Kafka's base64; one cluster is as good as another.
const CLUSTER_ID: &str = "cGFnZW1pbGwtdGVzdHM0Mg";

/// A running Kafka. Its data lives as long as this value, through restarts and kills.
pub struct Kafka {
    running: Option<Running>,
    launch: Launch,
    port: u16,
    // After `running`: the folder goes when the server is gone.
    _folder: TempDir,
}

impl Kafka {
    /// Formats a data folder and starts a node (about five seconds of CPU).
    pub async fn start() -> Result<Kafka, ServerError> {
        let (jars, log) = (installed("kafka/jars", "Kafka")?, installed("kafka/log4j2.xml", "Kafka")?);
        let folder = process::folder("kafka")?;
        let port = ports::free()?;
        let properties = folder.path().join("server.properties");
        std::fs::write(&properties, settings(port, ports::free()?, folder.path()))
            .map_err(|e| ServerError(format!("Kafka: cannot write {}: {e}", properties.display())))?;
        let mut java: Vec<OsString> =
            ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
                .map(OsString::from)
                .to_vec();
        java.push(joined("-Djava.io.tmpdir=", folder.path()));
        java.push(joined("-Dlog4j2.configurationFile=", &log));
        java.extend(["-cp".into(), jars.join("*").into()]);
        format(&java, &properties).await?;
        java.extend(["kafka.Kafka".into(), properties.into()]);
        let launch = Launch {
            name: "Kafka",
            program: "java".into(),
            arguments: java,
            environment: Vec::new(),
            user: None,
            folder: folder.path().to_owned(),
            stop_signal: Signal::TERM,
            drop_signal: Signal::KILL,
        };
        let mut kafka = Kafka { running: None, launch, port, _folder: folder };
        kafka.resume().await?;
        Ok(kafka)
    }

    /// `host:port` for a client's `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes a topic and waits until each of its partitions has a leader.
    pub async fn create_topic(&self, name: &str, partitions: u32) -> Result<(), ServerError> {
        let failed =
            |reason: String| ServerError(format!("Kafka: the topic {name} could not be made: {reason}"));
        let deadline = Instant::now() + TOPIC_TIMEOUT;
        let work = async {
            kafka_wire::create_topic(self.port, name, partitions).await.map_err(|e| failed(e.to_string()))?;
            let mut ticks = interval(Duration::from_millis(25));
            loop {
                ticks.tick().await;
                let cluster = kafka_wire::metadata(self.port).await.map_err(|e| failed(e.to_string()))?;
                if cluster.topics.iter().any(|topic| topic.name == name && topic.led == partitions as usize) {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout_at(deadline, work)
            .await
            .unwrap_or_else(|_| Err(failed(format!("no leaders after {} seconds", TOPIC_TIMEOUT.as_secs()))))
    }

    /// Stops it in order and starts it again on the same port with the same data.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.stop().await?;
        self.resume().await
    }

    /// Stops it in order and leaves it stopped until `resume`.
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

    /// Starts it again after `stop` or `kill`, and waits until every partition of every topic has its leader back.
    pub async fn resume(&mut self) -> Result<(), ServerError> {
        if self.running.is_some() {
            return Ok(());
        }
        let mut running = self.launch.start()?;
        let port = self.port;
        running.until_ready(START_TIMEOUT, async || serves(port).await).await?;
        self.running = Some(running);
        Ok(())
    }
}

/// A node answers before it has registered itself, and names topics before they have leaders.
async fn serves(port: u16) -> Result<(), String> {
    let cluster = kafka_wire::metadata(port).await.map_err(|e| e.to_string())?;
    if cluster.brokers == 0 {
        return Err("its broker has not registered".to_owned());
    }
    match cluster.topics.iter().find(|topic| topic.led < topic.partitions) {
        Some(topic) => {
            Err(format!("the topic {} has {} leaders of {}", topic.name, topic.led, topic.partitions))
        }
        None => Ok(()),
    }
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut text = OsString::from(option);
    text.push(path);
    text
}

async fn format(java: &[OsString], properties: &Path) -> Result<(), ServerError> {
    let output = tokio::process::Command::new("java")
        .args(java)
        .args(["kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config"])
        .arg(properties)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| ServerError(format!("Kafka: java does not run: {e}. Run `make servers`.")))?;
    if output.status.success() {
        return Ok(());
    }
    let (said, reason) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(ServerError(format!(
        "Kafka: its data folder cannot be formatted: {}\n{}",
        reason.trim(),
        said.trim()
    )))
}

/// One replica, few partitions of the internal topics, no waiting before a group's first rebalance, small buffers; a
/// killed node comes back as soon as its session has ended, so that is short.
fn settings(port: u16, controller_port: u16, folder: &Path) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
",
        data = folder.join("data").display(),
    )
}
