//! The form in which a part is stored.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Measured on records of entities: the fastest level takes a tenth of the time of the usual one, and what
/// it makes is a third larger.
const LEVEL: Compression = Compression::fast();
/// What the encoder makes of some bytes depends on how many it is given at a time: so many, always.
const BLOCK: usize = 64 << 10;

/// What results pass through on their way into a part.
pub(crate) enum Encoding {
    Plain,
    /// One gzip file for the whole part. Its header has no time in it: the same results are the same bytes.
    Gzip {
        encoder: Box<GzEncoder<Vec<u8>>>,
        /// Results that do not fill a block yet.
        rest: Vec<u8>,
    },
}

impl Encoding {
    pub(crate) fn new(compressed: bool) -> Self {
        if compressed {
            Self::Gzip {
                encoder: Box::new(GzEncoder::new(Vec::new(), LEVEL)),
                rest: Vec::new(),
            }
        } else {
            Self::Plain
        }
    }

    /// Takes results, and gives what is ready to be stored: possibly nothing yet.
    pub(crate) fn encode(&mut self, results: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Plain => results,
            Self::Gzip { encoder, rest } => {
                let mut results = &results[..];
                if !rest.is_empty() {
                    let fitting = results.len().min(BLOCK - rest.len());
                    rest.extend_from_slice(&results[..fitting]);
                    results = &results[fitting..];
                    if rest.len() == BLOCK {
                        write(encoder, rest);
                        rest.clear();
                    }
                }
                let mut blocks = results.chunks_exact(BLOCK);
                for block in &mut blocks {
                    write(encoder, block);
                }
                rest.extend_from_slice(blocks.remainder());
                std::mem::take(encoder.get_mut())
            }
        }
    }

    /// The end of the part.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Plain => Vec::new(),
            Self::Gzip { mut encoder, rest } => {
                write(&mut encoder, &rest);
                encoder.finish().expect(VEC)
            }
        }
    }
}

const VEC: &str = "writing to a Vec cannot fail";

fn write(encoder: &mut GzEncoder<Vec<u8>>, results: &[u8]) {
    encoder.write_all(results).expect(VEC);
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_compressed_part_depends_on_its_results_alone_and_not_on_their_pieces() {
        let results: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| format!("{{\"Line\":{n}}}\n").into_bytes())
            .collect();
        let encoded = |piece: usize| {
            let mut encoding = Encoding::new(true);
            let mut part: Vec<u8> = results
                .chunks(piece)
                .flat_map(|piece| encoding.encode(piece.to_vec()))
                .collect();
            part.extend(encoding.finish());
            part
        };
        let whole = encoded(usize::MAX);
        for piece in [1000, BLOCK - 1, BLOCK, BLOCK + 1, 1 << 20] {
            assert!(whole == encoded(piece), "in pieces of {piece}");
        }
        assert!(whole.len() * 2 < results.len());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&whole[..]).read_to_end(&mut back).unwrap();
        assert!(back == results);
        assert_eq!(Encoding::new(false).encode(results.clone()), results);
        assert!(Encoding::new(false).finish().is_empty());
    }
}
