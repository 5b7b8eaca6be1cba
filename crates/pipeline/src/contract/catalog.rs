//! The rules of a catalog: what is listed is queued once, one worker at a time holds a document, what is not settled comes
//! back, what failed says why, and the order in which events arrive does not matter.

use super::renewal::{RENEWAL, lowest_of};
use crate::{
    Batch, Catalog, CatalogTotals, Change, ChangeKind, Claim, DEFAULT_COLLECTION, DocumentFilter,
    DocumentState, Due, DueQuery, Enqueued, Finished, JobId, JobState, ListedObject, NewJob, PageOcr,
    Pipeline, Provenance, Reclaim, RecordedFailure, Release, Settled, Stage, Started, Task, Wanted,
};
use pagemill_document::{ContentHash, DocumentId, Grade, OcrReason};
use pagemill_extract::RejectReason;
use std::time::Duration;

const SOURCE: &str = "contract://place";
const LEASE: Duration = Duration::from_secs(60);

fn object(key: &str, etag: &str, size_bytes: u64) -> ListedObject {
    ListedObject { key: key.into(), size_bytes, etag: etag.into(), modified_ms: 7 }
}

fn pipeline(version: &str) -> Pipeline {
    Pipeline { version: version.into(), ocr: Some("engine".into()), renew_ocr_below: None }
}

async fn list_for(
    catalog: &dyn Catalog,
    job: Option<&JobId>,
    pipeline: &str,
    objects: &[ListedObject],
) -> (i64, Enqueued) {
    let listing = catalog.next_listing().await.expect("a listing");
    let collection = DEFAULT_COLLECTION;
    let pipeline = self::pipeline(pipeline);
    let batch = Batch { source: SOURCE, listing, pipeline: Some(&pipeline), collection, job, objects };
    (listing, catalog.enqueue(batch).await.expect("enqueued"))
}

async fn list(catalog: &dyn Catalog, pipeline: &str, objects: &[ListedObject]) -> (i64, Enqueued) {
    list_for(catalog, None, pipeline, objects).await
}

async fn next_due(catalog: &dyn Catalog) -> Option<Due> {
    let query = DueQuery { source: Some(SOURCE), limit: 1, ..DueQuery::default() };
    catalog.due(query).await.expect("answers").into_iter().next()
}

async fn take(catalog: &dyn Catalog) -> Option<Task> {
    let due = next_due(catalog).await?;
    Some(catalog.claim(&due.document, LEASE).await.expect("answers").expect("it is due"))
}

fn finished(task: &Task, pipeline: &str, hash: &ContentHash) -> Finished {
    Finished {
        etag: task.etag.clone(),
        content_hash: hash.clone(),
        made_by: self::pipeline(pipeline).provenance(Some(0.9)),
        title: "Title".into(),
        language: Some("en".into()),
        pages: 3,
        chunks: 5,
        readiness: 0.5,
        warnings: 1,
        ocr_pages: vec![PageOcr {
            region: None,
            page: 2,
            reason: OcrReason::NoText,
            evidence: "an image".into(),
            confidence: Some(0.9),
        }],
    }
}

async fn state(catalog: &dyn Catalog, key: &str) -> Option<DocumentState> {
    let id = DocumentId::new(SOURCE, key);
    catalog.document(&id).await.expect("answers").map(|record| record.state)
}

fn failed() -> RecordedFailure {
    RecordedFailure {
        reason: RejectReason::Encrypted,
        detail: "it is locked".into(),
        advice: "unlock it".into(),
    }
}

/// Runs the suite on an empty catalog.
pub async fn catalog(catalog: &dyn Catalog) {
    let (a, b) = (object("a.pdf", "1", 20), object("b.pdf", "1", 10));
    let (first, counts) = list(catalog, "v1", &[a.clone(), b.clone()]).await;
    assert_eq!(counts, Enqueued { new: 2, changed: 0, unchanged: 0 });
    let queued = catalog.queued(Some(SOURCE)).await.expect("queued");
    assert_eq!((queued.documents, queued.bytes), (2, 30));
    assert_eq!(catalog.queued(Some("other://")).await.expect("queued").documents, 0);

    let small = take(catalog).await.expect("a task");
    assert_eq!((small.key.as_str(), small.attempt), ("b.pdf", 1), "small documents first");
    assert_eq!((small.wanted, small.collection.as_str()), (Wanted::AsSource, DEFAULT_COLLECTION));
    assert_eq!(catalog.claim(&small.document, LEASE).await.expect("answers"), None, "one holder at a time");
    let large = take(catalog).await.expect("a task");
    assert_eq!(next_due(catalog).await, None, "each task is taken once");

    let hash = ContentHash::of(b"b");
    assert_eq!(catalog.finish(&small, finished(&small, "v1", &hash)).await.expect("finished"), Settled::Done);
    assert_eq!(catalog.reclaim(Reclaim::Expired).await.expect("reclaims"), 0, "the lease runs");
    assert_eq!(
        catalog.reclaim(Reclaim::All).await.expect("reclaims"),
        1,
        "what ran and was not settled comes back"
    );
    let again = take(catalog).await.expect("a task");
    assert_eq!((again.document.clone(), again.attempt), (large.document.clone(), 2));
    assert_ne!(again.claim, large.claim);
    assert!(again.version_ms > large.version_ms, "a later claim wins");
    assert_eq!(
        catalog.fail(&large, failed()).await.expect("answers"),
        Settled::Superseded,
        "a claim that was lost settles nothing"
    );
    assert_eq!(
        catalog.renew(&[large.claim.clone(), again.claim.clone()], LEASE).await.expect("answers"),
        std::slice::from_ref(&again.claim)
    );
    assert_eq!(catalog.fail(&again, failed()).await.expect("failed"), Settled::Done);
    records(catalog, &small.document).await;

    let (second, counts) = list(catalog, "v1", &[a.clone(), b.clone()]).await;
    assert!(second > first);
    assert_eq!(counts.unchanged, 2, "neither what is indexed nor what failed is due again");
    let (_, counts) = list(catalog, "v2", std::slice::from_ref(&b)).await;
    assert_eq!(counts.changed, 1, "another pipeline version makes it due");
    let task = take(catalog).await.expect("a task");
    assert_eq!(
        (task.indexed_hash.clone(), task.indexed_by.clone()),
        (Some(hash.clone()), Some(pipeline("v1").provenance(Some(0.9))))
    );
    releases(catalog, task, &hash).await;
    retried_and_gone(catalog, b).await;
    events(catalog).await;
    published(catalog).await;
    stages(catalog).await;
    renewal(catalog).await;
    jobs(catalog).await;
}

async fn releases(catalog: &dyn Catalog, task: Task, hash: &ContentHash) {
    catalog.release(&task, Release::Untried).await.expect("released");
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.attempt, 1, "a release that was no attempt is not counted");
    catalog.release(&task, Release::RetryAfter(Duration::from_secs(3600))).await.expect("released");
    assert_eq!(next_due(catalog).await, None, "it waits its turn");
    assert_eq!(catalog.claim(&task.document, LEASE).await.expect("answers"), None);
    let due_ms = catalog.next_due_ms(Some(SOURCE)).await.expect("answers").expect("one waits");
    catalog.requeue(std::slice::from_ref(&task.document)).await.expect("requeued");
    assert!(catalog.next_due_ms(Some(SOURCE)).await.expect("answers").expect("one waits") < due_ms);
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.indexed_hash, None, "what is asked for again is not taken for unchanged");
    let newer = Finished { etag: "1b".into(), ..finished(&task, "v2", hash) };
    assert_eq!(catalog.finish(&task, newer).await.expect("finished"), Settled::Done);
    let (_, counts) = list(catalog, "v2", &[object("b.pdf", "1b", 10)]).await;
    assert_eq!(counts.unchanged, 1, "what was read counts, not what was listed");
    assert_eq!(
        catalog.requeue_outdated(&pipeline("v2")).await.expect("answers"),
        0,
        "all is of this pipeline"
    );
    assert_eq!(catalog.requeue_outdated(&pipeline("v3")).await.expect("answers"), 1, "and not what failed");
    let task = take(catalog).await.expect("a task");
    let made_by = task.indexed_by.as_ref().map(|made_by| made_by.version.as_str());
    assert_eq!((task.indexed_hash.as_ref(), made_by), (Some(hash), Some("v2")));
    assert_eq!(task.stage, Stage::Index, "its stored document is there");
    assert_eq!(catalog.finish(&task, finished(&task, "v2", hash)).await.expect("finished"), Settled::Done);
}

async fn records(catalog: &dyn Catalog, indexed: &DocumentId) {
    let record = catalog.document(indexed).await.expect("answers").expect("a record");
    assert_eq!((record.state, record.pages, record.chunks), (DocumentState::Indexed, 3, 5));
    assert_eq!(record.ocr_pages[0].evidence, "an image");
    assert_eq!(record.readiness, Some(0.5));
    let by_state = DocumentFilter { state: Some(DocumentState::Failed), ..DocumentFilter::default() };
    let there = catalog.documents(by_state).await.expect("answers");
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].failure.as_ref(), Some(&failed()));
    let after = Some((SOURCE.to_owned(), "a.pdf".to_owned()));
    let rest = catalog.documents(DocumentFilter { after, limit: 5, ..DocumentFilter::default() }).await;
    assert_eq!(rest.expect("answers").iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["b.pdf"]);
    let elsewhere = DocumentFilter { collections: vec!["other".into()], ..DocumentFilter::default() };
    assert!(catalog.documents(elsewhere).await.expect("answers").is_empty());
    let totals = catalog.totals(Some(SOURCE)).await.expect("totals");
    assert_eq!((totals.indexed, totals.failed, totals.pages, totals.ocr_pages), (1, 1, 3, 1));
    let ours = catalog.totals_in(&["other".into(), DEFAULT_COLLECTION.into()]).await.expect("totals");
    assert_eq!(ours, totals);
    for none in [vec![], vec!["other".to_owned()]] {
        assert_eq!(catalog.totals_in(&none).await.expect("totals"), CatalogTotals::default(), "{none:?}");
    }
    let sources = catalog.sources().await.expect("sources");
    assert_eq!((sources.len(), sources[0].source.as_str()), (1, SOURCE));
    assert_eq!(sources[0].totals, totals);
    assert_eq!(catalog.named("b.pdf").await.expect("answers")[0].id, *indexed);
    assert_eq!(catalog.named(".pdf").await.expect("answers"), []);
}

async fn retried_and_gone(catalog: &dyn Catalog, b: ListedObject) {
    let id = DocumentId::new(SOURCE, "a.pdf");
    assert_eq!(catalog.retry(Some(std::slice::from_ref(&id))).await.expect("retries"), 1);
    assert_eq!(catalog.retry(None).await.expect("retries"), 0, "nothing else failed");
    let task = take(catalog).await.expect("a task");
    assert_eq!((task.document.clone(), task.attempt), (id.clone(), 1));
    // The object changes while the task runs: what is finished is the old version, the new one stays due.
    list(catalog, "v2", &[object("a.pdf", "2", 21), object("b.pdf", "1b", 10)]).await;
    assert_eq!(next_due(catalog).await, None, "not while somebody works on it");
    let settled = catalog.finish(&task, finished(&task, "v2", &ContentHash::of(b"a"))).await;
    assert_eq!(settled.expect("finished"), Settled::Done);
    let newer = take(catalog).await.expect("still due");
    assert_eq!(newer.etag, "2");
    assert_eq!(catalog.confirm(&newer, "2").await.expect("confirmed"), Settled::Done);
    assert_eq!(state(catalog, "a.pdf").await, Some(DocumentState::Indexed));

    let (listing, _) = list(catalog, "v2", &[ListedObject { etag: "1b".into(), ..b }]).await;
    assert_eq!(catalog.unseen("other://", listing).await.expect("answers"), 0);
    assert_eq!(catalog.unseen(SOURCE, listing).await.expect("answers"), 1);
    assert_eq!(catalog.enqueue_unseen(SOURCE, listing, None).await.expect("queued"), 1);
    let gone = take(catalog).await.expect("a task");
    assert_eq!(gone.document, id);
    // It comes back while its removal runs.
    list(catalog, "v2", &[object("a.pdf", "3", 21)]).await;
    assert_eq!(catalog.finish_removed(&gone).await.expect("removed"), Settled::Done);
    let back = take(catalog).await.expect("due again");
    assert_eq!((back.etag.as_str(), back.indexed_hash.clone()), ("3", None));
    assert_eq!(catalog.finish_removed(&back).await.expect("removed"), Settled::Done);
    assert_eq!(catalog.document(&id).await.expect("answers"), None);

    let other = DocumentId::new(SOURCE, "b.pdf");
    assert_eq!(catalog.request_removal(&[other.clone(), id]).await.expect("asked for"), 1);
    let task = take(catalog).await.expect("a task");
    assert_eq!((task.wanted, task.document.clone()), (Wanted::Removed, other.clone()));
    assert_eq!(catalog.finish_removed(&task).await.expect("removed"), Settled::Done);
    assert_eq!(catalog.document(&other).await.expect("answers"), None);
}

fn event(kind: ChangeKind, sequencer: &str) -> Change {
    Change { source: SOURCE.into(), key: "e.pdf".into(), kind, sequencer: Some(sequencer.into()), at_ms: 50 }
}

async fn events(catalog: &dyn Catalog) {
    let put =
        |etag: &str, sequencer| event(ChangeKind::Put { etag: Some(etag.into()), size_bytes: 5 }, sequencer);
    let apply = async |change: &Change| catalog.apply(change, "legal").await.expect("applied");
    assert!(!apply(&event(ChangeKind::Removed, "05")).await, "nothing is known of it");
    assert!(apply(&put("one", "10")).await);
    assert!(!apply(&put("zero", "08")).await, "older");
    let task = take(catalog).await.expect("a task");
    assert_eq!((task.etag.as_str(), task.collection.as_str()), ("one", "legal"));
    let settled = catalog.finish(&task, finished(&task, "v2", &ContentHash::of(b"e"))).await;
    assert_eq!(settled.expect("finished"), Settled::Done);
    assert!(!apply(&put("one", "10")).await, "the same event again");
    assert!(!apply(&event(ChangeKind::Removed, "09")).await, "a removal from before the put");
    // A store may date an object before the event that told of it, and bring an old version back.
    let dated_before = |etag| ListedObject { modified_ms: 20, ..object("e.pdf", etag, 5) };
    let (listing, counts) = list(catalog, "v2", &[dated_before("one")]).await;
    assert_eq!((counts.unchanged, state(catalog, "e.pdf").await), (1, Some(DocumentState::Indexed)));
    assert_eq!(catalog.unseen(SOURCE, listing).await.expect("answers"), 0);
    for (pipeline, etag) in [("v3", "one"), ("v2", "zero")] {
        let (_, counts) = list(catalog, pipeline, &[dated_before(etag)]).await;
        assert_eq!(counts.changed, 1, "{pipeline} {etag}: it is looked at");
        let task = take(catalog).await.expect("a task");
        let settled = catalog.finish(&task, finished(&task, pipeline, &ContentHash::of(b"e"))).await;
        assert_eq!(settled.expect("finished"), Settled::Done);
    }
    assert!(apply(&event(ChangeKind::Removed, "11")).await);
    let task = take(catalog).await.expect("a task");
    assert_eq!(catalog.finish_removed(&task).await.expect("removed"), Settled::Done);
}

async fn published(catalog: &dyn Catalog) {
    list(catalog, "v2", &[object("p.pdf", "1", 5)]).await;
    let due = next_due(catalog).await.expect("due");
    let unpublished = async |since| {
        let query = DueQuery { unpublished_since_ms: Some(since), limit: 9, ..DueQuery::default() };
        catalog.due(query).await.expect("answers").len()
    };
    assert_eq!((unpublished(0).await, catalog.published().await.expect("answers")), (1, 0));
    catalog.mark_published(std::slice::from_ref(&due)).await.expect("marked");
    assert_eq!((unpublished(0).await, catalog.published().await.expect("answers")), (0, 1));
    assert_eq!(unpublished(i64::MAX).await, 1, "what was told too long ago is told again");
    let task = take(catalog).await.expect("a task");
    assert_eq!(catalog.published().await.expect("answers"), 0, "taken");
    catalog.release(&task, Release::Untried).await.expect("released");
    assert_eq!(unpublished(0).await, 1, "what comes back is told again");
    catalog.mark_published(std::slice::from_ref(&due)).await.expect("answers");
    assert_eq!(unpublished(0).await, 1, "who was told has taken it and given it back before that was noted");
    let task = take(catalog).await.expect("a task");
    catalog.release(&task, Release::RetryAfter(LEASE)).await.expect("released");
    let not_yet = Due { version_ms: task.version_ms, ..due };
    catalog.mark_published(std::slice::from_ref(&not_yet)).await.expect("marked");
    assert_eq!(catalog.published().await.expect("answers"), 1);
    assert_eq!(catalog.claim(&not_yet.document, LEASE).await.expect("answers"), None, "not due yet");
    assert_eq!(catalog.published().await.expect("answers"), 0, "it is told of again when it is due");
    list(catalog, "v2", &[object("p.pdf", "2", 5)]).await;
    let task = take(catalog).await.expect("due at once: it has changed");
    assert_eq!(catalog.finish_removed(&task).await.expect("removed"), Settled::Done);
    assert_eq!(catalog.announced_pipeline().await.expect("answers"), None);
    let renewing = Pipeline { renew_ocr_below: Some(Grade::Good), ..pipeline("v3") };
    for pipeline in [pipeline("v2"), renewing] {
        catalog.announce_pipeline(&pipeline).await.expect("announced");
        assert_eq!(catalog.announced_pipeline().await.expect("answers"), Some(pipeline));
    }
    assert_eq!(catalog.renew(&[Claim::new(7)], LEASE).await.expect("answers"), []);
}

async fn stages(catalog: &dyn Catalog) {
    list(catalog, "v2", &[object("s.pdf", "1", 5)]).await;
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.stage, Stage::Read);
    assert_eq!(catalog.hand_over(&task, Stage::Index).await.expect("answers"), Settled::Done);
    assert_eq!(catalog.hand_over(&task, Stage::Index).await.expect("answers"), Settled::Superseded);
    assert_eq!(next_due(catalog).await.map(|due| due.stage), Some(Stage::Index));
    let record = catalog.document(&task.document).await.expect("answers").expect("known");
    assert_eq!((record.state, record.stage), (DocumentState::Queued, Stage::Index));
    for (stage, waiting) in [(Stage::Index, 1), (Stage::Read, 0)] {
        let of_stage = DueQuery { stage: Some(stage), limit: 9, ..DueQuery::default() };
        assert_eq!(catalog.due(of_stage).await.expect("answers").len(), waiting, "{stage:?}");
    }
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.stage, Stage::Index);
    list(catalog, "v2", &[object("s.pdf", "2", 5)]).await;
    assert_eq!(catalog.hand_over(&task, Stage::Index).await.expect("answers"), Settled::Done);
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.stage, Stage::Read, "other bytes are read");
    assert_eq!(catalog.finish_removed(&task).await.expect("removed"), Settled::Done);
}

/// Each rule by a listing and by asking for what is outdated; then what is found by its grade.
async fn renewal(catalog: &dyn Catalog) {
    for rule in RENEWAL {
        let read = object("r.pdf", "1", 5);
        list(catalog, "v1", std::slice::from_ref(&read)).await;
        let task = match take(catalog).await {
            Some(task) => task,
            None => {
                let id = DocumentId::new(SOURCE, "r.pdf");
                catalog.requeue(std::slice::from_ref(&id)).await.expect("requeued");
                take(catalog).await.expect("it was asked for")
            }
        };
        let lowest_confidence = rule.worst.map(lowest_of);
        let made_by =
            Provenance { version: rule.version.into(), ocr: rule.ocr.map(Into::into), lowest_confidence };
        let result = Finished { made_by: made_by.clone(), ..finished(&task, "v1", &ContentHash::of(b"r")) };
        assert_eq!(catalog.finish(&task, result).await.expect("finished"), Settled::Done);
        let record = catalog.document(&task.document).await.expect("answers").expect("known");
        assert_eq!(record.indexed_by, Some(made_by));
        for below in [Grade::Fair, Grade::Good, Grade::Excellent] {
            let filter = DocumentFilter { ocr_below: Some(below), ..DocumentFilter::default() };
            let found = catalog.documents(filter).await.expect("answers");
            let expected = rule.worst.is_some_and(|worst| worst < below);
            assert_eq!(found.iter().any(|found| found.key == "r.pdf"), expected, "{below:?} {rule:?}");
        }
        let totals = catalog.totals(Some(SOURCE)).await.expect("totals");
        let expected = [Grade::Poor, Grade::Fair].map(|grade| u64::from(rule.worst == Some(grade)));
        assert_eq!([totals.ocr_poor_documents, totals.ocr_fair_documents], expected, "{rule:?}");

        let now = Pipeline { ocr: rule.now.map(Into::into), renew_ocr_below: rule.below, ..pipeline("v1") };
        let renewed = catalog.requeue_outdated(&now).await.expect("answers");
        assert_eq!(renewed, u64::from(rule.renewed), "{rule:?}");
        if let Some(task) = take(catalog).await {
            assert_eq!(catalog.confirm(&task, "1").await.expect("confirmed"), Settled::Done);
        }
        let listing = catalog.next_listing().await.expect("a listing");
        let batch = Batch {
            source: SOURCE,
            listing,
            pipeline: Some(&now),
            collection: DEFAULT_COLLECTION,
            job: None,
            objects: std::slice::from_ref(&read),
        };
        let counts = catalog.enqueue(batch).await.expect("enqueued");
        assert_eq!(counts.changed, u64::from(rule.renewed), "{rule:?}");
        if rule.renewed {
            let task = take(catalog).await.expect("a task");
            assert_eq!(catalog.confirm(&task, "1").await.expect("confirmed"), Settled::Done);
        }
    }
    let id = DocumentId::new(SOURCE, "r.pdf");
    catalog.request_removal(std::slice::from_ref(&id)).await.expect("asked for");
    let task = take(catalog).await.expect("a task");
    assert_eq!(catalog.finish_removed(&task).await.expect("removed"), Settled::Done);
}

async fn jobs(catalog: &dyn Catalog) {
    let new = NewJob {
        source: SOURCE.into(),
        collection: "legal".into(),
        idempotency_key: Some("once".into()),
        allow_empty: false,
    };
    let Started::New(job) = catalog.start_job(new.clone()).await.expect("started") else {
        panic!("it is new")
    };
    let again = catalog.start_job(new.clone()).await.expect("started");
    assert_eq!(again, Started::Before(job.clone()), "one key, one job");
    let other = NewJob { collection: "other".into(), idempotency_key: None, ..new.clone() };
    let refused = catalog.start_job(other).await.expect("answers");
    assert_eq!(refused, Started::OtherCollection, "documents do not change hands by a job");
    let within = NewJob { source: format!("{SOURCE}/sub"), idempotency_key: None, ..new };
    let refused = catalog.start_job(within).await.expect("answers");
    assert_eq!(refused, Started::Overlaps { source: SOURCE.into() });
    assert_eq!(catalog.job_sources().await.expect("answers"), [(SOURCE.to_owned(), "legal".to_owned())]);

    let claimed = catalog.claim_listing(LEASE).await.expect("answers").expect("a job to list");
    assert_eq!((claimed.id.clone(), claimed.cursor.clone()), (job.id.clone(), None));
    assert_eq!(catalog.claim_listing(LEASE).await.expect("answers"), None, "one lister at a time");
    let objects = [object("j1.pdf", "1", 1), object("j2.pdf", "1", 2), object("j3.pdf", "1", 3)];
    list_for(catalog, Some(&job.id), "v3", &objects).await;
    let there = catalog.job(&job.id).await.expect("answers").expect("there");
    assert_eq!((there.cursor.as_deref(), there.listed, there.due), (Some("j3.pdf"), 3, 3));
    assert_eq!(catalog.end_settled_jobs().await.expect("answers"), 0, "still listing");
    catalog.end_listing(&job.id).await.expect("ended");

    let first = take(catalog).await.expect("a task");
    assert_eq!(first.job.as_ref(), Some(&job.id));
    let second = next_due(catalog).await.expect("another");
    let paused = catalog.set_job_state(&job.id, JobState::Paused).await.expect("answers").expect("there");
    assert_eq!(paused.state, JobState::Paused);
    assert_eq!(next_due(catalog).await, None, "nothing is handed out");
    catalog.mark_published(std::slice::from_ref(&second)).await.expect("marked");
    let second = second.document;
    assert_eq!(catalog.claim(&second, LEASE).await.expect("answers"), None);
    let settled = catalog.finish(&first, finished(&first, "v3", &ContentHash::of(b"j1"))).await;
    assert_eq!(settled.expect("finished"), Settled::Done, "what is in work is finished");
    catalog.set_job_state(&job.id, JobState::Active).await.expect("answers");
    assert_eq!(catalog.published().await.expect("answers"), 0, "and is told again");
    let task = take(catalog).await.expect("a task");
    assert_eq!(task.document, second);
    assert_eq!(catalog.fail(&task, failed()).await.expect("failed"), Settled::Done);

    let counts = catalog.job_counts(&job.id).await.expect("counts");
    assert_eq!((counts.totals.indexed, counts.totals.failed, counts.totals.queued), (1, 1, 1));
    assert_eq!((counts.pages_last_minute, counts.waiting_bytes, counts.done_bytes), (3, 3, 3));
    assert_eq!(catalog.end_settled_jobs().await.expect("answers"), 0, "one waits");
    catalog.set_job_state(&job.id, JobState::Cancelled).await.expect("answers");
    assert_eq!(state(catalog, "j3.pdf").await, Some(DocumentState::Cancelled));
    let ended = catalog.set_job_state(&job.id, JobState::Active).await.expect("answers").expect("there");
    assert_eq!(ended.state, JobState::Cancelled, "what has ended stays so");
    assert_eq!(catalog.retry(Some(std::slice::from_ref(&second))).await.expect("retries"), 1);
    let task = take(catalog).await.expect("a cancelled job holds nothing back that is asked for afterwards");
    assert_eq!((task.document.clone(), task.job.clone()), (second, None));
    assert_eq!(catalog.fail(&task, failed()).await.expect("failed"), Settled::Done);
    assert_eq!(catalog.jobs(9).await.expect("answers").len(), 1);
}
