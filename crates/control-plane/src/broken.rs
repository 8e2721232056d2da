//! Why planning or finalising broke off, and what clients read when that ends their job.

use construe_jobs::{Location, ObjectError, ObjectErrorKind, StoreError};

/// Why work on a job broke off.
#[derive(Debug)]
pub(crate) enum Broken {
    /// A stop was requested and has been recorded: nothing is left to do here.
    Stopped,
    /// The lease is another's, or the job is over: whatever was in hand counts no more.
    Lost,
    /// This process is leaving.
    Leaving,
    /// The job cannot succeed.
    Failed(Failure),
    /// Trouble that may pass: to be tried again later; tried too often, the job fails with this.
    Passing(Failure),
    /// The database refused.
    Store(StoreError),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Broken::Failed(failure)
    }
}

/// A failed job's message: an upper-case code, a colon, and a sentence that says what and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    code: &'static str,
    sentence: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)
    }
}

impl Failure {
    fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn nothing_found(input: &Location) -> Self {
        Self::new(
            "INPUT_NOT_FOUND",
            format!("No objects were found at the input location {input}."),
        )
    }

    /// Not one file of a batch could be processed.
    pub(crate) fn nothing_processed(list: &Location) -> Self {
        Self::new(
            "NO_FILES_PROCESSED",
            format!("None of the input files could be processed; {list} says why."),
        )
    }

    /// A part that does not match its record, or a record that cannot be used: a bug or a loss of data.
    pub(crate) fn internal(sentence: impl Into<String>) -> Self {
        Self::new("INTERNAL_ERROR", sentence)
    }
}

/// Trouble with reading or listing `location`, where the client's input is.
pub(crate) fn input_trouble(error: ObjectError, location: &Location) -> Broken {
    let failure = match error.kind {
        // The one message of this kind that is published, word for word.
        ObjectErrorKind::AccessDenied => Failure::new(
            "NO_READ_ACCESS_TO_INPUT",
            "The provided data access role does not have proper access to the input data.",
        ),
        ObjectErrorKind::NoSuchBucket => Failure::new(
            "NO_READ_ACCESS_TO_INPUT",
            format!("The bucket of the input location {location} does not exist."),
        ),
        ObjectErrorKind::NotFound => Failure::new(
            "INPUT_NOT_FOUND",
            format!("The input object {location} was deleted while the job ran."),
        ),
        ObjectErrorKind::Changed => Failure::new(
            "INPUT_CHANGED",
            format!("The input object {location} changed while the job ran."),
        ),
        ObjectErrorKind::Unavailable => {
            return Broken::Passing(Failure::new(
                "INPUT_UNAVAILABLE",
                format!("The input at {location} could not be read after several tries."),
            ));
        }
        ObjectErrorKind::Conflict | ObjectErrorKind::Unsupported | ObjectErrorKind::Other => {
            Failure::new("INPUT_UNREADABLE", format!("{error}."))
        }
    };
    Broken::Failed(failure)
}

/// The input at `location` ended before all its bytes had come.
pub(crate) fn input_ended_early(location: &Location) -> Broken {
    let message = format!("reading {location}: the body ended early");
    input_trouble(ObjectError::new(ObjectErrorKind::Unavailable, message), location)
}

/// Trouble with writing to `location`, where the client's output is to be.
pub(crate) fn output_trouble(error: ObjectError, location: &Location) -> Broken {
    let failure = match error.kind {
        ObjectErrorKind::AccessDenied => Failure::new(
            "NO_WRITE_ACCESS_TO_OUTPUT",
            format!("The provided data access role does not have proper access to the output location {location}."),
        ),
        ObjectErrorKind::NoSuchBucket => Failure::new(
            "NO_WRITE_ACCESS_TO_OUTPUT",
            format!("The bucket of the output location {location} does not exist."),
        ),
        ObjectErrorKind::Conflict => Failure::new(
            "OUTPUT_CONFLICT",
            format!("Another object stands at the output location {location}."),
        ),
        ObjectErrorKind::Unavailable => {
            return Broken::Passing(Failure::new(
                "OUTPUT_UNAVAILABLE",
                format!("The output at {location} could not be written after several tries."),
            ));
        }
        ObjectErrorKind::Unsupported => Failure::new("OUTPUT_UNSUPPORTED", format!("{error}.")),
        ObjectErrorKind::NotFound | ObjectErrorKind::Changed | ObjectErrorKind::Other => {
            Failure::new("OUTPUT_FAILED", format!("{error}."))
        }
    };
    Broken::Failed(failure)
}

/// Trouble with writing to the work bucket: whatever the reason, the operator's to remove.
pub(crate) fn storing_trouble(error: &ObjectError) -> Broken {
    tracing::error!(error = error as &dyn std::error::Error, kind = ?error.kind, "storing an artifact failed");
    Broken::Passing(Failure::new(
        "RESULTS_UNAVAILABLE",
        "What the job made could not be stored after several tries.",
    ))
}

/// Trouble with reading a part from the work bucket.
pub(crate) fn part_trouble(error: ObjectError) -> Broken {
    if error.is_retryable() {
        Broken::Passing(Failure::new(
            "RESULTS_UNAVAILABLE",
            "The results of the analysis could not be read back after several tries.",
        ))
    } else {
        Broken::Failed(Failure::internal(format!(
            "The results of the analysis could not be read back: {error}."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_a_coded_message_and_only_trouble_that_may_pass_is_retried() {
        use ObjectErrorKind::*;
        let place = Location::new("b", "k");
        for kind in [
            NoSuchBucket,
            NotFound,
            AccessDenied,
            Changed,
            Conflict,
            Unsupported,
            Unavailable,
            Other,
        ] {
            let error = || ObjectError::new(kind, "writing s3://b/k");
            for broken in [
                input_trouble(error(), &place),
                output_trouble(error(), &place),
                part_trouble(error()),
            ] {
                let failure = match broken {
                    Broken::Passing(failure) if kind == Unavailable => failure,
                    Broken::Failed(failure) if kind != Unavailable => failure,
                    other => panic!("{kind:?}: {other:?}"),
                };
                let message = failure.to_string();
                let (code, sentence) = message.split_once(": ").unwrap();
                assert!(code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{message}");
                assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{message}");
            }
        }
    }

    #[test]
    fn the_published_message_is_word_for_word() {
        let denied = ObjectError::new(ObjectErrorKind::AccessDenied, "listing s3://b/k");
        let Broken::Failed(failure) = input_trouble(denied, &Location::new("b", "k")) else {
            panic!("not a failure");
        };
        assert_eq!(
            failure.to_string(),
            "NO_READ_ACCESS_TO_INPUT: The provided data access role does not have proper access to the input data."
        );
    }
}
