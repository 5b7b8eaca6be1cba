//! The one writer to a node. In: changes, from as many callers as there are. Out: to each caller the confirmation that
//! the tasks with its document succeeded, or what went wrong. Several batches are under way at the same time, so that
//! the node is never idle between two; what waits is bounded by bytes.

use super::batch::{Change, Waiting, take};
use super::node::Node;
use super::write::Write;
use pagemill_document::DocumentId;
use pagemill_pipeline::Failure;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// Changes that may wait in the channel; beyond, callers do.
const WAITING: usize = 64;
/// Changes that the writer holds to choose from.
const HELD: usize = 2_000;
/// A permit stands for this many bytes of what waits.
const ROOM_UNIT_BYTES: usize = 1 << 10;
/// Full batches that may wait beside those under way.
const WAITING_BATCHES: usize = 2;

#[derive(Clone)]
pub(super) struct Writer {
    changes: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    room_units: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub batch_bytes: usize,
    pub batches_in_flight: usize,
}

impl Writer {
    /// Starts the writer. Ends when the last handle is gone and what was taken is confirmed.
    pub fn start(node: Arc<Node>, limits: Limits) -> Self {
        let bytes = limits.batch_bytes.saturating_mul(limits.batches_in_flight + WAITING_BATCHES);
        let room_units =
            u32::try_from(bytes / ROOM_UNIT_BYTES).unwrap_or(u32::MAX / 2).clamp(1, u32::MAX / 2);
        let (changes, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(Write::new(node, limits.batch_bytes), limits, waiting));
        Self { changes, room: Arc::new(Semaphore::new(room_units as usize)), room_units }
    }

    /// Returns when the node has made the change.
    pub async fn write(&self, change: Change) -> Result<(), Failure> {
        let gone = || Failure::stop("the writer to the search index has ended; see the log for the reason");
        let bytes = match &change {
            Change::Put(prepared) => prepared.bytes(),
            Change::Remove(_) => 0,
        };
        // One document larger than all the room takes all of it.
        let units = u32::try_from(bytes / ROOM_UNIT_BYTES).unwrap_or(u32::MAX).min(self.room_units);
        let room = self.room.clone().acquire_many_owned(units).await.map_err(|_| gone())?;
        let (confirm, confirmed) = oneshot::channel();
        self.changes.send(Waiting { change, confirm, room: Some(room) }).await.map_err(|_| gone())?;
        confirmed.await.map_err(|_| gone())?
    }
}

async fn run(write: Write, limits: Limits, mut changes: mpsc::Receiver<Waiting>) {
    let mut waiting = VecDeque::new();
    let mut under_way: HashSet<DocumentId> = HashSet::new();
    let mut batches: JoinSet<Vec<DocumentId>> = JoinSet::new();
    let mut open = true;
    loop {
        while waiting.len() < HELD
            && let Ok(next) = changes.try_recv()
        {
            waiting.push_back(next);
        }
        while batches.len() < limits.batches_in_flight {
            let batch = take(&mut waiting, &under_way, write.batch_bytes());
            if batch.is_empty() {
                break;
            }
            let ids: Vec<DocumentId> = batch.iter().map(|next| next.change.id().clone()).collect();
            under_way.extend(ids.iter().cloned());
            let write = write.clone();
            batches.spawn(async move {
                write.batch(batch).await;
                ids
            });
        }
        if !open && batches.is_empty() {
            return;
        }
        tokio::select! {
            next = changes.recv(), if open && waiting.len() < HELD => match next {
                Some(next) => waiting.push_back(next),
                None => open = false,
            },
            Some(done) = batches.join_next(), if !batches.is_empty() => match done {
                Ok(ids) => ids.iter().for_each(|id| { under_way.remove(id); }),
                // Its documents stay blocked and its callers were told that the writer is gone: stop as a whole.
                Err(error) => {
                    tracing::error!(%error, "a write to the search index ended unexpectedly");
                    return;
                }
            },
        }
    }
}
