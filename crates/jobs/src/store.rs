//! The port to the database, which alone says what exists, who works on it and what is finished.
//!
//! # How a job ends exactly once
//!
//! Every job counts its open items: each shard is one, and the unfinished plan is one more. Whoever
//! closes an item (commit, cancellation, end of planning) lowers the count in the same transaction;
//! the transaction that reaches zero writes the `finalize` message into the outbox. All transactions
//! lock the job row before shard rows.
//!
//! # Leases
//!
//! Acquiring stores a random token and an expiry by the database's clock. Every later write names the
//! token, so a holder that wakes late changes nothing.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::id::{JobId, LeaseToken, Timestamp};
use crate::job::{ClientToken, Job, NewJob, Tag};
use crate::kind::{JobKind, WorkerKind};
use crate::queue::Ring;
use crate::shard::{DoneShard, Part, PlanBatch, PlanCursor, Slice};
use crate::state::{JobState, ShardState};

/// Whose job, of which kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub account: String,
    pub region: String,
    pub kind: JobKind,
}

#[derive(Debug, Clone)]
pub struct Created {
    pub job: Job,
    /// Whether the client's token had already made this job.
    pub replayed: bool,
}

/// At most one filter is set; the protocol allows no more.
#[derive(Debug, Clone, PartialEq)]
pub enum JobFilter {
    Name(String),
    State(JobState),
    SubmittedBefore(Timestamp),
    SubmittedAfter(Timestamp),
}

/// Position in a listing, which goes from the newest job to the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPosition {
    pub submit_time: Timestamp,
    pub id: JobId,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StopOutcome {
    /// The job will stop (or already was stopping).
    Requested,
    NotFound,
    /// The job had ended before.
    Ended(JobState),
}

/// A held lease.
#[derive(Debug, Clone)]
pub struct Lease {
    pub token: LeaseToken,
    /// How many times this work has been begun, this time included.
    pub attempt: u32,
    /// Times that passing trouble (not the work itself) broke it off.
    pub faults: u32,
    /// When work must stop unless the lease was renewed: by the local monotonic clock, counted from
    /// before the request.
    pub deadline: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobWork {
    Plan,
    Finalize,
}

#[derive(Debug, Clone)]
pub struct LeasedJob {
    pub lease: Lease,
    pub job: Job,
    pub cursor: PlanCursor,
}

#[derive(Debug, Clone)]
pub struct LeasedShard {
    pub lease: Lease,
    pub job: Job,
    pub ordinal: u64,
    pub slices: Vec<Slice>,
    /// Earlier attempts killed their process: name each document before touching it
    /// ([`JobStore::mark_document`]).
    pub careful: bool,
    /// Documents (numbered from 0 through the shard) that killed a process twice: not to be touched again.
    pub poisoned: Vec<u64>,
}

/// What a lease stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseOf {
    Job(JobId),
    Shard(JobId, u64),
}

impl LeaseOf {
    pub fn job(self) -> JobId {
        match self {
            LeaseOf::Job(job) | LeaseOf::Shard(job, _) => job,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Still held. The job's state travels with it: this is how a stop reaches a worker.
    Held {
        state: JobState,
        deadline: Instant,
    },
    Lost,
}

/// Whether a guarded write took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Guarded {
    Applied,
    /// The lease is another's, or the job is over: nothing was changed.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Planned {
    Continue,
    /// A stop was requested: the plan has been closed as it stands.
    Stopped,
    Lost,
}

/// Why work is handed back unfinished. The number of the attempt rises all the same (it makes each
/// attempt's part a key of its own), but neither counts towards the limits of [`StorePolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// The holder is shutting down.
    Drained,
    /// Passing trouble outside the work.
    Fault { retry_after: Duration },
}

/// How the finaliser ends a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Completed,
    /// Completed, but for input objects that could not be processed; or with warnings about what was made.
    PartialSuccess,
    Stopped,
}

#[derive(Debug, Clone)]
pub struct OutboxRing {
    pub id: i64,
    pub ring: Ring,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Leases that had run out and were taken back.
    pub leases_expired: u64,
    /// Work rung for again because it waited too long.
    pub rung_again: u64,
    /// Leases revoked because a stop's grace had passed.
    pub leases_revoked: u64,
    /// Jobs failed because a shard used up its attempts.
    pub jobs_failed: u64,
}

#[derive(Debug, Clone)]
pub struct Inspection {
    pub job: Job,
    /// Counts by state, in the order of [`ShardState::ALL`].
    pub shards: Vec<(ShardState, u64)>,
    pub leases: Vec<LeaseInfo>,
    /// The database's clock.
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseInfo {
    /// `None`: the job itself (planning or finalising).
    pub ordinal: Option<u64>,
    pub holder: String,
    pub attempt: u32,
    pub expires: Timestamp,
    /// What the holder last reported of its progress ([`JobStore::report_progress`]); 0 where it reports none.
    pub per_mille: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStatus {
    pub id: String,
    pub kind: WorkerKind,
    pub host: String,
    pub version: String,
    pub slots: u32,
    pub busy: u32,
    pub draining: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerInfo {
    pub status: WorkerStatus,
    pub started: Timestamp,
    pub last_seen: Timestamp,
}

/// Counts for dashboards and autoscaling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs that have not ended.
    pub jobs: Vec<(JobKind, JobState, u64)>,
    pub shards_pending: Vec<(JobKind, u64)>,
    pub shards_leased: Vec<(JobKind, u64)>,
    pub outbox: u64,
    /// Age of the oldest outbox row.
    pub outbox_lag: Duration,
}

#[async_trait]
pub trait JobStore: Send + Sync {
    // What the gateway asks.

    /// Stores a job together with its first ring. The model that it names must be there, trained
    /// ([`StoreError::ModelNotFound`], [`StoreError::ModelUnavailable`]), and stays until the job has ended.
    async fn create(&self, job: NewJob) -> Result<Created, StoreError>;
    /// The job that a client's token made ([`StoreError::TokenReused`]: for another request): known before anything is
    /// looked up that the job needed then and that may be gone by now.
    async fn job_of_token(&self, owner: &Owner, token: &ClientToken) -> Result<Option<Job>, StoreError>;
    async fn get(&self, owner: &Owner, id: JobId) -> Result<Option<Job>, StoreError>;
    /// Newest first; at most `limit`, after `after`.
    async fn list(
        &self,
        owner: &Owner,
        filter: Option<&JobFilter>,
        after: Option<ListPosition>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;
    /// Tags of a resource, by key.
    async fn tags(&self, resource_arn: &str) -> Result<Vec<Tag>, StoreError>;
    /// Adds tags, replacing values of keys that exist; refuses ([`StoreError::TooManyTags`]) to end with more than `limit`.
    async fn put_tags(&self, resource_arn: &str, tags: &[Tag], limit: usize) -> Result<(), StoreError>;
    async fn remove_tags(&self, resource_arn: &str, keys: &[String]) -> Result<(), StoreError>;

    // What the control plane does.

    /// Requests a stop; `owner` limits it to that account's jobs of that kind.
    async fn stop(&self, owner: Option<&Owner>, id: JobId) -> Result<StopOutcome, StoreError>;
    async fn inspect(&self, owner: Option<&Owner>, id: JobId) -> Result<Option<Inspection>, StoreError>;
    /// Takes outbox rows for `hold`; rows neither deleted nor claimed again by then go to the next claimer.
    async fn claim_rings(&self, limit: u32, hold: Duration) -> Result<Vec<OutboxRing>, StoreError>;
    async fn delete_rings(&self, ids: &[i64]) -> Result<(), StoreError>;
    /// `None`: not to be done now (held by another, already done, job over).
    async fn lease_job(
        &self,
        id: JobId,
        work: JobWork,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedJob>, StoreError>;
    async fn extend_plan(&self, id: JobId, token: LeaseToken, batch: PlanBatch) -> Result<Planned, StoreError>;
    /// Committed shards in order, from `from` on, at most `limit`.
    async fn done_shards(&self, id: JobId, from: u64, limit: u32) -> Result<Vec<DoneShard>, StoreError>;
    /// `result` is kept with the job ([`Job::result`]).
    async fn finish(
        &self,
        id: JobId,
        token: LeaseToken,
        ending: Ending,
        result: Option<&serde_json::Value>,
    ) -> Result<Guarded, StoreError>;
    async fn sweep(&self) -> Result<SweepReport, StoreError>;
    async fn workers(&self) -> Result<Vec<WorkerInfo>, StoreError>;
    /// Asks a worker to finish what it holds and leave; `false`: no such worker.
    async fn drain_worker(&self, id: &str) -> Result<bool, StoreError>;
    async fn backlog(&self) -> Result<Backlog, StoreError>;
    /// Ended jobs whose parts are still in the work bucket.
    async fn jobs_to_clean(&self, limit: u32) -> Result<Vec<JobId>, StoreError>;
    /// The parts of a job are gone; its shard rows may go too.
    async fn cleaned(&self, id: JobId) -> Result<(), StoreError>;

    // What workers do.

    /// `None`: not to be done now (held by another, already done, job over or stopping).
    async fn lease_shard(
        &self,
        id: JobId,
        ordinal: u64,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedShard>, StoreError>;
    /// Names the document that is about to be touched (numbered through the shard).
    async fn mark_document(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        document: u64,
    ) -> Result<Guarded, StoreError>;
    /// Tells how far a shard has come that is one long piece of work, in thousandths.
    async fn report_progress(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        per_mille: u16,
    ) -> Result<Guarded, StoreError>;
    /// Commits a shard's result. Repeating it with the same token is harmless.
    async fn commit_shard(
        &self,
        id: JobId,
        ordinal: u64,
        token: LeaseToken,
        part: &Part,
    ) -> Result<Guarded, StoreError>;
    /// Reports a worker and learns whether it is to drain.
    async fn report_worker(&self, status: &WorkerStatus) -> Result<WorkerOrder, StoreError>;
    async fn remove_worker(&self, id: &str) -> Result<(), StoreError>;

    // What every holder of a lease does.

    async fn renew(&self, lease: LeaseOf, token: LeaseToken, ttl: Duration) -> Result<Renewal, StoreError>;
    async fn release(&self, lease: LeaseOf, token: LeaseToken, release: Release) -> Result<Guarded, StoreError>;
    /// Fails the whole job. `message` begins with an upper-case code and a colon.
    async fn fail(&self, lease: LeaseOf, token: LeaseToken, message: &str) -> Result<Guarded, StoreError>;

    /// Fails when the database cannot be used or its schema is not this program's.
    async fn ping(&self) -> Result<(), StoreError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerOrder {
    Continue,
    Drain,
}

/// Settings that all processes sharing a database should agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct StorePolicy {
    /// Shards of one job that are rung for at a time; the next is rung as one ends. Above the number
    /// of worker slots, or workers idle; not far above, or a small job waits behind a large one.
    pub window: u32,
    /// Work rung for and not begun after this long is rung for again.
    pub ring_again_after: Duration,
    /// A stopping job's leases are revoked after this long.
    pub stop_grace: Duration,
    /// Attempts (each one killed its process) after which documents are named before they are touched.
    pub careful_after: u32,
    /// Attempts of a shard, of planning or of finalising whose lease ran out, after which the job fails.
    pub max_attempts: u32,
    /// The same for the one shard of a job that makes an artifact: each attempt is the whole work again.
    pub max_artifact_attempts: u32,
    /// Workers not heard of for this long are forgotten.
    pub worker_forgotten_after: Duration,
    /// Client tokens are remembered for at least this long.
    pub token_lifetime: Duration,
}

impl Default for StorePolicy {
    fn default() -> Self {
        Self {
            window: 64,
            ring_again_after: Duration::from_secs(30),
            stop_grace: Duration::from_secs(60),
            careful_after: 3,
            max_attempts: 20,
            max_artifact_attempts: 5,
            worker_forgotten_after: Duration::from_secs(60),
            token_lifetime: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The client's token was used for another request before.
    #[error("the client request token was used with another request")]
    TokenReused,
    #[error("more tags than a resource may have")]
    TooManyTags,
    /// The model that a new job is to work with does not exist.
    #[error("the model of the job does not exist")]
    ModelNotFound,
    /// The model that a new job is to work with has not been trained.
    #[error("the model of the job has not been trained")]
    ModelUnavailable,
    /// Passing trouble: the same call may succeed later.
    #[error("database unavailable: {attempted}")]
    Unavailable {
        attempted: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database answered something that this program cannot read, or refused a statement.
    #[error("database: {attempted}")]
    Failed {
        attempted: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("database schema is at version {found}, this program needs {needed}: run `construe migrate`")]
    Schema { found: i64, needed: i64 },
}

impl StoreError {
    pub fn is_retryable(&self) -> bool {
        matches!(self, StoreError::Unavailable { .. })
    }
}
