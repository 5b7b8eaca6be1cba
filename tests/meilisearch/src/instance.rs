//! All that a server holds: indexes, tasks, the orders of a test. One lock around it: tests are small.

use crate::answer::ServerError;
use crate::faults::Orders;
use crate::index::Index;
use crate::tasks::Tasks;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Instance {
    pub indexes: BTreeMap<String, Index>,
    pub tasks: Tasks,
    pub orders: Orders,
}

impl Instance {
    pub fn index(&self, uid: &str) -> Result<&Index, ServerError> {
        self.indexes.get(uid).ok_or_else(|| ServerError::index_not_found(uid))
    }
}

pub(crate) struct Shared {
    pub key: Option<String>,
    instance: Mutex<Instance>,
    down: AtomicBool,
    cut: AtomicUsize,
    changed: Notify,
}

impl Shared {
    pub fn new(key: Option<&str>) -> Self {
        Self {
            key: key.map(str::to_owned),
            instance: Mutex::default(),
            down: AtomicBool::new(false),
            cut: AtomicUsize::new(0),
            changed: Notify::new(),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }

    /// Whether a connection must be cut; counts it if so.
    pub fn cuts(&self) -> bool {
        let down = self.is_down();
        self.cut.fetch_add(usize::from(down), Ordering::SeqCst);
        down
    }

    pub fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }

    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Tells whoever works on tasks to look again.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
