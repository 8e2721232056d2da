//! Beginning again after the one process of an embedded site ended, however it ended.

use construe_jobs::{StoreError, SweepReport};

use crate::Store;
use crate::attempts::run;
use crate::database::{Connection, values};
use crate::error::Fault;
use crate::sweep;

/// What a process that is gone had in hand or had announced in memory.
const LEFT_BEHIND: [&str; 5] = [
    "/* restart.shard_leases */ UPDATE shards SET lease_expires = {now} WHERE lease_expires IS NOT NULL",
    "/* restart.shard_rings */ UPDATE shards SET ring_at = {now} WHERE ring_at IS NOT NULL",
    "/* restart.job_leases */ UPDATE jobs SET lease_expires = {now} WHERE lease_expires IS NOT NULL",
    "/* restart.job_rings */ UPDATE jobs SET ring_at = {now} WHERE ring_at IS NOT NULL",
    // Not 0, which stands for rows that were never claimed and are unique.
    "/* restart.claims */ UPDATE outbox SET claimed_until = 1 WHERE claimed_until > 0",
];

pub(crate) async fn restart(store: &Store) -> Result<SweepReport, StoreError> {
    run!(store, "restart", transaction, tx => let_go(tx))?;
    sweep::sweep(store).await
}

async fn let_go(tx: &mut Connection) -> Result<(), Fault> {
    for statement in LEFT_BEHIND {
        tx.execute(statement, values![]).await?;
    }
    Ok(())
}
