//! The database behind the ports [`construe_jobs::JobStore`] and [`construe_models::ModelRegistry`]:
//! Postgres for a distributed site, SQLite for an embedded one, with one set of queries. Every line of SQL is in this crate and in
//! `migrations/`.
//!
//! The rules are those of the port: a transaction that touches shards locks their job first, the
//! clock is the database's, and every change names the state it starts from. Conflicts between
//! transactions are retried here; a database that cannot be reached is reported as
//! [`StoreError::Unavailable`], for the caller to wait.
//!
//! A lease is held while its row has an expiry. The token stays on the row afterwards: a holder
//! whose reply was lost repeats its last call and learns that it took effect.

mod attempts;
mod create;
mod database;
mod dialect;
mod error;
mod job;
mod lease;
mod list;
mod outbox;
mod plan;
mod port;
mod resources;
mod restart;
mod rows;
mod schema;
mod shard;
mod stop;
mod sweep;
mod tags;
mod window;
mod workers;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use construe_jobs::{StoreError, StorePolicy, SweepReport};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::attempts::run;
use crate::database::Database;
use crate::error::Fault;

/// How long a call waits for a connection before the server counts as unavailable.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call waits for its turn to write before the file counts as unavailable.
const SQLITE_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections that read at the same time from an embedded database.
const SQLITE_READERS: u32 = 4;
/// Pages that a reading connection keeps: KiB, with the sign that SQLite asks for then. Most reads are of records that
/// are not read again soon, and the kernel keeps the file.
const SQLITE_READER_CACHE: &str = "-512";

/// A connected database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
    policy: StorePolicy,
}

/// Says nothing of the connections: their options hold the password.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("system", &self.db_system())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Connects to Postgres. Does not create or check the schema.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the server cannot be reached; [`StoreError::Failed`] when the
    /// URL cannot be read or the server refuses. Neither holds the URL.
    pub async fn connect_postgres(url: &str, max_connections: u32, policy: StorePolicy) -> Result<Self, StoreError> {
        let attempted = "connect to Postgres";
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Fault::from(error).report(attempted))?
            .application_name("construe")
            // A process that died or was cut off inside a transaction must not hold its locks for long.
            // Statements are measured here; sqlx would also ask tracing about each one.
            .disable_statement_logging()
            .options([("idle_in_transaction_session_timeout", "5s"), ("lock_timeout", "20s")]);
        // The pool keeps trying and reports only that time ran out: one connection says why.
        let first = tokio::time::timeout(POSTGRES_TIMEOUT, PgConnection::connect_with(&options)).await;
        first
            .map_err(|_| Fault::from(sqlx::Error::PoolTimedOut))
            .and_then(|connected| connected.map_err(Fault::from))
            .map_err(|fault| fault.report(attempted))?
            .close()
            .await
            .map_err(|error| Fault::from(error).report(attempted))?;
        let pool = PgPoolOptions::new()
            .max_connections(max_connections.max(1))
            .acquire_timeout(POSTGRES_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|error| Fault::from(error).report(attempted))?;
        Ok(Self {
            database: Database::Postgres(pool),
            policy,
        })
    }

    /// Opens an embedded database, creating the file if it is missing. Does not create or check the
    /// schema. Every commit is on disk before it is reported.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] or [`StoreError::Failed`] when the file cannot be opened.
    pub async fn open_sqlite(path: &Path, policy: StorePolicy) -> Result<Self, StoreError> {
        let attempted = "open the embedded database";
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_TIMEOUT)
            .disable_statement_logging();
        let pool = |connections: u32, options: SqliteConnectOptions| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(SQLITE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(options)
        };
        // The writer first: it makes the file.
        let write = pool(1, options.clone())
            .await
            .map_err(|error| Fault::from(error).report(attempted))?;
        let read = pool(SQLITE_READERS, options.pragma("cache_size", SQLITE_READER_CACHE))
            .await
            .map_err(|error| Fault::from(error).report(attempted))?;
        Ok(Self {
            database: Database::Sqlite { write, read },
            policy,
        })
    }

    /// Takes back all that was leased, and has all rung for again that was announced. For a database
    /// that one process has to itself, when that process starts: whoever held anything is gone, and
    /// so are the messages it had in memory.
    ///
    /// # Errors
    ///
    /// As all operations.
    pub async fn restart(&self) -> Result<SweepReport, StoreError> {
        restart::restart(self).await
    }

    /// Brings the schema to this program's version. Safe to run from several processes at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] when a migration was changed after it had been applied, or a newer
    /// program's is there.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        schema::migrate(&self.database).await
    }

    /// # Errors
    ///
    /// [`StoreError::Schema`] when the schema is not exactly this program's.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let dialect = self.database.dialect();
        run!(self, "check_schema", reader, c => schema::check(c, dialect))
    }

    /// Waits for calls under way and closes the connections; an embedded database is then one file
    /// again. Later calls fail as unavailable.
    pub async fn close(&self) {
        match &self.database {
            Database::Postgres(pool) => pool.close().await,
            Database::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
        }
    }

    /// `db.system.name` of telemetry.
    pub fn db_system(&self) -> &'static str {
        self.database.dialect().system()
    }
}
