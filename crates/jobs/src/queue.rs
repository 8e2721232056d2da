//! The port to the message queue.
//!
//! Messages are doorbells: losing or repeating one changes speed, never results. They hold ids and a
//! trace context, never text.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::id::{JobId, Timestamp};
use crate::kind::{JobKind, WorkerKind};

/// Work that a message announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// List the input and cut it into shards.
    Plan,
    /// Analyse one shard.
    Shard { ordinal: u64 },
    /// Compose the output and end the job.
    Finalize,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    pub job: JobId,
    pub kind: JobKind,
    pub work: Work,
    /// When it was written to the outbox.
    pub rung: Timestamp,
    /// W3C `traceparent` of what caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl Ring {
    pub fn queue(&self) -> QueueName {
        match self.work {
            Work::Plan | Work::Finalize => QueueName::Control,
            Work::Shard { .. } => QueueName::Worker(self.kind.worker()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Planning and finalising, done by the control plane.
    Control,
    /// Shards, by the pool of workers that does them.
    Worker(WorkerKind),
}

impl QueueName {
    pub const ALL: &'static [QueueName] = &[
        QueueName::Control,
        QueueName::Worker(WorkerKind::Classification),
        QueueName::Worker(WorkerKind::Entities),
        QueueName::Worker(WorkerKind::Medical),
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            QueueName::Control => "construe.control",
            QueueName::Worker(WorkerKind::Classification) => "construe.worker.classification",
            QueueName::Worker(WorkerKind::Entities) => "construe.worker.entities",
            QueueName::Worker(WorkerKind::Medical) => "construe.worker.medical",
        }
    }
}

#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Returns once every message is safe with the broker (confirmed and routed).
    async fn publish(&self, rings: &[Ring]) -> Result<(), QueueError>;

    /// Begins to consume; at most `prefetch` deliveries are outstanding at a time. The consumer
    /// outlives broken connections: it reconnects by itself until it is dropped.
    async fn consume(&self, queue: QueueName, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError>;

    /// Fails when the broker cannot be reached.
    async fn ping(&self) -> Result<(), QueueError>;

    /// `messaging.system` of telemetry.
    fn system(&self) -> &'static str;
}

#[async_trait]
pub trait Consumer: Send {
    /// Waits for the next message. Safe to cancel. Messages that cannot be read have already been
    /// rejected to the dead-letter queue.
    async fn next(&mut self) -> Delivery;

    /// Stops deliveries; what was delivered and not settled goes back to the queue.
    async fn cancel(self: Box<Self>);
}

/// A message in hand. Dropped unsettled, it goes back to the queue when the consumer ends.
pub struct Delivery {
    pub ring: Ring,
    pub redelivered: bool,
    pub settle: Box<dyn Settle>,
}

/// Settling is advisory: a settlement that gets lost causes a redelivery, which is harmless.
#[async_trait]
pub trait Settle: Send {
    /// A committed row guarantees that the work is tried again without this message.
    async fn ack(self: Box<Self>);
    /// Nothing is known to be safe: deliver it again.
    async fn requeue(self: Box<Self>);
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct QueueError {
    /// What was attempted; no credentials.
    pub message: String,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_format_is_stable() {
        let ring = Ring {
            job: "0190a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap(),
            kind: JobKind::PiiEntitiesDetection,
            work: Work::Shard { ordinal: 7 },
            rung: Timestamp(5),
            trace: None,
        };
        let text = r#"{"job":"0190a1b2c3d4e5f60718293a4b5c6d7e","kind":"pii-entities-detection","work":{"shard":{"ordinal":7}},"rung":5}"#;
        assert_eq!(serde_json::to_string(&ring).unwrap(), text);
        assert_eq!(serde_json::from_str::<Ring>(text).unwrap(), ring);
    }
}
