use std::time::{Duration, Instant};

use construe_jobs::{
    Ending, Guarded, JobState, JobStore, JobWork, LeaseOf, LeaseToken, Planned, Release, Renewal, ShardState,
};

use crate::harness::{
    Site, TTL, batch, create, lease_finalize, lease_plan, lease_shard, on_both, owner, part, planned,
};

on_both!(
    one_of_many_gets_the_lease,
    a_late_holder_changes_nothing,
    a_lease_that_ran_out_goes_to_the_next,
    a_renewal_extends_and_tells_the_state,
    released_work_is_rung_for_and_not_counted,
    a_failure_ends_the_job_and_voids_every_lease,
    finishing_needs_the_lease_and_a_complete_job,
    no_statement_leaves_a_terminal_state,
);

async fn one_of_many_gets_the_lease(site: &Site) {
    let id = planned(&site.store, 1).await;
    let claims = (0..10).map(|i| {
        let store = site.store.clone();
        tokio::spawn(async move { store.lease_shard(id, 0, &format!("w{i}"), TTL).await.unwrap() })
    });
    let claims = futures::future::try_join_all(claims).await.unwrap();
    assert_eq!(claims.iter().flatten().count(), 1);

    let job = create(&site.store).await;
    let claims = (0..10).map(|i| {
        let store = site.store.clone();
        tokio::spawn(async move {
            store
                .lease_job(job, JobWork::Plan, &format!("p{i}"), TTL)
                .await
                .unwrap()
        })
    });
    let claims = futures::future::try_join_all(claims).await.unwrap();
    assert_eq!(claims.iter().flatten().count(), 1);
}

async fn a_late_holder_changes_nothing(site: &Site) {
    let store = &site.store;
    let id = planned(store, 2).await;
    let late = lease_shard(store, id, 0).await;
    site.expire_leases().await;
    let next = lease_shard(store, id, 0).await;
    assert_eq!((late.lease.attempt, next.lease.attempt), (1, 2));
    assert_ne!(late.lease.token, next.lease.token);

    let of = LeaseOf::Shard(id, 0);
    let stale = late.lease.token;
    assert_eq!(store.renew(of, stale, TTL).await.unwrap(), Renewal::Lost);
    assert_eq!(store.mark_document(id, 0, stale, 7).await.unwrap(), Guarded::Lost);
    assert_eq!(store.commit_shard(id, 0, stale, &part(1)).await.unwrap(), Guarded::Lost);
    assert_eq!(store.release(of, stale, Release::Drained).await.unwrap(), Guarded::Lost);
    assert_eq!(store.fail(of, stale, "X: y").await.unwrap(), Guarded::Lost);
    assert_eq!(
        store.commit_shard(id, 0, LeaseToken::new(), &part(1)).await.unwrap(),
        Guarded::Lost
    );

    assert_eq!(
        store.commit_shard(id, 0, next.lease.token, &part(2)).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        store.commit_shard(id, 0, stale, &part(1)).await.unwrap(),
        Guarded::Lost,
        "after the commit too"
    );
    let done = store.done_shards(id, 0, 10).await.unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].part, part(2));

    // The same for a job's lease.
    let id = create(store).await;
    let late = lease_plan(store, id).await;
    site.expire_leases().await;
    let next = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, late, batch(0, 1, true)).await.unwrap(),
        Planned::Lost
    );
    assert_eq!(store.renew(LeaseOf::Job(id), late, TTL).await.unwrap(), Renewal::Lost);
    assert_eq!(
        store.release(LeaseOf::Job(id), late, Release::Drained).await.unwrap(),
        Guarded::Lost
    );
    assert_eq!(store.fail(LeaseOf::Job(id), late, "X: y").await.unwrap(), Guarded::Lost);
    assert_eq!(
        store.extend_plan(id, next, batch(0, 1, true)).await.unwrap(),
        Planned::Continue
    );
}

/// With a real expiry, by the clock of the database.
async fn a_lease_that_ran_out_goes_to_the_next(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    let began = Instant::now();
    let ttl = Duration::from_millis(150);
    let short = store.lease_shard(id, 0, "worker", ttl).await.unwrap().expect("free");
    assert!(short.lease.deadline >= began + ttl && short.lease.deadline <= Instant::now() + ttl);
    assert!(
        store.lease_shard(id, 0, "other", TTL).await.unwrap().is_none(),
        "still held"
    );
    let patience = Instant::now() + Duration::from_secs(20);
    let next = loop {
        if let Some(next) = store.lease_shard(id, 0, "other", TTL).await.unwrap() {
            break next;
        }
        assert!(Instant::now() < patience, "the lease never ran out");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(
        Instant::now() >= short.lease.deadline,
        "nobody else begins before the holder's own deadline"
    );
    assert_eq!(next.lease.attempt, 2);
}

async fn a_renewal_extends_and_tells_the_state(site: &Site) {
    let store = &site.store;
    let id = planned(store, 2).await;
    let lease = lease_shard(store, id, 0).await.lease.token;
    let of = LeaseOf::Shard(id, 0);
    site.expire_leases().await;
    let Renewal::Held { state, deadline } = store.renew(of, lease, TTL).await.unwrap() else {
        panic!("nobody took it");
    };
    assert_eq!(state, JobState::InProgress);
    assert!(deadline > Instant::now());
    assert!(
        store.lease_shard(id, 0, "other", TTL).await.unwrap().is_none(),
        "it lives again"
    );
    store.stop(None, id).await.unwrap();
    assert!(matches!(
        store.renew(of, lease, TTL).await.unwrap(),
        Renewal::Held {
            state: JobState::StopRequested,
            ..
        }
    ));
    let other = create(store).await;
    let token = lease_plan(store, other).await;
    assert!(matches!(
        store.renew(LeaseOf::Job(other), token, TTL).await.unwrap(),
        Renewal::Held {
            state: JobState::Submitted,
            ..
        }
    ));
}

async fn released_work_is_rung_for_and_not_counted(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    let shard = LeaseOf::Shard(id, 0);
    for round in 0..30_u32 {
        let leased = lease_shard(store, id, 0).await;
        assert_eq!(
            (leased.lease.attempt, leased.lease.faults, leased.careful),
            (2 * round + 1, round, false)
        );
        site.sql("DELETE FROM outbox").await.unwrap();
        let retry_after = Duration::from_secs(3600);
        let fault = Release::Fault { retry_after };
        assert_eq!(
            store.release(shard, leased.lease.token, fault).await.unwrap(),
            Guarded::Applied
        );
        assert_eq!(site.rings("shard").await, 0, "not before its time");
        let wait = site.number("SELECT ring_at FROM shards").await - site.number("SELECT start_time FROM jobs").await;
        assert!(wait >= 3_600_000_000, "rung for in {wait} us");

        let leased = lease_shard(store, id, 0).await;
        assert_eq!(
            store
                .release(shard, leased.lease.token, Release::Drained)
                .await
                .unwrap(),
            Guarded::Applied
        );
        assert_eq!(site.rings("shard").await, 1, "at once");
        assert_eq!(
            store
                .release(shard, leased.lease.token, Release::Drained)
                .await
                .unwrap(),
            Guarded::Lost
        );
    }
    let plan = create(store).await;
    site.sql("DELETE FROM outbox").await.unwrap();
    let token = lease_plan(store, plan).await;
    assert_eq!(
        store
            .release(LeaseOf::Job(plan), token, Release::Drained)
            .await
            .unwrap(),
        Guarded::Applied
    );
    assert_eq!(site.rings("plan").await, 1);
    let again = store
        .lease_job(plan, JobWork::Plan, "p", TTL)
        .await
        .unwrap()
        .expect("free");
    assert_eq!((again.lease.attempt, again.lease.faults), (2, 0));
}

async fn a_failure_ends_the_job_and_voids_every_lease(site: &Site) {
    let store = &site.store;
    let id = planned(store, 4).await;
    let [a, b] = [lease_shard(store, id, 0).await, lease_shard(store, id, 1).await].map(|l| l.lease.token);
    assert_eq!(store.commit_shard(id, 0, a, &part(1)).await.unwrap(), Guarded::Applied);
    let c = lease_shard(store, id, 2).await.lease.token;
    let message = "INPUT_CHANGED: s3://in/docs/1.txt changed while the job ran.";
    assert_eq!(
        store.fail(LeaseOf::Shard(id, 1), b, message).await.unwrap(),
        Guarded::Applied
    );

    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!((job.state, job.message.as_deref()), (JobState::Failed, Some(message)));
    assert!(job.end_time >= job.start_time && job.end_time.is_some());
    assert_eq!(store.renew(LeaseOf::Shard(id, 2), c, TTL).await.unwrap(), Renewal::Lost);
    assert_eq!(store.commit_shard(id, 2, c, &part(1)).await.unwrap(), Guarded::Lost);
    assert!(store.lease_shard(id, 3, "w", TTL).await.unwrap().is_none());
    assert!(
        store
            .lease_job(id, JobWork::Finalize, "f", TTL)
            .await
            .unwrap()
            .is_none()
    );
    let inside = store.inspect(None, id).await.unwrap().expect("the job");
    assert_eq!(
        inside.shards,
        [
            (ShardState::Pending, 0),
            (ShardState::Leased, 0),
            (ShardState::Done, 1),
            (ShardState::Cancelled, 3)
        ]
    );
    assert!(inside.leases.is_empty());

    // Before planning, by the planner; the lost reply's repetition included.
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    for _ in 0..2 {
        assert_eq!(
            store.fail(LeaseOf::Job(id), token, "INPUT_NOT_FOUND: x").await.unwrap(),
            Guarded::Applied
        );
    }
    assert_eq!(site.rings("plan").await, 0);
}

async fn finishing_needs_the_lease_and_a_complete_job(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    assert!(
        store
            .lease_job(id, JobWork::Finalize, "f", TTL)
            .await
            .unwrap()
            .is_none(),
        "a shard is open"
    );
    assert!(
        store.lease_job(id, JobWork::Plan, "p", TTL).await.unwrap().is_none(),
        "planned already"
    );
    let shard = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(
        store.commit_shard(id, 0, shard, &part(1)).await.unwrap(),
        Guarded::Applied
    );
    let token = lease_finalize(store, id).await;
    assert_eq!(
        store
            .finish(id, LeaseToken::new(), Ending::Completed, None)
            .await
            .unwrap(),
        Guarded::Lost
    );
    assert_eq!(
        store.finish(id, token, Ending::Stopped, None).await.unwrap(),
        Guarded::Lost,
        "nobody asked for a stop"
    );
    let inside = store.inspect(None, id).await.unwrap().expect("the job");
    assert_eq!((inside.leases.len(), inside.leases[0].ordinal), (1, None));
    for _ in 0..2 {
        assert_eq!(
            store.finish(id, token, Ending::Completed, None).await.unwrap(),
            Guarded::Applied
        );
    }
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!(job.state, JobState::Completed);
    assert_eq!(
        (
            job.progress.documents,
            job.progress.documents_failed,
            job.progress.bytes_done
        ),
        (3, 1, 100)
    );
}

async fn no_statement_leaves_a_terminal_state(site: &Site) {
    let id = create(&site.store).await;
    let token = lease_plan(&site.store, id).await;
    assert_eq!(
        site.store.fail(LeaseOf::Job(id), token, "X: y").await.unwrap(),
        Guarded::Applied
    );
    for refused in [
        "UPDATE jobs SET state = 'COMPLETED'",
        "UPDATE jobs SET state = 'IN_PROGRESS', end_time = NULL",
        "UPDATE jobs SET end_time = end_time + 1",
        "UPDATE jobs SET end_time = NULL",
    ] {
        site.sql(refused).await.expect_err(refused);
    }
    site.sql("UPDATE jobs SET cleaned = TRUE")
        .await
        .expect("other columns may change");
    site.sql("UPDATE jobs SET cleaned = FALSE")
        .await
        .expect("other columns may change");
    let live = create(&site.store).await;
    let refused = format!("UPDATE jobs SET state = 'FAILED' WHERE id = '{live}'");
    site.sql(&refused)
        .await
        .expect_err("a terminal state without an end time");
}
