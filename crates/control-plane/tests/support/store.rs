//! The database in memory: the rules of the port that the control plane leans on, no more.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use construe_jobs::*;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::INPUT;
use super::objects::{FakeObjects, WORK};

#[derive(Default)]
pub struct FakeStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    jobs: HashMap<JobId, Entry>,
    outbox: Vec<OutboxRing>,
    next_row: i64,
    workers: Vec<WorkerInfo>,
    knobs: Knobs,
}

/// Trouble to come.
#[derive(Default, Clone)]
pub struct Knobs {
    /// Every batch is committed, and then its planner loses the lease.
    pub lose_lease_after_each_batch: bool,
    /// A stop is requested once so many batches are committed.
    pub stop_after_batches: Option<u64>,
    /// The next so many `finish` are lost: the lease is somebody else's.
    pub lose_finishes: u32,
    /// The next so many calls that the control plane makes for a lease fail for now.
    pub unavailable: u32,
    /// `extend_plan` applies the batch and then fails for now, so many times.
    pub lose_replies: u32,
    pub renewals: Renewals,
    /// Faults are not counted.
    pub forget_faults: bool,
}

/// What becomes of renewals.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub enum Renewals {
    #[default]
    Granted,
    Refused,
    Unanswered,
}

struct Entry {
    job: Job,
    cursor: PlanCursor,
    shards: Vec<PlannedShard>,
    lease: Option<LeaseToken>,
    attempts: u32,
    faults: u32,
    batches: u64,
    /// Slices of the largest batch.
    most_slices: usize,
    releases: Vec<Release>,
    cleaned: bool,
}

#[derive(Clone)]
pub struct PlannedShard {
    pub shard: NewShard,
    pub state: ShardState,
    pub part: Option<Part>,
}

impl Entry {
    fn open(&self) -> usize {
        let is_open = |s: &&PlannedShard| matches!(s.state, ShardState::Pending | ShardState::Leased);
        self.shards.iter().filter(is_open).count() + usize::from(!self.job.progress.planned)
    }

    fn cancel_pending(&mut self) {
        for shard in &mut self.shards {
            if shard.state == ShardState::Pending {
                shard.state = ShardState::Cancelled;
                self.job.progress.cut = true;
            }
        }
    }
}

fn unavailable(attempted: &'static str) -> StoreError {
    StoreError::Unavailable {
        attempted,
        source: "away".into(),
    }
}

impl State {
    fn ring(&mut self, id: JobId, work: Work) {
        self.next_row += 1;
        let ring = Ring {
            job: id,
            kind: JobKind::PiiEntitiesDetection,
            work,
            rung: Timestamp(0),
            trace: None,
        };
        self.outbox.push(OutboxRing {
            id: self.next_row,
            ring,
        });
    }

    fn entry(&mut self, id: JobId) -> &mut Entry {
        self.jobs.get_mut(&id).expect("a job of this test")
    }

    fn held(&mut self, id: JobId, token: LeaseToken) -> Option<&mut Entry> {
        let entry = self.entry(id);
        (entry.lease == Some(token) && !entry.job.state.is_terminal()).then_some(entry)
    }

    fn finalize_when_closed(&mut self, id: JobId) {
        let entry = self.entry(id);
        if entry.open() == 0 && !entry.job.state.is_terminal() {
            self.ring(id, Work::Finalize);
        }
    }

    fn stop(&mut self, id: JobId) -> StopOutcome {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return StopOutcome::NotFound;
        };
        if entry.job.state.is_terminal() {
            return StopOutcome::Ended(entry.job.state);
        }
        entry.job.state = JobState::StopRequested;
        entry.cancel_pending();
        if !entry.job.progress.planned && entry.lease.is_none() {
            entry.job.progress.planned = true;
            entry.job.progress.cut = true;
        }
        self.finalize_when_closed(id);
        StopOutcome::Requested
    }
}

impl FakeStore {
    pub fn knobs(&self, set: impl FnOnce(&mut Knobs)) {
        set(&mut self.state.lock().unwrap().knobs);
    }

    pub fn submit(&self, job: Job) {
        let mut state = self.state.lock().unwrap();
        let id = job.id;
        let entry = Entry {
            job,
            cursor: PlanCursor::default(),
            shards: Vec::new(),
            lease: None,
            attempts: 0,
            faults: 0,
            batches: 0,
            most_slices: 0,
            releases: Vec::new(),
            cleaned: false,
        };
        state.jobs.insert(id, entry);
        state.ring(id, Work::Plan);
    }

    pub fn job(&self, id: JobId) -> Job {
        self.state.lock().unwrap().entry(id).job.clone()
    }

    pub fn shards(&self, id: JobId) -> Vec<PlannedShard> {
        self.state.lock().unwrap().entry(id).shards.clone()
    }

    pub fn batches(&self, id: JobId) -> u64 {
        self.state.lock().unwrap().entry(id).batches
    }

    pub fn most_slices(&self, id: JobId) -> usize {
        self.state.lock().unwrap().entry(id).most_slices
    }

    pub fn attempts(&self, id: JobId) -> u32 {
        self.state.lock().unwrap().entry(id).attempts
    }

    pub fn releases(&self, id: JobId) -> Vec<Release> {
        self.state.lock().unwrap().entry(id).releases.clone()
    }

    pub fn is_leased(&self, id: JobId) -> bool {
        self.state.lock().unwrap().entry(id).lease.is_some()
    }

    pub fn cleaned(&self, id: JobId) -> bool {
        self.state.lock().unwrap().entry(id).cleaned
    }

    pub fn set_faults(&self, id: JobId, faults: u32) {
        self.state.lock().unwrap().entry(id).faults = faults;
    }

    pub fn outbox_len(&self) -> usize {
        self.state.lock().unwrap().outbox.len()
    }

    pub fn add_worker(&self, worker: WorkerInfo) {
        self.state.lock().unwrap().workers.push(worker);
    }

    pub fn request_stop(&self, id: JobId) -> StopOutcome {
        self.state.lock().unwrap().stop(id)
    }

    /// Lets the lease on a job run out, as the sweeper finds it when its holder is dead.
    pub fn expire_lease(&self, id: JobId) {
        let mut state = self.state.lock().unwrap();
        let entry = state.entry(id);
        assert!(entry.lease.take().is_some(), "nobody holds the job");
        let work = if entry.job.progress.planned {
            Work::Finalize
        } else {
            Work::Plan
        };
        state.ring(id, work);
    }

    /// Does every pending shard: a slice's result is `[key@first_line]` and its bytes in brackets.
    pub fn work(&self, id: JobId, objects: &FakeObjects) {
        self.work_on(id, objects, usize::MAX);
    }

    /// Does the first `shards` of them.
    pub fn work_on(&self, id: JobId, objects: &FakeObjects, shards: usize) {
        let mut state = self.state.lock().unwrap();
        let entry = state.entry(id);
        let mut did = false;
        for planned in entry.shards.iter_mut().take(shards) {
            if planned.state != ShardState::Pending {
                continue;
            }
            did = true;
            let mut body = Vec::new();
            let mut lengths = Vec::new();
            let mut files = PartFiles::default();
            for slice in &planned.shard.slices {
                let result = result_of(slice, objects);
                if entry.job.spec.layout.lists_files() {
                    files.book(lengths.len(), slice, &result);
                }
                lengths.push(result.len() as u64);
                body.extend(result);
            }
            if entry.job.spec.layout.parts_are_compressed() {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&body).unwrap();
                body = encoder.finish().unwrap();
            }
            let key = format!("parts/{id}/{}", planned.shard.ordinal);
            let size = body.len() as u64;
            objects.put(WORK, &key, body);
            planned.state = ShardState::Done;
            planned.part = Some(Part {
                digest: format!("digest of {key}"),
                key,
                size,
                lengths,
                documents: 10,
                documents_failed: 1,
                input_bytes: planned.shard.bytes(),
                cut: false,
                files,
            });
            let progress = &mut entry.job.progress;
            progress.shards_done += 1;
            progress.bytes_done += planned.shard.bytes();
            progress.documents += 10;
            progress.documents_failed += 1;
        }
        if did {
            state.finalize_when_closed(id);
        }
    }
}

/// Sections of the part of a job that makes an artifact.
pub struct Made<'a> {
    pub artifact: &'a [u8],
    pub archive: &'a [u8],
    pub report: serde_json::Value,
    pub cut: bool,
}

impl FakeStore {
    /// Does the one shard of a job that makes an artifact.
    pub fn make(&self, id: JobId, objects: &FakeObjects, made: &Made<'_>) {
        let mut state = self.state.lock().unwrap();
        let entry = state.entry(id);
        let [planned] = &mut entry.shards[..] else {
            panic!("{} shards", entry.shards.len())
        };
        assert_eq!((planned.state, planned.shard.slices.len()), (ShardState::Pending, 0));
        let report = made.report.to_string();
        let body = [made.artifact, made.archive, report.as_bytes()].concat();
        let key = format!("parts/{id}/0");
        planned.state = ShardState::Done;
        planned.part = Some(Part {
            digest: format!("digest of {key}"),
            key: key.clone(),
            size: body.len() as u64,
            lengths: vec![
                made.artifact.len() as u64,
                made.archive.len() as u64,
                report.len() as u64,
            ],
            documents: 10,
            documents_failed: 0,
            input_bytes: 0,
            cut: made.cut,
            files: PartFiles::default(),
        });
        objects.put(WORK, &key, body);
        entry.job.progress.shards_done += 1;
        entry.job.progress.cut = made.cut;
        if made.cut {
            entry.job.state = JobState::StopRequested;
        }
        state.finalize_when_closed(id);
    }
}

trait Book {
    fn book(&mut self, index: usize, slice: &Slice, result: &[u8]);
}

impl Book for PartFiles {
    /// As many characters as bytes; an empty object cannot be analysed.
    fn book(&mut self, index: usize, slice: &Slice, result: &[u8]) {
        self.characters += slice.len();
        if result.is_empty() {
            self.failed.push(FailedFile {
                slice: index as u32,
                code: "EMPTY_FILE".to_owned(),
            });
        }
    }
}

/// What the stand-in for a worker makes of a slice; nothing of an empty one.
pub fn result_of(slice: &Slice, objects: &FakeObjects) -> Vec<u8> {
    let body = objects.get(INPUT, &slice.key).expect("an input of this test").body;
    let bytes = &body[slice.start as usize..slice.end as usize];
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut result = format!("[{}@{}]<", slice.key, slice.first_line).into_bytes();
    result.extend_from_slice(bytes);
    result.push(b'>');
    result
}

#[async_trait]
impl JobStore for FakeStore {
    async fn create(&self, _: NewJob) -> Result<Created, StoreError> {
        unreachable!("the gateway's")
    }

    async fn job_of_token(&self, _: &Owner, _: &ClientToken) -> Result<Option<Job>, StoreError> {
        unreachable!("the gateway's")
    }

    async fn get(&self, _: &Owner, _: JobId) -> Result<Option<Job>, StoreError> {
        unreachable!("the gateway's")
    }

    async fn list(
        &self,
        _: &Owner,
        _: Option<&JobFilter>,
        _: Option<ListPosition>,
        _: u32,
    ) -> Result<Vec<Job>, StoreError> {
        unreachable!("the gateway's")
    }

    async fn tags(&self, _: &str) -> Result<Vec<Tag>, StoreError> {
        unreachable!("the gateway's")
    }

    async fn put_tags(&self, _: &str, _: &[Tag], _: usize) -> Result<(), StoreError> {
        unreachable!("the gateway's")
    }

    async fn remove_tags(&self, _: &str, _: &[String]) -> Result<(), StoreError> {
        unreachable!("the gateway's")
    }

    async fn stop(&self, owner: Option<&Owner>, id: JobId) -> Result<StopOutcome, StoreError> {
        if self.inspect(owner, id).await?.is_none() {
            return Ok(StopOutcome::NotFound);
        }
        Ok(self.request_stop(id))
    }

    async fn inspect(&self, owner: Option<&Owner>, id: JobId) -> Result<Option<Inspection>, StoreError> {
        let mut state = self.state.lock().unwrap();
        if state.knobs.unavailable > 0 {
            state.knobs.unavailable -= 1;
            return Err(unavailable("inspect"));
        }
        let Some(entry) = state.jobs.get(&id) else {
            return Ok(None);
        };
        let job = entry.job.clone();
        let is_owned = |o: &Owner| o.account == job.account && o.region == job.region && o.kind == job.kind;
        if owner.is_some_and(|owner| !is_owned(owner)) {
            return Ok(None);
        }
        let count = |state: ShardState| entry.shards.iter().filter(|s| s.state == state).count() as u64;
        let leases = entry.lease.iter().map(|_| LeaseInfo {
            ordinal: None,
            holder: "control-1".to_owned(),
            attempt: entry.attempts,
            expires: Timestamp(9_000_000),
            per_mille: 0,
        });
        Ok(Some(Inspection {
            shards: ShardState::ALL.iter().map(|&s| (s, count(s))).collect(),
            leases: leases.collect(),
            now: Timestamp(4_000_000),
            job,
        }))
    }

    async fn claim_rings(&self, limit: u32, _: Duration) -> Result<Vec<OutboxRing>, StoreError> {
        let state = self.state.lock().unwrap();
        Ok(state.outbox.iter().take(limit as usize).cloned().collect())
    }

    async fn delete_rings(&self, ids: &[i64]) -> Result<(), StoreError> {
        self.state.lock().unwrap().outbox.retain(|row| !ids.contains(&row.id));
        Ok(())
    }

    async fn lease_job(
        &self,
        id: JobId,
        work: JobWork,
        _: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedJob>, StoreError> {
        let mut state = self.state.lock().unwrap();
        if state.knobs.unavailable > 0 {
            state.knobs.unavailable -= 1;
            return Err(unavailable("lease_job"));
        }
        let entry = state.entry(id);
        let is_due = match work {
            JobWork::Plan => !entry.job.progress.planned,
            JobWork::Finalize => entry.open() == 0,
        };
        if !is_due || entry.lease.is_some() || entry.job.state.is_terminal() {
            return Ok(None);
        }
        let token = LeaseToken::new();
        entry.lease = Some(token);
        entry.attempts += 1;
        Ok(Some(LeasedJob {
            lease: Lease {
                token,
                attempt: entry.attempts,
                faults: entry.faults,
                deadline: Instant::now() + ttl,
            },
            job: entry.job.clone(),
            cursor: entry.cursor.clone(),
        }))
    }

    async fn extend_plan(&self, id: JobId, token: LeaseToken, batch: PlanBatch) -> Result<Planned, StoreError> {
        let mut state = self.state.lock().unwrap();
        let knobs = state.knobs.clone();
        let Some(entry) = state.held(id, token) else {
            return Ok(Planned::Lost);
        };
        if entry.job.state == JobState::StopRequested {
            entry.job.progress.planned = true;
            entry.job.progress.cut = true;
            entry.lease = None;
            state.finalize_when_closed(id);
            return Ok(Planned::Stopped);
        }
        let is_repeated = entry.cursor == batch.cursor && !batch.shards.is_empty();
        if !is_repeated {
            let first = batch.shards.first().map_or(batch.cursor.next_ordinal, |s| s.ordinal);
            assert_eq!(first, entry.cursor.next_ordinal, "a gap in the plan");
            entry.batches += 1;
            let slices = batch.shards.iter().map(|shard| shard.slices.len()).sum();
            entry.most_slices = entry.most_slices.max(slices);
            entry.cursor = batch.cursor;
            entry.job.state = JobState::InProgress;
            entry.job.start_time.get_or_insert(Timestamp(2_000_000));
            let progress = &mut entry.job.progress;
            progress.objects += batch.objects;
            progress.shards += batch.shards.len() as u64;
            progress.bytes += batch.shards.iter().map(NewShard::bytes).sum::<u64>();
            progress.planned = batch.last;
            entry.shards.extend(batch.shards.into_iter().map(|shard| PlannedShard {
                shard,
                state: ShardState::Pending,
                part: None,
            }));
        }
        let batches = entry.batches;
        if batch.last {
            entry.lease = None;
        }
        if knobs.stop_after_batches == Some(batches) && !batch.last {
            state.stop(id);
            return Ok(Planned::Continue);
        }
        if knobs.lose_replies > 0 && !batch.last {
            state.knobs.lose_replies -= 1;
            return Err(unavailable("extend_plan"));
        }
        if knobs.lose_lease_after_each_batch && !batch.last {
            state.entry(id).lease = None;
            state.ring(id, Work::Plan);
            return Ok(Planned::Lost);
        }
        state.finalize_when_closed(id);
        Ok(Planned::Continue)
    }

    async fn done_shards(&self, id: JobId, from: u64, limit: u32) -> Result<Vec<DoneShard>, StoreError> {
        let mut state = self.state.lock().unwrap();
        let done = state.entry(id).shards.iter().filter_map(|planned| {
            planned.part.clone().map(|part| DoneShard {
                ordinal: planned.shard.ordinal,
                slices: planned.shard.slices.clone(),
                part,
            })
        });
        Ok(done
            .filter(|shard| shard.ordinal >= from)
            .take(limit as usize)
            .collect())
    }

    async fn finish(
        &self,
        id: JobId,
        token: LeaseToken,
        ending: Ending,
        result: Option<&serde_json::Value>,
    ) -> Result<Guarded, StoreError> {
        let mut state = self.state.lock().unwrap();
        if state.knobs.lose_finishes > 0 {
            state.knobs.lose_finishes -= 1;
            state.entry(id).lease = None;
            state.ring(id, Work::Finalize);
            return Ok(Guarded::Lost);
        }
        let Some(entry) = state.held(id, token) else {
            return Ok(Guarded::Lost);
        };
        let next = match ending {
            Ending::Completed => JobState::Completed,
            Ending::PartialSuccess => JobState::PartialSuccess,
            Ending::Stopped => JobState::Stopped,
        };
        assert!(entry.job.state.may_become(next), "{} -> {next}", entry.job.state);
        entry.job.state = next;
        entry.job.result = result.cloned();
        entry.job.end_time = Some(Timestamp(4_000_000));
        entry.lease = None;
        Ok(Guarded::Applied)
    }

    async fn sweep(&self) -> Result<SweepReport, StoreError> {
        Ok(SweepReport::default())
    }

    async fn workers(&self) -> Result<Vec<WorkerInfo>, StoreError> {
        Ok(self.state.lock().unwrap().workers.clone())
    }

    async fn drain_worker(&self, id: &str) -> Result<bool, StoreError> {
        let mut state = self.state.lock().unwrap();
        let worker = state.workers.iter_mut().find(|worker| worker.status.id == id);
        Ok(worker.map(|worker| worker.status.draining = true).is_some())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(Backlog {
            jobs: vec![(JobKind::PiiEntitiesDetection, JobState::InProgress, 2)],
            shards_pending: vec![(JobKind::PiiEntitiesDetection, 5)],
            shards_leased: vec![(JobKind::PiiEntitiesDetection, 3)],
            outbox: 1,
            outbox_lag: Duration::from_millis(1500),
        })
    }

    async fn jobs_to_clean(&self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        let state = self.state.lock().unwrap();
        let due = state.jobs.values().filter(|e| e.job.state.is_terminal() && !e.cleaned);
        Ok(due.map(|e| e.job.id).take(limit as usize).collect())
    }

    async fn cleaned(&self, id: JobId) -> Result<(), StoreError> {
        self.state.lock().unwrap().entry(id).cleaned = true;
        Ok(())
    }

    async fn lease_shard(&self, _: JobId, _: u64, _: &str, _: Duration) -> Result<Option<LeasedShard>, StoreError> {
        unreachable!("the worker's")
    }

    async fn mark_document(&self, _: JobId, _: u64, _: LeaseToken, _: u64) -> Result<Guarded, StoreError> {
        unreachable!("the worker's")
    }

    async fn report_progress(&self, _: JobId, _: u64, _: LeaseToken, _: u16) -> Result<Guarded, StoreError> {
        unreachable!("the worker's")
    }

    async fn commit_shard(&self, _: JobId, _: u64, _: LeaseToken, _: &Part) -> Result<Guarded, StoreError> {
        unreachable!("the worker's")
    }

    async fn report_worker(&self, _: &WorkerStatus) -> Result<WorkerOrder, StoreError> {
        unreachable!("the worker's")
    }

    async fn remove_worker(&self, _: &str) -> Result<(), StoreError> {
        unreachable!("the worker's")
    }

    async fn renew(&self, lease: LeaseOf, token: LeaseToken, ttl: Duration) -> Result<Renewal, StoreError> {
        let renewals = self.state.lock().unwrap().knobs.renewals;
        if renewals == Renewals::Unanswered {
            return std::future::pending().await;
        }
        let mut state = self.state.lock().unwrap();
        match state.held(lease.job(), token) {
            Some(entry) if renewals == Renewals::Granted => Ok(Renewal::Held {
                state: entry.job.state,
                deadline: Instant::now() + ttl,
            }),
            _ => Ok(Renewal::Lost),
        }
    }

    async fn release(&self, lease: LeaseOf, token: LeaseToken, release: Release) -> Result<Guarded, StoreError> {
        let mut state = self.state.lock().unwrap();
        let counts_faults = !state.knobs.forget_faults;
        let Some(entry) = state.held(lease.job(), token) else {
            return Ok(Guarded::Lost);
        };
        entry.lease = None;
        entry.releases.push(release);
        if matches!(release, Release::Fault { .. }) && counts_faults {
            entry.faults += 1;
        }
        let work = if entry.job.progress.planned {
            Work::Finalize
        } else {
            Work::Plan
        };
        // The real one waits as long as it was told to.
        state.ring(lease.job(), work);
        Ok(Guarded::Applied)
    }

    async fn fail(&self, lease: LeaseOf, token: LeaseToken, message: &str) -> Result<Guarded, StoreError> {
        let mut state = self.state.lock().unwrap();
        let Some(entry) = state.held(lease.job(), token) else {
            return Ok(Guarded::Lost);
        };
        entry.job.state = JobState::Failed;
        entry.job.message = Some(message.to_owned());
        entry.lease = None;
        Ok(Guarded::Applied)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
