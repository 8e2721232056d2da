//! Resources: models and what belongs to them.
//!
//! A resource that a job makes stores no status: reading it joins the job. Two locks keep references true. Whoever
//! makes something that refers to a resource (a child, an endpoint, a job that works with a model) holds that
//! resource's row with `{for_share}`; whoever deletes it locks the row first and then looks for references.

mod change;
mod create;
mod garbage;
mod port;
mod read;
mod rows;

pub(crate) use create::hold_model;
