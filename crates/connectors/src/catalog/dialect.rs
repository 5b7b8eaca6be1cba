//! Where SQLite and PostgreSQL differ: how a connection is set up, how a transaction begins, how JSON becomes rows.

use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Executor};
use std::sync::Once;

static SQLITE: Migrator = sqlx::migrate!("src/catalog/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/catalog/migrations/postgres");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

pub(super) fn install_drivers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(sqlx::any::install_default_drivers);
}

/// The URL of a file; made when it is missing.
pub(super) fn sqlite_url(path: &str) -> String {
    let escaped: String = path
        .bytes()
        .map(|byte| match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("sqlite://{escaped}?mode=rwc")
}

impl Dialect {
    pub fn migrations(self) -> &'static Migrator {
        match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        }
    }

    /// Waits for other processes, and survives a crash with at most the last transactions undone, never half of one.
    pub async fn prepare_connection(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        if self == Self::Sqlite {
            // A log of up to 64 MB and a cache of 16 MB: a listing of millions touches pages all over the file, and each page
            // written back once for many batches is a third of the time.
            connection
                .execute(
                    "pragma busy_timeout = 30000; pragma journal_mode = wal; pragma synchronous = normal;
                     pragma wal_autocheckpoint = 16000; pragma cache_size = -16384;",
                )
                .await?;
        }
        Ok(())
    }

    /// Begins a transaction that will write.
    pub fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// The objects of a listing, given as `$1`, as rows.
    pub fn listed_objects(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "select value->>'id' as id, value->>'key' as key, value->>'etag' as etag,
                 value->>'modified_ms' as modified_ms, value->>'size_bytes' as size_bytes from json_each($1)"
            }
            Self::Postgres => {
                "select id, key, etag, modified_ms, size_bytes from jsonb_to_recordset(cast($1 as jsonb))
                 as listed(id text, key text, etag text, modified_ms bigint, size_bytes bigint)"
            }
        }
    }

    /// Documents as they were when a task queue was told of them, given as `$1`, as rows.
    pub fn told(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "select value->>'id' as id, value->>'version_ms' as version_ms from json_each($1)"
            }
            Self::Postgres => {
                "select id, version_ms from jsonb_to_recordset(cast($1 as jsonb)) as told(id text, version_ms bigint)"
            }
        }
    }

    /// The texts of a JSON array, given as `$1`, as rows with the column `value`.
    pub fn texts(self) -> &'static str {
        match self {
            Self::Sqlite => "select value from json_each($1)",
            Self::Postgres => "select value from jsonb_array_elements_text(cast($1 as jsonb))",
        }
    }
}
