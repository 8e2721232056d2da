//! The gRPC interface of the control plane, generated from `proto/`.
//!
//! Nothing here knows what a job is: the control plane fills these messages in, the gateway and the
//! command line read them.

pub use prost_types::Timestamp;

pub mod control {
    /// Version 1 of the control plane's interface.
    pub mod v1 {
        tonic::include_proto!("construe.control.v1");
    }
}

/// The compiled schema with its comments, as a serialised `FileDescriptorSet`: what the reflection
/// service answers from.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Metadata of a FAILED_PRECONDITION answer to `StopJob`: the state in which the job had ended.
pub const JOB_STATE_METADATA: &str = "construe-job-state";
