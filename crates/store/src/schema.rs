//! The schema's versions.

use construe_jobs::StoreError;
use sqlx::migrate::{MigrateError, Migrator};

use crate::database::{Connection, Database, values};
use crate::dialect::Dialect;
use crate::error::{Fault, Reported};

static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");

pub(crate) async fn migrate(database: &Database) -> Result<(), StoreError> {
    let migrated = match database {
        Database::Postgres(pool) => POSTGRES.run(pool).await,
        Database::Sqlite { write, .. } => SQLITE.run(write).await,
    };
    migrated.map_err(|error| {
        let attempted = "migrate";
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Fault::from(error).report(attempted)
            }
            other => StoreError::Failed {
                attempted,
                source: Box::new(Reported(other.to_string())),
            },
        }
    })
}

/// Whether the applied migrations are exactly those embedded in this program.
pub(crate) async fn check(connection: &mut Connection, dialect: Dialect) -> Result<(), Fault> {
    let (migrator, table_exists) = match dialect {
        Dialect::Postgres => (
            &POSTGRES,
            "/* schema.table */ SELECT count(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')",
        ),
        Dialect::Sqlite => (
            &SQLITE,
            "/* schema.table */ SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
        ),
    };
    let (tables,): (i64,) = connection.one(table_exists, values![]).await?;
    let applied: Vec<(i64, bool, Vec<u8>)> = if tables == 0 {
        Vec::new()
    } else {
        connection
            .all(
                "/* schema.applied */ SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version",
                values![],
            )
            .await?
    };
    let needed = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    // The version up to which both sides agree, or a newer program's.
    let agreed = migrator
        .iter()
        .zip(&applied)
        .take_while(|(ours, (version, success, checksum))| {
            ours.version == *version && *success && ours.checksum.as_ref() == checksum.as_slice()
        })
        .map(|(ours, _)| ours.version)
        .last()
        .unwrap_or(0);
    let newest = applied.last().map_or(0, |&(version, _, _)| version);
    let found = if newest > needed { newest } else { agreed };
    if found == needed {
        Ok(())
    } else {
        Err(StoreError::Schema { found, needed }.into())
    }
}
