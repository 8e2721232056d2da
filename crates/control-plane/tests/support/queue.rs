//! A queue in memory for the control plane's messages; those of workers are only counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use construe_jobs::{Consumer, Delivery, QueueError, QueueName, Ring, Settle, WorkQueue};
use tokio::sync::Notify;

#[derive(Default)]
pub struct FakeQueue {
    shared: Arc<Shared>,
    /// The next so many publishes fail.
    pub fail_publishes: AtomicU32,
    pub published: AtomicU32,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<VecDeque<(Ring, bool)>>,
    arrived: Notify,
    requeued: AtomicU32,
}

impl FakeQueue {
    /// Deliveries that were given back.
    pub fn requeued(&self) -> u32 {
        self.shared.requeued.load(Ordering::SeqCst)
    }

    /// Puts a message into the control plane's queue, as a repeated delivery would.
    pub fn deliver(&self, ring: Ring) {
        self.shared.waiting.lock().unwrap().push_back((ring, false));
        self.shared.arrived.notify_waiters();
        self.shared.arrived.notify_one();
    }

    pub fn is_empty(&self) -> bool {
        self.shared.waiting.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl WorkQueue for FakeQueue {
    async fn publish(&self, rings: &[Ring]) -> Result<(), QueueError> {
        let fails = self
            .fail_publishes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if fails.is_ok() {
            return Err(QueueError {
                message: "the broker is away".to_owned(),
                source: None,
            });
        }
        for ring in rings {
            self.published.fetch_add(1, Ordering::SeqCst);
            if ring.queue() == QueueName::Control {
                self.deliver(ring.clone());
            }
        }
        Ok(())
    }

    async fn consume(&self, queue: QueueName, _prefetch: u16) -> Result<Box<dyn Consumer>, QueueError> {
        assert_eq!(queue, QueueName::Control);
        Ok(Box::new(FakeConsumer(self.shared.clone())))
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }

    fn system(&self) -> &'static str {
        "in-process"
    }
}

struct FakeConsumer(Arc<Shared>);

#[async_trait]
impl Consumer for FakeConsumer {
    async fn next(&mut self) -> Delivery {
        loop {
            let arrived = self.0.arrived.notified();
            let next = self.0.waiting.lock().unwrap().pop_front();
            if let Some((ring, redelivered)) = next {
                return Delivery {
                    settle: Box::new(FakeSettle(self.0.clone(), ring.clone())),
                    ring,
                    redelivered,
                };
            }
            arrived.await;
        }
    }

    async fn cancel(self: Box<Self>) {}
}

struct FakeSettle(Arc<Shared>, Ring);

#[async_trait]
impl Settle for FakeSettle {
    async fn ack(self: Box<Self>) {}

    async fn requeue(self: Box<Self>) {
        self.0.requeued.fetch_add(1, Ordering::SeqCst);
        self.0.waiting.lock().unwrap().push_back((self.1, true));
        self.0.arrived.notify_one();
    }
}
