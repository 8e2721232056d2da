//! The few places where Postgres and SQLite need different words for the same thing.
//!
//! Queries are written once, with these markers where the dialects differ:
//!
//! - `{now}`: microseconds since 1970 by the clock of the database. In Postgres it is the time at
//!   which the statement arrived, so it never runs ahead of a lock that the statement waited for.
//!   In SQLite it has the resolution of a millisecond.
//! - `{for_update}`, `{for_share}`, `{skip_locked}`: row locks. SQLite has none and needs none: a transaction that
//!   writes holds the whole database from its beginning.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    /// `db.system.name` of the semantic conventions.
    pub(crate) const fn system(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgresql",
            Dialect::Sqlite => "sqlite",
        }
    }

    pub(crate) fn render(self, sql: Cow<'static, str>) -> Cow<'static, str> {
        if !sql.contains('{') {
            return sql;
        }
        let [now, for_update, for_share, skip_locked] = match self {
            Dialect::Postgres => [
                "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT)",
                "FOR UPDATE",
                "FOR SHARE",
                "FOR UPDATE SKIP LOCKED",
            ],
            Dialect::Sqlite => ["CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000", "", "", ""],
        };
        let rendered = sql
            .replace("{now}", now)
            .replace("{for_update}", for_update)
            .replace("{for_share}", for_share)
            .replace("{skip_locked}", skip_locked);
        Cow::Owned(rendered)
    }
}
