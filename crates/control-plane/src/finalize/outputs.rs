//! From the records of committed shards to what is to be copied where.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use construe_jobs::{DoneShard, Job, Location, OutputLayout};
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::names::OutputNames;
use crate::broken::Failure;

/// What browsers and clients of S3 are told that a plain output is.
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// A range of a part, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartRange {
    /// Key in the work bucket.
    pub(super) part: Arc<str>,
    pub(super) range: Range<u64>,
}

/// Where bytes of an output come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Part(PartRange),
    Bytes(Bytes),
}

/// One output object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) location: Location,
    pub(super) content_type: &'static str,
    /// Bytes.
    pub(super) size: u64,
    /// Of what it is composed of: the same parts give the same digest.
    pub(super) digest: String,
}

/// Outputs whose bytes lie one after the other in `pieces`: either many within one range of one part,
/// or one from many pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) pieces: Vec<Piece>,
    pub(super) outputs: Vec<Output>,
}

/// Makes runs of the shards of a job, given in order, as the layout of its output has it.
pub(super) enum Composition {
    PerObject(Grouping),
    Archive(Archive),
}

impl Composition {
    pub(super) fn new(job: &Job, names: OutputNames) -> Self {
        match &job.spec.layout {
            OutputLayout::PerObject | OutputLayout::Batch { .. } | OutputLayout::Artifact { .. } => {
                Self::PerObject(Grouping::new(names, job.spec.layout.lists_files()))
            }
            OutputLayout::Archive { member, .. } => {
                let submitted = u64::try_from(job.submit_time.0 / 1_000_000).unwrap_or(0);
                Self::Archive(Archive::new(job.spec.results(), member, submitted))
            }
        }
    }

    /// Takes the next shard; runs that are complete are added to `runs`.
    pub(super) fn add(&mut self, shard: DoneShard, runs: &mut Vec<Run>) -> Result<(), Failure> {
        match self {
            Self::PerObject(grouping) => grouping.add(shard, runs),
            Self::Archive(archive) => {
                archive.add(shard);
                Ok(())
            }
        }
    }

    /// No shard follows.
    pub(super) fn end(&mut self, runs: &mut Vec<Run>) -> Result<(), Failure> {
        match self {
            Self::PerObject(grouping) => grouping.end(runs),
            Self::Archive(archive) => runs.extend(archive.end()?),
        }
        Ok(())
    }
}

/// Of what an output is composed of.
#[derive(Default)]
pub(super) struct PartDigest(Sha256);

impl PartDigest {
    pub(super) fn add(&mut self, part_digest: &str, start: u64, length: u64) {
        // Lengths first: no two sequences of pieces are the same bytes to the hasher.
        self.0.update((part_digest.len() as u64).to_le_bytes());
        self.0.update(part_digest);
        self.0.update(start.to_le_bytes());
        self.0.update(length.to_le_bytes());
    }

    /// Hexadecimal.
    pub(super) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Groups the slices of consecutive shards by their object. Holds one run and the object that the next
/// shard may go on with.
pub(super) struct Grouping {
    names: OutputNames,
    /// Whether an object without results has no output, because a list names it instead.
    lists_files: bool,
    open: Option<OpenOutput>,
    run: Option<Run>,
}

struct OpenOutput {
    key: String,
    ranges: Vec<PartRange>,
    size: u64,
    digest: PartDigest,
}

impl Grouping {
    fn new(names: OutputNames, lists_files: bool) -> Self {
        Self {
            names,
            lists_files,
            open: None,
            run: None,
        }
    }

    /// Takes the next shard; runs that are complete are added to `runs`.
    fn add(&mut self, shard: DoneShard, runs: &mut Vec<Run>) -> Result<(), Failure> {
        let DoneShard { ordinal, slices, part } = shard;
        if part.lengths.len() > slices.len() {
            return Err(Failure::internal(format!(
                "The result of shard {ordinal} does not match its plan."
            )));
        }
        let key: Arc<str> = part.key.into();
        let mut start = 0;
        for (slice, &length) in slices.into_iter().zip(&part.lengths) {
            // A stop that came before the object's first document left nothing of it to write.
            let is_untouched = part.cut || self.lists_files;
            if is_untouched && length == 0 {
                continue;
            }
            let piece = PartRange {
                part: key.clone(),
                range: start..start + length,
            };
            start += length;
            if self.open.as_ref().is_some_and(|open| open.key != slice.key) {
                self.close(runs);
            }
            self.open
                .get_or_insert_with(|| OpenOutput::new(slice.key))
                .add(piece, &part.digest);
        }
        Ok(())
    }

    /// No shard follows.
    fn end(&mut self, runs: &mut Vec<Run>) {
        self.close(runs);
        runs.extend(self.run.take());
    }

    fn close(&mut self, runs: &mut Vec<Run>) {
        let Some(open) = self.open.take() else {
            return;
        };
        let output = Output {
            location: self.names.of(&open.key),
            content_type: CONTENT_TYPE,
            size: open.size,
            digest: open.digest.finish(),
        };
        if let (Some(run), [only]) = (&mut self.run, open.ranges.as_slice())
            && let Some(range) = run.only_range_before(only)
        {
            range.end = only.range.end;
            run.outputs.push(output);
            return;
        }
        let next = Run {
            pieces: open.ranges.into_iter().map(Piece::Part).collect(),
            outputs: vec![output],
        };
        runs.extend(self.run.replace(next));
    }
}

impl Run {
    /// This run's range, if it has only one and `next` goes on where that ends.
    fn only_range_before(&mut self, next: &PartRange) -> Option<&mut Range<u64>> {
        match self.pieces.as_mut_slice() {
            [Piece::Part(only)] if only.part == next.part && only.range.end == next.range.start => {
                Some(&mut only.range)
            }
            _ => None,
        }
    }
}

impl OpenOutput {
    fn new(key: String) -> Self {
        Self {
            key,
            ranges: Vec::new(),
            size: 0,
            digest: PartDigest::default(),
        }
    }

    fn add(&mut self, piece: PartRange, part_digest: &str) {
        let length = piece.range.end - piece.range.start;
        self.digest.add(part_digest, piece.range.start, length);
        self.size += length;
        self.ranges.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use construe_jobs::{Part, PartFiles, Slice};

    use super::*;

    /// For a job with the objects below `folder`.
    fn grouping(folder: &str) -> Grouping {
        Grouping::new(names(folder), false)
    }

    fn names(folder: &str) -> OutputNames {
        OutputNames::below(&Location::new("out", "o/"), folder.to_owned())
    }

    fn shard(ordinal: u64, pieces: &[(&str, u64)], cut: bool) -> DoneShard {
        let slice = |key: &str| Slice {
            key: key.to_owned(),
            etag: String::new(),
            start: 0,
            end: 1,
            first_line: 0,
        };
        DoneShard {
            ordinal,
            slices: pieces.iter().map(|(key, _)| slice(key)).collect(),
            part: Part {
                key: format!("p{ordinal}"),
                digest: format!("d{ordinal}"),
                size: pieces.iter().map(|(_, length)| length).sum(),
                lengths: pieces.iter().map(|&(_, length)| length).collect(),
                documents: 0,
                documents_failed: 0,
                input_bytes: 0,
                cut,
                files: PartFiles::default(),
            },
        }
    }

    fn runs(mut grouping: Grouping, shards: Vec<DoneShard>) -> Vec<Run> {
        let mut runs = Vec::new();
        for shard in shards {
            grouping.add(shard, &mut runs).unwrap();
        }
        grouping.end(&mut runs);
        runs
    }

    /// `part:start-end,… => key=size,…` for each run.
    fn shapes(runs: &[Run]) -> Vec<String> {
        runs.iter()
            .map(|run| {
                let ranges: Vec<_> = run
                    .pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Part(r) => format!("{}:{}-{}", r.part, r.range.start, r.range.end),
                        Piece::Bytes(bytes) => panic!("{} bytes from nowhere", bytes.len()),
                    })
                    .collect();
                let outputs: Vec<_> = run
                    .outputs
                    .iter()
                    .map(|o| format!("{}={}", o.location.key, o.size))
                    .collect();
                format!("{} => {}", ranges.join(","), outputs.join(","))
            })
            .collect()
    }

    #[test]
    fn packed_outputs_share_a_range_and_split_ones_join_their_parts() {
        let runs = runs(
            grouping("in/"),
            vec![
                shard(0, &[("in/prea", 3), ("in/preb", 0), ("in/prec", 4)], false),
                shard(1, &[("in/prex/big", 7)], false),
                shard(2, &[("in/prex/big", 8)], false),
                shard(3, &[("in/prey", 1), ("in/prez", 2)], false),
            ],
        );
        assert_eq!(
            shapes(&runs),
            [
                "p0:0-7 => o/prea.out=3,o/preb.out=0,o/prec.out=4",
                "p1:0-7,p2:0-8 => o/prex/big.out=15",
                "p3:0-3 => o/prey.out=1,o/prez.out=2",
            ]
        );
    }

    #[test]
    fn an_object_that_goes_on_in_a_packed_part_is_copied_from_both() {
        let runs = runs(
            grouping(""),
            vec![
                shard(0, &[("a", 3), ("b", 4)], false),
                shard(1, &[("b", 5), ("c", 6)], false),
            ],
        );
        assert_eq!(
            shapes(&runs),
            [
                "p0:0-3 => o/a.out=3",
                "p0:3-7,p1:0-5 => o/b.out=9",
                "p1:5-11 => o/c.out=6"
            ]
        );
    }

    #[test]
    fn objects_that_a_stop_left_untouched_have_no_output() {
        let cut = shard(0, &[("a", 3), ("b", 0), ("c", 0)], true);
        assert_eq!(shapes(&runs(grouping(""), vec![cut])), ["p0:0-3 => o/a.out=3"]);
        let mut short = shard(0, &[("a", 3), ("b", 2), ("c", 0)], true);
        short.part.lengths.truncate(2);
        assert_eq!(
            shapes(&runs(grouping(""), vec![short])),
            ["p0:0-5 => o/a.out=3,o/b.out=2"]
        );
    }

    #[test]
    fn a_batch_has_no_outputs_without_results_and_keeps_the_folders_below_its_input() {
        let batch = Grouping::new(names("in/"), true);
        let shard = shard(0, &[("in/a", 3), ("in/b", 0), ("in/d/c", 4)], false);
        assert_eq!(shapes(&runs(batch, vec![shard])), ["p0:0-7 => o/a.out=3,o/d/c.out=4"]);
    }

    #[test]
    fn the_digest_tells_parts_and_places_apart() {
        let digest = |shards| runs(grouping(""), shards)[0].outputs[0].digest.clone();
        let one = digest(vec![shard(0, &[("a", 3)], false)]);
        assert_eq!(one, digest(vec![shard(0, &[("a", 3)], false)]));
        assert_ne!(one, digest(vec![shard(0, &[("a", 4)], false)]));
        assert_ne!(one, digest(vec![shard(1, &[("a", 3)], false)]));
        assert_ne!(
            one,
            digest(vec![shard(0, &[("a", 3)], false), shard(1, &[("a", 0)], false)])
        );
    }

    #[test]
    fn a_part_with_more_results_than_slices_is_refused() {
        let mut broken = shard(7, &[("a", 3)], false);
        broken.part.lengths.push(1);
        let refused = grouping("").add(broken, &mut Vec::new()).unwrap_err();
        assert_eq!(refused.code(), "INTERNAL_ERROR");
    }
}
