//! Gzip-compressed tar archives, whole or in pieces, and always the same bytes for the same content.
//!
//! A gzip file may be several gzip files in a row; what they decompress to is joined. So an archive of one large
//! member can be made of parts that were compressed elsewhere: [`header`] and [`trailer`] are compressed by
//! themselves and the parts are copied between them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Tar files consist of blocks of this size, and end with two blocks of zeros.
pub const BLOCK: usize = 512;
/// Longest name in a tar header without extensions.
const NAME_BYTES: usize = 100;

/// A gzip file of its own.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to a Vec cannot fail");
    encoder.finish().expect("writing to a Vec cannot fail")
}

/// A whole archive of small files, given as names and contents; `None` if a name is longer than 100 bytes.
/// `modified`: seconds since 1970.
pub fn tar_gz(members: &[(&str, &[u8])], modified: u64) -> Option<Vec<u8>> {
    let mut tar = Vec::new();
    for (name, content) in members {
        tar.extend_from_slice(&header(name, content.len() as u64, modified)?);
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    Some(compress(&tar))
}

/// The zeros between the end of the last member, which has `content` bytes, and that of the tar file.
pub fn trailer(content: u64) -> Vec<u8> {
    let into_block = (content % BLOCK as u64) as usize;
    vec![0; (BLOCK - into_block) % BLOCK + 2 * BLOCK]
}

/// The header of a plain file, as POSIX.1-1988 has it ("ustar"); `None` if the name is longer than 100 bytes.
/// `modified`: seconds since 1970.
pub fn header(name: &str, size: u64, modified: u64) -> Option<[u8; BLOCK]> {
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

    #[test]
    fn small_files_lie_one_after_the_other_on_blocks() {
        let archive = tar_gz(&[("a", b"one"), ("b/c", &[7; 512])], 9).unwrap();
        assert_eq!(archive, tar_gz(&[("a", b"one"), ("b/c", &[7; 512])], 9).unwrap());
        let mut tar = Vec::new();
        MultiGzDecoder::new(&archive[..]).read_to_end(&mut tar).unwrap();
        assert_eq!(tar.len(), 6 * BLOCK);
        assert_eq!(tar[..BLOCK], header("a", 3, 9).unwrap());
        assert_eq!(tar[BLOCK..BLOCK + 4], *b"one\0");
        assert_eq!(tar[2 * BLOCK..3 * BLOCK], header("b/c", 512, 9).unwrap());
        assert_eq!(tar[3 * BLOCK..4 * BLOCK], [7; BLOCK]);
        assert!(tar[4 * BLOCK..].iter().all(|&byte| byte == 0));
        assert!(tar_gz(&[(&"n".repeat(101), b"")], 0).is_none());
    }
}
