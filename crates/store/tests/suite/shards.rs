use std::collections::BTreeSet;

use construe_jobs::{FailedFile, Guarded, JobStore, PartFiles, StorePolicy};

use crate::harness::{Site, lease_shard, on_both, owner, part, planned};

on_both!(
    the_last_of_many_committers_rings_once,
    a_repeated_commit_is_harmless,
    the_window_slides,
    done_shards_come_in_order_and_pages,
);

async fn the_last_of_many_committers_rings_once(site: &Site) {
    const SHARDS: u64 = 48;
    let other = site.store_with(StorePolicy::default()).await;
    let id = planned(&site.store, SHARDS).await;
    // All leases first, so that the commits meet.
    let mut leases = Vec::new();
    for ordinal in 0..SHARDS {
        leases.push(lease_shard(&site.store, id, ordinal).await);
    }
    let commits = leases.into_iter().map(|lease| {
        let store = if lease.ordinal % 2 == 0 {
            site.store.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let token = lease.lease.token;
            store.commit_shard(id, lease.ordinal, token, &part(1)).await.unwrap()
        })
    });
    let outcomes = futures::future::try_join_all(commits).await.unwrap();
    assert!(outcomes.iter().all(|&outcome| outcome == Guarded::Applied));
    assert_eq!(site.rings("finalize").await, 1);
    assert_eq!(site.number("SELECT open_items FROM jobs").await, 0);
    let progress = site.store.get(&owner(), id).await.unwrap().expect("the job").progress;
    assert_eq!((progress.shards_done, progress.documents), (SHARDS, SHARDS * 3));
}

async fn a_repeated_commit_is_harmless(site: &Site) {
    let id = planned(&site.store, 2).await;
    let lease = lease_shard(&site.store, id, 0).await;
    for _ in 0..3 {
        let outcome = site
            .store
            .commit_shard(id, 0, lease.lease.token, &part(1))
            .await
            .unwrap();
        assert_eq!(outcome, Guarded::Applied);
    }
    let progress = site.store.get(&owner(), id).await.unwrap().expect("the job").progress;
    assert_eq!(
        (progress.shards_done, progress.documents, progress.bytes_done),
        (1, 3, 100)
    );
}

async fn the_window_slides(site: &Site) {
    let store = site
        .store_with(StorePolicy {
            window: 3,
            ..StorePolicy::default()
        })
        .await;
    let id = planned(&store, 8).await;
    let in_window = "SELECT count(*) FROM shards WHERE ring_at IS NOT NULL OR lease_expires IS NOT NULL";
    let mut rung = BTreeSet::new();
    let mut order = Vec::new();
    for done in 0..8 {
        for ring in store
            .claim_rings(100, std::time::Duration::from_secs(60))
            .await
            .unwrap()
        {
            if let construe_jobs::Work::Shard { ordinal } = ring.ring.work {
                assert!(rung.insert(ordinal), "shard {ordinal} rung for twice");
                order.push(ordinal);
            }
            store.delete_rings(&[ring.id]).await.unwrap();
        }
        assert_eq!(site.number(in_window).await, (8 - done).min(3));
        assert_eq!(rung.len() as i64, (done + 3).min(8));
        let next = done as u64;
        let lease = lease_shard(&store, id, next).await;
        assert_eq!(
            site.number(in_window).await,
            (8 - done).min(3),
            "a leased shard keeps its place"
        );
        assert_eq!(
            store.commit_shard(id, next, lease.lease.token, &part(1)).await.unwrap(),
            Guarded::Applied
        );
    }
    assert!(order.is_sorted());
    assert_eq!(site.rings("finalize").await, 1);
}

/// Of every other shard nothing is known.
fn files(ordinal: u64) -> PartFiles {
    let failed = FailedFile {
        slice: 2,
        code: "EMPTY_FILE".to_owned(),
    };
    if ordinal.is_multiple_of(2) {
        return PartFiles::default();
    }
    PartFiles {
        characters: (1 << 40) + ordinal,
        failed: vec![failed],
    }
}

async fn done_shards_come_in_order_and_pages(site: &Site) {
    let id = planned(&site.store, 7).await;
    for ordinal in [6, 0, 3, 5, 1] {
        let lease = lease_shard(&site.store, id, ordinal).await;
        let mut result = part(1);
        result.key = format!("parts/{ordinal}");
        result.lengths = vec![1 << 40, 0, 7];
        result.size = (1 << 33) + ordinal;
        result.files = files(ordinal);
        assert_eq!(
            site.store
                .commit_shard(id, ordinal, lease.lease.token, &result)
                .await
                .unwrap(),
            Guarded::Applied
        );
    }
    let mut seen = Vec::new();
    let mut from = 0;
    loop {
        let page = site.store.done_shards(id, from, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        from = last.ordinal + 1;
        for shard in page {
            assert_eq!(shard.part.key, format!("parts/{}", shard.ordinal));
            assert_eq!(shard.part.content_bytes(), (1 << 40) + 7);
            assert_eq!(shard.part.size, (1 << 33) + shard.ordinal);
            assert_eq!(shard.part.files, files(shard.ordinal));
            assert_eq!(shard.slices[0].key, format!("docs/{}.txt", shard.ordinal));
            seen.push(shard.ordinal);
        }
    }
    assert_eq!(seen, [0, 1, 3, 5, 6]);

    // As a program from before parts had a size of their own left it.
    site.sql("UPDATE shards SET part_size = NULL WHERE ordinal = 3")
        .await
        .unwrap();
    let page = site.store.done_shards(id, 3, 1).await.unwrap();
    assert_eq!(page[0].part.size, (1 << 40) + 7);
}
