//! The catalog as a database: SQLite on one machine, PostgreSQL for a cluster; the statements are the same. In: listings,
//! events and outcomes. Out: tasks, records, jobs. Never holds a document's text.

mod config;
mod dialect;
mod jobs;
mod listings;
mod queue;
mod records;
mod rows;

pub use config::CatalogConfig;
use dialect::Dialect;
use pagemill_pipeline::Failure;
use sqlx::AnyPool;
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyRow};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A query with its arguments.
type Query<'q> = sqlx::query::Query<'q, sqlx::Any, AnyArguments>;

/// The catalog of one machine or of a cluster.
#[derive(Clone, Debug)]
pub struct SqlCatalog {
    pool: AnyPool,
    dialect: Dialect,
}

/// What the database answers with when the trouble is passing: another process writes, the server restarts, the disk is
/// full for now.
fn failure(error: sqlx::Error) -> Failure {
    match &error {
        sqlx::Error::Configuration(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => {
            Failure::stop(format!("the catalog cannot be used: {error}"))
        }
        // A statement that the server understands and refuses (class 42) is our own fault, and stays refused.
        sqlx::Error::Database(refused) if refused.code().is_some_and(|code| code.starts_with("42")) => {
            Failure::stop(format!("the catalog refused a statement: {error}"))
        }
        _ => Failure::retry(format!("the catalog did not answer: {error}")),
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl SqlCatalog {
    /// Opens the catalog in a file, making it when it is missing.
    ///
    /// # Errors
    /// `Stop` when the file cannot be opened or is no catalog.
    pub async fn open_file(file: &Path) -> Result<Self, Failure> {
        let cannot = |error: sqlx::Error| {
            let advice = if error.to_string().contains("already exists") {
                "; an earlier version made it: name another `data_dir` and ingest again"
            } else {
                ""
            };
            Failure::stop(format!("the catalog {} cannot be opened: {error}{advice}", file.display()))
        };
        let name = file.to_str().ok_or_else(|| {
            Failure::stop(format!("the path {} is not UTF-8; set `data_dir` to one that is", file.display()))
        })?;
        // One connection: what one call wrote the next one sees.
        let pool = pool_options(1);
        Self::open(Dialect::Sqlite, pool, &dialect::sqlite_url(name)).await.map_err(cannot)
    }

    /// Opens the catalog in a PostgreSQL database, bringing its tables up to date.
    ///
    /// # Errors
    /// `Stop` when the URL is wrong or the database holds something else; `Retry` when the server does not answer.
    pub async fn connect(config: &CatalogConfig) -> Result<Self, Failure> {
        let url = config.url()?;
        Self::open(Dialect::Postgres, pool_options(config.connections), &url).await.map_err(|error| {
            // The error of a URL may repeat the URL, and with it the password.
            let failure = failure(error);
            match failure {
                Failure::Stop(_) => Failure::stop(
                    "the catalog's URL is not of the form postgres://user:password@host:5432/database, or the \
                     database holds tables that are not Pagemill's",
                ),
                other => other,
            }
        })
    }

    async fn open(dialect: Dialect, options: AnyPoolOptions, url: &str) -> Result<Self, sqlx::Error> {
        dialect::install_drivers();
        let pool = options
            .after_connect(move |connection, _| Box::pin(dialect.prepare_connection(connection)))
            .connect(url)
            .await?;
        dialect.migrations().run(&pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error,
            other => sqlx::Error::Configuration(other.into()),
        })?;
        Ok(Self { pool, dialect })
    }

    async fn rows(&self, query: Query<'_>) -> Result<Vec<AnyRow>, Failure> {
        query.fetch_all(&self.pool).await.map_err(failure)
    }

    async fn row(&self, query: Query<'_>) -> Result<Option<AnyRow>, Failure> {
        query.fetch_optional(&self.pool).await.map_err(failure)
    }

    /// Runs a statement; returns how many rows it touched.
    async fn run(&self, query: Query<'_>) -> Result<u64, Failure> {
        Ok(query.execute(&self.pool).await.map_err(failure)?.rows_affected())
    }
}

fn pool_options(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
}
