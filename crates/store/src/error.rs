//! What can go wrong inside this crate, how bad it is, and how it is reported.
//!
//! The database's own errors are not handed on as they are: their debug form holds whole rows.

use construe_jobs::StoreError;
use sqlx::error::DatabaseError;

/// Trouble inside an operation.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(sqlx::Error),
    /// A row holds what this program cannot read, or is not as its lock guarantees.
    Unreadable(&'static str),
    /// To be reported as it is.
    Port(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Port(error)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Another transaction was in the way: run this one again.
    Conflict,
    /// The database cannot serve now.
    Unavailable,
    Failed,
}

impl Fault {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Fault::Sql(error) => severity(error),
            Fault::Unreadable(_) => Severity::Failed,
            Fault::Port(error) if error.is_retryable() => Severity::Unavailable,
            Fault::Port(_) => Severity::Failed,
        }
    }

    /// `error.type` of telemetry: few values, no content.
    pub(crate) fn error_type(&self) -> &'static str {
        match self {
            Fault::Port(StoreError::TokenReused) => "token_reused",
            Fault::Port(StoreError::TooManyTags) => "too_many_tags",
            Fault::Port(StoreError::ModelNotFound) => "model_not_found",
            Fault::Port(StoreError::ModelUnavailable) => "model_unavailable",
            Fault::Port(StoreError::Schema { .. }) => "schema",
            _ => match self.severity() {
                Severity::Conflict => "conflict",
                Severity::Unavailable => "unavailable",
                Severity::Failed => "failed",
            },
        }
    }

    pub(crate) fn report(self, attempted: &'static str) -> StoreError {
        let severity = self.severity();
        let source = match self {
            Fault::Port(error) => return error,
            Fault::Sql(error) => Box::new(Reported::from(error)),
            Fault::Unreadable(what) => Box::new(Reported(what.to_owned())),
        };
        match severity {
            Severity::Conflict | Severity::Unavailable => StoreError::Unavailable { attempted, source },
            Severity::Failed => StoreError::Failed { attempted, source },
        }
    }
}

/// An error's message without the rows, parameters and addresses that its debug form may hold.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Reported(pub(crate) String);

impl From<sqlx::Error> for Reported {
    fn from(error: sqlx::Error) -> Self {
        Reported(match &error {
            sqlx::Error::Database(error) => match error.code() {
                Some(code) => format!("{} ({code})", error.message()),
                None => error.message().to_owned(),
            },
            sqlx::Error::Configuration(_) => "the address of the database cannot be read".to_owned(),
            other => other.to_string(),
        })
    }
}

fn severity(error: &sqlx::Error) -> Severity {
    match error {
        sqlx::Error::Database(error) => database_severity(error.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Severity::Unavailable,
        _ => Severity::Failed,
    }
}

fn database_severity(error: &dyn DatabaseError) -> Severity {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        postgres_severity(&code)
    } else {
        // The extended result code; its low byte is the primary one.
        sqlite_severity(code.parse::<i32>().unwrap_or(0) & 0xff)
    }
}

fn postgres_severity(code: &str) -> Severity {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available
        "40001" | "40P01" | "55P03" => Severity::Conflict,
        // read_only_sql_transaction: a replica answers, its promotion is under way.
        "25006" => Severity::Unavailable,
        // query_canceled (a statement timeout)
        "57014" => Severity::Unavailable,
        // Connection trouble, authentication not ready, resources, operator intervention, system errors.
        _ if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Severity::Unavailable,
        _ => Severity::Failed,
    }
}

fn sqlite_severity(primary: i32) -> Severity {
    match primary {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Severity::Conflict,
        // SQLITE_NOMEM, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_PROTOCOL
        7 | 10 | 13 | 14 | 15 => Severity::Unavailable,
        _ => Severity::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_classified() {
        for (code, expected) in [
            ("40001", Severity::Conflict),
            ("40P01", Severity::Conflict),
            ("57P01", Severity::Unavailable),
            ("08006", Severity::Unavailable),
            ("53300", Severity::Unavailable),
            ("23505", Severity::Failed),
            ("42P01", Severity::Failed),
        ] {
            assert_eq!(postgres_severity(code), expected, "{code}");
        }
        for (code, expected) in [
            (5, Severity::Conflict),
            (13, Severity::Unavailable),
            (19, Severity::Failed),
        ] {
            assert_eq!(sqlite_severity(code), expected, "{code}");
        }
    }

    #[test]
    fn an_unreadable_address_is_not_repeated() {
        let error = sqlx::Error::Configuration("postgres://user:hunter2@host".into());
        let report = Fault::from(error).report("connect");
        assert!(!format!("{report:?}").contains("hunter2"));
    }
}
