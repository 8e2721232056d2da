//! Datasets of flywheels: data of a customer's, checked and written in the one form that trainings of flywheels read.

use std::io::{ErrorKind, Write};
use std::sync::Arc;

use construe_document_reader::Reader;
use construe_models::{ClassifierMode, DATASET_DELIMITER, DatasetFormat, DatasetImport, DatasetReport};
use construe_training_data::Warnings;
use construe_training_data::classification::{Census, write_row};
use construe_worker::{Report, Trained, Trainer, TrainerError, TrainingData, Watch};

use crate::classification::{Corpus, data_mode};
use crate::failure::too_little;
use crate::meter::Meter;
use crate::pages::Reading;

/// Imports a dataset.
pub struct Import {
    job: DatasetImport,
    reader: Arc<Reader>,
}

impl Import {
    /// `reader`: of documents that are files of their own.
    pub fn new(job: DatasetImport, reader: Arc<Reader>) -> Self {
        Self { job, reader }
    }
}

/// Thousandths of an import that are done when documents that are files of their own are read.
const READ: u16 = 900;

impl Trainer for Import {
    fn train(
        &mut self,
        data: &dyn TrainingData,
        watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError> {
        let imported = match &self.job.format {
            DatasetFormat::Classification {
                mode,
                delimiter,
                labels,
                language,
                reading,
                data: places,
            } => {
                let read = if places.documents.is_empty() { 0 } else { READ };
                let reading = Reading::new(&self.reader, *reading, language);
                let corpus = Corpus::new(data, places, *mode, delimiter)?;
                let corpus = corpus.with_documents(&reading, &Meter::new(watch, 0, read))?;
                classification(*mode, labels, &corpus, &Meter::new(watch, read, 1000), artifact)?
            }
            DatasetFormat::Entities {
                language,
                types,
                data: places,
            } => crate::entities::import(language, types, places, data, &Meter::new(watch, 0, 1000), artifact)?,
        };
        let Imported {
            documents,
            bytes,
            warnings,
        } = imported;
        if documents == 0 {
            return Err(too_little(&"the dataset holds no document"));
        }
        let report = DatasetReport {
            documents,
            warnings: sentences(&warnings),
        };
        Ok(Trained {
            report: Report::of(&report).unwrap_or_default(),
            documents,
            input_bytes: bytes,
            ..Trained::default()
        })
    }
}

/// What an import came to.
pub(crate) struct Imported {
    pub(crate) documents: u64,
    pub(crate) bytes: u64,
    pub(crate) warnings: Warnings,
}

/// What was left out, for a report.
pub fn sentences(warnings: &Warnings) -> Vec<String> {
    if warnings.is_empty() {
        return Vec::new();
    }
    warnings.to_string().split("; ").map(str::to_owned).collect()
}

fn classification(
    mode: ClassifierMode,
    labels: &[String],
    corpus: &Corpus<'_>,
    meter: &Meter<'_>,
    artifact: &mut dyn Write,
) -> Result<Imported, TrainerError> {
    let mut census = Census::new(data_mode(mode));
    if !labels.is_empty() {
        census = census.of_labels(labels);
    }
    let written = match mode {
        ClassifierMode::MultiClass => None,
        ClassifierMode::MultiLabel => DATASET_DELIMITER.chars().next(),
    };
    let mut artifact = artifact;
    let warnings = corpus.visit(meter, &mut |document| {
        census
            .add(document.line, document.labels)
            .map_err(|error| document.refused(error))?;
        write_row(&mut artifact, document.labels, written, document.text).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => TrainerError::refused(
                "INVALID_TRAINING_DATA",
                format_args!(
                    "{}, line {}: a label holds {DATASET_DELIMITER}, which divides the labels in datasets.",
                    document.location, document.line
                ),
            ),
            _ => error.into(),
        })
    })?;
    Ok(Imported {
        documents: census.documents(),
        bytes: corpus.bytes()?,
        warnings,
    })
}
