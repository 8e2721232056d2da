//! Jobs that make one thing: planned without a listing, put into place once.

mod support;

use std::time::Duration;

use construe_control_plane::Config;
use construe_jobs::{ArtifactPlace, JobId, JobState};
use serde_json::{Value, json};
use support::objects::WORK;
use support::store::Made;
use support::{OUTPUT, World, config, eventually};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn work() -> ArtifactPlace {
    ArtifactPlace::Work {
        prefix: "models/1/".to_owned(),
    }
}

fn report() -> Value {
    json!({ "digest": DIGEST, "size": 9, "labels": 2, "warnings": [] })
}

fn made() -> Made<'static> {
    Made {
        artifact: b"the model",
        archive: b"the archive",
        report: report(),
        cut: false,
    }
}

/// Plans the job, which lists nothing, and makes it.
async fn make(world: &World, id: JobId, made: &Made<'_>) -> construe_jobs::Job {
    world.planned(id).await;
    world.store.make(id, &world.objects, made);
    world.ended(id).await
}

fn keys(world: &World, bucket: &str) -> Vec<String> {
    world.objects.all(bucket).into_keys().collect()
}

#[tokio::test]
async fn a_model_goes_to_the_work_bucket_under_its_digest_and_the_archive_to_the_customer() {
    let world = World::new();
    let _running = world.run(config());
    let id = world.submit_artifact(work(), Some("output.tar.gz"));
    let job = make(&world, id, &made()).await;
    assert_eq!((job.state, &job.message), (JobState::Completed, &None));
    let key = format!("models/1/{DIGEST}");
    let mut expected = report();
    expected["key"] = json!(key);
    assert_eq!(job.result, Some(expected));
    assert_eq!(&world.objects.get(WORK, &key).unwrap().body[..], b"the model");
    let archive = world.objects.get(OUTPUT, "results/output/output.tar.gz").unwrap();
    assert_eq!(&archive.body[..], b"the archive");
    assert_eq!(archive.content_type, "application/gzip");
    assert_eq!(keys(&world, OUTPUT), ["results/output/output.tar.gz"]);
}

#[tokio::test]
async fn an_artifact_may_go_to_the_customer_and_warnings_show_in_the_state() {
    let world = World::new();
    let _running = world.run(config());
    let name = "documents.csv".to_owned();
    let id = world.submit_artifact(ArtifactPlace::Output { name }, None);
    let made = Made {
        archive: b"",
        report: json!({ "digest": DIGEST, "size": 9, "warnings": ["3 rows were left out"] }),
        ..made()
    };
    let job = make(&world, id, &made).await;
    assert_eq!((job.state, &job.message), (JobState::PartialSuccess, &None));
    assert_eq!(job.result.unwrap()["key"], "results/output/documents.csv");
    assert_eq!(keys(&world, OUTPUT), ["results/output/documents.csv"]);
}

#[tokio::test]
async fn a_finaliser_that_repeats_the_work_of_another_changes_nothing() {
    let world = World::new();
    world.store.knobs(|knobs| knobs.lose_finishes = 2);
    let _running = world.run(config());
    let id = world.submit_artifact(work(), Some("output.tar.gz"));
    let job = make(&world, id, &made()).await;
    assert_eq!(job.state, JobState::Completed);
    assert_eq!(job.result.unwrap()["digest"], DIGEST);
    assert_eq!((world.objects.created(), world.objects.already_there()), (2, 4));
}

#[tokio::test]
async fn a_stop_leaves_nothing() {
    let world = World::new();
    let _running = world.run(config());
    // Before it was begun.
    let early = world.submit_artifact(work(), Some("output.tar.gz"));
    world.planned(early).await;
    world.store.request_stop(early);
    assert_eq!(world.ended(early).await.state, JobState::Stopped);
    // While it was made.
    let late = world.submit_artifact(work(), Some("output.tar.gz"));
    let cut = Made { cut: true, ..made() };
    let job = make(&world, late, &cut).await;
    assert_eq!((job.state, job.result), (JobState::Stopped, None));
    assert!(keys(&world, OUTPUT).is_empty());
    assert!(keys(&world, WORK).iter().all(|key| key.starts_with("parts/")));
}

#[tokio::test]
async fn an_output_that_cannot_be_written_is_known_before_the_work_begins() {
    let world = World::new();
    world.objects.write_denied.lock().unwrap().insert(OUTPUT.to_owned());
    let _running = world.run(config());
    let id = world.submit_artifact(work(), Some("output.tar.gz"));
    let job = world.ended(id).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.message.unwrap().starts_with("NO_WRITE_ACCESS_TO_OUTPUT: "));
    // Who writes nothing there needs no right to.
    let id = world.submit_artifact(work(), None);
    let made = Made { archive: b"", ..made() };
    assert_eq!(make(&world, id, &made).await.state, JobState::Completed);
}

#[tokio::test]
async fn a_part_that_is_not_what_its_record_says_fails_the_job() {
    for report in [
        json!({ "size": 9 }),
        json!({ "digest": "../../elsewhere" }),
        json!(["no object"]),
    ] {
        let world = World::new();
        let _running = world.run(config());
        let id = world.submit_artifact(work(), None);
        let job = make(&world, id, &Made { report, ..made() }).await;
        assert_eq!(job.state, JobState::Failed);
        assert_eq!(
            job.message.as_deref(),
            Some("INTERNAL_ERROR: What the job made does not match its record.")
        );
    }
}

#[tokio::test]
async fn files_of_deleted_models_are_removed() {
    let world = World::new();
    world.objects.put(WORK, "models/1/a", "gone soon");
    world.objects.put(WORK, "models/10/a", "still used");
    world.models.garbage.lock().unwrap().push("models/1/".to_owned());
    let _running = world.run(Config {
        clean_every: Duration::from_millis(5),
        ..config()
    });
    eventually("the garbage to be gone", || {
        world.models.garbage.lock().unwrap().is_empty()
    })
    .await;
    assert_eq!(keys(&world, WORK), ["models/10/a"]);
}
