//! The one writer of the index: a thread that gathers the changes that wait, commits them together to both stores,
//! and then confirms each. In: changes. Out: confirmations that mean durable.

use super::{IndexError, Inner};
use pagemill_document::DocumentId;
use pagemill_pipeline::{Failure, IndexedDocument, metrics};
use std::collections::HashSet;
use std::sync::Arc;
use tantivy::IndexWriter;
use tokio::sync::{mpsc, oneshot};

/// Changes that may wait; whoever brings more waits too.
const WAITING: usize = 32;
/// Changes of one commit, at most: bounds its time and memory.
const PER_COMMIT: usize = 64;

pub(super) enum Change {
    Replace(Box<IndexedDocument>),
    Delete(Vec<DocumentId>),
}

type Confirm = oneshot::Sender<Result<(), Failure>>;

pub(super) struct Writer {
    /// `None` only while it is dropped.
    changes: Option<mpsc::Sender<(Change, Confirm)>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Writer {
    /// Waits for the commit under way: the stores are closed when the index is gone.
    fn drop(&mut self) {
        self.changes = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the index writer panicked");
        }
    }
}

impl Writer {
    /// Brings the store to its present form and the keyword index up to its generation, then starts the thread.
    pub fn start(inner: Arc<Inner>) -> Result<Self, IndexError> {
        inner.store.part()?;
        let mut keywords = inner.keywords.writer()?;
        catch_up(&inner, &mut keywords)?;
        let (changes, waiting) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("index-writer".into())
            .spawn(move || run(&inner, &mut keywords, waiting))?;
        Ok(Self { changes: Some(changes), thread: Some(thread) })
    }

    pub async fn write(&self, change: Change) -> Result<(), Failure> {
        let gone = || Failure::stop("the index writer has ended; see the log for the reason");
        let (confirm, confirmed) = oneshot::channel();
        let changes = self.changes.as_ref().ok_or_else(gone)?;
        changes.send((change, confirm)).await.map_err(|_| gone())?;
        confirmed.await.map_err(|_| gone())?
    }
}

fn run(inner: &Inner, keywords: &mut IndexWriter, mut waiting: mpsc::Receiver<(Change, Confirm)>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < PER_COMMIT {
            match waiting.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        let (changes, confirms): (Vec<Change>, Vec<Confirm>) = batch.into_iter().unzip();
        let outcome = metrics::on_cpu("index", || commit(inner, keywords, changes)).map_err(|error| {
            tracing::error!(%error, "a commit to the search index failed");
            Failure::from(error)
        });
        for confirm in confirms {
            // Whoever asked may have been shut down; the write stands all the same.
            let _ = confirm.send(outcome.clone());
        }
    }
}

fn commit(inner: &Inner, keywords: &mut IndexWriter, changes: Vec<Change>) -> Result<(), IndexError> {
    let store = &inner.store;
    // After a commit that failed half way the keyword index is behind: first things first.
    keywords.rollback()?;
    catch_up(inner, keywords)?;
    let shown = inner.keywords.generation()?;
    let mut txn = store.write()?;
    store.trim_journal(&mut txn, shown)?;
    let mut changed: Vec<DocumentId> = Vec::new();
    for change in changes {
        match change {
            Change::Delete(documents) => {
                for id in documents {
                    store.remove(&mut txn, &id)?;
                    changed.push(id);
                }
            }
            Change::Replace(document) => {
                validate(&document, store.space().dimensions)?;
                if store.is_stale(&txn, &document.card)? {
                    tracing::info!(id = %document.card.id, "an older version came late and was left out");
                    continue;
                }
                store.remove(&mut txn, &document.card.id)?;
                store.insert(&mut txn, &document)?;
                changed.push(document.card.id.clone());
            }
        }
    }
    let mut seen = HashSet::new();
    changed.retain(|id| seen.insert(id.clone()));
    let _gate = inner.gate.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    let generation = store.commit(txn, &changed)?;
    show(inner, keywords, &changed, generation)
}

fn validate(document: &IndexedDocument, dimensions: usize) -> Result<(), IndexError> {
    let fits = document.vectors.iter().all(|vector| vector.len() == dimensions);
    if document.chunks.len() != document.vectors.len() || !fits {
        return Err(IndexError::Invalid(format!(
            "{} chunks came with {} vectors, wanted one each of {dimensions} dimensions",
            document.chunks.len(),
            document.vectors.len()
        )));
    }
    Ok(())
}

/// Brings the documents as they stand in the store into the keyword index and commits it for the generation.
fn show(
    inner: &Inner,
    keywords: &mut IndexWriter,
    documents: &[DocumentId],
    generation: u64,
) -> Result<(), IndexError> {
    let view = inner.store.read()?;
    for id in documents {
        inner.keywords.remove(keywords, id);
        for item in inner.store.items(&view, id)? {
            if let Some(chunk) = inner.store.chunk(&view, item)? {
                inner.keywords.add(keywords, id, item, &chunk.contextualized)?;
            }
        }
    }
    inner.keywords.commit(keywords, generation)
}

/// Repairs what a crash between the two commits left, or makes the keyword index anew when it is gone.
fn catch_up(inner: &Inner, keywords: &mut IndexWriter) -> Result<(), IndexError> {
    // A commit that ended half way leaves files, and the next one gives a file of its own the same name.
    keywords.garbage_collect_files().wait()?;
    let view = inner.store.read()?;
    let (now, shown) = (inner.store.generation(&view)?, inner.keywords.generation()?);
    if now == shown {
        return Ok(());
    }
    let documents = match inner.store.changed_since(&view, shown)? {
        Some(documents) if shown > 0 => documents,
        _ => {
            tracing::warn!(generation = now, "the keyword index is made anew from the store");
            keywords.delete_all_documents()?;
            let mut all = Vec::new();
            for card in inner.store.all_cards(&view)? {
                all.push(card?.id);
            }
            all
        }
    };
    tracing::info!(from = shown, to = now, documents = documents.len(), "the keyword index catches up");
    show(inner, keywords, &documents, now)
}
