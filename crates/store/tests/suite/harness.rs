//! A database for each test, and short ways to bring a job where a test needs it.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use construe_jobs::{
    InputFormat, JobId, JobKind, JobSpec, JobStore, JobWork, LeaseToken, LeasedShard, Location, NewJob, NewShard,
    OutputLayout, Owner, Part, PartFiles, PlanBatch, PlanCursor, Planned, Slice, StorePolicy,
};
use construe_store::Store;
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

pub const TTL: Duration = Duration::from_secs(600);
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-east-1";
pub const KIND: JobKind = JobKind::PiiEntitiesDetection;

/// Declares the tests of a module for both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::harness::on_sqlite(|site| Box::pin(super::$name(site))).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::harness::on_postgres(|site| Box::pin(super::$name(site))).await;
            })+
        }
    };
}
pub(crate) use on_both;

pub struct Site {
    pub store: Store,
    place: Place,
}

enum Place {
    Sqlite {
        raw: SqlitePool,
        path: PathBuf,
        _folder: tempfile::TempDir,
    },
    Postgres {
        raw: PgPool,
        url: String,
    },
}

pub async fn on_sqlite<F>(test: F)
where
    F: for<'s> FnOnce(&'s Site) -> BoxFuture<'s, ()>,
{
    let site = Site::on_sqlite().await;
    site.store.migrate().await.expect("migrate");
    test(&site).await;
    site.check_invariants().await;
}

pub async fn on_postgres<F>(test: F)
where
    F: for<'s> FnOnce(&'s Site) -> BoxFuture<'s, ()>,
{
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let admin_url = std::env::var("CONSTRUE_TEST_POSTGRES_URL")
        .expect("CONSTRUE_TEST_POSTGRES_URL is not set: run the tests with `make test`, which starts a Postgres");
    let name = format!(
        "store_{}_{}",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed)
    );
    let admin = PgPoolOptions::new()
        .max_connections(1)
        .connect(&admin_url)
        .await
        .expect("connect as superuser");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&admin)
        .await
        .expect("create database");
    let (server, _) = admin_url.rsplit_once('/').expect("a URL with a database");
    let url = format!("{server}/{name}");

    // The database goes even when the test fails.
    let outcome = AssertUnwindSafe(async {
        let site = Site::on_postgres(url).await;
        site.store.migrate().await.expect("migrate");
        test(&site).await;
        site.check_invariants().await;
    })
    .catch_unwind()
    .await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&admin)
        .await
        .expect("drop database");
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Site {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("construe.db");
        let store = Store::open_sqlite(&path, StorePolicy::default()).await.expect("open");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(Duration::from_secs(10));
        let raw = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .expect("connect");
        Self {
            store,
            place: Place::Sqlite {
                raw,
                path,
                _folder: folder,
            },
        }
    }

    async fn on_postgres(url: String) -> Self {
        let store = Store::connect_postgres(&url, 16, StorePolicy::default())
            .await
            .expect("connect");
        let raw = PgPoolOptions::new()
            .max_connections(1)
            .connect(&url)
            .await
            .expect("connect");
        Self {
            store,
            place: Place::Postgres { raw, url },
        }
    }

    /// The same database under another policy: another process, as it were.
    pub async fn store_with(&self, policy: StorePolicy) -> Store {
        match &self.place {
            Place::Sqlite { path, .. } => Store::open_sqlite(path, policy).await,
            Place::Postgres { url, .. } => Store::connect_postgres(url, 8, policy).await,
        }
        .expect("connect")
    }

    /// Runs a statement of the test's own.
    pub async fn sql(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match &self.place {
            Place::Sqlite { raw, .. } => sqlx::query(sql).execute(raw).await?.rows_affected(),
            Place::Postgres { raw, .. } => sqlx::query(sql).execute(raw).await?.rows_affected(),
        })
    }

    /// A number from the database.
    pub async fn number(&self, sql: &str) -> i64 {
        let query = AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::Sqlite { raw, .. } => sqlx::query_scalar(query).fetch_one(raw).await,
            Place::Postgres { raw, .. } => sqlx::query_scalar(query).fetch_one(raw).await,
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Lets leases run out, as the passing of time would.
    pub async fn expire_leases(&self) {
        self.sql("UPDATE shards SET lease_expires = 1 WHERE lease_expires IS NOT NULL")
            .await
            .expect("shards");
        self.sql("UPDATE jobs SET lease_expires = 1 WHERE lease_expires IS NOT NULL")
            .await
            .expect("jobs");
    }

    /// Lets the time come at which waiting work is rung for again.
    pub async fn make_overdue(&self) {
        self.sql("UPDATE shards SET ring_at = 1 WHERE ring_at IS NOT NULL")
            .await
            .expect("shards");
        self.sql("UPDATE jobs SET ring_at = 1 WHERE ring_at IS NOT NULL")
            .await
            .expect("jobs");
    }

    pub async fn rings(&self, work: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM outbox WHERE work = '{work}'"))
            .await
    }

    /// What must hold whatever happened.
    pub async fn check_invariants(&self) {
        for (what, offenders) in [
            (
                "the count of open items is exact",
                "SELECT count(*) FROM jobs WHERE end_time IS NULL AND open_items <> CASE WHEN planned THEN 0 ELSE 1 END \
                 + (SELECT count(*) FROM shards WHERE job_id = jobs.id AND shards.state IN ('pending', 'leased'))",
            ),
            (
                "an ended job has no unfinished shards and no messages",
                "SELECT count(*) FROM jobs WHERE end_time IS NOT NULL AND ( \
                 EXISTS (SELECT 1 FROM shards WHERE job_id = jobs.id AND shards.state IN ('pending', 'leased')) \
                 OR EXISTS (SELECT 1 FROM outbox WHERE job_id = jobs.id))",
            ),
            (
                "a stopping job has no waiting shards",
                "SELECT count(*) FROM jobs JOIN shards ON job_id = jobs.id \
                 WHERE jobs.state = 'STOP_REQUESTED' AND shards.state = 'pending'",
            ),
            (
                "someone will plan or finalise a job that waits for it",
                "SELECT count(*) FROM jobs WHERE end_time IS NULL AND (planned = FALSE OR open_items = 0) \
                 AND ring_at IS NULL AND lease_expires IS NULL",
            ),
            (
                "a job with waiting shards has one in the window",
                "SELECT count(*) FROM jobs WHERE state = 'IN_PROGRESS' \
                 AND EXISTS (SELECT 1 FROM shards WHERE job_id = jobs.id AND shards.state = 'pending') \
                 AND NOT EXISTS (SELECT 1 FROM shards WHERE job_id = jobs.id \
                     AND (shards.ring_at IS NOT NULL OR shards.lease_expires IS NOT NULL))",
            ),
            (
                "the job's counts are those of its committed shards",
                "SELECT count(*) FROM jobs WHERE cleaned = FALSE AND (shards_done, documents, bytes_done) <> ( \
                 SELECT count(*), coalesce(sum(shards.documents), 0), coalesce(sum(shards.input_bytes), 0) \
                 FROM shards WHERE job_id = jobs.id AND shards.state = 'done')",
            ),
            (
                "the plan's counts are those of its shards",
                "SELECT count(*) FROM jobs WHERE cleaned = FALSE AND (shards, bytes) <> ( \
                 SELECT count(*), coalesce(sum(shards.bytes), 0) FROM shards WHERE job_id = jobs.id)",
            ),
        ] {
            assert_eq!(self.number(offenders).await, 0, "{what}");
        }
    }
}

pub fn owner() -> Owner {
    Owner {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        kind: KIND,
    }
}

pub fn new_job() -> NewJob {
    let id = JobId::new();
    NewJob {
        id,
        arn: arn(id),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        kind: KIND,
        name: None,
        request: serde_json::json!({"JobName": "n", "Nested": {"List": [1, 2.5, null, "ü"]}}),
        spec: JobSpec {
            input: Location::new("in", "docs/"),
            format: InputFormat::OneDocPerLine,
            output: Location::new("out", "results/"),
            layout: OutputLayout::PerObject,
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/reader"),
            document_limit: 100_000,
            kms_key_id: None,
            analysis: serde_json::json!({"mode": "ONLY_OFFSETS"}),
        },
        model: None,
        token: None,
        tags: Vec::new(),
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}

pub fn arn(id: JobId) -> String {
    format!("arn:aws:comprehend:{REGION}:{ACCOUNT}:pii-entities-detection-job/{id}")
}

/// A batch of `count` shards of 100 bytes from `first` on.
pub fn batch(first: u64, count: u64, last: bool) -> PlanBatch {
    PlanBatch {
        shards: (first..first + count)
            .map(|ordinal| NewShard {
                ordinal,
                slices: vec![Slice {
                    key: format!("docs/{ordinal}.txt"),
                    etag: "\"e\"".to_owned(),
                    start: 0,
                    end: 100,
                    first_line: 0,
                }],
            })
            .collect(),
        cursor: PlanCursor {
            next_ordinal: first + count,
            after: (first + count > 0).then(|| format!("docs/{}.txt", first + count - 1)),
            within: None,
        },
        objects: count,
        last,
    }
}

pub fn part(attempt: u32) -> Part {
    Part {
        key: format!("parts/{attempt}"),
        digest: "d".repeat(64),
        size: 25,
        lengths: vec![40],
        documents: 3,
        documents_failed: 1,
        input_bytes: 100,
        cut: false,
        files: PartFiles::default(),
    }
}

pub async fn create(store: &Store) -> JobId {
    store.create(new_job()).await.expect("create").job.id
}

pub async fn lease_plan(store: &Store, id: JobId) -> LeaseToken {
    let leased = store.lease_job(id, JobWork::Plan, "planner", TTL).await.expect("lease");
    leased.expect("the plan is free").lease.token
}

pub async fn lease_finalize(store: &Store, id: JobId) -> LeaseToken {
    let leased = store
        .lease_job(id, JobWork::Finalize, "finaliser", TTL)
        .await
        .expect("lease");
    leased.expect("the job is ready to be finalised").lease.token
}

/// A job with `shards` shards, all planned.
pub async fn planned(store: &Store, shards: u64) -> JobId {
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    let planned = store
        .extend_plan(id, token, batch(0, shards, true))
        .await
        .expect("plan");
    assert_eq!(planned, Planned::Continue);
    id
}

pub async fn lease_shard(store: &Store, id: JobId, ordinal: u64) -> LeasedShard {
    let leased = store.lease_shard(id, ordinal, "worker", TTL).await.expect("lease");
    leased.expect("the shard is free")
}
