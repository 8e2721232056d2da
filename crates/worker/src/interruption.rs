use construe_jobs::{Location, ObjectError, ObjectErrorKind};

/// Why work on a shard ended without a result to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// The lease is another's by now: nothing may be written any more.
    Lost,
    /// The worker is leaving: others are to do the shard.
    Drained,
    /// Trouble that may pass. After too much of it the job fails with this message.
    Fault(String),
    /// Trouble that will not pass: the job fails with this message.
    Fatal(String),
}

impl Interruption {
    /// An engine broke down where it has no right to.
    pub(crate) fn internal() -> Self {
        Interruption::Fatal("INTERNAL_ERROR: The analysis could not be run.".to_owned())
    }

    /// The machine has no thread to spare.
    pub(crate) fn no_thread() -> Self {
        Interruption::Fault("INTERNAL_ERROR: The analysis could not be begun.".to_owned())
    }

    /// Reading `location` failed.
    pub(crate) fn input(error: &ObjectError, location: &Location) -> Self {
        match error.kind {
            ObjectErrorKind::AccessDenied => Interruption::Fatal(
                "NO_READ_ACCESS_TO_INPUT: The provided data access role does not have proper access to the input data."
                    .to_owned(),
            ),
            ObjectErrorKind::NoSuchBucket => Interruption::Fatal(format!(
                "INPUT_NOT_FOUND: The bucket {} does not exist.",
                location.bucket
            )),
            ObjectErrorKind::NotFound => {
                Interruption::Fatal(format!("INPUT_NOT_FOUND: {location} was removed while the job ran."))
            }
            ObjectErrorKind::Changed => {
                Interruption::Fatal(format!("INPUT_CHANGED: {location} changed while the job ran."))
            }
            ObjectErrorKind::Conflict
            | ObjectErrorKind::Unsupported
            | ObjectErrorKind::Unavailable
            | ObjectErrorKind::Other => {
                Interruption::Fault(format!("INPUT_UNAVAILABLE: {location} could not be read."))
            }
        }
    }

    /// Writing to the service's own bucket failed. Whatever the reason, it is the operator's to remove
    /// and none of the job's making.
    pub(crate) fn output() -> Self {
        Interruption::Fault("INTERNAL_ERROR: Results could not be stored.".to_owned())
    }
}
