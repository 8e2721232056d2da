//! The gateway's side of the control plane.

use construe_comprehend_api::ApiError;
use construe_jobs::{JobId, JobState, Owner};
use construe_proto::JOB_STATE_METADATA;
use construe_proto::control::v1::StopJobRequest;
use construe_proto::control::v1::control_plane_client::ControlPlaneClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};

use crate::failure;

/// A connection that is made when first needed and made anew when broken.
#[derive(Clone)]
pub struct Control {
    client: ControlPlaneClient<Channel>,
    authorization: Option<MetadataValue<Ascii>>,
}

/// What came of a request to stop.
pub enum Stopped {
    Requested,
    Ended(JobState),
}

impl Control {
    /// `token` is the control plane's bearer token, if it asks for one. Must run inside a tokio runtime.
    pub fn new(endpoint: Endpoint, token: Option<&str>) -> Result<Self, tonic::metadata::errors::InvalidMetadataValue> {
        let authorization = token.map(|token| format!("Bearer {token}").parse()).transpose()?;
        Ok(Self {
            client: ControlPlaneClient::new(endpoint.connect_lazy()),
            authorization,
        })
    }

    /// `None`: the owner has no such job.
    pub(crate) async fn stop(&self, owner: &Owner, id: JobId) -> Result<Option<Stopped>, ApiError> {
        let mut request = Request::new(StopJobRequest {
            job_id: id.to_string(),
            owner: Some(construe_proto::control::v1::Owner {
                account: owner.account.clone(),
                region: owner.region.clone(),
                kind: owner.kind.to_string(),
            }),
        });
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        if let Some(trace) = construe_telemetry::context::current_traceparent().and_then(|trace| trace.parse().ok()) {
            request
                .metadata_mut()
                .insert(construe_telemetry::context::TRACEPARENT, trace);
        }
        match self.client.clone().stop_job(request).await {
            Ok(_) => Ok(Some(Stopped::Requested)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) if status.code() == Code::FailedPrecondition => {
                let state = status
                    .metadata()
                    .get(JOB_STATE_METADATA)
                    .and_then(|value| value.to_str().ok());
                match state.and_then(|state| state.parse().ok()) {
                    Some(state) => Ok(Some(Stopped::Ended(state))),
                    None => Err(failure::internal(&status)),
                }
            }
            Err(status) => Err(failure::internal(&status)),
        }
    }
}
