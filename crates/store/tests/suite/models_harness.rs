//! Short ways to make models and bring their trainings to an end.

use construe_jobs::{
    ArtifactPlace, Ending, Guarded, JobId, JobKind, JobStore, NewJob, OutputLayout, Planned, StopOutcome,
};
use construe_models::{Creation, ModelRegistry, NewResource, Resource, ResourceKind, ResourceOwner};
use construe_store::Store;

use crate::harness::{ACCOUNT, REGION, batch, lease_finalize, lease_plan, lease_shard, new_job, part};

pub fn of_kind(kind: ResourceKind) -> ResourceOwner {
    ResourceOwner {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        kind,
    }
}

pub fn resource_arn(kind: ResourceKind, name: &str) -> String {
    format!("arn:aws:comprehend:{REGION}:{ACCOUNT}:{kind}/{name}")
}

pub fn model_arn(name: &str, version: Option<&str>) -> String {
    let arn = resource_arn(ResourceKind::DocumentClassifier, name);
    match version {
        Some(version) => format!("{arn}/version/{version}"),
        None => arn,
    }
}

pub fn new_resource(kind: ResourceKind, name: &str) -> NewResource {
    NewResource {
        arn: resource_arn(kind, name),
        owner: of_kind(kind),
        name: name.to_owned(),
        version: None,
        variant: None,
        parent: None,
        uses: None,
        request: serde_json::json!({"Name": name, "Nested": {"List": [1, 2.5, null, "ü"]}}),
        properties: serde_json::json!({"n": 1}),
        tags: Vec::new(),
        limit: None,
    }
}

/// A resource that no job makes.
pub fn alone(resource: NewResource) -> Creation {
    Creation {
        resource,
        along: None,
        job: None,
        token: None,
    }
}

pub fn flywheel(name: &str) -> Creation {
    alone(new_resource(ResourceKind::Flywheel, name))
}

pub fn training() -> NewJob {
    let mut job = new_job();
    job.kind = JobKind::ClassifierTraining;
    job.spec.layout = OutputLayout::Artifact {
        place: ArtifactPlace::Work {
            prefix: format!("models/{}/", job.id),
        },
        archive: None,
    };
    job
}

/// A classifier with the job that trains it.
pub fn classifier(name: &str, version: Option<&str>) -> Creation {
    let mut resource = new_resource(ResourceKind::DocumentClassifier, name);
    resource.arn = model_arn(name, version);
    resource.version = version.map(str::to_owned);
    Creation {
        job: Some(training()),
        ..alone(resource)
    }
}

pub async fn register(store: &Store, creation: Creation) -> Resource {
    let created = store.create_resource(creation).await.expect("create");
    assert!(!created.replayed);
    created.resource
}

/// A trained classifier.
pub async fn train(store: &Store, creation: Creation) -> Resource {
    let job = creation.job.as_ref().expect("a training").id;
    let arn = register(store, creation).await.arn;
    end_training(store, job, Ending::Completed).await;
    let model = store.get_resource(ACCOUNT, REGION, &arn).await.expect("get");
    model.expect("the model")
}

pub async fn end_training(store: &Store, job: JobId, ending: Ending) {
    let digest = "a".repeat(64);
    let report = serde_json::json!({"digest": digest, "size": 7, "key": format!("models/{job}/{digest}"), "labels": 2});
    let report = (ending != Ending::Stopped).then_some(report);
    end_job(store, job, ending, report).await;
}

pub async fn end_job(store: &Store, job: JobId, ending: Ending, result: Option<serde_json::Value>) {
    let token = lease_plan(store, job).await;
    assert_eq!(
        store.extend_plan(job, token, batch(0, 1, true)).await.expect("plan"),
        Planned::Continue
    );
    let token = lease_shard(store, job, 0).await.lease.token;
    if ending == Ending::Stopped {
        assert_eq!(store.stop(None, job).await.expect("stop"), StopOutcome::Requested);
    }
    assert_eq!(
        store.commit_shard(job, 0, token, &part(1)).await.expect("commit"),
        Guarded::Applied
    );
    let token = lease_finalize(store, job).await;
    assert_eq!(
        store.finish(job, token, ending, result.as_ref()).await.expect("finish"),
        Guarded::Applied
    );
}
