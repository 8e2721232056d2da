//! What the port promises, shown of both of its implementations.

use std::sync::Arc;

use crate::common::{ALICE, BOB, Fixture, WORK, ended, kind, new_object, noise, read, role, tag, write};
use bytes::Bytes;
use construe_jobs::{Access, Location, ObjectErrorKind, ObjectStore, Written};

/// Runs each check against both implementations, on a storage of its own each time.
macro_rules! port_suite {
    ($($check:ident),* $(,)?) => {
        mod embedded {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let fixture = super::Fixture::start().await;
                    let store = fixture.embedded().await;
                    super::$check(&fixture, std::sync::Arc::new(store)).await;
                }
            )*
        }
        mod s3 {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let fixture = super::Fixture::start().await;
                    let store = fixture.s3().await;
                    super::$check(&fixture, std::sync::Arc::new(store)).await;
                }
            )*
        }
    };
}

port_suite!(
    lists_in_byte_order_and_in_pages,
    reads_ranges_of_one_version,
    refuses_with_the_right_kind,
    writes_small_and_large_objects,
    shows_nothing_before_completion,
    writes_once,
    racing_writers_agree_on_one,
    checks_writability_without_a_trace,
    removes_work_by_prefix,
    keeps_accounts_apart,
);

async fn lists_in_byte_order_and_in_pages(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let bucket = fixture.bucket("data", ALICE).await;
    let odd = [
        "a",
        "a b+c",
        "a/b",
        "a//b",
        "../x",
        "/lead",
        "dir/",
        "é",
        "\u{FFFF}",
        "\u{10000}",
        "line\nbreak",
        "100%25",
    ];
    for key in odd {
        fixture.put(&bucket, key, format!("body of {key}")).await;
    }
    let mut sorted: Vec<_> = odd.to_vec();
    sorted.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    let access = role(ALICE);
    let page = store.list(&access, "data", "", None).await.expect("lists");
    assert_eq!(
        page.objects
            .iter()
            .map(|object| object.key.as_str())
            .collect::<Vec<_>>(),
        sorted
    );
    assert!(!page.more);
    for object in &page.objects {
        assert!(
            object.etag.starts_with('"') && object.etag.ends_with('"'),
            "{}",
            object.etag
        );
        let location = Location::new("data", &object.key);
        let body = read(&*store, &access, &location, Some(&object.etag), 0..object.size)
            .await
            .expect("reads");
        assert_eq!(body, format!("body of {}", object.key).into_bytes());
    }
    let page = store.list(&access, "data", "a", Some("a/b")).await.expect("lists");
    assert!(page.objects.is_empty(), "a/b is the last with this prefix: {page:?}");
    let page = store.list(&access, "data", "", Some("dir/")).await.expect("lists");
    assert_eq!(page.objects[0].key, "line\nbreak");

    for number in 0..1005 {
        fixture.put(&bucket, &format!("many/{number:04}"), "").await;
    }
    let first = store.list(&access, "data", "many/", None).await.expect("lists");
    assert_eq!((first.objects.len(), first.more), (1000, true));
    let second = store
        .list(&access, "data", "many/", Some(&first.objects[999].key))
        .await
        .expect("lists");
    assert_eq!((second.objects.len(), second.more), (5, false));
    assert_eq!(second.objects[0].key, "many/1000");
}

async fn reads_ranges_of_one_version(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let bucket = fixture.bucket("data", ALICE).await;
    let body = noise(3 * 1024 * 1024 + 11);
    fixture.put(&bucket, "key", body.clone()).await;
    let (access, location) = (role(ALICE), Location::new("data", "key"));
    let etag = store.list(&access, "data", "key", None).await.expect("lists").objects[0]
        .etag
        .clone();
    let size = body.len() as u64;
    for range in [
        0..size,
        0..1,
        size - 1..size,
        1_048_570..2_097_160,
        5..5,
        size - 3..size + 10,
    ] {
        let read = read(&*store, &access, &location, Some(&etag), range.clone())
            .await
            .expect("reads");
        let expected = &body[range.start as usize..range.end.min(size) as usize];
        assert!(
            read == expected,
            "{range:?}: {} bytes instead of {}",
            read.len(),
            expected.len()
        );
    }
    let unconditional = read(&*store, &access, &location, None, 0..3).await.expect("reads");
    assert_eq!(unconditional, body[..3]);

    fixture.put(&bucket, "key", body.clone()).await;
    let stale = read(&*store, &access, &location, Some(&etag), 0..1).await;
    assert_eq!(kind(stale), Some(ObjectErrorKind::Changed));
}

async fn refuses_with_the_right_kind(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let bucket = fixture.bucket("data", ALICE).await;
    fixture.put(&bucket, "key", "x").await;
    let alice = role(ALICE);
    let missing = Location::new("no-such-bucket", "key");
    let reading = |location: Location, range| {
        let (store, alice) = (store.clone(), alice.clone());
        async move { read(&*store, &alice, &location, None, range).await }
    };
    let error = reading(missing.clone(), 0..1)
        .await
        .expect_err("there is no such bucket");
    assert_eq!(error.kind, ObjectErrorKind::NoSuchBucket);
    assert!(error.message.contains("s3://no-such-bucket/key"), "{}", error.message);
    assert_eq!(
        kind(reading(Location::new("data", "other"), 0..1).await),
        Some(ObjectErrorKind::NotFound)
    );
    assert_eq!(
        kind(reading(Location::new("data", "key"), 5..9).await),
        Some(ObjectErrorKind::Other)
    );
    assert_eq!(
        kind(store.list(&alice, "no-such-bucket", "", None).await),
        Some(ObjectErrorKind::NoSuchBucket)
    );
    let written = write(&*store, &alice, new_object("no-such-bucket", "key"), b"x").await;
    assert_eq!(kind(written), Some(ObjectErrorKind::NoSuchBucket));
    let mut encrypted = new_object("data", "encrypted");
    encrypted.kms_key_id = Some("some-key".to_owned());
    let written = write(&*store, &alice, encrypted, b"x").await;
    assert_eq!(kind(written), Some(ObjectErrorKind::Unsupported));
    store.ping().await.expect("the store can be used");
    assert_eq!(store.work_bucket(), WORK);
}

async fn writes_small_and_large_objects(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    fixture.bucket("data", ALICE).await;
    let access = role(ALICE);
    let large = noise(20 * 1024 * 1024 + 3);
    let sizes = [0, 1, 70_000, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, large.len()];
    for (number, size) in sizes.into_iter().enumerate() {
        let location = Location::new("data", format!("key-{number}"));
        let mut object = new_object("data", &location.key);
        object.size = (number % 2 == 0).then_some(size as u64);
        let body = &large[..size];
        assert_eq!(
            ended(write(&*store, &access, object.clone(), body).await),
            Ok(Written::Created)
        );
        let read_back = read(&*store, &access, &location, None, 0..size as u64)
            .await
            .expect("reads");
        assert!(read_back == body, "{size} bytes came back as {}", read_back.len());
        // The key is the writer's own: again is no error.
        assert_eq!(
            ended(write(&*store, &access, object, &body[..size / 2]).await),
            Ok(Written::Created)
        );
        let listed = store.list(&access, "data", &location.key, None).await.expect("lists");
        assert_eq!(listed.objects[0].size, size as u64 / 2);
    }
    assert_eq!(fixture.uploads("data").await, 0);
    let bucket = fixture.storage.bucket("data").expect("the bucket exists");
    let info = fixture.storage.head(&bucket, "key-1").await.expect("the object exists");
    assert_eq!(info.attributes.content_type.as_deref(), Some("text/plain"));
}

async fn shows_nothing_before_completion(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    fixture.bucket("data", ALICE).await;
    let access = role(ALICE);
    let body = Bytes::from(noise(17 * 1024 * 1024));
    for end in ["drop", "abort"] {
        let mut writer = store.write(&access, new_object("data", "key")).await.expect("begins");
        writer.write(body.clone()).await.expect("written");
        assert!(
            store
                .list(&access, "data", "", None)
                .await
                .expect("lists")
                .objects
                .is_empty()
        );
        match end {
            "drop" => drop(writer),
            _ => writer.abort().await,
        }
        assert!(
            store
                .list(&access, "data", "", None)
                .await
                .expect("lists")
                .objects
                .is_empty()
        );
        fixture.wait_until_no_uploads("data").await;
    }
}

async fn writes_once(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let bucket = fixture.bucket("data", ALICE).await;
    let access = role(ALICE);
    let large = noise(9 * 1024 * 1024);
    for body in [&b"small"[..], &large] {
        let key = format!("key-{}", body.len());
        let mut object = new_object("data", &key);
        object.once = tag("job", "digest");
        assert_eq!(
            ended(write(&*store, &access, object.clone(), body).await),
            Ok(Written::Created)
        );
        assert_eq!(
            ended(write(&*store, &access, object.clone(), body).await),
            Ok(Written::AlreadyThere)
        );
        let mut other = object.clone();
        other.once = tag("job", "other digest");
        assert_eq!(
            kind(write(&*store, &access, other, b"other").await),
            Some(ObjectErrorKind::Conflict)
        );
        let location = Location::new("data", &key);
        let standing = read(&*store, &access, &location, None, 0..body.len() as u64)
            .await
            .expect("reads");
        assert!(standing == body, "the first object is no longer there");

        fixture.put(&bucket, &format!("foreign-{key}"), "foreign").await;
        object.location.key = format!("foreign-{key}");
        let error = write(&*store, &access, object, body)
            .await
            .expect_err("a foreign object is there");
        assert_eq!(error.kind, ObjectErrorKind::Conflict);
        assert!(
            error.message.contains(&format!("s3://data/foreign-{key}")),
            "{}",
            error.message
        );
    }
    fixture.wait_until_no_uploads("data").await;
}

async fn racing_writers_agree_on_one(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    fixture.bucket("data", ALICE).await;
    for round in 0..5 {
        let racers = (0..4).map(|racer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut object = new_object("data", &format!("key-{round}"));
                // Two of each work: one of them wins, its twin finds it done, the others conflict.
                object.once = tag(&format!("job-{}", racer % 2), "digest");
                (racer % 2, write(&*store, &role(ALICE), object, b"body").await)
            })
        });
        let outcomes: Vec<_> = futures::future::join_all(racers)
            .await
            .into_iter()
            .map(|racer| racer.expect("no panic"))
            .collect();
        let winners: Vec<_> = outcomes
            .iter()
            .filter(|(_, outcome)| matches!(outcome, Ok(Written::Created)))
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {outcomes:?}");
        for (job, outcome) in &outcomes {
            match outcome {
                Ok(_) => assert_eq!(*job, winners[0].0),
                Err(error) => assert_eq!((error.kind, *job), (ObjectErrorKind::Conflict, 1 - winners[0].0)),
            }
        }
    }
}

async fn checks_writability_without_a_trace(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    fixture.bucket("data", ALICE).await;
    let location = Location::new("data", "out/key");
    store
        .check_writable(&role(ALICE), &location)
        .await
        .expect("it can be written");
    assert!(
        store
            .list(&role(ALICE), "data", "", None)
            .await
            .expect("lists")
            .objects
            .is_empty()
    );
    assert_eq!(fixture.uploads("data").await, 0);
    assert_eq!(
        kind(store.check_writable(&role(BOB), &location).await),
        Some(ObjectErrorKind::AccessDenied)
    );
    let long = Location::new("data", "k".repeat(1025));
    assert_eq!(
        kind(store.check_writable(&role(ALICE), &long).await),
        Some(ObjectErrorKind::Other)
    );
    let missing = Location::new("no-such-bucket", "key");
    assert_eq!(
        kind(store.check_writable(&role(ALICE), &missing).await),
        Some(ObjectErrorKind::NoSuchBucket)
    );
}

async fn removes_work_by_prefix(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let work = fixture.storage.bucket(WORK).expect("the work bucket exists");
    for number in 0..1010 {
        fixture.put(&work, &format!("job-1/{number}"), "").await;
    }
    fixture.put(&work, "job-10/0", "").await;
    store.remove_work("job-1/").await.expect("removed");
    store.remove_work("job-1/").await.expect("removing nothing is no error");
    let left = store.list(&Access::Service, WORK, "", None).await.expect("lists");
    assert_eq!(
        left.objects
            .iter()
            .map(|object| object.key.as_str())
            .collect::<Vec<_>>(),
        ["job-10/0"]
    );
}

async fn keeps_accounts_apart(fixture: &Fixture, store: Arc<dyn ObjectStore>) {
    let bucket = fixture.bucket("data", ALICE).await;
    fixture.put(&bucket, "key", "x").await;
    write(&*store, &Access::Service, new_object(WORK, "part"), b"x")
        .await
        .expect("the service writes its own");
    for (access, bucket) in [(role(BOB), "data"), (Access::Service, "data"), (role(ALICE), WORK)] {
        let location = Location::new(bucket, "key");
        let denied = Some(ObjectErrorKind::AccessDenied);
        assert_eq!(kind(store.list(&access, bucket, "", None).await), denied, "{access:?}");
        assert_eq!(
            kind(read(&*store, &access, &location, None, 0..1).await),
            denied,
            "{access:?}"
        );
        assert_eq!(
            kind(write(&*store, &access, new_object(bucket, "key"), b"x").await),
            denied,
            "{access:?}"
        );
    }
}
