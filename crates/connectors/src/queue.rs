//! The task queue of one machine: the catalog itself. In: nothing but the catalog. Out: documents that are due, small ones
//! first, until none is left. Never holds a task of its own, so there is nothing to lose.

use async_trait::async_trait;
use pagemill_pipeline::{Catalog, DeadLetter, Due, DueQuery, Failure, Receipt, Received, Tasks};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest sleep before looking again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Documents of a catalog as tasks.
pub struct CatalogTasks {
    catalog: Arc<dyn Catalog>,
    source: Option<String>,
}

impl CatalogTasks {
    /// Documents of one source, or of all.
    pub fn new(catalog: Arc<dyn Catalog>, source: Option<&str>) -> Self {
        Self { catalog, source: source.map(str::to_owned) }
    }
}

#[async_trait]
impl Tasks for CatalogTasks {
    /// There is nobody to tell: the catalog is the queue.
    async fn publish(&self, _documents: &[Due]) -> Result<(), Failure> {
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Received>, Failure> {
        let source = self.source.as_deref();
        loop {
            let due = self.catalog.due(DueQuery { source, limit: 1, ..DueQuery::default() }).await?;
            if let Some(due) = due.into_iter().next() {
                return Ok(Some(Received { document: due.document, receipt: Receipt::default() }));
            }
            // What failed for a passing reason waits its turn.
            let Some(next_ms) = self.catalog.next_due_ms(source).await? else { return Ok(None) };
            let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
            let wait = Duration::from_millis(next_ms.saturating_sub(now_ms).max(1) as u64);
            tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
        }
    }

    async fn settle(&self, _receipt: Receipt) -> Result<(), Failure> {
        Ok(())
    }

    /// `pagemill failures` reads the catalog.
    async fn dead_letter(&self, _letter: &DeadLetter) -> Result<(), Failure> {
        Ok(())
    }
}
