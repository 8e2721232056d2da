//! Listing objects by ranges of the index: a page costs what it returns, whatever the bucket holds.

use sqlx::Row;

use super::{
    Bucket, ListPage, ListQuery, MAX_PAGE, ObjectSummary, Storage, StorageError, from_micros, key_of, unsigned,
};

/// Rows fetched at a time when keys are rolled up: a rolled-up prefix costs at most so many rows.
const ROLLING_BATCH: usize = 64;

// One statement for each way to bound the range: with a bound that may be NULL, SQLite would walk the bucket.
const AT_BOUNDED: &str = "SELECT key, size, etag, modified FROM objects
    WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4";
const AFTER_BOUNDED: &str = "SELECT key, size, etag, modified FROM objects
    WHERE bucket = ?1 AND key > ?2 AND key < ?3 ORDER BY key LIMIT ?4";
const AT_OPEN: &str = "SELECT key, size, etag, modified FROM objects
    WHERE bucket = ?1 AND key >= ?2 AND ?3 IS NULL ORDER BY key LIMIT ?4";
const AFTER_OPEN: &str = "SELECT key, size, etag, modified FROM objects
    WHERE bucket = ?1 AND key > ?2 AND ?3 IS NULL ORDER BY key LIMIT ?4";

/// Where to go on: at a key or after it.
enum Position {
    At(Vec<u8>),
    After(Vec<u8>),
}

/// The least byte string that sorts after everything beginning with `prefix`; `None`: nothing does.
/// (It need not be UTF-8; 0xFF never occurs in UTF-8, so `None` arises from the empty prefix only.)
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut bound = prefix.to_vec();
    while let Some(last) = bound.pop() {
        if last < u8::MAX {
            bound.push(last + 1);
            return Some(bound);
        }
    }
    None
}

/// The entry that `key` is rolled up into, if any: all up to the first delimiter after the prefix.
pub(super) fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(prefix)?;
    let found = rest.find(delimiter)?;
    Some(&key[..prefix.len() + found + delimiter.len()])
}

impl Storage {
    /// One page of the objects of a bucket.
    pub async fn list(&self, bucket: &Bucket, query: &ListQuery) -> Result<ListPage, StorageError> {
        let limit = query.limit.min(MAX_PAGE);
        let mut page = ListPage::default();
        if limit == 0 {
            return Ok(page);
        }
        let end = after_prefix(query.prefix.as_bytes());
        let mut position = match &query.after {
            Some(after) if after.as_str() >= query.prefix.as_str() => match resume(query, after) {
                Some(position) => position,
                None => return Ok(page),
            },
            _ => Position::At(query.prefix.as_bytes().to_vec()),
        };
        let mut last: Option<String> = None;
        loop {
            let batch = if query.delimiter.is_empty() {
                limit + 1 - page.objects.len()
            } else {
                ROLLING_BATCH
            };
            let rows = self.fetch(bucket, &position, end.as_deref(), batch).await?;
            let complete = rows.len() < batch;
            let mut skipped_to = None;
            for object in rows {
                let rolled = common_prefix(&object.key, &query.prefix, &query.delimiter);
                if rolled.is_some() && rolled == page.prefixes.last().map(String::as_str) {
                    continue;
                }
                if page.objects.len() + page.prefixes.len() == limit {
                    page.next = last;
                    return Ok(page);
                }
                match rolled {
                    Some(rolled) => {
                        let rolled = rolled.to_owned();
                        last = Some(rolled.clone());
                        // Without a bound after it, nothing can follow the prefix.
                        skipped_to = after_prefix(rolled.as_bytes());
                        page.prefixes.push(rolled);
                    }
                    None => {
                        last = Some(object.key.clone());
                        skipped_to = None;
                        page.objects.push(object);
                    }
                }
            }
            if complete {
                return Ok(page);
            }
            position = match (skipped_to, &last) {
                (Some(bound), _) => Position::At(bound),
                (None, Some(last)) => Position::After(last.as_bytes().to_vec()),
                (None, None) => return Ok(page),
            };
        }
    }

    /// Up to `limit` objects from `position` to before `end`, by key.
    async fn fetch(
        &self,
        bucket: &Bucket,
        position: &Position,
        end: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<ObjectSummary>, StorageError> {
        let (sql, from) = match position {
            Position::At(key) => (if end.is_some() { AT_BOUNDED } else { AT_OPEN }, key),
            Position::After(key) => (if end.is_some() { AFTER_BOUNDED } else { AFTER_OPEN }, key),
        };
        let rows = sqlx::query(sql)
            .bind(bucket.id)
            .bind(from.as_slice())
            .bind(end)
            .bind(limit as i64)
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ObjectSummary {
                    key: key_of(row.try_get("key")?)?,
                    size: unsigned(row.try_get("size")?)?,
                    etag: row.try_get("etag")?,
                    modified: from_micros(row.try_get("modified")?)?,
                })
            })
            .collect()
    }
}

/// Where entries after `after` begin. A key that would roll up into an entry not after `after` is
/// passed over with all its siblings: that entry was given before.
fn resume(query: &ListQuery, after: &str) -> Option<Position> {
    match common_prefix(after, &query.prefix, &query.delimiter) {
        Some(rolled) => after_prefix(rolled.as_bytes()).map(Position::At),
        None => Some(Position::After(after.as_bytes().to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::StorageOptions;

    #[tokio::test]
    async fn pages_are_ranges_of_the_index() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let storage = Storage::open(dir.path(), StorageOptions::default())
            .await
            .expect("opens");
        for (sql, range) in [
            (AT_BOUNDED, "(bucket=? AND key>? AND key<?)"),
            (AFTER_BOUNDED, "(bucket=? AND key>? AND key<?)"),
            (AT_OPEN, "(bucket=? AND key>?)"),
            (AFTER_OPEN, "(bucket=? AND key>?)"),
        ] {
            let plan: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(storage.reader())
                .await
                .expect("explains")
                .iter()
                .map(|row| row.get("detail"))
                .collect();
            let plan = plan.join("; ");
            assert!(
                plan.starts_with("SEARCH objects USING INDEX") && plan.ends_with(range),
                "{plan}"
            );
        }
    }

    #[test]
    fn bounds_after_prefixes() {
        assert_eq!(after_prefix(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(after_prefix(b"a\xFF"), Some(b"b".to_vec()));
        assert_eq!(after_prefix(b""), None);
        assert_eq!(after_prefix("é".as_bytes()), Some(vec![0xC3, 0xAA]));
    }

    #[test]
    fn keys_roll_up_at_the_first_delimiter_after_the_prefix() {
        assert_eq!(common_prefix("a/b/c", "", "/"), Some("a/"));
        assert_eq!(common_prefix("a/b/c", "a/", "/"), Some("a/b/"));
        assert_eq!(common_prefix("a/b", "a/", "/"), None);
        assert_eq!(common_prefix("a--b--c", "a", "--"), Some("a--"));
        assert_eq!(common_prefix("a/b", "", ""), None);
        assert_eq!(common_prefix("//x", "", "/"), Some("/"));
    }
}
