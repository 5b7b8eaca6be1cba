//! PostgreSQL in a folder of its own. In: Debian's server programs. Out: the URL of a fresh database per call.
//! Runs without fsync: a killed server loses nothing (the system keeps what was written), a killed machine would.
//! Never as root, which it refuses: then as Debian's user `postgres`. Never on a Unix socket.

use crate::ServerError;
use crate::home::postgres_programs;
use crate::ports;
use crate::process::{Launch, Running};
use rustix::process::Signal;
use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const USER: &str = "pagemill";
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// Protocol 3.0 (<https://www.postgresql.org/docs/current/protocol-message-formats.html>, `StartupMessage`).
const PROTOCOL: u32 = 196_608;

/// A running PostgreSQL. Its data lives as long as this value, through restarts and kills.
pub struct Postgres {
    running: Option<Running>,
    launch: Launch,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    // After `running`: the folder goes when the server is gone.
    _folder: TempDir,
}

impl Postgres {
    /// Makes a cluster (about two seconds) and starts it.
    pub async fn start() -> Result<Postgres, ServerError> {
        let programs = postgres_programs()?;
        let folder = crate::process::folder("postgres")?;
        let user = owner(folder.path())?;
        initialise(&programs, folder.path(), user).await?;
        let port = ports::free()?;
        let setting = |text: String| [OsString::from("-c"), OsString::from(text)];
        let mut arguments: Vec<OsString> = vec!["-D".into(), folder.path().join("data").into()];
        arguments.extend(setting(format!("port={port}")));
        for text in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "full_page_writes=off",
            "shared_buffers=32MB",
            "max_connections=200",
        ] {
            arguments.extend(setting(text.to_owned()));
        }
        let launch = Launch {
            name: "PostgreSQL",
            program: programs.join("postgres"),
            arguments,
            environment: Vec::new(),
            user,
            folder: folder.path().to_owned(),
            // "Fast": clients are cut off, what was committed stays.
            stop_signal: Signal::INT,
            // "Immediate": it ends its children, by SIGKILL after five seconds, and gives back its shared memory.
            drop_signal: Signal::QUIT,
        };
        let mut postgres =
            Postgres { running: None, launch, programs, port, databases: AtomicU32::new(0), _folder: folder };
        postgres.resume().await?;
        Ok(postgres)
    }

    /// Makes an empty database whose name begins with `name` (lower-case letters, digits, `_`) and gives its URL.
    /// Each call makes another.
    pub async fn database(&self, name: &str) -> Result<String, ServerError> {
        let name = format!("{name}_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let output = tokio::process::Command::new(self.programs.join("createdb"))
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &self.port.to_string(),
                "--username",
                USER,
                "--no-password",
                &name,
            ])
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|e| ServerError(format!("PostgreSQL: createdb does not run: {e}")))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(ServerError(format!(
                "PostgreSQL: cannot make the database {name}: {}",
                reason.trim()
            )));
        }
        Ok(format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port))
    }

    /// Stops it in order, as an upgrade would (clients are cut off), and starts it again on the same port.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.stop().await?;
        self.resume().await
    }

    /// Stops it in order and leaves it stopped until `resume`.
    pub async fn stop(&mut self) -> Result<(), ServerError> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    /// Kills it as a crash would and leaves it dead until `resume`, which recovers what was committed.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// Starts it again after `stop` or `kill`, on the same port with the same data.
    pub async fn resume(&mut self) -> Result<(), ServerError> {
        if self.running.is_some() {
            return Ok(());
        }
        let mut running = self.launch.start()?;
        let port = self.port;
        running.until_ready(START_TIMEOUT, async || greet(port).await).await?;
        self.running = Some(running);
        Ok(())
    }
}

/// Connects as a client would: a server that is starting or stopping answers with an error instead of `R`.
async fn greet(port: u16) -> Result<(), String> {
    let mut message = PROTOCOL.to_be_bytes().to_vec();
    for word in ["user", USER, "database", "postgres", ""] {
        message.extend_from_slice(word.as_bytes());
        message.push(0);
    }
    let exchange = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_u32(message.len() as u32 + 4).await?;
        stream.write_all(&message).await?;
        stream.read_u8().await
    };
    match exchange.await {
        Ok(b'R') => Ok(()),
        Ok(_) => Err("it refuses connections so far".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Root gives the folder to Debian's user `postgres`; anyone else runs the server himself.
fn owner(folder: &Path) -> Result<Option<(u32, u32)>, ServerError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let failed = |error: &dyn std::fmt::Display| {
        ServerError(format!(
            "PostgreSQL does not run as root, and cannot run as the user `postgres`: {error}"
        ))
    };
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|e| failed(&e))?;
    let account = accounts.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut numbers =
        account.into_iter().flat_map(|rest| rest.split(':').skip(1)).map_while(|n| n.parse().ok());
    let (Some(user), Some(group)) = (numbers.next(), numbers.next()) else {
        return Err(failed(&"there is no such user. Run `make servers`."));
    };
    chown(folder, Some(user), Some(group)).map_err(|e| failed(&e))?;
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder, private).map_err(|e| failed(&e))?;
    Ok(Some((user, group)))
}

async fn initialise(programs: &Path, folder: &Path, user: Option<(u32, u32)>) -> Result<(), ServerError> {
    let mut command = std::process::Command::new(programs.join("initdb"));
    command
        .args([
            "--username",
            USER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
            "-D",
        ])
        .arg(folder.join("data"))
        .current_dir(folder);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    let output = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| ServerError(format!("PostgreSQL: initdb does not run: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(ServerError(format!("PostgreSQL: initdb failed: {}", reason.trim())))
}
