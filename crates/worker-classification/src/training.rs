//! Training a classifier: a look at all data, learning, judging.

use std::collections::HashSet;
use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use construe_classify::{Evaluation, Example, Examples, Mode, Model, Prediction, Scratch, Settings, TrainError};
use construe_custom_models::Classifier;
use construe_document_reader::Reader;
use construe_jobs::Timestamp;
use construe_models::{
    ClassifierMeasures, ClassifierMode, ClassifierReport, ClassifierTraining, EVALUATING_FROM, TrainingData as Places,
};
use construe_training_data::classification::{Census, Minimum};
use construe_training_data::{Digest, Warnings};
use construe_training_sources::classification::{Corpus, data_mode};
use construe_training_sources::dataset::sentences;
use construe_training_sources::{Meter, Ratchet, Reading, too_little};
use construe_worker::{Report, Trained, Trainer, TrainerError, TrainingData, Watch};

use crate::confusion;
use crate::hold_out::{Draw, HoldOut, ONE_IN};

/// Thousandths of the work that are done when the data are known; the model is trained at [`EVALUATING_FROM`].
const SURVEYED: u16 = 50;
/// Of learning, the part that is done when the engine has gone through the examples once: of data that do not fit into
/// memory, which are those that take long, it does so twice.
const FIRST_PASS: f64 = 0.5;
/// Where documents are read first, which takes the longest: those that are done when they are.
const READ: u16 = 700;
/// Test documents that are remembered to tell whether they are trained on too; 32 bytes each.
const REMEMBERED: usize = 2_000_000;

pub(crate) struct ClassifierTrainer {
    job: ClassifierTraining,
    compared: Option<Arc<Classifier>>,
    submitted: Timestamp,
    reader: Arc<Reader>,
}

impl ClassifierTrainer {
    pub(crate) fn new(
        job: ClassifierTraining,
        compared: Option<Arc<Classifier>>,
        submitted: Timestamp,
        reader: Arc<Reader>,
    ) -> Self {
        Self {
            job,
            compared,
            submitted,
            reader,
        }
    }

    /// All documents at `places`; those that are files of their own are read, as one stage of the work.
    fn corpus<'a>(
        &'a self,
        data: &'a dyn TrainingData,
        places: &'a Places,
        meter: &Meter<'_>,
    ) -> Result<Corpus<'a>, TrainerError> {
        let job = &self.job;
        let corpus = Corpus::new(data, places, job.mode, &job.delimiter)?;
        let reading = Reading::new(&self.reader, job.reading, &job.language);
        corpus.with_documents(&reading, meter)
    }
}

impl Trainer for ClassifierTrainer {
    fn train(
        &mut self,
        data: &dyn TrainingData,
        watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError> {
        let ClassifierTraining { mode, train, test, .. } = &self.job;
        // Test documents are a tenth of all, more or less.
        let read = if train.documents.is_empty() { 0 } else { READ };
        let corpus = self.corpus(data, train, &Meter::new(watch, 0, read / 10 * 9))?;
        let separate = match test.is_empty() {
            true => None,
            false => Some(self.corpus(data, test, &Meter::new(watch, read / 10 * 9, read))?),
        };
        let surveyed = read + SURVEYED;
        let survey = Survey::make(&corpus, separate.as_ref(), *mode, watch, read..surveyed)?;
        let side = |held: bool| Side {
            corpus: &corpus,
            hold_out: survey.hold_out.as_ref(),
            held,
        };
        let model = learn(*mode, side(false), survey.learnt(), watch, surveyed)?;
        let meter = Meter::new(watch, EVALUATING_FROM, 1000);
        let mut judge = Judge::new(&model, self.compared.as_deref());
        match &separate {
            Some(test) => judge.hear_all(test, &meter)?,
            None => judge.hear(&side(true), &meter)?,
        }
        artifact.write_all(&model.to_bytes())?;
        let mut bytes = corpus.bytes()?;
        if let Some(test) = &separate {
            bytes += test.bytes()?;
        }
        let tested = judge.evaluation.documents();
        let trained = match separate {
            Some(_) => survey.documents,
            None => survey.documents - tested,
        };
        let report = ClassifierReport {
            // At most some thousands.
            labels: u32::try_from(model.labels().len()).unwrap_or(u32::MAX),
            trained_documents: trained,
            test_documents: tested,
            measures: measures(&judge.evaluation),
            compared: judge.compared.as_ref().map(|compared| measures(&compared.evaluation)),
            warnings: survey.warnings(tested),
        };
        Ok(Trained {
            report: Report::of(&report).unwrap_or_default(),
            archive: confusion::archive(&judge.evaluation, self.submitted),
            documents: trained + tested,
            input_bytes: bytes,
            ..Trained::default()
        })
    }
}

fn engine_mode(mode: ClassifierMode) -> Mode {
    match mode {
        ClassifierMode::MultiClass => Mode::MultiClass,
        ClassifierMode::MultiLabel => Mode::MultiLabel,
    }
}

/// What the first look at the data shows.
struct Survey {
    documents: u64,
    /// Without test data: what serves as such.
    hold_out: Option<HoldOut>,
    left_out: Warnings,
    left_out_of_test: Warnings,
    /// Documents that are trained on and tested with.
    in_both: u64,
    /// Test documents with a label that is nowhere in the training data.
    with_unknown_label: u64,
    /// Classes whose names differ from another's in case or white space only.
    alike: usize,
}

impl Survey {
    fn make(
        corpus: &Corpus<'_>,
        test: Option<&Corpus<'_>>,
        mode: ClassifierMode,
        watch: &dyn Watch,
        stage: Range<u16>,
    ) -> Result<Self, TrainerError> {
        let half = (stage.start + stage.end) / 2;
        let meter = Meter::new(watch, stage.start, half);
        let mut tested: HashSet<Digest> = HashSet::new();
        let mut test_labels = Census::new(data_mode(mode));
        let mut left_out_of_test = Warnings::default();
        if let Some(test) = test {
            left_out_of_test = test.visit(&meter, &mut |document| {
                if tested.len() < REMEMBERED {
                    tested.insert(Digest::of(document.text));
                }
                test_labels
                    .add(document.line, document.labels)
                    .map_err(|error| document.refused(error))
            })?;
            if test_labels.documents() == 0 {
                return Err(too_little(&"the test data hold no document"));
            }
        }
        let meter = Meter::new(watch, half, stage.end);
        let mut census = Census::new(data_mode(mode));
        let mut draw = Draw::default();
        let mut in_both = 0;
        let left_out = corpus.visit(&meter, &mut |document| {
            let digest = Digest::of(document.text);
            in_both += u64::from(tested.contains(&digest));
            if test.is_none() {
                draw.add(document.labels, digest);
            }
            census
                .add(document.line, document.labels)
                .map_err(|error| document.refused(error))
        })?;
        // What comes next may take long to report for the first time.
        meter.report(1.0)?;
        census.check(Minimum::default()).map_err(|few| too_little(&few))?;
        let known: HashSet<&str> = census.labels().map(|(label, _)| label).collect();
        let with_unknown_label = test_labels
            .labels()
            .filter(|(label, _)| !known.contains(label))
            .map(|(_, documents)| documents)
            .sum();
        Ok(Self {
            documents: census.documents(),
            hold_out: test.is_none().then(|| draw.finish()),
            left_out,
            left_out_of_test,
            in_both,
            with_unknown_label,
            alike: census.alike(),
        })
    }

    /// About how many documents there are to learn from.
    fn learnt(&self) -> f64 {
        let share = match self.hold_out {
            Some(_) => 1.0 - 1.0 / f64::from(ONE_IN),
            None => 1.0,
        };
        share * self.documents as f64
    }

    /// What is worth knowing. `tested`: documents that the model was tested with.
    fn warnings(&self, tested: u64) -> Vec<String> {
        let mut warnings = sentences(&self.left_out);
        if tested == 0 {
            warnings.push(
                "nothing was left to test with, since each class repeats a single document: the measures say nothing"
                    .to_owned(),
            );
        }
        let of_test = sentences(&self.left_out_of_test);
        warnings.extend(
            of_test
                .into_iter()
                .map(|sentence| format!("in the test data: {sentence}")),
        );
        if self.in_both > 0 {
            warnings.push(format!(
                "{} training documents are in the test data too, which makes the measures look better than they are",
                self.in_both
            ));
        }
        if self.with_unknown_label > 0 {
            warnings.push(format!(
                "{} labels of test documents are none of the training data",
                self.with_unknown_label
            ));
        }
        if self.alike > 0 {
            warnings.push(format!(
                "{} classes differ from another in case or white space only",
                self.alike
            ));
        }
        warnings
    }
}

/// The documents to learn from, or those held out.
struct Side<'a> {
    corpus: &'a Corpus<'a>,
    hold_out: Option<&'a HoldOut>,
    held: bool,
}

impl Side<'_> {
    fn has(&self, text: &str) -> bool {
        let held = self.hold_out.is_some_and(|hold_out| hold_out.holds(Digest::of(text)));
        held == self.held
    }
}

/// Examples for the engine, which asks for them as often as it likes.
struct Learning<'a> {
    side: Side<'a>,
    /// Reports nothing new, but ends the reading when a stop is asked for.
    meter: Meter<'a>,
}

impl Examples for Learning<'_> {
    type Error = TrainerError;

    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), TrainerError> {
        // The engine's own wish to end, which is no error.
        let mut ended = false;
        let visited = self.side.corpus.visit(&self.meter, &mut |document| {
            if !self.side.has(document.text) {
                return Ok(());
            }
            let example = Example {
                text: document.text,
                labels: document.labels,
            };
            match each(example) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => {
                    ended = true;
                    Err(TrainerError::Interrupted)
                }
            }
        });
        match visited {
            Err(TrainerError::Interrupted) if ended => Ok(()),
            visited => visited.map(|_| ()),
        }
    }
}

/// `expected`: about how many examples there are. `surveyed`: thousandths that are done.
fn learn(
    mode: ClassifierMode,
    side: Side<'_>,
    expected: f64,
    watch: &dyn Watch,
    surveyed: u16,
) -> Result<Model, TrainerError> {
    let watch = Ratchet::new(watch);
    let stage = Meter::new(&watch, surveyed, EVALUATING_FROM);
    let mut examples = Learning {
        side,
        meter: Meter::new(&watch, surveyed, surveyed),
    };
    let settings = Settings::new(engine_mode(mode));
    // The engine cannot say how much is left before it has been through all examples.
    let mut done = 0.0f64;
    let trained = construe_classify::train(&settings, &mut examples, &mut |progress| {
        let read = (progress.examples as f64 / expected).min(1.0);
        done = done.max(FIRST_PASS * read).max(f64::from(progress.done));
        stage.go_on(done)
    });
    trained.map_err(|error| match error {
        TrainError::Source(error) => error,
        TrainError::Stopped => TrainerError::Interrupted,
        // Looked at before, so a bug or data that changed.
        error => TrainerError::refused(
            "TRAINING_FAILED",
            format_args!("The classifier was not trained: {error}."),
        ),
    })
}

/// Judges a model, and another one beside it.
struct Judge<'m> {
    model: &'m Model,
    scratch: Scratch,
    evaluation: Evaluation,
    predictions: Vec<Prediction>,
    compared: Option<Box<Judge<'m>>>,
}

impl<'m> Judge<'m> {
    fn new(model: &'m Model, compared: Option<&'m Classifier>) -> Self {
        Self {
            model,
            scratch: model.scratch(),
            evaluation: Evaluation::new(model.mode(), model.labels().iter().cloned()),
            predictions: Vec::new(),
            compared: compared.map(|compared| Box::new(Judge::new(compared, None))),
        }
    }

    fn document(&mut self, text: &str, labels: &[&str]) {
        self.model.classify(&mut self.scratch, text, &mut self.predictions);
        let names = self.model.labels();
        let predicted: Vec<&str> = self
            .model
            .chosen(&self.predictions)
            .iter()
            .filter_map(|prediction| names.get(prediction.label as usize).map(String::as_str))
            .collect();
        self.evaluation.add(labels, &predicted);
        if let Some(compared) = &mut self.compared {
            compared.document(text, labels);
        }
    }

    fn hear(&mut self, side: &Side<'_>, meter: &Meter<'_>) -> Result<(), TrainerError> {
        side.corpus.visit(meter, &mut |document| {
            if side.has(document.text) {
                self.document(document.text, document.labels);
            }
            Ok(())
        })?;
        Ok(())
    }

    fn hear_all(&mut self, corpus: &Corpus<'_>, meter: &Meter<'_>) -> Result<(), TrainerError> {
        corpus.visit(meter, &mut |document| {
            self.document(document.text, document.labels);
            Ok(())
        })?;
        Ok(())
    }
}

fn measures(evaluation: &Evaluation) -> ClassifierMeasures {
    let metrics = evaluation.metrics();
    ClassifierMeasures {
        accuracy: metrics.accuracy,
        precision: metrics.precision,
        recall: metrics.recall,
        f1: metrics.f1_score,
        micro_precision: metrics.micro_precision,
        micro_recall: metrics.micro_recall,
        micro_f1: metrics.micro_f1_score,
        hamming_loss: metrics.hamming_loss,
    }
}
