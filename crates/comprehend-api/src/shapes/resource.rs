//! What the operations on resources (models, endpoints, flywheels, datasets) have in common.

mod models;

use super::job::{micros_after, micros_before, only_one};
use super::policies::Policy;
use super::tags::Tag;
use super::{common, string_enum};
use crate::Caller;
use crate::arn::ResourceArn;
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::s3_uri::S3Uri;
use crate::validate::{ListRule, Member, Pattern, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

pub(super) use models::model_requests;

string_enum! {
    ModelStatus {
        Submitted = "SUBMITTED",
        Training = "TRAINING",
        Deleting = "DELETING",
        StopRequested = "STOP_REQUESTED",
        Stopped = "STOPPED",
        InError = "IN_ERROR",
        Trained = "TRAINED",
        TrainedWithWarning = "TRAINED_WITH_WARNING",
    }
}

/// What the server knows about a model besides the request that made it. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelRecord<'a> {
    pub arn: &'a str,
    pub status: ModelStatus,
    /// Why training failed: an upper-case code, a colon, a sentence. Or what it warns of.
    pub message: Option<&'a str>,
    pub submit_time_micros: i64,
    pub training_start_micros: Option<i64>,
    pub training_end_micros: Option<i64>,
    /// The flywheel whose iteration made it.
    pub flywheel_arn: Option<&'a str>,
    /// The model of which it is a copy.
    pub source_arn: Option<&'a str>,
}

/// The one member of a resource filter that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceFilter<S> {
    /// Exact match.
    Name(String),
    /// ARN of the model that an endpoint serves.
    Model(String),
    Status(S),
    /// Creation time, in microseconds since 1970, strictly before this.
    CreatedBefore(i64),
    /// Creation time, in microseconds since 1970, strictly after this.
    CreatedAfter(i64),
}

impl<S> ResourceFilter<S> {
    /// The filter of a time in seconds since 1970, as [`JobFilterMembers::single`](super::job::JobFilterMembers::single)
    /// understands it.
    pub fn created_before(seconds: Option<f64>) -> Option<Self> {
        seconds.map(|seconds| Self::CreatedBefore(micros_before(seconds)))
    }

    /// As [`created_before`](Self::created_before).
    pub fn created_after(seconds: Option<f64>) -> Option<Self> {
        seconds.map(|seconds| Self::CreatedAfter(micros_after(seconds)))
    }

    /// The one of `members` that is set; more than one is an error with the code that the operation has for it.
    pub fn single(members: impl IntoIterator<Item = Option<Self>>, code: ErrorCode) -> Result<Option<Self>, ApiError> {
        only_one(members).map_err(|error| ApiError::new(code, error.message))
    }
}

/// A request that makes a resource.
pub trait CreateRequest: Request + Clone {
    /// Of the resource.
    fn name(&self) -> &str;
    fn tags(&self) -> Option<&[Tag]>;
    fn token(&self) -> Option<&str>;
    /// All else that it asks for.
    fn without_token(&self) -> Self;
}

/// The operation and the members that every request for a resource has.
macro_rules! create_request {
    ($request:ident = $operation:literal, $name:ident, $shape:ident) => {
        impl $crate::decode::Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static $crate::validate::Shape = &$shape;
        }

        impl $crate::shapes::resource::CreateRequest for $request {
            fn name(&self) -> &str {
                &self.$name
            }

            fn tags(&self) -> Option<&[$crate::shapes::tags::Tag]> {
                self.tags.as_deref()
            }

            fn token(&self) -> Option<&str> {
                self.client_request_token.as_deref()
            }

            fn without_token(&self) -> Self {
                Self {
                    client_request_token: None,
                    ..self.clone()
                }
            }
        }
    };
}
pub(super) use create_request;

/// Which page of a list is asked for.
pub trait PageRequest: Request {
    /// What the list is restricted to, which page tokens are bound to.
    type Restriction: Serialize;

    fn restriction(&self) -> Self::Restriction;
    fn next_token(&self) -> Option<&str>;
    fn max_results(&self) -> u32;
}

/// The members of a page request besides those that restrict the list.
pub(super) const NEXT_TOKEN: Member = optional("NextToken", Rule::String(StringRule::new().min(1)));
pub(super) const MAX_RESULTS: Member = optional(
    "MaxResults",
    Rule::Integer {
        min: Some(1),
        max: Some(500),
    },
);

/// Tells of a list request with the members above which page it asks for, and by the expression what its list is
/// restricted to.
macro_rules! page_request {
    ($request:ident: $restriction:ty = $this:ident => $value:expr) => {
        impl $crate::shapes::resource::PageRequest for $request {
            type Restriction = $restriction;

            fn restriction(&self) -> $restriction {
                let $this = self;
                $value
            }

            fn next_token(&self) -> Option<&str> {
                self.next_token.as_deref()
            }

            fn max_results(&self) -> u32 {
                self.max_results
                    .unwrap_or($crate::shapes::job::DEFAULT_MAX_RESULTS)
            }
        }
    };
}
pub(super) use page_request;

/// A list request with a filter, which must be a structure of optional members.
macro_rules! filtered_list_request {
    ($request:ident = $operation:literal, $filter:ident, $filter_shape:ident) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $request {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub filter: Option<$filter>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_token: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub max_results: Option<u32>,
        }

        impl $crate::decode::Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static $crate::validate::Shape = &$crate::validate::Shape {
                members: &[
                    $crate::validate::optional("Filter", $crate::validate::Rule::Structure(&$filter_shape)),
                    $crate::shapes::resource::NEXT_TOKEN,
                    $crate::shapes::resource::MAX_RESULTS,
                ],
            };
        }

        $crate::shapes::resource::page_request! { $request: Option<$filter> = request => request.filter.clone() }
    };
}
pub(super) use filtered_list_request;

/// A list request without a filter.
macro_rules! list_request {
    ($request:ident = $operation:literal) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $request {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_token: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub max_results: Option<u32>,
        }

        impl $crate::decode::Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static $crate::validate::Shape = &$crate::validate::Shape {
                members: &[
                    $crate::shapes::resource::NEXT_TOKEN,
                    $crate::shapes::resource::MAX_RESULTS,
                ],
            };
        }

        $crate::shapes::resource::page_request! { $request: () = _request => () }
    };
}
pub(super) use list_request;

/// Requests with one member, the ARN of what they are about.
macro_rules! arn_requests {
    ($field:ident: $rule:path as $member:literal; $($request:ident = $operation:literal),+ $(,)?) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $request {
            pub $field: String,
        }

        impl $crate::decode::Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static $crate::validate::Shape = &$crate::validate::Shape {
                members: &[$crate::validate::required($member, $rule)],
            };
        }
    )+};
}
pub(super) use arn_requests;

string_enum! {
    Split { Train = "TRAIN", Test = "TEST" }
}

string_enum! {
    /// What training documents are.
    DocumentTypeFormat {
        PlainTextDocument = "PLAIN_TEXT_DOCUMENT",
        SemiStructuredDocument = "SEMI_STRUCTURED_DOCUMENT",
    }
}

/// Labelled documents as Ground Truth writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AugmentedManifest {
    pub s3_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    pub attribute_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation_data_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_documents_s3_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_type: Option<DocumentTypeFormat>,
}

/// A manifest that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestPlace {
    pub location: S3Uri,
    pub split: Split,
    pub attributes: Vec<String>,
    /// Where annotation files lie that were moved since the manifest was written.
    pub annotations: Option<S3Uri>,
    /// Whether its lines are about pages of PDF files.
    pub native: bool,
}

impl ManifestPlace {
    /// Refuses a manifest of pages, which classifiers do not learn from.
    pub(super) fn plain_text(self) -> Result<Self, ApiError> {
        if self.native {
            return Err(ApiError::invalid_request(
                "Classifiers are trained with manifests of plain text: DocumentType must be PLAIN_TEXT_DOCUMENT. \
                 CreateDocumentClassifier takes PDF, Word and image files with CSV files of labels.",
            ));
        }
        Ok(self)
    }
}

impl AugmentedManifest {
    pub(super) fn check(&self) -> Result<ManifestPlace, ApiError> {
        if self.attribute_names.is_empty() {
            return Err(ApiError::invalid_request(
                "AugmentedManifests.AttributeNames must name at least one attribute.",
            ));
        }
        let place = |member: &str, uri: &Option<String>| -> Result<Option<S3Uri>, ApiError> {
            let parse = |uri: &String| {
                uri.parse()
                    .map_err(|error| ApiError::invalid_request(format!("AugmentedManifests.{member} {error}.")))
            };
            uri.as_ref().map(parse).transpose()
        };
        // The words of pages are in the annotation files, so that the documents are not needed.
        place("SourceDocumentsS3Uri", &self.source_documents_s3_uri)?;
        Ok(ManifestPlace {
            location: common::parse_location("AugmentedManifests", &self.s3_uri)?,
            split: self.split.unwrap_or(Split::Train),
            attributes: self.attribute_names.clone(),
            annotations: place("AnnotationDataS3Uri", &self.annotation_data_s3_uri)?,
            native: self.document_type == Some(DocumentTypeFormat::SemiStructuredDocument),
        })
    }
}

/// Refuses a policy that cannot be upheld.
pub(super) fn check_model_policy(policy: Option<&str>) -> Result<(), ApiError> {
    policy.map(Policy::parse).transpose().map(drop)
}

/// Refuses a key for the model itself: models lie in the service's own bucket, encrypted as that is.
pub(super) fn check_model_key(key: Option<&str>) -> Result<(), ApiError> {
    if key.is_none() {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::KmsKeyValidationException,
        "This server keeps models in a bucket of its own, which has one key for all: leave out ModelKmsKeyId.",
    ))
}

/// The ARN of a resource of the caller's, if `arn` is one, in its one spelling.
pub fn own_arn(caller: &Caller, arn: &str) -> Option<ResourceArn> {
    let arn: ResourceArn = arn.parse().ok()?;
    (arn.account == caller.account && arn.region == caller.region).then_some(arn)
}

static ATTRIBUTE_NAME_PATTERN: Pattern = Pattern::new("^[a-zA-Z0-9](-*[a-zA-Z0-9])*");
static ATTRIBUTE_NAME: Rule = Rule::String(StringRule::new().min(1).max(63).pattern(&ATTRIBUTE_NAME_PATTERN));

pub(super) const ATTRIBUTE_NAMES: Rule = Rule::List(ListRule::of(&ATTRIBUTE_NAME));
pub(super) const DOCUMENT_TYPE_FORMAT: Rule = Rule::String(StringRule::new().one_of(DocumentTypeFormat::NAMES));
pub(super) const MODEL_STATUS: Rule = Rule::String(StringRule::new().one_of(ModelStatus::NAMES));

static AUGMENTED_MANIFEST: Shape = Shape {
    members: &[
        required("S3Uri", common::S3_URI),
        optional("Split", Rule::String(StringRule::new().one_of(Split::NAMES))),
        required("AttributeNames", ATTRIBUTE_NAMES),
        optional("AnnotationDataS3Uri", common::S3_URI),
        optional("SourceDocumentsS3Uri", common::S3_URI),
        optional("DocumentType", DOCUMENT_TYPE_FORMAT),
    ],
};
static AUGMENTED_MANIFEST_ITEM: Rule = Rule::Structure(&AUGMENTED_MANIFEST);
pub(super) const AUGMENTED_MANIFESTS: Rule = Rule::List(ListRule::of(&AUGMENTED_MANIFEST_ITEM));
