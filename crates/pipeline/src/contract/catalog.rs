//! The rules of a catalog: what is listed is queued once, what runs and is not settled comes back, what failed says why.

use crate::{
    Batch, Catalog, DocumentFilter, DocumentState, Enqueued, Finished, ListedObject, PageOcr, RecordedFailure,
};
use pagemill_document::{ContentHash, DocumentId, OcrReason};
use pagemill_extract::RejectReason;

const SOURCE: &str = "contract://";

fn object(key: &str, etag: &str, size_bytes: u64) -> ListedObject {
    ListedObject { key: key.into(), size_bytes, etag: etag.into(), modified_ms: 7 }
}

async fn list(catalog: &dyn Catalog, pipeline: &str, objects: &[ListedObject]) -> (i64, Enqueued) {
    let listing = catalog.next_listing().await.expect("a listing");
    let batch = Batch { source: SOURCE, listing, pipeline, objects };
    (listing, catalog.enqueue(batch).await.expect("enqueued"))
}

fn finished(pipeline: &str, hash: &ContentHash) -> Finished {
    Finished {
        content_hash: hash.clone(),
        pipeline: pipeline.into(),
        title: "Title".into(),
        language: Some("en".into()),
        pages: 3,
        chunks: 5,
        readiness: 0.5,
        warnings: 1,
        ocr_pages: vec![PageOcr {
            page: 2,
            reason: OcrReason::NoText,
            evidence: "an image".into(),
            confidence: Some(0.9),
        }],
    }
}

/// Runs the suite on an empty catalog.
pub async fn catalog(catalog: &dyn Catalog) {
    let (a, b) = (object("a.pdf", "1", 20), object("b.pdf", "1", 10));
    let (first, counts) = list(catalog, "v1", &[a.clone(), b.clone()]).await;
    assert_eq!(counts, Enqueued { new: 2, changed: 0, unchanged: 0 });
    let queued = catalog.queued(Some(SOURCE)).await.expect("queued");
    assert_eq!((queued.documents, queued.bytes), (2, 30));

    let small = catalog.take(Some(SOURCE)).await.expect("takes").expect("a task");
    assert_eq!((small.key.as_str(), small.attempt), ("b.pdf", 1), "small documents first");
    let large = catalog.take(None).await.expect("takes").expect("a task");
    assert_eq!(catalog.take(None).await.expect("takes"), None, "each task is taken once");

    let hash = ContentHash::of(b"b");
    catalog.finish(&small, finished("v1", &hash)).await.expect("finished");
    assert_eq!(catalog.recover().await.expect("recovers"), 1, "what ran and was not settled comes back");
    let again = catalog.take(Some(SOURCE)).await.expect("takes").expect("a task");
    assert_eq!((again.document.clone(), again.attempt), (large.document.clone(), 2));
    let failure = RecordedFailure {
        reason: RejectReason::Encrypted,
        detail: "it is locked".into(),
        advice: "unlock it".into(),
    };
    catalog.fail(&again, failure.clone()).await.expect("failed");
    records(catalog, &small.document, &failure).await;

    let (second, counts) = list(catalog, "v1", &[a.clone(), b.clone()]).await;
    assert!(second > first);
    assert_eq!(counts.unchanged, 2, "neither what is indexed nor what failed is due again");
    let (_, counts) = list(catalog, "v2", std::slice::from_ref(&b)).await;
    assert_eq!(counts.changed, 1, "another pipeline version makes it due");
    let task = catalog.take(None).await.expect("takes").expect("a task");
    assert_eq!(
        (task.indexed_hash.clone(), task.indexed_pipeline.as_deref()),
        (Some(hash.clone()), Some("v1"))
    );
    catalog.release(&task, false).await.expect("released");
    let task = catalog.take(None).await.expect("takes").expect("a task");
    assert_eq!(task.attempt, 1, "a release that was no attempt is not counted");
    catalog.finish(&task, finished("v2", &hash)).await.expect("finished");

    retried_and_gone(catalog, b).await;
}

async fn records(catalog: &dyn Catalog, indexed: &DocumentId, failure: &RecordedFailure) {
    let record = catalog.document(indexed).await.expect("answers").expect("a record");
    assert_eq!((record.state, record.pages, record.chunks), (DocumentState::Indexed, 3, 5));
    assert_eq!(record.ocr_pages[0].evidence, "an image");
    let failed = DocumentFilter { state: Some(DocumentState::Failed), ..DocumentFilter::default() };
    let failed = catalog.documents(failed).await.expect("answers");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].failure.as_ref(), Some(failure));
    let after = Some((SOURCE.to_owned(), "a.pdf".to_owned()));
    let rest = catalog.documents(DocumentFilter { after, limit: 5, ..DocumentFilter::default() }).await;
    assert_eq!(rest.expect("answers").iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["b.pdf"]);
    let totals = catalog.totals(Some(SOURCE)).await.expect("totals");
    assert_eq!((totals.indexed, totals.failed, totals.pages, totals.ocr_pages), (1, 1, 3, 1));
}

async fn retried_and_gone(catalog: &dyn Catalog, b: ListedObject) {
    let failed = DocumentId::new(SOURCE, "a.pdf");
    assert_eq!(catalog.retry(Some(std::slice::from_ref(&failed))).await.expect("retries"), 1);
    assert_eq!(catalog.retry(None).await.expect("retries"), 0, "nothing else failed");
    let task = catalog.take(None).await.expect("takes").expect("a task");
    assert_eq!(task.document, failed);
    // The object changes while the task runs: what is finished is the old version, the new one stays due.
    list(catalog, "v2", &[object("a.pdf", "2", 21), b.clone()]).await;
    catalog.finish(&task, finished("v2", &ContentHash::of(b"a"))).await.expect("finished");
    let newer = catalog.take(None).await.expect("takes").expect("still due");
    assert_eq!(newer.etag, "2");
    catalog.confirm(&newer, &ContentHash::of(b"a")).await.expect("confirmed");

    let (listing, _) = list(catalog, "v2", &[b]).await;
    assert_eq!(catalog.unseen(SOURCE, listing).await.expect("answers"), std::slice::from_ref(&failed));
    assert_eq!(catalog.unseen("other://", listing).await.expect("answers"), []);
    catalog.forget(std::slice::from_ref(&failed)).await.expect("forgotten");
    assert_eq!(catalog.document(&failed).await.expect("answers"), None);
}
