//! What refers to what: jobs to models, endpoints and flywheels to models, datasets and iterations to flywheels; and
//! that nothing is deleted that something refers to.

use construe_jobs::{ClientToken, Ending, Guarded, JobStore, LeaseOf, StoreError, Tag};
use construe_models::{Creation, Deletion, ModelRegistry, Referent, RegistryError, Resource, ResourceKind};
use construe_store::Store;

use crate::harness::{ACCOUNT, REGION, Site, lease_plan, new_job, on_both};
use crate::models_harness::{
    alone, classifier, end_job, end_training, flywheel, new_resource, of_kind, register, train, training,
};

on_both!(
    a_deleted_model_leaves_its_files_to_the_janitor,
    a_model_that_is_trained_cannot_be_deleted_yet,
    a_job_needs_a_trained_model_and_holds_it,
    a_job_and_the_deletion_of_its_model_exclude_each_other,
    an_endpoint_holds_its_model,
    a_flywheel_holds_its_active_model,
    an_endpoint_holds_the_flywheel_that_it_follows,
    the_first_trained_model_is_the_active_one,
    an_iteration_and_its_model_are_made_together,
    a_flywheel_takes_its_children_along,
    a_dataset_and_the_deletion_of_its_flywheel_exclude_each_other,
);

async fn delete(store: &Store, resource: &Resource) -> Deletion {
    let owner = of_kind(resource.kind);
    store.delete_resource(&owner, &resource.arn).await.unwrap()
}

async fn a_deleted_model_leaves_its_files_to_the_janitor(site: &Site) {
    let store = &site.store;
    let mut creation = classifier("spam", None);
    creation.resource.tags = vec![Tag {
        key: "k".to_owned(),
        value: "v".to_owned(),
    }];
    let job = creation.job.as_ref().expect("a training").id;
    let model = train(store, creation).await;
    let mut foreign = of_kind(ResourceKind::DocumentClassifier);
    foreign.account = "999999999999".to_owned();
    let refused = store.delete_resource(&foreign, &model.arn).await.unwrap();
    assert_eq!(refused, Deletion::NotFound);
    let wrong_kind = store
        .delete_resource(&of_kind(ResourceKind::EntityRecognizer), &model.arn)
        .await
        .unwrap();
    assert_eq!(wrong_kind, Deletion::NotFound);

    assert_eq!(delete(store, &model).await, Deletion::Deleted);
    assert_eq!(delete(store, &model).await, Deletion::NotFound);
    assert_eq!(store.get_resource(ACCOUNT, REGION, &model.arn).await.unwrap(), None);
    assert_eq!(store.tags(&model.arn).await.unwrap(), []);
    let prefix = format!("models/{job}/");
    assert_eq!(store.garbage(10).await.unwrap(), [prefix.as_str()]);
    store.garbage_removed(&prefix).await.unwrap();
    assert!(store.garbage(10).await.unwrap().is_empty());
    assert!(
        store.inspect(None, job).await.unwrap().is_some(),
        "the training stays on record"
    );
}

async fn a_model_that_is_trained_cannot_be_deleted_yet(site: &Site) {
    let store = &site.store;
    let creation = classifier("spam", None);
    let job = creation.job.as_ref().expect("a training").id;
    let model = register(store, creation).await;
    assert_eq!(delete(store, &model).await, Deletion::BeingMade);
    let token = lease_plan(store, job).await;
    let failed = store.fail(LeaseOf::Job(job), token, "BAD_DATA: no.").await.unwrap();
    assert_eq!(failed, Guarded::Applied);
    assert_eq!(delete(store, &model).await, Deletion::Deleted);
}

fn job_with(model: &str) -> construe_jobs::NewJob {
    let mut job = new_job();
    job.model = Some(model.to_owned());
    job
}

async fn a_job_needs_a_trained_model_and_holds_it(site: &Site) {
    let store = &site.store;
    let model = train(store, classifier("spam", None)).await;
    let untrained = register(store, classifier("untrained", None)).await;
    let stopped = classifier("stopped", None);
    let training = stopped.job.as_ref().expect("a training").id;
    let stopped = register(store, stopped).await;
    end_training(store, training, Ending::Stopped).await;
    let not_a_model = register(store, flywheel("f")).await;

    for unavailable in [&untrained, &stopped] {
        let refused = store.create(job_with(&unavailable.arn)).await;
        assert!(matches!(refused, Err(StoreError::ModelUnavailable)), "{refused:?}");
    }
    let mut foreign = job_with(&model.arn);
    foreign.account = "999999999999".to_owned();
    for missing in [job_with("arn:missing"), job_with(&not_a_model.arn), foreign] {
        let refused = store.create(missing).await;
        assert!(matches!(refused, Err(StoreError::ModelNotFound)), "{refused:?}");
    }

    let mut job = job_with(&model.arn);
    job.token = Some(ClientToken {
        operation: "Start",
        token: "t".to_owned(),
        request_digest: "d".to_owned(),
    });
    store.create(job.clone()).await.unwrap();
    assert_eq!(delete(store, &model).await, Deletion::UsedByJob);
    end_job(store, job.id, Ending::Completed, None).await;
    assert_eq!(delete(store, &model).await, Deletion::Deleted);
    assert!(
        store.create(job).await.unwrap().replayed,
        "a repeated request is answered as before"
    );
}

async fn a_job_and_the_deletion_of_its_model_exclude_each_other(site: &Site) {
    for number in 0..12 {
        let store = site.store.clone();
        let model = train(&store, classifier(&format!("m{number}"), None)).await;
        let job = job_with(&model.arn);
        let starter = tokio::spawn({
            let (store, job) = (store.clone(), job.clone());
            async move { store.create(job).await }
        });
        let remover = tokio::spawn({
            let (store, model) = (store.clone(), model.clone());
            async move { delete(&store, &model).await }
        });
        let (started, deleted) = (starter.await.unwrap(), remover.await.unwrap());
        match (&started, deleted) {
            (Ok(_), Deletion::UsedByJob) | (Err(StoreError::ModelNotFound), Deletion::Deleted) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn an_endpoint_holds_its_model(site: &Site) {
    let store = &site.store;
    let first = train(store, classifier("first", None)).await;
    let second = train(store, classifier("second", None)).await;
    let mut endpoint = new_resource(ResourceKind::Endpoint, "e");
    endpoint.uses = Some(first.arn.clone());
    let endpoint = register(store, alone(endpoint)).await;
    let used = Deletion::UsedByResource(ResourceKind::Endpoint);
    assert_eq!(delete(store, &first).await, used);
    store
        .update_resource(
            &endpoint.arn,
            1,
            &serde_json::json!({}),
            Some(Referent::Model(&second.arn)),
        )
        .await
        .unwrap()
        .expect("changed");
    assert_eq!(delete(store, &first).await, Deletion::Deleted);
    assert_eq!(delete(store, &second).await, used);
    assert_eq!(delete(store, &endpoint).await, Deletion::Deleted);
    assert_eq!(delete(store, &second).await, Deletion::Deleted);

    let mut late = new_resource(ResourceKind::Endpoint, "late");
    late.uses = Some(second.arn);
    let refused = store.create_resource(alone(late)).await;
    assert!(matches!(refused, Err(RegistryError::NoReferent)), "{refused:?}");
}

async fn a_flywheel_holds_its_active_model(site: &Site) {
    let store = &site.store;
    let model = train(store, classifier("spam", None)).await;
    let mut creation = flywheel("f");
    creation.resource.uses = Some(model.arn.clone());
    let wheel = register(store, creation).await;
    assert_eq!(wheel.uses.as_ref(), Some(&model.arn));
    let used = Deletion::UsedByResource(ResourceKind::Flywheel);
    assert_eq!(delete(store, &model).await, used);
    assert_eq!(delete(store, &wheel).await, Deletion::Deleted);
    assert_eq!(delete(store, &model).await, Deletion::Deleted);
}

async fn an_endpoint_holds_the_flywheel_that_it_follows(site: &Site) {
    let store = &site.store;
    let wheel = register(store, flywheel("f")).await;
    let mut endpoint = new_resource(ResourceKind::Endpoint, "e");
    endpoint.parent = Some(wheel.arn.clone());
    let endpoint = register(store, alone(endpoint)).await;
    let used = Deletion::UsedByResource(ResourceKind::Endpoint);
    assert_eq!(delete(store, &wheel).await, used);
    let model = train(store, classifier("spam", None)).await;
    for (referent, uses, parent) in [
        (Referent::Model(&model.arn), Some(&model.arn), None),
        (Referent::Flywheel(&wheel.arn), None, Some(&wheel.arn)),
    ] {
        let seen = reread(store, &endpoint.arn).await.revision;
        let changed = store
            .update_resource(&endpoint.arn, seen, &serde_json::json!({}), Some(referent))
            .await
            .unwrap()
            .expect("changed");
        assert_eq!((changed.uses.as_ref(), changed.parent.as_ref()), (uses, parent));
    }
    assert_eq!(delete(store, &wheel).await, used);
    assert_eq!(delete(store, &model).await, Deletion::Deleted);
    assert_eq!(delete(store, &endpoint).await, Deletion::Deleted);
    assert_eq!(delete(store, &wheel).await, Deletion::Deleted);
}

/// An iteration of the flywheel and the model that it trains.
fn iteration(wheel: &Resource, id: &str) -> Creation {
    let mut resource = new_resource(ResourceKind::FlywheelIteration, id);
    resource.parent = Some(wheel.arn.clone());
    let mut creation = classifier("spam", Some(id));
    let mut model = creation.resource;
    model.parent = Some(wheel.arn.clone());
    creation.resource = resource;
    creation.along = Some(model);
    creation
}

async fn reread(store: &Store, arn: &str) -> Resource {
    let resource = store.get_resource(ACCOUNT, REGION, arn).await.unwrap();
    resource.expect("the resource")
}

async fn the_first_trained_model_is_the_active_one(site: &Site) {
    let store = &site.store;
    let wheel = register(store, flywheel("f")).await;
    let mut models = Vec::new();
    for (id, ending) in [
        ("i1", None),
        ("i2", Some(Ending::Stopped)),
        ("i3", Some(Ending::Completed)),
    ] {
        let creation = iteration(&wheel, id);
        let job = creation.job.as_ref().expect("a training").id;
        let model = creation.along.as_ref().expect("a model").arn.clone();
        register(store, creation).await;
        assert_eq!(reread(store, &wheel.arn).await.uses, None, "none is trained");
        if let Some(ending) = ending {
            end_training(store, job, ending).await;
        }
        models.push((job, model));
    }
    let [(early, first), (_, failed), (_, third)] = &models[..] else {
        panic!("three iterations")
    };
    assert_eq!(reread(store, &wheel.arn).await.uses.as_ref(), Some(third));
    // Begun earlier, trained later: what is active stays.
    end_training(store, *early, Ending::Completed).await;
    assert_eq!(reread(store, &wheel.arn).await.uses.as_ref(), Some(third));
    let used = Deletion::UsedByResource(ResourceKind::Flywheel);
    assert_eq!(delete(store, &reread(store, third).await).await, used);
    assert_eq!(delete(store, &reread(store, failed).await).await, Deletion::Deleted);

    store
        .update_resource(&wheel.arn, 1, &serde_json::json!({}), Some(Referent::Model(first)))
        .await
        .unwrap()
        .expect("changed");
    assert_eq!(delete(store, &reread(store, third).await).await, Deletion::Deleted);
    assert_eq!(delete(store, &reread(store, first).await).await, used);
}

async fn an_iteration_and_its_model_are_made_together(site: &Site) {
    let store = &site.store;
    let wheel = register(store, flywheel("f")).await;
    register(store, classifier("spam", Some("i1"))).await;
    let refused = store.create_resource(iteration(&wheel, "i1")).await;
    assert!(matches!(refused, Err(RegistryError::Exists)), "{refused:?}");
    assert_eq!(site.number("SELECT count(*) FROM jobs").await, 1);
    assert_eq!(
        site.number("SELECT count(*) FROM resources WHERE kind = 'flywheel-iteration'")
            .await,
        0,
        "neither of them"
    );

    let made = register(store, iteration(&wheel, "i2")).await;
    assert_eq!(made.kind, ResourceKind::FlywheelIteration);
    let job = made.making.as_ref().expect("a training").job;
    let model = iteration(&wheel, "i2").along.expect("a model").arn;
    assert_eq!(reread(store, &model).await.making.map(|making| making.job), Some(job));

    // A comparison holds the model that it compares with.
    end_training(store, job, Ending::Completed).await;
    let mut next = iteration(&wheel, "i3");
    let compared = reread(store, &model).await;
    next.job.as_mut().expect("a training").model = Some(model.clone());
    register(store, next).await;
    assert_eq!(delete(store, &compared).await, Deletion::UsedByJob);
    let mut orphan = iteration(&wheel, "i4");
    orphan.job.as_mut().expect("a training").model = Some("arn:missing".to_owned());
    let refused = store.create_resource(orphan).await;
    assert!(
        matches!(refused, Err(RegistryError::Store(StoreError::ModelNotFound))),
        "{refused:?}"
    );
}

fn dataset(wheel: &Resource, name: &str) -> Creation {
    let mut resource = new_resource(ResourceKind::Dataset, name);
    resource.arn = format!("{}/dataset/{name}", wheel.arn);
    resource.parent = Some(wheel.arn.clone());
    let mut creation = alone(resource);
    creation.job = Some(training());
    creation
}

async fn a_flywheel_takes_its_children_along(site: &Site) {
    let store = &site.store;
    let wheel = register(store, flywheel("f")).await;
    let other = register(store, flywheel("g")).await;
    let kept = register(store, dataset(&other, "d")).await;
    let mut creation = dataset(&wheel, "d");
    creation.resource.tags = vec![Tag {
        key: "k".to_owned(),
        value: "v".to_owned(),
    }];
    let import = creation.job.as_ref().expect("an import").id;
    let child = register(store, creation).await;
    assert_eq!(
        delete(store, &wheel).await,
        Deletion::UsedByJob,
        "its dataset is being made"
    );
    end_training(store, import, Ending::Completed).await;
    let turn = iteration(&wheel, "i1");
    let job = turn.job.as_ref().expect("a training").id;
    let model = turn.along.as_ref().expect("a model").arn.clone();
    let turn = register(store, turn).await;
    assert_eq!(
        delete(store, &wheel).await,
        Deletion::UsedByJob,
        "an iteration is running"
    );
    end_training(store, job, Ending::Completed).await;

    assert_eq!(delete(store, &wheel).await, Deletion::Deleted);
    for gone in [&wheel, &child, &turn] {
        assert_eq!(store.get_resource(ACCOUNT, REGION, &gone.arn).await.unwrap(), None);
    }
    assert_eq!(store.tags(&child.arn).await.unwrap(), []);
    assert_eq!(reread(store, &kept.arn).await, kept, "another flywheel's");
    assert_eq!(reread(store, &model).await.parent, None, "the model stays");
    let again = register(store, flywheel("f")).await;
    assert_eq!(again.uses, None, "what came before is not its model");
    assert_eq!(delete(store, &reread(store, &model).await).await, Deletion::Deleted);
}

async fn a_dataset_and_the_deletion_of_its_flywheel_exclude_each_other(site: &Site) {
    for number in 0..8 {
        let store = site.store.clone();
        let wheel = register(&store, flywheel(&format!("f{number}"))).await;
        let adder = tokio::spawn({
            let (store, creation) = (store.clone(), dataset(&wheel, "d"));
            async move { store.create_resource(creation).await }
        });
        let remover = tokio::spawn({
            let (store, wheel) = (store.clone(), wheel.clone());
            async move { delete(&store, &wheel).await }
        });
        let (added, deleted) = (adder.await.unwrap(), remover.await.unwrap());
        match (&added, deleted) {
            (Ok(_), Deletion::UsedByJob) | (Err(RegistryError::NoReferent), Deletion::Deleted) => {}
            other => panic!("{other:?}"),
        }
    }
}
