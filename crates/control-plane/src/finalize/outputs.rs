//! From the records of committed shards to what is to be copied where.

use std::ops::Range;
use std::sync::Arc;

use construe_jobs::{DoneShard, JobSpec, Location};
use sha2::{Digest, Sha256};

use crate::broken::Failure;

/// A range of a part, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartRange {
    /// Key in the work bucket.
    pub(super) part: Arc<str>,
    pub(super) range: Range<u64>,
}

/// One output object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) location: Location,
    /// Bytes.
    pub(super) size: u64,
    /// Of what it is composed of: the same parts give the same digest.
    pub(super) digest: String,
}

/// Outputs whose bytes lie one after the other in `ranges`: either many within one range of one part,
/// or one from many parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) ranges: Vec<PartRange>,
    pub(super) outputs: Vec<Output>,
}

/// Groups the slices of consecutive shards by their object. Holds one run and the object that the next
/// shard may go on with.
pub(super) struct Grouping {
    output: Location,
    /// Bytes of an input key before the path that its output keeps.
    cut_off: usize,
    open: Option<OpenOutput>,
    run: Option<Run>,
}

struct OpenOutput {
    key: String,
    ranges: Vec<PartRange>,
    size: u64,
    hasher: Sha256,
}

impl Grouping {
    pub(super) fn new(spec: &JobSpec) -> Self {
        Self {
            output: spec.output.clone(),
            cut_off: spec.input.key.rfind('/').map_or(0, |slash| slash + 1),
            open: None,
            run: None,
        }
    }

    /// Takes the next shard; runs that are complete are added to `runs`.
    pub(super) fn add(&mut self, shard: DoneShard, runs: &mut Vec<Run>) -> Result<(), Failure> {
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
            let is_untouched = part.cut && length == 0;
            if is_untouched {
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
    pub(super) fn end(&mut self, runs: &mut Vec<Run>) {
        self.close(runs);
        runs.extend(self.run.take());
    }

    fn close(&mut self, runs: &mut Vec<Run>) {
        let Some(open) = self.open.take() else {
            return;
        };
        let output = Output {
            location: self.location(&open.key),
            size: open.size,
            digest: hex::encode(open.hasher.finalize()),
        };
        match (&mut self.run, open.ranges.as_slice()) {
            (Some(run), [only]) if run.ends_before(only) => {
                run.ranges[0].range.end = only.range.end;
                run.outputs.push(output);
            }
            (run, _) => {
                let next = Run {
                    ranges: open.ranges,
                    outputs: vec![output],
                };
                runs.extend(run.replace(next));
            }
        }
    }

    /// `<output folder><path of the object below the last slash of the input location>.out`
    fn location(&self, key: &str) -> Location {
        // Listed keys begin with the input's key, so the cut is within the key and between characters.
        let path = key.get(self.cut_off..).unwrap_or(key);
        Location::new(&self.output.bucket, format!("{}{path}.out", self.output.key))
    }
}

impl Run {
    /// Whether `piece` goes on where this run's only range ends.
    fn ends_before(&self, piece: &PartRange) -> bool {
        match self.ranges.as_slice() {
            [only] => only.part == piece.part && only.range.end == piece.range.start,
            _ => false,
        }
    }
}

impl OpenOutput {
    fn new(key: String) -> Self {
        Self {
            key,
            ranges: Vec::new(),
            size: 0,
            hasher: Sha256::new(),
        }
    }

    fn add(&mut self, piece: PartRange, part_digest: &str) {
        let length = piece.range.end - piece.range.start;
        // Lengths first: no two sequences of pieces are the same bytes to the hasher.
        self.hasher.update((part_digest.len() as u64).to_le_bytes());
        self.hasher.update(part_digest);
        self.hasher.update(piece.range.start.to_le_bytes());
        self.hasher.update(length.to_le_bytes());
        self.size += length;
        self.ranges.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use construe_jobs::{InputFormat, Part, Slice};

    use super::*;

    fn spec(input_key: &str) -> JobSpec {
        JobSpec {
            input: Location::new("in", input_key),
            format: InputFormat::OneDocPerLine,
            output: Location::new("out", "o/"),
            role_arn: String::new(),
            document_limit: 1,
            kms_key_id: None,
            analysis: serde_json::Value::Null,
        }
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
                lengths: pieces.iter().map(|&(_, length)| length).collect(),
                documents: 0,
                documents_failed: 0,
                input_bytes: 0,
                cut,
            },
        }
    }

    fn runs(spec: &JobSpec, shards: Vec<DoneShard>) -> Vec<Run> {
        let mut grouping = Grouping::new(spec);
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
                    .ranges
                    .iter()
                    .map(|r| format!("{}:{}-{}", r.part, r.range.start, r.range.end))
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
            &spec("in/pre"),
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
            &spec(""),
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
        assert_eq!(shapes(&runs(&spec(""), vec![cut])), ["p0:0-3 => o/a.out=3"]);
        let mut short = shard(0, &[("a", 3), ("b", 2), ("c", 0)], true);
        short.part.lengths.truncate(2);
        assert_eq!(shapes(&runs(&spec(""), vec![short])), ["p0:0-5 => o/a.out=3,o/b.out=2"]);
    }

    #[test]
    fn the_digest_tells_parts_and_places_apart() {
        let digest = |shards| runs(&spec(""), shards)[0].outputs[0].digest.clone();
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
        let refused = Grouping::new(&spec("")).add(broken, &mut Vec::new()).unwrap_err();
        assert_eq!(refused.code(), "INTERNAL_ERROR");
    }
}
