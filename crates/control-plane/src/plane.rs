//! Wiring: what the parts share, and running them together.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use construe_jobs::{JobStore, ObjectStore, WorkQueue};
use construe_models::ModelRegistry;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use crate::config::Config;
use crate::finalize::Budget;
use crate::{dispatch, grpc, relay, sweep};

/// How often the database is asked whether it can be used, for the health service.
const HEALTH_EVERY: Duration = Duration::from_secs(5);

/// What all parts of one control plane share.
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) models: Arc<dyn ModelRegistry>,
    pub(crate) queue: Arc<dyn WorkQueue>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Wakes the relay.
    pub(crate) wake: Arc<Notify>,
    /// Bounds what finalising holds in memory, over all jobs.
    pub(crate) budget: Budget,
    pub(crate) health: HealthReporter,
    /// Ends open streams of the gRPC service.
    pub(crate) closing: CancellationToken,
}

/// The control plane; see the crate's documentation for its parts.
pub struct ControlPlane {
    context: Arc<Context>,
}

/// Wakes parts of a control plane that runs in this process; cheap to clone.
#[derive(Clone)]
pub struct ControlPlaneHandle {
    wake: Arc<Notify>,
}

impl ControlPlaneHandle {
    /// Has the outbox relayed at once. For whoever, in this process, has just committed messages.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

impl ControlPlane {
    pub fn new(
        config: Config,
        store: Arc<dyn JobStore>,
        models: Arc<dyn ModelRegistry>,
        queue: Arc<dyn WorkQueue>,
        objects: Arc<dyn ObjectStore>,
    ) -> Self {
        let budget = Budget::new(&config);
        Self {
            context: Arc::new(Context {
                config,
                store,
                models,
                queue,
                objects,
                wake: Arc::new(Notify::new()),
                budget,
                health: HealthReporter::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    pub fn handle(&self) -> ControlPlaneHandle {
        ControlPlaneHandle {
            wake: self.context.wake.clone(),
        }
    }

    /// The gRPC services: control, health and reflection (v1). The token, where one is configured, is
    /// asked for by the control service alone.
    ///
    /// [`run`](Self::run) keeps the health up to date and ends open streams at shutdown, so it must
    /// run wherever these are served.
    pub fn grpc_routes(&self) -> Routes {
        grpc::routes(&self.context)
    }

    /// Serves the gRPC services on a listener of their own until `shutdown`, and then for as long as
    /// calls are open, at most for [`Config::drain_grace`].
    pub fn serve_grpc(
        &self,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> impl Future<Output = Result<(), tonic::transport::Error>> + Send + use<> {
        grpc::serve(self.context.clone(), listener, shutdown)
    }

    /// Runs everything but the gRPC services until `shutdown`. Then planning is handed back at once,
    /// finalising gets [`Config::drain_grace`] to end, and what remains is handed back too.
    pub async fn run(self, shutdown: CancellationToken) {
        let context = self.context;
        // The relay goes last: what the others hand back at the end has messages too.
        let others_done = CancellationToken::new();
        let others = async {
            tokio::join!(
                dispatch::run(context.clone(), shutdown.clone()),
                sweep::sweep(context.clone(), shutdown.clone()),
                sweep::clean(context.clone(), shutdown.clone()),
                watch_health(&context, &shutdown),
            );
            others_done.cancel();
        };
        tokio::join!(relay::run(context.clone(), others_done.clone()), others);
    }
}

/// Reports the services as healthy while the database can be used and no shutdown has begun.
async fn watch_health(context: &Context, shutdown: &CancellationToken) {
    loop {
        let healthy = context.store.ping().await.is_ok();
        grpc::report_health(&context.health, healthy).await;
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(HEALTH_EVERY) => {}
        }
    }
    grpc::report_health(&context.health, false).await;
    context.closing.cancel();
}
