//! A trained recogniser.

use std::ops::Range;

use construe_tagging::{Buffers, FoundTokens};
use construe_text::{CodePoints, Language, pieces};

use crate::error::LoadError;
use crate::file;
use crate::knowledge::CustomKnowledge;
use crate::list::Entities;
use crate::resources::Resources;

/// An entity in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entity {
    /// Number of its type in [`Model::types`].
    pub kind: u8,
    /// Its first code point, counted from the start of the text.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
    /// Its first byte.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// How likely it is what it is said to be, from 0 to 1, in steps of 0.0001.
    pub score: f32,
}

/// A recogniser: immutable, shared by all threads.
pub struct Model {
    tagger: construe_tagging::Model,
    knowledge: CustomKnowledge,
    types: Vec<String>,
}

/// Memory that one analysis at a time works in; keep one for each thread and model.
#[derive(Default)]
pub struct Scratch {
    buffers: Buffers,
    tagger: construe_tagging::Scratch<CustomKnowledge>,
    tagged: Vec<FoundTokens>,
    found: Vec<Found>,
}

/// An entity of a piece of text.
struct Found {
    tokens: Range<usize>,
    kind: u8,
    score: f32,
}

impl Model {
    pub(crate) fn new(tagger: construe_tagging::Model, knowledge: CustomKnowledge) -> Model {
        let types = tagger.labels().iter().map(|(_, name)| name.to_owned()).collect();
        Model {
            tagger,
            knowledge,
            types,
        }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// Bytes that are no such file, damaged, of an unknown version, or of a recogniser that was trained with other
    /// features than this program has; an entity engine that is damaged.
    pub fn from_bytes(bytes: &[u8], resources: &Resources) -> Result<Model, LoadError> {
        let parts = file::read(bytes)?;
        // The features' version does not depend on the language, and the language is in the tagger's file.
        let any = CustomKnowledge::new(resources, Language::En, None, Entities::default());
        let tagger = construe_tagging::Model::from_bytes(parts.tagger, &any).map_err(LoadError::Tagger)?;
        let list = Entities::read(parts.list, tagger.labels().len());
        let list = list.ok_or(LoadError::Malformed("the list of entities"))?;
        let language = tagger.language();
        let engine = if parts.has_engine {
            Some(resources.engine(language)?)
        } else {
            None
        };
        let knowledge = CustomKnowledge::new(resources, language, engine, list);
        Ok(Model::new(tagger, knowledge))
    }

    /// The model as a file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut list = Vec::new();
        self.knowledge.list().write(&mut list);
        file::write(&file::Parts {
            has_engine: self.knowledge.has_engine(),
            list: &list,
            tagger: &self.tagger.to_bytes(),
        })
    }

    /// The language that it was trained for.
    pub fn language(&self) -> Language {
        self.tagger.language()
    }

    /// The names of the types that it finds.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Puts the entities of `text` into `out`, which is cleared first: in order of their start, none overlapping
    /// another. Takes time linear in the length of the text, whatever it holds.
    pub fn analyze(&self, scratch: &mut Scratch, text: &str, out: &mut Vec<Entity>) {
        out.clear();
        let Scratch {
            buffers,
            tagger,
            tagged,
            found,
        } = scratch;
        let mut code_points = CodePoints::new(text);
        for piece in pieces(text) {
            let offset = piece.start;
            let document = buffers.read(&text[piece], self.language());
            self.tagger.tag(&self.knowledge, tagger, &document, tagged);
            found.clear();
            found.extend(tagged.iter().map(|found| Found {
                tokens: found.start..found.end,
                kind: found.label.0,
                score: found.score,
            }));
            complete(&tagger.knowledge().listed, found);
            out.extend(found.iter().map(|found| {
                let byte_start = offset + document.tokens[found.tokens.start].start as usize;
                let byte_end = offset + document.tokens[found.tokens.end - 1].end as usize;
                Entity {
                    kind: found.kind,
                    start: code_points.at(byte_start),
                    end: code_points.at(byte_end),
                    byte_start,
                    byte_end,
                    score: (found.score.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0,
                }
            }));
        }
    }

    /// Heap memory in bytes, without what recognisers share.
    pub fn memory_usage(&self) -> usize {
        self.tagger.memory_usage() + self.knowledge.list().memory_usage()
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("language", &self.language())
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

impl Scratch {
    /// Heap memory of its larger parts in bytes.
    pub fn memory_usage(&self) -> usize {
        self.buffers.memory_usage()
            + self.tagger.memory_usage()
            + self.tagged.capacity() * size_of::<FoundTokens>()
            + self.found.capacity() * size_of::<Found>()
    }
}

/// Score of an entity that stands in the list, where the tagger sees none: the user named it, after all.
const LISTED_ALONE: f32 = 0.5;

/// Adds the entities of the list that touch nothing that the tagger found. Both come in order.
fn complete(listed: &[(Range<usize>, u8)], found: &mut Vec<Found>) {
    let tagged = found.len();
    let mut next = 0;
    for (tokens, kind) in listed {
        while next < tagged && found[next].tokens.end <= tokens.start {
            next += 1;
        }
        if next < tagged && found[next].tokens.start < tokens.end {
            continue;
        }
        found.push(Found {
            tokens: tokens.clone(),
            kind: *kind,
            score: LISTED_ALONE,
        });
    }
    found.sort_unstable_by_key(|found| found.tokens.start);
}
