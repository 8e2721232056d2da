//! No text of a document reaches a log or the standard error stream, not even by a panic that quotes it.
//!
//! In a process of its own, for it replaces the panic hook and the subscriber of all threads.

#[allow(dead_code)]
#[path = "runtime/bench.rs"]
mod bench;
#[allow(dead_code)]
#[path = "runtime/engine.rs"]
mod engine;
#[allow(dead_code)]
#[path = "runtime/fakes.rs"]
mod fakes;

use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex};

use construe_jobs::ObjectErrorKind;
use tracing_subscriber::fmt::MakeWriter;

use bench::Bench;
use fakes::ReadFault;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn document_text_is_in_no_log_and_in_no_panic_message() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(log.clone())
        .init();
    let before = log.clone();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        let _ = writeln!(before.clone(), "ordinary panic: {info}");
    }));
    let secret = "Aloysius Pepperwick";
    let mut input = format!("PANIC {secret}\n{secret}\n{}\n", secret.repeat(100)).into_bytes();
    input.extend_from_slice(b"\xff");
    input.extend_from_slice(secret.as_bytes());
    let bench = Bench::one(input);
    bench
        .objects
        .fault("in/a.txt", [ReadFault::Refused(ObjectErrorKind::Unavailable)]);
    let running = bench.start().await;
    bench
        .until("the shard is given back", |state| !state.rows[0].releases.is_empty())
        .await;
    bench.ring().await;
    bench.until_done().await;
    running.shut_down().await;
    assert_eq!(bench.part(0).documents_failed, 3);
    // Panics elsewhere are as loud as ever.
    let elsewhere = std::thread::spawn(|| panic!("elsewhere")).join();
    assert!(elsewhere.is_err());
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!log.contains("Aloysius") && !log.contains("Pepperwick"), "{log}");
    assert!(
        log.contains("analysing a text panicked") && log.contains("engine.rs"),
        "{log}"
    );
    assert!(log.contains("passing trouble"), "{log}");
    assert!(log.contains("ordinary panic") && log.contains("elsewhere"), "{log}");
}
