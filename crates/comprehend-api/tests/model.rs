//! The rule tables against the service models: nothing missing, nothing of our own invention.

use construe_comprehend_api::ErrorCode;
use construe_comprehend_api::decode::Request;
use construe_comprehend_api::operation::OPERATIONS;
use construe_comprehend_api::protocol;
use construe_comprehend_api::shapes::flywheels::iterations;
use construe_comprehend_api::shapes::{
    classification, classifiers, datasets, endpoints, entities, flywheels, medical, pii, policies, recognizers, tags,
};
use construe_comprehend_api::validate::{Rule, Shape};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Facts {
    /// By target prefix.
    operations: BTreeMap<String, Vec<String>>,
    exceptions: Vec<String>,
    /// Names of members by the type that they have everywhere.
    members: BTreeMap<String, Vec<String>>,
    requests: BTreeMap<String, Vec<Constraints>>,
}

/// One member of a request, at any depth; `Path[]` is the item of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Constraints {
    path: String,
    r#type: String,
    required: bool,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default)]
    r#enum: Vec<String>,
    #[serde(default)]
    sensitive: bool,
}

fn facts() -> Facts {
    serde_json::from_str(include_str!("fixtures/model_facts.json")).expect("the fixture matches this struct")
}

/// The shape of every request that this crate decodes.
fn requests() -> BTreeMap<&'static str, &'static Shape> {
    fn entry<R: Request>() -> (&'static str, &'static Shape) {
        (R::OPERATION, R::SHAPE)
    }
    BTreeMap::from([
        entry::<pii::StartPiiEntitiesDetectionJobRequest>(),
        entry::<pii::DescribePiiEntitiesDetectionJobRequest>(),
        entry::<pii::ListPiiEntitiesDetectionJobsRequest>(),
        entry::<pii::StopPiiEntitiesDetectionJobRequest>(),
        entry::<entities::StartEntitiesDetectionJobRequest>(),
        entry::<entities::DescribeEntitiesDetectionJobRequest>(),
        entry::<entities::ListEntitiesDetectionJobsRequest>(),
        entry::<entities::StopEntitiesDetectionJobRequest>(),
        entry::<entities::DetectEntitiesRequest>(),
        entry::<entities::BatchDetectEntitiesRequest>(),
        entry::<pii::DetectPiiEntitiesRequest>(),
        entry::<pii::ContainsPiiEntitiesRequest>(),
        entry::<classification::StartDocumentClassificationJobRequest>(),
        entry::<classification::DescribeDocumentClassificationJobRequest>(),
        entry::<classification::ListDocumentClassificationJobsRequest>(),
        entry::<classification::ClassifyDocumentRequest>(),
        entry::<classifiers::CreateDocumentClassifierRequest>(),
        entry::<classifiers::DescribeDocumentClassifierRequest>(),
        entry::<classifiers::ListDocumentClassifiersRequest>(),
        entry::<classifiers::ListDocumentClassifierSummariesRequest>(),
        entry::<classifiers::StopTrainingDocumentClassifierRequest>(),
        entry::<classifiers::DeleteDocumentClassifierRequest>(),
        entry::<recognizers::CreateEntityRecognizerRequest>(),
        entry::<recognizers::DescribeEntityRecognizerRequest>(),
        entry::<recognizers::ListEntityRecognizersRequest>(),
        entry::<recognizers::ListEntityRecognizerSummariesRequest>(),
        entry::<recognizers::StopTrainingEntityRecognizerRequest>(),
        entry::<recognizers::DeleteEntityRecognizerRequest>(),
        entry::<flywheels::CreateFlywheelRequest>(),
        entry::<flywheels::DescribeFlywheelRequest>(),
        entry::<flywheels::ListFlywheelsRequest>(),
        entry::<flywheels::UpdateFlywheelRequest>(),
        entry::<flywheels::DeleteFlywheelRequest>(),
        entry::<iterations::StartFlywheelIterationRequest>(),
        entry::<iterations::DescribeFlywheelIterationRequest>(),
        entry::<iterations::ListFlywheelIterationHistoryRequest>(),
        entry::<datasets::CreateDatasetRequest>(),
        entry::<datasets::DescribeDatasetRequest>(),
        entry::<datasets::ListDatasetsRequest>(),
        entry::<endpoints::CreateEndpointRequest>(),
        entry::<endpoints::DescribeEndpointRequest>(),
        entry::<endpoints::ListEndpointsRequest>(),
        entry::<endpoints::UpdateEndpointRequest>(),
        entry::<endpoints::DeleteEndpointRequest>(),
        entry::<policies::ImportModelRequest>(),
        entry::<policies::PutResourcePolicyRequest>(),
        entry::<policies::DescribeResourcePolicyRequest>(),
        entry::<policies::DeleteResourcePolicyRequest>(),
        entry::<tags::TagResourceRequest>(),
        entry::<tags::UntagResourceRequest>(),
        entry::<tags::ListTagsForResourceRequest>(),
        entry::<medical::StartEntitiesDetectionV2JobRequest>(),
        entry::<medical::DescribeEntitiesDetectionV2JobRequest>(),
        entry::<medical::ListEntitiesDetectionV2JobsRequest>(),
        entry::<medical::StopEntitiesDetectionV2JobRequest>(),
        entry::<medical::StartPhiDetectionJobRequest>(),
        entry::<medical::DescribePhiDetectionJobRequest>(),
        entry::<medical::ListPhiDetectionJobsRequest>(),
        entry::<medical::StopPhiDetectionJobRequest>(),
        entry::<medical::detect::DetectEntitiesV2Request>(),
        entry::<medical::detect::DetectPhiRequest>(),
    ])
}

fn flatten_shape(shape: &Shape, parent: &str, rows: &mut Vec<Constraints>) {
    for member in shape.members {
        let path = if parent.is_empty() {
            member.name.to_owned()
        } else {
            format!("{parent}.{}", member.name)
        };
        flatten(&member.rule, path, member.required, rows);
    }
}

fn flatten(rule: &Rule, path: String, required: bool, rows: &mut Vec<Constraints>) {
    let length = |length: Option<usize>| length.map(|length| i64::try_from(length).expect("lengths are small"));
    let mut row = Constraints {
        path: path.clone(),
        r#type: String::new(),
        required,
        min: None,
        max: None,
        pattern: None,
        r#enum: Vec::new(),
        sensitive: false,
    };
    match rule {
        Rule::String(string) => {
            row.r#type = "string".into();
            (row.min, row.max) = (length(string.min), length(string.max));
            row.pattern = string.pattern.map(|pattern| pattern.text.to_owned());
            row.r#enum = string.values.iter().map(|&value| value.to_owned()).collect();
            row.sensitive = string.sensitive;
            rows.push(row);
        }
        Rule::Integer { min, max } => {
            row.r#type = "integer".into();
            (row.min, row.max) = (*min, *max);
            rows.push(row);
        }
        Rule::Timestamp => {
            row.r#type = "timestamp".into();
            rows.push(row);
        }
        Rule::Blob { min } => {
            row.r#type = "blob".into();
            row.min = length(*min);
            rows.push(row);
        }
        Rule::List(list) => {
            row.r#type = "list".into();
            (row.min, row.max) = (length(list.min), length(list.max));
            row.sensitive = list.sensitive;
            rows.push(row);
            flatten(list.member, format!("{path}[]"), false, rows);
        }
        Rule::Structure(shape) => {
            row.r#type = "structure".into();
            rows.push(row);
            flatten_shape(shape, &path, rows);
        }
    }
}

/// Document text, which the model marks as sensitive in some operations and not in others: never to be
/// echoed here, whatever the model says.
const DOCUMENT_TEXT: [(&str, &str); 4] = [
    ("DetectPiiEntities", "Text"),
    ("ContainsPiiEntities", "Text"),
    ("DetectEntitiesV2", "Text"),
    ("DetectPHI", "Text"),
];

/// Texts whose length the model limits. A longer one has an error of its own, so the rule has no maximum.
const SIZE_ERROR: [(&str, &str); 2] = [("DetectEntitiesV2", "Text"), ("DetectPHI", "Text")];

#[test]
fn rule_tables_equal_the_model() {
    let facts = facts();
    let requests = requests();
    assert_eq!(
        facts.requests.keys().map(String::as_str).collect::<Vec<_>>(),
        requests.keys().copied().collect::<Vec<_>>()
    );
    for (operation, shape) in requests {
        let mut rows = Vec::new();
        flatten_shape(shape, "", &mut rows);
        let expected = &facts.requests[operation];
        assert_eq!(rows.len(), expected.len(), "{operation}");
        for (row, expected) in rows.iter().zip(expected) {
            let mut expected = expected.clone();
            expected.sensitive |= DOCUMENT_TEXT.contains(&(operation, expected.path.as_str()));
            if SIZE_ERROR.contains(&(operation, expected.path.as_str())) {
                assert!(expected.max.take().is_some(), "{operation}");
            }
            assert_eq!(row, &expected, "{operation}");
        }
    }
}

#[test]
fn every_pattern_compiles() {
    fn visit(rule: &Rule) -> usize {
        match rule {
            // Compiles on first use and panics if it does not.
            Rule::String(string) => string.pattern.map_or(0, |pattern| {
                pattern.matches("");
                1
            }),
            Rule::List(list) => visit(list.member),
            Rule::Structure(shape) => shape.members.iter().map(|member| visit(&member.rule)).sum(),
            Rule::Integer { .. } | Rule::Timestamp | Rule::Blob { .. } => 0,
        }
    }
    let patterns: usize = requests().values().map(|&shape| visit(&Rule::Structure(shape))).sum();
    assert!(patterns >= 12, "{patterns}");
}

#[test]
fn operations_equal_the_model() {
    let expected: BTreeSet<String> = facts()
        .operations
        .iter()
        .flat_map(|(prefix, names)| names.iter().map(move |name| format!("{prefix}.{name}")))
        .collect();
    let ours: BTreeSet<String> = OPERATIONS.iter().map(|operation| operation.target.to_owned()).collect();
    assert_eq!(ours, expected);
    assert_eq!(OPERATIONS.len(), 85 + 26);
}

#[test]
fn members_whose_type_json_does_not_show() {
    let facts = facts();
    assert_eq!(facts.members["timestamp"], protocol::TIMES);
    assert_eq!(facts.members["float"], protocol::FLOATS);
}

#[test]
fn every_modelled_exception_has_a_code() {
    let codes: BTreeSet<&str> = ErrorCode::VARIANTS.iter().map(|code| code.as_str()).collect();
    for exception in facts().exceptions {
        assert!(codes.contains(exception.as_str()), "{exception}");
    }
}
