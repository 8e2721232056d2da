//! The port, method by method: which kind of transaction each one needs.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use construe_jobs::{
    Backlog, ClientToken, Created, DoneShard, Ending, Guarded, Inspection, Job, JobFilter, JobId, JobStore, JobWork,
    LeaseOf, LeaseToken, LeasedJob, LeasedShard, ListPosition, NewJob, OutboxRing, Owner, Part, PlanBatch, Planned,
    Release, Renewal, StopOutcome, StoreError, SweepReport, Tag, WorkerInfo, WorkerOrder, WorkerStatus,
};

use crate::attempts::run;
use crate::lease::Claim;
use crate::{Store, create, lease, list, outbox, plan, shard, stop, sweep, tags, workers};

#[async_trait]
impl JobStore for Store {
    async fn create(&self, job: NewJob) -> Result<Created, StoreError> {
        run!(self, "create", transaction, tx => create::create(tx, &self.policy, &job))
    }

    async fn job_of_token(&self, owner: &Owner, token: &ClientToken) -> Result<Option<Job>, StoreError> {
        run!(self, "job_of_token", reader, c => create::made_before(c, &owner.account, &owner.region, token))
    }

    async fn get(&self, owner: &Owner, id: JobId) -> Result<Option<Job>, StoreError> {
        run!(self, "get", reader, c => list::get(c, owner, id))
    }

    async fn list(
        &self,
        owner: &Owner,
        filter: Option<&JobFilter>,
        after: Option<ListPosition>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        run!(self, "list", reader, c => list::list(c, owner, filter, after, limit))
    }

    async fn tags(&self, resource_arn: &str) -> Result<Vec<Tag>, StoreError> {
        run!(self, "tags", reader, c => tags::list(c, resource_arn))
    }

    async fn put_tags(&self, resource_arn: &str, tags: &[Tag], limit: usize) -> Result<(), StoreError> {
        run!(self, "put_tags", serializable, tx => tags::put(tx, resource_arn, tags, limit))
    }

    async fn remove_tags(&self, resource_arn: &str, keys: &[String]) -> Result<(), StoreError> {
        run!(self, "remove_tags", writer, c => tags::remove(c, resource_arn, keys))
    }

    async fn stop(&self, owner: Option<&Owner>, id: JobId) -> Result<StopOutcome, StoreError> {
        run!(self, "stop", transaction, tx => stop::stop(tx, &self.policy, owner, id))
    }

    async fn inspect(&self, owner: Option<&Owner>, id: JobId) -> Result<Option<Inspection>, StoreError> {
        run!(self, "inspect", snapshot, c => list::inspect(c, owner, id))
    }

    async fn claim_rings(&self, limit: u32, hold: Duration) -> Result<Vec<OutboxRing>, StoreError> {
        let rows = run!(self, "claim_rings", writer, c => outbox::claim(c, limit, hold))?;
        Ok(outbox::readable(rows))
    }

    async fn delete_rings(&self, ids: &[i64]) -> Result<(), StoreError> {
        run!(self, "delete_rings", writer, c => outbox::delete(c, ids))
    }

    async fn lease_job(
        &self,
        id: JobId,
        work: JobWork,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedJob>, StoreError> {
        let began = Instant::now();
        let claim = Claim { holder, ttl, began };
        run!(self, "lease_job", transaction, tx => lease::job(tx, &self.policy, id, work, &claim))
    }

    async fn extend_plan(&self, id: JobId, token: LeaseToken, batch: PlanBatch) -> Result<Planned, StoreError> {
        run!(self, "extend_plan", transaction, tx => plan::extend(tx, &self.policy, id, token, &batch))
    }

    async fn done_shards(&self, id: JobId, from: u64, limit: u32) -> Result<Vec<DoneShard>, StoreError> {
        run!(self, "done_shards", reader, c => shard::done(c, id, from, limit))
    }

    async fn finish(
        &self,
        id: JobId,
        token: LeaseToken,
        ending: Ending,
        result: Option<&serde_json::Value>,
    ) -> Result<Guarded, StoreError> {
        run!(self, "finish", transaction, tx => lease::finish(tx, id, token, ending, result))
    }

    async fn sweep(&self) -> Result<SweepReport, StoreError> {
        sweep::sweep(self).await
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, StoreError> {
        run!(self, "workers", reader, c => workers::list(c))
    }

    async fn drain_worker(&self, id: &str) -> Result<bool, StoreError> {
        run!(self, "drain_worker", writer, c => workers::drain(c, id))
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        run!(self, "backlog", snapshot, c => list::backlog(c))
    }

    async fn jobs_to_clean(&self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        run!(self, "jobs_to_clean", reader, c => list::to_clean(c, limit))
    }

    async fn cleaned(&self, id: JobId) -> Result<(), StoreError> {
        run!(self, "cleaned", transaction, tx => list::cleaned(tx, id))
    }

    async fn lease_shard(
        &self,
        id: JobId,
        ordinal: u64,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedShard>, StoreError> {
        let began = Instant::now();
        let claim = Claim { holder, ttl, began };
        run!(self, "lease_shard", transaction, tx => lease::shard(tx, &self.policy, id, ordinal, &claim))
    }

    async fn mark_document(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        document: u64,
    ) -> Result<Guarded, StoreError> {
        run!(self, "mark_document", writer, c => shard::mark_document(c, id, ordinal, token, document))
    }

    async fn report_progress(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        per_mille: u16,
    ) -> Result<Guarded, StoreError> {
        run!(self, "report_progress", writer, c => shard::report_progress(c, id, ordinal, token, per_mille))
    }

    async fn commit_shard(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        part: &Part,
    ) -> Result<Guarded, StoreError> {
        run!(self, "commit_shard", transaction, tx => shard::commit(tx, &self.policy, id, ordinal, token, part))
    }

    async fn report_worker(&self, status: &WorkerStatus) -> Result<WorkerOrder, StoreError> {
        run!(self, "report_worker", writer, c => workers::report(c, status))
    }

    async fn remove_worker(&self, id: &str) -> Result<(), StoreError> {
        run!(self, "remove_worker", writer, c => workers::remove(c, id))
    }

    async fn renew(&self, lease: LeaseOf, token: LeaseToken, ttl: Duration) -> Result<Renewal, StoreError> {
        let deadline = Instant::now() + ttl;
        let state = run!(self, "renew", writer, c => lease::renew(c, lease, token, ttl))?;
        Ok(lease::renewal(state, deadline))
    }

    async fn release(&self, lease: LeaseOf, token: LeaseToken, release: Release) -> Result<Guarded, StoreError> {
        run!(self, "release", transaction, tx => lease::release(tx, &self.policy, lease, token, release))
    }

    async fn fail(&self, lease: LeaseOf, token: LeaseToken, message: &str) -> Result<Guarded, StoreError> {
        run!(self, "fail", transaction, tx => lease::fail(tx, lease, token, message))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.check_schema().await
    }
}
