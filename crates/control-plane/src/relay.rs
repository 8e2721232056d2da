//! The outbox relay: takes messages that transactions left in the database to the broker.
//!
//! A row is deleted only after the broker has confirmed its message. Dying in between rings twice,
//! which is harmless.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use construe_jobs::{OutboxRing, Ring, Timestamp};
use construe_telemetry::metrics;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::plane::Context;

/// Rows taken at a time.
const BATCH: u32 = 256;
/// How long claimed rows are kept from other relays: longer than publishing takes, short enough that
/// the rows of a relay that died are not missed for long.
const HOLD: Duration = Duration::from_secs(10);

pub(crate) async fn run(context: Arc<Context>, shutdown: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
    loop {
        let pause = match relay_batch(&context).await {
            // A full batch: more is waiting.
            Ok(count) if count == BATCH as usize => {
                backoff.reset();
                Duration::ZERO
            }
            Ok(_) => {
                backoff.reset();
                context.config.relay_poll
            }
            Err(error) => {
                tracing::warn!(error = &*error, "relaying the outbox failed, trying again");
                backoff.next()
            }
        };
        if pause.is_zero() && !shutdown.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(pause) => {}
            () = context.wake.notified() => {}
        }
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Publishes one batch; how many messages it held.
async fn relay_batch(context: &Context) -> Result<usize, AnyError> {
    let claimed_at = Instant::now();
    let claimed = context.store.claim_rings(BATCH, HOLD).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let rings: Vec<Ring> = claimed.iter().map(|row| row.ring.clone()).collect();
    publish(context, &rings, claimed_at + HOLD).await?;
    let ids: Vec<i64> = claimed.iter().map(|row| row.id).collect();
    context.store.delete_rings(&ids).await?;
    claimed.iter().for_each(measure_lag);
    Ok(claimed.len())
}

/// Retries while the rows are this relay's: given back, they would wait until the hold has passed.
async fn publish(context: &Context, rings: &[Ring], held_until: Instant) -> Result<(), AnyError> {
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    loop {
        let Err(error) = context.queue.publish(rings).await else {
            return Ok(());
        };
        let pause = backoff.next();
        if Instant::now() + pause >= held_until {
            return Err(error.into());
        }
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "publishing failed, trying again"
        );
        sleep(pause).await;
    }
}

/// The row's time is the database's clock, so the lag is as good as the clocks agree.
fn measure_lag(row: &OutboxRing) {
    metrics::outbox_published(since(row.ring.rung));
}

/// The time from `then` to now; zero when `then` lies ahead.
pub(crate) fn since(then: Timestamp) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_micros(u64::try_from(then.0).unwrap_or(0));
    now.saturating_sub(then)
}
