//! Jobs in the catalog.

use super::rows::{add_totals, job, name, totals, unsigned};
use super::{SqlCatalog, failure, now_ms};
use async_trait::async_trait;
use pagemill_pipeline::{
    Failure, Job, JobCounts, JobId, JobState, Jobs, Listings, NewJob, Started, sources_overlap,
};
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;

const LAST_MINUTE_MS: i64 = 60_000;

#[async_trait]
impl Jobs for SqlCatalog {
    async fn start_job(&self, new: NewJob) -> Result<Started, Failure> {
        let others = self
            .rows(sqlx::query("select distinct source from document union select source from job"))
            .await?;
        let mut others = others.iter().map(|row| row.get::<String, _>("source"));
        if let Some(source) = others.find(|source| sources_overlap(source, &new.source)) {
            return Ok(Started::Overlaps { source });
        }
        let elsewhere = sqlx::query("select id from job where source = $1 and collection <> $2 limit 1");
        if self.row(elsewhere.bind(&new.source).bind(&new.collection)).await?.is_some() {
            return Ok(Started::OtherCollection);
        }
        let id = JobId(format!("{:016x}", rand::random::<u64>()));
        let now = now_ms();
        let insert = sqlx::query(
            "insert into job (id, source, collection, idempotency_key, state, allow_empty, created_ms, updated_ms)
             values ($1, $2, $3, $4, 'active', $5, $6, $6) on conflict do nothing returning *",
        )
        .bind(id.0)
        .bind(&new.source)
        .bind(&new.collection)
        .bind(&new.idempotency_key)
        .bind(i64::from(new.allow_empty))
        .bind(now);
        if let Some(row) = self.row(insert).await? {
            return Ok(Started::New(job(&row)));
        }
        let before = sqlx::query("select * from job where idempotency_key = $1").bind(&new.idempotency_key);
        let before = before.fetch_one(&self.pool).await.map_err(failure)?;
        Ok(Started::Before(job(&before)))
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, Failure> {
        let row = self.row(sqlx::query("select * from job where id = $1").bind(&id.0)).await?;
        Ok(row.as_ref().map(job))
    }

    async fn jobs(&self, limit: usize) -> Result<Vec<Job>, Failure> {
        let query = sqlx::query("select * from job order by created_ms desc, id limit $1").bind(limit as i64);
        Ok(self.rows(query).await?.iter().map(job).collect())
    }

    async fn set_job_state(&self, id: &JobId, state: JobState) -> Result<Option<Job>, Failure> {
        let now = now_ms();
        let mut transaction = self.pool.begin_with(self.dialect.begin()).await.map_err(failure)?;
        let changed = sqlx::query(
            "update job set state = $2, updated_ms = $3, lease_ms = 0 where id = $1 and state in ('active', 'paused')",
        )
        .bind(&id.0)
        .bind(name(state))
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(failure)?;
        let follows = match state {
            // What a queue was told of while the job was paused was turned away: it is told again.
            JobState::Active => Some("published_ms = null"),
            JobState::Cancelled => Some("state = 'cancelled'"),
            JobState::Paused | JobState::Done | JobState::Failed => None,
        };
        if let Some(follows) = follows.filter(|_| changed.rows_affected() > 0) {
            let statement =
                format!("update document set {follows}, updated_ms = $2 where job = $1 and state = 'queued'");
            sqlx::query(AssertSqlSafe(statement))
                .bind(&id.0)
                .bind(now)
                .execute(&mut *transaction)
                .await
                .map_err(failure)?;
        }
        transaction.commit().await.map_err(failure)?;
        self.job(id).await
    }

    async fn claim_listing(&self, lease: Duration) -> Result<Option<Job>, Failure> {
        let now = now_ms();
        let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let claim = sqlx::query(
            "update job set lease_ms = $2, updated_ms = $1 where lease_ms < $1 and id =
             (select id from job where state = 'active' and listing_complete = 0 and lease_ms < $1
              order by created_ms limit 1) returning *",
        )
        .bind(now)
        .bind(until);
        let Some(row) = self.row(claim).await? else { return Ok(None) };
        let mut job = job(&row);
        if job.listing.is_none() {
            let number = self.next_listing().await?;
            let query = sqlx::query("update job set listing = $2 where id = $1").bind(&job.id.0).bind(number);
            self.run(query).await?;
            job.listing = Some(number);
        }
        Ok(Some(job))
    }

    async fn end_listing(&self, id: &JobId) -> Result<(), Failure> {
        let statement = "update job set listing_complete = 1, lease_ms = 0, updated_ms = $2 where id = $1";
        self.run(sqlx::query(statement).bind(&id.0).bind(now_ms())).await?;
        Ok(())
    }

    async fn fail_job(&self, id: &JobId, error: &str) -> Result<(), Failure> {
        let statement = "update job set state = 'failed', error = $2, lease_ms = 0, updated_ms = $3
             where id = $1 and state in ('active', 'paused')";
        self.run(sqlx::query(statement).bind(&id.0).bind(error).bind(now_ms())).await?;
        Ok(())
    }

    async fn end_settled_jobs(&self) -> Result<u64, Failure> {
        let statement =
            "update job set state = 'done', updated_ms = $1 where state = 'active' and listing_complete = 1
             and not exists (select 1 from document where document.job = job.id
             and document.state in ('queued', 'running'))";
        self.run(sqlx::query(statement).bind(now_ms())).await
    }

    async fn job_counts(&self, id: &JobId) -> Result<JobCounts, Failure> {
        let statement = format!(
            "select {}, cast(sum(size_bytes) as bigint) as bytes,
             cast(sum(case when published_ms is null then 0 else 1 end) as bigint) as published,
             cast(sum(case when stage = 'index' then 1 else 0 end) as bigint) as to_index,
             cast(sum(case when due_ms > $2 then 1 else 0 end) as bigint) as delayed,
             cast(sum(case when updated_ms >= $3 then pages else 0 end) as bigint) as recent_pages,
             cast(sum(case when updated_ms >= $3 then 1 else 0 end) as bigint) as recent_documents
             from document where job = $1 group by state",
            totals()
        );
        let now = now_ms();
        let query = sqlx::query(AssertSqlSafe(statement)).bind(&id.0).bind(now).bind(now - LAST_MINUTE_MS);
        let mut counts = JobCounts::default();
        for row in self.rows(query).await? {
            add_totals(&mut counts.totals, &row);
            let bytes = unsigned(&row, "bytes");
            match row.get::<String, _>("state").as_str() {
                "queued" => {
                    counts.published = unsigned(&row, "published");
                    counts.to_index = unsigned(&row, "to_index");
                    counts.delayed = unsigned(&row, "delayed");
                    counts.waiting_bytes += bytes;
                }
                "running" => counts.waiting_bytes += bytes,
                "indexed" | "failed" => {
                    counts.pages_last_minute += unsigned(&row, "recent_pages");
                    counts.documents_last_minute += unsigned(&row, "recent_documents");
                    counts.done_bytes += bytes;
                }
                _ => {}
            }
        }
        Ok(counts)
    }

    async fn job_sources(&self) -> Result<Vec<(String, String)>, Failure> {
        let query = sqlx::query(
            "select source, collection from job where created_ms =
             (select max(created_ms) from job as newer where newer.source = job.source) order by source",
        );
        let rows = self.rows(query).await?;
        Ok(rows.iter().map(|row| (row.get("source"), row.get("collection"))).collect())
    }
}
