//! The control plane: everything of a job that is neither the client's request nor the analysis.
//!
//! - The **relay** publishes what transactions wrote into the outbox.
//! - The **planner** lists a job's input and cuts it into shards.
//! - The **finaliser** composes the shards' results into the output and ends the job.
//! - The **sweeper** takes back what dead processes held; the **janitor** removes parts of ended jobs.
//! - The **gRPC service** stops, inspects and watches jobs, and drains workers.
//!
//! Any number of control planes may run at a time: leases in the database are the only election, so
//! each part here may die at any point and be repeated elsewhere with the same result.

mod backoff;
mod broken;
mod config;
mod dispatch;
mod finalize;
mod grpc;
mod lease;
mod plan;
mod plane;
mod relay;
mod sweep;

pub use config::{BearerToken, Config};
pub use plane::{ControlPlane, ControlPlaneHandle};
