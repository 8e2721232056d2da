//! The text of one part of a DOCX file: the document itself, a header or footer, or notes.

use crate::Kind;
use crate::error::ReadError;
use crate::limits::Watch;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Events between two looks at the watch.
const EVENTS_PER_CHECK: usize = 4096;
/// Paragraphs, rows and cells inside one another.
const MAX_DEPTH: usize = 256;

/// Which part is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Body,
    /// A header or footer: paragraphs that number pages are left out.
    Margin,
    /// Footnotes or endnotes.
    Notes,
}

/// A paragraph, or the row of a table; never empty.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Block {
    /// Line breaks as line feeds; tabs, and the bounds of cells, as tabs.
    pub text: String,
    /// The first on a new page.
    pub new_page: bool,
}

/// Adds the blocks of a part to `blocks`.
///
/// # Errors
///
/// XML that is not well-formed, or nested deeper than any document is; the watch.
pub(super) fn blocks(xml: &[u8], part: Part, watch: &Watch<'_>, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
    let mut reader = Reader::from_reader(xml);
    let mut state = State::new(part, blocks);
    let mut events = 0_usize;
    loop {
        events += 1;
        if events.is_multiple_of(EVENTS_PER_CHECK) {
            watch.check()?;
        }
        match reader.read_event() {
            Ok(Event::Start(element)) => state.start(&element)?,
            Ok(Event::Empty(element)) => {
                state.start(&element)?;
                state.end(element.local_name().as_ref());
            }
            Ok(Event::End(element)) => state.end(element.local_name().as_ref()),
            Ok(Event::Text(text)) => state.text(&text),
            Ok(Event::CData(text)) => state.text(&text),
            Ok(Event::GeneralRef(reference)) => state.reference(&reference),
            Ok(Event::Eof) => {
                state.deliver_carried();
                return Ok(());
            }
            Ok(_) => {}
            Err(_) => return Err(damaged("its text is not well-formed XML")),
        }
    }
}

fn damaged(reason: &'static str) -> ReadError {
    ReadError::Corrupt {
        kind: Kind::MsWord,
        reason,
    }
}

/// What is open around the place that is read.
enum Container {
    Paragraph {
        text: String,
        numbers_pages: bool,
        /// Its end was deleted, so that it goes on in the next one.
        goes_on: bool,
    },
    Row {
        cells: Vec<String>,
        deleted: bool,
    },
    Cell {
        text: String,
        deleted: bool,
    },
}

struct State<'b> {
    part: Part,
    blocks: &'b mut Vec<Block>,
    open: Vec<Container>,
    /// The text of a paragraph that goes on in the next one.
    carried: String,
    /// Elements open inside one whose content is not part of the text, itself included.
    skipped: usize,
    runs: usize,
    /// The run at hand is hidden text.
    hidden: bool,
    in_text: bool,
    in_instruction: bool,
    /// Inside the settings of the mark that ends a paragraph, or of a row.
    mark_settings: bool,
    row_settings: bool,
    /// The next block begins a page.
    new_page: bool,
    /// The block after the one at hand does.
    page_after: bool,
}

impl<'b> State<'b> {
    fn new(part: Part, blocks: &'b mut Vec<Block>) -> Self {
        Self {
            part,
            blocks,
            open: Vec::new(),
            carried: String::new(),
            skipped: 0,
            runs: 0,
            hidden: false,
            in_text: false,
            in_instruction: false,
            mark_settings: false,
            row_settings: false,
            new_page: false,
            page_after: false,
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        match element.local_name().as_ref() {
            "p" => {
                let text = std::mem::take(&mut self.carried);
                self.open(Container::Paragraph {
                    text,
                    numbers_pages: false,
                    goes_on: false,
                })?;
            }
            "tr" => self.open(Container::Row {
                cells: Vec::new(),
                deleted: false,
            })?,
            "tc" => self.open(Container::Cell {
                text: String::new(),
                deleted: false,
            })?,
            "r" => {
                self.runs += 1;
                self.hidden = false;
            }
            "t" => self.in_text = true,
            "tab" | "ptab" => self.push("\t"),
            "cr" => self.push("\n"),
            "br" => match attribute(element, "type").as_deref() {
                Some("page") => self.page_break(),
                _ => self.push("\n"),
            },
            "noBreakHyphen" => self.push("-"),
            "lastRenderedPageBreak" => self.page_break(),
            "pageBreakBefore" if is_on(element) => self.page_break(),
            // A section ends with its paragraph, and the next begins a page unless it says otherwise.
            "sectPr" if matches!(self.open.last(), Some(Container::Paragraph { .. })) => {
                self.page_after = true;
            }
            "type" if attribute(element, "val").as_deref() == Some("continuous") => {
                self.page_after = false;
            }
            "vanish" if self.runs > 0 => self.hidden = is_on(element),
            "instrText" => self.in_instruction = true,
            "fldSimple" => {
                let instruction = attribute(element, "instr").unwrap_or_default();
                self.instruction(&instruction);
            }
            "rPr" if self.runs == 0 => self.mark_settings = true,
            // Of a paragraph's settings it means its end, of a row's the row; elsewhere what is in it.
            "del" | "moveFrom" if self.mark_settings => self.end_deleted(),
            "trPr" => self.row_settings = true,
            "del" if self.row_settings => {
                if let Some(Container::Row { deleted, .. }) = self.open.last_mut() {
                    *deleted = true;
                }
            }
            "cellDel" => {
                if let Some(Container::Cell { deleted, .. }) = self.open.last_mut() {
                    *deleted = true;
                }
            }
            // What was deleted or moved away, the second form of what was read in its first, and
            // the reading aids of Chinese and Japanese.
            "del" | "moveFrom" | "Fallback" | "rt" => self.skipped = 1,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "p" | "tc" | "tr" => self.close(name),
            "r" => self.runs = self.runs.saturating_sub(1),
            "t" => self.in_text = false,
            "instrText" => self.in_instruction = false,
            "rPr" => self.mark_settings = false,
            "trPr" => self.row_settings = false,
            _ => {}
        }
    }

    fn end_deleted(&mut self) {
        if let Some(Container::Paragraph { goes_on, .. }) = self.open.last_mut() {
            *goes_on = true;
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped > 0 {
            return;
        }
        if self.in_instruction {
            self.instruction(text);
        } else if self.in_text {
            self.push(text);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.text(character.encode_utf8(&mut [0; 4]));
        } else if let Some(text) = quick_xml::escape::resolve_predefined_entity(reference) {
            self.text(text);
        }
    }

    /// Adds to the paragraph at hand. Tabs and breaks outside runs are settings, not text.
    fn push(&mut self, addition: &str) {
        if self.runs > 0
            && !self.hidden
            && let Some(Container::Paragraph { text, .. }) = self.open.last_mut()
        {
            text.push_str(addition);
        }
    }

    fn instruction(&mut self, text: &str) {
        let numbers = |word: &str| matches!(word, "PAGE" | "NUMPAGES" | "SECTIONPAGES");
        if self.part == Part::Margin
            && text.split_whitespace().any(numbers)
            && let Some(Container::Paragraph { numbers_pages, .. }) = self.open.last_mut()
        {
            *numbers_pages = true;
        }
    }

    /// Pages begin with paragraphs here: before the one at hand if it has no text yet, else after it.
    fn page_break(&mut self) {
        let inside = self.open.iter().any(|container| match container {
            Container::Paragraph { text, .. } => !text.trim().is_empty(),
            Container::Row { .. } | Container::Cell { .. } => true,
        });
        if inside {
            self.page_after = true;
        } else {
            self.new_page = true;
        }
    }

    fn open(&mut self, container: Container) -> Result<(), ReadError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(damaged("its text is nested too deeply"));
        }
        self.open.push(container);
        Ok(())
    }

    /// Delivers a text that was to go on in a paragraph which did not follow.
    fn deliver_carried(&mut self) {
        let text = std::mem::take(&mut self.carried);
        self.deliver(text);
    }

    /// Closes a container if it is the innermost, which in well-formed XML it is.
    fn close(&mut self, name: &str) {
        if name == "tc" {
            self.deliver_carried();
        }
        match (name, self.open.pop()) {
            (
                "p",
                Some(Container::Paragraph {
                    text,
                    numbers_pages,
                    goes_on,
                }),
            ) => {
                if goes_on {
                    self.carried = text;
                } else if !numbers_pages {
                    self.deliver(text);
                }
            }
            ("tc", Some(Container::Cell { text, deleted })) => {
                if !deleted && let Some(Container::Row { cells, .. }) = self.open.last_mut() {
                    cells.push(text);
                }
            }
            ("tr", Some(Container::Row { cells, deleted })) => {
                if !deleted {
                    self.deliver(cells.join("\t"));
                }
            }
            (_, Some(other)) => self.open.push(other),
            (_, None) => {}
        }
    }

    /// Puts a finished paragraph or row where it belongs: into the cell around it, or out.
    fn deliver(&mut self, text: String) {
        if text.trim().is_empty() {
            return;
        }
        let cell = self.open.iter_mut().rev().find_map(|container| match container {
            Container::Cell { text, .. } => Some(text),
            _ => None,
        });
        match cell {
            Some(cell) => {
                if !cell.is_empty() {
                    cell.push(' ');
                }
                cell.push_str(&text.replace('\n', " "));
            }
            None => {
                let new_page = self.new_page && self.part == Part::Body;
                self.blocks.push(Block { text, new_page });
                self.new_page = std::mem::take(&mut self.page_after);
            }
        }
    }
}

/// The value of the attribute with a local name.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| attribute.value.into_owned())
}

/// Whether a switch is on: it is if it is there, unless its value says otherwise.
fn is_on(element: &BytesStart<'_>) -> bool {
    !matches!(attribute(element, "val").as_deref(), Some("0" | "false" | "off"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(part: Part, body: &str) -> Result<Vec<Block>, ReadError> {
        let go_on = || false;
        let watch = Watch::new(Duration::from_secs(60), &go_on);
        let mut found = Vec::new();
        let xml = format!("<w:document><w:body>{body}</w:body></w:document>");
        blocks(xml.as_bytes(), part, &watch, &mut found).map(|()| found)
    }

    fn texts(body: &str) -> Vec<String> {
        read(Part::Body, body)
            .unwrap()
            .into_iter()
            .map(|block| block.text)
            .collect()
    }

    fn paragraph(text: &str) -> String {
        format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    }

    #[test]
    fn runs_make_paragraphs_and_settings_do_not() {
        let body = "<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr>\
            <w:r><w:t>Smith &amp; S</w:t></w:r><w:r><w:t xml:space='preserve'>ons&#x20;Ltd</w:t>\
            <w:tab/><w:t>5</w:t><w:br/><w:t>two</w:t></w:r>\
            <w:del><w:r><w:delText>gone</w:delText><w:tab/></w:r></w:del>\
            <w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>\
            <w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>!</w:t></w:r>\
            <w:r><w:instrText>HYPERLINK</w:instrText></w:r></w:p><w:p/>";
        assert_eq!(texts(body), ["Smith & Sons Ltd\t5\ntwo!"]);
    }

    #[test]
    fn rows_are_lines_and_cells_may_hold_anything() {
        let cell = |content: &str| format!("<w:tc>{content}</w:tc>");
        let inner = format!(
            "<w:tbl><w:tr>{}{}</w:tr></w:tbl>",
            cell(&paragraph("x")),
            cell(&paragraph("y"))
        );
        let body = format!(
            "<w:tbl><w:tr>{}{}{}</w:tr></w:tbl>{}",
            cell(&(paragraph("two") + &paragraph("lines"))),
            cell("<w:p/>"),
            cell(&(paragraph("in") + &inner)),
            paragraph("after")
        );
        assert_eq!(texts(&body), ["two lines\t\tin x\ty", "after"]);
    }

    #[test]
    fn what_was_deleted_while_changes_were_tracked_is_gone() {
        let mark = "<w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>";
        let body = format!(
            "<w:p>{mark}<w:r><w:t>joined </w:t></w:r></w:p>{}<w:tbl>\
             <w:tr><w:trPr><w:del w:id='2'/></w:trPr><w:tc>{}</w:tc></w:tr>\
             <w:tr><w:tc>{}<w:p>{mark}<w:r><w:t>last</w:t></w:r></w:p></w:tc>\
             <w:tc><w:tcPr><w:cellDel w:id='3'/></w:tcPr>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>\
             <w:moveFrom><w:p><w:r><w:t>elsewhere</w:t></w:r></w:p></w:moveFrom><w:p>{mark}<w:r><w:t>end</w:t></w:r></w:p>",
            paragraph("again"),
            paragraph("deleted row"),
            paragraph("first"),
            paragraph("deleted cell"),
            paragraph("kept")
        );
        assert_eq!(texts(&body), ["joined again", "first last\tkept", "end"]);
    }

    #[test]
    fn text_boxes_are_read_once() {
        let body = format!(
            "<w:p><w:r><w:t>around</w:t></w:r><mc:AlternateContent><mc:Choice>{box_}</mc:Choice>\
             <mc:Fallback>{box_}</mc:Fallback></mc:AlternateContent></w:p>",
            box_ = format_args!("<w:txbxContent>{}</w:txbxContent>", paragraph("boxed"))
        );
        assert_eq!(texts(&body), ["boxed", "around"]);
    }

    #[test]
    fn pages_begin_where_the_last_program_began_them() {
        let body = paragraph("one")
            + "<w:p><w:r><w:t>two</w:t><w:br w:type='page'/></w:r></w:p>"
            + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>three</w:t></w:r></w:p>"
            + "<w:p><w:pPr><w:sectPr><w:type w:val='continuous'/></w:sectPr></w:pPr><w:r><w:t>four</w:t></w:r></w:p>"
            + &paragraph("five");
        let breaks: Vec<bool> = read(Part::Body, &body)
            .unwrap()
            .iter()
            .map(|block| block.new_page)
            .collect();
        assert_eq!(breaks, [false, false, true, false, false]);
    }

    #[test]
    fn page_numbers_in_margins_are_left_out() {
        let body = "<w:p><w:r><w:t>Page </w:t></w:r><w:fldSimple w:instr=' PAGE '><w:r><w:t>3</w:t></w:r>\
            </w:fldSimple></w:p>"
            .to_owned()
            + &paragraph("Northwind Ltd");
        let found = read(Part::Margin, &body).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "Northwind Ltd");
    }

    #[test]
    fn nesting_without_end_and_broken_xml_are_errors() {
        assert!(matches!(
            read(Part::Body, &"<w:tc>".repeat(100_000)),
            Err(ReadError::Corrupt { .. })
        ));
        assert!(matches!(
            read(Part::Body, "<w:p></w:r>"),
            Err(ReadError::Corrupt { .. })
        ));
        // An entity of the document's own is not expanded.
        assert_eq!(texts("<w:p><w:r><w:t>a&bomb;b</w:t></w:r></w:p>"), ["ab"]);
    }
}
