//! The parts of a distributed site, from its configuration.

use std::sync::Arc;

use anyhow::{Context, ensure};
use construe_jobs::{JobStore, ObjectStore, WorkQueue};
use construe_models::ModelRegistry;
use construe_objects::{RoleCredentials, S3Config, S3Objects, StaticCredentials};
use construe_queue::{RabbitConfig, RabbitQueue};
use construe_store::Store;

use crate::config::Config;

/// Database, queue and object storage of a site.
pub struct Site {
    pub store: Arc<dyn JobStore>,
    /// The same database.
    pub models: Arc<dyn ModelRegistry>,
    pub queue: Arc<dyn WorkQueue>,
    pub objects: Arc<dyn ObjectStore>,
}

impl Site {
    /// Connects to everything; fails before anything is served.
    pub async fn connect(config: &Config) -> anyhow::Result<Self> {
        let store = Arc::new(store(config).await?);
        Ok(Self {
            store: store.clone(),
            models: store,
            queue: Arc::new(queue(config)?),
            objects: Arc::new(objects(config).await?),
        })
    }

    /// Fails when one of the parts cannot be used.
    pub async fn check(&self) -> anyhow::Result<()> {
        self.store.ping().await.context("checking the database")?;
        self.queue.ping().await.context("checking the message queue")?;
        self.objects.ping().await.context("checking the object storage")
    }
}

/// The database, connected, its schema not yet looked at.
pub async fn store(config: &Config) -> anyhow::Result<Store> {
    ensure!(
        !config.database.url.is_empty(),
        "database.url is not set: give the address of a Postgres, such as CONSTRUE__DATABASE__URL=postgres://…"
    );
    Store::connect_postgres(
        config.database.url.reveal(),
        config.database.max_connections,
        config.pipeline.store_policy(),
    )
    .await
    .context("connecting to the database")
}

pub fn queue(config: &Config) -> anyhow::Result<RabbitQueue> {
    ensure!(
        !config.queue.url.is_empty(),
        "queue.url is not set: give the address of a RabbitMQ, such as CONSTRUE__QUEUE__URL=amqp://…"
    );
    let rabbit = RabbitConfig::new(config.queue.url.reveal())
        .and_then(|rabbit| rabbit.with_prefix(&config.queue.prefix))
        .context("reading queue.url and queue.prefix")?;
    Ok(RabbitQueue::new(rabbit))
}

pub async fn objects(config: &Config) -> anyhow::Result<S3Objects> {
    let objects = &config.objects;
    ensure!(
        !objects.access_key_id.is_empty() && !objects.secret_access_key.is_empty(),
        "objects.access_key_id and objects.secret_access_key are not set: they are the service's own S3 credentials"
    );
    S3Objects::connect(S3Config {
        endpoint: objects.endpoint.clone(),
        region: objects.region.clone(),
        path_style: objects.path_style,
        service: StaticCredentials::new(&objects.access_key_id, objects.secret_access_key.reveal()),
        work_bucket: objects.work_bucket.clone(),
        roles: objects
            .roles
            .iter()
            .map(|role| RoleCredentials {
                holder: role.holder.clone(),
                credentials: StaticCredentials::new(&role.access_key_id, role.secret.reveal()),
            })
            .collect(),
        sts_endpoint: objects.sts_endpoint.clone(),
    })
    .await
    .context("connecting to the object storage")
}
