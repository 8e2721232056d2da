//! What going through training data has in common, whatever is in them.

use construe_jobs::Location;
use construe_worker::{TrainerError, TrainingData};

use crate::meter::{Meter, StopSignal};

/// Bytes of all objects at `places`.
pub(crate) fn bytes<'p>(
    data: &dyn TrainingData,
    places: impl Iterator<Item = &'p Location>,
) -> Result<u64, TrainerError> {
    let mut bytes = 0;
    for place in places {
        bytes += data.objects(place)?.iter().map(|object| object.size).sum::<u64>();
    }
    Ok(bytes)
}

/// How far a pass over documents has come, told now and then.
pub(crate) struct PassMeter<'m> {
    meter: &'m Meter<'m>,
    /// Documents between two reports.
    every: u64,
    /// Of all files, and of the texts seen, which is somewhat less.
    bytes: u64,
    done: u64,
    documents: u64,
}

impl<'m> PassMeter<'m> {
    /// `bytes`: of all files.
    pub(crate) fn new(meter: &'m Meter<'m>, every: u64, bytes: u64) -> Self {
        Self {
            meter,
            every,
            bytes,
            done: 0,
            documents: 0,
        }
    }

    /// The next document is about to be handed on.
    pub(crate) fn document(&mut self, text: &str) -> Result<(), StopSignal> {
        if self.documents.is_multiple_of(self.every) {
            self.meter.report_bytes(self.done, self.bytes)?;
        }
        self.documents += 1;
        self.done += text.len() as u64;
        Ok(())
    }
}
