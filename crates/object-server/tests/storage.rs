//! The storage by itself: atomicity, crash leftovers, and random operations against a model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use construe_object_server::{
    Attributes, Bucket, Completion, ListPage, ListQuery, MIN_PART_BYTES, NamedPart, Precondition, Storage,
    StorageError, StorageOptions, UploadQuery,
};
use futures::StreamExt as _;
use proptest::prelude::*;

fn options() -> StorageOptions {
    StorageOptions {
        sync: false,
        ..StorageOptions::default()
    }
}

async fn open(dir: &Path) -> Storage {
    Storage::open(dir, options()).await.expect("the folder can be opened")
}

async fn bucket(storage: &Storage) -> Arc<Bucket> {
    storage
        .create_bucket("bucket", "owner", None)
        .await
        .expect("the bucket is new")
}

async fn put_if(
    storage: &Storage,
    bucket: &Bucket,
    key: &str,
    body: impl Into<Bytes>,
    precondition: Precondition,
) -> Result<String, StorageError> {
    let mut writer = storage.writer(());
    writer.write(body.into()).await?;
    let (draft, ()) = writer.finish().await?;
    let etag = uuid::Uuid::new_v4().simple().to_string();
    let info = storage
        .put(bucket, key, vec![draft], etag, Attributes::default(), precondition)
        .await?;
    Ok(info.etag)
}

async fn put(storage: &Storage, bucket: &Bucket, key: &str, body: impl Into<Bytes>) -> String {
    put_if(storage, bucket, key, body, Precondition::None)
        .await
        .expect("the object can be stored")
}

async fn get(storage: &Storage, bucket: &Bucket, key: &str) -> Result<Vec<u8>, StorageError> {
    let opened = storage
        .open_object::<StorageError>(bucket, key, |info| Ok(0..info.size))
        .await?;
    let mut body = Vec::new();
    let mut stream = opened.stream;
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk?);
    }
    Ok(body)
}

fn content_files(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for shard in std::fs::read_dir(dir.join("content")).expect("the content folder exists") {
        for file in std::fs::read_dir(shard.expect("readable").path()).expect("a shard is a folder") {
            found.insert(file.expect("readable").file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// Files are removed on other threads: waits until so many are left.
async fn wait_for_files(dir: &Path, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while content_files(dir).len() != count {
        assert!(
            Instant::now() < deadline,
            "{} content files instead of {count}",
            content_files(dir).len()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_racing_creators_wins() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    for round in 0..50 {
        let key = format!("key-{round}");
        let racers = (0..8u8).map(|racer| {
            let (storage, bucket, key) = (storage.clone(), bucket.clone(), key.clone());
            tokio::spawn(async move { put_if(&storage, &bucket, &key, vec![racer], Precondition::Absent).await })
        });
        let mut winners = 0;
        for outcome in futures::future::join_all(racers).await {
            match outcome.expect("no racer panics") {
                Ok(_) => winners += 1,
                Err(StorageError::PreconditionFailed) => {}
                Err(other) => panic!("unexpected: {other:?}"),
            }
        }
        assert_eq!(winners, 1, "round {round}");
    }
    wait_for_files(dir.path(), 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_one_version_whole_while_it_is_overwritten() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    const SIZE: usize = 3 * 1024 * 1024 + 17;
    put(&storage, &bucket, "key", vec![0; SIZE]).await;
    let writer = {
        let (storage, bucket) = (storage.clone(), bucket.clone());
        tokio::spawn(async move {
            for version in 1..=40u8 {
                put(&storage, &bucket, "key", vec![version; SIZE]).await;
            }
        })
    };
    let mut reads = 0;
    while !writer.is_finished() || reads == 0 {
        let body = get(&storage, &bucket, "key").await.expect("the key always exists");
        assert_eq!(body.len(), SIZE);
        assert!(body.iter().all(|byte| *byte == body[0]), "two versions were mixed");
        reads += 1;
    }
    writer.await.expect("the writer succeeds");
    wait_for_files(dir.path(), 1).await;
}

#[tokio::test]
async fn an_open_stream_outlives_the_removal_of_its_object() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    // Three files, of which the reader has opened none or one when the object goes.
    let body: Vec<u8> = (0..2 * MIN_PART_BYTES + 5).map(|n| (n % 251) as u8).collect();
    let upload = storage
        .create_upload(&bucket, "key", Attributes::default(), None)
        .await
        .expect("begins");
    let mut parts = Vec::new();
    for (number, chunk) in (1..).zip(body.chunks(MIN_PART_BYTES as usize)) {
        let mut writer = storage.writer(());
        writer.write(Bytes::copy_from_slice(chunk)).await.expect("written");
        let (draft, ()) = writer.finish().await.expect("finished");
        let etag = format!("{number:032x}");
        let part = storage
            .put_part(&bucket, "key", &upload.id, number * 3, vec![draft], etag, None)
            .await
            .expect("the part is stored");
        parts.push(NamedPart {
            number: part.number,
            etag: part.etag,
            checksum: None,
        });
    }
    let completion = Completion {
        parts,
        ..Completion::default()
    };
    storage
        .complete_upload(&bucket, "key", &upload.id, completion)
        .await
        .expect("completes");

    let opened = storage
        .open_object::<StorageError>(&bucket, "key", |info| Ok(0..info.size))
        .await
        .expect("opens");
    storage
        .delete(&bucket, "key", Precondition::None)
        .await
        .expect("removed");
    assert!(matches!(
        get(&storage, &bucket, "key").await,
        Err(StorageError::NoSuchKey)
    ));
    let mut read = Vec::new();
    let mut stream = opened.stream;
    while let Some(chunk) = stream.next().await {
        read.extend_from_slice(&chunk.expect("still readable"));
    }
    assert!(read == body, "the stream gave other bytes");
    drop(stream);
    wait_for_files(dir.path(), 0).await;
}

#[tokio::test]
async fn dropped_writes_leave_nothing_behind() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    let mut writer = storage.writer(());
    for _ in 0..5 {
        writer.write(Bytes::from(vec![1; 1 << 20])).await.expect("written");
    }
    drop(writer);
    wait_for_files(dir.path(), 0).await;
    assert!(matches!(
        storage.head(&bucket, "key").await,
        Err(StorageError::NoSuchKey)
    ));
}

#[tokio::test]
async fn a_crash_leaves_orphans_that_the_next_start_removes() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    {
        let storage = open(dir.path()).await;
        let bucket = bucket(&storage).await;
        put(&storage, &bucket, "kept", "bytes").await;
        assert!(matches!(
            Storage::open(dir.path(), options()).await,
            Err(StorageError::Locked)
        ));
        storage.close().await;
    }
    let orphan = dir
        .path()
        .join("content")
        .join("ab")
        .join("ab345678123456781234567812345678");
    std::fs::write(&orphan, "left behind").expect("written");
    let storage = open(dir.path()).await;
    wait_for_files(dir.path(), 1).await;
    let bucket = storage.bucket("bucket").expect("buckets survive a restart");
    assert_eq!(
        get(&storage, &bucket, "kept").await.expect("objects survive a restart"),
        b"bytes"
    );
}

#[tokio::test]
async fn a_bucket_made_again_is_another_bucket() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let first = bucket(&storage).await;
    put(&storage, &first, "key", "x").await;
    assert!(matches!(
        storage.delete_bucket(&first).await,
        Err(StorageError::BucketNotEmpty)
    ));
    storage
        .delete(&first, "key", Precondition::None)
        .await
        .expect("removed");
    storage
        .create_upload(&first, "key", Attributes::default(), None)
        .await
        .expect("begins");
    storage.delete_bucket(&first).await.expect("uploads under way go along");
    let second = storage
        .create_bucket("bucket", "somebody else", None)
        .await
        .expect("the name is free");
    let stale = put_if(&storage, &first, "key", "x", Precondition::None).await;
    assert!(matches!(stale, Err(StorageError::NoSuchBucket)), "{stale:?}");
    assert!(
        storage
            .list_uploads(
                &second,
                &UploadQuery {
                    limit: 10,
                    ..UploadQuery::default()
                }
            )
            .await
            .is_ok_and(|page| page.uploads.is_empty())
    );
    wait_for_files(dir.path(), 0).await;
}

#[tokio::test]
async fn abandoned_uploads_are_swept() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let patient = Storage::open(
        dir.path(),
        StorageOptions {
            abandon_uploads_after: Duration::ZERO,
            ..options()
        },
    )
    .await
    .expect("opens");
    let bucket = bucket(&patient).await;
    let upload = patient
        .create_upload(&bucket, "key", Attributes::default(), None)
        .await
        .expect("begins");
    let swept = patient.sweep(Duration::ZERO).await.expect("sweeps");
    assert_eq!(swept.uploads, 1);
    assert!(matches!(
        patient.abort_upload(&bucket, "key", &upload.id).await,
        Err(StorageError::NoSuchUpload)
    ));
}

#[tokio::test]
async fn rolled_up_prefixes_are_skipped_over() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    for folder in 0..40 {
        for file in 0..100 {
            put(&storage, &bucket, &format!("{folder:02}/{file:03}"), "").await;
        }
    }
    let query = ListQuery {
        delimiter: "/".to_owned(),
        limit: 1000,
        ..ListQuery::default()
    };
    let page = storage.list(&bucket, &query).await.expect("lists");
    assert_eq!(page.prefixes.len(), 40);
    assert!(page.objects.is_empty() && page.next.is_none());
}

/// A key alphabet in which delimiters, order and prefixes collide often.
fn key() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof!["a", "b", "/", "//", "é", "\u{FFFF}", "\u{10000}", "."],
        1..6,
    )
    .prop_map(|parts| parts.concat())
}

#[derive(Debug, Clone)]
enum Operation {
    Put(String, u8),
    Create(String, u8),
    Replace(String, u8),
    Delete(String),
    DeleteMany(Vec<String>),
    Copy(String, String),
    List {
        prefix: String,
        delimiter: String,
        after: Option<String>,
        limit: usize,
    },
    Read {
        key: String,
        start: u64,
        length: u64,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (key(), any::<u8>()).prop_map(|(key, seed)| Operation::Put(key, seed)),
        2 => (key(), any::<u8>()).prop_map(|(key, seed)| Operation::Create(key, seed)),
        1 => (key(), any::<u8>()).prop_map(|(key, seed)| Operation::Replace(key, seed)),
        1 => key().prop_map(Operation::Delete),
        1 => proptest::collection::vec(key(), 1..5).prop_map(Operation::DeleteMany),
        1 => (key(), key()).prop_map(|(from, to)| Operation::Copy(from, to)),
        4 => (
            prop_oneof![Just(String::new()), key()],
            prop_oneof![Just(String::new()), Just("/".to_owned()), Just("//".to_owned()), Just("a".to_owned())],
            proptest::option::of(key()),
            0..6usize,
        )
            .prop_map(|(prefix, delimiter, after, limit)| Operation::List { prefix, delimiter, after, limit }),
        2 => (key(), 0..40u64, 0..40u64).prop_map(|(key, start, length)| Operation::Read { key, start, length }),
    ]
}

fn body(seed: u8) -> Vec<u8> {
    (0..seed % 37).map(|n| n.wrapping_mul(seed)).collect()
}

/// The listing, worked out the plain way.
fn expected_page(
    model: &BTreeMap<String, Vec<u8>>,
    prefix: &str,
    delimiter: &str,
    after: Option<&str>,
    limit: usize,
) -> (Vec<String>, Vec<String>, Option<String>) {
    let mut entries: Vec<(String, bool)> = Vec::new();
    for key in model.keys().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let entry = match (!delimiter.is_empty()).then(|| rest.find(delimiter)).flatten() {
            Some(at) => (key[..prefix.len() + at + delimiter.len()].to_owned(), true),
            None => (key.clone(), false),
        };
        if after.is_none_or(|after| entry.0.as_str() > after) && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    let next = (limit > 0 && entries.len() > limit).then(|| entries[limit - 1].0.clone());
    entries.truncate(limit);
    let pick = |rolled| {
        entries
            .iter()
            .filter(|entry| entry.1 == rolled)
            .map(|entry| entry.0.clone())
            .collect()
    };
    (pick(false), pick(true), next)
}

async fn run(operations: Vec<Operation>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let storage = open(dir.path()).await;
    let bucket = bucket(&storage).await;
    let mut model: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for operation in operations {
        match operation {
            Operation::Put(key, seed) => {
                put(&storage, &bucket, &key, body(seed)).await;
                model.insert(key, body(seed));
            }
            Operation::Create(key, seed) => {
                let outcome = put_if(&storage, &bucket, &key, body(seed), Precondition::Absent).await;
                assert_eq!(outcome.is_ok(), !model.contains_key(&key));
                model.entry(key).or_insert_with(|| body(seed));
            }
            Operation::Replace(key, seed) => {
                let etag = match storage.head(&bucket, &key).await {
                    Ok(info) => info.etag,
                    Err(_) => "none".to_owned(),
                };
                let stale = put_if(
                    &storage,
                    &bucket,
                    &key,
                    body(seed),
                    Precondition::Etag("stale".to_owned()),
                )
                .await;
                assert!(stale.is_err());
                let outcome = put_if(&storage, &bucket, &key, body(seed), Precondition::Etag(etag)).await;
                assert_eq!(outcome.is_ok(), model.contains_key(&key));
                model.entry(key).and_modify(|stored| *stored = body(seed));
            }
            Operation::Delete(key) => {
                storage
                    .delete(&bucket, &key, Precondition::None)
                    .await
                    .expect("removing always succeeds");
                model.remove(&key);
            }
            Operation::DeleteMany(keys) => {
                keys.iter().for_each(|key| drop(model.remove(key)));
                storage
                    .delete_many(&bucket, keys)
                    .await
                    .expect("removing always succeeds");
            }
            Operation::Copy(from, to) => {
                let source = storage
                    .clone_content::<StorageError>(&bucket, &from, |info| Ok(0..info.size))
                    .await;
                match (source, model.get(&from).cloned()) {
                    (Ok((info, content)), Some(bytes)) => {
                        let (etag, attributes) = (info.etag, info.attributes);
                        storage
                            .put(&bucket, &to, content, etag, attributes, Precondition::None)
                            .await
                            .expect("stored");
                        model.insert(to, bytes);
                    }
                    (Err(StorageError::NoSuchKey), None) => {}
                    (outcome, expected) => panic!("copied {:?}, expected {expected:?}", outcome.is_ok()),
                }
            }
            Operation::List {
                prefix,
                delimiter,
                after,
                limit,
            } => {
                let query = ListQuery {
                    prefix: prefix.clone(),
                    delimiter: delimiter.clone(),
                    after: after.clone(),
                    limit,
                };
                let ListPage {
                    objects,
                    prefixes,
                    next,
                } = storage.list(&bucket, &query).await.expect("lists");
                let keys: Vec<_> = objects.into_iter().map(|object| object.key).collect();
                assert_eq!(
                    (keys, prefixes, next),
                    expected_page(&model, &prefix, &delimiter, after.as_deref(), limit),
                    "{query:?}"
                );
            }
            Operation::Read { key, start, length } => {
                let opened = storage
                    .open_object::<StorageError>(&bucket, &key, |info| {
                        let start = start.min(info.size);
                        Ok(start..(start + length).min(info.size))
                    })
                    .await;
                let Some(stored) = model.get(&key) else {
                    assert!(matches!(opened, Err(StorageError::NoSuchKey)));
                    continue;
                };
                let opened = opened.expect("the key exists");
                let range = opened.range.start as usize..opened.range.end as usize;
                let chunks: Vec<_> = opened.stream.map(|chunk| chunk.expect("readable")).collect().await;
                assert_eq!(chunks.concat(), stored[range]);
            }
        }
    }
    for (key, bytes) in &model {
        assert_eq!(&get(&storage, &bucket, key).await.expect("the key exists"), bytes);
    }
    wait_for_files(dir.path(), model.values().filter(|bytes| !bytes.is_empty()).count()).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_operations_agree_with_a_sorted_map(operations in proptest::collection::vec(operation(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(run(operations));
    }
}
