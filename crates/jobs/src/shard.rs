//! Shards: the portions of a job that are leased, done and committed as a whole.

use serde::{Deserialize, Serialize};

/// A range of one input object. A shard is one slice of a large object, or several small objects whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    pub key: String,
    /// ETag at planning time; reading insists on it.
    pub etag: String,
    /// Byte range of the object; in line format it begins and ends at line starts.
    pub start: u64,
    pub end: u64,
    /// Number of the first line in the range, from 0.
    pub first_line: u64,
}

impl Slice {
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShard {
    /// Position in the job, from 0; results are composed in this order.
    pub ordinal: u64,
    pub slices: Vec<Slice>,
}

impl NewShard {
    pub fn bytes(&self) -> u64 {
        self.slices.iter().map(Slice::len).sum()
    }
}

/// How far planning has come. Stored with each batch of shards, so that a planner that takes over
/// goes on where the last one stopped and cuts the same shards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCursor {
    pub next_ordinal: u64,
    /// Last key whose object is planned to its end.
    pub after: Option<String>,
    /// A large object that is planned in part.
    pub within: Option<PartialObject>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialObject {
    pub key: String,
    pub etag: String,
    pub size: u64,
    /// First byte that belongs to no shard yet: a line start.
    pub offset: u64,
    /// Number of the line that begins there.
    pub line: u64,
}

/// Shards to be added to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanBatch {
    pub shards: Vec<NewShard>,
    pub cursor: PlanCursor,
    /// Input objects completed in this batch.
    pub objects: u64,
    /// Whether nothing is left to plan.
    pub last: bool,
}

/// The result of a shard, as the worker commits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Key in the work bucket.
    pub key: String,
    /// SHA-256 of the part as it is stored, hexadecimal.
    pub digest: String,
    /// Bytes of the part as it is stored: those of its results, or fewer where the layout compresses them.
    pub size: u64,
    /// Bytes of results that each slice contributed, in order, before any compression.
    pub lengths: Vec<u64>,
    pub documents: u64,
    pub documents_failed: u64,
    /// Bytes of input analysed.
    pub input_bytes: u64,
    /// Whether a stop cut the shard off at a document boundary.
    pub cut: bool,
    /// What a layout that lists its input objects says of those in this shard; empty for others.
    pub files: PartFiles,
}

/// What became of the input objects of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFiles {
    /// Code points in the documents that were analysed.
    pub characters: u64,
    /// Objects that could not be analysed, in order.
    pub failed: Vec<FailedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// Position of its slice in the shard.
    pub slice: u32,
    /// Why, as the analysis names it: a [`PartFiles`] is stored for every shard, so one short word.
    pub code: String,
}

impl Part {
    /// Bytes of results, before any compression.
    pub fn content_bytes(&self) -> u64 {
        self.lengths.iter().sum()
    }
}

/// A committed shard, for composing the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneShard {
    pub ordinal: u64,
    pub slices: Vec<Slice>,
    pub part: Part,
}
