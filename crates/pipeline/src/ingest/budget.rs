//! Memory for the pages of documents in flight, counted in bytes and not in documents: a thousand invoices or
//! one handbook. Never refuses: what is larger than the whole budget waits to be alone.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a page of words, lines and boxes was measured to take at most outside of pathological pages.
const BYTES_PER_PAGE: usize = 96 * 1024;
/// A document costs this much beside its pages (file name to vectors).
const BYTES_PER_DOCUMENT: usize = 1024 * 1024;
const UNIT: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub struct MemoryBudget {
    free: Arc<Semaphore>,
    units: usize,
}

/// A share of the budget, given back on drop.
#[derive(Debug)]
pub struct Held(#[allow(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl MemoryBudget {
    pub fn new(mib: usize) -> Self {
        let units = (mib.max(1) * 1024 * 1024 / UNIT).clamp(1, u32::MAX as usize);
        Self { free: Arc::new(Semaphore::new(units)), units }
    }

    fn units_for(&self, pages: u32) -> u32 {
        let bytes = BYTES_PER_DOCUMENT + pages as usize * BYTES_PER_PAGE;
        bytes.div_ceil(UNIT).min(self.units) as u32
    }

    /// Takes the share of a document of so many pages if it is free now.
    pub fn try_hold(&self, pages: u32) -> Option<Held> {
        self.free.clone().try_acquire_many_owned(self.units_for(pages)).ok().map(Held)
    }

    /// Waits for the share of a document of so many pages. First come, first served.
    pub async fn hold(&self, pages: u32) -> Option<Held> {
        self.free.clone().acquire_many_owned(self.units_for(pages)).await.ok().map(Held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_larger_than_the_budget_goes_alone() {
        let budget = MemoryBudget::new(4);
        let small = budget.try_hold(1).expect("room for one");
        assert!(budget.try_hold(1_000_000).is_none(), "not beside another");
        drop(small);
        let large = budget.hold(1_000_000).await.expect("open");
        assert!(budget.try_hold(1).is_none(), "nothing beside it");
        drop(large);
        assert!(budget.try_hold(1).is_some());
    }
}
