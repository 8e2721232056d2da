//! The gateway over a real database and object store, its control plane out of reach.

mod classifiers;
mod endpoints;
mod flywheels;
mod operations;
mod recognizers;
mod support;
