//! Resources: stored with the job that makes them, listed, summed up by name, changed.

use construe_jobs::{ClientToken, Ending, Guarded, JobState, JobStore, Planned, StorePolicy, Tag};
use construe_models::{
    Creation, Limit, ModelRegistry, Referent, RegistryError, Resource, ResourceFilter, ResourceKind, ResourcePosition,
};
use futures::future::try_join_all;

use crate::harness::{ACCOUNT, REGION, Site, batch, lease_finalize, lease_plan, lease_shard, on_both, part};
use crate::models_harness::{
    alone, classifier, end_training, flywheel, model_arn, new_resource, of_kind, register, resource_arn, train,
};

on_both!(
    a_resource_reads_back_as_it_was_stored,
    a_model_stands_as_the_job_that_makes_it,
    a_model_is_being_measured_when_it_is_there,
    a_name_is_taken_once,
    concurrent_requests_for_one_name_make_one_resource,
    a_token_makes_one_resource,
    concurrent_requests_with_one_token_make_one_resource,
    a_token_is_forgotten_in_time_and_with_its_resource,
    concurrent_requests_keep_the_limit,
    limits_count_below_one_parent,
    limits_can_count_what_is_being_made,
    filters_select,
    endpoints_are_found_by_the_model_that_they_come_to,
    pages_hold_while_resources_are_added,
    names_are_summed_up,
    a_change_needs_the_revision_it_saw,
);

async fn a_resource_reads_back_as_it_was_stored(site: &Site) {
    let mut creation = alone(new_resource(ResourceKind::Flywheel, "Überflug ' \""));
    creation.resource.tags = vec![Tag {
        key: "k".to_owned(),
        value: String::new(),
    }];
    let new = creation.resource.clone();
    // Of an earlier resource of this name, put when that one was already gone.
    let late = Tag {
        key: "late".to_owned(),
        value: "1".to_owned(),
    };
    site.store.put_tags(&new.arn, &[late], 50).await.unwrap();
    let created = site.store.create_resource(creation).await.unwrap();
    assert!(!created.replayed);
    let resource = site.store.get_resource(ACCOUNT, REGION, &new.arn).await.unwrap();
    let resource = resource.expect("the resource");
    assert_eq!(resource, created.resource);
    assert_eq!(
        (&resource.name, &resource.request, &resource.properties),
        (&new.name, &new.request, &new.properties)
    );
    assert_eq!((resource.kind, resource.revision), (ResourceKind::Flywheel, 1));
    assert_eq!((&resource.making, &resource.uses), (&None, &None));
    assert_eq!(resource.created, resource.modified);
    assert_eq!(site.store.tags(&new.arn).await.unwrap(), new.tags);
    for (account, region) in [("999999999999", REGION), (ACCOUNT, "eu-west-1")] {
        let found = site.store.get_resource(account, region, &new.arn).await.unwrap();
        assert_eq!(found, None, "what another account has is not there");
    }
}

async fn a_model_stands_as_the_job_that_makes_it(site: &Site) {
    let store = &site.store;
    let creation = classifier("spam", Some("v1"));
    let job = creation.job.clone().expect("a training").id;
    let model = store.create_resource(creation).await.unwrap().resource;
    let making = model.making.clone().expect("a training");
    assert_eq!((making.job, making.state), (job, JobState::Submitted));
    assert_eq!(model.model(), None, "not trained yet");
    assert_eq!(site.rings("plan").await, 1);

    end_training(store, job, Ending::PartialSuccess).await;
    let model = store.get_resource(ACCOUNT, REGION, &model.arn).await.unwrap();
    let model = model.expect("the model");
    let making = model.making.clone().expect("a training");
    assert_eq!(making.state, JobState::PartialSuccess);
    assert!(making.start_time.is_some() && making.end_time >= making.start_time);
    assert_eq!((making.progress.shards_done, making.progress.documents), (1, 3));
    let trained = model.model().expect("trained, with warnings");
    assert_eq!(
        (trained.arn, trained.key, trained.digest, trained.size),
        (model.arn, format!("models/{job}/{}", "a".repeat(64)), "a".repeat(64), 7)
    );
}

async fn a_model_is_being_measured_when_it_is_there(site: &Site) {
    let store = &site.store;
    let creation = classifier("spam", None);
    let job = creation.job.as_ref().expect("a training").id;
    let arn = register(store, creation).await.arn;
    let stands = || async {
        let model = store.get_resource(ACCOUNT, REGION, &arn).await.unwrap();
        let making = model.expect("the model").making.expect("a training");
        (making.per_mille, making.is_evaluating())
    };
    assert_eq!(stands().await, (0, false), "it has no plan yet");
    let token = lease_plan(store, job).await;
    let planned = store.extend_plan(job, token, batch(0, 1, true)).await;
    assert_eq!(planned.unwrap(), Planned::Continue);
    let token = lease_shard(store, job, 0).await.lease.token;
    for (reported, evaluating) in [(0, false), (899, false), (900, true), (1000, true), (10, false)] {
        let told = store.report_progress(job, 0, token, reported).await;
        assert_eq!(told.unwrap(), Guarded::Applied);
        assert_eq!(stands().await, (reported, evaluating));
    }
    let committed = store.commit_shard(job, 0, token, &part(1)).await;
    assert_eq!(committed.unwrap(), Guarded::Applied);
    assert!(stands().await.1, "it is being brought to its place");
    let token = lease_finalize(store, job).await;
    let finished = store.finish(job, token, Ending::Completed, None).await;
    assert_eq!(finished.unwrap(), Guarded::Applied);
    assert!(!stands().await.1);
}

async fn a_name_is_taken_once(site: &Site) {
    let store = &site.store;
    register(store, classifier("spam", None)).await;
    let again = store.create_resource(classifier("spam", None)).await;
    assert!(matches!(again, Err(RegistryError::Exists)), "{again:?}");
    register(store, classifier("spam", Some("v2"))).await;
    assert_eq!(
        site.number("SELECT count(*) FROM jobs").await,
        2,
        "a refused request leaves no job"
    );
}

async fn concurrent_requests_for_one_name_make_one_resource(site: &Site) {
    let requests = (0..5).map(|_| {
        let store = site.store.clone();
        tokio::spawn(async move { store.create_resource(classifier("spam", None)).await })
    });
    let outcomes = try_join_all(requests).await.unwrap();
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{outcomes:?}"
    );
    let refused = |outcome: &&Result<_, _>| matches!(outcome, Err(RegistryError::Exists));
    assert_eq!(outcomes.iter().filter(refused).count(), 4, "{outcomes:?}");
    assert_eq!(site.number("SELECT count(*) FROM jobs").await, 1);
}

fn with_token(mut creation: Creation, token: &str, digest: &str) -> Creation {
    creation.token = Some(ClientToken {
        operation: "CreateDocumentClassifier",
        token: token.to_owned(),
        request_digest: digest.to_owned(),
    });
    creation
}

async fn a_token_makes_one_resource(site: &Site) {
    let store = &site.store;
    let first = with_token(classifier("spam", None), "t", "d");
    let job = first.job.as_ref().expect("a training").id;
    let made = register(store, first).await;
    end_training(store, job, Ending::Completed).await;

    let owner = of_kind(ResourceKind::DocumentClassifier);
    let token = |digest| with_token(classifier("spam", None), "t", digest).token.unwrap();
    let known = store.resource_of_token(&owner, &token("d")).await.unwrap();
    assert_eq!(known.map(|known| known.arn), Some(made.arn.clone()));
    let refused = store.resource_of_token(&owner, &token("e")).await;
    assert!(matches!(refused, Err(RegistryError::TokenReused)), "{refused:?}");

    let again = with_token(classifier("spam", None), "t", "d");
    let again = store.create_resource(again).await.unwrap();
    assert!(again.replayed, "also after the end of the training");
    assert_eq!(again.resource.arn, made.arn);
    assert_eq!(again.resource.making.expect("a training").job, job);
    let other = store
        .create_resource(with_token(classifier("ham", None), "t", "e"))
        .await;
    assert!(matches!(other, Err(RegistryError::TokenReused)), "{other:?}");
    let mut elsewhere = with_token(classifier("spam", None), "t", "d");
    elsewhere.resource.owner.account = "999999999999".to_owned();
    elsewhere.resource.arn = model_arn("elsewhere", None);
    assert!(!store.create_resource(elsewhere).await.unwrap().replayed);
    assert_eq!(site.number("SELECT count(*) FROM jobs").await, 2);
}

async fn concurrent_requests_with_one_token_make_one_resource(site: &Site) {
    let requests = (0..5).map(|_| {
        let store = site.store.clone();
        tokio::spawn(async move {
            store
                .create_resource(with_token(classifier("spam", None), "t", "d"))
                .await
        })
    });
    let outcomes = try_join_all(requests).await.unwrap();
    let made: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("made")).collect();
    assert_eq!(made.iter().filter(|made| !made.replayed).count(), 1);
    let job = |made: &construe_models::CreatedResource| made.resource.making.as_ref().map(|making| making.job);
    assert!(made.iter().all(|one| job(one) == job(&made[0])));
}

async fn a_token_is_forgotten_in_time_and_with_its_resource(site: &Site) {
    let store = &site.store;
    let endpoint = |digest| with_token(alone(new_resource(ResourceKind::Endpoint, "e")), "t", digest);
    let made = register(store, endpoint("d")).await;
    store.sweep().await.unwrap();
    assert!(store.create_resource(endpoint("d")).await.unwrap().replayed);
    let forgetful = site
        .store_with(StorePolicy {
            token_lifetime: std::time::Duration::ZERO,
            ..StorePolicy::default()
        })
        .await;
    forgetful.sweep().await.unwrap();
    let again = store.create_resource(endpoint("d")).await;
    assert!(matches!(again, Err(RegistryError::Exists)), "{again:?}");

    store
        .delete_resource(&of_kind(ResourceKind::Endpoint), &made.arn)
        .await
        .unwrap();
    let token = endpoint("d").token.unwrap();
    let owner = of_kind(ResourceKind::Endpoint);
    assert_eq!(store.resource_of_token(&owner, &token).await.unwrap(), None);
    register(store, endpoint("d")).await;
    store
        .delete_resource(&of_kind(ResourceKind::Endpoint), &made.arn)
        .await
        .unwrap();
    assert!(
        !store.create_resource(endpoint("e")).await.unwrap().replayed,
        "what the token had made is gone, and the token with it"
    );
}

async fn concurrent_requests_keep_the_limit(site: &Site) {
    let requests = (0..6).map(|number| {
        let store = site.store.clone();
        tokio::spawn(async move {
            let mut endpoint = new_resource(ResourceKind::Endpoint, &format!("e{number}"));
            endpoint.limit = Some(Limit::OfOwner(3));
            store.create_resource(alone(endpoint)).await
        })
    });
    let outcomes = try_join_all(requests).await.unwrap();
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        3,
        "{outcomes:?}"
    );
    let refused = |outcome: &&Result<_, _>| matches!(outcome, Err(RegistryError::TooMany { limit: 3 }));
    assert_eq!(outcomes.iter().filter(refused).count(), 3, "{outcomes:?}");
}

async fn limits_count_below_one_parent(site: &Site) {
    let store = &site.store;
    for name in ["f", "g"] {
        let parent = register(store, flywheel(name)).await.arn;
        for (dataset, variant, fits) in [
            ("a", "TRAIN", true),
            ("b", "TRAIN", true),
            ("c", "TRAIN", false),
            ("d", "TEST", true),
        ] {
            let mut new = new_resource(ResourceKind::Dataset, dataset);
            new.arn = format!("{parent}/dataset/{dataset}");
            new.parent = Some(parent.clone());
            new.variant = Some(variant.to_owned());
            new.limit = Some(Limit::OfParent(2));
            let outcome = store.create_resource(alone(new)).await;
            assert_eq!(outcome.is_ok(), fits, "{name} {dataset}: {outcome:?}");
        }
    }
    let mut orphan = new_resource(ResourceKind::Dataset, "orphan");
    orphan.parent = Some(resource_arn(ResourceKind::Flywheel, "missing"));
    let outcome = store.create_resource(alone(orphan)).await;
    assert!(matches!(outcome, Err(RegistryError::NoReferent)), "{outcome:?}");
    let mut foreign = new_resource(ResourceKind::Dataset, "foreign");
    foreign.parent = Some(resource_arn(ResourceKind::Flywheel, "f"));
    foreign.owner.account = "999999999999".to_owned();
    let outcome = store.create_resource(alone(foreign)).await;
    assert!(matches!(outcome, Err(RegistryError::NoReferent)), "{outcome:?}");
}

async fn limits_can_count_what_is_being_made(site: &Site) {
    let store = &site.store;
    let limited = |name: &str| {
        let mut creation = classifier(name, None);
        creation.resource.limit = Some(Limit::OfOwnerBeingMade(2));
        creation
    };
    train(store, limited("trained")).await;
    let first = limited("first");
    let job = first.job.as_ref().expect("a training").id;
    register(store, first).await;
    let second = with_token(limited("second"), "t", "d");
    register(store, second.clone()).await;
    let refused = store.create_resource(limited("third")).await;
    assert!(
        matches!(refused, Err(RegistryError::TooMany { limit: 2 })),
        "{refused:?}"
    );
    let again = store.create_resource(second).await;
    assert!(again.unwrap().replayed, "a repeated request makes nothing");
    end_training(store, job, Ending::Stopped).await;
    register(store, limited("third")).await;
}

fn names(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|resource| resource.name.as_str()).collect()
}

async fn filters_select(site: &Site) {
    let store = &site.store;
    let trained = train(store, classifier("trained", None)).await;
    let waiting = register(store, classifier("waiting", None)).await;
    let failed = classifier("stopped", None);
    let job = failed.job.as_ref().expect("a training").id;
    register(store, failed).await;
    end_training(store, job, Ending::Stopped).await;
    let mut endpoint = new_resource(ResourceKind::Endpoint, "e");
    endpoint.uses = Some(trained.arn.clone());
    endpoint.variant = Some("x".to_owned());
    register(store, alone(endpoint)).await;

    let models = of_kind(ResourceKind::DocumentClassifier);
    for (filters, expected) in [
        (vec![], vec!["stopped", "waiting", "trained"]),
        (vec![ResourceFilter::Name("waiting".to_owned())], vec!["waiting"]),
        (
            vec![ResourceFilter::Making(vec![
                Some(JobState::Completed),
                Some(JobState::Submitted),
            ])],
            vec!["waiting", "trained"],
        ),
        (vec![ResourceFilter::Making(vec![None])], vec![]),
        (vec![ResourceFilter::Making(vec![])], vec![]),
        (vec![ResourceFilter::CreatedBefore(waiting.created)], vec!["trained"]),
        (vec![ResourceFilter::CreatedAfter(waiting.created)], vec!["stopped"]),
        (
            vec![
                ResourceFilter::CreatedAfter(trained.created),
                ResourceFilter::Making(vec![Some(JobState::Submitted)]),
            ],
            vec!["waiting"],
        ),
    ] {
        let found = store.list_resources(&models, &filters, None, 10).await.unwrap();
        assert_eq!(names(&found), expected, "{filters:?}");
    }
    let endpoints = of_kind(ResourceKind::Endpoint);
    for (filter, found) in [
        (ResourceFilter::Uses(trained.arn.clone()), 1),
        (ResourceFilter::Uses(waiting.arn.clone()), 0),
        (ResourceFilter::Variant("x".to_owned()), 1),
        (ResourceFilter::Making(vec![None]), 1),
        (ResourceFilter::Parent(trained.arn), 0),
    ] {
        let listed = store
            .list_resources(&endpoints, std::slice::from_ref(&filter), None, 10)
            .await;
        assert_eq!(listed.unwrap().len(), found, "{filter:?}");
    }
}

async fn endpoints_are_found_by_the_model_that_they_come_to(site: &Site) {
    let store = &site.store;
    let named = train(store, classifier("named", None)).await;
    let mut told = flywheel("told");
    told.resource.uses = Some(named.arn.clone());
    let told = register(store, told).await;
    let untold = register(store, flywheel("untold")).await;
    let mut own = Vec::new();
    for name in ["first", "second"] {
        let mut model = classifier(name, None);
        model.resource.parent = Some(untold.arn.clone());
        own.push(train(store, model).await);
    }
    for (name, uses, parent) in [
        ("of-model", Some(&named), None),
        ("of-told", None, Some(&told)),
        ("of-untold", None, Some(&untold)),
    ] {
        let mut endpoint = new_resource(ResourceKind::Endpoint, name);
        endpoint.uses = uses.map(|model| model.arn.clone());
        endpoint.parent = parent.map(|flywheel| flywheel.arn.clone());
        register(store, alone(endpoint)).await;
    }
    for (model, expected) in [
        (&named, vec!["of-told", "of-model"]),
        (&own[0], vec!["of-untold"]),
        // Trained for the flywheel, and not what it uses.
        (&own[1], vec![]),
    ] {
        let filter = ResourceFilter::Uses(model.arn.clone());
        let listed = store
            .list_resources(&of_kind(ResourceKind::Endpoint), &[filter], None, 10)
            .await;
        assert_eq!(names(&listed.unwrap()), expected, "{}", model.name);
    }
}

async fn pages_hold_while_resources_are_added(site: &Site) {
    let store = &site.store;
    let flywheels = of_kind(ResourceKind::Flywheel);
    for number in 0..5 {
        register(store, flywheel(&format!("f{number}"))).await;
    }
    let mut seen = Vec::new();
    let mut after: Option<ResourcePosition> = None;
    loop {
        let page = store.list_resources(&flywheels, &[], after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(ResourcePosition {
            created: last.created,
            arn: last.arn.clone(),
        });
        seen.extend(page.iter().map(|resource| resource.name.clone()));
        register(store, flywheel(&format!("later{}", seen.len()))).await;
    }
    assert_eq!(seen, ["f4", "f3", "f2", "f1", "f0"]);
}

async fn names_are_summed_up(site: &Site) {
    let store = &site.store;
    for (name, version) in [
        ("spam", Some("v1")),
        ("Zebra", None),
        ("spam", Some("v2")),
        ("ärger", None),
        ("spam", None),
    ] {
        register(store, classifier(name, version)).await;
    }
    let models = of_kind(ResourceKind::DocumentClassifier);
    let all = store.summarize_resources(&models, None, 10).await.unwrap();
    let summed: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.versions)).collect();
    assert_eq!(
        summed,
        [("Zebra", 1), ("spam", 3), ("ärger", 1)],
        "by bytes, in both databases"
    );
    assert_eq!(all[1].latest.arn, model_arn("spam", None), "the one made last");
    let page = store.summarize_resources(&models, Some("Zebra"), 1).await.unwrap();
    assert_eq!(page, all[1..2]);
    let recognizers = of_kind(ResourceKind::EntityRecognizer);
    let none = store.summarize_resources(&recognizers, None, 10).await;
    assert!(none.unwrap().is_empty());
}

async fn a_change_needs_the_revision_it_saw(site: &Site) {
    let store = &site.store;
    let model = train(store, classifier("spam", None)).await;
    let seen = register(store, flywheel("f")).await;
    let properties = serde_json::json!({"n": 2});
    let changed = store
        .update_resource(&seen.arn, seen.revision, &properties, Some(Referent::Model(&model.arn)))
        .await
        .unwrap()
        .expect("changed");
    assert_eq!((&changed.properties, changed.revision), (&properties, 2));
    assert_eq!(changed.uses.as_ref(), Some(&model.arn));
    assert!(changed.modified >= changed.created);
    assert_eq!(changed.created, seen.created);
    let late = store
        .update_resource(&seen.arn, seen.revision, &serde_json::json!({}), None)
        .await;
    assert!(matches!(late, Ok(None)), "{late:?}");
    let kept = store
        .update_resource(&seen.arn, 2, &serde_json::json!({}), None)
        .await
        .unwrap()
        .expect("changed");
    assert_eq!(kept.uses.as_ref(), Some(&model.arn), "still the model it had");
    let missing = store
        .update_resource(&seen.arn, 3, &properties, Some(Referent::Model("arn:missing")))
        .await;
    assert!(matches!(missing, Err(RegistryError::NoReferent)), "{missing:?}");
}
