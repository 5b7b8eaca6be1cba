//! Waits for tasks of a node: accepted means nothing, succeeded is what counts. In: task numbers with a deadline. Out:
//! how each ended. One poller a node asks for all of them at once. Ours and not the SDK's, which cannot read a task that
//! was canceled.

use super::http::Http;
use super::pace::Pace;
use super::trouble::{Code, Trouble, Verdict};
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Tasks that may be handed to the poller before it looks; whoever brings more waits.
const WAITING: usize = 64;
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Numbers of one question: they travel in its address.
const PER_QUESTION: usize = 200;

/// The poller of one node. Ends when the last handle is gone.
#[derive(Clone)]
pub(super) struct Tasks {
    awaited: mpsc::Sender<Awaited>,
    deadline: Duration,
}

struct Awaited {
    uid: u64,
    since: Instant,
    until: Instant,
    end: oneshot::Sender<Result<(), Trouble>>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    results: Vec<Task>,
}

#[derive(Debug, Deserialize)]
struct Task {
    uid: u64,
    status: Status,
    error: Option<TaskError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Enqueued,
    Processing,
    Succeeded,
    Failed,
    Canceled,
}

#[derive(Debug, Deserialize)]
struct TaskError {
    message: String,
    code: String,
}

impl Task {
    fn end(&self) -> Option<Result<(), Trouble>> {
        let uid = self.uid;
        match self.status {
            Status::Enqueued | Status::Processing => None,
            Status::Succeeded => Some(Ok(())),
            Status::Canceled => Some(Err(Trouble::TaskCanceled { uid })),
            Status::Failed => {
                let (code, message) = self
                    .error
                    .as_ref()
                    .map_or(("", "no reason given"), |error| (error.code.as_str(), error.message.as_str()));
                Some(Err(Trouble::TaskFailed { uid, code: Code::named(code), message: message.to_owned() }))
            }
        }
    }
}

impl Tasks {
    /// Starts the poller of the node at `url`.
    pub fn poll(http: Http, url: &str, deadline: Duration, first_pause: Duration) -> Self {
        let (awaited, waiting) = mpsc::channel(WAITING);
        let poller = Poller { http, url: url.to_owned(), first_pause, open: HashMap::new() };
        tokio::spawn(poller.run(waiting));
        Self { awaited, deadline }
    }

    /// Returns when the task has succeeded.
    pub async fn succeeded(&self, uid: u64) -> Result<(), Trouble> {
        let (end, ended) = oneshot::channel();
        let since = Instant::now();
        let awaited = Awaited { uid, since, until: since + self.deadline, end };
        let gone = || Trouble::Unreadable(format!("nobody waits for task {uid} any more"));
        self.awaited.send(awaited).await.map_err(|_| gone())?;
        ended.await.map_err(|_| gone())?
    }
}

struct Poller {
    http: Http,
    url: String,
    first_pause: Duration,
    open: HashMap<u64, Awaited>,
}

impl Poller {
    async fn run(mut self, mut waiting: mpsc::Receiver<Awaited>) {
        let mut pace = Pace::new(self.first_pause, LONGEST_PAUSE);
        loop {
            if self.open.is_empty() {
                let Some(first) = waiting.recv().await else { return };
                self.open.insert(first.uid, first);
                pace = Pace::new(self.first_pause, LONGEST_PAUSE);
            }
            tokio::time::sleep(pace.pause(None)).await;
            while let Ok(next) = waiting.try_recv() {
                self.open.insert(next.uid, next);
            }
            // Nobody waits for an answer whose asker was given up.
            self.open.retain(|_, awaited| !awaited.end.is_closed());
            if self.ask().await {
                pace = Pace::new(self.first_pause, LONGEST_PAUSE);
            }
        }
    }

    /// Asks for all open tasks and settles those that ended. Says whether any did.
    async fn ask(&mut self) -> bool {
        let mut uids: Vec<u64> = self.open.keys().copied().collect();
        uids.sort_unstable();
        let mut settled = false;
        for uids in uids.chunks(PER_QUESTION) {
            let list = uids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            let question = format!("{}/tasks?uids={list}&limit={}", self.url, uids.len());
            match self.http.get::<Listed>(&question).await {
                Ok(listed) => settled |= self.settle(uids, &listed.results),
                Err(trouble) => settled |= self.unanswered(uids, &trouble),
            }
        }
        settled
    }

    fn settle(&mut self, uids: &[u64], tasks: &[Task]) -> bool {
        let mut settled = false;
        for uid in uids {
            let end = match tasks.iter().find(|task| task.uid == *uid) {
                Some(task) => task.end().or_else(|| self.overdue(*uid, None)),
                None => Some(Err(Trouble::TaskVanished { uid: *uid })),
            };
            settled |= self.close(*uid, end);
        }
        settled
    }

    /// A node that is away for a while keeps its tasks; one that refuses us will not change its mind.
    fn unanswered(&mut self, uids: &[u64], trouble: &Trouble) -> bool {
        let mut settled = false;
        for uid in uids {
            let end = match trouble.verdict() {
                Verdict::Wait(_) | Verdict::Retry => self.overdue(*uid, Some(trouble)),
                Verdict::Smaller | Verdict::Reject | Verdict::Stop => Some(Err(trouble.clone())),
            };
            settled |= self.close(*uid, end);
        }
        settled
    }

    fn overdue(&self, uid: u64, last: Option<&Trouble>) -> Option<Result<(), Trouble>> {
        let awaited = self.open.get(&uid)?;
        (Instant::now() >= awaited.until).then(|| {
            let (waited, last) = (awaited.since.elapsed(), last.map(Trouble::to_string));
            Err(Trouble::TaskOverdue { uid, waited, last })
        })
    }

    fn close(&mut self, uid: u64, end: Option<Result<(), Trouble>>) -> bool {
        let Some(end) = end else { return false };
        if let Some(awaited) = self.open.remove(&uid) {
            // Whoever asked may have been given up meanwhile.
            let _ = awaited.end.send(end);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let listed: Listed = serde_json::from_str(json).expect("reads");
        let end = listed.results[0].end().map(|end| end.map_err(|trouble| trouble.to_string()));
        assert_eq!(format!("{end:?}"), expected);
    }

    #[test]
    fn every_state_of_a_task_is_read() {
        let task = |status: &str, rest: &str| {
            format!(
                r#"{{"results":[{{"uid":7,"batchUid":null,"indexUid":"i","status":"{status}","type":"documentDeletion",
                "canceledBy":9,"details":{{}},"error":null{rest}}}],"total":1,"limit":1,"from":7,"next":null}}"#
            )
        };
        check(&task("enqueued", ""), "None");
        check(&task("processing", ""), "None");
        check(&task("succeeded", ""), "Some(Ok(()))");
        check(&task("canceled", ""), r#"Some(Err("accepted task 7, which somebody canceled"))"#);
        let failed = task("failed", "").replace(
            r#""error":null"#,
            r#""error":{"message":"no vectors","code":"vector_embedding_error","type":"invalid_request","link":"l"}"#,
        );
        check(&failed, r#"Some(Err("accepted task 7, which failed: no vectors"))"#);
    }
}
