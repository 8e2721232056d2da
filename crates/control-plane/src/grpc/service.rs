//! The calls of the control service.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use construe_jobs::{Inspection, JobId, JobState, Owner, StopOutcome, StoreError, WorkerKind};
use construe_proto::JOB_STATE_METADATA;
use construe_proto::control::v1 as proto;
use construe_proto::control::v1::control_plane_server::{ControlPlane, SERVICE_NAME};
use construe_telemetry::{attributes, context as trace, metrics};
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::{Code, Request, Response, Status};
use tracing::Instrument;

use super::{convert, named, watch};
use crate::plane::Context;

pub(super) struct ControlService {
    context: Arc<Context>,
}

impl ControlService {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl ControlPlane for ControlService {
    async fn stop_job(
        &self,
        request: Request<proto::StopJobRequest>,
    ) -> Result<Response<proto::StopJobResponse>, Status> {
        answer("StopJob", request, async |request: proto::StopJobRequest| {
            let id = named::job(&self.context, &request.job_id).await?;
            let owner = convert::owner(request.owner)?;
            let outcome = self.context.store.stop(owner.as_ref(), id).await;
            match outcome.map_err(store_trouble)? {
                StopOutcome::Requested => {
                    // A job with nothing under way is finalised at once.
                    self.context.wake.notify_one();
                    Ok(proto::StopJobResponse {
                        state: proto::JobState::StopRequested.into(),
                    })
                }
                StopOutcome::NotFound => Err(no_such_job()),
                StopOutcome::Ended(state) => Err(ended(state)),
            }
        })
        .await
    }

    async fn inspect_job(
        &self,
        request: Request<proto::InspectJobRequest>,
    ) -> Result<Response<proto::InspectJobResponse>, Status> {
        answer("InspectJob", request, async |request: proto::InspectJobRequest| {
            let id = named::job(&self.context, &request.job_id).await?;
            let owner = convert::owner(request.owner)?;
            let inspection = inspect(&self.context, owner.as_ref(), id).await?;
            Ok(proto::InspectJobResponse {
                inspection: Some(convert::inspection(inspection)),
            })
        })
        .await
    }

    type WatchJobStream = ReceiverStream<Result<proto::WatchJobResponse, Status>>;

    async fn watch_job(
        &self,
        request: Request<proto::WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        answer("WatchJob", request, async |request: proto::WatchJobRequest| {
            let id = named::job(&self.context, &request.job_id).await?;
            let owner = convert::owner(request.owner)?;
            // Asked once before the stream begins, so that an unknown job is the answer to the call.
            let first = inspect(&self.context, owner.as_ref(), id).await?;
            Ok(watch::stream(self.context.clone(), owner, id, first))
        })
        .await
    }

    async fn list_workers(
        &self,
        request: Request<proto::ListWorkersRequest>,
    ) -> Result<Response<proto::ListWorkersResponse>, Status> {
        answer("ListWorkers", request, async |request: proto::ListWorkersRequest| {
            let kind = request
                .kind
                .map(|kind| kind.parse::<WorkerKind>())
                .transpose()
                .map_err(|error| Status::invalid_argument(format!("kind: {error}")))?;
            let mut workers = self.context.store.workers().await.map_err(store_trouble)?;
            workers.retain(|worker| kind.is_none_or(|kind| worker.status.kind == kind));
            workers.sort_by(|a, b| (a.status.kind, &a.status.id).cmp(&(b.status.kind, &b.status.id)));
            Ok(proto::ListWorkersResponse {
                workers: workers.into_iter().map(convert::worker).collect(),
            })
        })
        .await
    }

    async fn drain_worker(
        &self,
        request: Request<proto::DrainWorkerRequest>,
    ) -> Result<Response<proto::DrainWorkerResponse>, Status> {
        answer("DrainWorker", request, async |request: proto::DrainWorkerRequest| {
            if request.worker_id.is_empty() {
                return Err(Status::invalid_argument("worker_id must not be empty"));
            }
            let drained = self.context.store.drain_worker(&request.worker_id).await;
            match drained.map_err(store_trouble)? {
                true => Ok(proto::DrainWorkerResponse {}),
                false => Err(Status::not_found("no such worker")),
            }
        })
        .await
    }

    async fn get_backlog(
        &self,
        request: Request<proto::GetBacklogRequest>,
    ) -> Result<Response<proto::GetBacklogResponse>, Status> {
        answer("GetBacklog", request, async |_| {
            let backlog = self.context.store.backlog().await.map_err(store_trouble)?;
            Ok(convert::backlog(backlog))
        })
        .await
    }
}

/// Answers a call within a span that continues the caller's trace, and measures it.
async fn answer<Q, A, F>(
    method: &'static str,
    request: Request<Q>,
    call: impl FnOnce(Q) -> F,
) -> Result<Response<A>, Status>
where
    F: Future<Output = Result<A, Status>>,
{
    let begun = Instant::now();
    let full_method = format!("{SERVICE_NAME}/{method}");
    let span = tracing::info_span!(
        "control call",
        { attributes::OTEL_NAME } = full_method,
        { attributes::OTEL_KIND } = "server",
        { attributes::RPC_SYSTEM_NAME } = "grpc",
        { attributes::RPC_METHOD } = full_method,
    );
    if let Some(traceparent) = traceparent(request.metadata()) {
        trace::set_parent(&span, traceparent);
    }
    let answered = call(request.into_inner()).instrument(span).await;
    let code = answered.as_ref().err().map_or(Code::Ok, Status::code);
    metrics::grpc_call(&full_method, code_name(code), begun.elapsed());
    answered.map(Response::new)
}

fn traceparent(metadata: &MetadataMap) -> Option<&str> {
    metadata.get(trace::TRACEPARENT)?.to_str().ok()
}

pub(super) async fn inspect(context: &Context, owner: Option<&Owner>, id: JobId) -> Result<Inspection, Status> {
    let inspection = context.store.inspect(owner, id).await;
    inspection.map_err(store_trouble)?.ok_or_else(no_such_job)
}

fn no_such_job() -> Status {
    Status::not_found("no such job")
}

fn ended(state: JobState) -> Status {
    let mut status = Status::failed_precondition(format!("the job has ended: {state}"));
    let value = AsciiMetadataValue::from_static(state.as_str());
    status.metadata_mut().insert(JOB_STATE_METADATA, value);
    status
}

/// What went wrong inside is logged, not told.
pub(super) fn store_trouble(error: StoreError) -> Status {
    if error.is_retryable() {
        tracing::warn!(error = &error as &dyn std::error::Error, "the database is out of reach");
        Status::unavailable("the database is out of reach, try again")
    } else {
        tracing::error!(error = &error as &dyn std::error::Error, "the database refused");
        Status::internal("the database refused")
    }
}

/// The names that the gRPC specification gives the codes.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
