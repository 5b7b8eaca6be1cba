//! The search index on disk of one machine: chunks and vectors in LMDB, keywords in tantivy, fused at search.
//!
//! LMDB is the truth. A write commits there first, with a journal entry of the documents it changed; then to the
//! keyword index, whose commit carries the same generation number. After a crash between the two, opening the
//! index replays the journal. Nothing here knows how vectors are made.

mod keywords;
mod packed;
mod search;
mod store;
pub(crate) mod tokens;
mod writer;

use async_trait::async_trait;
use keywords::Keywords;
use pagemill_document::{Chunk, DocumentId};
use pagemill_pipeline::{
    DocumentCard, Failure, Hit, IndexStatistics, IndexedDocument, SearchIndex, SearchQuery,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::Store;
use writer::{Change, Writer};

/// What the vectors of an index are made with; another embedder needs another index.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VectorSpace {
    pub embedder: String,
    pub dimensions: usize,
}

/// The index of one machine. Opened for reading; writing begins and ends with [`EmbeddedIndex::begin_writing`], so
/// that a server can leave the writing to another process and take it up when it is free.
pub struct EmbeddedIndex {
    inner: Arc<Inner>,
    writer: Mutex<Option<Arc<Writer>>>,
}

struct Inner {
    folder: PathBuf,
    /// Which file the store is, by device and number: another index may come into its place.
    file: (u64, u64),
    store: Store,
    keywords: Keywords,
    /// Held for reading while a search takes its views of both stores, for writing while a commit passes through
    /// both: a search never sees one store ahead of the other.
    gate: RwLock<()>,
}

/// An error of the stores: the disk, the map, a damaged file.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the store does not answer: {0}")]
    Store(#[from] heed::Error),
    #[error("the vectors do not answer: {0}")]
    Vectors(#[from] hannoy::Error),
    #[error("the keywords do not answer: {0}")]
    Keywords(#[from] tantivy::TantivyError),
    #[error("an entry of the store cannot be read: {0}")]
    Entry(#[from] postcard::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Invalid(String),
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        let detail = format!("search index: {error}");
        match error {
            // A full disk or map and a failing disk may recover; the write can be repeated.
            IndexError::Store(_) | IndexError::Vectors(_) | IndexError::Keywords(_) | IndexError::Io(_) => {
                Failure::retry(detail)
            }
            IndexError::Entry(_) | IndexError::Invalid(_) => Failure::stop(detail),
        }
    }
}

impl EmbeddedIndex {
    /// Opens the index in `folder`. With a vector space it is made when it is missing; without, it must be there.
    ///
    /// # Errors
    /// `Stop` when the folder cannot be used, there is no index, or its vectors are of another embedder.
    pub fn open(folder: &Path, space: Option<&VectorSpace>) -> Result<Self, Failure> {
        let stop = |error: IndexError| {
            Failure::stop(format!("the search index in {} cannot be opened: {error}", folder.display()))
        };
        let store = folder.join("store");
        if space.is_none() && !store.exists() {
            return Err(Failure::stop("nothing is indexed yet; begin with `pagemill ingest FOLDER`"));
        }
        let store = Store::open(&store, space).map_err(stop)?;
        let keywords = Keywords::open(&folder.join("keywords")).map_err(stop)?;
        let file = store_file(folder).map_err(|error| stop(error.into()))?;
        let inner =
            Arc::new(Inner { folder: folder.to_owned(), file, store, keywords, gate: RwLock::new(()) });
        Ok(Self { inner, writer: Mutex::default() })
    }

    /// What made its vectors.
    pub fn space(&self) -> &VectorSpace {
        self.inner.store.space()
    }

    /// Begins writing, after repairing what a crash left. The caller holds the lock of the data folder.
    ///
    /// # Errors
    /// `Stop` when another process writes to the index, it cannot be repaired, or another index is in its place.
    pub fn begin_writing(&self) -> Result<(), Failure> {
        if store_file(&self.inner.folder).ok() != Some(self.inner.file) {
            return Err(Failure::stop(format!(
                "the search index in {} was made anew meanwhile; start this program again, with the configuration of the \
                 new one",
                self.inner.folder.display()
            )));
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            let started = Writer::start(self.inner.clone())
                .map_err(|error| Failure::stop(format!("the search index cannot be written to: {error}")))?;
            *writer = Some(Arc::new(started));
        }
        Ok(())
    }

    /// Ends writing, after the commit under way.
    pub fn end_writing(&self) {
        *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn write(&self, change: Change) -> Result<(), Failure> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match writer {
            Some(writer) => writer.write(change).await,
            None => Err(Failure::stop("the index was opened for reading only")),
        }
    }

    /// Runs a read of the stores beside the async threads.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Inner) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || read(&inner)).await {
            Ok(outcome) => Ok(outcome?),
            Err(error) => Err(Failure::stop(format!("a read of the index ended unexpectedly: {error}"))),
        }
    }
}

#[async_trait]
impl SearchIndex for EmbeddedIndex {
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure> {
        self.write(Change::Replace(Box::new(document))).await
    }

    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        self.write(Change::Delete(documents.to_vec())).await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure> {
        self.read(move |inner| inner.search(&query)).await
    }

    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure> {
        let id = document.clone();
        self.read(move |inner| {
            let view = inner.store.read()?;
            inner.store.card(&view, &id)
        })
        .await
    }

    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure> {
        let after = after.map(|card| (card.source.clone(), card.key.clone()));
        self.read(move |inner| {
            let view = inner.store.read()?;
            inner.store.cards(&view, after.as_ref(), limit)
        })
        .await
    }

    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure> {
        let id = document.clone();
        self.read(move |inner| {
            let view = inner.store.read()?;
            inner.store.chunks(&view, &id)
        })
        .await
    }

    async fn statistics(&self) -> Result<IndexStatistics, Failure> {
        self.read(|inner| {
            let view = inner.store.read()?;
            let (documents, chunks) = inner.store.counts(&view)?;
            Ok(IndexStatistics {
                documents,
                chunks,
                generation: inner.store.generation(&view)?,
                size_bytes: folder_bytes(&inner.folder),
                embedder: inner.store.space().embedder.clone(),
            })
        })
        .await
    }
}

fn store_file(folder: &Path) -> std::io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(folder.join("store/data.mdb"))?;
    Ok((file.dev(), file.ino()))
}

/// Bytes that the files of a folder take on disk; files that vanish meanwhile count nothing.
fn folder_bytes(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|entry| entry.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        // The store's file is sparse: what counts is what it occupies.
        .map(|metadata| metadata.blocks() * 512)
        .sum()
}
