//! The output of Amazon Textract (`DetectDocumentText`, `AnalyzeDocument`) in place of the document
//! that it was made of: the text and its places are in it already.

use crate::content::{Builder, USUAL_ASPECT};
use crate::error::ReadError;
use crate::page::BoundingBox;
use crate::{Kind, Limits, Page};
use memchr::memmem;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    #[serde(borrow)]
    blocks: Vec<Block<'a>>,
    document_metadata: Option<Metadata>,
    #[serde(borrow)]
    analyze_document_model_version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    pages: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Block<'a> {
    #[serde(borrow)]
    block_type: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    page: Option<u32>,
    geometry: Option<Geometry>,
    #[serde(borrow)]
    relationships: Option<Vec<Relationship<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Geometry {
    bounding_box: Option<Bounds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bounds {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Relationship<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    ids: Vec<Cow<'a, str>>,
}

/// Whether a text may be such an output: an object that has blocks with types.
pub(crate) fn is_likely(text: &str) -> bool {
    let has = |member: &str| memmem::find(text.as_bytes(), member.as_bytes()).is_some();
    text.trim_start().starts_with('{') && has("\"Blocks\"") && has("\"BlockType\"")
}

/// The pages of such an output, and of which operation it is; `None` if the text is another.
///
/// # Errors
///
/// More pages than may be read.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Option<(Kind, Vec<Page>)>, ReadError> {
    let Ok(output) = serde_json::from_str::<Output<'_>>(text) else {
        return Ok(None);
    };
    let analyzed = output.analyze_document_model_version.is_some();
    let kind = if analyzed {
        Kind::TextractAnalyzeDocument
    } else {
        Kind::TextractDetectDocumentText
    };
    let claimed = output.document_metadata.and_then(|metadata| metadata.pages);
    let numbers = output.blocks.iter().map(Block::page);
    let count = numbers.chain(claimed).max().unwrap_or(1).max(1);
    if count > limits.pages {
        return Err(ReadError::Pages {
            pages: count,
            limit: limits.pages,
        });
    }
    let mut words: HashMap<&str, &Block<'_>> = output
        .blocks
        .iter()
        .filter(|block| block.block_type == "WORD")
        .filter_map(|block| Some((block.id.as_deref()?, block)))
        .collect();
    let pages = (1..=count).map(|number| {
        let mut builder = Builder::new(USUAL_ASPECT);
        let lines = output.blocks.iter().filter(|block| block.block_type == "LINE");
        for line in lines.filter(|line| line.page() == number) {
            line.write(&mut words, &mut builder);
        }
        Page {
            number,
            kind,
            content: Ok(builder.finish()),
        }
    });
    Ok(Some((kind, pages.collect())))
}

impl Block<'_> {
    /// Output for one picture may leave the page out.
    fn page(&self) -> u32 {
        self.page.unwrap_or(1)
    }

    fn bounds(&self) -> Option<BoundingBox> {
        let bounds = self.geometry.as_ref()?.bounding_box.as_ref()?;
        let opposite = (bounds.left + bounds.width, bounds.top + bounds.height);
        Some(BoundingBox::from_corners((bounds.left, bounds.top), opposite))
    }

    /// Writes a line: its words, or its own text if they are not there. Each word is in one line only,
    /// lest a few of them make a text without end.
    fn write<'w>(&self, words: &mut HashMap<&'w str, &'w Block<'w>>, builder: &mut Builder) {
        let children = self.relationships.iter().flatten();
        let ids = children
            .filter(|relationship| relationship.kind == "CHILD")
            .flat_map(|relationship| &relationship.ids);
        for word in ids.filter_map(|id| words.remove(id.as_ref())) {
            word.write_text(builder);
        }
        if builder.at_line_start() {
            self.write_text(builder);
        }
        builder.end_line();
    }

    fn write_text(&self, builder: &mut Builder) {
        builder.word(" ", self.text.as_deref().unwrap_or_default(), self.bounds());
    }
}
