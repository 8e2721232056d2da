//! Recognizers: find numbers, codes, names, dates and addresses in text by layout, check digit, word list and
//! context.
//!
//! A text is read once ([`Document::read`]): words are split, and one automaton ([`phrases`]) marks every word and
//! phrase that the recognizers know. Each recognizer then looks only at the places that interest it (words with
//! digits, `@` signs, capital words), so that most of a text is never looked at again. Every step is bounded by the
//! length of what it may match, which keeps the whole linear in the text whatever it holds; nothing backtracks.
//!
//! Context works the same for all: a cue near a candidate raises it, a cue of another kind that stands nearer
//! takes most of that away ([`context`]).

mod address;
mod age;
pub mod candidate;
pub mod checksums;
mod codes;
pub mod context;
mod dates;
pub mod document;
pub mod expressions;
pub mod gazetteer;
mod internet;
mod names;
mod phone;
pub mod phrases;
mod secrets;
pub mod shape;
pub mod tags;
pub mod validators;
mod vocabulary;

pub use candidate::{Candidate, Kind, Kinds};
pub use document::{Buffers, Document, Language};
pub use gazetteer::{Gazetteer, GazetteerError};

use codes::Codes;
use phrases::Phrases;

/// Candidates below this score are not reported.
pub const REPORTED: f32 = 0.5;

/// Everything the recognizers know, loaded once and shared.
pub struct Recognizers {
    phrases: Phrases,
    codes: Codes,
    gazetteer: Gazetteer,
}

/// Memory that one analysis at a time works in.
#[derive(Default)]
pub struct Scratch {
    buffers: Buffers,
    names: names::Finder,
    name_ends: Vec<usize>,
}

impl Scratch {
    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.buffers.memory_usage() + self.names.memory_usage() + self.name_ends.capacity() * size_of::<usize>()
    }
}

impl Recognizers {
    /// Builds the automata and opens the gazetteers.
    ///
    /// # Errors
    /// If a gazetteer is damaged.
    pub fn load() -> Result<Recognizers, GazetteerError> {
        Ok(Recognizers {
            phrases: vocabulary::phrases(),
            codes: Codes::new(),
            gazetteer: Gazetteer::load()?,
        })
    }

    /// Adds to `out` every candidate of a kind in `wanted` that `text` holds, in no particular order; candidates
    /// may overlap. `text` is at most 4 GiB long. Gives back the text as it was read.
    pub fn find<'t>(
        &self,
        scratch: &'t mut Scratch,
        text: &'t str,
        language: Language,
        wanted: Kinds,
        out: &mut Vec<Candidate>,
    ) -> Document<'t> {
        let Scratch {
            buffers,
            names,
            name_ends,
        } = scratch;
        let document = Document::read(text, language, &self.phrases, buffers);
        self.codes.find(&document, wanted, out);
        internet::find(&document, wanted, out);
        secrets::find(&document, &self.gazetteer, wanted, out);
        if wanted.contains(Kind::Phone) {
            phone::find(&document, out);
        }
        if wanted.contains(Kind::DateTime) {
            dates::find(&document, out);
        }
        if wanted.contains(Kind::Address) {
            address::Reader::new(&document, &self.gazetteer).find(out);
        }
        if wanted.contains(Kind::Age) {
            age::find(&document, out);
        }
        if wanted.any(Kinds::of(Kind::PersonName).with(Kind::Age)) {
            let first = out.len();
            names.find(&document, &self.gazetteer, out);
            if wanted.contains(Kind::Age) {
                name_ends.clear();
                name_ends.extend(out[first..].iter().map(|name| name.span.end));
                name_ends.sort_unstable();
                name_ends.dedup();
                age::after_names(&document, name_ends, out);
            }
            if !wanted.contains(Kind::PersonName) {
                out.retain(|found| found.kind != Kind::PersonName);
            }
        }
        document
    }

    /// The names, places and words that the recognizers know.
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// Heap memory and gazetteer data in bytes.
    pub fn memory_usage(&self) -> usize {
        self.phrases.memory_usage() + self.codes.memory_usage() + self.gazetteer.size()
    }
}
