//! Tags of resources.

use construe_jobs::{StoreError, Tag};

use crate::database::{Connection, Value, in_list, values};
use crate::error::Fault;

pub(crate) async fn list(connection: &mut Connection, resource: &str) -> Result<Vec<Tag>, Fault> {
    let rows: Vec<(String, String)> = connection
        .all(
            "/* tags.list */ SELECT key, value FROM tags WHERE resource_arn = $1 ORDER BY key",
            values![resource: resource],
        )
        .await?;
    Ok(rows.into_iter().map(|(key, value)| Tag { key, value }).collect())
}

/// Serializable: two requests that add different tags must not pass the limit together.
pub(crate) async fn put(tx: &mut Connection, resource: &str, tags: &[Tag], limit: usize) -> Result<(), Fault> {
    for tag in tags {
        tx.execute(
            "/* tags.put */ INSERT INTO tags (resource_arn, key, value) VALUES ($1, $2, $3) \
             ON CONFLICT (resource_arn, key) DO UPDATE SET value = excluded.value",
            values![resource: resource, key: tag.key.as_str(), value: tag.value.as_str()],
        )
        .await?;
    }
    let (total,): (i64,) = tx
        .one(
            "/* tags.count */ SELECT count(*) FROM tags WHERE resource_arn = $1",
            values![resource: resource],
        )
        .await?;
    if usize::try_from(total).is_ok_and(|total| total <= limit) {
        Ok(())
    } else {
        Err(StoreError::TooManyTags.into())
    }
}

pub(crate) async fn remove(connection: &mut Connection, resource: &str, keys: &[String]) -> Result<(), Fault> {
    if keys.is_empty() {
        return Ok(());
    }
    let (list, keys) = in_list(2, keys.iter().map(|key| Value::from(key.as_str())).collect());
    let mut bound = values![resource: resource];
    bound.extend(keys);
    let sql = format!("/* tags.remove */ DELETE FROM tags WHERE resource_arn = $1 AND key IN ({list})");
    connection.execute(sql, bound).await?;
    Ok(())
}
