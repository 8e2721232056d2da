use construe_jobs::{Guarded, Inspection, JobState, JobStore, LeaseOf, LeasedShard, Planned, Release, StorePolicy};

use crate::harness::{Site, TTL, batch, lease_plan, lease_shard, on_both, part, planned};
use crate::models_harness::training;

on_both!(
    documents_that_kill_twice_are_named,
    only_deaths_make_the_next_attempt_careful,
    trainings_are_given_up_sooner,
);

async fn mark(site: &Site, leased: &LeasedShard, document: u64) {
    let (id, token) = (leased.job.id, leased.lease.token);
    let marked = site
        .store
        .mark_document(id, leased.ordinal, token, document)
        .await
        .unwrap();
    assert_eq!(marked, Guarded::Applied);
}

async fn documents_that_kill_twice_are_named(site: &Site) {
    let policy = StorePolicy {
        careful_after: 1,
        ..StorePolicy::default()
    };
    let store = site.store_with(policy).await;
    let id = planned(&store, 1).await;
    // What each attempt says it touches before it dies; the last one named is the suspect.
    let attempts: [(&[u64], &[u64]); 7] = [
        (&[], &[]),
        (&[1, 2, 5], &[]),
        (&[1, 2, 5], &[]),
        (&[1, 2, 9], &[5]),
        (&[3], &[5]),
        (&[9], &[5]),
        (&[], &[5, 9]),
    ];
    for (round, (touched, poisoned)) in attempts.into_iter().enumerate() {
        let leased = lease_shard(&store, id, 0).await;
        assert_eq!(leased.careful, round >= 1, "round {round}");
        assert_eq!(leased.poisoned, poisoned, "round {round}");
        for &document in touched {
            mark(site, &leased, document).await;
        }
        site.expire_leases().await;
        // Death is noticed by the sweeper or by the next holder.
        if round % 2 == 0 {
            store.sweep().await.unwrap();
        }
    }
    let leased = lease_shard(&store, id, 0).await;
    let done = store.commit_shard(id, 0, leased.lease.token, &part(1)).await.unwrap();
    assert_eq!(done, Guarded::Applied);
}

async fn only_deaths_make_the_next_attempt_careful(site: &Site) {
    let id = planned(&site.store, 1).await;
    for round in 0..8 {
        let leased = lease_shard(&site.store, id, 0).await;
        assert!(!leased.careful, "round {round}");
        mark(site, &leased, 4).await;
        let released = site
            .store
            .release(LeaseOf::Shard(id, 0), leased.lease.token, Release::Drained);
        assert_eq!(released.await.unwrap(), Guarded::Applied);
    }
    for death in 1..=4 {
        let leased = lease_shard(&site.store, id, 0).await;
        assert_eq!(leased.careful, death > 3, "the default policy: after three");
        assert!(
            leased.poisoned.is_empty(),
            "a released attempt's document is no suspect"
        );
        site.expire_leases().await;
    }
}

async fn trainings_are_given_up_sooner(site: &Site) {
    let policy = StorePolicy {
        max_attempts: 20,
        max_artifact_attempts: 3,
        ..StorePolicy::default()
    };
    // Death is noticed by the sweeper or by the next holder.
    for swept in [true, false] {
        let store = site.store_with(policy.clone()).await;
        let job = training();
        let id = store.create(job).await.unwrap().job.id;
        let token = lease_plan(&store, id).await;
        let planned = store.extend_plan(id, token, batch(0, 1, true)).await.unwrap();
        assert_eq!(planned, Planned::Continue);
        for _ in 0..3 {
            let leased = lease_shard(&store, id, 0).await;
            let told = |inside: Option<Inspection>| inside.expect("the job").leases[0].per_mille;
            assert_eq!(told(store.inspect(None, id).await.unwrap()), 0, "of this attempt");
            let reported = store.report_progress(id, 0, leased.lease.token, 700).await.unwrap();
            assert_eq!(reported, Guarded::Applied);
            assert_eq!(told(store.inspect(None, id).await.unwrap()), 700);
            site.expire_leases().await;
            if swept {
                store.sweep().await.unwrap();
            }
        }
        assert!(store.lease_shard(id, 0, "w", TTL).await.unwrap().is_none());
        let job = store.inspect(None, id).await.unwrap().expect("the job").job;
        assert_eq!(job.state, JobState::Failed);
        let message = job.message.expect("a reason");
        assert!(message.starts_with("TRAINING_FAILED: "), "{message}");
    }
}
