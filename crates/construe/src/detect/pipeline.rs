//! Reader → analysing threads → ordered writer.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::Context;
use indicatif::ProgressBar;

use super::input::{Batch, Batches, Unit, each_line};
use super::output;
use crate::cli::Format;
use crate::engines::{Engine, Filter, Finding, Session};

pub struct Settings {
    /// One that the engine knows.
    pub language: String,
    pub filter: Filter,
    pub format: Format,
    pub color: bool,
    pub threads: usize,
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub documents: u64,
    pub failed: u64,
    pub findings: u64,
    pub bytes: u64,
}

struct Printed {
    text: Vec<u8>,
    totals: Totals,
}

/// Analyses all batches and writes their output in order.
pub fn run(
    engine: &Engine,
    settings: &Settings,
    batches: Batches<'_>,
    writer: &mut impl Write,
    progress: &ProgressBar,
) -> anyhow::Result<Totals> {
    // Each thread may hold one batch and have one waiting; the writer holds what arrived too early.
    let (work, pending) = sync_channel::<(u64, Batch)>(settings.threads);
    let pending = Mutex::new(pending);
    let (done, printed) = sync_channel::<(u64, anyhow::Result<Printed>)>(settings.threads);
    std::thread::scope(|scope| {
        for _ in 0..settings.threads {
            let (pending, done) = (&pending, done.clone());
            scope.spawn(move || analyse(engine, settings, pending, &done));
        }
        drop(done);
        let reader = scope.spawn(move || read(batches, &work));
        let written = write(printed, writer, progress);
        // When writing failed, the channels are closed and the other threads end by themselves.
        let read = reader
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the reading thread panicked"));
        written.and_then(|totals| read.map(|()| totals))
    })
}

fn read(batches: Batches<'_>, work: &SyncSender<(u64, Batch)>) -> anyhow::Result<()> {
    for (number, batch) in batches.enumerate() {
        if work.send((number as u64, batch?)).is_err() {
            break;
        }
    }
    Ok(())
}

fn analyse(
    engine: &Engine,
    settings: &Settings,
    pending: &Mutex<std::sync::mpsc::Receiver<(u64, Batch)>>,
    done: &SyncSender<(u64, anyhow::Result<Printed>)>,
) {
    let mut analysis = Analysis {
        settings,
        session: engine.session(),
        findings: Vec::new(),
    };
    loop {
        // A poisoned lock means that another thread panicked while receiving: nothing was lost.
        let next = pending.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).recv();
        let Ok((number, batch)) = next else { break };
        if done.send((number, analysis.batch(&batch))).is_err() {
            break;
        }
    }
}

fn write(
    printed: std::sync::mpsc::Receiver<(u64, anyhow::Result<Printed>)>,
    writer: &mut impl Write,
    progress: &ProgressBar,
) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, result) in printed {
        early.insert(number, result);
        while let Some(result) = early.remove(&next) {
            let result = result?;
            writer.write_all(&result.text)?;
            totals.documents += result.totals.documents;
            totals.failed += result.totals.failed;
            totals.findings += result.totals.findings;
            totals.bytes += result.totals.bytes;
            progress.inc(result.totals.bytes);
            next += 1;
        }
    }
    Ok(totals)
}

struct Analysis<'a> {
    settings: &'a Settings,
    session: Session<'a>,
    findings: Vec<Finding<'a>>,
}

impl Analysis<'_> {
    fn batch(&mut self, batch: &Batch) -> anyhow::Result<Printed> {
        let mut printed = Printed {
            text: Vec::new(),
            totals: Totals::default(),
        };
        printed.totals.bytes = batch.bytes.len() as u64;
        match batch.unit {
            Unit::File => self.document(batch, None, &batch.bytes, &mut printed),
            Unit::Line => each_line(&batch.bytes, batch.first_line, |line, bytes| {
                self.document(batch, Some(line), bytes, &mut printed);
                Ok(())
            })?,
            Unit::SpansLine => each_line(&batch.bytes, batch.first_line, |line, bytes| {
                if bytes.trim_ascii().is_empty() {
                    return Ok(());
                }
                self.spans(bytes, &mut printed)
                    .with_context(|| format!("{}, line {}", batch.name, line + 1))
            })?,
        }
        Ok(printed)
    }

    fn document(&mut self, batch: &Batch, line: Option<u64>, bytes: &[u8], printed: &mut Printed) {
        printed.totals.documents += 1;
        let Ok(text) = std::str::from_utf8(bytes) else {
            printed.totals.failed += 1;
            let place = line.map(|line| format!(", line {}", line + 1)).unwrap_or_default();
            eprintln!("{}{place}: not UTF-8, not analysed", batch.name);
            return;
        };
        self.find(text, None);
        printed.totals.findings += self.findings.len() as u64;
        let out = &mut printed.text;
        match self.settings.format {
            Format::Text if self.settings.color => output::coloured(text, &self.findings, &self.session, out),
            Format::Text => output::listing(&batch.name, line, text, &self.findings, &self.session, out),
            Format::Json => match self.session.answer(text) {
                Some(answer) => output::answer(&batch.name, line, &answer, out),
                None => output::json(&batch.name, line, text, &self.findings, out),
            },
            Format::Spans | Format::None => {}
        }
    }

    fn spans(&mut self, bytes: &[u8], printed: &mut Printed) -> anyhow::Result<()> {
        let document: output::SpansInput = serde_json::from_slice(bytes).map_err(|error| {
            // The parser's own message may quote the text.
            anyhow::anyhow!("not a JSON object with id and text (column {})", error.column())
        })?;
        self.find(&document.text, document.lang.as_deref());
        printed.totals.documents += 1;
        printed.totals.findings += self.findings.len() as u64;
        output::spans(document, &self.findings, &mut printed.text);
        Ok(())
    }

    /// Finds in the text's own language if the engine knows it, else in that of the command line.
    fn find(&mut self, text: &str, own: Option<&str>) {
        let Settings { language, filter, .. } = self.settings;
        let known = own.is_some_and(|own| self.session.analyze(text, own, &mut self.findings));
        if !known {
            self.session.analyze(text, language, &mut self.findings);
        }
        self.session.keep(filter, &mut self.findings);
    }
}
