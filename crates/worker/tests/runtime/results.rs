//! What is committed when all goes well.

use std::collections::HashSet;
use std::io::Read;
use std::time::{Duration, Instant};

use construe_jobs::{FailedFile, InputFormat, ObjectErrorKind, OutputLayout, PartFiles, Slice};
use construe_worker::{DocumentError, Unreadable};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::bench::{Bench, LIMIT, PATIENCE, part_of, whole};
use crate::engine::record;
use crate::fakes::{FakeObjects, ReadFault, Row};

fn over_limit() -> String {
    "x".repeat(LIMIT as usize + 1)
}

/// Every kind of line, and a few hundred plain ones.
fn lines() -> Vec<u8> {
    let mut input = Vec::new();
    for number in 0..400 {
        input.extend_from_slice(format!("line {number} é😀").as_bytes());
        input.extend_from_slice([&b"\n"[..], b"\r", b"\r\n"][number % 3]);
    }
    input.extend_from_slice(b"\n\r\n");
    input.extend_from_slice(over_limit().as_bytes());
    input.extend_from_slice(b"\n\xff not text\r\nlast without end");
    input
}

fn expected_lines(file: &str, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = input;
    let mut number = 0;
    while !rest.is_empty() {
        let end = rest
            .iter()
            .position(|byte| b"\r\n".contains(byte))
            .unwrap_or(rest.len());
        let width = match &rest[end..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let content = match std::str::from_utf8(&rest[..end]) {
            _ if end as u64 > LIMIT => Err(DocumentError::TooLarge { limit: LIMIT }),
            Ok(text) => Ok(text),
            Err(_) => Err(DocumentError::NotUtf8),
        };
        record(file, Some(number), content, &rest[end..end + width], &mut out);
        rest = &rest[end + width..];
        number += 1;
    }
    out
}

/// Three objects as four shards: two ranges of one object, then small objects together.
fn line_bench(chunk: usize) -> Bench {
    let long = lines();
    let objects = FakeObjects::new(
        [
            ("in/deep/long.txt".to_owned(), long.clone()),
            ("in/empty.txt".to_owned(), Vec::new()),
            ("in/small.txt".to_owned(), b"one\ntwo".to_vec()),
            ("in/tiny.txt".to_owned(), b"\n".to_vec()),
        ],
        chunk,
    );
    // The second range begins with line 3.
    let cut = "line 0 é😀\nline 1 é😀\rline 2 é😀\r\n".len() as u64;
    let shards = vec![
        vec![part_of("in/deep/long.txt", 0..cut, 0)],
        vec![part_of("in/deep/long.txt", cut..long.len() as u64, 3)],
        vec![],
        vec![
            whole(&objects, "in/empty.txt"),
            whole(&objects, "in/small.txt"),
            whole(&objects, "in/tiny.txt"),
        ],
    ];
    Bench::new(InputFormat::OneDocPerLine, objects, shards)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_comes_out_once_and_in_order_for_any_chunks_and_slots() {
    let mut expected = expected_lines("long.txt", &lines());
    expected.extend(expected_lines("small.txt", b"one\ntwo"));
    expected.extend(expected_lines("tiny.txt", b"\n"));
    let mut digests = Vec::new();
    for (chunk, slots, read_window, output_chunk) in [
        (1 << 16, 1, 1 << 20, 1 << 20),
        (1, 4, 64, 1),
        (7, 2, 1 << 12, 100),
        (1000, 3, 16, 5000),
    ] {
        let mut bench = line_bench(chunk);
        bench.config.slots = slots;
        bench.config.read_window = read_window;
        bench.config.output_chunk = output_chunk;
        let composed = bench.complete().await;
        assert!(composed == expected, "{}", String::from_utf8_lossy(&composed));
        let parts: Vec<_> = (0..4).map(|ordinal| bench.part(ordinal)).collect();
        for part in &parts {
            assert_eq!(part.size, bench.objects.parts()[&part.key].len() as u64);
            assert!(!part.cut);
        }
        assert_eq!(parts[1].documents, 405 - 3);
        assert_eq!(parts[1].documents_failed, 2);
        assert_eq!(parts[0].input_bytes + parts[1].input_bytes, lines().len() as u64);
        assert_eq!((parts[2].documents, parts[2].lengths.len()), (0, 0));
        assert_eq!(parts[3].lengths[0], 0);
        assert_eq!(parts[3].documents, 3);
        digests.push(parts.into_iter().map(|part| part.digest).collect::<Vec<_>>());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    // Of nothing at all, by the definition of SHA-256.
    assert!(digests[0][2].starts_with("e3b0c44298fc1c14"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_archives_are_whole_gzip_files_and_say_how_much_is_in_them() {
    let mut digests = Vec::new();
    for (chunk, slots, output_chunk) in [(1 << 16, 1, 1 << 20), (7, 3, 5000)] {
        let mut bench = line_bench(chunk);
        bench.store.state().job.spec.layout = OutputLayout::Archive {
            name: "output.tar.gz".to_owned(),
            member: "output".to_owned(),
        };
        bench.config.slots = slots;
        bench.config.output_chunk = output_chunk;
        bench.complete().await;
        let mut composed = Vec::new();
        for ordinal in 0..4 {
            let part = bench.part(ordinal);
            let stored = &bench.objects.parts()[&part.key];
            assert_eq!((part.size, &part.digest), (stored.len() as u64, &sha256(stored)));
            let before = composed.len();
            GzDecoder::new(&stored[..]).read_to_end(&mut composed).unwrap();
            assert_eq!(part.content_bytes(), (composed.len() - before) as u64);
            digests.push(part.digest);
        }
        let mut expected = expected_lines("long.txt", &lines());
        expected.extend(expected_lines("small.txt", b"one\ntwo"));
        expected.extend(expected_lines("tiny.txt", b"\n"));
        assert!(composed == expected, "{}", String::from_utf8_lossy(&composed));
    }
    assert_eq!(digests[..4], digests[4..]);
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_one_document_whatever_it_holds() {
    let at_limit = "y".repeat(LIMIT as usize);
    let files: Vec<(String, Vec<u8>)> = vec![
        ("in/a".to_owned(), b"two\r\nlines\n".to_vec()),
        ("in/b".to_owned(), Vec::new()),
        ("in/c".to_owned(), over_limit().into_bytes()),
        ("in/d".to_owned(), b"\xc3".to_vec()),
        ("in/e".to_owned(), at_limit.clone().into_bytes()),
    ];
    for (chunk, read_window) in [(1 << 16, 1 << 20), (3, 64)] {
        let objects = FakeObjects::new(files.clone(), chunk);
        let slices: Vec<Slice> = files.iter().map(|(key, _)| whole(&objects, key)).collect();
        let mut bench = Bench::new(InputFormat::OneDocPerFile, objects, vec![slices]);
        bench.config.read_window = read_window;
        let mut expected = Vec::new();
        let contents = [
            ("a", Ok("two\r\nlines\n")),
            ("b", Ok("")),
            ("c", Err(DocumentError::TooLarge { limit: LIMIT })),
            ("d", Err(DocumentError::NotUtf8)),
            ("e", Ok(&*at_limit)),
        ];
        let mut lengths = Vec::new();
        for (file, content) in contents {
            let before = expected.len();
            record(file, None, content, b"", &mut expected);
            lengths.push((expected.len() - before) as u64);
        }
        assert_eq!(bench.complete().await, expected);
        let part = bench.part(0);
        assert_eq!(part.lengths, lengths);
        assert_eq!((part.documents, part.documents_failed), (5, 2));
        assert!(
            !bench.objects.reads().contains(&"in/c".to_owned()),
            "a document over the limit was read"
        );
    }
}

/// What is fetched ahead may wait in line before what is due, and must get on meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_objects_are_streamed_while_small_ones_are_fetched() {
    let files: Vec<(String, Vec<u8>)> = (0..40)
        .map(|number| {
            let length = if number % 3 == 0 { LIMIT as usize } else { 5 };
            (format!("in/{number:02}"), vec![b'a' + number % 26; length])
        })
        .collect();
    let objects = FakeObjects::new(files.clone(), 64);
    let slices: Vec<Slice> = files.iter().map(|(key, _)| whole(&objects, key)).collect();
    let mut bench = Bench::new(InputFormat::OneDocPerFile, objects, vec![slices]);
    // Small are objects of 16 bytes: a sixteenth of half of it.
    bench.config.read_window = 512;
    let mut expected = Vec::new();
    for (key, body) in &files {
        let text = std::str::from_utf8(body).unwrap();
        record(&key["in/".len()..], None, Ok(text), b"", &mut expected);
    }
    assert_eq!(bench.complete().await, expected);
    assert_eq!(bench.objects.reads().len(), files.len(), "each object is read once");
}

/// Objects that cannot be read are the end of other jobs; passing trouble is tried again here too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_lists_its_files_goes_on_without_those_it_cannot_read() {
    let limit = "é".repeat(LIMIT as usize / 2);
    let files: Vec<(String, Vec<u8>)> = [
        ("in/a", "gone"),
        ("in/b", "changed"),
        ("in/c", "denied"),
        ("in/d", &limit),
        ("in/e", "two\nlines"),
    ]
    .map(|(key, body)| (key.to_owned(), body.as_bytes().to_vec()))
    .into();
    // A window in which the large document would be streamed by another job.
    for read_window in [1 << 20, 64] {
        let objects = FakeObjects::new(files.clone(), 16);
        let refused = |kind| [ReadFault::Breaks(2), ReadFault::Refused(kind)];
        objects.fault("in/a", refused(ObjectErrorKind::NotFound));
        objects.fault("in/b", [ReadFault::Refused(ObjectErrorKind::Changed)]);
        objects.fault("in/c", [ReadFault::Refused(ObjectErrorKind::AccessDenied)]);
        objects.fault("in/d", [ReadFault::Breaks(3)]);
        let slices: Vec<Slice> = files.iter().map(|(key, _)| whole(&objects, key)).collect();
        // One shard each: what breaks off one leaves the faults of the others alone.
        let shards = slices.into_iter().map(|slice| vec![slice]).collect();
        let mut bench = Bench::new(InputFormat::OneDocPerFile, objects, shards);
        bench.config.read_window = read_window;
        bench.store.state().job.spec.layout = OutputLayout::Batch {
            job_type: "PHIDetection".to_owned(),
        };
        let mut expected = Vec::new();
        for (file, content) in [
            ("a", Err(DocumentError::Unreadable(Unreadable::Deleted))),
            ("b", Err(DocumentError::Unreadable(Unreadable::Changed))),
            ("c", Err(DocumentError::Unreadable(Unreadable::AccessDenied))),
            ("d", Ok(&*limit)),
            ("e", Ok("two\nlines")),
        ] {
            record(file, None, content, b"", &mut expected);
        }
        // A shard that broke off waits for the sweeper, which this bench has not: it is rung for again.
        let running = bench.start().await;
        let is_open = |row: &Row| row.part.is_none();
        let deadline = Instant::now() + PATIENCE;
        while bench.store.state().rows.iter().any(is_open) {
            assert!(Instant::now() < deadline, "the shards are not done");
            bench.ring().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.shut_down().await;
        assert_eq!(bench.composed(), expected);
        for (ordinal, characters) in [(0, None), (1, None), (2, None), (3, Some(LIMIT / 2)), (4, Some(9))] {
            let failed = FailedFile {
                slice: 0,
                code: "UNREADABLE".to_owned(),
            };
            let files = PartFiles {
                characters: characters.unwrap_or(0),
                failed: characters.is_none().then_some(failed).into_iter().collect(),
            };
            assert_eq!(bench.part(ordinal).files, files, "{ordinal}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_small_objects_stay_in_order() {
    let files: Vec<_> = (0..300)
        .map(|number| (format!("in/{number:03}"), format!("text {number}\n").into_bytes()))
        .collect();
    let objects = FakeObjects::new(files.clone(), 4);
    let slices = files.iter().map(|(key, _)| whole(&objects, key)).collect();
    let bench = Bench::new(InputFormat::OneDocPerLine, objects, vec![slices]);
    let expected: Vec<u8> = files
        .iter()
        .flat_map(|(key, body)| expected_lines(&key[3..], body))
        .collect();
    assert_eq!(bench.complete().await, expected);
}

/// What an engine keeps for a thread must not be kept once for each thread of the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shard_has_a_thread_of_its_own() {
    let objects = FakeObjects::new([("in/a.txt".to_owned(), b"one\n".repeat(20))], 1 << 16);
    let shards = (0..20)
        .map(|n| vec![part_of("in/a.txt", n * 4..n * 4 + 4, n)])
        .collect();
    let mut bench = Bench::new(InputFormat::OneDocPerLine, objects, shards);
    bench.config.slots = 1;
    bench.complete().await;
    let threads = bench.engine.sessions.lock().unwrap().clone();
    assert_eq!(threads.len(), 20);
    assert_eq!(threads.into_iter().collect::<HashSet<_>>().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_upload_slows_the_reader() {
    let mut bench = Bench::one("some line of text\n".repeat(200_000));
    bench.config.read_window = 64 << 10;
    bench.config.output_chunk = 16 << 10;
    bench.objects.set_writable(false);
    let running = bench.start().await;
    let mut given = bench.objects.given();
    // Reading comes to a halt by itself: wait until nothing more is read for a while.
    let settled = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        let pause = std::time::Duration::from_millis(500);
        while tokio::time::timeout(pause, given.changed()).await.is_ok() {}
    });
    settled.await.expect("reading never pauses");
    let read = *given.borrow();
    // The window, three chunks of output (which are larger than their input here), one chunk of the source.
    assert!(
        read > 0 && read < (64 + 3 * 16 + 64 + 1) << 10,
        "{read} bytes were read"
    );
    bench.objects.set_writable(true);
    bench.until_done().await;
    running.shut_down().await;
    assert_eq!(bench.part(0).documents, 200_000);
}
