//! A job: what was asked, where it stands, how far it is.

use serde::{Deserialize, Serialize};

use crate::id::{JobId, Timestamp};
use crate::kind::{JobKind, named_enum};
use crate::layout::OutputLayout;
use crate::object::{Access, Location};
use crate::state::JobState;

named_enum! {
    /// How input objects divide into documents.
    InputFormat {
        OneDocPerLine = "ONE_DOC_PER_LINE",
        OneDocPerFile = "ONE_DOC_PER_FILE",
    }
}

/// What the pipeline needs to know of a job, whatever the wire protocol called it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// Every object whose key begins with this location's key is input.
    pub input: Location,
    pub format: InputFormat,
    /// The job's own folder; its key ends with a slash.
    pub output: Location,
    /// What is written into that folder. Jobs stored before there was a choice wrote one object for each input.
    #[serde(default)]
    pub layout: OutputLayout,
    /// Role with whose rights input is read and output written.
    pub role_arn: String,
    /// Longest document that is analysed, in bytes; a longer one becomes an error record.
    pub document_limit: u64,
    pub kms_key_id: Option<String>,
    /// Parameters of the analysis, understood by the gateway that wrote them and by the worker of the job's kind.
    pub analysis: serde_json::Value,
}

impl JobSpec {
    /// Where a customer finds the results, known from the start: the folder, or the archive in it.
    pub fn results(&self) -> Location {
        match &self.layout {
            OutputLayout::PerObject | OutputLayout::Batch { .. } | OutputLayout::Artifact { archive: None, .. } => {
                self.output.clone()
            }
            OutputLayout::Archive { name, .. }
            | OutputLayout::Artifact {
                archive: Some(name), ..
            } => Location::new(self.output.bucket.clone(), format!("{}{name}", self.output.key)),
        }
    }
}

/// A job to be stored.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: JobId,
    /// The job's resource name, under which `tags` are kept. The store does not look inside.
    pub arn: String,
    pub account: String,
    pub region: String,
    pub kind: JobKind,
    pub name: Option<String>,
    /// The request as the client made it, for describing the job later.
    pub request: serde_json::Value,
    pub spec: JobSpec,
    /// Resource name of the trained model that the job works with, which cannot be deleted before the job's end.
    pub model: Option<String>,
    pub token: Option<ClientToken>,
    pub tags: Vec<Tag>,
    /// W3C `traceparent` of the request: the job's story begins there.
    pub trace: Option<String>,
}

/// A client's idempotency token, unique by account, region and operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientToken {
    pub operation: &'static str,
    pub token: String,
    /// Digest of the request without the token: the same token with another request is refused.
    pub request_digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub account: String,
    pub region: String,
    pub kind: JobKind,
    pub name: Option<String>,
    pub state: JobState,
    pub request: serde_json::Value,
    pub spec: JobSpec,
    pub submit_time: Timestamp,
    /// When the first shards were planned.
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    /// Why the job failed.
    pub message: Option<String>,
    /// What a job that made an artifact reports of it, once it has ended.
    pub result: Option<serde_json::Value>,
    pub progress: Progress,
    pub trace: Option<String>,
}

impl Job {
    /// The rights with which this job's input and output are touched.
    pub fn access(&self) -> Access {
        Access::Role {
            account: self.account.clone(),
            region: self.region.clone(),
            role_arn: self.spec.role_arn.clone(),
        }
    }
}

/// Counts over the shards planned so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether the plan is complete; before that, totals still grow.
    pub planned: bool,
    pub shards: u64,
    pub shards_done: u64,
    pub objects: u64,
    /// Bytes of input.
    pub bytes: u64,
    pub bytes_done: u64,
    pub documents: u64,
    /// Documents that became error records, among `documents`.
    pub documents_failed: u64,
    /// Whether a stop cut off work, so that the output is not whole.
    pub cut: bool,
}
