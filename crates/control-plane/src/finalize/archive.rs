//! Archives: a tar file of one member, compressed, made of parts that are compressed already.
//!
//! A gzip file may be several gzip files in a row; what they decompress to is joined. So the archive is
//! the tar header compressed by itself, the parts byte for byte, and the end of the tar file compressed
//! by itself. The header comes first and names the member's size, which is why parts are recorded with
//! the size of their results.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use construe_jobs::{DoneShard, Location};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::outputs::{Output, PartDigest, PartRange, Piece, Run};
use crate::broken::Failure;

/// What browsers and clients of S3 are told that the archive is.
const CONTENT_TYPE: &str = "application/gzip";
/// Tar files consist of blocks of this size, and end with two blocks of zeros.
const BLOCK: usize = 512;
/// Longest name in a tar header without extensions.
const NAME_BYTES: usize = 100;

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
            pieces: [Piece::Bytes(header)]
                .into_iter()
                .chain(parts)
                .chain([Piece::Bytes(trailer)])
                .collect(),
            outputs: vec![output],
        }))
    }
}

fn compress(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to a Vec cannot fail");
    encoder.finish().expect("writing to a Vec cannot fail").into()
}

/// The zeros between the member's end and that of the tar file.
fn trailer(content: u64) -> Vec<u8> {
    let into_block = (content % BLOCK as u64) as usize;
    vec![0; (BLOCK - into_block) % BLOCK + 2 * BLOCK]
}

/// The header of a plain file, as POSIX.1-1988 has it ("ustar"); `None` if the name does not fit.
fn header(name: &str, size: u64, modified: u64) -> Option<[u8; BLOCK]> {
    let mut header = [0; BLOCK];
    header[..NAME_BYTES]
        .get_mut(..name.len())?
        .copy_from_slice(name.as_bytes());
    number(&mut header[100..108], 0o644);
    number(&mut header[108..116], 0);
    number(&mut header[116..124], 0);
    number(&mut header[124..136], size);
    number(&mut header[136..148], modified);
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    // The checksum counts its own field as blanks.
    header[148..156].fill(b' ');
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    number(&mut header[148..155], sum);
    Some(header)
}

/// Octal digits and a zero byte; what they cannot hold (from 8 GiB on for a size) as GNU tar began to write
/// it and all others came to read it: a set first bit, then the number with its highest byte first.
fn number(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    if value >> (3 * digits) == 0 {
        for (place, byte) in field[..digits].iter_mut().rev().enumerate() {
            *byte = b'0' + ((value >> (3 * place)) & 7) as u8;
        }
        field[digits] = 0;
    } else {
        field.fill(0);
        let low = field.len() - 8;
        field[low..].copy_from_slice(&value.to_be_bytes());
        field[0] |= 0x80;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use construe_jobs::{Part, PartFiles};
    use flate2::read::MultiGzDecoder;

    use super::*;

    fn field(header: &[u8; BLOCK], range: std::ops::Range<usize>) -> &str {
        let text = std::str::from_utf8(&header[range]).unwrap();
        text.trim_end_matches('\0')
    }

    #[test]
    fn headers_are_those_of_tar() {
        let plain = header("output", 1234, 1_700_000_000).unwrap();
        assert_eq!(field(&plain, 0..100), "output");
        assert_eq!(field(&plain, 100..108), "0000644");
        assert_eq!(field(&plain, 124..136), "00000002322");
        assert_eq!(field(&plain, 136..148), "14524770400");
        // What Python's tarfile writes for the same member.
        assert_eq!(field(&plain, 148..155), "007271");
        assert_eq!(&plain[257..265], b"ustar\x0000");

        let most = header("m", (8 << 30) - 1, 0).unwrap();
        assert_eq!(field(&most, 124..136), "77777777777");
        let huge = header("m", 8 << 30, 0).unwrap();
        assert_eq!(huge[124..136], [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);

        assert!(header(&"n".repeat(100), 0, 0).is_some());
        assert!(header(&"n".repeat(101), 0, 0).is_none());
    }

    #[test]
    fn the_end_fills_the_last_block_and_adds_two() {
        for (content, zeros) in [(0, 1024), (1, 511 + 1024), (512, 1024), (1000, 24 + 1024)] {
            assert_eq!(trailer(content), vec![0; zeros], "{content}");
        }
    }

    fn shard(ordinal: u64, content: &str) -> (DoneShard, Bytes) {
        let stored = compress(content.as_bytes());
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
