//! One topic as one group of workers reads it. In: messages. Out: documents to look at, so many at a time. Polling never
//! stops: while enough is outstanding the partitions are paused, and the group still hears from us.

use super::KafkaConfig;
use super::client::{consumer_config, failure};
use super::leaving::Leaving;
use super::offsets::Offsets;
use pagemill_document::DocumentId;
use pagemill_pipeline::{Failure, Receipt, Received};
use pagemill_proto::tasks;
use prost::Message as _;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a consumer that fell silent keeps its partitions.
const SESSION_TIMEOUT_MS: &str = "30000";
const COMMIT_EVERY: Duration = Duration::from_secs(1);
/// Messages that were on their way when the partitions were paused.
const ON_THEIR_WAY: usize = 64;

pub(super) struct Lane {
    shared: Arc<Shared>,
    received: tokio::sync::Mutex<mpsc::Receiver<Result<Received, Failure>>>,
    _reading: DropGuard,
}

/// What the reading task, the rebalance callbacks and whoever settles share.
#[derive(Default)]
struct Shared {
    topic: String,
    offsets: Mutex<Offsets>,
    settled: Notify,
    /// Partitions have come to us since they were last paused or resumed.
    assigned: AtomicBool,
}

impl Shared {
    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, commits: &[(i32, i64)]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in commits {
            // Fails for a partition that is in the list already, which none is.
            let _ = list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset));
        }
        list
    }
}

impl Lane {
    /// Joins the group of a topic; at most so many documents are outstanding.
    ///
    /// # Errors
    /// `Stop` when a setting is wrong.
    pub fn join(config: &KafkaConfig, topic: &str, group: &str, most: usize) -> Result<Self, Failure> {
        let shared = Arc::new(Shared { topic: topic.to_owned(), ..Shared::default() });
        let defaults = [
            ("session.timeout.ms", SESSION_TIMEOUT_MS),
            ("fetch.wait.max.ms", "100"),
            ("queued.max.messages.kbytes", "1024"),
        ];
        let consumer: StreamConsumer<Group> = consumer_config(config, &defaults)?
            .set("group.id", group)
            .set("enable.auto.offset.store", "false")
            .create_with_context(Group { shared: shared.clone() })
            .map_err(|error| failure(&error, "no consumer could be made"))?;
        consumer.subscribe(&[topic]).map_err(|error| failure(&error, &format!("{topic} cannot be read")))?;
        let (sender, receiver) = mpsc::channel(most + ON_THEIR_WAY);
        let stop = CancellationToken::new();
        tokio::spawn(
            Reading { consumer: Leaving::new(consumer), shared: shared.clone(), sender, most, paused: false }
                .run(stop.clone()),
        );
        Ok(Self { shared, received: tokio::sync::Mutex::new(receiver), _reading: stop.drop_guard() })
    }

    /// Waits for the next document.
    pub async fn receive(&self) -> Result<Option<Received>, Failure> {
        self.received.lock().await.recv().await.transpose()
    }

    pub fn settle(&self, receipt: &Receipt) {
        self.shared.offsets().settle(receipt.partition, receipt.offset);
        self.shared.settled.notify_one();
    }
}

/// The task that reads.
struct Reading {
    consumer: Leaving<Group>,
    shared: Arc<Shared>,
    sender: mpsc::Sender<Result<Received, Failure>>,
    most: usize,
    paused: bool,
}

impl Reading {
    async fn run(mut self, stop: CancellationToken) {
        let mut commits = tokio::time::interval(COMMIT_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = commits.tick() => self.commit(),
                () = self.shared.settled.notified() => {}
                message = self.consumer.recv() => {
                    let received = match message {
                        Ok(message) => self.accept(&message),
                        Err(error) => broken(&error),
                    };
                    // Only a receiver that is gone does not take it, and then the lane ends.
                    if let Some(received) = received && self.sender.send(received).await.is_err() {
                        break;
                    }
                }
            }
            self.pause_or_resume();
        }
        self.commit();
    }

    fn accept(&self, message: &BorrowedMessage<'_>) -> Option<Result<Received, Failure>> {
        let (partition, offset) = (message.partition(), message.offset());
        if !self.shared.offsets().receive(partition, offset) {
            return None;
        }
        match message.payload().map(tasks::Task::decode) {
            Some(Ok(task)) if !task.document.is_empty() => {
                let receipt = Receipt { topic: self.shared.topic.clone(), partition, offset };
                Some(Ok(Received { document: DocumentId::from_text(task.document), receipt }))
            }
            // Not ours, or from a version that writes otherwise: the catalog still has the document, and its planner
            // tells of it again.
            _ => {
                tracing::error!(topic = %self.shared.topic, partition, offset, "a message that is no task was passed over");
                self.shared.offsets().settle(partition, offset);
                None
            }
        }
    }

    /// Asked after every event: a rebalance may have brought partitions that are not paused, or that were when they left us
    /// and still are.
    fn pause_or_resume(&mut self) {
        let full = self.shared.offsets().outstanding() >= self.most;
        let assigned = self.shared.assigned.swap(false, Ordering::AcqRel);
        if !full && !self.paused && !assigned {
            return;
        }
        let changed = self.consumer.assignment().and_then(|assignment| {
            if full { self.consumer.pause(&assignment) } else { self.consumer.resume(&assignment) }
        });
        match changed {
            Ok(()) => self.paused = full,
            Err(error) => {
                self.shared.assigned.store(true, Ordering::Release);
                tracing::warn!(topic = %self.shared.topic, %error, "partitions could not be paused or resumed");
            }
        }
    }

    /// Never waits for the answer: without a broker there is none, and what was not committed comes again and is turned
    /// away by the catalog.
    fn commit(&self) {
        let commits = self.shared.offsets().to_commit();
        if commits.is_empty() {
            return;
        }
        match self.consumer.commit(&self.shared.list(&commits), CommitMode::Async) {
            Ok(()) => self.shared.offsets().committed(&commits),
            Err(error) => refused(&self.shared.topic, &error),
        }
    }
}

/// The connection mends itself; only what no waiting mends is told.
fn broken(error: &KafkaError) -> Option<Result<Received, Failure>> {
    match failure(error, "reading") {
        stop @ Failure::Stop(_) => Some(Err(stop)),
        _ => {
            tracing::warn!(%error, "Kafka");
            None
        }
    }
}

/// During a rebalance the group may have moved on: the messages come again, to us or to somebody else.
fn refused(topic: &str, error: &KafkaError) {
    match error.rdkafka_error_code() {
        Some(
            Code::IllegalGeneration | Code::RebalanceInProgress | Code::UnknownMemberId | Code::NoOffset,
        ) => {
            tracing::debug!(topic, %error, "a commit came too late");
        }
        _ => tracing::warn!(topic, %error, "a commit was refused; it is tried again"),
    }
}

/// What happens when partitions move.
struct Group {
    shared: Arc<Shared>,
}

impl ClientContext for Group {}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Revoke(partitions) = rebalance else { return };
        let leaving: Vec<i32> = partitions.elements().iter().map(|element| element.partition()).collect();
        let mut commits = self.shared.offsets().to_commit();
        commits.retain(|(partition, _)| leaving.contains(partition));
        if !commits.is_empty()
            && let Err(error) = consumer.commit(&self.shared.list(&commits), CommitMode::Async)
        {
            refused(&self.shared.topic, &error);
        }
        let mut offsets = self.shared.offsets();
        for partition in leaving {
            offsets.revoke(partition);
        }
        tracing::info!(topic = %self.shared.topic, partitions = partitions.count(), "partitions went to others");
    }

    fn post_rebalance(&self, _consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(_) = rebalance {
            self.shared.assigned.store(true, Ordering::Release);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            refused(&self.shared.topic, &error);
            self.shared.offsets().uncommitted();
        }
    }
}
