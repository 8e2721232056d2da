//! The domain of Construe's job pipeline: kinds, states, legal transitions, shards, and the ports to
//! database, queue and object storage.
//!
//! Three sentences to remember. The database is the record: it alone says what exists, who works on
//! it and what is finished. Messages are doorbells: losing or repeating one changes speed, never
//! results. Object storage holds bytes, which count only once a commit points at them.

mod id;
mod job;
mod kind;
mod layout;
mod object;
mod queue;
mod shard;
mod state;
mod store;

pub use id::{InvalidJobId, JobId, LeaseToken, Timestamp};
pub use job::{ClientToken, InputFormat, Job, JobSpec, NewJob, Progress, Tag};
pub use kind::{JobKind, UnknownName, WorkerKind};
pub use layout::{ArtifactPlace, OutputLayout};
pub use object::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectMeta, ObjectPage, ObjectStore, ObjectStream,
    ObjectWriter, WriteTag, Written,
};
pub use queue::{Consumer, Delivery, QueueError, QueueName, Ring, Settle, Work, WorkQueue};
pub use shard::{DoneShard, FailedFile, NewShard, Part, PartFiles, PartialObject, PlanBatch, PlanCursor, Slice};
pub use state::{JobState, ShardState};
pub use store::{
    Backlog, Created, Ending, Guarded, Inspection, JobFilter, JobStore, JobWork, Lease, LeaseInfo, LeaseOf, LeasedJob,
    LeasedShard, ListPosition, OutboxRing, Owner, Planned, Release, Renewal, StopOutcome, StoreError, StorePolicy,
    SweepReport, WorkerInfo, WorkerOrder, WorkerStatus,
};
