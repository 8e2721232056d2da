//! The API gateway: authenticates requests of the AWS JSON protocol, checks them, and turns them into
//! rows and calls to the control plane.
//!
//! It knows nothing of shards, leases or messages: starting a job is one transaction in the store,
//! stopping one is a call to the control plane.

mod accounts;
mod control;
mod failure;
mod operations;
mod service;

pub use accounts::{Account, Accounts};
pub use control::Control;
pub use service::{Gateway, GatewayConfig, MAX_BODY_BYTES};
