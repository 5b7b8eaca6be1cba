//! The queue of writes: accepted at once, worked on in order; tasks of one kind that wait for one index are worked on
//! together, as the server does. In: work. Out: tasks in their states, as `GET /tasks` shows them.

use crate::answer::ServerError;
use crate::index::{Entry, Index};
use crate::instance::{Instance, Shared};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone)]
pub(crate) enum Work {
    Create {
        primary_key: Option<String>,
    },
    Settings(Map<String, Value>),
    Add {
        primary_key: Option<String>,
        entries: Arc<Vec<Entry>>,
    },
    Delete {
        ids: Vec<String>,
    },
    /// Done when it is enqueued; stands in the list.
    Cancel,
}

impl Work {
    /// Whether the server works on such tasks together.
    fn is_gathered(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Delete { .. })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "indexCreation",
            Self::Settings(_) => "settingsUpdate",
            Self::Add { .. } => "documentAdditionOrUpdate",
            Self::Delete { .. } => "documentDeletion",
            Self::Cancel => "taskCancelation",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Enqueued,
    Processing,
    Succeeded,
    Failed,
    Canceled,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Enqueued => "enqueued",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Enqueued | Self::Processing)
    }
}

pub(crate) struct Task {
    pub uid: u64,
    pub index: Option<String>,
    pub state: State,
    batch: Option<u64>,
    work: Work,
    details: Value,
    error: Option<ServerError>,
    canceled_by: Option<u64>,
    enqueued_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

#[derive(Default)]
pub(crate) struct Tasks {
    next: u64,
    all: Vec<Task>,
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

impl Tasks {
    pub fn enqueue(&mut self, index: Option<&str>, work: Work) -> Value {
        let uid = self.next;
        self.next += 1;
        let task = Task {
            uid,
            index: index.map(str::to_owned),
            state: if matches!(work, Work::Cancel) { State::Succeeded } else { State::Enqueued },
            batch: None,
            details: json!({}),
            error: None,
            canceled_by: None,
            enqueued_at: now(),
            started_at: None,
            finished_at: None,
            work,
        };
        let accepted = json!({
            "taskUid": uid,
            "indexUid": task.index,
            "status": "enqueued",
            "type": task.work.name(),
            "enqueuedAt": task.enqueued_at,
        });
        self.all.push(task);
        accepted
    }

    pub fn open(&self) -> usize {
        self.all.iter().filter(|task| task.state.is_open()).count()
    }

    /// Cancels open tasks that are wanted; says how many.
    pub fn cancel(&mut self, wanted: impl Fn(&Task) -> bool) -> usize {
        let by = self.next;
        let open = self.all.iter_mut().filter(|task| task.state.is_open() && wanted(task));
        open.map(|task| {
            task.state = State::Canceled;
            task.canceled_by = Some(by);
            task.finished_at = Some(now());
        })
        .count()
    }

    pub fn forget(&mut self) {
        self.all.clear();
    }

    /// Newest first, as the server lists them.
    pub fn list(&self, wanted: impl Fn(&Task) -> bool, limit: usize) -> Value {
        let found: Vec<&Task> = self.all.iter().rev().filter(|task| wanted(task)).collect();
        let shown: Vec<Value> = found.iter().take(limit).map(|task| shown(task)).collect();
        json!({
            "results": shown,
            "total": found.len(),
            "limit": limit,
            "from": found.first().map(|task| task.uid),
            "next": found.get(limit).map(|task| task.uid),
        })
    }

    fn get(&mut self, uid: u64) -> Option<&mut Task> {
        self.all.iter_mut().find(|task| task.uid == uid)
    }
}

fn shown(task: &Task) -> Value {
    json!({
        "uid": task.uid,
        "batchUid": task.batch,
        "indexUid": task.index,
        "status": task.state.name(),
        "type": task.work.name(),
        "canceledBy": task.canceled_by,
        "details": task.details,
        "error": task.error.as_ref().map(ServerError::body),
        "duration": task.finished_at.as_ref().map(|_| "PT0.001S"),
        "enqueuedAt": task.enqueued_at,
        "startedAt": task.started_at,
        "finishedAt": task.finished_at,
    })
}

/// Works on tasks until the server ends.
pub(crate) async fn work(shared: Arc<Shared>) {
    loop {
        let next = begin(&mut shared.lock());
        let Some((uids, delay)) = next else {
            shared.changed().await;
            continue;
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let mut instance = shared.lock();
        uids.into_iter().for_each(|uid| finish(&mut instance, uid));
    }
}

/// The next batch: the first task that waits, and those of its kind and index behind it up to the first of another.
fn begin(instance: &mut Instance) -> Option<(Vec<u64>, std::time::Duration)> {
    if instance.orders.tasks_held {
        return None;
    }
    let mut waiting = instance.tasks.all.iter_mut().filter(|task| task.state == State::Enqueued);
    let first = waiting.next()?;
    let (batch, index, gathered) = (first.uid, first.index.clone(), first.work.is_gathered());
    let kind = first.work.name();
    let mut uids = Vec::new();
    let behind =
        waiting.filter(|task| gathered && task.index == index).take_while(|task| task.work.name() == kind);
    for task in std::iter::once(first).chain(behind) {
        task.state = State::Processing;
        task.batch = Some(batch);
        task.started_at = Some(now());
        uids.push(task.uid);
    }
    Some((uids, instance.orders.task_delay))
}

fn finish(instance: &mut Instance, uid: u64) {
    let Some(task) = instance.tasks.get(uid) else { return };
    if task.state != State::Processing {
        return;
    }
    let (work, index) = (task.work.clone(), task.index.clone().unwrap_or_default());
    let writes = matches!(work, Work::Add { .. } | Work::Delete { .. });
    let poisoned = match (&work, &instance.orders.poison) {
        (Work::Add { entries, .. }, Some((start, error))) => {
            let ids = entries.iter().filter_map(|entry| entry.get("id")?.as_str());
            ids.into_iter().any(|id| id.starts_with(start)).then(|| error.clone())
        }
        _ => None,
    };
    let ordered = if writes { instance.orders.failures.pop_front().or(poisoned) } else { None };
    let outcome = match ordered {
        Some(failure) => Err(failure),
        None => apply(instance, &index, work),
    };
    if let Some(task) = instance.tasks.get(uid) {
        task.finished_at = Some(now());
        match outcome {
            Ok(details) => (task.state, task.details) = (State::Succeeded, details),
            Err(error) => (task.state, task.error) = (State::Failed, Some(error)),
        }
    }
}

fn apply(instance: &mut Instance, uid: &str, work: Work) -> Result<Value, ServerError> {
    match work {
        Work::Create { primary_key } => {
            if instance.indexes.contains_key(uid) {
                return Err(ServerError::new(
                    "index_already_exists",
                    format!("Index `{uid}` already exists."),
                ));
            }
            let details = json!({ "primaryKey": primary_key });
            instance.indexes.insert(uid.to_owned(), Index { primary_key, ..Index::default() });
            Ok(details)
        }
        Work::Settings(patch) => {
            let index = instance.indexes.entry(uid.to_owned()).or_default();
            let mut settings = index.settings.clone();
            settings.patch(&patch)?;
            index.settings = settings;
            Ok(Value::Object(patch))
        }
        Work::Add { primary_key, entries } => {
            // The first documents make their index.
            let index = instance.indexes.entry(uid.to_owned()).or_default();
            let added = index.add(uid, primary_key.as_deref(), &entries)?;
            Ok(json!({ "receivedDocuments": entries.len(), "indexedDocuments": added }))
        }
        Work::Delete { ids } => {
            let index = instance.indexes.get_mut(uid).ok_or_else(|| ServerError::index_not_found(uid))?;
            let deleted = ids.iter().filter(|id| index.entries.remove(*id).is_some()).count();
            Ok(json!({ "providedIds": ids.len(), "deletedDocuments": deleted, "originalFilter": null }))
        }
        Work::Cancel => Ok(json!({})),
    }
}
