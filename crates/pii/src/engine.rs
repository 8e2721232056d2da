//! The pipeline: recognizers and tagger, resolution of overlaps, offsets.

use std::ops::Range;

use construe_recognizers::{Candidate, GazetteerError, Kind, Kinds};
use construe_tagging::{Buffers, Document, FoundTokens, Model};
use construe_text::{CodePoints, pieces};

use crate::language::Language;
use crate::resolve;
use crate::tagger::votes::{self, Votes};
use crate::tagger::{Rules, merge, promising};
use crate::types::{PiiType, TypeSet};

/// The engine could not be loaded: its data are damaged.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The data of the recognizers.
    #[error("load the data of the recognizers")]
    Gazetteer(#[from] GazetteerError),
    /// The lexicon.
    #[error("load the lexicon")]
    Lexicon(#[from] construe_lexicon::Error),
    /// The model of a language.
    #[error("load the model of language {language}")]
    Model {
        /// Its code.
        language: &'static str,
        /// Why.
        #[source]
        source: construe_tagging::Error,
    },
}

/// A piece of personal information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: PiiType,
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

/// The models; `models/README.md` says what they were trained on.
const ENGLISH_MODEL: &[u8] = include_bytes!("../models/en.model");
const SPANISH_MODEL: &[u8] = include_bytes!("../models/es.model");

/// The kinds that the tagger has a say in.
const TAGGED: Kinds = Kinds::of(Kind::PersonName).with(Kind::Address);

/// The engine: immutable, shared by all threads.
pub struct Engine {
    rules: Rules,
    english: Model,
    spanish: Model,
}

/// Memory that one analysis at a time works in; keep one for each thread.
pub struct Scratch {
    english: construe_tagging::Scratch<Rules>,
    spanish: construe_tagging::Scratch<Rules>,
    buffers: Buffers,
    promising: Vec<Range<usize>>,
    tagged: Vec<FoundTokens>,
    refuted: Vec<bool>,
    votes: Votes,
    recognizers: construe_recognizers::Scratch,
    candidates: Vec<Candidate>,
    resolved: Vec<Candidate>,
}

impl Engine {
    /// Loads the engine.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn load() -> Result<Engine, LoadError> {
        Engine::with_models(ENGLISH_MODEL, SPANISH_MODEL)
    }

    /// Loads the engine with models of [`crate::training`] in the place of those that the program carries, to judge
    /// them.
    ///
    /// # Errors
    /// If a model or the data that the program carries are damaged, or a model is not of this engine.
    pub fn with_models(english: &[u8], spanish: &[u8]) -> Result<Engine, LoadError> {
        let rules = Rules::load()?;
        let model = |bytes: &[u8], language: Language| {
            Model::from_bytes(bytes, &rules).map_err(|source| LoadError::Model {
                language: language.as_str(),
                source,
            })
        };
        Ok(Engine {
            english: model(english, Language::En)?,
            spanish: model(spanish, Language::Es)?,
            rules,
        })
    }

    /// Memory for analyses by this engine.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            english: construe_tagging::Scratch::default(),
            spanish: construe_tagging::Scratch::default(),
            buffers: Buffers::default(),
            promising: Vec::new(),
            tagged: Vec::new(),
            refuted: Vec::new(),
            votes: Votes::default(),
            recognizers: construe_recognizers::Scratch::default(),
            candidates: Vec::new(),
            resolved: Vec::new(),
        }
    }

    /// Puts the findings of `text` into `out`, which is cleared first: in order of their start, none overlapping
    /// another. Takes time linear in the length of the text, whatever it holds.
    pub fn analyze(&self, scratch: &mut Scratch, text: &str, language: Language, out: &mut Vec<Finding>) {
        self.analyze_types(scratch, text, language, &TypeSet::all(), out);
    }

    /// Like [`Engine::analyze`], but looks for some types only. What the other types need is not done, so that
    /// types with a fixed layout alone are found several times as fast as all. A place that would be of a type not
    /// asked for may be found as another type that is.
    pub fn analyze_types(
        &self,
        scratch: &mut Scratch,
        text: &str,
        language: Language,
        types: &TypeSet,
        out: &mut Vec<Finding>,
    ) {
        out.clear();
        let kinds: Kinds = types.iter().map(PiiType::kind).collect();
        let mut code_points = CodePoints::new(text);
        for piece in pieces(text) {
            let start = piece.start;
            self.candidates(scratch, &text[piece], language, kinds);
            resolve::resolve(&mut scratch.candidates, &mut scratch.resolved);
            out.extend(scratch.resolved.iter().map(|found| {
                let (byte_start, byte_end) = (start + found.span.start, start + found.span.end);
                Finding {
                    kind: PiiType::of(found.kind),
                    start: code_points.at(byte_start),
                    end: code_points.at(byte_end),
                    byte_start,
                    byte_end,
                    score: (found.score.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0,
                }
            }));
        }
    }

    /// Leaves the candidates of `text`, at most a piece, in `scratch.candidates`.
    fn candidates(&self, scratch: &mut Scratch, text: &str, language: Language, kinds: Kinds) {
        scratch.candidates.clear();
        if !kinds.any(TAGGED) {
            self.rules.recognizers.find(
                &mut scratch.recognizers,
                text,
                language.into(),
                kinds,
                &mut scratch.candidates,
            );
            return;
        }
        let (model, tagging) = match language {
            Language::En => (&self.english, &mut scratch.english),
            Language::Es => (&self.spanish, &mut scratch.spanish),
        };
        let document = scratch.buffers.read(text, language.of_texts());
        let gazetteer = self.rules.recognizers.gazetteer();
        scratch.promising.clear();
        for sentence in document.sentences {
            match language {
                Language::En => promising(gazetteer, &document, sentence, &mut scratch.promising),
                // Spanish addresses are places too, which are written in any way.
                Language::Es => scratch.promising.push(sentence.clone()),
            }
        }
        let document = Document {
            sentences: &scratch.promising,
            ..document
        };
        // The recognizers run as a part of it: the tagger sees what they find.
        model.tag(&self.rules, tagging, &document, &mut scratch.tagged);
        scratch.candidates.extend_from_slice(&tagging.knowledge().candidates);
        merge::merge(
            &document,
            language,
            &scratch.tagged,
            &mut scratch.candidates,
            &mut scratch.refuted,
        );
        votes::confirm(text, &mut scratch.votes, &mut scratch.candidates);
        scratch.candidates.retain(|candidate| kinds.contains(candidate.kind));
    }

    /// Memory of the engine in bytes, the data in the program file included.
    pub fn memory_usage(&self) -> usize {
        self.rules.memory_usage() + self.english.memory_usage() + self.spanish.memory_usage()
    }
}

impl Scratch {
    /// Heap memory in bytes. It grows with the longest text so far, up to a bound.
    pub fn memory_usage(&self) -> usize {
        self.recognizers.memory_usage()
            + [&self.english, &self.spanish]
                .iter()
                .map(|tagging| tagging.memory_usage() + tagging.knowledge().memory_usage())
                .sum::<usize>()
            + self.votes.memory_usage()
            + self.buffers.memory_usage()
            + self.promising.capacity() * size_of::<Range<usize>>()
            + self.tagged.capacity() * size_of::<FoundTokens>()
            + (self.candidates.capacity() + self.resolved.capacity()) * size_of::<Candidate>()
    }
}
