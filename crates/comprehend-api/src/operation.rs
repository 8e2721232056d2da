//! Every operation of both services, and what this server does with it.

use crate::error::{ApiError, ErrorCode};
use crate::signature::Scope;
use std::fmt::Write as _;

/// One of the two AWS services spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Comprehend,
    ComprehendMedical,
}

impl Service {
    /// The service name in a signature's scope.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Comprehend => "comprehend",
            Self::ComprehendMedical => "comprehendmedical",
        }
    }

    /// The name that users know.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Comprehend => "Amazon Comprehend",
            Self::ComprehendMedical => "Amazon Comprehend Medical",
        }
    }
}

/// How far an operation is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Done,
    /// Answers, except for what the text names.
    Partial(&'static str),
    NotYet,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    pub service: Service,
    /// Heading in the compatibility table.
    pub group: &'static str,
    pub name: &'static str,
    /// Value of the `X-Amz-Target` header.
    pub target: &'static str,
    pub status: Status,
}

macro_rules! operations {
    ($($service:ident $prefix:literal { $($group:literal: [$($name:ident $(= $status:expr)?),+ $(,)?])+ })+) => {
        /// All operations, grouped as in the compatibility table. Without a status: not yet.
        pub static OPERATIONS: &[Operation] = &[$($($(Operation {
            service: Service::$service,
            group: $group,
            name: stringify!($name),
            target: concat!($prefix, ".", stringify!($name)),
            status: operations!(@status $($status)?),
        },)+)+)+];
    };
    (@status) => { Status::NotYet };
    (@status $status:expr) => { $status };
}

operations! {
    Comprehend "Comprehend_20171127" {
        "PII jobs": [
            StartPiiEntitiesDetectionJob = Status::Done,
            DescribePiiEntitiesDetectionJob = Status::Done,
            ListPiiEntitiesDetectionJobs = Status::Done,
            StopPiiEntitiesDetectionJob = Status::Done,
        ]
        "Entities jobs": [
            StartEntitiesDetectionJob = Status::Done,
            DescribeEntitiesDetectionJob = Status::Done,
            ListEntitiesDetectionJobs = Status::Done,
            StopEntitiesDetectionJob = Status::Done,
        ]
        "Classification jobs": [
            StartDocumentClassificationJob = Status::Done,
            DescribeDocumentClassificationJob = Status::Done,
            ListDocumentClassificationJobs = Status::Done,
        ]
        "Key phrases jobs": [
            StartKeyPhrasesDetectionJob, DescribeKeyPhrasesDetectionJob, ListKeyPhrasesDetectionJobs,
            StopKeyPhrasesDetectionJob,
        ]
        "Sentiment jobs": [
            StartSentimentDetectionJob, DescribeSentimentDetectionJob, ListSentimentDetectionJobs,
            StopSentimentDetectionJob,
        ]
        "Targeted sentiment jobs": [
            StartTargetedSentimentDetectionJob, DescribeTargetedSentimentDetectionJob,
            ListTargetedSentimentDetectionJobs, StopTargetedSentimentDetectionJob,
        ]
        "Dominant language jobs": [
            StartDominantLanguageDetectionJob, DescribeDominantLanguageDetectionJob,
            ListDominantLanguageDetectionJobs, StopDominantLanguageDetectionJob,
        ]
        "Events jobs": [
            StartEventsDetectionJob, DescribeEventsDetectionJob, ListEventsDetectionJobs, StopEventsDetectionJob,
        ]
        "Topics jobs": [StartTopicsDetectionJob, DescribeTopicsDetectionJob, ListTopicsDetectionJobs]
        "Custom classifiers": [
            CreateDocumentClassifier = Status::Done,
            DescribeDocumentClassifier = Status::Done,
            ListDocumentClassifiers = Status::Done,
            ListDocumentClassifierSummaries = Status::Done,
            StopTrainingDocumentClassifier = Status::Done,
            DeleteDocumentClassifier = Status::Done,
        ]
        "Custom entity recognizers": [
            CreateEntityRecognizer = Status::Done,
            DescribeEntityRecognizer = Status::Done,
            ListEntityRecognizers = Status::Done,
            ListEntityRecognizerSummaries = Status::Done,
            StopTrainingEntityRecognizer = Status::Done,
            DeleteEntityRecognizer = Status::Done,
        ]
        "Endpoints": [
            CreateEndpoint = Status::Done,
            DescribeEndpoint = Status::Done,
            ListEndpoints = Status::Done,
            UpdateEndpoint = Status::Done,
            DeleteEndpoint = Status::Done,
        ]
        "Flywheels and datasets": [
            CreateFlywheel = Status::Done,
            DescribeFlywheel = Status::Done,
            ListFlywheels = Status::Done,
            UpdateFlywheel = Status::Done,
            DeleteFlywheel = Status::Done,
            StartFlywheelIteration = Status::Done,
            DescribeFlywheelIteration = Status::Done,
            ListFlywheelIterationHistory = Status::Done,
            CreateDataset = Status::Done,
            DescribeDataset = Status::Done,
            ListDatasets = Status::Done,
        ]
        "Synchronous, one text": [
            DetectDominantLanguage, DetectEntities = Status::Done, DetectKeyPhrases,
            DetectPiiEntities = Status::Done, ContainsPiiEntities = Status::Done, DetectSentiment,
            DetectTargetedSentiment, DetectSyntax, DetectToxicContent,
            ClassifyDocument = Status::Partial("no prompt safety"),
        ]
        "Synchronous, up to 25 texts": [
            BatchDetectDominantLanguage, BatchDetectEntities = Status::Done, BatchDetectKeyPhrases, BatchDetectSentiment,
            BatchDetectTargetedSentiment, BatchDetectSyntax,
        ]
        "Tags": [TagResource = Status::Done, UntagResource = Status::Done, ListTagsForResource = Status::Done]
        "Policies and copies": [
            PutResourcePolicy = Status::Done,
            DescribeResourcePolicy = Status::Done,
            DeleteResourcePolicy = Status::Done,
            ImportModel = Status::Done,
        ]
    }
    ComprehendMedical "ComprehendMedical_20181030" {
        "Entities jobs": [
            StartEntitiesDetectionV2Job = Status::Done,
            DescribeEntitiesDetectionV2Job = Status::Done,
            ListEntitiesDetectionV2Jobs = Status::Done,
            StopEntitiesDetectionV2Job = Status::Done,
        ]
        "PHI jobs": [
            StartPHIDetectionJob = Status::Done,
            DescribePHIDetectionJob = Status::Done,
            ListPHIDetectionJobs = Status::Done,
            StopPHIDetectionJob = Status::Done,
        ]
        "ICD-10-CM jobs": [
            StartICD10CMInferenceJob, DescribeICD10CMInferenceJob, ListICD10CMInferenceJobs,
            StopICD10CMInferenceJob,
        ]
        "RxNorm jobs": [
            StartRxNormInferenceJob, DescribeRxNormInferenceJob, ListRxNormInferenceJobs, StopRxNormInferenceJob,
        ]
        "SNOMED CT jobs": [
            StartSNOMEDCTInferenceJob, DescribeSNOMEDCTInferenceJob, ListSNOMEDCTInferenceJobs,
            StopSNOMEDCTInferenceJob,
        ]
        "Synchronous": [
            DetectEntities, DetectEntitiesV2 = Status::Done, DetectPHI = Status::Done, InferICD10CM, InferRxNorm,
            InferSNOMEDCT,
        ]
    }
}

impl Operation {
    /// The request must be signed for the service that owns the operation.
    pub fn check_scope(&self, scope: &Scope) -> Result<(), ApiError> {
        let expected = self.service.signing_name();
        if scope.service == expected {
            return Ok(());
        }
        Err(ApiError::invalid_signature(format!(
            "The credential must be scoped to service '{expected}' for operation {}.",
            self.name
        )))
    }
}

/// Finds the operation that an `X-Amz-Target` names and that this server answers.
pub fn lookup(target: &str) -> Result<&'static Operation, ApiError> {
    let unknown = |message: String| Err(ApiError::new(ErrorCode::UnknownOperationException, message));
    match OPERATIONS.iter().find(|operation| operation.target == target) {
        Some(Operation {
            status: Status::NotYet,
            service,
            name,
            ..
        }) => unknown(format!(
            "{name} is an operation of {}, but Construe does not implement it yet.",
            service.title()
        )),
        Some(operation) => Ok(operation),
        None => unknown("The X-Amz-Target header does not name a known operation.".to_owned()),
    }
}

/// The README's compatibility table: one row per group, as Markdown.
pub fn compatibility_table() -> String {
    let mut table =
        String::from("| Service | Operations | Done | Partial | Not yet |\n| --- | --- | --- | --- | --- |\n");
    let groups = OPERATIONS.chunk_by(|a, b| (a.service, a.group) == (b.service, b.group));
    for group in groups {
        let cell = |wanted: fn(Status) -> Option<&'static str>| {
            let named = group.iter().filter_map(|operation| {
                let remark = wanted(operation.status)?;
                let separator = if remark.is_empty() { "" } else { ": " };
                Some(format!("{}{separator}{remark}", operation.name))
            });
            named.collect::<Vec<_>>().join(", ")
        };
        let done = cell(|status| matches!(status, Status::Done).then_some(""));
        let partial = cell(|status| match status {
            Status::Partial(what) => Some(what),
            _ => None,
        });
        let not_yet = cell(|status| matches!(status, Status::NotYet).then_some(""));
        let title = group[0].service.title();
        writeln!(
            table,
            "| {title} | {} | {done} | {partial} | {not_yet} |",
            group[0].group
        )
        .expect("writing to a String cannot fail");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup_tells_done_not_yet_and_unknown_apart() {
        let start = lookup("Comprehend_20171127.StartPiiEntitiesDetectionJob").unwrap();
        assert_eq!(
            (start.name, start.status),
            ("StartPiiEntitiesDetectionJob", Status::Done)
        );

        let planned = lookup("Comprehend_20171127.DetectToxicContent").unwrap_err();
        assert_eq!(planned.code, ErrorCode::UnknownOperationException);
        assert!(
            planned
                .message
                .contains("DetectToxicContent is an operation of Amazon Comprehend"),
            "{planned}"
        );
        assert!(planned.message.contains("not implement it yet"), "{planned}");

        for target in [
            "",
            "StartPiiEntitiesDetectionJob",
            "Comprehend_20171127.startpiientitiesdetectionjob",
            "ComprehendMedical_20181030.StartPiiEntitiesDetectionJob",
            "Comprehend_20171127.Nothing",
        ] {
            let error = lookup(target).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnknownOperationException, "{target}");
            assert!(!error.message.contains("yet"), "{target}");
        }
    }

    #[test]
    fn scope_must_name_the_owning_service() {
        let scope = |service: &str| Scope {
            access_key: "AKID".into(),
            date: "20150830".into(),
            region: "us-east-1".into(),
            service: service.into(),
        };
        let start = lookup("Comprehend_20171127.StartPiiEntitiesDetectionJob").unwrap();
        assert_eq!(start.check_scope(&scope("comprehend")), Ok(()));
        let error = start.check_scope(&scope("s3")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidSignatureException);
    }

    #[test]
    fn table_has_one_row_per_group_and_names_every_operation_once() {
        let table = compatibility_table();
        assert_eq!(table.lines().count(), 2 + 17 + 6);
        assert!(table.contains(
            "| Amazon Comprehend | PII jobs | StartPiiEntitiesDetectionJob, DescribePiiEntitiesDetectionJob, \
             ListPiiEntitiesDetectionJobs, StopPiiEntitiesDetectionJob |  |  |"
        ));
        let named = table.lines().skip(2).flat_map(|row| row.split(['|', ',', ' ', ':']));
        let named = named.filter(|word| OPERATIONS.iter().any(|operation| operation.name == *word));
        assert_eq!(named.count(), OPERATIONS.len());
    }
}
