use construe_jobs::{Ending, Guarded, JobState, JobStore, JobWork, PartialObject, PlanCursor, Planned};

use crate::harness::{Site, TTL, batch, create, lease_finalize, lease_plan, lease_shard, on_both, owner, part};

on_both!(
    planning_streams_while_workers_run,
    a_repeated_batch_is_not_applied_twice,
    a_planner_that_takes_over_goes_on_at_the_cursor,
    a_batch_from_another_cursor_is_refused,
    an_empty_plan_is_finalised_at_once,
    many_shards_fit_one_batch,
);

async fn planning_streams_while_workers_run(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert!(
        store.lease_shard(id, 0, "w", TTL).await.unwrap().is_none(),
        "no such shard yet"
    );
    assert_eq!(
        store.extend_plan(id, token, batch(0, 2, false)).await.unwrap(),
        Planned::Continue
    );
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!(job.state, JobState::InProgress);
    assert!(job.start_time >= Some(job.submit_time));
    assert!(!job.progress.planned);
    for ordinal in 0..2 {
        let lease = lease_shard(store, id, ordinal).await;
        assert_eq!(lease.slices, batch(0, 2, false).shards[ordinal as usize].slices);
        assert_eq!(
            store
                .commit_shard(id, ordinal, lease.lease.token, &part(1))
                .await
                .unwrap(),
            Guarded::Applied
        );
    }
    assert_eq!(site.rings("finalize").await, 0, "all shards done, but the plan is open");
    assert_eq!(
        store.extend_plan(id, token, batch(2, 1, true)).await.unwrap(),
        Planned::Continue
    );
    let after = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!(after.start_time, job.start_time);
    assert_eq!(
        (after.progress.shards, after.progress.objects, after.progress.bytes),
        (3, 3, 300)
    );
    assert!(after.progress.planned);
    let lease = lease_shard(store, id, 2).await;
    assert_eq!(
        store.commit_shard(id, 2, lease.lease.token, &part(1)).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(site.rings("finalize").await, 1);
}

async fn a_repeated_batch_is_not_applied_twice(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    for _ in 0..3 {
        assert_eq!(
            store.extend_plan(id, token, batch(0, 3, false)).await.unwrap(),
            Planned::Continue
        );
    }
    // A batch without shards moves the cursor; it too counts once.
    let mut objects_only = batch(3, 0, false);
    objects_only.cursor.after = Some("docs/empty".to_owned());
    objects_only.objects = 1;
    for _ in 0..3 {
        assert_eq!(
            store.extend_plan(id, token, objects_only.clone()).await.unwrap(),
            Planned::Continue
        );
    }
    for _ in 0..3 {
        assert_eq!(
            store.extend_plan(id, token, batch(3, 2, true)).await.unwrap(),
            Planned::Continue
        );
    }
    assert_eq!(
        store.extend_plan(id, token, batch(5, 1, true)).await.unwrap(),
        Planned::Lost,
        "the plan is closed"
    );
    let progress = store.get(&owner(), id).await.unwrap().expect("the job").progress;
    assert_eq!((progress.shards, progress.objects, progress.planned), (5, 6, true));
}

async fn a_planner_that_takes_over_goes_on_at_the_cursor(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    let mut first = batch(0, 2, false);
    first.cursor.within = Some(PartialObject {
        key: "docs/large".to_owned(),
        etag: "\"e\"".to_owned(),
        size: 1 << 40,
        offset: 123_456_789_012,
        line: 77,
    });
    assert_eq!(
        store.extend_plan(id, token, first.clone()).await.unwrap(),
        Planned::Continue
    );
    assert!(
        store
            .lease_job(id, JobWork::Plan, "other", TTL)
            .await
            .unwrap()
            .is_none()
    );
    site.expire_leases().await;
    assert_eq!(
        store.extend_plan(id, token, batch(2, 1, true)).await.unwrap(),
        Planned::Lost,
        "it ran out"
    );
    let next = store
        .lease_job(id, JobWork::Plan, "other", TTL)
        .await
        .unwrap()
        .expect("free");
    assert_eq!(next.cursor, first.cursor);
    assert_eq!(next.lease.attempt, 2);
    assert_eq!(
        store
            .extend_plan(id, next.lease.token, batch(2, 1, true))
            .await
            .unwrap(),
        Planned::Continue
    );
}

async fn a_batch_from_another_cursor_is_refused(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, token, batch(0, 2, false)).await.unwrap(),
        Planned::Continue
    );
    assert_eq!(
        store.extend_plan(id, token, batch(3, 1, false)).await.unwrap(),
        Planned::Lost,
        "a gap"
    );
    assert_eq!(
        store.extend_plan(id, token, batch(1, 3, false)).await.unwrap(),
        Planned::Lost,
        "an overlap"
    );
    let mut unnumbered = batch(2, 2, false);
    unnumbered.shards[1].ordinal = 7;
    assert_eq!(store.extend_plan(id, token, unnumbered).await.unwrap(), Planned::Lost);
    assert_eq!(
        store.get(&owner(), id).await.unwrap().expect("the job").progress.shards,
        2
    );
}

async fn an_empty_plan_is_finalised_at_once(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    let mut nothing = batch(0, 0, true);
    nothing.cursor = PlanCursor::default();
    assert_eq!(store.extend_plan(id, token, nothing).await.unwrap(), Planned::Continue);
    assert_eq!(site.rings("finalize").await, 1);
    let token = lease_finalize(store, id).await;
    assert_eq!(
        store.finish(id, token, Ending::PartialSuccess, None).await.unwrap(),
        Guarded::Applied
    );
    let job = store.get(&owner(), id).await.unwrap().expect("the job");
    assert_eq!((job.state, job.end_time.is_some()), (JobState::PartialSuccess, true));
}

async fn many_shards_fit_one_batch(site: &Site) {
    let store = &site.store;
    let id = create(store).await;
    let token = lease_plan(store, id).await;
    assert_eq!(
        store.extend_plan(id, token, batch(0, 777, true)).await.unwrap(),
        Planned::Continue
    );
    assert_eq!(site.number("SELECT count(*) FROM shards").await, 777);
    assert_eq!(site.rings("shard").await, 64, "the window of the default policy");
}
