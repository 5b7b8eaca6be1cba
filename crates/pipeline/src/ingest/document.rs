//! One document from its bytes to the index, straight through. Settles nothing: it says what came of it.

use super::{Held, IngestConfig, MemoryBudget, Stages};
use crate::read::{self, ReadConfig, Readers};
use crate::{
    DocumentCard, Failure, Fetched, Finished, IndexedDocument, PageOcr, Pipeline, Provenance, Stage,
    StoredDocument, Task, Wanted, metrics,
};
use pagemill_document::{Chunk, ChunkLimits, ContentHash, Document, DocumentId, TextSource, chunk};
use pagemill_extract::{DocumentIdentity, RejectReason, Rejection, segment};
use std::path::{Path, PathBuf};

/// What came of a document.
#[derive(Debug)]
pub enum DocumentOutcome {
    /// It is in the index, confirmed.
    Indexed(Finished),
    /// The bytes are the ones that are in the index already; the etag is the object's now.
    Unchanged { etag: String },
    /// It is not in the index any more, confirmed.
    Removed,
    /// What this worker's roles allow is done; a worker of this stage goes on.
    HandedOver(Stage),
    /// The claim ran out before anything was written.
    Superseded,
}

/// Brings the index up to date with one object: reads, segments, chunks, embeds and indexes it, or removes it when it is
/// gone. Bytes that were read before and that reading does not renew are not read again: their stored document is taken. What is looked at is the object as it is now, whatever was told of it: so the order of events does not matter.
///
/// # Errors
/// As the stages say: `Retry`, `Reject` or `Stop`. Nothing is settled here.
pub(super) async fn ingest_document(
    stages: &Stages,
    config: &IngestConfig,
    budget: &MemoryBudget,
    task: &Task,
) -> Result<DocumentOutcome, Failure> {
    if task.wanted == Wanted::Removed {
        return take_out(stages, task).await;
    }
    let objects = stages.sources.open(&task.source).await?;
    let Fetched::Object(file) = objects.fetch(&task.key).await? else { return take_out(stages, task).await };
    let content_hash = hash_file(file.path().to_owned()).await?;
    let etag = file.listed().etag.clone();
    let same_bytes = task.indexed_hash.as_ref() == Some(&content_hash);
    let pipeline = stages.pipeline(config);
    if same_bytes && task.indexed_by.as_ref().is_some_and(|made| !pipeline.renews(made)) {
        return Ok(DocumentOutcome::Unchanged { etag });
    }
    let identity = DocumentIdentity {
        id: task.document.clone(),
        source: task.source.clone(),
        key: task.key.clone(),
        content_hash,
        size_bytes: file.size_bytes(),
    };
    let reading = stages.reading(config);
    let (StoredDocument { document, read_by }, _held, is_stored) =
        match stored(stages, &reading, budget, task, &identity).await? {
            Some((stored, held)) => (stored, held, true),
            None if !config.takes(Stage::Read) => {
                tracing::info!(%reading, "no stored document of these bytes that stands for this reading");
                return Ok(DocumentOutcome::HandedOver(Stage::Read));
            }
            None => {
                let (document, held) =
                    extract_held(&stages.readers, &config.read, budget, file.path(), identity).await?;
                let read_by = reading.provenance(PageOcr::lowest(&PageOcr::of(&document)));
                (StoredDocument { document, read_by }, held, false)
            }
        };
    drop(file);
    let unstored = (!is_stored).then_some(&read_by);
    if !config.takes(Stage::Index) {
        let stored = store(stages, config, task, &document, unstored).await?;
        return Ok(if stored {
            DocumentOutcome::HandedOver(Stage::Index)
        } else {
            DocumentOutcome::Superseded
        });
    }
    let limits = ChunkLimits { max_tokens: stages.embedder.max_tokens(), target_tokens: config.chunk_tokens };
    let embedder = stages.embedder.clone();
    let (document, chunks) = timed(
        "chunk",
        blocking(move || {
            let chunks =
                metrics::on_cpu("chunk", || chunk(&document, limits, &|text| embedder.count_tokens(text)));
            Ok((document, chunks))
        }),
    )
    .await?;
    let passages = chunks.iter().map(|c| c.contextualized.clone()).collect();
    let vectors = timed("embed", stages.embedder.embed_passages(passages)).await?;
    let made_by = Provenance { version: pipeline.version, ..read_by.clone() };
    let finished = Finished { etag, ..finished(&document, &chunks, made_by) };
    let card = card(&document, task, chunks.len());
    if !store(stages, config, task, &document, unstored).await? {
        return Ok(DocumentOutcome::Superseded);
    }
    timed("index", stages.index.replace(IndexedDocument { card, chunks, vectors })).await?;
    Ok(DocumentOutcome::Indexed(finished))
}

/// The stored document, where the same bytes were read before and reading does not renew it: by an earlier attempt that got no
/// further, or for an index that is made anew. New documents are not asked for, which spares a request each.
async fn stored(
    stages: &Stages,
    reading: &Pipeline,
    budget: &MemoryBudget,
    task: &Task,
    identity: &DocumentIdentity,
) -> Result<Option<(StoredDocument, Option<Held>)>, Failure> {
    if task.attempt <= 1 && task.indexed_by.is_none() && task.stage == Stage::Read {
        return Ok(None);
    }
    let Some(stored) = stages.artifacts.stored(&task.document).await? else { return Ok(None) };
    if stored.document.content_hash != identity.content_hash || reading.renews(&stored.read_by) {
        return Ok(None);
    }
    let held = budget.hold(stored.document.pages.len() as u32).await;
    Ok(Some((stored, held)))
}

/// Stores the document as read so, where it is not stored yet (`None`). False when the claim was lost meanwhile: then nothing
/// may be written, the document is somebody else's.
async fn store(
    stages: &Stages,
    config: &IngestConfig,
    task: &Task,
    document: &Document,
    read_by: Option<&Provenance>,
) -> Result<bool, Failure> {
    let held = stages.catalog.renew(std::slice::from_ref(&task.claim), config.lease()).await?;
    if held.is_empty() {
        return Ok(false);
    }
    if let Some(read_by) = read_by {
        stages.artifacts.put(document, read_by).await?;
    }
    Ok(true)
}

async fn take_out(stages: &Stages, task: &Task) -> Result<DocumentOutcome, Failure> {
    stages.index.delete(std::slice::from_ref(&task.document)).await?;
    stages.artifacts.delete(&task.document).await?;
    Ok(DocumentOutcome::Removed)
}

/// Reads and segments a PDF without indexing it.
///
/// # Errors
/// `Reject` when it cannot be read or gives no text at all; `Stop` and `Retry` as reading says.
pub async fn extract(
    readers: &Readers,
    config: &ReadConfig,
    budget: &MemoryBudget,
    file: &Path,
    key: &str,
) -> Result<Document, Failure> {
    let source = "file://".to_owned();
    let size_bytes = std::fs::metadata(file)
        .map_err(|error| Failure::stop(format!("{} cannot be read: {error}", file.display())))?
        .len();
    let identity = DocumentIdentity {
        id: DocumentId::new(&source, key),
        content_hash: hash_file(file.to_owned()).await?,
        source,
        key: key.to_owned(),
        size_bytes,
    };
    let (document, _held) = extract_held(readers, config, budget, file, identity).await?;
    Ok(document)
}

/// The document with the share of memory that it is entitled to while it is worked on.
async fn extract_held(
    readers: &Readers,
    config: &ReadConfig,
    budget: &MemoryBudget,
    file: &Path,
    identity: DocumentIdentity,
) -> Result<(Document, Option<Held>), Failure> {
    let reading = timed("read", read::read(readers, file, config, budget)).await?;
    let (facts, pages, held) = (reading.facts, reading.pages, reading.held);
    let document = timed(
        "segment",
        blocking(move || Ok(metrics::on_cpu("segment", || segment(identity, facts, pages)))),
    )
    .await?;
    reject_without_text(&document)?;
    Ok((document, held))
}

async fn timed<T>(stage: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let timer = metrics::stage_seconds(stage).start_timer();
    let outcome = work.await;
    timer.observe_duration();
    outcome
}

/// Runs CPU-bound work beside the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            let detail = format!("our own code failed on this document: {error}");
            Err(Rejection { reason: RejectReason::Crashed, detail }.into())
        }
    }
}

async fn hash_file(path: PathBuf) -> Result<ContentHash, Failure> {
    blocking(move || {
        hash_reader(&path)
            .map_err(|error| Failure::retry(format!("{} cannot be read: {error}", path.display())))
    })
    .await
}

fn hash_reader(path: &Path) -> std::io::Result<ContentHash> {
    ContentHash::of_reader(std::fs::File::open(path)?)
}

/// A document that yields nothing is a rejection, never an empty entry in the index.
fn reject_without_text(document: &Document) -> Result<(), Failure> {
    if document.pages.iter().any(|page| page.characters > 0) {
        return Ok(());
    }
    let blank = document.pages.iter().filter(|p| p.text_source == TextSource::Blank).count();
    let failed = document.pages.iter().filter(|p| matches!(p.text_source, TextSource::Failed { .. })).count();
    let detail = format!(
        "none of {} pages gave any text ({blank} blank, {failed} unreadable, {} without text after OCR)",
        document.pages.len(),
        document.pages.len() - blank - failed
    );
    Err(Rejection { reason: RejectReason::NoText, detail }.into())
}

fn card(document: &Document, task: &Task, chunk_count: usize) -> DocumentCard {
    let metadata = &document.metadata;
    DocumentCard {
        id: document.id.clone(),
        source: document.source.clone(),
        key: document.key.clone(),
        content_hash: document.content_hash.clone(),
        collection: task.collection.clone(),
        version_ms: task.version_ms,
        title: document.display_title().to_owned(),
        author: metadata.author.as_ref().map(|field| field.value.clone()),
        language: metadata.language.as_ref().map(|field| field.value.clone()),
        page_count: metadata.page_count,
        chunk_count: chunk_count as u32,
    }
}

fn finished(document: &Document, chunks: &[Chunk], made_by: Provenance) -> Finished {
    Finished {
        etag: String::new(),
        content_hash: document.content_hash.clone(),
        made_by,
        title: document.display_title().to_owned(),
        language: document.metadata.language.as_ref().map(|field| field.value.clone()),
        pages: document.pages.len() as u32,
        chunks: chunks.len() as u32,
        readiness: document.readiness.score,
        warnings: document.warnings.len() as u32,
        ocr_pages: PageOcr::of(document),
    }
}
