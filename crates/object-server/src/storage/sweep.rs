//! Clearing up what crashes and vanished clients leave behind.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Inner, Storage, StorageError, now_micros};

/// Files younger than this are left alone by the sweeps of a running server, as a second line of
/// defence behind the register of drafts. The sweep at the start knows that all of them are old.
const SETTLED: Duration = Duration::from_secs(3600);

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Content files that nothing referred to.
    pub orphans: usize,
    /// Multipart uploads nobody went on with.
    pub uploads: usize,
}

/// Sweeps now and then at intervals, for as long as the storage is in use.
pub(super) fn spawn(storage: &Storage) {
    let every = storage.inner.options.sweep_every.max(Duration::from_secs(1));
    let inner: Weak<Inner> = Arc::downgrade(&storage.inner);
    let task = tokio::spawn(async move {
        let mut age = Duration::ZERO;
        loop {
            let Some(inner) = inner.upgrade() else { return };
            match (Storage { inner }).sweep(age).await {
                Ok(Swept { orphans: 0, uploads: 0 }) => {}
                Ok(swept) => tracing::info!(swept.orphans, swept.uploads, "removed leftovers"),
                Err(StorageError::Closed) => return,
                Err(error) => tracing::warn!(error = %error, "could not look for leftovers"),
            }
            age = SETTLED;
            tokio::time::sleep(every).await;
        }
    });
    // The cell is fresh: `open` calls this once.
    let _ = storage.inner.sweeper.set(task.abort_handle());
}

impl Storage {
    /// Removes content files at least `age` old that nothing refers to, and abandoned uploads.
    pub async fn sweep(&self, age: Duration) -> Result<Swept, StorageError> {
        let patience = self
            .inner
            .options
            .abandon_uploads_after
            .as_micros()
            .min(i64::MAX as u128) as i64;
        let mut swept = Swept {
            orphans: 0,
            uploads: self
                .remove_uploads_before(now_micros().saturating_sub(patience))
                .await?,
        };
        for shard in 0..=u8::MAX {
            let contents = self.contents().clone();
            // The order matters: list the files, then leave out drafts, then ask the index. A file
            // committed meanwhile ceases to be a draft only after the index refers to it.
            let mut orphans = tokio::task::spawn_blocking(move || contents.candidates(shard, age))
                .await
                .map_err(|_| StorageError::Closed)??;
            if orphans.is_empty() {
                continue;
            }
            let known: Vec<Vec<u8>> =
                sqlx::query_scalar("SELECT id FROM contents WHERE id >= ?1 AND (?2 IS NULL OR id < ?2)")
                    .bind([shard].as_slice())
                    .bind(shard.checked_add(1).map(|next| vec![next]))
                    .fetch_all(self.reader())
                    .await?;
            let known: HashSet<_> = super::content_ids(known)?.into_iter().collect();
            orphans.retain(|id| !known.contains(id));
            swept.orphans += orphans.len();
            self.contents().unlink(orphans);
        }
        Ok(swept)
    }
}
