//! Text in pictures. These tests run Tesseract and fail where it is missing.

mod support;

use construe_document_reader::{Document, Kind, Limits, OcrConfig, Options, PageErrorCode, ReadError, Reader};
use std::time::{Duration, Instant};
use support::{READER, pages};

const NOTICE: &str = "Parcel 4471 waits at the depot\nuntil Friday, 12 August.\nBring this notice and a passport.";

/// Reads with text recognition.
fn read(bytes: &[u8], force_ocr: bool) -> Result<Document, ReadError> {
    if let Err(reason) = READER.ocr() {
        panic!("these tests need text recognition: {reason}");
    }
    let options = Options {
        force_ocr,
        ..Options::new(Limits::asynchronous())
    };
    READER.read(bytes, &options, &|| false)
}

#[test]
fn the_program_says_what_it_is() {
    let version = READER
        .ocr()
        .unwrap_or_else(|reason| panic!("these tests need text recognition: {reason}"));
    assert!(
        version.version.starts_with(|first: char| first.is_ascii_digit()),
        "{}",
        version.version
    );
    assert!(version.languages.contains("eng"), "{:?}", version.languages);
}

#[test]
fn pictures_of_each_format_are_read() {
    let png = read(include_bytes!("fixtures/transparent.png"), false).unwrap();
    assert_eq!((png.kind, png.text().as_str()), (Kind::Image, NOTICE));
    let jpeg = read(include_bytes!("fixtures/on-its-side.jpg"), false).unwrap();
    assert_eq!((jpeg.kind, jpeg.text().as_str()), (Kind::Image, NOTICE));
    let palette = read(include_bytes!("fixtures/palette.tiff"), false).unwrap();
    assert_eq!((palette.kind, palette.text().as_str()), (Kind::Image, NOTICE));
    let tiff = read(include_bytes!("fixtures/two-pages-fax.tiff"), false).unwrap();
    assert_eq!(tiff.pages.len(), 2);
    assert_eq!(tiff.text(), NOTICE.lines().take(2).collect::<Vec<_>>().join("\n"));
}

#[test]
fn boxes_are_where_the_words_are() {
    let document = read(include_bytes!("fixtures/transparent.png"), false).unwrap();
    let content = document.pages[0].content.as_ref().unwrap();
    let boxes: Vec<_> = content.lines.iter().map(|line| line.bounds.unwrap()).collect();
    // The lines begin a quarter inch from the left of 4.4 inches, and are 0.32 of 1.2 inches apart.
    for (number, bounds) in boxes.iter().enumerate() {
        assert!((bounds.left - 0.25 / 4.4).abs() < 0.01, "{bounds:?}");
        assert!(
            (bounds.top - (0.17 + 0.32 * number as f32) / 1.2).abs() < 0.05,
            "{bounds:?}"
        );
        assert!(bounds.height < 0.25);
    }
    let words = &content.lines[0].words;
    assert!(
        words
            .windows(2)
            .all(|pair| pair[0].bounds.unwrap().left < pair[1].bounds.unwrap().left)
    );
}

#[test]
fn scanned_pages_are_told_from_others_and_read() {
    let jpeg = include_bytes!("fixtures/on-its-side.jpg");
    // The picture lies on its side; the page sets it upright. 240 by 880 pixels as stored.
    let scan: &[u8] = b"q 0 -120 440 0 80 600 cm /I Do Q BT /F1 9 Tf 300 20 Td (1) Tj ET";
    let digital: &[u8] = b"BT /F1 12 Tf 50 700 Td (Enclosed: a scan.) Tj ET";
    let mut pdf = pages(&[scan, digital], "/XObject << /I 8 0 R >>");
    let entries = "/Type /XObject /Subtype /Image /Width 240 /Height 880 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode";
    assert_eq!(pdf.stream(entries, jpeg), 8);
    let document = read(&pdf.finish(""), false).unwrap();
    assert_eq!(document.kind, Kind::NativePdf);
    // The picture covers less than half of the page, which has text besides: text it is.
    assert_eq!(document.pages[0].kind, Kind::NativePdf);

    // Paper and print as two images, as some scanners do.
    let whole = b"q 600 0 0 800 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q \
        q 0 -160 587 0 0 600 cm /I Do Q BT /F1 9 Tf 300 20 Td (1) Tj ET";
    let mut pdf = pages(&[whole], "/XObject << /I 6 0 R >>");
    assert_eq!(pdf.stream(entries, jpeg), 6);
    let document = read(&pdf.finish(""), false).unwrap();
    assert_eq!(
        (document.kind, document.pages[0].kind),
        (Kind::ScannedPdf, Kind::ScannedPdf)
    );
    assert!(document.text().starts_with(NOTICE), "{}", document.text());
}

#[test]
fn digital_pages_are_read_as_pictures_on_demand() {
    let content =
        b"BT /F1 14 Tf 20 TL 60 700 Td (The quick brown fox jumps over) Tj T* (the lazy dog 4471 times.) Tj ET \
        0 0 1 RG 2 w 60 640 400 20 re S";
    let file = pages(&[content], "").finish("");
    let as_text = read(&file, false).unwrap();
    let as_picture = read(&file, true).unwrap();
    assert_eq!(as_picture.text(), as_text.text());
    assert_eq!(as_picture.pages[0].kind, Kind::NativePdf);
    let places = |document: &Document| document.pages[0].content.as_ref().unwrap().lines[0].bounds.unwrap();
    let (text, picture) = (places(&as_text), places(&as_picture));
    assert!((text.left - picture.left).abs() < 0.01 && (text.top - picture.top).abs() < 0.01);
    assert!((text.width - picture.width).abs() < 0.02, "{text:?} {picture:?}");
}

#[test]
fn letters_without_meaning_are_read_as_pictures() {
    // The font says of its first glyphs only that they are its first.
    let mut pdf = pages(&[b"BT /T 14 Tf 60 700 Td <010203040501060708090a01> Tj ET"], "");
    let names = "/g1 /g2 /g3 /g4 /g5 /g6 /g7 /g8 /g9 /g10";
    let glyph = pdf.stream("", b"500 0 0 0 500 700 d1 0 0 500 700 re f");
    let glyphs: String = names.split(' ').map(|name| format!("{name} {glyph} 0 R ")).collect();
    let font = pdf.add(format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 700 700] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 1 /LastChar 10 \
         /Widths [{}] /Encoding << /Type /Encoding /Differences [1 {names}] >> /CharProcs << {glyphs} >> /Resources << >> >>",
        "600 ".repeat(10)
    ));
    let file = String::from_utf8_lossy(&pdf.finish("")).replace("/F1 3 0 R >>", &format!("/T {font} 0 R >>"));
    let document = read(file.as_bytes(), false).unwrap();
    assert_eq!(document.kind, Kind::ScannedPdf);
}

#[test]
fn noise_is_a_page_with_little_text_or_an_error_of_that_page() {
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(1000 * 1000)
    .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 1000, 1000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&noise).unwrap();
    let config = OcrConfig {
        page_time: Duration::from_secs(20),
        ..OcrConfig::default()
    };
    let started = Instant::now();
    let document = Reader::new(config)
        .read(&file, &Options::new(Limits::asynchronous()), &|| false)
        .unwrap();
    match &document.pages[0].content {
        Ok(content) => assert!(content.text.len() < 2000),
        Err(error) => assert_eq!(error.code, PageErrorCode::BadPage),
    }
    // Recognition, its doubts and another try.
    assert!(started.elapsed() < Duration::from_secs(90));
}

#[test]
fn a_stop_ends_recognition_at_once() {
    let started = Instant::now();
    let stop = || started.elapsed() > Duration::from_millis(100);
    let options = Options::new(Limits::asynchronous());
    let many: Vec<&[u8]> = vec![b"600 0 0 800 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \0\xff\xff\0 EI"; 50];
    let error = READER.read(&pages(&many, "").finish(""), &options, &stop).unwrap_err();
    assert_eq!(error, ReadError::Stopped);
    assert!(started.elapsed() < Duration::from_secs(20));
}
