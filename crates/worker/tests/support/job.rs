//! A job under way, for tests of analyzers: beside its kind and parameters these look at its time of submission only.

use construe_jobs::{InputFormat, Job, JobId, JobKind, JobSpec, JobState, Location, OutputLayout, Progress, Timestamp};
use serde_json::Value;

pub fn job(kind: JobKind, analysis: Value) -> Job {
    Job {
        id: JobId::new(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        kind,
        name: None,
        state: JobState::InProgress,
        request: Value::Null,
        spec: JobSpec {
            input: Location::new("in", ""),
            format: InputFormat::OneDocPerLine,
            output: Location::new("out", "job/"),
            layout: OutputLayout::PerObject,
            role_arn: "arn:role".to_owned(),
            document_limit: 1 << 20,
            kms_key_id: None,
            analysis,
        },
        submit_time: Timestamp(0),
        start_time: None,
        end_time: None,
        message: None,
        result: None,
        progress: Progress::default(),
        trace: None,
    }
}
