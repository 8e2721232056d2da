//! What the entity models know beyond the text: names of people and how common words are.

mod expressions;
mod names;
mod passages;

use std::sync::Arc;

use construe_lexicon::Lexicon;
use construe_recognizers::GazetteerError;
use construe_recognizers::expressions::{Expression, Expressions};
use construe_recognizers::gazetteer::Gazetteer;
use construe_tagging::{Document, Knowledge, Marks, WordFeatures};
use construe_text::Language;

use self::names::Names;

/// Version of these features: to be raised with every change.
const SCHEMA: &str = "entities 2";

// Templates of words.
const GIVEN: u16 = 1;
const SURNAME: u16 = 2;
const COMMON: u16 = 3;
const PROFILE: u16 = 4;
const KIND: u16 = 5;
const FINE: u16 = 6;
const COARSE: u16 = 7;
const BROAD: u16 = 8;
const COARSE_CASE: u16 = 9;

/// Memory for the search of passages.
#[derive(Default)]
pub struct KnowledgeScratch {
    expressions: expressions::ExpressionScratch,
    names: names::NameScratch,
}

impl KnowledgeScratch {
    /// The dates and amounts of the last document, in the order of their beginnings.
    pub(crate) fn expressions(&self) -> &[Expression] {
        self.expressions.found()
    }
}

/// Word lists that several languages share.
pub struct WordLists {
    gazetteer: Gazetteer,
    lexicon: Lexicon,
}

impl WordLists {
    /// Opens the lists. They lie in the program's own data.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn load() -> Result<WordLists, KnowledgeError> {
        Ok(WordLists {
            gazetteer: Gazetteer::load()?,
            lexicon: Lexicon::english()?,
        })
    }

    /// Heap memory and data in the program, in bytes.
    pub fn memory_usage(&self) -> usize {
        self.gazetteer.size() + self.lexicon.memory_usage()
    }
}

/// Word lists and grammars for one language.
pub struct EntityKnowledge {
    language: Language,
    lists: Arc<WordLists>,
    expressions: Expressions,
    names: Names,
}

/// The word lists of the program are damaged.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The gazetteers.
    #[error("load the gazetteers")]
    Gazetteer(#[from] GazetteerError),
    /// The kinds of words.
    #[error("load the lexicon")]
    Lexicon(#[from] construe_lexicon::Error),
}

impl EntityKnowledge {
    /// Knowledge of a language with lists that were opened before.
    pub fn new(language: Language, lists: Arc<WordLists>) -> EntityKnowledge {
        EntityKnowledge {
            language,
            lists,
            expressions: Expressions::new(),
            names: Names::new(language),
        }
    }

    /// Opens the lists for one language.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn load(language: Language) -> Result<EntityKnowledge, KnowledgeError> {
        Ok(EntityKnowledge::new(language, Arc::new(WordLists::load()?)))
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Heap memory in bytes, without the shared lists.
    pub fn memory_usage(&self) -> usize {
        self.expressions.memory_usage()
    }
}

impl Knowledge for EntityKnowledge {
    type Scratch = KnowledgeScratch;

    fn schema(&self) -> &str {
        SCHEMA
    }

    fn word(&self, surface: &str, _folded: &str, out: &mut WordFeatures) {
        if !self.language.has_case() {
            return;
        }
        let entry = self.lists.gazetteer.entry(surface);
        let (given, surname) = (u64::from(entry.given.div_ceil(2)), u64::from(entry.surname.div_ceil(2)));
        let common = match self.language {
            Language::En => entry.english,
            Language::Es => entry.spanish,
            _ => 0,
        };
        let common = u64::from(common.div_ceil(4));
        if given > 0 {
            out.wide(GIVEN, given);
        }
        if surname > 0 {
            out.wide(SURNAME, surname);
        }
        out.near(COMMON, common);
        let profile = given.min(3) << 8 | surname.min(3) << 4 | common.div_ceil(3);
        out.own(PROFILE, profile);
        if let Some(entry) = self.lists.lexicon.lookup(surface) {
            let coarse = u64::from(entry.coarse);
            out.own(KIND, u64::from(entry.kind));
            out.near(FINE, u64::from(entry.fine));
            out.wide(COARSE, coarse);
            out.wide(BROAD, u64::from(entry.broad));
            out.own(COARSE_CASE, coarse << 2 | case(surface));
            out.set_class(1 + coarse);
        }
    }

    fn passages(&self, scratch: &mut KnowledgeScratch, document: &Document<'_>, out: &mut Marks) {
        expressions::mark(&self.expressions, &mut scratch.expressions, document, out);
        self.names.mark(&mut scratch.names, document, out);
        passages::mark(document, out);
    }
}

/// Whether a word is in lower case, in upper case or begins with a capital.
fn case(word: &str) -> u64 {
    let mut characters = word.chars();
    let first = characters.next().is_some_and(char::is_uppercase);
    let other = characters.next().is_some_and(char::is_uppercase);
    u64::from(first) | u64::from(other) << 1
}
