//! Claims and settlements: each is one statement that changes a row only for whoever holds its claim.

use super::rows::{id, json, stage, task, unsigned};
use super::{SqlCatalog, failure, now_ms};
use async_trait::async_trait;
use pagemill_document::DocumentId;
use pagemill_pipeline::{
    Claim, Due, DueQuery, Failure, Finished, PageOcr, Queue, Queued, Reclaim, RecordedFailure, Release,
    Settled, Stage, Task, Wanted,
};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;

/// Documents of paused and cancelled jobs are not handed out.
const MAY_RUN: &str =
    "not exists (select 1 from job where job.id = document.job and job.state in ('paused', 'cancelled'))";
/// Back in the queue, for a task queue to be told of again.
const QUEUED_AGAIN: &str = "state = 'queued', claim = null, lease_ms = null, published_ms = null";

/// A document and its last claim when a task queue was told of it, as the statement reads them.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    version_ms: i64,
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn settled(rows: u64) -> Settled {
    if rows == 0 { Settled::Superseded } else { Settled::Done }
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Result<String, Failure> {
    json(&texts.collect::<Vec<_>>())
}

#[async_trait]
impl Queue for SqlCatalog {
    async fn reclaim(&self, which: Reclaim) -> Result<u64, Failure> {
        let until = match which {
            Reclaim::Expired => now_ms(),
            Reclaim::All => i64::MAX,
        };
        let statement = format!(
            "update document set {QUEUED_AGAIN} where state = 'running' and coalesce(lease_ms, 0) < $1"
        );
        self.run(sqlx::query(AssertSqlSafe(statement)).bind(until)).await
    }

    async fn due(&self, query: DueQuery<'_>) -> Result<Vec<Due>, Failure> {
        let statement = format!(
            "select id, size_bytes, stage, version_ms from document where state = 'queued' and due_ms <= $1
             and ($2 is null or source = $2) and ($3 is null or published_ms is null or published_ms < $3)
             and ($4 is null or stage = $4) and {MAY_RUN} order by size_bytes, key limit $5"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(now_ms())
            .bind(query.source)
            .bind(query.unpublished_since_ms)
            .bind(query.stage.map(super::rows::name))
            .bind(query.limit as i64);
        let rows = self.rows(rows).await?;
        Ok(rows
            .iter()
            .map(|row| Due {
                document: id(row),
                size_bytes: unsigned(row, "size_bytes"),
                stage: stage(row),
                version_ms: row.get("version_ms"),
            })
            .collect())
    }

    async fn next_due_ms(&self, source: Option<&str>) -> Result<Option<i64>, Failure> {
        let statement = format!(
            "select min(due_ms) as due_ms from document where state = 'queued' and ($1 is null or source = $1)
             and {MAY_RUN}"
        );
        let row = self.row(sqlx::query(AssertSqlSafe(statement)).bind(source)).await?;
        Ok(row.and_then(|row| row.get("due_ms")))
    }

    async fn mark_published(&self, told: &[Due]) -> Result<(), Failure> {
        let statement = format!(
            "update document set published_ms = $2 from ({}) o
             where document.id = o.id and document.version_ms = o.version_ms and document.state = 'queued'",
            self.dialect.told()
        );
        let told: Vec<Told> =
            told.iter().map(|due| Told { id: due.document.as_str(), version_ms: due.version_ms }).collect();
        self.run(sqlx::query(AssertSqlSafe(statement)).bind(json(&told)?).bind(now_ms())).await?;
        Ok(())
    }

    async fn published(&self) -> Result<u64, Failure> {
        let row = sqlx::query(
            "select count(*) as documents from document where state = 'queued' and published_ms is not null",
        );
        let row = row.fetch_one(&self.pool).await.map_err(failure)?;
        Ok(unsigned(&row, "documents"))
    }

    async fn claim(&self, document: &DocumentId, lease: Duration) -> Result<Option<Task>, Failure> {
        let statement = format!(
            "update document set state = 'running', attempts = attempts + 1, claim = $2, lease_ms = $3, updated_ms = $4,
             version_ms = case when version_ms >= $4 then version_ms + 1 else $4 end
             where id = $1 and state = 'queued' and due_ms <= $4 and {MAY_RUN} returning *"
        );
        let now = now_ms();
        let row = sqlx::query(AssertSqlSafe(statement))
            .bind(document.as_str())
            .bind(Claim::new(rand::random()).as_str().to_owned())
            .bind(now.saturating_add(milliseconds(lease)))
            .bind(now);
        let taken = self.row(row).await?.as_ref().map(task);
        if taken.is_none() {
            let too_early = "update document set published_ms = null
                 where id = $1 and state = 'queued' and published_ms is not null and due_ms > $2";
            self.run(sqlx::query(too_early).bind(document.as_str()).bind(now)).await?;
        }
        Ok(taken)
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, Failure> {
        let statement = format!(
            "update document set lease_ms = $2 where state = 'running' and claim in ({}) returning claim",
            self.dialect.texts()
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(texts(claims.iter().map(Claim::as_str))?)
            .bind(now_ms().saturating_add(milliseconds(lease)));
        let rows = self.rows(rows).await?;
        Ok(rows.iter().map(|row| Claim::from_text(row.get::<String, _>("claim"))).collect())
    }

    async fn finish(&self, task: &Task, finished: Finished) -> Result<Settled, Failure> {
        // What was told of meanwhile keeps its place in the queue.
        let statement = "update document set state = case when etag = $3 and removal = 0 then 'indexed' else 'queued' end,
             etag = case when etag = $3 then $4 else etag end, claim = null, lease_ms = null, published_ms = null,
             due_ms = 0, stage = 'read', indexed_hash = $5, indexed_pipeline = $6, title = $7, language = $8, pages = $9,
             ocr_page_count = $10, ocr_pages = $11, chunks = $12, readiness = $13, warnings = $14,
             failure_reason = null, failure_detail = null, failure_advice = null, updated_ms = $15,
             indexed_ocr = $16, ocr_confidence = nullif(cast($17 as double precision), -1)
             where id = $1 and claim = $2";
        let query = sqlx::query(statement)
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(&task.etag)
            .bind(&finished.etag)
            .bind(finished.content_hash.as_str())
            .bind(&finished.made_by.version)
            .bind(&finished.title)
            .bind(&finished.language)
            .bind(i64::from(finished.pages))
            .bind(PageOcr::count_whole(&finished.ocr_pages) as i64)
            .bind(json(&finished.ocr_pages)?)
            .bind(i64::from(finished.chunks))
            .bind(f64::from(finished.readiness))
            .bind(i64::from(finished.warnings))
            .bind(now_ms())
            .bind(&finished.made_by.ocr)
            // Not as null: see `confidence_below`.
            .bind(finished.made_by.lowest_confidence.map_or(-1.0, f64::from));
        Ok(settled(self.run(query).await?))
    }

    async fn confirm(&self, task: &Task, etag: &str) -> Result<Settled, Failure> {
        let statement = "update document set state = case when etag = $3 and removal = 0 then 'indexed' else 'queued' end,
             etag = case when etag = $3 then $4 else etag end, claim = null, lease_ms = null, published_ms = null,
             due_ms = 0, stage = 'read', updated_ms = $5 where id = $1 and claim = $2";
        let query = sqlx::query(statement)
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(&task.etag)
            .bind(etag)
            .bind(now_ms());
        Ok(settled(self.run(query).await?))
    }

    async fn finish_removed(&self, task: &Task) -> Result<Settled, Failure> {
        let removal = i64::from(task.wanted == Wanted::Removed);
        let statement = "delete from document where id = $1 and claim = $2 and etag = $3 and removal = $4";
        let query = sqlx::query(statement)
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(&task.etag)
            .bind(removal);
        if self.run(query).await? > 0 {
            return Ok(Settled::Done);
        }
        // Something else was wanted meanwhile: what is known of the object now is not in the index.
        let statement = format!(
            "update document set {QUEUED_AGAIN}, stage = 'read', indexed_hash = null, indexed_pipeline = null, indexed_ocr = null,
             ocr_confidence = null, chunks = 0, pages = 0, updated_ms = $3 where id = $1 and claim = $2"
        );
        let query = sqlx::query(AssertSqlSafe(statement))
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(now_ms());
        Ok(settled(self.run(query).await?))
    }

    async fn fail(&self, task: &Task, recorded: RecordedFailure) -> Result<Settled, Failure> {
        let statement = "update document set state = case when etag = $3 and removal = 0 then 'failed' else 'queued' end,
             claim = null, lease_ms = null, published_ms = null, due_ms = 0, stage = 'read', indexed_hash = null,
             indexed_pipeline = null, indexed_ocr = null, ocr_confidence = null,
             chunks = 0, failure_reason = $4, failure_detail = $5, failure_advice = $6, updated_ms = $7
             where id = $1 and claim = $2";
        let query = sqlx::query(statement)
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(&task.etag)
            .bind(super::rows::name(recorded.reason))
            .bind(&recorded.detail)
            .bind(&recorded.advice)
            .bind(now_ms());
        Ok(settled(self.run(query).await?))
    }

    async fn hand_over(&self, task: &Task, to: Stage) -> Result<Settled, Failure> {
        let statement = format!(
            "update document set {QUEUED_AGAIN}, due_ms = 0, updated_ms = $4,
             stage = case when etag = $3 and removal = 0 then $5 else 'read' end where id = $1 and claim = $2"
        );
        let query = sqlx::query(AssertSqlSafe(statement))
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(&task.etag)
            .bind(now_ms())
            .bind(super::rows::name(to));
        Ok(settled(self.run(query).await?))
    }

    async fn release(&self, task: &Task, release: Release) -> Result<(), Failure> {
        let (attempts, due_ms) = match release {
            Release::Untried => (1, 0),
            Release::RetryAfter(delay) => (0, now_ms().saturating_add(milliseconds(delay))),
        };
        let statement = format!(
            "update document set {QUEUED_AGAIN}, attempts = attempts - $3, due_ms = $4, updated_ms = $5
             where id = $1 and claim = $2"
        );
        let query = sqlx::query(AssertSqlSafe(statement))
            .bind(task.document.as_str())
            .bind(task.claim.as_str())
            .bind(attempts)
            .bind(due_ms)
            .bind(now_ms());
        self.run(query).await?;
        Ok(())
    }

    async fn queued(&self, source: Option<&str>) -> Result<Queued, Failure> {
        let row = sqlx::query(
            "select count(*) as documents, cast(coalesce(sum(size_bytes), 0) as bigint) as bytes from document
             where ($1 is null or source = $1) and state = 'queued'",
        )
        .bind(source)
        .fetch_one(&self.pool)
        .await
        .map_err(failure)?;
        Ok(Queued { documents: unsigned(&row, "documents"), bytes: unsigned(&row, "bytes") })
    }
}
