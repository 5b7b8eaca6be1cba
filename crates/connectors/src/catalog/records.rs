//! What people ask of the catalog, and what they ask it to do.

use super::rows::{self, add_totals, bind_pipeline, json, record, renewed, totals as select_totals};
use super::{Query, SqlCatalog, now_ms};
use async_trait::async_trait;
use pagemill_document::DocumentId;
use pagemill_pipeline::{
    CatalogTotals, DocumentFilter, DocumentRecord, Failure, Pipeline, Records, SourceTotals,
};
use sqlx::{AssertSqlSafe, Row};

#[async_trait]
impl Records for SqlCatalog {
    async fn document(&self, id: &DocumentId) -> Result<Option<DocumentRecord>, Failure> {
        let query = sqlx::query("select * from document where id = $1").bind(id.as_str());
        Ok(self.row(query).await?.as_ref().map(record))
    }

    async fn documents(&self, filter: DocumentFilter) -> Result<Vec<DocumentRecord>, Failure> {
        let (after_source, after_key) = filter.after.unzip();
        let limit = if filter.limit == 0 { i64::MAX } else { filter.limit as i64 };
        let collections = if filter.collections.is_empty() { None } else { Some(json(&filter.collections)?) };
        let statement = format!(
            "select * from document where ($2 is null or source = $2) and ($3 is null or state = $3)
             and ($4 is null or source > $4 or (source = $4 and key > $5)) and ($6 is null or job = $6)
             and (cast($1 as text) is null or collection in ({}))
             and coalesce(ocr_confidence, 1) < $8 order by source, key limit $7",
            self.dialect.texts()
        );
        let query = sqlx::query(AssertSqlSafe(statement))
            .bind(collections)
            .bind(filter.source)
            .bind(filter.state.map(rows::name))
            .bind(after_source)
            .bind(after_key)
            .bind(filter.job.map(|job| job.0))
            .bind(limit)
            .bind(rows::confidence_below(filter.ocr_below));
        Ok(self.rows(query).await?.iter().map(record).collect())
    }

    async fn named(&self, name: &str) -> Result<Vec<DocumentRecord>, Failure> {
        let query = sqlx::query(
            "select * from document where id = $1 or key = $1
             or substr(key, length(key) - length($2) + 1) = $2 order by source, key",
        );
        Ok(self.rows(query.bind(name).bind(format!("/{name}"))).await?.iter().map(record).collect())
    }

    async fn totals(&self, source: Option<&str>) -> Result<CatalogTotals, Failure> {
        let statement = format!(
            "select {} from document where ($1 is null or source = $1) group by state",
            select_totals()
        );
        let mut totals = CatalogTotals::default();
        for row in self.rows(sqlx::query(AssertSqlSafe(statement)).bind(source)).await? {
            add_totals(&mut totals, &row);
        }
        Ok(totals)
    }

    async fn totals_in(&self, collections: &[String]) -> Result<CatalogTotals, Failure> {
        let texts = self.dialect.texts();
        let statement =
            format!("select {} from document where collection in ({texts}) group by state", select_totals());
        let mut totals = CatalogTotals::default();
        for row in self.rows(sqlx::query(AssertSqlSafe(statement)).bind(json(&collections)?)).await? {
            add_totals(&mut totals, &row);
        }
        Ok(totals)
    }

    async fn sources(&self) -> Result<Vec<SourceTotals>, Failure> {
        let statement = format!(
            "select source, {} from document group by source, state order by source",
            select_totals()
        );
        let mut sources: Vec<SourceTotals> = Vec::new();
        for row in self.rows(sqlx::query(AssertSqlSafe(statement))).await? {
            let source: String = row.get("source");
            if sources.last().is_none_or(|last| last.source != source) {
                sources.push(SourceTotals { source, totals: CatalogTotals::default() });
            }
            if let Some(last) = sources.last_mut() {
                add_totals(&mut last.totals, &row);
            }
        }
        Ok(sources)
    }

    async fn retry(&self, documents: Option<&[DocumentId]>) -> Result<u64, Failure> {
        let Some(documents) = documents else {
            let statement = format!("update document set {AGAIN} where state = 'failed'");
            return self.run(sqlx::query(AssertSqlSafe(statement)).bind(now_ms())).await;
        };
        self.touch(documents, AGAIN, "state = 'failed'").await
    }

    async fn requeue(&self, documents: &[DocumentId]) -> Result<u64, Failure> {
        // Without the bytes that are said to be in the index, nothing is taken for unchanged.
        let again = format!("indexed_hash = null, {AGAIN}, stage = 'index'");
        self.touch(documents, &again, "state <> 'running'").await
    }

    async fn requeue_outdated(&self, pipeline: &Pipeline) -> Result<u64, Failure> {
        let statement = format!(
            "update document set {AGAIN}, stage = 'index' where state = 'indexed' and {}",
            renewed(2)
        );
        let query = sqlx::query(AssertSqlSafe(statement)).bind(now_ms());
        self.run(bind_pipeline(query, Some(pipeline))).await
    }

    async fn request_removal(&self, documents: &[DocumentId]) -> Result<u64, Failure> {
        let removal =
            "removal = 1, state = case when state = 'running' then 'running' else 'queued' end, attempts = 0,
             due_ms = 0, published_ms = null, job = null, updated_ms = $1";
        self.touch(documents, removal, "true").await
    }
}

/// Makes a document due; `$1` is now. A job that was cancelled holds nothing back that is asked for afterwards.
const AGAIN: &str = "state = 'queued', attempts = 0, due_ms = 0, published_ms = null, updated_ms = $1,
    job = case when exists (select 1 from job where job.id = document.job and job.state = 'cancelled') then null
    else document.job end";

/// Documents named in one statement.
const AT_ONCE: usize = 1000;

impl SqlCatalog {
    /// Sets columns of documents that meet a condition. `$1` is now. Returns how many.
    async fn touch(&self, documents: &[DocumentId], sets: &str, condition: &str) -> Result<u64, Failure> {
        let mut touched = 0;
        for documents in documents.chunks(AT_ONCE) {
            let texts = self.dialect.texts().replace("$1", "$2");
            let statement = format!("update document set {sets} where {condition} and id in ({texts})");
            let query: Query<'_> =
                sqlx::query(AssertSqlSafe(statement)).bind(now_ms()).bind(json(&documents)?);
            touched += self.run(query).await?;
        }
        Ok(touched)
    }
}
