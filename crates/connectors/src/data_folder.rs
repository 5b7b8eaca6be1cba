//! The folder that holds everything of one machine: catalog, index, stored documents, uploads. One process writes at
//! a time; the lock is the operating system's and ends with the process.

use pagemill_pipeline::Failure;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Less free space than this and nothing new is begun.
const MIN_FREE_BYTES: u64 = 256 << 20;

#[derive(Clone, Debug)]
pub struct DataFolder {
    root: PathBuf,
}

/// Held while a process writes.
#[derive(Debug)]
pub struct WriteLock(#[allow(dead_code, reason = "held for its lock")] File);

impl DataFolder {
    /// Opens the folder, making it when it is missing.
    ///
    /// # Errors
    /// `Stop` when it cannot be made or written to.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::stop(format!(
                "the data folder {} cannot be used: {error}; set `data_dir` to a folder that can be written to",
                root.display()
            ))
        };
        std::fs::create_dir_all(root).map_err(cannot)?;
        tempfile::tempfile_in(root).map_err(cannot)?;
        let root = root.canonicalize().map_err(cannot)?;
        std::fs::create_dir_all(root.join("uploads")).map_err(cannot)?;
        Ok(Self { root })
    }

    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.sqlite")
    }

    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// Where a new index is made beside the one in use.
    pub fn next_index(&self) -> PathBuf {
        self.root.join("index.next")
    }

    /// Puts the new index in the place of the one in use, which goes. Whoever has that one open goes on with it until it
    /// is closed. The caller holds the write lock, and has the new index complete and closed.
    ///
    /// # Errors
    /// `Stop` when the disk refuses.
    pub fn switch_index(&self, _lock: &WriteLock) -> Result<(), Failure> {
        let (index, next) = (self.index(), self.next_index());
        let refused = |error: std::io::Error| {
            Failure::stop(format!("{} cannot take the place of {}: {error}", next.display(), index.display()))
        };
        // At no moment there is none, and a crash leaves the one or the other in place.
        rustix::fs::renameat_with(
            rustix::fs::CWD,
            &next,
            rustix::fs::CWD,
            &index,
            rustix::fs::RenameFlags::EXCHANGE,
        )
        .map_err(|error| refused(error.into()))?;
        std::fs::remove_dir_all(&next).map_err(refused)
    }

    /// Whether anything was ever ingested.
    pub fn has_index(&self) -> bool {
        self.index().is_dir()
    }

    pub fn artifacts(&self) -> PathBuf {
        self.root.join("documents")
    }

    pub fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Copies of remote files while they are read.
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// Takes the right to write, or `None` while another process has it.
    ///
    /// # Errors
    /// `Stop` when the lock file cannot be used or the disk is full.
    pub fn try_lock(&self) -> Result<Option<WriteLock>, Failure> {
        let path = self.root.join("write.lock");
        let stop = |error: std::io::Error| {
            Failure::stop(format!("the lock {} cannot be used: {error}", path.display()))
        };
        let file = File::options().create(true).append(true).open(&path).map_err(stop)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(WriteLock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(stop(error)),
        }
    }

    /// # Errors
    /// `Stop` when less than 256 MiB are free.
    pub fn check_space(&self) -> Result<(), Failure> {
        let free = free_bytes(&self.root).map_err(|error| {
            Failure::stop(format!("the disk of {} does not answer: {error}", self.root.display()))
        })?;
        if free < MIN_FREE_BYTES {
            return Err(Failure::stop(format!(
                "only {} MiB are free on the disk of {}; make room or set `data_dir` to another disk",
                free >> 20,
                self.root.display()
            )));
        }
        Ok(())
    }
}

fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
