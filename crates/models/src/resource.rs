use construe_jobs::{JobId, JobState, Progress, Timestamp, UnknownName};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::report::ArtifactReport;
use crate::training::{EVALUATING_FROM, ModelRef};

macro_rules! resource_kinds {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a client has made and can describe, list, and delete.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ResourceKind { $($(#[$meta])* #[serde(rename = $text)] $variant),+ }

        impl ResourceKind {
            pub const ALL: &'static [ResourceKind] = &[$(ResourceKind::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(ResourceKind::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for ResourceKind {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($text => Ok(ResourceKind::$variant),)+
                    _ => Err(UnknownName { what: "ResourceKind", name: text.to_owned() }),
                }
            }
        }
    };
}

resource_kinds! {
    DocumentClassifier = "document-classifier",
    EntityRecognizer = "entity-recognizer",
    /// Of a classifier or of a recognizer, which it refers to, or of a flywheel, which is its parent.
    Endpoint = "endpoint",
    Flywheel = "flywheel",
    /// Of the flywheel that is its parent.
    Dataset = "dataset",
    /// Of the flywheel that is its parent.
    FlywheelIteration = "flywheel-iteration",
}

impl ResourceKind {
    /// Models are what jobs train and work with.
    pub const fn is_model(self) -> bool {
        matches!(self, ResourceKind::DocumentClassifier | ResourceKind::EntityRecognizer)
    }
}

impl std::fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One resource. Every kind has the same row; what distinguishes them is in the request and the properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Unique over all kinds.
    pub arn: String,
    pub account: String,
    pub region: String,
    pub kind: ResourceKind,
    /// Of all versions of a model; of an iteration, its id.
    pub name: String,
    /// Of a model.
    pub version: Option<String>,
    /// Which of a few sorts within its kind, where listings tell them apart: a dataset's type.
    pub variant: Option<String>,
    /// ARN of the flywheel that it belongs to: a dataset's, an iteration's, a model's, that of an endpoint which
    /// follows the active model.
    pub parent: Option<String>,
    /// ARN of the model that it refers to, which cannot be deleted as long as it does: an endpoint's model, a
    /// flywheel's active model. A flywheel that was told none uses the first of its models to be trained.
    pub uses: Option<String>,
    /// The request as the client made it.
    pub request: serde_json::Value,
    /// What changes in a resource's life, such as the model of an endpoint.
    pub properties: serde_json::Value,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// Rises with each change of the properties.
    pub revision: i64,
    /// The job that makes it, if one does.
    pub making: Option<Making>,
}

impl Resource {
    /// The trained model, if this is one and its training has ended well.
    pub fn model(&self) -> Option<ModelRef> {
        let making = self.making.as_ref().filter(|making| making.has_succeeded())?;
        let report = ArtifactReport::<IgnoredAny>::deserialize(making.result.as_ref()?).ok()?;
        self.kind.is_model().then_some(ModelRef {
            arn: self.arn.clone(),
            key: report.key?,
            digest: report.digest,
            size: report.size,
        })
    }
}

/// How the job that makes a resource stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Making {
    pub job: JobId,
    pub state: JobState,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    /// Why it failed.
    pub message: Option<String>,
    pub progress: Progress,
    /// How far a training is, in thousandths, as its worker last reported.
    pub per_mille: u16,
    /// What it reports of what it made, once it has ended well: an [`ArtifactReport`](crate::ArtifactReport).
    pub result: Option<serde_json::Value>,
}

impl Making {
    /// Whether a training that has not ended has its model and is measuring it, or is bringing it to its place.
    pub fn is_evaluating(&self) -> bool {
        let is_done = self.progress.shards > 0 && self.progress.shards_done == self.progress.shards;
        self.state == JobState::InProgress && (is_done || self.per_mille >= EVALUATING_FROM)
    }

    /// Whether the resource is made and can be used. Trainings that end with warnings are partial successes.
    pub fn has_succeeded(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::PartialSuccess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classifier(state: JobState, result: Option<serde_json::Value>) -> Resource {
        Resource {
            arn: "arn:model".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            kind: ResourceKind::DocumentClassifier,
            name: "spam".to_owned(),
            version: None,
            variant: None,
            parent: None,
            uses: None,
            request: serde_json::json!({}),
            properties: serde_json::json!({}),
            created: Timestamp(1),
            modified: Timestamp(1),
            revision: 1,
            making: Some(Making {
                job: JobId::new(),
                state,
                start_time: None,
                end_time: None,
                message: None,
                progress: Progress::default(),
                per_mille: 0,
                result,
            }),
        }
    }

    #[test]
    fn a_model_can_be_used_once_its_training_has_ended_well() {
        let report =
            || Some(serde_json::json!({"digest": "d", "size": 7, "key": "k", "labels": 2, "measures": {"f1": 1}}));
        let trained = ModelRef {
            arn: "arn:model".to_owned(),
            key: "k".to_owned(),
            digest: "d".to_owned(),
            size: 7,
        };
        for (state, usable) in [
            (JobState::Completed, true),
            (JobState::PartialSuccess, true),
            (JobState::InProgress, false),
            (JobState::StopRequested, false),
            (JobState::Stopped, false),
            (JobState::Failed, false),
        ] {
            let model = classifier(state, report()).model();
            assert_eq!(model, usable.then(|| trained.clone()), "{state}");
        }
        assert_eq!(classifier(JobState::Completed, None).model(), None);
        let no_key = serde_json::json!({"digest": "d", "size": 7});
        assert_eq!(classifier(JobState::Completed, Some(no_key)).model(), None);
        let mut dataset = classifier(JobState::Completed, report());
        dataset.kind = ResourceKind::Dataset;
        assert_eq!(dataset.model(), None, "what a dataset's job made is no model");
        let mut endpoint = classifier(JobState::Completed, report());
        endpoint.making = None;
        assert_eq!(endpoint.model(), None);
    }
}
