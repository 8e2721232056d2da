use construe_jobs::{Job, JobFilter, JobId, JobState, JobStore, JobWork, LeaseOf, ListPosition, Timestamp};

use crate::harness::{KIND, Site, TTL, create, lease_plan, lease_shard, new_job, on_both, owner, planned};

on_both!(
    pages_neither_repeat_nor_lose,
    filters_select,
    submit_times_increase,
    the_backlog_counts_what_waits_and_runs,
    an_inspection_shows_who_works_on_what,
);

fn position(job: &Job) -> ListPosition {
    ListPosition {
        submit_time: job.submit_time,
        id: job.id,
    }
}

async fn pages_neither_repeat_nor_lose(site: &Site) {
    let mut made = Vec::new();
    for _ in 0..23 {
        made.push(create(&site.store).await);
    }
    // Equal times, as a coarse clock may give: the id decides.
    site.sql("UPDATE jobs SET submit_time = 5 WHERE submit_time % 2 = 0")
        .await
        .unwrap();
    let mut foreign = new_job();
    foreign.account = "999999999999".to_owned();
    site.store.create(foreign).await.unwrap();

    let mut seen: Vec<Job> = Vec::new();
    let mut after = None;
    loop {
        let page = site.store.list(&owner(), None, after, 5).await.unwrap();
        assert!(page.len() <= 5);
        let Some(last) = page.last() else { break };
        after = Some(position(last));
        seen.extend(page);
        create(&site.store).await;
    }
    let mut ids: Vec<JobId> = seen.iter().map(|job| job.id).collect();
    assert!(
        seen.windows(2)
            .all(|pair| (pair[0].submit_time, pair[0].id) > (pair[1].submit_time, pair[1].id))
    );
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
}

async fn filters_select(site: &Site) {
    let store = &site.store;
    let list = async |filter: JobFilter| -> Vec<JobId> {
        let jobs = store.list(&owner(), Some(&filter), None, 100).await.unwrap();
        jobs.iter().map(|job| job.id).collect()
    };
    let mut named = new_job();
    named.name = Some("first".to_owned());
    let a = store.create(named).await.unwrap().job;
    let b = planned(store, 1).await;
    let failed = create(store).await;
    let token = lease_plan(store, failed).await;
    let _ = store.fail(LeaseOf::Job(failed), token, "X: y").await.unwrap();
    let b_time = store.get(&owner(), b).await.unwrap().expect("b").submit_time;

    assert_eq!(list(JobFilter::Name("first".to_owned())).await, [a.id]);
    assert!(list(JobFilter::Name("fir%".to_owned())).await.is_empty());
    assert_eq!(list(JobFilter::State(JobState::Submitted)).await, [a.id]);
    assert_eq!(list(JobFilter::State(JobState::InProgress)).await, [b]);
    assert_eq!(list(JobFilter::State(JobState::Failed)).await, [failed]);
    assert_eq!(list(JobFilter::SubmittedBefore(b_time)).await, [a.id], "strictly");
    assert_eq!(list(JobFilter::SubmittedAfter(b_time)).await, [failed], "strictly");
    assert_eq!(list(JobFilter::SubmittedAfter(Timestamp(i64::MAX))).await, []);
    let rest = store
        .list(
            &owner(),
            Some(&JobFilter::SubmittedBefore(Timestamp(i64::MAX))),
            Some(ListPosition {
                submit_time: b_time,
                id: b,
            }),
            10,
        )
        .await
        .unwrap();
    assert_eq!(rest.iter().map(|job| job.id).collect::<Vec<_>>(), [a.id]);
}

async fn submit_times_increase(site: &Site) {
    let mut times = Vec::new();
    for _ in 0..10 {
        times.push(site.store.create(new_job()).await.unwrap().job.submit_time);
    }
    // As if the clock had been ahead and was set back.
    site.sql("UPDATE jobs SET submit_time = submit_time + 3600000000")
        .await
        .unwrap();
    let ahead = Timestamp(times[9].0 + 3_600_000_000);
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(
        site.store.create(new_job()).await.unwrap().job.submit_time,
        Timestamp(ahead.0 + 1)
    );
}

async fn the_backlog_counts_what_waits_and_runs(site: &Site) {
    let store = &site.store;
    assert_eq!(store.backlog().await.unwrap(), construe_jobs::Backlog::default());
    create(store).await;
    let id = planned(store, 70).await;
    lease_shard(store, id, 0).await;
    lease_shard(store, id, 1).await;
    site.sql("UPDATE outbox SET rung = rung - 5000000").await.unwrap();
    let backlog = store.backlog().await.unwrap();
    assert_eq!(
        backlog.jobs,
        [(KIND, JobState::InProgress, 1), (KIND, JobState::Submitted, 1)]
    );
    assert_eq!(
        (backlog.shards_pending, backlog.shards_leased),
        (vec![(KIND, 68)], vec![(KIND, 2)])
    );
    assert_eq!(backlog.outbox, 66);
    assert!(
        backlog.outbox_lag.as_secs() >= 5 && backlog.outbox_lag.as_secs() < 60,
        "{:?}",
        backlog.outbox_lag
    );
}

async fn an_inspection_shows_who_works_on_what(site: &Site) {
    let store = &site.store;
    let id = planned(store, 3).await;
    store.lease_shard(id, 2, "host-a/1", TTL).await.unwrap().expect("free");
    let inside = store.inspect(None, id).await.unwrap().expect("the job");
    assert_eq!(inside.leases.len(), 1);
    let lease = &inside.leases[0];
    assert_eq!(
        (lease.ordinal, lease.holder.as_str(), lease.attempt),
        (Some(2), "host-a/1", 1)
    );
    assert!(lease.expires > inside.now);
    assert_eq!(inside.job, store.get(&owner(), id).await.unwrap().expect("the job"));
    assert!(store.inspect(None, JobId::new()).await.unwrap().is_none());

    let submitted = create(store).await;
    store
        .lease_job(submitted, JobWork::Plan, "planner-7", TTL)
        .await
        .unwrap()
        .expect("free");
    let inside = store.inspect(None, submitted).await.unwrap().expect("the job");
    assert_eq!(
        (inside.leases[0].ordinal, inside.leases[0].holder.as_str()),
        (None, "planner-7")
    );
}
