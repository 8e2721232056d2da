use std::sync::Arc;
use std::time::{Duration, Instant};

use construe_jobs::{QueueError, Ring};
use construe_telemetry::{context, metrics};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{BasicProperties, Confirmation};
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use super::SYSTEM;
use super::config::RabbitConfig;
use super::connection::{Link, failed};
use crate::backoff::Backoff;

/// Delivery mode of messages that survive the broker.
const PERSISTENT: u8 = 2;
/// Connections of a publisher go stale unnoticed, so the second attempt follows the first closely.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Publisher {
    config: Arc<RabbitConfig>,
    /// Shared by concurrent calls: a channel takes publishes from any number of tasks.
    link: Mutex<Option<Arc<Link>>>,
}

/// How far an attempt to publish came.
struct Attempt {
    error: QueueError,
    /// `error.type` of telemetry.
    kind: &'static str,
}

impl Publisher {
    pub(super) fn new(config: Arc<RabbitConfig>) -> Self {
        Self {
            config,
            link: Mutex::new(None),
        }
    }

    /// Publishes until every message is confirmed. Messages confirmed in one attempt are not sent in
    /// the next, but one whose confirmation got lost may be sent twice.
    pub(super) async fn publish(&self, rings: &[Ring]) -> Result<(), QueueError> {
        let deadline = tokio::time::Instant::now() + self.config.publish_timeout;
        let mut pending: Vec<&Ring> = rings.iter().collect();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        while !pending.is_empty() {
            let begun = Instant::now();
            let mut confirmed = Vec::new();
            let attempt = match timeout_at(deadline, self.attempt(&mut pending, &mut confirmed)).await {
                Ok(result) => result,
                Err(_) => Err(Attempt {
                    error: QueueError {
                        message: format!(
                            "publishing to the broker at {}: not confirmed in time",
                            self.config.place()
                        ),
                        source: None,
                    },
                    kind: "timeout",
                }),
            };
            for ring in confirmed {
                self.measure(ring, None, begun.elapsed());
            }
            let Err(Attempt { error, kind }) = attempt else {
                continue;
            };
            for ring in &pending {
                self.measure(ring, Some(kind), begun.elapsed());
            }
            // Whatever happened, the next attempt begins from scratch, and so declares all queues again. Where
            // the lock is held, another call is reconnecting already.
            if let Ok(mut link) = self.link.try_lock() {
                link.take();
            }
            let pause = backoff.pause();
            if tokio::time::Instant::now() + pause >= deadline {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    fn measure(&self, ring: &Ring, error: Option<&'static str>, duration: Duration) {
        metrics::messaging_operation(
            SYSTEM,
            &self.config.queue_name(ring.queue()),
            "publish",
            error,
            duration,
        );
    }

    /// Sends all of `pending` without waiting in between, then takes the confirmed ones off it.
    async fn attempt<'r>(&self, pending: &mut Vec<&'r Ring>, confirmed: &mut Vec<&'r Ring>) -> Result<(), Attempt> {
        let link = self.link().await?;
        let sending = |error| Attempt {
            error: failed(format!("publishing to the broker at {}", self.config.place()), error),
            kind: "connection",
        };
        let mut confirmations = Vec::with_capacity(pending.len());
        let mut first_error = None;
        for ring in pending.iter() {
            let published = link
                .channel
                .basic_publish(
                    "".into(),
                    self.config.queue_name(ring.queue()).into(),
                    BasicPublishOptions {
                        mandatory: true,
                        ..BasicPublishOptions::default()
                    },
                    &body(ring),
                    properties(ring),
                )
                .await;
            match published {
                Ok(confirmation) => confirmations.push(confirmation),
                Err(error) => {
                    first_error = Some(sending(error));
                    break;
                }
            }
        }
        let sent = confirmations.len();
        let mut unconfirmed = Vec::new();
        for (&ring, confirmation) in pending.iter().zip(confirmations) {
            let error = match confirmation.await {
                // An unroutable message is acknowledged too, with the message in the acknowledgement.
                Ok(Confirmation::Ack(None)) => {
                    confirmed.push(ring);
                    continue;
                }
                Ok(Confirmation::Ack(Some(_))) => self.refused(ring, "unroutable", "leads to no queue"),
                Ok(Confirmation::Nack(_)) => self.refused(ring, "nack", "was refused (is the queue full?)"),
                Ok(Confirmation::NotRequested) => self.refused(ring, "unconfirmed", "cannot be confirmed"),
                Err(error) => sending(error),
            };
            unconfirmed.push(ring);
            first_error.get_or_insert(error);
        }
        unconfirmed.extend_from_slice(&pending[sent..]);
        *pending = unconfirmed;
        first_error.map_or(Ok(()), Err)
    }

    fn refused(&self, ring: &Ring, kind: &'static str, what: &str) -> Attempt {
        let name = self.config.queue_name(ring.queue());
        Attempt {
            error: QueueError {
                message: format!(
                    "publishing to the broker at {}: a message for {name} {what}",
                    self.config.place()
                ),
                source: None,
            },
            kind,
        }
    }

    async fn link(&self) -> Result<Arc<Link>, Attempt> {
        let mut slot = self.link.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| link.channel.status().connected()) {
            return Ok(link.clone());
        }
        let connecting = |error| Attempt {
            error,
            kind: "connection",
        };
        let link = Link::open(&self.config, "publisher").await.map_err(connecting)?;
        // Without this the broker confirms nothing, and every publish would seem to succeed.
        link.channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(|error| connecting(failed(format!("asking {} for confirms", self.config.place()), error)))?;
        Ok(slot.insert(Arc::new(link)).clone())
    }

    pub(super) async fn ping(&self) -> Result<(), QueueError> {
        let asking = async {
            let link = self.link().await.map_err(|attempt| attempt.error)?;
            // Opening a channel is a round trip.
            let opened = async { link.connection.create_channel().await?.close(200, "done".into()).await };
            if let Err(error) = opened.await {
                self.link.lock().await.take();
                return Err(failed(format!("asking the broker at {}", self.config.place()), error));
            }
            Ok(())
        };
        match tokio::time::timeout(self.config.connect_timeout, asking).await {
            Ok(result) => result,
            Err(_) => Err(QueueError {
                message: format!("asking the broker at {}: no answer", self.config.place()),
                source: None,
            }),
        }
    }
}

fn body(ring: &Ring) -> Vec<u8> {
    // Serialising fails for maps without string keys and for failing `Serialize` code; a ring has neither.
    serde_json::to_vec(ring).expect("a ring is plain data")
}

fn properties(ring: &Ring) -> BasicProperties {
    let mut headers = FieldTable::default();
    if let Some(trace) = &ring.trace {
        // For consumers and tools that follow traces by header; ours read it from the body.
        headers.insert(
            context::TRACEPARENT.into(),
            AMQPValue::LongString(LongString::from(trace.as_str())),
        );
    }
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_headers(headers)
}
