//! Buckets.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::content::ContentId;
use super::{Bucket, Storage, StorageError, from_micros, now_micros};

pub(super) async fn load(index: &SqlitePool) -> Result<HashMap<String, Arc<Bucket>>, StorageError> {
    let rows = sqlx::query("SELECT id, name, owner, location, created FROM buckets")
        .fetch_all(index)
        .await?;
    rows.iter()
        .map(|row| {
            let bucket = bucket(row)?;
            Ok((bucket.name.clone(), Arc::new(bucket)))
        })
        .collect()
}

fn bucket(row: &SqliteRow) -> Result<Bucket, StorageError> {
    Ok(Bucket {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        owner: row.try_get("owner")?,
        location: row.try_get("location")?,
        created: from_micros(row.try_get("created")?)?,
    })
}

impl Storage {
    /// The bucket of this name.
    pub fn bucket(&self, name: &str) -> Result<Arc<Bucket>, StorageError> {
        let buckets = self.inner.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).cloned().ok_or(StorageError::NoSuchBucket)
    }

    /// The buckets of one account, by name.
    pub fn buckets(&self, owner: &str) -> Vec<Arc<Bucket>> {
        let buckets = self.inner.buckets.read().unwrap_or_else(PoisonError::into_inner);
        let mut owned: Vec<_> = buckets
            .values()
            .filter(|bucket| bucket.owner == owner)
            .cloned()
            .collect();
        owned.sort_by(|a, b| a.name.cmp(&b.name));
        owned
    }

    /// Makes a bucket. Whether `name` is well formed is the caller's concern.
    pub async fn create_bucket(
        &self,
        name: &str,
        owner: &str,
        location: Option<&str>,
    ) -> Result<Arc<Bucket>, StorageError> {
        let storage = self.clone();
        let (name, owner, location) = (name.to_owned(), owner.to_owned(), location.map(str::to_owned));
        self.detached(async move {
            let mut index = storage.begin().await?;
            let taken: Option<String> = sqlx::query_scalar("SELECT owner FROM buckets WHERE name = ?1")
                .bind(&name)
                .fetch_optional(&mut *index)
                .await?;
            match taken {
                Some(other) if other != owner => return Err(StorageError::BucketTaken),
                Some(_) => return Err(StorageError::BucketAlreadyOwned),
                None => {}
            }
            let row = sqlx::query(
                "INSERT INTO buckets (name, owner, location, created) VALUES (?1, ?2, ?3, ?4)
                 RETURNING id, name, owner, location, created",
            )
            .bind(&name)
            .bind(&owner)
            .bind(&location)
            .bind(now_micros())
            .fetch_one(&mut *index)
            .await?;
            let bucket = Arc::new(bucket(&row)?);
            index.commit().await?;
            storage.with_buckets(|buckets| buckets.insert(name, bucket.clone()));
            Ok(bucket)
        })
        .await
    }

    /// Removes an empty bucket, along with uploads under way in it.
    pub async fn delete_bucket(&self, bucket: &Bucket) -> Result<(), StorageError> {
        let storage = self.clone();
        let bucket = bucket.clone();
        self.detached(async move {
            let mut index = storage.begin().await?;
            let used: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1)")
                .bind(bucket.id)
                .fetch_one(&mut *index)
                .await?;
            if used {
                return Err(StorageError::BucketNotEmpty);
            }
            let uploads: Vec<String> = sqlx::query_scalar("SELECT id FROM uploads WHERE bucket = ?1")
                .bind(bucket.id)
                .fetch_all(&mut *index)
                .await?;
            let mut dropped: Vec<ContentId> = Vec::new();
            for upload in uploads {
                dropped.extend(super::multipart::remove_upload(&mut index, &upload).await?);
            }
            let removed = sqlx::query("DELETE FROM buckets WHERE id = ?1")
                .bind(bucket.id)
                .execute(&mut *index)
                .await?;
            if removed.rows_affected() == 0 {
                return Err(StorageError::NoSuchBucket);
            }
            index.commit().await?;
            storage.with_buckets(|buckets| {
                if buckets.get(&bucket.name).is_some_and(|known| known.id == bucket.id) {
                    buckets.remove(&bucket.name);
                }
            });
            storage.contents().unlink(dropped);
            Ok(())
        })
        .await
    }
}
