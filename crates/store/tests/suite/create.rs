use construe_jobs::{ClientToken, JobState, JobStore, Progress, StoreError, Tag, Work};

use crate::harness::{Site, arn, new_job, on_both, owner};

on_both!(
    a_job_reads_back_as_it_was_stored,
    a_token_makes_one_job,
    concurrent_requests_with_one_token_make_one_job,
    tokens_are_separate_by_account_region_and_operation,
);

fn with_token(digest: &str) -> construe_jobs::NewJob {
    let mut job = new_job();
    job.token = Some(ClientToken {
        operation: "StartPiiEntitiesDetectionJob",
        token: "t-1".to_owned(),
        request_digest: digest.to_owned(),
    });
    job
}

async fn a_job_reads_back_as_it_was_stored(site: &Site) {
    let mut new = new_job();
    new.name = Some("Überprüfung ' \" \\".to_owned());
    new.tags = vec![Tag {
        key: "k".to_owned(),
        value: String::new(),
    }];
    let created = site.store.create(new.clone()).await.unwrap();
    assert!(!created.replayed);
    let job = site.store.get(&owner(), new.id).await.unwrap().expect("the job");
    assert_eq!(job, created.job);
    assert_eq!(
        (job.name, job.request, job.spec, job.trace),
        (new.name, new.request, new.spec, new.trace.clone())
    );
    assert_eq!((job.state, job.progress), (JobState::Submitted, Progress::default()));
    assert_eq!((job.start_time, job.end_time, job.message), (None, None, None));
    assert_eq!(site.store.tags(&arn(new.id)).await.unwrap(), new.tags);

    let rings = site
        .store
        .claim_rings(10, std::time::Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(rings.len(), 1);
    assert_eq!((rings[0].ring.job, rings[0].ring.work), (new.id, Work::Plan));
    assert_eq!((rings[0].ring.kind, &rings[0].ring.trace), (new.kind, &new.trace));

    for mut other in [owner(), owner()] {
        other.account = "999999999999".to_owned();
        assert_eq!(
            site.store.get(&other, new.id).await.unwrap(),
            None,
            "another account's job is not there"
        );
    }
    let mut elsewhere = owner();
    elsewhere.region = "eu-west-1".to_owned();
    assert_eq!(site.store.get(&elsewhere, new.id).await.unwrap(), None);
}

async fn a_token_makes_one_job(site: &Site) {
    let first = site.store.create(with_token("a")).await.unwrap();
    let again = site.store.create(with_token("a")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.job, first.job);
    let refused = site.store.create(with_token("b")).await;
    assert!(matches!(refused, Err(StoreError::TokenReused)), "{refused:?}");
    assert_eq!(site.number("SELECT count(*) FROM jobs").await, 1);
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 1);

    let token = |digest| with_token(digest).token.unwrap();
    let known = site.store.job_of_token(&owner(), &token("a")).await.unwrap();
    assert_eq!(known, Some(first.job.clone()));
    let refused = site.store.job_of_token(&owner(), &token("b")).await;
    assert!(matches!(refused, Err(StoreError::TokenReused)), "{refused:?}");
    let mut other = owner();
    other.account = "999999999999".to_owned();
    assert_eq!(site.store.job_of_token(&other, &token("b")).await.unwrap(), None);

    // The answer is the same after the job ended.
    site.store.stop(None, first.job.id).await.unwrap();
    let token = crate::harness::lease_finalize(&site.store, first.job.id).await;
    let finished = site
        .store
        .finish(first.job.id, token, construe_jobs::Ending::Stopped, None)
        .await
        .unwrap();
    assert_eq!(finished, construe_jobs::Guarded::Applied);
    let later = site.store.create(with_token("a")).await.unwrap();
    assert_eq!((later.replayed, later.job.id), (true, first.job.id));
}

async fn concurrent_requests_with_one_token_make_one_job(site: &Site) {
    let other = site.store_with(construe_jobs::StorePolicy::default()).await;
    let requests = (0..12).map(|i| {
        let store = if i % 2 == 0 { site.store.clone() } else { other.clone() };
        tokio::spawn(async move { store.create(with_token("a")).await.unwrap() })
    });
    let created: Vec<_> = futures::future::try_join_all(requests).await.unwrap();
    assert_eq!(created.iter().filter(|created| !created.replayed).count(), 1);
    assert!(created.iter().all(|one| one.job.id == created[0].job.id));
    assert_eq!(site.number("SELECT count(*) FROM jobs").await, 1);
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 1);
}

async fn tokens_are_separate_by_account_region_and_operation(site: &Site) {
    site.store.create(with_token("a")).await.unwrap();
    let mut account = with_token("b");
    account.account = "999999999999".to_owned();
    let mut region = with_token("b");
    region.region = "eu-west-1".to_owned();
    let mut operation = with_token("b");
    operation.token.as_mut().unwrap().operation = "StartEntitiesDetectionJob";
    for job in [account, region, operation] {
        assert!(!site.store.create(job).await.unwrap().replayed);
    }
}
