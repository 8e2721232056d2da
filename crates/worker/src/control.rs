//! What reaches a shard from outside while it is worked on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use construe_jobs::{JobState, JobStore, LeaseOf, LeaseToken, Renewal};
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::interruption::Interruption;

/// The later ones prevail. A stop prevails over a release, since it ends the shard as soon and keeps
/// what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    Run,
    /// Give the shard back at the next document.
    Release,
    /// Close the result at the next document, and commit it.
    Stop,
    /// The lease is lost.
    Lost,
}

pub(crate) struct Control {
    signal: watch::Sender<Signal>,
}

impl Control {
    pub(crate) fn new() -> Self {
        Self {
            signal: watch::Sender::new(Signal::Run),
        }
    }

    pub(crate) fn signal(&self) -> Signal {
        *self.signal.borrow()
    }

    pub(crate) fn raise(&self, signal: Signal) {
        self.signal.send_if_modified(|current| {
            let higher = signal > *current;
            *current = signal.max(*current);
            higher
        });
    }

    /// Waits until the signal is `least` or a later one.
    pub(crate) async fn reached(&self, least: Signal) {
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = self.signal.subscribe().wait_for(|signal| *signal >= least).await;
    }
}

impl Control {
    /// Waits until what is done for the shard is in vain: it is given back, or the lease is lost.
    pub(crate) async fn in_vain(&self) -> Interruption {
        let mut signal = self.signal.subscribe();
        // As above, the channel cannot close.
        let seen = signal
            .wait_for(|signal| matches!(signal, Signal::Release | Signal::Lost))
            .await;
        match seen.as_deref() {
            Ok(Signal::Release) => Interruption::Drained,
            _ => Interruption::Lost,
        }
    }
}

/// Keeps one lease.
pub(crate) struct Keeper {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) lease: LeaseOf,
    pub(crate) token: LeaseToken,
    pub(crate) ttl: Duration,
    pub(crate) renew_every: Duration,
    pub(crate) control: Arc<Control>,
    /// Raises [`Signal::Release`].
    pub(crate) release: CancellationToken,
}

impl Keeper {
    /// Renews until the lease is lost, or past its deadline by this machine's own clock.
    pub(crate) async fn keep(self, deadline: Instant) {
        // To be done before the database thinks it over.
        let margin = (self.ttl / 10).min(Duration::from_secs(1));
        let mut deadline = deadline - margin;
        let mut next = Instant::now() + self.renew_every;
        let mut released = false;
        loop {
            tokio::select! {
                () = sleep_until(next.min(deadline).into()) => {}
                () = self.release.cancelled(), if !released => {
                    released = true;
                    self.control.raise(Signal::Release);
                    continue;
                }
            }
            if Instant::now() >= deadline {
                tracing::warn!("a lease ran out before it could be renewed");
                break;
            }
            let renewal = self.store.renew(self.lease, self.token, self.ttl);
            match timeout_at(deadline.into(), renewal).await {
                Ok(Ok(Renewal::Held {
                    state,
                    deadline: renewed,
                })) if !state.is_terminal() => {
                    if state == JobState::StopRequested {
                        self.control.raise(Signal::Stop);
                    }
                    deadline = renewed - margin;
                    next = Instant::now() + self.renew_every;
                }
                Ok(Ok(_)) => break,
                Ok(Err(error)) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a lease could not be renewed, trying again"
                    );
                    next = Instant::now() + (self.renew_every / 5).mul_f64(0.5 + fastrand::f64());
                }
                // No answer: the next round finds the deadline passed.
                Err(_) => {}
            }
        }
        self.control.raise(Signal::Lost);
    }
}
