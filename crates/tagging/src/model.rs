//! A trained tagger for documents.

use std::ops::Range;

use construe_learn::{Calibration, Features, Label, Labels, Tagger};
use construe_text::{CodePoints, Language, pieces};

use crate::Error;
use crate::cache::{FeatureCache, Key, WordCache};
use crate::document::{Buffers, Document};
use crate::features::{self, Known, Sentence, TEMPLATES, WordReader, boundary, context};
use crate::knowledge::{Knowledge, MOST_MARKS, Marks, PLACES, REACH, at_place};
use crate::regime::Regime;

/// A span that a model found. Spans of a document come in order and do not overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub label: Label,
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// First byte.
    pub byte_start: usize,
    /// One past the last byte.
    pub byte_end: usize,
    /// How likely the span is right, from 0 to 1.
    pub score: f32,
}

/// A span of tokens that a model found in a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundTokens {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// What it is.
    pub label: Label,
    /// The model's probability, before calibration.
    pub probability: f32,
    /// How likely the span is right, from 0 to 1.
    pub score: f32,
}

/// Memory that one analysis at a time works in; keep one for each thread and model.
pub struct Scratch<K: Knowledge> {
    buffers: Buffers,
    pub(crate) inner: Inner<K>,
    found: Vec<FoundTokens>,
}

/// The part of the memory that does not hold the document.
pub(crate) struct Inner<K: Knowledge> {
    knowledge: K::Scratch,
    marks: Marks,
    reader: WordReader,
    cache: WordCache,
    shared: FeatureCache,
    /// Sums of a word that is not kept, weights of missing features.
    loose: Vec<i16>,
    known: Vec<Known>,
    sums: Vec<i16>,
    features: Features,
    /// Features of the context that are not kept yet, with the position of their token.
    missing: Vec<(usize, u32)>,
    tagger: construe_learn::Scratch,
}

impl<K: Knowledge> Default for Scratch<K> {
    fn default() -> Scratch<K> {
        Scratch {
            buffers: Buffers::default(),
            inner: Inner {
                knowledge: K::Scratch::default(),
                marks: Marks::default(),
                reader: WordReader::default(),
                cache: WordCache::default(),
                shared: FeatureCache::default(),
                loose: Vec::new(),
                known: Vec::new(),
                sums: Vec::new(),
                features: Features::new(),
                missing: Vec::new(),
                tagger: construe_learn::Scratch::default(),
            },
            found: Vec::new(),
        }
    }
}

impl<K: Knowledge> Scratch<K> {
    /// What the task's [`Knowledge::passages`] left of the last document.
    pub fn knowledge(&self) -> &K::Scratch {
        &self.inner.knowledge
    }

    /// The memory of the task's [`Knowledge::passages`].
    pub fn knowledge_mut(&mut self) -> &mut K::Scratch {
        &mut self.inner.knowledge
    }

    /// Heap memory of its larger parts in bytes.
    pub fn memory_usage(&self) -> usize {
        self.buffers.memory_usage()
            + self.inner.cache.memory_usage()
            + self.inner.shared.memory_usage()
            + self.inner.sums.capacity() * size_of::<i16>()
            + self.found.capacity() * size_of::<FoundTokens>()
    }
}

/// A model for one language: immutable, to be shared between threads.
#[derive(Clone, Debug)]
pub struct Model {
    language: Language,
    tagger: Tagger,
    /// Sums of what lies beyond the bounds of a sentence, for each place.
    boundaries: Vec<i16>,
}

/// The feature schema of models for a language with this knowledge.
pub(crate) fn schema<K: Knowledge>(language: Language, knowledge: &K) -> String {
    format!("tagging {TEMPLATES}; {}; {}", language.code(), knowledge.schema())
}

impl Model {
    pub(crate) fn new(language: Language, tagger: Tagger) -> Model {
        let row_len = tagger.row_len();
        let mut boundaries = vec![0; PLACES * row_len];
        let mut features = Features::new();
        for place in 0..PLACES {
            features.push(boundary(place));
            features.end_token();
        }
        tagger.add_to(&mut boundaries, &features, &mut construe_learn::Scratch::default());
        Model {
            language,
            tagger,
            boundaries,
        }
    }

    /// Reads a model file. The model works with the knowledge that it was trained with.
    ///
    /// # Errors
    /// Bytes that are no model file, damaged, of an unknown version, or trained with other features.
    pub fn from_bytes<K: Knowledge>(bytes: &[u8], knowledge: &K) -> Result<Model, Error> {
        let found = Tagger::feature_schema_of(bytes)?;
        let language = Language::ALL
            .into_iter()
            .find(|&language| schema(language, knowledge) == found)
            .ok_or_else(|| Error::Schema {
                found: found.to_owned(),
            })?;
        let tagger = Tagger::from_bytes(bytes, found)?;
        Ok(Model::new(language, tagger))
    }

    /// The model as a file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.tagger.to_bytes()
    }

    /// The language that it was trained for.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The labels of the spans that it finds.
    pub fn labels(&self) -> &Labels {
        self.tagger.labels()
    }

    /// The tagger inside.
    pub fn tagger(&self) -> &Tagger {
        &self.tagger
    }

    /// Takes a calibration fitted elsewhere.
    ///
    /// # Errors
    /// If it is for another number of labels.
    pub fn set_calibration(&mut self, calibration: Calibration) -> Result<(), Error> {
        Ok(self.tagger.set_calibration(calibration)?)
    }

    /// Bytes held on the heap.
    pub fn memory_usage(&self) -> usize {
        self.tagger.memory_usage()
    }

    /// Puts the spans of a text into `out`, which is cleared first. Takes time linear in the length of the text,
    /// whatever it holds.
    pub fn analyze<K: Knowledge>(&self, knowledge: &K, scratch: &mut Scratch<K>, text: &str, out: &mut Vec<Found>) {
        out.clear();
        let mut code_points = CodePoints::new(text);
        for piece in pieces(text) {
            let start = piece.start;
            let Scratch { buffers, inner, found } = scratch;
            let document = buffers.read(&text[piece], self.language);
            self.tag_document(knowledge, inner, &document, found);
            out.extend(found.iter().map(|found| {
                let byte_start = start + document.tokens[found.start].start as usize;
                let byte_end = start + document.tokens[found.end - 1].end as usize;
                Found {
                    label: found.label,
                    start: code_points.at(byte_start),
                    end: code_points.at(byte_end),
                    byte_start,
                    byte_end,
                    score: found.score,
                }
            }));
        }
    }

    /// Puts the spans of a document that was cut into tokens before into `out`, which is cleared first.
    pub fn tag<K: Knowledge>(
        &self,
        knowledge: &K,
        scratch: &mut Scratch<K>,
        document: &Document<'_>,
        out: &mut Vec<FoundTokens>,
    ) {
        self.tag_document(knowledge, &mut scratch.inner, document, out);
    }

    fn tag_document<K: Knowledge>(
        &self,
        knowledge: &K,
        scratch: &mut Inner<K>,
        document: &Document<'_>,
        out: &mut Vec<FoundTokens>,
    ) {
        out.clear();
        scratch.cache.prepare(self.tagger.row_len());
        scratch.shared.prepare(self.tagger.row_len());
        scratch.marks.clear();
        knowledge.passages(&mut scratch.knowledge, document, &mut scratch.marks);
        scratch.marks.sort();
        for sentence in document.sentences {
            self.sum(knowledge, scratch, document, sentence.clone());
            let found = self.tagger.tag_sums(&scratch.sums, &mut scratch.tagger);
            out.extend(found.iter().map(|span| FoundTokens {
                start: sentence.start + span.start,
                end: sentence.start + span.end,
                label: span.label,
                probability: span.probability,
                score: span.score,
            }));
        }
    }

    /// Sums up the weights of the tokens of a sentence.
    fn sum<K: Knowledge>(
        &self,
        knowledge: &K,
        scratch: &mut Inner<K>,
        document: &Document<'_>,
        sentence: Range<usize>,
    ) {
        let row_len = self.tagger.row_len();
        let tokens = &document.tokens[sentence.clone()];
        let Inner {
            marks,
            reader,
            cache,
            shared,
            loose,
            known,
            sums,
            features,
            missing,
            tagger: memory,
            ..
        } = scratch;
        known.clear();
        sums.clear();
        sums.resize(tokens.len() * row_len, 0);
        let regime = Regime::of(tokens);
        for (position, token) in tokens.iter().enumerate() {
            let surface = document.token(sentence.start + position);
            let mut fill = |sums: &mut [i16]| {
                let known = reader.read(knowledge, document.language, regime, token, surface);
                sums.fill(0);
                features.clear();
                for place in 0..PLACES {
                    reader
                        .features
                        .rare_at(place)
                        .for_each(|feature| features.push(feature));
                    features.end_token();
                }
                self.tagger.add_to(sums, features, memory);
                for (feature, places) in reader.features.shared() {
                    let brought = shared.word(feature, |sums| {
                        features.clear();
                        for place in 0..PLACES {
                            features.push(at_place(feature, place));
                            features.end_token();
                        }
                        self.tagger.add_to(sums, features, memory);
                    });
                    let reached = places.start * row_len..places.end * row_len;
                    add(&mut sums[reached.clone()], &brought[reached]);
                }
                known
            };
            let (word, brought) = match Key::new(surface, regime) {
                Some(key) => cache.get(key, fill),
                None => {
                    loose.resize(PLACES * row_len, 0);
                    (fill(loose), loose.as_slice())
                }
            };
            known.push(word);
            // The word is at `place` for the token that lies as many positions before it.
            for (place, row) in brought.chunks_exact(row_len).enumerate() {
                if let Some(receiver) = (position + REACH)
                    .checked_sub(place)
                    .filter(|&receiver| receiver < tokens.len())
                {
                    add(&mut sums[receiver * row_len..][..row_len], row);
                }
            }
        }
        self.add_boundaries(sums, tokens.len());
        let view = Sentence { known, tokens };
        let mut marks = marks.of(sentence.clone());
        features.clear();
        missing.clear();
        for position in 0..tokens.len() {
            let row = &mut sums[position * row_len..][..row_len];
            context(document.language, view, position, |feature, of_few_values| {
                if !of_few_values {
                    features.push(feature);
                } else if let Some(weights) = shared.context(feature) {
                    add(row, weights);
                } else {
                    missing.push((position, feature));
                }
            });
            let here = marks.partition_point(|&(token, _)| token as usize <= sentence.start + position);
            for &(_, feature) in &marks[..here.min(MOST_MARKS)] {
                features.push(feature);
            }
            marks = &marks[here..];
            features.end_token();
        }
        self.tagger.add_to(sums, features, memory);
        // All at once: one by one, each would wait for the memory alone.
        features.clear();
        for &(_, feature) in missing.iter() {
            features.push(feature);
            features.end_token();
        }
        loose.clear();
        loose.resize(missing.len() * row_len, 0);
        self.tagger.add_to(loose, features, memory);
        for (&(position, feature), weights) in missing.iter().zip(loose.chunks_exact(row_len)) {
            add(&mut sums[position * row_len..][..row_len], weights);
            shared.keep_context(feature, weights);
        }
    }

    /// Adds what lies beyond the bounds of a sentence of that many tokens.
    fn add_boundaries(&self, sums: &mut [i16], tokens: usize) {
        let row_len = self.tagger.row_len();
        let near_bounds = (0..tokens.min(REACH)).chain(tokens.saturating_sub(REACH).max(REACH)..tokens);
        for position in near_bounds {
            for (place, boundary) in self.boundaries.chunks_exact(row_len).enumerate() {
                let inside = (position + place)
                    .checked_sub(REACH)
                    .is_some_and(|other| other < tokens);
                if !inside {
                    add(&mut sums[position * row_len..][..row_len], boundary);
                }
            }
        }
    }
}

#[inline]
fn add(sums: &mut [i16], row: &[i16]) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum = sum.wrapping_add(value);
    }
}

/// The features of each sentence of a document, as the model sums them.
pub(crate) fn features_of<K: Knowledge>(
    knowledge: &K,
    scratch: &mut Inner<K>,
    document: &Document<'_>,
    sentence: Range<usize>,
    out: &mut Features,
) {
    let tokens = &document.tokens[sentence.clone()];
    let regime = Regime::of(tokens);
    let mut known = Vec::with_capacity(tokens.len());
    let mut words = Vec::with_capacity(tokens.len());
    for (position, token) in tokens.iter().enumerate() {
        let surface = document.token(sentence.start + position);
        known.push(
            scratch
                .reader
                .read(knowledge, document.language, regime, token, surface),
        );
        words.push(scratch.reader.features.clone());
    }
    let words: Vec<_> = words.iter().collect();
    features::write_features(document, sentence, &known, &words, &scratch.marks, out);
}

impl<K: Knowledge> Inner<K> {
    /// Lets the task mark the passages of a document.
    pub(crate) fn mark(&mut self, knowledge: &K, document: &Document<'_>) {
        self.marks.clear();
        knowledge.passages(&mut self.knowledge, document, &mut self.marks);
        self.marks.sort();
    }
}
