//! A folder of PDFs. In: a path. Out: a listing in key order and files in place. Never follows a link out of the
//! folder, never changes what it lists.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::{Failure, Fetched, ListedObject, Objects, SpooledObject};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

const SCHEME: &str = "file://";

/// A folder as a source.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    source: String,
}

impl Folder {
    /// Opens a folder that exists.
    ///
    /// # Errors
    /// `Stop` when there is no such folder or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let root = path.canonicalize().map_err(|error| {
            Failure::stop(format!("the folder {} cannot be opened: {error}", path.display()))
        })?;
        if !root.is_dir() {
            return Err(Failure::stop(format!(
                "{} is a file; name the folder that holds the PDFs",
                path.display()
            )));
        }
        let name = root.to_str().ok_or_else(|| {
            Failure::stop(format!("the name of the folder {} is not UTF-8; rename it", path.display()))
        })?;
        Ok(Self { source: format!("{SCHEME}{name}"), root })
    }

    fn path_of(&self, key: &str) -> Result<PathBuf, Failure> {
        let relative = Path::new(key);
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if key.is_empty() || !inside {
            return Err(Failure::stop(format!("`{key}` is no name of a file within {}", self.source)));
        }
        Ok(self.root.join(relative))
    }
}

fn is_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"))
}

fn listed(
    root: &Path,
    entry: Result<walkdir::DirEntry, walkdir::Error>,
) -> Option<Result<ListedObject, Failure>> {
    let entry = match entry {
        Ok(entry) => entry,
        // What cannot be listed is unknown, not gone: the listing fails as a whole and removes nothing.
        Err(error) => return Some(Err(Failure::retry(format!("the folder cannot be listed: {error}")))),
    };
    if !entry.file_type().is_file() || !is_pdf(entry.path()) {
        return None;
    }
    let relative = entry.path().strip_prefix(root).ok()?;
    let Some(key) = relative.to_str() else {
        tracing::warn!(file = %entry.path().display(), "left out: its name is not UTF-8; rename it");
        return None;
    };
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.io_error().is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound) => {
            return None;
        }
        Err(error) => return Some(Err(Failure::retry(format!("{key} cannot be looked at: {error}")))),
    };
    Some(Ok(described(key, &metadata)))
}

fn described(key: &str, metadata: &std::fs::Metadata) -> ListedObject {
    let modified =
        metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    ListedObject {
        key: key.to_owned(),
        size_bytes: metadata.len(),
        etag: format!("{}-{}", metadata.len(), modified.as_nanos()),
        modified_ms: modified.as_millis() as i64,
    }
}

/// The name of an entry as it stands in keys, where a folder's name is followed by `/`: so that a walk is in key order.
fn key_part(entry: &walkdir::DirEntry) -> Vec<u8> {
    let mut name = entry.file_name().as_encoded_bytes().to_vec();
    if entry.file_type().is_dir() {
        name.push(b'/');
    }
    name
}

#[async_trait]
impl Objects for Folder {
    fn source(&self) -> &str {
        &self.source
    }

    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        let walk = walkdir::WalkDir::new(&self.root).sort_by(|a, b| key_part(a).cmp(&key_part(b)));
        let after = after.map(str::to_owned);
        let is_wanted = move |object: &Result<ListedObject, Failure>| match (object, &after) {
            (Ok(object), Some(after)) => object.key > *after,
            _ => true,
        };
        let objects = walk.into_iter().filter_map(|entry| listed(&self.root, entry)).filter(is_wanted);
        stream::iter(objects).boxed()
    }

    async fn fetch(&self, key: &str) -> Result<Fetched, Failure> {
        let path = self.path_of(key)?;
        match tokio::fs::metadata(&path).await {
            Ok(metadata) => Ok(Fetched::Object(SpooledObject::in_place(path, described(key, &metadata)))),
            // Gone, unless it is the folder that is gone: then nothing is known of what it holds.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.root.is_dir() => {
                Ok(Fetched::Gone)
            }
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let detail = format!("{} may not be read: {error}", path.display());
                Err(Rejection { reason: RejectReason::Unavailable, detail }.into())
            }
            Err(error) => Err(Failure::retry(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        let path = self.path_of(key)?;
        let (root, bytes) = (self.root.clone(), bytes.to_vec());
        let written = tokio::task::spawn_blocking(move || {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let mut file = tempfile::NamedTempFile::new_in(&root)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map(|_| ()).map_err(|error| error.error)
        });
        match written.await {
            Ok(Ok(())) => Ok(key.to_owned()),
            Ok(Err(error)) => {
                Err(Failure::retry(format!("{key} cannot be written to {}: {error}", self.source)))
            }
            Err(error) => Err(Failure::retry(format!("{key} was not written: {error}"))),
        }
    }

    async fn remove(&self, key: &str) -> Result<(), Failure> {
        match tokio::fs::remove_file(self.path_of(key)?).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::retry(format!("{key} cannot be removed from {}: {error}", self.source)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opens");
        (dir, folder)
    }

    #[tokio::test]
    async fn lists_pdfs_in_key_order_and_nothing_else() {
        let (dir, folder) = folder();
        for name in ["b.pdf", "a.PDF", "notes.txt", "sub/계약.pdf", "sub.pdf"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("made");
            std::fs::write(path, name).expect("written");
        }
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link.pdf")).expect("linked");
        let keys: Vec<String> = folder.list(None).map_ok(|o| o.key).try_collect().await.expect("listed");
        assert_eq!(keys, ["a.PDF", "b.pdf", "sub.pdf", "sub/계약.pdf"], "in the order of the keys' bytes");
        let rest: Vec<String> =
            folder.list(Some("b.pdf")).map_ok(|o| o.key).try_collect().await.expect("listed");
        assert_eq!(rest, ["sub.pdf", "sub/계약.pdf"]);
    }

    #[tokio::test]
    async fn a_key_cannot_leave_the_folder() {
        let (_dir, folder) = folder();
        for key in ["../x.pdf", "/etc/passwd", "a/../../x", ""] {
            assert!(matches!(folder.fetch(key).await, Err(Failure::Stop(_))), "{key}");
            assert!(matches!(folder.put(key, b"x").await, Err(Failure::Stop(_))), "{key}");
        }
    }

    #[tokio::test]
    async fn what_is_put_is_listed_and_a_change_changes_the_etag() {
        let (_dir, folder) = folder();
        let first = put_and_list(&folder, b"one").await;
        let second = put_and_list(&folder, b"three").await;
        assert_ne!(first.etag, second.etag);
        folder.remove("up.pdf").await.expect("removed");
        assert!(matches!(folder.fetch("up.pdf").await, Ok(Fetched::Gone)));
    }

    async fn put_and_list(folder: &Folder, bytes: &[u8]) -> ListedObject {
        let key = folder.put("up.pdf", bytes).await.expect("put");
        let all: Vec<ListedObject> = folder.list(None).try_collect().await.expect("listed");
        all.into_iter().find(|o| o.key == key).expect("there")
    }
}
