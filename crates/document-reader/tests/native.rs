//! PDF with its text in the file, and DOCX: read exactly, with places.

mod support;

use construe_document_reader::{BoundingBox, Kind, Limits, Options, ReadError};
use support::{docx, pages, read};

/// The text of a PDF of one page with this content.
fn text_of(content: &[u8], resources: &str) -> String {
    read(&pages(&[content], resources).finish("")).unwrap().text()
}

#[test]
fn words_have_places_in_the_text_and_on_the_page() {
    let content = b"BT /F1 10 Tf 60 700 Td (Total due) Tj 300 0 Td (9.50) Tj ET BT /F1 10 Tf 60 680 Td (by May) Tj ET";
    let document = read(&pages(&[content, b""], "").finish("")).unwrap();
    assert_eq!((document.kind, document.pages.len()), (Kind::NativePdf, 2));
    assert_eq!(document.pages[1].number, 2);
    assert_eq!(document.pages[1].content.as_ref().unwrap().text, "");
    let content = document.pages[0].content.as_ref().unwrap();
    assert_eq!(content.text, "Total due\t9.50\nby May");
    let words: Vec<&str> = content
        .lines
        .iter()
        .flat_map(|line| line.words.iter().map(|word| &content.text[word.range.clone()]))
        .collect();
    assert_eq!(words, ["Total", "due", "9.50", "by", "May"]);
    // Helvetica's widths: T 611, o 556, t 278, a 556, l 222.
    let BoundingBox {
        left,
        top,
        width,
        height,
    } = content.lines[0].words[0].bounds.unwrap();
    for (value, wanted) in [
        (left, 60.0 / 600.0),
        (top, 92.0 / 800.0),
        (width, 22.23 / 600.0),
        (height, 10.0 / 800.0),
    ] {
        assert!((value - wanted).abs() < 0.001, "{value} {wanted}");
    }
    let line = content.lines[0].bounds.unwrap();
    assert!(line.left == left && line.width > 0.5);
}

#[test]
fn turned_pages_are_read_upright() {
    let mut pdf = pages(&[b"BT /F1 12 Tf 0 1 -1 0 300 100 Tm (sideways) Tj ET"], "");
    let turned = pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate 90 /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>");
    let file = String::from_utf8_lossy(&pdf.finish("")).replace("/Kids [4 0 R ]", &format!("/Kids [{turned} 0 R]"));
    let document = read(file.as_bytes()).unwrap();
    assert_eq!(document.text(), "sideways");
    let bounds = document.pages[0].content.as_ref().unwrap().lines[0].bounds.unwrap();
    // The page is 800 wide now, and the text begins at 100 from its left.
    assert!(
        (bounds.left - 100.0 / 800.0).abs() < 0.01 && bounds.width > bounds.height,
        "{bounds:?}"
    );
}

#[test]
fn fonts_say_what_their_glyphs_mean() {
    // A table of the file's own, over codes of two bytes.
    let mut pdf = pages(
        &[b"BT /C 12 Tf 50 700 Td <00010002000300040005> Tj ET"],
        "/XObject << >>",
    );
    let map = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange \
        2 beginbfrange <0001> <0002> <65e5> <0004> <0004> [<00660066>] endbfrange \
        2 beginbfchar <0003> <8a9e> <0005> <fb01> endbfchar endcmap";
    let map = pdf.stream("", map.as_bytes());
    let descendant = pdf.add("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>");
    let font = pdf.add(format!("<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {map} 0 R >>"));
    let file = pdf.finish("");
    let file = String::from_utf8_lossy(&file).replace("/F1 3 0 R >>", &format!("/C {font} 0 R >>"));
    assert_eq!(read(file.as_bytes()).unwrap().text(), "日旦語fffi");

    // Shift-JIS codes, by a table that every reader has to know.
    let mut pdf = pages(&[b"BT /C 12 Tf 50 700 Td <93fa967b8cea41> Tj ET"], "");
    let descendant = pdf.add("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>");
    let font = pdf.add(format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin /Encoding /90ms-RKSJ-H /DescendantFonts [{descendant} 0 R] >>"
    ));
    let file = String::from_utf8_lossy(&pdf.finish("")).replace("/F1 3 0 R >>", &format!("/C {font} 0 R >>"));
    assert_eq!(read(file.as_bytes()).unwrap().text(), "日本語A");
}

#[test]
fn replacement_text_stands_for_the_glyphs_that_it_replaces() {
    let content = b"BT /F1 12 Tf 50 700 Td (a ) Tj /Span << /ActualText <feff0066006c> >> BDC (xy) Tj EMC (at) Tj ET";
    assert_eq!(text_of(content, ""), "a flat");
}

#[test]
fn forms_are_part_of_the_page_and_hidden_layers_of_scans_count_as_text() {
    let mut pdf = pages(
        &[b"/X Do BT 3 Tr /F1 12 Tf 50 600 Td (recognised before) Tj ET"],
        "/XObject << /X 6 0 R >>",
    );
    pdf.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>",
        b"BT /F1 12 Tf 50 700 Td (from a form) Tj ET",
    );
    assert_eq!(read(&pdf.finish("")).unwrap().text(), "from a form\nrecognised before");
}

#[test]
fn word_documents_are_read_with_margins_and_notes() {
    let relations = br#"<Relationships>
        <Relationship Id="1" Type="http://x/relationships/footer" Target="footer1.xml"/>
        <Relationship Id="2" Type="http://x/relationships/header" Target="/word/header1.xml"/>
        <Relationship Id="3" Type="http://x/relationships/header" Target="header2.xml"/>
        <Relationship Id="4" Type="http://x/relationships/footnotes" Target="footnotes.xml"/>
        <Relationship Id="5" Type="http://x/relationships/image" Target="media/image1.png"/>
        </Relationships>"#;
    let paragraph = |text: &str| format!("<w:x><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:x>").into_bytes();
    let document = docx(
        "<w:p><w:r><w:t>Dear Sir</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Spade</w:t></w:r></w:p></w:tc>\
         <w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>£28</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        &[
            ("word/_rels/document.xml.rels", relations),
            ("word/header1.xml", &paragraph("Acme Ltd")),
            ("word/header2.xml", &paragraph("Acme Ltd")),
            ("word/footer1.xml", &paragraph("Company 123")),
            ("word/footnotes.xml", &paragraph("A note.")),
        ],
    );
    let document = read(&document).unwrap();
    assert_eq!(document.kind, Kind::MsWord);
    assert_eq!(
        document.text(),
        "Acme Ltd\nDear Sir\nSpade\t\t£28\nA note.\nCompany 123"
    );
    let content = document.pages[0].content.as_ref().unwrap();
    assert!(
        content
            .lines
            .iter()
            .all(|line| line.bounds.is_none() && !line.words.is_empty())
    );
}

#[test]
fn files_that_only_their_owner_may_change_are_read_and_those_with_a_password_are_not() {
    for (method, file) in [
        ("RC4, 40 bits", include_bytes!("fixtures/rc4-40.pdf").as_slice()),
        ("RC4, 128 bits", include_bytes!("fixtures/rc4-128.pdf")),
        ("AES, 128 bits", include_bytes!("fixtures/aes-128.pdf")),
        ("AES, 256 bits, revision 5", include_bytes!("fixtures/aes-256-r5.pdf")),
        ("AES, 256 bits, revision 6", include_bytes!("fixtures/aes-256.pdf")),
    ] {
        let document = read(file).unwrap_or_else(|error| panic!("{method}: {error}"));
        assert_eq!(document.kind, Kind::NativePdf, "{method}");
        assert_eq!(document.text(), "for all eyes\n日本語", "{method}");
    }
    let error = read(include_bytes!("fixtures/password.pdf")).unwrap_err();
    assert_eq!(error, ReadError::Encrypted { kind: Kind::NativePdf });
    assert_eq!(error.invalid_reason(), Some("UNSUPPORTED_DOC_TYPE"));
}

const TEXTRACT_OUTPUT: &str = r#"{ "DocumentMetadata": {"Pages": 1}, "Blocks": [
    {"BlockType": "PAGE", "Id": "p", "Relationships": [{"Type": "CHILD", "Ids": ["a", "b"]}]},
    {"BlockType": "LINE", "Id": "a", "Text": "Total due", "Relationships": [{"Type": "CHILD", "Ids": ["2", "1"]}],
     "Geometry": {"BoundingBox": {"Left": 0.1, "Top": 0.25, "Width": 0.5, "Height": 0.05}, "Polygon": []}},
    {"BlockType": "LINE", "Id": "b", "Text": "5 \u20ac\n", "Confidence": 98.5, "Relationships": null},
    {"BlockType": "WORD", "Id": "1", "Text": "due", "Page": 1,
     "Geometry": {"BoundingBox": {"Left": 0.5, "Top": 0.25, "Width": 0.125, "Height": 0.05}}},
    {"BlockType": "WORD", "Id": "2", "Text": "Total"},
    {"BlockType": "TABLE", "Id": "t"}], "ANALYZED" : "1.0", "ResponseMetadata": {"HTTPHeaders": {}}}"#;

#[test]
fn the_output_of_textract_stands_for_its_document_where_it_may() {
    let synchronous = Options::new(Limits::synchronous());
    let read = |text: &str| support::READER.read(text.as_bytes(), &synchronous, &|| false);
    let document = read(TEXTRACT_OUTPUT).unwrap();
    assert_eq!(document.kind.api_name(), "TEXTRACT_DETECT_DOCUMENT_TEXT_JSON");
    assert_eq!(document.text(), "Total due\n5 €");
    let line = &document.pages[0].content.as_ref().unwrap().lines[0];
    assert_eq!(
        (line.words[0].bounds, line.words[1].bounds.unwrap().width),
        (None, 0.125)
    );
    let analyzed = TEXTRACT_OUTPUT.replace("ANALYZED", "AnalyzeDocumentModelVersion");
    assert_eq!(
        read(&analyzed).unwrap().kind.api_name(),
        "TEXTRACT_ANALYZE_DOCUMENT_JSON"
    );

    let two_pages = TEXTRACT_OUTPUT.replace("\"Page\": 1", "\"Page\": 2");
    assert_eq!(read(&two_pages).unwrap_err(), ReadError::Pages { pages: 2, limit: 1 });
    let long = TEXTRACT_OUTPUT.to_owned() + &" ".repeat(1 << 20);
    assert!(matches!(read(&long), Err(ReadError::Size { limit: 0x10_0000, .. })));
    // Another text of the kind, and a file of a job.
    let other = r#"{"Blocks": [{"BlockType": 5}]}"#;
    assert_eq!(read(other).unwrap().text(), other);
    let file = support::read(TEXTRACT_OUTPUT.as_bytes()).unwrap();
    assert_eq!((file.kind, file.text().as_str()), (Kind::PlainText, TEXTRACT_OUTPUT));
}
