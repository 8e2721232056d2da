use std::collections::BTreeMap;
use std::time::Duration;

use construe_jobs::{Guarded, JobStore, LeaseOf, Release};

use crate::harness::{Site, TTL, create, lease_shard, on_both, planned};

on_both!(
    concurrent_relays_share_the_rows,
    a_relay_that_died_is_replaced,
    a_new_reason_to_ring_is_not_lost_behind_a_claimed_row,
    rows_of_a_newer_version_do_not_block,
);

async fn concurrent_relays_share_the_rows(site: &Site) {
    for _ in 0..3 {
        planned(&site.store, 60).await;
    }
    let total = site.number("SELECT count(*) FROM outbox").await;
    assert_eq!(total, 183, "three plans and three times sixty shards");
    let relays = (0..8).map(|_| {
        let store = site.store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let rings = store.claim_rings(7, TTL).await.unwrap();
                if rings.is_empty() {
                    break taken;
                }
                let ids: Vec<i64> = rings.iter().map(|ring| ring.id).collect();
                assert!(ids.is_sorted());
                store.delete_rings(&ids).await.unwrap();
                taken.extend(ids);
            }
        })
    });
    let mut times: BTreeMap<i64, u32> = BTreeMap::new();
    for id in futures::future::try_join_all(relays)
        .await
        .unwrap()
        .into_iter()
        .flatten()
    {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.len() as i64, total, "none is lost");
    assert!(
        times.values().all(|&count| count == 1),
        "none is taken twice while held"
    );
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 0);
    site.store.delete_rings(&[]).await.unwrap();
}

async fn a_relay_that_died_is_replaced(site: &Site) {
    create(&site.store).await;
    let first = site.store.claim_rings(10, TTL).await.unwrap();
    assert_eq!(first.len(), 1);
    assert!(site.store.claim_rings(10, TTL).await.unwrap().is_empty(), "held");
    site.sql("UPDATE outbox SET claimed_until = 1").await.unwrap();
    let again = site.store.claim_rings(10, Duration::ZERO).await.unwrap();
    assert_eq!((again.len(), again[0].id), (1, first[0].id));
}

async fn a_new_reason_to_ring_is_not_lost_behind_a_claimed_row(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    let claimed = store.claim_rings(10, TTL).await.unwrap();
    // Published, begun and handed back before the relay gets to delete its rows.
    let lease = lease_shard(store, id, 0).await.lease.token;
    let released = store
        .release(LeaseOf::Shard(id, 0), lease, Release::Drained)
        .await
        .unwrap();
    assert_eq!(released, Guarded::Applied);
    let ids: Vec<i64> = claimed.iter().map(|ring| ring.id).collect();
    store.delete_rings(&ids).await.unwrap();
    assert_eq!(store.claim_rings(10, TTL).await.unwrap().len(), 1);
}

async fn rows_of_a_newer_version_do_not_block(site: &Site) {
    create(&site.store).await;
    site.sql("UPDATE outbox SET kind = 'mind-reading'").await.unwrap();
    create(&site.store).await;
    let rings = site.store.claim_rings(10, TTL).await.unwrap();
    assert_eq!(rings.len(), 1);
    assert_eq!(
        site.number("SELECT count(*) FROM outbox").await,
        2,
        "it waits for who can read it"
    );
}
