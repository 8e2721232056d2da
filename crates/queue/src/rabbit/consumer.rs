use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use construe_jobs::{Consumer, Delivery, QueueError, QueueName, Ring, Settle};
use construe_telemetry::metrics;
use futures::StreamExt;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;

use super::SYSTEM;
use super::config::RabbitConfig;
use super::connection::{Link, failed};
use crate::backoff::Backoff;

const FIRST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct RabbitConsumer {
    config: Arc<RabbitConfig>,
    queue: QueueName,
    /// Name of the queue at the broker.
    name: Arc<str>,
    prefetch: u16,
    live: Option<Live>,
    backoff: Backoff,
    /// Not to connect before; kept here so that a cancelled wait goes on where it was.
    retry_at: Instant,
}

struct Live {
    link: Link,
    deliveries: lapin::Consumer,
}

impl RabbitConsumer {
    pub(super) async fn begin(
        config: Arc<RabbitConfig>,
        queue: QueueName,
        prefetch: u16,
    ) -> Result<RabbitConsumer, QueueError> {
        let mut consumer = RabbitConsumer {
            name: config.queue_name(queue).into(),
            backoff: Backoff::new(FIRST_PAUSE, config.longest_pause),
            config,
            queue,
            // Zero would mean no limit.
            prefetch: prefetch.max(1),
            live: None,
            retry_at: Instant::now(),
        };
        consumer.live = Some(consumer.connect().await?);
        Ok(consumer)
    }

    async fn connect(&self) -> Result<Live, QueueError> {
        let link = Link::open(&self.config, self.queue.as_str()).await?;
        let consuming = async {
            // Per consumer: quorum queues refuse a limit for the whole channel.
            link.channel
                .basic_qos(self.prefetch, BasicQosOptions { global: false })
                .await?;
            link.channel
                .basic_consume(
                    self.name.as_ref().into(),
                    "".into(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await
        };
        match consuming.await {
            Ok(deliveries) => Ok(Live { link, deliveries }),
            Err(error) => Err(failed(
                format!("consuming from {} at {}", self.name, self.config.place()),
                error,
            )),
        }
    }

    /// Throws the connection away; the next one is tried after a pause.
    fn disconnect(&mut self) {
        self.live = None;
        self.retry_at = Instant::now() + self.backoff.pause();
    }

    fn read(&self, delivery: &lapin::message::Delivery) -> Option<Ring> {
        let ring = serde_json::from_slice::<Ring>(&delivery.data).ok()?;
        (ring.queue() == self.queue).then_some(ring)
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next(&mut self) -> Delivery {
        loop {
            let Some(live) = &mut self.live else {
                tokio::time::sleep_until(self.retry_at.into()).await;
                match self.connect().await {
                    Ok(live) => self.live = Some(live),
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the broker is out of reach");
                        self.disconnect();
                    }
                }
                continue;
            };
            let delivery = match live.deliveries.next().await {
                Some(Ok(delivery)) => delivery,
                Some(Err(error)) => {
                    tracing::warn!(queue = %self.name, %error, "consuming broke off");
                    self.disconnect();
                    continue;
                }
                None => {
                    tracing::warn!(queue = %self.name, "the broker ended the consumer");
                    self.disconnect();
                    continue;
                }
            };
            self.backoff.reset();
            if let Some(ring) = self.read(&delivery) {
                return Delivery {
                    ring,
                    redelivered: delivery.redelivered,
                    settle: Box::new(RabbitSettle {
                        acker: delivery.acker,
                        queue: self.name.clone(),
                    }),
                };
            }
            // Its contents are not ours to know, let alone to log.
            tracing::error!(
                queue = %self.name,
                bytes = delivery.data.len(),
                "a message cannot be read and goes to the dead-letter queue"
            );
            let begun = Instant::now();
            let rejected = delivery.acker.reject(BasicRejectOptions { requeue: false }).await;
            measure(&self.name, "reject", rejected, begun);
        }
    }

    async fn cancel(mut self: Box<Self>) {
        if let Some(live) = self.live.take() {
            live.link.close().await;
        }
    }
}

struct RabbitSettle {
    acker: Acker,
    queue: Arc<str>,
}

#[async_trait]
impl Settle for RabbitSettle {
    async fn ack(self: Box<Self>) {
        let begun = Instant::now();
        let settled = self.acker.ack(BasicAckOptions::default()).await;
        measure(&self.queue, "ack", settled, begun);
    }

    async fn requeue(self: Box<Self>) {
        let begun = Instant::now();
        let options = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        let settled = self.acker.nack(options).await;
        measure(&self.queue, "nack", settled, begun);
    }
}

/// A settlement that did not reach the broker needs no more than counting: the message comes again.
fn measure(queue: &str, operation: &'static str, settled: lapin::Result<bool>, begun: Instant) {
    let error = match settled {
        Ok(true) => None,
        // The channel was gone before.
        Ok(false) => Some("lost"),
        Err(_) => Some("connection"),
    };
    metrics::messaging_operation(SYSTEM, queue, operation, error, begun.elapsed());
}
