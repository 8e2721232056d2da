//! The stage that makes an artifact, on a thread of its own.

use std::convert::Infallible;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use construe_jobs::{JobStore, LeasedShard, PartFiles};
use construe_telemetry::panics;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::analysis::{Summary, Tally};
use crate::control::{Control, Signal};
use crate::interruption::Interruption;
use crate::source::Source;
use crate::trainer::{Trained, Trainer, TrainerError, Watch};

/// How far the work is, and whether it is to go on.
pub(crate) struct Meter {
    control: Arc<Control>,
    per_mille: AtomicU16,
}

impl Meter {
    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self {
            control,
            per_mille: AtomicU16::new(0),
        }
    }

    /// Tells the store what the trainer tells, until dropped.
    pub(crate) async fn pass_on(&self, store: &dyn JobStore, shard: &LeasedShard, every: Duration) -> Infallible {
        let mut told = 0;
        loop {
            tokio::time::sleep(every).await;
            let now = self.per_mille.load(Ordering::Relaxed);
            if now == told {
                continue;
            }
            match store
                .report_progress(shard.job.id, shard.ordinal, shard.lease.token, now)
                .await
            {
                // A lost lease shows when it is renewed.
                Ok(_) => told = now,
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "progress could not be reported"
                ),
            }
        }
    }
}

impl Watch for Meter {
    fn report(&self, per_mille: u16) -> ControlFlow<()> {
        self.per_mille.store(per_mille.min(1000), Ordering::Relaxed);
        match self.control.signal() {
            Signal::Run => ControlFlow::Continue(()),
            Signal::Release | Signal::Stop | Signal::Lost => ControlFlow::Break(()),
        }
    }
}

/// Where the bytes of a part go: buffered, digested, sent to the upload.
struct Sink {
    results: mpsc::Sender<Bytes>,
    chunk: usize,
    buffer: Vec<u8>,
    /// Over all that was written, and over the section being written.
    part: Sha256,
    section: Sha256,
    /// Bytes of the section being written, and of the sections before it.
    written: u64,
    sections: Vec<u64>,
    waited: Duration,
}

impl Sink {
    fn new(results: mpsc::Sender<Bytes>, chunk: usize) -> Self {
        Self {
            results,
            chunk,
            buffer: Vec::new(),
            part: Sha256::new(),
            section: Sha256::new(),
            written: 0,
            sections: Vec::new(),
            waited: Duration::ZERO,
        }
    }

    /// Ends a section; its hexadecimal SHA-256 and its bytes.
    fn end_section(&mut self) -> (String, u64) {
        let size = std::mem::take(&mut self.written);
        self.sections.push(size);
        (hex::encode(std::mem::take(&mut self.section).finalize()), size)
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.buffer);
        self.part.update(&chunk);
        let begun = Instant::now();
        let sent = self.results.blocking_send(chunk.into());
        self.waited += begun.elapsed();
        // Nobody takes it any more: the upload failed, and knows why.
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.chunk.saturating_sub(self.buffer.len()).max(1);
        let taken = &bytes[..bytes.len().min(room)];
        self.buffer.extend_from_slice(taken);
        self.section.update(taken);
        self.written += taken.len() as u64;
        if self.buffer.len() >= self.chunk {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Training {
    pub(crate) trainer: Box<dyn Trainer>,
    pub(crate) source: Source,
    pub(crate) meter: Arc<Meter>,
    pub(crate) control: Arc<Control>,
    pub(crate) results: mpsc::Sender<Bytes>,
    pub(crate) output_chunk: usize,
}

impl Training {
    /// Blocks: not to be called on a thread of the runtime.
    pub(crate) fn run(self) -> Result<Summary, Interruption> {
        let Self {
            mut trainer,
            source,
            meter,
            control,
            results,
            output_chunk,
        } = self;
        let begun = Instant::now();
        let mut sink = Sink::new(results, output_chunk);
        let trouble = source.trouble();
        let trained =
            panics::confine(|| trainer.train(&source, &*meter, &mut sink)).map_err(|_| Interruption::internal())?;
        let ended = trained.and_then(|trained| Ok(write_rest(trained, &mut sink)?));
        let (tally, cut) = match ended {
            Ok(tally) => (tally, false),
            Err(TrainerError::Refused(message)) => return Err(Interruption::Fatal(message)),
            Err(TrainerError::Interrupted) => match control.signal() {
                Signal::Stop => (Tally::default(), true),
                Signal::Release => return Err(Interruption::Drained),
                Signal::Lost => return Err(Interruption::Lost),
                Signal::Run => return Err(trouble.take().unwrap_or_else(Interruption::output)),
            },
        };
        if cut {
            // Of what was begun nothing counts.
            sink.end_section();
        }
        sink.send().map_err(|_| Interruption::output())?;
        let size = sink.sections.iter().sum();
        Ok(Summary {
            lengths: sink.sections,
            size,
            files: PartFiles::default(),
            digest: hex::encode(sink.part.finalize()),
            tally,
            cut,
            time: begun.elapsed().saturating_sub(sink.waited),
        })
    }
}

/// The sections after the artifact: the archive, and the report, which names the artifact's digest.
fn write_rest(trained: Trained, sink: &mut Sink) -> io::Result<Tally> {
    let Trained {
        report,
        archive,
        documents,
        documents_failed,
        input_bytes,
    } = trained;
    let (digest, size) = sink.end_section();
    sink.write_all(&archive)?;
    sink.end_section();
    let mut fields = report.into_members();
    fields.insert("digest".to_owned(), digest.into());
    fields.insert("size".to_owned(), size.into());
    sink.write_all(serde_json::Value::Object(fields).to_string().as_bytes())?;
    sink.end_section();
    Ok(Tally::of_training(documents, documents_failed, input_bytes))
}
