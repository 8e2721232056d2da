use std::time::Duration;

use construe_jobs::{
    Ending, Guarded, JobState, JobStore, JobWork, LeaseOf, Owner, Planned, Release, ShardState, StopOutcome,
    StorePolicy,
};

use crate::harness::{
    Site, TTL, batch, create, lease_finalize, lease_plan, lease_shard, on_both, owner, part, planned,
};

on_both!(
    a_stop_before_planning_goes_straight_to_the_end,
    a_stop_while_planning_lets_the_planner_close,
    a_stop_cancels_what_waits_and_keeps_what_is_done,
    a_stop_that_comes_too_late_cuts_nothing,
    released_shards_of_a_stopping_job_are_given_up,
    the_grace_ends_what_does_not_answer,
    a_stop_is_confined_to_its_owner,
);

async fn end_stopped(site: &Site, id: construe_jobs::JobId) {
    let token = lease_finalize(&site.store, id).await;
    assert_eq!(
        site.store.finish(id, token, Ending::Stopped, None).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        site.store.stop(None, id).await.unwrap(),
        StopOutcome::Ended(JobState::Stopped)
    );
}

async fn a_stop_before_planning_goes_straight_to_the_end(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    for _ in 0..2 {
        assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    }
    assert!(store.lease_job(id, JobWork::Plan, "p", TTL).await.unwrap().is_none());
    assert_eq!((site.rings("plan").await, site.rings("finalize").await), (0, 1));
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!(
        (job.state, job.progress.cut, job.start_time),
        (JobState::StopRequested, true, None)
    );
    end_stopped(site, id).await;
    assert_eq!(
        store.stop(None, construe_jobs::JobId::new()).await.unwrap(),
        StopOutcome::NotFound
    );
}

async fn a_stop_while_planning_lets_the_planner_close(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, token, batch(0, 2, false)).await.unwrap(),
        Planned::Continue
    );
    let held = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert!(!job.progress.planned, "a live planner has the plan");
    assert_eq!(
        store.commit_shard(id, 0, held, &part(1)).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(site.rings("finalize").await, 0);
    assert_eq!(
        store.extend_plan(id, token, batch(2, 5, false)).await.unwrap(),
        Planned::Stopped
    );
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!(
        (job.progress.planned, job.progress.shards, job.progress.cut),
        (true, 2, true)
    );
    assert_eq!(site.rings("finalize").await, 1);
    end_stopped(site, id).await;

    // A planner that died is not waited for.
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, token, batch(0, 1, false)).await.unwrap(),
        Planned::Continue
    );
    site.expire_leases().await;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        store.extend_plan(id, token, batch(1, 1, true)).await.unwrap(),
        Planned::Lost
    );
    end_stopped(site, id).await;

    // Nor one that hands its lease back.
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        store.release(LeaseOf::Job(id), token, Release::Drained).await.unwrap(),
        Guarded::Applied
    );
    end_stopped(site, id).await;
}

async fn a_stop_cancels_what_waits_and_keeps_what_is_done(site: &Site) {
    let store = &site.store;
    let id = planned(store, 5).await;
    let done = lease_shard(store, id, 0).await.lease.token;
    let held = lease_shard(store, id, 1).await.lease.token;
    assert_eq!(
        store.commit_shard(id, 0, done, &part(1)).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        site.rings("shard").await,
        0,
        "no message is left about cancelled shards"
    );
    assert!(store.lease_shard(id, 2, "w", TTL).await.unwrap().is_none());
    assert!(
        store
            .lease_job(id, JobWork::Finalize, "f", TTL)
            .await
            .unwrap()
            .is_none(),
        "one shard is held"
    );
    let mut cut = part(1);
    cut.cut = true;
    assert_eq!(store.commit_shard(id, 1, held, &cut).await.unwrap(), Guarded::Applied);
    assert_eq!(site.rings("finalize").await, 1);
    let inside = store.inspect(None, id).await.unwrap().expect("the job");
    let counts: Vec<u64> = inside.shards.iter().map(|&(_, count)| count).collect();
    assert_eq!(counts, [0, 0, 2, 3], "pending, leased, done, cancelled");
    assert!(inside.job.progress.cut);
    assert_eq!(store.done_shards(id, 0, 10).await.unwrap().len(), 2);
    end_stopped(site, id).await;
}

async fn a_stop_that_comes_too_late_cuts_nothing(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    let held = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        store.commit_shard(id, 0, held, &part(1)).await.unwrap(),
        Guarded::Applied,
        "whole"
    );
    let token = lease_finalize(store, id).await;
    assert!(!store.get(&owner(), id).await.unwrap().expect("the job").progress.cut);
    assert_eq!(
        store.finish(id, token, Ending::Completed, None).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        store.stop(None, id).await.unwrap(),
        StopOutcome::Ended(JobState::Completed)
    );

    // While finalising.
    let id = planned(store, 1).await;
    let held = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(
        store.commit_shard(id, 0, held, &part(1)).await.unwrap(),
        Guarded::Applied
    );
    let token = lease_finalize(store, id).await;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        store.finish(id, token, Ending::Completed, None).await.unwrap(),
        Guarded::Applied
    );
}

async fn released_shards_of_a_stopping_job_are_given_up(site: &Site) {
    let store = &site.store;
    let id = planned(store, 1).await;
    let held = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    let fault = Release::Fault {
        retry_after: Duration::from_secs(1),
    };
    assert_eq!(
        store.release(LeaseOf::Shard(id, 0), held, fault).await.unwrap(),
        Guarded::Applied
    );
    assert!(store.get(&owner(), id).await.unwrap().expect("the job").progress.cut);
    end_stopped(site, id).await;
}

async fn the_grace_ends_what_does_not_answer(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let plan = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, plan, batch(0, 2, false)).await.unwrap(),
        Planned::Continue
    );
    let held = lease_shard(store, id, 0).await.lease.token;
    assert_eq!(store.stop(None, id).await.unwrap(), StopOutcome::Requested);
    assert_eq!(
        store.sweep().await.unwrap().leases_revoked,
        0,
        "the grace has not passed"
    );
    let hasty = site
        .store_with(StorePolicy {
            stop_grace: Duration::ZERO,
            ..StorePolicy::default()
        })
        .await;
    assert_eq!(
        hasty.sweep().await.unwrap().leases_revoked,
        2,
        "the planner's and the worker's"
    );
    assert_eq!(store.commit_shard(id, 0, held, &part(1)).await.unwrap(), Guarded::Lost);
    assert_eq!(
        store.extend_plan(id, plan, batch(2, 1, true)).await.unwrap(),
        Planned::Lost
    );
    let inside = store.inspect(None, id).await.unwrap().expect("the job");
    assert_eq!(inside.shards[3], (ShardState::Cancelled, 2));
    assert!(inside.job.progress.cut && inside.job.progress.planned);
    let token = lease_finalize(store, id).await;
    assert_eq!(
        hasty.sweep().await.unwrap().leases_revoked,
        0,
        "the finaliser is left in peace"
    );
    assert_eq!(
        store.finish(id, token, Ending::Stopped, None).await.unwrap(),
        Guarded::Applied
    );
}

async fn a_stop_is_confined_to_its_owner(site: &Site) {
    let id = create(&site.store).await;
    let other = Owner {
        account: "999999999999".to_owned(),
        ..owner()
    };
    assert_eq!(site.store.stop(Some(&other), id).await.unwrap(), StopOutcome::NotFound);
    assert!(site.store.inspect(Some(&other), id).await.unwrap().is_none());
    assert_eq!(
        site.store.stop(Some(&owner()), id).await.unwrap(),
        StopOutcome::Requested
    );
    assert!(site.store.inspect(Some(&owner()), id).await.unwrap().is_some());
}
