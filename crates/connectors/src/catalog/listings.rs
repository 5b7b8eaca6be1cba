//! Listings and events into the catalog: one statement a batch.

use super::rows::{bind_pipeline, id, json, renewed};
use super::{SqlCatalog, failure, now_ms};
use async_trait::async_trait;
use pagemill_document::DocumentId;
use pagemill_pipeline::{Batch, Change, ChangeKind, Enqueued, Failure, JobId, Listings, Pipeline};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};

/// While a job lists, each batch prolongs its lease by so much.
const LISTING_LEASE_MS: i64 = 60_000;

/// A listed object with its document's id, as the statement reads it.
#[derive(Serialize)]
struct Listed<'a> {
    id: DocumentId,
    key: &'a str,
    etag: &'a str,
    modified_ms: i64,
    size_bytes: u64,
}

/// What makes a document due again: it waits, what it waits for changes, and whoever works on it goes on and finds out
/// when settling.
const BECOMES_DUE: &str = "state = case when document.state = 'running' then 'running' else 'queued' end,
    attempts = 0, due_ms = 0, published_ms = null, removal = 0, stage = 'read'";

#[async_trait]
impl Listings for SqlCatalog {
    async fn next_listing(&self) -> Result<i64, Failure> {
        let row = sqlx::query(
            "insert into setting (name, number) values ('listing', 1)
             on conflict (name) do update set number = setting.number + 1 returning number",
        );
        let row = row.fetch_one(&self.pool).await.map_err(failure)?;
        Ok(row.get("number"))
    }

    async fn enqueue(&self, batch: Batch<'_>) -> Result<Enqueued, Failure> {
        let objects: Vec<Listed> = batch
            .objects
            .iter()
            .map(|object| Listed {
                id: DocumentId::new(batch.source, &object.key),
                key: &object.key,
                etag: &object.etag,
                modified_ms: object.modified_ms,
                size_bytes: object.size_bytes,
            })
            .collect();
        // What a listing shows is believed, whatever time it gives, also against an event: S3 dates a multipart upload from
        // when it began and all else in whole seconds, and a version that comes back has its old time. A listing that
        // began before the event costs a look at the object.
        // A failed document is tried again when its bytes change or on request, not at every run.
        let due = format!(
            "(document.etag <> excluded.etag or document.removal = 1
            or document.state in ('queued', 'running', 'cancelled')
            or (document.state = 'indexed' and $7 is not null and {}))",
            renewed(7)
        );
        let or_kept = |column: &str, new: &str| {
            format!("{column} = case when {due} then {new} else document.{column} end")
        };
        let sets = [
            or_kept("etag", "excluded.etag"),
            or_kept("modified_ms", "excluded.modified_ms"),
            or_kept("size_bytes", "excluded.size_bytes"),
            or_kept("collection", "excluded.collection"),
            or_kept("state", "case when document.state = 'running' then 'running' else 'queued' end"),
            or_kept("attempts", "0"),
            or_kept("due_ms", "0"),
            or_kept("published_ms", "null"),
            or_kept("removal", "0"),
            or_kept("stage", "'read'"),
            or_kept("job", "excluded.job"),
            or_kept("updated_ms", "excluded.updated_ms"),
        ]
        .join(", ");
        let statement = format!(
            "insert into document
             (id, source, key, collection, etag, modified_ms, size_bytes, state, listing, found, job, updated_ms)
             select o.id, $2, o.key, $3, o.etag, o.modified_ms, o.size_bytes, 'queued', $4, 'new', $5, $6
             from ({}) o where true
             on conflict (id) do update set listing = excluded.listing,
             found = case when {due} then 'changed' else 'unchanged' end, {sets}
             returning found",
            self.dialect.listed_objects()
        );
        let mut transaction = self.pool.begin_with(self.dialect.begin()).await.map_err(failure)?;
        let query = sqlx::query(AssertSqlSafe(statement))
            .bind(json(&objects)?)
            .bind(batch.source)
            .bind(batch.collection)
            .bind(batch.listing)
            .bind(batch.job.map(|job| job.0.clone()))
            .bind(now_ms());
        let query = bind_pipeline(query, batch.pipeline);
        let rows = query.fetch_all(&mut *transaction).await.map_err(failure)?;
        let mut counts = Enqueued::default();
        for row in &rows {
            match row.get::<String, _>("found").as_str() {
                "new" => counts.new += 1,
                "changed" => counts.changed += 1,
                _ => counts.unchanged += 1,
            }
        }
        if let (Some(job), Some(last)) = (batch.job, batch.objects.last()) {
            sqlx::query(
                "update job set cursor = $1, listed = listed + $2, due = due + $3, lease_ms = $4, updated_ms = $5
                 where id = $6",
            )
            .bind(&last.key)
            .bind(batch.objects.len() as i64)
            .bind((counts.new + counts.changed) as i64)
            .bind(now_ms() + LISTING_LEASE_MS)
            .bind(now_ms())
            .bind(&job.0)
            .execute(&mut *transaction)
            .await
            .map_err(failure)?;
        }
        transaction.commit().await.map_err(failure)?;
        Ok(counts)
    }

    async fn unseen(&self, source: &str, listing: i64) -> Result<u64, Failure> {
        let query =
            sqlx::query("select count(*) as documents from document where source = $1 and listing < $2")
                .bind(source)
                .bind(listing);
        let row = query.fetch_one(&self.pool).await.map_err(failure)?;
        Ok(row.get::<i64, _>("documents") as u64)
    }

    async fn enqueue_unseen(&self, source: &str, listing: i64, job: Option<&JobId>) -> Result<u64, Failure> {
        let statement = format!(
            "update document set etag = 'unseen', job = coalesce($3, document.job), updated_ms = $4, listing = $2,
             found = 'unseen', {BECOMES_DUE} where source = $1 and listing < $2"
        );
        let query = sqlx::query(AssertSqlSafe(statement)).bind(source).bind(listing);
        self.run(query.bind(job.map(|job| job.0.clone())).bind(now_ms())).await
    }

    async fn announce_pipeline(&self, pipeline: &Pipeline) -> Result<(), Failure> {
        let statement = "insert into setting (name, value) values ('pipeline', $1)
                         on conflict (name) do update set value = excluded.value";
        self.run(sqlx::query(statement).bind(json(pipeline)?)).await?;
        Ok(())
    }

    async fn announced_pipeline(&self) -> Result<Option<Pipeline>, Failure> {
        let row = self.row(sqlx::query("select value from setting where name = 'pipeline'")).await?;
        Ok(row.and_then(|row| serde_json::from_str(&row.get::<String, _>("value")).ok()))
    }

    async fn apply(&self, change: &Change, collection: &str) -> Result<bool, Failure> {
        match &change.kind {
            ChangeKind::Put { etag, size_bytes } => {
                // Without an etag the object is looked at in any case.
                let order = change.sequencer.clone().unwrap_or_else(|| change.at_ms.to_string());
                let etag = etag.clone().unwrap_or_else(|| format!("event {order}"));
                self.put(change, collection, &etag, *size_bytes).await
            }
            ChangeKind::Removed => self.removed(change).await,
        }
    }
}

/// An event that is not older than what is known. Equal is the same event again. Some stores begin their sequencers
/// anew when they restart: then the time decides. An event that is wrongly taken for newer costs a look at the object.
const IS_NEWER: &str = "(document.sequencer is null or $SEQUENCER is null or document.sequencer < $SEQUENCER
    or document.modified_ms < $AT)";

impl SqlCatalog {
    async fn put(
        &self,
        change: &Change,
        collection: &str,
        etag: &str,
        size_bytes: u64,
    ) -> Result<bool, Failure> {
        let is_newer = IS_NEWER.replace("$SEQUENCER", "$7").replace("$AT", "$8");
        // The listing under way, if one is, may have passed this key already: that is no reason to remove it.
        let statement = format!(
            "insert into document (id, source, key, collection, etag, size_bytes, sequencer, modified_ms, state, listing,
             found, updated_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued',
             coalesce((select number from setting where name = 'listing'), 0), 'new', $9)
             on conflict (id) do update set etag = excluded.etag, size_bytes = excluded.size_bytes,
             sequencer = excluded.sequencer, modified_ms = excluded.modified_ms, listing = excluded.listing,
             found = 'changed', updated_ms = excluded.updated_ms, {BECOMES_DUE}
             where {is_newer} and (document.etag <> excluded.etag or document.removal = 1
             or document.state in ('queued', 'running', 'cancelled'))
             returning id"
        );
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(DocumentId::new(&change.source, &change.key).as_str().to_owned())
            .bind(&change.source)
            .bind(&change.key)
            .bind(collection)
            .bind(etag)
            .bind(size_bytes as i64)
            .bind(&change.sequencer)
            .bind(change.at_ms)
            .bind(now_ms());
        Ok(self.row(row).await?.is_some())
    }

    async fn removed(&self, change: &Change) -> Result<bool, Failure> {
        let is_newer = IS_NEWER.replace("$SEQUENCER", "$2").replace("$AT", "$3");
        let statement = format!(
            "update document set etag = 'removed', sequencer = coalesce($2, sequencer), modified_ms = $3,
             updated_ms = $4, {BECOMES_DUE} where id = $1 and {is_newer} returning id"
        );
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(DocumentId::new(&change.source, &change.key).as_str().to_owned())
            .bind(&change.sequencer)
            .bind(change.at_ms)
            .bind(now_ms());
        Ok(self.row(row).await?.map(|row| id(&row)).is_some())
    }
}
