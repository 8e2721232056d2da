use std::time::{Duration, Instant};

use construe_jobs::{JobStore, StopOutcome, StoreError, StorePolicy};
use construe_store::Store;

use crate::harness::{Site, create, on_both, on_postgres, owner};

on_both!(the_schema_is_checked, a_closed_store_is_unavailable_and_its_data_stays);

async fn the_schema_is_checked(site: &Site) {
    let store = &site.store;
    store.migrate().await.expect("again");
    store.ping().await.expect("the schema is ours");
    site.sql("UPDATE _sqlx_migrations SET version = 900 WHERE version = 4")
        .await
        .unwrap();
    let newer = store.check_schema().await;
    assert!(
        matches!(newer, Err(StoreError::Schema { found: 900, needed: 4 })),
        "{newer:?}"
    );
    site.sql("DELETE FROM _sqlx_migrations WHERE version = 900")
        .await
        .unwrap();
    let older = store.ping().await;
    assert!(
        matches!(older, Err(StoreError::Schema { found: 3, needed: 4 })),
        "{older:?}"
    );
    site.sql("DELETE FROM _sqlx_migrations").await.unwrap();
    let unfinished = store.ping().await;
    assert!(
        matches!(unfinished, Err(StoreError::Schema { found: 0, needed: 4 })),
        "{unfinished:?}"
    );
    site.sql("DROP TABLE _sqlx_migrations").await.unwrap();
    let empty = store.ping().await;
    assert!(
        matches!(empty, Err(StoreError::Schema { found: 0, needed: 4 })),
        "{empty:?}"
    );
}

/// A database that was in use before the newest migration: rows, and the shards that refer to jobs, are still there.
#[tokio::test]
async fn a_database_in_use_is_migrated_with_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let migrations = sqlx::migrate!("../../migrations/sqlite");
    let early = migrations.iter().filter(|migration| migration.version < 3).cloned();
    let early = sqlx::migrate::Migrator::with_migrations(early.collect());
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let raw = sqlx::SqlitePool::connect_with(options.foreign_keys(true))
        .await
        .unwrap();
    early.run(&raw).await.unwrap();
    let job = "INSERT INTO jobs (id, account, region, kind, state, request, spec, submit_time, end_time, plan_cursor) \
               VALUES ('j', 'a', 'r', 'pii-entities-detection', 'STOPPED', '{}', '{}', 1, 2, '{}')";
    sqlx::query(job).execute(&raw).await.unwrap();
    let shard = "INSERT INTO shards (job_id, ordinal, state, slices, bytes) VALUES ('j', 0, 'pending', '[]', 1)";
    sqlx::query(shard).execute(&raw).await.unwrap();
    let store = Store::open_sqlite(&path, StorePolicy::default()).await.unwrap();
    store.migrate().await.unwrap();
    store.ping().await.unwrap();
    let kept: (i64, i64) = sqlx::query_as("SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM shards)")
        .fetch_one(&raw)
        .await
        .unwrap();
    assert_eq!(kept, (1, 1));
    // The connection from before knows the new state, and still refuses what is none.
    let with = |state: &str| {
        job.replace("'STOPPED'", &format!("'{state}'"))
            .replace("('j'", &format!("('{state}'"))
    };
    for (state, accepted) in [("PARTIAL_SUCCESS", true), ("DONE", false)] {
        let inserted = sqlx::query(sqlx::AssertSqlSafe(with(state))).execute(&raw).await;
        assert_eq!(inserted.is_ok(), accepted, "{state}: {inserted:?}");
    }
    let (checked,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&raw).await.unwrap();
    assert_eq!(checked, "ok");
}

async fn a_closed_store_is_unavailable_and_its_data_stays(site: &Site) {
    let id = create(&site.store).await;
    let first = site.store_with(StorePolicy::default()).await;
    assert!(first.get(&owner(), id).await.unwrap().is_some());
    first.close().await;
    let error = first.get(&owner(), id).await.expect_err("it is closed");
    assert!(error.is_retryable(), "{error}");
    let next = site.store_with(StorePolicy::default()).await;
    assert!(next.get(&owner(), id).await.unwrap().is_some());
}

#[tokio::test]
async fn cut_connections_are_replaced() {
    on_postgres(|site| Box::pin(connections_are_cut(site))).await;
}

async fn connections_are_cut(site: &Site) {
    let id = create(&site.store).await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(site.number(cut).await > 0);
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        match site.store.stop(None, id).await {
            Ok(outcome) => break assert_eq!(outcome, StopOutcome::Requested),
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
        assert!(Instant::now() < patience, "no connection again");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable_and_its_password_unspoken() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://construe:hunter2@127.0.0.1:{port}/db");
    let error = Store::connect_postgres(&url, 1, StorePolicy::default())
        .await
        .expect_err("nobody listens");
    assert!(error.is_retryable(), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
    let unreadable = Store::connect_postgres("postgres://u:hunter2@host:port/db", 1, StorePolicy::default());
    let error = unreadable.await.expect_err("no such port");
    assert!(!error.is_retryable(), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}
