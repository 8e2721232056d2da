//! Holding the lease on a job: renewed in the background, given up by the local clock when the
//! database is silent.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use construe_jobs::{Job, JobState, JobStore, Lease, LeaseOf, LeaseToken, Renewal, StoreError};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::backoff::Backoff;
use crate::broken::Broken;

/// A lease that is renewed until this is dropped.
pub(crate) struct HeldLease {
    pub(crate) of: LeaseOf,
    pub(crate) token: LeaseToken,
    /// Times that passing trouble broke this work off before.
    pub(crate) faults: u32,
    lost: CancellationToken,
    stopping: Arc<AtomicBool>,
    _keeper: AbortOnDropHandle<()>,
}

impl HeldLease {
    pub(crate) fn keep(store: Arc<dyn JobStore>, job: &Job, lease: &Lease, ttl: Duration) -> Self {
        let of = LeaseOf::Job(job.id);
        let lost = CancellationToken::new();
        let stopping = Arc::new(AtomicBool::new(job.state == JobState::StopRequested));
        let keeper = Keeper {
            store,
            of,
            token: lease.token,
            ttl,
            deadline: Instant::from_std(lease.deadline),
            lost: lost.clone(),
            stopping: stopping.clone(),
        };
        Self {
            of,
            token: lease.token,
            faults: lease.faults,
            lost,
            stopping,
            _keeper: AbortOnDropHandle::new(tokio::spawn(keeper.run().in_current_span())),
        }
    }

    /// Returns once the lease is held no more.
    pub(crate) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Whether a stop of the job was requested, as far as the last renewal knew.
    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Repeats a write that names this lease's token until the database answers or the lease is lost.
    pub(crate) async fn persist<T, W>(&self, mut write: impl FnMut() -> W) -> Result<T, Broken>
    where
        W: Future<Output = Result<T, StoreError>>,
    {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        let persisted = async {
            loop {
                match write().await {
                    Err(error) if error.is_retryable() => sleep(backoff.next()).await,
                    result => return result.map_err(Broken::Store),
                }
            }
        };
        tokio::select! {
            biased;
            result = persisted => result,
            () = self.lost() => Err(Broken::Lost),
        }
    }
}

struct Keeper {
    store: Arc<dyn JobStore>,
    of: LeaseOf,
    token: LeaseToken,
    ttl: Duration,
    deadline: Instant,
    lost: CancellationToken,
    stopping: Arc<AtomicBool>,
}

impl Keeper {
    async fn run(mut self) {
        self.renew_until_lost().await;
        self.lost.cancel();
    }

    async fn renew_until_lost(&mut self) {
        let unhurried = self.ttl / 3;
        let mut backoff = Backoff::new(self.ttl / 60, self.ttl / 6);
        let mut pause = unhurried;
        loop {
            sleep_until(self.deadline.min(Instant::now() + pause)).await;
            if Instant::now() >= self.deadline {
                return;
            }
            match timeout_at(self.deadline, self.store.renew(self.of, self.token, self.ttl)).await {
                Ok(Ok(Renewal::Held { state, deadline })) => {
                    self.deadline = Instant::from_std(deadline);
                    if state == JobState::StopRequested {
                        self.stopping.store(true, Ordering::Relaxed);
                    }
                    backoff.reset();
                    pause = unhurried;
                }
                Ok(Ok(Renewal::Lost)) | Err(_) => return,
                Ok(Err(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "renewing a lease failed");
                    pause = backoff.next();
                }
            }
        }
    }
}
