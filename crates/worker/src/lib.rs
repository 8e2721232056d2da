//! The runtime of workers: lease a shard, read its input, analyse document by document, write the
//! result, commit. What "analyse" means is an [`Analyzer`]'s business.
//!
//! # Right, whatever happens
//!
//! The database decides. A shard is leased before its message is acknowledged, the lease is renewed
//! while the work goes on and watched by the local clock too, and the commit names the lease. A worker
//! that lost it can only write an object that nobody will read.
//!
//! # Flat memory
//!
//! Three stages run side by side: reading and writing on the async runtime, analysing on a thread of
//! its own. Channels bounded in bytes join them, so a slow upload slows the reader. See
//! [`WorkerConfig::read_window`] for the sum.
//!
//! # Jobs that make one thing
//!
//! Training a model is a shard too, without slices: a [`Trainer`] takes the place of the reading and analysing
//! stages. It goes over its data as often as it likes through a blocking bridge to the object store, and everything
//! else (lease, stop, drain, upload, commit) is the same.
//!
//! # Privacy
//!
//! Text passes through here and leaves no trace: no log, span, metric or error holds any. A panic in
//! an engine could (slicing a string at a wrong place puts the string into the message), which is why
//! the panic hook is replaced while a document is analysed.

mod analysis;
mod analyzer;
mod config;
mod control;
mod encoding;
mod interruption;
mod reading;
mod shard;
mod source;
mod thread;
mod trainer;
mod training;
mod upload;
mod worker;

pub use analyzer::{Analyzer, AnalyzerError, Document, DocumentError, Outcome, PrepareError, Session, Unreadable};
pub use config::WorkerConfig;
pub use trainer::{Report, Trained, Trainer, TrainerError, TrainingData, TrainingObject, Watch};
pub use worker::{Worker, WorkerError};
