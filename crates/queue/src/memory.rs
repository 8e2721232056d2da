//! The queue within one process.
//!
//! It is not bounded: messages are a few words each, and the database already bounds how many shards
//! of a job are rung for at a time.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use construe_jobs::{Consumer, Delivery, QueueError, QueueName, Ring, Settle, WorkQueue};
use construe_telemetry::attributes::MESSAGING_SYSTEM_IN_PROCESS as SYSTEM;
use construe_telemetry::metrics;
use tokio::sync::Notify;

/// Queues in memory; clones share them. Messages do not survive the process.
#[derive(Clone, Default)]
pub struct MemoryQueue {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queues: Mutex<HashMap<QueueName, Queue>>,
    /// Told whenever a waiting consumer might find something to deliver.
    changed: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Message>,
    /// Delivered and not settled, by consumer and then by the order of delivery.
    outstanding: BTreeMap<(u64, u64), Message>,
    next_consumer: u64,
    next_delivery: u64,
}

struct Message {
    ring: Ring,
    redelivered: bool,
}

impl MemoryQueue {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<QueueName, Queue>> {
        // No code panics while it holds the lock, and a queue is consistent between any two statements.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a delivery off the list; `false`: it went back to the queue before.
    fn settle(&self, queue: QueueName, key: (u64, u64), requeue: bool) -> bool {
        let mut queues = self.lock();
        let state = queues.entry(queue).or_default();
        let Some(message) = state.outstanding.remove(&key) else {
            return false;
        };
        if requeue {
            state.waiting.push_front(Message {
                redelivered: true,
                ..message
            });
        }
        drop(queues);
        self.changed.notify_waiters();
        true
    }
}

#[async_trait]
impl WorkQueue for MemoryQueue {
    async fn publish(&self, rings: &[Ring]) -> Result<(), QueueError> {
        let begun = Instant::now();
        {
            let mut queues = self.shared.lock();
            for ring in rings {
                let message = Message {
                    ring: ring.clone(),
                    redelivered: false,
                };
                queues.entry(ring.queue()).or_default().waiting.push_back(message);
            }
        }
        self.shared.changed.notify_waiters();
        for ring in rings {
            metrics::messaging_operation(SYSTEM, ring.queue().as_str(), "publish", None, begun.elapsed());
        }
        Ok(())
    }

    async fn consume(&self, queue: QueueName, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError> {
        let mut queues = self.shared.lock();
        let state = queues.entry(queue).or_default();
        let id = state.next_consumer;
        state.next_consumer += 1;
        Ok(Box::new(MemoryConsumer {
            shared: self.shared.clone(),
            queue,
            id,
            prefetch: usize::from(prefetch.max(1)),
        }))
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }

    fn system(&self) -> &'static str {
        SYSTEM
    }
}

struct MemoryConsumer {
    shared: Arc<Shared>,
    queue: QueueName,
    id: u64,
    prefetch: usize,
}

impl MemoryConsumer {
    fn take(&self) -> Option<Delivery> {
        let mut queues = self.shared.lock();
        let state = queues.entry(self.queue).or_default();
        let held = state.outstanding.range((self.id, 0)..=(self.id, u64::MAX)).count();
        if held >= self.prefetch {
            return None;
        }
        let message = state.waiting.pop_front()?;
        let key = (self.id, state.next_delivery);
        state.next_delivery += 1;
        let delivery = Delivery {
            ring: message.ring.clone(),
            redelivered: message.redelivered,
            settle: Box::new(MemorySettle {
                shared: self.shared.clone(),
                queue: self.queue,
                key,
            }),
        };
        state.outstanding.insert(key, message);
        Some(delivery)
    }
}

#[async_trait]
impl Consumer for MemoryConsumer {
    async fn next(&mut self) -> Delivery {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            // Listen before looking, or a message published in between would not wake anybody.
            changed.as_mut().enable();
            if let Some(delivery) = self.take() {
                return delivery;
            }
            changed.await;
        }
    }

    async fn cancel(self: Box<Self>) {}
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        let mut queues = self.shared.lock();
        let state = queues.entry(self.queue).or_default();
        let held: Vec<_> = state
            .outstanding
            .range((self.id, 0)..=(self.id, u64::MAX))
            .map(|(&key, _)| key)
            .collect();
        // From the last to the first, so that they stand at the front in their old order.
        for key in held.into_iter().rev() {
            if let Some(message) = state.outstanding.remove(&key) {
                state.waiting.push_front(Message {
                    redelivered: true,
                    ..message
                });
            }
        }
        drop(queues);
        self.shared.changed.notify_waiters();
    }
}

struct MemorySettle {
    shared: Arc<Shared>,
    queue: QueueName,
    key: (u64, u64),
}

impl MemorySettle {
    fn settle(&self, operation: &'static str, requeue: bool) {
        let begun = Instant::now();
        if self.shared.settle(self.queue, self.key, requeue) {
            metrics::messaging_operation(SYSTEM, self.queue.as_str(), operation, None, begun.elapsed());
        }
    }
}

#[async_trait]
impl Settle for MemorySettle {
    async fn ack(self: Box<Self>) {
        self.settle("ack", false);
    }

    async fn requeue(self: Box<Self>) {
        self.settle("nack", true);
    }
}
