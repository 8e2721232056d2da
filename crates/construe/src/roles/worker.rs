//! `construe worker <kind>`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use construe_worker::{Analyzer, Worker, WorkerConfig};
use construe_worker_entities::EntitiesAnalyzer;
use construe_worker_medical::MedicalAnalyzer;

use super::{Process, Site, configuration, host};
use crate::cli::{Role, WorkerName};
use crate::config::Config;

/// A request to drain is noticed as soon.
const REPORT_EVERY: Duration = Duration::from_secs(2);

pub async fn run(kind: WorkerName, role: &Role) -> anyhow::Result<()> {
    match kind {
        WorkerName::Classification => {
            bail!("this version has no classification worker yet: only `construe worker entities` and `medical`")
        }
        WorkerName::Entities => {
            let load = || EntitiesAnalyzer::load().context("loading the engines");
            work("worker-entities", role, load).await
        }
        WorkerName::Medical => {
            let load = || MedicalAnalyzer::load().context("loading the medical engine");
            work("worker-medical", role, load).await
        }
    }
}

async fn work<A: Analyzer>(
    name: &'static str,
    role: &Role,
    load: impl FnOnce() -> anyhow::Result<A>,
) -> anyhow::Result<()> {
    let Some(config) = configuration(role)? else {
        return Ok(());
    };
    let process = Process::start(name, &config)?;
    let site = Site::connect(&config).await?;
    site.check().await?;
    let analyzer = Arc::new(load()?);
    process.serve_admin(&config).await?;
    let worker = Worker::new(
        settings(&config, &process.id),
        site.store,
        site.queue,
        site.objects,
        analyzer,
    )
    .on_readiness({
        let readiness = process.readiness.clone();
        move |ready| readiness.set_ready(ready)
    });
    let worked = worker.run(process.shutdown.clone()).await;
    process.finish().await;
    worked.context("working")
}

pub fn settings(config: &Config, id: &str) -> WorkerConfig {
    let lease_ttl = config.pipeline.lease_ttl();
    WorkerConfig {
        slots: config.pipeline.slots() as usize,
        lease_ttl,
        renew_every: lease_ttl / 3,
        report_every: REPORT_EVERY,
        drain_grace: config.pipeline.drain_grace(),
        ..WorkerConfig::new(id, host(), env!("CARGO_PKG_VERSION"))
    }
}
