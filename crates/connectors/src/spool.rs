//! Private copies of remote objects, so that a confined process can read them as files. In: bytes as they come. Out: a
//! file with what is known of it, gone when dropped. Never holds an object in memory, and leaves nothing for good: the
//! copies of a process that was killed are removed by the next one that starts.

use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::{Failure, ListedObject, SpooledObject};
use std::fs::{DirBuilder, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::{TempDir, TempPath};
use tokio::io::AsyncWriteExt;

const FOLDER_PREFIX: &str = "spool-";
const LOCK: &str = "lock";
/// A full disk takes a while to be emptied.
const AFTER_FULL_DISK: Duration = Duration::from_secs(30);

/// Where copies lie, and how large one may be.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: TempDir,
    max_file_bytes: u64,
    #[allow(dead_code, reason = "held for its lock, which says that this process lives")]
    alive: File,
}

impl Spool {
    /// Makes a folder of this process's own in `root`, and removes those whose process has ended. Must lie on a disk of
    /// this machine: the locks of the operating system tell who lives.
    ///
    /// # Errors
    /// `Stop` when the folder cannot be made or written to.
    pub(crate) fn open(root: &Path, max_file_bytes: u64) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::stop(format!(
                "copies of remote files cannot be kept in {}: {error}; name a folder that can be written to",
                root.display()
            ))
        };
        DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(cannot)?;
        // One at a time: a folder whose lock is not taken yet must not look abandoned.
        let door = File::create(root.join("spool.lock")).map_err(cannot)?;
        door.lock().map_err(cannot)?;
        sweep(root).map_err(cannot)?;
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir_in(root).map_err(cannot)?;
        let alive = File::create(folder.path().join(LOCK)).map_err(cannot)?;
        alive.lock().map_err(cannot)?;
        Ok(Self { folder, max_file_bytes, alive })
    }

    /// Whether an object of this size may be read.
    ///
    /// # Errors
    /// `Reject` when it may not.
    pub(crate) fn check_size(&self, bytes: u64) -> Result<(), Failure> {
        if bytes <= self.max_file_bytes {
            return Ok(());
        }
        let detail = format!("{bytes} bytes; {} are allowed", self.max_file_bytes);
        Err(Rejection { reason: RejectReason::TooLarge, detail }.into())
    }

    /// A new, empty copy.
    pub(crate) async fn begin(&self) -> Result<SpoolFile, Failure> {
        let folder = self.folder.path().to_owned();
        let made = tokio::task::spawn_blocking(move || tempfile::NamedTempFile::new_in(folder)).await;
        let file =
            made.map_err(std::io::Error::other).and_then(|made| made).map_err(|error| self.failed(&error))?;
        let (file, path) = file.into_parts();
        Ok(SpoolFile { file: tokio::fs::File::from_std(file), path, bytes: 0 })
    }

    /// # Errors
    /// `Retry` when the disk does not take it, `Reject` when the object is larger than allowed.
    pub(crate) async fn append(&self, copy: &mut SpoolFile, bytes: &[u8]) -> Result<(), Failure> {
        copy.bytes += bytes.len() as u64;
        self.check_size(copy.bytes)?;
        copy.file.write_all(bytes).await.map_err(|error| self.failed(&error))
    }

    /// The copy is whole.
    pub(crate) async fn finish(
        &self,
        mut copy: SpoolFile,
        listed: ListedObject,
    ) -> Result<SpooledObject, Failure> {
        copy.file.flush().await.map_err(|error| self.failed(&error))?;
        let path = copy.path.keep().map_err(|error| self.failed(&error.error))?;
        Ok(SpooledObject::copy(path, listed))
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        let folder = self.folder.path().display();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::Retry {
                after: AFTER_FULL_DISK,
                detail: format!("the disk under {folder} is full; free some space or name another folder"),
            },
            _ => Failure::retry(format!("a copy cannot be kept in {folder}: {error}")),
        }
    }
}

/// A copy that is being made, removed when dropped.
#[derive(Debug)]
pub(crate) struct SpoolFile {
    file: tokio::fs::File,
    path: TempPath,
    bytes: u64,
}

impl SpoolFile {
    /// So much of it is there.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Removes the folders of processes that have ended.
fn sweep(root: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(FOLDER_PREFIX));
        if !ours || !entry.file_type()?.is_dir() || is_alive(&entry.path())? {
            continue;
        }
        let folder: PathBuf = entry.path();
        tracing::info!(folder = %folder.display(), "removing copies that an ended process left");
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn is_alive(folder: &Path) -> std::io::Result<bool> {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        },
        // Killed between making the folder and its lock.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn listed(bytes: u64) -> ListedObject {
        ListedObject { key: "a.pdf".into(), size_bytes: bytes, etag: "1".into(), modified_ms: 0 }
    }

    #[tokio::test]
    async fn a_copy_is_private_and_ends_with_its_value() {
        let root = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(root.path(), 10).expect("opens");
        let mut copy = spool.begin().await.expect("begun");
        spool.append(&mut copy, b"ab").await.expect("taken");
        spool.append(&mut copy, b"c").await.expect("taken");
        assert_eq!(copy.bytes(), 3);
        let object = spool.finish(copy, listed(3)).await.expect("whole");
        assert_eq!(std::fs::read(object.path()).expect("read"), b"abc");
        let mode = std::fs::metadata(object.path()).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else may read it");
        let path = object.path().to_owned();
        drop(object);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_is_larger_than_allowed_is_rejected_and_leaves_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(root.path(), 3).expect("opens");
        let mut copy = spool.begin().await.expect("begun");
        spool.append(&mut copy, b"abc").await.expect("just fits");
        let Err(Failure::Reject(rejection)) = spool.append(&mut copy, b"d").await else {
            panic!("too large")
        };
        assert_eq!(rejection.reason, RejectReason::TooLarge);
        drop(copy);
        let left = std::fs::read_dir(spool.folder.path()).expect("listed").count();
        assert_eq!(left, 1, "the lock alone");
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_lives_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let living = Spool::open(root.path(), 1).expect("opens");
        let dead = root.path().join("spool-dead");
        std::fs::create_dir(&dead).expect("made");
        std::fs::write(dead.join(LOCK), "").expect("written");
        std::fs::write(dead.join("copy"), "left").expect("written");
        let other = root.path().join("spoil");
        std::fs::create_dir(&other).expect("made");
        let second = Spool::open(root.path(), 1).expect("opens");
        assert!(!dead.exists());
        assert!(living.folder.path().exists() && second.folder.path().exists() && other.exists());
    }
}
