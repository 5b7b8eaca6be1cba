//! One child process as the parent sees it: sends requests, receives replies within a deadline, and says how it died.

use crate::frame::{DATA, END, HEADER_BYTES, header, parse};
use crate::pool::PoolConfig;
use crate::{MEMORY_VARIABLE, WRONG_SET_UP};
use pagemill_pipeline::Death;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// What is kept of a child's standard error.
const LAST_WORDS_BYTES: usize = 2000;
/// A child that closed its pipe is dead or dying; more patience is for a machine under load.
const DYING: Duration = Duration::from_secs(5);

pub(crate) struct Process {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
    last_words: Arc<Mutex<Vec<u8>>>,
    /// Ends when there are no more of them.
    listening: JoinHandle<()>,
    /// The replies to the last request have not ended yet.
    pub open: bool,
    pub requests_served: u32,
    memory_bytes: u64,
    max_reply_bytes: u64,
}

impl Process {
    pub fn start(config: &PoolConfig) -> Result<Self, Death> {
        let not_started = |why: String| Death::NotStarted(format!("{}: {why}", config.program.display()));
        let mut child = Command::new(&config.program)
            .args(&config.arguments)
            .env_clear()
            .envs(config.environment.iter().map(|(name, value)| (name, value)))
            .env(MEMORY_VARIABLE, config.memory_bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C on the terminal is the parent's to answer.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| not_started(error.to_string()))?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(requests), Some(replies), Some(errors)) = streams else {
            return Err(not_started("it has no pipes".into()));
        };
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let listening = tokio::spawn(listen(errors, last_words.clone()));
        Ok(Self {
            child,
            requests,
            replies: BufReader::new(replies),
            last_words,
            listening,
            open: false,
            requests_served: 0,
            memory_bytes: config.memory_bytes,
            max_reply_bytes: config.max_reply_bytes,
        })
    }

    pub async fn send(&mut self, request: &[u8]) -> Result<(), Death> {
        if self.open {
            self.end().await?;
        }
        let Ok(length) = u32::try_from(request.len()) else {
            return Err(Death::TooMuchOutput { limit_bytes: u64::from(u32::MAX) });
        };
        self.open = true;
        self.requests_served += 1;
        let written = async {
            self.requests.write_all(&header(DATA, length)).await?;
            self.requests.write_all(request).await?;
            self.requests.flush().await
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.autopsy().await),
        }
    }

    pub async fn receive(&mut self, deadline: Duration) -> Result<Vec<u8>, Death> {
        match tokio::time::timeout(deadline, self.frame()).await {
            Ok(Ok((DATA, reply))) => Ok(reply),
            Ok(Ok(_)) => {
                self.open = false;
                Err(Death::Crashed { how: "it ended its replies early".into(), last_words: String::new() })
            }
            Ok(Err(death)) => Err(death),
            Err(_) => {
                self.kill();
                Err(Death::TimedOut(deadline))
            }
        }
    }

    /// Reads the end of the replies, which must be next.
    pub async fn end(&mut self) -> Result<(), Death> {
        match tokio::time::timeout(DYING, self.frame()).await {
            Ok(Ok((END, _))) => {
                self.open = false;
                Ok(())
            }
            Ok(Err(death)) => Err(death),
            _ => {
                self.kill();
                Err(Death::Crashed {
                    how: "it has more to say than it was asked".into(),
                    last_words: String::new(),
                })
            }
        }
    }

    async fn frame(&mut self) -> Result<(u8, Vec<u8>), Death> {
        let mut head = [0; HEADER_BYTES];
        if self.replies.read_exact(&mut head).await.is_err() {
            return Err(self.autopsy().await);
        }
        let (kind, length) = parse(head);
        if u64::from(length) > self.max_reply_bytes {
            self.kill();
            return Err(Death::TooMuchOutput { limit_bytes: self.max_reply_bytes });
        }
        let mut bytes = vec![0; length as usize];
        if self.replies.read_exact(&mut bytes).await.is_err() {
            return Err(self.autopsy().await);
        }
        Ok((kind, bytes))
    }

    fn kill(&mut self) {
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "a confined process was gone before it was killed");
        }
    }

    /// Whether the process lives and is worth keeping.
    pub fn is_fit(&mut self) -> bool {
        let alive = matches!(self.child.try_wait(), Ok(None));
        // What a document left behind in the allocator would be missing for the next one.
        alive && !self.open && resident_bytes(self.child.id()) < self.memory_bytes / 2
    }

    /// How it died. Called when its pipe broke.
    async fn autopsy(&mut self) -> Death {
        let status = match tokio::time::timeout(DYING, self.child.wait()).await {
            Ok(Ok(status)) => Some(status),
            _ => {
                self.kill();
                None
            }
        };
        // What it said last may still be on its way.
        let ended =
            self.listening.is_finished() || tokio::time::timeout(DYING, &mut self.listening).await.is_ok();
        if !ended {
            tracing::debug!("standard error of a dead process is still open");
        }
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last_words = String::from_utf8_lossy(&words).trim().to_owned();
        let ran_out = ["memory allocation of", "bad_alloc", "out of memory", "Out of memory", "OOM"]
            .iter()
            .any(|sign| last_words.contains(sign));
        // SIGKILL that we did not send comes from the kernel when memory is short.
        let killed = status.is_some_and(|status| status.signal() == Some(9));
        if status.is_some_and(|status| status.code() == Some(WRONG_SET_UP)) {
            return Death::NotStarted(last_words);
        }
        if ran_out || killed {
            return Death::OutOfMemory { limit_bytes: self.memory_bytes };
        }
        let limit_mib = self.memory_bytes >> 20;
        let how = match status.and_then(|status| status.signal()) {
            // What native libraries do without a word when their memory runs out, and when an assertion fails.
            Some(4..=6) => format!("it gave up, most likely because it needed more than {limit_mib} MiB"),
            _ => describe(status),
        };
        Death::Crashed { how, last_words }
    }
}

fn describe(status: Option<ExitStatus>) -> String {
    match status {
        None => "it closed its pipe".into(),
        Some(status) => match (status.signal(), status.code()) {
            (Some(7 | 11), _) => "it touched memory that is not its own".into(),
            (Some(8), _) => "impossible arithmetic".into(),
            (Some(25), _) => "it tried to write a file".into(),
            (Some(signal), _) => format!("signal {signal}"),
            (None, Some(code)) => format!("exit code {code}"),
            (None, None) => "unknown".into(),
        },
    }
}

/// Keeps the end of what the child says on standard error.
async fn listen(mut errors: ChildStderr, last_words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&buffer[..count]);
        let surplus = words.len().saturating_sub(LAST_WORDS_BYTES);
        words.drain(..surplus);
    }
}

fn resident_bytes(id: Option<u32>) -> u64 {
    let statm = id.and_then(|id| std::fs::read_to_string(format!("/proc/{id}/statm")).ok());
    let pages: Option<u64> = statm.and_then(|text| text.split_whitespace().nth(1)?.parse().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
