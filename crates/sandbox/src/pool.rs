//! The pool: so many processes at most, started when needed, used again while they are fit, replaced when not.

use crate::process::Process;
use async_trait::async_trait;
use pagemill_pipeline::{Confined, Confinement, Death};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a pool runs and how far it may go.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// All that the process sees of the environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Processes at a time.
    pub processes: usize,
    /// Heap of one process.
    pub memory_bytes: u64,
    /// One reply.
    pub max_reply_bytes: u64,
    /// After so many requests a process is replaced: leaks of native libraries stay small.
    pub max_requests: u32,
}

/// One reply, 128 MiB.
const MAX_REPLY_BYTES: u64 = 128 << 20;
/// Then a process is replaced.
const MAX_REQUESTS: u32 = 2000;

impl PoolConfig {
    /// This very program, told by its arguments to be a confined one: as it runs, even when its file has been replaced
    /// meanwhile.
    pub fn of_this_program(
        arguments: Vec<OsString>,
        environment: Vec<(OsString, OsString)>,
        processes: usize,
        memory_mib: u64,
    ) -> Self {
        Self {
            program: "/proc/self/exe".into(),
            arguments,
            environment,
            processes,
            memory_bytes: memory_mib << 20,
            max_reply_bytes: MAX_REPLY_BYTES,
            max_requests: MAX_REQUESTS,
        }
    }
}

/// A pool of confined processes.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: PoolConfig,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Process>>,
}

impl Pool {
    /// Starts nothing yet.
    pub fn new(config: PoolConfig) -> Self {
        let turns = Arc::new(Semaphore::new(config.processes.max(1)));
        Self { shared: Arc::new(Shared { config, turns, idle: Mutex::default() }) }
    }
}

impl Shared {
    fn take_idle(&self) -> Option<Process> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut process) = idle.pop() {
            if process.is_fit() {
                return Some(process);
            }
        }
        None
    }

    /// Takes a process back if it is fit for another turn; else it ends here.
    fn give_back(&self, mut process: Process) {
        if process.requests_served < self.config.max_requests && process.is_fit() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        }
    }
}

#[async_trait]
impl Confined for Pool {
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death> {
        let turn = self.shared.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Death::NotStarted("the pool is closed".into()))?;
        let process = match self.shared.take_idle() {
            Some(process) => process,
            None => Process::start(&self.shared.config)?,
        };
        Ok(Box::new(Turn { process: Some(process), shared: self.shared.clone(), turn: Some(turn) }))
    }
}

/// A process taken for a run of requests.
struct Turn {
    /// `None` after its death.
    process: Option<Process>,
    shared: Arc<Shared>,
    turn: Option<OwnedSemaphorePermit>,
}

fn dead() -> Death {
    Death::Crashed { how: "it had died before".into(), last_words: String::new() }
}

#[async_trait]
impl Confinement for Turn {
    async fn send(&mut self, request: &[u8]) -> Result<(), Death> {
        let sent = self.process.as_mut().ok_or_else(dead)?.send(request).await;
        sent.inspect_err(|_| self.process = None)
    }

    async fn receive(&mut self, deadline: Duration) -> Result<Vec<u8>, Death> {
        let received = self.process.as_mut().ok_or_else(dead)?.receive(deadline).await;
        received.inspect_err(|_| self.process = None)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (Some(mut process), turn) = (self.process.take(), self.turn.take()) else { return };
        if !process.open {
            self.shared.give_back(process);
            return;
        }
        // The end of the last replies may be on its way; anything else on its way ends the process.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let shared = self.shared.clone();
        runtime.spawn(async move {
            if process.end().await.is_ok() {
                shared.give_back(process);
            }
            drop(turn);
        });
    }
}
