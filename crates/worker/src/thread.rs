//! Threads for work that computes for as long as a shard takes.
//!
//! Each work has a new one. The runtime's own threads for blocking work take turns, and where files are read and
//! written there are dozens of them: an engine's tables, some megabytes for each shard, would pass through all of
//! these, and the allocator would keep them for every one. What a thread held is free when it ends.

use tokio::sync::oneshot;

use crate::interruption::Interruption;

/// Does `work` on a thread of its own.
///
/// # Errors
///
/// When there is no thread to be had, and when `work` panics.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Interruption> {
    let (sender, result) = oneshot::channel();
    let thread = std::thread::Builder::new().name("shard".to_owned());
    let started = thread.spawn(move || {
        // Nobody waits for it any more when the worker is leaving in a hurry.
        let _ = sender.send(work());
    });
    if let Err(error) = started {
        tracing::error!(%error, "no thread could be started");
        return Err(Interruption::no_thread());
    }
    result.await.map_err(|_| Interruption::internal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_elsewhere_and_its_panic_is_an_error() {
        let here = std::thread::current().id();
        assert_eq!(run(move || std::thread::current().id() == here).await, Ok(false));
        assert_eq!(
            run(|| -> u8 { panic!("on purpose") }).await,
            Err(Interruption::internal())
        );
    }
}
