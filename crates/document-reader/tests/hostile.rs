//! What strangers may send: each of these has its answer, and none takes long.

mod support;

use construe_document_reader::{Kind, Limits, OcrConfig, Options, PageErrorCode, ReadError, Reader};
use proptest::prelude::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Pdf, archive, deflated, deflated_zeros, docx, pages, read};

/// Longer than any of these should take, on a busy machine as well.
const PATIENCE: Duration = Duration::from_secs(60);

fn corrupt(result: &Result<construe_document_reader::Document, ReadError>) -> bool {
    matches!(result, Err(ReadError::Corrupt { .. }))
}

#[test]
fn neither_text_nor_a_known_format_is_unsupported() {
    for bytes in [
        &b"\x00\x01\x02\x03"[..],
        b"\xff\xfe\x41\x00",
        b"GIF89a\x01\x00\x01\x00\x80\xff",
        b"\x7fELF\x02\x01\xff",
    ] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error, ReadError::Unsupported);
        assert_eq!(error.invalid_reason(), Some("UNSUPPORTED_DOC_TYPE"));
    }
    assert!(read(b"").unwrap().pages[0].content.as_ref().unwrap().text.is_empty());
    // A text that mentions PDF is a text.
    assert_eq!(read(b"see %PDF-1.7\n").unwrap().kind, Kind::PlainText);
    // Another Office file.
    let sheet = archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<workbook/>"),
    ]);
    assert_eq!(read(&sheet).unwrap_err(), ReadError::Unsupported);
}

#[test]
fn a_head_of_pdf_before_random_bytes_is_damaged() {
    let mut random = fastrand_bytes(200_000);
    random.splice(0..0, b"%PDF-1.7\n".iter().copied());
    assert!(corrupt(&read(&random)));
    assert!(corrupt(&read(b"%PDF-1.4\n%%EOF")));
}

#[test]
fn a_broken_cross_reference_is_mended() {
    let file = pages(&[b"BT /F1 12 Tf 50 700 Td (still here) Tj ET"], "").finish("");
    let text = String::from_utf8_lossy(&file).into_owned();
    let position = text.rfind("startxref").unwrap();
    let mut broken = file.clone();
    broken.truncate(position.saturating_sub(60));
    assert_eq!(read(&broken).unwrap().text(), "still here");
    let mut wrong = file;
    let table = wrong.windows(5).position(|window| window == b"xref\n").unwrap();
    wrong[table + 30..table + 60].fill(b'7');
    assert_eq!(read(&wrong).unwrap().text(), "still here");
}

#[test]
fn encrypted_documents_are_named_so() {
    let mut pdf = pages(&[b""], "");
    let key = "00".repeat(32);
    let encryption = pdf.add(format!(
        "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{key}> /U <{key}> >>"
    ));
    let id = "<00112233445566778899aabbccddeeff>";
    let file = pdf.finish(&format!("/Encrypt {encryption} 0 R /ID [{id} {id}]"));
    assert_eq!(read(&file).unwrap_err(), ReadError::Encrypted { kind: Kind::NativePdf });

    let mut office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    office.resize(1024, 0);
    assert_eq!(read(&office).unwrap_err(), ReadError::Unsupported);
    office.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&office).unwrap_err(), ReadError::Encrypted { kind: Kind::MsWord });
}

/// Reads with a limit of 8 MiB for what is unpacked.
fn read_narrowly(bytes: &[u8]) -> Result<construe_document_reader::Document, ReadError> {
    let mut options = Options::new(Limits::asynchronous());
    options.limits.expanded_bytes = 8 << 20;
    support::READER.read(bytes, &options, &|| false)
}

#[test]
fn streams_that_explode_are_refused_before_they_are_unpacked() {
    let started = Instant::now();
    let bomb = deflated_zeros(64 << 20);
    let mut pdf = Pdf::default();
    pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
    pdf.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>");
    pdf.stream("/Filter /FlateDecode", &bomb);
    // The usual limits refuse it, too: it is too much for one stream.
    assert!(matches!(read(&pdf.finish("")), Err(ReadError::Expansion { .. })));
    let error = read_narrowly(&pdf.finish("")).unwrap_err();
    assert_eq!(
        error,
        ReadError::Expansion {
            kind: Kind::NativePdf,
            limit: 8 << 20
        }
    );
    assert_eq!(error.invalid_reason(), Some("DOCUMENT_SIZE_EXCEEDED"));

    // The same in a stream of objects, which is unpacked when the file is opened, and in one that
    // says it is an image.
    for entries in ["/Type /ObjStm /N 1 /First 4", "/Subtype /Image /Width 9 /Height 9"] {
        let mut pdf = pages(&[b""], "");
        pdf.stream(&format!("{entries} /Filter /FlateDecode"), &bomb);
        assert!(
            matches!(read_narrowly(&pdf.finish("")), Err(ReadError::Expansion { .. })),
            "{entries}"
        );
    }

    // Packed twice, by names in disguise, or as the dictionary says somewhere else.
    let twice = deflated(&bomb);
    for filters in ["[/FlateDecode /FlateDecode]", "[/Fl#61teDecode /Fl]", "5 0 R"] {
        let mut pdf = pages(&[b""], "");
        pdf.stream(&format!("/Filter {filters}"), &twice);
        assert!(corrupt(&read(&pdf.finish(""))), "{filters}");
    }

    // The other two that make much out of little: the longest strings of LZW, and runs.
    for (filter, data) in [
        ("LZWDecode", lzw_of_one_letter(3 << 10)),
        ("RunLengthDecode", b"\x81a".repeat(100_000)),
    ] {
        let mut pdf = pages(&[b""], "");
        pdf.stream(&format!("/Filter /{filter}"), &data);
        assert!(
            matches!(read_narrowly(&pdf.finish("")), Err(ReadError::Expansion { .. })),
            "{filter}"
        );
        assert!(read(&pdf.finish("")).is_ok(), "{filter}");
    }

    // The filter out of sight, letters that stand for packed data, and data in which one library gives up and another
    // goes on: an empty block whose two lengths do not agree, and then the rest.
    let mut broken = b"\x78\x9c\0\0\0\0\0".to_vec();
    broken.extend_from_slice(&bomb[2..]);
    let letters: String = bomb.iter().map(|byte| format!("{byte:02x}")).collect();
    let lzw = lzw_of_one_letter(3 << 10);
    for (entries, data) in [
        ("/Filter /LZWDecode /X (1 0 obj stream endobj)", lzw.as_slice()),
        ("/F /LZW /X [stream]", &lzw),
        ("/Filter [/ASCIIHexDecode /FlateDecode]", letters.as_bytes()),
        ("/Filter /FlateDecode", &broken),
    ] {
        let mut pdf = pages(&[b""], "");
        pdf.stream(entries, data);
        assert!(
            matches!(read_narrowly(&pdf.finish("")), Err(ReadError::Expansion { .. })),
            "{entries}"
        );
    }

    // Many harmless ones that are much together.
    let part = deflated_zeros(2 << 20);
    let mut pdf = pages(&[b""], "");
    for _ in 0..5 {
        pdf.stream("/Filter /FlateDecode", &part);
    }
    assert!(matches!(
        read_narrowly(&pdf.finish("")),
        Err(ReadError::Expansion { .. })
    ));
    assert!(started.elapsed() < PATIENCE);
}

/// LZW data in which each code of twelve bits stands for one letter more than the last, again and
/// again without a new start once the table is full.
fn lzw_of_one_letter(codes: u32) -> Vec<u8> {
    let (mut bits, mut have, mut data) = (0_u32, 0, Vec::new());
    let mut put = |code: u32, width: u32| {
        bits = bits << width | code;
        have += width;
        while have >= 8 {
            have -= 8;
            data.push((bits >> have) as u8);
        }
    };
    let mut next = 258;
    put(256, 9);
    put(u32::from(b'a'), 9);
    for _ in 0..codes + 3840 {
        let width = match next {
            0..=510 => 9,
            511..=1022 => 10,
            1023..=2046 => 11,
            _ => 12,
        };
        put(next.min(4095), width);
        next = (next + 1).min(4095);
    }
    put(0, 12);
    data
}

#[test]
fn one_stream_named_again_and_again_is_a_page_too_large() {
    let mut pdf = Pdf::default();
    pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
    pdf.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    let contents = "4 0 R ".repeat(20);
    pdf.add(format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents [{contents}] >>"
    ));
    pdf.stream("/Filter /FlateDecode", &deflated_zeros(1 << 20));
    let document = read_narrowly(&pdf.finish("")).unwrap();
    assert_eq!(
        document.pages[0].content.as_ref().unwrap_err().code,
        PageErrorCode::SizeExceeded
    );
}

#[test]
fn a_zip_bomb_in_a_docx_is_refused() {
    let bomb = docx(&"<w:p/>".repeat(2 << 20), &[]);
    let error = read_narrowly(&bomb).unwrap_err();
    assert_eq!(
        error,
        ReadError::Expansion {
            kind: Kind::MsWord,
            limit: 8 << 20
        }
    );
    assert!(corrupt(&read(b"PK\x03\x04 and no more")));
    let whole = docx("<w:p><w:r><w:t>fine</w:t></w:r></w:p>", &[]);
    assert_eq!(read(&whole).unwrap().text(), "fine");
    assert!(read(&whole[..whole.len() / 2]).is_err());
    assert!(corrupt(&read(&docx(&"<w:tbl><w:tr><w:tc>".repeat(50_000), &[]))));
}

#[test]
fn nesting_and_circles_end() {
    // Arrays in arrays, dictionaries in dictionaries.
    let mut pdf = pages(&[b"BT /F1 12 Tf 50 700 Td (seen) Tj ET"], "");
    pdf.add("[".repeat(200_000));
    pdf.add("<</A ".repeat(200_000));
    assert_eq!(read(&pdf.finish("")).unwrap().text(), "seen");

    // Pages that are their own parents, and a page that is listed twice.
    let mut pdf = Pdf::default();
    pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
    pdf.add("<< /Type /Pages /Count 9 /Kids [2 0 R 3 0 R 3 0 R] /Parent 2 0 R >>");
    pdf.add("<< /Type /Pages /Count 9 /Kids [2 0 R 3 0 R] /Parent 3 0 R >>");
    assert!(corrupt(&read(&pdf.finish(""))));

    // A length that is the stream itself, objects that refer to each other.
    let mut pdf = Pdf::default();
    pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
    pdf.add("3 0 R");
    pdf.add("2 0 R");
    pdf.add("<< /Length 4 0 R >>\nstream\nBT ET\nendstream");
    assert!(read(&pdf.finish("")).is_err());
}

#[test]
fn content_that_calls_itself_is_left_when_its_time_is_over() {
    // Each form draws the next one eight times, and the last the first.
    let mut pdf = pages(
        &[b"/X0 Do BT /F1 12 Tf 50 700 Td (after) Tj ET"],
        "/XObject << /X0 6 0 R >>",
    );
    for form in 0..10 {
        let next = 6 + (form + 1) % 10;
        let entries =
            format!("/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /X {next} 0 R >> >>");
        assert_eq!(pdf.stream(&entries, &b"/X Do ".repeat(8)), 6 + form);
    }
    let mut options = Options::new(Limits::asynchronous());
    options.limits.time = Duration::from_millis(500);
    let started = Instant::now();
    let error = support::READER.read(&pdf.finish(""), &options, &|| false).unwrap_err();
    assert_eq!(
        error,
        ReadError::Time {
            limit: options.limits.time
        }
    );
    assert!(started.elapsed() < PATIENCE);

    options.limits.time = PATIENCE;
    let error = support::READER.read(&pdf.finish(""), &options, &|| true).unwrap_err();
    assert_eq!(error, ReadError::Stopped);
}

#[test]
fn a_text_without_end_is_refused() {
    let mut content = b"BT /F1 12 Tf 50 700 Td (".to_vec();
    content.resize(3 << 20, b'a');
    content.extend_from_slice(b") Tj ET");
    let page = read(&pages(&[&content], "").finish("")).unwrap().pages.remove(0);
    assert_eq!(page.content.unwrap_err().code, PageErrorCode::SizeExceeded);
    // In pieces, and under the name of an image.
    let pieces = [
        b"BT /F1 12 Tf 50 700 Td [".as_slice(),
        &b"(ab) 1".repeat(400_000),
        b"] TJ ET",
    ]
    .concat();
    let mut pdf = Pdf::default();
    pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
    pdf.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>");
    pdf.stream("/Subtype /Image", &pieces);
    let page = read(&pdf.finish("")).unwrap().pages.remove(0);
    assert_eq!(page.content.unwrap_err().code, PageErrorCode::SizeExceeded);
}

#[test]
fn limits_on_size_pages_and_characters_hold() {
    let options = Options::new(Limits::synchronous());
    let read = |bytes: &[u8]| support::READER.read(bytes, &options, &|| false);
    let error = read(&vec![b'a'; 10 * 1024 + 1]).unwrap_err();
    assert_eq!(
        error,
        ReadError::Size {
            kind: Kind::PlainText,
            bytes: 10_241,
            limit: 10_240
        }
    );
    assert_eq!(error.invalid_reason(), Some("DOCUMENT_SIZE_EXCEEDED"));

    let content: &[u8] = b"BT /F1 12 Tf 50 700 Td (one) Tj ET";
    let error = read(&pages(&[content, content], "").finish("")).unwrap_err();
    assert_eq!(error, ReadError::Pages { pages: 2, limit: 1 });
    assert_eq!(error.invalid_reason(), Some("PAGE_LIMIT_EXCEEDED"));

    let fax = include_bytes!("fixtures/two-pages-fax.tiff");
    assert_eq!(read(fax).unwrap_err(), ReadError::Pages { pages: 2, limit: 1 });
    let five = blank_tiff(5);
    assert_eq!(read(&five).unwrap_err(), ReadError::Pages { pages: 5, limit: 1 });

    let two_pages = docx(
        "<w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:br w:type='page'/><w:t>b</w:t></w:r></w:p>",
        &[],
    );
    assert_eq!(read(&two_pages).unwrap_err(), ReadError::Pages { pages: 2, limit: 1 });

    let long = docx(&format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "é ".repeat(6000)), &[]);
    let error = read(&long).unwrap().pages.remove(0).content.unwrap_err();
    assert_eq!(error.code.as_str(), "PAGE_CHARACTERS_EXCEEDED");
}

/// A TIFF of pages of 8 by 4 pixels.
fn blank_tiff(pages: u32) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    for page in 1..=pages {
        tiff.extend_from_slice(&5_u16.to_le_bytes());
        for (tag, value) in [(256_u16, 8_u32), (257, 4), (262, 1), (273, 8), (279, 4)] {
            tiff.extend_from_slice(&tag.to_le_bytes());
            tiff.extend_from_slice(b"\x04\0\x01\0\0\0");
            tiff.extend_from_slice(&value.to_le_bytes());
        }
        let next = if page < pages { tiff.len() as u32 + 4 } else { 0 };
        tiff.extend_from_slice(&next.to_le_bytes());
    }
    tiff
}

/// Progressive and baseline, wherever the cut is: no page that seems to be empty.
#[test]
fn a_jpeg_that_was_cut_off_is_damaged() {
    let reader = Reader::new(OcrConfig {
        program: PathBuf::from("no-such-program-anywhere"),
        ..OcrConfig::default()
    });
    let read = |bytes: &[u8]| reader.read(bytes, &Options::new(Limits::asynchronous()), &|| false);
    for whole in [
        include_bytes!("fixtures/on-its-side.jpg").as_slice(),
        include_bytes!("fixtures/baseline.jpg"),
    ] {
        assert!(matches!(read(whole), Err(ReadError::OcrUnavailable(_))));
        for share in [5, 30, 50, 70, 90] {
            let cut = read(&whole[..whole.len() * share / 100]);
            assert!(corrupt(&cut), "{share} %: {cut:?}");
            assert_eq!(cut.unwrap_err().invalid_reason(), Some("UNSUPPORTED_DOC_TYPE"));
        }
    }
    // All is there but the mark of the end.
    let baseline = include_bytes!("fixtures/baseline.jpg");
    let unmarked = read(&baseline[..baseline.len() - 2]);
    assert!(matches!(unmarked, Err(ReadError::OcrUnavailable(_))), "{unmarked:?}");
}

#[test]
fn pictures_claim_sizes_that_are_not_believed() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\0\0\0\x01\0\0\x08\0\0\0\0".to_vec();
    png.extend_from_slice(&crc32(&png[12..]).to_be_bytes());
    png.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    let page = read(&png).unwrap().pages.remove(0);
    assert_eq!(page.content.unwrap_err().code.as_str(), "PAGE_SIZE_EXCEEDED");

    assert!(corrupt(&read(b"\x89PNG\r\n\x1a\nand nothing that follows")));
    assert!(corrupt(&read(b"\xff\xd8\xff\xe0 no picture")));
    assert!(corrupt(&read(b"II*\0\x08\0\0\0\0\0")));
    // A directory that follows itself.
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x10\0\0\0\x08\0\0\0".to_vec();
    tiff.resize(64, 0);
    assert!(read(&tiff).is_err());

    // Images in a PDF, by dictionary, and by what JPEG 2000 and JBIG2 say of themselves.
    let jpx = [
        b"\xff\x4f\xff\x51\0\x29\0\0".as_slice(),
        &[0x7f; 8],
        &[0; 24],
        b"\0\x03",
    ]
    .concat();
    let jbig2 = [
        b"\0\0\0\0\x30\0\x01\0\0\0\x13".as_slice(),
        &[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff],
        &[0; 11],
    ]
    .concat();
    for (entries, data) in [
        ("/Width 60000 /Height 60000 /BitsPerComponent 8", Vec::new()),
        ("/Width 10 /Height 10 /BitsPerComponent 8 /Filter /JPXDecode", jpx),
        ("/Width 10 /Height 10 /BitsPerComponent 1 /Filter /JBIG2Decode", jbig2),
        (
            "/Width 10 /Height 10 /BitsPerComponent 1 /Filter [/CCITTFaxDecode] /DecodeParms [<< /K -1 /Columns 4294967295 >>]",
            vec![0],
        ),
    ] {
        let mut pdf = pages(&[b"600 0 0 800 0 0 cm /I Do"], "/XObject << /I 6 0 R >>");
        pdf.stream(
            &format!("/Type /XObject /Subtype /Image /ColorSpace /DeviceGray {entries}"),
            &data,
        );
        let page = read(&pdf.finish("")).unwrap().pages.remove(0);
        assert_eq!(page.kind, Kind::ScannedPdf);
        assert_eq!(page.content.unwrap_err().code, PageErrorCode::SizeExceeded, "{entries}");
    }
}

#[test]
fn without_the_program_only_what_needs_it_fails() {
    let config = OcrConfig {
        program: PathBuf::from("no-such-program-anywhere"),
        ..OcrConfig::default()
    };
    let reader = Reader::new(config);
    let advice = reader.ocr().unwrap_err().to_string();
    assert!(
        advice.contains("no-such-program-anywhere") && advice.contains("tesseract-ocr"),
        "{advice}"
    );
    let options = Options::new(Limits::asynchronous());
    let text: &[u8] = b"BT /F1 12 Tf 50 700 Td (digital) Tj ET";
    let image: &[u8] = b"600 0 0 800 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \0\xff\xff\0 EI";
    let read = |contents: &[&[u8]]| reader.read(&pages(contents, "").finish(""), &options, &|| false);
    assert_eq!(read(&[text]).unwrap().text(), "digital");
    assert!(matches!(read(&[image]), Err(ReadError::OcrUnavailable(_))));
    let mixed = read(&[text, image]).unwrap();
    assert_eq!(mixed.kind, Kind::NativePdf);
    assert_eq!(mixed.pages[1].kind, Kind::ScannedPdf);
    assert_eq!(
        mixed.pages[1].content.as_ref().unwrap_err().code,
        PageErrorCode::Internal
    );
}

fn fastrand_bytes(count: usize) -> Vec<u8> {
    // A linear congruence will do.
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(count)
    .collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// A small file of each kind that is then damaged.
fn samples() -> Vec<Vec<u8>> {
    let content = b"q 1 0 0 1 50 700 cm BT /F1 12 Tf 14 TL [(Ke) -200 (rn)] TJ T* (two) ' ET Q";
    let mut tiff = b"II*\0\x08\0\0\0\x04\0".to_vec();
    for (tag, value) in [(256_u16, 8_u32), (257, 4), (273, 62), (279, 4)] {
        tiff.extend_from_slice(&tag.to_le_bytes());
        tiff.extend_from_slice(b"\x04\0\x01\0\0\0");
        tiff.extend_from_slice(&value.to_le_bytes());
    }
    tiff.extend_from_slice(&[0; 8]);
    vec![
        pages(&[content], "").finish(""),
        docx(
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
            &[],
        ),
        tiff,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Damage of any kind gives a document or an error, and places that point into the text.
    #[test]
    fn damaged_files_have_an_answer(
        sample in 0..3_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = samples().swap_remove(sample);
        for (position, byte) in changes {
            let position = position.index(file.len());
            file[position] = byte;
        }
        file.truncate(file.len() - cut.index(file.len()) / 4);
        // No recogniser: this is about parsers.
        let reader = Reader::new(OcrConfig { program: PathBuf::from("no-such-program-anywhere"), ..OcrConfig::default() });
        if let Ok(document) = reader.read(&file, &Options::new(Limits::asynchronous()), &|| false) {
            prop_assert!(!document.pages.is_empty());
            for content in document.pages.iter().filter_map(|page| page.content.as_ref().ok()) {
                for line in &content.lines {
                    prop_assert!(content.text.get(line.range.clone()).is_some());
                    for word in &line.words {
                        let text = content.text.get(word.range.clone());
                        prop_assert!(text.is_some_and(|text| !text.is_empty() && !text.contains(char::is_whitespace)));
                    }
                }
            }
        }
    }
}
