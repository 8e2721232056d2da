//! Following a job. Each watcher looks for itself: the database is the record, and a change may have
//! been made by any process.

use std::sync::Arc;

use construe_jobs::{Inspection, JobId, Owner};
use construe_proto::control::v1::WatchJobResponse;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::convert;
use super::service::inspect;
use crate::plane::Context;

type Update = Result<WatchJobResponse, Status>;

pub(super) fn stream(
    context: Arc<Context>,
    owner: Option<Owner>,
    id: JobId,
    first: Inspection,
) -> ReceiverStream<Update> {
    // One update waits at most: a slow client skips states rather than fall behind.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        // The client may leave at any time; nobody is left to tell then.
        let _ = follow(&context, owner.as_ref(), id, first, &sender).await;
    });
    ReceiverStream::new(receiver)
}

struct ClientLeft;

impl<T> From<mpsc::error::SendError<T>> for ClientLeft {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        ClientLeft
    }
}

async fn follow(
    context: &Context,
    owner: Option<&Owner>,
    id: JobId,
    first: Inspection,
    sender: &mpsc::Sender<Update>,
) -> Result<(), ClientLeft> {
    let mut seen = first;
    let mut sent = send(&seen, sender).await?;
    while !seen.job.state.is_terminal() {
        tokio::select! {
            () = sleep(context.config.watch_every) => {}
            () = sender.closed() => return Err(ClientLeft),
            () = context.closing.cancelled() => {
                sender.send(Err(Status::unavailable("the server is leaving, watch again"))).await?;
                return Ok(());
            }
        }
        let next = match inspect(context, owner, id).await {
            Ok(next) => next,
            Err(status) => {
                sender.send(Err(status)).await?;
                return Ok(());
            }
        };
        let is_due = is_change(&seen, &next) || sent.elapsed() >= context.config.watch_heartbeat;
        if is_due {
            sent = send(&next, sender).await?;
            seen = next;
        }
    }
    Ok(())
}

async fn send(inspection: &Inspection, sender: &mpsc::Sender<Update>) -> Result<Instant, ClientLeft> {
    let update = WatchJobResponse {
        inspection: Some(convert::inspection(inspection.clone())),
    };
    sender.send(Ok(update)).await?;
    Ok(Instant::now())
}

/// Whether `next` is news; the passing of time and the renewal of leases are not.
fn is_change(seen: &Inspection, next: &Inspection) -> bool {
    let holders = |inspection: &Inspection| -> Vec<_> {
        let leases = inspection.leases.iter();
        leases
            .map(|lease| (lease.ordinal, lease.holder.clone(), lease.attempt, lease.per_mille))
            .collect()
    };
    seen.job.state != next.job.state
        || seen.job.progress != next.job.progress
        || seen.shards != next.shards
        || holders(seen) != holders(next)
}
