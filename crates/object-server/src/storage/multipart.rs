//! Multipart uploads. Completing one hands the content of its parts over to the object: nothing is
//! copied, and the whole step is one transaction.

use std::collections::BTreeMap;

use md5::Digest as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use crate::checksum::{Checksum, ChecksumPlan};

use super::content::{Committing, ContentId};
use super::list::common_prefix;
use super::{
    Attributes, Bucket, Completion, Draft, MAX_PAGE, MAX_PART_NUMBER, MIN_PART_BYTES, NamedPart, ObjectInfo, Part,
    PartPage, Storage, StorageError, Upload, UploadPage, check_key, content_ids, from_json, from_micros,
    insert_content, key_of, now_micros, object, signed, to_json, unsigned,
};

/// Which uploads a listing is asked for.
#[derive(Debug, Clone, Default)]
pub struct UploadQuery {
    pub prefix: String,
    pub delimiter: String,
    /// Only uploads of keys after this, or of this key with an id after `after_upload`.
    pub after_key: Option<String>,
    pub after_upload: Option<String>,
    /// Most entries; capped at [`MAX_PAGE`].
    pub limit: usize,
}

fn upload(row: &SqliteRow) -> Result<Upload, StorageError> {
    let checksum: Option<String> = row.try_get("checksum")?;
    Ok(Upload {
        id: row.try_get("id")?,
        key: key_of(row.try_get("key")?)?,
        created: from_micros(row.try_get("created")?)?,
        checksum: checksum.as_deref().map(from_json).transpose()?,
    })
}

struct StoredPart {
    id: i64,
    part: Part,
}

fn stored_part(row: &SqliteRow) -> Result<StoredPart, StorageError> {
    let checksum: Option<String> = row.try_get("checksum")?;
    let part = Part {
        number: row
            .try_get::<i64, _>("number")?
            .try_into()
            .map_err(|_| StorageError::CorruptIndex)?,
        size: unsigned(row.try_get("size")?)?,
        etag: row.try_get("etag")?,
        modified: from_micros(row.try_get("modified")?)?,
        checksum: checksum.as_deref().map(from_json).transpose()?,
    };
    Ok(StoredPart {
        id: row.try_get("id")?,
        part,
    })
}

/// The upload of this id, if it is of this key.
async fn find(
    index: impl sqlx::SqliteExecutor<'_>,
    bucket: i64,
    key: &str,
    id: &str,
) -> Result<(Upload, Attributes), StorageError> {
    let row = sqlx::query(
        "SELECT id, key, created, attributes, checksum FROM uploads WHERE id = ?1 AND bucket = ?2 AND key = ?3",
    )
    .bind(id)
    .bind(bucket)
    .bind(key.as_bytes())
    .fetch_optional(index)
    .await?
    .ok_or(StorageError::NoSuchUpload)?;
    Ok((upload(&row)?, from_json(row.try_get("attributes")?)?))
}

/// Removes one part; gives back its content.
async fn remove_part(index: &mut SqliteConnection, part: i64) -> Result<Vec<ContentId>, StorageError> {
    let contents: Vec<Vec<u8>> = sqlx::query_scalar("DELETE FROM contents WHERE part = ?1 RETURNING id")
        .bind(part)
        .fetch_all(&mut *index)
        .await?;
    sqlx::query("DELETE FROM parts WHERE id = ?1")
        .bind(part)
        .execute(index)
        .await?;
    content_ids(contents)
}

/// Removes an upload and its parts; gives back their content.
pub(super) async fn remove_upload(index: &mut SqliteConnection, upload: &str) -> Result<Vec<ContentId>, StorageError> {
    let contents: Vec<Vec<u8>> =
        sqlx::query_scalar("DELETE FROM contents WHERE part IN (SELECT id FROM parts WHERE upload = ?1) RETURNING id")
            .bind(upload)
            .fetch_all(&mut *index)
            .await?;
    sqlx::query("DELETE FROM parts WHERE upload = ?1")
        .bind(upload)
        .execute(&mut *index)
        .await?;
    sqlx::query("DELETE FROM uploads WHERE id = ?1")
        .bind(upload)
        .execute(index)
        .await?;
    content_ids(contents)
}

/// Matches the parts that the caller names with those stored, in the caller's (ascending) order.
fn choose(named: &[NamedPart], mut stored: BTreeMap<u32, StoredPart>) -> Result<Vec<StoredPart>, StorageError> {
    if named.is_empty() {
        return Err(StorageError::NoParts);
    }
    if !named.is_sorted_by(|a, b| a.number < b.number) {
        return Err(StorageError::InvalidPartOrder);
    }
    let mut chosen = Vec::with_capacity(named.len());
    for name in named {
        let found = stored.remove(&name.number).ok_or(StorageError::InvalidPart)?;
        let same_checksum = match (&name.checksum, &found.part.checksum) {
            (None, _) => true,
            (Some(named), Some(stored)) => named.algorithm == stored.algorithm && named.value == stored.value,
            (Some(_), None) => false,
        };
        if found.part.etag != name.etag || !same_checksum {
            return Err(StorageError::InvalidPart);
        }
        chosen.push(found);
    }
    let but_last = &chosen[..chosen.len() - 1];
    if but_last.iter().any(|found| found.part.size < MIN_PART_BYTES) {
        return Err(StorageError::PartTooSmall);
    }
    Ok(chosen)
}

/// `md5-of-md5s-N`, as S3 makes it.
fn multipart_etag(parts: &[StoredPart]) -> String {
    let mut hasher = md5::Md5::new();
    for found in parts {
        match hex::decode(&found.part.etag) {
            Ok(raw) => hasher.update(raw),
            Err(_) => hasher.update(found.part.etag.as_bytes()),
        }
    }
    format!("{}-{}", hex::encode(hasher.finalize()), parts.len())
}

impl Storage {
    /// Begins an upload.
    pub async fn create_upload(
        &self,
        bucket: &Bucket,
        key: &str,
        attributes: Attributes,
        checksum: Option<ChecksumPlan>,
    ) -> Result<Upload, StorageError> {
        check_key(key)?;
        // Ids sort by age, which orders the listing of uploads of one key.
        let id = Uuid::now_v7().simple().to_string();
        let row = sqlx::query(
            "INSERT INTO uploads (id, bucket, key, created, attributes, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             RETURNING id, key, created, checksum",
        )
        .bind(id)
        .bind(bucket.id)
        .bind(key.as_bytes())
        .bind(now_micros())
        .bind(to_json(&attributes)?)
        .bind(checksum.as_ref().map(to_json).transpose()?)
        .fetch_one(&self.inner.write)
        .await?;
        upload(&row)
    }

    /// The upload of this id; an error if it is of another key.
    pub async fn upload(&self, bucket: &Bucket, key: &str, id: &str) -> Result<Upload, StorageError> {
        Ok(find(self.reader(), bucket.id, key, id).await?.0)
    }

    /// Stores a part, replacing one of the same number.
    #[expect(clippy::too_many_arguments, reason = "the address of a part alone has four")]
    pub async fn put_part(
        &self,
        bucket: &Bucket,
        key: &str,
        upload: &str,
        number: u32,
        content: Vec<Draft>,
        etag: String,
        checksum: Option<Checksum>,
    ) -> Result<Part, StorageError> {
        if !(1..=MAX_PART_NUMBER).contains(&number) {
            return Err(StorageError::InvalidPartNumber);
        }
        let storage = self.clone();
        let (bucket, key, upload) = (bucket.id, key.to_owned(), upload.to_owned());
        self.detached(async move {
            let mut index = storage.begin().await?;
            find(&mut *index, bucket, &key, &upload).await?;
            let before: Option<i64> = sqlx::query_scalar("SELECT id FROM parts WHERE upload = ?1 AND number = ?2")
                .bind(&upload)
                .bind(number)
                .fetch_optional(&mut *index)
                .await?;
            let dropped = match before {
                Some(part) => remove_part(&mut index, part).await?,
                None => Vec::new(),
            };
            let size: u64 = content.iter().map(Draft::length).sum();
            let row = sqlx::query(
                "INSERT INTO parts (upload, number, size, etag, modified, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 RETURNING id, number, size, etag, modified, checksum",
            )
            .bind(&upload)
            .bind(number)
            .bind(signed(size))
            .bind(&etag)
            .bind(now_micros())
            .bind(checksum.as_ref().map(to_json).transpose()?)
            .fetch_one(&mut *index)
            .await?;
            let stored = stored_part(&row)?;
            let mut start = 0;
            for draft in &content {
                insert_content(&mut index, None, Some(stored.id), start, draft).await?;
                start += draft.length();
            }
            let committing: Vec<Committing> = content.into_iter().map(Draft::keep).collect();
            index.commit().await?;
            drop(committing);
            storage.contents().unlink(dropped);
            Ok(stored.part)
        })
        .await
    }

    /// Makes the object of the named parts; parts not named are dropped.
    pub async fn complete_upload(
        &self,
        bucket: &Bucket,
        key: &str,
        upload: &str,
        completion: Completion,
    ) -> Result<ObjectInfo, StorageError> {
        let storage = self.clone();
        let (bucket, key, upload) = (bucket.id, key.to_owned(), upload.to_owned());
        self.detached(async move {
            let mut index = storage.begin().await?;
            let (found, mut attributes) = find(&mut *index, bucket, &key, &upload).await?;
            let rows = sqlx::query("SELECT id, number, size, etag, modified, checksum FROM parts WHERE upload = ?1")
                .bind(&upload)
                .fetch_all(&mut *index)
                .await?;
            let mut stored = BTreeMap::new();
            for row in &rows {
                let part = stored_part(row)?;
                stored.insert(part.part.number, part);
            }
            let chosen = choose(&completion.parts, stored)?;

            let size: u64 = chosen.iter().map(|found| found.part.size).sum();
            let sums = chosen
                .iter()
                .map(|found| (found.part.checksum.as_ref(), found.part.size));
            attributes.checksum = found.checksum.and_then(|plan| plan.combine(sums));
            let same_size = completion.size.is_none_or(|expected| expected == size);
            let same_sum = completion.checksum.is_none_or(|expected| {
                attributes
                    .checksum
                    .as_ref()
                    .is_some_and(|sum| sum.algorithm == expected.algorithm && sum.value == expected.value)
            });
            if !same_size || !same_sum {
                return Err(StorageError::DigestMismatch);
            }

            let dropped = object::clear(&mut index, bucket, &key, &completion.precondition).await?;
            let etag = multipart_etag(&chosen);
            let info = object::insert(&mut index, bucket, &key, size, &etag, &attributes).await?;
            let mut start = 0;
            for found in &chosen {
                sqlx::query("UPDATE contents SET object = ?1, part = NULL, start = start + ?2 WHERE part = ?3")
                    .bind(info.id)
                    .bind(signed(start))
                    .bind(found.id)
                    .execute(&mut *index)
                    .await?;
                start += found.part.size;
            }
            let unused = remove_upload(&mut index, &upload).await?;
            index.commit().await?;
            storage.contents().retire(dropped).await;
            storage.contents().unlink(unused);
            Ok(info)
        })
        .await
    }

    /// Gives an upload up and removes its parts.
    pub async fn abort_upload(&self, bucket: &Bucket, key: &str, upload: &str) -> Result<(), StorageError> {
        let storage = self.clone();
        let (bucket, key, upload) = (bucket.id, key.to_owned(), upload.to_owned());
        self.detached(async move {
            let mut index = storage.begin().await?;
            find(&mut *index, bucket, &key, &upload).await?;
            let dropped = remove_upload(&mut index, &upload).await?;
            index.commit().await?;
            storage.contents().unlink(dropped);
            Ok(())
        })
        .await
    }

    /// Parts of an upload with numbers above `after`, at most `limit`.
    pub async fn list_parts(
        &self,
        bucket: &Bucket,
        key: &str,
        upload: &str,
        after: u32,
        limit: usize,
    ) -> Result<PartPage, StorageError> {
        let limit = limit.min(MAX_PAGE);
        let (upload, _) = find(self.reader(), bucket.id, key, upload).await?;
        let rows = sqlx::query(
            "SELECT id, number, size, etag, modified, checksum FROM parts
             WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        )
        .bind(&upload.id)
        .bind(after)
        .bind(limit as i64 + 1)
        .fetch_all(self.reader())
        .await?;
        let more = rows.len() > limit;
        let parts = rows
            .iter()
            .take(limit)
            .map(|row| Ok(stored_part(row)?.part))
            .collect::<Result<_, StorageError>>()?;
        Ok(PartPage { upload, parts, more })
    }

    /// Uploads under way. They are few, so those rolled up are simply passed over.
    pub async fn list_uploads(&self, bucket: &Bucket, query: &UploadQuery) -> Result<UploadPage, StorageError> {
        let limit = query.limit.min(MAX_PAGE);
        let after_key = query.after_key.clone().unwrap_or_default();
        let rows = sqlx::query(
            "SELECT id, key, created, checksum FROM uploads
             WHERE bucket = ?1 AND key >= ?2 AND (key > ?3 OR (key = ?3 AND id > ?4)) ORDER BY key, id",
        )
        .bind(bucket.id)
        .bind(query.prefix.as_bytes())
        .bind(after_key.as_bytes())
        // Without an id, all uploads of the marked key were given before.
        .bind(query.after_upload.as_deref().unwrap_or("\u{10FFFF}"))
        .fetch_all(self.reader())
        .await?;
        let mut page = UploadPage::default();
        for row in &rows {
            let upload = upload(row)?;
            if !upload.key.starts_with(&query.prefix) {
                break;
            }
            let rolled = common_prefix(&upload.key, &query.prefix, &query.delimiter);
            let given_before = rolled.is_some_and(|rolled| {
                page.prefixes.last().is_some_and(|last| last == rolled) || rolled <= after_key.as_str()
            });
            if given_before {
                continue;
            }
            if page.uploads.len() + page.prefixes.len() == limit {
                page.more = limit > 0;
                break;
            }
            match rolled {
                Some(rolled) => page.prefixes.push(rolled.to_owned()),
                None => page.uploads.push(upload),
            }
        }
        Ok(page)
    }

    /// Removes uploads that began, and whose last part came, before `since` (microseconds since 1970).
    pub(super) async fn remove_uploads_before(&self, since: i64) -> Result<usize, StorageError> {
        let idle: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM uploads WHERE created < ?1
             AND NOT EXISTS (SELECT 1 FROM parts WHERE upload = uploads.id AND modified >= ?1)",
        )
        .bind(since)
        .fetch_all(self.reader())
        .await?;
        let storage = self.clone();
        self.detached(async move {
            let mut index = storage.begin().await?;
            let mut dropped = Vec::new();
            for upload in &idle {
                dropped.extend(remove_upload(&mut index, upload).await?);
            }
            index.commit().await?;
            storage.contents().unlink(dropped);
            Ok(idle.len())
        })
        .await
    }
}
