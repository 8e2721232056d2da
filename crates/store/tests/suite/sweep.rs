use std::time::Duration;

use construe_jobs::{
    ClientToken, Guarded, JobState, JobStore, JobWork, LeaseOf, Renewal, StorePolicy, SweepReport, Work,
};

use crate::harness::{
    Site, TTL, create, lease_finalize, lease_plan, lease_shard, new_job, on_both, owner, part, planned,
};

on_both!(
    expired_shards_wait_again,
    expired_shards_of_a_stopping_job_are_given_up,
    expired_job_leases_are_rung_for,
    overdue_work_is_rung_for_once,
    lost_messages_only_cost_time,
    attempts_are_limited,
    old_client_tokens_are_forgotten,
    several_sweepers_do_things_once,
    ended_jobs_are_cleaned_once,
    a_restart_takes_everything_back_at_once,
);

async fn a_restart_takes_everything_back_at_once(site: &Site) {
    let store = &site.store;
    // Unplanned and leased; planned, with a shard in hand and one announced in a message that is lost.
    let planning = create(store).await;
    lease_plan(store, planning).await;
    let running = planned(store, 2).await;
    let held = lease_shard(store, running, 0).await;
    let lost = store.claim_rings(10, TTL).await.unwrap();
    store
        .delete_rings(&lost.iter().map(|row| row.id).collect::<Vec<_>>())
        .await
        .unwrap();

    let report = store.restart().await.unwrap();
    assert_eq!((report.leases_expired, report.rung_again), (2, 1));
    let renewal = store
        .renew(LeaseOf::Shard(running, 0), held.lease.token, TTL)
        .await
        .unwrap();
    assert_eq!(renewal, Renewal::Lost);
    let mut work: Vec<_> = store
        .claim_rings(10, TTL)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.ring.work)
        .collect();
    work.sort_by_key(|work| format!("{work:?}"));
    assert_eq!(
        work,
        [Work::Plan, Work::Shard { ordinal: 0 }, Work::Shard { ordinal: 1 }]
    );
}

async fn expired_shards_wait_again(site: &Site) {
    let store = &site.store;
    let id = planned(store, 3).await;
    let [a, b] = [lease_shard(store, id, 0).await, lease_shard(store, id, 1).await];
    site.sql("DELETE FROM outbox").await.unwrap();
    site.sql("UPDATE shards SET lease_expires = 1 WHERE ordinal = 0")
        .await
        .unwrap();
    let report = store.sweep().await.unwrap();
    assert_eq!(
        report,
        SweepReport {
            leases_expired: 1,
            ..SweepReport::default()
        }
    );
    assert_eq!(
        store.renew(LeaseOf::Shard(id, 0), a.lease.token, TTL).await.unwrap(),
        Renewal::Lost
    );
    assert!(matches!(
        store.renew(LeaseOf::Shard(id, 1), b.lease.token, TTL).await.unwrap(),
        Renewal::Held { .. }
    ));
    let rings = store.claim_rings(10, TTL).await.unwrap();
    assert_eq!(rings.len(), 1);
    assert_eq!(rings[0].ring.work, Work::Shard { ordinal: 0 });
    assert_eq!(store.sweep().await.unwrap(), SweepReport::default());
    assert_eq!(lease_shard(store, id, 0).await.lease.attempt, 2);
}

async fn expired_shards_of_a_stopping_job_are_given_up(site: &Site) {
    let store = &site.store;
    let id = planned(store, 2).await;
    lease_shard(store, id, 0).await;
    store.stop(None, id).await.unwrap();
    site.expire_leases().await;
    assert_eq!(store.sweep().await.unwrap().leases_expired, 1);
    assert_eq!(site.rings("finalize").await, 1);
    assert!(store.get(&owner(), id).await.unwrap().expect("the job").progress.cut);
}

async fn expired_job_leases_are_rung_for(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    lease_plan(store, id).await;
    site.sql("DELETE FROM outbox").await.unwrap();
    site.expire_leases().await;
    assert_eq!(store.sweep().await.unwrap().leases_expired, 1);
    assert_eq!(site.rings("plan").await, 1);

    // A dead planner of a stopping job leaves nothing to plan.
    let planner = lease_plan(store, id).await;
    store.stop(None, id).await.unwrap();
    site.expire_leases().await;
    assert_eq!(store.sweep().await.unwrap().leases_expired, 1);
    assert_eq!(
        store.renew(LeaseOf::Job(id), planner, TTL).await.unwrap(),
        Renewal::Lost
    );
    assert_eq!(site.rings("finalize").await, 1);

    lease_finalize(store, id).await;
    site.sql("DELETE FROM outbox").await.unwrap();
    site.expire_leases().await;
    assert_eq!(store.sweep().await.unwrap().leases_expired, 1);
    assert_eq!(site.rings("finalize").await, 1);
}

async fn overdue_work_is_rung_for_once(site: &Site) {
    let store = &site.store;
    let id = planned(store, 2).await;
    create(store).await;
    site.make_overdue().await;
    assert_eq!(
        store.sweep().await.unwrap().rung_again,
        0,
        "the messages still wait in the outbox"
    );
    assert_eq!(store.claim_rings(100, TTL).await.unwrap().len(), 4);
    site.make_overdue().await;
    assert_eq!(store.sweep().await.unwrap().rung_again, 0, "a relay has them in hand");
    site.sql("DELETE FROM outbox").await.unwrap();
    assert_eq!(store.sweep().await.unwrap().rung_again, 0, "not yet");
    site.make_overdue().await;
    assert_eq!(store.sweep().await.unwrap().rung_again, 3);
    assert_eq!((site.rings("shard").await, site.rings("plan").await), (2, 1));
    lease_shard(store, id, 0).await;
    lease_shard(store, id, 1).await;
    site.sql("DELETE FROM outbox").await.unwrap();
    site.make_overdue().await;
    assert_eq!(
        store.sweep().await.unwrap().rung_again,
        1,
        "leased shards are not rung for"
    );
}

/// Every message of the job is lost; the sweeper alone brings it to its end.
async fn lost_messages_only_cost_time(site: &Site) {
    let store = site
        .store_with(StorePolicy {
            window: 2,
            ..StorePolicy::default()
        })
        .await;
    let id = planned(&store, 5).await;
    for _ in 0..20 {
        site.sql("DELETE FROM outbox").await.unwrap();
        site.make_overdue().await;
        store.sweep().await.unwrap();
        for ring in store.claim_rings(100, TTL).await.unwrap() {
            match ring.ring.work {
                Work::Shard { ordinal } => {
                    let lease = lease_shard(&store, id, ordinal).await.lease.token;
                    assert_eq!(
                        store.commit_shard(id, ordinal, lease, &part(1)).await.unwrap(),
                        Guarded::Applied
                    );
                }
                Work::Finalize => {
                    let token = lease_finalize(&store, id).await;
                    let ending = construe_jobs::Ending::Completed;
                    assert_eq!(store.finish(id, token, ending, None).await.unwrap(), Guarded::Applied);
                }
                Work::Plan => panic!("it is planned"),
            }
        }
    }
    assert_eq!(
        store.get(&owner(), id).await.unwrap().expect("the job").state,
        JobState::Completed
    );
}

async fn attempts_are_limited(site: &Site) {
    let store = site
        .store_with(StorePolicy {
            max_attempts: 3,
            ..StorePolicy::default()
        })
        .await;
    // Found by the sweeper.
    let swept = planned(&store, 2).await;
    for attempt in 1..=3 {
        assert_eq!(lease_shard(&store, swept, 1).await.lease.attempt, attempt);
        site.expire_leases().await;
        let report = store.sweep().await.unwrap();
        assert_eq!(report.jobs_failed, u64::from(attempt == 3), "attempt {attempt}");
    }
    let job = store.get(&owner(), swept).await.unwrap().expect("the job");
    assert_eq!(job.state, JobState::Failed);
    let message = job.message.expect("a message");
    assert!(
        message.starts_with("ANALYSIS_FAILED: shard 1 (s3://in/docs/1.txt"),
        "{message}"
    );

    // Found by the next holder.
    let taken = planned(&store, 2).await;
    for _ in 0..3 {
        lease_shard(&store, taken, 0).await;
        site.expire_leases().await;
    }
    assert!(store.lease_shard(taken, 0, "w", TTL).await.unwrap().is_none());
    assert_eq!(
        store.get(&owner(), taken).await.unwrap().expect("the job").state,
        JobState::Failed
    );

    // Planning and finalising are counted apart.
    let id = create(&store).await;
    for _ in 0..2 {
        lease_plan(&store, id).await;
        site.expire_leases().await;
        store.sweep().await.unwrap();
    }
    store.stop(None, id).await.unwrap();
    for _ in 0..3 {
        lease_finalize(&store, id).await;
        site.expire_leases().await;
    }
    assert!(
        store
            .lease_job(id, JobWork::Finalize, "f", TTL)
            .await
            .unwrap()
            .is_none()
    );
    let message = store
        .get(&owner(), id)
        .await
        .unwrap()
        .expect("the job")
        .message
        .expect("a message");
    assert!(message.starts_with("FINALIZING_FAILED: "), "{message}");
}

async fn old_client_tokens_are_forgotten(site: &Site) {
    let with_token = || {
        let mut job = new_job();
        job.token = Some(ClientToken {
            operation: "Start",
            token: "t".to_owned(),
            request_digest: "d".to_owned(),
        });
        job
    };
    let first = site.store.create(with_token()).await.unwrap().job.id;
    site.store.sweep().await.unwrap();
    assert_eq!(site.store.create(with_token()).await.unwrap().job.id, first);
    let forgetful = site
        .store_with(StorePolicy {
            token_lifetime: Duration::ZERO,
            ..StorePolicy::default()
        })
        .await;
    forgetful.sweep().await.unwrap();
    assert!(!site.store.create(with_token()).await.unwrap().replayed);
}

async fn several_sweepers_do_things_once(site: &Site) {
    let other = site.store_with(StorePolicy::default()).await;
    let mut jobs = Vec::new();
    for _ in 0..8 {
        let id = planned(&site.store, 5).await;
        for ordinal in 0..4 {
            lease_shard(&site.store, id, ordinal).await;
        }
        jobs.push(id);
    }
    site.sql("DELETE FROM outbox").await.unwrap();
    site.expire_leases().await;
    site.make_overdue().await;
    let sweeps = (0..6).map(|i| {
        let store = if i % 2 == 0 { site.store.clone() } else { other.clone() };
        tokio::spawn(async move { store.sweep().await.unwrap() })
    });
    let reports = futures::future::try_join_all(sweeps).await.unwrap();
    assert_eq!(reports.iter().map(|report| report.leases_expired).sum::<u64>(), 32);
    assert_eq!(reports.iter().map(|report| report.rung_again).sum::<u64>(), 8);
    assert_eq!(site.rings("shard").await, 40);
    assert_eq!(site.number("SELECT count(*) FROM shards WHERE expiries = 1").await, 32);
}

async fn ended_jobs_are_cleaned_once(site: &Site) {
    let store = &site.store;
    let live = planned(store, 1).await;
    let ended = planned(store, 2).await;
    let lease = lease_shard(store, ended, 0).await.lease.token;
    assert_eq!(
        store.fail(LeaseOf::Shard(ended, 0), lease, "X: y").await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(store.jobs_to_clean(10).await.unwrap(), [ended]);
    store.cleaned(live).await.unwrap();
    store.cleaned(ended).await.unwrap();
    assert!(store.jobs_to_clean(10).await.unwrap().is_empty());
    assert_eq!(
        site.number("SELECT count(*) FROM shards").await,
        1,
        "the live job keeps its shards"
    );
    assert_eq!(
        store
            .get(&owner(), ended)
            .await
            .unwrap()
            .expect("the job")
            .progress
            .shards,
        2
    );
}
