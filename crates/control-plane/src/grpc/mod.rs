//! Serving the gRPC services: control (with a token), health and reflection (without).

mod convert;
mod named;
mod service;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use construe_proto::DESCRIPTORS;
use construe_proto::control::v1::control_plane_server::ControlPlaneServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::config::BearerToken;
use crate::plane::Context;
use service::ControlService;

/// How often an idle connection is asked whether its client is still there.
const KEEPALIVE: Duration = Duration::from_secs(20);

pub(crate) fn routes(context: &Arc<Context>) -> Routes {
    let token = context.config.token.clone();
    let authorize = move |request: Request<()>| match &token {
        Some(token) => authorize(token, request.metadata()).map(|()| request),
        None => Ok(request),
    };
    let control = ControlPlaneServer::with_interceptor(ControlService::new(context.clone()), authorize);
    let health = HealthServer::new(HealthService::from_health_reporter(context.health.clone()));
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .expect("both schemas are compiled into the program, and were valid when they were");
    Routes::new(control)
        .add_service(health)
        .add_service(reflection)
        .prepare()
}

fn authorize(token: &BearerToken, metadata: &MetadataMap) -> Result<(), Status> {
    let offered = metadata
        .get("authorization")
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match offered {
        Some(offered) if token.matches(offered) => Ok(()),
        Some(_) => Err(Status::unauthenticated("wrong bearer token")),
        None => Err(Status::unauthenticated("a bearer token is needed")),
    }
}

pub(crate) async fn serve(
    context: Arc<Context>,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let begin_shutdown = {
        let (context, shutdown) = (context.clone(), shutdown.clone());
        async move {
            shutdown.cancelled().await;
            context.closing.cancel();
        }
    };
    let serving = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_routes(routes(&context))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), begin_shutdown);
    let end_of_grace = async {
        shutdown.cancelled().await;
        tokio::time::sleep(context.config.drain_grace).await;
    };
    tokio::select! {
        result = serving => result,
        // A client that keeps its connection open does not keep this process.
        () = end_of_grace => Ok(()),
    }
}

/// Sets the health of the server as a whole and of the control service.
pub(crate) async fn report_health(reporter: &HealthReporter, healthy: bool) {
    let status = if healthy {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    reporter.set_service_status("", status).await;
    reporter
        .set_service_status(construe_proto::control::v1::control_plane_server::SERVICE_NAME, status)
        .await;
}
