//! Objects on a folder: an index in SQLite says what exists, content files hold the bytes.
//!
//! Every change of what is visible is one transaction of the index, so readers see an object wholly
//! as it was or wholly as it is, and conditional writes are decided where they take effect. Bytes are
//! on the disk before the transaction that refers to them commits. One connection writes: SQLite has
//! one writer anyway, and waiting in our own queue beats its busy loop.
//!
//! Who may do what is not decided here: callers resolve a [`Bucket`], look at its owner, and pass it.

mod bucket;
mod content;
mod list;
mod model;
mod multipart;
mod object;
mod sweep;

pub use content::{ContentStream, ContentWriter, Digest, Draft};
pub use model::*;
pub use multipart::UploadQuery;
pub use object::OpenObject;
pub use sweep::Swept;

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use time::OffsetDateTime;
use tokio::task::AbortHandle;

use content::{ContentId, Contents};

/// Connections for reading the index.
const READERS: u32 = 4;
/// Pages that a reading connection keeps: KiB, with the sign that SQLite asks for then. Objects are mostly looked up in
/// the order of their keys, and the kernel keeps the file.
const READER_CACHE: &str = "-512";
/// How long a change waits for its turn to write: a queue behind a slow disk is no error.
const WRITE_TURN: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub struct StorageOptions {
    /// Flush content and index to the disk before a write is acknowledged. Only tests, which no power
    /// failure concerns, may go without.
    pub sync: bool,
    /// Multipart uploads without a word for so long are removed.
    pub abandon_uploads_after: Duration,
    /// How often leftovers are looked for.
    pub sweep_every: Duration,
}

impl Default for StorageOptions {
    fn default() -> Self {
        Self {
            sync: true,
            abandon_uploads_after: Duration::from_secs(7 * 24 * 3600),
            sweep_every: Duration::from_secs(3600),
        }
    }
}

/// A handle, cheap to clone, to the objects under one folder.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    /// Held for as long as the folder is in use.
    _lock: File,
    contents: Arc<Contents>,
    write: SqlitePool,
    read: SqlitePool,
    /// All of them: few, and looked up with every request. Changed only along with the index.
    buckets: RwLock<HashMap<String, Arc<Bucket>>>,
    options: StorageOptions,
    sweeper: std::sync::OnceLock<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(sweeper) = self.sweeper.get() {
            sweeper.abort();
        }
    }
}

impl Storage {
    /// Opens the folder `dir`, creating it if need be, brings the index up to date, and begins to
    /// look for leftovers of a crash in the background.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when another process (or another `Storage` of this one) uses it.
    pub async fn open(dir: impl Into<PathBuf>, options: StorageOptions) -> Result<Self, StorageError> {
        let dir = dir.into();
        let sync = options.sync;
        let folder = dir.clone();
        let (lock, contents) = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(StorageError::Locked),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            Ok((lock, Contents::open(folder.join("content"), sync)?))
        })
        .await
        .map_err(|_| StorageError::Closed)??;

        let connect = SqliteConnectOptions::new()
            .filename(dir.join("index.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if sync {
                SqliteSynchronous::Full
            } else {
                SqliteSynchronous::Off
            })
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30))
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WRITE_TURN)
            .connect_with(connect.clone())
            .await?;
        sqlx::migrate!("./migrations")
            .run(&write)
            .await
            .map_err(StorageError::Migration)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(connect.read_only(true).pragma("cache_size", READER_CACHE))
            .await?;

        let storage = Self {
            inner: Arc::new(Inner {
                _lock: lock,
                contents,
                buckets: RwLock::new(bucket::load(&read).await?),
                write,
                read,
                options,
                sweeper: std::sync::OnceLock::new(),
            }),
        };
        sweep::spawn(&storage);
        Ok(storage)
    }

    /// Ends all work and releases the folder once every clone is dropped.
    pub async fn close(&self) {
        if let Some(sweeper) = self.inner.sweeper.get() {
            sweeper.abort();
        }
        self.inner.write.close().await;
        self.inner.read.close().await;
    }

    /// Begins a content file for [`Storage::put`] or [`Storage::put_part`].
    pub fn writer<D: Digest>(&self, digest: D) -> ContentWriter<D> {
        self.inner.contents.writer(digest)
    }

    fn contents(&self) -> &Arc<Contents> {
        &self.inner.contents
    }

    fn reader(&self) -> &SqlitePool {
        &self.inner.read
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StorageError> {
        Ok(self.inner.write.begin().await?)
    }

    /// Runs a change to its end even if the caller goes away: a commit whose outcome nobody awaits
    /// must still decide what becomes of its files.
    async fn detached<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, StorageError>> + Send + 'static,
    ) -> Result<T, StorageError> {
        tokio::spawn(change).await.unwrap_or(Err(StorageError::Closed))
    }

    fn with_buckets<T>(&self, change: impl FnOnce(&mut HashMap<String, Arc<Bucket>>) -> T) -> T {
        change(&mut self.inner.buckets.write().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn check_key(key: &str) -> Result<(), StorageError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        Err(StorageError::InvalidKey)
    } else {
        Ok(())
    }
}

fn key_of(bytes: Vec<u8>) -> Result<String, StorageError> {
    String::from_utf8(bytes).map_err(|_| StorageError::CorruptIndex)
}

fn unsigned(value: i64) -> Result<u64, StorageError> {
    u64::try_from(value).map_err(|_| StorageError::CorruptIndex)
}

/// SQLite's integers are signed; no size comes near their end.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn now_micros() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000) as i64
}

fn from_micros(micros: i64) -> Result<OffsetDateTime, StorageError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).map_err(|_| StorageError::CorruptIndex)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::CorruptIndex)
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::CorruptIndex)
}

/// Records which file holds the bytes of an object or a part. A draft of no bytes has no file.
async fn insert_content(
    index: &mut SqliteConnection,
    object: Option<i64>,
    part: Option<i64>,
    start: u64,
    draft: &Draft,
) -> Result<(), StorageError> {
    if draft.length() == 0 {
        return Ok(());
    }
    sqlx::query("INSERT INTO contents (id, object, part, start, length) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(draft.id().as_bytes().to_vec())
        .bind(object)
        .bind(part)
        .bind(signed(start))
        .bind(signed(draft.length()))
        .execute(index)
        .await?;
    Ok(())
}

fn content_ids(rows: Vec<Vec<u8>>) -> Result<Vec<ContentId>, StorageError> {
    rows.iter()
        .map(|id| ContentId::from_slice(id).ok_or(StorageError::CorruptIndex))
        .collect()
}
