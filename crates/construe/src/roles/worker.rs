//! `construe worker <kind>`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use construe_jobs::ObjectStore;
use construe_worker::{Analyzer, Worker, WorkerConfig};
use construe_worker_classification::ClassificationAnalyzer;
use construe_worker_entities::{Custom, EntitiesAnalyzer};
use construe_worker_medical::MedicalAnalyzer;

use super::{Process, Site, configuration, custom, host};
use crate::cli::{Role, WorkerName};
use crate::config::Config;

/// A request to drain is noticed as soon.
const REPORT_EVERY: Duration = Duration::from_secs(2);

pub async fn run(kind: WorkerName, role: &Role) -> anyhow::Result<()> {
    match kind {
        WorkerName::Classification => work("worker-classification", role, classification).await,
        WorkerName::Entities => work("worker-entities", role, entities).await,
        WorkerName::Medical => {
            let load = |_: &Config, _| MedicalAnalyzer::load().context("loading the medical engine");
            work("worker-medical", role, load).await
        }
    }
}

fn classification(config: &Config, objects: Arc<dyn ObjectStore>) -> anyhow::Result<ClassificationAnalyzer> {
    let classifiers = custom::classifiers(config, objects);
    Ok(ClassificationAnalyzer::new(classifiers, custom::reader(config)))
}

fn entities(config: &Config, objects: Arc<dyn ObjectStore>) -> anyhow::Result<EntitiesAnalyzer> {
    let entities = Arc::new(construe_entities::Engine::load().context("loading the engine of entities")?);
    let pii = Arc::new(construe_pii::Engine::load().context("loading the engine of personal data")?);
    let custom = Custom {
        recognizers: custom::recognizers(config, objects, entities.clone()),
        reader: custom::reader(config),
    };
    Ok(EntitiesAnalyzer::new(entities, pii, custom))
}

async fn work<A: Analyzer>(
    name: &'static str,
    role: &Role,
    load: impl FnOnce(&Config, Arc<dyn ObjectStore>) -> anyhow::Result<A>,
) -> anyhow::Result<()> {
    let Some(config) = configuration(role)? else {
        return Ok(());
    };
    let process = Process::start(name, &config)?;
    let site = Site::connect(&config).await?;
    site.check().await?;
    let analyzer = Arc::new(load(&config, site.objects.clone())?);
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
