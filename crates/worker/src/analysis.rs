//! The stage that computes: chunks of input in, chunks of results out, on a thread of its own.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use construe_documents::LineReader;
use construe_jobs::{FailedFile, Guarded, InputFormat, JobStore, LeasedShard, PartFiles, Slice};
use construe_telemetry::metrics::DOCUMENT_OK;
use construe_telemetry::panics;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::analyzer::{Analyzer, Document, DocumentError, Outcome, Session};
use crate::control::{Control, Signal};
use crate::encoding::Encoding;
use crate::interruption::Interruption;
use crate::reading::Input;

/// Outcome of documents of training data that could not be used.
const DOCUMENT_UNUSED: &str = "UNUSED";

/// What the work on a shard came to.
#[derive(Debug)]
pub(crate) struct Summary {
    /// Bytes of results, by slice.
    pub(crate) lengths: Vec<u64>,
    /// Bytes of the part.
    pub(crate) size: u64,
    pub(crate) files: PartFiles,
    /// Of the part, hexadecimal SHA-256.
    pub(crate) digest: String,
    pub(crate) tally: Tally,
    pub(crate) cut: bool,
    /// Time spent computing, as opposed to waiting for input or for the upload.
    pub(crate) time: Duration,
}

/// Documents and their input bytes, by outcome.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<(&'static str, u64, u64)>);

impl Tally {
    fn count(&mut self, outcome: Outcome, bytes: u64) {
        let name = match outcome {
            Outcome::Analyzed => DOCUMENT_OK,
            Outcome::Failed(code) => code,
        };
        match self.0.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, documents, total)) => {
                *documents += 1;
                *total += bytes;
            }
            None => self.0.push((name, 1, bytes)),
        }
    }

    /// Of data that was used as a whole.
    pub(crate) fn of_training(documents: u64, failed: u64, bytes: u64) -> Self {
        let mut tally = vec![(DOCUMENT_OK, documents.saturating_sub(failed), bytes)];
        if failed > 0 {
            tally.push((DOCUMENT_UNUSED, failed, 0));
        }
        Self(tally)
    }

    /// Outcome, documents, bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        self.0.iter().copied()
    }

    pub(crate) fn documents(&self) -> u64 {
        self.iter().map(|(_, documents, _)| documents).sum()
    }

    pub(crate) fn failed(&self) -> u64 {
        self.iter()
            .filter(|&(outcome, ..)| outcome != DOCUMENT_OK)
            .map(|(_, documents, _)| documents)
            .sum()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.iter().map(|(.., bytes)| bytes).sum()
    }
}

/// Why the analysis goes no further.
enum Halt {
    /// A stop: what is done so far is the result.
    Cut,
    Interrupted(Interruption),
}

impl From<Interruption> for Halt {
    fn from(interruption: Interruption) -> Self {
        Halt::Interrupted(interruption)
    }
}

/// What became of an input object that is one document.
struct FileEnd {
    outcome: Outcome,
    /// Code points of its text.
    characters: u64,
}

impl FileEnd {
    fn book(self, slice: usize, files: &mut PartFiles) {
        match self.outcome {
            Outcome::Analyzed => files.characters += self.characters,
            Outcome::Failed(code) => files.failed.push(FailedFile {
                // A shard has some thousand slices.
                slice: u32::try_from(slice).unwrap_or(u32::MAX),
                code: code.to_owned(),
            }),
        }
    }
}

pub(crate) struct Analysis<A: Analyzer> {
    pub(crate) analyzer: Arc<A>,
    pub(crate) prepared: A::Prepared,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) shard: Arc<LeasedShard>,
    pub(crate) control: Arc<Control>,
    pub(crate) input: mpsc::Receiver<Input>,
    pub(crate) results: mpsc::Sender<Bytes>,
    pub(crate) output_chunk: usize,
    /// For asking the store from this thread.
    pub(crate) runtime: Handle,
}

impl<A: Analyzer> Analysis<A> {
    /// Works through the shard. Blocks: not to be called on a thread of the runtime.
    pub(crate) fn run(mut self) -> Result<Summary, Interruption> {
        let shard = self.shard.clone();
        let session = self.new_session()?;
        let mut progress = Progress {
            session,
            out: Vec::with_capacity(self.output_chunk),
            encoded: 0,
            encoding: Encoding::new(shard.job.spec.layout.parts_are_compressed()),
            sent: 0,
            hasher: Sha256::new(),
            tally: Tally::default(),
            waited: Duration::ZERO,
        };
        let begun = Instant::now();
        let mut lengths = Vec::with_capacity(shard.slices.len());
        let mut cut = false;
        let mut files = PartFiles::default();
        for (index, slice) in shard.slices.iter().enumerate() {
            let before = progress.produced();
            let halted = match shard.job.spec.format {
                InputFormat::OneDocPerLine => self.lines(slice, &mut progress),
                InputFormat::OneDocPerFile => self.file(slice, &mut progress).map(|file| {
                    if shard.job.spec.layout.lists_files() {
                        file.book(index, &mut files);
                    }
                }),
            };
            lengths.push(progress.produced() - before);
            match halted {
                Ok(()) => {}
                Err(Halt::Cut) => {
                    cut = true;
                    break;
                }
                Err(Halt::Interrupted(interruption)) => return Err(interruption),
            }
        }
        lengths.resize(shard.slices.len(), 0);
        self.flush(&mut progress)?;
        let encoding = std::mem::replace(&mut progress.encoding, Encoding::Plain);
        self.send(encoding.finish(), &mut progress)?;
        Ok(Summary {
            lengths,
            files,
            size: progress.sent,
            digest: hex::encode(progress.hasher.finalize()),
            tally: progress.tally,
            cut,
            time: begun.elapsed().saturating_sub(progress.waited),
        })
    }

    fn new_session(&self) -> Result<Box<dyn Session>, Interruption> {
        match panics::confine(|| self.analyzer.session(&self.shard.job, &self.prepared)) {
            Ok(Ok(session)) => Ok(session),
            Ok(Err(error)) => Err(Interruption::Fatal(error.message)),
            Err(panics::Panicked) => Err(Interruption::internal()),
        }
    }

    fn lines(&mut self, slice: &Slice, progress: &mut Progress) -> Result<(), Halt> {
        let file = file_name(&slice.key);
        let mut lines = LineReader::new(slice.first_line, self.shard.job.spec.document_limit);
        loop {
            match self.receive(progress)? {
                Input::Chunk(chunk) => {
                    let mut rest = &chunk.bytes[..];
                    while let Some(line) = lines.next_line(&mut rest) {
                        self.line(file, &line, progress)?;
                    }
                }
                Input::End => {
                    if let Some(line) = lines.finish() {
                        self.line(file, &line, progress)?;
                    }
                    return Ok(());
                }
                Input::TooLarge | Input::Unreadable(_) => return Err(Interruption::internal().into()),
            }
        }
    }

    fn line(&self, file: &str, line: &construe_documents::Line<'_>, progress: &mut Progress) -> Result<(), Halt> {
        let content = line.text().map_err(DocumentError::from);
        let document = Document::line(file, line.number, content, line.terminator);
        self.document(document, line.input_bytes(), progress).map(|_| ())
    }

    fn file(&mut self, slice: &Slice, progress: &mut Progress) -> Result<FileEnd, Halt> {
        let limit = self.shard.job.spec.document_limit;
        let mut body = Vec::new();
        let content = loop {
            match self.receive(progress)? {
                Input::Chunk(chunk) => body.extend_from_slice(&chunk.bytes),
                Input::End => break construe_documents::text(&body, limit).map_err(DocumentError::from),
                Input::TooLarge => break Err(DocumentError::TooLarge { limit }),
                Input::Unreadable(unreadable) => break Err(DocumentError::Unreadable(unreadable)),
            }
        };
        let document = Document::file(file_name(&slice.key), content, &body);
        let outcome = self.document(document, slice.len(), progress)?;
        let characters = content.map_or(0, |text| text.chars().count() as u64);
        Ok(FileEnd { outcome, characters })
    }

    /// Waits for input. It ends before an `End` when something was asked for, or when reading failed;
    /// in the latter case the reader's own error is the one that counts.
    fn receive(&mut self, progress: &mut Progress) -> Result<Input, Halt> {
        let begun = Instant::now();
        let input = self.input.blocking_recv();
        progress.waited += begun.elapsed();
        match input {
            Some(input) => Ok(input),
            None => {
                self.obey()?;
                Err(Interruption::internal().into())
            }
        }
    }

    fn obey(&self) -> Result<(), Halt> {
        match self.control.signal() {
            Signal::Run => Ok(()),
            Signal::Release => Err(Interruption::Drained.into()),
            Signal::Stop => Err(Halt::Cut),
            Signal::Lost => Err(Interruption::Lost.into()),
        }
    }

    fn document(&self, mut document: Document<'_>, bytes: u64, progress: &mut Progress) -> Result<Outcome, Halt> {
        self.obey()?;
        if self.results.is_closed() {
            // The upload failed, and its error is the one that counts.
            return Err(Interruption::output().into());
        }
        let number = progress.tally.documents();
        if self.shard.poisoned.contains(&number) {
            document = document.unprocessable();
        } else if self.shard.careful {
            self.mark(number)?;
        }
        let noticed = Cell::new(false);
        let interrupted = || {
            let interrupted = self.control.signal() != Signal::Run;
            noticed.set(noticed.get() || interrupted);
            interrupted
        };
        let document = Document {
            interrupted: &interrupted,
            ..document
        };
        let before = progress.out.len();
        let outcome = self.analyze(document, progress)?;
        if noticed.get() {
            progress.out.truncate(before);
            self.obey()?;
        }
        progress.tally.count(outcome, bytes);
        if progress.out.len() >= self.output_chunk {
            self.flush(progress)?;
            progress.out.reserve(self.output_chunk);
        }
        Ok(outcome)
    }

    fn analyze(&self, document: Document<'_>, progress: &mut Progress) -> Result<Outcome, Interruption> {
        let before = progress.out.len();
        if let Ok(outcome) = progress.analyze(&document) {
            return Ok(outcome);
        }
        // The session is in an unknown state: it is replaced, and its unfinished output taken back.
        progress.out.truncate(before);
        progress.session = self.new_session()?;
        progress
            .analyze(&document.unprocessable())
            .map_err(|_| Interruption::internal())
    }

    /// Names the document in hand, so that it is known should it take the process down.
    fn mark(&self, number: u64) -> Result<(), Interruption> {
        let shard = &self.shard;
        let marking = self
            .store
            .mark_document(shard.job.id, shard.ordinal, shard.lease.token, number);
        match self.runtime.block_on(marking) {
            Ok(Guarded::Applied) => Ok(()),
            Ok(Guarded::Lost) => Err(Interruption::Lost),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a document could not be named"
                );
                Err(Interruption::Fault(
                    "INTERNAL_ERROR: The state of the job could not be stored.".to_owned(),
                ))
            }
        }
    }

    fn flush(&self, progress: &mut Progress) -> Result<(), Interruption> {
        if progress.out.is_empty() {
            return Ok(());
        }
        let results = std::mem::take(&mut progress.out);
        progress.encoded += results.len() as u64;
        let chunk = progress.encoding.encode(results);
        self.send(chunk, progress)
    }

    fn send(&self, chunk: Vec<u8>, progress: &mut Progress) -> Result<(), Interruption> {
        if chunk.is_empty() {
            return Ok(());
        }
        progress.hasher.update(&chunk);
        progress.sent += chunk.len() as u64;
        let begun = Instant::now();
        let sent = self.results.blocking_send(chunk.into());
        progress.waited += begun.elapsed();
        // When nobody takes it any more the upload failed, and its error is the one that counts.
        sent.map_err(|_| Interruption::output())
    }
}

struct Progress {
    session: Box<dyn Session>,
    /// Results not encoded yet.
    out: Vec<u8>,
    /// Bytes of results encoded.
    encoded: u64,
    encoding: Encoding,
    /// Bytes of the part sent.
    sent: u64,
    /// Over what was sent.
    hasher: Sha256,
    tally: Tally,
    waited: Duration,
}

impl Progress {
    fn produced(&self) -> u64 {
        self.encoded + self.out.len() as u64
    }

    fn analyze(&mut self, document: &Document<'_>) -> Result<Outcome, panics::Panicked> {
        panics::confine(|| self.session.analyze(document, &mut self.out))
    }
}

/// The name by which records call an input object.
fn file_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}
