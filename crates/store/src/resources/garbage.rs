//! What the janitor is to remove from the work bucket.

use crate::database::{Connection, values};
use crate::error::Fault;

pub(super) async fn add(tx: &mut Connection, prefix: &str) -> Result<(), Fault> {
    tx.execute(
        "/* garbage.add */ INSERT INTO garbage (prefix, created) VALUES ($1, {now}) ON CONFLICT DO NOTHING",
        values![prefix: prefix],
    )
    .await?;
    Ok(())
}

/// The oldest first.
pub(super) async fn list(connection: &mut Connection, limit: u32) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String,)> = connection
        .all(
            "/* garbage.list */ SELECT prefix FROM garbage ORDER BY created, prefix LIMIT $1",
            values![limit: limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(prefix,)| prefix).collect())
}

pub(super) async fn removed(connection: &mut Connection, prefix: &str) -> Result<(), Fault> {
    connection
        .execute(
            "/* garbage.removed */ DELETE FROM garbage WHERE prefix = $1",
            values![prefix: prefix],
        )
        .await?;
    Ok(())
}
