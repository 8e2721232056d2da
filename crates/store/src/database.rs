//! Two kinds of pools behind one face.
//!
//! Everything above this module sees one [`Connection`] with four ways to run a statement, so each
//! query and each transaction is written once. A generic `Database` parameter would say the same
//! with pages of trait bounds; sqlx's `Any` driver cannot read SQLite's booleans.

use std::borrow::Cow;

use construe_jobs::{JobId, JobKind, JobState, LeaseToken, ShardState};
use construe_models::ResourceKind;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::dialect::Dialect;
use crate::error::Fault;

/// Rows written by one statement at most.
const ROWS_PER_STATEMENT: usize = 64;

#[derive(Clone)]
pub(crate) enum Database {
    Postgres(PgPool),
    /// SQLite lets one transaction write at a time. A single writing connection makes its users
    /// wait in line, where several would sleep and try again.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
}

impl Database {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Database::Postgres(_) => Dialect::Postgres,
            Database::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// For single statements that only read.
    pub(crate) async fn reader(&self) -> Result<Connection, Fault> {
        Ok(Connection(match self {
            Database::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
            Database::Sqlite { read, .. } => Inner::Sqlite(read.acquire().await?),
        }))
    }

    /// For single statements that write.
    pub(crate) async fn writer(&self) -> Result<Connection, Fault> {
        Ok(Connection(match self {
            Database::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
            Database::Sqlite { write, .. } => Inner::Sqlite(write.acquire().await?),
        }))
    }

    /// A transaction that writes. In Postgres it relies on row locks.
    pub(crate) async fn transaction(&self) -> Result<Connection, Fault> {
        Ok(Connection(match self {
            Database::Postgres(pool) => Inner::PostgresTransaction(pool.begin().await?),
            // Read first and write later, a deferred transaction fails when another one wrote in between.
            Database::Sqlite { write, .. } => Inner::SqliteTransaction(write.begin_with("BEGIN IMMEDIATE").await?),
        }))
    }

    /// A transaction whose outcome is as if it had been alone, for rules that no row lock can guard.
    pub(crate) async fn serializable(&self) -> Result<Connection, Fault> {
        match self {
            Database::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
                Ok(Connection(Inner::PostgresTransaction(pool.begin_with(begin).await?)))
            }
            Database::Sqlite { .. } => self.transaction().await,
        }
    }

    /// Several reads of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Connection, Fault> {
        Ok(Connection(match self {
            Database::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Inner::PostgresTransaction(pool.begin_with(begin).await?)
            }
            Database::Sqlite { read, .. } => Inner::SqliteTransaction(read.begin().await?),
        }))
    }
}

pub(crate) struct Connection(Inner);

enum Inner {
    Postgres(PoolConnection<Postgres>),
    PostgresTransaction(Transaction<'static, Postgres>),
    Sqlite(PoolConnection<Sqlite>),
    SqliteTransaction(Transaction<'static, Sqlite>),
}

enum Raw<'c> {
    Postgres(&'c mut PgConnection),
    Sqlite(&'c mut SqliteConnection),
}

/// Builds the statement for the connection at hand; the body is compiled once for each database.
macro_rules! on_connection {
    ($connection:expr, $sql:expr, $values:expr, $constructor:path, $query:ident, $raw:ident => $body:expr) => {{
        let raw = $connection.raw();
        let dialect = match &raw {
            Raw::Postgres(_) => Dialect::Postgres,
            Raw::Sqlite(_) => Dialect::Sqlite,
        };
        // Every text is made of this crate's own literals; values are bound.
        let sql = AssertSqlSafe(dialect.render($sql.into()));
        match raw {
            Raw::Postgres($raw) => {
                let $query = bound!($constructor(sql), $values);
                $body
            }
            Raw::Sqlite($raw) => {
                let $query = bound!($constructor(sql), $values);
                $body
            }
        }
    }};
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
            };
        }
        query
    }};
}

/// A row as both databases give it.
pub(crate) trait Record: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

impl<T> Record for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

impl Connection {
    fn raw(&mut self) -> Raw<'_> {
        match &mut self.0 {
            Inner::Postgres(connection) => Raw::Postgres(connection),
            Inner::PostgresTransaction(connection) => Raw::Postgres(connection),
            Inner::Sqlite(connection) => Raw::Sqlite(connection),
            Inner::SqliteTransaction(connection) => Raw::Sqlite(connection),
        }
    }

    /// Runs a statement and returns how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, Fault> {
        Ok(
            on_connection!(self, sql, values, sqlx::query, query, raw => query.execute(raw).await.map(|done| done.rows_affected()))?,
        )
    }

    pub(crate) async fn optional<R: Record>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<R>, Fault> {
        Ok(on_connection!(self, sql, values, sqlx::query_as::<_, R>, query, raw => query.fetch_optional(raw).await)?)
    }

    pub(crate) async fn one<R: Record>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<R, Fault> {
        Ok(on_connection!(self, sql, values, sqlx::query_as::<_, R>, query, raw => query.fetch_one(raw).await)?)
    }

    pub(crate) async fn all<R: Record>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<R>, Fault> {
        Ok(on_connection!(self, sql, values, sqlx::query_as::<_, R>, query, raw => query.fetch_all(raw).await)?)
    }

    /// Inserts rows of equal length, many to a statement. `head` ends before `VALUES`.
    pub(crate) async fn insert(&mut self, head: &str, rows: Vec<Vec<Value>>) -> Result<(), Fault> {
        let mut rows = rows.into_iter();
        loop {
            // Powers of two, so that few different statements have to be prepared.
            let count = match rows.len() {
                0 => return Ok(()),
                left => prior_power_of_two(left.min(ROWS_PER_STATEMENT)),
            };
            let batch: Vec<Vec<Value>> = rows.by_ref().take(count).collect();
            let width = batch[0].len();
            let groups: Vec<String> = (0..count)
                .map(|row| format!("({})", placeholders(row * width + 1, width)))
                .collect();
            let sql = format!("{head} VALUES {}", groups.join(", "));
            self.execute(sql, batch.into_iter().flatten().collect()).await?;
        }
    }

    /// Makes the changes of a transaction last; does nothing for single statements.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        match self.0 {
            Inner::Postgres(_) | Inner::Sqlite(_) => {}
            Inner::PostgresTransaction(transaction) => transaction.commit().await?,
            Inner::SqliteTransaction(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

fn prior_power_of_two(n: usize) -> usize {
    1 << n.ilog2()
}

fn placeholders(first: usize, count: usize) -> String {
    let list: Vec<String> = (first..first + count).map(|i| format!("${i}")).collect();
    list.join(", ")
}

/// The inside of `IN (…)` for a list of any length above 0, with the values to bind from `first` on.
/// The last value repeats up to a power of two, so that few different statements have to be prepared.
pub(crate) fn in_list(first: usize, mut values: Vec<Value>) -> (String, Vec<Value>) {
    let count = values.len().next_power_of_two();
    if let Some(last) = values.last().cloned() {
        values.resize(count, last);
    }
    (placeholders(first, count), values)
}

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(bool),
}

macro_rules! value_from {
    ($($from:ty => |$value:ident| $made:expr;)+) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $made
            }
        })+
    };
}

value_from! {
    i64 => |value| Value::Int(Some(value));
    // Counts and ordinals do not come near the limit of a column.
    u64 => |value| Value::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)));
    u32 => |value| Value::Int(Some(value.into()));
    Option<i64> => |value| Value::Int(value);
    bool => |value| Value::Bool(value);
    &str => |value| Value::Text(Some(value.to_owned()));
    String => |value| Value::Text(Some(value));
    Option<String> => |value| Value::Text(value);
    Option<&str> => |value| Value::Text(value.map(str::to_owned));
    JobId => |value| Value::Text(Some(value.to_string()));
    LeaseToken => |value| Value::Text(Some(value.to_string()));
    JobKind => |value| Value::from(value.as_str());
    JobState => |value| Value::from(value.as_str());
    ShardState => |value| Value::from(value.as_str());
    ResourceKind => |value| Value::from(value.as_str());
}

/// The values of `$1`, `$2` and so on, each with a label for the reader.
macro_rules! values {
    ($($label:ident: $value:expr),* $(,)?) => {
        vec![$($crate::database::Value::from($value)),*]
    };
}
pub(crate) use values;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_padded_with_their_last_value() {
        let (sql, bound) = in_list(2, values![a: 5_i64, b: 6_i64, c: 7_i64]);
        assert_eq!(sql, "$2, $3, $4, $5");
        assert_eq!(bound, values![a: 5_i64, b: 6_i64, c: 7_i64, d: 7_i64]);
    }

    #[test]
    fn inserts_go_in_powers_of_two() {
        assert_eq!([1, 2, 3, 63, 64].map(prior_power_of_two), [1, 2, 2, 32, 64]);
    }
}
