//! Models that are copies of others.

use std::io::Write;

use construe_models::ModelCopy;
use construe_worker::{Report, Trained, Trainer, TrainerError, TrainingData, Watch};

/// Makes a model of the file of another one.
pub struct Copy {
    job: ModelCopy,
    file: Vec<u8>,
}

impl Copy {
    /// `file`: of the model that the job names, checked against its digest.
    pub fn new(job: ModelCopy, file: Vec<u8>) -> Self {
        Self { job, file }
    }
}

impl Trainer for Copy {
    fn train(
        &mut self,
        _data: &dyn TrainingData,
        _watch: &dyn Watch,
        artifact: &mut dyn Write,
    ) -> Result<Trained, TrainerError> {
        artifact.write_all(&self.file)?;
        Ok(Trained {
            report: Report::of(&self.job.report).unwrap_or_default(),
            ..Trained::default()
        })
    }
}
