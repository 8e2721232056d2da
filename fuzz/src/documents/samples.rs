//! Whole files to start from, small ones of each kind.

/// A file, and what may be mended in it after it was damaged.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// Taken as it is.
    Bytes(&'static [u8]),
    /// A PNG, whose chunks have checksums.
    Png(&'static [u8]),
    /// The parts of a DOCX by their names, to be packed.
    Docx(&'static [(&'static str, &'static str)]),
}

const TYPES: &str = r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

const RELATIONS: &str = r#"<Relationships><Relationship Id="1" Type="http://x/relationships/header" Target="header1.xml"/><Relationship Id="2" Type="http://x/relationships/footnotes" Target="/word/footnotes.xml"/><Relationship Id="3" Type="http://x/relationships/footer" Target="footer1.xml"/></Relationships>"#;

const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="x"><w:body><w:p><w:pPr><w:numPr/><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:rPr><w:b/><w:vanish w:val="0"/></w:rPr><w:t xml:space="preserve">Dear &amp; S&#x20;ir </w:t><w:tab/><w:br w:type="page"/></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Spade</w:t></w:r></w:p></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>5</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl><w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback/></mc:AlternateContent><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>3</w:t><w:fldChar w:fldCharType="end"/><w:lastRenderedPageBreak/><![CDATA[x]]></w:r></w:p><w:sectPr><w:type w:val="continuous"/></w:sectPr></w:body></w:document>"#;

const SIDE: &str = r#"<w:ftr><w:p><w:r><w:t>Company 123</w:t></w:r></w:p><w:p><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>"#;

const PARTS: &[(&str, &str)] = &[
    ("[Content_Types].xml", TYPES),
    ("word/_rels/document.xml.rels", RELATIONS),
    ("word/document.xml", DOCUMENT),
    ("word/header1.xml", SIDE),
    ("word/footnotes.xml", SIDE),
    ("word/footer1.xml", SIDE),
];

/// Half of them PDF, in which there is most to go wrong.
pub(super) const SAMPLES: &[Sample] = &[
    Sample::Bytes(include_bytes!("../../seeds/documents/text.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/forms.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/filters.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/scan.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/object-streams.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/encrypted-rc4.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/encrypted-aes128.pdf")),
    Sample::Bytes(include_bytes!("../../seeds/documents/encrypted-aes256.pdf")),
    Sample::Docx(PARTS),
    Sample::Docx(PARTS),
    Sample::Png(include_bytes!("../../seeds/documents/palette.png")),
    Sample::Png(include_bytes!("../../seeds/documents/grey.png")),
    Sample::Bytes(include_bytes!("../../seeds/documents/turned.jpg")),
    Sample::Bytes(include_bytes!("../../seeds/documents/inks.jpg")),
    Sample::Bytes(include_bytes!("../../seeds/documents/group3.tiff")),
    Sample::Bytes(include_bytes!("../../seeds/documents/group4.tiff")),
    Sample::Bytes(include_bytes!("../../seeds/documents/palette.tiff")),
    Sample::Bytes(include_bytes!("../../seeds/documents/pages.tiff")),
    Sample::Bytes(include_bytes!("../../seeds/documents/tiles.tiff")),
];
