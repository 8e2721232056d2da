//! Gazetteers: names of people and places, and how common words are, in finite-state form.
//!
//! The files are built by `examples/build_gazetteers.rs` and part of the program; see `gazetteers/SOURCES.md` for
//! where they come from. Keys are folded ([`construe_text::fold`]), values are packed bits.
//!
//! Finite-state files are small, but a look-up takes a memory access for each letter, and every capital word of a text
//! is looked up. Loading therefore reads them into hash tables of fingerprints, where a look-up takes one or two. The
//! tables are made once for all that use them at a time: several engines do, and they never change.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::document::Language;
use construe_text::fold::fold_with;
use fst::{Map, Streamer};

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

/// The loaded gazetteers; cheap to clone.
#[derive(Clone)]
pub struct Gazetteer {
    /// Bits of names, and from [`WORDS`] on those of words.
    names_and_words: Table,
    places: Table,
}

/// Where the bits of words begin.
const WORDS: u32 = 8;

impl Gazetteer {
    /// Opens the gazetteers, or joins those that have them open already.
    ///
    /// # Errors
    /// If a file is not what the build command writes.
    pub fn load() -> Result<Gazetteer, GazetteerError> {
        static OPEN: Mutex<[Weak<[u64]>; 2]> = Mutex::new([const { Weak::<[u64; 0]>::new() }; 2]);
        // Whoever panicked left it as it was.
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let [Some(names_and_words), Some(places)] = open.each_ref().map(Weak::upgrade) {
            return Ok(Gazetteer {
                names_and_words: Table {
                    places: names_and_words,
                },
                places: Table { places },
            });
        }
        let gazetteer = Gazetteer::build()?;
        *open = [&gazetteer.names_and_words, &gazetteer.places].map(|table| Arc::downgrade(&table.places));
        Ok(gazetteer)
    }

    fn build() -> Result<Gazetteer, GazetteerError> {
        let open = |what, bytes: &'static [u8]| Map::new(bytes).map_err(|source| GazetteerError { what, source });
        let names = open("names", include_bytes!("../gazetteers/names.fst"))?;
        let words = open("words", include_bytes!("../gazetteers/words.fst"))?;
        let places = open("places", include_bytes!("../gazetteers/places.fst"))?;
        Ok(Gazetteer {
            names_and_words: Table::of(&[(names, 0), (words, WORDS)]),
            places: Table::of(&[(places, 0)]),
        })
    }

    /// What is known of `word`, case and accents aside.
    pub fn entry(&self, word: &str) -> Entry {
        let bits = Key::of(word).map_or(0, |key| self.names_and_words.get(key.as_bytes()));
        let words = bits >> WORDS;
        Entry {
            given: (bits & 0xf) as u8,
            surname: (bits >> 4 & 0xf) as u8,
            english: (words & 0x3f) as u8,
            spanish: (words >> 6 & 0x3f) as u8,
        }
    }

    /// Whether `word` is an ordinary English or Spanish word.
    pub fn is_word(&self, word: &str) -> bool {
        let entry = self.entry(word);
        entry.english > 0 || entry.spanish > 0
    }

    /// The place called `words`, the folded words joined by one blank each.
    pub fn place(&self, words: &[u8]) -> Option<Place> {
        match self.places.get(words) {
            0 => None,
            bits => Some(Place(bits as u8)),
        }
    }

    /// Size of the gazetteers in bytes.
    pub fn size(&self) -> usize {
        self.names_and_words.memory_usage() + self.places.memory_usage()
    }
}

/// A hash table from keys to bits, not zero. It keeps fingerprints of 32 bits beside the 32 that decide the place: a
/// key that is not there is taken for another once in some billions of times.
#[derive(Clone)]
struct Table {
    /// Fingerprint, then bits; zero where nothing is. The number of places is a power of two.
    places: Arc<[u64]>,
}

impl Table {
    /// The keys of all maps, the values of each shifted by so many bits. A third of the places stays free.
    fn of(maps: &[(Map<&'static [u8]>, u32)]) -> Table {
        let keys: usize = maps.iter().map(|(map, _)| map.len()).sum();
        let mut places = vec![0; (keys + keys / 2).max(2).next_power_of_two()];
        let last = places.len() - 1;
        for (map, shift) in maps {
            let mut stream = map.stream();
            while let Some((key, value)) = stream.next() {
                let hash = hash(key);
                let mut at = hash as usize & last;
                while places[at] != 0 && places[at] >> 32 != hash >> 32 {
                    at = (at + 1) & last;
                }
                // A value of zero says no more than a key that is not there.
                if value != 0 {
                    places[at] |= hash >> 32 << 32 | value << shift;
                }
            }
        }
        Table { places: places.into() }
    }

    /// The bits of a key, or zero.
    #[inline]
    fn get(&self, key: &[u8]) -> u32 {
        let hash = hash(key);
        let mut at = hash as usize & (self.places.len() - 1);
        loop {
            match self.places[at] {
                0 => return 0,
                found if found >> 32 == hash >> 32 => return found as u32,
                _ => at = (at + 1) & (self.places.len() - 1),
            }
        }
    }

    fn memory_usage(&self) -> usize {
        size_of_val(&*self.places)
    }
}

/// A hash whose upper half, the fingerprint, is never zero.
#[inline]
fn hash(key: &[u8]) -> u64 {
    const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;
    let mut hash = key.len() as u64;
    for chunk in key.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let product = u128::from(hash ^ u64::from_le_bytes(word)) * u128::from(FACTOR);
        hash = (product as u64) ^ ((product >> 64) as u64) ^ FACTOR.rotate_left(32);
    }
    hash ^= hash >> 29;
    hash.wrapping_mul(FACTOR) | 1 << 63
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_shared_and_hold_every_key_of_their_maps() {
        let (first, second) = (Gazetteer::load().unwrap(), Gazetteer::load().unwrap());
        assert!(Arc::ptr_eq(
            &first.names_and_words.places,
            &second.names_and_words.places
        ));
        assert!(Arc::ptr_eq(&first.places.places, &second.places.places));
        let places = Map::new(&include_bytes!("../gazetteers/places.fst")[..]).unwrap();
        let mut stream = places.stream();
        while let Some((key, value)) = stream.next() {
            assert_eq!(first.place(key).map_or(0, |place| u64::from(place.0)), value, "{key:?}");
        }
        assert_eq!(first.place(b"no such place as this"), None);
    }
}
