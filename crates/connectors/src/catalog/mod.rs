//! The catalog in SQLite: one file, one writer, many readers. In: listings and outcomes. Out: tasks and records.
//! Never holds a document's text.

mod rows;

use async_trait::async_trait;
use pagemill_document::{ContentHash, DocumentId};
use pagemill_pipeline::{
    Batch, Catalog, CatalogTotals, DocumentFilter, DocumentRecord, Enqueued, Failure, Finished, Queued,
    RecordedFailure, Task,
};
use rows::{record, state_name, task};
use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The catalog of one machine.
#[derive(Clone, Debug)]
pub struct SqliteCatalog {
    pool: SqlitePool,
}

/// What SQLite answers with when the trouble is passing: another process writes, or the disk is full for now.
fn failure(error: sqlx::Error) -> Failure {
    match &error {
        sqlx::Error::Database(_) | sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => {
            Failure::retry(format!("the catalog did not take it: {error}"))
        }
        _ => Failure::stop(format!("the catalog cannot be used: {error}")),
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl SqliteCatalog {
    /// Opens the catalog in `file`, making it when it is missing.
    ///
    /// # Errors
    /// `Stop` when the file cannot be opened or is no catalog.
    pub async fn open(file: &Path) -> Result<Self, Failure> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30));
        let cannot = |error: sqlx::Error| {
            Failure::stop(format!("the catalog {} cannot be opened: {error}", file.display()))
        };
        // One connection: what one call wrote the next one sees. With several, a connection that still held an older
        // snapshot was seen to answer with a state from before a settled write.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(cannot)?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.map_err(cannot)?;
        Ok(Self { pool })
    }

    async fn settle_state(&self, id: &DocumentId, state: &'static str) -> Result<(), Failure> {
        sqlx::query("update document set state = ?, updated_ms = ? where id = ?")
            .bind(state)
            .bind(now_ms())
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(failure)?;
        Ok(())
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn recover(&self) -> Result<u64, Failure> {
        let done = sqlx::query("update document set state = 'queued' where state = 'running'")
            .execute(&self.pool)
            .await
            .map_err(failure)?;
        Ok(done.rows_affected())
    }

    async fn next_listing(&self) -> Result<i64, Failure> {
        let done =
            sqlx::query("insert into listing default values").execute(&self.pool).await.map_err(failure)?;
        Ok(done.last_insert_rowid())
    }

    async fn enqueue(&self, batch: Batch<'_>) -> Result<Enqueued, Failure> {
        let mut counts = Enqueued::default();
        let mut transaction = self.pool.begin_with("begin immediate").await.map_err(failure)?;
        for object in batch.objects {
            let id = DocumentId::new(batch.source, &object.key);
            let known = sqlx::query("select etag, state, indexed_pipeline from document where id = ?")
                .bind(id.as_str())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failure)?;
            let due = match &known {
                None => {
                    counts.new += 1;
                    true
                }
                Some(row) => {
                    let same_bytes = row.get::<String, _>("etag") == object.etag;
                    let indexed_as_now =
                        row.get::<Option<String>, _>("indexed_pipeline").as_deref() == Some(batch.pipeline);
                    // A failed document is tried again when its bytes change or on request, not at every run.
                    let settled = match row.get::<String, _>("state").as_str() {
                        "indexed" => indexed_as_now,
                        "failed" => true,
                        _ => false,
                    };
                    let due = !(same_bytes && settled);
                    if due {
                        counts.changed += 1
                    } else {
                        counts.unchanged += 1
                    }
                    due
                }
            };
            let statement = if known.is_none() {
                "insert into document (etag, modified_ms, size_bytes, listing, state, updated_ms, id, source, key)
                 values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            } else if due {
                "update document set etag = ?, modified_ms = ?, size_bytes = ?, listing = ?, state = ?, updated_ms = ?,
                 attempts = 0 where id = ?"
            } else {
                "update document set listing = ? where id = ?"
            };
            let mut query = sqlx::query(statement);
            if due {
                query = query.bind(&object.etag).bind(object.modified_ms).bind(object.size_bytes as i64);
            }
            query = query.bind(batch.listing);
            if due {
                query = query.bind("queued").bind(now_ms());
            }
            query = query.bind(id.as_str());
            if known.is_none() {
                query = query.bind(batch.source).bind(&object.key);
            }
            query.execute(&mut *transaction).await.map_err(failure)?;
        }
        transaction.commit().await.map_err(failure)?;
        Ok(counts)
    }

    async fn unseen(&self, source: &str, listing: i64) -> Result<Vec<DocumentId>, Failure> {
        let rows = sqlx::query("select id from document where source = ? and listing < ? order by key")
            .bind(source)
            .bind(listing)
            .fetch_all(&self.pool)
            .await
            .map_err(failure)?;
        Ok(rows.iter().map(|row| DocumentId::from_text(row.get::<String, _>("id"))).collect())
    }

    async fn take(&self, source: Option<&str>) -> Result<Option<Task>, Failure> {
        let row = sqlx::query(
            "update document set state = 'running', attempts = attempts + 1, updated_ms = ?
             where id = (select id from document where state = 'queued' and (? is null or source = ?)
                         order by size_bytes, key limit 1)
             returning *",
        )
        .bind(now_ms())
        .bind(source)
        .bind(source)
        .fetch_optional(&self.pool)
        .await
        .map_err(failure)?;
        Ok(row.as_ref().map(task))
    }

    async fn finish(&self, task: &Task, finished: Finished) -> Result<(), Failure> {
        let ocr_pages = serde_json::to_string(&finished.ocr_pages)
            .map_err(|error| Failure::stop(format!("OCR decisions could not be written: {error}")))?;
        // A newer version that was listed meanwhile keeps its place in the queue.
        sqlx::query(
            "update document set state = case when etag = ? then 'indexed' else state end, indexed_hash = ?,
             indexed_pipeline = ?, title = ?, language = ?, pages = ?, ocr_page_count = ?, ocr_pages = ?, chunks = ?,
             readiness = ?, warnings = ?, failure_reason = null, failure_detail = null, failure_advice = null,
             updated_ms = ? where id = ?",
        )
        .bind(&task.etag)
        .bind(finished.content_hash.as_str())
        .bind(&finished.pipeline)
        .bind(&finished.title)
        .bind(&finished.language)
        .bind(finished.pages)
        .bind(finished.ocr_pages.len() as i64)
        .bind(ocr_pages)
        .bind(finished.chunks)
        .bind(finished.readiness)
        .bind(finished.warnings)
        .bind(now_ms())
        .bind(task.document.as_str())
        .execute(&self.pool)
        .await
        .map_err(failure)?;
        Ok(())
    }

    async fn confirm(&self, task: &Task, _content_hash: &ContentHash) -> Result<(), Failure> {
        self.settle_state(&task.document, "indexed").await
    }

    async fn fail(&self, task: &Task, recorded: RecordedFailure) -> Result<(), Failure> {
        let reason = rows::reason_name(recorded.reason);
        sqlx::query(
            "update document set state = case when etag = ? then 'failed' else state end, indexed_hash = null,
             indexed_pipeline = null, chunks = 0, failure_reason = ?, failure_detail = ?, failure_advice = ?,
             updated_ms = ? where id = ?",
        )
        .bind(&task.etag)
        .bind(reason)
        .bind(&recorded.detail)
        .bind(&recorded.advice)
        .bind(now_ms())
        .bind(task.document.as_str())
        .execute(&self.pool)
        .await
        .map_err(failure)?;
        Ok(())
    }

    async fn release(&self, task: &Task, attempted: bool) -> Result<(), Failure> {
        let statement = if attempted {
            "update document set state = 'queued' where id = ?"
        } else {
            "update document set state = 'queued', attempts = attempts - 1 where id = ?"
        };
        sqlx::query(statement).bind(task.document.as_str()).execute(&self.pool).await.map_err(failure)?;
        Ok(())
    }

    async fn retry(&self, documents: Option<&[DocumentId]>) -> Result<u64, Failure> {
        let Some(documents) = documents else {
            let done =
                sqlx::query("update document set state = 'queued', attempts = 0 where state = 'failed'")
                    .execute(&self.pool)
                    .await
                    .map_err(failure)?;
            return Ok(done.rows_affected());
        };
        let mut queued = 0;
        for id in documents {
            let done = sqlx::query(
                "update document set state = 'queued', attempts = 0 where state = 'failed' and id = ?",
            )
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(failure)?;
            queued += done.rows_affected();
        }
        Ok(queued)
    }

    async fn forget(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        let mut transaction = self.pool.begin_with("begin immediate").await.map_err(failure)?;
        for id in documents {
            sqlx::query("delete from document where id = ?")
                .bind(id.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(failure)?;
        }
        transaction.commit().await.map_err(failure)
    }

    async fn document(&self, id: &DocumentId) -> Result<Option<DocumentRecord>, Failure> {
        let row = sqlx::query("select * from document where id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(failure)?;
        Ok(row.as_ref().map(record))
    }

    async fn documents(&self, filter: DocumentFilter) -> Result<Vec<DocumentRecord>, Failure> {
        let (after_source, after_key) = filter.after.unzip();
        let limit = if filter.limit == 0 { -1 } else { filter.limit as i64 };
        let rows = sqlx::query(
            "select * from document where (?1 is null or source = ?1) and (?2 is null or state = ?2)
             and (?3 is null or (source, key) > (?3, ?4)) order by source, key limit ?5",
        )
        .bind(filter.source)
        .bind(filter.state.map(state_name))
        .bind(after_source)
        .bind(after_key)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(failure)?;
        Ok(rows.iter().map(record).collect())
    }

    async fn queued(&self, source: Option<&str>) -> Result<Queued, Failure> {
        let row = sqlx::query(
            "select count(*) as documents, coalesce(sum(size_bytes), 0) as bytes from document
             where (?1 is null or source = ?1) and state = 'queued'",
        )
        .bind(source)
        .fetch_one(&self.pool)
        .await
        .map_err(failure)?;
        Ok(Queued {
            documents: row.get::<i64, _>("documents") as u64,
            bytes: row.get::<i64, _>("bytes") as u64,
        })
    }

    async fn totals(&self, source: Option<&str>) -> Result<CatalogTotals, Failure> {
        let rows = sqlx::query(
            "select state, count(*) as documents, sum(pages) as pages, sum(ocr_page_count) as ocr_pages,
             sum(chunks) as chunks from document where (?1 is null or source = ?1) group by state",
        )
        .bind(source)
        .fetch_all(&self.pool)
        .await
        .map_err(failure)?;
        let mut totals = CatalogTotals::default();
        for row in &rows {
            let count = |column: &str| row.get::<Option<i64>, _>(column).unwrap_or(0) as u64;
            let documents = count("documents");
            match row.get::<String, _>("state").as_str() {
                "queued" => totals.queued = documents,
                "running" => totals.running = documents,
                "failed" => totals.failed = documents,
                _ => {
                    totals.indexed = documents;
                    totals.pages = count("pages");
                    totals.ocr_pages = count("ocr_pages");
                    totals.chunks = count("chunks");
                }
            }
        }
        Ok(totals)
    }
}
