//! `construe control-plane`.

use construe_control_plane::{BearerToken, Config as ControlPlaneConfig, ControlPlane};

use super::gateway::check_control;
use super::{Process, Site, bind, configuration};
use crate::cli::Role;
use crate::config::Config;

pub async fn run(role: &Role) -> anyhow::Result<()> {
    let Some(config) = configuration(role)? else {
        return Ok(());
    };
    let process = Process::start("control-plane", &config)?;
    let site = Site::connect(&config).await?;
    site.check().await?;
    let listener = bind(&config.control.listen).await?;
    check_control(&config, listener.local_addr()?)?;
    process.serve_admin(&config).await?;
    tracing::info!(address = %listener.local_addr()?, "serving gRPC");
    let settings = settings(&config, &process.id);
    let plane = ControlPlane::new(settings, site.store, site.models, site.queue, site.objects);
    let served = tokio::spawn(plane.serve_grpc(listener, process.shutdown.clone()));
    process.readiness.set_ready(true);
    plane.run(process.shutdown.clone()).await;
    process.readiness.set_ready(false);
    served.await??;
    process.finish().await;
    Ok(())
}

pub fn settings(config: &Config, holder: &str) -> ControlPlaneConfig {
    ControlPlaneConfig {
        shard_target: config.pipeline.shard_bytes,
        lease_ttl: config.pipeline.lease_ttl(),
        sweep_every: config.pipeline.sweep_every(),
        token: config
            .control
            .token
            .as_ref()
            .map(|token| BearerToken::new(token.reveal())),
        ..ControlPlaneConfig::new(holder)
    }
}
