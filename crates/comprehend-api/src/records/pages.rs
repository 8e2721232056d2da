//! Records of documents that are not plain text: one for each page.

use serde::Serialize;

use super::classification::{Class, listed, member, push_classes};
use super::{RecordWriter, push_json};
use crate::shapes::classifiers::ClassifierMode;
use crate::shapes::document::{Block, BlockEntity, PageErrorItem, PageWarningItem};

/// What records of pages name as the version of their format.
const FORMAT: &str = "2021-04-30";

/// Which page a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagePlace {
    /// Counted from 1.
    pub number: u32,
    pub pages: u32,
    /// Such as `NativePDF`: jobs spell it in another way than synchronous answers.
    pub document_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    page_number: u32,
    pages: u32,
}

/// What was found in a page, and the lines and words in which it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageEntities<'a> {
    pub blocks: Vec<Block<'a>>,
    pub entities: Vec<BlockEntity<'a>>,
}

impl RecordWriter {
    /// Appends the record of a page that was classified; `classes` as for plain text
    /// ([`classes`](Self::classes)). `warning`: what does not fit about it and the model.
    pub fn page_classes(
        &self,
        out: &mut Vec<u8>,
        page: &PagePlace,
        mode: ClassifierMode,
        classes: &[Class<'_>],
        warning: Option<PageWarningItem>,
    ) {
        out.push(b'{');
        out.extend_from_slice(member(mode));
        push_classes(out, &classes[..listed(mode, classes)]);
        if let Some(warning) = warning {
            out.extend_from_slice(b",\"Warnings\":");
            push_json(out, &[warning]);
        }
        self.finish_page(out, page);
    }

    /// Appends the record of a page in which entities were looked for.
    pub fn page_entities(&self, out: &mut Vec<u8>, page: &PagePlace, found: &PageEntities<'_>) {
        out.extend_from_slice(b"{\"Blocks\":");
        push_json(out, &found.blocks);
        out.extend_from_slice(b",\"Entities\":");
        push_json(out, &found.entities);
        self.finish_page(out, page);
    }

    /// Appends the record of a page that could not be read.
    pub fn page_error(&self, out: &mut Vec<u8>, page: &PagePlace, error: &PageErrorItem) {
        out.extend_from_slice(b"{\"Errors\":");
        push_json(out, &[error]);
        self.finish_page(out, page);
    }

    fn finish_page(&self, out: &mut Vec<u8>, page: &PagePlace) {
        let metadata = Metadata {
            page_number: page.number,
            pages: page.pages,
        };
        out.extend_from_slice(b",\"DocumentMetadata\":");
        push_json(out, &metadata);
        out.extend_from_slice(b",\"DocumentType\":");
        push_json(out, page.document_type);
        out.push(b',');
        out.extend_from_slice(&self.file_member);
        out.extend_from_slice(b",\"Version\":");
        push_json(out, FORMAT);
        out.extend_from_slice(b"}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::document::{BlockReference, BlockType, BoundingBox, ChildBlock, Relationship};
    use serde_json::{Value, json};

    const PAGE: PagePlace = PagePlace {
        number: 2,
        pages: 3,
        document_type: "ScannedPDF",
    };

    fn record(write: impl FnOnce(&RecordWriter, &mut Vec<u8>)) -> Value {
        let mut out = Vec::new();
        write(&RecordWriter::for_classification("a.pdf"), &mut out);
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let mut record: Value = serde_json::from_slice(&out).unwrap();
        let place = json!({
            "DocumentMetadata": {"PageNumber": 2, "Pages": 3}, "DocumentType": "ScannedPDF", "File": "a.pdf",
            "Version": FORMAT,
        });
        for (name, value) in place.as_object().unwrap() {
            assert_eq!(record.as_object_mut().unwrap().remove(name).as_ref(), Some(value));
        }
        record
    }

    #[test]
    fn classes_and_errors_of_pages() {
        let class = Class {
            name: "invoice",
            score: 1.0,
        };
        let warning = Some(PageWarningItem::plain_text_model(2));
        let found =
            record(|writer, out| writer.page_classes(out, &PAGE, ClassifierMode::MultiLabel, &[class], warning));
        assert_eq!(found["Labels"], json!([{"Name": "invoice", "Score": 1.0}]));
        assert_eq!(found["Warnings"][0]["Page"], 2);
        assert_eq!(found.as_object().unwrap().len(), 2);

        let error = PageErrorItem {
            page: 2,
            error_code: "PAGE_SIZE_EXCEEDED",
            error_message: "too large".into(),
        };
        let found = record(|writer, out| writer.page_error(out, &PAGE, &error));
        let expected = json!({"Errors": [
            {"Page": 2, "ErrorCode": "PAGE_SIZE_EXCEEDED", "ErrorMessage": "too large"},
        ]});
        assert_eq!(found, expected);
    }

    #[test]
    fn entities_point_into_blocks() {
        let block = |id: &str, block_type, children: Vec<String>| Block {
            id: id.into(),
            block_type,
            text: "S-3",
            page: 2,
            geometry: Some(
                BoundingBox {
                    height: 0.25,
                    left: 0.0,
                    top: 0.5,
                    width: 0.125,
                }
                .into(),
            ),
            relationships: if children.is_empty() {
                vec![]
            } else {
                vec![Relationship::children(children)]
            },
        };
        let found = PageEntities {
            blocks: vec![
                block("line", BlockType::Line, vec!["word".into()]),
                block("word", BlockType::Word, vec![]),
            ],
            entities: vec![BlockEntity {
                block_references: vec![BlockReference {
                    block_id: "line".into(),
                    begin_offset: 0,
                    end_offset: 3,
                    child_blocks: vec![ChildBlock {
                        child_block_id: "word".into(),
                        begin_offset: 0,
                        end_offset: 3,
                    }],
                }],
                score: 0.5,
                text: "S-3",
                entity_type: "FORM",
            }],
        };
        assert!(!format!("{found:?}").contains("S-3"));
        let found = record(|writer, out| writer.page_entities(out, &PAGE, &found));
        let geometry = json!({
            "BoundingBox": {"Height": 0.25, "Left": 0.0, "Top": 0.5, "Width": 0.125},
            "Polygon": [{"X": 0.0, "Y": 0.5}, {"X": 0.125, "Y": 0.5}, {"X": 0.125, "Y": 0.75}, {"X": 0.0, "Y": 0.75}],
        });
        let expected = json!({
            "Blocks": [
                {"Id": "line", "BlockType": "LINE", "Text": "S-3", "Page": 2, "Geometry": geometry,
                 "Relationships": [{"Ids": ["word"], "Type": "CHILD"}]},
                {"Id": "word", "BlockType": "WORD", "Text": "S-3", "Page": 2, "Geometry": geometry,
                 "Relationships": []},
            ],
            "Entities": [{
                "BlockReferences": [{"BlockId": "line", "BeginOffset": 0, "EndOffset": 3, "ChildBlocks": [
                    {"ChildBlockId": "word", "BeginOffset": 0, "EndOffset": 3},
                ]}],
                "Score": 0.5, "Text": "S-3", "Type": "FORM",
            }],
        });
        assert_eq!(found, expected);
    }
}
