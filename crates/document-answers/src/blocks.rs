//! Lines and words of a page, and where entities stand in them.

use std::ops::Range;

use construe_comprehend_api::shapes::document::{
    Block, BlockReference, BlockType, BoundingBox, ChildBlock, Relationship,
};
use construe_document_reader::{self as reader, Content};
use sha2::{Digest, Sha256};

/// The blocks of a page.
pub struct PageBlocks<'a> {
    content: &'a Content,
    page: u32,
    ids: Ids,
}

impl<'a> PageBlocks<'a> {
    /// `seed` tells the document apart from others: its file's name, or its bytes. Blocks are named after it, so that a
    /// document analysed twice has the same blocks.
    pub fn new(page: u32, content: &'a Content, seed: &[u8]) -> Self {
        Self {
            content,
            page,
            ids: Ids::new(seed, page),
        }
    }

    /// Every line, followed by its words.
    pub fn blocks(&self) -> Vec<Block<'a>> {
        let mut blocks = Vec::new();
        for (number, line) in self.content.lines.iter().enumerate() {
            let words = (0..line.words.len()).map(|word| self.ids.word(number, word));
            let words: Vec<String> = words.collect();
            let children = Relationship::children(words.clone());
            let id = self.ids.line(number);
            blocks.push(self.block(id, BlockType::Line, &line.range, line.bounds, vec![children]));
            for (word, id) in line.words.iter().zip(words) {
                blocks.push(self.block(id, BlockType::Word, &word.range, word.bounds, Vec::new()));
            }
        }
        blocks
    }

    fn block(
        &self,
        id: String,
        block_type: BlockType,
        range: &Range<usize>,
        bounds: Option<reader::BoundingBox>,
        relationships: Vec<Relationship>,
    ) -> Block<'a> {
        let bounds = bounds.map(|bounds| BoundingBox {
            height: bounds.height,
            left: bounds.left,
            top: bounds.top,
            width: bounds.width,
        });
        Block {
            id,
            block_type,
            text: self.text(range),
            page: self.page,
            geometry: bounds.map(Into::into),
            relationships,
        }
    }

    /// Where an entity at `bytes` of the page's text stands: one reference for each line that it touches.
    pub fn references(&self, bytes: &Range<usize>) -> Vec<BlockReference> {
        let lines = &self.content.lines;
        let first = lines.partition_point(|line| line.range.end <= bytes.start);
        let touched = lines[first..].iter().take_while(|line| line.range.start < bytes.end);
        let references = touched.enumerate().map(|(index, line)| {
            let number = first + index;
            let (begin_offset, end_offset) = self.offsets(&line.range, bytes);
            let words = line.words.iter().enumerate();
            let words = words.filter(|(_, word)| word.range.start < bytes.end && bytes.start < word.range.end);
            let child_blocks = words.map(|(index, word)| {
                let (begin_offset, end_offset) = self.offsets(&word.range, bytes);
                ChildBlock {
                    child_block_id: self.ids.word(number, index),
                    begin_offset,
                    end_offset,
                }
            });
            BlockReference {
                block_id: self.ids.line(number),
                begin_offset,
                end_offset,
                child_blocks: child_blocks.collect(),
            }
        });
        references.collect()
    }

    /// The part of `block` that `bytes` covers, in characters from the start of the block.
    fn offsets(&self, block: &Range<usize>, bytes: &Range<usize>) -> (usize, usize) {
        let (start, end) = (bytes.start.max(block.start), bytes.end.min(block.end));
        let begin = self.text(&(block.start..start)).chars().count();
        (begin, begin + self.text(&(start..end)).chars().count())
    }

    /// Ranges of blocks and entities lie on boundaries of characters; one that does not has no text.
    fn text(&self, range: &Range<usize>) -> &'a str {
        self.content.text.get(range.clone()).unwrap_or_default()
    }
}

/// Names of blocks, in the form of UUIDs.
struct Ids(Sha256);

impl Ids {
    fn new(seed: &[u8], page: u32) -> Self {
        Self(Sha256::new().chain_update(seed).chain_update(page.to_be_bytes()))
    }

    fn line(&self, line: usize) -> String {
        self.id(line, u64::MAX)
    }

    fn word(&self, line: usize, word: usize) -> String {
        self.id(line, word as u64)
    }

    fn id(&self, line: usize, word: u64) -> String {
        let digest = self
            .0
            .clone()
            .chain_update((line as u64).to_be_bytes())
            .chain_update(word.to_be_bytes())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        // A UUID of the version that is left to its makers.
        id[6] = id[6] & 0x0f | 0x80;
        id[8] = id[8] & 0x3f | 0x80;
        let hex = hex::encode(id);
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_document_reader::{Line, Word};
    use std::collections::HashSet;

    /// A page of these lines, its words those between spaces.
    fn page(lines: &[&str]) -> Content {
        let text = lines.join("\n");
        let mut start = 0;
        let lines = lines.iter().map(|line| {
            let range = start..start + line.len();
            let mut at = start;
            let words = line.split(' ').map(|word| {
                let range = at..at + word.len();
                at = range.end + 1;
                Word {
                    range,
                    bounds: reader::BoundingBox::from_corners((0.25, 0.5), (0.5, 0.75)).into(),
                }
            });
            let words: Vec<_> = words.collect();
            start = range.end + 1;
            Line {
                range,
                bounds: None,
                words,
            }
        });
        let lines: Vec<_> = lines.collect();
        Content { text, lines }
    }

    #[test]
    fn an_entity_is_found_again_in_its_lines_and_words() {
        let content = page(&["né à Zürich", "Hauptbahnhof 😀 heute", "Ende"]);
        let blocks = PageBlocks::new(3, &content, b"a.pdf");
        let all = blocks.blocks();
        let texts: Vec<_> = all.iter().map(|block| block.text).collect();
        assert_eq!(
            texts[..5],
            ["né à Zürich", "né", "à", "Zürich", "Hauptbahnhof 😀 heute"]
        );
        assert_eq!(
            all.iter().map(|block| &block.id).collect::<HashSet<_>>().len(),
            all.len()
        );
        assert_eq!(
            (all[0].page, all[0].geometry.is_none(), all[1].geometry.is_some()),
            (3, true, true)
        );
        let by_id = |id: &str| all.iter().find(|block| block.id == id).unwrap();
        assert_eq!(all[0].relationships[0].ids.len(), 3);
        assert_eq!(by_id(&all[0].relationships[0].ids[2]).text, "Zürich");

        let entity = "Zürich\nHauptbahnhof 😀 h";
        let start = content.text.find(entity).unwrap();
        let references = blocks.references(&(start..start + entity.len()));
        let cut = |id: &str, begin: usize, end: usize| -> String {
            by_id(id).text.chars().skip(begin).take(end - begin).collect()
        };
        let lines: Vec<_> = references
            .iter()
            .map(|found| cut(&found.block_id, found.begin_offset, found.end_offset))
            .collect();
        assert_eq!(lines, ["Zürich", "Hauptbahnhof 😀 h"]);
        let words: Vec<_> = references
            .iter()
            .flat_map(|found| &found.child_blocks)
            .map(|word| cut(&word.child_block_id, word.begin_offset, word.end_offset))
            .collect();
        assert_eq!(words, ["Zürich", "Hauptbahnhof", "😀", "h"]);
        assert_eq!(blocks.references(&(0..0)), []);
    }

    #[test]
    fn names_follow_from_the_document() {
        let content = page(&["a b"]);
        let ids = |seed: &[u8], number| {
            let blocks = PageBlocks::new(number, &content, seed).blocks();
            blocks.into_iter().map(|block| block.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(b"x", 1), ids(b"x", 1));
        assert_ne!(ids(b"x", 1), ids(b"x", 2));
        assert_ne!(ids(b"x", 1), ids(b"y", 1));
        let id = &ids(b"x", 1)[0];
        assert_eq!((id.len(), &id[14..15]), (36, "8"), "{id}");
    }
}
