//! Objects: write, read, copy, remove.

use std::collections::VecDeque;
use std::ops::Range;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::content::{Committing, ContentId, Extent, ReadPin};
use super::{
    Attributes, Bucket, ContentStream, Draft, ObjectInfo, Precondition, Storage, StorageError, check_key, content_ids,
    from_json, from_micros, insert_content, key_of, now_micros, signed, to_json, unsigned,
};

/// How often a read looks the object up again because it was overwritten while being opened.
const OPEN_ATTEMPTS: usize = 32;

/// An object and the bytes of it that were asked for.
pub struct OpenObject {
    pub info: ObjectInfo,
    pub range: Range<u64>,
    pub stream: ContentStream,
}

/// Content of a version that the index no longer has.
type Dropped = Vec<(i64, ContentId)>;

pub(super) fn object_info(row: &SqliteRow) -> Result<ObjectInfo, StorageError> {
    Ok(ObjectInfo {
        id: row.try_get("id")?,
        key: key_of(row.try_get("key")?)?,
        size: unsigned(row.try_get("size")?)?,
        etag: row.try_get("etag")?,
        modified: from_micros(row.try_get("modified")?)?,
        attributes: from_json(row.try_get("attributes")?)?,
    })
}

/// Removes what is stored at the key, if the precondition holds; gives back its content.
pub(super) async fn clear(
    index: &mut SqliteConnection,
    bucket: i64,
    key: &str,
    precondition: &Precondition,
) -> Result<Dropped, StorageError> {
    let stored: Option<(i64, String)> = sqlx::query_as("SELECT id, etag FROM objects WHERE bucket = ?1 AND key = ?2")
        .bind(bucket)
        .bind(key.as_bytes())
        .fetch_optional(&mut *index)
        .await?;
    precondition.check(stored.as_ref().map(|(_, etag)| etag.as_str()))?;
    let Some((version, _)) = stored else {
        return Ok(Vec::new());
    };
    let contents: Vec<Vec<u8>> = sqlx::query_scalar("DELETE FROM contents WHERE object = ?1 RETURNING id")
        .bind(version)
        .fetch_all(&mut *index)
        .await?;
    sqlx::query("DELETE FROM objects WHERE id = ?1")
        .bind(version)
        .execute(index)
        .await?;
    Ok(content_ids(contents)?.into_iter().map(|id| (version, id)).collect())
}

pub(super) async fn insert(
    index: &mut SqliteConnection,
    bucket: i64,
    key: &str,
    size: u64,
    etag: &str,
    attributes: &Attributes,
) -> Result<ObjectInfo, StorageError> {
    let row = sqlx::query(
        "INSERT INTO objects (bucket, key, size, etag, modified, attributes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         RETURNING id, key, size, etag, modified, attributes",
    )
    .bind(bucket)
    .bind(key.as_bytes())
    .bind(signed(size))
    .bind(etag)
    .bind(now_micros())
    .bind(to_json(attributes)?)
    .fetch_one(index)
    .await?;
    object_info(&row)
}

impl Storage {
    /// Stores what was written as the object at `key`, replacing what is there. `content` is the
    /// object's bytes in order; usually it is one draft.
    pub async fn put(
        &self,
        bucket: &Bucket,
        key: &str,
        content: Vec<Draft>,
        etag: String,
        attributes: Attributes,
        precondition: Precondition,
    ) -> Result<ObjectInfo, StorageError> {
        check_key(key)?;
        let storage = self.clone();
        let (bucket, key) = (bucket.id, key.to_owned());
        self.detached(async move {
            let mut index = storage.begin().await?;
            let dropped = clear(&mut index, bucket, &key, &precondition).await?;
            let size = content.iter().map(Draft::length).sum();
            let info = insert(&mut index, bucket, &key, size, &etag, &attributes).await?;
            let mut start = 0;
            for draft in &content {
                insert_content(&mut index, Some(info.id), None, start, draft).await?;
                start += draft.length();
            }
            let committing: Vec<Committing> = content.into_iter().map(Draft::keep).collect();
            index.commit().await?;
            drop(committing);
            storage.contents().retire(dropped).await;
            Ok(info)
        })
        .await
    }

    /// What is stored at `key`.
    pub async fn head(&self, bucket: &Bucket, key: &str) -> Result<ObjectInfo, StorageError> {
        let row =
            sqlx::query("SELECT id, key, size, etag, modified, attributes FROM objects WHERE bucket = ?1 AND key = ?2")
                .bind(bucket.id)
                .bind(key.as_bytes())
                .fetch_optional(self.reader())
                .await?;
        match row {
            Some(row) => object_info(&row),
            // A bucket that was removed had no objects: tell the two apart.
            None if self.bucket(&bucket.name).is_ok_and(|known| known.id == bucket.id) => Err(StorageError::NoSuchKey),
            None => Err(StorageError::NoSuchBucket),
        }
    }

    /// Opens the bytes that `choose` picks after seeing the object; what it refuses is passed on.
    /// The stream goes on with the version that was opened whatever happens to the key meanwhile.
    pub async fn open_object<E: From<StorageError>>(
        &self,
        bucket: &Bucket,
        key: &str,
        choose: impl Fn(&ObjectInfo) -> Result<Range<u64>, E>,
    ) -> Result<OpenObject, E> {
        for _ in 0..OPEN_ATTEMPTS {
            let (info, pin) = self.look_up(bucket, key).await?;
            let range = choose(&info)?;
            if let Some(extents) = self.extents(info.id, &range).await? {
                let stream = ContentStream::new(self.contents().clone(), extents, pin);
                return Ok(OpenObject { info, range, stream });
            }
        }
        Err(StorageError::NoSuchKey.into())
    }

    async fn look_up(&self, bucket: &Bucket, key: &str) -> Result<(ObjectInfo, ReadPin), StorageError> {
        let guard = self.contents().lookup().await;
        let info = self.head(bucket, key).await?;
        let pin = self.contents().pin(info.id, &guard);
        Ok((info, pin))
    }

    /// The pieces of files that make up `range`; `None` when the version is gone from the index.
    async fn extents(&self, version: i64, range: &Range<u64>) -> Result<Option<VecDeque<Extent>>, StorageError> {
        if range.is_empty() {
            return Ok(Some(VecDeque::new()));
        }
        let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
            "SELECT id, start, length FROM contents
             WHERE object = ?1 AND start < ?3
               AND start >= (SELECT MAX(start) FROM contents WHERE object = ?1 AND start <= ?2)
             ORDER BY start",
        )
        .bind(version)
        .bind(signed(range.start))
        .bind(signed(range.end))
        .fetch_all(self.reader())
        .await?;
        let mut extents = VecDeque::with_capacity(rows.len());
        for (id, start, length) in rows {
            let content = ContentId::from_slice(&id).ok_or(StorageError::CorruptIndex)?;
            let (start, end) = (unsigned(start)?, unsigned(start)? + unsigned(length)?);
            let from = range.start.max(start);
            let to = range.end.min(end);
            extents.push_back(Extent {
                content,
                offset: from - start,
                length: to.saturating_sub(from),
            });
        }
        let covered: u64 = extents.iter().map(|extent| extent.length).sum();
        Ok((covered == range.end - range.start).then_some(extents))
    }

    /// Removes the object at `key`. Without a precondition, removing nothing is a success.
    pub async fn delete(&self, bucket: &Bucket, key: &str, precondition: Precondition) -> Result<(), StorageError> {
        let storage = self.clone();
        let (bucket, key) = (bucket.id, key.to_owned());
        self.detached(async move {
            let mut index = storage.begin().await?;
            let dropped = clear(&mut index, bucket, &key, &precondition).await?;
            index.commit().await?;
            storage.contents().retire(dropped).await;
            Ok(())
        })
        .await
    }

    /// Removes all of `keys` that exist, in one transaction.
    pub async fn delete_many(&self, bucket: &Bucket, keys: Vec<String>) -> Result<(), StorageError> {
        let storage = self.clone();
        let bucket = bucket.id;
        self.detached(async move {
            let mut index = storage.begin().await?;
            let mut dropped = Vec::new();
            for key in &keys {
                dropped.extend(clear(&mut index, bucket, key, &Precondition::None).await?);
            }
            index.commit().await?;
            storage.contents().retire(dropped).await;
            Ok(())
        })
        .await
    }

    /// Makes content of its own for some bytes of another object: further names for whole files, so
    /// that a copy takes no space, and real copies of pieces of files.
    pub async fn clone_content<E: From<StorageError>>(
        &self,
        bucket: &Bucket,
        key: &str,
        choose: impl Fn(&ObjectInfo) -> Result<Range<u64>, E>,
    ) -> Result<(ObjectInfo, Vec<Draft>), E> {
        let source = self.open_object(bucket, key, choose).await?;
        let whole = source.range == (0..source.info.size);
        if !whole {
            let draft = self.rewrite(source.stream).await?;
            return Ok((source.info, vec![draft]));
        }
        let Some(extents) = self.extents(source.info.id, &source.range).await? else {
            // Replaced just now: the opened stream still has the bytes.
            let draft = self.rewrite(source.stream).await?;
            return Ok((source.info, vec![draft]));
        };
        let contents = self.contents().clone();
        let drafts = tokio::task::spawn_blocking(move || {
            extents
                .iter()
                .map(|extent| contents.link(extent.content, extent.length))
                .collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|_| StorageError::Closed)?
        .map_err(StorageError::from)?;
        drop(source.stream);
        Ok((source.info, drafts))
    }

    async fn rewrite(&self, mut stream: ContentStream) -> Result<Draft, StorageError> {
        use futures::StreamExt as _;
        let mut writer = self.writer(());
        while let Some(chunk) = stream.next().await {
            writer.write(chunk?).await?;
        }
        Ok(writer.finish().await?.0)
    }
}
