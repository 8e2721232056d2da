//! The pipeline: a model for each language, completed by the grammars of dates and amounts.
//!
//! A model is unpacked when its language is first needed. Twelve take some hundred milliseconds and a hundred megabytes,
//! and most programs read one or two languages.

use std::sync::{Arc, OnceLock};

use construe_recognizers::expressions::{Expression, Group, Reading};
use construe_tagging::learn::Tagger;
use construe_tagging::{Buffers, FoundTokens, Model};
use construe_text::{CodePoints, Language, pieces};

use crate::knowledge::{EntityKnowledge, KnowledgeError, WordLists};
use crate::languages::{MODELS, is_completed_by_grammar};
use crate::types::EntityType;

/// The engine could not be loaded: its data are damaged.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A model cannot be used.
    #[error("load the model of entities for {language}")]
    Model {
        /// Code of the language.
        language: &'static str,
        /// Why.
        #[source]
        source: construe_tagging::Error,
    },
    /// The word lists cannot be used.
    #[error("load the word lists of entities")]
    Knowledge(#[from] KnowledgeError),
}

/// An entity in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityType,
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

/// The engine, shared by all threads. What it finds never changes.
pub struct Engine {
    /// In the order of [`Language::ALL`]; empty until needed.
    readers: [OnceLock<Result<Reader, LoadError>>; Language::ALL.len()],
    lists: Arc<WordLists>,
}

/// What reads one language.
struct Reader {
    model: Model,
    /// For each label of the model its type.
    kinds: Vec<EntityType>,
    knowledge: EntityKnowledge,
}

/// Memory that one analysis at a time works in; keep one for each thread.
pub struct Scratch {
    /// For each language, once it was needed.
    languages: Vec<Option<Box<construe_tagging::Scratch<EntityKnowledge>>>>,
    buffers: Buffers,
    tagged: Vec<FoundTokens>,
    found: Vec<Found>,
}

/// An entity of a piece of text: its bytes there.
struct Found {
    kind: EntityType,
    start: usize,
    end: usize,
    score: f32,
}

impl Engine {
    /// Opens the engine: the word lists, and of each model the beginning. [`Engine::prepare`] loads a whole one.
    ///
    /// # Errors
    /// If the data that the program carries are damaged there.
    pub fn load() -> Result<Engine, LoadError> {
        for (language, bytes) in Language::ALL.into_iter().zip(MODELS) {
            // Tells a model from what stands in its place where large files were not fetched along with the sources.
            Tagger::feature_schema_of(bytes).map_err(|error| LoadError::Model {
                language: language.code(),
                source: error.into(),
            })?;
        }
        Ok(Engine {
            readers: [const { OnceLock::new() }; Language::ALL.len()],
            lists: Arc::new(WordLists::load()?),
        })
    }

    /// Loads the model of a language now rather than with its first text. Threads that need the same model meanwhile
    /// wait for it; those that read other languages do not.
    ///
    /// # Errors
    /// If the model that the program carries is damaged.
    pub fn prepare(&self, language: Language) -> Result<(), &LoadError> {
        self.reader(language).map(|_| ())
    }

    fn reader(&self, language: Language) -> Result<&Reader, &LoadError> {
        // The declaration of the languages is also their order.
        let index = language as usize;
        self.readers[index]
            .get_or_init(|| Reader::load(EntityKnowledge::new(language, self.lists.clone()), MODELS[index]))
            .as_ref()
    }

    /// The word lists that the languages share.
    pub fn lists(&self) -> &Arc<WordLists> {
        &self.lists
    }

    /// Memory for analyses by this engine.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            languages: Language::ALL.iter().map(|_| None).collect(),
            buffers: Buffers::default(),
            tagged: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Puts the entities of `text` into `out`, which is cleared first: in order of their start, none overlapping
    /// another. Takes time linear in the length of the text, whatever it holds; the first text of a language also waits
    /// for its model.
    ///
    /// # Panics
    /// If the model that the program carries is damaged, which [`Engine::prepare`] reports instead.
    pub fn analyze(&self, scratch: &mut Scratch, text: &str, language: Language, out: &mut Vec<Entity>) {
        out.clear();
        let reader = self
            .reader(language)
            .unwrap_or_else(|error| panic!("the program file is damaged: {error}"));
        let memory = scratch.languages[language as usize].get_or_insert_default();
        let mut code_points = CodePoints::new(text);
        for piece in pieces(text) {
            let offset = piece.start;
            let document = scratch.buffers.read(&text[piece], language);
            reader
                .model
                .tag(&reader.knowledge, memory, &document, &mut scratch.tagged);
            scratch.found.clear();
            scratch.found.extend(scratch.tagged.iter().map(|found| Found {
                kind: reader.kinds[found.label.index()],
                start: document.tokens[found.start].start as usize,
                end: document.tokens[found.end - 1].end as usize,
                score: found.score,
            }));
            if is_completed_by_grammar(language) {
                complete(memory.knowledge().expressions(), &mut scratch.found);
            }
            out.extend(scratch.found.iter().map(|found| {
                let (byte_start, byte_end) = (offset + found.start, offset + found.end);
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

    /// Memory of the engine in bytes, the lists in the program file included. Models count once they are loaded.
    pub fn memory_usage(&self) -> usize {
        let readers = self.readers.iter().filter_map(|reader| reader.get()?.as_ref().ok());
        let models = readers.map(|reader| reader.model.memory_usage() + reader.knowledge.memory_usage());
        models.sum::<usize>() + self.lists.memory_usage()
    }
}

/// How often a date or an amount that the grammar finds and the tagger does not is right: measured on sources that the
/// tagger had not seen, where six in ten were.
const GRAMMAR_ALONE: f32 = 0.6;

/// Adds the dates and amounts that the grammar found where the tagger found nothing. Sources disagree on what is worth
/// marking ("Tuesday" is a date for some and nothing for others), and the tagger, which learnt from all of them, is more
/// reluctant than it should be.
fn complete(expressions: &[Expression], found: &mut Vec<Found>) {
    let tagged = found.len();
    let mut next = 0;
    for expression in expressions {
        if !expression.reading.is_part_of(Reading::Narrow) || expression.kind.is_plain_number() {
            continue;
        }
        let span = expression.span;
        // Expressions come in order, as entities do.
        while next < tagged && found[next].end <= span.start {
            next += 1;
        }
        if next < tagged && found[next].start < span.end {
            continue;
        }
        found.push(Found {
            kind: match expression.kind.group() {
                Group::Date => EntityType::Date,
                Group::Quantity => EntityType::Quantity,
            },
            start: span.start,
            end: span.end,
            score: GRAMMAR_ALONE * expression.score,
        });
    }
    found.sort_unstable_by_key(|found| found.start);
}

impl Reader {
    fn load(knowledge: EntityKnowledge, bytes: &[u8]) -> Result<Reader, LoadError> {
        let failure = |source| LoadError::Model {
            language: knowledge.language().code(),
            source,
        };
        let model = Model::from_bytes(bytes, &knowledge).map_err(failure)?;
        let kinds = model
            .labels()
            .iter()
            .map(|(_, name)| name.parse().unwrap_or(EntityType::Other))
            .collect();
        Ok(Reader {
            model,
            kinds,
            knowledge,
        })
    }
}

impl Scratch {
    /// Heap memory of its larger parts in bytes.
    pub fn memory_usage(&self) -> usize {
        let memories = self.languages.iter().flatten();
        memories.map(|memory| memory.memory_usage()).sum::<usize>()
            + self.buffers.memory_usage()
            + self.tagged.capacity() * size_of::<FoundTokens>()
            + self.found.capacity() * size_of::<Found>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_of_the_program_loads_and_only_when_it_is_needed() {
        let engine = Engine::load().expect("the engine loads");
        let opened = engine.memory_usage();
        let (mut scratch, mut found) = (engine.scratch(), Vec::new());
        engine.analyze(&mut scratch, "Mary went to Paris.", Language::En, &mut found);
        assert_eq!(found.len(), 2);
        let loaded = |language: Language| engine.readers[language as usize].get().is_some();
        assert_eq!(
            Language::ALL.map(loaded),
            Language::ALL.map(|language| language == Language::En)
        );
        assert!(engine.memory_usage() > opened + (1 << 20));
        for language in Language::ALL {
            assert!(engine.prepare(language).is_ok(), "{}", language.code());
        }
    }

    #[test]
    fn threads_that_meet_at_the_first_text_find_the_same() {
        let engine = Engine::load().expect("the engine loads");
        let finds = || {
            let (mut scratch, mut found) = (engine.scratch(), Vec::new());
            engine.analyze(&mut scratch, "Angela Merkel wohnt in Berlin.", Language::De, &mut found);
            found
        };
        std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(finds));
            let results = threads.map(|thread| thread.join().expect("no thread panics"));
            assert!(results[0].len() == 2 && results.iter().all(|found| *found == results[0]));
        });
    }
}
