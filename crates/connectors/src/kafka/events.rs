//! Change events of sources from a Kafka topic, where MinIO and versitygw send them. In: messages of any form. Out: the same,
//! one at a time; an offset is committed when its message is settled.

use super::KafkaConfig;
use super::client::{consumer_config, failure};
use super::leaving::Leaving;
use async_trait::async_trait;
use pagemill_pipeline::{EventReceipt, EventSource, Failure, ReceivedEvent};
use rdkafka::consumer::{CommitMode, Consumer, DefaultConsumerContext, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

/// The events of one topic.
pub struct KafkaEvents {
    consumer: Leaving<DefaultConsumerContext>,
    topic: String,
}

impl KafkaEvents {
    /// Joins the planners' group on a topic, which has to be there.
    ///
    /// # Errors
    /// `Stop` when a setting is wrong.
    pub fn join(config: &KafkaConfig, topic: &str) -> Result<Self, Failure> {
        let consumer: StreamConsumer = consumer_config(config, &[("fetch.wait.max.ms", "100")])?
            .set("group.id", format!("{}-events", config.group))
            .create()
            .map_err(|error| failure(&error, "no consumer could be made"))?;
        consumer.subscribe(&[topic]).map_err(|error| failure(&error, &format!("{topic} cannot be read")))?;
        Ok(Self { consumer: Leaving::new(consumer), topic: topic.to_owned() })
    }
}

#[async_trait]
impl EventSource for KafkaEvents {
    async fn receive(&self) -> Result<Option<ReceivedEvent>, Failure> {
        let message = self.consumer.recv().await.map_err(|error| failure(&error, "reading events"))?;
        let receipt = EventReceipt(format!("{}/{}", message.partition(), message.offset()));
        Ok(Some(ReceivedEvent { message: message.payload().unwrap_or_default().to_vec(), receipt }))
    }

    async fn settle(&self, receipt: EventReceipt) -> Result<(), Failure> {
        let (partition, offset) = receipt
            .0
            .split_once('/')
            .and_then(|(partition, offset)| Some((partition.parse().ok()?, offset.parse::<i64>().ok()?)))
            .ok_or_else(|| Failure::stop(format!("`{}` is no receipt of this topic", receipt.0)))?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(offset + 1))
            .map_err(|error| failure(&error, "an offset could not be named"))?;
        match self.consumer.commit(&list, CommitMode::Async) {
            Ok(()) => Ok(()),
            // During a rebalance: the event comes again, to us or to another planner, and changes nothing then.
            Err(error)
                if matches!(
                    error.rdkafka_error_code(),
                    Some(Code::IllegalGeneration | Code::RebalanceInProgress | Code::UnknownMemberId)
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(failure(&error, "an offset could not be committed")),
        }
    }
}
