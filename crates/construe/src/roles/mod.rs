//! The long-running roles: read the configuration, build the parts, run them, leave in order.

mod control_plane;
pub mod custom;
mod gateway;
mod migrate;
mod object_server;
pub mod site;
mod standalone;
mod worker;

pub use control_plane::run as control_plane;
pub use gateway::run as gateway;
pub use migrate::run as migrate;
pub use object_server::run as object_server;
pub use site::Site;
pub use standalone::{check_data_dir, run as standalone};
pub use worker::run as worker;

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::ListenerExt;
use construe_telemetry::{Readiness, Telemetry, TelemetryConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::cli::Role;
use crate::config::{Account, Config, LogFormat};

/// How long requests under way may go on after the signal to leave.
const HTTP_DRAIN: Duration = Duration::from_secs(10);

/// What every running role has.
pub struct Process {
    /// Unique among running processes; leases and telemetry show it.
    pub id: String,
    pub telemetry: Telemetry,
    pub readiness: Readiness,
    /// Cancelled by the first signal to leave; a second one ends the process at once.
    pub shutdown: CancellationToken,
}

impl Process {
    /// Sets up telemetry and signals.
    pub fn start(service: &str, config: &Config) -> anyhow::Result<Self> {
        let id = format!("{service}-{}-{}", host(), &Uuid::new_v4().simple().to_string()[..8]);
        let telemetry = construe_telemetry::init(TelemetryConfig {
            service_name: format!("construe-{service}"),
            instance_id: id.clone(),
            log_filter: config.telemetry.log_filter.clone(),
            log_format: match config.telemetry.log_format {
                LogFormat::Text => construe_telemetry::LogFormat::Text,
                LogFormat::Json => construe_telemetry::LogFormat::Json,
            },
            otlp_endpoint: config.telemetry.otlp_endpoint.clone(),
        })
        .context("setting up telemetry")?;
        let shutdown = CancellationToken::new();
        on_signals(shutdown.clone())?;
        Ok(Self {
            id,
            telemetry,
            readiness: Readiness::default(),
            shutdown,
        })
    }

    pub fn admin_router(&self) -> Router {
        construe_telemetry::admin::router(self.telemetry.metrics_handle(), self.readiness.clone())
    }

    /// Serves health and metrics where the configuration asks for it.
    pub async fn serve_admin(&self, config: &Config) -> anyhow::Result<()> {
        if let Some(address) = &config.admin.listen {
            let listener = bind(address).await?;
            tracing::info!(address = %listener.local_addr()?, "serving health and metrics");
            // Until the very end: draining shows there too.
            tokio::spawn(serve_http(listener, self.admin_router(), CancellationToken::new()));
        }
        Ok(())
    }

    pub async fn finish(self) {
        self.telemetry.shutdown().await;
    }
}

/// The configuration, or `None` when it was only to be printed.
pub fn configuration(role: &Role) -> anyhow::Result<Option<Config>> {
    let config = Config::load(role.config.as_deref())?;
    if role.dump_config {
        print!("{}", config.dump()?);
        return Ok(None);
    }
    Ok(Some(config))
}

pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_| "localhost".into(), |name| name.trim().into())
}

pub async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))
}

/// Serves HTTP/1 and HTTP/2 until `shutdown`, and then for as long as requests are open, at most for [`HTTP_DRAIN`].
pub async fn serve_http(listener: TcpListener, router: Router, shutdown: CancellationToken) -> anyhow::Result<()> {
    // Small answers must not wait for the client's acknowledgement of their heads.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
    });
    let signal = shutdown.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { signal.cancelled().await });
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(HTTP_DRAIN).await;
    };
    tokio::select! {
        served = server => served.context("serving HTTP"),
        () = drained => {
            tracing::warn!("requests were still open when the time to finish them was over");
            Ok(())
        }
    }
}

/// Says where the server is and with which credentials, in the words of a shell.
pub fn print_exports(address: SocketAddr, account: &Account) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "export AWS_ENDPOINT_URL=http://{address}")?;
    writeln!(out, "export AWS_ACCESS_KEY_ID={}", account.access_key_id)?;
    writeln!(
        out,
        "export AWS_SECRET_ACCESS_KEY={}",
        shell_quoted(account.secret.reveal())
    )?;
    writeln!(out, "export AWS_DEFAULT_REGION=us-east-1")?;
    out.flush()?;
    Ok(())
}

/// Quoted where the shell would not take it as it is.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/+=_-.:@%,".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn on_signals(shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                tracing::info!("leaving; a second signal ends the process at once");
                shutdown.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::shell_quoted;

    #[test]
    fn secrets_reach_the_shell_unchanged() {
        assert_eq!(shell_quoted("wJalr/+=x"), "wJalr/+=x");
        assert_eq!(shell_quoted("a b'c$d"), r"'a b'\''c$d'");
    }
}
