//! One server process. In: what to run, in which folder, as whom. Out: whether it still runs, its last log lines, its end.
//! A guard, a second process that waits for the end of a pipe, kills the server and removes its folder when the test's
//! process ends without dropping anything (killed, aborted, a static): no server outlives its test.
//! Never waits for a server without a deadline.

use crate::ServerError;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::{Instant, interval};

const POLL_INTERVAL: Duration = Duration::from_millis(25);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const LOG_TAIL_BYTES: u64 = 4000;
const LOG_TAIL_LINES: usize = 15;

/// What to start.
pub(crate) struct Launch {
    /// As people call it.
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(&'static str, OsString)>,
    /// User and group to run as, where not the caller's.
    pub user: Option<(u32, u32)>,
    /// Working folder, and where `server.log` goes; the guard removes it.
    pub folder: PathBuf,
    /// What asks this server to stop in order.
    pub stop_signal: Signal,
    /// What ends it at once when its value is dropped; it must not be possible to refuse it.
    pub drop_signal: Signal,
}

/// A started server; dropping it kills it.
pub(crate) struct Running {
    name: &'static str,
    server: Child,
    guard: Child,
    log: PathBuf,
    stop_signal: Signal,
    drop_signal: Signal,
}

impl Launch {
    pub(crate) fn start(&self) -> Result<Running, ServerError> {
        let log = self.folder.join("server.log");
        let failed = |what: &str, error: std::io::Error| {
            ServerError(format!("{}: {what}: {error} ({})", self.name, self.program.display()))
        };
        let sink = || -> std::io::Result<File> { OpenOptions::new().create(true).append(true).open(&log) };
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(sink().map_err(|e| failed("cannot write its log", e))?)
            .stderr(sink().map_err(|e| failed("cannot write its log", e))?)
            .process_group(0);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let mut server = command.spawn().map_err(|e| failed("cannot be started", e))?;
        let guard = guard(server.id(), &self.folder).inspect_err(|_| {
            let _ = server.kill();
            let _ = server.wait();
        });
        let guard = guard.map_err(|e| failed("its guard cannot be started", e))?;
        let (stop_signal, drop_signal) = (self.stop_signal, self.drop_signal);
        Ok(Running { name: self.name, server, guard, log, stop_signal, drop_signal })
    }
}

/// `read` comes back when the other end of the pipe is closed, which the system does however this process ends.
fn guard(server: u32, folder: &Path) -> std::io::Result<Child> {
    // The waiting is bounded: where nobody collects orphans, a dead process keeps its number for good.
    let script = r#"read -r _; kill -s KILL -- "-$1"
        for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.1; done
        rm -rf -- "$2""#;
    Command::new("/bin/sh")
        .args(["-c", script, "guard", &server.to_string()])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.server.id()
    }

    /// Asks `probe` until it says yes. A server that ended, or said no until `timeout`, is an error with its last lines.
    pub(crate) async fn until_ready<P>(&mut self, timeout: Duration, mut probe: P) -> Result<(), ServerError>
    where
        P: AsyncFnMut() -> Result<(), String>,
    {
        let deadline = Instant::now() + timeout;
        let mut ticks = interval(POLL_INTERVAL);
        let mut last = "it was not asked".to_owned();
        while Instant::now() < deadline {
            ticks.tick().await;
            if let Some(status) = self.ended()? {
                return Err(self.error(&format!("ended while starting ({status})")));
            }
            match tokio::time::timeout_at(deadline, probe()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(reason)) => last = reason,
                Err(_) => last = "it did not answer".to_owned(),
            }
        }
        Err(self.error(&format!("was not ready after {} seconds: {last}", timeout.as_secs())))
    }

    /// Asks the server to stop and waits; one that does not within 30 seconds is killed, and that is an error.
    pub(crate) async fn stop(mut self) -> Result<(), ServerError> {
        self.signal(self.stop_signal);
        let deadline = Instant::now() + STOP_TIMEOUT;
        let mut ticks = interval(POLL_INTERVAL);
        while Instant::now() < deadline {
            ticks.tick().await;
            if self.ended()?.is_some() {
                return Ok(());
            }
        }
        let error =
            self.error(&format!("did not stop within {} seconds and was killed", STOP_TIMEOUT.as_secs()));
        self.kill();
        Err(error)
    }

    /// As a crash or the system would: the server and the processes it started, at once. They are asked for first:
    /// some put themselves into groups of their own, and once their parent is gone nobody can name them.
    pub(crate) fn kill(mut self) {
        self.drop_signal = Signal::KILL;
        let children = format!("/proc/{0}/task/{0}/children", self.id());
        let children = std::fs::read_to_string(children).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok().and_then(Pid::from_raw));
        for process in std::iter::once(self.pid()).chain(children) {
            let _ = kill_process(process, Signal::KILL);
        }
    }

    pub(crate) fn error(&self, what: &str) -> ServerError {
        ServerError(format!("{} {what}\n{}", self.name, tail(&self.log)))
    }

    fn ended(&mut self) -> Result<Option<std::process::ExitStatus>, ServerError> {
        self.server.try_wait().map_err(|e| ServerError(format!("{}: cannot be waited for: {e}", self.name)))
    }

    fn signal(&self, signal: Signal) {
        let _ = kill_process(self.pid(), signal);
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.server)
    }
}

impl Drop for Running {
    /// The signal cannot be refused, so the waits end. The guard goes first: later, its number could be another process's.
    fn drop(&mut self) {
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        if let Ok(None) = self.server.try_wait() {
            let _ = kill_process_group(self.pid(), self.drop_signal);
            let _ = self.server.wait();
        }
    }
}

/// The last lines of a log, indented; empty where there are none.
fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].iter().map(|line| format!("    {line}\n")).collect()
}

/// A new folder for one server, in the system's place for such.
pub(crate) fn folder(server: &str) -> Result<tempfile::TempDir, ServerError> {
    tempfile::Builder::new()
        .prefix(&format!("pagemill-{server}-"))
        .tempdir()
        .map_err(|e| ServerError(format!("cannot make a folder in {}: {e}", std::env::temp_dir().display())))
}
