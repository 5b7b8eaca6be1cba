//! Kafka as the task queue. In: documents that are due, and those that were set aside. Out: the same, to workers of one
//! group. Messages are references; offsets are committed by hand, up to the contiguous settled prefix of a partition.
//!
//! Large documents travel in a topic of their own, of which a worker holds few at a time: they do not hold up small ones.

mod client;
mod events;
mod lane;
mod leaving;
mod offsets;
mod producer;

pub use events::KafkaEvents;

use async_trait::async_trait;
use client::{client_config, failure};
use lane::Lane;
use pagemill_pipeline::{DeadLetter, Due, Failure, Receipt, Received, Stage, Tasks};
use producer::Producer;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How Kafka is reached and which topics are used.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// Documents that are due.
    pub tasks_topic: String,
    /// Documents that are due and larger than `large_from_mib`.
    pub large_tasks_topic: String,
    /// Documents that were read and are to be indexed, for workers that take the halves apart.
    pub index_tasks_topic: String,
    /// Documents that were set aside, with the reason.
    pub dead_letter_topic: String,
    /// The consumer group that the workers share.
    pub group: String,
    /// Change events of sources, as object stores send them; none are followed without.
    pub events_topic: Option<String>,
    pub large_from_mib: u64,
    /// Large documents that one worker holds at a time.
    pub large_in_flight: usize,
    /// Of topics that are made here; a worker without a partition idles, so at least as many as there will be workers.
    pub partitions: i32,
    pub replication: i32,
    /// Anything that librdkafka takes, such as `security.protocol`, `sasl.mechanism`, `sasl.username`, `ssl.ca.location`.
    pub options: BTreeMap<String, String>,
    /// What consumers alone take, such as `fetch.min.bytes`; among `options`, producers would warn of it.
    pub consumer_options: BTreeMap<String, String>,
    /// A file that holds the value of `sasl.password`.
    pub password_file: Option<std::path::PathBuf>,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".into(),
            tasks_topic: "pagemill.tasks".into(),
            large_tasks_topic: "pagemill.tasks.large".into(),
            index_tasks_topic: "pagemill.tasks.index".into(),
            dead_letter_topic: "pagemill.dead-letters".into(),
            group: "pagemill-workers".into(),
            events_topic: None,
            large_from_mib: 20,
            large_in_flight: 1,
            partitions: 24,
            replication: 1,
            options: BTreeMap::new(),
            consumer_options: BTreeMap::new(),
            password_file: None,
        }
    }
}

/// Documents received ahead of their turn, for each that is worked on.
const AHEAD: usize = 2;
const ADMIN_DEADLINE: Duration = Duration::from_secs(15);

/// The task queue in Kafka. A planner publishes; a worker also receives.
pub struct KafkaTasks {
    config: KafkaConfig,
    producer: Producer,
    lanes: Lanes,
}

/// What a worker reads: the topics of its roles. A planner reads none.
#[derive(Default)]
struct Lanes {
    small: Option<Lane>,
    large: Option<Lane>,
    index: Option<Lane>,
}

impl KafkaTasks {
    /// Connects to publish only.
    ///
    /// # Errors
    /// `Stop` when a setting is wrong or the broker refuses us, `Retry` when none answers.
    pub async fn publisher(config: &KafkaConfig) -> Result<Self, Failure> {
        make_topics(config).await?;
        Ok(Self { producer: Producer::new(config)?, config: config.clone(), lanes: Lanes::default() })
    }

    /// Connects as a worker of these roles that works on so many documents at a time.
    ///
    /// # Errors
    /// As [`KafkaTasks::publisher`].
    pub async fn worker(
        config: &KafkaConfig,
        documents_in_flight: usize,
        roles: &[Stage],
    ) -> Result<Self, Failure> {
        let publisher = Self::publisher(config).await?;
        let (group, ahead) = (&config.group, documents_in_flight.max(1) * AHEAD);
        let mut lanes = Lanes::default();
        if roles.contains(&Stage::Read) {
            lanes.small = Some(Lane::join(config, &config.tasks_topic, group, ahead)?);
            let most = config.large_in_flight.max(1);
            let group = format!("{group}-large");
            lanes.large = Some(Lane::join(config, &config.large_tasks_topic, &group, most)?);
        }
        if roles.contains(&Stage::Index) {
            let group = format!("{group}-index");
            lanes.index = Some(Lane::join(config, &config.index_tasks_topic, &group, ahead)?);
        }
        Ok(Self { lanes, ..publisher })
    }
}

#[async_trait]
impl Tasks for KafkaTasks {
    async fn publish(&self, documents: &[Due]) -> Result<(), Failure> {
        self.producer.publish(&self.config, documents).await
    }

    async fn receive(&self) -> Result<Option<Received>, Failure> {
        let Lanes { small, large, index } = &self.lanes;
        tokio::select! {
            Some(received) = receive_from(small) => received,
            Some(received) = receive_from(large) => received,
            Some(received) = receive_from(index) => received,
            else => Ok(None),
        }
    }

    async fn settle(&self, receipt: Receipt) -> Result<(), Failure> {
        let Lanes { small, large, index } = &self.lanes;
        let lane = match &receipt.topic {
            topic if *topic == self.config.large_tasks_topic => large,
            topic if *topic == self.config.index_tasks_topic => index,
            _ => small,
        };
        if let Some(lane) = lane {
            lane.settle(&receipt);
        }
        Ok(())
    }

    async fn dead_letter(&self, letter: &DeadLetter) -> Result<(), Failure> {
        self.producer.dead_letter(&self.config, letter).await
    }
}

/// `None` at once where there is no lane.
async fn receive_from(lane: &Option<Lane>) -> Option<Result<Option<Received>, Failure>> {
    Some(lane.as_ref()?.receive().await)
}

/// Makes the topics that are missing. Those that are there stay as they are.
async fn make_topics(config: &KafkaConfig) -> Result<(), Failure> {
    let admin: AdminClient<DefaultClientContext> =
        client_config(config)?.create().map_err(|error| failure(&error, "no client could be made"))?;
    let topics = [
        &config.tasks_topic,
        &config.large_tasks_topic,
        &config.index_tasks_topic,
        &config.dead_letter_topic,
    ];
    let topics: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|name| NewTopic::new(name, config.partitions, TopicReplication::Fixed(config.replication)))
        .collect();
    let options =
        AdminOptions::new().operation_timeout(Some(ADMIN_DEADLINE)).request_timeout(Some(ADMIN_DEADLINE));
    let made = admin.create_topics(&topics, &options).await;
    for outcome in made.map_err(|error| failure(&error, "the topics could not be made"))? {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            // Whoever may not make topics may still use those that somebody made.
            Err((
                topic,
                RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed,
            )) => {
                tracing::warn!(topic, "no right to make the topic; taken to be there");
            }
            Err((topic, code)) => {
                return Err(Failure::stop(format!(
                    "the Kafka topic {topic} could not be made: {code}; make it by hand, or set `kafka.partitions` and \
                     `kafka.replication` to what the brokers allow"
                )));
            }
        }
    }
    Ok(())
}
