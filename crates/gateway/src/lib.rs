//! The API gateway: authenticates requests of the AWS JSON protocol, checks them, and turns them into
//! rows and calls to the control plane, or answers them with an engine of its own.
//!
//! It knows nothing of shards, leases or messages: starting a job is one transaction in the store,
//! stopping one is a call to the control plane. An operation on one text needs neither: the engine that
//! workers use answers it in this process.

mod accounts;
mod analysis;
mod control;
mod failure;
mod operations;
mod reading;
mod service;

pub use accounts::{Account, Accounts};
pub use control::Control;
pub use service::{Engines, Gateway, GatewayConfig, MAX_BODY_BYTES, MAX_FILE_BODY_BYTES, Stores};
