//! Annotated pages of PDF files, as the annotation tool for semi-structured documents leaves them: a manifest with a
//! line for each page, and for each page a file of its own with the blocks of text that the annotators saw and the
//! entities that they marked in them.
//!
//! The words come from the annotation files, not from the PDF files: they are what was annotated, so that no entity can
//! miss its place, and a scanned page needs no recognition a second time.

use std::collections::HashMap;
use std::io::BufRead;
use std::ops::Range;

use serde::Deserialize;

use crate::entities::Types;
use crate::error::{DataError, Rule};
use crate::manifest;
use crate::warnings::Warnings;

/// A line of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its line, from 1.
    pub line: u64,
    /// URIs of the annotation files, one for each attribute that the line has.
    pub annotations: Vec<String>,
}

/// Reads the manifest.
pub struct PageManifest<R> {
    lines: manifest::Manifest<R>,
    without_annotations: u64,
}

impl<R: BufRead> PageManifest<R> {
    /// Reads `input` from its beginning. `attributes` are the names that labelling jobs gave to their results.
    pub fn new(input: R, attributes: &[String]) -> Self {
        Self {
            lines: manifest::Manifest::new(input, attributes.to_vec(), crate::LONGEST_ROW),
            without_annotations: 0,
        }
    }

    /// The next page, `None` after the last.
    ///
    /// # Errors
    /// A line that breaks a rule, or an input that cannot be read. There is no reading on after it.
    pub fn next_page(&mut self) -> Result<Option<Page>, DataError> {
        while let Some(line) = self.lines.next_labelled()? {
            let mut annotations = Vec::new();
            for (value, _) in &line.attributes {
                let expected = "must hold \"annotation-ref\", the place of an annotation file";
                let reference = value.get("annotation-ref").and_then(serde_json::Value::as_str);
                let reference = reference.ok_or_else(|| DataError::at(line.line, Rule::Attribute { expected }))?;
                annotations.push(reference.to_owned());
            }
            // What is left for a page that an annotator returned without having looked at it.
            annotations.retain(|reference| !reference.is_empty());
            if annotations.is_empty() {
                self.without_annotations += 1;
                continue;
            }
            return Ok(Some(Page {
                line: line.line,
                annotations,
            }));
        }
        Ok(None)
    }

    /// What was left out so far.
    pub fn warnings(&self) -> Warnings {
        let (without_attribute, failed_labelling) = self.lines.left_out();
        Warnings {
            without_attribute,
            failed_labelling: failed_labelling + self.without_annotations,
            ..Warnings::default()
        }
    }
}

/// A word on a page.
#[derive(Clone, PartialEq)]
pub struct PageWord {
    /// Not empty, without white space but single spaces within.
    pub text: String,
    /// Where it stands, if that is told.
    pub bounds: Option<Bounds>,
}

/// An upright rectangle in parts of the page's width and height, from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bounds {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// Words in a row that belong to an entity. Words are counted from 0 through all lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The first word.
    pub first: usize,
    /// The first character in it.
    pub start: u32,
    /// The last word.
    pub last: usize,
    /// One past the last character in that.
    pub end: u32,
}

/// An entity on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEntity {
    /// Number of its type in [`Types`].
    pub kind: u8,
    /// In the order of the page, with other words between them; at least one.
    pub runs: Vec<Run>,
}

/// What an annotation file tells of its page. Its `Debug` output leaves the text out.
#[derive(Clone, Default, PartialEq)]
pub struct PageAnnotations {
    words: Vec<PageWord>,
    /// Of each word, its first character in its line, with a space between words.
    offsets: Vec<u32>,
    /// Of each line, one past its last word.
    line_ends: Vec<usize>,
    /// The entities, in the order of the file.
    pub entities: Vec<PageEntity>,
    /// What was left out.
    pub warnings: Warnings,
}

impl std::fmt::Debug for PageAnnotations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageAnnotations")
            .field("words", &self.words.len())
            .field("entities", &self.entities)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    blocks: Vec<Block>,
    #[serde(default)]
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Block {
    block_type: String,
    id: String,
    #[serde(default)]
    text: String,
    geometry: Option<Geometry>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Geometry {
    bounding_box: Option<Bounds>,
}

#[derive(Deserialize)]
struct Relationship {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Ids")]
    ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity {
    block_references: Vec<Reference>,
    #[serde(rename = "Type")]
    kind: String,
}

/// To a line, or to a word without its line.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
    block_id: String,
    begin_offset: u32,
    end_offset: u32,
    #[serde(default)]
    child_blocks: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Child {
    child_block_id: String,
    begin_offset: u32,
    end_offset: u32,
}

impl PageAnnotations {
    /// Reads an annotation file. Entities of other types than `types` are left out.
    ///
    /// # Errors
    /// A file that is not what the annotation tool writes, or an entity whose blocks are not there.
    pub fn read(file: &[u8], types: &Types) -> Result<PageAnnotations, DataError> {
        let file: File = serde_json::from_slice(file).map_err(|error| {
            let line = error.line().max(1) as u64;
            DataError::at(line, Rule::AnnotationFile)
        })?;
        let mut page = PageAnnotations::default();
        let places = page.place(file.blocks);
        for entity in file.entities {
            // Rules name lines, and these files have one.
            let fault = |rule| DataError::at(1, rule);
            let Some(kind) = types.read(&entity.kind).map_err(fault)? else {
                page.warnings.other_types += 1;
                continue;
            };
            let mut runs = Vec::new();
            for reference in &entity.block_references {
                page.runs(reference, &places, &mut runs).map_err(fault)?;
            }
            let runs = joined(runs);
            if runs.is_empty() {
                return Err(fault(Rule::EntityPlace));
            }
            page.entities.push(PageEntity { kind, runs });
        }
        Ok(page)
    }

    /// The words of all lines, one after the other.
    pub fn words(&self) -> &[PageWord] {
        &self.words
    }

    /// The lines, each with its words.
    pub fn lines(&self) -> impl Iterator<Item = &[PageWord]> {
        let starts = std::iter::once(&0).chain(&self.line_ends);
        let lines = starts.zip(&self.line_ends);
        lines.map(|(&start, &end)| self.words.get(start..end).unwrap_or_default())
    }

    /// Adds the entities that another file marks on the same page.
    ///
    /// # Errors
    /// If the other has other words: it is about another page, or read it otherwise.
    pub fn merge(&mut self, other: PageAnnotations) -> Result<(), DataError> {
        let texts = |page: &PageAnnotations| page.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        if texts(self) != texts(&other) {
            return Err(DataError::at(1, Rule::OtherWords));
        }
        self.entities.extend(other.entities);
        self.warnings.add(&other.warnings);
        Ok(())
    }

    /// Takes the lines of `blocks` with their words, and tells where each block is. A word is in one line only, lest a
    /// few of them make a page without end. A line without words has those of its own text.
    fn place(&mut self, blocks: Vec<Block>) -> HashMap<String, Range<usize>> {
        let (lines, others): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|block| block.block_type == "LINE");
        let words = others.into_iter().filter(|block| block.block_type == "WORD");
        let mut words: HashMap<String, Block> = words.map(|word| (word.id.clone(), word)).collect();
        let mut places = HashMap::new();
        for line in lines {
            let first = self.words.len();
            let mut offset = 0;
            let children = line.relationships.iter().filter(|one| one.kind == "CHILD");
            for id in children.flat_map(|children| &children.ids) {
                let Some(word) = words.remove(id) else { continue };
                let number = self.words.len();
                let bounds = word.geometry.and_then(|geometry| geometry.bounding_box);
                let text: Vec<&str> = word.text.split_whitespace().collect();
                if !text.is_empty() {
                    self.word(text.join(" "), bounds, &mut offset);
                }
                places.insert(word.id, number..self.words.len());
            }
            if self.words.len() == first {
                let bounds = line.geometry.and_then(|geometry| geometry.bounding_box);
                for text in line.text.split_whitespace() {
                    self.word(text.to_owned(), bounds, &mut offset);
                }
            }
            self.line_ends.push(self.words.len());
            places.insert(line.id, first..self.words.len());
        }
        places
    }

    fn word(&mut self, text: String, bounds: Option<Bounds>, offset: &mut u32) {
        self.offsets.push(*offset);
        *offset = offset.saturating_add(length(&text)).saturating_add(1);
        self.words.push(PageWord { text, bounds });
    }

    /// What a reference names: by words, or else by characters of the line.
    fn runs(
        &self,
        reference: &Reference,
        places: &HashMap<String, Range<usize>>,
        out: &mut Vec<Run>,
    ) -> Result<(), Rule> {
        let place = |id: &str| places.get(id).cloned().ok_or(Rule::EntityPlace);
        for child in &reference.child_blocks {
            let of_child = place(&child.child_block_id)?;
            out.extend(self.run(of_child, child.begin_offset, child.end_offset));
        }
        if reference.child_blocks.is_empty() {
            let of_block = place(&reference.block_id)?;
            out.extend(self.run(of_block, reference.begin_offset, reference.end_offset));
        }
        Ok(())
    }

    /// What stands between two offsets in a block, which count characters from its start with a space between words.
    /// What lies beyond its end is cut off: the tool counts characters of some scripts twice.
    fn run(&self, block: Range<usize>, begin: u32, end: u32) -> Option<Run> {
        let from = *self.offsets.get(block.start)?;
        let (begin, end) = (begin.saturating_add(from), end.saturating_add(from));
        let offsets = &self.offsets[block.clone()];
        let last = block.start + offsets.partition_point(|&offset| offset < end).checked_sub(1)?;
        let mut first = block.start + offsets.partition_point(|&offset| offset <= begin).checked_sub(1)?;
        // From the space after a word on it is the next one that is meant.
        if begin - self.offsets[first] >= length(&self.words[first].text) {
            first += 1;
        }
        let start = begin.saturating_sub(*self.offsets.get(first)?);
        let end = (end - self.offsets[last]).min(length(&self.words[last].text));
        ((first, start) < (last, end)).then_some(Run {
            first,
            start,
            last,
            end,
        })
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// In order, those that follow one another as one.
fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_unstable();
    let mut all: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match all.last_mut() {
            Some(before) if run.first <= before.last + 1 => {
                (before.last, before.end) = (before.last, before.end).max((run.last, run.end));
            }
            _ => all.push(run),
        }
    }
    all
}
