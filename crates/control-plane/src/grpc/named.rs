//! The job that a request names: by its id, or by the ARN of what it makes.

use construe_comprehend_api::arn::ResourceArn;
use construe_jobs::JobId;
use construe_models::{ResourceFilter, ResourceKind, ResourceOwner};
use tonic::Status;

use super::convert;
use super::service::store_trouble;
use crate::plane::Context;

/// Whose job it is, is not asked here: whoever looks at the job confines itself to its owner.
pub(super) async fn job(context: &Context, name: &str) -> Result<JobId, Status> {
    if !name.starts_with("arn:") {
        return convert::job_id(name);
    }
    let arn: ResourceArn = name
        .parse()
        .map_err(|error| Status::invalid_argument(format!("job_id: {error}")))?;
    let found = context.models.get_resource(&arn.account, &arn.region, name).await;
    let mut resource = found.map_err(store_trouble)?;
    if let Some(flywheel) = resource.take_if(|resource| resource.kind == ResourceKind::Flywheel) {
        let iterations = ResourceOwner {
            account: flywheel.account,
            region: flywheel.region,
            kind: ResourceKind::FlywheelIteration,
        };
        let of_flywheel = [ResourceFilter::Parent(flywheel.arn)];
        let newest = context.models.list_resources(&iterations, &of_flywheel, None, 1).await;
        resource = newest.map_err(store_trouble)?.pop();
    }
    let making = resource.and_then(|resource| resource.making);
    making
        .map(|making| making.job)
        .ok_or_else(|| Status::not_found("no job makes a resource with this ARN"))
}
