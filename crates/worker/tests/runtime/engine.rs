//! An engine whose results show everything it was given, and that misbehaves on demand.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use construe_jobs::{Job, WorkerKind};
use construe_worker::{Analyzer, AnalyzerError, Document, DocumentError, Outcome, PrepareError, Session};

/// A document with this text makes the session wait until the test opens the gate.
pub const WAIT: &str = "WAIT";
/// A document that begins so makes the session panic, quoting the document.
pub const PANIC: &str = "PANIC";
/// A document with this text takes until the session is told to end early.
pub const LONG: &str = "LONG";

#[derive(Default)]
pub struct Gate {
    state: Mutex<(u32, bool)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        let opened = self
            .changed
            .wait_timeout_while(state, Duration::from_secs(30), |(_, open)| !*open);
        assert!(!opened.unwrap().1.timed_out(), "the test left the gate shut");
    }

    /// Says that somebody is here, who does not wait.
    fn arrive(&self) {
        self.state.lock().unwrap().0 += 1;
        self.changed.notify_all();
    }

    pub fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    /// Sessions that have come to the gate.
    pub fn arrived(&self) -> u32 {
        self.state.lock().unwrap().0
    }
}

/// `(file, line)` of every document that was begun, in any order.
type Begun = Arc<Mutex<Vec<(String, Option<u64>)>>>;

#[derive(Default)]
pub struct Engine {
    pub gate: Arc<Gate>,
    pub begun: Begun,
    /// The thread of each session.
    pub sessions: Mutex<Vec<ThreadId>>,
    pub refuse: bool,
}

impl Analyzer for Engine {
    type Prepared = ();

    async fn prepare(&self, _: &Job) -> Result<(), PrepareError> {
        Ok(())
    }

    fn kind(&self) -> WorkerKind {
        WorkerKind::Entities
    }

    fn session(&self, job: &Job, (): &()) -> Result<Box<dyn Session>, AnalyzerError> {
        assert_eq!(job.spec.analysis["engine"], "test");
        if self.refuse {
            return Err(AnalyzerError::new("INVALID_ANALYSIS: Nobody can do this."));
        }
        self.sessions.lock().unwrap().push(std::thread::current().id());
        Ok(Box::new(TestSession {
            gate: self.gate.clone(),
            begun: self.begun.clone(),
        }))
    }
}

struct TestSession {
    gate: Arc<Gate>,
    begun: Begun,
}

impl Session for TestSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        self.begun
            .lock()
            .unwrap()
            .push((document.file.to_owned(), document.line));
        if let Ok(text) = document.content {
            if text == WAIT {
                self.gate.pass();
            }
            if text == LONG {
                self.gate.arrive();
                while !(document.interrupted)() {
                    std::thread::yield_now();
                }
            }
            if text.starts_with(PANIC) {
                out.extend_from_slice(b"half a result");
                panic!("cannot make sense of {text}");
            }
        }
        record(document.file, document.line, document.content, document.terminator, out)
    }
}

/// The result of one document.
pub fn record(
    file: &str,
    line: Option<u64>,
    content: Result<&str, DocumentError>,
    terminator: &[u8],
    out: &mut Vec<u8>,
) -> Outcome {
    let (shown, outcome) = match content {
        Ok(text) => (format!("ok {text:?}"), Outcome::Analyzed),
        Err(DocumentError::TooLarge { limit }) => (format!("over {limit}"), Outcome::Failed("TOO_LARGE")),
        Err(DocumentError::NotUtf8) => ("encoding".to_owned(), Outcome::Failed("NOT_UTF8")),
        Err(DocumentError::Unreadable(why)) => (why.to_string(), Outcome::Failed("UNREADABLE")),
        Err(DocumentError::Unprocessable) => ("unprocessable".to_owned(), Outcome::Failed("UNPROCESSABLE")),
    };
    let terminator = terminator.escape_ascii();
    out.extend_from_slice(format!("{file} {line:?} {shown} {terminator}\n").as_bytes());
    outcome
}
