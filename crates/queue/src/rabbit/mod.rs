//! RabbitMQ.
//!
//! Nothing here repairs a broken connection: whatever goes wrong, it is thrown away and everything
//! (connection, channel, topology, consumer) is made anew. One path serves a restarted broker, a
//! deleted queue, a consumer cancelled by the broker and a channel closed for being slow.

mod config;
mod connection;
mod consumer;
mod publisher;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use construe_jobs::{Consumer, QueueError, QueueName, Ring, WorkQueue};

pub use config::RabbitConfig;

use construe_telemetry::attributes::MESSAGING_SYSTEM_RABBITMQ as SYSTEM;
use consumer::RabbitConsumer;
use publisher::Publisher;

/// Queues on a RabbitMQ broker: durable quorum queues with publisher confirms, manual
/// acknowledgement and a dead-letter queue.
pub struct RabbitQueue {
    config: Arc<RabbitConfig>,
    publisher: Publisher,
}

impl RabbitQueue {
    /// Connects when first used.
    pub fn new(config: RabbitConfig) -> Self {
        let config = Arc::new(config);
        Self {
            publisher: Publisher::new(config.clone()),
            config,
        }
    }
}

#[async_trait]
impl WorkQueue for RabbitQueue {
    async fn publish(&self, rings: &[Ring]) -> Result<(), QueueError> {
        self.publisher.publish(rings).await
    }

    /// Fails when the broker cannot be reached at this moment; afterwards the consumer reconnects.
    async fn consume(&self, queue: QueueName, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError> {
        Ok(Box::new(
            RabbitConsumer::begin(self.config.clone(), queue, prefetch).await?,
        ))
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.publisher.ping().await
    }

    fn system(&self) -> &'static str {
        SYSTEM
    }
}
