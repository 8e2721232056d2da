//! Files made from the samples by damage.

use std::io::{Cursor, Write};

use fastrand::Rng;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::samples::{SAMPLES, Sample};

/// The longest file, about: damage may make files grow.
const LONGEST: usize = 64 * 1024;

/// Words that parsers act upon.
const WORDS: &[&[u8]] = &[
    b" obj ",
    b" endobj ",
    b" stream\n",
    b"\nendstream ",
    b" 1 0 R ",
    b" 4 0 R ",
    b"<< ",
    b" >>",
    b"[",
    b"]",
    b"(",
    b")",
    b"/Length ",
    b"/Filter ",
    b"/FlateDecode ",
    b"/LZWDecode ",
    b"/ASCII85Decode ",
    b"/DCTDecode ",
    b"/DecodeParms << /Predictor 15 /Columns 9999 >> ",
    b"/Kids [2 0 R] ",
    b"/Parent 3 0 R ",
    b"/Contents 4 0 R ",
    b"/Encrypt ",
    b"/Root 1 0 R ",
    b"trailer ",
    b"startxref 0 ",
    b" /X Do ",
    b" BT ",
    b" ET ",
    b" Tj ",
    b" q ",
    b" Q ",
    b" cm ",
    b" W n ",
    b" re f ",
    b"1e38 ",
    b"<w:p>",
    b"</w:p>",
    b"<w:r><w:t>",
    b"</w:t></w:r>",
    b"<w:tbl><w:tr><w:tc>",
    b"</w:tc></w:tr></w:tbl>",
    b"<w:br w:type=\"page\"/>",
    b"<w:del>",
    b"<!--",
    b"<![CDATA[",
    b"&#x10ffff;",
    b"&lt;",
    b"\xff\xd8\xff",
    b"\xff\xc0",
    b"\xff\xda",
    b"\xff\xe1",
    b"IDAT",
    b"PLTE",
];

/// Numbers in digits at which arithmetic overflows or loops become long.
const NUMBERS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"1",
    b"7",
    b"255",
    b"65535",
    b"65536",
    b"99999",
    b"2147483647",
    b"-2147483648",
    b"4294967295",
    b"18446744073709551615",
    b"0.0000001",
    b"-1e30",
    b"1000000",
];

/// The same in bytes.
const BYTES: &[&[u8]] = &[
    b"\0\0",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\x01",
    b"\x01\0\0\0",
    b"\0\x01\0\0",
    b"\xff\xff\xff\x7f",
];

/// The file of a case.
pub(super) fn file(seed: u64, number: u64) -> Vec<u8> {
    // Neighbouring seeds and numbers must not give related cases: an odd factor spreads them over all bits.
    let mut random = Rng::with_seed(seed.rotate_left(32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    match SAMPLES[random.usize(..SAMPLES.len())] {
        Sample::Bytes(bytes) => damaged(bytes, &mut random),
        Sample::Png(bytes) => {
            let mut file = damaged(bytes, &mut random);
            if random.u8(..4) > 0 {
                mend_checksums(&mut file);
            }
            file
        }
        Sample::Docx(parts) => {
            // Nearly always a part, sometimes the archive.
            let part = random.usize(..parts.len());
            let changed = random.u8(..8) > 0;
            let contents = parts.iter().enumerate().map(|(index, (name, content))| {
                let content = content.as_bytes();
                let content = match changed && (index == part || index == 2) {
                    true => damaged(content, &mut random),
                    false => content.to_vec(),
                };
                (*name, content)
            });
            let archive = archive(contents.collect());
            if changed {
                archive
            } else {
                damaged(&archive, &mut random)
            }
        }
    }
}

/// A copy with some damage, now and then none.
fn damaged(bytes: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut file = bytes.to_vec();
    for _ in 0..random.u32(..12) {
        damage(&mut file, random);
        if file.is_empty() || file.len() > LONGEST {
            break;
        }
    }
    file
}

fn damage(file: &mut Vec<u8>, random: &mut Rng) {
    let at = random.usize(..file.len());
    let piece = |random: &mut Rng| {
        let longest = 1 << random.u32(..10);
        let length = 1 + random.usize(..longest);
        at..(at + length).min(file.len())
    };
    match random.u32(..12) {
        0 => file[at] ^= 1 << random.u32(..8),
        1 => file[at] = random.u8(..),
        2 => {
            let piece = piece(random);
            file.drain(piece);
        }
        3 => {
            let copy = file[piece(random)].to_vec();
            let to = random.usize(..=file.len());
            file.splice(to..to, copy);
        }
        4 => {
            let copy = file[piece(random)].repeat(random.usize(1..40));
            file.splice(at..at, copy);
        }
        5 | 6 => {
            let word = WORDS[random.usize(..WORDS.len())];
            file.splice(at..at, word.iter().copied());
        }
        7 => {
            let word = WORDS[random.usize(..WORDS.len())].repeat(random.usize(1..2000));
            file.splice(at..at, word);
        }
        8 | 9 => {
            // The next number in digits.
            let digits = |byte: &u8| byte.is_ascii_digit();
            if let Some(start) = file[at..].iter().position(digits) {
                let start = at + start;
                let length = file[start..].iter().take_while(|byte| digits(byte)).count();
                let number = NUMBERS[random.usize(..NUMBERS.len())];
                file.splice(start..start + length, number.iter().copied());
            }
        }
        10 => {
            let number = BYTES[random.usize(..BYTES.len())];
            let end = (at + number.len()).min(file.len());
            file[at..end].copy_from_slice(&number[..end - at]);
        }
        _ => file.truncate(at.max(file.len() / 2)),
    }
}

/// Gives each chunk of a PNG the checksum that its reader expects.
fn mend_checksums(file: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = file.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let start = at + 4;
        let end = start
            .saturating_add(4)
            .saturating_add(u32::from_be_bytes(*head) as usize);
        let Some(chunk) = file.get(start..end) else {
            return;
        };
        let checksum = !chunk.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
            })
        });
        if let Some(place) = file.get_mut(end..end + 4) {
            place.copy_from_slice(&checksum.to_be_bytes());
        }
        at = end + 4;
    }
}

/// A ZIP archive of these parts.
fn archive(parts: Vec<(&str, Vec<u8>)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        // Writing to memory fails at no more than four gigabytes.
        let written = writer
            .start_file(name, SimpleFileOptions::default())
            .is_ok_and(|()| writer.write_all(&content).is_ok());
        debug_assert!(written, "the part {name}");
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}
