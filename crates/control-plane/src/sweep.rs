//! The sweeper takes back what dead processes held and rings for what was forgotten; the janitor
//! removes parts of ended jobs and files of deleted models from the work bucket.

use std::sync::Arc;

use construe_jobs::{JobId, SweepReport};
use construe_telemetry::metrics;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::backoff::jittered;
use crate::plane::Context;

/// Ended jobs, and deleted models, cleaned up between two looks at the list.
const AT_ONCE: u32 = 32;
/// The store does not say what the leases that expired were taken on.
const ANY_WORK: &str = "any";

pub(crate) async fn sweep(context: Arc<Context>, shutdown: CancellationToken) {
    loop {
        match context.store.sweep().await {
            Ok(report) => tell(&context, &report),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "sweeping failed"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(jittered(context.config.sweep_every)) => {}
        }
    }
}

fn tell(context: &Context, report: &SweepReport) {
    if *report == SweepReport::default() {
        return;
    }
    context.wake.notify_one();
    if report.leases_expired > 0 {
        metrics::leases_expired(ANY_WORK, report.leases_expired);
    }
    tracing::info!(
        leases_expired = report.leases_expired,
        rung_again = report.rung_again,
        leases_revoked = report.leases_revoked,
        jobs_failed = report.jobs_failed,
        "swept"
    );
}

pub(crate) async fn clean(context: Arc<Context>, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(jittered(context.config.clean_every)) => {}
        }
        clean_jobs(&context, &shutdown).await;
        clean_models(&context, &shutdown).await;
    }
}

async fn clean_jobs(context: &Context, shutdown: &CancellationToken) {
    let jobs = match context.store.jobs_to_clean(AT_ONCE).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "listing jobs to clean up failed"
            );
            return;
        }
    };
    for job in jobs {
        if shutdown.is_cancelled() {
            return;
        }
        clean_job(context, job).await;
    }
}

/// Removes what deleted models left behind.
async fn clean_models(context: &Context, shutdown: &CancellationToken) {
    let prefixes = match context.models.garbage(AT_ONCE).await {
        Ok(prefixes) => prefixes,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "listing files of deleted models failed"
            );
            return;
        }
    };
    for prefix in prefixes {
        if shutdown.is_cancelled() {
            return;
        }
        if let Err(error) = context.objects.remove_work(&prefix).await {
            tracing::warn!(%prefix, error = &error as &dyn std::error::Error, "removing the files of a deleted model failed");
            continue;
        }
        if let Err(error) = context.models.garbage_removed(&prefix).await {
            tracing::warn!(%prefix, error = &error as &dyn std::error::Error, "recording a clean-up failed");
        }
    }
}

/// Failures are left to the next round: the job stays on the list.
async fn clean_job(context: &Context, job: JobId) {
    if let Err(error) = context.objects.remove_work(&format!("parts/{job}/")).await {
        tracing::warn!(%job, error = &error as &dyn std::error::Error, "removing the parts of an ended job failed");
        return;
    }
    if let Err(error) = context.store.cleaned(job).await {
        tracing::warn!(%job, error = &error as &dyn std::error::Error, "recording a clean-up failed");
    }
}
