use std::time::Duration;

use construe_jobs::{JobStore, StorePolicy, WorkerKind, WorkerOrder, WorkerStatus};

use crate::harness::{Site, on_both};

on_both!(workers_come_report_and_go);

async fn workers_come_report_and_go(site: &Site) {
    let store = &site.store;
    let mut status = WorkerStatus {
        id: "w-1".to_owned(),
        kind: WorkerKind::Entities,
        host: "node-3".to_owned(),
        version: "0.1.0".to_owned(),
        slots: 4,
        busy: 0,
        draining: false,
    };
    assert_eq!(store.report_worker(&status).await.unwrap(), WorkerOrder::Continue);
    status.busy = 3;
    assert_eq!(store.report_worker(&status).await.unwrap(), WorkerOrder::Continue);
    let workers = store.workers().await.unwrap();
    assert_eq!(workers.len(), 1);
    assert_eq!(workers[0].status, status);
    assert!(workers[0].last_seen >= workers[0].started);

    assert!(!store.drain_worker("w-2").await.unwrap());
    assert!(store.drain_worker("w-1").await.unwrap());
    assert_eq!(store.report_worker(&status).await.unwrap(), WorkerOrder::Drain);
    store.remove_worker("w-1").await.unwrap();
    assert!(store.workers().await.unwrap().is_empty());

    store.report_worker(&status).await.unwrap();
    store.sweep().await.unwrap();
    assert_eq!(store.workers().await.unwrap().len(), 1);
    let policy = StorePolicy {
        worker_forgotten_after: Duration::ZERO,
        ..StorePolicy::default()
    };
    site.store_with(policy).await.sweep().await.unwrap();
    assert!(store.workers().await.unwrap().is_empty());
}
