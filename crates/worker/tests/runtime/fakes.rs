//! The ports in memory, honest about leases and tokens, with faults to order.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use construe_jobs::*;
use futures::{StreamExt, stream};
use tokio::sync::{Semaphore, watch};

/// Calls of the store that tests make fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Lease,
    Renew,
    /// Fails before anything is written.
    Commit,
    /// Fails after the write took effect.
    CommitReply,
    Mark,
}

#[derive(Debug, Default, Clone)]
pub struct Row {
    pub slices: Vec<Slice>,
    pub token: Option<LeaseToken>,
    pub attempt: u32,
    pub faults: u32,
    pub part: Option<Part>,
    pub careful: bool,
    pub poisoned: Vec<u64>,
    pub marks: Vec<u64>,
    pub per_mille: u16,
    pub releases: Vec<Release>,
}

pub struct State {
    pub job: Job,
    pub rows: Vec<Row>,
    pub failures: HashMap<Call, u32>,
    pub order: WorkerOrder,
    pub reports: Vec<WorkerStatus>,
    pub removed: Vec<String>,
    pub leases: u32,
    pub renewals: u32,
}

pub struct FakeStore {
    state: Mutex<State>,
}

impl FakeStore {
    pub fn new(job: Job, shards: Vec<Vec<Slice>>) -> Self {
        let rows = shards
            .into_iter()
            .map(|slices| Row {
                slices,
                ..Row::default()
            })
            .collect();
        let state = State {
            job,
            rows,
            failures: HashMap::new(),
            order: WorkerOrder::Continue,
            reports: Vec::new(),
            removed: Vec::new(),
            leases: 0,
            renewals: 0,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes the next `times` such calls fail.
    pub fn fail_next(&self, call: Call, times: u32) {
        self.state().failures.insert(call, times);
    }

    fn trip(state: &mut State, call: Call) -> Result<(), StoreError> {
        match state.failures.get_mut(&call) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(StoreError::Unavailable {
                    attempted: "a test",
                    source: "ordered".into(),
                })
            }
            _ => Ok(()),
        }
    }
}

fn not_for_workers() -> ! {
    panic!("a worker has no business with this")
}

#[async_trait]
impl JobStore for FakeStore {
    async fn job_of_token(&self, _: &Owner, _: &ClientToken) -> Result<Option<Job>, StoreError> {
        not_for_workers()
    }

    async fn lease_shard(
        &self,
        id: JobId,
        ordinal: u64,
        _: &str,
        ttl: Duration,
    ) -> Result<Option<LeasedShard>, StoreError> {
        let mut state = self.state();
        Self::trip(&mut state, Call::Lease)?;
        state.leases += 1;
        assert_eq!(id, state.job.id);
        let job = state.job.clone();
        let row = &mut state.rows[ordinal as usize];
        if job.state != JobState::InProgress || row.part.is_some() || row.token.is_some() {
            return Ok(None);
        }
        let token = LeaseToken::new();
        row.token = Some(token);
        row.attempt += 1;
        Ok(Some(LeasedShard {
            lease: Lease {
                token,
                attempt: row.attempt,
                faults: row.faults,
                deadline: Instant::now() + ttl,
            },
            job,
            ordinal,
            slices: row.slices.clone(),
            careful: row.careful,
            poisoned: row.poisoned.clone(),
        }))
    }

    async fn report_progress(
        &self,
        _: JobId,
        ordinal: u64,
        token: LeaseToken,
        per_mille: u16,
    ) -> Result<Guarded, StoreError> {
        let mut state = self.state();
        let row = &mut state.rows[ordinal as usize];
        if row.token != Some(token) {
            return Ok(Guarded::Lost);
        }
        row.per_mille = per_mille;
        Ok(Guarded::Applied)
    }

    async fn mark_document(
        &self,
        _: JobId,
        ordinal: u64,
        token: LeaseToken,
        document: u64,
    ) -> Result<Guarded, StoreError> {
        let mut state = self.state();
        Self::trip(&mut state, Call::Mark)?;
        let row = &mut state.rows[ordinal as usize];
        if row.token != Some(token) {
            return Ok(Guarded::Lost);
        }
        row.marks.push(document);
        Ok(Guarded::Applied)
    }

    async fn commit_shard(
        &self,
        _: JobId,
        ordinal: u64,
        token: LeaseToken,
        part: &Part,
    ) -> Result<Guarded, StoreError> {
        let mut state = self.state();
        Self::trip(&mut state, Call::Commit)?;
        if state.job.state.is_terminal() || state.rows[ordinal as usize].token != Some(token) {
            return Ok(Guarded::Lost);
        }
        state.rows[ordinal as usize].part = Some(part.clone());
        Self::trip(&mut state, Call::CommitReply)?;
        Ok(Guarded::Applied)
    }

    async fn report_worker(&self, status: &WorkerStatus) -> Result<WorkerOrder, StoreError> {
        let mut state = self.state();
        state.reports.push(status.clone());
        Ok(state.order)
    }

    async fn remove_worker(&self, id: &str) -> Result<(), StoreError> {
        self.state().removed.push(id.to_owned());
        Ok(())
    }

    async fn renew(&self, lease: LeaseOf, token: LeaseToken, ttl: Duration) -> Result<Renewal, StoreError> {
        let mut state = self.state();
        Self::trip(&mut state, Call::Renew)?;
        state.renewals += 1;
        let LeaseOf::Shard(_, ordinal) = lease else {
            not_for_workers()
        };
        if state.rows[ordinal as usize].token != Some(token) {
            return Ok(Renewal::Lost);
        }
        Ok(Renewal::Held {
            state: state.job.state,
            deadline: Instant::now() + ttl,
        })
    }

    async fn release(&self, lease: LeaseOf, token: LeaseToken, release: Release) -> Result<Guarded, StoreError> {
        let LeaseOf::Shard(_, ordinal) = lease else {
            not_for_workers()
        };
        let mut state = self.state();
        let row = &mut state.rows[ordinal as usize];
        if row.token != Some(token) {
            return Ok(Guarded::Lost);
        }
        row.token = None;
        row.faults += u32::from(matches!(release, Release::Fault { .. }));
        row.releases.push(release);
        Ok(Guarded::Applied)
    }

    async fn fail(&self, lease: LeaseOf, token: LeaseToken, message: &str) -> Result<Guarded, StoreError> {
        let LeaseOf::Shard(_, ordinal) = lease else {
            not_for_workers()
        };
        let mut state = self.state();
        if state.rows[ordinal as usize].token != Some(token) {
            return Ok(Guarded::Lost);
        }
        state.job.state = JobState::Failed;
        state.job.message = Some(message.to_owned());
        Ok(Guarded::Applied)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn create(&self, _: NewJob) -> Result<Created, StoreError> {
        not_for_workers()
    }
    async fn get(&self, _: &Owner, _: JobId) -> Result<Option<Job>, StoreError> {
        not_for_workers()
    }
    async fn list(
        &self,
        _: &Owner,
        _: Option<&JobFilter>,
        _: Option<ListPosition>,
        _: u32,
    ) -> Result<Vec<Job>, StoreError> {
        not_for_workers()
    }
    async fn tags(&self, _: &str) -> Result<Vec<Tag>, StoreError> {
        not_for_workers()
    }
    async fn put_tags(&self, _: &str, _: &[Tag], _: usize) -> Result<(), StoreError> {
        not_for_workers()
    }
    async fn remove_tags(&self, _: &str, _: &[String]) -> Result<(), StoreError> {
        not_for_workers()
    }
    async fn stop(&self, _: Option<&Owner>, _: JobId) -> Result<StopOutcome, StoreError> {
        not_for_workers()
    }
    async fn inspect(&self, _: Option<&Owner>, _: JobId) -> Result<Option<Inspection>, StoreError> {
        not_for_workers()
    }
    async fn claim_rings(&self, _: u32, _: Duration) -> Result<Vec<OutboxRing>, StoreError> {
        not_for_workers()
    }
    async fn delete_rings(&self, _: &[i64]) -> Result<(), StoreError> {
        not_for_workers()
    }
    async fn lease_job(&self, _: JobId, _: JobWork, _: &str, _: Duration) -> Result<Option<LeasedJob>, StoreError> {
        not_for_workers()
    }
    async fn extend_plan(&self, _: JobId, _: LeaseToken, _: PlanBatch) -> Result<Planned, StoreError> {
        not_for_workers()
    }
    async fn done_shards(&self, _: JobId, _: u64, _: u32) -> Result<Vec<DoneShard>, StoreError> {
        not_for_workers()
    }
    async fn finish(
        &self,
        _: JobId,
        _: LeaseToken,
        _: Ending,
        _: Option<&serde_json::Value>,
    ) -> Result<Guarded, StoreError> {
        not_for_workers()
    }
    async fn sweep(&self) -> Result<SweepReport, StoreError> {
        not_for_workers()
    }
    async fn workers(&self) -> Result<Vec<WorkerInfo>, StoreError> {
        not_for_workers()
    }
    async fn drain_worker(&self, _: &str) -> Result<bool, StoreError> {
        not_for_workers()
    }
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        not_for_workers()
    }
    async fn jobs_to_clean(&self, _: u32) -> Result<Vec<JobId>, StoreError> {
        not_for_workers()
    }
    async fn cleaned(&self, _: JobId) -> Result<(), StoreError> {
        not_for_workers()
    }
}

pub const INPUT_BUCKET: &str = "input";
pub const WORK_BUCKET: &str = "work";

/// How reading one object goes wrong.
#[derive(Debug, Clone, Copy)]
pub enum ReadFault {
    Refused(ObjectErrorKind),
    /// The stream breaks off with an error after so many bytes.
    Breaks(u64),
    /// The stream ends without an error after so many bytes.
    EndsEarly(u64),
    /// The stream delivers so many bytes and then nothing more.
    Hangs(u64),
}

pub struct FakeObjects {
    pub input: BTreeMap<String, Bytes>,
    /// Bytes per chunk of a read.
    pub chunk: usize,
    inner: Arc<Inner>,
}

struct Inner {
    faults: Mutex<HashMap<String, VecDeque<ReadFault>>>,
    write_faults: Mutex<u32>,
    reads: Mutex<Vec<String>>,
    given: watch::Sender<u64>,
    /// As in the embedded store: few can look an object up at a time, the others wait in line.
    lookups: Semaphore,
    /// Reads whose stream has not been dropped.
    open: watch::Sender<u32>,
    parts: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Whether writing goes on; while it does not, writers wait.
    writable: watch::Sender<bool>,
}

impl FakeObjects {
    pub fn new(input: impl IntoIterator<Item = (String, Vec<u8>)>, chunk: usize) -> Self {
        let inner = Inner {
            faults: Mutex::default(),
            write_faults: Mutex::default(),
            reads: Mutex::default(),
            given: watch::Sender::new(0),
            lookups: Semaphore::new(1),
            open: watch::Sender::new(0),
            parts: Mutex::default(),
            writable: watch::Sender::new(true),
        };
        let input = input
            .into_iter()
            .map(|(key, bytes)| (key, Bytes::from(bytes)))
            .collect();
        Self {
            input,
            chunk,
            inner: Arc::new(inner),
        }
    }

    pub fn etag(key: &str) -> String {
        format!("\"etag of {key}\"")
    }

    pub fn fault(&self, key: &str, faults: impl IntoIterator<Item = ReadFault>) {
        self.inner
            .faults
            .lock()
            .unwrap()
            .entry(key.to_owned())
            .or_default()
            .extend(faults);
    }

    pub fn fail_writes(&self, times: u32) {
        *self.inner.write_faults.lock().unwrap() = times;
    }

    pub fn set_writable(&self, writable: bool) {
        self.inner.writable.send_replace(writable);
    }

    /// Keys read so far.
    pub fn reads(&self) -> Vec<String> {
        self.inner.reads.lock().unwrap().clone()
    }

    /// Bytes handed to readers so far.
    pub fn given(&self) -> watch::Receiver<u64> {
        self.inner.given.subscribe()
    }

    /// Waits until nobody reads any more.
    pub async fn until_unread(&self) {
        let mut open = self.inner.open.subscribe();
        let unread = open.wait_for(|open| *open == 0);
        tokio::time::timeout(Duration::from_secs(20), unread)
            .await
            .expect("reading goes on")
            .unwrap();
    }

    /// Completed objects of the work bucket.
    pub fn parts(&self) -> BTreeMap<String, Vec<u8>> {
        self.inner.parts.lock().unwrap().clone()
    }
}

fn unavailable() -> ObjectError {
    ObjectError::new(ObjectErrorKind::Unavailable, "ordered by a test")
}

#[async_trait]
impl ObjectStore for FakeObjects {
    async fn read(
        &self,
        access: &Access,
        location: &Location,
        etag: Option<&str>,
        range: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        assert!(matches!(access, Access::Role { role_arn, .. } if role_arn == "arn:role"));
        assert_eq!(location.bucket, INPUT_BUCKET);
        assert_eq!(etag, Some(&*Self::etag(&location.key)));
        self.inner.reads.lock().unwrap().push(location.key.clone());
        let lookup = self.inner.lookups.acquire().await;
        tokio::task::yield_now().await;
        drop(lookup);
        let fault = self
            .inner
            .faults
            .lock()
            .unwrap()
            .get_mut(&location.key)
            .and_then(VecDeque::pop_front);
        if let Some(ReadFault::Refused(kind)) = fault {
            return Err(ObjectError::new(kind, "ordered by a test"));
        }
        let mut bytes = self.input[&location.key].slice(range.start as usize..range.end as usize);
        if let Some(ReadFault::Breaks(limit) | ReadFault::EndsEarly(limit) | ReadFault::Hangs(limit)) = fault {
            bytes.truncate(limit as usize);
        }
        let chunks = bytes
            .chunks(self.chunk)
            .map(|chunk| Ok(bytes.slice_ref(chunk)))
            .collect::<Vec<_>>();
        let end = stream::iter(matches!(fault, Some(ReadFault::Breaks(_))).then(|| Err(unavailable())));
        let inner = self.inner.clone();
        let stream = stream::iter(chunks)
            .chain(end)
            .inspect(move |chunk: &Result<Bytes, _>| {
                let length = chunk.as_ref().map_or(0, Bytes::len) as u64;
                inner.given.send_modify(|given| *given += length);
            });
        let rest = match fault {
            Some(ReadFault::Hangs(_)) => stream::pending().boxed(),
            _ => stream::empty().boxed(),
        };
        let open = OpenRead::count(self.inner.clone());
        let stream = stream.chain(rest).map(move |chunk| {
            let _counted_while_the_stream_lives = &open;
            chunk
        });
        Ok(stream.boxed())
    }

    async fn write(&self, access: &Access, object: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        assert_eq!(*access, Access::Service);
        assert_eq!(object.location.bucket, WORK_BUCKET);
        assert!(object.once.is_none());
        Ok(Box::new(FakeWriter {
            key: object.location.key,
            bytes: Vec::new(),
            inner: self.inner.clone(),
        }))
    }

    fn work_bucket(&self) -> &str {
        WORK_BUCKET
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        Ok(())
    }

    /// One object at a time.
    async fn list(
        &self,
        access: &Access,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ObjectPage, ObjectError> {
        assert!(matches!(access, Access::Role { role_arn, .. } if role_arn == "arn:role"));
        if bucket != INPUT_BUCKET {
            return Err(ObjectError::new(ObjectErrorKind::NoSuchBucket, "ordered by a test"));
        }
        let mut found = self
            .input
            .iter()
            .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after));
        let objects: Vec<_> = found
            .next()
            .map(|(key, bytes)| ObjectMeta {
                key: key.clone(),
                etag: Self::etag(key),
                size: bytes.len() as u64,
            })
            .into_iter()
            .collect();
        Ok(ObjectPage {
            objects,
            more: found.next().is_some(),
        })
    }
    async fn check_writable(&self, _: &Access, _: &Location) -> Result<(), ObjectError> {
        not_for_workers()
    }
    async fn remove_work(&self, _: &str) -> Result<(), ObjectError> {
        not_for_workers()
    }
}

struct OpenRead(Arc<Inner>);

impl OpenRead {
    fn count(inner: Arc<Inner>) -> Self {
        inner.open.send_modify(|open| *open += 1);
        Self(inner)
    }
}

impl Drop for OpenRead {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

struct FakeWriter {
    key: String,
    bytes: Vec<u8>,
    inner: Arc<Inner>,
}

#[async_trait]
impl ObjectWriter for FakeWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        let _ = self.inner.writable.subscribe().wait_for(|writable| *writable).await;
        {
            let mut faults = self.inner.write_faults.lock().unwrap();
            if *faults > 0 {
                *faults -= 1;
                return Err(unavailable());
            }
        }
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn complete(self: Box<Self>) -> Result<Written, ObjectError> {
        let Self { key, bytes, inner } = *self;
        assert!(
            inner.parts.lock().unwrap().insert(key, bytes).is_none(),
            "a part was written twice"
        );
        Ok(Written::Created)
    }

    async fn abort(self: Box<Self>) {}
}
