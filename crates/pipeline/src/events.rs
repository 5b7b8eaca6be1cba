//! The seam to what tells of changes in a source: a queue of messages. It may tell late, twice and in any order. What a
//! message means is decided by whoever reads it; here it is bytes.

use crate::Failure;
use async_trait::async_trait;

#[async_trait]
pub trait EventSource: Send + Sync {
    /// The next message; waits for one. `None` when none will come. May be dropped while it waits: what was under way
    /// comes again.
    async fn receive(&self) -> Result<Option<ReceivedEvent>, Failure>;

    /// The message is dealt with: its changes are in the catalog, or it is recorded as one that cannot be read. Never
    /// before that; a message that is not settled comes again.
    async fn settle(&self, receipt: EventReceipt) -> Result<(), Failure>;
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedEvent {
    pub message: Vec<u8>,
    pub receipt: EventReceipt,
}

/// Names what was received; means something to the queue that gave it only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventReceipt(pub String);
