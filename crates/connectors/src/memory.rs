//! In-memory twins of the seams: the same behaviour without a disk, for tests and for trying things out. The contract
//! suites hold them and the real ones to the same rules.

use crate::source_name::is_pdf;
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pagemill_document::{Chunk, Document, DocumentId, Script};
use pagemill_pipeline::{
    Artifacts, DocumentCard, Failure, Fetched, Hit, IndexStatistics, IndexedDocument, ListedObject, Objects,
    Provenance, SearchIndex, SearchMode, SearchQuery, Sources, SpooledObject, StoredDocument, in_one_script,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Objects that live in memory.
#[derive(Debug)]
pub struct MemoryObjects {
    source: String,
    objects: Mutex<BTreeMap<String, (Vec<u8>, i64)>>,
    clock: Mutex<i64>,
}

impl MemoryObjects {
    /// `name` becomes the source `memory://name`.
    pub fn new(name: &str) -> Self {
        Self { source: format!("memory://{name}"), objects: Mutex::default(), clock: Mutex::new(0) }
    }

    /// Puts an object with a time of its own, as a restored backup has it.
    pub fn put_dated(&self, key: &str, bytes: &[u8], modified_ms: i64) {
        lock(&self.objects).insert(key.to_owned(), (bytes.to_vec(), modified_ms));
    }
}

fn listed(key: &str, bytes: &[u8], version: i64) -> ListedObject {
    ListedObject {
        key: key.to_owned(),
        size_bytes: bytes.len() as u64,
        etag: version.to_string(),
        modified_ms: version,
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    fn source(&self) -> &str {
        &self.source
    }

    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        let listed: Vec<_> = lock(&self.objects)
            .iter()
            .filter(|(key, _)| is_pdf(key) && after.is_none_or(|after| key.as_str() > after))
            .map(|(key, (bytes, version))| Ok(listed(key, bytes, *version)))
            .collect();
        stream::iter(listed).boxed()
    }

    async fn fetch(&self, key: &str) -> Result<Fetched, Failure> {
        let Some((bytes, version)) = lock(&self.objects).get(key).cloned() else { return Ok(Fetched::Gone) };
        let spool = || -> std::io::Result<SpooledObject> {
            let mut file = tempfile::NamedTempFile::new()?;
            file.write_all(&bytes)?;
            let (_, path) = file.keep().map_err(|error| error.error)?;
            Ok(SpooledObject::copy(path, listed(key, &bytes, version)))
        };
        spool()
            .map(Fetched::Object)
            .map_err(|error| Failure::retry(format!("{key} could not be spooled: {error}")))
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        let mut clock = lock(&self.clock);
        *clock += 1;
        lock(&self.objects).insert(key.to_owned(), (bytes.to_vec(), *clock));
        Ok(key.to_owned())
    }

    async fn remove(&self, key: &str) -> Result<(), Failure> {
        lock(&self.objects).remove(key);
        Ok(())
    }
}

/// One source, whichever is asked for.
pub struct OneSource(pub Arc<dyn Objects>);

#[async_trait]
impl Sources for OneSource {
    async fn open(&self, source: &str) -> Result<Arc<dyn Objects>, Failure> {
        if source == self.0.source() {
            return Ok(self.0.clone());
        }
        Err(Failure::stop(format!("`{source}` is not set up")))
    }
}

/// Stored documents in memory.
#[derive(Debug, Default)]
pub struct MemoryArtifacts {
    documents: Mutex<BTreeMap<DocumentId, StoredDocument>>,
}

#[async_trait]
impl Artifacts for MemoryArtifacts {
    async fn put(&self, document: &Document, read_by: &Provenance) -> Result<(), Failure> {
        let stored = StoredDocument { read_by: read_by.clone(), document: document.clone() };
        lock(&self.documents).insert(document.id.clone(), stored);
        Ok(())
    }

    async fn stored(&self, id: &DocumentId) -> Result<Option<StoredDocument>, Failure> {
        Ok(lock(&self.documents).get(id).cloned())
    }

    async fn delete(&self, id: &DocumentId) -> Result<(), Failure> {
        lock(&self.documents).remove(id);
        Ok(())
    }
}

/// An index that looks at everything for every question.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    documents: Mutex<BTreeMap<DocumentId, IndexedDocument>>,
    generation: Mutex<u64>,
}

fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

impl MemoryIndex {
    fn ranked(&self, query: &SearchQuery) -> Vec<Hit> {
        let asked = words(&query.text);
        let mut hits = Vec::new();
        for document in lock(&self.documents).values().filter(|d| query.filter.admits(&d.card)) {
            for (chunk, vector) in document.chunks.iter().zip(&document.vectors) {
                let shared = words(&chunk.contextualized).intersection(&asked).count() as f32;
                let keyword = (query.mode != SearchMode::Vector && shared > 0.0).then_some(shared);
                let cosine = query.vector.as_ref().filter(|_| query.mode != SearchMode::Keyword);
                let vector = cosine.map(|asked| asked.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>());
                if keyword.is_some() || vector.is_some() {
                    let (asked_in, written_in) = (Script::of(&query.text), Script::of(&chunk.contextualized));
                    let meaning = vector.map_or(0.0, |cosine| in_one_script(cosine, asked_in, written_in));
                    let score = keyword.unwrap_or(0.0) / asked.len().max(1) as f32 + meaning;
                    hits.push(Hit {
                        card: document.card.clone(),
                        chunk: chunk.clone(),
                        score,
                        keyword_score: keyword,
                        vector_score: vector,
                    });
                }
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.chunk.id.cmp(&b.chunk.id)));
        hits.truncate(query.limit);
        hits
    }
}

#[async_trait]
impl SearchIndex for MemoryIndex {
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure> {
        if document.chunks.len() != document.vectors.len() {
            return Err(Failure::stop("each chunk needs one vector"));
        }
        let mut documents = lock(&self.documents);
        let stale =
            documents.get(&document.card.id).is_some_and(|d| d.card.version_ms > document.card.version_ms);
        if !stale {
            documents.insert(document.card.id.clone(), document);
            *lock(&self.generation) += 1;
        }
        Ok(())
    }

    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        let mut there = lock(&self.documents);
        for id in documents {
            there.remove(id);
        }
        *lock(&self.generation) += 1;
        Ok(())
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure> {
        if query.vector.is_none() && query.mode != SearchMode::Keyword {
            return Err(Failure::stop("a vector or hybrid search needs the question's vector"));
        }
        Ok(self.ranked(&query))
    }

    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure> {
        Ok(lock(&self.documents).get(document).map(|d| d.card.clone()))
    }

    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure> {
        let place = |card: &DocumentCard| (card.source.clone(), card.key.clone());
        let mut cards: Vec<DocumentCard> = lock(&self.documents).values().map(|d| d.card.clone()).collect();
        cards.sort_by_key(place);
        let after = after.map(place);
        cards.retain(|card| after.as_ref().is_none_or(|after| place(card) > *after));
        cards.truncate(limit);
        Ok(cards)
    }

    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure> {
        Ok(lock(&self.documents).get(document).map(|d| d.chunks.clone()).unwrap_or_default())
    }

    async fn statistics(&self) -> Result<IndexStatistics, Failure> {
        let documents = lock(&self.documents);
        Ok(IndexStatistics {
            documents: documents.len() as u64,
            chunks: documents.values().map(|d| d.chunks.len() as u64).sum(),
            generation: *lock(&self.generation),
            size_bytes: 0,
            embedder: "memory".into(),
        })
    }
}
