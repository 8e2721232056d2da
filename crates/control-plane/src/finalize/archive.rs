//! Archives: a tar file of one member, compressed, made of parts that are compressed already.
//!
//! The archive is the tar header compressed by itself, the parts byte for byte, and the end of the tar
//! file compressed by itself (see `construe-archive`). The header comes first and names the member's size, which is why parts are recorded with
//! the size of their results.

use std::sync::Arc;

use construe_archive::{compress, header, trailer};
use construe_jobs::{DoneShard, Location};

use super::outputs::{Output, PartDigest, PartRange, Piece, Run};
use crate::broken::Failure;

/// What browsers and clients of S3 are told that the archive is.
const CONTENT_TYPE: &str = "application/gzip";

/// Gathers the parts of a job. It keeps a name and a size for each.
pub(super) struct Archive {
    location: Location,
    member: String,
    /// Seconds since 1970.
    modified: u64,
    parts: Vec<PartRange>,
    /// Bytes of the parts, and of the results in them.
    stored: u64,
    content: u64,
    digest: PartDigest,
    has_shards: bool,
}

impl Archive {
    /// `modified` is the member's time, and has to be the job's own: an archive composed again, by whatever
    /// finaliser and whenever, is the same bytes.
    pub(super) fn new(location: Location, member: &str, modified: u64) -> Self {
        Self {
            location,
            member: member.to_owned(),
            modified,
            parts: Vec::new(),
            stored: 0,
            content: 0,
            digest: PartDigest::default(),
            has_shards: false,
        }
    }

    pub(super) fn add(&mut self, shard: DoneShard) {
        let part = shard.part;
        self.has_shards = true;
        let content = part.content_bytes();
        if content == 0 {
            return;
        }
        self.digest.add(&part.digest, 0, part.size);
        self.stored += part.size;
        self.content += content;
        self.parts.push(PartRange {
            part: Arc::from(part.key),
            range: 0..part.size,
        });
    }

    /// No shard follows. A job that a stop kept from committing any shard leaves no archive.
    pub(super) fn end(&mut self) -> Result<Option<Run>, Failure> {
        if !self.has_shards {
            return Ok(None);
        }
        let Some(header) = header(&self.member, self.content, self.modified) else {
            return Err(Failure::internal("The name of the archive's member is too long."));
        };
        let (header, trailer) = (compress(&header), compress(&trailer(self.content)));
        let output = Output {
            location: self.location.clone(),
            content_type: CONTENT_TYPE,
            size: header.len() as u64 + self.stored + trailer.len() as u64,
            digest: std::mem::take(&mut self.digest).finish(),
        };
        let parts = std::mem::take(&mut self.parts).into_iter().map(Piece::Part);
        Ok(Some(Run {
            pieces: [Piece::Bytes(header.into())]
                .into_iter()
                .chain(parts)
                .chain([Piece::Bytes(trailer.into())])
                .collect(),
            outputs: vec![output],
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use bytes::Bytes;
    use construe_archive::BLOCK;
    use construe_jobs::{Part, PartFiles};
    use flate2::read::MultiGzDecoder;

    use super::*;

    fn shard(ordinal: u64, content: &str) -> (DoneShard, Bytes) {
        let stored = Bytes::from(compress(content.as_bytes()));
        let part = Part {
            key: format!("p{ordinal}"),
            digest: format!("d{content}"),
            size: stored.len() as u64,
            lengths: vec![0, content.len() as u64],
            documents: 0,
            documents_failed: 0,
            input_bytes: 0,
            cut: false,
            files: PartFiles::default(),
        };
        let slices = Vec::new();
        (DoneShard { ordinal, slices, part }, stored)
    }

    fn archive() -> Archive {
        Archive::new(Location::new("b", "k"), "output", 7)
    }

    #[test]
    fn the_pieces_decompress_to_a_tar_file_with_the_results_in_order() {
        let contents = ["first\n", "", "second\nthird\n"];
        let mut archive = archive();
        let mut parts = std::collections::HashMap::new();
        for (ordinal, content) in contents.iter().enumerate() {
            let (shard, stored) = shard(ordinal as u64, content);
            parts.insert(shard.part.key.clone(), stored);
            archive.add(shard);
        }
        let run = archive.end().unwrap().unwrap();
        let bytes: Vec<u8> = run
            .pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.clone(),
                Piece::Part(range) => parts[&*range.part].clone(),
            })
            .collect();
        let [output] = &run.outputs[..] else {
            panic!("{:?}", run.outputs)
        };
        assert_eq!(output.size, bytes.len() as u64);
        assert_eq!(run.pieces.len(), 2 + 2, "an empty part is not worth a request");
        let mut tar = Vec::new();
        MultiGzDecoder::new(&bytes[..]).read_to_end(&mut tar).unwrap();
        let content = contents.concat();
        assert_eq!(tar[..BLOCK], header("output", content.len() as u64, 7).unwrap());
        assert_eq!(tar[BLOCK..BLOCK + content.len()], *content.as_bytes());
        assert_eq!(tar.len(), 4 * BLOCK);
    }

    #[test]
    fn the_digest_tells_what_is_in_it_and_nothing_committed_leaves_nothing() {
        let digest = |contents: &[&str]| {
            let mut archive = archive();
            for (ordinal, content) in contents.iter().enumerate() {
                archive.add(shard(ordinal as u64, content).0);
            }
            archive.end().unwrap().unwrap().outputs[0].digest.clone()
        };
        assert_eq!(digest(&["a", "b"]), digest(&["a", "b"]));
        assert_ne!(digest(&["a", "b"]), digest(&["b", "a"]));
        assert_ne!(digest(&["a"]), digest(&["a", "b"]));
        assert_eq!(digest(&[""]).len(), 64);
        assert!(archive().end().unwrap().is_none());
    }
}
