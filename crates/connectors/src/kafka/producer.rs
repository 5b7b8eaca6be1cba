//! Writes messages. A call returns when all in-sync replicas have them.

use super::KafkaConfig;
use super::client::{client_config, failure};
use futures::stream::{FuturesUnordered, TryStreamExt};
use pagemill_pipeline::{DeadLetter, Due, Failure, Stage};
use pagemill_proto::tasks;
use prost::Message;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a message may wait for its acknowledgement.
const DELIVERY_MS: &str = "20000";
/// How long it may wait for room in the client's own buffer.
const ROOM: Duration = Duration::from_secs(20);
const TRACE_ID: &str = "trace_id";

pub(super) struct Producer {
    producer: FutureProducer,
}

impl Producer {
    pub fn new(config: &KafkaConfig) -> Result<Self, Failure> {
        let producer = client_config(config)?
            .set("enable.idempotence", "true")
            .set("compression.type", "zstd")
            .set("delivery.timeout.ms", DELIVERY_MS)
            .set("linger.ms", "5")
            .create()
            .map_err(|error| failure(&error, "no producer could be made"))?;
        Ok(Self { producer })
    }

    /// Tells workers of documents, in the topic of their size. Messages about one document keep their order.
    pub async fn publish(&self, config: &KafkaConfig, documents: &[Due]) -> Result<(), Failure> {
        let published_ms =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
        let sends: FuturesUnordered<_> = documents
            .iter()
            .map(|due| {
                let is_large = due.size_bytes >= config.large_from_mib << 20;
                let topic = match due.stage {
                    Stage::Index => &config.index_tasks_topic,
                    Stage::Read if is_large => &config.large_tasks_topic,
                    Stage::Read => &config.tasks_topic,
                };
                let message = tasks::Task {
                    document: due.document.as_str().to_owned(),
                    size_bytes: due.size_bytes,
                    published_ms,
                };
                self.send(topic, due.document.as_str(), message.encode_to_vec(), None)
            })
            .collect();
        sends.try_collect().await
    }

    pub async fn dead_letter(&self, config: &KafkaConfig, letter: &DeadLetter) -> Result<(), Failure> {
        let reason = serde_json::to_value(letter.failure.reason).unwrap_or_default();
        let message = tasks::DeadLetter {
            document: letter.document.as_str().to_owned(),
            source: letter.source.clone(),
            key: letter.key.clone(),
            reason: reason.as_str().unwrap_or_default().to_owned(),
            detail: letter.failure.detail.clone(),
            advice: letter.failure.advice.clone(),
            attempts: letter.attempts,
            trace_id: letter.trace.as_str().to_owned(),
            at_ms: letter.at_ms,
        };
        let payload = message.encode_to_vec();
        let trace = letter.trace.as_str();
        self.send(&config.dead_letter_topic, letter.document.as_str(), payload, Some(trace)).await
    }

    async fn send(
        &self,
        topic: &str,
        key: &str,
        payload: Vec<u8>,
        trace: Option<&str>,
    ) -> Result<(), Failure> {
        let mut record = FutureRecord::to(topic).key(key).payload(&payload);
        if let Some(trace) = trace {
            record = record.headers(OwnedHeaders::new().insert(Header { key: TRACE_ID, value: Some(trace) }));
        }
        let sent = self.producer.send(record, Timeout::After(ROOM)).await;
        sent.map(|_| ()).map_err(|(error, _)| failure(&error, &format!("{topic} did not take a message")))
    }
}
