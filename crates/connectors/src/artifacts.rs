//! Documents as compressed JSON, one file or object each, replaced whole. In: a document and what read it. Out: the same.

use crate::{AllowedSources, S3Config, SourcesConfig};
use async_trait::async_trait;
use pagemill_document::{Document, DocumentId};
use pagemill_pipeline::{Artifacts, Failure, Fetched, Objects, Provenance, Sources, StoredDocument};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Zstandard's level: fast, and structure in JSON packs well all the same.
const LEVEL: i32 = 3;
/// Of a stored document; one of 5,000 pages takes some 50 MB.
const MAX_STORED_BYTES: u64 = 1 << 30;

/// Artifacts in a folder.
#[derive(Clone, Debug)]
pub struct FileArtifacts {
    root: PathBuf,
}

impl FileArtifacts {
    /// # Errors
    /// `Stop` when the folder cannot be made.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(root).map_err(|error| {
            Failure::stop(format!("the folder {} cannot be made: {error}", root.display()))
        })?;
        Ok(Self { root: root.to_owned() })
    }

    /// Files are spread over 256 folders.
    fn path(&self, id: &DocumentId) -> PathBuf {
        let name: String = id.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let shelf: String = name.chars().take(2).collect();
        self.root.join(shelf).join(format!("{name}.json.zst"))
    }
}

/// A [`StoredDocument`] as it is written.
#[derive(Serialize)]
struct Storing<'d> {
    read_by: &'d Provenance,
    document: &'d Document,
}

fn json(document: &Document, read_by: &Provenance) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&Storing { read_by, document })
        .map_err(|error| Failure::stop(format!("a document could not be written as JSON: {error}")))
}

/// A document of an older schema is as good as none: it is made anew at the next ingest.
fn stored(json: &[u8]) -> Option<StoredDocument> {
    serde_json::from_slice(json).ok()
}

/// Where the stored documents of a cluster are.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArtifactsConfig {
    /// A place that every worker and gateway reaches: `s3://bucket/prefix`, `gs://…`, `az://…`, or a shared folder.
    pub url: String,
}

impl Default for ArtifactsConfig {
    fn default() -> Self {
        Self { url: "s3://pagemill/documents".into() }
    }
}

/// Artifacts as objects beside each other in one place.
pub struct ObjectArtifacts {
    objects: Arc<dyn Objects>,
}

impl ObjectArtifacts {
    /// Opens the place. It is the operator's to say, so it need not be among the sources that may be read.
    ///
    /// # Errors
    /// `Stop` when it is wrongly named or not there, `Retry` when it does not answer.
    pub async fn open(
        config: &ArtifactsConfig,
        sources: &SourcesConfig,
        s3: &S3Config,
    ) -> Result<Self, Failure> {
        let anywhere = SourcesConfig { allowed: Vec::new(), ..sources.clone() };
        let places = AllowedSources::of_user(&anywhere, s3, MAX_STORED_BYTES)?;
        Ok(Self { objects: places.open(&config.url).await? })
    }

    fn key(id: &DocumentId) -> String {
        let name: String = id.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{}/{name}.json.zst", name.get(..2).unwrap_or_default())
    }
}

#[async_trait]
impl Artifacts for ObjectArtifacts {
    async fn put(&self, document: &Document, read_by: &Provenance) -> Result<(), Failure> {
        let (key, json) = (Self::key(&document.id), json(document, read_by)?);
        let packed = beside(move || zstd::encode_all(json.as_slice(), LEVEL)).await?;
        self.objects.put(&key, &packed).await?;
        Ok(())
    }

    async fn stored(&self, id: &DocumentId) -> Result<Option<StoredDocument>, Failure> {
        let Fetched::Object(file) = self.objects.fetch(&Self::key(id)).await? else { return Ok(None) };
        let json = beside(move || zstd::decode_all(std::fs::File::open(file.path())?)).await?;
        Ok(stored(&json))
    }

    async fn delete(&self, id: &DocumentId) -> Result<(), Failure> {
        self.objects.remove(&Self::key(id)).await
    }
}

async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::retry(format!("a stored document: {error}"))),
        Err(error) => Err(Failure::retry(format!("a stored document: {error}"))),
    }
}

#[async_trait]
impl Artifacts for FileArtifacts {
    async fn put(&self, document: &Document, read_by: &Provenance) -> Result<(), Failure> {
        let path = self.path(&document.id);
        let json = json(document, read_by)?;
        beside(move || {
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&zstd::encode_all(json.as_slice(), LEVEL)?)?;
            file.as_file().sync_data()?;
            file.persist(&path).map(|_| ()).map_err(|error| error.error)
        })
        .await
    }

    async fn stored(&self, id: &DocumentId) -> Result<Option<StoredDocument>, Failure> {
        let path = self.path(id);
        let bytes = beside(move || match std::fs::File::open(&path) {
            Ok(file) => zstd::decode_all(file).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await?;
        Ok(bytes.and_then(|bytes| stored(&bytes)))
    }

    async fn delete(&self, id: &DocumentId) -> Result<(), Failure> {
        let path = self.path(id);
        beside(move || match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}
