//! What a test can do to the server, and what it can see of what was asked. In: orders. Out: refusals, failures and
//! delays from then on, and the record of requests.

use crate::answer::ServerError;
use crate::instance::{Instance, Shared};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// Requests that are refused instead of answered.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Requests whose path holds this.
    pub path: &'static str,
    pub status: u16,
    /// Empty: a bare answer, as a proxy before the server gives.
    pub code: &'static str,
    pub retry_after_seconds: Option<u64>,
    /// How many are refused before the next is answered.
    pub times: usize,
}

/// A request as it came and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub body_bytes: usize,
    pub status: u16,
}

#[derive(Default)]
pub(crate) struct Orders {
    pub refusals: Vec<Refusal>,
    pub failures: VecDeque<ServerError>,
    pub poison: Option<(String, ServerError)>,
    pub answer_delay: Duration,
    pub task_delay: Duration,
    pub tasks_held: bool,
    pub queue_capacity: Option<usize>,
    pub payload_limit_bytes: Option<usize>,
    pub searches_flooded: bool,
    pub truncated_uploads: usize,
    pub recorded: Vec<Recorded>,
    pub hybrid_without_vector: usize,
}

/// Orders to a running server. Each holds until it is taken back.
pub struct Faults<'a> {
    shared: &'a Shared,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    fn order<T>(&self, order: impl FnOnce(&mut Orders) -> T) -> T {
        let done = order(&mut self.shared.lock().orders);
        self.shared.wake();
        done
    }

    /// Cuts all connections, or lets them come again. What is stored stays.
    pub fn down(&self, down: bool) {
        self.shared.set_down(down);
    }

    pub fn refuse(&self, refusal: Refusal) {
        self.order(|orders| orders.refusals.push(refusal));
    }

    /// The next task that writes documents fails with this.
    pub fn fail_next_write(&self, code: &str, message: &str) {
        self.order(|orders| orders.failures.push_back(ServerError::new(code, message)));
    }

    /// Every task that writes an entry whose id begins with this fails as a whole.
    pub fn poison(&self, id: &str, code: &str, message: &str) {
        self.order(|orders| orders.poison = Some((id.to_owned(), ServerError::new(code, message))));
    }

    pub fn answer_after(&self, delay: Duration) {
        self.order(|orders| orders.answer_delay = delay);
    }

    pub fn work_for(&self, delay: Duration) {
        self.order(|orders| orders.task_delay = delay);
    }

    /// Accepted tasks stay enqueued, or are worked on again.
    pub fn hold_tasks(&self, held: bool) {
        self.order(|orders| orders.tasks_held = held);
    }

    /// A queue that is full with this many tasks that are not done.
    pub fn queue_capacity(&self, tasks: Option<usize>) {
        self.order(|orders| orders.queue_capacity = tasks);
    }

    /// The server's own default is 100 MB.
    pub fn payload_limit_bytes(&self, bytes: usize) {
        self.order(|orders| orders.payload_limit_bytes = Some(bytes));
    }

    /// More searches run than the server takes.
    pub fn flood_searches(&self, flooded: bool) {
        self.order(|orders| orders.searches_flooded = flooded);
    }

    /// The next uploads lose their second half on the way.
    pub fn truncate_uploads(&self, times: usize) {
        self.order(|orders| orders.truncated_uploads = times);
    }

    /// Cancels all tasks that are not done, as `POST /tasks/cancel` does.
    pub fn cancel_open_tasks(&self) -> usize {
        let canceled = self.shared.lock().tasks.cancel(|_| true);
        self.shared.wake();
        canceled
    }

    /// Forgets all tasks, done or not, as a server does whose database was put back.
    pub fn forget_tasks(&self) {
        self.shared.lock().tasks.forget();
    }

    /// Requests since the last look.
    pub fn take_recorded(&self) -> Vec<Recorded> {
        self.order(|orders| std::mem::take(&mut orders.recorded))
    }

    /// Hybrid queries that came without their vector and were answered by keywords alone.
    pub fn hybrid_without_vector(&self) -> usize {
        self.order(|orders| orders.hybrid_without_vector)
    }

    /// Tasks that are enqueued or being worked on.
    pub fn open_tasks(&self) -> usize {
        self.shared.lock().tasks.open()
    }

    /// Ids of the entries of an index, sorted; empty when it is not there.
    pub fn entries(&self, index: &str) -> Vec<String> {
        let instance = self.shared.lock();
        instance.indexes.get(index).map(|index| index.entries.keys().cloned().collect()).unwrap_or_default()
    }

    /// Connections that were closed because it was down.
    pub fn cut_connections(&self) -> usize {
        self.shared.cut()
    }

    /// Takes an entry away behind everybody's back, or puts another in its place.
    pub fn tamper(&self, index: &str, id: &str, with: Option<Value>) {
        let Instance { indexes, .. } = &mut *self.shared.lock();
        if let Some(index) = indexes.get_mut(index) {
            match with {
                Some(Value::Object(entry)) => index.put(id, entry),
                _ => drop(index.entries.remove(id)),
            }
        }
    }
}
