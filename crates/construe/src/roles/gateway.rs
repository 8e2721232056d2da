//! `construe gateway`.

use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::Router;
use construe_gateway::{Accounts, Control, Engines, Gateway, GatewayConfig, Stores};
use construe_jobs::{JobStore, ObjectStore};

use super::{Process, bind, configuration, custom, serve_http, site};
use crate::cli::Role;
use crate::client::endpoint;
use crate::config::{Account, Config, Secret};

/// Where health and metrics are on a public port: no bucket can have that name.
pub const ADMIN_PATH: &str = "/_construe";

pub async fn run(role: &Role) -> anyhow::Result<()> {
    let Some(config) = configuration(role)? else {
        return Ok(());
    };
    ensure!(
        !config.accounts.is_empty(),
        "accounts is not set: nobody could call the gateway"
    );
    let process = Process::start("gateway", &config)?;
    let store = site::store(&config).await?;
    store.ping().await.context("checking the database")?;
    let control = control(&config.control.url, config.control.token.as_ref())?;
    let objects: Arc<dyn ObjectStore> = Arc::new(site::objects(&config).await?);
    let engines = engines(&config, objects.clone())?;
    let store = Arc::new(store);
    let stores = Stores {
        jobs: store.clone(),
        registry: store,
        objects,
    };
    // An S3 that cannot encrypt with the key that a job names fails the job and says so.
    let gateway = gateway(&config.accounts, true, stores, control, engines);
    let listener = bind(&config.gateway.listen).await?;
    process.serve_admin(&config).await?;
    tracing::info!(address = %listener.local_addr()?, "serving the API");
    process.readiness.set_ready(true);
    let router = Router::new()
        .nest(ADMIN_PATH, process.admin_router())
        .fallback_service(gateway.router());
    let readiness = process.readiness.clone();
    let shutdown = process.shutdown.clone();
    tokio::spawn(async move {
        shutdown.cancelled().await;
        readiness.set_ready(false);
    });
    let served = serve_http(listener, router, process.shutdown.clone()).await;
    process.finish().await;
    served
}

/// A lazily connected client of the control plane.
pub fn control(url: &str, token: Option<&Secret>) -> anyhow::Result<Control> {
    Control::new(endpoint(url)?, token.map(Secret::reveal)).context("the control plane's token cannot be sent")
}

/// The engines of synchronous operations, loaded. Models of customers come from `objects`.
pub fn engines(config: &Config, objects: Arc<dyn ObjectStore>) -> anyhow::Result<Engines> {
    let entities = Arc::new(construe_entities::Engine::load().context("loading the engine of entities")?);
    Ok(Engines {
        classifiers: custom::classifiers(config, objects.clone()),
        recognizers: custom::recognizers(config, objects, entities.clone()),
        reader: custom::reader(config),
        entities,
        pii: Arc::new(construe_pii::Engine::load().context("loading the engine of personal data")?),
        medical: Arc::new(construe_medical::Engine::load().context("loading the medical engine")?),
    })
}

pub fn gateway(accounts: &[Account], kms: bool, stores: Stores, control: Control, engines: Engines) -> Gateway {
    let accounts: Accounts = accounts
        .iter()
        .map(|account| construe_gateway::Account::new(&account.id, &account.access_key_id, account.secret.reveal()))
        .collect();
    Gateway::new(GatewayConfig { accounts, kms }, stores, control, engines)
}

/// Refuses to serve the control plane to other machines without a token.
pub fn check_control(config: &Config, address: std::net::SocketAddr) -> anyhow::Result<()> {
    ensure!(
        config.control.token.is_some() || address.ip().is_loopback(),
        "control.token is not set, and {address} is not a loopback address: anybody could stop jobs"
    );
    Ok(())
}
