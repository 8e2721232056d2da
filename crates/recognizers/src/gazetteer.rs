//! Gazetteers: names of people and places, and how common words are, in finite-state form.
//!
//! The files are built by `examples/build_gazetteers.rs` and part of the program; see `gazetteers/SOURCES.md` for
//! where they come from. Keys are folded ([`construe_text::fold`]), values are packed bits.

use crate::document::Language;
use construe_text::fold::fold_with;
use fst::Map;

/// Damaged gazetteer data: a broken build.
#[derive(Debug, thiserror::Error)]
#[error("gazetteer of {what} is damaged")]
pub struct GazetteerError {
    what: &'static str,
    #[source]
    source: fst::Error,
}

/// What is known of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// How well known as a given name: 0 not at all, 1 in one country, 2 in several, from 3 by share in the US
    /// (each step doubles it, 3 is one in 100,000).
    pub given: u8,
    /// The same as a surname.
    pub surname: u8,
    /// How common as an English word, in eighths of a decade above 10^-8; 0 if it is none.
    pub english: u8,
    /// The same as a Spanish word.
    pub spanish: u8,
}

impl Entry {
    /// How common as a word in a text of `language`. In English texts a Spanish word counts a decade less: `Ella` is a
    /// name there. Spanish texts hold English words as they are.
    pub fn word(self, language: Language) -> u8 {
        const DECADE: u8 = 8;
        match language {
            Language::English => self.english.max(self.spanish.saturating_sub(DECADE)),
            Language::Spanish => self.spanish.max(self.english),
        }
    }
}

/// Names of places known by exactly these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(u8);

impl Place {
    /// A city above 15,000 inhabitants anywhere.
    pub const CITY: u8 = 1;
    /// A place in the USA, Canada, Australia or the United Kingdom that has a postcode.
    pub const POSTAL: u8 = 2;

    /// Whether it is a larger city.
    pub fn is_city(self) -> bool {
        self.0 & Self::CITY != 0
    }
}

/// The longest key that is looked up, in bytes.
const MAX_KEY: usize = 48;

/// The loaded gazetteers. They stay in the program's own data: loading copies nothing.
pub struct Gazetteer {
    names: Map<&'static [u8]>,
    words: Map<&'static [u8]>,
    places: Map<&'static [u8]>,
}

impl Gazetteer {
    /// Opens the gazetteers.
    ///
    /// # Errors
    /// If a file is not what the build command writes.
    pub fn load() -> Result<Gazetteer, GazetteerError> {
        let open = |what, bytes: &'static [u8]| Map::new(bytes).map_err(|source| GazetteerError { what, source });
        Ok(Gazetteer {
            names: open("names", include_bytes!("../gazetteers/names.fst"))?,
            words: open("words", include_bytes!("../gazetteers/words.fst"))?,
            places: open("places", include_bytes!("../gazetteers/places.fst"))?,
        })
    }

    /// What is known of `word`, case and accents aside.
    pub fn entry(&self, word: &str) -> Entry {
        let Some(key) = Key::of(word) else {
            return Entry::default();
        };
        let names = self.names.get(key.as_bytes()).unwrap_or(0);
        let words = self.words.get(key.as_bytes()).unwrap_or(0);
        Entry {
            given: (names & 0xf) as u8,
            surname: (names >> 4 & 0xf) as u8,
            english: (words & 0x3f) as u8,
            spanish: (words >> 6 & 0x3f) as u8,
        }
    }

    /// Whether `word` is an ordinary English or Spanish word.
    pub fn is_word(&self, word: &str) -> bool {
        Key::of(word).is_some_and(|key| self.words.get(key.as_bytes()).is_some())
    }

    /// The place called `words`, the folded words joined by one blank each.
    pub fn place(&self, words: &[u8]) -> Option<Place> {
        self.places.get(words).map(|bits| Place(bits as u8))
    }

    /// Size of the gazetteers in bytes. They lie in the program file, not on the heap.
    pub fn size(&self) -> usize {
        [&self.names, &self.words, &self.places]
            .iter()
            .map(|map| map.as_fst().size())
            .sum()
    }
}

/// A folded key, kept on the stack: look-ups are many.
struct Key {
    bytes: [u8; MAX_KEY],
    len: usize,
}

impl Key {
    /// The key of `word`; `None` if it holds no letter or is longer than any key.
    fn of(word: &str) -> Option<Key> {
        let mut key = Key {
            bytes: [0; MAX_KEY],
            len: 0,
        };
        let mut fits = true;
        fold_with(word, |folded| {
            let end = key.len + folded.len();
            match key.bytes.get_mut(key.len..end) {
                Some(room) => {
                    room.copy_from_slice(folded);
                    key.len = end;
                }
                None => fits = false,
            }
        });
        (fits && key.len > 0).then_some(key)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
