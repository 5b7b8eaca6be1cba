//! A worker that has run dry helps where others have more than they can do. In: a task queue and the catalog. Out: what the
//! queue tells, and when it has told nothing for a while, what the catalog says is due, whoever was told of it. The queue
//! shares documents out by partition: with few of them left, or with more workers than partitions, some workers would idle
//! beside a backlog. The catalog's claims keep two from doing the same.

use super::IngestConfig;
use crate::{Catalog, DeadLetter, Due, DueQuery, Failure, Receipt, Received, Stage, Tasks};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// One of so many is taken: others that have run dry look at the same moment.
const CHOICE: usize = 16;
/// The catalog is not asked all the time.
const SHORTEST: Duration = Duration::from_millis(100);

pub struct Helping {
    tasks: Arc<dyn Tasks>,
    catalog: Arc<dyn Catalog>,
    /// Both when `None`.
    stage: Option<Stage>,
    after: Duration,
    /// When the catalog is looked at next.
    look_at: Mutex<Instant>,
}

impl Helping {
    /// The queue, with the catalog behind it from `help_after_seconds` of silence on.
    pub fn new(tasks: Arc<dyn Tasks>, catalog: Arc<dyn Catalog>, config: &IngestConfig) -> Self {
        let stage = match config.roles.as_slice() {
            [stage] => Some(*stage),
            _ => None,
        };
        let after = Duration::from_secs(config.help_after_seconds).max(SHORTEST);
        Self { tasks, catalog, stage, after, look_at: Mutex::new(Instant::now() + after) }
    }

    fn look_at(&self) -> MutexGuard<'_, Instant> {
        self.look_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_again(&self) {
        *self.look_at() = Instant::now() + self.after;
    }

    async fn look(&self) -> Result<Option<Received>, Failure> {
        let query = DueQuery { stage: self.stage, limit: CHOICE, ..DueQuery::default() };
        let mut due = self.catalog.due(query).await?;
        if due.is_empty() {
            return Ok(None);
        }
        let chosen = due.swap_remove(rand::random_range(0..due.len()));
        Ok(Some(Received { document: chosen.document, receipt: Receipt::default() }))
    }
}

#[async_trait]
impl Tasks for Helping {
    async fn publish(&self, documents: &[Due]) -> Result<(), Failure> {
        self.tasks.publish(documents).await
    }

    async fn receive(&self) -> Result<Option<Received>, Failure> {
        loop {
            let look_at = *self.look_at();
            tokio::select! {
                biased;
                received = self.tasks.receive() => {
                    self.wait_again();
                    return received;
                }
                () = tokio::time::sleep_until(look_at) => {
                    let found = self.look().await;
                    // While there is something to help with, the next look does not wait.
                    if !matches!(found, Ok(Some(_))) {
                        self.wait_again();
                    }
                    if !matches!(found, Ok(None)) {
                        return found;
                    }
                }
            }
        }
    }

    async fn settle(&self, receipt: Receipt) -> Result<(), Failure> {
        // What the catalog gave, the queue knows nothing of.
        if receipt == Receipt::default() { Ok(()) } else { self.tasks.settle(receipt).await }
    }

    async fn dead_letter(&self, letter: &DeadLetter) -> Result<(), Failure> {
        self.tasks.dead_letter(letter).await
    }
}
