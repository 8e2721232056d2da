//! Where training data lie and what is in them, brought together: the objects that a job names, in the order of their
//! keys, as examples. Both workers that train use it, and the one that checks datasets.
//!
//! The runtime ([`construe_worker::TrainingData`]) brings bytes, the parsers ([`construe_training_data`]) make sense of
//! them. What they refuse ends the job with a message that names object, line and rule.

mod ahead;
mod annotated_pages;
pub mod classification;
mod copy;
pub mod dataset;
pub mod entities;
mod failure;
mod meter;
mod pages;
mod pass;
mod text;

pub use copy::Copy;
pub use failure::{data_refused, too_little};
pub use meter::{Meter, Ratchet, StopSignal};
pub use pages::Reading;
