//! The two message queues: [`RabbitQueue`] for processes on many machines, [`MemoryQueue`] within one.
//!
//! Both keep the contract of [`WorkQueue`](construe_jobs::WorkQueue) and pass one suite of tests. What
//! is lost here costs time and nothing else: every message announces a row that the sweeper would
//! announce again.

mod backoff;
mod memory;
mod rabbit;

pub use memory::MemoryQueue;
pub use rabbit::{RabbitConfig, RabbitQueue};
