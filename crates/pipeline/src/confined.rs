//! The seam to work on untrusted bytes: requests and replies as bytes, in a process with limits that may
//! die at any time. Implemented by the sandbox; knows nothing of what the bytes mean.

use async_trait::async_trait;
use std::time::Duration;

/// A pool of confined processes.
#[async_trait]
pub trait Confined: Send + Sync {
    /// Waits for a free process and takes it. Dropping what is returned gives it back (or ends it, when
    /// replies are still outstanding).
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death>;
}

/// One confined process, taken for a run of requests.
#[async_trait]
pub trait Confinement: Send {
    /// Sends one request. Its replies follow by [`Confinement::receive`], as many as the protocol says.
    async fn send(&mut self, request: &[u8]) -> Result<(), Death>;

    /// The next reply, waiting at most `deadline`. After an error the process is gone.
    async fn receive(&mut self, deadline: Duration) -> Result<Vec<u8>, Death>;
}

/// How a confined process ended before it replied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Death {
    #[error("no reply within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    #[error("it needed more than {limit_bytes} bytes of memory")]
    OutOfMemory { limit_bytes: u64 },
    #[error("it crashed ({how}){}", if last_words.is_empty() { String::new() } else { format!(": {last_words}") })]
    Crashed { how: String, last_words: String },
    #[error("its reply was larger than {limit_bytes} bytes")]
    TooMuchOutput { limit_bytes: u64 },
    /// The process could not be started: wrong set-up.
    #[error("a confined process could not be started: {0}")]
    NotStarted(String),
}
