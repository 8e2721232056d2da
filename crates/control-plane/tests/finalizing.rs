//! Finalising: the right bytes at the right keys, once, however often it is tried.

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use construe_control_plane::Config;
use construe_jobs::{InputFormat, JobId, JobState, Release};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use support::objects::WORK;
use support::store::result_of;
use support::{INPUT, OUTPUT, World, config, eventually};

const LINES: InputFormat = InputFormat::OneDocPerLine;

fn fill(world: &World) {
    for index in 0..300 {
        let body = format!("line one of {index}\nline two\n").repeat(index % 4);
        world
            .objects
            .put(INPUT, &format!("in/pre{:03}/{index}.txt", index % 7), body);
    }
    world
        .objects
        .put(INPUT, "in/pre003/large.txt", "some words in a line\r\n".repeat(2000));
    world.objects.put(INPUT, "in/prefix-last", "an end without a line end");
}

/// What the output must be, from the shards as they were worked on.
fn expected(world: &World, id: JobId) -> BTreeMap<String, Vec<u8>> {
    let mut expected: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for planned in world.store.shards(id) {
        if planned.part.is_none() {
            continue;
        }
        for slice in planned.shard.slices {
            let path = slice.key.strip_prefix("in/").unwrap();
            let key = format!("results/output/{path}.out");
            let result = result_of(&slice, &world.objects);
            expected.entry(key).or_default().extend(result);
        }
    }
    expected
}

fn written(world: &World) -> BTreeMap<String, Vec<u8>> {
    let objects = world.objects.all(OUTPUT).into_iter();
    objects.map(|(key, stored)| (key, stored.body.to_vec())).collect()
}

#[tokio::test]
async fn every_input_has_one_output_in_order_read_in_few_requests() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/pre", LINES);
    let _running = world.run(Config {
        shard_objects: 50,
        // A budget in which the large output is no small one.
        finalize_bytes: 64 << 10,
        finalize_writes: 4,
        ..config()
    });
    world.planned(id).await;
    world.objects.reads.lock().unwrap().clear();
    let job = world.work_to_the_end(id).await;
    assert_eq!((job.state, job.message), (JobState::Completed, None));
    let expected = expected(&world, id);
    assert_eq!(expected.len(), 302);
    assert!(expected["results/output/pre003/large.txt.out"].len() > 40_000);
    assert_eq!(written(&world), expected);
    for (key, stored) in world.objects.all(OUTPUT) {
        assert_eq!(stored.content_type, "text/plain; charset=utf-8", "{key}");
        assert_eq!(stored.tag.unwrap().job, id.to_string(), "{key}");
    }
    let shards = world.store.shards(id).len();
    let reads = world.objects.reads.lock().unwrap().len();
    assert!(reads <= shards, "{reads} reads of {shards} parts");
    // Four small outputs and the large one at a time.
    let most = world.objects.most_writing();
    assert!((2..=5).contains(&most), "{most} writes at a time");
}

/// The results of all shards done, in the order of the shards.
fn expected_content(world: &World, id: JobId) -> Vec<u8> {
    let done = world
        .store
        .shards(id)
        .into_iter()
        .filter(|planned| planned.part.is_some());
    done.flat_map(|planned| planned.shard.slices)
        .flat_map(|slice| result_of(&slice, &world.objects))
        .collect()
}

/// The one output of an archive job: what its one member holds, after looking at all around it.
fn archived_content(world: &World) -> Vec<u8> {
    let objects = world.objects.all(OUTPUT);
    let [(key, stored)] = &objects.into_iter().collect::<Vec<_>>()[..] else {
        panic!("not one object")
    };
    assert_eq!(key, "results/output/output.tar.gz");
    assert_eq!(stored.content_type, "application/gzip");
    let mut tar = Vec::new();
    MultiGzDecoder::new(&stored.body[..]).read_to_end(&mut tar).unwrap();
    let octal = |field: &[u8]| u64::from_str_radix(std::str::from_utf8(field).unwrap().trim_matches('\0'), 8).unwrap();
    assert!(tar.starts_with(b"output\0") && &tar[257..262] == b"ustar");
    // Submitted one second after the beginning of 1970.
    assert_eq!(octal(&tar[136..148]), 1);
    let size = octal(&tar[124..136]) as usize;
    let content = tar[512..512 + size].to_vec();
    assert_eq!(tar.len(), 512 + size.next_multiple_of(512) + 1024);
    assert!(tar[512 + size..].iter().all(|&byte| byte == 0));
    content
}

#[tokio::test]
async fn an_archive_has_all_results_in_order_and_composed_again_the_same_bytes() {
    let mut archives = Vec::new();
    // In the smaller budget the archive is no small output.
    for finalize_bytes in [64 << 20, 16 << 10] {
        let world = World::new();
        fill(&world);
        world.store.knobs(|knobs| knobs.lose_finishes = 1);
        let id = world.submit_archive("in/pre", LINES);
        let _running = world.run(Config {
            finalize_bytes,
            ..config()
        });
        let job = world.work_to_the_end(id).await;
        assert_eq!((job.state, job.message), (JobState::Completed, None));
        let expected = expected_content(&world, id);
        assert!(expected.len() > 40_000);
        assert!(archived_content(&world) == expected);
        assert_eq!((world.objects.created(), world.objects.already_there()), (1, 1));
        let reads = world.objects.reads.lock().unwrap();
        let parts = reads.iter().filter(|(bucket, ..)| bucket == WORK).count();
        assert!(parts <= 2 * world.store.shards(id).len(), "{parts} reads");
        archives.push(world.objects.get(OUTPUT, "results/output/output.tar.gz").unwrap().body);
    }
    assert!(archives[0] == archives[1]);
}

#[tokio::test]
async fn a_stopped_archive_job_has_what_was_done_or_no_archive() {
    let world = World::new();
    fill(&world);
    let id = world.submit_archive("in/pre", LINES);
    let running = world.run(config());
    world.planned(id).await;
    world.store.work_on(id, &world.objects, 20);
    world.store.request_stop(id);
    assert_eq!(world.ended(id).await.state, JobState::Stopped);
    let expected = expected_content(&world, id);
    assert!(!expected.is_empty() && archived_content(&world) == expected);
    running.end().await;

    let world = World::new();
    fill(&world);
    let id = world.submit_archive("in/pre", LINES);
    world.store.knobs(|knobs| knobs.stop_after_batches = Some(1));
    let _running = world.run(config());
    assert_eq!(world.ended(id).await.state, JobState::Stopped);
    assert_eq!(world.objects.all(OUTPUT).len(), 0);
}

#[tokio::test]
async fn an_archive_of_no_results_is_an_archive() {
    let world = World::new();
    world.objects.put(INPUT, "in/empty", "");
    let id = world.submit_archive("in/", LINES);
    let _running = world.run(config());
    assert_eq!(world.work_to_the_end(id).await.state, JobState::Completed);
    assert!(archived_content(&world).is_empty());
}

#[tokio::test]
async fn repeating_it_changes_nothing() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/pre", LINES);
    world.store.knobs(|knobs| knobs.lose_finishes = 2);
    let _running = world.run(config());
    let job = world.work_to_the_end(id).await;
    assert_eq!(job.state, JobState::Completed);
    assert_eq!(written(&world), expected(&world, id));
    assert_eq!((world.objects.created(), world.objects.already_there()), (302, 2 * 302));
}

#[tokio::test]
async fn passing_trouble_is_tried_again_and_lasting_trouble_fails_the_job() {
    let world = World::new();
    fill(&world);
    world.objects.fail_writes.store(1, Ordering::SeqCst);
    let id = world.submit("in/pre", LINES);
    let running = world.run(config());
    assert_eq!(world.work_to_the_end(id).await.state, JobState::Completed);
    let releases = world.store.releases(id);
    let [Release::Fault { retry_after }] = releases[..] else {
        panic!("{releases:?}");
    };
    assert!((Duration::from_millis(500)..=Duration::from_secs(1)).contains(&retry_after));
    running.end().await;

    let world = World::new();
    fill(&world);
    world.objects.fail_writes.store(u32::MAX, Ordering::SeqCst);
    let id = world.submit("in/prefix-last", LINES);
    let _running = world.run(config());
    let job = world.work_to_the_end(id).await;
    assert_eq!(
        job.message.as_deref(),
        Some(
            "OUTPUT_UNAVAILABLE: The output at s3://output/results/output/prefix-last.out could not be written after \
             several tries."
        )
    );
    assert_eq!(world.store.releases(id).len(), 10);
}

#[tokio::test]
async fn what_stands_at_an_output_is_not_overwritten() {
    let world = World::new();
    fill(&world);
    world
        .objects
        .put(OUTPUT, "results/output/prefix-last.out", "somebody else's");
    let id = world.submit("in/prefix-last", LINES);
    let _running = world.run(config());
    let job = world.work_to_the_end(id).await;
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(
        job.message.as_deref(),
        Some(
            "OUTPUT_CONFLICT: Another object stands at the output location s3://output/results/output/prefix-last.out."
        )
    );
    let there = world.objects.get(OUTPUT, "results/output/prefix-last.out").unwrap();
    assert_eq!(there.body, "somebody else's");
}

#[tokio::test]
async fn rights_taken_away_on_the_way_and_lost_parts_fail_the_job() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/prefix-last", LINES);
    let _running = world.run(config());
    world.planned(id).await;
    world.objects.write_denied.lock().unwrap().insert(OUTPUT.to_owned());
    let message = world.work_to_the_end(id).await.message.unwrap();
    assert!(message.starts_with("NO_WRITE_ACCESS_TO_OUTPUT: "), "{message}");

    let world = World::new();
    fill(&world);
    let id = world.submit("in/prefix-last", LINES);
    world.store.knobs(|knobs| knobs.lose_finishes = 1);
    world.objects.read_denied.lock().unwrap().insert(WORK.to_owned());
    let _running = world.run(config());
    let message = world.work_to_the_end(id).await.message.unwrap();
    assert!(message.starts_with("INTERNAL_ERROR: "), "{message}");
}

#[tokio::test]
async fn a_stopped_job_has_what_was_done_and_a_stop_that_cut_nothing_completes() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/pre", LINES);
    world.store.knobs(|knobs| knobs.stop_after_batches = Some(6));
    let running = world.run(config());
    eventually("the third batch", || {
        // Works on what comes before the stop cancels the rest.
        if world.store.batches(id) < 3 {
            world.store.work(id, &world.objects);
        }
        world.store.batches(id) >= 3
    })
    .await;
    let job = world.ended(id).await;
    assert_eq!(job.state, JobState::Stopped);
    let expected: BTreeMap<_, _> = expected(&world, id);
    assert_eq!(written(&world), expected);
    running.end().await;

    let world = World::new();
    fill(&world);
    let id = world.submit("in/prefix-last", LINES);
    world.store.knobs(|knobs| knobs.lose_finishes = 1);
    let running = world.run(config());
    world.planned(id).await;
    running.end().await;
    world.store.work(id, &world.objects);
    world.store.request_stop(id);
    let _running = world.run(config());
    assert_eq!(world.ended(id).await.state, JobState::Completed);
}

#[tokio::test]
async fn shutdown_waits_for_finalising_and_hands_it_back_after_the_grace() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/prefix-last", LINES);
    *world.objects.hang_reads.lock().unwrap() = Some(format!("parts/{id}/0"));
    let running = world.run(config());
    world.planned(id).await;
    world.store.work(id, &world.objects);
    eventually("finalising to begin", || world.store.attempts(id) == 2).await;
    let begun = std::time::Instant::now();
    running.end().await;
    assert!(begun.elapsed() >= config().drain_grace);
    assert_eq!(world.store.releases(id), [Release::Drained]);
    *world.objects.hang_reads.lock().unwrap() = None;
    let _running = world.run(config());
    assert_eq!(world.ended(id).await.state, JobState::Completed);
    assert_eq!(written(&world), expected(&world, id));
}

#[tokio::test]
async fn parts_of_ended_jobs_are_removed() {
    let world = World::new();
    fill(&world);
    let id = world.submit("in/pre", LINES);
    let _running = world.run(Config {
        clean_every: Duration::from_millis(20),
        ..config()
    });
    world.work_to_the_end(id).await;
    eventually("the clean-up", || world.store.cleaned(id)).await;
    assert_eq!(world.objects.all(WORK).len(), 0);
    assert_eq!(world.objects.all(OUTPUT).len(), 302);
}

/// One of the files beside the outputs of a batch.
fn told(world: &World, name: &str) -> Value {
    let stored = world.objects.get(OUTPUT, &format!("results/output/{name}")).unwrap();
    assert_eq!(stored.content_type, "application/json");
    serde_json::from_slice(&stored.body).unwrap()
}

/// (input, error code) of the files in a list, in its order.
fn inputs(list: &Value) -> Vec<(&str, &str)> {
    let files = list["Files"].as_array().unwrap();
    files
        .iter()
        .map(|file| {
            (
                file["Input"].as_str().unwrap(),
                file["ErrorCode"].as_str().unwrap_or(""),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_batch_tells_what_became_of_every_file() {
    let world = World::new();
    for (key, body) in [("a", "first"), ("b", ""), ("d/c", "third"), ("e", "fifth"), ("m/", "")] {
        world.objects.put(INPUT, &format!("in/{key}"), body);
    }
    let id = world.submit_batch("in/");
    // The files are written again, with what is there by then.
    world.store.knobs(|knobs| knobs.lose_finishes = 1);
    let _running = world.run(Config {
        shard_objects: 2,
        ..config()
    });
    world.planned(id).await;
    for late in ["0-late", "b-late", "d/", "z/late"] {
        world.objects.put(INPUT, &format!("in/{late}"), "");
    }
    let job = world.work_to_the_end(id).await;
    assert_eq!((job.state, job.message), (JobState::PartialSuccess, None));
    let outputs: Vec<_> = written(&world).into_keys().collect();
    let names = ["Manifest", "a.out", "d/c.out", "e.out", "success", "unprocessed"];
    assert_eq!(outputs, names.map(|name| format!("results/output/{name}")));
    let late = "FILE_ADDED_AFTER_START";
    assert_eq!(
        inputs(&told(&world, "unprocessed")),
        [
            ("in/0-late", late),
            ("in/b", "EMPTY_FILE"),
            ("in/b-late", late),
            ("in/z/late", late)
        ]
    );
    let success = told(&world, "success");
    assert_eq!(inputs(&success), [("in/a", ""), ("in/d/c", ""), ("in/e", "")]);
    let first = json!({"Input": "in/d/c", "Output": "results/output/d/c.out", "InputSize": 5});
    assert_eq!(success["Files"][1], first);
    let place = |bucket, path| json!({"Bucket": bucket, "Path": path});
    let summary = json!({
        "Status": "PARTIAL_SUCCESS", "JobType": "PHIDetection",
        "InputDataConfiguration": place(INPUT, "in/"),
        "OutputDataConfiguration": place(OUTPUT, "results/output/"),
        "InputFileCount": 7, "TotalMeteredCharacters": 15, "UnprocessedFilesCount": 4, "SuccessFilesCount": 3,
        // Submitted one second after the beginning of 1970, asked three seconds later.
        "TotalDurationSeconds": 3.0,
        "SuccessfulFilesListLocation": "results/output/success",
        "UnprocessedFilesListLocation": "results/output/unprocessed",
    });
    assert_eq!(told(&world, "Manifest"), json!({ "Summary": summary }));
}

#[tokio::test]
async fn late_files_do_not_spoil_a_batch_and_one_without_any_result_fails() {
    let world = World::new();
    world.objects.put(INPUT, "in/a", "first");
    let id = world.submit_batch("in/");
    let running = world.run(config());
    world.planned(id).await;
    world.objects.put(INPUT, "in/late", "late");
    assert_eq!(world.work_to_the_end(id).await.state, JobState::Completed);
    assert_eq!(told(&world, "Manifest")["Summary"]["UnprocessedFilesCount"], 1);
    running.end().await;

    let world = World::new();
    world.objects.put(INPUT, "in/a", "");
    let id = world.submit_batch("in/");
    let _running = world.run(config());
    let job = world.work_to_the_end(id).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.message.unwrap().starts_with("NO_FILES_PROCESSED: "));
    assert_eq!(told(&world, "Manifest")["Summary"]["Status"], "FAILED");
    assert_eq!(inputs(&told(&world, "unprocessed")), [("in/a", "EMPTY_FILE")]);
}

#[tokio::test]
async fn a_stopped_batch_lists_what_it_did_not_come_to() {
    let world = World::new();
    for name in 'a'..='f' {
        world.objects.put(INPUT, &format!("in/{name}"), "text");
    }
    let id = world.submit_batch("in/");
    let _running = world.run(Config {
        shard_objects: 2,
        ..config()
    });
    world.planned(id).await;
    world.store.work_on(id, &world.objects, 2);
    world.store.request_stop(id);
    assert_eq!(world.ended(id).await.state, JobState::Stopped);
    assert_eq!(told(&world, "Manifest")["Summary"]["Status"], "STOPPED");
    assert_eq!(inputs(&told(&world, "success")).len(), 4);
    let unprocessed = told(&world, "unprocessed");
    assert_eq!(inputs(&unprocessed), [("in/e", "JOB_STOPPED"), ("in/f", "JOB_STOPPED")]);
}

/// Keys of the outputs of a batch of these files, each with its own key for a body, and that they hold the right ones.
async fn outputs_of_batch(input: &str, keys: &[&str]) -> Vec<String> {
    let world = World::new();
    for key in keys {
        world.objects.put(INPUT, key, key.as_bytes().to_vec());
    }
    let id = world.submit_batch(input);
    let _running = world.run(Config {
        shard_objects: 1,
        ..config()
    });
    let job = world.work_to_the_end(id).await;
    assert_eq!(
        (job.state, job.message),
        (JobState::Completed, None),
        "{input}: {keys:?}"
    );
    let success = told(&world, "success");
    let files = success["Files"].as_array().unwrap();
    assert_eq!(files.len(), keys.len());
    let mut outputs = Vec::new();
    for file in files {
        let output = file["Output"].as_str().unwrap();
        let stored = world.objects.get(OUTPUT, output).unwrap();
        let input = file["Input"].as_str().unwrap();
        let result = String::from_utf8(stored.body.to_vec()).unwrap();
        assert!(result.contains(input), "{result:?} is not of {input}");
        outputs.push(output.strip_prefix("results/output/").unwrap().to_owned());
    }
    outputs
}

#[tokio::test]
async fn an_input_key_without_its_slash_names_a_folder_or_the_beginning_of_names_but_never_one_output_twice() {
    let within = ["in/a/ab", "in/a/c/d"];
    for input in ["in/a", "in/a/"] {
        assert_eq!(outputs_of_batch(input, &within).await, ["ab.out", "c/d.out"]);
    }
    // Beside the folder lies one that would have the same path as one in it.
    for beside in ["in/ab", "in/a-b", "in/a"] {
        let inner = format!("in/a/{}", beside.strip_prefix("in/").unwrap());
        let mut expected = [beside, &inner].map(|key| format!("{}.out", key.strip_prefix("in/").unwrap()));
        expected.sort();
        let mut outputs = outputs_of_batch("in/a", &[beside, &inner]).await;
        outputs.sort();
        assert_eq!(outputs, expected);
    }
    assert_eq!(outputs_of_batch("in/a", &["in/a"]).await, ["a.out"]);
}

/// What each file that a batch leaves says, lists and manifest as one set: they name the same files, and as many.
fn check_one_set(world: &World) {
    let summary = &told(world, "Manifest")["Summary"];
    let (success, unprocessed) = (told(world, "success"), told(world, "unprocessed"));
    let (success, unprocessed) = (inputs(&success), inputs(&unprocessed));
    assert_eq!(summary["SuccessFilesCount"], success.len());
    assert_eq!(summary["UnprocessedFilesCount"], unprocessed.len());
    assert_eq!(summary["InputFileCount"], success.len() + unprocessed.len());
    let outputs = written(world).into_keys().filter(|key| key.ends_with(".out"));
    let expected = success
        .iter()
        .map(|(input, _)| format!("results/output/{}.out", input.strip_prefix("in/").unwrap()));
    assert_eq!(outputs.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_finaliser_that_dies_between_the_lists_and_the_manifest_leaves_one_set_after_all() {
    for dies_at in ["a.out", "success", "unprocessed", "Manifest"] {
        let world = World::new();
        for (key, body) in [("a", "first"), ("b", ""), ("c", "third")] {
            world.objects.put(INPUT, &format!("in/{key}"), body);
        }
        let id = world.submit_batch("in/");
        *world.objects.hang_completions.lock().unwrap() = Some(format!("results/output/{dies_at}"));
        let dying = world.run(config());
        world.planned(id).await;
        eventually("the write at which it dies", || {
            world.store.work(id, &world.objects);
            world.objects.hanging.load(Ordering::SeqCst) > 0
        })
        .await;
        assert!(
            world.objects.get(OUTPUT, "results/output/Manifest").is_none(),
            "it is the last"
        );
        let lists = ["success", "unprocessed"].map(|name| format!("results/output/{name}"));
        let there = lists
            .iter()
            .filter(|key| world.objects.get(OUTPUT, key).is_some())
            .count();
        assert_eq!(
            there,
            ["success", "unprocessed", "Manifest"]
                .iter()
                .position(|&at| at == dies_at)
                .unwrap_or(0)
        );
        // Its tasks are gone, as those of a killed process: nothing is released, the lease has to run out.
        dying.kill().await;
        *world.objects.hang_completions.lock().unwrap() = None;
        assert!(world.store.releases(id).is_empty());
        world.store.expire_lease(id);
        // What came in the meantime is in the lists of the second one, all of them.
        world.objects.put(INPUT, "in/late", "late");
        let _running = world.run(config());
        let job = world.ended(id).await;
        assert_eq!((job.state, job.message), (JobState::PartialSuccess, None), "{dies_at}");
        assert!(world.store.attempts(id) > 2, "another attempt than the first");
        check_one_set(&world);
        assert_eq!(told(&world, "Manifest")["Summary"]["UnprocessedFilesCount"], 2);
    }
}
